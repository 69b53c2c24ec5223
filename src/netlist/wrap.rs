//! Long netlist lines.

/// Longest netlist line.
const WIDTH: usize = 96;

/// `start` and the items, broken into continuation lines.
pub(super) fn wrapped(start: &str, items: impl Iterator<Item = String>, end: &str) -> String {
    let mut out = String::new();
    let mut line = String::from(start);
    for item in items {
        if line.len() + 1 + item.len() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = String::from("+");
        }
        if !line.ends_with('(') {
            line.push(' ');
        }
        line.push_str(&item);
    }
    out.push_str(&line);
    out.push_str(end);
    out.push('\n');
    out
}
