//! Several figures in one picture, side by side, and the values of all their curves as CSV.

use std::fmt::Write as _;

use super::{Figure, PlotError};

/// Figures in rows of `columns`, as one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plate {
    pub columns: usize,
    pub figures: Vec<Figure>,
}

impl From<Figure> for Plate {
    fn from(figure: Figure) -> Self {
        Self {
            columns: 1,
            figures: vec![figure],
        }
    }
}

impl Plate {
    pub fn new(columns: usize) -> Self {
        Self {
            columns: columns.max(1),
            figures: Vec::new(),
        }
    }

    #[must_use]
    pub fn figure(mut self, figure: Figure) -> Self {
        self.figures.push(figure);
        self
    }

    /// The plate as an SVG text.
    ///
    /// # Errors
    /// [`PlotError`] if it has no figure, or one that cannot be drawn.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        if self.figures.is_empty() {
            return Err(PlotError("it has no panel".into()));
        }
        let mut inner = String::new();
        let (mut top, mut width) = (0, 0);
        for row in self.figures.chunks(self.columns) {
            let (mut left, mut height) = (0, 0);
            for figure in row {
                let svg = figure.to_svg()?;
                let (w, h) = super::draw::size(figure)?;
                // Writing to a string does not fail.
                let _ = writeln!(
                    inner,
                    "{}",
                    svg.replacen("<svg ", &format!("<svg x=\"{left}\" y=\"{top}\" "), 1)
                        .trim_end()
                );
                left += w;
                height = height.max(h);
            }
            top += height;
            width = width.max(left);
        }
        Ok(format!(
            "<svg width=\"{width}\" height=\"{top}\" viewBox=\"0 0 {width} {top}\" xmlns=\"http://www.w3.org/2000/svg\">\n\
             <rect width=\"{width}\" height=\"{top}\" fill=\"#FFFFFF\"/>\n{inner}</svg>\n"
        ))
    }

    /// Every point of every curve: `figure,panel,curve,x,y` with the axes' names and SI units in the
    /// header's place, one line per point.
    pub fn to_csv(&self) -> String {
        let mut out = String::from("figure,x_axis,y_axis,curve,x,y\n");
        for (number, figure) in self.figures.iter().enumerate() {
            let name = if figure.title.is_empty() {
                (number + 1).to_string()
            } else {
                figure.title.clone()
            };
            for panel in &figure.panels {
                for curve in &panel.curves {
                    let head = [&name, &figure.x.caption(), &panel.y.caption(), &curve.label]
                        .map(|text| quoted(text))
                        .join(",");
                    for (x, y) in curve.x.iter().zip(&curve.y) {
                        let _ = writeln!(out, "{head},{x:e},{y:e}");
                    }
                }
            }
        }
        out
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
