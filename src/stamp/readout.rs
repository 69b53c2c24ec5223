//! What can be read off the accepted state.

use num_complex::Complex64;

use super::Stepper;
use super::stepper::Half;
use crate::cell::{Electrode, Factors};
use crate::ladder::Chain;

impl Stepper {
    /// Net charge of the positive electrode as the terminals see it, coulomb.
    pub fn charge(&self) -> f64 {
        let chain = &self.cell.chains[0];
        chain
            .capacitance
            .iter()
            .zip(&self.halves[0].w)
            .map(|(c, w)| c * w)
            .sum()
    }

    /// Energy stored in the electric double layers, joule.
    pub fn stored_energy(&self) -> f64 {
        let mut energy = 0.0;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            for (c, w) in chain.capacitance.iter().zip(&half.w) {
                energy += c * chain.energy(*w);
            }
        }
        self.cell.weight() * energy / self.warmth.factors.capacitance
    }

    /// Power turned into heat at the end of the last accepted step, watt.
    pub fn dissipation(&self) -> f64 {
        self.heat(|half| &half.w, self.i, self.v, self.warmth.factors)
    }

    /// Heat in all resistances at charges `w` (volt) of each half, current `i` and voltage `v`, watt.
    pub(super) fn heat<'a>(
        &'a self,
        w: impl Fn(&'a Half) -> &'a [f64],
        i: f64,
        v: f64,
        now: Factors,
    ) -> f64 {
        let clock = now.resistance * now.capacitance;
        let mut power = 0.0;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            power += chain.dissipation(w(half), clock * i);
        }
        self.cell.weight() * power / (clock * now.capacitance)
            + self.cell.esr * now.esr * i * i
            + self.cell.g_leak / now.leakage * v * v
    }

    /// Leakage conductance in the trial in hand, siemens.
    pub fn trial_leakage(&self) -> f64 {
        self.cell.g_leak / self.warmth.trial_factors.leakage
    }

    /// Series resistance in slow charging, ohm: the low-frequency limit of `Re Z` at the present
    /// charges (leakage not counted).
    pub fn effective_resistance(&self) -> f64 {
        let pores: f64 = self
            .halves
            .iter()
            .zip(&self.cell.chains)
            .map(|(half, chain)| chain.slow_resistance(&half.w))
            .sum();
        let now = self.warmth.factors;
        self.cell.esr * now.esr + self.cell.weight() * now.resistance * pores
    }

    /// State of fill, 1: sum of |Q| over sum of q_max, over the slits of both electrodes.
    pub fn fill(&self) -> f64 {
        let (mut q, mut q_max) = (0.0, 0.0);
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            for ((c, w), scale) in chain.capacitance.iter().zip(&half.w).zip(&chain.q_max) {
                if *scale > 0.0 {
                    q += (c * w).abs();
                    q_max += scale;
                }
            }
        }
        q / q_max
    }

    /// State of charge, 1: charge over that of the part at rest at `v_rated` (volt, of the whole part).
    pub fn state_of_charge(&self, v_rated: f64) -> f64 {
        self.charge() / self.cell.rest_charge(v_rated)
    }

    /// Terminal current at the end of the last accepted step, ampere.
    pub fn current(&self) -> f64 {
        self.i + self.cell.g_leak / self.warmth.factors.leakage * self.v
    }

    /// Terminal voltage at the end of the last accepted step, volt.
    pub fn voltage(&self) -> f64 {
        self.v
    }

    /// True while a trial step waits to be accepted or rejected.
    pub fn has_trial(&self) -> bool {
        self.trial.is_some()
    }

    /// Newton iterations (one factorisation each) since construction.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Number of sections of an electrode; 0 for the negative electrode of a half cell.
    pub fn section_count(&self, electrode: Electrode) -> usize {
        self.cell
            .chain_of(electrode)
            .map_or(0, |(index, _)| self.cell.chains[index].sections())
    }

    /// Voltage of the electrode against the electrolyte in each section, mouth first, volt, of
    /// one cell. Writes as many as `out` holds and returns how many there are.
    pub fn section_voltages(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.section_voltages_of(electrode, out, false)
    }

    /// Net charge of each section, mouth first, coulomb, of one cell. Writes as many as `out`
    /// holds and returns how many there are.
    pub fn section_charges(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.section_charges_of(electrode, out, false)
    }

    /// As [`Stepper::section_voltages`], at the end of the trial in hand (of the accepted state
    /// if there is none).
    pub fn trial_section_voltages(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.section_voltages_of(electrode, out, true)
    }

    /// As [`Stepper::section_charges`], at the end of the trial in hand (of the accepted state
    /// if there is none).
    pub fn trial_section_charges(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.section_charges_of(electrode, out, true)
    }

    /// How full the mouths of both electrodes are in the trial in hand (else in the accepted state), as the
    /// voltage at which the empty cell's capacitances would hold as much, volt.
    pub fn trial_mouth(&self) -> f64 {
        let moved = self.trial.is_some();
        let mut sum = 0.0;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            let first = chain.first_section();
            let w = half.w[first] + if moved { half.d[first] } else { 0.0 };
            sum += self.cell.weight() * w;
        }
        sum
    }

    fn section_voltages_of(&self, electrode: Electrode, out: &mut [f64], trial: bool) -> usize {
        let factor = match (trial, &self.trial) {
            (true, Some(_)) => self.warmth.trial_factors.capacitance,
            _ => self.warmth.factors.capacitance,
        };
        self.sections(electrode, out, trial, |chain, _, w| {
            chain.potential(w).0 / factor / self.cell.series
        })
    }

    fn section_charges_of(&self, electrode: Electrode, out: &mut [f64], trial: bool) -> usize {
        self.sections(electrode, out, trial, |_, c, w| c * w / self.cell.parallel)
    }

    fn sections(
        &self,
        electrode: Electrode,
        out: &mut [f64],
        trial: bool,
        value: impl Fn(&Chain, f64, f64) -> f64,
    ) -> usize {
        let Some((index, sign)) = self.cell.chain_of(electrode) else {
            return 0;
        };
        let chain = &self.cell.chains[index];
        let first = chain.first_section();
        let half = &self.halves[index];
        let moved = trial && self.trial.is_some();
        let nodes = chain.capacitance[first..]
            .iter()
            .zip(&half.w[first..])
            .zip(&half.d[first..]);
        for (out, ((c, w), d)) in out.iter_mut().zip(nodes) {
            *out = sign * value(chain, *c, if moved { w + d } else { *w });
        }
        chain.sections()
    }

    /// Small-signal admittance of the accepted state at angular frequency `omega` (rad/s),
    /// siemens. Even in the real, odd in the imaginary part; at 0 only leakage conducts.
    pub fn admittance(&self, omega: f64) -> Complex64 {
        let now = self.warmth.factors;
        let clock = now.resistance * now.capacitance;
        let leak = Complex64::from(self.cell.g_leak / now.leakage);
        if omega == 0.0 {
            return leak;
        }
        let mut z = Complex64::from(self.cell.esr * now.esr);
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            z += self.cell.weight()
                * now.resistance
                * chain.impedance(&half.w, clock * self.i, clock * omega);
        }
        leak + z.inv()
    }
}
