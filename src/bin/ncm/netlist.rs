//! `ncm netlist`.

use ncm::netlist::{Dialect, Door, companion, subcircuit, subcircuit_name};
use serde_json::json;

use crate::args::NetlistArgs;
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

pub fn run(a: &NetlistArgs) -> Result<Report, Failure> {
    let dialect = Dialect::from_name(&a.dialect)
        .ok_or_else(|| Failure::bad_input(format!("--dialect {}: no such dialect", a.dialect)))?;
    let door = Door::from_name(&a.door, dialect)
        .ok_or_else(|| Failure::bad_input(format!("--door {}: no such door", a.door)))?;
    if let Some(path) = &a.output {
        files::check_target(path)?;
    }
    let card = a.part.read()?;
    let text = subcircuit(&card, door)?;
    let name = subcircuit_name(&card);
    let mut report = Report::default();
    report.json.insert("card".into(), json!(card.name));
    report.json.insert("door".into(), json!(door.name()));
    report.json.insert("subcircuit".into(), json!(name));
    match &a.output {
        None => {
            report.json.insert("netlist".into(), json!(text));
            report.text = text;
        }
        Some(path) => {
            let mut library = path.clone();
            if let Some((ending, text)) = companion(&card, door) {
                library.set_extension(ending);
                if library == *path {
                    return Err(Failure::bad_input(format!(
                        "{}: is the name of the subcircuit's file beside it\n  remedy: name the source with the ending .va",
                        path.display()
                    )));
                }
                files::write(&library, &text)?;
                report.json.insert("library".into(), json!(library));
            }
            files::write(path, &text)?;
            report.json.insert("file".into(), json!(path));
            report.text = format!(
                "{}: subcircuit {name}; in a deck: .include {} and X1 p n {name} ic=0\n",
                path.display(),
                library.display()
            );
        }
    }
    Ok(report)
}
