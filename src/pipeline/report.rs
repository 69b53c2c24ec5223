//! The report: numbers, a page in Markdown and one in HTML, pictures.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::PipelineError;
use super::found::Found;
use super::parts::PartLaw;
use super::stages::Stages;
use super::sweep::{Columns, SIMULATION, deviations};
use crate::identify::mpnp::RunData;
use crate::plot::{Axis, Curve, Figure, Panel};

/// A current beside the simulation's.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Folder of the simulation.
    pub case: String,
    pub sheets: usize,
    /// `linear`, ..., or with the door in ngspice: `xspice-linear`, ...
    pub name: String,
    /// Root mean square over the largest current, and the largest deviation over the same.
    pub rms: f64,
    pub largest: f64,
    pub seconds: f64,
    /// What the simulation took, second.
    pub simulation_seconds: f64,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub name: String,
    pub rows: Vec<Row>,
    pub found: Found,
    pub identification: String,
    /// What ngspice there was.
    pub bench: String,
    pub stage_seconds: Vec<(String, f64)>,
    currents: Vec<(Columns, Columns)>,
}

const STAGES: [&str; 6] = ["mpnp", "discover", "identify", "netlists", "cv", "ngspice"];

impl Outcome {
    /// From the files of a folder whose stages are done.
    pub(super) fn gather(
        folder: &Path,
        name: &str,
        runs: &[RunData],
        stages: &Stages,
        bench: &str,
    ) -> Result<Self, PipelineError> {
        let mut rows = Vec::new();
        let mut currents = Vec::new();
        for run in runs {
            let of =
                |kind: &str| Columns::read(&folder.join(kind).join(format!("{}.csv", run.source)));
            let (alone, in_ngspice) = (of("cv")?, of("ngspice")?);
            for columns in [&alone, &in_ngspice] {
                for (name, off) in deviations(columns, run) {
                    let seconds = columns.get(&name).map_or(f64::NAN, |c| c.1);
                    rows.push(Row {
                        case: run.source.clone(),
                        sheets: run.config.geometry.sheets,
                        name,
                        rms: off.rms,
                        largest: off.largest,
                        seconds,
                        simulation_seconds: run.seconds,
                    });
                }
            }
            currents.push((alone, in_ngspice));
        }
        let identification =
            std::fs::read_to_string(folder.join("identify/report.txt")).unwrap_or_default();
        Ok(Self {
            name: name.into(),
            rows,
            found: Found::read(&folder.join("discover/law.json"))?,
            identification,
            bench: bench.into(),
            stage_seconds: STAGES
                .iter()
                .filter_map(|s| Some((s.to_string(), stages.seconds(s)?)))
                .collect(),
            currents,
        })
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "law_found": self.found.json(),
            "ngspice": self.bench,
            "seconds": self.stage_seconds.iter().map(|(s, t)| json!({"stage": s, "seconds": t})).collect::<Vec<_>>(),
            "currents": self.rows.iter().map(|r| json!({
                "case": r.case,
                "sheets": r.sheets,
                "part": r.name,
                "rms": r.rms,
                "largest": r.largest,
                "seconds": r.seconds,
                "simulation_seconds": r.simulation_seconds,
            })).collect::<Vec<_>>(),
        })
    }

    /// The table of the currents.
    pub fn table(&self) -> String {
        let mut out = String::from(
            "| case | part | off by (rms) | at most | time, s | mPNP, s | mPNP/part |\n|---|---|---|---|---|---|---|\n",
        );
        for r in &self.rows {
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "| {} | {} | {:.2} % | {:.1} % | {:.1e} | {:.2} | {:.0} |",
                r.case,
                r.name,
                100.0 * r.rms,
                100.0 * r.largest,
                r.seconds,
                r.simulation_seconds,
                r.simulation_seconds / r.seconds
            );
        }
        out
    }

    fn markdown(&self) -> String {
        let mut out = format!(
            "# {}: from ions to a part\n\n\
             Written by `ncm pipeline` of ncm {}.\n\n## Currents\n\n\
             Of the parts under the simulations' own drives. \"Off by\" is the root mean square of the difference from \
             the simulation over the simulation's largest current. All parts are made from the first case; \
             in the others only the number of slits is another.\n\n{}\n{}\n\n",
            self.name,
            env!("CARGO_PKG_VERSION"),
            self.table(),
            self.bench
        );
        for (case, _) in self.cases() {
            let _ = writeln!(out, "![{case}](current-{case}.svg)\n");
        }
        let _ = write!(
            out,
            "## The law found\n\n`dphi_V = {}` (error {:.2} %), with |Q| for q_C; in the card `found.toml`\n\n    resistance = \"scale*({})\"\n\n\
             [Report of the search](discover/report.txt)\n\n## The circuit\n\n```text\n{}```\n\n## Times\n\n| stage | s |\n|---|---|\n",
            self.found.text,
            100.0 * self.found.error,
            self.found.formula,
            self.identification
        );
        for (stage, seconds) in &self.stage_seconds {
            let _ = writeln!(out, "| {stage} | {seconds:.2} |");
        }
        out.push_str(
            "\n## Files\n\n| folder | what |\n|---|---|\n\
             | `mpnp/` | the simulations |\n| `discover/` | the law found |\n| `identify/` | the circuit's numbers |\n\
             | `cards/` | parameter cards |\n| `netlists/` | a library for every door |\n\
             | `cv/`, `ngspice/` | currents, stand-alone and in ngspice |\n",
        );
        out
    }

    fn cases(&self) -> impl Iterator<Item = (&str, &(Columns, Columns))> {
        let mut names: Vec<&str> = Vec::new();
        for r in &self.rows {
            if !names.contains(&r.case.as_str()) {
                names.push(&r.case);
            }
        }
        names.into_iter().zip(&self.currents)
    }

    /// The pages and pictures as files.
    pub(super) fn pages(&self, runs: &[RunData]) -> Result<Vec<(String, String)>, PipelineError> {
        let mut files = Vec::new();
        let mut pictures = Vec::new();
        for ((case, (alone, in_ngspice)), run) in self.cases().zip(runs) {
            let svg = picture(&run.config.name, alone, in_ngspice)?;
            files.push((format!("current-{case}.svg"), svg.clone()));
            pictures.push((format!("current-{case}.svg"), svg));
        }
        let markdown = self.markdown();
        files.push(("report.html".into(), html(&self.name, &markdown, &pictures)));
        files.push(("report.md".into(), markdown));
        files.push(("report.json".into(), format!("{:#}\n", self.json())));
        Ok(files)
    }
}

/// Currents over the potential; below, what is between them and the simulation.
fn picture(title: &str, alone: &Columns, in_ngspice: &Columns) -> Result<String, PipelineError> {
    // The first sample lies before the drive has moved.
    let cut = |v: &[f64]| v[1..].to_vec();
    let v = cut(&alone.phi_m);
    let mut above = Panel::new(Axis::new("current", "A"));
    let mut below = Panel::new(Axis::new("part - mPNP", "A"));
    let Some((_, _, simulated)) = alone.get(SIMULATION) else {
        return Ok(String::new());
    };
    above = above.curve(Curve::new("mPNP", v.clone(), cut(simulated)));
    below = below.curve(Curve::new("", vec![], vec![]));
    let mut draw = |name: &str, label: String, columns: &Columns| {
        if let Some((_, _, i)) = columns.get(name) {
            let off = i
                .iter()
                .zip(simulated)
                .map(|(a, b)| a - b)
                .collect::<Vec<_>>();
            let curve = |y: &[f64]| Curve::new(label.clone(), v.clone(), cut(y)).dashed();
            above.curves.push(curve(i));
            below.curves.push(curve(&off));
        }
    };
    // The others lie between these.
    for law in [
        PartLaw::Linear,
        PartLaw::Found,
        PartLaw::Rising,
        PartLaw::Tlm,
    ] {
        draw(law.name(), law.title().into(), alone);
    }
    // One of the doors is enough: they lie on each other.
    for door in ["xspice", "plain"] {
        let name = format!("{door}-{}", PartLaw::Found.name());
        if in_ngspice.get(&name).is_some() {
            draw(&name, format!("law found, in ngspice ({door})"), in_ngspice);
            break;
        }
    }
    Ok(Figure::new(Axis::new("potential of the metal", "V"))
        .title(title)
        .panel(above)
        .panel(below)
        .to_svg()?)
}

/// The few forms of Markdown that [`Outcome::markdown`] uses, as a page that holds its pictures.
fn html(title: &str, markdown: &str, pictures: &[(String, String)]) -> String {
    let plain = |s: &str| {
        s.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let mut body = String::new();
    let (mut table, mut code) = (false, false);
    for line in markdown.lines() {
        let fence = line.starts_with("```");
        let row = line.starts_with('|') && !code;
        if table && !row {
            body.push_str("</table>\n");
            table = false;
        }
        if fence {
            code = !code;
            body.push_str(if code { "<pre>" } else { "</pre>\n" });
        } else if code {
            let _ = writeln!(body, "{}", plain(line));
        } else if row {
            if line.starts_with("|---") {
                continue;
            }
            let cell = if table { "td" } else { "th" };
            if !table {
                body.push_str("<table>\n");
                table = true;
            }
            body.push_str("<tr>");
            for text in line.trim_matches('|').split(" | ") {
                let text = plain(text.trim().trim_matches('`'));
                let _ = write!(body, "<{cell}>{text}</{cell}>");
            }
            body.push_str("</tr>\n");
        } else if let Some(head) = line.strip_prefix("## ") {
            let _ = writeln!(body, "<h2>{}</h2>", plain(head));
        } else if let Some(head) = line.strip_prefix("# ") {
            let _ = writeln!(body, "<h1>{}</h1>", plain(head));
        } else if line.starts_with("![") {
            let file = line.rsplit('(').next().unwrap_or("").trim_end_matches(')');
            if let Some((_, svg)) = pictures.iter().find(|p| p.0 == file) {
                let start = svg.find("<svg").unwrap_or(0);
                let _ = writeln!(body, "{}", &svg[start..]);
            }
        } else if let Some(text) = line.strip_prefix("    ") {
            let _ = writeln!(body, "<pre>{}</pre>", plain(text));
        } else if let Some(target) = line
            .strip_prefix("[Report of the search](")
            .and_then(|l| l.strip_suffix(')'))
        {
            let _ = writeln!(body, "<p><a href=\"{target}\">Report of the search</a></p>");
        } else if !line.is_empty() {
            let _ = writeln!(body, "<p>{}</p>", plain(&line.replace('`', "")));
        }
    }
    if table {
        body.push_str("</table>\n");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>\nbody {{ font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}\ntable {{ border-collapse: collapse; }}\ntd, th {{ border: 1px solid #bbb; padding: 0.2em 0.6em; text-align: left; }}\nsvg {{ max-width: 100%; height: auto; }}\n</style></head>\n<body>\n{body}</body></html>\n",
        plain(title)
    )
}
