//! The discrete equations: residual and Jacobian.
//!
//! Unknowns of an electrolyte cell are psi = e phi/kT, c_+/c_0 and c_-/c_0; of a Stern cell psi
//! alone. Lengths are scaled with one nanometre, so that all rows are of the size of a cell's
//! area in nm2. With V a cell's volume, sums over its faces and A, h a face's area and distance:
//!
//! ```text
//! field: sum kappa (A/h) (psi_i - psi_j) - V sum_k z_k c_k = 0,  kappa = eps kT/(e F c_0)
//! ion k: mass V (c_k - base_k) + theta sum J_k = 0
//! ```
//!
//! `base` and `theta` come from the time scheme: theta is dt for backward Euler. Columns of the ion
//! rows sum to mass V whatever the matrix of an iteration was made from, so every linear solution
//! conserves each ion to rounding.

use super::constants::FARADAY;
use super::electrolyte::Electrolyte;
use super::elimination::{BlockMatrix, Graph};
use super::flux::sedan;
use super::mesh::{CellKind, ContactKind, Mesh};

/// Unit of length inside the equations, metre.
pub const LENGTH: f64 = 1e-9;

/// What the time scheme says about the time at which the equations are to hold.
#[derive(Debug, Clone, Copy)]
pub struct Instant<'a> {
    /// Potential of the metal over kT/e.
    pub metal: f64,
    /// Weight of the change of concentration; 0 for a steady state.
    pub mass: f64,
    /// Weight of the fluxes, second.
    pub theta: f64,
    /// Concentrations from which the change counts (entries of psi are not used).
    pub base: &'a [f64],
    /// Subtracted from the rows: sources, integrated over the cells. For manufactured solutions.
    pub sources: Option<&'a [f64]>,
}

/// Mesh and electrolyte with everything that does not change in a run.
#[derive(Debug, Clone)]
pub struct System {
    pub mesh: Mesh,
    pub electrolyte: Electrolyte,
    pub graph: Graph,
    /// First unknown of each cell.
    pub offset: Vec<u32>,
    /// Charge numbers.
    pub z: [f64; 2],
    /// Concentrations in the open electrolyte over c_0.
    pub bulk: [f64; 2],
    /// Diffusivities in units of LENGTH^2 per second.
    pub diffusivity: [f64; 2],
    /// Volume fraction per c/c_0.
    pub packing: [f64; 2],
    /// S of ion k is this times -ln(1 - nu): 1 for equal sizes, a_k^3 over the mean otherwise.
    pub size_ratio: [f64; 2],
    /// eps kT/(e F c_0) in units of LENGTH^2.
    pub kappa: f64,
}

impl System {
    pub fn new(mesh: Mesh, electrolyte: Electrolyte) -> Self {
        let unknowns: Vec<u8> = mesh
            .cells
            .iter()
            .map(|c| if c.kind == CellKind::Stern { 1 } else { 3 })
            .collect();
        let mut offset = vec![0u32];
        for &u in &unknowns {
            offset.push(offset[offset.len() - 1] + u32::from(u));
        }
        let edges = mesh.faces.iter().map(|f| (f.low, f.high)).collect();
        let places = mesh.cells.iter().map(|c| [c.ix, c.iy]).collect();
        let graph = Graph::new(unknowns, edges, places);
        let packing = electrolyte.packing();
        let mean = 0.5 * (packing[0] + packing[1]);
        let kappa = electrolyte.absolute_permittivity() * electrolyte.thermal_voltage()
            / (FARADAY * electrolyte.concentration)
            / LENGTH.powi(2);
        Self {
            z: electrolyte.ions.map(|ion| f64::from(ion.valence)),
            bulk: electrolyte.stoichiometry(),
            diffusivity: electrolyte.ions.map(|ion| ion.diffusivity / LENGTH.powi(2)),
            packing,
            size_ratio: packing.map(|p| if mean > 0.0 { p / mean } else { 1.0 }),
            kappa,
            graph,
            offset,
            mesh,
            electrolyte,
        }
    }

    pub fn unknowns(&self) -> usize {
        self.offset[self.mesh.cells.len()] as usize
    }

    pub fn has_ions(&self, cell: usize) -> bool {
        self.graph.unknowns[cell] == 3
    }

    /// phi = 0 and c = c_0 everywhere.
    pub fn rest(&self) -> Vec<f64> {
        let mut u = vec![0.0; self.unknowns()];
        for cell in 0..self.mesh.cells.len() {
            if self.has_ions(cell) {
                let at = self.offset[cell] as usize;
                u[at + 1] = self.bulk[0];
                u[at + 2] = self.bulk[1];
            }
        }
        u
    }

    /// 1 - nu from c_+/c_0 and c_-/c_0.
    pub fn free_volume(&self, c: [f64; 2]) -> f64 {
        1.0 - self.packing[0] * c[0] - self.packing[1] * c[1]
    }

    /// Whether nu < 1 in every cell.
    pub fn leaves_room(&self, u: &[f64]) -> bool {
        (0..self.mesh.cells.len())
            .filter(|&c| self.has_ions(c))
            .all(|c| {
                let at = self.offset[c] as usize;
                self.free_volume([u[at + 1], u[at + 2]]) > 1e-6
            })
    }

    /// Whether c > 0 and nu < 1 in every cell.
    pub fn in_range(&self, u: &[f64]) -> bool {
        self.leaves_room(u)
            && (0..self.mesh.cells.len())
                .filter(|&c| self.has_ions(c))
                .all(|c| {
                    let at = self.offset[c] as usize;
                    u[at + 1] > 0.0 && u[at + 2] > 0.0
                })
    }

    /// Rows in which the metal's potential stands, and its weight there.
    pub fn metal_rows(&self) -> Vec<(usize, f64)> {
        let held = |c: u32| self.mesh.cells[c as usize].kind == CellKind::PermeableMetal;
        let contacts = self.mesh.contacts.iter();
        let cells = 0..self.mesh.cells.len() as u32;
        contacts
            .filter(|c| c.kind == ContactKind::Metal && !held(c.cell))
            .map(|c| (c.cell, self.kappa * c.field))
            .chain(cells.filter(|&c| held(c)).map(|c| (c, 1.0)))
            .map(|(cell, weight)| (self.offset[cell as usize] as usize, weight))
            .collect()
    }

    /// -ln(1 - nu) in every cell (0 without ions).
    pub fn excess(&self, u: &[f64]) -> Vec<f64> {
        (0..self.mesh.cells.len())
            .map(|cell| {
                if self.has_ions(cell) {
                    let at = self.offset[cell] as usize;
                    -self.free_volume([u[at + 1], u[at + 2]]).ln()
                } else {
                    0.0
                }
            })
            .collect()
    }

    pub fn bulk_excess(&self) -> f64 {
        -self.free_volume(self.bulk).ln()
    }

    /// The residual of all rows at `u`, and the Jacobian if `matrix` is given.
    pub fn assemble(
        &self,
        u: &[f64],
        instant: &Instant,
        residual: &mut [f64],
        mut matrix: Option<&mut BlockMatrix>,
    ) {
        let excess = self.excess(u);
        residual.fill(0.0);
        if let Some(matrix) = matrix.as_deref_mut() {
            matrix.clear();
        }
        self.cells(u, instant, residual, matrix.as_deref_mut());
        self.faces(u, instant, &excess, residual, matrix.as_deref_mut());
        self.contacts(u, instant, &excess, residual, matrix.as_deref_mut());
        self.hold_permeable_metal(u, instant, residual, matrix);
        if let Some(sources) = instant.sources {
            for (r, s) in residual.iter_mut().zip(sources) {
                *r -= s;
            }
        }
    }

    fn cells(
        &self,
        u: &[f64],
        instant: &Instant,
        residual: &mut [f64],
        mut matrix: Option<&mut BlockMatrix>,
    ) {
        for (c, cell) in self.mesh.cells.iter().enumerate() {
            if !self.has_ions(c) {
                continue;
            }
            let at = self.offset[c] as usize;
            let volume = cell.volume / LENGTH.powi(2);
            let rows = &mut residual[at..at + 3];
            for k in 0..2 {
                rows[0] -= volume * self.z[k] * u[at + 1 + k];
                rows[1 + k] += instant.mass * volume * (u[at + 1 + k] - instant.base[at + 1 + k]);
            }
            if let Some(matrix) = matrix.as_deref_mut() {
                let d = matrix.diagonal_at[c] as usize;
                let block = &mut matrix.diagonal[d..d + 9];
                for k in 0..2 {
                    block[3 * (1 + k)] -= volume * self.z[k];
                    block[3 * (1 + k) + 1 + k] += instant.mass * volume;
                }
            }
        }
    }

    fn faces(
        &self,
        u: &[f64],
        instant: &Instant,
        excess: &[f64],
        residual: &mut [f64],
        mut matrix: Option<&mut BlockMatrix>,
    ) {
        for (f, face) in self.mesh.faces.iter().enumerate() {
            let (a, b) = (face.low as usize, face.high as usize);
            let (ua, ub) = (self.offset[a] as usize, self.offset[b] as usize);
            let (na, nb) = (
                self.graph.unknowns[a] as usize,
                self.graph.unknowns[b] as usize,
            );
            let field = self.kappa * face.field;
            let drop = u[ub] - u[ua];
            residual[ua] -= field * drop;
            residual[ub] += field * drop;
            if let Some(matrix) = matrix.as_deref_mut() {
                let at = matrix.edge_at[f] as usize;
                matrix.diagonal[matrix.diagonal_at[a] as usize] += field;
                matrix.diagonal[matrix.diagonal_at[b] as usize] += field;
                matrix.forward[at] -= field;
                matrix.backward[at] -= field;
            }
            if face.ions == 0.0 {
                continue;
            }
            debug_assert!(na == 3 && nb == 3);
            let step = excess[b] - excess[a];
            for k in 0..2 {
                let g = instant.theta * self.diffusivity[k] * face.ions;
                let x = self.z[k] * drop + self.size_ratio[k] * step;
                let (j, by_a, by_b, by_x) = sedan(x, u[ua + 1 + k], u[ub + 1 + k]);
                residual[ua + 1 + k] += g * j;
                residual[ub + 1 + k] -= g * j;
                let Some(matrix) = matrix.as_deref_mut() else {
                    continue;
                };
                let slope = g * by_x;
                let steric = slope * self.size_ratio[k];
                // 1/(1 - nu) in the two cells.
                let (wa, wb) = (excess[a].exp(), excess[b].exp());
                let mut da = [-slope * self.z[k], 0.0, 0.0];
                let mut db = [slope * self.z[k], 0.0, 0.0];
                for m in 0..2 {
                    da[1 + m] = -steric * self.packing[m] * wa;
                    db[1 + m] = steric * self.packing[m] * wb;
                }
                da[1 + k] += g * by_a;
                db[1 + k] += g * by_b;
                let edge = matrix.edge_at[f] as usize;
                let (pa, pb) = (
                    matrix.diagonal_at[a] as usize,
                    matrix.diagonal_at[b] as usize,
                );
                for m in 0..3 {
                    let entry = 3 * m + 1 + k;
                    matrix.diagonal[pa + entry] += da[m];
                    matrix.forward[edge + entry] += db[m];
                    matrix.backward[edge + entry] -= da[m];
                    matrix.diagonal[pb + entry] -= db[m];
                }
            }
        }
    }

    fn contacts(
        &self,
        u: &[f64],
        instant: &Instant,
        excess: &[f64],
        residual: &mut [f64],
        mut matrix: Option<&mut BlockMatrix>,
    ) {
        let bulk_excess = self.bulk_excess();
        for contact in &self.mesh.contacts {
            let c = contact.cell as usize;
            let at = self.offset[c] as usize;
            let outside = match contact.kind {
                ContactKind::Metal => instant.metal,
                ContactKind::Bath => 0.0,
            };
            let field = self.kappa * contact.field;
            let drop = outside - u[at];
            residual[at] -= field * drop;
            if let Some(matrix) = matrix.as_deref_mut() {
                matrix.diagonal[matrix.diagonal_at[c] as usize] += field;
            }
            if contact.ions == 0.0 {
                continue;
            }
            for k in 0..2 {
                let g = instant.theta * self.diffusivity[k] * contact.ions;
                let x = self.z[k] * drop + self.size_ratio[k] * (bulk_excess - excess[c]);
                let (j, by_here, _, by_x) = sedan(x, u[at + 1 + k], self.bulk[k]);
                residual[at + 1 + k] += g * j;
                if let Some(matrix) = matrix.as_deref_mut() {
                    let d = matrix.diagonal_at[c] as usize;
                    let slope = g * by_x;
                    let w = excess[c].exp();
                    matrix.diagonal[d + 1 + k] -= slope * self.z[k];
                    for m in 0..2 {
                        matrix.diagonal[d + 3 * (1 + m) + 1 + k] -=
                            slope * self.size_ratio[k] * self.packing[m] * w;
                    }
                    matrix.diagonal[d + 3 * (1 + k) + 1 + k] += g * by_here;
                }
            }
        }
    }

    /// psi = metal in permeable metal, in place of the field row.
    fn hold_permeable_metal(
        &self,
        u: &[f64],
        instant: &Instant,
        residual: &mut [f64],
        matrix: Option<&mut BlockMatrix>,
    ) {
        let held = |c: usize| self.mesh.cells[c].kind == CellKind::PermeableMetal;
        let mut any = false;
        for c in (0..self.mesh.cells.len()).filter(|&c| held(c)) {
            let at = self.offset[c] as usize;
            residual[at] = u[at] - instant.metal;
            any = true;
        }
        let (true, Some(matrix)) = (any, matrix) else {
            return;
        };
        for c in (0..self.mesh.cells.len()).filter(|&c| held(c)) {
            let d = matrix.diagonal_at[c] as usize;
            matrix.diagonal[d] = 1.0;
            matrix.diagonal[d + 3] = 0.0;
            matrix.diagonal[d + 6] = 0.0;
        }
        for (f, face) in self.mesh.faces.iter().enumerate() {
            let (a, b) = (face.low as usize, face.high as usize);
            let at = matrix.edge_at[f] as usize;
            let (na, nb) = (
                self.graph.unknowns[a] as usize,
                self.graph.unknowns[b] as usize,
            );
            if held(a) {
                for m in 0..nb {
                    matrix.forward[at + na * m] = 0.0;
                }
            }
            if held(b) {
                for m in 0..na {
                    matrix.backward[at + nb * m] = 0.0;
                }
            }
        }
    }

    /// Largest part (up to 1) of the change `delta` that keeps c and 1 - nu above a fifth of what
    /// they are.
    pub fn admissible(&self, u: &[f64], delta: &[f64]) -> f64 {
        let mut part: f64 = 1.0;
        for cell in 0..self.mesh.cells.len() {
            if !self.has_ions(cell) {
                continue;
            }
            let at = self.offset[cell] as usize;
            for k in 1..3 {
                if delta[at + k] < -0.8 * u[at + k] {
                    part = part.min(-0.8 * u[at + k] / delta[at + k]);
                }
            }
            let free = self.free_volume([u[at + 1], u[at + 2]]);
            let taken = self.packing[0] * delta[at + 1] + self.packing[1] * delta[at + 2];
            if taken > 0.8 * free {
                part = part.min(0.8 * free / taken);
            }
        }
        part
    }
}
