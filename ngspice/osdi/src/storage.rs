//! `ncm_electrode` and `ncm_cell`: the kernel's charge form in the descriptor's nodes.
//!
//! ```text
//! N1 p n nm      positive and negative terminal (electrode and bulk electrolyte)
//! ```

use crate::element::{Element, Mode, OPEN, System, Wiring};
use crate::topology::{N, P, Places, Topology};
use ncm::cell::{Cell, CellParams, ChargeForm};
use ncm::experiment::History;
use ncm::parameter::ParameterError;

/// Conductance that holds a capacitor between two nodes that both have equations of their own, in
/// units of the network's largest. As the kernel does for a cell without resistance.
const HOLD: f64 = 1e6;

/// A node that an instance does not need but whose name must not move: it takes its potential from
/// another one.
#[derive(Debug, Clone, Copy)]
struct Tie {
    node: usize,
    leader: usize,
    /// Its two matrix entries.
    own: usize,
    other: usize,
}

/// An electrolyte node whose capacitor keeps an initial voltage at operating points: its equation
/// becomes `x_electrode - x_node = voltage`, and its currents pass on to the electrode.
#[derive(Debug, Clone)]
struct Clamp {
    node: usize,
    electrode: usize,
    voltage: f64,
    /// Entries of its row, with those of the same unknowns in the electrode's row.
    row: Vec<(usize, usize)>,
    own: usize,
    other: usize,
}

/// A capacitor across nodes that keep their equations.
#[derive(Debug, Clone, Copy)]
struct Hold {
    electrode: usize,
    node: usize,
    voltage: f64,
    /// Entries (electrode, electrode), (electrode, node), (node, electrode), (node, node).
    entries: [usize; 4],
}

/// Conductance that ties a bulk to its place between the electrodes where the true conductances must
/// stay, in units of the network's largest: too little to be seen in a small signal.
const ANCHOR: f64 = 1e-9;

/// The equation of an inner node at rest, where nothing flows inside: its potential is that of others.
///
/// The links themselves would say so too, but to rounding only, and against conductances as small as
/// [`OPEN`] that is not enough for terminals that nothing else holds.
#[derive(Debug, Clone, Copy)]
struct Rest {
    node: usize,
    own: usize,
    /// Up to two others, with their entries and weights.
    others: [(usize, usize, f64); 2],
}

impl Rest {
    /// What is missing in the equation at potentials `x`.
    fn missing(&self, x: &[f64]) -> f64 {
        let of_others = self.others.map(|(leader, _, weight)| weight * x[leader]);
        x[self.node] - of_others[0] - of_others[1]
    }
}

pub struct Storage {
    form: ChargeForm,
    temperature_k: f64,
    wiring: Wiring,
    ties: Vec<Tie>,
    clamps: Vec<Clamp>,
    holds: Vec<Hold>,
    rests: Vec<Rest>,
    /// Entries of the terminals' own conductance.
    terminals: [usize; 4],
    /// Largest conductance of the network at rest, S.
    largest: f64,
    initial: Option<Vec<f64>>,
    /// Inverse of the charge at rest at the highest voltage, 1/C; 0 without one.
    per_rated: f64,
}

impl Storage {
    /// Builds the network; `None` if `places` cannot hold it, with the sections it has.
    pub fn new(
        params: &CellParams,
        (ic, history): (Option<f64>, Option<History>),
        places: Places,
        topology: &Topology,
    ) -> Result<Result<Self, u32>, ParameterError> {
        let form = ChargeForm::new(params)?;
        let n = form.nodes();
        let has_esr = form.electrode_node(0) != Some(0);
        let mut nodes = vec![0; n];
        nodes[0] = if has_esr { P } else { places.collector() };
        nodes[1] = N;
        if has_esr {
            nodes[2] = places.collector();
        }
        nodes[form.bulk_node()] = places.bulk();
        let mut tied: Vec<(u32, u32)> = Vec::new();
        let mut counts = [0, 0];
        let halves = [Some(&params.positive), params.negative.as_ref()];
        for (e, half) in (0u32..).zip(halves.into_iter().flatten()) {
            let psi = form.electrolyte_nodes(e as usize);
            let outer = usize::from(half.c_open > 0.0);
            if outer == 1 && psi[0] != form.bulk_node() {
                nodes[psi[0]] = places.face(e);
            } else {
                tied.push((places.face(e), places.bulk()));
            }
            counts[e as usize] = (psi.len() - outer) as u32;
            for (k, &node) in (0..places.capacity()).zip(&psi[outer..]) {
                nodes[node] = places.section(e, k);
            }
        }
        let most = counts[0].max(counts[1]);
        if most > places.capacity() {
            return Ok(Err(most));
        }
        for (e, count) in (0u32..).zip(counts) {
            if e == 0 || params.negative.is_some() {
                tied.extend(
                    (count..most).map(|k| (places.section(e, k), places.section(e, k - 1))),
                );
            }
        }

        let mut pattern = form.pattern().to_vec();
        for e in 0..2 {
            // Currents of clamped nodes pass on to the electrode.
            if let Some(electrode) = form.electrode_node(e) {
                let entry = (electrode, form.bulk_node());
                if !pattern.contains(&entry) {
                    pattern.push(entry);
                }
            }
        }
        let mut ties = Vec::new();
        for (place, leader) in tied {
            let leader = nodes.iter().position(|&n| n == leader).unwrap_or(1);
            let node = nodes.len();
            nodes.push(place);
            pattern.extend([(node, node), (node, leader)]);
            ties.push(Tie {
                node,
                leader,
                own: pattern.len() - 2,
                other: pattern.len() - 1,
            });
        }

        let mut sources = Vec::new();
        let rest = {
            let mut x = vec![0.0; n];
            form.rest(ic.unwrap_or(0.0), &mut x);
            if let (Some(ic), Some(history)) = (ic, history) {
                history.potentials(Cell::without_mirror(params)?, &form, ic, &mut x)?;
            }
            x
        };
        let mut largest = 0.0_f64;
        form.links(&rest, |link| {
            let (from, to) = (nodes[link.from], nodes[link.to]);
            // Leakage belongs to the terminals even where the collector is one of them.
            let source = topology
                .source(from, to)
                .or_else(|| topology.source(P, to))
                .unwrap_or(0);
            sources.push(source);
            largest = largest.max(link.conductance);
        });
        let rated = params.limits.v_max * params.series;
        let per_rated = match rated > 0.0 && rated.is_finite() {
            true => 1.0 / form.rest_charge(rated),
            false => 0.0,
        };
        let mut storage = Self {
            terminals: [(0, 0), (0, 1), (1, 0), (1, 1)].map(|p| place(&pattern, p)),
            wiring: Wiring {
                nodes,
                pattern,
                sources,
                collapsed: places.collapsed(most, has_esr),
            },
            form,
            temperature_k: params.thermal.temperature,
            ties,
            clamps: Vec::new(),
            holds: Vec::new(),
            rests: Vec::new(),
            largest,
            initial: None,
            per_rated,
        };
        storage.let_rest();
        if ic.is_some() {
            storage.hold(&rest);
        }
        Ok(Ok(storage))
    }

    /// Entries of every row, with their unknowns.
    fn rows(&self) -> Vec<Vec<(usize, usize)>> {
        let mut rows = vec![Vec::new(); self.wiring.nodes.len()];
        for (entry, &(row, col)) in self.wiring.pattern.iter().enumerate() {
            rows[row].push((entry, col));
        }
        rows
    }

    /// Prepares operating points with capacitors charged as at `rest`.
    fn hold(&mut self, rest: &[f64]) {
        let rows = self.rows();
        for e in 0..2 {
            let Some(electrode) = self.form.electrode_node(e) else {
                continue;
            };
            let mut of_electrode = vec![None; self.wiring.nodes.len()];
            for &(entry, col) in &rows[electrode] {
                of_electrode[col] = Some(entry);
            }
            for &node in self.form.electrolyte_nodes(e) {
                let voltage = rest[electrode] - rest[node];
                let find = |row: usize, col: usize| {
                    rows[row]
                        .iter()
                        .find(|(_, c)| *c == col)
                        .map_or(0, |(entry, _)| *entry)
                };
                if node == self.form.bulk_node() {
                    self.holds.push(Hold {
                        electrode,
                        node,
                        voltage,
                        entries: [
                            find(electrode, electrode),
                            find(electrode, node),
                            find(node, electrode),
                            find(node, node),
                        ],
                    });
                } else {
                    self.clamps.push(Clamp {
                        node,
                        electrode,
                        voltage,
                        row: rows[node]
                            .iter()
                            .filter_map(|&(from, col)| Some((from, of_electrode[col]?)))
                            .collect(),
                        own: find(node, node),
                        other: find(node, electrode),
                    });
                }
            }
        }
        let mut system = self.system();
        self.equations(rest, &mut system);
        system.q.resize(self.wiring.nodes.len(), 0.0);
        self.initial = Some(system.q);
    }

    /// Prepares operating points without initial voltage.
    fn let_rest(&mut self) {
        let rows = self.rows();
        let mut follow = |node: usize, leaders: [(usize, f64); 2]| {
            let entry = |col: usize| {
                let found = rows[node].iter().find(|(_, c)| *c == col);
                found.map_or(0, |(entry, _)| *entry)
            };
            self.rests.push(Rest {
                node,
                own: entry(node),
                others: leaders.map(|(leader, weight)| (leader, entry(leader), weight)),
            });
        };
        let inner = self.form.electrode_node(0).unwrap_or(0);
        if inner != 0 {
            follow(inner, [(0, 1.0), (0, 0.0)]);
        }
        let bulk = self.form.bulk_node();
        if bulk != 1 {
            // Both electrodes hold the same charge.
            let mut x = vec![0.0; self.form.nodes()];
            self.form.rest(1.0, &mut x);
            follow(bulk, [(inner, x[bulk]), (1, 1.0 - x[bulk])]);
        }
        for e in 0..2 {
            let mut outer = bulk;
            for &node in self.form.electrolyte_nodes(e) {
                if node != bulk {
                    follow(node, [(outer, 1.0), (outer, 0.0)]);
                }
                outer = node;
            }
        }
    }

    fn system(&self) -> System {
        System::new(self.wiring.nodes.len(), self.wiring.pattern.len())
    }

    /// The kernel's equations, and the ties.
    fn equations(&self, x: &[f64], system: &mut System) {
        let (n, e) = (self.form.nodes(), self.form.pattern().len());
        let fits = self.form.eval(
            &x[..n],
            &mut system.f[..n],
            &mut system.q[..n],
            &mut system.g[..e],
            &mut system.c[..e],
        );
        debug_assert!(fits.is_ok());
        system.g[e..].fill(0.0);
        system.c[e..].fill(0.0);
        for tie in &self.ties {
            // One siemens: any number would do, for nothing else depends on the node.
            system.f[tie.node] = x.get(tie.node).map_or(0.0, |x_t| x_t - x[tie.leader]);
            system.g[tie.own] = 1.0;
            system.g[tie.other] = -1.0;
        }
    }

    fn rest(&self, x: &[f64], system: &mut System) {
        let (n, e) = (self.form.nodes(), self.form.pattern().len());
        system.f[..n].fill(0.0);
        system.g[..e].fill(0.0);
        let g = self.form.leakage() + OPEN;
        let i = g * (x[0] - x[1]);
        system.f[0] = i;
        system.f[1] = -i;
        for (entry, sign) in self.terminals.into_iter().zip([1.0, -1.0, -1.0, 1.0]) {
            system.g[entry] = sign * g;
        }
        for rest in &self.rests {
            let scale = self.largest;
            let (rest, missing) = self.at_rest(rest, x);
            system.g[rest.own] = scale;
            for (_, entry, weight) in rest.others {
                // Both may be one entry.
                system.g[entry] -= scale * weight;
            }
            system.f[rest.node] = scale * missing;
        }
    }

    /// The equation linearised at potentials `x`, and what is missing in it: where capacitances rise, the
    /// electrodes' shares of a voltage depend on it.
    fn at_rest(&self, rest: &Rest, x: &[f64]) -> (Rest, f64) {
        if rest.node != self.form.bulk_node() || !self.form.rises() {
            return (*rest, rest.missing(x));
        }
        let [(inner, inner_entry, _), (n, n_entry, _)] = rest.others;
        let (bulk, share) = self.form.rest_bulk(x[inner] - x[n]);
        let here = Rest {
            others: [(inner, inner_entry, share), (n, n_entry, 1.0 - share)],
            ..*rest
        };
        (here, x[rest.node] - x[n] - bulk)
    }

    fn anchor(&self, x: &[f64], system: &mut System) {
        let i = OPEN * (x[0] - x[1]);
        system.f[0] += i;
        system.f[1] -= i;
        for (entry, sign) in self.terminals.into_iter().zip([1.0, -1.0, -1.0, 1.0]) {
            system.g[entry] += sign * OPEN;
        }
        let bulk = self.form.bulk_node();
        if let Some(rest) = self.rests.iter().find(|rest| rest.node == bulk) {
            let g = ANCHOR * self.largest;
            let (rest, missing) = self.at_rest(rest, x);
            system.f[bulk] += g * missing;
            system.g[rest.own] += g;
            for (_, entry, weight) in rest.others {
                system.g[entry] -= g * weight;
            }
        }
    }

    fn clamp(&self, x: &[f64], system: &mut System) {
        for hold in &self.holds {
            let g = HOLD * self.largest;
            let i = g * (x[hold.electrode] - x[hold.node] - hold.voltage);
            system.f[hold.electrode] += i;
            system.f[hold.node] -= i;
            for (entry, sign) in hold.entries.into_iter().zip([1.0, -1.0, -1.0, 1.0]) {
                system.g[entry] += sign * g;
            }
        }
        let scale = self.largest;
        for clamp in &self.clamps {
            // Any scale would do.
            for &(from, to) in &clamp.row {
                system.g[to] += system.g[from];
                system.g[from] = 0.0;
            }
            system.f[clamp.electrode] += system.f[clamp.node];
            system.f[clamp.node] = scale * (x[clamp.node] - x[clamp.electrode] + clamp.voltage);
            system.g[clamp.own] = scale;
            system.g[clamp.other] -= scale;
        }
    }
}

/// Index of an entry that is there by construction.
fn place(pattern: &[(usize, usize)], entry: (usize, usize)) -> usize {
    pattern.iter().position(|p| *p == entry).unwrap_or(0)
}

impl Element for Storage {
    fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    fn evaluate(&self, x: &[f64], mode: Mode, system: &mut System) {
        self.equations(x, system);
        match mode {
            Mode::Dynamic => {}
            Mode::Static if self.initial.is_some() => self.clamp(x, system),
            Mode::Static => self.rest(x, system),
            Mode::Anchored => self.anchor(x, system),
        }
    }

    fn initial_charges(&self) -> Option<&[f64]> {
        self.initial.as_deref()
    }

    fn temperature(&self, _circuit_k: f64) -> f64 {
        self.temperature_k
    }

    fn conductances(&self, x: &[f64], visit: &mut dyn FnMut(f64)) {
        self.form.links(x, |link| visit(link.conductance));
    }

    fn read_out(&self, x: &[f64], count: f64, out: &mut [f64]) {
        let read = self.form.readout(x);
        out.copy_from_slice(&[
            count * read.charge,
            read.effective_resistance / count,
            count * read.stored_energy,
            read.fill,
            count * read.dissipation,
            read.charge * self.per_rated,
            self.temperature_k,
        ]);
    }
}
