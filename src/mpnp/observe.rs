//! What is read off a state: potentials, charges, currents and their parts.
//!
//! Per metre of depth. Charges and currents are those of the ions; currents count along +x, from
//! the collector to the reservoir (along slits: along +y). With phi_m > 0 charges are negative
//! and the trans-slit current of charging is positive, as is dphi_i = phi_{i+1} - phi_i.

use super::constants::{FARADAY, VACUUM_PERMITTIVITY};
use super::flux::{Parts, sedan, sedan_parts};
use super::geometry::Geometry;
use super::mesh::{ContactKind, Direction, Mesh};
use super::system::{LENGTH, System};

/// One slit at one time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SlitSample {
    /// Potential in the slit's middle, volt.
    pub phi: f64,
    /// Net charge of the ions between the neighbouring sheets' mid-planes, coulomb.
    pub charge: f64,
    /// Both ions together, mole.
    pub salt: f64,
    /// Current through the mid-plane of the sheet on the collector's side, ampere; none for the
    /// slit at the collector.
    pub current: Parts,
    /// Current along the slit through its middle, ampere.
    pub along: Parts,
}

/// The electrode at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    pub t: f64,
    /// Potential of the metal, volt.
    pub phi_m: f64,
    /// From slit 1 (next to the reservoir) on.
    pub slits: Vec<SlitSample>,
    /// Current through the mid-plane of sheet 1: into the stack, ampere.
    pub mouth: Parts,
    /// Current through the middle of the reservoir, ampere.
    pub open: Parts,
    /// Charge on the metal, coulomb.
    pub metal_charge: f64,
    /// Charge of all ions, coulomb.
    pub ion_charge: f64,
    /// Charge on the far side of the mid-plane (field through it), coulomb.
    pub bath_charge: f64,
    /// Ions through the mid-plane, ampere.
    pub bath_ions: f64,
    /// d(metal charge)/dt of the polynomial of the time scheme, ampere.
    pub metal_current: f64,
    /// Ions and displacement through the mid-plane, ampere.
    pub bath_current: f64,
}

impl Sample {
    /// dphi_i = phi_{i+1} - phi_i across sheet i + 1 (i from 1), volt.
    pub fn drop(&self, i: usize) -> Option<f64> {
        Some(self.slits.get(i)?.phi - self.slits.get(i.checked_sub(1)?)?.phi)
    }
}

/// Faces through which a current is summed.
type Plane = Vec<u32>;

struct SlitProbe {
    /// Unknowns and weights of the potential in the middle.
    phi: Vec<(u32, f64)>,
    cells: Vec<u32>,
    behind: Plane,
    along: Plane,
}

/// Where to look, found once per mesh.
pub struct Probe {
    slits: Vec<SlitProbe>,
    mouth: Plane,
    open: Plane,
}

impl Probe {
    pub fn new(system: &System, geometry: &Geometry) -> Self {
        let mesh = &system.mesh;
        let sheets = geometry.sheets;
        let plane_of_sheet = |i: usize| mesh.x.nearest_edge(geometry.sheet_middle(i));
        let slits = (1..sheets)
            .map(|i| {
                let (low, high) = (plane_of_sheet(i + 1), plane_of_sheet(i));
                let inside = |ix: u32| (ix as usize) >= low && (ix as usize) < high;
                let middle = mesh.y.nearest_edge(0.5 * mesh.y.length());
                SlitProbe {
                    phi: interpolation(system, geometry.slit_middle(i), 0.5 * mesh.y.length()),
                    cells: (0..mesh.cells.len() as u32)
                        .filter(|&c| {
                            system.has_ions(c as usize) && inside(mesh.cells[c as usize].ix)
                        })
                        .collect(),
                    behind: if i + 1 < sheets {
                        x_plane(mesh, low)
                    } else {
                        Vec::new()
                    },
                    along: (0..mesh.faces.len() as u32)
                        .filter(|&f| {
                            let face = &mesh.faces[f as usize];
                            face.direction == Direction::Y
                                && face.plane as usize == middle
                                && face.ions > 0.0
                                && inside(face.along)
                        })
                        .collect(),
                }
            })
            .collect();
        let surface = if sheets > 1 {
            geometry.sheet_middle(1) + 0.5 * geometry.sheet_thickness
        } else {
            0.0
        };
        let open = 0.5 * (surface + mesh.x.length());
        Self {
            slits,
            mouth: if sheets > 1 {
                x_plane(mesh, plane_of_sheet(1))
            } else {
                Vec::new()
            },
            open: x_plane(mesh, mesh.x.nearest_edge(open)),
        }
    }

    /// Reads a state; the two rates of change are left at 0.
    pub fn sample(&self, system: &System, u: &[f64], t: f64, phi_m: f64) -> Sample {
        let excess = system.excess(u);
        let scale = FARADAY * system.electrolyte.concentration * LENGTH.powi(2);
        let vt = system.electrolyte.thermal_voltage();
        let through = |plane: &Plane| {
            let mut sum = Parts::default();
            for &f in plane {
                for k in 0..2 {
                    let parts = ion_flux_parts(system, u, &excess, f as usize, k);
                    sum.add(parts, scale * system.z[k]);
                }
            }
            sum
        };
        let slits = self
            .slits
            .iter()
            .map(|slit| {
                let phi: f64 = slit.phi.iter().map(|&(at, w)| w * u[at as usize]).sum();
                let (charge, salt) = charge_and_salt(system, u, slit.cells.iter().copied());
                SlitSample {
                    phi: phi * vt,
                    charge,
                    salt,
                    current: through(&slit.behind),
                    along: through(&slit.along),
                }
            })
            .collect();
        let (ion_charge, _) = charge_and_salt(system, u, 0..system.mesh.cells.len() as u32);
        let (metal_charge, bath_charge) = contact_charges(system, |at| u[at], phi_m / vt);
        Sample {
            t,
            phi_m,
            slits,
            mouth: through(&self.mouth),
            open: through(&self.open),
            metal_charge,
            ion_charge,
            bath_charge,
            bath_ions: bath_ions(system, u, &excess),
            metal_current: 0.0,
            bath_current: 0.0,
        }
    }
}

/// Flux of ion `k` through face `f`, in its parts; in units of c_0 LENGTH^2 per second and metre.
pub fn ion_flux_parts(system: &System, u: &[f64], excess: &[f64], f: usize, k: usize) -> Parts {
    let face = &system.mesh.faces[f];
    let (a, b) = (face.low as usize, face.high as usize);
    let (ua, ub) = (system.offset[a] as usize, system.offset[b] as usize);
    let parts = sedan_parts(
        system.z[k] * (u[ub] - u[ua]),
        system.size_ratio[k] * (excess[b] - excess[a]),
        u[ua + 1 + k],
        u[ub + 1 + k],
    );
    let mut result = Parts::default();
    result.add(parts, system.diffusivity[k] * face.ions);
    result
}

fn charge_and_salt(system: &System, u: &[f64], cells: impl Iterator<Item = u32>) -> (f64, f64) {
    let (mut charge, mut salt) = (0.0, 0.0);
    for c in cells {
        let c = c as usize;
        if system.has_ions(c) {
            let at = system.offset[c] as usize;
            let amount = system.mesh.cells[c].volume * system.electrolyte.concentration;
            charge += FARADAY * amount * (system.z[0] * u[at + 1] + system.z[1] * u[at + 2]);
            salt += amount * (u[at + 1] + u[at + 2]);
        }
    }
    (charge, salt)
}

/// Charge on the metal and charge beyond the mid-plane, from values of psi and the metal's; of rates
/// of change of these, their rates of change.
pub fn contact_charges(system: &System, psi: impl Fn(usize) -> f64, metal: f64) -> (f64, f64) {
    let electrolyte = &system.electrolyte;
    let eps_vt = electrolyte.permittivity * VACUUM_PERMITTIVITY * electrolyte.thermal_voltage();
    let (mut on_metal, mut on_bath) = (0.0, 0.0);
    for contact in &system.mesh.contacts {
        let here = psi(system.offset[contact.cell as usize] as usize);
        match contact.kind {
            ContactKind::Metal => on_metal += eps_vt * contact.field * (metal - here),
            ContactKind::Bath => on_bath -= eps_vt * contact.field * here,
        }
    }
    (on_metal, on_bath)
}

/// The ions' current out through the mid-plane.
fn bath_ions(system: &System, u: &[f64], excess: &[f64]) -> f64 {
    let scale = FARADAY * system.electrolyte.concentration * LENGTH.powi(2);
    let mut ions = 0.0;
    for contact in &system.mesh.contacts {
        if contact.kind != ContactKind::Bath || contact.ions == 0.0 {
            continue;
        }
        let at = system.offset[contact.cell as usize] as usize;
        let step = system.bulk_excess() - excess[contact.cell as usize];
        for k in 0..2 {
            let x = -system.z[k] * u[at] + system.size_ratio[k] * step;
            let (j, ..) = sedan(x, u[at + 1 + k], system.bulk[k]);
            ions += scale * system.z[k] * system.diffusivity[k] * contact.ions * j;
        }
    }
    ions
}

fn x_plane(mesh: &Mesh, plane: usize) -> Plane {
    (0..mesh.faces.len() as u32)
        .filter(|&f| {
            let face = &mesh.faces[f as usize];
            face.direction == Direction::X && face.plane as usize == plane && face.ions > 0.0
        })
        .collect()
}

/// Bilinear weights of psi at (x, y).
fn interpolation(system: &System, x: f64, y: f64) -> Vec<(u32, f64)> {
    let mesh = &system.mesh;
    let along = |axis: &super::grid::Axis, at: f64| {
        let n = axis.cells();
        let mut low = 0;
        while low + 2 < n && axis.centre(low + 1) <= at {
            low += 1;
        }
        if n < 2 {
            return vec![(0, 1.0)];
        }
        let (a, b) = (axis.centre(low), axis.centre(low + 1));
        let w = ((at - a) / (b - a)).clamp(0.0, 1.0);
        vec![(low, 1.0 - w), (low + 1, w)]
    };
    let mut weights = Vec::new();
    for &(ix, wx) in &along(&mesh.x, x) {
        for &(iy, wy) in &along(&mesh.y, y) {
            if let Some(cell) = mesh.cell_at(ix, iy) {
                weights.push((system.offset[cell], wx * wy));
            }
        }
    }
    let total: f64 = weights.iter().map(|w| w.1).sum();
    if total > 0.0 {
        for w in &mut weights {
            w.1 /= total;
        }
    }
    weights
}
