//! Scharfetter-Gummel flux with the excess potential in the drift (the SEDAN scheme).
//!
//! Between two cells a distance h apart the flux J = -D (grad c + c grad(z psi + S)) is taken
//! constant and z psi + S linear, which gives
//!
//! ```text
//! J = (D A/h) [B(x) c_L - B(-x) c_R],   x = (z psi + S)_R - (z psi + S)_L,   B(x) = x/(e^x - 1)
//! ```
//!
//! J vanishes exactly where c e^(z psi + S) is constant, and is a sum of three parts with the same
//! mean concentration: J = (D A/h) [(c_L - c_R) - cbar z (psi_R - psi_L) - cbar (S_R - S_L)].
//! (Scharfetter & Gummel 1969, doi 10.1109/T-ED.1969.16566; comparison of the scheme with others:
//! Abdel, Farrell & Fuhrmann 2021, doi 10.1007/s11082-021-02837-6.)

/// B(x) and B'(x).
pub fn bernoulli(x: f64) -> (f64, f64) {
    if x.abs() < 0.05 {
        let y = x * x;
        let b = 1.0 - 0.5 * x + y * (1.0 / 12.0 - y * (1.0 / 720.0 - y / 30240.0));
        let d = -0.5 + x * (1.0 / 6.0 - y * (1.0 / 180.0 - y / 5040.0));
        (b, d)
    } else if x > 700.0 {
        (0.0, 0.0)
    } else if x < -700.0 {
        (-x, -1.0)
    } else {
        let m = x.exp_m1();
        let b = x / m;
        // (m - x e^x) / m^2 with e^x = m + 1.
        (b, (1.0 - b * (m + 1.0)) / m)
    }
}

/// (1 - B(x))/x, between 0 and 1: the weight of c_L in the mean concentration is this, and that of
/// c_R its complement.
pub fn mean_weight(x: f64) -> f64 {
    if x.abs() < 0.05 {
        let y = x * x;
        0.5 - x * (1.0 / 12.0 - y * (1.0 / 720.0 - y / 30240.0))
    } else {
        (1.0 - bernoulli(x).0) / x
    }
}

/// J / (D A/h) and its derivatives by c_L, c_R (at fixed x) and x.
#[inline]
pub fn sedan(x: f64, c_low: f64, c_high: f64) -> (f64, f64, f64, f64) {
    let (b, d) = bernoulli(x);
    let b_minus = b + x;
    let d_minus = d + 1.0;
    (
        b * c_low - b_minus * c_high,
        b,
        -b_minus,
        d * c_low - d_minus * c_high,
    )
}

/// The three parts of a flux.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    pub migration: f64,
    pub diffusion: f64,
    pub steric: f64,
}

impl Parts {
    pub fn total(&self) -> f64 {
        self.migration + self.diffusion + self.steric
    }

    pub fn add(&mut self, other: Parts, weight: f64) {
        self.migration += weight * other.migration;
        self.diffusion += weight * other.diffusion;
        self.steric += weight * other.steric;
    }
}

/// J / (D A/h) in its parts; `field` is z (psi_R - psi_L), `excess` S_R - S_L.
pub fn sedan_parts(field: f64, excess: f64, c_low: f64, c_high: f64) -> Parts {
    let mean = c_high + (c_low - c_high) * mean_weight(field + excess);
    Parts {
        migration: -mean * field,
        diffusion: c_low - c_high,
        steric: -mean * excess,
    }
}
