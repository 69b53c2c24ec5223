//! What can be read off the accepted state.

use num_complex::Complex64;

use super::Stepper;
use crate::cell::Electrode;

impl Stepper {
    /// Net charge of the positive electrode as the terminals see it, coulomb.
    pub fn charge(&self) -> f64 {
        let chain = &self.cell.chains[0];
        chain
            .capacitance
            .iter()
            .zip(&self.halves[0].u)
            .map(|(c, u)| c * u)
            .sum()
    }

    /// Energy stored in the electric double layers, joule.
    pub fn stored_energy(&self) -> f64 {
        let mut energy = 0.0;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            for (c, u) in chain.capacitance.iter().zip(&half.u) {
                energy += 0.5 * c * u * u;
            }
        }
        self.cell.weight() * energy
    }

    /// Power turned into heat at the end of the last accepted step, watt.
    pub fn dissipation(&self) -> f64 {
        let mut power = 0.0;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            power += chain.dissipation(&half.u, self.i);
        }
        self.cell.weight() * power
            + self.cell.esr * self.i * self.i
            + self.cell.g_leak * self.v * self.v
    }

    /// Series resistance in slow charging, ohm: the low-frequency limit of `Re Z` at the present
    /// charges (leakage not counted).
    pub fn effective_resistance(&self) -> f64 {
        let pores: f64 = self
            .halves
            .iter()
            .zip(&self.cell.chains)
            .map(|(half, chain)| chain.slow_resistance(&half.u))
            .sum();
        self.cell.esr + self.cell.weight() * pores
    }

    /// State of fill, 1: sum of |Q| over sum of q_max, over the slits of both electrodes.
    pub fn fill(&self) -> f64 {
        let (mut q, mut q_max) = (0.0, 0.0);
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            for ((c, u), scale) in chain.capacitance.iter().zip(&half.u).zip(&chain.q_max) {
                if *scale > 0.0 {
                    q += (c * u).abs();
                    q_max += scale;
                }
            }
        }
        q / q_max
    }

    /// Terminal current at the end of the last accepted step, ampere.
    pub fn current(&self) -> f64 {
        self.i + self.cell.g_leak * self.v
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
        self.sections(electrode, out, false, |_, u| u / self.cell.series)
    }

    /// Net charge of each section, mouth first, coulomb, of one cell. Writes as many as `out`
    /// holds and returns how many there are.
    pub fn section_charges(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.sections(electrode, out, false, |c, u| c * u / self.cell.parallel)
    }

    /// As [`Stepper::section_voltages`], at the end of the trial in hand (of the accepted state
    /// if there is none).
    pub fn trial_section_voltages(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.sections(electrode, out, true, |_, u| u / self.cell.series)
    }

    /// As [`Stepper::section_charges`], at the end of the trial in hand (of the accepted state
    /// if there is none).
    pub fn trial_section_charges(&self, electrode: Electrode, out: &mut [f64]) -> usize {
        self.sections(electrode, out, true, |c, u| c * u / self.cell.parallel)
    }

    fn sections(
        &self,
        electrode: Electrode,
        out: &mut [f64],
        trial: bool,
        value: impl Fn(f64, f64) -> f64,
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
            .zip(&half.u[first..])
            .zip(&half.d[first..]);
        for (out, ((c, u), d)) in out.iter_mut().zip(nodes) {
            *out = sign * value(*c, if moved { u + d } else { *u });
        }
        chain.sections()
    }

    /// Small-signal admittance of the accepted state at angular frequency `omega` (rad/s),
    /// siemens. Even in the real, odd in the imaginary part; at 0 only leakage conducts.
    pub fn admittance(&self, omega: f64) -> Complex64 {
        let leak = Complex64::from(self.cell.g_leak);
        if omega == 0.0 {
            return leak;
        }
        let mut z = Complex64::from(self.cell.esr);
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            z += self.cell.weight() * chain.impedance(&half.u, self.i, omega);
        }
        leak + z.inv()
    }
}
