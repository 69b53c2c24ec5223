//! A device that is compiled into the simulator: its table shows how this simulator lays out
//! devices, whatever code models it was given to load.

use super::donor::device;
use super::image::Image;

/// Description of the built-in resistor, which is the same in every release.
const RESISTOR: &[u8] = b"\0Simple linear resistor\0";

/// The extra offset of function pointers (0 or `device::OSDI_SHIFT`) in the simulator that owns
/// the table of functions at `core`; `None` if its built-in resistor is not found.
pub fn function_shift(images: &[Image], core: usize) -> Option<usize> {
    let simulator = images
        .iter()
        .find(|image| image.read::<usize>(core).is_some())?;
    let description = simulator.find(RESISTOR)? + 1;
    let table = simulator.find_word(description)? - device::DESCRIPTION;
    simulator.string(simulator.read(table + device::NAME)?)?;

    // The resistor's function for instance parameters stands right before the one for models.
    let is_code = |at: usize| {
        simulator
            .read(table + at)
            .is_some_and(|f| simulator.is_code(f))
    };
    let has_functions = |shift: usize| {
        is_code(device::MOD_PARAM - 8 + shift)
            && is_code(device::MOD_PARAM + shift)
            && is_code(device::LOAD + shift)
    };
    if has_functions(0) {
        Some(0)
    } else {
        has_functions(device::OSDI_SHIFT).then_some(device::OSDI_SHIFT)
    }
}
