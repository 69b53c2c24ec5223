//! Free energy: what relaxation at a fixed potential of the metal can only lower.

use super::mesh::ContactKind;
use super::system::{LENGTH, System};

/// Grand free energy of ions and field at given potential `metal` (over kT/e) and open mid-plane,
/// per metre of depth, in units of kT c_0 LENGTH^2:
///
/// ```text
/// sum V [ sum_k c_k (ln(c_k/c_k0) - 1 - S_k0) + (1 - nu)(ln(1 - nu) - 1)/p ] + (sum V rho psi - q metal)/2
/// ```
///
/// with p the mean volume per c/c_0 and q the charge on the metal.
pub fn free_energy(system: &System, u: &[f64], metal: f64) -> f64 {
    let p = 0.5 * (system.packing[0] + system.packing[1]);
    let rest = system.bulk_excess();
    let mut sum = 0.0;
    for (c, cell) in system.mesh.cells.iter().enumerate() {
        if !system.has_ions(c) {
            continue;
        }
        let at = system.offset[c] as usize;
        let volume = cell.volume / LENGTH.powi(2);
        let ions = [u[at + 1], u[at + 2]];
        for k in 0..2 {
            let s = system.size_ratio[k] * rest;
            sum += volume * ions[k] * ((ions[k] / system.bulk[k]).ln() - 1.0 - s);
            sum += 0.5 * volume * system.z[k] * ions[k] * u[at];
        }
        let free = system.free_volume(ions);
        if p > 0.0 {
            sum += volume * free * (free.ln() - 1.0) / p;
        }
    }
    for contact in &system.mesh.contacts {
        if contact.kind == ContactKind::Metal {
            let psi = u[system.offset[contact.cell as usize] as usize];
            sum -= 0.5 * metal * system.kappa * contact.field * (metal - psi);
        }
    }
    sum
}
