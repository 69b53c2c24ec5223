//! The loops along a ladder.
//!
//! Each is compiled twice: for any machine, and for x86-64 with AVX2 and fused multiply-add, of
//! which the better is chosen at run time. The two differ by rounding only. What can be done for
//! many nodes at once stands in loops that the compiler turns into vector instructions; what has
//! to go from node to node is kept short, and both alternate in blocks so that the processor
//! overlaps them.

use multiversion::{multiversion, target::target_cfg_f};

use super::Chain;
use super::elimination::{Elimination, Rule};

/// Links treated at once.
const BLOCK: usize = 32;

/// Links between two rescalings of A, B and S. The range of a double holds the growth over this
/// many for conductances from 1e-30 to 1e30 S.
const RESCALE: usize = 8;

/// Added to every correction, volt. Far behind the front of a diffusing charge potentials fade
/// without end; below 1e-308 arithmetic is a hundred times slower, and this keeps them above, with
/// room for their squares.
const TINY: f64 = 1e-140;

/// What [`eliminate`] works out for the links of a block before and after it goes from node to
/// node.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// `P_j`, `N_j`, `N_j I_j`, `I_j`.
    p: [f64; BLOCK],
    back: [f64; BLOCK],
    back_flow: [f64; BLOCK],
    flow: [f64; BLOCK],
    /// `a C` of the node before the link, and its residual without what enters.
    storage: [f64; BLOCK],
    rest: [f64; BLOCK],
    /// `B_j`, `B_{j-1}` and `S_j`.
    numerator: [f64; BLOCK],
    denominator: [f64; BLOCK],
    full: [f64; BLOCK],
}

impl Block {
    pub fn new() -> Self {
        let zeros = [0.0; BLOCK];
        Self {
            p: zeros,
            back: zeros,
            back_flow: zeros,
            flow: zeros,
            storage: zeros,
            rest: zeros,
            numerator: zeros,
            denominator: zeros,
            full: zeros,
        }
    }
}

/// `a b + c`, in one rounding where that is also faster.
#[inline(always)]
fn madd<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The power of two that takes the exponent out of `x`.
#[inline(always)]
fn scale_of(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    const LARGEST: u64 = 0x7fe << 52;
    f64::from_bits(LARGEST.wrapping_sub(x.to_bits() & EXPONENT) & EXPONENT)
}

/// One Newton iteration up to the mouth; returns `1/Y_0` and `r_0`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn eliminate(
    e: &mut Elimination,
    chain: &Chain,
    rule: &Rule,
    u: &[f64],
    d: &[f64],
) -> (f64, f64) {
    if target_cfg_f!(target_feature = "fma") {
        eliminate_as::<true>(e, chain, rule, u, d)
    } else {
        eliminate_as::<false>(e, chain, rule, u, d)
    }
}

#[inline(always)]
fn eliminate_as<const FUSED: bool>(
    e: &mut Elimination,
    chain: &Chain,
    rule: &Rule,
    u: &[f64],
    d: &[f64],
) -> (f64, f64) {
    let m = chain.nodes();
    let c = &chain.capacitance[..m];
    let (u, d, previous) = (&u[..m], &d[..m], &rule.previous[..m]);
    let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
    let end = &mut e.end[..m];
    let (rho, rho_u) = (&mut e.rho[..m], &mut e.rho_u[..m]);
    let (gain, offset) = (&mut e.gain[..m], &mut e.offset[..m]);
    let Block {
        p,
        back,
        back_flow,
        flow,
        storage,
        rest,
        numerator,
        denominator,
        full,
    } = &mut e.block;
    let base = |k: usize| c[k] * (rule.memory * previous[k] - rule.a * d[k]);

    // `rho` stays at 1 then.
    let constant = chain.shape.is_constant();
    // Y = A/B and r = S/B of the node reached so far, the current of the link before it not
    // counted in r.
    let mut y_a = rule.a * c[m - 1];
    let mut y_b = 1.0;
    let mut r_s = base(m - 1);
    let mut hi = m;
    // Nodes above `hi` have been passed; node hi-1 is the one reached.
    let mut known = m;
    while hi > 1 {
        let lo = if hi > BLOCK + 1 { hi - 1 - BLOCK } else { 0 };
        // Nodes lo..hi, links lo+1..hi.
        for k in lo..known {
            end[k] = u[k] + d[k];
        }
        if !constant {
            chain.shape.eval_all(
                &chain.x_per_volt[lo..known],
                &end[lo..known],
                &mut rho[lo..known],
                &mut rho_u[lo..known],
            );
        }
        known = lo;
        let n = hi - 1 - lo;
        {
            let n = n.min(BLOCK);
            let (fixed, near, far) = (
                &fixed[lo + 1..][..n],
                &near[lo + 1..][..n],
                &far[lo + 1..][..n],
            );
            let (rho_a, rho_b) = (&rho[lo..][..n], &rho[lo + 1..][..n]);
            let (slope_a, slope_b) = (&rho_u[lo..][..n], &rho_u[lo + 1..][..n]);
            let (end_a, end_b) = (&end[lo..][..n], &end[lo + 1..][..n]);
            let (c, d, previous) = (&c[lo..][..n], &d[lo..][..n], &previous[lo..][..n]);
            for t in 0..n {
                let g = 1.0 / (fixed[t] + near[t] * rho_a[t] + far[t] * rho_b[t]);
                let i = (end_a[t] - end_b[t]) * g;
                let w = i * g;
                let n_t = g + w * far[t] * slope_b[t];
                p[t] = g - w * near[t] * slope_a[t];
                back[t] = n_t;
                flow[t] = i;
                back_flow[t] = n_t * i;
                storage[t] = rule.a * c[t];
                rest[t] = c[t] * (rule.memory * previous[t] - rule.a * d[t]) - i;
            }
        }
        for t in (0..n.min(BLOCK)).rev() {
            let next_b = madd::<FUSED>(back[t], y_b, y_a);
            numerator[t] = y_b;
            denominator[t] = next_b;
            full[t] = madd::<FUSED>(flow[t], y_b, r_s);
            r_s = madd::<FUSED>(
                back[t],
                r_s,
                madd::<FUSED>(back_flow[t], y_b, rest[t] * next_b),
            );
            y_a = madd::<FUSED>(storage[t], next_b, p[t] * y_a);
            y_b = next_b;
            if t % RESCALE == 0 {
                let s = scale_of(y_b);
                (y_a, y_b, r_s) = (y_a * s, y_b * s, r_s * s);
            }
        }
        {
            let n = n.min(BLOCK);
            let (gain, offset) = (&mut gain[lo + 1..][..n], &mut offset[lo + 1..][..n]);
            for t in 0..n {
                let q = 1.0 / denominator[t];
                gain[t] = p[t] * numerator[t] * q;
                offset[t] = full[t] * q + TINY;
            }
        }
        hi = lo + 1;
    }
    if known > 0 {
        end[0] = u[0] + d[0];
    }
    if known > 0 && !constant {
        chain.shape.eval_all(
            &chain.x_per_volt[..1],
            &end[..1],
            &mut rho[..1],
            &mut rho_u[..1],
        );
    }
    (y_b / y_a, r_s / y_b)
}

/// Linearises about `u` and factorises; returns `1/Y_0`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn factor(e: &mut Elimination, chain: &Chain, a: f64, u: &[f64]) -> f64 {
    if target_cfg_f!(target_feature = "fma") {
        factor_as::<true>(e, chain, a, u)
    } else {
        factor_as::<false>(e, chain, a, u)
    }
}

#[inline(always)]
fn factor_as<const FUSED: bool>(e: &mut Elimination, chain: &Chain, a: f64, u: &[f64]) -> f64 {
    let m = chain.nodes();
    let u = &u[..m];
    let (rho, rho_u) = (&mut e.rho[..m], &mut e.rho_u[..m]);
    if !chain.shape.is_constant() {
        chain.shape.eval_all(&chain.x_per_volt, u, rho, rho_u);
    }
    let c = &chain.capacitance[..m];
    let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
    // `inverse` holds numerators and `flow` denominators until the last loop.
    let (gain, back) = (&mut e.gain[..m], &mut e.back[..m]);
    let (numerator, denominator) = (&mut e.inverse[..m], &mut e.flow[..m]);
    for j in 1..m {
        let g = 1.0 / (fixed[j] + near[j] * rho[j - 1] + far[j] * rho[j]);
        let w = (u[j - 1] - u[j]) * g * g;
        gain[j] = g - w * near[j] * rho_u[j - 1];
        back[j] = g + w * far[j] * rho_u[j];
    }
    let (mut y_a, mut y_b) = (a * c[m - 1], 1.0);
    for j in (1..m).rev() {
        let next_b = madd::<FUSED>(back[j], y_b, y_a);
        numerator[j] = y_b;
        denominator[j] = next_b;
        y_a = madd::<FUSED>(a * c[j - 1], next_b, gain[j] * y_a);
        y_b = next_b;
        if j % RESCALE == 0 {
            let s = scale_of(y_b);
            (y_a, y_b) = (y_a * s, y_b * s);
        }
    }
    for j in 1..m {
        let inverse = numerator[j] / denominator[j];
        gain[j] *= inverse;
        back[j] *= inverse;
        numerator[j] = inverse;
    }
    y_b / y_a
}

/// Reduces a right-hand side to the mouth; returns `r_0`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn reduce(e: &mut Elimination, chain: &Chain, u: &[f64], i: f64, memory: &[f64]) -> f64 {
    if target_cfg_f!(target_feature = "fma") {
        reduce_as::<true>(e, chain, u, i, memory)
    } else {
        reduce_as::<false>(e, chain, u, i, memory)
    }
}

#[inline(always)]
fn reduce_as<const FUSED: bool>(
    e: &mut Elimination,
    chain: &Chain,
    u: &[f64],
    i: f64,
    memory: &[f64],
) -> f64 {
    let m = chain.nodes();
    let (u, memory, c) = (&u[..m], &memory[..m], &chain.capacitance[..m]);
    let (rho, rho_u) = (&mut e.rho[..m], &mut e.rho_u[..m]);
    if !chain.shape.is_constant() {
        chain.shape.eval_all(&chain.x_per_volt, u, rho, rho_u);
    }
    let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
    let (flow, residual) = (&mut e.flow[..m], &mut e.offset[..m]);
    flow[0] = i;
    for j in 1..m {
        flow[j] = (u[j - 1] - u[j]) / (fixed[j] + near[j] * rho[j - 1] + far[j] * rho[j]);
    }
    for k in 0..m - 1 {
        residual[k] = c[k] * memory[k] + flow[k] - flow[k + 1];
    }
    let mut r = c[m - 1] * memory[m - 1] + flow[m - 1];
    residual[m - 1] = r;
    let back = &e.back[..m];
    for j in (1..m).rev() {
        r = madd::<FUSED>(back[j], r, residual[j - 1]);
        residual[j - 1] = r;
    }
    r
}

/// `delta_j = gain_j delta_{j-1} + offset_j`; returns the largest magnitude, NaN if any is.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn substitute(gain: &[f64], offset: &[f64], delta_0: f64, delta: &mut [f64]) -> f64 {
    if target_cfg_f!(target_feature = "fma") {
        substitute_as::<true>(gain, offset, delta_0, delta)
    } else {
        substitute_as::<false>(gain, offset, delta_0, delta)
    }
}

#[inline(always)]
fn substitute_as<const FUSED: bool>(
    gain: &[f64],
    offset: &[f64],
    delta_0: f64,
    delta: &mut [f64],
) -> f64 {
    let m = delta.len();
    let (gain, offset) = (&gain[..m], &offset[..m]);
    let mut x = delta_0;
    let mut largest = x.abs();
    delta[0] = x;
    for j in 1..m {
        x = madd::<FUSED>(gain[j], x, offset[j]);
        delta[j] = x;
        let size = x.abs();
        largest = if size > largest { size } else { largest };
    }
    // The comparison drops NaN, but a NaN anywhere reaches the last node.
    if x.is_nan() { x } else { largest }
}

/// `delta_j = gain_j delta_{j-1} + inverse_j residual_j`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn substitute_scaled(
    gain: &[f64],
    inverse: &[f64],
    residual: &[f64],
    delta_0: f64,
    delta: &mut [f64],
) {
    if target_cfg_f!(target_feature = "fma") {
        substitute_scaled_as::<true>(gain, inverse, residual, delta_0, delta)
    } else {
        substitute_scaled_as::<false>(gain, inverse, residual, delta_0, delta)
    }
}

#[inline(always)]
fn substitute_scaled_as<const FUSED: bool>(
    gain: &[f64],
    inverse: &[f64],
    residual: &[f64],
    delta_0: f64,
    delta: &mut [f64],
) {
    let m = delta.len();
    let (gain, inverse, residual) = (&gain[..m], &inverse[..m], &residual[..m]);
    let mut x = delta_0;
    delta[0] = x;
    for j in 1..m {
        x = madd::<FUSED>(gain[j], x, madd::<FUSED>(inverse[j], residual[j], TINY));
        delta[j] = x;
    }
}

/// Largest of the values, NaN aside. In lanes, so that it needs no chain of comparisons.
#[inline(always)]
fn largest(n: usize, value: impl Fn(usize) -> f64) -> f64 {
    const LANES: usize = 8;
    let mut top = [0.0; LANES];
    let mut k = 0;
    while k + LANES <= n {
        for (lane, top) in top.iter_mut().enumerate() {
            let x = value(k + lane);
            *top = if x > *top { x } else { *top };
        }
        k += LANES;
    }
    let rest = (k..n).map(value).fold(0.0, f64::max);
    top.into_iter().fold(rest, f64::max)
}

/// Largest `|x_k|`, NaN aside.
pub(crate) fn largest_magnitude(x: &[f64]) -> f64 {
    largest(x.len(), |k| x[k].abs())
}

/// Largest `|a_k - b_k|`, NaN aside.
pub(crate) fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    let b = &b[..a.len()];
    largest(a.len(), |k| (a[k] - b[k]).abs())
}
