//! One axis of the tensor grid: pieces that are fine at their ends and coarse between.

use crate::parameter::{ParameterError, check_range};

/// How fine the grid is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// Cell at a wall, metre.
    pub wall_cell: f64,
    /// Growth from one cell to the next.
    pub growth: f64,
    /// Largest cell, metre.
    pub largest_cell: f64,
    /// Cells across the Stern layer.
    pub stern_cells: usize,
    /// Cells across the thickness of a sheet, even so that a face lies in its mid-plane.
    pub sheet_cells: usize,
    /// Every cell of the grid is split in so many, along the same smooth map: the parameter of
    /// convergence studies.
    pub refinement: usize,
}

impl Default for Resolution {
    fn default() -> Self {
        Self {
            wall_cell: 0.05e-9,
            growth: 1.3,
            largest_cell: 3e-9,
            stern_cells: 3,
            sheet_cells: 4,
            refinement: 1,
        }
    }
}

impl Resolution {
    pub fn check(&self) -> Result<(), ParameterError> {
        check_range("wall_cell_nm", self.wall_cell * 1e9, 1e-4, 10.0, "nm")?;
        check_range("largest_cell_nm", self.largest_cell * 1e9, 1e-3, 1e4, "nm")
    }
}

/// Cell widths of a piece of length `length`, fine at its beginning.
///
/// The cells grow geometrically up to the largest and are equal from there on; refinement splits
/// every cell along the same piecewise smooth map, so that errors fall at the order of the scheme.
pub fn graded(length: f64, res: &Resolution) -> Vec<f64> {
    let q = res.growth.max(1.0);
    let r = res.refinement.max(1);
    let h0 = res.wall_cell.min(length);
    if q - 1.0 < 1e-9 {
        return uniform(length, (length / h0).ceil() as usize * r);
    }
    // Cells of the growing part until the largest is reached, or the end of the piece.
    let sum = |n: usize| h0 * (q.powi(n as i32) - 1.0) / (q - 1.0);
    let mut n = 1;
    while sum(n) < length && h0 * q.powi(n as i32) <= res.largest_cell {
        n += 1;
    }
    let grown = sum(n);
    let mut widths = Vec::new();
    let push_growing = |length: f64, widths: &mut Vec<f64>| {
        let fine = q.powf(1.0 / r as f64);
        let cells = n * r;
        let first = length * (fine - 1.0) / (fine.powi(cells as i32) - 1.0);
        widths.extend((0..cells).map(|k| first * fine.powi(k as i32)));
    };
    if grown >= length {
        push_growing(length, &mut widths);
    } else {
        let rest = length - grown;
        let equal = (rest / res.largest_cell).ceil().max(1.0) as usize;
        push_growing(grown, &mut widths);
        widths.extend(uniform(rest, equal * r));
    }
    widths
}

/// `cells` equal widths.
pub fn uniform(length: f64, cells: usize) -> Vec<f64> {
    vec![length / cells as f64; cells]
}

/// A piece that is fine at both ends and symmetric about its middle, where a face lies.
pub fn graded_both_ends(length: f64, res: &Resolution) -> Vec<f64> {
    let half = graded(length / 2.0, res);
    half.iter().chain(half.iter().rev()).copied().collect()
}

/// A whole axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Positions of the faces, metre.
    pub edges: Vec<f64>,
    /// Widths of the cells, metre.
    pub widths: Vec<f64>,
}

impl Axis {
    pub fn from_widths(widths: Vec<f64>) -> Self {
        let mut edges = vec![0.0];
        let mut at = 0.0;
        for w in &widths {
            at += w;
            edges.push(at);
        }
        Self { edges, widths }
    }

    pub fn cells(&self) -> usize {
        self.widths.len()
    }

    pub fn centre(&self, i: usize) -> f64 {
        0.5 * (self.edges[i] + self.edges[i + 1])
    }

    pub fn length(&self) -> f64 {
        self.edges[self.widths.len()]
    }

    /// The face nearest to a position.
    pub fn nearest_edge(&self, position: f64) -> usize {
        let mut best = 0;
        for (i, e) in self.edges.iter().enumerate() {
            if (e - position).abs() < (self.edges[best] - position).abs() {
                best = i;
            }
        }
        best
    }
}
