//! Configurations: every key, and a located message for every mistake.
#![cfg(feature = "workshop")]

use ncm::mpnp::config::{Config, Experiment};
use ncm::mpnp::geometry::{Arrangement, SternModel};

#[test]
fn an_empty_configuration_is_the_papers_case() {
    let config = Config::parse("", "empty").expect("defaults");
    assert_eq!(config, Config::default());
    assert_eq!(config.geometry.slits(), 5);
    let e = config.electrolyte;
    assert!((e.debye_length() * 1e9 - 0.304).abs() < 0.001);
    assert!((e.bulk_volume_fraction() - 2.0 * 0.36f64.powi(3) * 0.602_214_076).abs() < 1e-12);
}

#[test]
fn every_key_is_read() {
    let text = r#"
name = "all"
[geometry]
sheets = 3
slit_nm = 2.5
sheet_length_nm = 30
sheet_thickness_nm = 0.4
gap_nm = 1.5
arrangement = "aligned"
reservoir_nm = 20
stern_nm = 0.3
stern_permittivity = 10
stern_model = "boundary"
[electrolyte]
concentration_mol_l = 0.5
permittivity = 60
temperature_K = 310
ion_size_nm = 0.5
cation_valence = 2
cation_size_nm = 0.6
cation_diffusivity_m2_s = 1e-9
anion_valence = -1
anion_diffusivity_m2_s = 2e-9
[drive]
kind = "table"
points = [[0, 0], [1e-6, 0.1], [1e-6, -0.1], [3e-6, -0.1]]
[grid]
wall_cell_nm = 0.04
growth = 1.2
largest_cell_nm = 2
stern_cells = 4
sheet_cells = 6
refinement = 2
[time]
tolerance = 1e-5
largest_step_s = 1e-7
checkpoint_steps = 10
[output]
fields_at_s = [1e-6, 2e-6]
"#;
    let c = Config::parse(text, "all.toml").expect("a usable configuration");
    assert_eq!(c.name, "all");
    assert_eq!(c.geometry.sheets, 3);
    assert_eq!(c.geometry.arrangement, Arrangement::Aligned);
    assert_eq!(c.geometry.stern.model, SternModel::Boundary);
    assert!((c.geometry.slit_width - 2.5e-9).abs() < 1e-20);
    assert!((c.geometry.stern.thickness - 0.3e-9).abs() < 1e-20);
    assert_eq!(c.electrolyte.ions[0].valence, 2);
    assert_eq!(c.electrolyte.stoichiometry(), [1.0, 2.0]);
    assert!((c.electrolyte.ions[0].size - 0.6e-9).abs() < 1e-20);
    assert!((c.electrolyte.ions[1].size - 0.5e-9).abs() < 1e-20);
    assert_eq!(c.grid.refinement, 2);
    assert_eq!(c.fields_at, vec![1e-6, 2e-6]);
    let Experiment::Transient(drive) = c.experiment else {
        panic!("a drive")
    };
    assert_eq!(drive.segments().len(), 2);
    assert_eq!(drive.end(), 3e-6);
}

#[test]
fn every_drive_is_read() {
    let read = |drive: &str| {
        let text = format!("[drive]\n{drive}");
        Config::parse(&text, "drive").expect("usable").experiment
    };
    let Experiment::Transient(cv) =
        read("kind = \"cv\"\nlow_V = -0.2\nhigh_V = 0.2\nrate_V_s = 2e3\ncycles = 2")
    else {
        panic!("a drive")
    };
    let expected = [0.0, 0.2, -0.2, 0.2, -0.2, 0.0];
    assert_eq!(
        cv.points().iter().map(|p| p.1).collect::<Vec<_>>(),
        expected
    );
    assert!((cv.end() - 2.0 * 4e-4).abs() < 1e-12);
    let Experiment::Transient(step) = read("kind = \"step\"\npotential_V = 0.1\nduration_s = 1e-6")
    else {
        panic!("a drive")
    };
    assert_eq!(step.segments()[0].v_start, 0.1);
    let Experiment::Transient(hold) =
        read("kind = \"hold\"\npotential_V = -0.1\nrate_V_s = 1e5\nduration_s = 1e-6")
    else {
        panic!("a drive")
    };
    assert_eq!(hold.end(), 2e-6);
    let Experiment::Impedance { frequencies, .. } =
        read("kind = \"eis\"\nlow_Hz = 1e4\nhigh_Hz = 1e6\npoints_per_decade = 4")
    else {
        panic!("an impedance")
    };
    assert_eq!(frequencies.len(), 9);
}

/// The single problem of a text: line, parameter and all words of its message.
fn problem(text: &str) -> (Option<usize>, String, String) {
    let problems = Config::parse(text, "case.toml").expect_err("a mistake");
    assert_eq!(problems.len(), 1, "{problems:?}");
    let p = &problems[0];
    assert!(!p.remedy.is_empty());
    (p.line, p.parameter.clone(), p.to_string())
}

#[test]
fn mistakes_name_their_line() {
    let cases = [
        (
            "[geometry]\nsheets = 0\n",
            2,
            "geometry.sheets",
            "1 to 1000",
        ),
        (
            "[geometry]\nsheets = 2.5\n",
            2,
            "geometry.sheets",
            "whole number",
        ),
        (
            "[geometry]\n\nslit_nm = 0.6\n",
            3,
            "geometry.slit_nm",
            "Stern layers on both walls",
        ),
        (
            "[geometry]\ngap_nm = 0.3\n",
            2,
            "geometry.gap_nm",
            "0.3800 to 1000 nm",
        ),
        (
            "[geometry]\nreservoir_nm = 0.35\n",
            2,
            "geometry.reservoir_nm",
            "Stern layer",
        ),
        (
            "[geometry]\narrangement = \"brick\"\n",
            2,
            "geometry.arrangement",
            "\"aligned\"",
        ),
        (
            "[electrolyte]\nion_size_nm = 1.2\n",
            1,
            "electrolyte.concentration_mol_l",
            "nu must stay below 1",
        ),
        (
            "[electrolyte]\nion_size_nm = -1\n",
            2,
            "electrolyte.ion_size_nm",
            "0e0 to 3e0 nm",
        ),
        (
            "[electrolyte]\nanion_valence = 1\n",
            2,
            "electrolyte.anion_valence",
            "-4 to -1",
        ),
        (
            "[electrolyte]\nconcentration_mol_l = \"1\"\n",
            2,
            "electrolyte.concentration_mol_l",
            "finite number",
        ),
        (
            "[drive]\nkind = \"cv\"\nrate_V_s = 0\n",
            3,
            "drive.rate_V_s",
            "above 0",
        ),
        (
            "[drive]\nkind = \"step\"\ncycles = 2\n",
            3,
            "drive.cycles",
            "no meaning",
        ),
        (
            "[drive]\nkind = \"table\"\npoints = [[0, 0], [1]]\n",
            3,
            "drive.points",
            "pairs",
        ),
        ("[grid]\ngrowht = 1.2\n", 2, "grid.growht", "growth"),
        ("[time]\ntolerance = 1\n", 2, "time.tolerance", "1e-10"),
        (
            "[output]\nfields_at_s = [1]\n",
            2,
            "output.fields_at_s",
            "times within the run",
        ),
        ("[geometri]\n", 1, "geometri", "[geometry]"),
        ("[geometry\n", 1, "TOML syntax", "docs/mpnp.md"),
    ];
    for (text, line, parameter, words) in cases {
        let problems = match Config::parse(text, "case.toml") {
            Err(problems) => problems,
            Ok(_) => panic!("accepted: {text}"),
        };
        let p = &problems[0];
        let shown = p.to_string();
        assert_eq!(p.parameter, parameter, "{shown}");
        assert_eq!(p.line, Some(line), "{shown}");
        assert!(shown.contains(words), "{shown}");
        assert!(shown.starts_with(&format!("case.toml:{line}:")), "{shown}");
        assert!(!p.remedy.is_empty(), "{shown}");
    }
}

#[test]
fn independent_mistakes_come_together() {
    let text = "[geometry]\nsheets = -1\n[grid]\ngrowth = 9\n[time]\nx = 1\n";
    let problems = Config::parse(text, "many").expect_err("mistakes");
    let lines: Vec<_> = problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(6)]);
}

#[test]
fn unreadable_files_are_named() {
    let error = Config::read(std::path::Path::new("/no/such/file.toml")).expect_err("no file");
    assert!(error.to_string().starts_with("/no/such/file.toml:"));
    let (line, parameter, _) = problem("name = 3\n");
    assert_eq!((line, parameter.as_str()), (Some(1), "name"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\[(geometry|drive|grid|electrolyte)\\]\n)?([a-z_]{1,12} = [-0-9.e\\[\\]\"a-z]{0,10}\n){0,4}") {
        let _ = Config::parse(&text, "random");
    }
}

#[test]
fn the_presets_are_usable() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models/mpnp");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the presets") {
        let path = entry.expect("a file").path();
        let config = Config::read(&path).unwrap_or_else(|e| panic!("{e}"));
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a name");
        let slit = config.geometry.slit_width * 1e9;
        assert_eq!(name, format!("{}-sheets-{slit}-nm", config.geometry.sheets));
        seen += 1;
    }
    assert_eq!(seen, 10);
}
