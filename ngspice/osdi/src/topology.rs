//! The largest network a model can be: nodes, matrix entries, noise sources. Simulators ask for these
//! before they know any parameter; what an instance does not need is merged away at its set-up.

use crate::abi::{NONE, NodePair};
use std::collections::BTreeMap;

/// Positive and negative terminal of electrodes and cells.
pub const P: u32 = 0;
pub const N: u32 = 1;

/// The parts, with the number of sections that one electrode of them can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Slit,
    Electrode(u32),
    Cell(u32),
    /// A cell with terminals for a thermal network.
    WarmCell(u32),
}

/// Node numbers of an electrode or a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    electrodes: u32,
    /// Terminals of a thermal network, 0 or 2.
    thermal: u32,
    capacity: u32,
}

/// A noise source between two nodes, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub nodes: NodePair,
    pub name: String,
}

/// Everything a simulator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    pub terminals: u32,
    /// Names, terminals first.
    pub nodes: Vec<String>,
    /// (equation, unknown), sorted, and whether charges contribute.
    pub entries: Vec<((u32, u32), bool)>,
    /// Pairs that may be merged; `NONE` is ground.
    pub collapsible: Vec<NodePair>,
    /// Sorted by their nodes.
    pub sources: Vec<Source>,
}

impl Places {
    /// Of an electrode (1) or a cell (2).
    pub fn new(electrodes: u32, capacity: u32) -> Self {
        Self {
            electrodes,
            thermal: 0,
            capacity,
        }
    }

    /// The same with two terminals for a thermal network.
    pub fn with_thermal_port(self) -> Self {
        Self { thermal: 2, ..self }
    }

    /// Terminals of the surroundings' temperature and of what it is counted from.
    pub fn surroundings(&self) -> Option<(u32, u32)> {
        (self.thermal > 0).then_some((N + 1, N + 2))
    }

    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Bulk electrolyte; an electrode has it at its negative terminal.
    pub fn bulk(&self) -> u32 {
        if self.electrodes == 2 {
            2 + self.thermal
        } else {
            N
        }
    }

    /// Outer face of electrode `e`.
    pub fn face(&self, e: u32) -> u32 {
        1 + self.thermal + self.electrodes + e
    }

    /// Section `k` of electrode `e`, mouth first. The electrodes take turns, so that those not needed
    /// stand at the end and the names of the others do not shift when they go.
    pub fn section(&self, e: u32, k: u32) -> u32 {
        1 + self.thermal + 2 * self.electrodes + k * self.electrodes + e
    }

    /// A node that no instance needs; see [`Self::collapsible`].
    fn spare(&self) -> u32 {
        self.section(0, self.capacity)
    }

    /// The positive electrode behind the ESR, merged with the positive terminal if there is none.
    pub fn collector(&self) -> u32 {
        self.spare() + 1
    }

    /// The cell's temperature, merged with ground or the surroundings where it is theirs. Last, so that the names of
    /// the others do not shift with it.
    pub fn temperature(&self) -> u32 {
        self.collector() + 1
    }

    /// The electrode itself.
    pub fn electrode(&self, e: u32) -> u32 {
        if e == 0 { self.collector() } else { N }
    }

    /// Merges of an instance whose larger electrode has `sections`, as flags in the order of the
    /// descriptor.
    ///
    /// The spare node is always merged: a host that has not yet cleared the flags of an earlier
    /// set-up is known by it.
    pub fn collapsed(&self, sections: u32, has_esr: bool, has_temperature: bool) -> Vec<bool> {
        let mut flags = vec![true, !has_esr, !has_temperature];
        for k in 0..self.capacity {
            for _ in 0..self.electrodes {
                flags.push(k >= sections);
            }
        }
        flags
    }

    fn collapsible(&self) -> Vec<NodePair> {
        let ground = |node_1| NodePair {
            node_1,
            node_2: NONE,
        };
        let mut pairs = vec![
            ground(self.spare()),
            NodePair {
                node_1: self.collector(),
                node_2: P,
            },
            NodePair {
                node_1: self.temperature(),
                node_2: self.surroundings().map_or(NONE, |(case, _)| case),
            },
        ];
        for k in 0..self.capacity {
            for e in 0..self.electrodes {
                pairs.push(ground(self.section(e, k)));
            }
        }
        pairs
    }

    fn names(&self) -> Vec<String> {
        let whole = self.electrodes == 2;
        let mut names = vec!["p".to_owned(), "n".to_owned()];
        if self.thermal > 0 {
            names.push("tj".to_owned());
            names.push("ta".to_owned());
        }
        if whole {
            names.push("bulk".to_owned());
            names.push("face_pos".to_owned());
            names.push("face_neg".to_owned());
        } else {
            names.push("face".to_owned());
        }
        for k in 1..=self.capacity {
            if whole {
                names.push(format!("pos{k}"));
                names.push(format!("neg{k}"));
            } else {
                names.push(format!("s{k}"));
            }
        }
        names.push("spare".to_owned());
        names.push("collector".to_owned());
        names.push("temperature".to_owned());
        names
    }
}

/// Collects matrix entries.
#[derive(Default)]
struct Pattern(BTreeMap<(u32, u32), bool>);

impl Pattern {
    fn block(&mut self, rows: &[u32], cols: &[u32], reactive: bool) {
        for &row in rows {
            for &col in cols {
                *self.0.entry((row, col)).or_default() |= reactive;
            }
        }
    }

    /// A resistance from `a` to `b` that depends on the charge against electrode `e`.
    fn link(&mut self, a: u32, b: u32, e: u32) {
        self.block(&[a, b], &[a, b, e], false);
    }

    /// The heat balance: every current and charge follows the temperature, and every resistance heats.
    fn temperature(&mut self, places: Places) {
        let mut heat = vec![places.temperature()];
        if let Some((case, reference)) = places.surroundings() {
            heat.extend([case, reference]);
        }
        let mut electrical = vec![P, N, places.bulk(), places.collector()];
        for e in 0..places.electrodes {
            electrical.push(places.face(e));
            electrical.extend((0..places.capacity).map(|k| places.section(e, k)));
        }
        self.block(&electrical, &heat, true);
        self.block(&heat, &electrical, false);
        self.block(&heat, &heat, true);
    }

    fn capacitor(&mut self, a: u32, b: u32) {
        self.block(&[a, b], &[a, b], true);
    }
}

impl Topology {
    pub fn of(part: Part) -> Self {
        match part {
            Part::Slit => Self::slit(),
            Part::Electrode(capacity) => Self::storage(Places::new(1, capacity)),
            Part::Cell(capacity) => Self::storage(Places::new(2, capacity)),
            Part::WarmCell(capacity) => Self::storage(Places::new(2, capacity).with_thermal_port()),
        }
    }

    /// Number of a matrix entry.
    pub fn entry(&self, row: u32, col: u32) -> Option<usize> {
        self.entries
            .binary_search_by_key(&(row, col), |(nodes, _)| *nodes)
            .ok()
    }

    /// Number of a noise source.
    pub fn source(&self, from: u32, to: u32) -> Option<usize> {
        let nodes = NodePair {
            node_1: from,
            node_2: to,
        };
        self.sources.binary_search_by_key(&nodes, |s| s.nodes).ok()
    }

    fn slit() -> Self {
        let mut pattern = Pattern::default();
        pattern.link(0, 1, 2);
        pattern.capacitor(0, 2);
        Self {
            terminals: 3,
            nodes: ["a", "b", "e"].map(str::to_owned).to_vec(),
            entries: pattern.0.into_iter().collect(),
            collapsible: Vec::new(),
            sources: vec![source(0, 1, "r".to_owned())],
        }
    }

    fn storage(places: Places) -> Self {
        let mut pattern = Pattern::default();
        let (bulk, collector) = (places.bulk(), places.collector());
        let mut sources = vec![
            source(P, N, "leak".to_owned()),
            source(P, collector, "esr".to_owned()),
        ];
        for node in [P, collector] {
            pattern.block(&[node, N], &[node, N], false);
        }
        pattern.block(&[P, collector], &[P, collector], false);
        for e in 0..places.electrodes {
            let (electrode, face) = (places.electrode(e), places.face(e));
            let suffix = match (places.electrodes, e) {
                (1, _) => "",
                (_, 0) => "_pos",
                _ => "_neg",
            };
            let first = places.section(e, 0);
            pattern.link(bulk, face, electrode);
            pattern.link(bulk, first, electrode);
            pattern.link(face, first, electrode);
            pattern.capacitor(electrode, bulk);
            pattern.capacitor(electrode, face);
            sources.push(source(bulk, face, format!("open{suffix}")));
            sources.push(source(bulk, first, format!("mouth{suffix}")));
            sources.push(source(face, first, format!("entry{suffix}")));
            for k in 0..places.capacity {
                let here = places.section(e, k);
                pattern.capacitor(electrode, here);
                if k > 0 {
                    let before = places.section(e, k - 1);
                    pattern.link(before, here, electrode);
                    sources.push(source(before, here, format!("link{}{suffix}", k + 1)));
                }
            }
        }
        pattern.temperature(places);
        sources.sort_by_key(|s| s.nodes);
        Self {
            terminals: 2 + places.thermal,
            nodes: places.names(),
            entries: pattern.0.into_iter().collect(),
            collapsible: places.collapsible(),
            sources,
        }
    }
}

fn source(node_1: u32, node_2: u32, name: String) -> Source {
    Source {
        nodes: NodePair { node_1, node_2 },
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_have_their_own_numbers_and_names() {
        for places in [
            Places::new(1, 3),
            Places::new(2, 3),
            Places::new(2, 3).with_thermal_port(),
        ] {
            let topology = Topology::storage(places);
            let named = |node: u32| topology.nodes[node as usize].as_str();
            assert_eq!(named(places.collector()), "collector");
            assert_eq!(named(places.spare()), "spare");
            assert_eq!(named(places.temperature()), "temperature");
            assert_eq!(places.temperature() as usize + 1, topology.nodes.len());
            if places.electrodes == 2 {
                assert_eq!(named(places.bulk()), "bulk");
                assert_eq!(named(places.face(1)), "face_neg");
                assert_eq!(named(places.section(1, 2)), "neg3");
            } else {
                assert_eq!(named(places.face(0)), "face");
                assert_eq!(named(places.section(0, 2)), "s3");
            }
            assert_eq!(
                places.collapsed(2, false, false).len(),
                topology.collapsible.len()
            );
            let mut names = topology.nodes.clone();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), topology.nodes.len());
        }
    }
}
