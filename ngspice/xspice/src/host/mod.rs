//! The simulator as it is found in memory.
//!
//! ngspice publishes no version of its code-model interface, and its structures differ between
//! releases and configure flags. So nothing here is compiled against one release: the layout is
//! read off a code model that the same simulator loaded before us (the *donor*).
//! `docs/xspice-interface.md` lists the layouts.
//!
//! | file | subject |
//! |---|---|
//! | [`image`] | loaded libraries, and reads that cannot leave them |
//! | [`builtin`] | what the simulator's own resistor tells of the layout |
//! | [`donor`] | which loaded library is a donor, and what it tells |
//! | [`services`] | functions the simulator offers to a running model |

pub mod builtin;
pub mod donor;
pub mod image;
pub mod services;
