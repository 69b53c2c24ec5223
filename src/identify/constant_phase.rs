//! A transmission line whose capacitance has a constant phase, behind a depressed arc: a rival that says what
//! a spectrum holds that the ladders lack.
//!
//! ```text
//! Z = esr + r_arc/(1 + (j omega tau)^b) + r_pore coth(x)/x,     x^2 = r_pore c (j omega)^a
//! ```
//!
//! With a = b = 1 it is the transmission line with an arc. Exponents below 1 stand for a spread of time
//! constants (Cole & Cole 1941, doi 10.1063/1.1750906); which one, they do not say.

use num_complex::Complex64;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConstantPhase {
    pub esr: f64,
    pub r_pore: f64,
    /// F s^(a-1).
    pub c: f64,
    /// a.
    pub exponent: f64,
    pub r_arc: f64,
    /// Second.
    pub tau_arc: f64,
    /// b.
    pub exponent_arc: f64,
}

impl ConstantPhase {
    pub fn impedance(&self, omega: f64) -> Complex64 {
        let jw = Complex64::new(0.0, omega);
        let x = (self.r_pore * self.c * jw.powf(self.exponent)).sqrt();
        let arc = self.r_arc / (1.0 + (jw * self.tau_arc).powf(self.exponent_arc));
        // tanh from a decaying exponential: finite for any x in the right half plane.
        let decay = (-2.0 * x).exp();
        let coth = (1.0 + decay) / (1.0 - decay);
        self.esr + arc + self.r_pore * coth / x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Limits that have closed forms: esr + sqrt(r/(j omega c)) at the top, esr + r/3 + 1/(j omega c) at the bottom.
    #[test]
    fn both_ends_of_the_spectrum_are_those_of_a_transmission_line() {
        let model = ConstantPhase {
            esr: 0.5,
            r_pore: 3.0,
            c: 0.1,
            exponent: 1.0,
            r_arc: 1.0,
            tau_arc: 1e-2,
            exponent_arc: 1.0,
        };
        let top = model.impedance(1e9);
        let warburg = (3.0 / Complex64::new(0.0, 1e9 * 0.1)).sqrt();
        assert!((top - 0.5 - warburg - 1.0 / Complex64::new(1.0, 1e7)).norm() < 1e-9);
        let bottom = model.impedance(1e-4);
        let capacitor = Complex64::new(0.0, 1e-4 * 0.1).inv();
        assert!(
            (bottom - capacitor - (0.5 + 1.0 + 1.0)).norm() < 1e-4,
            "{bottom}"
        );
    }
}
