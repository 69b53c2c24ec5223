//! Impedance of the linearised equations, without waiting for a sine.
//!
//! With K the Jacobian of the fluxes at the equilibrium, M the cells' volumes on the ion rows and
//! a unit change of the metal's potential, (K + j omega M) delta = -dR/dmetal. The complex system
//! is solved as a real one of twice the size, cell by cell: [K, -omega M; omega M, K].

use num_complex::Complex64;

use super::constants::VACUUM_PERMITTIVITY;
use super::elimination::{BlockMatrix, Factors, Graph, Symbolic};
use super::mesh::{CellKind, ContactKind};
use super::newton::NewtonFailure;
use super::system::{Instant, LENGTH, System};

/// Linear response about one state.
pub struct Linearised<'s> {
    system: &'s System,
    state: &'s [f64],
    metal: f64,
    graph: Graph,
    symbolic: Symbolic,
    factors: Factors,
}

impl<'s> Linearised<'s> {
    /// About `state`, the equilibrium at `metal` (potential over kT/e).
    pub fn new(system: &'s System, state: &'s [f64], metal: f64) -> Self {
        let twice = system.graph.unknowns.iter().map(|u| 2 * u).collect();
        let graph = Graph::new(
            twice,
            system.graph.edges.clone(),
            system.graph.places.clone(),
        );
        let symbolic = Symbolic::new(&graph);
        let factors = Factors::new(&symbolic);
        Self {
            system,
            state,
            metal,
            graph,
            symbolic,
            factors,
        }
    }

    /// Bytes of the factors.
    pub fn memory(&self) -> usize {
        self.symbolic.memory()
    }

    /// Admittance between metal and mid-plane of the cell at `omega` (rad/s), siemens per metre of
    /// depth.
    pub fn admittance(&mut self, omega: f64) -> Result<Complex64, NewtonFailure> {
        let system = self.system;
        // Rows of the ions are scaled to the size of the larger of the two terms.
        let theta = 1.0 / (omega + system.diffusivity[0]);
        let instant = Instant {
            metal: self.metal,
            mass: 0.0,
            theta,
            base: self.state,
            sources: None,
        };
        let mut real = BlockMatrix::zeros(&system.graph);
        let mut residual = vec![0.0; system.unknowns()];
        system.assemble(self.state, &instant, &mut residual, Some(&mut real));
        let matrix = self.doubled(&real, omega * theta);
        self.factors
            .factorise(&self.symbolic, &matrix)
            .map_err(|_| NewtonFailure::Singular)?;
        let mut x = vec![0.0; self.symbolic.unknowns()];
        for contact in &system.mesh.contacts {
            if contact.kind == ContactKind::Metal {
                x[2 * system.offset[contact.cell as usize] as usize] +=
                    system.kappa * contact.field;
            }
        }
        for (c, cell) in system.mesh.cells.iter().enumerate() {
            if cell.kind == CellKind::PermeableMetal {
                x[2 * system.offset[c] as usize] = 1.0;
            }
        }
        self.factors.solve(&self.symbolic, &mut x);
        let charge = self.metal_charge(&x);
        if charge.is_finite() {
            Ok(Complex64::new(0.0, omega) * charge)
        } else {
            Err(NewtonFailure::Singular)
        }
    }

    /// Charge on the metal per volt.
    fn metal_charge(&self, x: &[f64]) -> Complex64 {
        let system = self.system;
        let eps = system.electrolyte.permittivity * VACUUM_PERMITTIVITY;
        let psi = |cell: u32| {
            let at = 2 * system.offset[cell as usize] as usize;
            let n = system.graph.unknowns[cell as usize] as usize;
            Complex64::new(x[at], x[at + n])
        };
        let mut charge = Complex64::ZERO;
        for contact in &system.mesh.contacts {
            if contact.kind == ContactKind::Metal {
                charge += eps * contact.field * (1.0 - psi(contact.cell));
            }
        }
        let held = |c: u32| system.mesh.cells[c as usize].kind == CellKind::PermeableMetal;
        for face in &system.mesh.faces {
            if held(face.low) {
                charge += eps * face.field * (1.0 - psi(face.high));
            }
            if held(face.high) {
                charge += eps * face.field * (1.0 - psi(face.low));
            }
        }
        charge
    }

    fn doubled(&self, real: &BlockMatrix, omega_theta: f64) -> BlockMatrix {
        let mut twice = BlockMatrix::zeros(&self.graph);
        let copy = |from: &[f64], to: &mut [f64], rows: usize, columns: usize| {
            for j in 0..columns {
                for i in 0..rows {
                    let value = from[j * rows + i];
                    to[j * 2 * rows + i] = value;
                    to[(columns + j) * 2 * rows + rows + i] = value;
                }
            }
        };
        for (c, cell) in self.system.mesh.cells.iter().enumerate() {
            let n = self.system.graph.unknowns[c] as usize;
            let from = &real.diagonal[real.diagonal_at[c] as usize..];
            let to = &mut twice.diagonal[twice.diagonal_at[c] as usize..];
            copy(from, to, n, n);
            let mass = omega_theta * cell.volume / LENGTH.powi(2);
            for k in 1..n {
                to[k * 2 * n + n + k] += mass;
                to[(n + k) * 2 * n + k] -= mass;
            }
        }
        for (e, &(a, b)) in self.graph.edges.iter().enumerate() {
            let size = |c: u32| self.system.graph.unknowns[c as usize] as usize;
            let (na, nb) = (size(a), size(b));
            let (from, to) = (real.edge_at[e] as usize, twice.edge_at[e] as usize);
            copy(&real.forward[from..], &mut twice.forward[to..], na, nb);
            copy(&real.backward[from..], &mut twice.backward[to..], nb, na);
        }
        twice
    }
}
