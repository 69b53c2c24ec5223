//! Measurements made by the kernel from parts that are known, with noise from a seed.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;

use ncm::cell::CellParams;
use ncm::experiment::{CvProgram, EisProgram, GcdProgram, RestProgram, cv, eis, gcd, rest};
use ncm::identify::{Kind, Record};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;
use ncm::measurement::{Choice, Series, Spectrum, Table};

/// A part by what its terminals see.
#[derive(Clone, Copy)]
pub struct Truth {
    pub c: f64,
    pub esr: f64,
    pub r_pore: f64,
    pub gamma: f64,
    pub v_max: f64,
    pub law: LawKind,
}

pub const PART: Truth = Truth {
    c: 25.0,
    esr: 0.010,
    r_pore: 0.090,
    gamma: 0.5,
    v_max: 2.7,
    law: LawKind::Linear,
};

pub const SLITS: u64 = 40;

impl Truth {
    pub fn cell(&self) -> CellParams {
        let n = SLITS as f64;
        let mut e = ElectrodeParams::new(self.r_pore / (2.0 * n), 2.0 * self.c / n, SLITS);
        e.law = self.law;
        e.gamma = self.gamma;
        e.q_max = e.c_slit * 0.5 * self.v_max;
        // The division of depth that fits use.
        e.sections = 30;
        let mut cell = CellParams::symmetric(e);
        cell.esr = self.esr;
        cell
    }

    /// What a fit should find; its `gamma` counts at the highest voltage of the data.
    pub fn named(&self, v_ref: f64) -> [(&'static str, f64); 4] {
        [
            ("c", self.c),
            ("esr", self.esr),
            ("r_pore", self.r_pore),
            ("gamma", self.gamma * v_ref / self.v_max),
        ]
    }
}

/// Normal noise from a seed (Box & Muller over a 64-bit congruential generator).
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        let mut noise = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d);
        for _ in 0..8 {
            noise.uniform();
        }
        noise
    }

    pub fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

pub fn table(text: &str) -> Table {
    Table::parse(Path::new("made.csv"), text.as_bytes()).unwrap_or_else(|e| panic!("{e}"))
}

/// One charge and discharge at a current, with noise of this share of the voltage range.
pub fn gcd_record(truth: &Truth, current: f64, noise: f64, seed: u64) -> Record {
    gcd_record_of(&truth.cell(), truth.v_max, current, noise, seed)
}

/// The same of any cell.
pub fn gcd_record_of(cell: &CellParams, v_max: f64, current: f64, noise: f64, seed: u64) -> Record {
    let mut program = GcdProgram::between(0.0, v_max, current, 1);
    program.points = 60;
    let trace = gcd(cell, &program).unwrap();
    let mut random = Noise::new(seed);
    let mut text = String::from("t_s,v_V,i_A\n");
    for k in 0..trace.t_s.len() {
        let v = trace.v[k] + noise * v_max * random.normal();
        text.push_str(&format!("{:e},{v:e},{:e}\n", trace.t_s[k], trace.i[k]));
    }
    let series = Series::from_table(&table(&text), &Choice::default()).unwrap();
    Record::series(Kind::Gcd, &series, (f64::NEG_INFINITY, f64::INFINITY)).unwrap()
}

pub fn eis_record(truth: &Truth, bias: f64, noise: f64, seed: u64) -> Record {
    eis_record_of(&truth.cell(), (1e-2, 1e3), bias, noise, seed)
}

/// The same of any cell, between two frequencies.
pub fn eis_record_of(
    cell: &CellParams,
    (f_min, f_max): (f64, f64),
    bias: f64,
    noise: f64,
    seed: u64,
) -> Record {
    let program = EisProgram {
        f_min,
        f_max,
        points_per_decade: 10,
        bias,
    };
    let spectrum = eis(cell, &program).unwrap();
    let mut random = Noise::new(seed);
    let mut text = String::from("f_Hz,re_ohm,im_ohm\n");
    for (f, z) in spectrum.f_hz.iter().zip(&spectrum.z) {
        let re = z.re + noise * z.norm() * random.normal();
        let im = z.im + noise * z.norm() * random.normal();
        text.push_str(&format!("{f:e},{re:e},{im:e}\n"));
    }
    let choice = Choice {
        bias: Some(bias),
        ..Choice::default()
    };
    let data = Spectrum::from_table(&table(&text), &choice).unwrap();
    // Noise may turn the sign of a small reactance; such points are no reason to leave any out.
    Record::spectrum(&data, (0.0, f_max)).unwrap()
}

pub fn cv_record(truth: &Truth, rate: f64, noise: f64, seed: u64) -> Record {
    let mut cell = truth.cell();
    cell.r_leak = R_LEAK;
    let mut program = CvProgram::between(0.0, truth.v_max, rate, 3);
    program.points = 200;
    let trace = cv(&cell, &program).unwrap();
    let mut random = Noise::new(seed);
    let most = trace.i.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
    let mut text = String::from("t_s,v_V,i_A\n");
    for k in 400..=600 {
        let i = trace.i[k] + noise * most * random.normal();
        text.push_str(&format!("{:e},{:e},{i:e}\n", trace.t_s[k], trace.v[k]));
    }
    let series = Series::from_table(&table(&text), &Choice::default()).unwrap();
    Record::series(Kind::Cv, &series, (f64::NEG_INFINITY, f64::INFINITY)).unwrap()
}

pub const R_LEAK: f64 = 300.0;

/// A rest after a short charge at `v_max` from empty: redistribution in the pores, and the leak.
pub fn rest_record(truth: &Truth, duration: f64, noise: f64, seed: u64) -> Record {
    let mut cell = truth.cell();
    cell.r_leak = R_LEAK;
    let mut program = RestProgram::after(truth.v_max, 0.0, duration);
    program.points = 200;
    program.decades = 0.0;
    let trace = rest(&cell, &program).unwrap();
    let mut random = Noise::new(seed);
    let range = trace.v[0] - trace.v[trace.v.len() - 1];
    let mut text = String::from("t_s,v_V\n");
    for (t, v) in trace.t_s.iter().zip(&trace.v) {
        let v = v + noise * range * random.normal();
        text.push_str(&format!("{t:e},{v:e}\n"));
    }
    let choice = Choice {
        current: Some(0.0),
        ..Choice::default()
    };
    let series = Series::from_table(&table(&text), &choice).unwrap();
    Record::series(Kind::Rest, &series, (f64::NEG_INFINITY, f64::INFINITY)).unwrap()
}
