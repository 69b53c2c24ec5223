//! Where metal, Stern layers and electrolyte are.
//!
//! x runs from the collector (0) to the mid-plane of the full cell, y along the sheets. Sheet N is
//! the collector, a wall of full height; sheet 1 faces the reservoir. Slit i lies between sheet i
//! and sheet i + 1.

use crate::parameter::{ParameterError, check_range};

/// How the sheets' ends lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// Odd sheets leave their gap at the upper mirror, even ones at the lower: ions go along
    /// every slit.
    Staggered,
    /// Every sheet leaves a gap at both ends.
    Aligned,
}

/// How the Stern layer is described. Either way it lies inside the slit width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SternModel {
    /// Cells of their own, without ions.
    Explicit,
    /// A capacitance per area between metal and electrolyte.
    Boundary,
}

/// The layer that ions' centres cannot enter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stern {
    /// Thickness, metre; 0 for none.
    pub thickness: f64,
    /// Relative permittivity.
    pub permittivity: f64,
    pub model: SternModel,
}

/// A stack of sheets in front of a collector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Number of sheets N, the collector among them; N - 1 slits.
    pub sheets: usize,
    /// Metal-to-metal slit width d, metre.
    pub slit_width: f64,
    /// Sheet length L_s, metre.
    pub sheet_length: f64,
    /// Sheet thickness t, metre.
    pub sheet_thickness: f64,
    /// Gap w between a sheet's end and the mirror, metre.
    pub gap: f64,
    pub arrangement: Arrangement,
    /// Distance from sheet 1 to the mid-plane of the full cell, metre.
    pub reservoir: f64,
    pub stern: Stern,
}

impl Default for Geometry {
    fn default() -> Self {
        Self {
            sheets: 6,
            slit_width: 1.5e-9,
            sheet_length: 60e-9,
            sheet_thickness: 0.34e-9,
            gap: 1e-9,
            arrangement: Arrangement::Staggered,
            reservoir: 10e-9,
            stern: Stern {
                thickness: 0.33e-9,
                permittivity: 35.0,
                model: SternModel::Explicit,
            },
        }
    }
}

/// A rectangle, metre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Rectangle {
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x > self.x.0 && x < self.x.1 && y > self.y.0 && y < self.y.1
    }

    pub fn grown(&self, by: f64) -> Self {
        Self {
            x: (self.x.0 - by, self.x.1 + by),
            y: (self.y.0 - by, self.y.1 + by),
        }
    }
}

impl Geometry {
    pub fn slits(&self) -> usize {
        self.sheets.saturating_sub(1)
    }

    /// Height of the domain, metre.
    pub fn height(&self) -> f64 {
        match self.arrangement {
            Arrangement::Staggered => self.sheet_length + self.gap,
            Arrangement::Aligned => self.sheet_length + 2.0 * self.gap,
        }
    }

    /// Width of slit plus sheet, metre.
    pub fn pitch(&self) -> f64 {
        self.slit_width + self.sheet_thickness
    }

    /// Position of the mid-plane of sheet `i` (1 next to the reservoir); for the collector its
    /// surface, metre.
    pub fn sheet_middle(&self, i: usize) -> f64 {
        if i >= self.sheets {
            0.0
        } else {
            (self.sheets - i) as f64 * self.pitch() - 0.5 * self.sheet_thickness
        }
    }

    /// Position of the middle of slit `i`, metre.
    pub fn slit_middle(&self, i: usize) -> f64 {
        (self.sheets - 1 - i) as f64 * self.pitch() + 0.5 * self.slit_width
    }

    /// The free sheets' metal; the collector is the wall x = 0.
    pub fn metal(&self) -> Vec<Rectangle> {
        let height = self.height();
        // Beyond a mirror the sheet goes on: a sheet that touches a mirror has no end there.
        let beyond = 10.0 * (height + self.stern.thickness);
        (1..self.sheets)
            .map(|i| {
                let middle = self.sheet_middle(i);
                let half = 0.5 * self.sheet_thickness;
                let y = match self.arrangement {
                    Arrangement::Aligned => (self.gap, height - self.gap),
                    Arrangement::Staggered if i % 2 == 1 => (-beyond, height - self.gap),
                    Arrangement::Staggered => (self.gap, height + beyond),
                };
                Rectangle {
                    x: (middle - half, middle + half),
                    y,
                }
            })
            .collect()
    }

    /// Refuses what cannot be built.
    pub fn check(&self) -> Result<(), ParameterError> {
        if self.sheets < 1 || self.sheets > 1000 {
            return Err(ParameterError::new("sheets", self.sheets, "1 to 1000"));
        }
        let nm = 1e9;
        check_range("stern_nm", self.stern.thickness * nm, 0.0, 5.0, "nm")?;
        check_range(
            "stern_permittivity",
            self.stern.permittivity,
            1.0,
            1000.0,
            "",
        )?;
        check_range("reservoir_nm", self.reservoir * nm, 0.1, 1e5, "nm")?;
        if self.sheets > 1 {
            check_range("sheet_length_nm", self.sheet_length * nm, 1.0, 1e5, "nm")?;
            check_range(
                "sheet_thickness_nm",
                self.sheet_thickness * nm,
                0.01,
                100.0,
                "nm",
            )?;
            let stern = self.stern.thickness;
            let room = |name: &str, value: f64, layers: f64, what: &str| {
                let least = layers * stern + 0.05e-9;
                if value >= least && value <= 1e-6 {
                    Ok(())
                } else {
                    Err(ParameterError::new(
                        name,
                        format!("{:.4}", value * nm),
                        format!(
                            "{:.4} to 1000 nm: {what} of {:.4} nm must leave at least 0.05 nm of electrolyte",
                            least * nm,
                            stern * nm
                        ),
                    ))
                }
            };
            room(
                "slit_nm",
                self.slit_width,
                2.0,
                "the Stern layers on both walls",
            )?;
            room(
                "gap_nm",
                self.gap,
                1.0,
                "the Stern layer on the sheet's end",
            )?;
        }
        if self.reservoir <= self.stern.thickness + 0.05e-9 {
            return Err(ParameterError::new(
                "reservoir_nm",
                self.reservoir * nm,
                "more than the Stern layer and 0.05 nm",
            ));
        }
        Ok(())
    }
}
