//! Time series of an experiment.

use super::bench::Bench;
use super::integrator::Terminals;
use crate::stamp::{Breach, Tally};

/// What to keep beside the terminal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Record {
    /// Terminal values and charge.
    #[default]
    Terminals,
    /// The voltage of every section as well.
    Sections,
}

/// Columns of equal length, one row per sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trace {
    /// Time, second.
    pub t_s: Vec<f64>,
    /// Terminal voltage, volt.
    pub v: Vec<f64>,
    /// Current into the positive terminal, ampere.
    pub i: Vec<f64>,
    /// Net charge of the positive electrode, coulomb.
    pub q: Vec<f64>,
    /// Energy stored in the double layers, joule.
    pub energy: Vec<f64>,
    /// Temperature of the cell, K.
    pub temperature: Vec<f64>,
    /// With [`Record::Sections`]: per sample the overpotential of every section (electrode minus
    /// electrolyte for the positive, the reverse for the negative electrode; volt, of the whole
    /// series string), positive electrode first, each from the mouth inwards.
    pub sections: Vec<Vec<f64>>,
    /// Linear systems solved on the way.
    pub solves: u64,
    /// Limits that were passed.
    pub passed: Vec<Passed>,
}

/// A limit of the cell that a sample lay beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passed {
    pub breach: Breach,
    /// Time of the first sample beyond it, second.
    pub first_s: f64,
    pub tally: Tally,
}

impl Trace {
    pub(super) fn push(&mut self, bench: &mut Bench, terminals: Terminals, record: Record) {
        bench.observe(terminals);
        for breach in Breach::ALL {
            let tally = bench.tally(breach);
            match self.passed.iter_mut().find(|p| p.breach == breach) {
                Some(passed) => passed.tally = tally,
                None if tally.count > 0 => self.passed.push(Passed {
                    breach,
                    first_s: bench.t(),
                    tally,
                }),
                None => {}
            }
        }
        self.temperature.push(bench.temperature());
        let state = bench.state();
        self.energy.push(state.stored_energy());
        self.t_s.push(state.t);
        self.v.push(terminals.v);
        self.i.push(terminals.i);
        self.q.push(state.charge());
        if record == Record::Sections {
            let mut row = Vec::new();
            for (w, chain) in state.charges().zip(&state.cell().chains) {
                let sections = &w[chain.first_section()..];
                row.extend(sections.iter().map(|w| chain.potential(*w).0));
            }
            // The negative electrode of a symmetric cell mirrors the positive one.
            if state.cell().mirrored {
                row.extend_from_within(..);
            }
            self.sections.push(row);
        }
        self.solves = state.effort().solves;
    }
}

/// Sample times of `points` samples up to `duration`: evenly spread in log t over `decades` decades,
/// or evenly in t for 0 decades.
pub(super) fn sample_times(
    duration: f64,
    points: usize,
    decades: f64,
) -> impl Iterator<Item = f64> {
    (1..=points).map(move |k| {
        let share = k as f64 / points as f64;
        if decades > 0.0 {
            duration * 10f64.powf(decades * (share - 1.0))
        } else {
            duration * share
        }
    })
}
