//! Descriptors, built when the file is loaded.

use crate::abi::{
    Descriptor, JacobianEntry, NONE, Node, NodePair, NoiseSource, ParameterInfo, entry, parameter,
};
use crate::callbacks as on;
use crate::memory::{Layout, OF_INSTANCE};
use crate::model::Model;
use crate::slots::Slot;
use crate::topology::Topology;
use ncm_parts::Kind;
use std::ffi::{CStr, CString, c_char};

/// Hosts keep pointers into the tables for as long as they live.
fn keep<T>(table: Vec<T>) -> *const T {
    table.leak().as_ptr()
}

fn keep_text(text: &str) -> *const c_char {
    // Our own names have no zeros in them.
    CString::new(text).unwrap_or_default().into_raw()
}

/// The unit at the end of a description, `..., ohm`; none for bare numbers.
fn unit(description: &CStr) -> String {
    let text = description.to_string_lossy();
    match text.rsplit_once(", ") {
        Some((_, unit)) if ["ohm", "C", "F", "V", "J", "W"].contains(&unit) => unit.to_owned(),
        _ => String::new(),
    }
}

/// The descriptor of a model.
pub fn build(model: &'static Model, slot: Slot) -> Descriptor {
    let Model {
        topology, layout, ..
    } = model;
    Descriptor {
        name: model.name().as_ptr(),
        node_count: layout.nodes,
        terminal_count: topology.terminals,
        nodes: keep(nodes(topology, layout)),
        entry_count: layout.entries,
        entries: keep(entries(topology, layout)),
        collapsible_count: layout.merge_count,
        collapsible: topology.collapsible.as_ptr(),
        collapsed_offset: layout.merges,
        noise_sources: keep(
            topology
                .sources
                .iter()
                .map(|s| NoiseSource {
                    name: keep_text(&s.name),
                    nodes: s.nodes,
                })
                .collect(),
        ),
        noise_count: topology.sources.len() as u32,
        parameter_count: OF_INSTANCE + model.parameters.len() as u32,
        instance_parameter_count: OF_INSTANCE,
        read_out_count: model.quantities.len() as u32,
        parameters: keep(parameters(model)),
        node_mapping_offset: layout.node_numbers,
        resistive_pointers_offset: layout.resistive_pointers,
        state_count: 0,
        state_index_offset: layout.node_numbers,
        bound_step_offset: NONE,
        instance_size: layout.instance_size,
        model_size: layout.model_size,
        access: slot.access,
        setup_model: on::setup_model,
        setup_instance: slot.setup_instance,
        evaluate: on::evaluate,
        load_noise: on::load_noise,
        load_residual_resistive: on::load_residual_resistive,
        load_residual_reactive: on::load_residual_reactive,
        load_limit_resistive: on::load_limit,
        load_limit_reactive: on::load_limit,
        load_rhs_dc: on::load_rhs_dc,
        load_rhs_transient: on::load_rhs_transient,
        load_jacobian_resistive: on::load_jacobian_resistive,
        load_jacobian_reactive: on::load_jacobian_reactive,
        load_jacobian_transient: on::load_jacobian_transient,
        #[cfg(feature = "v04")]
        tail: tail(topology, layout),
    }
}

/// Units of a node's potential and of its currents.
fn unknown(node: &str) -> &'static CStr {
    if THERMAL.contains(&node) { c"K" } else { c"V" }
}

fn residual(node: &str) -> &'static CStr {
    if THERMAL.contains(&node) { c"W" } else { c"A" }
}

const THERMAL: [&str; 3] = ["tj", "ta", "temperature"];

fn nodes(topology: &Topology, layout: &Layout) -> Vec<Node> {
    (0..)
        .zip(&topology.nodes)
        .map(|(node, name)| Node {
            name: keep_text(name),
            units: unknown(name).as_ptr(),
            residual_units: residual(name).as_ptr(),
            resistive_residual: layout.resistive_residual(node),
            reactive_residual: layout.reactive_residual(node),
            resistive_limit: NONE,
            reactive_limit: NONE,
            is_flow: false,
        })
        .collect()
}

fn entries(topology: &Topology, layout: &Layout) -> Vec<JacobianEntry> {
    let mut next = 0;
    topology
        .entries
        .iter()
        .map(|&((row, col), reactive)| JacobianEntry {
            nodes: NodePair {
                node_1: row,
                node_2: col,
            },
            reactive_pointer: if reactive {
                next += 1;
                layout.reactive_pointer(next - 1)
            } else {
                NONE
            },
            flags: entry::RESISTIVE | if reactive { entry::REACTIVE } else { 0 },
        })
        .collect()
}

fn info(name: &'static CStr, description: &'static CStr, flags: u32) -> ParameterInfo {
    ParameterInfo {
        names: keep(vec![name.as_ptr()]),
        aliases: 0,
        description: description.as_ptr(),
        units: keep_text(&unit(description)),
        flags,
        length: 0,
    }
}

fn parameters(model: &'static Model) -> Vec<ParameterInfo> {
    let mut all = vec![info(
        c"$mfactor",
        c"number of such parts side by side",
        parameter::REAL | parameter::OF_INSTANCE,
    )];
    all.extend(model.parameters.iter().map(|p| {
        let kind = match p.kind {
            Kind::Real => parameter::REAL,
            Kind::Text => parameter::TEXT,
        };
        info(p.name, p.description, kind)
    }));
    all.extend(
        model
            .quantities
            .iter()
            .map(|q| info(q.name, q.description, parameter::REAL | parameter::READ_OUT)),
    );
    all
}

#[cfg(feature = "v04")]
fn tail(topology: &Topology, layout: &Layout) -> crate::abi::Tail {
    use crate::abi::{NatureRef, Tail};
    let natures = || {
        // None: the simulator's own tolerances hold.
        let none = |_| NatureRef { kind: 0, index: 0 };
        keep(topology.nodes.iter().map(none).collect::<Vec<_>>())
    };
    let inputs: Vec<NodePair> = (0..layout.nodes)
        .map(|node_1| NodePair {
            node_1,
            node_2: NONE,
        })
        .collect();
    Tail {
        given_in_model: on::newer::given_in_model,
        given_in_instance: on::newer::given_in_instance,
        resistive_entry_count: layout.entries,
        reactive_entry_count: layout.reactive_entries,
        write_jacobian_resistive: on::newer::write_resistive,
        write_jacobian_reactive: on::newer::write_reactive,
        input_count: layout.nodes,
        inputs: keep(inputs),
        load_jacobian_resistive_at: on::newer::load_resistive_at,
        load_jacobian_reactive_at: on::newer::load_reactive_at,
        unknown_natures: natures(),
        residual_natures: natures(),
        // White, all of them.
        noise_types: keep(vec![0; topology.sources.len()]),
        load_noise_parameters: on::newer::load_noise_parameters,
        module_flags: 0,
    }
}
