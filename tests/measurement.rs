//! Measured files as instruments write them, and as accidents leave them: read to the same numbers, or
//! refused with file, line and remedy.

#![cfg(feature = "workshop")]

use std::path::{Path, PathBuf};

use ncm::identify::{Kind, Record};
use ncm::measurement::{Choice, Format, MeasurementError, Series, Spectrum, Table};
use proptest::prelude::*;

fn table(text: &str) -> Result<Table, MeasurementError> {
    Table::parse(Path::new("cell.csv"), text.as_bytes())
}

fn series_with(text: &str, choice: &Choice) -> Result<Series, MeasurementError> {
    Series::from_table(&table(text)?, choice)
}

fn series(text: &str) -> Series {
    series_with(text, &Choice::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn refusal(text: &str, choice: &Choice) -> MeasurementError {
    series_with(text, choice).expect_err("refused")
}

/// A charge at 2 mA of 1 mF: 2 V/s, twelve samples.
fn samples() -> Vec<(f64, f64, f64)> {
    (0..12)
        .map(|k| (0.1 * f64::from(k), 0.2 * f64::from(k), 2e-3))
        .collect()
}

fn written(heading: &str, delimiter: &str, row: impl Fn(f64, f64, f64) -> [String; 3]) -> String {
    let mut text = format!("{heading}\n");
    for (t, v, i) in samples() {
        text.push_str(&row(t, v, i).join(delimiter));
        text.push('\n');
    }
    text
}

fn plain(t: f64, v: f64, i: f64) -> [String; 3] {
    [t, v, i].map(|x| format!("{x:.6}"))
}

fn with_commas(t: f64, v: f64, i: f64) -> [String; 3] {
    plain(t, v, i).map(|x| x.replace('.', ","))
}

fn assert_is_the_charge(s: &Series) {
    assert_eq!(s.t_s.len(), 12, "{:?}", s.notes);
    for (k, (t, v, i)) in samples().into_iter().enumerate() {
        assert!((s.t_s[k] - t).abs() < 1e-9, "{} {t}", s.t_s[k]);
        assert!((s.v[k] - v).abs() < 1e-9, "{} {v}", s.v[k]);
        assert!((s.i[k] - i).abs() < 1e-9, "{} {i}", s.i[k]);
    }
}

#[test]
fn every_delimiter_and_decimal_sign_gives_the_same_numbers() {
    for text in [
        written("t_s,v_V,i_A", ",", plain),
        written("t_s;v_V;i_A", ";", plain),
        written("t_s\tv_V\ti_A", "\t", plain),
        written("t_s  v_V  i_A", "   ", plain),
        written("t_s;v_V;i_A", ";", with_commas),
        written("t_s\tv_V\ti_A", "\t", with_commas),
        written("t_s v_V i_A", " ", with_commas),
        written(
            "\u{feff}\"Time (s)\",\"Potential (V)\",\"Current (A)\"",
            ",",
            plain,
        ),
        written("# measured on a Monday\n# t [s], v [V], i [A]", ",", plain),
        written(
            "Instrument X\nSerial 12\n\nTime/s,Voltage/V,Current/A",
            ",",
            plain,
        ),
        written("v_mV,i_mA,t_ms", ",", |t, v, i| {
            plain(v * 1e3, i * 1e3, t * 1e3)
        }),
        written("t_min,v_V,i_uA", ",", |t, v, i| {
            [
                format!("{:e}", t / 60.0),
                format!("{v}"),
                format!("{:e}", i * 1e6),
            ]
        }),
    ] {
        assert_is_the_charge(&series(&text));
        assert_is_the_charge(&series(&text.replace('\n', "\r\n")));
    }
}

#[test]
fn utf16_and_latin1_are_read() {
    let text = written("t_s\tv_V\ti_µA", "\t", |t, v, i| plain(t, v, i * 1e6));
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let latin1: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
    for bytes in [utf16, latin1] {
        let table = Table::parse(Path::new("x.txt"), &bytes).unwrap();
        assert_is_the_charge(&Series::from_table(&table, &Choice::default()).unwrap());
    }
}

#[test]
fn a_biologic_export_is_read_with_its_last_full_cycle() {
    let mut text = String::from(
        "EC-Lab ASCII FILE\nNb header lines : 6\n\nCyclic Voltammetry\nRun on channel : 3\nmode\ttime/s\tcontrol/V\tEwe/V\t<I>/mA\tcycle number\t\n",
    );
    for cycle in 1..=3 {
        for (k, (t, v, i)) in samples().into_iter().enumerate() {
            // The third cycle was broken off.
            if cycle < 3 || k < 4 {
                text.push_str(
                    &format!(
                        "2\t{}\t0\t{v}\t{}\t{cycle}\n",
                        t + 10.0 * f64::from(cycle),
                        i * 1e3
                    )
                    .replace('.', ","),
                );
            }
        }
    }
    let table = table(&text).unwrap();
    assert_eq!(table.format, Format::BioLogic);
    let s = Series::from_table(&table, &Choice::default()).unwrap();
    assert_is_the_charge(&s);
    assert!(
        s.notes.iter().any(|n| n.contains("cycle 2")),
        "{:?}",
        s.notes
    );
    let missing = Choice {
        cycle: Some(9),
        ..Choice::default()
    };
    let refused = Series::from_table(&table, &missing)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("cell.csv:6") && refused.contains("1 to 3"),
        "{refused}"
    );
    let cut: String = text.lines().take(4).collect::<Vec<_>>().join("\n");
    let refused = self::table(&cut).unwrap_err().to_string();
    assert!(refused.contains("header of 6 lines"), "{refused}");
}

#[test]
fn gamry_curves_are_read_with_units_of_their_own_line() {
    let mut text = String::from("EXPLAIN\nTAG\tCV\nTITLE\tLABEL\tcell\tTest\n");
    for curve in 1..=2 {
        text.push_str(&format!(
            "CURVE{curve}\tTABLE\t12\n\tPt\tT\tVf\tIm\tOver\n\t#\ts\tV vs. Ref.\tA\tbits\n"
        ));
        for (k, (t, v, i)) in samples().into_iter().enumerate() {
            text.push_str(&format!("\t{k}\t{t}\t{v}\t{i}\t...........\n"));
        }
    }
    let table = table(&text).unwrap();
    assert_eq!((table.format, table.rows()), (Format::Gamry, 24));
    assert_is_the_charge(&Series::from_table(&table, &Choice::default()).unwrap());

    let mut text = String::from(
        "EXPLAIN\nTAG\tEISPOT\nZCURVE\tTABLE\n\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tIdc\tVdc\n\t#\ts\tHz\tohm\tohm\tV\tohm\t°\tA\tV\n",
    );
    for k in 0..8 {
        let f = 10f64.powi(3 - k);
        let x = -1.0 / (std::f64::consts::TAU * f * 0.5);
        text.push_str(&format!("\t{k}\t{k}\t{f}\t0.25\t{x}\t1\t1\t1\t0\t1.5\n"));
    }
    let s = Spectrum::from_table(&self::table(&text).unwrap(), &Choice::default()).unwrap();
    assert_eq!(s.f_hz.len(), 8);
    assert!((s.z[7].im + 1.0 / (std::f64::consts::TAU * 1e-4 * 0.5)).abs() < 1e-9);
    assert_eq!(s.z[0].re, 0.25);
}

#[test]
fn a_nova_export_is_read() {
    let text = written(
        "Potential applied (V);Time (s);WE(1).Current (A);WE(1).Potential (V);Scan;Index",
        ";",
        |t, v, i| [format!("9;{t}"), format!("{i}"), format!("{v};1;1")],
    );
    assert_is_the_charge(&series(&text));
    let mut text = String::from("Index,Frequency (Hz),Z' (Ω),-Z'' (Ω),Z (Ω),-Phase (°)\n");
    for k in 0..8 {
        text.push_str(&format!(
            "{k},{},0.5,{},0,0\n",
            10f64.powi(4 - k),
            10f64.powi(k - 4)
        ));
    }
    let s = Spectrum::from_table(&table(&text).unwrap(), &Choice::default()).unwrap();
    assert!((s.z[0].im + 1e-4).abs() < 1e-12 && (s.z[7].im + 1e3).abs() < 1e-9);
}

#[test]
fn columns_units_and_signs_can_be_told() {
    let mut choice = Choice::default();
    choice.set_columns("t=Clock,v=Cell,i=#3").unwrap();
    choice.set_units("t=ms,v=V,i=mA").unwrap();
    let odd = written("Clock,Cell,Shunt", ",", |t, v, i| {
        plain(t * 1e3, v, i * 1e3)
    });
    assert_is_the_charge(&series_with(&odd, &choice).unwrap());

    let bare = written("", ",", plain);
    let mut choice = Choice::default();
    choice.set_columns("t=#1,v=#2,i=#3").unwrap();
    choice.set_units("si").unwrap();
    assert_is_the_charge(&series_with(&bare, &choice).unwrap());

    // Discharge counted positive.
    let turned = written("t_s,v_V,i_A", ",", |t, v, i| plain(t, v, -i));
    let s = series(&turned);
    assert_is_the_charge(&s);
    assert!(s.notes.iter().any(|n| n.contains("sign")), "{:?}", s.notes);

    // A constant current that the file does not hold.
    let two: String = written("t_s,v_V,x", ",", plain);
    let choice = Choice {
        current: Some(2e-3),
        ..Choice::default()
    };
    assert_is_the_charge(&series_with(&two, &choice).unwrap());
    let wrong = Choice {
        current: Some(-2e-3),
        ..Choice::default()
    };
    assert!(
        refusal(&two, &wrong)
            .to_string()
            .contains("negative for a discharge")
    );

    // Two columns of a CV: the sweep rate gives the time.
    let mut choice = Choice {
        rate: Some(2.0),
        ..Choice::default()
    };
    choice.set_columns("v=#1,i=#2").unwrap();
    choice.set_units("si").unwrap();
    let two = samples()
        .iter()
        .map(|(_, v, i)| format!("{v} {i}\n"))
        .collect::<String>();
    assert_is_the_charge(&series_with(&two, &choice).unwrap());

    for (text, part) in [
        ("t", "KEY=VALUE"),
        ("x=Time", "no key"),
        ("t=", "KEY=VALUE"),
    ] {
        assert!(
            Choice::default()
                .set_columns(text)
                .unwrap_err()
                .contains(part)
        );
    }
    assert!(
        Choice::default()
            .set_units("i=V")
            .unwrap_err()
            .contains("no unit of current")
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_line_and_remedy() {
    let good = written("t_s,v_V,i_A", ",", plain);
    let none = Choice::default();
    for (text, choice, line, part) in [
        (String::new(), &none, None, "empty"),
        ("t_s,v_V,i_A\n".into(), &none, Some(1), "no row"),
        (
            "just some words\nand more\n".into(),
            &none,
            Some(1),
            "no row",
        ),
        ("a\0b".into(), &none, None, "binary"),
        // Decimal commas between commas.
        (
            written("t_s,v_V,i_A", ",", with_commas),
            &none,
            Some(2),
            "decimal commas",
        ),
        // Headings with another delimiter than the rows.
        (
            good.replacen("t_s,v_V,i_A", "t_s;v_V;i_A", 1),
            &none,
            Some(1),
            "one delimiter",
        ),
        (written("t,v,i", ",", plain), &none, Some(1), "has no unit"),
        (
            written("t_s,v_V,j_mA/cm²", ",", plain),
            &none,
            Some(1),
            "--current",
        ),
        (
            written("t_s,v_V,i (mA/cm²)", ",", plain),
            &none,
            Some(1),
            "per area",
        ),
        (
            written("a,b,c", ",", plain),
            &none,
            Some(1),
            "no column is known as voltage",
        ),
        (written("", ",", plain), &none, Some(2), "#1 to #3"),
        (
            format!("{good}0.05,1.0,0.002\n"),
            &none,
            Some(14),
            "backwards",
        ),
        (
            written("t_s,v_V,i_A", ",", |t, v, _| {
                [format!("{t}"), format!("{v}"), "NaN".into()]
            }),
            &none,
            Some(2),
            "12 of 12",
        ),
        (
            good.lines().take(6).map(|l| format!("{l}\n")).collect(),
            &none,
            Some(6),
            "5 usable rows",
        ),
    ] {
        let refused = refusal(&text, choice);
        assert_eq!(refused.line, line, "{refused}");
        assert_eq!(refused.file, PathBuf::from("cell.csv"));
        assert!(refused.to_string().contains(part), "{refused}");
        assert!(refused.remedy.len() > 20, "{refused}");
    }
    let missing = Table::read(Path::new("no/such/file.csv")).unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("no/such/file.csv: cannot be read")
    );
}

#[test]
fn small_damage_is_mended_and_said() {
    let good = written("t_s,v_V,i_A", ",", plain);
    // One row without a number, and the file cut short within its last row.
    let damaged = format!(
        "{}0.13,NaN,0.002\n",
        good.replacen("0.100000,", "0.05,,0.002\n0.100000,", 1)
    );
    let s = series(&(damaged + "1.2,2."));
    assert_eq!(s.t_s.len(), 12);
    assert!(
        s.notes.iter().any(|n| n.contains("line 16 breaks off")),
        "{:?}",
        s.notes
    );
    assert!(
        s.notes
            .iter()
            .any(|n| n.contains("2 rows") && n.contains("line 3")),
        "{:?}",
        s.notes
    );
    // Times already seen.
    let s = series(&good.replacen("0.100000,", "0.0,0.0,0.002\n0.100000,", 1));
    assert_eq!(s.t_s.len(), 12);
    // An imaginary part with the sign of a Nyquist plot under a plain heading.
    let mut text = String::from("Frequency (Hz),Re(Z) (Ohm),Im(Z) (Ohm)\n");
    for k in 0..8 {
        text.push_str(&format!(
            "{},0.5,{}\n",
            10f64.powi(4 - k),
            10f64.powi(k - 4)
        ));
    }
    let s = Spectrum::from_table(&table(&text).unwrap(), &Choice::default()).unwrap();
    assert!(s.z.iter().all(|z| z.im < 0.0));
    assert!(s.notes.iter().any(|n| n.contains("sign")), "{:?}", s.notes);
    let zero = text.replace("1000,", "0,");
    let refused = Spectrum::from_table(&table(&zero).unwrap(), &Choice::default()).unwrap_err();
    assert_eq!(refused.line, Some(3), "{refused}");
}

/// The measured files that others have made public; `NCM_DATA` names the folder.
#[test]
fn public_measurements_are_read() {
    let Some(folder) = std::env::var_os("NCM_DATA").map(PathBuf::from) else {
        eprintln!("passed over: NCM_DATA names no folder of measurements");
        return;
    };
    let cv = Table::read(&folder.join("yp50f_edlc_cell/cv_5mVps_before_aging_cycle9.csv")).unwrap();
    let cv = Series::from_table(&cv, &Choice::default()).unwrap();
    assert_eq!(cv.t_s.len(), 678);
    assert!((cv.window().1 - 2.7).abs() < 0.01);

    let eis = Table::read(&folder.join("yp50f_edlc_cell/test_eis_0p5V_before_aging.txt")).unwrap();
    let eis = Spectrum::from_table(&eis, &Choice::default()).unwrap();
    assert_eq!(eis.f_hz.len(), 44);
    assert!((eis.bias.unwrap() - 0.5).abs() < 0.01);
    // Its README: about 0.117 F at 10 mHz.
    let c = -1.0 / (std::f64::consts::TAU * eis.f_hz[43] * eis.z[43].im);
    assert!((c - 0.117).abs() < 0.006, "{c}");

    let mut ohms = Choice::default();
    ohms.set_units("re=ohm").unwrap();
    let coin = Table::read(
        &folder.join("eis_maxwell_electrodes/maxwell_electrodes_TEABF4_ocv_coin_cell.csv"),
    )
    .unwrap();
    assert!(Spectrum::from_table(&coin, &Choice::default()).is_err());
    let coin = Spectrum::from_table(&coin, &ohms).unwrap();
    assert!(coin.z.last().unwrap().im < -6.0);

    let mxene = Table::read(&folder.join("mxene_eis/MXene_EIS.csv")).unwrap();
    let mxene = Spectrum::from_table(&mxene, &Choice::default()).unwrap();
    assert!((mxene.z.last().unwrap().im + 273.44).abs() < 0.01);

    let discharge = Table::read(&folder.join("commercial/maxwell_25F_A4_dut1_3.0A.csv")).unwrap();
    let choice = Choice {
        current: Some(-3.0),
        ..Choice::default()
    };
    let discharge = Series::from_table(&discharge, &choice).unwrap();
    assert_eq!(discharge.t_s.len(), 385);
}

/// A good file with bytes changed, taken out and put in.
fn damaged(mut bytes: Vec<u8>, edits: &[(u16, u8, u8)]) -> Vec<u8> {
    for (place, kind, byte) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(*place) % bytes.len();
        match kind % 4 {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            2 => drop(bytes.remove(at)),
            _ => bytes.truncate(at + 1),
        }
    }
    bytes
}

proptest! {
    /// Whatever is left of a good file is read to finite numbers or refused, up to what fits take.
    #[test]
    fn damage_never_panics_nor_lets_nan_through(edits in proptest::collection::vec((any::<u16>(), any::<u8>(), any::<u8>()), 1..12)) {
        let good = written("t_s,v_V,i_A", ",", plain);
        if let Ok(table) = Table::parse(Path::new("x"), &damaged(good.into_bytes(), &edits)) {
            if let Ok(s) = Series::from_table(&table, &Choice::default()) {
                prop_assert!(s.t_s.iter().chain(&s.v).chain(&s.i).all(|x| x.is_finite()));
                prop_assert!(s.t_s.windows(2).all(|t| t[1] > t[0]));
                for kind in [Kind::Cv, Kind::Gcd, Kind::Rest] {
                    if let Ok(r) = Record::series(kind, &s, (f64::NEG_INFINITY, f64::INFINITY)) {
                        prop_assert!(r.scale.is_finite() && r.scale > 0.0);
                    }
                }
            }
        }
        let mut good = String::from("f_Hz,re_ohm,im_ohm\n");
        for k in 0..10 {
            good.push_str(&format!("{},0.5,{}\n", 10f64.powi(4 - k), -10f64.powi(k - 4)));
        }
        if let Ok(table) = Table::parse(Path::new("x"), &damaged(good.into_bytes(), &edits)) {
            if let Ok(s) = Spectrum::from_table(&table, &Choice::default()) {
                prop_assert!(s.f_hz.iter().all(|f| f.is_finite() && *f > 0.0));
                prop_assert!(s.z.iter().all(|z| z.is_finite()));
                let _ = Record::spectrum(&s, (0.0, f64::INFINITY));
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Table::parse(Path::new("x"), &bytes);
    }

    #[test]
    fn no_text_like_data_makes_it_panic(text in "(EXPLAIN\n|EC-Lab ASCII FILE\nNb header lines : 3\n)?([#a-zV/;,\t .0-9eE\\-]{0,30}\n){0,20}") {
        if let Ok(table) = Table::parse(Path::new("x"), text.as_bytes()) {
            let mut choice = Choice::default();
            choice.set_columns("t=#1,v=#2,i=#2,f=#1,re=#2,im=#2").unwrap();
            choice.set_units("si").unwrap();
            let _ = Series::from_table(&table, &choice);
            let _ = Spectrum::from_table(&table, &choice);
        }
    }
}
