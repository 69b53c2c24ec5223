//! The reader of raw files against files written by a writer of our own after the format's
//! description, and against arbitrary bytes. (Files of real ngspice: tests/ngspice_runs.rs.)
#![cfg(feature = "cli")]

use ncm::simulator::{RawFile, RawFileError};
use num_complex::Complex64;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// What a plot holds, before it is written.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    complex: bool,
    variables: Vec<(String, &'static str)>,
    /// Row after row; the imaginary part is written only if `complex`.
    rows: Vec<Vec<(f64, f64)>>,
}

fn write(plot: &Source, binary: bool, out: &mut Vec<u8>) {
    let mut header = format!(
        "Title: a: title with: colons\nDate: today\nPlotname: {}\nFlags: {}\nNo. Variables: {}\nNo. Points: {}     \nVariables:\n",
        plot.name,
        if plot.complex { "complex" } else { "real" },
        plot.variables.len(),
        plot.rows.len(),
    );
    for (index, (name, quantity)) in plot.variables.iter().enumerate() {
        header.push_str(&format!("\t{index}\t{name}\t{quantity}\n"));
    }
    out.extend(header.as_bytes());
    if binary {
        out.extend(b"Binary:\n");
        for (re, im) in plot.rows.iter().flatten() {
            out.extend(re.to_le_bytes());
            if plot.complex {
                out.extend(im.to_le_bytes());
            }
        }
    } else {
        out.extend(b"Values:\n");
        for (number, row) in plot.rows.iter().enumerate() {
            out.extend(format!(" {number}").as_bytes());
            for (re, im) in row {
                // As ngspice does, but with digits enough to come back the same.
                let text = if plot.complex {
                    format!("\t{re:.17e},{im:.17e}\n")
                } else {
                    format!("\t{re:.17e}\n")
                };
                out.extend(text.as_bytes());
            }
            out.push(b'\n');
        }
    }
}

fn source() -> impl Strategy<Value = Source> {
    let number = prop_oneof![
        any::<f64>().prop_filter("finite", |x| x.is_finite()),
        Just(0.0),
        // Bytes that look like line ends and headers must not confuse the reader of binary data.
        Just(f64::from_le_bytes(*b"\nTitle:\n")),
        Just(f64::from_le_bytes(*b"\n\n\n\n\n\n\n\n")),
    ];
    let quantity = prop_oneof![
        Just("voltage"),
        Just("current"),
        Just("time"),
        Just("notype")
    ];
    ("[A-Za-z ]{0,12}x", any::<bool>(), 1usize..6, 0usize..8).prop_flat_map(
        move |(name, complex, variables, points)| {
            let row = prop::collection::vec((number.clone(), number.clone()), variables);
            (
                prop::collection::vec(("[a-z0-9_.#@()\\[\\]]{1,10}", quantity.clone()), variables),
                prop::collection::vec(row, points),
            )
                .prop_map(move |(names, rows)| Source {
                    name: name.trim().to_owned(),
                    complex,
                    // Distinct names, for columns are asked for by name.
                    variables: names
                        .into_iter()
                        .enumerate()
                        .map(|(index, (name, quantity))| (format!("{name}{index}"), quantity))
                        .collect(),
                    rows,
                })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Beside this file: a test folder has no lib.rs by which to find another place.
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_written_comes_back(plots in prop::collection::vec((source(), any::<bool>()), 1..4)) {
        let mut bytes = Vec::new();
        for (plot, binary) in &plots {
            write(plot, *binary, &mut bytes);
        }
        let raw = RawFile::parse(&bytes).unwrap();
        prop_assert_eq!(raw.plots.len(), plots.len());
        for (read, (plot, _)) in raw.plots.iter().zip(&plots) {
            prop_assert_eq!(&read.name, &plot.name);
            prop_assert_eq!(&read.title, "a: title with: colons");
            prop_assert_eq!(read.points(), plot.rows.len());
            for (column, (name, quantity)) in plot.variables.iter().enumerate() {
                prop_assert_eq!(&read.variables[column].name, name);
                prop_assert_eq!(&read.variables[column].quantity, quantity);
                if plot.complex {
                    let expected: Vec<_> =
                        plot.rows.iter().map(|row| Complex64::new(row[column].0, row[column].1)).collect();
                    prop_assert_eq!(read.complex(name).unwrap(), expected);
                    prop_assert!(read.real(name).is_err());
                } else {
                    let expected: Vec<_> = plot.rows.iter().map(|row| row[column].0).collect();
                    prop_assert_eq!(read.real(name).unwrap(), expected);
                    prop_assert!(read.complex(name).is_err());
                }
            }
        }
    }

    #[test]
    fn a_cut_file_is_refused(plot in source(), binary in any::<bool>(), part in 0.0..1.0f64) {
        let mut bytes = Vec::new();
        write(&plot, binary, &mut bytes);
        let whole = RawFile::parse(&bytes).unwrap();
        let kept = (bytes.len() as f64 * part) as usize;
        // A text may lose its last blanks, or digits of its last number, and still be a whole file;
        // a plot without points may lose its last line end.
        if let Ok(cut) = RawFile::parse(&bytes[..kept]) {
            prop_assert!(!binary || plot.rows.is_empty());
            prop_assert_eq!(cut.plots[0].points(), whole.plots[0].points());
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_in_peace(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(RawFile::parse(&bytes).is_err());
    }

    #[test]
    fn a_damaged_byte_does_no_harm(
        plot in source(),
        binary in any::<bool>(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = Vec::new();
        write(&plot, binary, &mut bytes);
        *place.get_mut(&mut bytes) = byte;
        // Any answer will do, if it comes: no panic, no endless loop, no giant allocation.
        let _ = RawFile::parse(&bytes);
    }
}

fn problem(text: &str) -> String {
    match RawFile::parse(text.as_bytes()) {
        Err(error @ RawFileError::Malformed { .. }) => error.to_string(),
        other => panic!("expected a malformed file, got {other:?}"),
    }
}

const HEADER: &str = "Title: t\nPlotname: P\nFlags: real\nNo. Variables: 1\nNo. Points: 2\nVariables:\n\t0\ttime\ttime\n";

#[test]
fn the_message_names_place_and_problem() {
    assert!(problem("").contains("the file is empty"));
    assert!(problem("hello\n").contains("byte 0: a header line"));
    assert!(problem("Title: t\n").contains("ends within a header"));
    assert!(
        problem("Title: t\nNo. Points: many\n").contains("a count was expected, found \"many\"")
    );
    assert!(
        problem(&format!("{HEADER}Values:\n 0\t1.0\n 1\n\tx\n"))
            .contains("point 1, variable \"time\": a number was expected")
    );
    assert!(
        problem(&format!("{HEADER}Values:\n 0\t1.0\n 2\t1.0\n"))
            .contains("the number of point 1 was expected, found \"2\"")
    );
    assert!(
        problem(&format!("{HEADER}Binary:\n12345678"))
            .contains("promises 2 points of 1 variables, but only 8 bytes follow")
    );
    assert!(
        problem(
            &HEADER
                .replace("real", "imaginary")
                .replace("time\n", "time\nValues:\n")
        )
        .contains("must say real or else complex")
    );
    assert!(problem("Title: t\nVariables:\n").contains("must come before"));
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_anything_is_allocated() {
    for (variables, points) in [
        ("1", "18446744073709551615"),
        ("1", "4611686018427387904"),
        ("0", "18446744073709551615"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        for kind in ["Binary", "Values"] {
            let text = format!(
                "Title: t\nPlotname: P\nFlags: real\nNo. Variables: {variables}\nNo. Points: {points}\n\
                 Variables:\n\t0\ttime\ttime\n{kind}:\n 0 1.0 "
            );
            // At a count of 0 variables, the line of one is not a header line.
            assert!(RawFile::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

#[test]
fn shorter_variables_keep_their_own_length() {
    let header = |flags| {
        format!(
            "Title: t\nPlotname: P\nFlags: {flags}\nNo. Variables: 2\nNo. Points: 3\n\
             Variables:\n\t0\tlong\tvoltage\n\t1\tshort\tcurrent dims=1\nBinary:\n"
        )
        .into_bytes()
    };
    let doubles = |values: &[f64]| {
        values
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let padded = [header("real"), doubles(&[1.0, 9.0, 2.0, 0.0, 3.0, 0.0])].concat();
    let unpadded = [header("real unpadded"), doubles(&[1.0, 9.0, 2.0, 3.0])].concat();
    for bytes in [padded, unpadded] {
        let raw = RawFile::parse(&bytes).unwrap();
        assert_eq!(raw.plots[0].real("long").unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(raw.plots[0].real("SHORT").unwrap(), [9.0]);
        assert_eq!(raw.plots[0].variables[1].unit(), "A");
    }
}

#[test]
fn a_plot_may_be_without_variables() {
    // As a pole-zero analysis leaves it that found nothing; another plot follows.
    let empty = "Title: t\nPlotname: Pole-Zero Analysis\nFlags: real\nNo. Variables: 0\n\
                 No. Points: 1\nVariables:\n";
    for form in ["Binary:\n", "Values:\n 0\n"] {
        let text = format!("{empty}{form}{HEADER}Values:\n0 1 1 2");
        let raw = RawFile::parse(text.as_bytes()).unwrap();
        assert_eq!(raw.plots.len(), 2);
        assert_eq!(raw.plots[0].points(), 0);
        assert_eq!(raw.plots[1].points(), 2);
    }
    // Whatever such a header promises, reading ends.
    let huge = empty.replace("Points: 1", "Points: 18446744073709551615");
    for form in ["Binary:\n", "Values:\n 0\n"] {
        let _ = RawFile::parse(format!("{huge}{form}").as_bytes());
    }
}

#[test]
fn the_first_variable_may_stand_beside_the_heading() {
    let text = "Title: t\nPlotname: P\nFlags: real\nNo. Variables: 2\nNo. Points: 1\n\
                Variables:\t0\ttime\ttime\n\t1\tv(1)\tvoltage\nValues:\n0 1 2";
    let raw = RawFile::parse(text.as_bytes()).unwrap();
    assert_eq!(raw.plots[0].last("v(1)").unwrap(), 2.0);
}

#[test]
fn a_saved_quantity_keeps_its_name() {
    let header = HEADER.replace("\ttime\ttime", "\tv(@a1[charge])\tvoltage");
    let raw = RawFile::parse(format!("{header}Values:\n0 1 1 2").as_bytes()).unwrap();
    assert_eq!(raw.plots[0].last("@a1[charge]").unwrap(), 2.0);
    assert_eq!(raw.plots[0].last("v(@a1[charge])").unwrap(), 2.0);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let raw = RawFile::parse(format!("{HEADER}Values:\n0 1 1 2").as_bytes()).unwrap();
    let message = raw.plot("transient").unwrap_err().to_string();
    assert!(
        message.contains("\"transient\"") && message.contains("there are: P"),
        "{message}"
    );
    let message = raw.plots[0].real("v(1)").unwrap_err().to_string();
    assert!(
        message.contains("\"v(1)\"") && message.contains("there are: time"),
        "{message}"
    );
    let message = raw.plots[0].complex("time").unwrap_err().to_string();
    assert!(message.contains("is real, not complex"), "{message}");
    let message = RawFile::read("/no/such/file.raw").unwrap_err().to_string();
    assert!(
        message.starts_with("/no/such/file.raw: cannot be read"),
        "{message}"
    );
}
