//! The linearised equations: matrix and factors, kept together.

use super::elimination::{BlockMatrix, Factors, Singular, Symbolic};
use super::system::{Instant, System};

/// Matrix and factors of one system.
#[derive(Debug, Clone)]
pub struct Linear {
    symbolic: Symbolic,
    factors: Factors,
    matrix: BlockMatrix,
}

impl Linear {
    pub fn new(system: &System) -> Self {
        let symbolic = Symbolic::new(&system.graph);
        Self {
            factors: Factors::new(&symbolic),
            matrix: BlockMatrix::zeros(&system.graph),
            symbolic,
        }
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> usize {
        self.symbolic.memory() + self.matrix.memory()
    }

    /// Factorises the Jacobian at `u`; the residual there is left in `residual`.
    pub fn factorise(
        &mut self,
        system: &System,
        instant: &Instant,
        u: &[f64],
        residual: &mut [f64],
    ) -> Result<(), Singular> {
        system.assemble(u, instant, residual, Some(&mut self.matrix));
        self.factors.factorise(&self.symbolic, &self.matrix)
    }

    /// Replaces `x`, the right-hand side, by the solution.
    pub fn solve(&mut self, x: &mut [f64]) {
        self.factors.solve(&self.symbolic, x);
    }
}
