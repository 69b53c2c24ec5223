//! ngspice code models of the ncm kernel.
