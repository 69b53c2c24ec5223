//! Our row in a table of symbol libraries (`sym-lib-table`), of one line as KiCad writes them: put in
//! before the table's last parenthesis, and taken out so that not a byte of the rest changes.

use std::fmt;

use super::text::quoted;

/// The name that the library has in KiCad.
pub const NAME: &str = "ncm";

/// Why a table is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Not the text of such a table.
    NoTable,
    /// A library of the same name that is not ours.
    NameTaken,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable => write!(f, "is not a table of symbol libraries"),
            Self::NameTaken => write!(f, "has another library of the name {NAME}"),
        }
    }
}

/// The table with our row for the library at `uri`.
///
/// # Errors
/// [`Unusable`]; nothing is guessed.
pub fn with_row(table: &str, uri: &str) -> Result<String, Unusable> {
    let rest = without_row(table, uri);
    if rest.contains(&format!("(name \"{NAME}\")")) || rest.contains(&format!("(name {NAME})")) {
        return Err(Unusable::NameTaken);
    }
    let end = rest.trim_end();
    if !rest.trim_start().starts_with("(sym_lib_table") || !end.ends_with(')') {
        return Err(Unusable::NoTable);
    }
    let at = end.len() - 1;
    let before = &rest[..at];
    let row = format!(
        "  (lib (name \"{NAME}\")(type \"KiCad\")(uri {})(options \"\")(descr \"Supercapacitors with charge-dependent pores\"))",
        quoted(uri)
    );
    Ok(if before.ends_with('\n') || before.is_empty() {
        format!("{before}{row}\n{}", &rest[at..])
    } else {
        // The parenthesis stands on the line of something else.
        format!("{before}\n{row}\n{}", &rest[at..])
    })
}

/// The table without our row.
pub fn without_row(table: &str, uri: &str) -> String {
    table
        .split_inclusive('\n')
        .filter(|line| !is_ours(line, uri))
        .collect()
}

/// Whether our row is in the table.
pub fn has_row(table: &str, uri: &str) -> bool {
    table.lines().any(|line| is_ours(line, uri))
}

fn is_ours(line: &str, uri: &str) -> bool {
    let name = [
        format!("(name \"{NAME}\")"),
        // As KiCad writes names that need no quotes.
        format!("(name {NAME})"),
    ];
    line.trim_start().starts_with("(lib ")
        && name.iter().any(|n| line.contains(n))
        && (line.contains(&quoted(uri)) || line.contains(&format!("(uri {uri})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "${HOME}/.local/share/ncm/ncm.kicad_sym";

    #[test]
    fn a_row_goes_in_once_and_comes_out_without_a_trace() {
        for table in [
            "(sym_lib_table\n  (version 7)\n  (lib (name \"Device\")(type \"KiCad\")(uri \"x\")(options \"\")(descr \"\"))\n)\n",
            "(sym_lib_table\n)",
            "(sym_lib_table\r\n  (version 7)\r\n)\r\n\r\n",
        ] {
            let with = with_row(table, URI).expect("a table");
            assert!(has_row(&with, URI), "{with}");
            assert_eq!(with_row(&with, URI).as_deref(), Ok(with.as_str()));
            assert_eq!(without_row(&with, URI), table);
            // A table is one list.
            let (open, close) = (with.matches('(').count(), with.matches(')').count());
            assert_eq!(open, close, "{with}");
        }
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let other = "(sym_lib_table\n  (lib (name \"ncm\")(type \"KiCad\")(uri \"/else\")(options \"\")(descr \"\"))\n)\n";
        assert_eq!(with_row(other, URI), Err(Unusable::NameTaken));
        assert_eq!(without_row(other, URI), other);
        for text in ["", "hello", "(fp_lib_table\n)\n", "(sym_lib_table\n"] {
            assert_eq!(with_row(text, URI), Err(Unusable::NoTable), "{text}");
        }
    }
}
