//! Parameters of one electrode (half cell).

use super::{DEFAULT_U_RISE, Rise, Section};
use crate::law::{DEFAULT_R_MIN, Expression, Law, LawKind, LawParams};
use crate::parameter::{ParameterError, check_range};

/// Largest number of slits of one electrode.
pub const MAX_SLITS: u64 = 10_000_000;

/// With `sections = 0`, electrodes of up to this many slits get one section per slit; thicker
/// ones are lumped (see [`crate::ladder::sections`]).
pub const RESOLVED_LIMIT: u64 = 2_000;

/// One electrode: a stack of slits behind the open electrolyte (Zhan et al., figure 4a).
///
/// ```text
/// bulk --r_open-- psi_0 --entry R(Q_1)-- psi_1 --R(Q_1)-- psi_2 -- ... -- psi_n
///                   |                      |                |               |
///                 c_open                 c_slit           c_slit          c_slit     (to the electrode)
/// ```
///
/// The slit next to the reservoir is number 1. All values are those of one slit at `area = 1`.
#[derive(Debug, Clone, PartialEq)]
pub struct ElectrodeParams {
    pub law: LawKind,
    /// A law of its own in place of `law` and `gamma`, which are then not used; `r_c` must be its
    /// resistance of the empty slit. See [`ElectrodeParams::with_expression`].
    pub expression: Option<Expression>,
    /// Resistance of the path from one slit to the next when empty, ohm.
    pub r_c: f64,
    /// Relative fall of that resistance at `q_max`, 1.
    pub gamma: f64,
    /// Charge scale of one slit, coulomb.
    pub q_max: f64,
    /// Lowest resistance of one slit, ohm.
    pub r_min: f64,
    /// Capacitance of one slit, farad; where it rises, at zero voltage.
    pub c_slit: f64,
    /// Relative rise of all of the electrode's capacitances far above `u_rise` (see [`Rise`]), 1; 0 for
    /// constant ones.
    pub c_rise: f64,
    /// Voltage between slit and electrode on whose scale they rise, volt.
    pub u_rise: f64,
    /// Number of slits (sheets - 1).
    pub slits: u64,
    /// Number of sections the slits are lumped into; 0 chooses.
    pub sections: u64,
    /// Resistance of the open electrolyte between bulk and electrode, ohm; may be 0.
    pub r_open: f64,
    /// Capacitance of the electrode's outer face, farad; may be 0.
    pub c_open: f64,
    /// Path from the open electrolyte to the middle of the first slit, in units of R(Q_1).
    pub entry: f64,
    /// An explicit ladder, mouth first, in place of `slits` equal ones; `slits`, `sections`,
    /// `r_c`, `q_max` and `c_slit` are then not used, but `r_min/r_c` still sets the floor.
    pub explicit: Option<Vec<Section>>,
}

impl ElectrodeParams {
    /// A stack of `slits` slits with constant resistance (`gamma = 0`), half a slit's path at the
    /// entry, nothing in the open electrolyte. `q_max` is the charge at 1 V.
    pub fn new(r_c: f64, c_slit: f64, slits: u64) -> Self {
        Self {
            law: LawKind::Linear,
            expression: None,
            r_c,
            gamma: 0.0,
            q_max: c_slit,
            r_min: DEFAULT_R_MIN * r_c,
            c_slit,
            c_rise: 0.0,
            u_rise: DEFAULT_U_RISE,
            slits,
            sections: 0,
            r_open: 0.0,
            c_open: 0.0,
            entry: 0.5,
            explicit: None,
        }
    }

    /// The same stack with another law, its `r_c` and the default floor.
    pub fn with_expression(self, expression: Expression) -> Self {
        Self {
            r_c: expression.r_c(),
            r_min: DEFAULT_R_MIN * expression.r_c(),
            gamma: 0.0,
            expression: Some(expression),
            ..self
        }
    }

    /// The law of one slit.
    pub fn law_params(&self) -> LawParams {
        LawParams {
            kind: self.law,
            expression: self.expression.clone(),
            r_c: self.r_c,
            gamma: self.gamma,
            q_max: self.q_max,
            r_min: self.r_min,
        }
    }

    /// The first parameter that is out of range, if any.
    pub fn validate(&self) -> Result<(), ParameterError> {
        Law::new(&self.law_params())?;
        check_range("c_slit", self.c_slit, 1e-30, 1e12, "F")?;
        Rise::new(self.c_rise, self.u_rise)?;
        if self.slits < 1 || self.slits > MAX_SLITS {
            return Err(ParameterError::new(
                "slits",
                self.slits,
                format!("a whole number from 1 to {MAX_SLITS}"),
            ));
        }
        if self.sections > self.slits {
            return Err(ParameterError::new(
                "sections",
                self.sections,
                format!("0 (choose) to slits = {}", self.slits),
            ));
        }
        check_range("r_open", self.r_open, 0.0, 1e18, "ohm")?;
        check_range("c_open", self.c_open, 0.0, 1e12, "F")?;
        check_range("entry", self.entry, 1e-3, 1e6, "(in units of R)")?;
        if let Some(sections) = &self.explicit {
            if sections.is_empty() || sections.len() as u64 > MAX_SLITS {
                return Err(ParameterError::new(
                    "sections",
                    sections.len(),
                    format!("1 to {MAX_SLITS} explicit sections"),
                ));
            }
            for (i, s) in sections.iter().enumerate() {
                s.validate()
                    .map_err(|e| e.within(&format!("sections[{i}]")))?;
            }
        }
        Ok(())
    }
}
