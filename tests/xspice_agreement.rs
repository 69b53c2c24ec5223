//! Five ways to write the same half cell, in one ngspice deck: `ncm_cell`, `ncm_electrode`, a chain of
//! `ncm_slit`, a chain of `ncm_resistor` with plain capacitors, and a netlist of ngspice's own
//! resistors `R={...}` and capacitors that knows nothing of this project's code. Under cyclic
//! voltammetry and for small signals they must be the same part.
//!
//! The circuit is figure 4a of Zhan et al. (arXiv 2010.08151), the law their equation 1b.
#![cfg(feature = "cli")]

mod support;

use ncm::law::{KINK, LawKind};
use ncm::simulator::{Job, RawFile};
use num_complex::Complex64;
use std::fmt::Write;
use support::{code_model, ngspice};

/// One slit: 5 ohm, 80 nF; the charge scale is reached at 1 V, the top of the sweep.
const R_C_OHM: f64 = 5.0;
const C_SLIT_F: f64 = 80e-9;
const Q_MAX_C: f64 = 80e-9;

/// Contacts: without them the current of a single full slit jumps where the sweep turns.
const R_SERIES_OHM: f64 = 5.0;

/// Between any two ways, relative to the largest current.
const CV_TOLERANCE: f64 = 1e-4;
const AC_TOLERANCE: f64 = 1e-6;

struct Case {
    slits: usize,
    gamma: f64,
    law: LawKind,
}

/// The current of each way is that of the source of the same name.
const WAYS: [&str; 5] = ["electrode", "cell", "slits", "resistors", "plain"];

impl Case {
    fn model(&self) -> String {
        format!(
            "rc={R_C_OHM} cslit={C_SLIT_F} qmax={Q_MAX_C} gamma={} law=\"{}\"",
            self.gamma,
            self.law.name()
        )
    }

    /// R(Q) in ngspice's words, for the slit at `node`, with the mended kink of the linear law.
    fn expression(&self, node: &str) -> String {
        let (g, x) = (self.gamma, format!("(v({node})*{})", C_SLIT_F / Q_MAX_C));
        if g == 0.0 {
            return format!("{R_C_OHM}");
        }
        match self.law {
            LawKind::Linear => {
                let t2 = format!("({x}*{x}/{})", KINK * KINK);
                format!(
                    "{R_C_OHM}*(1-({g})*(abs({x})<{KINK} ? {KINK}*{t2}*(15-{t2}*(10-3*{t2}))/8 : abs({x})))"
                )
            }
            LawKind::Sqrt if g > 0.0 => {
                let k = (1.0 - g).powi(-2) - 1.0;
                format!("{R_C_OHM}/sqrt(1+{k}*{x}*{x})")
            }
            LawKind::Sqrt => {
                let k = (1.0 - g).powi(2) - 1.0;
                format!("{R_C_OHM}*sqrt(1+{k}*{x}*{x})")
            }
            LawKind::Signed => format!("{R_C_OHM}*(1-({g})*{x})"),
        }
    }

    /// The ladder by hand: bulk electrolyte at node 0, the electrolyte of slit k at node
    /// `{prefix}{k}`. `step` writes slit k from the node before it and its own.
    fn chain(&self, prefix: &str, step: impl Fn(usize, &str, &str) -> String) -> String {
        let mut deck = String::new();
        let mut before = "0".to_owned();
        for k in 1..=self.slits {
            let node = format!("{prefix}{k}");
            deck += &step(k, &before, &node);
            before = node;
        }
        deck
    }

    fn deck(&self) -> String {
        let n = self.slits;
        let mut deck = format!(
            "{n} slits, gamma {}, {} law\n\
             vin in 0 dc 0.6 ac 1 pwl(0 0 5u 1 10u 0 15u 1)\n\
             edouble in2 0 in 0 2\n",
            self.gamma,
            self.law.name()
        );
        for way in WAYS {
            // Two electrodes in series carry the same current at twice the voltage.
            let (from, r) = match way {
                "cell" => ("in2", 2.0 * R_SERIES_OHM),
                _ => ("in", R_SERIES_OHM),
            };
            let _ = writeln!(deck, "v{way} {from} m{way} 0\nrm{way} m{way} t{way} {r}");
        }
        let model = self.model();
        let _ = write!(
            deck,
            "a1 %gd(telectrode 0) null ne\n.model ne ncm_electrode({model} slits={n})\n\
             a2 %gd(tcell 0) null nc\n.model nc ncm_cell({model} slits={n})\n\
             .model ns ncm_slit({model})\n\
             .model nr ncm_resistor({model})\n.model nr0 ncm_resistor({})\n",
            model.replacen(
                &format!("rc={R_C_OHM}"),
                &format!("rc={}", R_C_OHM / 2.0),
                1
            )
        );
        // Slits: R_0 = R(Q_1)/2 is a resistor of its own, steered by the first slit. R_k belongs to
        // slit k and leads to slit k+1; the last one's leads nowhere.
        deck += &self.chain("s", |k, _, node| {
            let entry = match k {
                1 => "as0 %gd(0 s1) %vd(tslits s1) nr0\n",
                _ => "",
            };
            format!(
                "{entry}as{k} %gd({node} s{}) %gd(tslits {node}) ns\n",
                k + 1
            )
        });
        deck += &self.chain("r", |k, before, node| {
            let (model, charge) = match k {
                1 => ("nr0", "r1".to_owned()),
                _ => ("nr", before.to_owned()),
            };
            format!(
                "ar{k} %gd({before} {node}) %vd(tresistors {charge}) {model}\n\
                 cr{k} tresistors {node} {C_SLIT_F}\n"
            )
        });
        deck += &self.chain("p", |k, before, node| {
            let (factor, charge) = match k {
                1 => ("0.5*", "tplain,p1".to_owned()),
                _ => ("", format!("tplain,{before}")),
            };
            format!(
                "rp{k} {before} {node} r={{{factor}({})}}\ncp{k} tplain {node} {C_SLIT_F}\n",
                self.expression(&charge)
            )
        });
        deck += ".options reltol=1e-6 abstol=1e-12 vntol=1e-9 method=gear trtol=1\n\
                 .tran 10n 15u 0 10n\n.ac dec 5 100 100meg\n.end\n";
        deck
    }

    fn run(&self) -> RawFile {
        let job = Job::new(self.deck()).code_model(code_model());
        let run = ngspice().run(&job).and_then(|run| run.check());
        let run = run.unwrap_or_else(|error| panic!("{error}\n{}", self.deck()));
        run.raw().unwrap_or_else(|error| panic!("{error}")).clone()
    }

    fn check(&self) {
        let here = format!(
            "{} slits, gamma {}, {}",
            self.slits,
            self.gamma,
            self.law.name()
        );
        let raw = self.run();
        let transient = raw.plot("transient").unwrap();
        let reference = transient.real("i(vplain)").unwrap();
        let largest = reference.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
        for way in WAYS {
            let current = transient.real(&format!("i(v{way})")).unwrap();
            let off = current
                .iter()
                .zip(reference)
                .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            eprintln!("{here}: CV {way:10} {:.1e}", off / largest);
            assert!(
                off <= CV_TOLERANCE * largest,
                "{here}: CV of {way} is off by {:e} of the largest current",
                off / largest
            );
        }
        let ac = raw.plot("ac").unwrap();
        let reference = ac.complex("i(vplain)").unwrap();
        for way in WAYS {
            let current = ac.complex(&format!("i(v{way})")).unwrap();
            let off = current
                .iter()
                .zip(reference)
                .map(|(a, b): (&Complex64, &Complex64)| (a - b).norm() / b.norm())
                .fold(0.0, f64::max);
            eprintln!("{here}: AC {way:10} {off:.1e}");
            assert!(off <= AC_TOLERANCE, "{here}: AC of {way} is off by {off:e}");
        }
    }
}

fn check_all(slits: &[usize]) {
    for &slits in slits {
        for gamma in [-0.9, 0.0, 0.5, 0.9] {
            for law in [LawKind::Linear, LawKind::Sqrt] {
                Case { slits, gamma, law }.check();
            }
        }
    }
}

#[test]
fn five_ways_to_write_a_half_cell_agree() {
    check_all(&[1, 6, 20]);
}

#[test]
#[ignore = "slow: eight decks of a thousand elements each"]
fn five_ways_to_write_a_thick_half_cell_agree() {
    check_all(&[200]);
}
