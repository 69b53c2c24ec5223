//! Trial steps: solve, accept, reject.

use super::warmth::Warmth;
use super::watch::{Breach, Notice, Tally, Watch};
use super::{Companion, StateError, TrialError};
use crate::cell::{Cell, CellParams, Electrode};
use crate::ladder::{Elimination, Mouth, Rule, largest_difference, largest_magnitude};
use crate::parameter::ParameterError;

/// Steps that grow by more than this factor are taken with backward Euler: beyond `1 + sqrt 2`
/// variable-step BDF2 is not stable.
pub const MAX_GROWTH: f64 = 2.4;

/// Newton stops when no inner potential is further from the answer than this, relative to the
/// largest potential (or 1 mV).
const TOLERANCE: f64 = 1e-12;

/// Convergence is quadratic: the next correction is `curvature c^2`. How much larger than last
/// seen the curvature may be.
const CURVATURE_MARGIN: f64 = 4.0;

/// Curvature to begin with, in units of `|Q|/q_max` per volt: as of a slit in the rounded kink of the
/// law.
const FIRST_CURVATURE: f64 = 1e3;

/// Newton iterations before a trial is given up.
const MAX_ITERATIONS: usize = 20;

/// Newton iterations at one point of the continuation.
const CONTINUATION_ITERATIONS: usize = 12;

/// Factor on the storage rate, or its inverse, at which a continuation starts.
const STIFFEST: f64 = 1e12;

/// Largest change of a slit's `Q/q_max` in one Newton iteration, or of its relative change where
/// that is larger. Keeps the iteration from leaping over the floor of the law.
const MAX_LEAP: f64 = 0.5;

/// Largest terminal value (volt, ampere) and voltage of a state: sums and squares of such values still
/// are numbers.
const MAX_VALUE: f64 = 1e100;

/// True for terminal values and voltages that are worked with; NaN is none.
pub(super) fn is_usable(x: f64) -> bool {
    x.abs() <= MAX_VALUE
}

/// State and work arrays of one chain.
#[derive(Debug, Clone)]
pub(super) struct Half {
    /// Charges `w = Q/C` at the last accepted time, volt: overpotentials where capacitances are constant.
    pub w: Vec<f64>,
    /// Increments of the last, the last but one accepted step, volt.
    pub d1: Vec<f64>,
    pub d2: Vec<f64>,
    /// Increments of the trial, volt.
    pub d: Vec<f64>,
    /// Increments at the last good point of a continuation, volt.
    d_safe: Vec<f64>,
    /// Increments that the history predicts, volt.
    predicted: Vec<f64>,
    /// Room for sums, volt.
    pub room: Vec<f64>,
    work: Elimination,
}

impl Half {
    fn new(nodes: usize) -> Self {
        let zeros = || vec![0.0; nodes];
        Self {
            w: zeros(),
            d1: zeros(),
            d2: zeros(),
            d: zeros(),
            d_safe: zeros(),
            predicted: zeros(),
            room: zeros(),
            work: Elimination::new(nodes),
        }
    }
}

/// What is prescribed at the terminals.
#[derive(Debug, Clone, Copy)]
enum Drive {
    Voltage(f64),
    Current(f64),
}

/// Where a continuation starts.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// Storage so stiff that nothing moves.
    Stiff,
    /// Storage so weak that every slit is in equilibrium with the terminals.
    Relaxed,
}

/// A trial in hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    pub h: f64,
    /// Current through the electrodes (leakage not counted), ampere.
    pub i: f64,
    pub v: f64,
}

/// A cell (or half cell) as a two-terminal element that integrates its own charges.
///
/// `v` is the voltage of the positive against the negative terminal (volt), `i` the current into
/// the positive terminal (ampere). All memory is allocated by [`Stepper::new`].
///
/// ```
/// use ncm::{cell::CellParams, ladder::ElectrodeParams, stamp::Stepper};
/// let mut electrode = ElectrodeParams::new(5.0, 0.08e-6, 5);
/// electrode.gamma = 0.5;
/// electrode.q_max = 16e-9;
/// let mut cell = Stepper::new(&CellParams::symmetric(electrode))?;
/// // Hold 0.2 V for 1 us and look at the current.
/// for _ in 0..100 {
///     let companion = cell.try_voltage(10e-9, 0.2)?;
///     assert!(companion.i > 0.0 && companion.di_dv > 0.0);
///     cell.accept();
/// }
/// assert!(cell.charge() > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Stepper {
    pub(super) cell: Cell,
    pub(super) halves: Vec<Half>,
    /// Lengths of the last and the last but one accepted step, second; 0 for none.
    pub(super) h1: f64,
    pub(super) h2: f64,
    /// Accepted current through the electrodes, ampere, and terminal voltage, volt.
    pub(super) i: f64,
    pub(super) v: f64,
    pub(super) trial: Option<Trial>,
    pub(super) warmth: Warmth,
    watch: Watch,
    /// Step length of the iterate that `Half::d` holds.
    iterate_h: f64,
    /// Largest potential of the accepted state (or 1 mV), volt.
    scale: f64,
    /// The next Newton correction is about this times the square of the last, 1/V.
    curvature: f64,
    /// Newton iterations since construction: the effort, for benchmarks and tests.
    pub(super) iterations: u64,
}

impl Stepper {
    /// Checks the parameters and allocates everything. The cell starts empty and at rest.
    pub fn new(params: &CellParams) -> Result<Self, ParameterError> {
        Ok(Self::from_cell(Cell::new(params)?))
    }

    /// A stepper on a prepared cell.
    pub fn from_cell(cell: Cell) -> Self {
        let halves = cell.chains.iter().map(|c| Half::new(c.nodes())).collect();
        let curvature = cell.chains.iter().fold(0.0, |m: f64, chain| {
            let of_law = match chain.shape.is_constant() {
                true => 0.0,
                false => FIRST_CURVATURE * chain.steepest(),
            };
            let of_store = chain.rise.map_or(0.0, |rise| rise.curvature());
            m.max(of_law).max(of_store)
        });
        let warmth = Warmth::new(&cell);
        let watch = Watch::new(cell.limits);
        Self {
            cell,
            halves,
            h1: 0.0,
            h2: 0.0,
            i: 0.0,
            v: 0.0,
            trial: None,
            warmth,
            watch,
            iterate_h: 0.0,
            scale: 1e-3,
            curvature,
            iterations: 0,
        }
    }

    /// The cell behind it.
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Puts the cell at rest, charged to terminal voltage `v`, the electrodes holding equal and
    /// opposite charge. History is forgotten.
    pub fn set_voltage(&mut self, v: f64) -> Result<(), StateError> {
        if !is_usable(v) {
            return Err(StateError::NotFinite(v));
        }
        let charge = self.cell.rest_charge(v * self.warmth.factors.capacitance);
        for (half, chain) in self.halves.iter_mut().zip(&self.cell.chains) {
            half.w.fill(charge / chain.total_capacitance());
        }
        self.i = 0.0;
        self.v = v;
        self.restart();
        Ok(())
    }

    /// Sets the net charge of every section of one electrode, mouth first (coulomb, of one cell;
    /// positive for a charged positive, negative for a charged negative electrode). The
    /// outer face takes the first section's potential. History is forgotten; the terminal
    /// voltage becomes that of the open circuit.
    pub fn set_section_charges(
        &mut self,
        electrode: Electrode,
        charges: &[f64],
    ) -> Result<(), StateError> {
        let (index, sign) = self
            .cell
            .chain_of(electrode)
            .ok_or(StateError::NoSuchElectrode)?;
        let wanted = self.cell.chains[index].sections();
        if charges.len() != wanted {
            return Err(StateError::WrongLength {
                given: charges.len(),
                wanted,
            });
        }
        let chain = &self.cell.chains[index];
        let first = chain.first_section();
        for (q, c) in charges.iter().zip(&chain.capacitance[first..]) {
            if !is_usable(q * self.cell.parallel / c) {
                return Err(StateError::NotFinite(*q));
            }
        }
        if self.cell.mirrored {
            self.split_mirror();
            return self.set_section_charges(electrode, charges);
        }
        let chain = &self.cell.chains[index];
        let half = &mut self.halves[index];
        let first = chain.first_section();
        for (k, q) in charges.iter().enumerate() {
            half.w[first + k] = sign * q * self.cell.parallel / chain.capacitance[first + k];
        }
        if first == 1 {
            half.w[0] = half.w[1];
        }
        self.i = 0.0;
        self.v = self.rest_voltage();
        self.restart();
        Ok(())
    }

    /// Sets the charges `w` (volt) of all nodes, chain after chain, with open terminals. History is
    /// forgotten.
    pub(crate) fn set_nodes(&mut self, mut w: impl Iterator<Item = f64>) {
        for half in &mut self.halves {
            for (to, from) in half.w.iter_mut().zip(&mut w) {
                *to = from;
            }
        }
        let g_leak = self.cell.g_leak / self.warmth.factors.leakage;
        self.v = self.rest_voltage() / (1.0 + g_leak * self.mouth_resistance());
        self.i = -g_leak * self.v;
        self.restart();
    }

    /// What lies between the terminals and the mouths' first nodes, ohm.
    fn mouth_resistance(&self) -> f64 {
        let now = self.warmth.factors;
        let mut r = self.cell.esr * now.esr;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            let mouth = chain.mouth_resistance(half.w[0]);
            r += self.cell.weight() * now.resistance * mouth;
        }
        r
    }

    /// Gives each electrode a chain of its own.
    pub(super) fn split_mirror(&mut self) {
        let twin = self.cell.chains[0].mirror_image();
        self.cell.chains.push(twin);
        self.cell.mirrored = false;
        let half = self.halves[0].clone();
        self.halves.push(half);
    }

    /// Sets the scale of the accepted state.
    pub(super) fn measure(&mut self) {
        self.scale = self
            .halves
            .iter()
            .fold(1e-3, |m, half| m.max(largest_magnitude(&half.w)));
    }

    /// Forgets the history: the next step is backward Euler. For discontinuities of the drive.
    pub fn restart(&mut self) {
        self.h1 = 0.0;
        self.h2 = 0.0;
        self.trial = None;
        self.iterate_h = 0.0;
        self.measure();
        self.settle_warmth();
    }

    /// Tries a step of `h` seconds to terminal voltage `v`.
    pub fn try_voltage(&mut self, h: f64, v: f64) -> Result<Companion, TrialError> {
        self.solve(h, Drive::Voltage(v))
    }

    /// Tries a step of `h` seconds with terminal current `i` at its end.
    pub fn try_current(&mut self, h: f64, i: f64) -> Result<Companion, TrialError> {
        self.solve(h, Drive::Current(i))
    }

    fn solve(&mut self, h: f64, drive: Drive) -> Result<Companion, TrialError> {
        self.trial = None;
        if !(h > 0.0 && h.is_finite()) {
            return Err(TrialError::BadStep(h));
        }
        let (Drive::Voltage(given) | Drive::Current(given)) = drive;
        if !is_usable(given) {
            return Err(TrialError::BadTerminal(given));
        }
        if self.iterate_h != h {
            self.predict(h);
        }
        self.foresee(h);
        let mut outcome = self.newton(h, drive, 1.0, MAX_ITERATIONS);
        if outcome.is_err() {
            outcome = self.continuation(h, drive, Start::Stiff);
        }
        if outcome.is_err() {
            outcome = self.continuation(h, drive, Start::Relaxed);
        }
        match outcome {
            Ok((trial, _)) if !is_usable(trial.v) => {
                self.iterate_h = 0.0;
                Err(TrialError::BadTerminal(trial.v))
            }
            Ok((trial, di_dv)) => {
                self.iterate_h = h;
                self.trial = Some(trial);
                self.warm();
                let g_leak = self.trial_leakage();
                Ok(Companion {
                    v: trial.v,
                    i: trial.i + g_leak * trial.v,
                    di_dv: di_dv + g_leak,
                    error: self.local_error(h),
                })
            }
            Err(correction) => {
                self.iterate_h = 0.0;
                Err(TrialError::NotConverged { h, correction })
            }
        }
    }

    /// Fills `predicted` by extrapolation through the accepted values, and starts there.
    fn predict(&mut self, h: f64) {
        let (h1, h2) = (self.h1, self.h2);
        // Newton's form: h [u]1 + h (h + h1) [u]2 with divided differences of the increments.
        let (p1, p2) = if h1 == 0.0 {
            (0.0, 0.0)
        } else if h2 == 0.0 {
            (h / h1, 0.0)
        } else {
            let curve = h * (h + h1) / (h1 + h2);
            ((h + curve) / h1, -curve / h2)
        };
        for half in &mut self.halves {
            for (((p, d), d1), d2) in half
                .predicted
                .iter_mut()
                .zip(&mut half.d)
                .zip(&half.d1)
                .zip(&half.d2)
            {
                *p = p1 * d1 + p2 * d2;
                *d = *p;
            }
        }
    }

    /// Rates of the integration rule: storage and memory, 1/s.
    pub(super) fn rates(&self, h: f64) -> (f64, f64) {
        let w = if self.h1 > 0.0 { h / self.h1 } else { 0.0 };
        if w == 0.0 || w > MAX_GROWTH {
            return (1.0 / h, 0.0);
        }
        ((1.0 + 2.0 * w) / (1.0 + w) / h, w * w / (1.0 + w) / h)
    }

    /// For steps so harsh that Newton's method fails from the prediction: follows a path of
    /// solutions in the storage rate, from a rate at which the answer is plain to the step's own.
    ///
    /// While a slit charges, its falling resistance lets the current rise: over a long step the
    /// implicit equations then have a lower solution (still empty) and an upper one (full), of
    /// which either may cease to exist along the way, but not both. Hence the two starts.
    fn continuation(&mut self, h: f64, drive: Drive, start: Start) -> Result<(Trial, f64), f64> {
        let mut rate = match start {
            Start::Stiff => STIFFEST,
            Start::Relaxed => 1.0 / STIFFEST,
        };
        for half in &mut self.halves {
            half.d.fill(0.0);
        }
        if let (Start::Relaxed, Drive::Voltage(v)) = (start, drive) {
            let charge = self
                .cell
                .rest_charge(v * self.warmth.trial_factors.capacitance);
            for (half, chain) in self.halves.iter_mut().zip(&self.cell.chains) {
                let end = charge / chain.total_capacitance();
                for (d, w) in half.d.iter_mut().zip(&half.w) {
                    *d = end - w;
                }
            }
        }
        for half in &mut self.halves {
            half.d_safe.copy_from_slice(&half.d);
        }
        let mut ratio = 16.0_f64;
        let mut last_good = rate;
        loop {
            match self.newton(h, drive, rate, CONTINUATION_ITERATIONS) {
                Ok(outcome) if rate == 1.0 => return Ok(outcome),
                Ok(_) => {
                    for half in &mut self.halves {
                        half.d_safe.copy_from_slice(&half.d);
                    }
                    last_good = rate;
                    ratio = (ratio * ratio).min(16.0);
                }
                Err(correction) => {
                    for half in &mut self.halves {
                        half.d.copy_from_slice(&half.d_safe);
                    }
                    ratio = ratio.sqrt();
                    if ratio < 1.0005 {
                        return Err(correction);
                    }
                }
            }
            rate = match start {
                Start::Stiff => (last_good / ratio).max(1.0),
                Start::Relaxed => (last_good * ratio).min(1.0),
            };
        }
    }

    /// Newton's method on the inner states, with the storage rate times `factor` (1 for the
    /// step itself). The answer is the trial and the conductance, or the last correction.
    fn newton(
        &mut self,
        h: f64,
        drive: Drive,
        factor: f64,
        iterations: usize,
    ) -> Result<(Trial, f64), f64> {
        let (a, memory) = self.rates(h);
        // Resistances and capacitances that all change alike only change the clock of the ladder: its currents
        // count `clock` times, its potentials by the inverse of the capacitance's factor.
        let now = self.warmth.trial_factors;
        let clock = now.resistance * now.capacitance;
        let (a, memory) = (a * factor * clock, memory * clock);
        let weight = self.cell.weight();
        let (esr, g_leak) = (self.cell.esr * now.esr, self.cell.g_leak / now.leakage);
        let mut i_before = self.i;
        let mut correction = f64::INFINITY;
        // Whether the last correction was taken whole, so that it tells the curvature.
        let mut undamped = false;
        let mut scale = self.scale;
        for round in 0..iterations {
            self.iterations += 1;
            // Terminal relation of this iterate: v = e + z i.
            let (mut e, mut z) = (0.0, esr);
            let mut mouths = [None::<Mouth>; 2];
            for ((half, chain), mouth) in self
                .halves
                .iter_mut()
                .zip(&self.cell.chains)
                .zip(&mut mouths)
            {
                let rule = Rule {
                    a,
                    memory,
                    previous: &half.d1,
                };
                let m = half.work.eliminate(chain, &rule, &half.w, &half.d);
                scale = scale.max(m.u_0.abs());
                *mouth = Some(m);
            }
            if let (0, Drive::Voltage(v)) = (round, drive) {
                i_before = self.held_current(v, &mouths).unwrap_or(i_before);
            }
            for m in mouths.iter().flatten() {
                let lift = (m.u_w + clock * i_before * m.resistance_w) * m.z;
                e += weight * (m.u_0 + lift * m.r) / now.capacitance;
                z += weight * now.resistance * (m.resistance + lift);
            }
            let (v, i) = match drive {
                Drive::Voltage(v) => (v, (v - e) / z),
                Drive::Current(total) => {
                    let v = (e + z * total) / (1.0 + z * g_leak);
                    (v, total - v * g_leak)
                }
            };
            let before = correction;
            correction = 0.0;
            // What the product of the changes of current and mouth resistance leaves, and the
            // terminal impedance with the new current.
            let (mut product, mut z_now) = (0.0, esr);
            for (half, mouth) in self.halves.iter_mut().zip(mouths.iter().flatten()) {
                let delta_0 = mouth.z * (clock * i + mouth.r);
                let bend = clock * mouth.resistance_w;
                product += weight * ((i - i_before) * bend * delta_0).abs();
                let lift = (mouth.u_w + i * bend) * mouth.z;
                z_now += weight * now.resistance * (mouth.resistance + lift);
                let largest = half.work.substitute(delta_0);
                correction = if largest > correction || largest.is_nan() {
                    largest
                } else {
                    correction
                };
            }
            if !(correction.is_finite() && i.is_finite() && v.is_finite()) {
                return Err(correction);
            }
            let damping = self.damping(correction);
            for half in &mut self.halves {
                half.work.apply(damping, &mut half.d);
            }
            i_before += damping * (i - i_before);
            if undamped && correction < before {
                let seen = correction / (before * before);
                self.curvature = seen.max(0.5 * self.curvature);
            }
            undamped = damping == 1.0;
            let left = CURVATURE_MARGIN * self.curvature * correction * correction;
            if undamped && left + product <= TOLERANCE * scale {
                return Ok((Trial { h, i, v }, 1.0 / z_now));
            }
        }
        Err(correction)
    }

    /// Current that the mouths' resistances let through at terminal voltage `v`: where an
    /// iteration starts from. None where it would say little, because next to nothing resists.
    fn held_current(&self, v: f64, mouths: &[Option<Mouth>; 2]) -> Option<f64> {
        let weight = self.cell.weight();
        let now = self.warmth.trial_factors;
        let (mut e, mut r, mut steepest) = (0.0, self.cell.esr * now.esr, 0.0_f64);
        for m in mouths.iter().flatten() {
            e += weight * m.u_0 / now.capacitance;
            r += weight * now.resistance * m.resistance;
            steepest = steepest.max(m.resistance_w.abs());
        }
        let i = (v - e) / r;
        (i.is_finite() && (i * steepest).abs() <= 0.5).then_some(i)
    }

    /// Fraction of the Newton correction to take.
    fn damping(&self, correction: f64) -> f64 {
        let mut fraction = 1.0_f64;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            // The steepest x per volt bounds the leap of every node.
            let steepest = chain.steepest();
            if correction * steepest <= MAX_LEAP || chain.shape.is_constant() {
                continue;
            }
            fraction = fraction.min(half.work.shortest_leap(chain, MAX_LEAP));
        }
        fraction
    }

    /// Milne's estimate: the corrector differs from the predictor in proportion to the next
    /// derivative.
    fn local_error(&self, h: f64) -> f64 {
        let (h1, h2) = (self.h1, self.h2);
        if h1 == 0.0 {
            return 0.0;
        }
        let w = h / h1;
        let factor = if w > MAX_GROWTH {
            // Backward Euler h^2/2 u'' against the linear predictor's h (h + h1)/2 u''; with a
            // quadratic predictor this only errs on the safe side.
            h / (2.0 * h + h1)
        } else if h2 == 0.0 {
            // Second-order corrector against a linear predictor: the difference is of lower
            // order and bounds the error from above.
            return 0.0;
        } else {
            // u'''/6 times: predictor h (h+h1)(h+h1+h2), corrector h^2 (h+h1)(1+w)/(1+2w).
            let corrector = h * (1.0 + w) / (1.0 + 2.0 * w);
            corrector / (corrector + h + h1 + h2)
        };
        let largest = self.halves.iter().fold(0.0_f64, |m, half| {
            m.max(largest_difference(&half.d, &half.predicted))
        });
        factor * largest
    }

    /// Makes the last trial the state. Without a trial nothing happens.
    pub fn accept(&mut self) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        for half in &mut self.halves {
            for (w, d) in half.w.iter_mut().zip(&half.d) {
                *w += d;
            }
            std::mem::swap(&mut half.d1, &mut half.d2);
            std::mem::swap(&mut half.d, &mut half.d1);
        }
        self.accept_warmth();
        self.measure();
        self.h2 = self.h1;
        self.h1 = trial.h;
        self.i = trial.i;
        self.v = trial.v;
        self.iterate_h = 0.0;
        let strings = self.cell.cells / self.cell.series;
        let (v, i) = (self.v / self.cell.series, self.current() / strings);
        self.watch.observe(v, i, self.warmth.t);
    }

    /// How often a limit has been passed at accepted times, and how far.
    pub fn tally(&self, breach: Breach) -> Tally {
        self.watch.tally(breach)
    }

    /// Limits that the last accepted step passed, as far as that is worth a notice: at the first time, the tenth,
    /// the hundredth and so on.
    pub fn notices(&self) -> impl Iterator<Item = Notice> + '_ {
        self.watch.notices()
    }

    /// Drops the trial. The next one starts afresh from the accepted state.
    pub fn reject(&mut self) {
        self.trial = None;
        self.iterate_h = 0.0;
    }

    /// The terminals while all charges are held: a source with the cell's fast resistance.
    ///
    /// For operating points of a cell whose initial voltage is given. Where nothing resists
    /// (`esr = 0`, `r_open = 0` and a `c_open`) a millionth of the entry's resistance stands in.
    pub fn frozen(&self, v: f64) -> Result<Companion, TrialError> {
        if !v.is_finite() {
            return Err(TrialError::BadTerminal(v));
        }
        let weight = self.cell.weight();
        let now = self.warmth.factors;
        let g_leak = self.cell.g_leak / now.leakage;
        let (mut e, mut r) = (0.0, self.cell.esr * now.esr);
        let mut least = 0.0;
        for (half, chain) in self.halves.iter().zip(&self.cell.chains) {
            e += weight * chain.potential(half.w[0]).0 / now.capacitance;
            r += weight * now.resistance * chain.mouth_resistance(half.w[0]);
            least += weight * 1e-6 * chain.entry_resistance();
        }
        let g = 1.0 / r.max(least);
        Ok(Companion {
            v,
            i: (v - e) * g + v * g_leak,
            di_dv: g + g_leak,
            error: 0.0,
        })
    }
}
