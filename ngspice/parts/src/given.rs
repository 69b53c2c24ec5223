//! Parameters as a netlist gave them: the kernel's parameters from them, and what is wrong with them.

use crate::tables::Parameter;
use ncm::cell::{CellParams, REFERENCE_K};
use ncm::experiment::History;
use ncm::ladder::{DEFAULT_U_RISE, ElectrodeParams, MAX_SLITS, Rise};
use ncm::law::{DEFAULT_R_MIN, Expression, LawKind, LawParams};
use ncm::parameter::{ParameterError, check_range};
use std::ffi::CStr;

/// Names in netlists, which have no underscores, and in the kernel.
const NAMES: [(&str, &str); 48] = [
    ("rc", "r_c"),
    ("gamma", "gamma"),
    ("qmax", "q_max"),
    ("cslit", "c_slit"),
    ("crise", "c_rise"),
    ("urise", "u_rise"),
    ("icfrom", "ic_from"),
    ("icrate", "ic_rate"),
    ("icrest", "ic_rest"),
    ("slits", "slits"),
    ("sections", "sections"),
    ("ropen", "r_open"),
    ("copen", "c_open"),
    ("entry", "entry"),
    ("law", "law"),
    ("rmin", "r_min"),
    ("area", "area"),
    ("esr", "esr"),
    ("rleak", "r_leak"),
    ("series", "series"),
    ("parallel", "parallel"),
    ("tref", "t_ref"),
    ("rea", "r_ea"),
    ("rtc1", "r_tc1"),
    ("rtc2", "r_tc2"),
    ("esrea", "esr_ea"),
    ("esrtc1", "esr_tc1"),
    ("esrtc2", "esr_tc2"),
    ("cea", "c_ea"),
    ("ctc1", "c_tc1"),
    ("ctc2", "c_tc2"),
    ("leakea", "leak_ea"),
    ("leaktc1", "leak_tc1"),
    ("leaktc2", "leak_tc2"),
    ("rth", "r_th"),
    ("cth", "c_th"),
    ("agetemperature", "age_temperature"),
    ("agevoltage", "age_voltage"),
    ("lifetemperature", "life_temperature"),
    ("lifevoltage", "life_voltage"),
    ("cend", "c_end"),
    ("rend", "r_end"),
    ("tdouble", "t_double"),
    ("vdouble", "v_double"),
    ("vmax", "v_max"),
    ("vmin", "v_min"),
    ("imax", "i_max"),
    ("tmax", "t_max"),
];

/// Value of `ic` that stands for "none".
const NO_IC: f64 = 1e30;

/// Numbers from here on stand for infinity, for which netlists have no word.
const INFINITE: f64 = 1e30;

/// 0 degrees Celsius, K.
pub const ZERO_CELSIUS: f64 = 273.15;

/// Name in netlists of a kernel parameter; those of the negative electrode end in `neg`.
pub fn netlist_name(kernel: &str) -> String {
    let (name, suffix) = match kernel.strip_prefix("negative.") {
        Some(name) => (name, "neg"),
        None => (kernel, ""),
    };
    let name = NAMES
        .iter()
        .find(|(_, k)| *k == name)
        .map_or(name, |(netlist, _)| netlist);
    format!("{name}{suffix}")
}

/// A built-in form by its name, or a formula `r:...` or `g:...` in the charge `q` of one slit.
fn named_law(parameter: &str, text: &str) -> Result<(LawKind, Option<Expression>), ParameterError> {
    if let Some(kind) = LawKind::from_name(text) {
        return Ok((kind, None));
    }
    let value = format!("\"{text}\"");
    match Expression::from_netlist(text) {
        Some(Ok(expression)) => Ok((LawKind::default(), Some(expression))),
        Some(Err(error)) => Err(ParameterError::new(parameter, value, error.allowed)),
        None => Err(ParameterError::new(
            parameter,
            value,
            "linear, sqrt, signed or a formula r:... or g:...",
        )),
    }
}

/// A parameter as the netlist gave it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Absent,
    Real(f64),
    Text(String),
}

/// The parameters an instance was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    part: &'static CStr,
    parameters: &'static [Parameter],
    values: Vec<Value>,
    /// Temperature of the circuit, K.
    circuit_k: f64,
}

/// One slit of a hand-built network.
#[derive(Debug, Clone, PartialEq)]
pub struct SlitParams {
    /// At `area = 1`.
    pub law: LawParams,
    /// At `area = 1`, farad.
    pub c_slit: f64,
    /// How it rises, if it does.
    pub rise: Option<Rise>,
    pub area: f64,
    /// Initial voltage of the store, if given, volt.
    pub ic: Option<f64>,
}

impl SlitParams {
    /// Charge at voltage `u`, coulomb, and its derivative, farad.
    pub fn charge(&self, u: f64) -> (f64, f64) {
        let c = self.c_slit * self.area;
        match self.rise {
            None => (c * u, c),
            Some(rise) => {
                let (w, slope) = rise.charge(u);
                (c * w, c * slope)
            }
        }
    }

    /// Energy at voltage `u`, joule.
    pub fn energy(&self, u: f64) -> f64 {
        match self.rise {
            None => 0.5 * self.charge(u).0 * u,
            Some(rise) => self.c_slit * self.area * rise.energy(u),
        }
    }
}

impl Given {
    /// `values` in the order of `parameters`; `part` is the name for messages.
    pub fn new(part: &'static CStr, parameters: &'static [Parameter], values: Vec<Value>) -> Self {
        Self {
            part,
            parameters,
            values,
            circuit_k: REFERENCE_K,
        }
    }

    /// The same in a circuit at this temperature, K.
    pub fn at(self, circuit_k: f64) -> Self {
        Self { circuit_k, ..self }
    }

    /// The same in a circuit at this temperature, degrees Celsius.
    pub fn at_celsius(self, celsius: f64) -> Self {
        self.at(celsius + ZERO_CELSIUS)
    }

    fn value(&self, name: &str) -> &Value {
        self.parameters
            .iter()
            .position(|p| p.name.to_bytes() == name.as_bytes())
            .and_then(|i| self.values.get(i))
            .unwrap_or(&Value::Absent)
    }

    /// A number, if given.
    pub fn real(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Real(x) => Some(*x),
            _ => None,
        }
    }

    /// A number, or what stands for it.
    pub fn real_or(&self, name: &str, default: f64) -> f64 {
        self.real(name).unwrap_or(default)
    }

    /// A number that must be given.
    pub fn required(&self, name: &str, allowed: &str) -> Result<f64, ParameterError> {
        self.real(name)
            .ok_or_else(|| ParameterError::new(name, "(not given)", allowed))
    }

    /// A text, if given.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Value::Text(x) => Some(x),
            _ => None,
        }
    }

    /// A whole number; the upper bound is checked by the kernel.
    fn whole(&self, name: &str, default: u64, allowed: &str) -> Result<u64, ParameterError> {
        let Some(x) = self.real(name) else {
            return Ok(default);
        };
        // ngspice's own arithmetic in netlists is not exact: `{n}` with n = 6 arrives as
        // 6.000000000000001.
        let whole = x.round();
        if (0.0..=1e15).contains(&whole) && (x - whole).abs() <= 1e-12 * whole {
            Ok(whole as u64)
        } else {
            Err(ParameterError::new(name, x, allowed))
        }
    }

    /// How many cells or strings; 1 unless given.
    pub fn count(&self, name: &str) -> Result<f64, ParameterError> {
        Ok(self.whole(name, 1, "a whole number from 1 to 1e6")? as f64)
    }

    /// Initial voltage, if given. [`NO_IC`] says that it is not: parameters of a subcircuit must
    /// have a value, so a part cannot leave `ic` out until an instance names it.
    pub fn initial_voltage(&self) -> Result<Option<f64>, ParameterError> {
        match self.real("ic") {
            // Netlist arithmetic may leave a rounding error.
            Some(x) if (x / NO_IC - 1.0).abs() < 1e-9 => Ok(None),
            Some(x) if !(-1e9..=1e9).contains(&x) => Err(ParameterError::new(
                "ic",
                x,
                "-1e9 to 1e9 V (or 1e30 for none)",
            )),
            other => Ok(other),
        }
    }

    /// How the part got to its initial voltage, if that is said: `icfrom`, `icrate`, `icrest`.
    pub fn history(&self) -> Result<Option<History>, ParameterError> {
        let history = History::new(
            self.real_or("icfrom", 0.0),
            self.real_or("icrate", 0.0),
            self.real_or("icrest", 0.0),
        )?;
        match (history, self.initial_voltage()?) {
            (Some(history), None) => Err(ParameterError::new(
                "ic_rate",
                history.rate,
                "nothing without ic, the voltage that the ramp ends at",
            )),
            _ => Ok(history),
        }
    }

    /// The law of one slit at `area = 1`. `suffix` is `""` or `"neg"`; what the latter lacks is
    /// taken from `base`.
    pub fn law(&self, suffix: &str, base: Option<&LawParams>) -> Result<LawParams, ParameterError> {
        let name = |n: &str| format!("{n}{suffix}");
        let (kind, expression) = match self.text(&name("law")) {
            Some(text) => named_law(&name("law"), text)?,
            None => (
                base.map(|b| b.kind).unwrap_or_default(),
                // A value of its own for what a formula brings along says that it is not meant.
                base.filter(|_| {
                    self.real(&name("rc"))
                        .or(self.real(&name("gamma")))
                        .is_none()
                })
                .and_then(|b| b.expression.clone()),
            ),
        };
        if expression.is_some() {
            for brought in ["rc", "gamma"].map(name) {
                if let Some(value) = self.real(&brought) {
                    let allowed = "nothing: the formula of the law brings it along";
                    return Err(ParameterError::new(brought, value, allowed));
                }
            }
        }
        let r_c = match (&expression, self.real(&name("rc")), base) {
            (Some(expression), ..) => expression.r_c(),
            (None, Some(r), _) => r,
            (None, None, Some(b)) => b.r_c,
            (None, None, None) => self.required("rc", "1e-18 to 1e18 ohm (it must be given)")?,
        };
        let gamma = self.real_or(&name("gamma"), base.map_or(0.0, |b| b.gamma));
        let q_max = match (self.real(&name("qmax")), base) {
            (Some(q), _) => q,
            (None, Some(b)) => b.q_max,
            // Without gamma the resistance is constant and any scale does.
            (None, None) if gamma == 0.0 && expression.is_none() => self.real_or("cslit", 1.0),
            (None, None) => self.required(
                "qmax",
                "1e-30 to 1e12 C (it must be given unless the resistance is constant)",
            )?,
        };
        let r_min = match (self.real(&name("rmin")), base) {
            (Some(r), _) => r,
            // A floor carried over must stay below the other electrode's own resistance.
            (None, Some(b)) if self.real(&name("rc")).is_none() => b.r_min,
            _ => DEFAULT_R_MIN * r_c,
        };
        let law = LawParams {
            kind,
            expression,
            r_c,
            gamma,
            q_max,
            r_min,
        };
        Ok(law)
    }

    /// One electrode. `suffix` is `""` or `"neg"`; what the latter lacks is taken from `base`.
    pub fn electrode(
        &self,
        suffix: &str,
        base: Option<&ElectrodeParams>,
    ) -> Result<ElectrodeParams, ParameterError> {
        let name = |n: &str| format!("{n}{suffix}");
        let c_slit = match (self.real(&name("cslit")), base) {
            (Some(c), _) => c,
            (None, Some(b)) => b.c_slit,
            (None, None) => self.required("cslit", "1e-30 to 1e12 F (it must be given)")?,
        };
        let law = self.law(suffix, base.map(ElectrodeParams::law_params).as_ref())?;
        let fallback = ElectrodeParams::new(law.r_c, c_slit, 1);
        let base = base.unwrap_or(&fallback);
        Ok(ElectrodeParams {
            law: law.kind,
            expression: law.expression,
            r_c: law.r_c,
            gamma: law.gamma,
            q_max: law.q_max,
            r_min: law.r_min,
            c_slit,
            c_rise: self.real_or(&name("crise"), base.c_rise),
            u_rise: self.real_or(&name("urise"), base.u_rise),
            slits: self.whole(
                &name("slits"),
                base.slits,
                &format!("a whole number from 1 to {MAX_SLITS}"),
            )?,
            sections: self.whole(
                &name("sections"),
                base.sections,
                "a whole number from 0 (choose) to slits",
            )?,
            r_open: self.real_or(&name("ropen"), base.r_open),
            c_open: self.real_or(&name("copen"), base.c_open),
            entry: self.real_or(&name("entry"), base.entry),
            explicit: None,
        })
    }

    /// One slit.
    pub fn slit(&self) -> Result<SlitParams, ParameterError> {
        let law = self.law("", None)?;
        law.validate()?;
        let area = self.real_or("area", 1.0);
        check_range("area", area, 1e-18, 1e18, "")?;
        let c_slit = self.required("cslit", "1e-30 to 1e12 F (it must be given)")?;
        check_range("c_slit", c_slit, 1e-30, 1e12, "F")?;
        let rise = Rise::new(
            self.real_or("crise", 0.0),
            self.real_or("urise", DEFAULT_U_RISE),
        )?;
        Ok(SlitParams {
            law,
            c_slit,
            rise,
            area,
            ic: self.initial_voltage()?,
        })
    }

    /// One electrode against the bulk electrolyte.
    pub fn half_cell(&self) -> Result<CellParams, ParameterError> {
        let mut params = CellParams {
            esr: self.real_or("esr", 0.0),
            r_leak: self.real_or("rleak", f64::INFINITY),
            area: self.real_or("area", 1.0),
            ..CellParams::half(self.electrode("", None)?)
        };
        self.device(&mut params);
        params.validate()?;
        Ok(params)
    }

    /// Two electrodes over the open electrolyte.
    pub fn whole_cell(&self) -> Result<CellParams, ParameterError> {
        let positive = self.electrode("", None)?;
        let negative = self.electrode("neg", Some(&positive))?;
        let mut params = CellParams {
            negative: Some(negative),
            esr: self.real_or("esr", 0.0),
            r_leak: self.real_or("rleak", f64::INFINITY),
            area: self.real_or("area", 1.0),
            series: self.count("series")?,
            parallel: self.count("parallel")?,
            ..CellParams::half(positive)
        };
        self.device(&mut params);
        params.validate()?;
        Ok(params)
    }

    /// Temperature, ageing and limits.
    fn device(&self, params: &mut CellParams) {
        let infinite = |x: f64| {
            if x.abs() >= INFINITE {
                x * f64::INFINITY
            } else {
                x
            }
        };
        // At the circuit's temperature unless the part has one of its own.
        params.thermal.temperature = self.circuit_k;
        let thermal = params.thermal.fields_mut().into_iter();
        let ageing = params.ageing.fields_mut().into_iter();
        let limits = params.limits.fields_mut().into_iter();
        for (name, place) in thermal.chain(ageing).chain(limits) {
            if let Some(x) = self.real(&netlist_name(name)) {
                *place = infinite(x);
            }
        }
        params.thermal.temperature += self.real_or("dtemp", 0.0);
    }

    /// The message for an error: parameter in netlist form, value, allowed range.
    pub fn explain(&self, error: &ParameterError) -> String {
        // As numbers stand in netlists: 1e30 and not a one with thirty zeros.
        let value = match error.value.parse::<f64>() {
            Ok(x) if x != 0.0 && !(1e-4..1e6).contains(&x.abs()) => format!("{x:e}"),
            _ => error.value.clone(),
        };
        format!(
            "{}: parameter {} = {value}; allowed is {}",
            self.part.to_string_lossy(),
            netlist_name(&error.parameter),
            error.allowed
        )
    }

    /// A number that differs when any parameter does.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(self.values.iter(), self.circuit_k)
    }
}

/// A number that differs when any of the values or the circuit's temperature (K) does.
pub fn fingerprint<V: std::borrow::Borrow<Value>>(
    values: impl Iterator<Item = V>,
    circuit_k: f64,
) -> u64 {
    let mut hash = Hash::new();
    hash.word(circuit_k.to_bits());
    for value in values {
        hash.value(value.borrow());
    }
    hash.0
}

/// FNV-1a over words.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 ^= self.0 >> 29;
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Absent => self.word(1),
            Value::Real(x) => self.word(x.to_bits()),
            Value::Text(text) => text.bytes().for_each(|b| self.word(u64::from(b) + 2)),
        }
    }
}
