//! Our device tables, built at run time in the layout of the simulator that asks.

use crate::host::donor::{Donor, ParamInfo, device};
use ncm_parts::{Kind, Parameter, Quantity};
use std::ffi::{CStr, c_int, c_void};

/// Function of a model as the simulator calls it; the argument is Mif_Private.
pub type ModelFunction = unsafe extern "C" fn(*mut c_void);

/// Device function for all instances of a kind (GENmodel*, CKTcircuit*).
pub type DeviceFunction = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;

/// Device function that reads a saved quantity of one instance
/// (CKTcircuit*, GENinstance*, which, IFvalue*, IFvalue*).
pub type AskFunction =
    unsafe extern "C" fn(*mut c_void, *mut c_void, c_int, *mut c_void, *mut c_void) -> c_int;

/// Which way a connection works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// `%gd`: voltage between two nodes in, current through them out.
    Branch,
    /// `%vd`: voltage between two nodes in, no current.
    Sense,
    /// `%v` vector: voltage sources to ground.
    Outputs,
}

/// One connection of a model, in the order of the netlist.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    pub name: &'static CStr,
    pub description: &'static CStr,
    pub port: Port,
    /// May be `null` in the netlist.
    pub optional: bool,
}

/// The word by which an instance is found again; the simulator keeps it among the read-outs.
pub const HANDLE: Quantity = Quantity {
    name: c"handle",
    description: c"internal",
};

/// Everything the simulator is told of a model.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    pub name: &'static CStr,
    pub description: &'static CStr,
    pub connections: &'static [Connection],
    pub parameters: &'static [Parameter],
    pub readouts: &'static [Quantity],
    pub function: ModelFunction,
    pub ask: AskFunction,
    pub prepare: DeviceFunction,
}

// Codes of the interface, the same in every release.
const DIRECTION_IN: i32 = 0;
const DIRECTION_OUT: i32 = 1;
const DIRECTION_INOUT: i32 = 2;
const PORT_VOLTAGE: i32 = 0;
const PORT_VOLTAGE_DIFFERENCE: i32 = 1;
const PORT_CONDUCTANCE_DIFFERENCE: i32 = 6;
const DATA_BOOLEAN: i32 = 0;
const DATA_REAL: i32 = 2;
const DATA_STRING: i32 = 4;
const PARSE_FLAG: i32 = 0x1;
const PARSE_REAL: i32 = 0x4;
const PARSE_STRING: i32 = 0x20;
const PARSE_SET: i32 = 0x2000;
const PARSE_ASK: i32 = 0x1000;

const CONN_SIZE: usize = 80;
const INST_VAR_SIZE: usize = 24;
const PARSER_ENTRY_SIZE: usize = 24;

/// A zeroed block that lives as long as the process: the simulator keeps pointers into it and
/// never says when it is done.
struct Block {
    start: *mut u8,
    size: usize,
}

impl Block {
    fn new(size: usize) -> Self {
        // Words, so that the block is aligned for every field.
        let words = vec![0u64; size.div_ceil(8)].leak();
        Block {
            start: words.as_mut_ptr().cast(),
            size: words.len() * 8,
        }
    }

    fn put<T: Copy>(&mut self, offset: usize, value: T) {
        assert!(offset + size_of::<T>() <= self.size && offset % align_of::<T>() == 0);
        // SAFETY: inside the block and aligned, as just checked; the block is ours until it is
        // handed over.
        unsafe { self.start.add(offset).cast::<T>().write(value) }
    }

    fn put_text(&mut self, offset: usize, text: &'static CStr) {
        self.put(offset, text.as_ptr());
    }
}

/// Builds one device as a copy of the donor's with our own public part.
///
/// `load` takes the place of the device function that stamps all instances.
pub fn device(card: &Card, donor: &Donor, load: DeviceFunction) -> *mut c_void {
    let mut table = Block::new(device::SIZE.max(donor.device.len()));
    for (i, byte) in donor.device.iter().enumerate() {
        table.put(i, *byte);
    }
    table.put_text(device::NAME, card.name);
    table.put_text(device::DESCRIPTION, card.description);
    for unused in [device::TERMS, device::NUM_NAMES, device::TERM_NAMES] {
        table.put(unused, 0usize);
    }
    let parameter_count = count(parameter_count(card));
    let readout_count = count(card.readouts.len());
    table.put(device::NUM_INSTANCE_PARMS, counter(readout_count));
    table.put(device::INSTANCE_PARMS, instance_keywords(card));
    table.put(device::NUM_MODEL_PARMS, counter(parameter_count));
    table.put(device::MODEL_PARMS, model_keywords(card));
    table.put(device::FUNCTION, card.function);
    table.put(device::NUM_CONN, count(card.connections.len()));
    table.put(device::CONN, connections(card));
    table.put(device::NUM_PARAM, parameter_count);
    table.put(device::PARAM, parameters(card, donor.param_info));
    table.put(device::NUM_INST_VAR, readout_count);
    table.put(device::INST_VAR, readouts(card));
    table.put(device::LOAD + donor.shift, load);
    table.put(device::ASK + donor.shift, card.ask);
    table.put(device::TEMPERATURE + donor.shift, card.prepare);
    table.start.cast()
}

/// A parameter of ours behind those of the card, by its reserved name: ngspice 47 asks models that
/// have it for their noise, unless it is set to false.
const NOISE: &CStr = c"noise_programmatic";

const NOISE_MEANING: &CStr = c"whether the resistances are noisy (ngspice 47)";

/// Parameters as the simulator counts them.
pub fn parameter_count(card: &Card) -> usize {
    card.parameters.len() + 1
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(0)
}

/// A counter that is passed by address.
fn counter(n: i32) -> *mut u8 {
    let mut block = Block::new(8);
    block.put(0, n);
    block.start
}

/// Keywords the parser accepts in a `.model` line.
fn model_keywords(card: &Card) -> *mut u8 {
    let mut block = Block::new(PARSER_ENTRY_SIZE * parameter_count(card));
    for (i, p) in card.parameters.iter().enumerate() {
        let at = PARSER_ENTRY_SIZE * i;
        block.put_text(at, p.name);
        block.put(at + 8, count(i));
        let kind = match p.kind {
            Kind::Real => PARSE_REAL,
            Kind::Text => PARSE_STRING,
        };
        block.put(at + 12, kind | PARSE_SET | PARSE_ASK);
        block.put_text(at + 16, p.description);
    }
    let last = card.parameters.len();
    let at = PARSER_ENTRY_SIZE * last;
    block.put_text(at, NOISE);
    block.put(at + 8, count(last));
    block.put(at + 12, PARSE_FLAG | PARSE_SET | PARSE_ASK);
    block.put_text(at + 16, NOISE_MEANING);
    block.start
}

/// Names that can be saved and printed; their numbers follow those of the parameters.
fn instance_keywords(card: &Card) -> *mut u8 {
    let mut block = Block::new(PARSER_ENTRY_SIZE * card.readouts.len());
    for (i, r) in card.readouts.iter().enumerate() {
        let at = PARSER_ENTRY_SIZE * i;
        block.put_text(at, r.name);
        block.put(at + 8, count(parameter_count(card) + i));
        block.put(at + 12, PARSE_REAL | PARSE_ASK);
        block.put_text(at + 16, r.description);
    }
    block.start
}

fn readouts(card: &Card) -> *mut u8 {
    let mut block = Block::new(INST_VAR_SIZE * card.readouts.len());
    for (i, r) in card.readouts.iter().enumerate() {
        let at = INST_VAR_SIZE * i;
        block.put_text(at, r.name);
        block.put_text(at + 8, r.description);
        block.put(at + 16, DATA_REAL);
    }
    block.start
}

fn connections(card: &Card) -> *mut u8 {
    let mut block = Block::new(CONN_SIZE * card.connections.len());
    for (i, c) in card.connections.iter().enumerate() {
        let at = CONN_SIZE * i;
        let (direction, port, name) = match c.port {
            Port::Branch => (DIRECTION_INOUT, PORT_CONDUCTANCE_DIFFERENCE, c"gd"),
            Port::Sense => (DIRECTION_IN, PORT_VOLTAGE_DIFFERENCE, c"vd"),
            Port::Outputs => (DIRECTION_OUT, PORT_VOLTAGE, c"v"),
        };
        // One allowed type each: its code and its name, passed by address.
        let mut code = Block::new(8);
        code.put(0, port);
        let mut names = Block::new(8);
        names.put_text(0, name);
        block.put_text(at, c.name);
        block.put_text(at + 8, c.description);
        block.put(at + 16, direction);
        block.put(at + 20, port);
        block.put_text(at + 24, name);
        block.put(at + 32, 1i32);
        block.put(at + 40, code.start);
        block.put(at + 48, names.start);
        block.put(at + 56, i32::from(c.port == Port::Outputs));
        block.put(at + 76, i32::from(c.optional));
    }
    block.start
}

/// Parameters as the simulator checks them. Everything may be left out and nothing is limited
/// here: what is missing or out of range is told by us, with a better message.
fn parameters(card: &Card, layout: ParamInfo) -> *mut u8 {
    let mut block = Block::new(layout.size() * parameter_count(card));
    let described = |p: &Parameter| {
        let code = match p.kind {
            Kind::Real => DATA_REAL,
            Kind::Text => DATA_STRING,
        };
        (p.name, p.description, code)
    };
    let noise = (NOISE, NOISE_MEANING, DATA_BOOLEAN);
    let all = card.parameters.iter().map(described).chain([noise]);
    for (i, (name, description, code)) in all.enumerate() {
        let at = layout.size() * i;
        block.put_text(at, name);
        block.put_text(at + 8, description);
        block.put(at + 16, code);
        // Older releases refuse a parameter without a default although null is allowed; the
        // default itself, all zero, never counts because the parameter stays marked as null.
        match layout {
            ParamInfo::DefaultInPlace => {
                block.put(at + 20, 1i32);
                block.put(at + 188, 1i32);
            }
            ParamInfo::DefaultByPointer => {
                if code != DATA_STRING {
                    block.put(at + 20, 1i32);
                    block.put(at + 24, Block::new(16).start);
                }
                block.put(at + 108, 1i32);
            }
        }
    }
    block.start
}

/// The addresses of all devices in one table.
pub fn device_list(devices: &[*mut c_void]) -> *mut *mut c_void {
    let mut block = Block::new(8 * devices.len().max(1));
    for (i, d) in devices.iter().enumerate() {
        block.put(8 * i, *d);
    }
    block.start.cast()
}
