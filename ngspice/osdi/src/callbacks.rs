//! The functions of a descriptor. Each finds the instance behind the host's block and calls it;
//! nothing that happens inside unwinds into the host.

use crate::abi::{
    LEVEL_ERROR, LEVEL_WARNING, Log, OUT_OF_BOUNDS, Request, SetupError, SetupResult,
    SimulatorParameters, access, outcome, wanted,
};
use crate::element::Mode;
use crate::instance::{self, Host, Instance, Task};
use crate::memory::{InstanceBlock, ModelBlock, OF_INSTANCE, Tables};
use crate::model::Model;
use ncm::parameter::ParameterError;
use ncm_parts::given::netlist_name;
use ncm_parts::{Given, Kind, Value};
use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Block = *mut c_void;

/// Runs `action`; a panic becomes `otherwise`.
fn guard<T>(otherwise: T, action: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or(otherwise)
}

/// Prints through the host, or to standard error if it has not said how.
fn log(handle: *mut c_void, level: u32, text: &str) {
    let host = crate::osdi_log.load(std::sync::atomic::Ordering::Acquire);
    match (host.is_null(), CString::new(format!("{text}\n"))) {
        (false, Ok(text)) => {
            // SAFETY: the host has stored its own function there, of this type. VACASK frees the text,
            // so it comes from C's allocator; ngspice keeps it.
            unsafe {
                let host = std::mem::transmute::<*mut c_void, Log>(host);
                let text = libc::strdup(text.as_ptr());
                if !text.is_null() {
                    host(handle, text, level);
                }
            }
        }
        _ => crate::say(text),
    }
}

/// Where a parameter or a read-out stands.
///
/// # Safety
/// Called by the host with blocks of `model`, or null.
pub unsafe fn access(
    model: &'static Model,
    instance: Block,
    card: Block,
    id: u32,
    flags: u32,
) -> *mut c_void {
    guard(std::ptr::null_mut(), || {
        let set = flags & access::SET != 0;
        // SAFETY: the caller's promise.
        let (instance, card) = unsafe { (InstanceBlock::new(instance), ModelBlock::new(card)) };
        let parameters = OF_INSTANCE + model.parameters.len() as u32;
        if id < OF_INSTANCE && (flags & access::INSTANCE != 0 || card.is_none()) {
            return instance.map_or(std::ptr::null_mut(), |i| i.multiplicity(set).cast());
        }
        if id < parameters {
            // SAFETY: a parameter of the model, as just checked.
            return card.map_or(std::ptr::null_mut(), |c| unsafe { c.parameter(id, set) });
        }
        let index = (id - parameters) as usize;
        match instance {
            Some(block) if index < model.quantities.len() => {
                // SAFETY: the host asks between evaluations.
                if let Some(instance) = unsafe { instance::of(block) } {
                    instance.watch(block);
                }
                block.read_out(index).cast()
            }
            _ => std::ptr::null_mut(),
        }
    })
}

/// Nothing to do: a card is judged together with its instances, which can name themselves.
///
/// # Safety
/// Called by the host.
pub unsafe extern "C" fn setup_model(
    _handle: *mut c_void,
    _card: Block,
    _parameters: *const SimulatorParameters,
    result: *mut SetupResult,
) {
    // SAFETY: a place for the result.
    unsafe { succeed(result) }
}

/// # Safety
/// `result` is a place for a result.
unsafe fn succeed(result: *mut SetupResult) {
    // SAFETY: the caller's promise; the host does not initialise it.
    unsafe {
        result.write(SetupResult {
            flags: 0,
            error_count: 0,
            errors: std::ptr::null_mut(),
        });
    }
}

/// Why an instance could not be set up.
enum Refusal {
    /// Its netlist name, and the message.
    Parameter(String, String),
    /// Not every terminal has a node.
    Terminals(u32),
}

/// Builds the instance and says which nodes merge.
///
/// # Safety
/// Called by the host with blocks of `model`.
pub unsafe fn setup_instance(
    model: &'static Model,
    handle: *mut c_void,
    instance: Block,
    card: Block,
    host: Host,
    result: *mut SetupResult,
) {
    // SAFETY: a place for the result.
    unsafe { succeed(result) };
    // SAFETY: the caller's promise.
    let blocks = unsafe { InstanceBlock::new(instance).zip(ModelBlock::new(card)) };
    let Some((block, card)) = blocks else {
        return;
    };
    let built = guard(None, || {
        // SAFETY: the caller's promise.
        Some(unsafe { build(model, block, card, host) })
    });
    let flags = match built {
        Some(Ok(())) => return,
        Some(Err(Refusal::Parameter(name, message))) => {
            instance::remove(block);
            log(handle, LEVEL_ERROR, &message);
            let parameter = model.parameter(&name);
            // SAFETY: room for one error, which the host frees.
            unsafe {
                let errors: *mut SetupError = libc::malloc(size_of::<SetupError>()).cast();
                if !errors.is_null() {
                    errors.write(SetupError {
                        code: OUT_OF_BOUNDS,
                        parameter,
                    });
                    (*result).errors = errors;
                    (*result).error_count = 1;
                    return;
                }
            }
            outcome::FATAL
        }
        Some(Err(Refusal::Terminals(wanted))) => {
            instance::remove(block);
            log(
                handle,
                LEVEL_ERROR,
                &format!(
                    "{}: {} of {wanted} terminals are connected; connect all of them",
                    model.name.to_string_lossy(),
                    host.terminals
                ),
            );
            outcome::FATAL
        }
        None => {
            instance::remove(block);
            log(
                handle,
                LEVEL_ERROR,
                "internal error in ncm; please report the netlist",
            );
            outcome::FATAL
        }
    };
    // SAFETY: as above.
    unsafe { (*result).flags = flags }
}

/// # Safety
/// The blocks are those of an instance of `model` and of its card.
unsafe fn build(
    model: &'static Model,
    block: InstanceBlock,
    card: ModelBlock,
    host: Host,
) -> Result<(), Refusal> {
    if host.terminals < model.topology.terminals {
        return Err(Refusal::Terminals(model.topology.terminals));
    }
    // SAFETY: the caller's promise.
    let (given, multiplicity) = unsafe { (read(model, card), read_multiplicity(block, card)) };
    let given = given.at(host.temperature_k);
    let refuse = |error: ParameterError| {
        Refusal::Parameter(netlist_name(&error.parameter), given.explain(&error))
    };
    if !(multiplicity > 0.0 && multiplicity.is_finite()) {
        return Err(refuse(ParameterError::new(
            "$mfactor",
            multiplicity,
            "above 0 and finite",
        )));
    }
    // SAFETY: the block is of this model.
    let tables = unsafe { block.tables(&model.layout) };
    // SAFETY: the host sets the instance up and does nothing else with it meanwhile.
    let earlier = unsafe { instance::of(block) };
    if let Some(earlier) = earlier {
        if earlier.is_made_of(model, &given) {
            // A host calls again for every analysis.
            earlier.adjust(multiplicity, host);
            tables.set_merges(&earlier.element.wiring().collapsed);
            return Ok(());
        }
    }
    let element = model.element(&given).map_err(refuse)?;
    let wanted = &element.wiring().collapsed;
    let present = tables.merges();
    // A host that renumbers has cleared the flags before; one that still has them set keeps its
    // numbering, and with it the number of inner states.
    if block.owner() != 0 && present.contains(&true) && present != *wanted {
        return Err(refuse(ParameterError::new(
            "slits",
            given.real("slits").unwrap_or(1.0),
            "as the circuit was set up with, like sections and whether esr is 0: the number of \
             inner states cannot change on the way; load the circuit anew",
        )));
    }
    tables.set_merges(wanted);
    tables.clear_residuals();
    Instance::new(model, given, element, multiplicity, host).settle(block);
    Ok(())
}

/// # Safety
/// A card of `model`.
unsafe fn read(model: &'static Model, card: ModelBlock) -> Given {
    let values = (OF_INSTANCE..)
        .zip(model.parameters)
        // SAFETY: a parameter of the model, of the declared type.
        .map(|(id, parameter)| unsafe {
            if !card.is_given(id) {
                return Value::Absent;
            }
            let at = card.parameter(id, false);
            match parameter.kind {
                Kind::Real => Value::Real(at.cast::<f64>().read()),
                Kind::Text => {
                    let text = at.cast::<*const c_char>().read();
                    if text.is_null() {
                        Value::Absent
                    } else {
                        Value::Text(CStr::from_ptr(text).to_string_lossy().into_owned())
                    }
                }
            }
        })
        .collect();
    Given::new(model.name(), model.parameters, values)
}

/// Of the instance, else of its card, else 1.
///
/// # Safety
/// An instance and its card.
unsafe fn read_multiplicity(block: InstanceBlock, card: ModelBlock) -> f64 {
    // SAFETY: both hold a number there.
    unsafe {
        if block.is_multiplicity_given() {
            *block.multiplicity(false)
        } else if card.is_given(0) {
            card.parameter(0, false).cast::<f64>().read()
        } else {
            1.0
        }
    }
}

/// Calls `action` with the instance, if there is one.
///
/// # Safety
/// Called by the host for an instance, not from two threads at once for the same one.
unsafe fn with<T>(
    at: Block,
    otherwise: T,
    action: impl FnOnce(&mut Instance, &Tables, InstanceBlock) -> T,
) -> T
where
    T: Copy,
{
    guard(otherwise, || {
        // SAFETY: the caller's promise.
        unsafe {
            let Some(block) = InstanceBlock::new(at) else {
                return otherwise;
            };
            let Some(instance) = instance::of(block) else {
                return otherwise;
            };
            let tables = block.tables(&instance.model.layout);
            action(instance, &tables, block)
        }
    })
}

/// # Safety
/// Called by the host.
pub unsafe extern "C" fn evaluate(
    handle: *mut c_void,
    instance: Block,
    _card: Block,
    request: *const Request,
) -> u32 {
    // SAFETY: the host's request and solution.
    unsafe {
        with(instance, outcome::FATAL, |instance, tables, block| {
            let Request {
                solution,
                flags,
                time,
                ..
            } = request.read();
            let asked = |flag: u32| flags & flag != 0;
            let analysis = wanted::DC
                | wanted::AC
                | wanted::TRANSIENT
                | wanted::NOISE
                | wanted::INITIAL
                | wanted::STATIC;
            // Only the flags for charges tell a transient step from the operating point before it.
            let charges = asked(wanted::REACTIVE_JACOBIAN | wanted::REACTIVE_RESIDUAL);
            let task = Task {
                mode: match asked(analysis) && !charges {
                    false => Mode::Dynamic,
                    // VACASK takes the small signal's conductances from this operating point; ngspice
                    // evaluates anew, and calls its operating points DC whatever comes after them.
                    true if asked(wanted::AC | wanted::NOISE) && !asked(wanted::DC) => {
                        Mode::Anchored
                    }
                    true => Mode::Static,
                },
                // ngspice says so in the first iteration; VACASK asks for nothing but charges before
                // its first step.
                initial: asked(wanted::TRANSIENT)
                    && asked(wanted::REACTIVE_RESIDUAL)
                    && (asked(wanted::INITIAL) && asked(wanted::STATIC)
                        || !asked(wanted::RESISTIVE_RESIDUAL)),
                read_outs: asked(wanted::READ_OUTS),
                time: (asked(wanted::TRANSIENT) && charges).then_some(time),
            };
            match instance.evaluate(tables, block, solution, task) {
                Ok(evaluated) => {
                    if evaluated.accepted {
                        for notice in instance.notices() {
                            log(handle, LEVEL_WARNING, &notice.to_string());
                        }
                    }
                    0
                }
                Err(_) => outcome::LIMITED,
            }
        })
    }
}

/// # Safety
/// Called by the host with room for every source.
pub unsafe extern "C" fn load_noise(instance: Block, _card: Block, _f: f64, densities: *mut f64) {
    // SAFETY: the caller's promise.
    unsafe {
        with(instance, (), |instance, _, _| {
            let count = instance.model.topology.sources.len();
            instance.noise(std::slice::from_raw_parts_mut(densities, count));
        });
    }
}

/// # Safety
/// Called by the host.
pub unsafe extern "C" fn load_residual_resistive(instance: Block, _card: Block, to: *mut f64) {
    // SAFETY: the host's array.
    unsafe {
        with(instance, (), |i, tables, _| {
            i.load_residual(tables, to, false)
        })
    }
}

/// # Safety
/// Called by the host.
pub unsafe extern "C" fn load_residual_reactive(instance: Block, _card: Block, to: *mut f64) {
    // SAFETY: the host's array.
    unsafe {
        with(instance, (), |i, tables, _| {
            i.load_residual(tables, to, true)
        })
    }
}

/// Nothing is limited.
///
/// # Safety
/// Called by the host.
pub unsafe extern "C" fn load_limit(_instance: Block, _card: Block, _to: *mut f64) {}

/// # Safety
/// Called by the host.
pub unsafe extern "C" fn load_rhs_dc(
    instance: Block,
    _card: Block,
    rhs: *mut f64,
    _solution: *const f64,
) {
    // SAFETY: the host's array.
    unsafe { with(instance, (), |i, tables, _| i.load_rhs(tables, rhs, 0.0)) }
}

/// # Safety
/// Called by the host.
pub unsafe extern "C" fn load_rhs_transient(
    instance: Block,
    _card: Block,
    rhs: *mut f64,
    _solution: *const f64,
    alpha: f64,
) {
    // SAFETY: the host's array.
    unsafe { with(instance, (), |i, tables, _| i.load_rhs(tables, rhs, alpha)) }
}

/// # Safety
/// Called by the host after it has bound its matrix.
pub unsafe extern "C" fn load_jacobian_resistive(instance: Block, _card: Block) {
    // SAFETY: the caller's promise.
    unsafe { with(instance, (), |i, tables, _| i.load_resistive(tables, 0)) }
}

/// # Safety
/// Called by the host after it has bound its matrix.
pub unsafe extern "C" fn load_jacobian_reactive(instance: Block, _card: Block, alpha: f64) {
    // SAFETY: the caller's promise.
    unsafe {
        with(instance, (), |i, tables, _| {
            i.load_reactive(tables, 0, alpha)
        })
    }
}

/// # Safety
/// Called by the host after it has bound its matrix.
pub unsafe extern "C" fn load_jacobian_transient(instance: Block, _card: Block, alpha: f64) {
    // SAFETY: the caller's promise.
    unsafe { with(instance, (), |i, tables, _| i.load_matrix(tables, alpha)) }
}

#[cfg(feature = "v04")]
pub mod newer {
    //! What version 0.4 adds.

    use super::*;

    /// # Safety
    /// Called by the host with a card.
    pub unsafe extern "C" fn given_in_model(card: Block, id: u32) -> u32 {
        // SAFETY: the caller's promise.
        unsafe { ModelBlock::new(card).is_some_and(|c| c.is_given(id)).into() }
    }

    /// # Safety
    /// Called by the host with an instance.
    pub unsafe extern "C" fn given_in_instance(instance: Block, id: u32) -> u32 {
        // SAFETY: the caller's promise.
        let block = unsafe { InstanceBlock::new(instance) };
        block
            .is_some_and(|b| id < OF_INSTANCE && b.is_multiplicity_given())
            .into()
    }

    /// # Safety
    /// Called by the host with room for every resistive entry.
    pub unsafe extern "C" fn write_resistive(instance: Block, _card: Block, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe {
            with(instance, (), |i, _, _| {
                let count = i.model.layout.entries as usize;
                i.write(false, std::slice::from_raw_parts_mut(to, count));
            });
        }
    }

    /// # Safety
    /// Called by the host with room for every reactive entry.
    pub unsafe extern "C" fn write_reactive(instance: Block, _card: Block, to: *mut f64) {
        // SAFETY: the caller's promise.
        unsafe {
            with(instance, (), |i, _, _| {
                let count = i.model.layout.reactive_entries as usize;
                i.write(true, std::slice::from_raw_parts_mut(to, count));
            });
        }
    }

    /// # Safety
    /// Called by the host after it has bound a matrix of blocks.
    pub unsafe extern "C" fn load_resistive_at(instance: Block, _card: Block, offset: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            with(instance, (), |i, tables, _| {
                i.load_resistive(tables, offset)
            })
        }
    }

    /// # Safety
    /// Called by the host after it has bound a matrix of blocks.
    pub unsafe extern "C" fn load_reactive_at(instance: Block, _card: Block, offset: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            with(instance, (), |i, tables, _| {
                i.load_reactive(tables, offset, 1.0)
            })
        }
    }

    /// White noise: the power alone.
    ///
    /// # Safety
    /// Called by the host with room for every source.
    pub unsafe extern "C" fn load_noise_parameters(
        instance: Block,
        card: Block,
        powers: *mut f64,
        exponents: *mut f64,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            load_noise(instance, card, 0.0, powers);
            with(instance, (), |i, _, _| {
                let count = i.model.topology.sources.len();
                std::slice::from_raw_parts_mut(exponents, count).fill(0.0);
            });
        }
    }
}
