//! What is to be explained by what: a request, checked against a table and made ready to search.

use std::ops::Range;

use super::DiscoverError;
use super::expression::{Expr, parse, product};
use super::rng::Rng;
use super::scaling::inverse;
use super::table::{Cells, Table};
use super::units::{self, Dimension};

/// Fewest rows per category.
const MIN_ROWS: usize = 8;

/// Columns whose root mean square lies within this range are taken as they are; others are
/// measured in a power of ten, so that constants start near 1.
const TAME: Range<f64> = 1e-2..1e2;

/// Rows that start values are found on.
const UNLINK_ROWS: usize = 200;

/// What to do with units that do not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnitsRule {
    #[default]
    Off,
    /// Each violation lengthens the description by ten symbols.
    Penalty,
    /// Expressions with violations are refused.
    Require,
}

/// A search request in terms of column names.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub target: String,
    pub inputs: Vec<String>,
    /// One law for all categories, with constants of its own in each.
    pub category: Option<String>,
    /// Factor on each row's squared residual.
    pub weight: Option<String>,
    /// The fixed part of the law: `I * R_c * f(Q)`. Each call of an unknown function is a place
    /// to fill, from the columns named in it.
    pub template: Option<String>,
    pub units: UnitsRule,
    /// Forms to fit to the same rows and report beside what is found: `I/sqrt(a + b*Q^2)`. Names
    /// that are no inputs are constants.
    pub compare: Vec<String>,
    /// Leaves out rows with an empty or unreadable cell instead of refusing them.
    pub skip_incomplete: bool,
}

/// Rows sorted by category.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Inputs, each divided by its scale.
    pub columns: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    /// Empty for equal weights.
    pub weights: Vec<f64>,
    /// Rows of each category.
    pub spans: Vec<Range<usize>>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.target.len()
    }

    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// About `wanted` rows, drawn at random but always the same, in proportion from each category.
    pub fn sample(&self, wanted: usize) -> Self {
        if self.len() <= wanted {
            return self.clone();
        }
        let mut rng = Rng::new(0x5EED, self.len() as u64);
        let mut chosen = Vec::with_capacity(wanted);
        let mut spans = Vec::new();
        for span in &self.spans {
            let share = (span.len() * wanted).div_ceil(self.len());
            let share = share.max(4 * MIN_ROWS).min(span.len());
            let start = chosen.len();
            // Selection sampling keeps the order.
            let mut left = share;
            for (seen, row) in span.clone().enumerate() {
                if rng.below(span.len() - seen) < left {
                    chosen.push(row);
                    left -= 1;
                }
            }
            spans.push(start..chosen.len());
        }
        let pick = |v: &Vec<f64>| chosen.iter().map(|r| v[*r]).collect::<Vec<f64>>();
        Self {
            columns: self.columns.iter().map(pick).collect(),
            target: pick(&self.target),
            weights: if self.weights.is_empty() {
                Vec::new()
            } else {
                pick(&self.weights)
            },
            spans,
        }
    }

    /// At most [`UNLINK_ROWS`] rows with the target under `inverse`; rows without a finite value are
    /// left out. `None` if few remain.
    pub(super) fn unlinked(&self, inverse: fn(f64) -> f64) -> Option<Self> {
        let stride = self.len().div_ceil(UNLINK_ROWS);
        let mut out = Self {
            columns: vec![Vec::new(); self.columns.len()],
            ..Self::default()
        };
        for row in (0..self.len()).step_by(stride) {
            let value = inverse(self.target[row]);
            if value.is_finite() {
                out.target.push(value);
                for (to, from) in out.columns.iter_mut().zip(&self.columns) {
                    to.push(from[row]);
                }
            }
        }
        (2 * out.len() * stride > self.len()).then_some(out)
    }

    /// Weighted mean square of the target.
    pub fn mean_square(&self) -> f64 {
        let mut total = 0.0;
        for (row, y) in self.target.iter().enumerate() {
            total += self.weights.get(row).unwrap_or(&1.0) * y * y;
        }
        total / self.len() as f64
    }
}

/// A checked request.
#[derive(Debug, Clone)]
pub struct Problem {
    pub target: String,
    /// Names of the inputs; [`Expr::Variable`] counts in this list.
    pub inputs: Vec<String>,
    /// Labels of the categories; one empty label without categories.
    pub categories: Vec<String>,
    pub rows: Rows,
    pub input_scales: Vec<f64>,
    pub target_scale: f64,
    /// What surrounds the holes, in scaled columns.
    pub template: Expr,
    /// Inputs that each hole may use.
    pub holes: Vec<Vec<usize>>,
    /// Units of inputs and target, where the rule asks for them.
    pub dimensions: Option<(Vec<Dimension>, Dimension)>,
    pub units: UnitsRule,
    /// Forms to report beside what is found, as they were given and in scaled columns.
    pub compared: Vec<(String, Expr)>,
    /// What the user should know about the data.
    pub warnings: Vec<String>,
}

impl Problem {
    /// Checks a request against a table. Constant inputs are left out with a warning.
    pub fn new(table: &Table, request: &Request) -> Result<Self, DiscoverError> {
        let mut warnings = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for name in &request.inputs {
            table.require(name)?;
            if *name == request.target {
                return Err(DiscoverError::TargetIsInput(name.clone()));
            }
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        table.require(&request.target)?;
        let picked = Picked::new(table, request, &names)?;
        let mut rows = picked.rows;
        let target_mean = rows.target.iter().sum::<f64>() / rows.len() as f64;
        if rows.target.iter().all(|y| *y == rows.target[0]) {
            return Err(DiscoverError::ConstantTarget {
                name: request.target.clone(),
                value: target_mean,
            });
        }
        let mut inputs = Vec::new();
        let mut columns = Vec::new();
        for (name, column) in names.into_iter().zip(std::mem::take(&mut rows.columns)) {
            if column.iter().all(|x| *x == column[0]) {
                warnings.push(format!(
                    "input {name} is {} in every row and was left out",
                    column[0]
                ));
            } else {
                inputs.push(name);
                columns.push(column);
            }
        }
        if inputs.is_empty() {
            return Err(DiscoverError::NoInputs);
        }
        let input_scales: Vec<f64> = columns.iter_mut().map(|c| tame(c)).collect();
        let target_scale = tame(&mut rows.target);
        rows.columns = columns;
        let (template, holes) = read_template(request, &inputs, &input_scales, target_scale)?;
        let dimensions = read_units(table, request, &inputs, &mut warnings)?;
        if picked.skipped > 0 {
            warnings.push(format!("{} incomplete rows were left out", picked.skipped));
        }
        let mut problem = Self {
            target: request.target.clone(),
            inputs,
            categories: picked.categories,
            rows,
            input_scales,
            target_scale,
            template,
            holes,
            dimensions,
            units: request.units,
            compared: Vec::new(),
            warnings,
        };
        for text in &request.compare {
            let form = problem.read_form(text)?;
            problem.compared.push((text.clone(), form));
        }
        Ok(problem)
    }

    /// The rows in the units of the table.
    pub fn raw_rows(&self) -> Rows {
        let mut rows = self.rows.clone();
        let columns = rows.columns.iter_mut().zip(&self.input_scales);
        let all = columns.chain(std::iter::once((&mut rows.target, &self.target_scale)));
        for (column, scale) in all {
            if *scale != 1.0 {
                column.iter_mut().for_each(|x| *x *= scale);
            }
        }
        rows
    }

    pub fn is_scaled(&self) -> bool {
        self.target_scale != 1.0 || self.input_scales.iter().any(|s| *s != 1.0)
    }

    /// How often the expression combines units that do not meet.
    pub fn unit_violations(&self, expr: &Expr) -> u32 {
        match &self.dimensions {
            Some((inputs, target)) => units::violations(expr, inputs, *target),
            None => 0,
        }
    }
}

/// Divides a column by a power of ten if its size is far from 1, and returns that power.
fn tame(column: &mut [f64]) -> f64 {
    let largest = column.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if largest == 0.0 {
        return 1.0;
    }
    // Relative to the largest, so that no square overflows.
    let squares: f64 = column.iter().map(|x| (x / largest).powi(2)).sum();
    let rms = largest * (squares / column.len() as f64).sqrt();
    if TAME.contains(&rms) {
        return 1.0;
    }
    let scale = 10_f64.powi(rms.log10().round() as i32);
    if !scale.is_finite() || scale == 0.0 {
        return 1.0;
    }
    for x in column {
        *x /= scale;
    }
    scale
}

/// The columns of a request as numbers, sorted by category.
struct Picked {
    rows: Rows,
    categories: Vec<String>,
    skipped: usize,
}

impl Picked {
    fn new(table: &Table, request: &Request, inputs: &[String]) -> Result<Self, DiscoverError> {
        let target = numbers(table, &request.target)?;
        let mut columns = Vec::new();
        for name in inputs {
            columns.push(numbers(table, name)?);
        }
        let weights = match &request.weight {
            Some(name) => Some(numbers(table, name)?),
            None => None,
        };
        let category = match &request.category {
            Some(name) => Some(&table.require(name)?.cells),
            None => None,
        };
        let complete = |row: usize| {
            target[row].is_finite()
                && columns.iter().all(|c| c[row].is_finite())
                && weights.is_none_or(|w| w[row].is_finite())
        };
        let mut kept: Vec<usize> = Vec::with_capacity(table.rows());
        for row in 0..table.rows() {
            if complete(row) {
                kept.push(row);
            } else if !request.skip_incomplete {
                return Err(incomplete(table, request, inputs, row));
            }
        }
        let skipped = table.rows() - kept.len();
        let (order, spans, categories) = grouped(kept, category)?;
        if let (Some(w), Some(name)) = (weights, &request.weight) {
            let bad = order.iter().find(|r| w[**r] < 0.0);
            let bad = bad.or(order.first().filter(|_| order.iter().all(|r| w[*r] == 0.0)));
            if let Some(row) = bad {
                return Err(DiscoverError::BadWeight {
                    column: name.clone(),
                    row: row + 1,
                    value: w[*row],
                });
            }
        }
        let pick = |c: &[f64]| order.iter().map(|r| c[*r]).collect::<Vec<f64>>();
        Ok(Self {
            rows: Rows {
                columns: columns.iter().map(|c| pick(c)).collect(),
                target: pick(target),
                weights: weights.map_or_else(Vec::new, pick),
                spans,
            },
            categories,
            skipped,
        })
    }
}

type Groups = (Vec<usize>, Vec<Range<usize>>, Vec<String>);

/// Rows ordered by category, categories in order of their first row.
fn grouped(kept: Vec<usize>, category: Option<&Cells>) -> Result<Groups, DiscoverError> {
    let mut labels: Vec<String> = Vec::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    match category {
        None => {
            labels.push(String::new());
            groups.push(kept);
        }
        Some(cells) => {
            let mut places = std::collections::HashMap::new();
            for row in kept {
                let label = cells.label(row);
                let place = *places.entry(label).or_insert_with_key(|label| {
                    labels.push(label.clone());
                    groups.push(Vec::new());
                    labels.len() - 1
                });
                groups[place].push(row);
            }
        }
    }
    let mut order = Vec::new();
    let mut spans = Vec::new();
    for (label, group) in labels.iter().zip(groups) {
        if group.len() < MIN_ROWS {
            return Err(DiscoverError::TooFewRows {
                rows: group.len(),
                wanted: MIN_ROWS,
                group: category.is_some().then(|| label.clone()),
            });
        }
        spans.push(order.len()..order.len() + group.len());
        order.extend(group);
    }
    if order.is_empty() {
        return Err(DiscoverError::TooFewRows {
            rows: 0,
            wanted: MIN_ROWS,
            group: None,
        });
    }
    Ok((order, spans, labels))
}

fn numbers<'t>(table: &'t Table, name: &str) -> Result<&'t [f64], DiscoverError> {
    match &table.require(name)?.cells {
        Cells::Numbers(v) => Ok(v),
        Cells::Labels(labels) => {
            let bad = labels.iter().position(|l| l.parse::<f64>().is_err());
            let row = bad.unwrap_or(0);
            Err(DiscoverError::NotANumber {
                column: name.to_string(),
                place: table.place(row),
                text: labels.get(row).cloned().unwrap_or_default(),
            })
        }
    }
}

fn incomplete(table: &Table, request: &Request, inputs: &[String], row: usize) -> DiscoverError {
    let used = std::iter::once(&request.target)
        .chain(inputs)
        .chain(&request.weight);
    for name in used {
        if let Ok(values) = numbers(table, name) {
            if !values[row].is_finite() {
                let text = match values[row] {
                    v if v.is_nan() => "empty or NaN".to_string(),
                    v => format!("{v}"),
                };
                return DiscoverError::NotANumber {
                    column: name.clone(),
                    place: table.place(row),
                    text,
                };
            }
        }
    }
    DiscoverError::NoInputs
}

fn read_template(
    request: &Request,
    inputs: &[String],
    input_scales: &[f64],
    target_scale: f64,
) -> Result<(Expr, Vec<Vec<usize>>), DiscoverError> {
    let Some(text) = &request.template else {
        return Ok((Expr::Hole(0), vec![(0..inputs.len()).collect()]));
    };
    // `dphi = ...` may name the target.
    let right = match text.split_once('=') {
        Some((left, right)) if left.trim() == request.target => right,
        Some((left, _)) => {
            return Err(DiscoverError::Template {
                text: text.clone(),
                reason: format!(
                    "the left side is \"{}\", the target is \"{}\"",
                    left.trim(),
                    request.target
                ),
            });
        }
        None => text,
    };
    let parsed = parse(right, inputs)?;
    if parsed.holes.is_empty() {
        return Err(DiscoverError::Template {
            text: text.clone(),
            reason: "there is nothing to find; put f(column, ...) where the law is unknown".into(),
        });
    }
    let scaled = parsed.expr.map_leaves(&mut |leaf| match leaf {
        Expr::Variable(v) => product(vec![Expr::Number(input_scales[*v]), Expr::Variable(*v)]),
        other => other.clone(),
    });
    let template = if target_scale == 1.0 {
        scaled
    } else {
        product(vec![Expr::Number(inverse(target_scale)), scaled])
    };
    Ok((template, parsed.holes.into_iter().map(|(_, v)| v).collect()))
}

type UnitsRead = Option<(Vec<Dimension>, Dimension)>;

fn read_units(
    table: &Table,
    request: &Request,
    inputs: &[String],
    warnings: &mut Vec<String>,
) -> Result<UnitsRead, DiscoverError> {
    if request.units == UnitsRule::Off {
        return Ok(None);
    }
    let unit_of = |name: &str| -> Result<Option<Dimension>, DiscoverError> {
        let column = table.require(name)?;
        let Some(unit) = &column.unit else {
            return Ok(None);
        };
        match units::parse_unit(unit) {
            Some(d) => Ok(Some(d)),
            None => Err(DiscoverError::UnknownUnit {
                column: name.to_string(),
                unit: unit.clone(),
            }),
        }
    };
    let mut dimensions = Vec::new();
    for name in std::iter::once(&request.target).chain(inputs) {
        match unit_of(name)? {
            Some(d) => dimensions.push(d),
            None => {
                warnings.push(format!(
                    "units are not used: column {name} has none (write \"{name} [unit]\")"
                ));
                return Ok(None);
            }
        }
    }
    let target = dimensions.remove(0);
    Ok(Some((dimensions, target)))
}
