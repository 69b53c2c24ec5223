//! Dense arithmetic on one front, in the widest vectors the processor has.

use pulp::{Simd, WithSimd};

/// Most pivots of one front.
pub const MAX_PIVOTS: usize = 96;
/// Columns updated together.
const COLUMNS: usize = 4;

/// Factorises the first `s` columns and rows of a front of `m` rows and columns (column-major,
/// leading dimension `m`): P F = L U with row exchanges among the first `s` rows only, and the
/// Schur complement in the last `m - s` rows and columns. False on a zero pivot.
///
/// `pivots[k]` is the row exchanged with row k.
pub struct FactorFront<'a> {
    pub front: &'a mut [f64],
    pub m: usize,
    pub s: usize,
    pub pivots: &'a mut [u32],
}

impl WithSimd for FactorFront<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let (m, s) = (self.m, self.s);
        let (panel, rest) = self.front.split_at_mut(s * m);
        if !factor_panel(simd, panel, m, s, self.pivots) {
            return false;
        }
        let pivots = &*self.pivots;
        let mut u = [[0.0; COLUMNS]; MAX_PIVOTS];
        let mut columns = rest.chunks_exact_mut(COLUMNS * m);
        for block in columns.by_ref() {
            update_columns::<S, COLUMNS>(simd, panel, block, m, s, pivots, &mut u);
        }
        for column in columns.into_remainder().chunks_exact_mut(m) {
            update_columns::<S, 1>(simd, panel, column, m, s, pivots, &mut u);
        }
        true
    }
}

/// y += a x.
#[inline(always)]
pub fn add_multiple<S: Simd>(simd: S, a: f64, x: &[f64], y: &mut [f64]) {
    let (x_body, x_tail) = S::as_simd_f64s(x);
    let (y_body, y_tail) = S::as_mut_simd_f64s(y);
    let factor = simd.splat_f64s(a);
    for (y, &x) in y_body.iter_mut().zip(x_body) {
        *y = simd.mul_add_e_f64s(factor, x, *y);
    }
    if !y_tail.is_empty() {
        let sum = simd.mul_add_e_f64s(
            factor,
            simd.partial_load_f64s(x_tail),
            simd.partial_load_f64s(y_tail),
        );
        simd.partial_store_f64s(y_tail, sum);
    }
}

/// LU of the first `s` columns over all `m` rows, pivoting among the first `s` rows.
#[inline(always)]
fn factor_panel<S: Simd>(
    simd: S,
    panel: &mut [f64],
    m: usize,
    s: usize,
    pivots: &mut [u32],
) -> bool {
    for k in 0..s {
        let (done, todo) = panel.split_at_mut(k * m);
        let column = &mut todo[..m];
        // Left-looking: bring column k up to date with the columns before it.
        for (p, &pivot) in pivots.iter().enumerate().take(k) {
            column.swap(p, pivot as usize);
        }
        for (p, l) in done.chunks_exact(m).enumerate() {
            let factor = -column[p];
            add_multiple(simd, factor, &l[p + 1..], &mut column[p + 1..]);
        }
        let mut best = k;
        for i in k + 1..s {
            if column[i].abs() > column[best].abs() {
                best = i;
            }
        }
        pivots[k] = best as u32;
        let pivot = column[best];
        if pivot == 0.0 || !pivot.is_finite() {
            return false;
        }
        if best != k {
            column.swap(k, best);
            for l in done.chunks_exact_mut(m) {
                l.swap(k, best);
            }
        }
        let inverse = 1.0 / pivot;
        for c in &mut column[k + 1..] {
            *c *= inverse;
        }
    }
    true
}

/// Row exchanges, U = L^-1 B in the first `s` rows and C -= L21 U in the others, for `W` columns.
#[inline(always)]
fn update_columns<S: Simd, const W: usize>(
    simd: S,
    panel: &[f64],
    block: &mut [f64],
    m: usize,
    s: usize,
    pivots: &[u32],
    u: &mut [[f64; COLUMNS]; MAX_PIVOTS],
) {
    for j in 0..W {
        let column = &mut block[j * m..j * m + s];
        for (p, &pivot) in pivots.iter().enumerate() {
            column.swap(p, pivot as usize);
        }
        for (p, l) in panel.chunks_exact(m).enumerate() {
            let value = column[p];
            u[p][j] = -value;
            add_multiple(simd, -value, &l[p + 1..s], &mut column[p + 1..]);
        }
    }
    let lanes = S::F64_LANES;
    let mut row = s;
    while row + 2 * lanes <= m {
        let mut sum = [[simd.splat_f64s(0.0); 2]; W];
        for (j, sum) in sum.iter_mut().enumerate() {
            let (old, _) = S::as_simd_f64s(&block[j * m + row..j * m + row + 2 * lanes]);
            sum.copy_from_slice(old);
        }
        for (l, u) in panel.chunks_exact(m).zip(&u[..s]) {
            let (l, _) = S::as_simd_f64s(&l[row..row + 2 * lanes]);
            for j in 0..W {
                let factor = simd.splat_f64s(u[j]);
                sum[j][0] = simd.mul_add_e_f64s(factor, l[0], sum[j][0]);
                sum[j][1] = simd.mul_add_e_f64s(factor, l[1], sum[j][1]);
            }
        }
        for (j, sum) in sum.iter().enumerate() {
            let (new, _) = S::as_mut_simd_f64s(&mut block[j * m + row..j * m + row + 2 * lanes]);
            new.copy_from_slice(sum);
        }
        row += 2 * lanes;
    }
    while row < m {
        let end = (row + lanes).min(m);
        let mut sum = [simd.splat_f64s(0.0); W];
        for (j, sum) in sum.iter_mut().enumerate() {
            *sum = simd.partial_load_f64s(&block[j * m + row..j * m + end]);
        }
        for (l, u) in panel.chunks_exact(m).zip(&u[..s]) {
            let l = simd.partial_load_f64s(&l[row..end]);
            for j in 0..W {
                sum[j] = simd.mul_add_e_f64s(simd.splat_f64s(u[j]), l, sum[j]);
            }
        }
        for (j, &sum) in sum.iter().enumerate() {
            simd.partial_store_f64s(&mut block[j * m + row..j * m + end], sum);
        }
        row = end;
    }
}
