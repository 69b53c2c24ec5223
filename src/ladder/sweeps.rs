//! The loops along a ladder.
//!
//! Each is compiled twice: for any machine, and for x86-64 with AVX2 and fused multiply-add, of
//! which the better is chosen at run time. The two differ by rounding only. What can be done for
//! many nodes at once stands in loops that the compiler turns into vector instructions; what has
//! to go from node to node is kept short, and both alternate in blocks so that the processor
//! overlaps them.

use multiversion::{multiversion, target::target_cfg_f};

use super::elimination::{Elimination, Rule};
use super::{Chain, Rise};

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

/// How overpotentials follow from charges. The loops are compiled for either kind, so that a constant
/// capacitance costs nothing.
trait Storage: Copy {
    const IS_CONSTANT: bool;

    /// Overpotentials at charges `w` (volt), and their derivatives. A constant capacitance leaves both alone.
    fn voltages(self, w: &[f64], u: &mut [f64], u_w: &mut [f64]);

    /// `g` per volt of the charges before and behind a link.
    fn conductances(g: f64, u_w_before: f64, u_w_behind: f64) -> (f64, f64);
}

/// `u = w`.
#[derive(Clone, Copy)]
struct Constant;

impl Storage for Constant {
    const IS_CONSTANT: bool = true;

    #[inline(always)]
    fn voltages(self, _: &[f64], _: &mut [f64], _: &mut [f64]) {}

    #[inline(always)]
    fn conductances(g: f64, _: f64, _: f64) -> (f64, f64) {
        (g, g)
    }
}

impl Storage for Rise {
    const IS_CONSTANT: bool = false;

    #[inline(always)]
    fn voltages(self, w: &[f64], u: &mut [f64], u_w: &mut [f64]) {
        Rise::voltages(&self, w, u, u_w);
    }

    #[inline(always)]
    fn conductances(g: f64, u_w_before: f64, u_w_behind: f64) -> (f64, f64) {
        (g * u_w_before, g * u_w_behind)
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
    w: &[f64],
    d: &[f64],
) -> (f64, f64) {
    let fused = target_cfg_f!(target_feature = "fma");
    match (fused, chain.rise) {
        (true, None) => eliminate_as::<true, Constant>(e, chain, rule, w, d, Constant),
        (false, None) => eliminate_as::<false, Constant>(e, chain, rule, w, d, Constant),
        (true, Some(rise)) => eliminate_as::<true, Rise>(e, chain, rule, w, d, rise),
        (false, Some(rise)) => eliminate_as::<false, Rise>(e, chain, rule, w, d, rise),
    }
}

#[inline(always)]
fn eliminate_as<const FUSED: bool, S: Storage>(
    e: &mut Elimination,
    chain: &Chain,
    rule: &Rule,
    w: &[f64],
    d: &[f64],
    store: S,
) -> (f64, f64) {
    let m = chain.nodes();
    let c = &chain.capacitance[..m];
    let (w, d, previous) = (&w[..m], &d[..m], &rule.previous[..m]);
    let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
    let end = &mut e.end[..m];
    let (potential, potential_w) = (&mut e.potential[..m], &mut e.potential_w[..m]);
    let (rho, rho_w) = (&mut e.rho[..m], &mut e.rho_w[..m]);
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
            end[k] = w[k] + d[k];
        }
        store.voltages(
            &end[lo..known],
            &mut potential[lo..known],
            &mut potential_w[lo..known],
        );
        if !constant {
            chain.shape.eval_all(
                &chain.x_per_volt[lo..known],
                &end[lo..known],
                &mut rho[lo..known],
                &mut rho_w[lo..known],
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
            let (slope_a, slope_b) = (&rho_w[lo..][..n], &rho_w[lo + 1..][..n]);
            let u = if S::IS_CONSTANT { &*end } else { &*potential };
            let (u_a, u_b) = (&u[lo..][..n], &u[lo + 1..][..n]);
            let (u_w_a, u_w_b) = (&potential_w[lo..][..n], &potential_w[lo + 1..][..n]);
            let (c, d, previous) = (&c[lo..][..n], &d[lo..][..n], &previous[lo..][..n]);
            for t in 0..n {
                let g = 1.0 / (fixed[t] + near[t] * rho_a[t] + far[t] * rho_b[t]);
                let i = (u_a[t] - u_b[t]) * g;
                let bend = i * g;
                let (g_a, g_b) = S::conductances(g, u_w_a[t], u_w_b[t]);
                let n_t = g_b + bend * far[t] * slope_b[t];
                p[t] = g_a - bend * near[t] * slope_a[t];
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
        end[0] = w[0] + d[0];
        store.voltages(&end[..1], &mut potential[..1], &mut potential_w[..1]);
    }
    if known > 0 && !constant {
        chain.shape.eval_all(
            &chain.x_per_volt[..1],
            &end[..1],
            &mut rho[..1],
            &mut rho_w[..1],
        );
    }
    (y_b / y_a, r_s / y_b)
}

/// Linearises about `w` and factorises; returns `1/Y_0`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn factor(e: &mut Elimination, chain: &Chain, a: f64, w: &[f64]) -> f64 {
    let fused = target_cfg_f!(target_feature = "fma");
    match (fused, chain.rise) {
        (true, None) => factor_as::<true, Constant>(e, chain, a, w, Constant),
        (false, None) => factor_as::<false, Constant>(e, chain, a, w, Constant),
        (true, Some(rise)) => factor_as::<true, Rise>(e, chain, a, w, rise),
        (false, Some(rise)) => factor_as::<false, Rise>(e, chain, a, w, rise),
    }
}

#[inline(always)]
fn factor_as<const FUSED: bool, S: Storage>(
    e: &mut Elimination,
    chain: &Chain,
    a: f64,
    w: &[f64],
    store: S,
) -> f64 {
    let m = chain.nodes();
    let w = &w[..m];
    let (potential, u_w) = (&mut e.potential[..m], &mut e.potential_w[..m]);
    store.voltages(w, potential, u_w);
    let u = if S::IS_CONSTANT { w } else { &*potential };
    let (rho, rho_w) = (&mut e.rho[..m], &mut e.rho_w[..m]);
    if !chain.shape.is_constant() {
        chain.shape.eval_all(&chain.x_per_volt, w, rho, rho_w);
    }
    let c = &chain.capacitance[..m];
    let (fixed, near, far) = (&chain.fixed[..m], &chain.near[..m], &chain.far[..m]);
    // `inverse` holds numerators and `flow` denominators until the last loop.
    let (gain, back) = (&mut e.gain[..m], &mut e.back[..m]);
    let (numerator, denominator) = (&mut e.inverse[..m], &mut e.flow[..m]);
    for j in 1..m {
        let g = 1.0 / (fixed[j] + near[j] * rho[j - 1] + far[j] * rho[j]);
        let bend = (u[j - 1] - u[j]) * g * g;
        let (g_a, g_b) = S::conductances(g, u_w[j - 1], u_w[j]);
        gain[j] = g_a - bend * near[j] * rho_w[j - 1];
        back[j] = g_b + bend * far[j] * rho_w[j];
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
pub(super) fn reduce(e: &mut Elimination, chain: &Chain, w: &[f64], i: f64, memory: &[f64]) -> f64 {
    let fused = target_cfg_f!(target_feature = "fma");
    match (fused, chain.rise) {
        (true, None) => reduce_as::<true, Constant>(e, chain, w, i, memory, Constant),
        (false, None) => reduce_as::<false, Constant>(e, chain, w, i, memory, Constant),
        (true, Some(rise)) => reduce_as::<true, Rise>(e, chain, w, i, memory, rise),
        (false, Some(rise)) => reduce_as::<false, Rise>(e, chain, w, i, memory, rise),
    }
}

#[inline(always)]
fn reduce_as<const FUSED: bool, S: Storage>(
    e: &mut Elimination,
    chain: &Chain,
    w: &[f64],
    i: f64,
    memory: &[f64],
    store: S,
) -> f64 {
    let m = chain.nodes();
    let (w, memory, c) = (&w[..m], &memory[..m], &chain.capacitance[..m]);
    let (potential, u_w) = (&mut e.potential[..m], &mut e.potential_w[..m]);
    store.voltages(w, potential, u_w);
    let u = if S::IS_CONSTANT { w } else { &*potential };
    let (rho, rho_w) = (&mut e.rho[..m], &mut e.rho_w[..m]);
    if !chain.shape.is_constant() {
        chain.shape.eval_all(&chain.x_per_volt, w, rho, rho_w);
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
