//! What a user says about a file that the file does not say itself.

use super::Quantity;

/// Columns, units and signs; all of it optional.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// Columns by heading, heading without unit, or `#number` counted from 1.
    pub columns: Vec<(Quantity, String)>,
    /// Units that overrule those of the headings.
    pub units: Vec<(Quantity, String)>,
    /// Columns without unit are in SI units.
    pub all_si: bool,
    /// Sweep rate of a CV without time, V/s.
    pub rate: Option<f64>,
    /// Current of a file without one, ampere; negative for discharge.
    pub current: Option<f64>,
    /// Voltage at which a spectrum was measured, volt.
    pub bias: Option<f64>,
    /// Which cycle to use where a file has several.
    pub cycle: Option<u64>,
}

impl Choice {
    /// Reads `t=Time,v=Ewe,i=#3`.
    ///
    /// # Errors
    /// What cannot be understood, with the keys there are.
    pub fn set_columns(&mut self, text: &str) -> Result<(), String> {
        self.columns.extend(pairs(text)?);
        Ok(())
    }

    /// Reads `t=s,v=mV,i=uA`, or `si`.
    ///
    /// # Errors
    /// What cannot be understood, with the keys and units there are.
    pub fn set_units(&mut self, text: &str) -> Result<(), String> {
        if text.trim() == "si" {
            self.all_si = true;
            return Ok(());
        }
        for (quantity, unit) in pairs(text)? {
            if super::headings::to_si(quantity, &unit).is_none() {
                return Err(format!(
                    "\"{unit}\" is no unit of {}; write {si}, m{si}, ...",
                    quantity.noun(),
                    si = quantity.si_unit()
                ));
            }
            self.units.push((quantity, unit));
        }
        Ok(())
    }
}

fn pairs(text: &str) -> Result<Vec<(Quantity, String)>, String> {
    text.split(',')
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .filter(|(_, v)| !v.trim().is_empty())
                .ok_or_else(|| format!("\"{pair}\": write KEY=VALUE, such as t=Time"))?;
            let quantity = Quantity::from_key(key.trim()).ok_or_else(|| {
                format!("\"{key}\" is no key; there are t, v, i, f, re, im, -im and cycle")
            })?;
            Ok((quantity, value.trim().to_string()))
        })
        .collect()
}
