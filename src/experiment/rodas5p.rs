//! Coefficients of the Rosenbrock method Rodas5P.
//!
//! G. Steinebach, "Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within
//! the Julia Differential Equations package", BIT Numerical Mathematics 63 (2023) 27, doi
//! 10.1007/s10543-023-00967-x. Eight stages, order 5 (embedded 4), stiffly accurate, L-stable, for
//! differential-algebraic systems of index 1, without the loss of order that stiff methods
//! otherwise suffer on diffusion with a moving boundary value.
//!
//! For `M y' = f(t, y)` with Jacobian J and step h, in the form that needs no product with J:
//!
//! ```text
//! (M/(h GAMMA) - J) U_i = f(t + NODE_i h, y + sum_j A_ij U_j) + M sum_j C_ij/h U_j + RATE_i h df/dt
//! y_1 = y + sum_j A_7j U_j + U_7 + U_8,      error: U_8
//! ```
//!
//! Stages 6 to 8 stand at the end of the step: each starts where the one before arrived, so that
//! their rows of A are the fifth's with ones behind.

/// Stages.
pub const STAGES: usize = 8;

/// Diagonal coefficient.
pub const GAMMA: f64 = 0.21193756319429014;

/// Places of the stages within the step.
pub const NODE: [f64; STAGES] = [
    0.0,
    0.6358126895828704,
    0.4095798393397535,
    0.9769306725060716,
    0.4288403609558664,
    1.0,
    1.0,
    1.0,
];

/// Weights of `h df/dt`.
pub const RATE: [f64; STAGES] = [
    0.21193756319429014,
    -0.42387512638858027,
    -0.3384627126235924,
    1.8046452872882734,
    2.325825639765069,
    0.0,
    0.0,
    0.0,
];

/// Where a stage starts from, strictly lower triangle.
pub const A: [[f64; STAGES]; STAGES] = [
    [0.0; STAGES],
    [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [
        2.849394379747939,
        0.45842242204463923,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    [
        -6.954028509809101,
        2.489845061869568,
        -10.358996098473584,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    [
        2.8029986275628964,
        0.5072464736228206,
        -0.3988312541770524,
        -0.04721187230404641,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    LAST,
    [LAST[0], LAST[1], LAST[2], LAST[3], LAST[4], 1.0, 0.0, 0.0],
    [LAST[0], LAST[1], LAST[2], LAST[3], LAST[4], 1.0, 1.0, 0.0],
];

const LAST: [f64; STAGES] = [
    -7.502846399306121,
    2.561846144803919,
    -11.627539656261098,
    -0.18268767659942256,
    0.030198172008377946,
    0.0,
    0.0,
    0.0,
];

/// Coupling of the stages through the mass matrix, strictly lower triangle.
pub const C: [[f64; STAGES]; STAGES] = [
    [0.0; STAGES],
    [-14.155112264123755, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [
        -17.97296035885952,
        -2.859693295451294,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    [
        147.12150275711716,
        -1.41221402718213,
        71.68940251302358,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    [
        165.43517024871676,
        -0.4592823456491126,
        42.90938336958603,
        -5.961986721573306,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    [
        24.854864614690072,
        -3.0009227002832186,
        47.4931110020768,
        5.5814197821558125,
        -0.6610691825249471,
        0.0,
        0.0,
        0.0,
    ],
    [
        30.91273214028599,
        -3.1208243349937974,
        77.79954646070892,
        34.28646028294783,
        -19.097331116725623,
        -28.087943162872662,
        0.0,
        0.0,
    ],
    [
        37.80277123390563,
        -3.2571969029072276,
        112.26918849496327,
        66.9347231244047,
        -40.06618937091002,
        -54.66780262877968,
        -9.48861652309627,
        0.0,
    ],
];

/// Interpolation between the ends of a step, order 4:
/// `y(s) = (1-s) y_0 + s (y_1 + (1-s) (K_0 + s (K_1 + s K_2)))` with `K_r = sum_j DENSE_rj U_j`.
pub const DENSE: [[f64; STAGES]; 3] = [
    [
        25.948786856663858,
        -2.5579724845846235,
        10.433815404888879,
        -2.3679251022685204,
        0.524948541321073,
        1.1241088310450404,
        0.4272876194431874,
        -0.17202221070155493,
    ],
    [
        -9.91568850695171,
        -0.9689944594115154,
        3.0438037242978453,
        -24.495224566215796,
        20.176138334709044,
        15.98066361424651,
        -6.789040303419874,
        -6.710236069923372,
    ],
    [
        11.419903575922262,
        2.8879645146136994,
        72.92137995996029,
        80.12511834622643,
        -52.072871366152654,
        -59.78993625266729,
        -0.15582684282751913,
        4.883087185713722,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// One step for `y' = -t y^2`, whose solutions are `2/(t^2 + c)`: the end, the error estimate
    /// and the value at `share` of the step.
    fn step(t: f64, y: f64, h: f64, share: f64) -> (f64, f64, f64) {
        let matrix = 1.0 / (h * GAMMA) + 2.0 * t * y;
        let mut u = [0.0; STAGES];
        for s in 0..STAGES {
            let at: f64 = y + (0..s).map(|j| A[s][j] * u[j]).sum::<f64>();
            let memory: f64 = (0..s).map(|j| C[s][j] * u[j]).sum::<f64>() / h;
            let f = -(t + NODE[s] * h) * at * at;
            u[s] = (f + memory - RATE[s] * h * y * y) / matrix;
        }
        let last = STAGES - 1;
        let end = y + (0..last).map(|j| A[last][j] * u[j]).sum::<f64>() + u[last];
        let [k_0, k_1, k_2] =
            std::array::from_fn(|r| (0..STAGES).map(|j| DENSE[r][j] * u[j]).sum::<f64>());
        let rest = 1.0 - share;
        let between = rest * y + share * (end + rest * (k_0 + share * (k_1 + share * k_2)));
        (end, u[last], between)
    }

    #[test]
    fn orders_are_five_four_and_four() {
        let exact = |t: f64| 2.0 / (t * t + 1.0);
        let t = 0.3;
        let errors = |h: f64| {
            let (end, estimate, between) = step(t, exact(t), h, 0.37);
            [end - exact(t + h), estimate, between - exact(t + 0.37 * h)]
        };
        let (coarse, fine) = (errors(0.02), errors(0.01));
        for (k, local_order) in [6.0, 5.0, 5.0].into_iter().enumerate() {
            let order = (coarse[k] / fine[k]).abs().log2();
            assert!((order - local_order).abs() < 0.4, "{k}: {order}");
        }
    }

    #[test]
    fn stages_are_where_they_say() {
        // y' = 1 has y = t: every stage stands at its node, and the step ends at h.
        let mut u = [0.0; STAGES];
        for s in 0..STAGES {
            let at: f64 = (0..s).map(|j| A[s][j] * u[j]).sum();
            assert!((at - NODE[s]).abs() < 1e-13, "{s}: {at}");
            let memory: f64 = (0..s).map(|j| C[s][j] * u[j]).sum();
            u[s] = GAMMA * (1.0 + memory);
        }
        assert!(u[STAGES - 1].abs() < 1e-13);
    }
}
