//! Data sheets with mistakes through the real `ncm identify datasheet`: refused with file, line and remedy.

#![cfg(feature = "cli")]

#[path = "support/cli.rs"]
mod cli;

use cli::Desk;

#[test]
fn mistakes_in_data_sheets_name_line_and_remedy() {
    let desk = Desk::new();
    let good = "part = \"Maker 10 F\"\ncapacitance_F = 10.0\nvoltage_V = 2.7\nesr_1kHz_ohm = 0.03\nesr_dc_ohm = 0.04\n";
    desk.put("good.toml", good);
    desk.done("identify datasheet good.toml -o good-card.toml");
    assert!(desk.read("good-card.toml").contains("Maker 10 F"));
    let sheet = |old: &str, new: &str| good.replace(old, new);
    for (name, text, words) in [
        (
            "no part",
            sheet("part = \"Maker 10 F\"\n", ""),
            vec!["part is missing", "add part"],
        ),
        (
            "no capacitance",
            sheet("capacitance_F = 10.0\n", ""),
            vec!["capacitance_F is missing"],
        ),
        (
            "no voltage",
            sheet("voltage_V = 2.7\n", ""),
            vec!["voltage_V is missing"],
        ),
        (
            "no resistance",
            sheet("esr_1kHz_ohm = 0.03\nesr_dc_ohm = 0.04\n", ""),
            vec!["no resistance is given"],
        ),
        (
            "decimal comma",
            sheet("10.0", "10,0"),
            vec!["sheet.toml:2", "write lines of the form"],
        ),
        (
            "a text for a number",
            sheet("10.0", "\"10 F\""),
            vec!["sheet.toml:2", "a number above 0 is needed", "units are SI"],
        ),
        (
            "negative",
            sheet("2.7", "-2.7"),
            vec!["sheet.toml:3", "a number above 0 is needed"],
        ),
        (
            "NaN",
            sheet("2.7", "nan"),
            vec!["sheet.toml:3", "a number above 0 is needed"],
        ),
        (
            "an unknown key",
            sheet("voltage_V", "voltage"),
            vec!["sheet.toml:3", "voltage: no such key", "voltage_V"],
        ),
        (
            "twice",
            format!("{good}voltage_V = 3.0\n"),
            vec!["sheet.toml:6", "duplicate key"],
        ),
        (
            "resistances the wrong way round",
            sheet("0.04", "0.02"),
            vec!["1 kHz is not below", "check the two numbers"],
        ),
        (
            "a tolerance that makes no sense",
            format!("{good}tolerance_percent = [30, -10]\n"),
            vec!["sheet.toml:6", "[below, above]"],
        ),
        (
            "temperatures the wrong way round",
            format!("{good}temperature_C = [65, -40]\n"),
            vec!["sheet.toml:6", "[lowest, highest]"],
        ),
        (
            "cut short",
            "part = \"Maker".into(),
            vec!["sheet.toml:1", "remedy"],
        ),
        ("empty", String::new(), vec!["part is missing"]),
        (
            "a number without limits",
            sheet("0.04", "1e300"),
            vec!["sheet.toml:5", "a number above 0 is needed"],
        ),
    ] {
        desk.put("sheet.toml", &text);
        let said = desk.ncm("identify datasheet sheet.toml -o card.toml");
        assert_eq!(said.code, 2, "{name}: {}{}", said.stdout, said.stderr);
        for part in words.into_iter().chain(["sheet.toml", "remedy: "]) {
            assert!(
                said.stderr.contains(part),
                "{name}: \"{part}\" not in {}",
                said.stderr
            );
        }
        assert!(!desk.path("card.toml").exists(), "{name}");
    }
    let table = "part,C_F,V_rated,ESR_DC_mohm\nA 10,10,2.7,40\nA 20,20,2.7,50/60\nB,5 F,2.7,40\n";
    desk.put("parts.csv", table);
    desk.done("identify datasheet parts.csv --part 10 -o ten.toml");
    for (name, text, options, words) in [
        (
            "several rows",
            table.to_string(),
            "--part A",
            vec!["several rows match: A 10; A 20", "--part"],
        ),
        (
            "no row",
            table.into(),
            "--part Z",
            vec!["no row's part contains `Z`"],
        ),
        (
            "two numbers in a cell",
            table.into(),
            "--part 20",
            vec!["parts.csv:3", "ESR_DC_mohm: `50/60` is not one number"],
        ),
        (
            "no headings",
            "10,2.7\n".into(),
            "",
            vec!["parts.csv:1", "headings part, C_F and V_rated"],
        ),
        (
            "empty",
            String::new(),
            "",
            vec!["headings part, C_F and V_rated"],
        ),
    ] {
        desk.put("parts.csv", &text);
        let said = desk.ncm(&format!("identify datasheet parts.csv {options}"));
        assert_eq!(said.code, 2, "{name}: {}{}", said.stdout, said.stderr);
        for part in words.into_iter().chain(["parts.csv", "remedy: "]) {
            assert!(
                said.stderr.contains(part),
                "{name}: \"{part}\" not in {}",
                said.stderr
            );
        }
    }
    let warm = format!("{good}r_th_K_per_W = 60.0\nc_th_J_per_K = 2.0\n");
    desk.put("warm.toml", &warm);
    desk.done("identify datasheet warm.toml --self-heating -o warm-card.toml");
    let card = desk.read("warm-card.toml");
    assert!(
        card.contains("r_th = 60.0") && card.contains("c_th = 2.0"),
        "{card}"
    );
    for (words, parts) in [
        (
            "identify datasheet good.toml --self-heating",
            ["no thermal resistance", "remedy: add r_th_K_per_W"],
        ),
        (
            "identify datasheet missing.toml",
            ["missing.toml: cannot be read", "remedy: "],
        ),
        (
            "identify datasheet missing.csv --part x",
            ["missing.csv: cannot be read", "remedy: "],
        ),
        (
            "identify datasheet good.toml --part x",
            ["--part", "one part"],
        ),
        (
            "identify datasheet good.toml -o no/such/card.toml",
            ["no/such", "folder does not exist"],
        ),
        ("identify datasheet good.toml --name 7up", ["7up", "name"]),
    ] {
        let said = desk.ncm(words);
        assert_eq!(said.code, 2, "{words}: {}", said.stderr);
        for part in parts {
            assert!(said.stderr.contains(part), "{words}: {}", said.stderr);
        }
    }
}
