//! `ncm_electrode`, `ncm_cell` and `ncm_warm_cell`: the kernel's charge form in the descriptor's nodes.
//!
//! ```text
//! N1 p n nm            positive and negative terminal (electrode and bulk electrolyte)
//! N1 p n tj ta nm      (ncm_warm_cell) tj against ta: temperature of the surroundings above the circuit's
//! ```

use crate::element::{Element, Load, Mode, OPEN, System, Wiring};
use crate::topology::{N, P, Places, Topology};
use ncm::cell::{Cell, CellParams, ChargeForm, Limits, ThermalNodes, ThermalPort};
use ncm::experiment::History;
use ncm::parameter::ParameterError;
use std::borrow::Cow;

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

/// Matrix entries where the temperature is among the unknowns.
#[derive(Debug, Clone, Copy)]
struct Warm {
    nodes: ThermalNodes,
    /// How the terminals' leakage and the bulk's place at rest follow the temperature: rows of the terminals and
    /// of the bulk, columns of the temperature and of its reference.
    follow: [[Option<usize>; 2]; 3],
    /// The conductance across the port: entries like those of the terminals.
    port: Option<[usize; 4]>,
}

pub struct Storage {
    form: ChargeForm,
    temperature_k: f64,
    /// Initial voltage, V.
    ic: Option<f64>,
    warm: Option<Warm>,
    /// Limits to be told of.
    limits: Option<Limits>,
    /// Cells in series, and strings in parallel with `area` counted.
    series: f64,
    strings: f64,
    wiring: Wiring,
    ties: Vec<Tie>,
    clamps: Vec<Clamp>,
    holds: Vec<Hold>,
    rests: Vec<Rest>,
    /// Entries of the terminals' own conductance.
    terminals: [usize; 4],
    /// Largest conductance of the network at rest, S.
    largest: f64,
    /// Potentials with the initial voltage, V, and charges by node, C.
    initial: Option<(Vec<f64>, Vec<f64>)>,
    /// Inverse of the charge at rest at the highest voltage, 1/C; 0 without one.
    per_rated: f64,
}

impl Storage {
    /// Builds the network; `None` if `places` cannot hold it, with the sections it has.
    pub fn new(
        params: &CellParams,
        (ic, history): (Option<f64>, Option<History>),
        warns: bool,
        places: Places,
        topology: &Topology,
    ) -> Result<Result<Self, u32>, ParameterError> {
        let port = match places.surroundings() {
            Some(_) => ThermalPort::Outside,
            None => ThermalPort::Inside,
        };
        let form = ChargeForm::with_temperature(params, port)?;
        let n = form.nodes();
        let has_esr = form.electrode_node(0) != Some(0);
        let mut nodes = vec![0; n];
        nodes[0] = if has_esr { P } else { places.collector() };
        nodes[1] = N;
        if has_esr {
            nodes[2] = places.collector();
        }
        nodes[form.bulk_node()] = places.bulk();
        let thermal = form.thermal_nodes();
        if let Some(thermal) = thermal {
            nodes[thermal.cell] = places.temperature();
            let outside = thermal.case.zip(thermal.reference);
            if let (Some((case, reference)), Some(at)) = (outside, places.surroundings()) {
                // Where both are one node the host merges them.
                if case != thermal.cell {
                    nodes[case] = at.0;
                }
                nodes[reference] = at.1;
            }
        }
        // A node of its own, unless it is the surroundings'.
        let has_temperature = thermal.is_some_and(|t| t.case != Some(t.cell));
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
        if let Some((case, reference)) = thermal.and_then(|t| t.case.zip(t.reference)) {
            for entry in square(case, reference) {
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
        let warm = thermal.map(|thermal| Warm {
            nodes: thermal,
            follow: [0, 1, form.bulk_node()].map(|row| {
                [Some(thermal.cell), thermal.reference].map(|col| {
                    pattern
                        .iter()
                        .position(|p| Some(*p) == col.map(|c| (row, c)))
                })
            }),
            port: thermal
                .case
                .zip(thermal.reference)
                .map(|(case, reference)| square(case, reference).map(|p| place(&pattern, p))),
        });
        let mut storage = Self {
            terminals: square(0, 1).map(|p| place(&pattern, p)),
            wiring: Wiring {
                nodes,
                pattern,
                sources,
                collapsed: places.collapsed(most, has_esr, has_temperature),
            },
            form,
            temperature_k: params.thermal.temperature,
            ic,
            warm,
            limits: warns.then_some(params.limits),
            series: params.series,
            strings: params.parallel * params.area,
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
        let charges = self.charges(rest);
        self.initial = Some((rest.to_vec(), charges));
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

    /// Brings the temperature of a part at rest in surroundings that stay as they are to where its leakage keeps
    /// it, as an operating point would.
    fn balance(&self, heat: usize, x: &mut [f64]) {
        let mut system = self.system();
        let own = place(&self.wiring.pattern, (heat, heat));
        for _ in 0..50 {
            self.equations(x, Mode::Static, &mut system);
            let step = system.f[heat] / system.g[own];
            if !step.is_finite() {
                break;
            }
            x[heat] -= step;
        }
    }

    /// Charges by node at potentials `x`.
    fn charges(&self, x: &[f64]) -> Vec<f64> {
        let mut system = self.system();
        self.equations(x, Mode::Dynamic, &mut system);
        system.q
    }

    /// The kernel's equations, and the ties.
    fn equations(&self, x: &[f64], mode: Mode, system: &mut System) {
        let (n, e) = (self.form.nodes(), self.form.pattern().len());
        let (x_form, f, q) = (&x[..n], &mut system.f[..n], &mut system.q[..n]);
        let (g, c) = (&mut system.g[..e], &mut system.c[..e]);
        let fits = match mode {
            Mode::Dynamic => self.form.eval(x_form, f, q, g, c),
            Mode::Static => self.form.eval_at_rest(self.ic, x_form, f, q, g, c),
            Mode::Anchored => self.form.eval_at_rest(None, x_form, f, q, g, c),
        };
        debug_assert!(fits.is_ok());
        system.g[e..].fill(0.0);
        system.c[e..].fill(0.0);
        for tie in &self.ties {
            // One siemens: any number would do, for nothing else depends on the node.
            system.f[tie.node] = x.get(tie.node).map_or(0.0, |x_t| x_t - x[tie.leader]);
            system.g[tie.own] = 1.0;
            system.g[tie.other] = -1.0;
        }
        if let Some((entries, nodes)) = self.warm.and_then(|w| w.port.zip(Some(w.nodes))) {
            if let Some((case, reference)) = nodes.case.zip(nodes.reference) {
                let i = OPEN * (x[case] - x[reference]);
                system.f[case] += i;
                system.f[reference] -= i;
                for (entry, sign) in entries.into_iter().zip(ACROSS) {
                    system.g[entry] += sign * OPEN;
                }
            }
        }
    }

    fn rest(&self, x: &[f64], system: &mut System) {
        // The heat balance stays; the others are written anew.
        let electrical = self.warm.map_or(self.form.nodes(), |w| w.nodes.cell);
        system.f[..electrical].fill(0.0);
        for (entry, (row, _)) in system.g.iter_mut().zip(self.form.pattern()) {
            if *row < electrical {
                *entry = 0.0;
            }
        }
        let (leak, slope) = self.form.leakage_at(x);
        let (g, v) = (leak + OPEN, x[0] - x[1]);
        system.f[0] = g * v;
        system.f[1] = -g * v;
        for (entry, sign) in self.terminals.into_iter().zip(ACROSS) {
            system.g[entry] = sign * g;
        }
        self.follow(0, slope * v, system);
        self.follow(1, -slope * v, system);
        for rest in &self.rests {
            let scale = self.largest;
            let (rest, missing, slope) = self.at_rest(rest, x);
            self.follow(2, -scale * slope, system);
            system.g[rest.own] = scale;
            for (_, entry, weight) in rest.others {
                // Both may be one entry.
                system.g[entry] -= scale * weight;
            }
            system.f[rest.node] = scale * missing;
        }
    }

    /// A row's current changes by `slope` per kelvin; rows as in [`Warm`].
    fn follow(&self, row: usize, slope: f64, system: &mut System) {
        let Some(warm) = &self.warm else { return };
        for (entry, sign) in warm.follow[row].into_iter().zip([1.0, -1.0]) {
            if let Some(entry) = entry {
                system.g[entry] += sign * slope;
            }
        }
    }

    /// The equation linearised at potentials `x`, what is missing in it, and how the potential asked for follows the
    /// temperature: where capacitances rise, the electrodes' shares of a voltage depend on both.
    fn at_rest(&self, rest: &Rest, x: &[f64]) -> (Rest, f64, f64) {
        if rest.node != self.form.bulk_node() || !self.form.rises() {
            return (*rest, rest.missing(x), 0.0);
        }
        let [(inner, inner_entry, _), (n, n_entry, _)] = rest.others;
        let (bulk, share, slope) = self.form.rest_bulk_at(x);
        let here = Rest {
            others: [(inner, inner_entry, share), (n, n_entry, 1.0 - share)],
            ..*rest
        };
        (here, x[rest.node] - x[n] - bulk, slope)
    }

    fn anchor(&self, x: &[f64], system: &mut System) {
        let i = OPEN * (x[0] - x[1]);
        system.f[0] += i;
        system.f[1] -= i;
        for (entry, sign) in self.terminals.into_iter().zip(ACROSS) {
            system.g[entry] += sign * OPEN;
        }
        let bulk = self.form.bulk_node();
        if let Some(rest) = self.rests.iter().find(|rest| rest.node == bulk) {
            let g = ANCHOR * self.largest;
            let (rest, missing, _) = self.at_rest(rest, x);
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
            for (entry, sign) in hold.entries.into_iter().zip(ACROSS) {
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

/// Signs of a conductance in the entries of [`square`].
const ACROSS: [f64; 4] = [1.0, -1.0, -1.0, 1.0];

/// Matrix entries of an element between two nodes.
fn square(a: usize, b: usize) -> [(usize, usize); 4] {
    [(a, a), (a, b), (b, a), (b, b)]
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
        self.equations(x, mode, system);
        match mode {
            Mode::Dynamic => {}
            Mode::Static if self.initial.is_some() => self.clamp(x, system),
            Mode::Static => self.rest(x, system),
            Mode::Anchored => self.anchor(x, system),
        }
    }

    fn initial_charges(&self, x: &[f64]) -> Option<Cow<'_, [f64]>> {
        let (potentials, charges) = self.initial.as_ref()?;
        let Some(warm) = self.warm else {
            return Some(Cow::Borrowed(charges));
        };
        // The voltages are told; what they hold depends on the temperature.
        let mut there = potentials.clone();
        let heat = warm.nodes.cell;
        there[heat..].copy_from_slice(&x[heat..self.form.nodes()]);
        if warm.nodes.reference.is_none() {
            self.balance(heat, &mut there);
        }
        Some(Cow::Owned(self.charges(&there)))
    }

    fn temperature(&self, x: &[f64], _circuit_k: f64) -> f64 {
        self.form.temperature(x).unwrap_or(self.temperature_k)
    }

    fn limits(&self) -> Option<Limits> {
        self.limits
    }

    fn load(&self, x: &[f64]) -> Load {
        let v = x[0] - x[1];
        Load {
            voltage: v / self.series,
            charge: self.form.readout(x).charge / self.strings,
            leakage: self.form.leakage_at(x).0 * v / self.strings,
            temperature: self.temperature(x, self.temperature_k),
        }
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
            self.temperature(x, self.temperature_k),
        ]);
    }
}
