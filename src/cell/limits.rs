//! What a part must not see. Nothing in the model changes beyond it; whoever asks is told.

use crate::parameter::{ParameterError, check_range};

/// Limits of one cell; infinite where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Highest voltage of one cell, volt.
    pub v_max: f64,
    /// Lowest voltage of one cell, volt: 0 for a part that must not be reversed.
    pub v_min: f64,
    /// Largest current of one string at `area = 1`, ampere, in either direction.
    pub i_max: f64,
    /// Highest temperature, K.
    pub t_max: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            v_max: f64::INFINITY,
            v_min: f64::NEG_INFINITY,
            i_max: f64::INFINITY,
            t_max: f64::INFINITY,
        }
    }
}

impl Limits {
    /// The first parameter that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        let inf = f64::INFINITY;
        check_range("v_max", self.v_max, -1e9, inf, "V")?;
        check_range("v_min", self.v_min, -inf, self.v_max, "V")?;
        check_range("i_max", self.i_max, 0.0, inf, "A")?;
        check_range("t_max", self.t_max, 0.0, inf, "K")
    }

    /// Every parameter under its name.
    pub fn fields_mut(&mut self) -> [(&'static str, &mut f64); 4] {
        [
            ("v_max", &mut self.v_max),
            ("v_min", &mut self.v_min),
            ("i_max", &mut self.i_max),
            ("t_max", &mut self.t_max),
        ]
    }
}
