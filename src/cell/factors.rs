//! Factors on a cell's values: what temperature and age leave of them.

use std::ops::{Div, Mul};

/// One factor for each kind of value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// On the resistance of pores and open electrolyte.
    pub resistance: f64,
    pub esr: f64,
    /// On every capacitance; `q_max` is the scale of the law and stays.
    pub capacitance: f64,
    /// On the leakage resistance.
    pub leakage: f64,
}

impl Factors {
    /// Nothing changes: values times these are the same to the last bit.
    pub const NONE: Factors = Factors {
        resistance: 1.0,
        esr: 1.0,
        capacitance: 1.0,
        leakage: 1.0,
    };

    fn combine(self, other: Self, with: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            resistance: with(self.resistance, other.resistance),
            esr: with(self.esr, other.esr),
            capacitance: with(self.capacitance, other.capacitance),
            leakage: with(self.leakage, other.leakage),
        }
    }
}

impl Mul for Factors {
    type Output = Factors;

    fn mul(self, other: Self) -> Self {
        self.combine(other, |a, b| a * b)
    }
}

impl Div for Factors {
    type Output = Factors;

    fn div(self, other: Self) -> Self {
        self.combine(other, |a, b| a / b)
    }
}
