//! Factorisation and solution with a known pattern.

use super::BlockMatrix;
use super::kernel::{FactorFront, ROWS, subtract_columns};
use super::symbolic::{Front, Source, Symbolic};
use pulp::{Arch, Simd, WithSimd};

/// L and U of a matrix, and the memory to compute them again for another one.
#[derive(Debug, Clone)]
pub struct Factors {
    /// Per front: the columns of its pivots (all rows), then the rows of U beside them.
    values: Aligned,
    pivots: Vec<u32>,
    front: Aligned,
    inverses: Aligned,
    packed: Vec<f64>,
    stack: Vec<f64>,
    gathered: Aligned,
    given: Vec<f64>,
}

/// A matrix without a usable pivot in one of its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Singular;

/// Values that begin at a cache line, so that no vector of theirs lies across two. (A clone may lie
/// otherwise: slower, not wrong.)
#[derive(Debug, Clone)]
struct Aligned {
    values: Vec<f64>,
    first: usize,
}

impl Aligned {
    fn zeros(length: usize) -> Self {
        let values = vec![0.0; length + ROWS];
        let first = values.as_ptr().align_offset(8 * ROWS).min(ROWS);
        Self { values, first }
    }

    fn get(&self) -> &[f64] {
        &self.values[self.first..]
    }

    fn get_mut(&mut self) -> &mut [f64] {
        &mut self.values[self.first..]
    }
}

impl Factors {
    pub fn new(symbolic: &Symbolic) -> Self {
        let largest = &symbolic.largest;
        Self {
            values: Aligned::zeros(symbolic.stored),
            pivots: vec![0; symbolic.unknowns],
            front: Aligned::zeros(largest.front),
            inverses: Aligned::zeros(largest.inverses),
            packed: vec![0.0; largest.packed],
            stack: vec![0.0; largest.stack],
            gathered: Aligned::zeros(largest.rows),
            given: vec![0.0; largest.rows],
        }
    }

    /// Factorises `matrix`.
    pub fn factorise(&mut self, symbolic: &Symbolic, matrix: &BlockMatrix) -> Result<(), Singular> {
        let arch = Arch::new();
        let (mut at, mut first, mut top) = (0, 0, 0);
        let mut waiting: Vec<&Front> = Vec::new();
        for front in &symbolic.fronts {
            let (s, r) = (front.pivots, front.others());
            let rows = front.padded_rows();
            let f = &mut self.front.get_mut()[..front.padded_length()];
            f.fill(0.0);
            add_matrix(front, matrix, f);
            for _ in 0..front.children {
                let Some(child) = waiting.pop() else {
                    return Err(Singular);
                };
                let n = child.others();
                top -= n * n;
                add_schur(child, &self.stack[top..top + n * n], rows, f);
            }
            let dense = FactorFront {
                front: f,
                rows,
                pivots: &mut self.pivots[first..first + s],
                inverses: self.inverses.get_mut(),
                packed: &mut self.packed,
            };
            if !arch.dispatch(dense) {
                return Err(Singular);
            }
            let above = front.padded_pivots();
            let (own, others) = f.split_at(s * rows);
            let stored = &mut self.values.get_mut()[at..at + front.stored()];
            let (panel, upper) = stored.split_at_mut(s * rows);
            panel.copy_from_slice(own);
            for (u, column) in upper.chunks_exact_mut(above).zip(others.chunks_exact(rows)) {
                u.copy_from_slice(&column[..above]);
            }
            if r > 0 {
                let schur = self.stack[top..top + r * r].chunks_exact_mut(r);
                for (to, column) in schur.zip(others.chunks_exact(rows)) {
                    to.copy_from_slice(&column[above..above + r]);
                }
                top += r * r;
                waiting.push(front);
            }
            at += front.stored();
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

/// Blocks of the matrix into a front.
fn add_matrix(front: &Front, matrix: &BlockMatrix, f: &mut [f64]) {
    let stride = front.padded_rows();
    for b in &front.blocks {
        let source = match b.source {
            Source::Diagonal => &matrix.diagonal,
            Source::Forward => &matrix.forward,
            Source::Backward => &matrix.backward,
        };
        let (rows, columns) = (b.rows as usize, b.columns as usize);
        let values = &source[b.at as usize..b.at as usize + rows * columns];
        for (j, column) in values.chunks_exact(rows).enumerate() {
            let to = (b.column as usize + j) * stride + b.row as usize;
            for (f, v) in f[to..to + rows].iter_mut().zip(column) {
                *f += v;
            }
        }
    }
}

/// The Schur complement of a child into the front of its parent, of `stride` rows.
fn add_schur(child: &Front, schur: &[f64], stride: usize, f: &mut [f64]) {
    let others = child.others();
    for (column, &to) in schur.chunks_exact(others).zip(&child.parent_columns) {
        let target = &mut f[to as usize * stride..(to as usize + 1) * stride];
        for run in &child.parent_rows {
            let (from, to) = (run.from as usize, run.to as usize);
            let length = run.length as usize;
            let values = &column[from..from + length];
            for (f, v) in target[to..to + length].iter_mut().zip(values) {
                *f += v;
            }
        }
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
        let values = factors.values.get();
        let t = factors.gathered.get_mut();
        let (mut at, mut first) = (0, 0);
        for front in &symbolic.fronts {
            let (rows, s) = (front.padded_rows(), front.pivots);
            let panel = &values[at..at + rows * s];
            let (own, others) = front.rows.split_at(s);
            let t = &mut t[..rows];
            for (t, &row) in t.iter_mut().zip(own) {
                *t = x[row as usize];
            }
            t[s..].fill(0.0);
            for (k, &pivot) in factors.pivots[first..first + s].iter().enumerate() {
                t.swap(k, pivot as usize);
            }
            for (block, columns) in panel.chunks(ROWS * rows).enumerate() {
                let begin = block * ROWS;
                let end = (begin + ROWS).min(s);
                for (k, column) in (begin..end).zip(columns.chunks_exact(rows)) {
                    for i in k + 1..end {
                        t[i] -= t[k] * column[i];
                    }
                }
                let (known, rest) = t.split_at_mut(begin + ROWS);
                let below = &known[begin..end];
                subtract_columns(simd, columns, rows, below, begin + ROWS..rows, rest);
            }
            for (t, &row) in t.iter().zip(own) {
                x[row as usize] = *t;
            }
            for (t, &row) in t[front.padded_pivots()..].iter().zip(others) {
                x[row as usize] += *t;
            }
            at += front.stored();
            first += s;
        }
        for front in symbolic.fronts.iter().rev() {
            at -= front.stored();
            let (rows, s) = (front.padded_rows(), front.pivots);
            let above = front.padded_pivots();
            let (panel, upper) = values[at..at + front.stored()].split_at(rows * s);
            let (own, others) = front.rows.split_at(s);
            let t = &mut t[..above];
            for (t, &row) in t.iter_mut().zip(own) {
                *t = x[row as usize];
            }
            t[s..].fill(0.0);
            let given = &mut factors.given[..others.len()];
            for (given, &row) in given.iter_mut().zip(others) {
                *given = x[row as usize];
            }
            subtract_columns(simd, upper, above, given, 0..above, t);
            for (block, columns) in panel.chunks(ROWS * rows).enumerate().rev() {
                let begin = block * ROWS;
                let end = (begin + ROWS).min(s);
                for k in (begin..end).rev() {
                    let column = &columns[(k - begin) * rows..(k - begin + 1) * rows];
                    t[k] /= column[k];
                    for i in begin..k {
                        t[i] -= t[k] * column[i];
                    }
                }
                let (rest, known) = t.split_at_mut(begin);
                subtract_columns(simd, columns, rows, &known[..end - begin], 0..begin, rest);
            }
            for (t, &row) in t.iter().zip(own) {
                x[row as usize] = *t;
            }
        }
    }
}
