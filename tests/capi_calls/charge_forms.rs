//! The law alone and the charge form.

use std::ptr::null_mut;

use ncm::capi::card::*;
use ncm::capi::charge_form::*;
use ncm::capi::error::ncm_result::*;
use ncm::capi::law::*;

use crate::calls::*;

#[test]
fn the_resistor_alone_follows_the_formula() {
    let card = from_toml(CARD, &["negative.gamma=-0.5"]).expect("good");
    let mut value = ncm_resistance { r: 7.0, dr_dq: 7.0 };
    for (which, gamma) in [(0, 0.5), (1, -0.5)] {
        let mut law = null_mut();
        // SAFETY: places for what is written.
        unsafe {
            ok(ncm_law_from_card(card, which, &mut law));
            for q in [0.4e-8, 1.6e-8, -0.9e-8] {
                ok(ncm_law_eval(law, q, &mut value));
                assert!((value.r - 5.0 * (1.0 - gamma * q.abs() / 1.6e-8)).abs() < 1e-13);
                let slope = -5.0 * gamma * q.signum() / 1.6e-8;
                assert!((value.dr_dq - slope).abs() < 1e-12 * slope.abs());
            }
            assert_eq!(
                ncm_law_eval(law, f64::NAN, &mut value),
                NCM_RESULT_NOT_FINITE
            );
        }
        ok(ncm_law_free(law));
    }
    ok(ncm_card_free(card));
}

#[test]
fn the_charge_form_is_the_derivative_of_itself() {
    let card = from_toml(CARD, &[]).expect("good");
    let mut form = null_mut();
    let (mut nodes, mut entries) = (0, 0);
    // SAFETY: places as long as said.
    unsafe {
        ok(ncm_charge_form_new(card, &mut form));
        ok(ncm_charge_form_size(form, &mut nodes, &mut entries));
        let (mut start, mut row) = (vec![0; nodes + 1], vec![0; entries]);
        ok(ncm_charge_form_pattern(
            form,
            start.as_mut_ptr(),
            nodes + 1,
            row.as_mut_ptr(),
            entries,
        ));
        assert_eq!((start[0], start[nodes]), (0, entries));
        let eval = |x: &[f64]| {
            let (mut f, mut q) = (vec![0.0; nodes], vec![0.0; nodes]);
            let (mut g, mut c) = (vec![0.0; entries], vec![0.0; entries]);
            ok(ncm_charge_form_eval(
                form,
                x.as_ptr(),
                nodes,
                entries,
                f.as_mut_ptr(),
                q.as_mut_ptr(),
                g.as_mut_ptr(),
                c.as_mut_ptr(),
            ));
            (f, q, g, c)
        };
        let x: Vec<f64> = (0..nodes).map(|k| 0.1 * ((k * k) as f64).sin()).collect();
        let (f, q, g, c) = eval(&x);
        assert!(f.iter().sum::<f64>().abs() < 1e-15 && q.iter().sum::<f64>().abs() < 1e-22);
        for column in 0..nodes {
            let mut near = x.clone();
            near[column] += 1e-7;
            let (f_near, q_near, ..) = eval(&near);
            for i in 0..nodes {
                let entry = (start[column]..start[column + 1]).find(|k| row[*k] == i);
                let (g, c) = entry.map_or((0.0, 0.0), |k| (g[k], c[k]));
                assert!(((f_near[i] - f[i]) / 1e-7 - g).abs() < 1e-5, "{i} {column}");
                assert!(
                    ((q_near[i] - q[i]) / 1e-7 - c).abs() < 1e-13,
                    "{i} {column}"
                );
            }
        }
        // Only what is wanted; wrong lengths and NaN refused.
        let mut only = vec![0.0; nodes];
        let call = |x: &[f64], nodes, entries, f: *mut f64| {
            ncm_charge_form_eval(
                form,
                x.as_ptr(),
                nodes,
                entries,
                f,
                null_mut(),
                null_mut(),
                null_mut(),
            )
        };
        ok(call(&x, nodes, entries, only.as_mut_ptr()));
        assert_eq!(only, f);
        // Results may even go where the potentials are.
        let mut same = x.clone();
        ok(call(&same, nodes, entries, same.as_ptr().cast_mut()));
        assert_eq!(std::hint::black_box(&mut same), &f);
        for (n, e) in [(nodes - 1, entries), (nodes, entries + 1), (0, 0)] {
            assert_eq!(call(&x, n, e, null_mut()), NCM_RESULT_WRONG_LENGTH);
        }
        let bad = vec![f64::NAN; nodes];
        assert_eq!(
            call(&bad, nodes, entries, only.as_mut_ptr()),
            NCM_RESULT_NOT_FINITE
        );
        assert_eq!(only, f);
    }
    ok(ncm_charge_form_free(form));
    ok(ncm_card_free(card));
}
