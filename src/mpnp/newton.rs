//! Newton's method on the discrete equations, with the factors kept while they serve.

use super::linear::Linear;
use super::system::{Instant, System};

/// Why the equations were not solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewtonFailure {
    Singular,
    NoConvergence,
}

/// Work done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// Solutions of linear equations.
    pub solutions: u64,
    pub factorisations: u64,
}

/// Matrix, factors and vectors of one system.
#[derive(Debug, Clone)]
pub struct Newton {
    linear: Linear,
    residual: Vec<f64>,
    /// theta of the matrix behind the factors; 0 where there are none.
    factored_theta: f64,
    /// Largest change of psi or c/c_0 left in the solution.
    pub tolerance: f64,
    pub effort: Effort,
}

/// Slower convergence than this with old factors calls for new ones.
const SLOW: f64 = 0.2;
/// theta may differ so much from that of the factors.
const STALE: f64 = 0.3;
const MOST_ITERATIONS: usize = 30;

impl Newton {
    pub fn new(system: &System) -> Self {
        Self {
            linear: Linear::new(system),
            residual: vec![0.0; system.unknowns()],
            factored_theta: 0.0,
            tolerance: 1e-9,
            effort: Effort::default(),
        }
    }

    /// Makes the next solution factorise anew: results then do not depend on what came before.
    pub fn forget(&mut self) {
        self.factored_theta = 0.0;
    }

    /// Solves for `u`, from the guess in `u`.
    pub fn solve(
        &mut self,
        system: &System,
        instant: &Instant,
        u: &mut [f64],
    ) -> Result<(), NewtonFailure> {
        let mut before: Option<f64> = None;
        let mut refactor =
            self.factored_theta == 0.0 || (instant.theta / self.factored_theta - 1.0).abs() > STALE;
        for _ in 0..MOST_ITERATIONS {
            self.effort.solutions += 1;
            let exact = refactor;
            if refactor {
                self.factorise(system, instant, u)?;
                refactor = false;
            } else {
                system.assemble(u, instant, &mut self.residual, None);
            }
            for r in &mut self.residual {
                *r = -*r;
            }
            self.linear.solve(&mut self.residual);
            let delta = &self.residual;
            let norm = delta.iter().fold(0.0f64, |m, d| m.max(d.abs()));
            if !norm.is_finite() {
                self.forget();
                return Err(NewtonFailure::NoConvergence);
            }
            let part = system.admissible(u, delta);
            for (u, d) in u.iter_mut().zip(delta) {
                *u += part * d;
            }
            if part < 1.0 {
                refactor = true;
                before = None;
                continue;
            }
            if norm < self.tolerance {
                return Ok(());
            }
            // An exact Newton step leaves an error of the order of its square.
            if exact && norm * norm < 0.01 * self.tolerance {
                return Ok(());
            }
            if let Some(before) = before {
                let rate = norm / before;
                if rate < 1.0 && norm * rate / (1.0 - rate) < self.tolerance {
                    return Ok(());
                }
                if rate > SLOW {
                    refactor = true;
                }
            } else if norm > 0.3 {
                refactor = true;
            }
            before = Some(norm);
        }
        self.forget();
        Err(NewtonFailure::NoConvergence)
    }

    fn factorise(
        &mut self,
        system: &System,
        instant: &Instant,
        u: &[f64],
    ) -> Result<(), NewtonFailure> {
        self.effort.factorisations += 1;
        self.factored_theta = instant.theta;
        self.linear
            .factorise(system, instant, u, &mut self.residual)
            .map_err(|_| {
                self.factored_theta = 0.0;
                NewtonFailure::Singular
            })
    }
}
