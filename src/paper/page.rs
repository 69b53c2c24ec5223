//! The gallery's page, from the results kept in a folder.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::place;
use super::registry::{ENTRIES, Entry};

const HEAD: &str = include_str!("head.md");

/// Result of an entry, as kept: verdict and what was found.
fn kept(entry: &Entry, folder: &Path) -> Option<(String, String)> {
    let text = std::fs::read_to_string(place(folder, "data", entry.name, "json")).ok()?;
    let value: Value = serde_json::from_str(&text).ok()?;
    Some((
        value["verdict"].as_str()?.to_owned(),
        value["found"].as_str()?.to_owned(),
    ))
}

fn figures(entry: &Entry) -> String {
    if entry.paper.is_empty() {
        "beyond the paper".into()
    } else {
        format!("paper: {}", entry.paper)
    }
}

/// The page, of all figures whose results are in `folder`.
pub fn text(folder: &Path) -> String {
    let there: Vec<(&Entry, String, String)> = ENTRIES
        .iter()
        .filter_map(|e| {
            let (verdict, found) = kept(e, folder)?;
            Some((e, verdict, found))
        })
        .collect();
    let mut out = String::from(HEAD);
    out.push_str("\n| figure | of the paper | claim | verdict |\n|---|---|---|---|\n");
    for (entry, verdict, _) in &there {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "| [{0}](#{0}) | {1} | {2} | {3} |",
            entry.name,
            if entry.paper.is_empty() {
                "beyond it"
            } else {
                entry.paper
            },
            entry.claim.replace('|', "\\|"),
            verdict
        );
    }
    for (entry, verdict, found) in &there {
        let _ = write!(
            out,
            "\n## {0}\n\n{1} ({2}).\n\n![{1}](img/paper/{0}.svg)\n\n- Expected: {3}.\n- Found: {4}\n- Verdict: **{5}**. Criterion: {6}.\n- Again: `dist/ncm paper {0} -o out/paper`\n",
            entry.name,
            entry.title,
            figures(entry),
            entry.claim,
            found.trim(),
            verdict,
            entry.criterion
        );
    }
    out
}

/// Two pictures, one below the other.
pub fn stacked(above: &str, below: &str) -> String {
    let size = |svg: &str, what: &str| -> f64 {
        let head = svg.split('>').next().unwrap_or("");
        head.split(&format!(" {what}=\""))
            .nth(1)
            .and_then(|rest| rest.split('"').next()?.parse().ok())
            .unwrap_or(0.0)
    };
    let (w_1, h_1) = (size(above, "width"), size(above, "height"));
    let (w_2, h_2) = (size(below, "width"), size(below, "height"));
    let (width, height) = (w_1.max(w_2), h_1 + h_2);
    let second = below.replacen("<svg ", &format!("<svg x=\"0\" y=\"{h_1}\" "), 1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n{above}{second}</svg>\n"
    )
}
