//! Cells, faces and contacts of a tensor grid, and the grid of a stack of sheets.

use super::geometry::{Arrangement, Geometry, Rectangle, SternModel};
use super::grid::{Axis, Resolution, graded, graded_both_ends, uniform};

/// What fills a place of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Material {
    /// Ions and field.
    Electrolyte,
    /// Field without ions, with this relative permittivity over that of the electrolyte.
    Stern { permittivity_ratio: f64 },
    /// Not in the equations; a neighbour has the metal behind a layer of this thickness times
    /// eps/eps_S, metre (0: bare metal).
    Metal { layer: f64 },
    /// Ions pass, the potential is the metal's: a sheet of zero resistance to ions. For comparison
    /// with theories of stacks of such sheets.
    PermeableMetal,
}

/// What lies beyond a side of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Side {
    /// No flux of ions or field.
    Mirror,
    /// Metal behind a layer, as [`Material::Metal`].
    Metal { layer: f64 },
    /// phi = 0, c = c_0.
    Bath,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    Electrolyte,
    Stern,
    PermeableMetal,
}

/// Direction across a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    X,
    Y,
}

#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub kind: CellKind,
    pub ix: u32,
    pub iy: u32,
    /// Area in the x-y plane, m2: volume per metre of depth.
    pub volume: f64,
}

/// A face between two cells.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    pub low: u32,
    pub high: u32,
    pub direction: Direction,
    /// Index of the face's plane among the edges of its axis, and of its cell on the other axis.
    pub plane: u32,
    pub along: u32,
    /// Area over distance of the centres, weighted with relative permittivity over that of the
    /// electrolyte (layers in series).
    pub field: f64,
    /// Area over distance for ions; 0 where they cannot pass.
    pub ions: f64,
}

/// What a contact touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    Metal,
    Bath,
}

/// A face between a cell and something of given potential.
#[derive(Debug, Clone, Copy)]
pub struct Contact {
    pub cell: u32,
    pub kind: ContactKind,
    pub field: f64,
    pub ions: f64,
}

/// The discrete domain.
#[derive(Debug, Clone)]
pub struct Mesh {
    pub x: Axis,
    pub y: Axis,
    pub cells: Vec<Cell>,
    pub faces: Vec<Face>,
    pub contacts: Vec<Contact>,
    /// Cell at (ix, iy), or `u32::MAX`.
    index: Vec<u32>,
}

impl Mesh {
    /// A grid filled by `material(ix, iy)`; `sides` are those of low x, high x, low y, high y.
    pub fn build(
        x: Axis,
        y: Axis,
        sides: [Side; 4],
        material: impl Fn(usize, usize) -> Material,
    ) -> Self {
        let (nx, ny) = (x.cells(), y.cells());
        let mut cells = Vec::new();
        let mut index = vec![u32::MAX; nx * ny];
        let mut ratios = Vec::new();
        for ix in 0..nx {
            for iy in 0..ny {
                let (kind, ratio) = match material(ix, iy) {
                    Material::Electrolyte => (CellKind::Electrolyte, 1.0),
                    Material::Stern { permittivity_ratio } => (CellKind::Stern, permittivity_ratio),
                    Material::PermeableMetal => (CellKind::PermeableMetal, 1.0),
                    Material::Metal { .. } => continue,
                };
                index[ix * ny + iy] = cells.len() as u32;
                ratios.push(ratio);
                cells.push(Cell {
                    kind,
                    ix: ix as u32,
                    iy: iy as u32,
                    volume: x.widths[ix] * y.widths[iy],
                });
            }
        }
        let mut mesh = Self {
            x,
            y,
            cells,
            faces: Vec::new(),
            contacts: Vec::new(),
            index,
        };
        for ix in 0..nx {
            for iy in 0..ny {
                mesh.connect(ix, iy, Direction::X, &ratios, sides, &material);
                mesh.connect(ix, iy, Direction::Y, &ratios, sides, &material);
            }
        }
        mesh
    }

    pub fn cell_at(&self, ix: usize, iy: usize) -> Option<usize> {
        let c = self.index[ix * self.y.cells() + iy];
        (c != u32::MAX).then_some(c as usize)
    }

    /// The face on the high side of place (ix, iy), and at the rim also that on the low side.
    fn connect(
        &mut self,
        ix: usize,
        iy: usize,
        direction: Direction,
        ratios: &[f64],
        sides: [Side; 4],
        material: &impl Fn(usize, usize) -> Material,
    ) {
        let (axis, at, area, side) = match direction {
            Direction::X => (&self.x, ix, self.y.widths[iy], &sides[0..2]),
            Direction::Y => (&self.y, iy, self.x.widths[ix], &sides[2..4]),
        };
        let half = 0.5 * axis.widths[at];
        let here = self.cell_at(ix, iy);
        let last = at + 1 == axis.cells();
        let mut new_contacts = Vec::new();
        let mut touch = |cell: usize, half: f64, side: Side| {
            let ions_here = self.cells[cell].kind != CellKind::Stern;
            let contact = match side {
                Side::Mirror => return,
                Side::Metal { layer } => Contact {
                    cell: cell as u32,
                    kind: ContactKind::Metal,
                    field: area / (half / ratios[cell] + layer),
                    ions: 0.0,
                },
                Side::Bath => Contact {
                    cell: cell as u32,
                    kind: ContactKind::Bath,
                    field: area / (half / ratios[cell]),
                    ions: if ions_here { area / half } else { 0.0 },
                },
            };
            new_contacts.push(contact);
        };
        if let (0, Some(cell)) = (at, here) {
            touch(cell, half, side[0]);
        }
        if let (true, Some(cell)) = (last, here) {
            touch(cell, half, side[1]);
        }
        if !last {
            let next_half = 0.5 * axis.widths[at + 1];
            let (jx, jy) = match direction {
                Direction::X => (ix + 1, iy),
                Direction::Y => (ix, iy + 1),
            };
            let layer_of = |jx, jy| match material(jx, jy) {
                Material::Metal { layer } => layer,
                _ => 0.0,
            };
            match (here, self.cell_at(jx, jy)) {
                (Some(a), Some(b)) => {
                    let passable = |c: usize| self.cells[c].kind != CellKind::Stern;
                    self.faces.push(Face {
                        low: a as u32,
                        high: b as u32,
                        direction,
                        plane: at as u32 + 1,
                        along: if direction == Direction::X { iy } else { ix } as u32,
                        field: area / (half / ratios[a] + next_half / ratios[b]),
                        ions: if passable(a) && passable(b) {
                            area / (half + next_half)
                        } else {
                            0.0
                        },
                    });
                }
                (Some(a), None) => touch(
                    a,
                    half,
                    Side::Metal {
                        layer: layer_of(jx, jy),
                    },
                ),
                (None, Some(b)) => touch(
                    b,
                    next_half,
                    Side::Metal {
                        layer: layer_of(ix, iy),
                    },
                ),
                (None, None) => {}
            }
        }
        self.contacts.extend(new_contacts);
    }

    /// The grid of a stack of sheets; `permittivity` is the electrolyte's relative one.
    ///
    /// Symmetric about the middle of every slit and every sheet, and along y about the half
    /// height: otherwise the split of the flux into its three parts carries the grid's error.
    pub fn of_stack(geometry: &Geometry, permittivity: f64, res: &Resolution) -> Self {
        let stern = geometry.stern;
        let ratio = stern.permittivity / permittivity;
        let x = stack_x_axis(geometry, res);
        let y = if geometry.sheets > 1 {
            stack_y_axis(geometry, res)
        } else {
            Axis::from_widths(vec![geometry.height()])
        };
        let metal = geometry.metal();
        let layers: Vec<Rectangle> = metal.iter().map(|m| m.grown(stern.thickness)).collect();
        let layer = if stern.model == SternModel::Boundary && stern.thickness > 0.0 {
            stern.thickness / ratio
        } else {
            0.0
        };
        let material = |ix: usize, iy: usize| {
            let (px, py) = (x.centre(ix), y.centre(iy));
            if metal.iter().any(|m| m.contains(px, py)) {
                return Material::Metal { layer };
            }
            let in_stern = px < stern.thickness || layers.iter().any(|l| l.contains(px, py));
            match (in_stern, stern.model) {
                (false, _) => Material::Electrolyte,
                (true, SternModel::Explicit) => Material::Stern {
                    permittivity_ratio: ratio,
                },
                (true, SternModel::Boundary) => Material::Metal { layer },
            }
        };
        let kinds: Vec<Material> = (0..x.cells())
            .flat_map(|ix| (0..y.cells()).map(move |iy| (ix, iy)))
            .map(|(ix, iy)| material(ix, iy))
            .collect();
        let ny = y.cells();
        let sides = [
            Side::Metal { layer: 0.0 },
            Side::Bath,
            Side::Mirror,
            Side::Mirror,
        ];
        Self::build(x.clone(), y.clone(), sides, |ix, iy| kinds[ix * ny + iy])
    }
}

fn stern_piece(thickness: f64, res: &Resolution) -> Vec<f64> {
    if thickness > 0.0 {
        uniform(thickness, res.stern_cells.max(1) * res.refinement.max(1))
    } else {
        Vec::new()
    }
}

fn stack_x_axis(geometry: &Geometry, res: &Resolution) -> Axis {
    let stern = stern_piece(geometry.stern.thickness, res);
    let free = geometry.slit_width - 2.0 * geometry.stern.thickness;
    let mut widths = Vec::new();
    for _ in 0..geometry.slits() {
        widths.extend(&stern);
        widths.extend(graded_both_ends(free, res));
        widths.extend(&stern);
        let cells = res.sheet_cells.max(2).next_multiple_of(2) * res.refinement.max(1);
        widths.extend(uniform(geometry.sheet_thickness, cells));
    }
    widths.extend(&stern);
    widths.extend(graded(geometry.reservoir - geometry.stern.thickness, res));
    Axis::from_widths(widths)
}

fn stack_y_axis(geometry: &Geometry, res: &Resolution) -> Axis {
    let stern = stern_piece(geometry.stern.thickness, res);
    // From the mirror to the sheet's end.
    let mut gap = graded(geometry.gap - geometry.stern.thickness, res);
    gap.reverse();
    gap.extend(&stern);
    let between = match geometry.arrangement {
        Arrangement::Staggered => geometry.sheet_length - geometry.gap,
        Arrangement::Aligned => geometry.sheet_length,
    };
    let mut widths = gap.clone();
    widths.extend(graded_both_ends(between, res));
    widths.extend(gap.iter().rev());
    Axis::from_widths(widths)
}
