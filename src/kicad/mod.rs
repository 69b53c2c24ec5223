//! What KiCad needs to use a part: symbols that know their simulation model, and a row in the user's
//! table of symbol libraries. The model itself is the library file that [`crate::netlist`] makes.
//!
//! | module | what it holds |
//! |---|---|
//! | [`symbol`] | cards as a symbol library, `*.kicad_sym` |
//! | [`library_table`] | our row in `sym-lib-table`, put in and taken out to the byte |

pub mod library_table;
pub mod symbol;
mod text;
