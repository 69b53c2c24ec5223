//! From the tree of a card to its parameters.

use std::collections::BTreeMap;

use super::fields::{
    AGEING, CELL, ELECTRODE, LIMITS, PROVENANCE, SECTION, THERMAL, TOP, VALIDITY, find, nearest,
};
use super::overrides;
use super::reader::{Reader, View};
use super::tree::{Entry, Item, Source, Sources, Table, parse_document};
use super::{Card, CardError, FORMAT, Provenance, Validity};
use crate::cell::{Ageing, CellParams, Limits, Thermal};
use crate::experiment::History;
use crate::ladder::{DEFAULT_U_RISE, ElectrodeParams, MAX_SLITS, Section};
use crate::law::DEFAULT_R_MIN;
use crate::parameter::ParameterError;

/// Reads a whole card.
pub(super) fn card(text: &str, source: &str, overrides: &[String]) -> Result<Card, CardError> {
    let mut sources = Sources(vec![Source {
        name: source.into(),
        text: text.into(),
        is_file: true,
    }]);
    let mut root = parse_document(&sources, 0).map_err(CardError::Unusable)?;
    overrides::apply(&mut root, &mut sources, overrides).map_err(CardError::Unusable)?;
    let mut reader = Reader {
        sources: &sources,
        problems: Vec::new(),
    };
    let card = reader.card(&root);
    match card {
        Some(card) if reader.problems.is_empty() => Ok(card),
        _ => Err(CardError::Unusable(reader.problems)),
    }
}

impl Reader<'_> {
    fn card(&mut self, root: &Table) -> Option<Card> {
        let top = View {
            path: "",
            fields: TOP,
            own: Some(root),
            shared: None,
            place: None,
        };
        self.format(top)?;
        self.unknown_keys(root, TOP, "");
        let name = self.name(top);
        let description = self.text(top, "description");
        let cell = self.cell(root, top);
        let ic = self.ic(root);
        let history = self.history(root);
        let validity = self.validity(root);
        let provenance = self.provenance(root);
        Some(Card {
            name: name?,
            description,
            cell: cell?,
            ic: ic?,
            history: history?,
            validity: validity?,
            provenance,
        })
    }

    /// A card of another format is not read any further: its keys may mean something else.
    fn format(&mut self, top: View) -> Option<()> {
        let version = self.required_number(top, "format")?;
        if version == FORMAT as f64 {
            return Some(());
        }
        let remedy = if version > FORMAT as f64 {
            "this card was written for a newer ncm: update ncm"
        } else {
            "write format = 1"
        };
        self.wrong(top, "format", "is not known", &FORMAT.to_string(), remedy);
        None
    }

    fn name(&mut self, top: View) -> Option<String> {
        let Some(entry) = top.get("name") else {
            self.missing(top, "name");
            return None;
        };
        let usable = |s: &str| {
            s.len() <= 64
                && s.starts_with(|c: char| c.is_ascii_alphabetic())
                && s.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match &entry.item {
            Item::Text(name) if usable(name) => Some(name.clone()),
            _ => {
                self.wrong(
                    top,
                    "name",
                    "cannot name a part",
                    "up to 64 letters, digits, '-', '_' and '.', beginning with a letter",
                    "choose such a name: netlists use it as the name of the subcircuit",
                );
                None
            }
        }
    }

    fn cell(&mut self, root: &Table, top: View) -> Option<CellParams> {
        let half = match top.get("kind").map(|e| &e.item) {
            None => false,
            Some(Item::Text(kind)) if kind == "cell" => false,
            Some(Item::Text(kind)) if kind == "half-cell" => true,
            Some(_) => {
                self.wrong(
                    top,
                    "kind",
                    "is not known",
                    "\"cell\" or \"half-cell\"",
                    "write kind = \"cell\" for two electrodes, \"half-cell\" for one",
                );
                return None;
            }
        };
        let shared = self.table(root, "electrode", ELECTRODE);
        let mut side = |name: &'static str| {
            let own = self.table(root, name, ELECTRODE);
            let path = if own.is_some() { name } else { "electrode" };
            if own.is_none() && shared.is_none() {
                let other = if name == "positive" {
                    "negative"
                } else {
                    "positive"
                };
                let mut problem = self.sources.problem(None, "electrode", "is missing");
                problem.allowed = "one table [electrode], or [positive] and [negative]".into();
                problem.remedy = if root.contains_key(other) {
                    format!("add [{name}], or kind = \"half-cell\" with [electrode] alone")
                } else {
                    "add [electrode] with r_c, gamma, q_max, c_slit and slits".into()
                };
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                return None;
            }
            Some(View {
                path,
                fields: ELECTRODE,
                own: own.map(|t| t.0),
                shared: shared.map(|t| t.0),
                place: own.or(shared).map(|t| t.1),
            })
        };
        let (positive, negative) = if half {
            (side("positive"), None)
        } else {
            (side("positive"), side("negative"))
        };
        let sides = root.get("positive").or_else(|| root.get("negative"));
        if let Some(entry) = sides.filter(|_| half) {
            let mut problem = self.sources.problem(
                Some(&entry.key),
                "kind",
                "a half cell has one electrode, not a positive and a negative one",
            );
            problem.remedy = "put its values into [electrode]".into();
            self.problems.push(problem);
            return None;
        }
        let same = matches!((positive, negative), (Some(p), Some(n)) if p.own.is_none() && n.own.is_none());
        let positive = positive.and_then(|view| self.electrode(view));
        let negative = if same {
            Some(positive.clone())
        } else {
            negative.map(|view| self.electrode(view))
        };

        let view = self.section_view(root, "cell", CELL);
        let esr = self.number_or(view, "esr", 0.0);
        let r_leak = self.number_or(view, "r_leak", f64::INFINITY);
        let area = self.number_or(view, "area", 1.0);
        let series = self.number_or(view, "series", 1.0);
        let parallel = self.number_or(view, "parallel", 1.0);
        // The terminals are checked on their own, so that a mistake in an electrode does not hide
        // one here.
        let terminals = CellParams {
            esr: esr?,
            r_leak: r_leak?,
            area: area?,
            series: series?,
            parallel: parallel?,
            ..CellParams::half(ElectrodeParams::new(1.0, 1.0, 1))
        };
        let thermal = self.thermal(root);
        let ageing = self.ageing(root);
        let limits = self.limits(root);
        if let Err(error) = terminals.validate() {
            self.out_of_range(view, &error);
            return None;
        }
        Some(CellParams {
            positive: positive?,
            negative: match negative {
                None => None,
                Some(electrode) => Some(electrode?),
            },
            thermal: thermal?,
            ageing: ageing?,
            limits: limits?,
            ..terminals
        })
    }

    /// Numbers of a table that has a default for each. `None`: one is no number.
    fn numbers<const N: usize>(
        &mut self,
        view: View,
        fields: [(&'static str, &mut f64); N],
    ) -> Option<()> {
        let mut sound = Some(());
        for (key, value) in fields {
            match self.number_or(view, key, *value) {
                Some(x) => *value = x,
                None => sound = None,
            }
        }
        sound
    }

    fn within<T>(
        &mut self,
        view: View,
        value: T,
        checked: Result<(), ParameterError>,
    ) -> Option<T> {
        match checked {
            Ok(()) => Some(value),
            Err(error) => {
                self.out_of_range(view, &error);
                None
            }
        }
    }

    fn thermal(&mut self, root: &Table) -> Option<Thermal> {
        let view = self.section_view(root, "thermal", THERMAL);
        let mut thermal = Thermal::default();
        thermal.t_ref = self.number_or(view, "t_ref", thermal.t_ref)?;
        thermal.temperature = thermal.t_ref;
        self.numbers(view, thermal.fields_mut())?;
        let checked = thermal.validate();
        self.within(view, thermal, checked)
    }

    fn ageing(&mut self, root: &Table) -> Option<Ageing> {
        let view = self.section_view(root, "ageing", AGEING);
        let mut ageing = Ageing::default();
        self.numbers(view, ageing.fields_mut())?;
        let checked = ageing.validate();
        self.within(view, ageing, checked)
    }

    fn limits(&mut self, root: &Table) -> Option<Limits> {
        let view = self.section_view(root, "limits", LIMITS);
        let mut limits = Limits::default();
        self.numbers(view, limits.fields_mut())?;
        let checked = limits.validate();
        self.within(view, limits, checked)
    }

    fn electrode(&mut self, view: View) -> Option<ElectrodeParams> {
        let explicit = self.explicit_sections(view);
        let first = match &explicit {
            Some(Ok(sections)) => sections.first().copied(),
            _ => None,
        };
        let law = self.law(view);
        let expression = self.expression(view)?;
        // An explicit ladder brings these along; the values above it then only set the floor.
        let mut base = |key: &str, from_section: fn(&Section) -> f64| match (view.get(key), &first)
        {
            (None, Some(section)) => Some(from_section(section)),
            _ => self.required_number(view, key),
        };
        // A formula brings its own resistance of the empty slit.
        let r_c = match &expression {
            Some(expression) => Some(expression.r_c()),
            None => base("r_c", |s| s.r_c),
        };
        let q_max = base("q_max", |s| s.q_max);
        let c_slit = base("c_slit", |s| s.c_slit);
        let gamma = match &expression {
            Some(_) => Some(0.0),
            None => self.required_number(view, "gamma"),
        };
        let slits = match (view.get("slits"), &explicit) {
            (None, Some(Ok(sections))) => {
                let total: f64 = sections.iter().map(|s| s.slits).sum();
                Some(total.round().clamp(1.0, MAX_SLITS as f64) as u64)
            }
            _ => self.count(
                view,
                "slits",
                None,
                &format!("a whole number from 1 to {MAX_SLITS}"),
            ),
        };
        let sections = match &explicit {
            Some(_) => Some(0),
            None => self.count(
                view,
                "sections",
                Some(0),
                "0 (choose) to the number of slits",
            ),
        };
        let entry = self.number_or(view, "entry", 0.5);
        let r_open = self.number_or(view, "r_open", 0.0);
        let c_open = self.number_or(view, "c_open", 0.0);
        let c_rise = self.number_or(view, "c_rise", 0.0);
        let u_rise = self.number_or(view, "u_rise", DEFAULT_U_RISE);
        let r_min = self.number_or(view, "r_min", DEFAULT_R_MIN * r_c.unwrap_or(1.0));
        let params = ElectrodeParams {
            law: law?,
            expression,
            r_c: r_c?,
            gamma: gamma?,
            q_max: q_max?,
            r_min: r_min?,
            c_slit: c_slit?,
            c_rise: c_rise?,
            u_rise: u_rise?,
            slits: slits?,
            sections: sections?,
            r_open: r_open?,
            c_open: c_open?,
            entry: entry?,
            explicit: match explicit {
                None => None,
                Some(Ok(sections)) => Some(sections),
                Some(Err(())) => return None,
            },
        };
        match params.validate() {
            Ok(()) => Some(params),
            Err(error) => {
                if params.expression.is_some() && error.allowed.starts_with("a formula") {
                    self.refused_formula(view, &error);
                } else {
                    self.out_of_range(view, &error);
                }
                None
            }
        }
    }

    /// `None`: no explicit list. `Some(Err)`: a list with mistakes, all reported.
    fn explicit_sections(&mut self, view: View) -> Option<Result<Vec<Section>, ()>> {
        let Item::List(entries) = &view.get("sections")?.item else {
            return None;
        };
        let mut sections = Vec::with_capacity(entries.len());
        let mut sound = true;
        for (i, entry) in entries.iter().enumerate() {
            let path = format!("{}[{i}]", view.name("sections"));
            let Item::Table(own) = &entry.item else {
                let mut problem = self
                    .sources
                    .problem(Some(&entry.at), &path, "is not a section");
                problem.value = self.sources.written(&entry.at);
                problem.allowed = "a table with slits, r_c, q_max and c_slit".into();
                problem.remedy =
                    "write { slits = 10, r_c = 5.0, q_max = 1.6e-8, c_slit = 8e-8 }".into();
                self.problems.push(problem);
                sound = false;
                continue;
            };
            self.unknown_keys(own, SECTION, &path);
            let one = View {
                path: &path,
                fields: SECTION,
                own: Some(own),
                shared: None,
                place: Some(&entry.at),
            };
            let slits = self.required_number(one, "slits");
            let r_c = self.required_number(one, "r_c");
            let q_max = self.required_number(one, "q_max");
            let c_slit = self.required_number(one, "c_slit");
            let section = match (slits, r_c, q_max, c_slit) {
                (Some(slits), Some(r_c), Some(q_max), Some(c_slit)) => Section {
                    slits,
                    r_c,
                    q_max,
                    c_slit,
                },
                _ => {
                    sound = false;
                    continue;
                }
            };
            if let Err(error) = section.validate() {
                self.out_of_range(one, &error);
                sound = false;
            }
            sections.push(section);
        }
        Some(if sound { Ok(sections) } else { Err(()) })
    }

    /// The outer `None` is a mistake, the inner one the absence of the key.
    fn ic(&mut self, root: &Table) -> Option<Option<f64>> {
        let view = self.plain_view(root, "cell", CELL);
        if view.get("ic").is_none() {
            return Some(None);
        }
        let ic = self.required_number(view, "ic")?;
        if ic.abs() <= 1e6 {
            return Some(Some(ic));
        }
        self.out_of_range(view, &ParameterError::new("ic", ic, "-1e6 to 1e6 V"));
        None
    }

    fn history(&mut self, root: &Table) -> Option<Option<History>> {
        let view = self.plain_view(root, "cell", CELL);
        let from = self.number_or(view, "ic_from", 0.0);
        let rate = self.number_or(view, "ic_rate", 0.0);
        let rest = self.number_or(view, "ic_rest", 0.0);
        match History::new(from?, rate?, rest?) {
            Ok(Some(_)) if view.get("ic").is_none() => {
                self.missing(view, "ic");
                None
            }
            Ok(history) => Some(history),
            Err(error) => {
                self.out_of_range(view, &error);
                None
            }
        }
    }

    fn validity(&mut self, root: &Table) -> Option<Validity> {
        let view = self.section_view(root, "validity", VALIDITY);
        let mut pair = |low: &str, high: &str, least: f64| {
            let mut bounds = [None, None];
            for (bound, key) in bounds.iter_mut().zip([low, high]) {
                if view.get(key).is_some() {
                    let value = self.number_or(view, key, 0.0)?;
                    if !(value >= least && value <= 1e18) {
                        let allowed = format!("{least:e} to 1e18");
                        self.out_of_range(view, &ParameterError::new(key, value, allowed));
                        return None;
                    }
                    *bound = Some(value);
                }
            }
            match bounds {
                [Some(from), Some(to)] if from > to => {
                    let allowed = format!("at least {low} = {from}");
                    self.out_of_range(view, &ParameterError::new(high, to, allowed));
                    None
                }
                _ => Some(bounds),
            }
        };
        let [v_min, v_max] = pair("v_min_V", "v_max_V", -1e18)?;
        let [rate_min, rate_max] = pair("rate_min_V_per_s", "rate_max_V_per_s", 0.0)?;
        let [temperature_min, temperature_max] =
            pair("temperature_min_K", "temperature_max_K", 0.0)?;
        Some(Validity {
            v_min,
            v_max,
            rate_min,
            rate_max,
            temperature_min,
            temperature_max,
        })
    }

    fn provenance(&mut self, root: &Table) -> Provenance {
        let view = self.section_view(root, "provenance", PROVENANCE);
        let mut parameters = BTreeMap::new();
        if let Some(entry) = view.get("parameters") {
            if let Item::Table(own) = &entry.item {
                for (key, value) in own {
                    self.source_of(key, value, &mut parameters);
                }
            } else {
                self.wrong(
                    view,
                    "parameters",
                    "is not a table",
                    "a table of texts",
                    "write [provenance.parameters] and lines such as r_c = \"data sheet\"",
                );
            }
        }
        Provenance {
            source: self.text(view, "source"),
            doi: self.text(view, "doi"),
            url: self.text(view, "url"),
            date: self.text(view, "date"),
            method: self.text(view, "method"),
            notes: self.text(view, "notes"),
            parameters,
        }
    }

    /// One line of `[provenance.parameters]`.
    fn source_of(&mut self, key: &str, value: &Entry, sources: &mut BTreeMap<String, String>) {
        let path = "provenance.parameters";
        let known = || [ELECTRODE, CELL, THERMAL, AGEING, LIMITS].into_iter();
        let tables = [
            "electrode.",
            "positive.",
            "negative.",
            "cell.",
            "thermal.",
            "ageing.",
            "limits.",
        ];
        let leaf = tables
            .iter()
            .find_map(|table| key.strip_prefix(table))
            .unwrap_or(key);
        let mut problem = if known().all(|fields| find(fields, leaf).is_none()) {
            let mut problem = self.sources.problem(
                Some(&value.key),
                &format!("{path}.{key}"),
                "no such parameter",
            );
            problem.remedy = match known().find_map(|fields| nearest(fields, leaf)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "name a parameter of [electrode] or [cell]".into(),
            };
            problem
        } else if let Item::Text(text) = &value.item {
            sources.insert(key.into(), text.clone());
            return;
        } else {
            let mut problem =
                self.sources
                    .problem(Some(&value.at), &format!("{path}.{key}"), "is not a text");
            problem.value = self.sources.written(&value.at);
            problem.remedy =
                "write a text in quotes; for one electrode write \"positive.r_c\" as the key"
                    .into();
            problem
        };
        problem.allowed = "the source of a parameter, as text".into();
        self.problems.push(problem);
    }
}
