//! `ncm completions` and `ncm man`: made from the command line's own description.

use clap::CommandFactory;
use serde_json::json;

use crate::args::{Arguments, CompletionsArgs, ManArgs};
use crate::failure::Failure;
use crate::files;
use crate::report::Report;

pub fn completions(a: &CompletionsArgs) -> Result<Report, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(a.shell, &mut Arguments::command(), "ncm", &mut script);
    let mut report = Report {
        text: String::from_utf8_lossy(&script).into_owned(),
        ..Report::default()
    };
    report
        .json
        .insert("shell".into(), json!(a.shell.to_string()));
    report.json.insert("script".into(), json!(report.text));
    Ok(report)
}

pub fn man(a: &ManArgs) -> Result<Report, Failure> {
    std::fs::create_dir_all(&a.folder).map_err(|e| {
        Failure::work(format!(
            "{}: cannot make the folder: {e}\n  remedy: choose a folder that can be written to",
            a.folder.display()
        ))
    })?;
    // The global --json belongs on every page: propagate it before the verbs are taken apart.
    let mut whole = Arguments::command();
    whole.build();
    let mut paths = Vec::new();
    let verbs = whole.get_subcommands().filter(|v| v.get_name() != "help");
    for command in std::iter::once(&whole).chain(verbs) {
        let man = clap_mangen::Man::new(command.clone());
        let mut page = Vec::new();
        man.render(&mut page)
            .map_err(|e| Failure::work(format!("cannot render a man page: {e}")))?;
        let path = a.folder.join(man.get_filename());
        files::write(&path, &String::from_utf8_lossy(&page))?;
        paths.push(path);
    }
    let mut report = Report::default();
    for path in &paths {
        report.text.push_str(&format!("{}\n", path.display()));
    }
    report.json.insert("files".into(), json!(paths));
    Ok(report)
}
