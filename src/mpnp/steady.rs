//! Equilibrium at a given potential of the metal.

use super::newton::{Newton, NewtonFailure};
use super::system::{Instant, System};

/// The state in which nothing flows, reached from rest through rising potentials; `metal` is the
/// potential over kT/e.
pub fn equilibrium(
    system: &System,
    newton: &mut Newton,
    metal: f64,
) -> Result<Vec<f64>, NewtonFailure> {
    let mut u = system.rest();
    let (mut at, mut stride) = (0.0, 1.0);
    // Long against every relaxation: the change of concentration only keeps the matrix regular
    // where ions cannot reach the open electrolyte.
    let slowest = system.mesh.x.length().max(system.mesh.y.length()).powi(2);
    let theta = slowest / system.electrolyte.ions[0].diffusivity;
    const MASS: f64 = 1e-8;
    newton.forget();
    while at < 1.0 {
        let next = if metal == 0.0 {
            1.0
        } else {
            (at + stride / metal.abs()).min(1.0)
        };
        let mut trial = u.clone();
        let instant = Instant {
            metal: next * metal,
            mass: MASS,
            theta,
            base: &u,
            sources: None,
        };
        match newton.solve(system, &instant, &mut trial) {
            Ok(()) => {
                u = trial;
                at = next;
                stride = (2.0 * stride).min(2.0);
            }
            Err(failure) => {
                stride *= 0.25;
                if stride < 1e-3 {
                    return Err(failure);
                }
            }
        }
    }
    // What the last change of potential left: two more steps of that length end it.
    for _ in 0..2 {
        let base = u.clone();
        let instant = Instant {
            metal,
            mass: MASS,
            theta,
            base: &base,
            sources: None,
        };
        newton.solve(system, &instant, &mut u)?;
    }
    newton.forget();
    Ok(u)
}
