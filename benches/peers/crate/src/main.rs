//! Runs the crate `symbolic_regression` on one CSV file, one core, and prints what it predicts for the
//! rows of a second file: one value per line, after a line with the expression.
//!
//! ```text
//! peer-symbolic-regression TRAIN.csv CHECK.csv TARGET INPUT,... OPERATOR,... SEED SECONDS
//! ```

use ndarray::{Array1, Array2};
use symbolic_regression::EarlyStop;
use symbolic_regression::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<String> = std::env::args().collect();
    let [_, train, check, target, inputs, operators, seed, seconds] = a.as_slice() else {
        return Err("seven arguments, see the source".into());
    };
    let inputs: Vec<&str> = inputs.split(',').collect();
    let (x, y) = read(train, &inputs, target)?;
    let (x_check, y_check) = read(check, &inputs, target)?;
    // Columns and target at unit size, as its users do; predictions are scaled back.
    let size = |v: &mut dyn Iterator<Item = f64>| v.fold(0.0_f64, |m, x| m.max(x.abs()));
    let scales: Vec<f64> = x.rows().into_iter().map(|r| tamed(size(&mut r.iter().copied()))).collect();
    let y_scale = tamed(size(&mut y.iter().copied()));
    let scaled = |mut x: Array2<f64>| {
        for (mut row, s) in x.rows_mut().into_iter().zip(&scales) {
            row /= *s;
        }
        x
    };
    let dataset = Dataset::new(scaled(x), y / y_scale);
    let names: Vec<&str> = operators.split(',').collect();
    let options = Options::<f64, 2> {
        operators: BuiltinOpsF64::from_names(&names)?,
        seed: seed.parse()?,
        niterations: 1_000_000,
        timeout_in_seconds: seconds.parse()?,
        early_stop_condition: Some(EarlyStop::below(1e-14_f64)),
        progress: false,
        ..Default::default()
    };
    let result = equation_search::<_, BuiltinOpsF64, 2>(&dataset, &options);
    // The usual choice: the steepest fall of the logarithm of the loss along the front.
    let front = result.hall_of_fame.pareto_front();
    let mut best = (f64::NEG_INFINITY, front.len() - 1);
    for k in 1..front.len() {
        let gain = (front[k - 1].loss.max(1e-20) / front[k].loss.max(1e-20)).ln();
        let score = gain / (front[k].complexity - front[k - 1].complexity) as f64;
        if score > best.0 && front[k].loss <= 1.5 * front[front.len() - 1].loss.max(1e-14) {
            best = (score, k);
        }
    }
    let member = &front[best.1];
    println!("{}", member.expr);
    let check = Dataset::new(scaled(x_check), y_check);
    let (values, _) = eval_tree_array::<f64, BuiltinOpsF64, 2>(
        &member.expr,
        check.x.view(),
        &EvalOptions::default(),
    );
    for v in values {
        println!("{:e}", v * y_scale);
    }
    Ok(())
}

fn tamed(size: f64) -> f64 {
    if (0.1..=10.0).contains(&size) { 1.0 } else { 10_f64.powi(size.log10().round() as i32) }
}

type Data = (Array2<f64>, Array1<f64>);

fn read(path: &str, inputs: &[&str], target: &str) -> Result<Data, Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let plain = |h: &str| h.split('[').next().unwrap_or(h).trim().to_string();
    let headers: Vec<String> = reader.headers()?.iter().map(plain).collect();
    let place = |name: &str| headers.iter().position(|h| h == name).ok_or("no such column");
    let columns: Vec<usize> = inputs.iter().map(|n| place(n)).collect::<Result<_, _>>()?;
    let target = place(target)?;
    let (mut x, mut y) = (vec![Vec::new(); inputs.len()], Vec::new());
    for record in reader.records() {
        let record = record?;
        for (values, c) in x.iter_mut().zip(&columns) {
            values.push(record[*c].parse::<f64>()?);
        }
        y.push(record[target].parse::<f64>()?);
    }
    let flat: Vec<f64> = x.concat();
    Ok((Array2::from_shape_vec((inputs.len(), y.len()), flat)?, Array1::from(y)))
}
