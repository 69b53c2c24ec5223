//! The paper's way to run the circuit: R(Q_i(t)) with every Q_i(t) prepared beforehand, so that the
//! ladder is linear with resistances that depend on time.

use super::series::interpolate;
use crate::ladder::ElectrodeParams;
use crate::law::Law;
use crate::parameter::ParameterError;

/// What the ladder did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    pub t_s: Vec<f64>,
    /// Electrode potential, volt.
    pub v: Vec<f64>,
    /// Current into the electrode, ampere.
    pub i: Vec<f64>,
    /// Charge of every slit, coulomb.
    pub q: Vec<Vec<f64>>,
}

/// Prepared charges: times, and for every slit its charge at these times.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub t_s: Vec<f64>,
    pub q: Vec<Vec<f64>>,
}

/// The ladder of `electrode` under a drive given as a polygon of (time, potential), from rest, in
/// `steps` equal steps of the implicit midpoint rule.
///
/// # Errors
/// The first parameter of the electrode that is out of range.
pub fn run(
    electrode: &ElectrodeParams,
    drive: &[(f64, f64)],
    prepared: &Prepared,
    steps: usize,
) -> Result<Course, ParameterError> {
    let law = Law::new(&electrode.law_params())?;
    let n = prepared.q.len();
    // With C_open the open electrolyte has a node of its own; without, its resistance is in series.
    let open_node = usize::from(electrode.c_open > 0.0);
    let nodes = n + open_node;
    let capacitance: Vec<f64> = (0..nodes)
        .map(|k| {
            if k < open_node {
                electrode.c_open
            } else {
                electrode.c_slit
            }
        })
        .collect();
    let (t_drive, v_drive): (Vec<f64>, Vec<f64>) = drive.iter().copied().unzip();
    let end = t_drive[t_drive.len() - 1];
    let h = end / steps as f64;
    let mut u = vec![0.0; nodes];
    let mut course = Course {
        t_s: vec![0.0],
        v: vec![v_drive[0]],
        i: vec![0.0],
        q: vec![vec![0.0]; n],
    };
    for step in 0..steps {
        let middle = (step as f64 + 0.5) * h;
        let r: Vec<f64> = prepared
            .q
            .iter()
            .map(|q| law.resistance(interpolate(&prepared.t_s, q, middle)))
            .collect();
        // Conductances before every node, from the bulk inwards.
        let mut g: Vec<f64> = Vec::with_capacity(nodes);
        if open_node == 1 {
            g.push(1.0 / electrode.r_open.max(1e-9 * electrode.r_c));
            g.push(1.0 / (electrode.entry * r[0]));
        } else {
            g.push(1.0 / (electrode.r_open + electrode.entry * r[0]));
        }
        g.extend(r[..n - 1].iter().map(|r| 1.0 / r));
        let v = interpolate(&t_drive, &v_drive, middle);
        let at_middle = midpoint(&capacitance, &g, &u, v, h);
        course.i.push(g[0] * (v - at_middle[0]));
        for (u, m) in u.iter_mut().zip(&at_middle) {
            *u = 2.0 * m - *u;
        }
        let t = (step + 1) as f64 * h;
        course.t_s.push(t);
        course.v.push(interpolate(&t_drive, &v_drive, t));
        for (slit, q) in course.q.iter_mut().enumerate() {
            q.push(electrode.c_slit * u[slit + open_node]);
        }
    }
    // Currents belong to the middles of the steps: onto their ends.
    for k in 1..steps {
        course.i[k] = 0.5 * (course.i[k] + course.i[k + 1]);
    }
    Ok(course)
}

/// Overpotentials half a step on: (2 C/h + G) u = 2 C/h u_before + g_0 v (tridiagonal).
fn midpoint(c: &[f64], g: &[f64], before: &[f64], v: f64, h: f64) -> Vec<f64> {
    let n = c.len();
    let (mut diagonal, mut right) = (vec![0.0; n], vec![0.0; n]);
    for k in 0..n {
        let storage = 2.0 * c[k] / h;
        diagonal[k] = storage + g[k] + if k + 1 < n { g[k + 1] } else { 0.0 };
        right[k] = storage * before[k] + if k == 0 { g[0] * v } else { 0.0 };
    }
    for k in 1..n {
        let factor = g[k] / diagonal[k - 1];
        diagonal[k] -= factor * g[k];
        right[k] += factor * right[k - 1];
    }
    let mut u = right;
    u[n - 1] /= diagonal[n - 1];
    for k in (0..n - 1).rev() {
        u[k] = (u[k] + g[k + 1] * u[k + 1]) / diagonal[k];
    }
    u
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::series::{half_cell_cv, rms_error};

    const DRIVE: [(f64, f64); 3] = [(0.0, 0.0), (2e-5, 0.2), (4e-5, 0.0)];

    fn electrode(gamma: f64) -> ElectrodeParams {
        ElectrodeParams {
            gamma,
            q_max: 1.6e-8,
            r_open: 0.7,
            c_open: 2e-9,
            ..ElectrodeParams::new(5.0, 8e-8, 5)
        }
    }

    /// With a constant resistance nothing that was prepared matters: the ladder is the kernel's.
    #[test]
    fn a_constant_resistance_gives_the_kernels_line() {
        let electrode = electrode(0.0);
        let prepared = Prepared {
            t_s: vec![0.0, 4e-5],
            q: vec![vec![0.0, 1e-8]; 5],
        };
        let course = run(&electrode, &DRIVE, &prepared, 4000).expect("a course");
        let trace = half_cell_cv(&electrode, 0.2, 1e4, 1).expect("a trace");
        let error = rms_error(&course.t_s, &course.i, &trace.t_s, &trace.i);
        assert!(error < 2e-3, "{error}");
    }

    /// With the element's own charges prepared, the ladder is the self-consistent element.
    #[test]
    fn its_own_charges_give_the_element_itself() {
        let electrode = electrode(0.7);
        let trace = half_cell_cv(&electrode, 0.2, 1e4, 1).expect("a trace");
        let q = (0..5)
            .map(|k| trace.sections.iter().map(|s| 8e-8 * s[k]).collect())
            .collect();
        let prepared = Prepared {
            t_s: trace.t_s.clone(),
            q,
        };
        let course = run(&electrode, &DRIVE, &prepared, 4000).expect("a course");
        let error = rms_error(&course.t_s, &course.i, &trace.t_s, &trace.i);
        assert!(error < 3e-3, "{error}");
    }
}
