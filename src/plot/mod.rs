//! Line plots as SVG: panels one below the other over a common x axis, one style for all pictures
//! of the project.
//!
//! Values are given in SI units; an axis shows them with the prefix that suits its range (a current of
//! 3e-6 A in an axis "current" of unit "A" is labelled in uA).
//!
//! ```
//! use ncm::plot::{Axis, Curve, Figure, Panel};
//!
//! let t: Vec<f64> = (0..100).map(|i| f64::from(i) * 1e-6).collect();
//! let v: Vec<f64> = t.iter().map(|t| (t * 1e5).sin()).collect();
//! let svg = Figure::new(Axis::new("time", "s"))
//!     .panel(Panel::new(Axis::new("voltage", "V")).curve(Curve::new("sine", t, v)))
//!     .to_svg()?;
//! assert!(svg.starts_with("<svg"));
//! # Ok::<(), ncm::plot::PlotError>(())
//! ```

mod axis;
mod draw;
mod plate;

pub use plate::Plate;

use std::fmt;

/// A figure: panels over one x axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// A line above the panels; empty for none.
    pub title: String,
    pub x: Axis,
    pub panels: Vec<Panel>,
    pub colours: Colours,
    /// Width of the figure in CSS pixels.
    pub width: u32,
    /// Height of the plotted part of each panel in CSS pixels.
    pub panel_height: u32,
}

/// One coordinate system of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub y: Axis,
    pub curves: Vec<Curve>,
}

/// A coordinate: what it is, its SI unit, how it is divided and, if not as the data has it, its
/// range.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub label: String,
    /// SI unit that takes a prefix, such as `V`; empty for pure numbers.
    pub unit: String,
    pub scale: Scale,
    /// Lowest and highest value; `None` for those of the data.
    pub range: Option<(f64, f64)>,
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    /// Logarithmic; values that are not positive are left out.
    Log,
}

/// A line through points. Points that are not finite interrupt it.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Name in the legend. Curves of the same name in several panels share colour and legend entry;
    /// a curve without a name has no entry.
    pub label: String,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub dashed: bool,
    /// A dot at every point.
    pub dots: bool,
}

/// How curves are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Colours that differ as much as possible, also to the colour-blind.
    Distinct,
    /// From dark to light, for a family of curves in order.
    Ordered,
}

impl Figure {
    pub fn new(x: Axis) -> Self {
        Self {
            title: String::new(),
            x,
            panels: Vec::new(),
            colours: Colours::Distinct,
            width: 720,
            panel_height: 230,
        }
    }

    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    #[must_use]
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    #[must_use]
    pub fn colours(mut self, colours: Colours) -> Self {
        self.colours = colours;
        self
    }

    #[must_use]
    pub fn width(mut self, pixels: u32) -> Self {
        self.width = pixels;
        self
    }

    #[must_use]
    pub fn panel_height(mut self, pixels: u32) -> Self {
        self.panel_height = pixels;
        self
    }

    /// The figure as an SVG text.
    ///
    /// # Errors
    /// [`PlotError`] if the figure has no panel, a curve has x and y of different length, or an axis
    /// has a range that is empty or cannot be drawn on its scale.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        draw::svg(self)
    }
}

impl Panel {
    pub fn new(y: Axis) -> Self {
        Self {
            y,
            curves: Vec::new(),
        }
    }

    #[must_use]
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curves.push(curve);
        self
    }
}

impl Axis {
    pub fn new(label: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            unit: unit.into(),
            scale: Scale::Linear,
            range: None,
        }
    }

    /// Label and SI unit, as tables head a column: `current (A)`.
    pub fn caption(&self) -> String {
        if self.unit.is_empty() {
            self.label.clone()
        } else {
            format!("{} ({})", self.label, self.unit)
        }
    }

    #[must_use]
    pub fn log(mut self) -> Self {
        self.scale = Scale::Log;
        self
    }

    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }
}

impl Curve {
    pub fn new(label: impl Into<String>, x: Vec<f64>, y: Vec<f64>) -> Self {
        Self {
            label: label.into(),
            x,
            y,
            dashed: false,
            dots: false,
        }
    }

    #[must_use]
    pub fn dashed(mut self) -> Self {
        self.dashed = true;
        self
    }

    #[must_use]
    pub fn dots(mut self) -> Self {
        self.dots = true;
        self
    }
}

/// Why a figure cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotError(String);

impl fmt::Display for PlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot draw the figure: {}", self.0)
    }
}

impl std::error::Error for PlotError {}
