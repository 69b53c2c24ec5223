//! Self-heating of a cell by the stepper: closed forms, energy balance, order.

use ncm::cell::{CellParams, Drift, Thermal};
use ncm::ladder::ElectrodeParams;
use ncm::stamp::Stepper;

/// A cell of about a farad with drifting values.
fn cell(thermal: Thermal) -> CellParams {
    CellParams {
        esr: 0.05,
        r_leak: 200.0,
        thermal,
        ..CellParams::symmetric(ElectrodeParams {
            gamma: 0.6,
            q_max: 0.15,
            r_open: 0.02,
            c_open: 0.01,
            ..ElectrodeParams::new(0.03, 0.1, 20)
        })
    }
}

fn drifting() -> Thermal {
    let arrhenius = |activation| Drift {
        activation,
        ..Drift::default()
    };
    Thermal {
        resistance: arrhenius(1.5e4),
        esr: Drift {
            tc1: 4e-3,
            ..Drift::default()
        },
        leakage: arrhenius(4e4),
        r_th: 8.0,
        c_th: 2.0,
        ..Thermal::default()
    }
}

#[test]
fn a_resistance_heats_a_cell_without_cooling_as_its_heat_says() {
    let mut params = cell(Thermal {
        r_th: f64::INFINITY,
        c_th: 2.0,
        ..Thermal::default()
    });
    // Nothing but the ESR and the open electrolyte resists: r = esr + 2 r_open + 2 entry R(1 slit).
    params.r_leak = f64::INFINITY;
    params.positive = ElectrodeParams {
        r_open: 0.02,
        ..ElectrodeParams::new(0.03, 2.0, 1)
    };
    params.negative = Some(params.positive.clone());
    let r = 0.05 + 2.0 * (0.02 + 0.5 * 0.03);
    let mut stepper = Stepper::new(&params).expect("valid");
    let (i, h) = (3.0, 1e-3);
    for _ in 0..1000 {
        stepper.try_current(h, i).expect("converges");
        stepper.accept();
    }
    let rise = stepper.temperature() - 298.15;
    assert!((rise / (i * i * r / 2.0) - 1.0).abs() < 1e-11, "{rise}");
}

#[test]
fn in_the_steady_state_the_rise_is_heat_times_thermal_resistance() {
    let mut params = cell(Thermal {
        r_th: 5.0,
        c_th: 0.1,
        ..Thermal::default()
    });
    params.series = 2.0;
    let mut stepper = Stepper::new(&params).expect("valid");
    stepper.set_voltage(2.0).expect("fits");
    for _ in 0..400 {
        stepper.try_voltage(0.1, 2.0).expect("converges");
        stepper.accept();
    }
    // Leakage of two cells in series with 1 V each.
    let rise = stepper.temperature() - 298.15;
    assert!((rise / (5.0 * 1.0 / 200.0) - 1.0).abs() < 1e-9, "{rise}");
}

/// Electrical energy in, change of stored energy, heat by the thermal side, and end values after a run of `n`
/// steps with a smooth current.
fn run(thermal: Thermal, n: usize) -> (f64, f64, f64, [f64; 2]) {
    let mut stepper = Stepper::new(&cell(thermal)).expect("valid");
    stepper.set_voltage(0.5).expect("fits");
    let stored = stepper.stored_energy();
    let end = 4.0;
    let h = end / n as f64;
    let (mut input, mut cooled) = (0.0, 0.0);
    let (mut power, mut flow) = (0.0, 0.0);
    for k in 1..=n {
        let t = k as f64 * h;
        let i = 1.5 * (2.0 * t).sin() * (1.0 - (-t).exp());
        let c = stepper.try_current(h, i).expect("converges");
        let now = stepper.heat_flow().0;
        stepper.accept();
        if k > 1 {
            input += 0.5 * h * (power + c.v * c.i);
            cooled += 0.5 * h * (flow + now);
        } else {
            // From rest with the leakage alone.
            input += 0.5 * h * c.v * c.i;
            cooled += 0.5 * h * now;
        }
        (power, flow) = (c.v * c.i, now);
    }
    let warmed = thermal.c_th * (stepper.temperature() - thermal.temperature);
    (
        input,
        stepper.stored_energy() - stored,
        warmed + cooled,
        [stepper.temperature(), stepper.voltage()],
    )
}

#[test]
fn energy_in_is_energy_stored_and_heat_to_the_order_of_the_rule() {
    for thermal in [
        Thermal {
            r_th: 8.0,
            c_th: 2.0,
            ..Thermal::default()
        },
        drifting(),
    ] {
        let errors: Vec<f64> = [400, 800, 1600]
            .iter()
            .map(|n| {
                let (input, stored, heat, _) = run(thermal, *n);
                (input - stored - heat).abs() / heat
            })
            .collect();
        println!("energy balance, of the heat: {errors:?}");
        assert!(errors[2] < 2e-5, "{errors:?}");
        assert!((errors[0] / errors[1]).log2() > 1.8, "{errors:?}");
        assert!((errors[1] / errors[2]).log2() > 1.8, "{errors:?}");
    }
}

#[test]
fn coupled_steps_keep_second_order() {
    let mut thermal = drifting();
    thermal.capacitance.tc1 = 2e-3;
    // So little heat capacity that the temperature moves by kelvins within a period.
    thermal.c_th = 0.05;
    thermal.r_th = 20.0;
    for index in 0..2 {
        let x: Vec<f64> = [3200, 6400, 12800]
            .iter()
            .map(|n| run(thermal, *n).3[index])
            .collect();
        let order = ((x[1] - x[0]) / (x[2] - x[1])).abs().log2();
        println!("order {order:.3} of {x:?}");
        assert!((order - 2.0).abs() < 0.2, "{index}: {order} {x:?}");
    }
}

#[test]
fn heat_without_coefficients_changes_no_current() {
    let plain = cell(Thermal::default());
    let warm = cell(Thermal {
        r_th: 8.0,
        c_th: 0.01,
        ..Thermal::default()
    });
    let [mut a, mut b] = [plain, warm].map(|p| Stepper::new(&p).expect("valid"));
    for k in 1..200 {
        let v = (0.05 * f64::from(k)).sin();
        let (x, y) = (a.try_voltage(0.01, v), b.try_voltage(0.01, v));
        assert_eq!(x, y);
        a.accept();
        b.accept();
    }
    assert!(b.temperature() > 298.2);
}

#[test]
fn a_cell_without_thermal_resistance_takes_on_its_surroundings_and_gives_its_heat() {
    let mut thermal = drifting();
    (thermal.r_th, thermal.c_th) = (0.0, 0.0);
    let mut stepper = Stepper::new(&cell(thermal)).expect("valid");
    for k in 1..50 {
        let surroundings = 298.15 + 0.2 * f64::from(k);
        stepper.set_surroundings(surroundings).expect("fits");
        stepper.try_current(0.01, 1.0).expect("converges");
        assert_eq!(stepper.heat_flow().0, stepper.trial_heat());
        stepper.accept();
        assert!((stepper.temperature() - surroundings).abs() < 1e-9);
    }
    assert!(stepper.set_surroundings(f64::NAN).is_err());
    assert!(stepper.set_temperature(10.0).is_err());
}

#[test]
fn snapshots_keep_the_temperature() {
    let mut stepper = Stepper::new(&cell(drifting())).expect("valid");
    let step = |s: &mut Stepper| {
        let c = s.try_current(0.05, 2.0).expect("converges");
        s.accept();
        c
    };
    for _ in 0..20 {
        step(&mut stepper);
    }
    let mut saved = vec![0.0; stepper.snapshot_len()];
    stepper.save(&mut saved).expect("fits");
    let first = step(&mut stepper);
    let t = stepper.temperature();
    stepper.restore(&saved).expect("its own");
    let again = step(&mut stepper);
    assert_eq!(t, stepper.temperature());
    assert!((first.v - again.v).abs() < 1e-12);
}

#[test]
fn long_steps_find_the_balance_of_a_strongly_heated_cell() {
    // A rise of 40 K under constant current, where the resistance falls as it warms.
    let mut thermal = drifting();
    thermal.esr = Drift {
        activation: 1.2e4,
        ..Drift::default()
    };
    thermal.r_th = 60.0;
    let mut stepper = Stepper::new(&cell(thermal)).expect("valid");
    let mut last = 0.0;
    for k in 0..4000 {
        let i = if k / 20 % 2 == 0 { 2.0 } else { -2.0 };
        stepper
            .try_current(0.02 * (1.0 + f64::from(k % 3)), i)
            .expect("converges");
        stepper.accept();
        last = stepper.temperature();
    }
    assert!((305.0..345.0).contains(&last), "{last}");
}

#[test]
fn absurd_steps_and_values_leave_a_temperature_that_is_a_number() {
    let inf = f64::INFINITY;
    for r_th in [5e-324, 1e-300, 8.0, 1e300, inf] {
        for c_th in [0.0, 5e-324, 2.0, 1e12] {
            if r_th == inf && c_th == 0.0 {
                continue;
            }
            let thermal = Thermal {
                r_th,
                c_th,
                ..drifting()
            };
            for h in [5e-324, 1e-308, 1e-3, 1e308] {
                let mut stepper = Stepper::new(&cell(thermal)).expect("valid");
                for drive in [1e100, -1e100, 1e-300, 1e70] {
                    // Most of these have no answer, but what there is must be usable.
                    for surroundings in [50.0, 2000.0] {
                        stepper.set_surroundings(surroundings).expect("fits");
                        for by_current in [true, false] {
                            let _ = match by_current {
                                true => stepper.try_current(h, drive),
                                false => stepper.try_voltage(h, drive),
                            };
                            assert!(!stepper.heat_flow().0.is_nan());
                            stepper.accept();
                            let t = stepper.temperature();
                            let here = format!("{r_th} {c_th} {h} {drive}: {t}");
                            assert!((50.0..=2000.0).contains(&t), "{here}");
                        }
                    }
                }
            }
        }
    }
}
