//! How long a bank holds up a load of constant power.

use std::fmt::Write;

use super::{Draws, Host};
use crate::card::Card;
use crate::cell::CellParams;
use crate::parameter::{ParameterError, check_range};
use crate::simulator::measure::Waveform;
use crate::stamp::Stepper;

/// A load that takes constant power, as a converter does, from a bank that was balanced at `v_start` (volt) when its
/// supply failed; at `v_stop` the converter stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldUp {
    /// Watt at the bank's terminals, the converter's losses included.
    pub load: f64,
    /// Volt, of the whole bank.
    pub v_start: f64,
    pub v_stop: f64,
}

/// Banks in one deck: starting ngspice costs as much as a few of them.
const BATCH: usize = 8;

/// Samples within the time that the stored energy would last.
const SAMPLES: f64 = 400.0;

/// More than any capacitance above the lot's that the spread of cells brings about.
const SPREAD_REACH: f64 = 6.0;

/// Share of the stored energy in the capacitor at the converter's input: what no converter lacks, and what has the
/// voltage fall in a finite time where a bank cannot give the power.
const INPUT: f64 = 1e-4;

impl HoldUp {
    /// The first number that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        check_range("load", self.load, 1e-12, 1e12, "W")?;
        check_range("v_start", self.v_start, 1e-6, 1e6, "V")?;
        check_range("v_stop", self.v_stop, 1e-7, 0.999 * self.v_start, "V")
    }

    /// Seconds that the energy between the two voltages would last if none were lost, for the cells as the card has
    /// them, `series` in a string and `parallel` strings.
    pub fn by_energy(
        &self,
        cell: &CellParams,
        series: u32,
        parallel: u32,
    ) -> Result<f64, ParameterError> {
        let mut stepper = Stepper::new(&CellParams {
            series: f64::from(series),
            parallel: f64::from(parallel),
            ..cell.clone()
        })?;
        let mut stored = |v: f64| {
            stepper
                .set_voltage(v)
                .map_err(|_| ParameterError::new("v_start", v, "a voltage in volt"))?;
            Ok::<f64, ParameterError>(stepper.stored_energy())
        };
        Ok((stored(self.v_start)? - stored(self.v_stop)?) / self.load)
    }

    /// Seconds until each bank reaches `v_stop`.
    ///
    /// # Errors
    /// A text: a number is out of range, the card makes no bank, a run failed.
    pub fn run(
        &self,
        card: &Card,
        draws: &Draws,
        host: &Host,
        done: impl Fn(u32) + Sync,
    ) -> Result<Vec<f64>, String> {
        self.validate().map_err(|e| e.to_string())?;
        let energy = self
            .by_energy(&card.cell, draws.bank.series, draws.bank.parallel)
            .map_err(|e| e.to_string())?;
        let banks: Vec<u32> = (0..draws.count).collect();
        let batches: Vec<&[u32]> = banks.chunks(BATCH).collect();
        let times = host.each(
            &batches,
            |batch| self.batch(card, draws, host, batch, energy),
            |batches| done(((batches * BATCH) as u32).min(draws.count)),
        )?;
        Ok(times.concat())
    }

    fn batch(
        &self,
        card: &Card,
        draws: &Draws,
        host: &Host,
        batch: &[u32],
        energy: f64,
    ) -> Result<Vec<f64>, String> {
        let (p, stop) = (self.load, self.v_stop);
        let celsius = card.cell.thermal.temperature - 273.15;
        let mut deck = format!("hold-up of banks\n.include banks.lib\n.temp {celsius}\n.save");
        for k in batch {
            let _ = write!(deck, " v(b{k})");
        }
        deck.push('\n');
        let (mut library, mut largest) = (String::new(), 0.0_f64);
        for k in batch {
            let (text, name) = draws.library(card, *k).map_err(|e| e.to_string())?;
            library.push_str(&text);
            largest = largest.max(draws.lot(*k));
            // Well below v_stop the load fades, which keeps the end of the run smooth.
            let input = INPUT * 2.0 * energy * p / self.v_start.powi(2);
            let _ = writeln!(
                deck,
                "X{k} b{k} 0 {name} ic={0}\nC{k} b{k} 0 {input} ic={0}\nB{k} b{k} 0 I={p}*min(1,max(0,v(b{k})/{1}-3.5))/max(v(b{k}),{stop})",
                self.v_start,
                0.2 * stop,
            );
        }
        // No bank lasts longer than the energy that is in it; a little more, so that the crossing is seen.
        let end = 1.02 * energy * largest * (1.0 + SPREAD_REACH * draws.bank.spread.c);
        let _ = writeln!(
            deck,
            ".tran {} {end} 0 {} uic\n.end",
            end / SAMPLES,
            end / 200.0
        );
        let raw = host.run(&deck, library)?;
        let plot = raw.plot("Transient").map_err(|e| e.to_string())?;
        batch
            .iter()
            .map(|k| {
                let wave = Waveform::of(plot, &format!("v(b{k})")).map_err(|e| e.to_string())?;
                if wave.at(0.0) < stop {
                    // The resistance alone takes it below.
                    return Ok(0.0);
                }
                wave.first_fall(stop, 0.0).ok_or_else(|| {
                    format!(
                        "bank {k} is still at {:.3} V after {end:.3} s",
                        wave.at(end)
                    )
                })
            })
            .collect()
    }
}
