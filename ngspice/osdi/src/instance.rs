//! Life of an instance. The host's block cannot own anything, for hosts free it without a word; so
//! what an instance needs lives here, found by the address of its block, and goes when another
//! instance is set up at the same address.

use crate::element::{Element, Mode, System};
use crate::memory::{InstanceBlock, Tables};
use crate::model::Model;
use crate::watch::Lookout;
use ncm::stamp::Notice;
use ncm_parts::Given;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// Boltzmann's constant, J/K (exact in the SI).
const BOLTZMANN: f64 = 1.380_649e-23;

static ALL: LazyLock<Mutex<HashMap<usize, Box<Instance>>>> = LazyLock::new(Mutex::default);

pub struct Instance {
    pub model: &'static Model,
    given: Given,
    pub element: Box<dyn Element>,
    /// The descriptor's number of each matrix entry, and among the reactive ones.
    entries: Vec<u32>,
    reactive: Vec<Option<u32>>,
    system: System,
    /// Potentials of the last evaluation, V.
    x: Vec<f64>,
    /// Room for sums by node, A.
    rhs: Vec<f64>,
    /// Charges beyond the initial ones while these are shown in their place, C.
    beyond: Option<Vec<f64>>,
    multiplicity: f64,
    host: Host,
    /// Of a part that tells passed limits.
    lookout: Option<Lookout>,
    /// Somebody has asked for a read-out.
    watched: bool,
}

/// What the host says of an instance at its set-up.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    pub temperature_k: f64,
    /// Terminals that have a node.
    pub terminals: u32,
}

/// What an evaluation is to do.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub mode: Mode,
    /// The charges are those a transient analysis begins with.
    pub initial: bool,
    /// Time of a transient step, s.
    pub time: Option<f64>,
    pub read_outs: bool,
}

/// What an evaluation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evaluated {
    /// The point before has been accepted; [`Instance::notices`] are of it.
    pub accepted: bool,
}

/// Numbers could not be used; a step back or another iteration may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFinite;

fn all() -> MutexGuard<'static, HashMap<usize, Box<Instance>>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The instance of a block, if it has been set up.
///
/// # Safety
/// The host does not set the block up during the lifetime of the result, nor uses the instance in two
/// threads at once.
pub unsafe fn of<'a>(block: InstanceBlock) -> Option<&'a mut Instance> {
    let owner = block.owner() as *mut Instance;
    // SAFETY: the word is that of a box in `ALL`, which stays where it is until the next set-up.
    (!owner.is_null()).then(|| unsafe { &mut *owner })
}

/// Removes what an earlier set-up at this address has left.
pub fn remove(block: InstanceBlock) {
    block.set_owner(0);
    let gone = all().remove(&block.address());
    // Dropped with the lock released.
    drop(gone);
}

impl Instance {
    pub fn new(
        model: &'static Model,
        given: Given,
        element: Box<dyn Element>,
        multiplicity: f64,
        host: Host,
    ) -> Self {
        let wiring = element.wiring();
        let mut order = vec![None; model.topology.entries.len()];
        let mut next = 0;
        for (place, (_, reactive)) in order.iter_mut().zip(&model.topology.entries) {
            if *reactive {
                *place = Some(next);
                next += 1;
            }
        }
        let entries: Vec<u32> = wiring
            .pattern
            .iter()
            .map(|&(row, col)| {
                let entry = model.topology.entry(wiring.nodes[row], wiring.nodes[col]);
                // A test goes through all patterns there are.
                entry.expect("the descriptor has every entry of its networks") as u32
            })
            .collect();
        let system = System::new(wiring.nodes.len(), wiring.pattern.len());
        Self {
            reactive: entries.iter().map(|e| order[*e as usize]).collect(),
            x: vec![0.0; wiring.nodes.len()],
            rhs: vec![0.0; wiring.nodes.len()],
            entries,
            system,
            beyond: None,
            multiplicity,
            host,
            lookout: element.limits().and_then(Lookout::new),
            watched: false,
            model,
            given,
            element,
        }
    }

    /// Takes its place behind the block.
    pub fn settle(self, block: InstanceBlock) {
        let mut boxed = Box::new(self);
        let owner: *mut Instance = &mut *boxed;
        let gone = all().insert(block.address(), boxed);
        block.set_owner(owner as usize);
        drop(gone);
    }

    /// Whether it was built from the same parameters.
    pub fn is_made_of(&self, model: &Model, given: &Given) -> bool {
        std::ptr::eq(self.model, model) && self.given == *given
    }

    pub fn adjust(&mut self, multiplicity: f64, host: Host) {
        self.multiplicity = multiplicity;
        self.host = host;
        // A run of its own.
        self.lookout = self.element.limits().and_then(Lookout::new);
    }

    /// Evaluates at the host's solution and leaves the residuals where the host looks for them.
    ///
    /// # Safety
    /// `solution` is indexed by the host's node numbers.
    pub unsafe fn evaluate(
        &mut self,
        tables: &Tables,
        block: InstanceBlock,
        solution: *const f64,
        task: Task,
    ) -> Result<Evaluated, NotFinite> {
        let wiring = self.element.wiring();
        let mut x = std::mem::take(&mut self.x);
        let mut usable = true;
        for (x, node) in x.iter_mut().zip(&wiring.nodes) {
            // SAFETY: the caller's promise.
            let value = unsafe { *solution.add(tables.node_number(*node)) };
            if value.is_finite() {
                *x = value;
            } else {
                usable = false;
            }
        }
        self.x = x;
        self.element.evaluate(&self.x, task.mode, &mut self.system);
        if !self.system.all_finite() {
            // Potentials far beyond use; the former equations would be no better.
            self.system = System::new(self.x.len(), self.entries.len());
            usable = false;
        }
        if self.multiplicity != 1.0 {
            let System { f, q, g, c } = &mut self.system;
            for value in [f, q, g, c].into_iter().flatten() {
                *value *= self.multiplicity;
            }
        }
        let start = match task.initial {
            true => self.element.initial_charges(&self.x),
            false => None,
        };
        self.beyond = start.map(|start| {
            self.system
                .q
                .iter()
                .zip(start.iter())
                .map(|(q, q_0)| q - self.multiplicity * q_0)
                .collect()
        });
        for (i, node) in self.element.wiring().nodes.iter().enumerate() {
            let shown = self.system.q[i] - self.beyond.as_ref().map_or(0.0, |b| b[i]);
            tables.set_residuals(*node, self.system.f[i], shown);
        }
        if task.read_outs && self.watched {
            self.read_out(block);
        }
        if !usable {
            return Err(NotFinite);
        }
        let mut accepted = false;
        if let Some(lookout) = &mut self.lookout {
            match task.time {
                Some(time) => accepted = lookout.see(self.element.as_ref(), time, &self.x),
                None => lookout.start(&self.x),
            }
        }
        Ok(Evaluated { accepted })
    }

    /// Limits that the last accepted point has passed.
    pub fn notices(&self) -> impl Iterator<Item = Notice> + '_ {
        self.lookout.iter().flat_map(Lookout::notices)
    }

    /// Works the read-outs out from now on, and at once.
    pub fn watch(&mut self, block: InstanceBlock) {
        self.watched = true;
        self.read_out(block);
    }

    fn read_out(&self, block: InstanceBlock) {
        let mut values = [0.0; crate::memory::MOST_READ_OUTS];
        let values = &mut values[..self.model.quantities.len()];
        self.element.read_out(&self.x, self.multiplicity, values);
        for (i, value) in values.iter().enumerate() {
            // SAFETY: a place for a read-out.
            unsafe { *block.read_out(i) = *value }
        }
    }

    /// Density of every noise source, A^2/Hz.
    pub fn noise(&self, densities: &mut [f64]) {
        densities.fill(0.0);
        let kelvin = self.element.temperature(&self.x, self.host.temperature_k);
        let scale = 4.0 * BOLTZMANN * kelvin * self.multiplicity;
        let mut sources = self.element.wiring().sources.iter();
        self.element.conductances(&self.x, &mut |g| {
            if let Some(density) = sources.next().and_then(|s| densities.get_mut(*s)) {
                *density += scale * g;
            }
        });
    }

    /// Adds `G + alpha C` to the host's matrix.
    ///
    /// # Safety
    /// The host has bound the matrix.
    pub unsafe fn load_matrix(&self, tables: &Tables, alpha: f64) {
        for ((entry, g), c) in self.entries.iter().zip(&self.system.g).zip(&self.system.c) {
            // SAFETY: the caller's promise.
            unsafe { tables.add_resistive(*entry, 0, g + alpha * c) }
        }
    }

    /// Adds G, `offset` words behind the host's pointers.
    ///
    /// # Safety
    /// The host has bound the matrix.
    pub unsafe fn load_resistive(&self, tables: &Tables, offset: usize) {
        for (entry, g) in self.entries.iter().zip(&self.system.g) {
            // SAFETY: the caller's promise.
            unsafe { tables.add_resistive(*entry, offset, *g) }
        }
    }

    /// Adds `alpha C` to the reactive entries.
    ///
    /// # Safety
    /// The host has bound the matrix.
    pub unsafe fn load_reactive(&self, tables: &Tables, offset: usize, alpha: f64) {
        for (entry, c) in self.reactive.iter().zip(&self.system.c) {
            if let Some(entry) = entry {
                // SAFETY: the caller's promise.
                unsafe { tables.add_reactive(*entry, offset, alpha * c) }
            }
        }
    }

    /// Writes the entries of one matrix in the descriptor's order.
    #[cfg(feature = "v04")]
    pub fn write(&self, reactive: bool, out: &mut [f64]) {
        out.fill(0.0);
        if reactive {
            for (entry, c) in self.reactive.iter().zip(&self.system.c) {
                if let Some(out) = entry.and_then(|e| out.get_mut(e as usize)) {
                    *out += c;
                }
            }
        } else {
            for (entry, g) in self.entries.iter().zip(&self.system.g) {
                if let Some(out) = out.get_mut(*entry as usize) {
                    *out += g;
                }
            }
        }
    }

    /// Adds the right-hand side of a SPICE iteration, `J x - f`, with `J = G + alpha C`. Of the
    /// derivative of the charges the host adds its own approximation, from the residuals shown.
    ///
    /// # Safety
    /// `rhs` is indexed by the host's node numbers.
    pub unsafe fn load_rhs(&mut self, tables: &Tables, rhs: *mut f64, alpha: f64) {
        let wiring = self.element.wiring();
        let sum = &mut self.rhs;
        for (sum, f) in sum.iter_mut().zip(&self.system.f) {
            *sum = -f;
        }
        for ((&(row, col), g), c) in wiring
            .pattern
            .iter()
            .zip(&self.system.g)
            .zip(&self.system.c)
        {
            sum[row] += (g + alpha * c) * self.x[col];
        }
        if let Some(beyond) = &self.beyond {
            // The host takes the charges for the initial ones; here is the difference.
            for (sum, q) in sum.iter_mut().zip(beyond) {
                *sum -= alpha * q;
            }
        }
        for (node, sum) in wiring.nodes.iter().zip(sum.iter()) {
            // SAFETY: the caller's promise.
            unsafe { *rhs.add(tables.node_number(*node)) += sum }
        }
    }

    /// Adds the residuals as shown.
    ///
    /// # Safety
    /// `to` is indexed by the host's node numbers.
    pub unsafe fn load_residual(&self, tables: &Tables, to: *mut f64, reactive: bool) {
        for node in &self.element.wiring().nodes {
            let (resistive_value, reactive_value) = tables.residuals(*node);
            let value = if reactive {
                reactive_value
            } else {
                resistive_value
            };
            // SAFETY: the caller's promise.
            unsafe { *to.add(tables.node_number(*node)) += value }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ncm_parts::Value;

    /// Parameters by name; the others are absent.
    fn given(model: &'static Model, values: &[(&str, f64)]) -> Given {
        let value = |name: &[u8]| {
            let found = values.iter().find(|(n, _)| n.as_bytes() == name);
            found.map_or(Value::Absent, |(_, x)| Value::Real(*x))
        };
        let values = model.parameters.iter();
        let values = values.map(|p| value(p.name.to_bytes())).collect();
        Given::new(model.name(), model.parameters, values)
    }

    /// Potentials of all nodes between fixed terminals in surroundings of fixed temperature, by dense
    /// elimination.
    fn solve(model: &Model, element: &dyn Element, terminals: [f64; 2], mode: Mode) -> Vec<f64> {
        let wiring = element.wiring();
        let n = wiring.nodes.len();
        // The third merge is that of the temperature with its surroundings'.
        let merged = wiring.collapsed[2].then_some(model.topology.collapsible[2].node_1);
        let fixed = |t: usize| {
            let node = wiring.nodes[t];
            t < 2 || (2..model.topology.terminals).contains(&node) || Some(node) == merged
        };
        let mut x = vec![0.0; n];
        let mut system = System::new(n, wiring.pattern.len());
        for _ in 0..30 {
            [x[0], x[1]] = terminals;
            element.evaluate(&x, mode, &mut system);
            assert!(system.all_finite());
            let mut m = vec![vec![0.0; n + 1]; n];
            for ((row, col), g) in wiring.pattern.iter().zip(&system.g) {
                m[*row][*col] += g;
            }
            for (row, f) in m.iter_mut().zip(&system.f) {
                row[n] = -f;
            }
            for (t, row) in m.iter_mut().enumerate().filter(|(t, _)| fixed(*t)) {
                row.fill(0.0);
                row[t] = 1.0;
            }
            for pivot in 0..n {
                let best =
                    (pivot..n).max_by(|a, b| m[*a][pivot].abs().total_cmp(&m[*b][pivot].abs()));
                m.swap(pivot, best.expect("rows left"));
                assert!(m[pivot][pivot] != 0.0, "the matrix is singular");
                let top = m[pivot].clone();
                for (row, below) in m.iter_mut().enumerate() {
                    if row != pivot {
                        let factor = below[pivot] / top[pivot];
                        for (to, from) in below.iter_mut().zip(&top) {
                            *to -= factor * from;
                        }
                    }
                }
            }
            for (i, row) in m.iter().enumerate() {
                x[i] += row[n] / row[i];
            }
        }
        x
    }

    #[test]
    fn every_build_fits_its_descriptor_and_comes_to_rest() {
        for name in ["ncm_electrode4", "ncm_cell4", "ncm_warm_cell4"] {
            let model: &'static Model = Box::leak(Box::new(Model::named(name).expect("a model")));
            let whole = name != "ncm_electrode4";
            for choice in 0..256u32 {
                let pick = |bit: u32, value: f64| if choice >> bit & 1 == 1 { value } else { 0.0 };
                let ic = pick(5, 0.4);
                let mut values = vec![
                    ("rc", 5.0),
                    ("cslit", 80e-9),
                    ("qmax", 16e-9),
                    ("gamma", 0.8),
                    ("slits", 2.0 + pick(0, 2.0)),
                    ("esr", pick(1, 2.0)),
                    ("ropen", pick(2, 1.0)),
                    ("copen", pick(3, 9e-9)),
                    ("rth", pick(7, 1e3)),
                    ("cth", 1e-6),
                    ("rea", 1e4),
                    ("leakea", 2e4),
                ];
                if ic != 0.0 {
                    values.push(("ic", ic));
                }
                if whole {
                    values.push(("slitsneg", 3.0));
                    values.push(("copenneg", pick(4, 9e-9)));
                }
                if choice >> 6 & 1 == 1 {
                    values.push(("rleak", 1e3));
                }
                let given = given(model, &values);
                let element = model.element(&given).unwrap_or_else(|e| panic!("{e}"));
                let host = Host {
                    temperature_k: 300.0,
                    terminals: model.topology.terminals,
                };
                // Panics where the descriptor lacks an entry.
                let instance = Instance::new(model, given, element, 1.0, host);
                let element = instance.element.as_ref();
                let mut read = [0.0; ncm_parts::tables::STORAGE_QUANTITIES.len()];
                let v = if ic == 0.0 { 0.7 } else { ic };
                for mode in [Mode::Static, Mode::Anchored] {
                    let x = solve(model, element, [v, 0.0], mode);
                    element.read_out(&x, 1.0, &mut read);
                    let wanted = read[0] / (v * capacitance(&values, whole));
                    assert!(
                        (wanted - 1.0).abs() < 1e-9,
                        "{name} {choice} {mode:?}: {wanted}"
                    );
                }
            }
        }
    }

    /// Of the electrodes in series, worked out anew.
    fn capacitance(values: &[(&str, f64)], whole: bool) -> f64 {
        let value = |name: &str| values.iter().find(|(n, _)| *n == name).map(|(_, x)| *x);
        let positive = 80e-9 * value("slits").unwrap_or(1.0) + value("copen").unwrap_or(0.0);
        if !whole {
            return positive;
        }
        let negative = 80e-9 * 3.0 + value("copenneg").unwrap_or(0.0);
        1.0 / (1.0 / positive + 1.0 / negative)
    }
}
