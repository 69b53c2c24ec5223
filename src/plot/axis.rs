//! From values in SI units to positions, ticks and labels of an axis.

use super::{Axis, PlotError, Scale};

/// An axis with its range and ticks settled. Positions are the values with the prefix's factor taken
/// out, or their decadic logarithms.
#[derive(Debug, Clone)]
pub(super) struct Ruler {
    scale: Scale,
    /// What values are multiplied by before they are shown.
    factor: f64,
    pub low: f64,
    pub high: f64,
    /// Positions with a label.
    pub ticks: Vec<f64>,
    /// Positions with a faint line between them.
    pub minor: Vec<f64>,
    decimals: usize,
    /// Label and unit, e.g. `current (mA)`.
    pub caption: String,
}

/// Free space beyond the data, as a fraction of its range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Margin(pub f64);

impl Ruler {
    /// Settles an axis for these values.
    pub fn new<'a>(
        axis: &Axis,
        values: impl Iterator<Item = &'a f64>,
        margin: Margin,
        most_ticks: usize,
    ) -> Result<Self, PlotError> {
        let usable = |x: f64| x.is_finite() && (axis.scale == Scale::Linear || x > 0.0);
        let bad_range = |low: f64, high: f64| {
            let form = match axis.scale {
                Scale::Linear => "finite, the first below the second",
                Scale::Log => "finite and above 0, the first below the second",
            };
            PlotError(format!(
                "range {low} to {high} of axis \"{}\": must be {form}",
                axis.label
            ))
        };
        let (low, high) = match axis.range {
            Some((low, high)) if usable(low) && usable(high) && low < high => (low, high),
            Some((low, high)) => return Err(bad_range(low, high)),
            None => values
                .copied()
                .filter(|&x| usable(x))
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                    (low.min(x), high.max(x))
                }),
        };
        // Nothing to show: an empty axis from 0 (or 1) on.
        let (low, high) = if low <= high {
            (low, high)
        } else {
            match axis.scale {
                Scale::Linear => (0.0, 1.0),
                Scale::Log => (1.0, 10.0),
            }
        };
        let mut ruler = match axis.scale {
            Scale::Linear => Self::linear(axis, low, high),
            Scale::Log => Self::log(axis, low, high),
        };
        if axis.range.is_none() {
            let space = margin.0 * (ruler.high - ruler.low);
            ruler.low -= space;
            ruler.high += space;
        }
        ruler.divide(most_ticks.max(2));
        Ok(ruler)
    }

    fn linear(axis: &Axis, low: f64, high: f64) -> Self {
        let largest = low.abs().max(high.abs());
        let (factor, prefix) = if axis.unit.is_empty() {
            (1.0, "")
        } else {
            prefix(largest)
        };
        let (mut low, mut high) = (low * factor, high * factor);
        // A constant gets an axis that shows it as one, and not its rounding errors.
        if high - low <= 1e-12 * largest * factor {
            let middle = 0.5 * (low + high);
            let half = if middle == 0.0 {
                1.0
            } else {
                0.5 * middle.abs()
            };
            (low, high) = (middle - half, middle + half);
        }
        Self {
            scale: Scale::Linear,
            factor,
            low,
            high,
            ticks: Vec::new(),
            minor: Vec::new(),
            decimals: 0,
            caption: caption(&axis.label, prefix, &axis.unit),
        }
    }

    fn log(axis: &Axis, low: f64, high: f64) -> Self {
        let (mut low, mut high) = (low.log10(), high.log10());
        if high - low < 0.1 {
            (low, high) = (low - 0.5, high + 0.5);
        }
        Self {
            scale: Scale::Log,
            factor: 1.0,
            low,
            high,
            ticks: Vec::new(),
            minor: Vec::new(),
            decimals: 0,
            caption: caption(&axis.label, "", &axis.unit),
        }
    }

    /// Position of a value; `None` where it has none.
    pub fn position(&self, value: f64) -> Option<f64> {
        let position = match self.scale {
            Scale::Linear => value * self.factor,
            Scale::Log if value > 0.0 => value.log10(),
            Scale::Log => return None,
        };
        position.is_finite().then_some(position)
    }

    fn divide(&mut self, most: usize) {
        let span = self.high - self.low;
        let mut step = match self.scale {
            Scale::Linear => round_step(span / most as f64),
            Scale::Log => round_step(span / most as f64).max(1.0).round(),
        };
        // One tick says nothing of the scale.
        if self.scale == Scale::Linear && multiples(step, self.low, self.high).len() < 2 {
            step = round_step(span / (2.5 * most as f64));
        }
        self.ticks = multiples(step, self.low, self.high);
        match self.scale {
            Scale::Linear => {
                self.decimals = (-(step * 1.0001).log10()).ceil().max(0.0) as usize;
            }
            Scale::Log if step == 1.0 => {
                for decade in self.low.floor() as i64..=self.high.ceil() as i64 {
                    for digit in 2..10 {
                        let at = decade as f64 + f64::from(digit).log10();
                        if at > self.low && at < self.high {
                            self.minor.push(at);
                        }
                    }
                }
            }
            Scale::Log => self.minor = multiples(1.0, self.low, self.high),
        }
    }

    /// Label of a tick.
    pub fn label(&self, position: f64) -> String {
        match self.scale {
            // A true minus sign, as wide as a plus.
            Scale::Linear if position.abs() < 1e-9 * (self.high - self.low) => "0".into(),
            Scale::Linear => format!("{position:.*}", self.decimals).replace('-', "\u{2212}"),
            Scale::Log => power_of_ten(position.round() as i64),
        }
    }
}

fn caption(label: &str, prefix: &str, unit: &str) -> String {
    if unit.is_empty() {
        label.into()
    } else {
        format!("{label} ({prefix}{unit})")
    }
}

/// The factor and the SI prefix that bring `largest` to 1 to 1000, about.
fn prefix(largest: f64) -> (f64, &'static str) {
    const PREFIXES: [(&str, i32); 11] = [
        ("a", -18),
        ("f", -15),
        ("p", -12),
        ("n", -9),
        ("\u{b5}", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
    ];
    if largest == 0.0 {
        return (1.0, "");
    }
    // A range that all but reaches the next prefix is shown with it: 1 ms, not 999 us.
    let exponent = (largest * 1.02).log10().floor() as i32;
    let third = exponent.div_euclid(3).clamp(-6, 4);
    let (name, power) = PREFIXES[(third + 6) as usize];
    (10f64.powi(-power), name)
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|&s| s >= step * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    let slack = 1e-9 * (high - low);
    let first = ((low - slack) / step).ceil();
    let last = ((high + slack) / step).floor();
    (0..=(last - first).clamp(-1.0, 1000.0) as i64)
        .map(|i| (first + i as f64) * step)
        .collect()
}

fn power_of_ten(exponent: i64) -> String {
    let digits: String = exponent
        .to_string()
        .chars()
        .map(|c| match c {
            '-' => '\u{207b}',
            '1' => '\u{b9}',
            '2' => '\u{b2}',
            '3' => '\u{b3}',
            c => char::from_u32(0x2070 + c as u32 - '0' as u32).unwrap_or(c),
        })
        .collect();
    match exponent {
        0 => "1".into(),
        1 => "10".into(),
        _ => format!("10{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruler(axis: Axis, values: &[f64]) -> Ruler {
        Ruler::new(&axis, values.iter(), Margin(0.0), 6).expect("a drawable axis")
    }

    fn labels(r: &Ruler) -> Vec<String> {
        r.ticks.iter().map(|&t| r.label(t)).collect()
    }

    #[test]
    fn ticks_are_round_numbers_with_a_prefix() {
        let r = ruler(Axis::new("time", "s"), &[0.0, 40e-6]);
        assert_eq!(r.caption, "time (\u{b5}s)");
        assert_eq!(labels(&r), ["0", "10", "20", "30", "40"]);
        let r = ruler(Axis::new("voltage", "V"), &[-0.25, 2.7]);
        assert_eq!(r.caption, "voltage (V)");
        assert_eq!(
            labels(&r),
            ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"].map(|s| if s == "0.0" { "0" } else { s })
        );
        let r = ruler(Axis::new("x", ""), &[-2000.0, 1000.0]);
        assert_eq!(r.caption, "x");
        assert_eq!(labels(&r)[0], "\u{2212}2000");
    }

    #[test]
    fn decades_are_powers_of_ten() {
        let r = ruler(
            Axis::new("f", "Hz").log(),
            &[1e-3, 1e2, -1.0, 0.0, f64::NAN],
        );
        assert_eq!(
            labels(&r),
            [
                "10\u{207b}\u{b3}",
                "10\u{207b}\u{b2}",
                "10\u{207b}\u{b9}",
                "1",
                "10",
                "10\u{b2}"
            ]
        );
        assert_eq!(r.position(0.0), None);
        assert_eq!(r.minor.len(), 5 * 8);
        let r = ruler(Axis::new("f", "Hz").log(), &[1e-12, 1e12]);
        assert!(r.ticks.len() <= 7);
    }

    #[test]
    fn constants_nothing_and_extremes_have_an_axis() {
        for values in [
            &[][..],
            &[0.0],
            &[3.0, 3.0],
            &[3.0, 3.0 + 1e-15],
            &[f64::NAN],
            &[1e-300, 2e-300],
            &[-1e300, 1e300],
            &[f64::INFINITY, 1.0],
        ] {
            let r = ruler(Axis::new("x", "V"), values);
            assert!(
                r.low < r.high && r.ticks.len() >= 2 && r.ticks.len() <= 8,
                "{values:?} {r:?}"
            );
            assert!(r.low.is_finite() && r.high.is_finite());
        }
    }

    #[test]
    fn ranges_that_cannot_be_drawn_are_refused() {
        for axis in [
            Axis::new("x", "V").range(1.0, 1.0),
            Axis::new("x", "V").range(0.0, f64::NAN),
            Axis::new("x", "V").log().range(0.0, 1.0),
        ] {
            let error = Ruler::new(&axis, [].iter(), Margin(0.0), 6).map(|_| ());
            assert!(error.is_err_and(|e| e.to_string().contains("axis \"x\"")));
        }
    }
}
