//! One electrode as resistors and capacitors, mouth first: the circuit of `docs/method.md`,
//! section 2, and the sections of `crate::ladder::sections`.

use std::fmt::Write;

use crate::ladder::{ElectrodeParams, Section};
use crate::netlist::formula;
use crate::netlist::values::number;

use super::dialect::Syntax;
use super::law;

/// How an electrode stands in the subcircuit.
pub(super) struct Ladder<'a> {
    pub(super) params: &'a ElectrodeParams,
    /// Behind the names of its parameters: empty, or `neg`.
    pub(super) suffix: &'static str,
    /// Its nodes: metal, electrolyte in front of it, and the letter of those inside.
    pub(super) metal: &'static str,
    pub(super) bulk: &'static str,
    pub(super) letter: &'static str,
    /// One ladder stands for two equal electrodes: twice the resistance, half the capacitance.
    pub(super) doubled: bool,
    /// +1: charged by a positive voltage from metal to bulk; -1: by a negative one.
    pub(super) sign: i32,
    /// Behind the names of the other electrode's parameters.
    pub(super) other: &'static str,
    /// Whether capacitances rise with voltage.
    pub(super) rises: bool,
    /// Sections of the ladder; as many as slits where every slit is resolved.
    pub(super) sections: usize,
    /// Temperature and age have factors on the values.
    pub(super) has_factors: bool,
}

/// Section boundaries lie at this power of the section's number (`crate::ladder::sections`).
const GRADING: i32 = 3;

impl Ladder<'_> {
    /// True where every slit is a section: its values are then those of a slit.
    fn is_resolved(&self) -> bool {
        self.params.explicit.is_none() && self.sections as u64 == self.params.slits
    }

    /// Slits, by the netlist's parameter where there is one.
    fn fold(&self) -> (&'static str, &'static str) {
        if self.doubled { ("*2", "/2") } else { ("", "") }
    }

    /// The sum of the capacitances, as an expression of the subcircuit's parameters.
    pub(super) fn total_capacitance(&self) -> String {
        let s = self.suffix;
        match &self.params.explicit {
            None => format!("copen{s}+slits{s}*cslit{s}"),
            Some(list) => {
                let sum: f64 = list.iter().map(|x| x.slits * x.c_slit).sum();
                format!("copen{s}+{}", number(sum))
            }
        }
    }

    /// What instances must keep to: a measure of what they do not, and a complaint; explicit lists have nothing.
    pub(super) fn demand(&self) -> Option<(String, String)> {
        if self.params.explicit.is_some() {
            return None;
        }
        let (s, n) = (self.suffix, self.sections);
        let chosen = format!("sections{s}*abs(sections{s}-{n})");
        Some(if self.is_resolved() {
            (
                format!("abs(slits{s}-{n})+{chosen}"),
                format!("this_file_is_for_slits{s}_{n}"),
            )
        } else {
            (
                format!("max({n}-slits{s},0)+{chosen}"),
                format!("this_file_is_for_sections{s}_{n}_and_no_fewer_slits{s}"),
            )
        })
    }

    /// Parameters of the sections.
    pub(super) fn parameters(&self) -> String {
        let (e, s) = (self.params, self.suffix);
        let kc = if self.has_factors { "kc*" } else { "" };
        let (twice, half) = self.fold();
        let low = match e.explicit {
            None => format!("rmin{s}/{}", formula::r_c(e, s)),
            Some(_) => number(e.r_min / e.r_c),
        };
        let mut out = law::parameters(e, s, &low);
        // The first capacitor behind the mouth is held; those behind it follow, for no current flows.
        let _ = writeln!(
            out,
            ".param outer{s}={{min(copen{s}*1e40,1)}} inner{s}={{1-outer{s}}}"
        );
        let mut put = |line: String| {
            out.push_str(&line);
            out.push('\n');
        };
        if self.rises {
            put(format!(".param perrise{s}={{1/(urise{s}*series{twice})}}"));
        }
        if let Some(list) = &e.explicit {
            self.explicit_parameters(list, &mut put);
            return out;
        }
        put(
            "* x = Q/qmax per volt, resistance and capacitance of a slit, path into the first"
                .into(),
        );
        put(format!(
            ".param perv{s}={{{kc}cslit{s}/(qmax{s}*series){half}}} r{s}={{{}*rscale{twice}}} \
             c{s}={{cslit{s}*cscale{half}}}",
            formula::r_c(e, s)
        ));
        if self.is_resolved() {
            put(format!(".param into{s}={{entry{s}*r{s}}}"));
            return out;
        }
        put(
            "* sections of m slits up to depth z; a path has a part of each of its two sections"
                .into(),
        );
        let mut before = String::from("0");
        for j in 1..=self.sections {
            let share = (j as f64 / self.sections as f64).powi(GRADING);
            let (z, m) = (format!("z{s}{j}"), format!("m{s}{j}"));
            put(format!(
                ".param {z}={{max(slits{s}*{},{before}+1)}} {m}={{{z}-{before}}}",
                number(share)
            ));
            let way = if j == 1 {
                format!("entry{s}+({m}-1)/2")
            } else {
                format!("({m}-1)/2")
            };
            put(format!(
                ".param far{s}{j}={{({way})*r{s}}} near{s}{j}={{({m}+1)/2*r{s}}}"
            ));
            before = z;
        }
        out
    }

    fn explicit_parameters(&self, list: &[Section], put: &mut dyn FnMut(String)) {
        let s = self.suffix;
        let kc = if self.has_factors { "kc*" } else { "" };
        let (twice, half) = self.fold();
        put(
            "* the card's list of sections: x per volt, capacitance, the parts of the paths".into(),
        );
        for (j, section) in list.iter().enumerate() {
            let (m, j) = (section.slits, j + 1);
            let way = if j == 1 {
                format!("(entry{s}+{})", number((m - 1.0) / 2.0))
            } else {
                number((m - 1.0) / 2.0)
            };
            put(format!(
                ".param perv{s}{j}={{{kc}{}/series{half}}} c{s}{j}={{{}*cscale{half}}}",
                number(section.c_slit / section.q_max),
                number(m * section.c_slit),
            ));
            put(format!(
                ".param far{s}{j}={{{way}*{r}*rscale{twice}}} near{s}{j}={{{}*{r}*rscale{twice}}}",
                number((m + 1.0) / 2.0),
                r = number(section.r_c),
            ));
        }
    }

    /// The elements.
    pub(super) fn elements(&self, syntax: &dyn Syntax) -> String {
        let (metal, bulk, s) = (self.metal, self.bulk, self.suffix);
        let (_, half) = self.fold();
        let start = self.start_name();
        let mut out = String::new();
        let mut put = |line: String| {
            out.push_str(&line);
            out.push('\n');
        };
        let value = |name: String| syntax.inside(&name);
        let full = format!("full{start}");
        if self.rises {
            let held = format!("{start}*perrise{s}");
            put(format!(
                ".param {full}={{{start}*(1+crise{s}-crise{s}/sqrt(1+{held}*{held}))}}"
            ));
        }
        // A capacitor that rises is a constant one that holds Q/c, behind a source of what is missing.
        let store = |name: &str, node: &str, c: &str| {
            if !self.rises {
                return syntax.capacitor(name, metal, node, c, start);
            }
            let inner = format!("{name}q");
            let v = format!("v({metal},{node})");
            let (a, b) = (value(format!("crise{s}")), value(format!("perrise{s}")));
            let missing = format!("{v}-ncm_stored({v},{a},{b})");
            let source = syntax.voltage(&inner, metal, &inner, &missing);
            format!(
                "{source}\n{}",
                syntax.capacitor(name, &inner, node, c, &full)
            )
        };
        put(store(
            &format!("{}0", self.letter),
            bulk,
            &format!("copen{s}*cscale{half}"),
        ));
        let resolved = self.is_resolved();
        let node = |j: usize| match j {
            0 => bulk.to_owned(),
            j => format!("{}{j}", self.letter),
        };
        let rho = |j: usize| {
            let per_volt = match self.params.explicit {
                Some(_) => format!("perv{s}{j}"),
                None => format!("perv{s}"),
            };
            let voltage = match self.rises {
                true => format!("v({0}q,{0})", node(j)),
                false => format!("v({metal},{})", node(j)),
            };
            law::call(self.params, s, &voltage, &per_volt, syntax)
        };
        for j in 1..=self.sections {
            let (a, b) = (node(j - 1), node(j));
            let path = if resolved {
                match j {
                    1 => format!("{}*{}", value(format!("into{s}")), rho(1)),
                    j => format!("{}*{}", value(format!("r{s}")), rho(j - 1)),
                }
            } else {
                let far = format!("{}*{}", value(format!("far{s}{j}")), rho(j));
                match j {
                    1 => far,
                    j => format!(
                        "{}*{}+{far}",
                        value(format!("near{s}{}", j - 1)),
                        rho(j - 1)
                    ),
                }
            };
            put(syntax.current(&b, &a, &b, &format!("v({a},{b})/({path})")));
            if syntax.wants_resistive_paths() {
                put(format!("R{b} {a} {b} {{1e12*r{}}}", self.scale_of_r()));
            }
            let c = match self.params.explicit {
                Some(_) => format!("c{s}{j}"),
                None if resolved => format!("c{s}"),
                None => format!("m{s}{j}*c{s}"),
            };
            put(store(&b, &b, &c));
        }
        out
    }

    /// What the law's name for a slit's resistance is called: `r`, or `rscale` where there is none.
    fn scale_of_r(&self) -> String {
        match self.params.explicit {
            Some(_) => "scale".into(),
            None => self.suffix.into(),
        }
    }

    /// Holds the electrode at its start voltage while there is no time: a source whose current
    /// `h` rises until the voltage is right, in the operating point only.
    pub(super) fn holder(&self, syntax: &dyn Syntax) -> String {
        let s = self.suffix;
        let (metal, bulk) = (self.metal, self.bulk);
        let first = format!("{}1", self.letter);
        let h = format!("h{}", self.letter);
        let value = |name: &str| syntax.inside(&format!("{name}{s}"));
        // Which electrode gets how much of a voltage that is not told, capacitors cannot say in an
        // operating point: the positive one is then held at its share.
        let shares = self.bulk == "b" && self.sign > 0;
        let (hold, told) = if shares {
            let open = syntax.inside("open");
            let rest = match self.rises {
                false => format!("{open}*{}*v(e,n)+", syntax.inside("share")),
                true => format!("{open}*({})+", self.balance(syntax)),
            };
            ("v(g)".to_owned(), rest)
        } else {
            (format!("{}*v(g)", syntax.inside("given")), String::new())
        };
        let mut out = String::new();
        let mut put = |line: String| {
            out.push_str(&line);
            out.push('\n');
        };
        let wrong = format!(
            "{told}{}-{}*v({metal},{bulk})-{}*v({metal},{first})",
            syntax.inside(self.start_name()),
            value("outer"),
            value("inner")
        );
        put(syntax.current(&h, "0", &h, &format!("{hold}*({wrong})-(1-{hold})*v({h})")));
        // So large that a small signal does not move it.
        put(format!("C{h} {h} 0 1e12"));
        if syntax.wants_resistive_paths() {
            put(format!("R{h} {h} 0 1e12"));
        }
        let drive = syntax.inside("push");
        for (name, end, share) in [("o", bulk, "outer"), ("i", first.as_str(), "inner")] {
            put(syntax.current(
                &format!("{h}{name}"),
                end,
                metal,
                &format!("{}*{drive}*v(g)*v({h})", value(share)),
            ));
        }
        out
    }

    /// The positive electrode's voltage, plus what the negative one's charge is ahead of its own in volts: its
    /// own voltage where both hold the same charge.
    fn balance(&self, syntax: &dyn Syntax) -> String {
        let value = |name: &str| syntax.inside(name);
        let own = format!(
            "({}*v(e,b)+{}*v(e,{}1))",
            value(&format!("outer{}", self.suffix)),
            value(&format!("inner{}", self.suffix)),
            self.letter
        );
        let stored = |v: String, s: &str| {
            let (a, b) = (value(&format!("crise{s}")), value(&format!("perrise{s}")));
            format!("ncm_stored({v},{a},{b})")
        };
        let other = self.other;
        format!(
            "{own}+{}*{}-{}*{}",
            value("share"),
            stored(format!("v(e,n)-{own}"), other),
            value("rest"),
            stored(own.clone(), self.suffix)
        )
    }

    /// The parameter with the voltage from metal to electrolyte at the start.
    pub(super) fn start_name(&self) -> &'static str {
        if self.sign < 0 { "startneg" } else { "start" }
    }

    /// That parameter, where the electrode takes `part` of the voltage.
    pub(super) fn start(&self, part: &str) -> String {
        let minus = if self.sign < 0 { "-" } else { "" };
        format!(".param {}={{{minus}{part}}}\n", self.start_name())
    }
}
