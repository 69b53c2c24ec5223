//! Banks: cells in series and parallel, each with its own spread, behind one subcircuit.

use std::f64::consts::TAU;
use std::fmt::Write;

use super::values::{NO_IC, number, numbers};
use super::wrap::wrapped;
use super::{Door, NetlistError, companion, subcircuit, subcircuit_name};
use crate::card::Card;

/// Relative standard deviations from cell to cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// Capacitance (the charge scale goes with it).
    pub c: f64,
    /// All resistances of a cell together.
    pub esr: f64,
    /// Leakage current.
    pub leak: f64,
}

/// How a bank is built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bank {
    /// Cells in a string, and strings side by side.
    pub series: u32,
    pub parallel: u32,
    pub spread: Spread,
    /// The same seed gives the same cells.
    pub seed: u64,
    /// Pins between the cells for balancing; strings are then joined at each of them.
    pub taps: bool,
}

/// A cell's factors on capacitance, resistance and leakage current.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    pub c: f64,
    pub esr: f64,
    pub leak: f64,
}

/// Most cells of a bank.
pub const MOST_CELLS: u32 = 100_000;

impl Bank {
    /// Factors of every cell, string after string, each from the positive terminal down. Log-normal with mean 1 and
    /// the spread as standard deviation: no draw is negative.
    pub fn factors(&self) -> Vec<Factors> {
        let mut random = Random::new(self.seed);
        let cells = self.series.saturating_mul(self.parallel).min(MOST_CELLS);
        (0..cells)
            .map(|_| Factors {
                c: random.factor(self.spread.c),
                esr: random.factor(self.spread.esr),
                leak: random.factor(self.spread.leak),
            })
            .collect()
    }

    /// Name of the bank's subcircuit.
    pub fn name(&self, card: &Card) -> String {
        format!(
            "{}_{}s{}p",
            subcircuit_name(card),
            self.series,
            self.parallel
        )
    }

    /// Pins of the bank's subcircuit in their order.
    pub fn pins(&self) -> Vec<String> {
        let taps = (1..self.series)
            .filter(|_| self.taps)
            .map(|k| format!("t{k}"));
        ["p".into(), "n".into()].into_iter().chain(taps).collect()
    }

    /// The library: the cell's subcircuit and that of the bank, `NAME p n` (with taps `NAME p n t1 t2 ...`, from the
    /// positive terminal down) with `ic`, the voltage of the whole bank.
    ///
    /// # Errors
    /// [`NetlistError`] where the card is not one cell, counts or spreads are out of range, or the door cannot express
    /// the card.
    pub fn library(&self, card: &Card, door: Door) -> Result<String, NetlistError> {
        self.check(card, door)?;
        let mut out = match companion(card, door) {
            Some((_, wrapper)) => wrapper,
            None => subcircuit(card, door)?,
        };
        let word = match door {
            Door::Plain(dialect) => dialect.parameters_word(),
            Door::Xspice | Door::Osdi | Door::VerilogA => "",
        };
        let (series, parallel) = (self.series, self.parallel);
        let (name, part) = (self.name(card), subcircuit_name(card));
        let pins = self.pins();
        let _ = writeln!(
            out,
            "\n* {parallel} string{} of {series} cell{}; relative standard deviations: capacitance {}, resistance {}, leakage {}; seed {}.",
            if parallel == 1 { "" } else { "s" },
            if series == 1 { "" } else { "s" },
            self.spread.c,
            self.spread.esr,
            self.spread.leak,
            self.seed
        );
        let _ = writeln!(out, "* Use:  X1 {} {name} {word}ic=0", pins.join(" "));
        if self.taps {
            out.push_str("* Pins t1, t2, ... lie between the cells, from p down; strings are joined there.\n");
        }
        let start = format!(".subckt {name} p n");
        // The bank's voltage is that of its cells together; none stays none.
        let ic = card.ic.unwrap_or(NO_IC) * f64::from(series);
        let head = pins[2..]
            .iter()
            .cloned()
            .chain((!word.is_empty()).then(|| word.trim().to_owned()));
        out.push_str(&wrapped(
            &start,
            head.chain([format!("ic={}", number(ic))]),
            "",
        ));
        let nominal = numbers(card);
        for (k, f) in self.factors().iter().enumerate() {
            let (string, level) = (k as u32 / series + 1, k as u32 % series + 1);
            let node = |level: u32| match level {
                0 => "p".to_owned(),
                l if l == series => "n".to_owned(),
                l if self.taps => format!("t{l}"),
                l => format!("s{string}t{l}"),
            };
            let start = format!(
                "X{string}_{level} {} {} {part} {word}",
                node(level - 1),
                node(level)
            );
            let own = nominal.iter().filter_map(|(key, value)| {
                let factor = match key.strip_suffix("neg").unwrap_or(key) {
                    "cslit" | "copen" | "qmax" => f.c,
                    "esr" | "rc" | "rmin" | "ropen" => f.esr,
                    "rleak" => 1.0 / f.leak,
                    _ => return None,
                };
                (factor != 1.0 && *value != 0.0)
                    .then(|| format!("{key}={}", number(six_digits(value * factor))))
            });
            let ic = format!("ic={{ic/{series}}}");
            out.push_str(&wrapped(start.trim_end(), own.chain([ic]), ""));
        }
        let _ = writeln!(out, ".ends {name}");
        Ok(out)
    }

    fn check(&self, card: &Card, door: Door) -> Result<(), NetlistError> {
        let wrong = |parameter: &str, wrong: String, remedy: &str| {
            Err(NetlistError {
                card: card.name.clone(),
                door,
                parameter: parameter.into(),
                wrong,
                remedy: remedy.into(),
            })
        };
        if card.cell.negative.is_none() {
            return wrong(
                "kind",
                "a half cell makes no bank".into(),
                "give a card with kind = \"cell\"",
            );
        }
        if (card.cell.series, card.cell.parallel) != (1.0, 1.0) {
            return wrong(
                "series, parallel",
                "the card is a bank already".into(),
                "give the card of one cell, or --set series=1 --set parallel=1",
            );
        }
        let cells = u64::from(self.series) * u64::from(self.parallel);
        if cells == 0 || cells > u64::from(MOST_CELLS) {
            return wrong(
                "series, parallel",
                format!("{} x {} cells are out of range", self.series, self.parallel),
                "1 to 100000 cells can be written; larger banks of equal cells with --set series=..., --set parallel=...",
            );
        }
        for (key, value) in [
            ("spread of c", self.spread.c),
            ("spread of esr", self.spread.esr),
            ("spread of leak", self.spread.leak),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return wrong(
                    key,
                    format!("{value} is out of range"),
                    "give 0 to 100 %, a relative standard deviation",
                );
            }
        }
        if self.spread.leak > 0.0 && card.cell.r_leak.is_infinite() {
            return wrong(
                "spread of leak",
                "the card has no leak to spread".into(),
                "give one with --set r_leak=..., or leave leak out of the spread",
            );
        }
        if self.spread.esr > 0.0 && card.cell.positive.expression.is_some() {
            return wrong(
                "spread of esr",
                "a resistance law given as a formula has no factor".into(),
                "use a card with a built-in law, or leave esr out of the spread",
            );
        }
        Ok(())
    }
}

/// A card shows no more digits than its numbers deserve.
fn six_digits(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

/// Random numbers, normal ones by Box & Muller, over SplitMix64 (doi 10.1145/2714064.2660195): a few lines that never change, for a
/// seed in somebody's notes must give the same cells in every later version.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Between 0 and 1, both excluded.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Log-normal with mean 1 and standard deviation `spread`.
    fn factor(&mut self, spread: f64) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let z = radius * (TAU * self.uniform()).cos();
        let variance = (spread * spread).ln_1p();
        (variance.sqrt() * z - 0.5 * variance).exp()
    }
}
