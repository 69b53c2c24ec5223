//! Integration in time: BDF2 with variable steps, restarted by backward Euler at kinks.

use super::newton::{Newton, NewtonFailure};
use super::system::{Instant, System};

/// How accurately to integrate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Error allowed per step, relative to c + c_0/10, root mean square over the electrolyte.
    pub tolerance: f64,
    /// Largest step, second.
    pub largest_step: f64,
    /// Steps of this size without error control, second; `None`: controlled steps.
    pub fixed_step: Option<f64>,
}

/// A time that could not be passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepFailure {
    pub t: f64,
    pub step: f64,
    pub cause: NewtonFailure,
}

/// State and history of a run in time. All of it goes into a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub t: f64,
    /// Now, one step ago, two steps ago, as far as they are on the smooth piece of the drive.
    pub states: Vec<Vec<f64>>,
    /// Steps between them, the latest first.
    pub steps: Vec<f64>,
    /// Size the next step should have.
    pub next_step: f64,
    pub accepted: u64,
    pub rejected: u64,
}

impl History {
    pub fn new(start: Vec<f64>) -> Self {
        Self {
            t: 0.0,
            states: vec![start],
            steps: Vec::new(),
            next_step: 0.0,
            accepted: 0,
            rejected: 0,
        }
    }

    pub fn now(&self) -> &[f64] {
        &self.states[0]
    }

    /// Forgets the past: a kink or jump of the drive is here. The next step is `first_step` long.
    pub fn restart(&mut self, first_step: f64) {
        self.states.truncate(1);
        self.steps.clear();
        self.next_step = first_step;
    }

    /// Rate of change, by the formula of the last step, of something linear in the state: `values`
    /// are its values in the states of the past, the present first.
    pub fn rate(&self, values: &[f64]) -> f64 {
        match (values, &self.steps[..]) {
            ([a, b, ..], [h]) => (a - b) / h,
            ([a, b, c, ..], [h, g, ..]) => {
                let w = h / g;
                ((1.0 + 2.0 * w) * a - (1.0 + w).powi(2) * b + w * w * c) / ((1.0 + w) * h)
            }
            _ => 0.0,
        }
    }

    /// One accepted step towards `end`, where `metal(t)` is the metal's potential over kT/e.
    pub fn advance(
        &mut self,
        system: &System,
        newton: &mut Newton,
        accuracy: &Accuracy,
        end: f64,
        metal: impl Fn(f64) -> f64,
    ) -> Result<(), StepFailure> {
        loop {
            let step = self.step_towards(end, accuracy);
            let smallest = 1e-12 * (end.abs() + step).max(1e-15);
            let (alpha, base) = self.formula(step);
            let instant = Instant {
                metal: metal(self.t + step),
                mass: 1.0,
                theta: step / alpha,
                base: &base,
                sources: None,
            };
            let mut guess = self.predict(step);
            let predicted = guess.clone();
            // An extrapolation may leave the range of the equations; the present state does not.
            if !in_range(system, &guess) {
                guess.copy_from_slice(self.now());
            }
            if let Err(cause) = newton.solve(system, &instant, &mut guess) {
                self.rejected += 1;
                self.next_step = 0.25 * step;
                if accuracy.fixed_step.is_some() || self.next_step < smallest {
                    return Err(StepFailure {
                        t: self.t,
                        step,
                        cause,
                    });
                }
                continue;
            }
            let factor = match accuracy.fixed_step {
                Some(_) => 1.0,
                None => self.growth(system, accuracy, step, alpha, &guess, &predicted),
            };
            if factor < 0.9 {
                self.rejected += 1;
                self.next_step = step * factor.max(0.2);
                if self.next_step < smallest {
                    return Err(StepFailure {
                        t: self.t,
                        step,
                        cause: NewtonFailure::NoConvergence,
                    });
                }
                continue;
            }
            self.accept(step, end, guess);
            // Few changes of size: the factors of the matrix serve longer.
            self.next_step = if factor >= 1.5 {
                step * factor.min(2.0)
            } else {
                step * factor.min(1.0)
            };
            return Ok(());
        }
    }

    fn accept(&mut self, step: f64, end: f64, state: Vec<f64>) {
        self.t = if self.t + step > end * (1.0 - 1e-14) {
            end
        } else {
            self.t + step
        };
        self.states.insert(0, state);
        self.steps.insert(0, step);
        self.states.truncate(3);
        self.steps.truncate(2);
        self.accepted += 1;
    }

    fn step_towards(&self, end: f64, accuracy: &Accuracy) -> f64 {
        let wanted = accuracy
            .fixed_step
            .unwrap_or(self.next_step.min(accuracy.largest_step));
        let left = end - self.t;
        if wanted >= 0.999_999 * left {
            left
        } else if wanted > 0.5 * left && accuracy.fixed_step.is_none() {
            0.5 * left
        } else {
            wanted
        }
    }

    /// Leading coefficient alpha, and the concentrations from which the change counts:
    /// (alpha/dt) (c - base) is the scheme's dc/dt.
    fn formula(&self, step: f64) -> (f64, Vec<f64>) {
        if self.steps.is_empty() {
            return (1.0, self.states[0].clone());
        }
        let w = step / self.steps[0];
        let alpha = (1.0 + 2.0 * w) / (1.0 + w);
        let (now, past) = ((1.0 + w) / alpha, -w * w / (1.0 + w) / alpha);
        let base = self.states[0]
            .iter()
            .zip(&self.states[1])
            .map(|(a, b)| now * a + past * b)
            .collect();
        (alpha, base)
    }

    /// Extrapolation through the states of the past.
    fn predict(&self, step: f64) -> Vec<f64> {
        let now = &self.states[0];
        match self.steps[..] {
            [] => now.clone(),
            [h] => {
                let s = step / h;
                now.iter()
                    .zip(&self.states[1])
                    .map(|(a, b)| a + s * (a - b))
                    .collect()
            }
            [h, g, ..] => {
                // Newton's divided differences.
                let first = step / h;
                let second = step * (step + h) / (h + g);
                (0..now.len())
                    .map(|i| {
                        let (a, b, c) = (now[i], self.states[1][i], self.states[2][i]);
                        let d1 = (a - b) / h;
                        let d2 = (b - c) / g;
                        a + first * (a - b) + second * (d1 - d2)
                    })
                    .collect()
            }
        }
    }

    /// By what the step could be multiplied: from the difference between prediction and solution,
    /// both of which miss the exact solution by a known multiple of its third derivative.
    fn growth(
        &self,
        system: &System,
        accuracy: &Accuracy,
        step: f64,
        alpha: f64,
        solution: &[f64],
        predicted: &[f64],
    ) -> f64 {
        let [h, g] = self.steps[..] else {
            return 2.0;
        };
        let own = step / alpha;
        let share = own / (own + step + h + g);
        let (mut sum, mut weight) = (0.0, 0.0);
        for (c, cell) in system.mesh.cells.iter().enumerate() {
            if !system.has_ions(c) {
                continue;
            }
            let at = system.offset[c] as usize;
            for k in 1..3 {
                let e = share * (solution[at + k] - predicted[at + k]) / (solution[at + k] + 0.1);
                sum += cell.volume * e * e;
                weight += cell.volume;
            }
        }
        let error = (sum / weight).sqrt() / accuracy.tolerance;
        (0.9 * error.max(1e-9).powf(-1.0 / 3.0)).min(2.0)
    }
}

fn in_range(system: &System, u: &[f64]) -> bool {
    (0..system.mesh.cells.len())
        .filter(|&c| system.has_ions(c))
        .all(|c| {
            let at = system.offset[c] as usize;
            let (p, n) = (u[at + 1], u[at + 2]);
            p > 0.0 && n > 0.0 && system.free_volume([p, n]) > 1e-6
        })
}
