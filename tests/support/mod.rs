//! What the tests share that run real ngspice.

use ncm::simulator::Ngspice;

/// The ngspice of this machine. A test that needs it fails without it: `make test` installs it.
pub fn ngspice() -> Ngspice {
    Ngspice::find().unwrap_or_else(|error| panic!("{error}"))
}
