//! How far the cells of a string drift apart while it is charged and floated, and what balancing does about it.

use std::fmt::Write;
use std::str::FromStr;

use super::{Draws, Host};
use crate::card::Card;
use crate::parameter::{ParameterError, check_range};
use crate::simulator::measure::Waveform;

/// What is put across the cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scheme {
    /// Nothing.
    None,
    /// A resistor of so many ohm across each cell.
    Resistor(f64),
    /// A bypass of `ohm` across each cell that a comparator closes above `v` volt.
    Bypass { ohm: f64, v: f64 },
    /// A converter between neighbours that moves charge from the higher to the lower cell without loss of charge, as
    /// a switched capacitor does: (v_1 - v_2)/ohm, on average over its clock.
    Shuttle(f64),
}

/// A scheme that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeError(String);

impl std::fmt::Display for SchemeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: no such balancing\n  allowed: none, resistor=OHM, bypass=OHM@VOLT, shuttle=OHM with numbers above 0",
            self.0
        )
    }
}

impl std::error::Error for SchemeError {}

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(text: &str) -> Result<Self, SchemeError> {
        let wrong = || SchemeError(text.into());
        let number = |text: &str| {
            let x = text.trim().parse::<f64>().ok();
            x.filter(|x| *x > 0.0 && x.is_finite()).ok_or_else(wrong)
        };
        match text.split_once('=') {
            None if text == "none" => Ok(Scheme::None),
            Some(("resistor", ohm)) => Ok(Scheme::Resistor(number(ohm)?)),
            Some(("shuttle", ohm)) => Ok(Scheme::Shuttle(number(ohm)?)),
            Some(("bypass", both)) => {
                let (ohm, v) = both.split_once('@').ok_or_else(wrong)?;
                Ok(Scheme::Bypass {
                    ohm: number(ohm)?,
                    v: number(v)?,
                })
            }
            _ => Err(wrong()),
        }
    }
}

/// Voltage over which the comparator of a bypass opens and closes, volt: a straight edge instead of hysteresis, so that
/// days can be run in long steps.
const COMPARATOR: f64 = 0.01;

impl Scheme {
    /// Elements of a string whose nodes are `node(0)` (top) to `node(series)`.
    fn elements(self, string: &str, series: u32, node: impl Fn(u32) -> String) -> String {
        let mut out = String::new();
        for cell in 1..=series {
            let (p, n) = (node(cell - 1), node(cell));
            let _ = match self {
                Scheme::None => Ok(()),
                Scheme::Resistor(ohm) => writeln!(out, "R{string}c{cell} {p} {n} {ohm}"),
                Scheme::Bypass { ohm, v } => writeln!(
                    out,
                    "B{string}c{cell} {p} {n} I=v({p},{n})/{ohm}*(0.5+0.5*tanh((v({p},{n})-{v})/{COMPARATOR}))"
                ),
                // From the upper cell into the lower one, or back.
                Scheme::Shuttle(ohm) if cell < series => {
                    let below = node(cell + 1);
                    writeln!(
                        out,
                        "B{string}u{cell} {p} {n} I=(v({p},{n})-v({n},{below}))/{ohm}\nB{string}l{cell} {below} {n} I=(v({p},{n})-v({n},{below}))/{ohm}"
                    )
                }
                Scheme::Shuttle(_) => Ok(()),
            };
        }
        out
    }
}

/// A string that is charged from empty with constant current and then floated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    /// Charging current, ampere.
    pub current: f64,
    /// Float voltage of the string, volt.
    pub voltage: f64,
    /// How long it floats, second.
    pub float: f64,
}

/// What a string's cells have seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strain {
    /// Highest voltage of any cell at any time, volt.
    pub peak: f64,
    /// Highest and lowest cell voltage at the end, volt.
    pub highest: f64,
    pub lowest: f64,
    /// Current that the string takes at the end, ampere: leakage and balancing.
    pub current: f64,
}

/// Strings in one deck.
const BATCH: usize = 4;

/// The charger's current falls to zero over this share of its voltage. It holds the voltage from both sides.
const TAPER: f64 = 0.01;

impl Balance {
    /// The first number that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        check_range("current", self.current, 1e-15, 1e9, "A")?;
        check_range("voltage", self.voltage, 1e-6, 1e6, "V")?;
        check_range("float", self.float, 1e-6, 1e12, "s")
    }

    /// The strain of each string under each scheme, scheme by scheme.
    ///
    /// # Errors
    /// A text: a number is out of range, the card makes no string, a run failed.
    pub fn run(
        &self,
        card: &Card,
        draws: &Draws,
        schemes: &[Scheme],
        host: &Host,
        done: impl Fn(u32) + Sync,
    ) -> Result<Vec<Vec<Strain>>, String> {
        self.validate().map_err(|e| e.to_string())?;
        let strings: Vec<u32> = (0..draws.count).collect();
        let parts: Vec<(Scheme, &[u32])> = schemes
            .iter()
            .flat_map(|s| strings.chunks(BATCH).map(|batch| (*s, batch)))
            .collect();
        let strains = host.each(
            &parts,
            |(scheme, batch)| self.batch(card, draws, host, *scheme, batch),
            |parts| done((parts * BATCH) as u32),
        )?;
        let all = strains.concat();
        Ok(all
            .chunks(strings.len().max(1))
            .map(<[Strain]>::to_vec)
            .collect())
    }

    fn batch(
        &self,
        card: &Card,
        draws: &Draws,
        host: &Host,
        scheme: Scheme,
        batch: &[u32],
    ) -> Result<Vec<Strain>, String> {
        let series = draws.bank.series;
        let celsius = card.cell.thermal.temperature - 273.15;
        let mut deck = format!(
            "charge and float of strings\n.include banks.lib\n.options reltol=1e-4\n.temp {celsius}\n"
        );
        let mut library = String::new();
        let node = |k: u32, level: u32| match level {
            0 => format!("b{k}"),
            l if l == series => "0".to_owned(),
            l => format!("b{k}t{l}"),
        };
        for k in batch {
            let (text, name) = draws.library(card, *k).map_err(|e| e.to_string())?;
            library.push_str(&text);
            let slope = self.current / (TAPER * self.voltage);
            let taps: Vec<String> = (1..series).map(|l| node(*k, l)).collect();
            let _ = write!(
                deck,
                "B{k} 0 c{k} I=min({0},max(-{0},{slope}*({1}-v(c{k}))))\nV{k} c{k} b{k} 0\nX{k} b{k} 0 {2} {name} ic=0\n{3}",
                self.current,
                self.voltage,
                taps.join(" "),
                scheme.elements(&k.to_string(), series, |l| node(*k, l)),
            );
            let _ = writeln!(
                deck,
                ".save i(v{k}) v(b{k}) {}",
                taps.iter()
                    .map(|t| format!("v({t})"))
                    .collect::<Vec<_>>()
                    .join(" ")
            );
        }
        let end = self.float;
        let _ = writeln!(
            deck,
            ".tran {} {end} 0 {} uic\n.end",
            end / 1000.0,
            end / 100.0
        );
        let raw = host.run(&deck, library)?;
        let plot = raw.plot("Transient").map_err(|e| e.to_string())?;
        let wave = |name: &str| Waveform::of(plot, name).map_err(|e| e.to_string());
        batch
            .iter()
            .map(|k| {
                let current = wave(&format!("i(v{k})"))?;
                let mut strain = Strain {
                    peak: f64::NEG_INFINITY,
                    highest: f64::NEG_INFINITY,
                    lowest: f64::INFINITY,
                    current: current.at(end),
                };
                let mut above = wave(&format!("v({})", node(*k, 0)))?;
                for level in 1..=series {
                    let (cell, below) = if level == series {
                        (above.clone(), above.clone())
                    } else {
                        let below = wave(&format!("v({})", node(*k, level)))?;
                        (above.with(&below, |a, b| a - b), below)
                    };
                    strain.peak = strain.peak.max(cell.max(0.0, end));
                    strain.highest = strain.highest.max(cell.at(end));
                    strain.lowest = strain.lowest.min(cell.at(end));
                    above = below;
                }
                Ok(strain)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_read_or_refused() {
        assert_eq!("none".parse(), Ok(Scheme::None));
        assert_eq!("resistor=470".parse(), Ok(Scheme::Resistor(470.0)));
        assert_eq!("shuttle=0.5".parse(), Ok(Scheme::Shuttle(0.5)));
        assert_eq!(
            "bypass=3.3@2.6".parse(),
            Ok(Scheme::Bypass { ohm: 3.3, v: 2.6 })
        );
        for text in [
            "",
            "resistor",
            "resistor=-1",
            "bypass=3",
            "bypass=3@x",
            "shuttle=nan",
            "fan=3",
        ] {
            assert!(text.parse::<Scheme>().is_err(), "{text}");
        }
    }
}
