//! Dense arithmetic on one front, in the widest vectors the processor has.
//!
//! Fronts are column-major. Their rows are those of the pivots, filled up with zeros to a multiple
//! of [`ROWS`], then the others, filled up likewise: every loop over rows runs over whole vectors.

use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Rows are filled up to a multiple of this; so many pivots are treated together. A multiple of
/// the lanes of every kind of vector.
pub const ROWS: usize = 8;
/// Columns updated together; those behind the pivots are filled up to a multiple of this.
pub const COLUMNS: usize = 4;
/// Vectors of rows updated together: with the columns, as many sums as hide the latency of a
/// multiplication and addition and leave registers for the factors.
const VECTORS: usize = 3;
/// Most pivots of one pass over the rows: their part of L stays in the nearest cache.
const DEPTH: usize = 96;

/// Factorises the first `s` columns of a front: P F = L U with row exchanges among the first `s`
/// rows only, and the Schur complement in the other rows and columns. False on a zero pivot.
pub struct FactorFront<'a> {
    pub front: &'a mut [f64],
    /// Rows, those of zeros included.
    pub rows: usize,
    /// `pivots[k]` becomes the row exchanged with row k; its length is the number of pivots.
    pub pivots: &'a mut [u32],
    /// Room for ROWS values per pivot, filled up to a multiple of ROWS.
    pub inverses: &'a mut [f64],
    /// Room for one value per pivot and column.
    pub packed: &'a mut [f64],
}

impl WithSimd for FactorFront<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let (rows, s) = (self.rows, self.pivots.len());
        // Left-looking: a few columns at a time are brought up to date with those before them.
        for first in (0..s).step_by(ROWS) {
            let end = (first + ROWS).min(s);
            let (done, todo) = self.front.split_at_mut(first * rows);
            let columns = &mut todo[..(end - first) * rows];
            let l = Pivots {
                columns: done,
                rows,
                exchanges: &self.pivots[..first],
                inverses: self.inverses,
            };
            l.update(simd, columns, self.packed);
            let pivots = &mut self.pivots[first..end];
            if !factor_columns(simd, columns, rows, first, s, pivots) {
                return false;
            }
            for (k, &pivot) in (first..).zip(&*pivots) {
                if pivot as usize != k {
                    for l in done.chunks_exact_mut(rows) {
                        l.swap(k, pivot as usize);
                    }
                }
            }
            let inverse = &mut self.inverses[first * ROWS..(first + ROWS) * ROWS];
            invert_unit_lower(columns, rows, first, inverse);
        }
        let (done, rest) = self.front.split_at_mut(s * rows);
        let l = Pivots {
            columns: done,
            rows,
            exchanges: self.pivots,
            inverses: self.inverses,
        };
        l.update(simd, rest, self.packed);
        true
    }
}

/// LU of a few columns, the first of which is column `first` of the front, pivoting among the
/// first `s` rows.
#[inline(always)]
fn factor_columns<S: Simd>(
    simd: S,
    columns: &mut [f64],
    rows: usize,
    first: usize,
    s: usize,
    pivots: &mut [u32],
) -> bool {
    let next_block = first + ROWS;
    for k in 0..pivots.len() {
        let row = first + k;
        let (done, todo) = columns.split_at_mut(k * rows);
        let (column, later) = todo.split_at_mut(rows);
        let mut best = row;
        for i in row + 1..s {
            if column[i].abs() > column[best].abs() {
                best = i;
            }
        }
        pivots[k] = best as u32;
        let pivot = column[best];
        if pivot == 0.0 || !pivot.is_finite() {
            return false;
        }
        column.swap(row, best);
        for l in done.chunks_exact_mut(rows) {
            l.swap(row, best);
        }
        let inverse = 1.0 / pivot;
        for c in &mut column[row + 1..] {
            *c *= inverse;
        }
        for next in later.chunks_exact_mut(rows) {
            next.swap(row, best);
            let factor = -next[row];
            for i in row + 1..next_block {
                next[i] += factor * column[i];
            }
            let (l, _) = S::as_simd_f64s(&column[next_block..]);
            let (next, _) = S::as_mut_simd_f64s(&mut next[next_block..]);
            let factor = simd.splat_f64s(factor);
            for (next, &l) in next.iter_mut().zip(l) {
                *next = simd.mul_add_e_f64s(factor, l, *next);
            }
        }
    }
    true
}

/// Inverse of the unit lower triangle that begins in row `first` of `columns`; ROWS x ROWS.
#[inline(always)]
fn invert_unit_lower(columns: &[f64], rows: usize, first: usize, inverse: &mut [f64]) {
    inverse.fill(0.0);
    for j in 0..ROWS {
        let x = &mut inverse[j * ROWS..(j + 1) * ROWS];
        x[j] = 1.0;
        for (k, l) in columns.chunks_exact(rows).enumerate().skip(j) {
            for i in k + 1..ROWS {
                x[i] -= x[k] * l[first + i];
            }
        }
    }
}

/// Columns of L that are finished.
struct Pivots<'a> {
    columns: &'a [f64],
    rows: usize,
    exchanges: &'a [u32],
    /// Inverses of the unit lower triangles on the diagonal, ROWS x ROWS each.
    inverses: &'a [f64],
}

impl Pivots<'_> {
    /// What the pivots do to later columns: row exchanges, U = L^-1 B in their own rows and
    /// C -= L U in the others.
    #[inline(always)]
    fn update<S: Simd>(&self, simd: S, columns: &mut [f64], packed: &mut [f64]) {
        let (s, rows) = (self.exchanges.len(), self.rows);
        if s == 0 {
            return;
        }
        let blocks = columns.chunks_mut(COLUMNS * rows);
        for (block, u) in blocks.zip(packed.chunks_exact_mut(COLUMNS * s)) {
            if block.len() == COLUMNS * rows {
                self.substitute::<S, COLUMNS>(simd, block, u);
            } else {
                let columns = block.chunks_exact_mut(rows);
                for (column, u) in columns.zip(u.chunks_exact_mut(s)) {
                    self.substitute::<S, 1>(simd, column, u);
                }
            }
        }
        let step = VECTORS * S::F64_LANES;
        for first in (0..s).step_by(DEPTH) {
            let depth = first..(first + DEPTH).min(s);
            let mut at = s.next_multiple_of(ROWS);
            while at < rows {
                let these = at..(at + step).min(rows);
                let blocks = columns.chunks_mut(COLUMNS * rows);
                for (block, u) in blocks.zip(packed.chunks_exact(COLUMNS * s)) {
                    if block.len() == COLUMNS * rows {
                        self.add::<S, COLUMNS>(simd, depth.clone(), these.clone(), block, u);
                    } else {
                        let columns = block.chunks_exact_mut(rows);
                        for (column, u) in columns.zip(u.chunks_exact(s)) {
                            self.add::<S, 1>(simd, depth.clone(), these.clone(), column, u);
                        }
                    }
                }
                at = these.end;
            }
        }
    }

    /// Row exchanges and U = L^-1 B in the rows of the pivots of `W` columns; -U is packed into
    /// `u`, the values of one pivot side by side.
    #[inline(always)]
    fn substitute<S: Simd, const W: usize>(&self, simd: S, block: &mut [f64], u: &mut [f64]) {
        let (s, rows) = (self.exchanges.len(), self.rows);
        for column in block.chunks_exact_mut(rows) {
            for (p, &pivot) in self.exchanges.iter().enumerate() {
                column.swap(p, pivot as usize);
            }
        }
        let step = VECTORS * S::F64_LANES;
        for first in (0..s).step_by(ROWS) {
            let (inverse, _) = S::as_simd_f64s(&self.inverses[first * ROWS..(first + ROWS) * ROWS]);
            let vectors = ROWS / S::F64_LANES;
            for (j, column) in block.chunks_exact_mut(rows).enumerate() {
                let mut b = [0.0; ROWS];
                b.copy_from_slice(&column[first..first + ROWS]);
                let (x, _) = S::as_mut_simd_f64s(&mut column[first..first + ROWS]);
                for (v, x) in x.iter_mut().enumerate() {
                    let mut sum = simd.splat_f64s(0.0);
                    for (k, &b) in b.iter().enumerate() {
                        sum =
                            simd.mul_add_e_f64s(simd.splat_f64s(b), inverse[k * vectors + v], sum);
                    }
                    *x = sum;
                }
                for p in first..(first + ROWS).min(s) {
                    u[p * W + j] = -column[p];
                }
            }
            let mut at = first + ROWS;
            while at < s.next_multiple_of(ROWS) {
                let these = at..(at + step).min(s.next_multiple_of(ROWS));
                self.add::<S, W>(simd, first..first + ROWS, these.clone(), block, u);
                at = these.end;
            }
        }
    }

    /// C += L (-U) for the pivots in `depth`, in some rows of `W` columns.
    #[inline(always)]
    fn add<S: Simd, const W: usize>(
        &self,
        simd: S,
        depth: Range<usize>,
        these: Range<usize>,
        block: &mut [f64],
        u: &[f64],
    ) {
        let l = &self.columns[depth.start * self.rows..depth.end * self.rows];
        let u = &u[depth.start * W..depth.end * W];
        let mut at = these.start;
        while at + VECTORS * S::F64_LANES <= these.end {
            add_rows::<S, W, VECTORS>(simd, l, self.rows, at, block, u);
            at += VECTORS * S::F64_LANES;
        }
        while at < these.end {
            add_rows::<S, W, 1>(simd, l, self.rows, at, block, u);
            at += S::F64_LANES;
        }
    }
}

/// C += L (-U) in `V` vectors of rows of `W` columns.
#[inline(always)]
fn add_rows<S: Simd, const W: usize, const V: usize>(
    simd: S,
    l: &[f64],
    rows: usize,
    at: usize,
    block: &mut [f64],
    u: &[f64],
) {
    let end = at + V * S::F64_LANES;
    let mut sum = [[simd.splat_f64s(0.0); V]; W];
    for (sum, column) in sum.iter_mut().zip(block.chunks_exact(rows)) {
        let (old, _) = S::as_simd_f64s(&column[at..end]);
        sum.copy_from_slice(old);
    }
    for (l, u) in l.chunks_exact(rows).zip(u.chunks_exact(W)) {
        let (l, _) = S::as_simd_f64s(&l[at..end]);
        for j in 0..W {
            let factor = simd.splat_f64s(u[j]);
            for v in 0..V {
                sum[j][v] = simd.mul_add_e_f64s(factor, l[v], sum[j][v]);
            }
        }
    }
    for (sum, column) in sum.iter().zip(block.chunks_exact_mut(rows)) {
        let (new, _) = S::as_mut_simd_f64s(&mut column[at..end]);
        new.copy_from_slice(sum);
    }
}

/// y -= the rows `these` of the sum of `columns`, each `rows` long and times its factor.
#[inline(always)]
pub fn subtract_columns<S: Simd>(
    simd: S,
    columns: &[f64],
    rows: usize,
    factors: &[f64],
    these: Range<usize>,
    y: &mut [f64],
) {
    let (y, _) = S::as_mut_simd_f64s(y);
    for (columns, factors) in columns.chunks(ROWS * rows).zip(factors.chunks(ROWS)) {
        if let Ok(factors) = <&[f64; ROWS]>::try_from(factors) {
            let mut column: [&[S::f64s]; ROWS] = [&[]; ROWS];
            for (to, from) in column.iter_mut().zip(columns.chunks_exact(rows)) {
                *to = &S::as_simd_f64s(&from[these.clone()]).0[..y.len()];
            }
            let factors = factors.map(|f| simd.splat_f64s(-f));
            for i in 0..y.len() {
                // Two sums, for the latency of the additions.
                let mut even = y[i];
                let mut odd = simd.splat_f64s(0.0);
                for k in 0..ROWS / 2 {
                    even = simd.mul_add_e_f64s(factors[2 * k], column[2 * k][i], even);
                    odd = simd.mul_add_e_f64s(factors[2 * k + 1], column[2 * k + 1][i], odd);
                }
                y[i] = simd.add_f64s(even, odd);
            }
        } else {
            for (column, &factor) in columns.chunks_exact(rows).zip(factors) {
                let (column, _) = S::as_simd_f64s(&column[these.clone()]);
                let factor = simd.splat_f64s(-factor);
                for (y, &column) in y.iter_mut().zip(column) {
                    *y = simd.mul_add_e_f64s(factor, column, *y);
                }
            }
        }
    }
}
