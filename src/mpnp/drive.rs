//! The potential of the metal over time: straight pieces, with jumps where two points share a time.

use crate::parameter::ParameterError;

/// phi_m(t) as a polygon. Potentials are against the mid-plane of the full cell, volt; the cell
/// voltage is twice that.
#[derive(Debug, Clone, PartialEq)]
pub struct Drive {
    points: Vec<(f64, f64)>,
}

/// One straight piece of the drive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    pub t_start: f64,
    pub t_end: f64,
    pub v_start: f64,
    pub v_end: f64,
}

impl Segment {
    pub fn at(&self, t: f64) -> f64 {
        let s = ((t - self.t_start) / (self.t_end - self.t_start)).clamp(0.0, 1.0);
        self.v_start + s * (self.v_end - self.v_start)
    }

    /// dphi_m/dt, V/s.
    pub fn slope(&self) -> f64 {
        (self.v_end - self.v_start) / (self.t_end - self.t_start)
    }
}

impl Drive {
    /// A polygon through `(t, v)`; times from 0, never falling; two points at one time are a jump.
    pub fn table(points: Vec<(f64, f64)>) -> Result<Self, ParameterError> {
        let bad = |value: String, allowed: &str| ParameterError::new("points", value, allowed);
        if points.len() < 2 {
            return Err(bad(
                format!("{} points", points.len()),
                "at least two points",
            ));
        }
        if points[0].0 != 0.0 {
            return Err(bad(
                format!("first time {:e}", points[0].0),
                "a first time of 0",
            ));
        }
        for pair in points.windows(2) {
            if pair[1].0 < pair[0].0 {
                return Err(bad(
                    format!("time {:e}", pair[1].0),
                    "times that do not fall",
                ));
            }
        }
        for &(t, v) in &points {
            if !t.is_finite() || !v.is_finite() || v.abs() > 5.0 {
                return Err(bad(
                    format!("({t:e}, {v:e})"),
                    "finite times and potentials within +-5 V",
                ));
            }
        }
        if points[points.len() - 1].0 <= 0.0 {
            return Err(bad("0 s".into(), "a last time above 0"));
        }
        Ok(Self { points })
    }

    /// Cyclic voltammetry: from 0 to `high`, to `low`, and back to 0, `cycles` times, at `rate` V/s.
    pub fn cv(low: f64, high: f64, rate: f64, cycles: usize) -> Result<Self, ParameterError> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(ParameterError::new("rate_V_s", rate, "above 0 V/s"));
        }
        let ordered = low <= 0.0 && high >= 0.0 && low < high;
        if !ordered {
            return Err(ParameterError::new(
                "low_V",
                low,
                "low_V <= 0 <= high_V with low_V < high_V (the run starts uncharged at 0 V)",
            ));
        }
        if cycles == 0 || cycles > 1000 {
            return Err(ParameterError::new("cycles", cycles, "1 to 1000"));
        }
        let mut points = vec![(0.0, 0.0)];
        let mut to = |v: f64| {
            let (t, from) = points[points.len() - 1];
            if v != from {
                points.push((t + (v - from).abs() / rate, v));
            }
        };
        for _ in 0..cycles {
            to(high);
            to(low);
        }
        to(0.0);
        Self::table(points)
    }

    /// One cycle between 0 and `high`, which may be negative, at `rate` > 0.
    pub fn triangle(high: f64, rate: f64) -> Self {
        let half = high.abs() / rate;
        Self {
            points: vec![(0.0, 0.0), (half, high), (2.0 * half, 0.0)],
        }
    }

    /// From 0 to `v` at `rate` V/s, then held for `duration`.
    pub fn hold(v: f64, rate: f64, duration: f64) -> Result<Self, ParameterError> {
        if !(rate.is_finite() && rate > 0.0) {
            return Err(ParameterError::new("rate_V_s", rate, "above 0 V/s"));
        }
        if !(duration.is_finite() && duration > 0.0) {
            return Err(ParameterError::new("duration_s", duration, "above 0 s"));
        }
        let ramp = v.abs() / rate;
        Self::table(vec![(0.0, 0.0), (ramp, v), (ramp + duration, v)])
    }

    /// A jump from 0 to `v` at t = 0, held for `duration`.
    pub fn step(v: f64, duration: f64) -> Result<Self, ParameterError> {
        if !(duration.is_finite() && duration > 0.0) {
            return Err(ParameterError::new("duration_s", duration, "above 0 s"));
        }
        Self::table(vec![(0.0, 0.0), (0.0, v), (duration, v)])
    }

    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    pub fn end(&self) -> f64 {
        self.points[self.points.len() - 1].0
    }

    pub fn segments(&self) -> Vec<Segment> {
        self.points
            .windows(2)
            .filter(|p| p[1].0 > p[0].0)
            .map(|p| Segment {
                t_start: p[0].0,
                t_end: p[1].0,
                v_start: p[0].1,
                v_end: p[1].1,
            })
            .collect()
    }
}
