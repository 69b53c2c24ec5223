//! CODATA 2018 values (exact since the 2019 revision of the SI, except the permittivity).

/// Elementary charge, coulomb.
pub const ELEMENTARY_CHARGE: f64 = 1.602_176_634e-19;
/// Boltzmann constant, joule per kelvin.
pub const BOLTZMANN: f64 = 1.380_649e-23;
/// Avogadro constant, per mole.
pub const AVOGADRO: f64 = 6.022_140_76e23;
/// Faraday constant, coulomb per mole.
pub const FARADAY: f64 = ELEMENTARY_CHARGE * AVOGADRO;
/// Permittivity of vacuum, farad per metre.
pub const VACUUM_PERMITTIVITY: f64 = 8.854_187_812_8e-12;
