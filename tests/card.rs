//! Parameter cards: what is written reads back, the shipped cards hold their sources' numbers, and
//! every mistake is named where it stands.
#![cfg(feature = "card")]

use std::path::{Path, PathBuf};

use ncm::card::{Card, CardError, Problem, Validity, fields};
use ncm::cell::CellParams;
use ncm::ladder::{ElectrodeParams, Section};
use ncm::law::LawKind;
use proptest::prelude::*;

const GOOD: &str = "format = 1
name = \"part\"

[electrode]
r_c = 5.0
gamma = 0.5
q_max = 1.6e-8
c_slit = 8e-8
slits = 5

[cell]
esr = 0.1
";

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

fn shipped(name: &str) -> Card {
    Card::read(&models().join(name), &[]).unwrap_or_else(|e| panic!("{e}"))
}

/// The only mistake in `text`.
fn mistake(text: &str) -> Problem {
    mistake_with(text, &[])
}

fn mistake_with(text: &str, overrides: &[&str]) -> Problem {
    let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
    match Card::parse_with(text, "part.toml", &overrides) {
        Err(CardError::Unusable(problems)) if problems.len() == 1 => problems[0].clone(),
        other => panic!("expected one mistake, got {other:?}\nin {text}"),
    }
}

// ---- What is written reads back ----

/// Positive doubles over the whole allowed range, uniform in the exponent.
fn positive(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.log10()..high.log10())
        .prop_map(|e| 10f64.powf(e))
        .prop_map(move |x| x.clamp(low, high))
}

fn sections() -> impl Strategy<Value = Option<Vec<Section>>> {
    let one = (
        1.0..1e6,
        positive(1e-18, 1e18),
        positive(1e-30, 1e12),
        positive(1e-30, 1e12),
    )
        .prop_map(|(slits, r_c, q_max, c_slit)| Section {
            slits,
            r_c,
            q_max,
            c_slit,
        });
    prop::option::of(prop::collection::vec(one, 1..6))
}

fn electrode() -> impl Strategy<Value = ElectrodeParams> {
    (
        prop::sample::select(LawKind::ALL.to_vec()),
        positive(1e-18, 1e18),
        -100.0..=1.0,
        positive(1e-30, 1e12),
        1e-12..=0.5,
        (
            positive(1e-30, 1e12),
            prop_oneof![Just((0.0, 1.0)), (-0.5..=10.0, positive(1e-6, 1e6))],
        ),
        (1u64..10_000_000).prop_flat_map(|n| (Just(n), 0..=n)),
        positive(1e-18, 1e18),
        positive(1e-30, 1e12),
        positive(1e-3, 1e3),
        sections(),
    )
        .prop_map(
            |(
                law,
                r_c,
                gamma,
                q_max,
                floor,
                (c_slit, rise),
                counts,
                r_open,
                c_open,
                entry,
                explicit,
            )| {
                ElectrodeParams {
                    expression: None,
                    law,
                    r_c,
                    gamma,
                    q_max,
                    r_min: floor * r_c,
                    c_slit,
                    c_rise: rise.0,
                    u_rise: rise.1,
                    slits: counts.0,
                    sections: if explicit.is_some() { 0 } else { counts.1 },
                    r_open,
                    c_open,
                    entry,
                    explicit,
                }
            },
        )
}

fn card() -> impl Strategy<Value = Card> {
    let cell = (
        electrode(),
        prop_oneof![
            Just(None),
            Just(Some(None)),
            electrode().prop_map(|e| Some(Some(e)))
        ],
        positive(1e-18, 1e18),
        prop_oneof![Just(f64::INFINITY), positive(1e-18, 1e18)],
        positive(1e-18, 1e18),
        1u32..1_000_000,
        1u32..1_000_000,
    )
        .prop_map(
            |(positive, other, esr, r_leak, area, series, parallel)| CellParams {
                negative: other.map(|own| own.unwrap_or_else(|| positive.clone())),
                esr,
                r_leak,
                area,
                series: series.into(),
                parallel: parallel.into(),
                ..CellParams::half(positive)
            },
        );
    (
        "[a-zA-Z][a-zA-Z0-9_.-]{0,20}",
        any::<String>(),
        cell,
        prop::option::of(-1e6..1e6),
        prop::option::of(-10.0..0.0),
        prop::option::of(positive(1e-6, 1e6)),
        any::<String>(),
        any::<String>(),
    )
        .prop_map(
            |(name, description, cell, ic, v_min, rate_max, source, of_gamma)| {
                let mut card = Card::new(name, cell);
                card.description = description;
                card.ic = ic;
                card.validity = Validity {
                    v_min,
                    rate_max,
                    ..Validity::default()
                };
                card.provenance.source = source;
                card.provenance
                    .parameters
                    .insert("gamma".into(), of_gamma.clone());
                card.provenance
                    .parameters
                    .insert("positive.r_c".into(), of_gamma);
                card
            },
        )
}

proptest! {
    /// Bit for bit: `PartialEq` on doubles, no tolerance.
    #[test]
    fn a_written_card_reads_back_unchanged(card in card()) {
        let text = card.to_toml();
        let read = Card::parse(&text, "written").map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(read, card);
    }

    /// Whatever the text: a card or a list of mistakes, no panic; and every place named exists.
    #[test]
    fn no_text_brings_the_reader_down(noise in ".{0,40}", at in 0usize..160) {
        let mut text = String::from(GOOD);
        text.insert_str(at.min(GOOD.len()), &noise);
        if let Err(CardError::Unusable(problems)) = Card::parse(&text, "noise") {
            prop_assert!(!problems.is_empty());
            for p in problems {
                prop_assert!(p.line.is_none_or(|l| l <= text.lines().count() + 1));
                prop_assert!(!p.remedy.is_empty(), "{}", p);
            }
        }
    }

    /// Overrides from a shell are input from outside too.
    #[test]
    fn no_override_brings_the_reader_down(text in ".{0,40}", value in any::<f64>()) {
        for text in [text.clone(), format!("gamma={text}"), format!("sections=[{text}]")] {
            let _ = Card::parse_with(GOOD, "part.toml", &[text]);
        }
        let card = Card::parse_with(GOOD, "part.toml", &[format!("gamma={value:?}").to_lowercase()]);
        prop_assert_eq!(card.is_ok(), (-100.0..=1.0).contains(&value));
    }
}

#[test]
fn seventeen_digits_survive() {
    let mut card = Card::parse(GOOD, "good").unwrap_or_else(|e| panic!("{e}"));
    card.cell.positive.r_c = f64::from_bits(5.0f64.to_bits() + 1);
    assert!(card.to_toml().contains("r_c = 5.000000000000001"));
    let read = Card::parse(&card.to_toml(), "written").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        read.cell.positive.r_c.to_bits(),
        card.cell.positive.r_c.to_bits()
    );
}

// ---- Defaults and forms ----

#[test]
fn defaults_are_those_of_the_reference() {
    let card = Card::parse(GOOD, "good").unwrap_or_else(|e| panic!("{e}"));
    let e = &card.cell.positive;
    assert_eq!(card.cell.negative.as_ref(), Some(e));
    assert_eq!((e.law, e.entry, e.sections), (LawKind::Linear, 0.5, 0));
    assert_eq!((e.r_open, e.c_open, e.r_min), (0.0, 0.0, 5e-3));
    assert_eq!((card.cell.esr, card.cell.r_leak), (0.1, f64::INFINITY));
    assert_eq!(
        (card.cell.area, card.cell.series, card.cell.parallel),
        (1.0, 1.0, 1.0)
    );
    assert_eq!(card.ic, None);
}

#[test]
fn electrodes_share_and_overrule() {
    let text = format!("{GOOD}\n[negative]\nr_c = 7.0\n");
    let card = Card::parse(&text, "part").unwrap_or_else(|e| panic!("{e}"));
    let negative = card.cell.negative.as_ref().map(|e| (e.r_c, e.c_slit));
    assert_eq!(negative, Some((7.0, 8e-8)));
    assert_eq!(card.cell.positive.r_c, 5.0);

    // `--set r_c` means both, also where one electrode spoke for itself.
    let set = |overrides: &[&str]| {
        let overrides: Vec<String> = overrides.iter().map(|s| s.to_string()).collect();
        let card = Card::parse_with(&text, "part", &overrides).unwrap_or_else(|e| panic!("{e}"));
        (card.cell.positive.r_c, card.cell.negative.map(|e| e.r_c))
    };
    assert_eq!(set(&["r_c=2"]), (2.0, Some(2.0)));
    assert_eq!(set(&["electrode.r_c = 2.5"]), (2.5, Some(2.5)));
    assert_eq!(set(&["positive.r_c=2"]), (2.0, Some(7.0)));
    assert_eq!(set(&["r_c=2", "r_c=3", "negative.r_c=4"]), (3.0, Some(4.0)));
}

#[test]
fn overrides_reach_every_table() {
    let overrides: Vec<String> = [
        "law=sqrt",
        "name=other",
        "cell.ic=0.3",
        "area=2",
        "validity.v_max_V=0.4",
        "provenance.notes=a note",
        "kind=half-cell",
    ]
    .map(String::from)
    .to_vec();
    let card = Card::parse_with(GOOD, "part", &overrides).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(card.cell.positive.law, LawKind::Sqrt);
    assert_eq!(card.name, "other");
    assert_eq!((card.ic, card.cell.area), (Some(0.3), 2.0));
    assert_eq!(card.validity.v_max, Some(0.4));
    assert_eq!(card.provenance.notes, "a note");
    assert!(card.cell.negative.is_none());
}

#[test]
fn an_explicit_ladder_brings_its_own_values() {
    let text = "format = 1\nname = \"p\"\n[electrode]\ngamma = 0.5\nsections = [
        { slits = 3, r_c = 5.0, q_max = 1e-8, c_slit = 8e-8 },
        { slits = 7, r_c = 6.0, q_max = 2e-8, c_slit = 9e-8 },\n]\n";
    let card = Card::parse(text, "p").unwrap_or_else(|e| panic!("{e}"));
    let e = &card.cell.positive;
    assert_eq!((e.slits, e.sections, e.r_c), (10, 0, 5.0));
    let r_cs = e
        .explicit
        .as_ref()
        .map(|s| s.iter().map(|s| s.r_c).collect());
    assert_eq!(r_cs, Some(vec![5.0, 6.0]));
}

// ---- The cards that ship ----

#[test]
fn every_shipped_card_reads_and_states_its_sources() {
    let mut seen = 0;
    for entry in std::fs::read_dir(models()).expect("models/ is there") {
        let path = entry.expect("an entry of models/").path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        seen += 1;
        let card = Card::read(&path, &[]).unwrap_or_else(|e| panic!("{e}"));
        let stem = path.file_stem().and_then(|s| s.to_str());
        assert_eq!(Some(card.name.as_str()), stem, "name and file agree");
        for key in ["r_c", "gamma", "q_max", "c_slit"] {
            assert!(
                card.provenance.parameters.contains_key(key),
                "{}: no source of {key}",
                card.name
            );
        }
        assert!(!card.provenance.source.is_empty() && !card.description.is_empty());
        assert!(card.validity.v_max.is_some());
        let again = Card::parse(&card.to_toml(), "written").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again, card);
    }
    assert!(seen >= 4, "{seen} cards in models/");
}

#[test]
fn paper_cards_hold_the_papers_numbers() {
    for (name, half) in [("paper-half-cell.toml", true), ("paper-cell.toml", false)] {
        let card = shipped(name);
        let e = &card.cell.positive;
        assert_eq!((e.r_c, e.gamma, e.c_slit, e.slits), (5.0, 0.5, 0.08e-6, 5));
        assert!((e.q_max / (0.08e-6 * 0.2) - 1.0).abs() < 1e-12);
        assert_eq!(card.cell.negative.is_none(), half);
    }
}

/// The data sheet's totals, from the card's parts by the closed forms of a ladder.
#[test]
fn commercial_cards_add_up_to_their_data_sheet() {
    for name in ["edlc-10f-2v7.toml", "thick-electrode-60000-slits.toml"] {
        let card = shipped(name);
        let e = &card.cell.positive;
        let slits = e.slits as f64;
        let capacitance = slits * e.c_slit / 2.0;
        assert!(
            (capacitance / 10.0 - 1.0).abs() < 1e-12,
            "{name}: {capacitance} F"
        );
        let charged_pores = slits * e.r_c * (1.0 - e.gamma);
        let esr_dc = card.cell.esr + 2.0 / 3.0 * charged_pores;
        assert!((esr_dc / 0.075 - 1.0).abs() < 1e-12, "{name}: {esr_dc} ohm");
        assert!((e.q_max / (e.c_slit * 1.35) - 1.0).abs() < 1e-12);
        assert!((2.7 / card.cell.r_leak / 30e-6 - 1.0).abs() < 1e-12);
    }
}

// ---- Mistakes ----

#[test]
fn values_out_of_range_are_named_with_place_range_and_remedy() {
    // parameter, line to put in place of that of the parameter, where the value stands
    for (parameter, line, allowed) in [
        ("electrode.r_c", "r_c = 0.0", "1e-18 to 1e18 ohm"),
        ("electrode.r_c", "r_c = nan", "1e-18 to 1e18 ohm"),
        ("electrode.r_c", "r_c = inf", "1e-18 to 1e18 ohm"),
        ("electrode.r_c", "r_c = -5", "1e-18 to 1e18 ohm"),
        ("electrode.gamma", "gamma = 1.5", "-1e2 to 1e0"),
        ("electrode.gamma", "gamma = -nan", "-1e2 to 1e0"),
        ("electrode.q_max", "q_max = -1e-8", "1e-30 to 1e12 C"),
        ("electrode.c_slit", "c_slit = 1e300", "1e-30 to 1e12 F"),
        (
            "electrode.slits",
            "slits = 0",
            "a whole number from 1 to 10000000",
        ),
        (
            "electrode.slits",
            "slits = -3",
            "a whole number from 1 to 10000000",
        ),
        (
            "electrode.slits",
            "slits = 2.5",
            "a whole number from 1 to 10000000",
        ),
        (
            "electrode.slits",
            "slits = nan",
            "a whole number from 1 to 10000000",
        ),
        (
            "electrode.slits",
            "slits = 99999999999999999999",
            "a whole number from 1 to 10000000",
        ),
        ("cell.esr", "esr = -0.1", "0e0 to 1e18 ohm"),
    ] {
        let (key, value) = line.split_once(" = ").expect("a key and a value");
        let number = GOOD
            .lines()
            .position(|l| l.starts_with(&format!("{key} =")))
            .expect("the key is in the card");
        let text: Vec<&str> = GOOD
            .lines()
            .enumerate()
            .map(|(i, l)| if i == number { line } else { l })
            .collect();
        let p = mistake(&text.join("\n"));
        assert_eq!(p.parameter, parameter, "{p}");
        assert_eq!(p.value, value, "{p}");
        assert_eq!(p.allowed, allowed, "{p}");
        assert_eq!(p.line, Some(number + 1), "{p}");
        assert_eq!(p.column, Some(key.len() + 4), "{p}");
        let shown = p.to_string();
        assert!(
            shown.starts_with(&format!("part.toml:{}:", number + 1)),
            "{shown}"
        );
        assert!(shown.contains("remedy: "), "{shown}");
    }
}

#[test]
fn values_beside_the_required_ones_are_checked_too() {
    for (table, line, allowed) in [
        ("electrode", "entry = 0.0", "1e-3 to 1e6 (in units of R)"),
        ("electrode", "r_open = -1", "0e0 to 1e18 ohm"),
        ("electrode", "c_open = nan", "0e0 to 1e12 F"),
        ("electrode", "sections = 6", "0 (choose) to slits = 5"),
        (
            "electrode",
            "sections = -1",
            "0 (choose) to the number of slits",
        ),
        (
            "electrode",
            "r_min = 4.0",
            "above 0 and at most r_c/2 = 2.5e0 ohm",
        ),
        (
            "electrode",
            "law = \"cubic\"",
            "\"linear\", \"sqrt\", \"signed\"",
        ),
        ("cell", "r_leak = 0", "1e-18 to inf ohm"),
        ("cell", "area = 0", "1e-18 to 1e18"),
        ("cell", "series = 1.5", "a whole number from 1 to 1e6"),
        ("cell", "parallel = 0", "1e0 to 1e6"),
        ("cell", "ic = nan", "-1e6 to 1e6 V"),
        ("cell", "ic = 1e9", "-1e6 to 1e6 V"),
    ] {
        let p = mistake(&GOOD.replace(&format!("[{table}]"), &format!("[{table}]\n{line}")));
        let key = line.split(' ').next().unwrap_or("");
        assert_eq!(p.parameter, format!("{table}.{key}"), "{p}");
        assert_eq!(p.allowed, allowed, "{p}");
        assert!(p.line.is_some() && !p.remedy.is_empty(), "{p}");
    }
    for (line, key) in [
        ("v_min_V = 3.0\nv_max_V = 2.0", "v_max_V"),
        ("rate_max_V_per_s = -1", "rate_max_V_per_s"),
        ("temperature_min_K = nan", "temperature_min_K"),
    ] {
        let p = mistake(&format!("{GOOD}\n[validity]\n{line}\n"));
        assert_eq!(p.parameter, format!("validity.{key}"), "{p}");
    }
}

#[test]
fn unknown_keys_are_refused_with_the_key_that_was_meant() {
    let p = mistake(&GOOD.replace("[cell]", "gama = 0.4\n[cell]"));
    assert_eq!(p.parameter, "electrode.gama");
    assert_eq!((p.line, p.column), (Some(11), Some(1)));
    assert_eq!(p.remedy, "did you mean `gamma`?");
    let p = mistake(&GOOD.replace("[cell]", "colour = 4\n[cell]"));
    assert!(p.remedy.starts_with("[electrode] knows law, r_c,"), "{p}");
    let p = mistake(&format!("{GOOD}\n[validty]\nv_max_V = 3.0\n"));
    assert_eq!(
        (p.parameter.as_str(), p.remedy.as_str()),
        ("validty", "did you mean `validity`?")
    );
    let p = mistake(&format!("{GOOD}\n[provenance.parameters]\ngamm = \"x\"\n"));
    assert_eq!(p.remedy, "did you mean `gamma`?");
}

#[test]
fn what_is_missing_is_named() {
    for key in ["r_c", "gamma", "q_max", "c_slit", "slits"] {
        let text: Vec<&str> = GOOD
            .lines()
            .filter(|l| !l.starts_with(&format!("{key} =")))
            .collect();
        let p = mistake(&text.join("\n"));
        assert_eq!(p.parameter, format!("electrode.{key}"));
        assert_eq!((p.wrong.as_str(), p.line), ("is missing", Some(4)));
        assert!(p.remedy.starts_with(&format!("add `{key} = ...`")), "{p}");
    }
    assert_eq!(mistake("name = \"part\"").parameter, "format");
    assert_eq!(mistake("").parameter, "format");
    assert_eq!(
        mistake("format = 1\nname = \"part\"").parameter,
        "electrode"
    );
    assert_eq!(
        mistake(&GOOD.replace("[electrode]", "[positive]")).remedy,
        "add [negative], or kind = \"half-cell\" with [electrode] alone"
    );
}

#[test]
fn forms_and_types_are_checked() {
    let p = mistake(&GOOD.replace("format = 1", "format = 2"));
    assert_eq!(
        p.remedy,
        "this card was written for a newer ncm: update ncm"
    );
    let p = mistake(&GOOD.replace("r_c = 5.0", "r_c = \"5 ohm\""));
    assert_eq!(
        (p.value.as_str(), p.wrong.as_str()),
        ("\"5 ohm\"", "is a text, not a number")
    );
    let p = mistake(&GOOD.replace("\"part\"", "\"two words\""));
    assert_eq!(p.parameter, "name");
    let p = mistake(&GOOD.replace("[cell]\nesr = 0.1", "[[cell]]\nesr = 0.1"));
    assert_eq!(p.parameter, "cell");
    let p = mistake(
        &GOOD
            .replace("[cell]", "kind = \"x\"\n[cell]")
            .replace("[electrode]", "[electrode]\n"),
    );
    assert_eq!(p.remedy.chars().take(11).collect::<String>(), "[electrode]");
    let p = mistake(&GOOD.replace("name = ", "kind = \"both\"\nname = "));
    assert_eq!(p.allowed, "\"cell\" or \"half-cell\"");
    let p = mistake(&format!(
        "{}\n[positive]\nr_c = 4.0\n",
        GOOD.replace("name = ", "kind = \"half-cell\"\nname = ")
    ));
    assert_eq!(p.remedy, "put its values into [electrode]");
    let p = mistake(&GOOD.replace("slits = 5", "slits = 5\nsections = [3]"));
    assert_eq!(p.parameter, "electrode.sections[0]");
    let p = mistake(&GOOD.replace(
        "slits = 5",
        "slits = 5\nsections = [\n  { slits = 5, r_c = -1.0, q_max = 1e-8, c_slit = 1e-8 }]",
    ));
    assert_eq!(
        (p.parameter.as_str(), p.line, p.column),
        ("electrode.sections[0].r_c", Some(11), Some(22))
    );
    let p = mistake(&GOOD.replace("slits = 5", "slits = 5\nsections = []"));
    assert_eq!(p.parameter, "electrode.sections");
}

#[test]
fn broken_toml_is_located() {
    let p = mistake("format = 1\nname = part\n");
    assert_eq!(
        (p.parameter.as_str(), p.line, p.column),
        ("TOML syntax", Some(2), Some(8))
    );
    let p = mistake("format = 1\nformat = 1\n");
    assert_eq!(p.line, Some(2));
}

#[test]
fn independent_mistakes_come_together() {
    let text = GOOD
        .replace("gamma = 0.5", "gamma = 2")
        .replace("esr = 0.1", "esr = -1\nerr = 2");
    let Err(CardError::Unusable(problems)) = Card::parse(&text, "part") else {
        panic!("the card is wrong in three places");
    };
    let names: Vec<&str> = problems.iter().map(|p| p.parameter.as_str()).collect();
    assert_eq!(names, ["electrode.gamma", "cell.err", "cell.esr"]);
}

#[test]
fn overrides_are_named_by_their_own_text() {
    let p = mistake_with(GOOD, &["gamma=1.5"]);
    assert_eq!(p.source, "--set gamma=1.5");
    assert_eq!(
        (p.parameter.as_str(), p.value.as_str(), p.line),
        ("electrode.gamma", "1.5", None)
    );
    assert_eq!(
        mistake_with(GOOD, &["gama=1"]).remedy,
        "did you mean `gamma`?"
    );
    assert_eq!(
        mistake_with(GOOD, &["cell.err=1"]).remedy,
        "did you mean `esr`?"
    );
    assert_eq!(mistake_with(GOOD, &["gamma"]).wrong, "has no value");
    assert_eq!(mistake_with(GOOD, &["gamma="]).wrong, "has no value");
    assert_eq!(mistake_with(GOOD, &["foo.gamma=1"]).wrong, "no such table");
    let section = "sections=[{slits=1, r_c=-1, q_max=1, c_slit=1}]";
    let p = mistake_with(GOOD, &[section]);
    assert_eq!(
        (p.parameter.as_str(), p.value.as_str()),
        ("electrode.sections[0].r_c", "-1")
    );
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    for path in [models().join("no-such-card.toml"), models()] {
        match Card::read(&path, &[]) {
            Err(error @ CardError::Unreadable { .. }) => {
                let text = error.to_string();
                assert!(
                    text.contains("models") && text.contains("remedy: "),
                    "{text}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_reference_names_every_key() {
    let reference = include_str!("../docs/card.md");
    for (table, list) in [
        ("top", fields::TOP),
        ("electrode", fields::ELECTRODE),
        ("section", fields::SECTION),
        ("cell", fields::CELL),
        ("thermal", fields::THERMAL),
        ("ageing", fields::AGEING),
        ("limits", fields::LIMITS),
        ("validity", fields::VALIDITY),
        ("provenance", fields::PROVENANCE),
    ] {
        for field in list {
            assert!(
                reference.contains(&format!("`{}`", field.key)),
                "docs/card.md: {table}: {}",
                field.key
            );
        }
    }
}

#[test]
fn the_cards_of_the_reference_are_cards() {
    let reference = include_str!("../docs/card.md");
    let cards: Vec<&str> = reference
        .split("```toml\n")
        .skip(1)
        .filter_map(|s| s.split("```").next())
        .filter(|s| s.contains("format = 1"))
        .collect();
    assert!(!cards.is_empty());
    for card in cards {
        Card::parse(card, "docs/card.md").unwrap_or_else(|e| panic!("{e}"));
    }
}
