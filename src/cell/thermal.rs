//! What temperature does to a cell's resistances, capacitance and leakage.

use super::Factors;
use crate::parameter::{ParameterError, check_range};

/// Molar gas constant, J/(mol K) (exact in the SI).
pub const GAS_CONSTANT: f64 = 8.314_462_618_153_24;

/// Temperature that a card's values hold at unless it says otherwise: 25 Celsius, K.
pub const REFERENCE_K: f64 = 298.15;

/// Lowest value of the polynomial of a [`Drift`]: no extrapolation makes a part's value vanish.
const LEAST: f64 = 0.01;

/// Largest exponent of Arrhenius' law: far beyond any part, and its inverse still is a number.
const FARTHEST: f64 = 50.0;

/// Temperatures that a cell may be given, K.
const RANGE_K: (f64, f64) = (50.0, 2000.0);

/// How a value depends on temperature: Arrhenius' law times the polynomial of SPICE,
///
/// ```text
/// exp(E/R (1/T - 1/T_ref)) (1 + tc1 (T - T_ref) + tc2 (T - T_ref)^2)
/// ```
///
/// With all three 0 the factor is 1 exactly, at any temperature.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Drift {
    /// Activation energy E, joule per mole; above 0 the value falls with temperature.
    pub activation: f64,
    /// 1/K
    pub tc1: f64,
    /// 1/K^2
    pub tc2: f64,
}

impl Drift {
    /// The factor at temperature `t` (K) on the value at `t_ref` (K).
    pub fn factor(&self, t: f64, t_ref: f64) -> f64 {
        if *self == Self::default() {
            return 1.0;
        }
        let dt = t - t_ref;
        let polynomial = (1.0 + dt * (self.tc1 + dt * self.tc2)).max(LEAST);
        let exponent = self.activation / GAS_CONSTANT * (1.0 / t - 1.0 / t_ref);
        polynomial * exponent.clamp(-FARTHEST, FARTHEST).exp()
    }

    /// Derivative of the factor's logarithm with respect to temperature, 1/K.
    pub fn log_slope(&self, t: f64, t_ref: f64) -> f64 {
        if *self == Self::default() {
            return 0.0;
        }
        let dt = t - t_ref;
        let polynomial = 1.0 + dt * (self.tc1 + dt * self.tc2);
        let of_polynomial = match polynomial > LEAST {
            true => (self.tc1 + 2.0 * dt * self.tc2) / polynomial,
            false => 0.0,
        };
        let exponent = self.activation / GAS_CONSTANT * (1.0 / t - 1.0 / t_ref);
        let of_exponent = match exponent.abs() < FARTHEST {
            true => -self.activation / GAS_CONSTANT / (t * t),
            false => 0.0,
        };
        of_polynomial + of_exponent
    }

    fn validate(&self, name: &str) -> Result<(), ParameterError> {
        check_range(&format!("{name}_ea"), self.activation, -1e6, 1e6, "J/mol")?;
        check_range(&format!("{name}_tc1"), self.tc1, -1.0, 1.0, "1/K")?;
        check_range(&format!("{name}_tc2"), self.tc2, -1.0, 1.0, "1/K^2")
    }
}

/// Temperature of a cell, what depends on it, and how the cell's own heat changes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thermal {
    /// Temperature of the surroundings, and of the cell where it does not heat itself, K.
    pub temperature: f64,
    /// Temperature at which the other parameters hold, K.
    pub t_ref: f64,
    /// Of pores and open electrolyte.
    pub resistance: Drift,
    pub esr: Drift,
    pub capacitance: Drift,
    /// Of the leakage resistance.
    pub leakage: Drift,
    /// Thermal resistance from cell to surroundings, kelvin per watt, of one cell; infinite for a cell that
    /// keeps its heat.
    pub r_th: f64,
    /// Heat capacity of one cell, joule per kelvin.
    pub c_th: f64,
}

impl Default for Thermal {
    fn default() -> Self {
        Self {
            temperature: REFERENCE_K,
            t_ref: REFERENCE_K,
            resistance: Drift::default(),
            esr: Drift::default(),
            capacitance: Drift::default(),
            leakage: Drift::default(),
            r_th: 0.0,
            c_th: 0.0,
        }
    }
}

impl Thermal {
    /// The first parameter that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        let (low, high) = RANGE_K;
        check_range("temperature", self.temperature, low, high, "K")?;
        check_range("t_ref", self.t_ref, low, high, "K")?;
        self.resistance.validate("r")?;
        self.esr.validate("esr")?;
        self.capacitance.validate("c")?;
        self.leakage.validate("leak")?;
        check_range("r_th", self.r_th, 0.0, f64::INFINITY, "K/W")?;
        check_range("c_th", self.c_th, 0.0, 1e12, "J/K")?;
        if self.r_th == f64::INFINITY && self.c_th == 0.0 {
            return Err(ParameterError::new(
                "c_th",
                self.c_th,
                "above 0 J/K where r_th is infinite: the heat must go somewhere",
            ));
        }
        Ok(())
    }

    /// Every parameter under its name.
    pub fn fields_mut(&mut self) -> [(&'static str, &mut f64); 16] {
        let Self {
            temperature,
            t_ref,
            resistance: r,
            esr,
            capacitance: c,
            leakage: leak,
            r_th,
            c_th,
        } = self;
        [
            ("temperature", temperature),
            ("t_ref", t_ref),
            ("r_ea", &mut r.activation),
            ("r_tc1", &mut r.tc1),
            ("r_tc2", &mut r.tc2),
            ("esr_ea", &mut esr.activation),
            ("esr_tc1", &mut esr.tc1),
            ("esr_tc2", &mut esr.tc2),
            ("c_ea", &mut c.activation),
            ("c_tc1", &mut c.tc1),
            ("c_tc2", &mut c.tc2),
            ("leak_ea", &mut leak.activation),
            ("leak_tc1", &mut leak.tc1),
            ("leak_tc2", &mut leak.tc2),
            ("r_th", r_th),
            ("c_th", c_th),
        ]
    }

    /// Factors on the values at `t_ref` at temperature `t` (K).
    pub fn factors(&self, t: f64) -> Factors {
        Factors {
            resistance: self.resistance.factor(t, self.t_ref),
            esr: self.esr.factor(t, self.t_ref),
            capacitance: self.capacitance.factor(t, self.t_ref),
            leakage: self.leakage.factor(t, self.t_ref),
        }
    }

    /// Derivatives of the logarithms of those factors with respect to temperature, 1/K.
    pub fn log_slopes(&self, t: f64) -> Factors {
        Factors {
            resistance: self.resistance.log_slope(t, self.t_ref),
            esr: self.esr.log_slope(t, self.t_ref),
            capacitance: self.capacitance.log_slope(t, self.t_ref),
            leakage: self.leakage.log_slope(t, self.t_ref),
        }
    }

    /// Whether anything depends on temperature.
    pub fn has_drift(&self) -> bool {
        [self.resistance, self.esr, self.capacitance, self.leakage]
            .iter()
            .any(|drift| *drift != Drift::default())
    }

    /// Whether the cell's heat changes its temperature without anything outside.
    pub fn heats_itself(&self) -> bool {
        self.r_th > 0.0
    }

    /// A temperature that a cell may have; NaN is none.
    pub(crate) fn allows(t: f64) -> bool {
        (RANGE_K.0..=RANGE_K.1).contains(&t)
    }

    /// The nearest temperature that a cell may have.
    pub(crate) fn confined(t: f64) -> f64 {
        t.clamp(RANGE_K.0, RANGE_K.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_factors() {
        let drift = Drift {
            activation: 2.1e4,
            tc1: 3e-3,
            tc2: -2e-5,
        };
        for t in [180.0, 250.0, 298.15, 371.0, 700.0] {
            let log = |t: f64| drift.factor(t, 298.15).ln();
            let h = 1e-3;
            let seen = (log(t + h) - log(t - h)) / (2.0 * h);
            let slope = drift.log_slope(t, 298.15);
            assert!(
                (slope - seen).abs() < 1e-8 * slope.abs(),
                "{t}: {slope} {seen}"
            );
        }
    }

    #[test]
    fn factors_are_one_where_they_hold_and_numbers_everywhere() {
        let mut drift = Drift {
            activation: 2.1e4,
            tc1: 3e-3,
            tc2: -2e-5,
        };
        assert_eq!(drift.factor(298.15, 298.15), 1.0);
        assert_eq!(Drift::default().factor(77.0, 298.15), 1.0);
        for activation in [-1e6, 1e6] {
            drift.activation = activation;
            for t in [RANGE_K.0, RANGE_K.1] {
                let factor = drift.factor(t, 298.15);
                assert!(factor > 0.0 && factor.is_finite() && factor.recip().is_finite());
            }
        }
    }
}
