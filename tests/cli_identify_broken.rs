//! Broken and odd files through the real `ncm identify`: each is read to the same part as the good one, saying
//! what was mended, or refused with file, line and remedy, and then no card is written.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;
use serde_json::Value;

enum Fate {
    /// Read like the good file; a note holds this (empty: nothing to say).
    Read(&'static str),
    /// Refused at this line with these words.
    Refused(Option<u64>, &'static [&'static str]),
}

use Fate::{Read, Refused};

/// A charge of 1 F behind 10 ohm at 2 mA in 24 rows.
fn rows() -> Vec<[f64; 3]> {
    (0..24)
        .map(|k| {
            let t = 50.0 * f64::from(k);
            [t, 0.02 + 0.002 * t, 0.002]
        })
        .collect()
}

fn text(heading: &str, delimiter: &str, cell: impl Fn(f64) -> String) -> String {
    let mut out = format!("{heading}\n");
    for row in rows() {
        out.push_str(&row.map(&cell).join(delimiter));
        out.push('\n');
    }
    out
}

fn point(x: f64) -> String {
    format!("{x:.4}")
}

fn comma(x: f64) -> String {
    point(x).replace('.', ",")
}

fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let text = if mark {
        format!("\u{feff}{text}")
    } else {
        text.into()
    };
    text.encode_utf16()
        .flat_map(|w| {
            if big {
                w.to_be_bytes()
            } else {
                w.to_le_bytes()
            }
        })
        .collect()
}

/// Runs the fit on a file of these bytes and holds what comes against the fate.
fn check(name: &str, verb: &str, bytes: &[u8], options: &str, fate: &Fate) {
    let desk = Desk::new();
    std::fs::write(desk.path("cell.csv"), bytes).unwrap();
    let said = desk.ncm(&format!(
        "identify {verb} cell.csv -o card.toml --slits 10 --json {options}"
    ));
    let answer: Value = serde_json::from_str(&said.stdout)
        .unwrap_or_else(|e| panic!("{name}: {e}: {}{}", said.stdout, said.stderr));
    match fate {
        Read(note) => {
            assert_eq!(said.code, 0, "{name}: {}", said.stderr);
            let notes = answer["files"][0]["notes"].to_string();
            assert!(notes.contains(note), "{name}: {notes}");
            if note.is_empty() {
                assert_eq!(notes, "[]", "{name}");
            }
            if verb == "gcd" {
                let fit = answer["fits"]
                    .as_array()
                    .and_then(|f| f.iter().find(|f| f["model"] == "c-esr"))
                    .unwrap_or_else(|| panic!("{name}"));
                let c = fit["parameters"][0]["value"].as_f64().unwrap();
                assert!((c - 1.0).abs() < 0.01, "{name}: C = {c} F");
            }
        }
        Refused(line, words) => {
            assert_eq!(said.code, 2, "{name}: {}", said.stdout);
            let detail = &answer["error"]["details"][0];
            assert_eq!(detail["line"].as_u64(), *line, "{name}: {answer}");
            let message = answer["error"]["message"].as_str().unwrap_or("");
            let place = line.map_or("cell.csv: ".into(), |n| format!("cell.csv:{n}: "));
            for part in words.iter().copied().chain([place.as_str(), "remedy: "]) {
                assert!(
                    message.contains(part),
                    "{name}: \"{part}\" not in {message}"
                );
            }
            assert!(!desk.path("card.toml").exists(), "{name}");
        }
    }
}

#[test]
fn every_broken_series_is_mended_or_refused() {
    let heading = "t_s,v_V,i_A";
    let good = text(heading, ",", point);
    let lines: Vec<&str> = good.lines().collect();
    let with = |line: usize, new: &str| {
        let mut lines = lines.clone();
        lines[line - 1] = new;
        lines.join("\n") + "\n"
    };
    let crowd = |count: usize| {
        let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        for line in &mut lines[3..3 + count] {
            *line = "nan,nan,nan".into();
        }
        lines.join("\n")
    };
    let cases: Vec<(&str, Vec<u8>, &str, Fate)> = vec![
        ("good", good.clone().into(), "", Read("")),
        // Delimiters.
        (
            "semicolons",
            text("t_s;v_V;i_A", ";", point).into(),
            "",
            Read(""),
        ),
        (
            "tabs",
            text("t_s\tv_V\ti_A", "\t", point).into(),
            "",
            Read(""),
        ),
        (
            "spaces",
            text("t_s v_V i_A", "  ", point).into(),
            "",
            Read(""),
        ),
        (
            "bars",
            text("t_s|v_V|i_A", "|", point).into(),
            "",
            Refused(
                Some(1),
                &[
                    "no row of at least two numbers",
                    "comma, semicolon, tab or spaces",
                ],
            ),
        ),
        (
            "headings with another delimiter",
            good.replacen(heading, "t_s;v_V;i_A", 1).into(),
            "",
            Refused(Some(1), &["one delimiter"]),
        ),
        (
            "a row with another delimiter",
            with(9, "350.0000;0.72;0.002").into(),
            "",
            Refused(Some(9), &["1 cells between commas"]),
        ),
        (
            "one cell too many",
            with(9, "350.0000,0.72,0.002,7").into(),
            "",
            Refused(Some(9), &["4 cells"]),
        ),
        // Decimal commas and thousands.
        (
            "decimal commas",
            text("t_s;v_V;i_A", ";", comma).into(),
            "",
            Read(""),
        ),
        (
            "decimal commas between commas",
            text(heading, ",", comma).into(),
            "",
            Refused(Some(2), &["decimal commas", "export with points"]),
        ),
        (
            "quoted decimal commas between commas",
            text(heading, ",", |x| format!("\"{}\"", comma(x))).into(),
            "",
            Read(""),
        ),
        (
            "thousands 1,234.5",
            text("t_s;v_V;i_A", ";", |x| {
                if x >= 1000.0 {
                    format!("1,{:08.4}", x - 1000.0)
                } else {
                    point(x)
                }
            })
            .into(),
            "",
            Refused(
                Some(22),
                &["between its thousands", "without thousands separators"],
            ),
        ),
        (
            "thousands 1.234,5",
            text("t_s;v_V;i_A", ";", |x| {
                if x >= 1000.0 {
                    format!("1.{}", format!("{:08.4}", x - 1000.0).replace('.', ","))
                } else {
                    comma(x)
                }
            })
            .into(),
            "",
            Refused(Some(22), &["between its thousands"]),
        ),
        (
            "thousands 1'234.5",
            text("t_s;v_V;i_A", ";", |x| {
                if x >= 1000.0 {
                    format!("1'{:08.4}", x - 1000.0)
                } else {
                    point(x)
                }
            })
            .into(),
            "",
            Refused(Some(22), &["between its thousands"]),
        ),
        (
            "thousands or decimals?",
            text("t_s;v_V;i_A", ";", |x| {
                if x >= 1000.0 {
                    format!("1,{:03}", x - 1000.0)
                } else {
                    format!("{x}")
                }
            })
            .into(),
            "",
            Refused(Some(22), &["between thousands, or a decimal sign"]),
        ),
        // Units.
        (
            "no units",
            text("t,v,i", ",", point).into(),
            "",
            Refused(Some(1), &["has no unit", "--units"]),
        ),
        (
            "no units, told",
            text("t,v,i", ",", point).into(),
            "--units si",
            Read(""),
        ),
        (
            "an unknown unit",
            text("t_s,v_V,i (mA/g)", ",", point).into(),
            "",
            Refused(Some(1), &["per area or mass"]),
        ),
        (
            "no headings",
            good.split_once('\n').unwrap().1.into(),
            "",
            Refused(Some(1), &["no headings", "--columns"]),
        ),
        (
            "no headings, told",
            good.split_once('\n').unwrap().1.into(),
            "--columns t=#1,v=#2,i=#3 --units si",
            Read(""),
        ),
        // Signs.
        (
            "swapped sign",
            text(heading, ",", point)
                .replace(",0.0020", ",-0.0020")
                .into(),
            "",
            Read("sign was turned"),
        ),
        (
            "swapped sign of --current",
            good.clone().into(),
            "--current=-0.002",
            Refused(
                Some(2),
                &["other way than the current", "negative for a discharge"],
            ),
        ),
        (
            "typographic minus",
            text(heading, ",", point)
                .replace(",0.0020", ",\u{2212}0.0020")
                .into(),
            "",
            Read("sign was turned"),
        ),
        // Rows.
        (
            "two rows of NaN",
            crowd(2).into(),
            "",
            Read("2 rows without numbers left out (the first is line 4)"),
        ),
        (
            "many rows of NaN",
            crowd(6).into(),
            "",
            Refused(Some(4), &["6 of 24 rows hold no number"]),
        ),
        (
            "words in a row",
            with(9, "--,overload,--").into(),
            "",
            Read("1 row without numbers left out (the first is line 9)"),
        ),
        (
            "cut short in the last row",
            (good.clone() + "1200.0000,2.4").into(),
            "",
            Read("line 26 breaks off"),
        ),
        (
            "cut short early",
            lines[..6].join("\n").into(),
            "",
            Refused(Some(6), &["5 usable rows", "cut short"]),
        ),
        ("empty", vec![], "", Refused(None, &["empty"])),
        (
            "a byte order mark alone",
            vec![0xef, 0xbb, 0xbf],
            "",
            Refused(None, &["empty"]),
        ),
        (
            "headings alone",
            format!("{heading}\n").into(),
            "",
            Refused(Some(1), &["no row"]),
        ),
        (
            "binary",
            vec![0, 159, 146, 150, 0, 1, 2],
            "",
            Refused(None, &["binary", ".mpt"]),
        ),
        // Encodings and ends of lines.
        (
            "UTF-8 with mark",
            format!("\u{feff}{good}").into(),
            "",
            Read(""),
        ),
        (
            "UTF-16, little end first",
            utf16(&good, true, false),
            "",
            Read(""),
        ),
        (
            "UTF-16, big end first",
            utf16(&good, true, true),
            "",
            Read(""),
        ),
        (
            "UTF-16 without mark",
            utf16(&good, false, false),
            "",
            Read(""),
        ),
        (
            "UTF-16 cut within a character",
            {
                let mut b = utf16(&good, true, false);
                b.pop();
                b
            },
            "",
            Read(""),
        ),
        ("CR LF", good.replace('\n', "\r\n").into(), "", Read("")),
        ("CR", good.replace('\n', "\r").into(), "", Read("")),
        (
            "empty lines",
            good.replace('\n', "\n\n").into(),
            "",
            Read(""),
        ),
        // Columns.
        (
            "two columns of one name that differ",
            text("t_s,v_V,i_A,v_V", ",", point)
                .replace(",0.0020", ",0.0020,7")
                .into(),
            "",
            Refused(
                Some(1),
                &[
                    "columns #2 and #4 are both called \"v_V\"",
                    "--columns v=#2",
                ],
            ),
        ),
        (
            "two columns of one name, told",
            text("t_s,v_V,i_A,v_V", ",", point)
                .replace(",0.0020", ",0.0020,7")
                .into(),
            "--columns v=#2",
            Read(""),
        ),
        (
            "no such column",
            good.clone().into(),
            "--columns v=Ewe",
            Refused(Some(1), &["no column \"Ewe\"", "\"v_V\""]),
        ),
        // Time.
        (
            "time runs backwards",
            with(9, "10.0000,0.72,0.002").into(),
            "",
            Refused(Some(9), &["backwards", "from 300 to 10 s"]),
        ),
        (
            "time twice",
            with(9, lines[7]).into(),
            "",
            Read("1 rows at a time already seen"),
        ),
        (
            "time stands still",
            text(heading, ",", point)
                .lines()
                .map(|l| {
                    if l.starts_with('t') {
                        l.to_string()
                    } else {
                        format!("5,{}", l.split_once(',').unwrap().1)
                    }
                })
                .collect::<Vec<_>>()
                .join("\n")
                .into(),
            "",
            Refused(Some(25), &["time does not go on"]),
        ),
    ];
    for (name, bytes, options, fate) in &cases {
        check(name, "gcd", bytes, options, fate);
    }
}

#[test]
fn every_broken_spectrum_is_mended_or_refused() {
    let spectrum = |heading: &str, sign: f64, scale: f64| {
        let mut out = format!("{heading}\n");
        for k in 0..12 {
            let f = 10f64.powi(4 - k / 2) * if k % 2 == 0 { 1.0 } else { 0.3 };
            let x = sign / (std::f64::consts::TAU * f);
            out.push_str(&format!("{f},{},{}\n", 0.5 * scale, x * scale));
        }
        out
    };
    let good = spectrum("f_Hz,Re(Z)/Ohm,-Im(Z)/Ohm", 1.0, 1.0);
    for (name, text, fate) in [
        (
            "Nyquist's sign",
            good.clone(),
            Read("does not say at which voltage"),
        ),
        (
            "plain sign",
            spectrum("f_Hz,Re(Z)/Ohm,Im(Z)/Ohm", -1.0, 1.0),
            Read("voltage"),
        ),
        (
            "wrong sign",
            spectrum("f_Hz,Re(Z)/Ohm,Im(Z)/Ohm", 1.0, 1.0),
            Read("sign was turned"),
        ),
        (
            "milliohm",
            spectrum("f_Hz,Re(Z)/mOhm,-Im(Z)/mOhm", 1.0, 1e3),
            Read("voltage"),
        ),
        (
            "no unit",
            spectrum("f_Hz,Re(Z),-Im(Z)", 1.0, 1.0),
            Refused(Some(1), &["has no unit", "--units"]),
        ),
        (
            "no frequency",
            spectrum("a,Re(Z)/Ohm,-Im(Z)/Ohm", 1.0, 1.0),
            Refused(Some(1), &["no column is known as frequency"]),
        ),
        (
            "frequency 0",
            good.replacen("10000,", "0,", 1),
            Refused(Some(2), &["frequency of 0 Hz"]),
        ),
        (
            "four rows",
            good.lines().take(5).collect::<Vec<_>>().join("\n"),
            Refused(Some(5), &["4 usable rows"]),
        ),
    ] {
        check(name, "eis", text.as_bytes(), "", &fate);
    }
}

#[test]
fn instruments_headers_that_lie_are_refused() {
    for (name, text, fate) in [
        (
            "BioLogic without count",
            "EC-Lab ASCII FILE\nno count\n1\t2\n".to_string(),
            Refused(Some(2), &["Nb header lines"][..]),
        ),
        (
            "BioLogic cut in its header",
            "EC-Lab ASCII FILE\nNb header lines : 60\nx\n".into(),
            Refused(Some(3), &["header of 60 lines"]),
        ),
        (
            "BioLogic without rows",
            "EC-Lab ASCII FILE\nNb header lines : 3\ntime/s\tEwe/V\tI/mA\n".into(),
            Refused(Some(3), &["no complete row"]),
        ),
        (
            "Gamry without table",
            "EXPLAIN\nTAG\tCV\n".into(),
            Refused(Some(2), &["no table CURVE"]),
        ),
    ] {
        check(name, "gcd", text.as_bytes(), "", &fate);
    }
}
