//! Every key a card may hold, in one list: reader, writer, suggestions, netlists and docs share it.

/// A key of a card.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name in the card.
    pub key: &'static str,
    /// Unit, empty for pure numbers and texts.
    pub unit: &'static str,
    /// What it is, in a few words that fit behind "is".
    pub meaning: &'static str,
    /// The default in words; empty where the key must be given.
    pub default: &'static str,
}

const fn field(
    key: &'static str,
    unit: &'static str,
    meaning: &'static str,
    default: &'static str,
) -> Field {
    Field {
        key,
        unit,
        meaning,
        default,
    }
}

/// Keys of `[electrode]`, `[positive]` and `[negative]`.
pub const ELECTRODE: &[Field] = &[
    field(
        "law",
        "",
        "the form of R(Q): \"linear\", \"sqrt\" or \"signed\"",
        "\"linear\"",
    ),
    field(
        "r_c",
        "ohm",
        "the resistance from one empty slit to the next",
        "",
    ),
    field(
        "gamma",
        "",
        "the relative fall of r_c at q_max (0: constant, below 0: it rises)",
        "",
    ),
    field(
        "q_max",
        "C",
        "the charge scale of one slit, not a limit",
        "",
    ),
    field("c_slit", "F", "the capacitance of one slit", ""),
    field(
        "c_rise",
        "",
        "the relative rise of the electrode's capacitances far above u_rise (0: constant)",
        "0",
    ),
    field(
        "u_rise",
        "V",
        "the voltage of a slit on whose scale the capacitance rises",
        "1",
    ),
    field("slits", "", "the number of slits (sheets - 1)", ""),
    field(
        "sections",
        "",
        "the number of sections the slits are lumped into (0 chooses), or a list of sections",
        "0",
    ),
    field(
        "entry",
        "",
        "the path from the open electrolyte to the middle of the first slit, in units of its R",
        "0.5",
    ),
    field(
        "r_min",
        "ohm",
        "the lowest resistance of one slit",
        "r_c/1000",
    ),
    field(
        "r_open",
        "ohm",
        "the resistance of the open electrolyte before the electrode",
        "0",
    ),
    field(
        "c_open",
        "F",
        "the capacitance of the electrode's outer face",
        "0",
    ),
    field(
        "resistance",
        "ohm",
        "a law of its own: the resistance as a formula in Q (coulomb), in place of law, gamma and r_c",
        "unstated",
    ),
    field(
        "conductance",
        "S",
        "a law of its own: the conductance as a formula in Q (coulomb), in place of law, gamma and r_c",
        "unstated",
    ),
    field(
        "constants",
        "",
        "the table of the constants that the formula names",
        "none",
    ),
];

/// Keys of one entry of an explicit list of sections.
pub const SECTION: &[Field] = &[
    field(
        "slits",
        "",
        "the number of slits lumped into this section",
        "",
    ),
    field("r_c", "ohm", "the resistance of one empty slit", ""),
    field("q_max", "C", "the charge scale of one slit", ""),
    field("c_slit", "F", "the capacitance of one slit", ""),
];

/// Keys of `[cell]`.
pub const CELL: &[Field] = &[
    field(
        "esr",
        "ohm",
        "the series resistance of contacts, collectors and separator",
        "0",
    ),
    field(
        "r_leak",
        "ohm",
        "the leakage resistance across the terminals",
        "inf",
    ),
    field(
        "area",
        "",
        "the scale of the whole part: C with it, R with its inverse",
        "1",
    ),
    field("series", "", "the number of cells in one string", "1"),
    field("parallel", "", "the number of strings side by side", "1"),
    field("ic", "V", "the voltage the part starts from", "unstated"),
    field(
        "ic_from",
        "V",
        "the voltage of the equilibrium before the ramp to ic",
        "0",
    ),
    field(
        "ic_rate",
        "V/s",
        "the rate of the ramp to ic (0: at rest at ic)",
        "0",
    ),
    field(
        "ic_rest",
        "s",
        "the time the part was left open after the ramp",
        "0",
    ),
];

/// Keys of `[thermal]`; all optional.
pub const THERMAL: &[Field] = &[
    field(
        "temperature",
        "K",
        "the temperature of the surroundings; simulators put their own in its place",
        "t_ref",
    ),
    field(
        "t_ref",
        "K",
        "the temperature at which the other values hold",
        "298.15",
    ),
    field(
        "r_ea",
        "J/mol",
        "the activation energy of pore and open-electrolyte resistance",
        "0",
    ),
    field("r_tc1", "1/K", "their linear temperature coefficient", "0"),
    field(
        "r_tc2",
        "1/K^2",
        "their quadratic temperature coefficient",
        "0",
    ),
    field("esr_ea", "J/mol", "the activation energy of the ESR", "0"),
    field(
        "esr_tc1",
        "1/K",
        "the linear temperature coefficient of the ESR",
        "0",
    ),
    field(
        "esr_tc2",
        "1/K^2",
        "the quadratic temperature coefficient of the ESR",
        "0",
    ),
    field(
        "c_ea",
        "J/mol",
        "the activation energy of the capacitances",
        "0",
    ),
    field(
        "c_tc1",
        "1/K",
        "the linear temperature coefficient of the capacitances",
        "0",
    ),
    field(
        "c_tc2",
        "1/K^2",
        "the quadratic temperature coefficient of the capacitances",
        "0",
    ),
    field(
        "leak_ea",
        "J/mol",
        "the activation energy of the leakage resistance (51e3 halves it every 10 K)",
        "0",
    ),
    field(
        "leak_tc1",
        "1/K",
        "the linear temperature coefficient of the leakage resistance",
        "0",
    ),
    field(
        "leak_tc2",
        "1/K^2",
        "the quadratic temperature coefficient of the leakage resistance",
        "0",
    ),
    field(
        "r_th",
        "K/W",
        "the thermal resistance from one cell to its surroundings (0: no self-heating, inf: no cooling)",
        "0",
    ),
    field("c_th", "J/K", "the heat capacity of one cell", "0"),
];

/// Keys of `[ageing]`; all optional.
pub const AGEING: &[Field] = &[
    field("age", "h", "the time the part has been in use", "0"),
    field(
        "age_temperature",
        "K",
        "the temperature it was used at",
        "298.15",
    ),
    field("age_voltage", "V", "the voltage each cell was used at", "0"),
    field(
        "life",
        "h",
        "the time to the end of life (inf: does not age)",
        "inf",
    ),
    field(
        "life_temperature",
        "K",
        "the temperature that life is stated at",
        "338.15",
    ),
    field(
        "life_voltage",
        "V",
        "the voltage that life is stated at",
        "0",
    ),
    field(
        "c_end",
        "",
        "the capacitance at the end of life, of the new part's",
        "0.8",
    ),
    field(
        "r_end",
        "",
        "the resistance at the end of life, of the new part's",
        "2",
    ),
    field(
        "t_double",
        "K",
        "the temperature rise that ages twice as fast",
        "10",
    ),
    field(
        "v_double",
        "V",
        "the voltage rise that ages twice as fast",
        "0.1",
    ),
    field(
        "exponent",
        "",
        "the power of used life with which values change",
        "1",
    ),
];

/// Keys of `[limits]`; all optional.
pub const LIMITS: &[Field] = &[
    field("v_max", "V", "the highest voltage of one cell", "inf"),
    field("v_min", "V", "the lowest voltage of one cell", "-inf"),
    field(
        "i_max",
        "A",
        "the largest current of one string at area = 1",
        "inf",
    ),
    field("t_max", "K", "the highest temperature of the cell", "inf"),
];

/// Keys of `[validity]`; all optional.
pub const VALIDITY: &[Field] = &[
    field(
        "v_min_V",
        "V",
        "the lowest terminal voltage the card was made for",
        "unstated",
    ),
    field(
        "v_max_V",
        "V",
        "the highest terminal voltage the card was made for",
        "unstated",
    ),
    field(
        "rate_min_V_per_s",
        "V/s",
        "the slowest voltage change the card was made for",
        "unstated",
    ),
    field(
        "rate_max_V_per_s",
        "V/s",
        "the fastest voltage change the card was made for",
        "unstated",
    ),
    field(
        "temperature_min_K",
        "K",
        "the lowest temperature the card was made for",
        "unstated",
    ),
    field(
        "temperature_max_K",
        "K",
        "the highest temperature the card was made for",
        "unstated",
    ),
];

/// Keys of `[provenance]`; all optional texts, besides the table `parameters`.
pub const PROVENANCE: &[Field] = &[
    field("source", "", "where the numbers come from", "unstated"),
    field(
        "doi",
        "",
        "the digital object identifier of the source",
        "unstated",
    ),
    field("url", "", "the address of the source", "unstated"),
    field(
        "date",
        "",
        "the day the card was made, e.g. 2026-03-01",
        "unstated",
    ),
    field("method", "", "how the numbers were obtained", "unstated"),
    field("notes", "", "anything else a user should know", "unstated"),
    field(
        "parameters",
        "",
        "a table with the source of single parameters",
        "unstated",
    ),
];

/// Keys at the top of a card, the tables among them.
pub const TOP: &[Field] = &[
    field("format", "", "the version of the card format", ""),
    field("name", "", "the name of the part", ""),
    field("description", "", "what the part is", "unstated"),
    field("kind", "", "\"cell\" or \"half-cell\"", "\"cell\""),
    field(
        "electrode",
        "",
        "the table of what both electrodes share",
        "",
    ),
    field(
        "positive",
        "",
        "the table of the positive electrode's own values",
        "",
    ),
    field(
        "negative",
        "",
        "the table of the negative electrode's own values",
        "",
    ),
    field(
        "cell",
        "",
        "the table of what belongs to the whole cell",
        "",
    ),
    field(
        "thermal",
        "",
        "the table of temperature: what depends on it and how the cell warms up",
        "",
    ),
    field(
        "ageing",
        "",
        "the table of life: how the part fades and how old it is",
        "",
    ),
    field("limits", "", "the table of what the part must not see", ""),
    field(
        "validity",
        "",
        "the table of the range the card was made for",
        "",
    ),
    field(
        "provenance",
        "",
        "the table of where the numbers come from",
        "",
    ),
];

/// The field with this key.
pub fn find(fields: &[Field], key: &str) -> Option<Field> {
    fields.iter().copied().find(|f| f.key == key)
}

/// The key of `fields` that `key` was probably meant to be.
pub fn nearest(fields: &[Field], key: &str) -> Option<&'static str> {
    let plain = |s: &str| s.to_ascii_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(key);
    fields
        .iter()
        .map(|f| (edit_distance(&plain(f.key), &wanted), f.key))
        .filter(|&(distance, known)| distance <= 1 + known.len() / 4)
        // Of two equally near ones that which begins alike: who writes `slit` means `slits`.
        .min_by_key(|&(distance, known)| (distance, known.chars().next() != key.chars().next()))
        .map(|(_, known)| known)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_find_the_key_and_strangers_find_none() {
        for (slip, key) in [
            ("gama", "gamma"),
            ("gmama", "gamma"),
            ("rc", "r_c"),
            ("R_C", "r_c"),
            ("qmax", "q_max"),
            ("cslit", "c_slit"),
            ("slit", "slits"),
            ("sectons", "sections"),
            ("ropen", "r_open"),
        ] {
            assert_eq!(nearest(ELECTRODE, slip), Some(key), "{slip}");
        }
        for stranger in [
            "temperature",
            "",
            "xyzzy",
            "a very long key that nobody meant",
        ] {
            assert_eq!(nearest(ELECTRODE, stranger), None, "{stranger}");
        }
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("ab", "ba"), 1);
    }
}
