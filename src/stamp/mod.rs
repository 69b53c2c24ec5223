//! The two-terminal companion of a cell for one trial time step.
