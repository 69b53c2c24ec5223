//! Fade of capacitance and rise of resistance over a life.
//!
//! Makers and IEC 62391 state the end of life as the capacitance and resistance that are left after so many
//! hours at a high temperature and voltage. Other conditions age faster or slower: by a factor of two for
//! every `t_double` kelvin ("10 K rule") and every `v_double` volt (Bohlen et al. 2007, doi
//! 10.1016/j.jpowsour.2007.07.059, find 0.1 to 0.2 V). With the part of life that is used up
//!
//! ```text
//! x = age/life 2^((age_temperature - life_temperature)/t_double) 2^((age_voltage - life_voltage)/v_double)
//! ```
//!
//! the capacitance is `1/(1 + (1/c_end - 1) x^exponent)` and the resistance
//! `1 + (r_end - 1) x^exponent` of the new part's: as stated at x = 1, positive for ever.

use super::Factors;
use crate::parameter::{ParameterError, check_range};

/// How a part ages, and how old it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ageing {
    /// Time in use, hour; 0 for a new part.
    pub age: f64,
    /// Temperature in use, K.
    pub age_temperature: f64,
    /// Voltage of one cell in use, volt.
    pub age_voltage: f64,
    /// Hours to the end of life; infinite for a part that does not age.
    pub life: f64,
    /// Temperature of that statement, K.
    pub life_temperature: f64,
    /// Voltage of that statement, volt.
    pub life_voltage: f64,
    /// Capacitance at the end of life, of the new part's.
    pub c_end: f64,
    /// Resistance (ESR, pores and open electrolyte) at the end of life, of the new part's.
    pub r_end: f64,
    /// Kelvin that age twice as fast.
    pub t_double: f64,
    /// Volt that age twice as fast.
    pub v_double: f64,
    /// Power of the used part of life with which values change: 1 for a steady change, 0.5 for one with the
    /// root of time.
    pub exponent: f64,
}

impl Default for Ageing {
    fn default() -> Self {
        Self {
            age: 0.0,
            age_temperature: super::REFERENCE_K,
            age_voltage: 0.0,
            life: f64::INFINITY,
            life_temperature: 338.15,
            life_voltage: 0.0,
            c_end: 0.8,
            r_end: 2.0,
            t_double: 10.0,
            v_double: 0.1,
            exponent: 1.0,
        }
    }
}

impl Ageing {
    /// The first parameter that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        check_range("age", self.age, 0.0, 1e9, "h")?;
        check_range("age_temperature", self.age_temperature, 50.0, 2000.0, "K")?;
        check_range("age_voltage", self.age_voltage, -100.0, 100.0, "V")?;
        check_range("life", self.life, 1e-3, f64::INFINITY, "h")?;
        check_range("life_temperature", self.life_temperature, 50.0, 2000.0, "K")?;
        check_range("life_voltage", self.life_voltage, -100.0, 100.0, "V")?;
        check_range("c_end", self.c_end, 1e-3, 1.0, "")?;
        check_range("r_end", self.r_end, 1.0, 1e3, "")?;
        check_range("t_double", self.t_double, 1.0, 1e6, "K")?;
        check_range("v_double", self.v_double, 1e-3, 1e6, "V")?;
        check_range("exponent", self.exponent, 0.1, 10.0, "")?;
        check_range(
            "age (in lives as stated)",
            self.used(),
            0.0,
            1e6,
            "(less time, heat or voltage)",
        )
    }

    /// Every parameter under its name.
    pub fn fields_mut(&mut self) -> [(&'static str, &mut f64); 11] {
        [
            ("age", &mut self.age),
            ("age_temperature", &mut self.age_temperature),
            ("age_voltage", &mut self.age_voltage),
            ("life", &mut self.life),
            ("life_temperature", &mut self.life_temperature),
            ("life_voltage", &mut self.life_voltage),
            ("c_end", &mut self.c_end),
            ("r_end", &mut self.r_end),
            ("t_double", &mut self.t_double),
            ("v_double", &mut self.v_double),
            ("exponent", &mut self.exponent),
        ]
    }

    /// Part of life that is used up; 1 at its end.
    pub fn used(&self) -> f64 {
        if self.age == 0.0 || self.life == f64::INFINITY {
            return 0.0;
        }
        let hotter = (self.age_temperature - self.life_temperature) / self.t_double;
        let higher = (self.age_voltage - self.life_voltage) / self.v_double;
        self.age / self.life * (hotter + higher).exp2()
    }

    /// Factors on the new part's values.
    pub fn factors(&self) -> Factors {
        let used = self.used().powf(self.exponent);
        if used == 0.0 {
            return Factors::NONE;
        }
        let rise = 1.0 + (self.r_end - 1.0) * used;
        Factors {
            resistance: rise,
            esr: rise,
            capacitance: 1.0 / (1.0 + (1.0 / self.c_end - 1.0) * used),
            leakage: 1.0,
        }
    }
}
