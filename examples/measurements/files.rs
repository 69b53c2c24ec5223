//! The measurements of docs/from-cv-to-part.md and docs/from-eis-to-part.md: a coin cell that is known, with noise from a
//! seed, written as a potentiostat would.

use ncm::cell::CellParams;
use ncm::experiment::{CvProgram, EisProgram, cv, eis};
use ncm::ladder::ElectrodeParams;

pub const C: f64 = 0.12;
pub const ESR: f64 = 1.0;
pub const R_PORE: f64 = 4.0;
pub const GAMMA: f64 = 0.5;
pub const C_RISE: f64 = 0.3;
pub const U_RISE: f64 = 0.6;
pub const R_ARC: f64 = 0.35;
pub const C_ARC: f64 = 20e-6;
pub const R_LEAK: f64 = 40e3;
pub const V_MAX: f64 = 2.7;

/// Noise as a share of the largest current, and of |Z|.
const NOISE: f64 = 0.003;

const SLITS: u64 = 200;

pub fn coin_cell() -> CellParams {
    let n = SLITS as f64;
    let r_c = R_PORE / (2.0 * n);
    let mut e = ElectrodeParams::new(r_c, 2.0 * C / n, SLITS);
    e.gamma = GAMMA;
    e.q_max = e.c_slit * 0.5 * V_MAX;
    (e.c_rise, e.u_rise) = (C_RISE, U_RISE);
    e.c_open = 2.0 * C_ARC;
    e.entry = 0.5 + 0.5 * R_ARC / r_c;
    let mut cell = CellParams::symmetric(e);
    (cell.esr, cell.r_leak) = (ESR, R_LEAK);
    cell
}

/// Even and normal enough: the sum of twelve even numbers less their mean.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = -6.0;
        for _ in 0..12 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 11) as f64 / (1u64 << 53) as f64;
        }
        sum
    }
}

/// The third cycle at a sweep rate in V/s: tabs, milliampere.
pub fn voltammogram(rate: f64) -> String {
    let mut program = CvProgram::between(0.0, V_MAX, rate, 3);
    program.points = 216;
    let trace = cv(&coin_cell(), &program).expect("a sweep");
    let first = 2 * program.points;
    let most = trace.i.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
    let mut noise = Noise((1e6 * rate) as u64);
    let mut text = String::from("time/s\tEwe/V\t<I>/mA\n");
    for k in first..trace.t_s.len() {
        let i = 1e3 * (trace.i[k] + NOISE * most * noise.next());
        let t = trace.t_s[k] - trace.t_s[first];
        text.push_str(&format!("{t:.4}\t{:.5}\t{i:.5}\n", trace.v[k]));
    }
    text
}

/// 100 kHz to 10 mHz at rest at a voltage, with the sign of a Nyquist plot.
pub fn spectrum(bias: f64) -> String {
    let program = EisProgram {
        f_min: 1e-2,
        f_max: 1e5,
        points_per_decade: 6,
        bias,
    };
    let spectrum = eis(&coin_cell(), &program).expect("a spectrum");
    let mut noise = Noise(1000 + (1e3 * bias) as u64);
    let mut text = String::from("freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t<Ewe>/V\n");
    for (f, z) in spectrum.f_hz.iter().zip(&spectrum.z) {
        let mut with_noise = |x: f64| x + NOISE * z.norm() * noise.next();
        let (re, im) = (with_noise(z.re), with_noise(-z.im));
        text.push_str(&format!("{f:.5e}\t{re:.5e}\t{im:.5e}\t{bias:.3}\n"));
    }
    text
}

/// Names and contents.
pub fn all() -> [(&'static str, String); 5] {
    [
        ("cv-5mVps.txt", voltammogram(5e-3)),
        ("cv-200mVps.txt", voltammogram(0.2)),
        ("eis-0V.txt", spectrum(0.0)),
        ("eis-1V35.txt", spectrum(1.35)),
        ("eis-2V7.txt", spectrum(2.7)),
    ]
}
