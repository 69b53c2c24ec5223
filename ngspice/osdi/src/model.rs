//! The models the file offers: one for each part and each number of sections it can hold.

use crate::element::Element;
use crate::memory::{Layout, OF_INSTANCE};
use crate::slit::Slit;
use crate::storage::Storage;
use crate::topology::{Part, Places, Topology};
use ncm::parameter::ParameterError;
use ncm_parts::{Given, Parameter, Quantity, tables};
use std::ffi::{CStr, CString};

/// Sections that a ready-made electrode or cell can hold: the next larger one is never much larger.
pub const CAPACITIES: [u32; 11] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];

/// Largest number of sections that can be asked for.
const MOST_SECTIONS: u32 = 10_000;

/// One model.
pub struct Model {
    pub name: CString,
    pub part: Part,
    pub topology: Topology,
    pub layout: Layout,
    /// Parameters of the model card, behind those of the instance.
    pub parameters: &'static [Parameter],
    pub quantities: &'static [Quantity],
}

/// Names of the models, in the order in which hosts see them.
pub fn names() -> Vec<String> {
    // The first one is all that some hosts look at. All names end in a number, for the code models of
    // the same ngspice have the names without.
    let first = [20];
    let others = CAPACITIES.into_iter().filter(|k| *k != first[0]);
    let mut names = Vec::new();
    for k in first.into_iter().chain(others) {
        names.push(format!("ncm_cell{k}"));
        names.push(format!("ncm_electrode{k}"));
    }
    names.push("ncm_slit1".to_owned());
    names.extend(CAPACITIES.map(|k| format!("ncm_warm_cell{k}")));
    names
}

impl Model {
    /// The model of this name, e.g. `ncm_cell20`; `None` if there is none.
    pub fn named(name: &str) -> Option<Self> {
        let part = if name == "ncm_slit1" {
            Part::Slit
        } else {
            let capacity = |digits: &str| {
                digits
                    .parse()
                    .ok()
                    .filter(|k| (1..=MOST_SECTIONS).contains(k))
            };
            let after = |stem: &str| name.strip_prefix(stem);
            if let Some(digits) = after("ncm_electrode") {
                Part::Electrode(capacity(digits)?)
            } else if let Some(digits) = after("ncm_cell") {
                Part::Cell(capacity(digits)?)
            } else {
                Part::WarmCell(capacity(after("ncm_warm_cell")?)?)
            }
        };
        let topology = Topology::of(part);
        let (parameters, quantities) = match part {
            Part::Slit => (tables::SLIT, tables::SLIT_QUANTITIES),
            Part::Electrode(_) => (tables::ELECTRODE, tables::STORAGE_QUANTITIES),
            Part::Cell(_) | Part::WarmCell(_) => (tables::CELL, tables::STORAGE_QUANTITIES),
        };
        Some(Self {
            name: CString::new(name).ok()?,
            layout: Layout::new(&topology, OF_INSTANCE + parameters.len() as u32),
            part,
            topology,
            parameters,
            quantities,
        })
    }

    pub fn name(&'static self) -> &'static CStr {
        &self.name
    }

    /// Number of a parameter with this netlist name; that of the first one if there is none.
    pub fn parameter(&self, name: &str) -> u32 {
        let index = self
            .parameters
            .iter()
            .position(|p| p.name.to_bytes() == name.as_bytes());
        index.map_or(0, |i| OF_INSTANCE + i as u32)
    }

    /// Builds an instance's network.
    pub fn element(&self, given: &Given) -> Result<Box<dyn Element>, ParameterError> {
        let (params, places) = match self.part {
            Part::Slit => return Ok(Box::new(Slit::new(given.slit()?)?)),
            Part::Electrode(capacity) => (given.half_cell()?, Places::new(1, capacity)),
            Part::Cell(capacity) => (given.whole_cell()?, Places::new(2, capacity)),
            Part::WarmCell(capacity) => (
                given.whole_cell()?,
                Places::new(2, capacity).with_thermal_port(),
            ),
        };
        match Storage::new(
            &params,
            (given.initial_voltage()?, given.history()?),
            given.real_or("warn", 0.0) != 0.0,
            places,
            &self.topology,
        )? {
            Ok(storage) => Ok(Box::new(storage)),
            Err(needed) => Err(self.too_small(given, needed, places.capacity())),
        }
    }

    fn too_small(&self, given: &Given, needed: u32, capacity: u32) -> ParameterError {
        let base = self.name.to_string_lossy();
        let base = base.trim_end_matches(|c: char| c.is_ascii_digit());
        let larger = CAPACITIES.into_iter().find(|k| *k >= needed);
        let larger = match larger {
            Some(k) => format!("{base}{k} holds them"),
            None => "no ready-made model holds them".to_owned(),
        };
        let name = if given.real("sections").is_some_and(|s| s > 0.0) {
            "sections"
        } else {
            "slits"
        };
        ParameterError::new(
            name,
            needed,
            format!(
                "at most {capacity} sections in {}; {larger}, or give sections={capacity}",
                self.name.to_string_lossy()
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_name_is_a_model_and_others_are_not() {
        for name in names() {
            assert!(Model::named(&name).is_some(), "{name}");
        }
        for name in [
            "ncm_cell",
            "ncm_cell0",
            "ncm_electrode-1",
            "ncm_cell99999",
            "diode",
        ] {
            assert!(Model::named(name).is_none(), "{name}");
        }
    }
}
