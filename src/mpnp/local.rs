//! Where current flows against the local field: places of negative local resistance.

use super::flux::Parts;
use super::geometry::Geometry;
use super::mesh::Direction;
use super::observe::ion_flux_parts;
use super::system::System;

/// For every slit the part of the current along it, in size, that flows towards higher potential.
///
/// Counted over the faces across the slit between the gaps' ends, each with the current of both ions
/// and the field along the slit at this face.
pub fn uphill_shares(system: &System, geometry: &Geometry, state: &[f64]) -> Vec<f64> {
    let mesh = &system.mesh;
    let excess = system.excess(state);
    let height = mesh.y.length();
    let half = 0.5 * geometry.pitch();
    let mut sums = vec![(0.0, 0.0); geometry.slits()];
    for (f, face) in mesh.faces.iter().enumerate() {
        if face.direction != Direction::Y || face.ions == 0.0 {
            continue;
        }
        let y = mesh.y.edges[face.plane as usize];
        if y < geometry.gap || y > height - geometry.gap {
            continue;
        }
        let x = mesh.x.centre(face.along as usize);
        let Some(slit) = (1..geometry.sheets).find(|&i| (x - geometry.slit_middle(i)).abs() < half)
        else {
            continue;
        };
        let mut total = Parts::default();
        for k in 0..2 {
            let parts = ion_flux_parts(system, state, &excess, f, k);
            total.add(parts, system.z[k]);
        }
        let current = total.total();
        let (low, high) = (
            system.offset[face.low as usize] as usize,
            system.offset[face.high as usize] as usize,
        );
        let rise = state[high] - state[low];
        let (uphill, all) = &mut sums[slit - 1];
        *all += current.abs();
        if current * rise > 0.0 {
            *uphill += current.abs();
        }
    }
    sums.into_iter()
        .map(|(uphill, all)| if all > 0.0 { uphill / all } else { 0.0 })
        .collect()
}
