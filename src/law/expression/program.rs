//! A law as a short list of operations on registers, each done for a block of nodes at once, value
//! and derivative together.

use super::tree::{Function, Tree};
use crate::law::{floored, smooth_abs};

/// Nodes treated at once.
const BLOCK: usize = 32;

/// Most registers; a balanced expression of 256 operands needs more.
const MAX_REGISTERS: usize = 8;

/// Largest `rho`: a conductance of this fraction of the empty slit's, or less, counts as this.
const LEAST_CONDUCTANCE: f64 = 1e-9;

/// Largest `rho` of a law of resistance.
const LARGEST: f64 = 1e12;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// The register takes the argument.
    Argument,
    Number(f64),
    /// `term + factor * register`.
    Affine(f64, f64),
    /// `|register|`, rounded where it is below [`crate::law::KINK`] times the scale.
    Abs(f64),
    /// A whole power from 2 on.
    Whole(u32),
    Function(Function),
    /// One over the register, which is kept positive.
    Inverse,
    /// With the registers of the left and the right operand; the result goes to the register.
    Add(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    Power(usize, usize),
}

/// The program of `rho(x) = R/r_c` with `x = Q/q_max`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::law) struct Program {
    /// Steps with the register they write.
    steps: Vec<(usize, Step)>,
    registers: usize,
}

impl Program {
    /// Compiles `tree`, in units of `x`; `None` if it needs too many registers.
    pub fn new(tree: &Tree, is_conductance: bool) -> Option<Self> {
        let mut program = Program {
            steps: Vec::new(),
            registers: registers(tree),
        };
        if program.registers > MAX_REGISTERS {
            return None;
        }
        program.compile(tree, 0);
        if is_conductance {
            program.steps.push((0, Step::Inverse));
        }
        Some(program)
    }

    fn compile(&mut self, tree: &Tree, to: usize) {
        let step = match tree {
            Tree::Number(x) => Step::Number(*x),
            Tree::Charge => Step::Argument,
            Tree::Affine { term, factor, of } => {
                self.compile(of, to);
                Step::Affine(*term, *factor)
            }
            Tree::Whole(base, n) => {
                self.compile(base, to);
                Step::Whole(*n)
            }
            Tree::Apply(Function::Abs, of) => {
                self.compile(of, to);
                // The size of the argument where the charge is about q_max.
                let scale = of.value(1.0).abs().max(of.value(-1.0).abs());
                Step::Abs(if scale > 0.0 && scale.is_finite() {
                    scale
                } else {
                    1.0
                })
            }
            Tree::Apply(function, of) => {
                self.compile(of, to);
                Step::Function(*function)
            }
            Tree::Add(a, b) => {
                let (a, b) = self.operands(a, b, to);
                Step::Add(a, b)
            }
            Tree::Multiply(a, b) => {
                let (a, b) = self.operands(a, b, to);
                Step::Multiply(a, b)
            }
            Tree::Divide(a, b) => {
                let (a, b) = self.operands(a, b, to);
                Step::Divide(a, b)
            }
            Tree::Power(a, b) => {
                let (a, b) = self.operands(a, b, to);
                Step::Power(a, b)
            }
        };
        self.steps.push((to, step));
    }

    /// Compiles both operands, the one that needs more registers first; gives their registers.
    fn operands(&mut self, a: &Tree, b: &Tree, to: usize) -> (usize, usize) {
        if registers(a) >= registers(b) {
            self.compile(a, to);
            self.compile(b, to + 1);
            (to, to + 1)
        } else {
            self.compile(b, to);
            self.compile(a, to + 1);
            (to + 1, to)
        }
    }

    /// `rho` before its floor and `d rho/dx`.
    pub fn eval(&self, x: f64) -> (f64, f64) {
        let mut values = [[0.0; 1]; MAX_REGISTERS];
        let mut slopes = [[0.0; 1]; MAX_REGISTERS];
        self.run(&[1.0], &[x], &mut values, &mut slopes);
        bounded(values[0][0], slopes[0][0])
    }

    /// `rho` and `d rho/du` at `x = scale u`, floored, for arrays of equal length.
    #[inline(always)]
    pub fn eval_all(
        &self,
        scale: &[f64],
        u: &[f64],
        floor: f64,
        rho: &mut [f64],
        rho_u: &mut [f64],
    ) {
        match self.registers {
            1 => self.eval_blocks::<1>(scale, u, floor, rho, rho_u),
            2 => self.eval_blocks::<2>(scale, u, floor, rho, rho_u),
            _ => self.eval_blocks::<MAX_REGISTERS>(scale, u, floor, rho, rho_u),
        }
    }

    #[inline(always)]
    fn eval_blocks<const REGISTERS: usize>(
        &self,
        scale: &[f64],
        u: &[f64],
        floor: f64,
        rho: &mut [f64],
        rho_u: &mut [f64],
    ) {
        let inv_floor = 1.0 / floor;
        let mut values = [[0.0; BLOCK]; REGISTERS];
        let mut slopes = [[0.0; BLOCK]; REGISTERS];
        let inputs = scale.chunks(BLOCK).zip(u.chunks(BLOCK));
        let outputs = rho.chunks_mut(BLOCK).zip(rho_u.chunks_mut(BLOCK));
        for ((scale, u), (rho, rho_u)) in inputs.zip(outputs) {
            self.run(scale, u, &mut values, &mut slopes);
            let n = u.len().min(BLOCK);
            let (values, slopes) = (&values[0][..n], &slopes[0][..n]);
            let (scale, rho, rho_u) = (&scale[..n], &mut rho[..n], &mut rho_u[..n]);
            for k in 0..n {
                let (bare, slope) = bounded(values[k], slopes[k]);
                let (value, bend) = floored(bare, floor, inv_floor);
                rho[k] = value;
                rho_u[k] = bend * slope * scale[k];
            }
        }
    }

    #[inline(always)]
    fn run<const N: usize, const REGISTERS: usize>(
        &self,
        scale: &[f64],
        u: &[f64],
        values: &mut [[f64; N]; REGISTERS],
        slopes: &mut [[f64; N]; REGISTERS],
    ) {
        for &(to, step) in &self.steps {
            match step {
                Step::Argument => {
                    let (v, d) = (&mut values[to], &mut slopes[to]);
                    for (v, (s, u)) in v.iter_mut().zip(scale.iter().zip(u)) {
                        *v = s * u;
                    }
                    *d = [1.0; N];
                }
                Step::Number(x) => {
                    values[to] = [x; N];
                    slopes[to] = [0.0; N];
                }
                Step::Affine(term, factor) => {
                    each(values, slopes, to, |v, d| (term + factor * v, factor * d))
                }
                Step::Abs(scale) => {
                    let inverse = 1.0 / scale;
                    each(values, slopes, to, |v, d| {
                        let (a, slope) = smooth_abs(v * inverse);
                        (scale * a, slope * d)
                    });
                }
                Step::Whole(2) => each(values, slopes, to, |v, d| (v * v, 2.0 * v * d)),
                Step::Whole(n) => each(values, slopes, to, |v, d| {
                    let below = v.powi(n as i32 - 1);
                    (v * below, f64::from(n) * below * d)
                }),
                Step::Function(Function::Sqrt) => each(values, slopes, to, |v, d| {
                    let root = v.sqrt();
                    (root, 0.5 * d / root)
                }),
                Step::Function(function) => each(values, slopes, to, |v, d| {
                    let (value, slope) = function.at(v);
                    (value, slope * d)
                }),
                Step::Inverse => each(values, slopes, to, |v, d| {
                    let (g, bend) = floored(v, LEAST_CONDUCTANCE, 1.0 / LEAST_CONDUCTANCE);
                    let r = 1.0 / g;
                    (r, -bend * d * r * r)
                }),
                Step::Add(a, b) => {
                    both(values, slopes, to, (a, b), |(v, d), (w, e)| (v + w, d + e))
                }
                Step::Multiply(a, b) => both(values, slopes, to, (a, b), |(v, d), (w, e)| {
                    (v * w, d * w + v * e)
                }),
                Step::Divide(a, b) => both(values, slopes, to, (a, b), |(v, d), (w, e)| {
                    let q = v / w;
                    (q, (d - q * e) / w)
                }),
                Step::Power(a, b) => both(values, slopes, to, (a, b), |(v, d), (w, e)| {
                    let p = v.powf(w);
                    // A constant exponent or base leaves out the term that may not be defined.
                    let by_base = if d == 0.0 {
                        0.0
                    } else {
                        w * v.powf(w - 1.0) * d
                    };
                    let by_exponent = if e == 0.0 { 0.0 } else { p * v.ln() * e };
                    (p, by_base + by_exponent)
                }),
            }
        }
    }
}

#[inline(always)]
fn each<const N: usize, const REGISTERS: usize>(
    values: &mut [[f64; N]; REGISTERS],
    slopes: &mut [[f64; N]; REGISTERS],
    to: usize,
    f: impl Fn(f64, f64) -> (f64, f64),
) {
    let (v, d) = (&mut values[to], &mut slopes[to]);
    for k in 0..N {
        (v[k], d[k]) = f(v[k], d[k]);
    }
}

#[inline(always)]
fn both<const N: usize, const REGISTERS: usize>(
    values: &mut [[f64; N]; REGISTERS],
    slopes: &mut [[f64; N]; REGISTERS],
    to: usize,
    (a, b): (usize, usize),
    f: impl Fn((f64, f64), (f64, f64)) -> (f64, f64),
) {
    for k in 0..N {
        let left = (values[a][k], slopes[a][k]);
        let right = (values[b][k], slopes[b][k]);
        (values[to][k], slopes[to][k]) = f(left, right);
    }
}

/// No infinity and no NaN travels on: where the text gives no number, the empty slit's resistance
/// stands in.
#[inline(always)]
fn bounded(value: f64, slope: f64) -> (f64, f64) {
    if value.is_finite() && slope.is_finite() {
        if value > LARGEST {
            (LARGEST, 0.0)
        } else {
            (value, slope)
        }
    } else {
        (1.0, 0.0)
    }
}

/// Registers that `tree` needs, its own result included (Sethi and Ullman's number).
fn registers(tree: &Tree) -> usize {
    match tree {
        Tree::Number(_) | Tree::Charge => 1,
        Tree::Affine { of, .. } | Tree::Whole(of, _) | Tree::Apply(_, of) => registers(of),
        Tree::Add(a, b) | Tree::Multiply(a, b) | Tree::Divide(a, b) | Tree::Power(a, b) => {
            let (a, b) = (registers(a), registers(b));
            if a == b { a + 1 } else { a.max(b) }
        }
    }
}
