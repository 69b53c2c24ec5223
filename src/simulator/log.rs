//! Telling errors and warnings in what ngspice printed.
//!
//! The exit code alone does not do: ngspice exits with 0 after it has ignored a parameter it does
//! not know, after a code model could not be loaded, or after a code model reported an error by
//! `cm_message_send`.

/// The lines that report a failure, in their order.
pub fn errors(log: &str) -> Vec<&str> {
    log.lines().map(str::trim).filter(is_error).collect()
}

/// The lines that report something doubtful which the run survived, in their order.
pub fn warnings(log: &str) -> Vec<&str> {
    log.lines().map(str::trim).filter(is_warning).collect()
}

/// Failures that ngspice reports without the word "error".
const FAILURES: [&str; 6] = [
    "unable to find definition of model",
    "simulation(s) aborted",
    "dc solution failed",
    "timestep too small",
    "could not be loaded",
    "couldn't be loaded",
];

fn is_error(line: &&str) -> bool {
    let lower = line.to_ascii_lowercase();
    // "error" alone would take a node of that name in a table of voltages for a complaint:
    // node names are always printed in lower case and followed by blanks.
    line.starts_with("Error")
        || line.starts_with("ERROR")
        || line.contains("Fatal")
        || line.contains("FATAL")
        || line.contains("MIF-ERROR")
        || lower.contains("error:")
        || lower.contains("error!")
        || FAILURES.iter().any(|failure| lower.contains(failure))
}

fn is_warning(line: &&str) -> bool {
    let lower = line.to_ascii_lowercase();
    !is_error(line) && (lower.contains("warning") || lower.contains("unrecognized parameter"))
}

/// The lines that report failures, each with the two that follow it: ngspice names the faulty line
/// of the deck, or the model it misses, only there.
pub fn report(log: &str) -> String {
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut shown = String::new();
    let mut after_error = usize::MAX;
    for line in lines {
        after_error = if is_error(&line.trim()) {
            0
        } else {
            after_error.saturating_add(1)
        };
        if after_error <= 2 {
            if !shown.is_empty() {
                shown.push('\n');
            }
            shown.push_str(line);
        }
    }
    shown
}

/// The last `lines` lines of a log, for messages.
pub fn tail(log: &str, lines: usize) -> String {
    let all: Vec<&str> = log.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    // What ngspice 34 to 47 printed for broken decks.
    const UNKNOWN_MODEL: &str = "\
Note: No compatibility mode selected!

Circuit: t

Error on line 5 or its substitute:
  zz 1 2
Unable to find definition of model
    Simulation interrupted due to error!

Error: circuit not parsed.
";
    const FLOATING_SOURCES: &str = "\
Warning: singular matrix:  check node v1#branch

Note: Starting dynamic gmin stepping
Trying gmin =   1.0000E-03 Warning: Further gmin increment
Warning: Dynamic gmin stepping failed
Error: Transient op failed, timestep too small
doAnalyses: OP:  Timestep too small; cause unrecorded.

run simulation(s) aborted
";
    const UNKNOWN_PARAMETER: &str = "\
Warning: Model issue on line 4 :
  .model lim limit(gain=1 nonsens=2 out_upper_limit=2 out_lower_limit=-2) ...
MIF: unrecognized parameter (nonsens) - ignored

Initial Transient Solution
--------------------------

Node                                   Voltage
error                                        0
warnings#branch                              0
";

    #[test]
    fn failures_are_errors() {
        assert_eq!(errors(UNKNOWN_MODEL).len(), 4);
        assert_eq!(errors(FLOATING_SOURCES).len(), 3);
        assert_eq!(
            errors("Error opening code model \"x.cm\": x.cm: cannot open").len(),
            1
        );
        assert_eq!(
            errors(" MIF-ERROR - unable to find definition of model lim").len(),
            1
        );
    }

    #[test]
    fn a_node_called_error_is_no_error() {
        assert_eq!(errors(UNKNOWN_PARAMETER), Vec::<&str>::new());
    }

    #[test]
    fn warnings_are_kept_apart() {
        assert_eq!(
            warnings(UNKNOWN_PARAMETER)[..2],
            [
                "Warning: Model issue on line 4 :",
                "MIF: unrecognized parameter (nonsens) - ignored"
            ]
        );
        assert_eq!(warnings(FLOATING_SOURCES).len(), 3);
        assert!(warnings(UNKNOWN_MODEL).is_empty());
    }

    #[test]
    fn a_report_shows_what_follows_an_error() {
        assert_eq!(
            report(UNKNOWN_MODEL),
            "Error on line 5 or its substitute:\n  zz 1 2\nUnable to find definition of model\n    \
             Simulation interrupted due to error!\nError: circuit not parsed."
        );
        assert_eq!(report("a\nError: b\nc\n\nd\ne"), "Error: b\nc\nd");
        assert_eq!(report(UNKNOWN_PARAMETER), "");
    }

    #[test]
    fn tail_takes_the_last_lines() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
        assert_eq!(tail("a", 9), "a");
    }
}
