//! What programs print.

use super::doors::Curve;
use std::process::Command;

/// What a program prints; an error if it does not go well.
pub fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(printed + &String::from_utf8_lossy(&output.stderr))
}

/// The curves of the scripts in tests/engines: for each the line `deck` and lines `x re im`.
pub fn printed_curves(printed: &str, count: usize) -> Result<Vec<Curve>, String> {
    let mut curves: Vec<Curve> = Vec::new();
    for line in printed.lines() {
        if line == "deck" {
            curves.push(Curve::default());
        }
        let numbers: Vec<f64> = line
            .split_whitespace()
            .filter_map(|w| w.parse().ok())
            .collect();
        if let ([x, re, im], Some(curve)) = (&numbers[..], curves.last_mut()) {
            curve.x.push(*x);
            curve.re.push(*re);
            curve.im.push(*im);
        }
    }
    if curves.len() != count || curves.iter().any(|curve| curve.x.is_empty()) {
        return Err(format!("no numbers:\n{printed}"));
    }
    Ok(curves)
}
