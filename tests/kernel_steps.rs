//! The stepper against exact laws: order, charge and energy balance, robustness.

use ncm::cell::{Cell, CellParams};
use ncm::ladder::ElectrodeParams;
use ncm::law::LawKind;
use ncm::stamp::{Stepper, TrialError};

fn electrode(gamma: f64, slits: u64) -> ElectrodeParams {
    ElectrodeParams {
        gamma,
        q_max: 16e-9,
        ..ElectrodeParams::new(5.0, 0.08e-6, slits)
    }
}

/// Charge after a smooth drive, on steps that alternate between long and short.
fn charge_at_end(params: &CellParams, steps: usize) -> f64 {
    let mut cell = Stepper::new(params).expect("valid");
    let end = 4e-6;
    let drive = |t: f64| 0.1 * (1.0 - (std::f64::consts::PI * t / end).cos());
    let unit = end / (1.5 * steps as f64);
    let mut t = 0.0;
    for k in 0..steps {
        let h = if k % 2 == 0 { unit } else { 2.0 * unit };
        t += h;
        cell.try_voltage(h, drive(t)).expect("converges");
        cell.accept();
    }
    assert!((t - end).abs() < 1e-12 * end * steps as f64);
    cell.charge()
}

#[test]
fn second_order_on_unequal_steps() {
    for law in LawKind::ALL {
        for gamma in [-0.9, 0.0, 0.5, 0.9] {
            let mut params = CellParams::symmetric(ElectrodeParams {
                law,
                r_open: 2.0,
                c_open: 0.02e-6,
                ..electrode(gamma, 6)
            });
            params.esr = 1.0;
            let q: Vec<f64> = [400, 800, 1600]
                .iter()
                .map(|n| charge_at_end(&params, *n))
                .collect();
            let order = ((q[1] - q[0]) / (q[2] - q[1])).abs().log2();
            assert!((order - 2.0).abs() < 0.15, "{law:?} {gamma}: {order}");
        }
    }
}

#[test]
fn charge_is_kept_over_a_hundred_thousand_unequal_steps() {
    let params = CellParams::symmetric(electrode(0.9, 20));
    let mut cell = Stepper::new(&params).expect("valid");
    // What BDF2 makes of the terminal current alone must be the charge on the electrode.
    let (mut total, mut moved, mut last, mut h1) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    let mut t = 0.0;
    for k in 0..100_000_u32 {
        let h = 1e-9 * (1.0 + f64::from(k % 7) * 0.2);
        t += h;
        let v = 0.2 * (1e6 * t).sin();
        let i = cell.try_voltage(h, v).expect("converges").i;
        cell.accept();
        let w = if h1 > 0.0 { h / h1 } else { 0.0 };
        let step = (h * i + w * w / (1.0 + w) * last) * (1.0 + w) / (1.0 + 2.0 * w);
        total += step;
        moved += step.abs();
        (last, h1) = (step, h);
    }
    let error = (total - cell.charge()).abs();
    assert!(error <= 1e-12 * moved, "{error:e} of {moved:e} C");
}

#[test]
fn delivered_energy_is_stored_or_dissipated() {
    let mut params = CellParams::symmetric(ElectrodeParams {
        r_open: 3.0,
        c_open: 0.01e-6,
        ..electrode(0.9, 10)
    });
    params.esr = 0.5;
    params.r_leak = 1e3;
    let gap = |steps: usize| {
        let mut cell = Stepper::new(&params).expect("valid");
        let h = 20e-6 / steps as f64;
        let (mut delivered, mut heat, mut before) = (0.0, 0.0, (0.0, 0.0));
        for k in 1..=steps {
            let phase = std::f64::consts::PI * k as f64 / steps as f64;
            let v = 0.4 * phase.sin().powi(2);
            let i = cell.try_voltage(h, v).expect("converges").i;
            cell.accept();
            let now = (v * i, cell.dissipation());
            delivered += 0.5 * h * (before.0 + now.0);
            heat += 0.5 * h * (before.1 + now.1);
            before = now;
        }
        (delivered - heat - cell.stored_energy()).abs() / heat
    };
    let (coarse, fine) = (gap(2000), gap(4000));
    assert!(fine < 1e-5, "{fine:e}");
    let order = (coarse / fine).log2();
    assert!((order - 2.0).abs() < 0.2, "{coarse:e} {fine:e}");
}

#[test]
fn mirror_image_and_two_chains_agree() {
    let params = CellParams::symmetric(ElectrodeParams {
        c_open: 0.03e-6,
        r_open: 1.0,
        ..electrode(0.7, 8)
    });
    let one = Cell::new(&params).expect("valid");
    let two = Cell::without_mirror(&params).expect("valid");
    let (mut one, mut two) = (Stepper::from_cell(one), Stepper::from_cell(two));
    for k in 1..200 {
        let v = 0.4 * (0.05 * f64::from(k)).sin();
        let a = one.try_voltage(3e-8, v).expect("converges");
        let b = two.try_voltage(3e-8, v).expect("converges");
        assert!((a.i - b.i).abs() <= 1e-12 * a.i.abs().max(1e-3));
        assert!((a.di_dv - b.di_dv).abs() <= 1e-12 * a.di_dv);
        one.accept();
        two.accept();
    }
    let (a, b) = (one.admittance(1e6), two.admittance(1e6));
    assert!((a - b).norm() < 1e-12 * a.norm());
}

#[test]
fn conductance_is_the_derivative_of_the_current() {
    let mut cell = Stepper::new(&CellParams::symmetric(electrode(0.9, 12))).expect("valid");
    for k in 1..50 {
        let v = 0.01 * f64::from(k);
        let (h, e) = (2e-8, 1e-6);
        let here = cell.try_voltage(h, v).expect("converges");
        let up = cell.try_voltage(h, v + e).expect("converges").i;
        let down = cell.try_voltage(h, v - e).expect("converges").i;
        let slope = (up - down) / (2.0 * e);
        assert!((slope - here.di_dv).abs() < 1e-6 * slope);
        let forced = cell.try_current(h, here.i).expect("converges");
        assert!((forced.v - v).abs() < 1e-9, "{} {v}", forced.v);
        cell.accept();
    }
}

#[test]
fn harsh_drives_converge_at_once_or_after_a_cut() {
    // Far beyond q_max/gamma (0.2 V per electrode is q_max), both polarities, abrupt steps and
    // 1 ns edges, steps from a picosecond to a millisecond.
    let drive = [
        (1e-9, 0.4),
        (1e-9, 0.4),
        (1e-6, 0.4),
        (1e-9, 4.0),
        (1e-12, 4.0),
        (1e-7, 4.0),
        (1e-3, 4.0),
        (1e-9, -4.0),
        (1e-8, -4.0),
        (1e-7, -4.0),
        (1e-3, -4.0),
        (1e-9, 0.0),
        (1e-3, 0.0),
        (1e-3, 20.0),
        (1e-6, -20.0),
        (1e-3, 0.1),
    ];
    let (mut total, mut cut) = (0, 0);
    for law in LawKind::ALL {
        for gamma in [-5.0, -0.9, 0.5, 0.9, 1.0] {
            for r_min in [1e-6, 1e-3, 0.1] {
                for slits in [1, 2, 20] {
                    let params = CellParams::symmetric(ElectrodeParams {
                        law,
                        r_min,
                        ..electrode(gamma, slits)
                    });
                    let mut cell = Stepper::new(&params).expect("valid");
                    for (h, v) in drive {
                        let cuts = step_with_cuts(&mut cell, h, v);
                        total += 1;
                        cut += usize::from(cuts > 0);
                        assert!(cuts < 12, "{law:?} {gamma} {r_min} {slits} to {v}: {cuts}");
                    }
                }
            }
        }
    }
    // Nearly every step is taken whole.
    assert!(cut * 100 < total, "{cut} of {total} steps were cut");
}

/// Goes to `v` in one step, or as a simulator would: cut into halves until it converges, then
/// go on. Returns how often it was cut.
fn step_with_cuts(cell: &mut Stepper, h: f64, v: f64) -> usize {
    let (mut cuts, mut left, mut piece) = (0, h, h);
    while left > 1e-12 * h {
        match cell.try_voltage(piece.min(left), v) {
            Ok(c) => {
                assert!(c.i.is_finite() && c.di_dv.is_finite() && c.error.is_finite());
                cell.accept();
                left -= piece.min(left);
                assert!(cell.effective_resistance() > 0.0);
                assert!(cell.charge().is_finite());
            }
            Err(TrialError::NotConverged { .. }) if cuts < 40 => {
                cuts += 1;
                piece *= 0.5;
            }
            Err(e) => panic!("{e}"),
        }
    }
    cuts
}

#[test]
fn a_state_returns_whether_or_not_one_chain_stood_for_both_electrodes() {
    let params = CellParams::symmetric(electrode(0.9, 5));
    let settled = |cell: &mut Stepper| {
        for k in 1..20 {
            cell.try_voltage(1e-8, 0.01 * f64::from(k))
                .expect("converges");
            cell.accept();
        }
    };
    let saved = |cell: &Stepper| {
        let mut state = vec![0.0; cell.snapshot_len()];
        cell.save(&mut state).expect("fits");
        state
    };
    let mut mirrored = Stepper::new(&params).expect("valid");
    settled(&mut mirrored);
    let short = saved(&mirrored);
    let mut two = Stepper::from_cell(ncm::cell::Cell::without_mirror(&params).expect("valid"));
    settled(&mut two);
    let long = saved(&two);
    assert!(long.len() > short.len());
    for state in [&short, &long] {
        let mut one = Stepper::new(&params).expect("valid");
        one.set_voltage(1.0).expect("finite");
        let mut split = one.clone();
        split
            .set_section_charges(ncm::cell::Electrode::Negative, &[1e-9; 5])
            .expect("fits");
        for cell in [&mut one, &mut split] {
            cell.restore(state).expect("of the same cell");
            let here = cell.try_voltage(1e-8, 0.3).expect("converges");
            let there = mirrored.try_voltage(1e-8, 0.3).expect("converges");
            assert!((here.i - there.i).abs() <= 1e-12 * there.i.abs());
        }
    }
    let mut other = short.clone();
    other[0] = 3.0;
    assert!(mirrored.restore(&other).is_err());
    assert!(mirrored.restore(&long[1..]).is_err());
}
