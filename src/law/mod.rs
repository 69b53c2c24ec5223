//! The constitutive law of a nanoslit: resistance as a function of net ionic charge.
//!
//! Three forms are built in, and any other can be given as text ([`Expression`]). The three all have `R(0) = r_c` and `R(q_max) = (1 - gamma) r_c`:
//!
//! | form | `R(Q)` | source |
//! |---|---|---|
//! | [`LawKind::Linear`] | `r_c (1 - gamma |Q|/q_max)` | Zhan et al., eqs. 1a, 1b, made even in Q |
//! | [`LawKind::Sqrt`] | `r_c / sqrt(1 + k (Q/q_max)^2)`, `k = (1-gamma)^-2 - 1` | Donnan equilibrium in the slit |
//! | [`LawKind::Signed`] | `r_c (1 - gamma Q/q_max)` | the literal formula |
//!
//! `Sqrt` is the conductance law `G = G_0 sqrt(1 + (Q/Q_0)^2)` with `Q_0 = q_max/sqrt(k)`. It can
//! only let the resistance fall, so for `gamma < 0` its mirror image
//! `R = r_c sqrt(1 + ((1-gamma)^2 - 1) (Q/q_max)^2)` is used; both agree to first order at
//! `gamma = 0`.
//!
//! # Smooth, positive, and exact where the law is meant
//!
//! The bare linear law has a kink at `Q = 0` and reaches zero at `|Q| = q_max/gamma`; beyond that the
//! element would be a source of energy. Both spots are mended by polynomials of compact support, so
//! that R is twice continuously differentiable and positive everywhere, and the formulas above
//! hold **exactly** (to rounding) outside the mended spots:
//!
//! * `|Q|` is replaced for `|Q| < KINK q_max` by the even polynomial that has the same value,
//!   slope and curvature there and vanishes at `Q = 0`. Hence `R(0) = r_c` exactly.
//! * Below `2 r_min` the resistance bends towards `r_min` and equals it where the bare law is
//!   zero or negative.

mod expression;

use std::sync::Arc;

pub use expression::{Expression, Function, Quantity, SyntaxError, Tree};

use crate::parameter::{ParameterError, check_range};
use expression::Program;

/// Half width of the rounded kink of `|Q|`, as a fraction of `q_max`.
pub const KINK: f64 = 1e-3;

/// Default `r_min` as a fraction of `r_c`.
pub const DEFAULT_R_MIN: f64 = 1e-3;

/// Which formula gives the resistance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LawKind {
    /// The law of the paper, even in Q.
    #[default]
    Linear,
    /// Donnan form, positive for every Q.
    Sqrt,
    /// The literal formula, odd in Q.
    Signed,
}

impl LawKind {
    /// Every form, in the order of their numbers in the C ABI.
    pub const ALL: [LawKind; 3] = [LawKind::Linear, LawKind::Sqrt, LawKind::Signed];

    /// Name in cards and netlists.
    pub fn name(self) -> &'static str {
        match self {
            LawKind::Linear => "linear",
            LawKind::Sqrt => "sqrt",
            LawKind::Signed => "signed",
        }
    }

    /// The form with this name, if there is one.
    pub fn from_name(name: &str) -> Option<LawKind> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}

const LINEAR: u8 = LawKind::Linear as u8;
const SQRT: u8 = LawKind::Sqrt as u8;
const SIGNED: u8 = LawKind::Signed as u8;

/// Parameters of the law of one slit.
#[derive(Debug, Clone, PartialEq)]
pub struct LawParams {
    pub kind: LawKind,
    /// A law of its own in place of `kind` and `gamma`, which are then not used; `r_c` must be its
    /// resistance of the empty slit.
    pub expression: Option<Expression>,
    /// Resistance of the empty slit, ohm.
    pub r_c: f64,
    /// Relative fall of the resistance at `q_max`; below zero it rises. -100 to 1.
    pub gamma: f64,
    /// Charge scale, coulomb. Not a limit: Q may exceed it.
    pub q_max: f64,
    /// Lowest resistance, ohm; above zero and at most `r_c/2`.
    pub r_min: f64,
}

impl LawParams {
    /// The parameters, or the first that is out of range.
    pub fn validate(&self) -> Result<(), ParameterError> {
        check_range("r_c", self.r_c, 1e-18, 1e18, "ohm")?;
        match &self.expression {
            None => check_range("gamma", self.gamma, -100.0, 1.0, "")?,
            Some(expression) if (self.r_c / expression.r_c() - 1.0).abs() > 1e-9 => {
                return Err(ParameterError::new(
                    "r_c",
                    self.r_c,
                    format!(
                        "the formula's resistance at Q = 0, {:e} ohm",
                        expression.r_c()
                    ),
                ));
            }
            Some(_) => {}
        }
        check_range("q_max", self.q_max, 1e-30, 1e12, "C")?;
        // Above zero also as a fraction of r_c, which is what the law is worked out with.
        let floor = self.r_min / self.r_c;
        if !(1e-300..=0.5).contains(&floor) {
            return Err(ParameterError::new(
                "r_min",
                self.r_min,
                format!("above 0 and at most r_c/2 = {:e} ohm", 0.5 * self.r_c),
            ));
        }
        Ok(())
    }
}

/// A resistance and how it changes with charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resistance {
    /// R(Q), ohm.
    pub r: f64,
    /// dR/dQ, ohm per coulomb.
    pub dr_dq: f64,
}

/// A law without its scales: `rho(x) = R/r_c` as a function of `x = Q/q_max`.
///
/// Sections of a ladder differ in `r_c` and `q_max` but share their shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    form: Form,
    gamma: f64,
    /// `r_min/r_c`, and its inverse.
    floor: f64,
    inv_floor: f64,
    /// Coefficient of `x^2` under the root of the sqrt law.
    k: f64,
}

/// How a shape is worked out.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    Linear,
    Sqrt,
    Signed,
    /// By a program, and whether it is even.
    Program(Arc<Program>, bool),
}

impl Shape {
    fn new(kind: LawKind, gamma: f64, floor: f64) -> Self {
        let end = (1.0 - gamma).max(floor);
        let k = if gamma >= 0.0 {
            1.0 / (end * end) - 1.0
        } else {
            end * end - 1.0
        };
        let form = match kind {
            LawKind::Linear => Form::Linear,
            LawKind::Sqrt => Form::Sqrt,
            LawKind::Signed => Form::Signed,
        };
        Self {
            form,
            gamma,
            floor,
            inv_floor: 1.0 / floor,
            k,
        }
    }

    fn of_expression(
        expression: &Expression,
        q_max: f64,
        floor: f64,
    ) -> Result<Self, ParameterError> {
        let constant = Self::new(LawKind::Linear, 0.0, floor);
        if expression.is_constant() {
            return Ok(constant);
        }
        let program = Arc::new(expression.program(q_max)?);
        Ok(Self {
            form: Form::Program(program, expression.is_even()),
            ..constant
        })
    }

    /// `rho(x)` and `d rho/dx`.
    #[inline]
    pub fn eval(&self, x: f64) -> (f64, f64) {
        match &self.form {
            Form::Linear => self.eval_kind::<{ LINEAR }>(x),
            Form::Sqrt => self.eval_kind::<{ SQRT }>(x),
            Form::Signed => self.eval_kind::<{ SIGNED }>(x),
            Form::Program(program, _) => {
                let (bare, slope) = program.eval(x);
                let (rho, bend) = floored(bare, self.floor, self.inv_floor);
                (rho, bend * slope)
            }
        }
    }

    #[inline(always)]
    fn eval_kind<const KIND: u8>(&self, x: f64) -> (f64, f64) {
        let (bare, slope) = match KIND {
            LINEAR => {
                let (a, da) = smooth_abs(x);
                (1.0 - self.gamma * a, -self.gamma * da)
            }
            SIGNED => (1.0 - self.gamma * x, -self.gamma),
            _ => {
                let s = (1.0 + self.k * x * x).sqrt();
                if self.gamma >= 0.0 {
                    (1.0 / s, -self.k * x / (s * s * s))
                } else {
                    (s, self.k * x / s)
                }
            }
        };
        let (rho, bend) = floored(bare, self.floor, self.inv_floor);
        (rho, bend * slope)
    }

    /// `rho` and `d rho/du` at `x = scale u` for whole arrays of equal length.
    ///
    /// Always inlined, so that callers compiled for wider vectors get a version of their own.
    #[inline(always)]
    pub(crate) fn eval_all(&self, scale: &[f64], u: &[f64], rho: &mut [f64], rho_u: &mut [f64]) {
        // The form is chosen outside the loop so that each loop can be vectorised.
        match &self.form {
            Form::Linear => self.eval_each::<{ LINEAR }>(scale, u, rho, rho_u),
            Form::Sqrt => self.eval_each::<{ SQRT }>(scale, u, rho, rho_u),
            Form::Signed => self.eval_each::<{ SIGNED }>(scale, u, rho, rho_u),
            Form::Program(program, _) => program.eval_all(scale, u, self.floor, rho, rho_u),
        }
    }

    #[inline(always)]
    fn eval_each<const KIND: u8>(
        &self,
        scale: &[f64],
        u: &[f64],
        rho: &mut [f64],
        rho_u: &mut [f64],
    ) {
        let n = u.len();
        let (scale, rho, rho_u) = (&scale[..n], &mut rho[..n], &mut rho_u[..n]);
        for k in 0..n {
            let (value, slope) = self.eval_kind::<KIND>(scale[k] * u[k]);
            rho[k] = value;
            rho_u[k] = slope * scale[k];
        }
    }

    /// True where `rho(x) = rho(-x)`.
    pub fn is_even(&self) -> bool {
        match self.form {
            Form::Linear | Form::Sqrt => true,
            Form::Signed => self.gamma == 0.0,
            Form::Program(_, even) => even,
        }
    }

    /// True where the resistance does not depend on charge at all.
    pub fn is_constant(&self) -> bool {
        self.gamma == 0.0 && !matches!(self.form, Form::Program(..))
    }
}

/// A law ready for evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    shape: Shape,
    r_c: f64,
    inv_q_max: f64,
}

impl Law {
    /// Checks the parameters and prepares the law.
    pub fn new(params: &LawParams) -> Result<Self, ParameterError> {
        params.validate()?;
        let floor = params.r_min / params.r_c;
        let shape = match &params.expression {
            Some(expression) => Shape::of_expression(expression, params.q_max, floor)?,
            None => Shape::new(params.kind, params.gamma, floor),
        };
        Ok(Self {
            shape,
            r_c: params.r_c,
            inv_q_max: 1.0 / params.q_max,
        })
    }

    /// Resistance and derivative at net charge `q` (coulomb).
    #[inline]
    pub fn eval(&self, q: f64) -> Resistance {
        let (rho, slope) = self.shape.eval(q * self.inv_q_max);
        Resistance {
            r: self.r_c * rho,
            dr_dq: self.r_c * slope * self.inv_q_max,
        }
    }

    /// Resistance at net charge `q`, ohm.
    #[inline]
    pub fn resistance(&self, q: f64) -> f64 {
        self.eval(q).r
    }

    /// Current (ampere) through `area` such resistances in parallel at voltage `v`, with charge `q`
    /// (coulomb) on all of them together, and its derivatives to `v` and to `q`.
    #[inline]
    pub fn current(&self, area: f64, v: f64, q: f64) -> (f64, f64, f64) {
        let at = self.eval(q / area);
        let g = area / at.r;
        (g * v, g, -g * v * at.dr_dq / (area * at.r))
    }

    /// The law without its scales.
    pub fn into_shape(self) -> Shape {
        self.shape
    }
}

/// `|x|` with its kink rounded inside `KINK`: value and derivative.
#[inline]
fn smooth_abs(x: f64) -> (f64, f64) {
    let a = x.abs();
    let t = (a * (1.0 / KINK)).min(1.0);
    let t2 = t * t;
    // (15 t^2 - 10 t^4 + 3 t^6)/8 meets t with slope 1 and curvature 0 at t = 1.
    let inner = KINK * t2 * (15.0 - t2 * (10.0 - 3.0 * t2)) * 0.125;
    let slope = t * (30.0 - t2 * (40.0 - 18.0 * t2)) * 0.125;
    (inner + (a - KINK).max(0.0), slope.copysign(x))
}

/// `y` bent towards `floor` below `2 floor`: value and derivative.
#[inline]
fn floored(y: f64, floor: f64, inv_floor: f64) -> (f64, f64) {
    let z = y * inv_floor - 1.0;
    // (1+z)^3 (3-z)/16 leaves 0 at z = -1 and meets z at z = 1, with two derivatives each.
    let u = (z + 1.0).clamp(0.0, 2.0);
    let bend = u * u * u * (4.0 - u) * 0.0625;
    let slope = u * u * (12.0 - 4.0 * u) * 0.0625;
    // Both arms are computed and one selected: no branch in vectorised loops.
    if z >= 1.0 {
        (y, 1.0)
    } else {
        (floor + floor * bend, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(kind: LawKind, gamma: f64, r_min: f64) -> Law {
        Law::new(&LawParams {
            kind,
            expression: None,
            r_c: 5.0,
            gamma,
            q_max: 2.0,
            r_min,
        })
        .expect("valid parameters")
    }

    #[test]
    fn the_formulas_hold_exactly_where_they_are_meant() {
        for gamma in [-3.0, -0.9, 0.0, 0.5, 0.9] {
            let linear = law(LawKind::Linear, gamma, 1e-3);
            let signed = law(LawKind::Signed, gamma, 1e-3);
            let sqrt = law(LawKind::Sqrt, gamma, 1e-3);
            for q in [0.01, 0.3, 1.0, 2.0] {
                let expected = 5.0 * (1.0 - gamma * q / 2.0);
                for (got, want) in [
                    (linear.resistance(q), expected),
                    (linear.resistance(-q), expected),
                    (signed.resistance(q), expected),
                    (signed.resistance(-q), 5.0 * (1.0 + gamma * q / 2.0)),
                ] {
                    let want = want.max(1e-3);
                    assert!((got - want).abs() <= 1e-14 * want.abs(), "{gamma} {q}");
                }
            }
            for l in [&linear, &signed, &sqrt] {
                assert_eq!(l.resistance(0.0), 5.0);
                let end = 5.0 * (1.0 - gamma);
                assert!((l.resistance(2.0) - end).abs() < 1e-13 * end);
            }
            assert_eq!(sqrt.resistance(0.7), sqrt.resistance(-0.7));
        }
    }

    #[test]
    fn derivative_agrees_with_central_differences_everywhere() {
        for kind in LawKind::ALL {
            for gamma in [-2.0, 0.5, 0.9, 1.0] {
                let l = law(kind, gamma, 0.05);
                for i in -4000..=4000 {
                    // Irregular points, among them the kink and the floor.
                    let q = f64::from(i) * 1.37e-3;
                    let h = 1e-7;
                    let fd = (l.resistance(q + h) - l.resistance(q - h)) / (2.0 * h);
                    let d = l.eval(q).dr_dq;
                    assert!(
                        (fd - d).abs() < 2e-4 * (1.0 + d.abs()),
                        "{kind:?} {gamma} {q}: {fd} {d}"
                    );
                }
                for i in -40..=40 {
                    let q = f64::from(i) * 1e-4;
                    let h = 1e-9;
                    let fd = (l.resistance(q + h) - l.resistance(q - h)) / (2.0 * h);
                    let d = l.eval(q).dr_dq;
                    assert!(
                        (fd - d).abs() < 1e-4 * (1.0 + d.abs()),
                        "{kind:?} {gamma} {q}: {fd} {d}"
                    );
                }
            }
        }
    }

    #[test]
    fn resistance_never_falls_below_the_floor() {
        for kind in LawKind::ALL {
            for gamma in [-100.0, -0.9, 0.5, 1.0] {
                for r_min in [1e-6, 1e-3, 2.5] {
                    let l = law(kind, gamma, r_min);
                    for i in -500..=500 {
                        let q = f64::from(i).powi(3) * 1e-6;
                        let r = l.eval(q);
                        assert!(r.r >= r_min && r.r.is_finite() && r.dr_dq.is_finite());
                    }
                }
            }
        }
    }

    #[test]
    fn sqrt_law_is_donnan_conductance() {
        // G = G_0 sqrt(1 + (Q/Q_0)^2) with Q_0 = q_max/sqrt(k).
        let l = law(LawKind::Sqrt, 0.5, 1e-3);
        let q_0 = 2.0 / 3f64.sqrt();
        for q in [0.1, 1.0, 7.0] {
            let g = 0.2 * (1.0 + (q / q_0) * (q / q_0)).sqrt();
            assert!((l.resistance(q) * g - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        let good = LawParams {
            kind: LawKind::Linear,
            expression: None,
            r_c: 5.0,
            gamma: 0.5,
            q_max: 1.0,
            r_min: 5e-3,
        };
        type Spoil = fn(&mut LawParams);
        let cases: [(&str, Spoil); 10] = [
            ("r_c", |p| p.r_c = 0.0),
            ("r_c", |p| p.r_c = f64::NAN),
            ("r_c", |p| p.r_c = f64::INFINITY),
            ("gamma", |p| p.gamma = 1.0001),
            ("gamma", |p| p.gamma = f64::NAN),
            ("q_max", |p| p.q_max = -1.0),
            ("r_min", |p| p.r_min = 0.0),
            ("r_min", |p| p.r_min = 5e-324),
            ("r_min", |p| p.r_min = 3.0),
            ("r_min", |p| p.r_min = f64::NAN),
        ];
        for (name, spoil) in cases {
            let mut p = good.clone();
            spoil(&mut p);
            assert_eq!(
                Law::new(&p).map(|_| ()).map_err(|e| e.parameter),
                Err(name.into())
            );
        }
    }
}
