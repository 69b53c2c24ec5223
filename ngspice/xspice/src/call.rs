//! One call of a model function: typed access to what the simulator passes (Mif_Private).

use crate::host::services::Services;
use crate::state::Steps;
use crate::tables::{Card, parameter_count};
use ncm_parts::{Given, Kind, Value, given};
use num_complex::Complex64;
use std::ffi::{CStr, c_char, c_int, c_void};

/// Offsets in Mif_Private and the structures it points to, bytes.
mod offset {
    pub const INIT: usize = 0;
    pub const ANALYSIS: usize = 4;
    pub const FIRST_ITERATION: usize = 8;
    /// Holds omega in rad/s, whatever its name says.
    pub const FREQUENCY: usize = 24;
    /// Degrees Celsius.
    pub const TEMPERATURE: usize = 32;
    /// End of the step being tried, then the accepted time points backwards.
    pub const TIMES: usize = 40;
    pub const NUM_CONN: usize = 104;
    pub const CONN: usize = 112;
    pub const NUM_PARAM: usize = 120;
    pub const PARAM: usize = 128;
    pub const NUM_INST_VAR: usize = 136;
    pub const INST_VAR: usize = 144;
    pub const CALLBACK: usize = 152;
    /// Only there in ngspice 47.
    pub const NOISE: usize = 160;
    /// What ngspice 47 puts in front of NUM_CONN (tstep and tstop).
    pub const NEWER_SHIFT: usize = 16;

    pub mod noise {
        pub const REGISTERING: usize = 0;
        pub const DENSITY: usize = 48;
        pub const FREQUENCY: usize = 56;
    }
    pub mod conn {
        pub const IS_NULL: usize = 16;
        pub const SIZE: usize = 28;
        pub const PORT: usize = 32;
    }
    pub mod port {
        pub const INPUT: usize = 48;
        pub const OUTPUT: usize = 64;
        /// Partials up to ngspice 39; from 40 on an event pointer, always null on analog ports,
        /// and the partials follow it.
        pub const PARTIAL_OR_EVENT: usize = 80;
    }
    pub mod param {
        pub const IS_NULL: usize = 0;
        pub const ELEMENT: usize = 8;
    }
    pub mod inst_var {
        pub const ELEMENT: usize = 8;
    }
    /// MIFinstance starts with GENinstance (32 bytes) and the connections; then come these.
    pub mod instance {
        pub const INST_VAR: usize = 56;
    }
}

/// What the simulator is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analysis {
    /// Operating point or DC sweep.
    Dc,
    Ac,
    Transient,
    Noise,
    /// Anything a later release may add.
    Other,
}

/// Reads one parameter.
///
/// # Safety
/// `record` is a parameter record (Mif_Param_Data) of a parameter of type `kind`.
pub unsafe fn value(record: *mut u8, kind: Kind) -> Value {
    // SAFETY: a value that is not null has an element of the declared type.
    unsafe {
        let element: *mut u8 = record.add(offset::param::ELEMENT).cast::<*mut u8>().read();
        if record.add(offset::param::IS_NULL).cast::<i32>().read() != 0 || element.is_null() {
            return Value::Absent;
        }
        match kind {
            Kind::Real => Value::Real(element.cast::<f64>().read()),
            Kind::Text => {
                let text = element.cast::<*const c_char>().read();
                if text.is_null() {
                    Value::Absent
                } else {
                    Value::Text(CStr::from_ptr(text).to_string_lossy().into_owned())
                }
            }
        }
    }
}

/// Function the simulator calls when an instance goes.
pub type Farewell = unsafe extern "C" fn(*mut c_void, c_int);

/// Access to one call. Lives no longer than the call.
pub struct Call {
    at: *mut u8,
    shift: usize,
    card: &'static Card,
    pub services: Services,
}

impl Call {
    /// Wraps the argument of a model function, or `None` if its layout is not known.
    ///
    /// # Safety
    /// `at` is the argument the simulator passed to the function of the model `card`.
    pub unsafe fn new(at: *mut c_void, card: &'static Card, services: Services) -> Option<Call> {
        let call = |shift| Call {
            at: at.cast(),
            shift,
            card,
            services,
        };
        // The three counts are known; together they tell the two layouts apart.
        [0, offset::NEWER_SHIFT]
            .into_iter()
            .map(call)
            .find(|c| c.counts_fit())
    }

    /// The model this is a call of.
    pub fn card(&self) -> &'static Card {
        self.card
    }

    fn counts_fit(&self) -> bool {
        let count = |at| usize::try_from(self.get::<i32>(at + self.shift)).ok();
        count(offset::NUM_CONN) == Some(self.card.connections.len())
            && count(offset::NUM_PARAM) == Some(parameter_count(self.card))
            && count(offset::NUM_INST_VAR) == Some(self.card.readouts.len())
    }

    #[inline]
    fn get<T: Copy>(&self, at: usize) -> T {
        // SAFETY: the offsets in this file stay inside the simulator's structure (152 bytes and
        // more), which is valid for the whole call.
        unsafe { self.at.add(at).cast::<T>().read() }
    }

    /// First call for this instance since the circuit was set up.
    pub fn is_first(&self) -> bool {
        self.get::<i32>(offset::INIT) != 0
    }

    pub fn analysis(&self) -> Analysis {
        match self.get::<i32>(offset::ANALYSIS) {
            0 => Analysis::Dc,
            1 => Analysis::Ac,
            2 => Analysis::Transient,
            3 => Analysis::Noise,
            _ => Analysis::Other,
        }
    }

    /// First iteration of a time step or of an operating point.
    pub fn is_first_iteration(&self) -> bool {
        self.get::<i32>(offset::FIRST_ITERATION) != 0
    }

    /// The step being tried and the one accepted before it.
    pub fn steps(&self) -> Steps {
        let t = |i: usize| self.get::<f64>(offset::TIMES + 8 * i);
        Steps {
            trial: t(0) - t(1),
            last: t(1) - t(2),
        }
    }

    /// Angular frequency of a small-signal analysis, rad/s.
    pub fn omega(&self) -> f64 {
        self.get(offset::FREQUENCY)
    }

    /// Registers a source of noise current across the first port of connection `conn`, or, once the
    /// analysis runs, sets its density to `4 k T g` with the `T g` (K S) that `heat` gives for an angular
    /// frequency (rad/s) and the circuit's temperature (K).
    pub fn noise(&mut self, conn: usize, heat: impl FnOnce(f64, f64) -> f64) {
        const BOLTZMANN: f64 = 1.380_649e-23;
        if self.shift != offset::NEWER_SHIFT {
            return;
        }
        let noise: *mut u8 = self.get(offset::NOISE + self.shift);
        let Some(source) = self
            .services
            .noise_source(c"", conn)
            .filter(|_| !noise.is_null())
        else {
            return;
        };
        // SAFETY: the simulator's record of a running noise analysis; `density` has as many elements
        // as sources were registered.
        unsafe {
            if noise.add(offset::noise::REGISTERING).cast::<i32>().read() != 0 {
                return;
            }
            let density: *mut f64 = noise.add(offset::noise::DENSITY).cast::<*mut f64>().read();
            let frequency: f64 = noise.add(offset::noise::FREQUENCY).cast::<f64>().read();
            if density.is_null() {
                return;
            }
            let kelvin = self.get::<f64>(offset::TEMPERATURE) + given::ZERO_CELSIUS;
            let heat = heat(2.0 * std::f64::consts::PI * frequency, kelvin);
            density.add(source).write(4.0 * BOLTZMANN * heat.max(0.0));
        }
    }

    /// Element of one of the three pointer tables.
    #[inline]
    fn entry(&self, table: usize, index: usize, count: usize) -> *mut u8 {
        assert!(index < count, "index {index} of {count}");
        let table: *mut *mut u8 = self.get(table + self.shift);
        // SAFETY: the table has as many entries as the card says; `counts_fit` compared them.
        unsafe { *table.add(index) }
    }

    #[inline]
    fn conn(&self, index: usize) -> *mut u8 {
        self.entry(offset::CONN, index, self.card.connections.len())
    }

    /// True if the netlist connects it.
    pub fn is_connected(&self, conn: usize) -> bool {
        // SAFETY: a connection record of the simulator.
        unsafe {
            self.conn(conn)
                .add(offset::conn::IS_NULL)
                .cast::<i32>()
                .read()
                == 0
        }
    }

    /// Number of ports of a connection; 0 if it is null.
    pub fn width(&self, conn: usize) -> usize {
        if !self.is_connected(conn) {
            return 0;
        }
        // SAFETY: a connection record of the simulator.
        let size = unsafe { self.conn(conn).add(offset::conn::SIZE).cast::<i32>().read() };
        usize::try_from(size).unwrap_or(0)
    }

    #[inline]
    fn port(&self, conn: usize, port: usize) -> *mut u8 {
        let width = self.width(conn);
        assert!(port < width, "port {port} of {width}");
        // SAFETY: the connection has `width` port records.
        unsafe {
            let ports: *mut *mut u8 = self
                .conn(conn)
                .add(offset::conn::PORT)
                .cast::<*mut *mut u8>()
                .read();
            *ports.add(port)
        }
    }

    /// Voltage at a port, V.
    pub fn input(&self, conn: usize) -> f64 {
        // SAFETY: a port record of the simulator; analog inputs are doubles.
        unsafe {
            self.port(conn, 0)
                .add(offset::port::INPUT)
                .cast::<f64>()
                .read()
        }
    }

    /// Sets a port's output: a current in A, or a voltage in V.
    pub fn set_output(&mut self, conn: usize, port: usize, value: f64) {
        // SAFETY: a port record of the simulator; analog outputs are doubles.
        unsafe {
            self.port(conn, port)
                .add(offset::port::OUTPUT)
                .cast::<f64>()
                .write(value)
        }
    }

    /// Sets the derivative of an output (first port of `of`) to an input (first port of `to`).
    pub fn set_partial(&mut self, of: usize, to: usize, value: f64) {
        // SAFETY: the simulator allots one double for each pair of an output and an input port.
        unsafe { self.derivative::<f64>(of, to, 0).write(value) }
    }

    /// Sets the small-signal gain from an input to an output.
    pub fn set_gain(&mut self, of: usize, to: usize, value: Complex64) {
        // SAFETY: the simulator allots one pair of doubles for each pair of ports.
        unsafe {
            self.derivative::<[f64; 2]>(of, to, 1)
                .write([value.re, value.im])
        }
    }

    /// Address of the `which`-th kind of derivative (0 partial, 1 gain).
    #[inline]
    fn derivative<T>(&self, of: usize, to: usize, which: usize) -> *mut T {
        assert!(self.is_connected(to), "derivative to a null connection");
        let port = self.port(of, 0);
        // SAFETY: see `offset::port`; tables of one pointer for each connection, each pointing to
        // one value for each port.
        unsafe {
            let first = port
                .add(offset::port::PARTIAL_OR_EVENT)
                .cast::<*mut *mut T>();
            let first = first.add(usize::from(first.read().is_null()));
            let table = first.add(which).read();
            *table.add(to)
        }
    }

    /// The parameter with this number.
    pub fn parameter(&self, index: usize) -> Value {
        let record = self.entry(offset::PARAM, index, self.card.parameters.len());
        // SAFETY: a parameter record of the simulator, of the declared type.
        unsafe { value(record, self.card.parameters[index].kind) }
    }

    fn parameters(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.card.parameters.len()).map(|i| self.parameter(i))
    }

    /// The parameters of the instance.
    pub fn given(&self) -> Given {
        Given::new(
            self.card.name,
            self.card.parameters,
            self.parameters().collect(),
        )
        .at_celsius(self.get(offset::TEMPERATURE))
    }

    /// The same as [`Given::fingerprint`] without keeping the values.
    pub fn fingerprint(&self) -> u64 {
        given::fingerprint(
            self.parameters(),
            self.get::<f64>(offset::TEMPERATURE) + given::ZERO_CELSIUS,
        )
    }

    fn saved(&self) -> Saved {
        Saved {
            table: self.get(offset::INST_VAR + self.shift),
            card: self.card,
        }
    }

    /// The word the simulator keeps for the instance.
    pub fn handle(&self) -> usize {
        self.saved().handle()
    }

    /// Keeps a word until the instance goes.
    pub fn set_handle(&mut self, handle: usize) {
        self.saved().set_handle(handle);
    }

    /// Has `farewell` called when the instance goes.
    pub fn on_removal(&mut self, farewell: Farewell) {
        let place: *mut Option<Farewell> = self.get(offset::CALLBACK + self.shift);
        if !place.is_null() {
            // SAFETY: the simulator passes the address of the instance's callback.
            unsafe { place.write(Some(farewell)) }
        }
    }
}

/// The numbers an instance shows as `@instance[name]`.
pub struct Saved {
    table: *mut *mut u8,
    card: &'static Card,
}

impl Saved {
    /// Those of an instance outside a call of its model function.
    ///
    /// # Safety
    /// `instance` is an instance (MIFinstance) of the model `card`.
    pub unsafe fn of(instance: *mut c_void, card: &'static Card) -> Saved {
        // SAFETY: the start of the structure is the same in every release.
        let table = unsafe {
            instance
                .cast::<u8>()
                .add(offset::instance::INST_VAR)
                .cast::<*mut *mut u8>()
                .read()
        };
        Saved { table, card }
    }

    #[inline]
    fn element(&self, index: usize) -> *mut f64 {
        assert!(index < self.card.readouts.len());
        // SAFETY: the simulator allots a record with one element of 16 bytes for each readout of
        // the card.
        unsafe {
            let record = *self.table.add(index);
            record
                .add(offset::inst_var::ELEMENT)
                .cast::<*mut f64>()
                .read()
        }
    }

    /// Sets what `@instance[name]` shows.
    pub fn set(&mut self, index: usize, value: f64) {
        // SAFETY: see `element`.
        unsafe { self.element(index).write(value) }
    }

    /// The last readout is no number but a word that belongs to the instance. The simulator
    /// zeroes it when it makes the instance.
    pub fn handle(&self) -> usize {
        // SAFETY: see `element`.
        unsafe {
            self.element(self.card.readouts.len() - 1)
                .cast::<usize>()
                .read()
        }
    }

    fn set_handle(&mut self, handle: usize) {
        // SAFETY: see `element`.
        unsafe {
            self.element(self.card.readouts.len() - 1)
                .cast::<usize>()
                .write(handle)
        }
    }
}
