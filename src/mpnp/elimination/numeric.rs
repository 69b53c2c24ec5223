//! Factorisation and solution with a known pattern.

use super::BlockMatrix;
use super::kernel::{FactorFront, add_multiple};
use super::symbolic::{Source, Symbolic};
use pulp::{Arch, Simd, WithSimd};

/// L and U of a matrix, and the memory to compute them again for another one.
#[derive(Debug, Clone)]
pub struct Factors {
    /// Per front: the columns of its pivots (all rows), then the rows of U beside them.
    values: Vec<f64>,
    pivots: Vec<u32>,
    front: Vec<f64>,
    stack: Vec<f64>,
    gathered: Vec<f64>,
}

/// A matrix without a usable pivot in one of its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Singular;

impl Factors {
    pub fn new(symbolic: &Symbolic) -> Self {
        Self {
            values: vec![0.0; symbolic.stored],
            pivots: vec![0; symbolic.unknowns],
            front: vec![0.0; symbolic.largest_front.pow(2)],
            stack: vec![0.0; symbolic.stack],
            gathered: vec![0.0; symbolic.largest_front],
        }
    }

    /// Factorises `matrix`.
    pub fn factorise(&mut self, symbolic: &Symbolic, matrix: &BlockMatrix) -> Result<(), Singular> {
        let arch = Arch::new();
        let (mut at, mut first, mut top) = (0, 0, 0);
        let mut waiting: Vec<usize> = Vec::new();
        for (g, front) in symbolic.fronts.iter().enumerate() {
            let (m, s) = (front.size, front.pivots);
            let r = m - s;
            let f = &mut self.front[..m * m];
            f.fill(0.0);
            for b in &front.blocks {
                let source = match b.source {
                    Source::Diagonal => &matrix.diagonal,
                    Source::Forward => &matrix.forward,
                    Source::Backward => &matrix.backward,
                };
                let (rows, columns) = (b.rows as usize, b.columns as usize);
                let values = &source[b.at as usize..b.at as usize + rows * columns];
                for (j, column) in values.chunks_exact(rows).enumerate() {
                    let to = (b.column as usize + j) * m + b.row as usize;
                    for (f, v) in f[to..to + rows].iter_mut().zip(column) {
                        *f += v;
                    }
                }
            }
            for _ in 0..front.children {
                let Some(child) = waiting.pop() else {
                    return Err(Singular);
                };
                let map = &symbolic.fronts[child].to_parent;
                let n = map.len();
                top -= n * n;
                let schur = &self.stack[top..top + n * n];
                for (column, &to) in schur.chunks_exact(n).zip(map) {
                    let target = &mut f[to as usize * m..(to as usize + 1) * m];
                    for (&row, v) in map.iter().zip(column) {
                        target[row as usize] += v;
                    }
                }
            }
            let pivots = &mut self.pivots[first..first + s];
            let dense = FactorFront {
                front: f,
                m,
                s,
                pivots,
            };
            if !arch.dispatch(dense) {
                return Err(Singular);
            }
            let stored = &mut self.values[at..at + m * s + s * r];
            stored[..m * s].copy_from_slice(&f[..m * s]);
            for (j, u) in stored[m * s..].chunks_exact_mut(s.max(1)).enumerate() {
                u.copy_from_slice(&f[(s + j) * m..(s + j) * m + s]);
            }
            if r > 0 {
                for (j, column) in self.stack[top..top + r * r].chunks_exact_mut(r).enumerate() {
                    column.copy_from_slice(&f[(s + j) * m + s..(s + j + 1) * m]);
                }
                top += r * r;
                waiting.push(g);
            }
            at += m * s + s * r;
            first += s;
        }
        Ok(())
    }

    /// Replaces `x`, the right-hand side, by the solution.
    pub fn solve(&mut self, symbolic: &Symbolic, x: &mut [f64]) {
        Arch::new().dispatch(Substitute {
            factors: self,
            symbolic,
            x,
        });
    }
}

struct Substitute<'a> {
    factors: &'a mut Factors,
    symbolic: &'a Symbolic,
    x: &'a mut [f64],
}

impl WithSimd for Substitute<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            factors,
            symbolic,
            x,
        } = self;
        let (mut at, mut first) = (0, 0);
        for front in &symbolic.fronts {
            let (m, s) = (front.size, front.pivots);
            let panel = &factors.values[at..at + m * s];
            let t = &mut factors.gathered[..m];
            let (own, others) = front.rows.split_at(s);
            for (t, &row) in t.iter_mut().zip(own) {
                *t = x[row as usize];
            }
            t[s..].fill(0.0);
            for (k, &pivot) in factors.pivots[first..first + s].iter().enumerate() {
                t.swap(k, pivot as usize);
            }
            for (k, column) in panel.chunks_exact(m).enumerate() {
                let value = -t[k];
                add_multiple(simd, value, &column[k + 1..], &mut t[k + 1..]);
            }
            for (t, &row) in t[..s].iter().zip(own) {
                x[row as usize] = *t;
            }
            for (t, &row) in t[s..].iter().zip(others) {
                x[row as usize] += *t;
            }
            at += m * s + s * (m - s);
            first += s;
        }
        for front in symbolic.fronts.iter().rev() {
            let (m, s) = (front.size, front.pivots);
            at -= m * s + s * (m - s);
            let (panel, upper) = factors.values[at..at + m * s + s * (m - s)].split_at(m * s);
            let t = &mut factors.gathered[..s];
            let (own, others) = front.rows.split_at(s);
            for (t, &row) in t.iter_mut().zip(own) {
                *t = x[row as usize];
            }
            for (column, &row) in upper.chunks_exact(s).zip(others) {
                add_multiple(simd, -x[row as usize], column, t);
            }
            for k in (0..s).rev() {
                let column = &panel[k * m..k * m + k + 1];
                let value = t[k] / column[k];
                t[k] = value;
                add_multiple(simd, -value, &column[..k], &mut t[..k]);
            }
            for (t, &row) in t.iter().zip(own) {
                x[row as usize] = *t;
            }
        }
    }
}
