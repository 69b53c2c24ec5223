//! Two ions of finite size in a uniform solvent.

use super::constants::{AVOGADRO, BOLTZMANN, ELEMENTARY_CHARGE, FARADAY, VACUUM_PERMITTIVITY};
use crate::parameter::{ParameterError, check_range};

/// One kind of ion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ion {
    /// Charge number, positive for the first ion and negative for the second.
    pub valence: i32,
    /// Diffusivity, m2/s.
    pub diffusivity: f64,
    /// Size a, metre: one ion takes the volume a^3. Zero: a point ion.
    pub size: f64,
}

/// A binary electrolyte.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Electrolyte {
    /// Cation, anion.
    pub ions: [Ion; 2],
    /// Concentration of the salt in the open electrolyte, mol/m3.
    pub concentration: f64,
    /// Relative permittivity.
    pub permittivity: f64,
    /// Temperature, kelvin.
    pub temperature: f64,
}

impl Default for Electrolyte {
    /// KCl 1 mol/l in water at 298.15 K with bare ions (a = 0.36 nm).
    fn default() -> Self {
        let ion = |valence, diffusivity| Ion {
            valence,
            diffusivity,
            size: 0.36e-9,
        };
        Self {
            ions: [ion(1, 1.96e-9), ion(-1, 2.03e-9)],
            concentration: 1000.0,
            permittivity: 78.5,
            temperature: 298.15,
        }
    }
}

impl Electrolyte {
    /// kT/e, volt.
    pub fn thermal_voltage(&self) -> f64 {
        BOLTZMANN * self.temperature / ELEMENTARY_CHARGE
    }

    /// Permittivity, F/m.
    pub fn absolute_permittivity(&self) -> f64 {
        self.permittivity * VACUUM_PERMITTIVITY
    }

    /// Ions per formula unit of salt: the smallest numbers that make the salt neutral.
    pub fn stoichiometry(&self) -> [f64; 2] {
        let (a, b) = (
            self.ions[0].valence.unsigned_abs(),
            self.ions[1].valence.unsigned_abs(),
        );
        let (mut g, mut rest) = (a, b);
        while rest != 0 {
            (g, rest) = (rest, g % rest);
        }
        let g = g.max(1);
        [f64::from(b / g), f64::from(a / g)]
    }

    /// Volume of one ion times the number density of the salt, for each ion.
    pub fn packing(&self) -> [f64; 2] {
        self.ions
            .map(|ion| ion.size.powi(3) * AVOGADRO * self.concentration)
    }

    /// Volume fraction nu of ions in the open electrolyte.
    pub fn bulk_volume_fraction(&self) -> f64 {
        let s = self.stoichiometry();
        let p = self.packing();
        s[0] * p[0] + s[1] * p[1]
    }

    /// Debye length, metre: sqrt(eps kT / (e F sum z^2 c)).
    pub fn debye_length(&self) -> f64 {
        let s = self.stoichiometry();
        let strength: f64 = (0..2)
            .map(|k| f64::from(self.ions[k].valence).powi(2) * s[k] * self.concentration)
            .sum();
        (self.absolute_permittivity() * self.thermal_voltage() / (FARADAY * strength)).sqrt()
    }

    /// Refuses what the equations cannot describe.
    pub fn check(&self) -> Result<(), ParameterError> {
        for (ion, name) in self.ions.iter().zip(["cation", "anion"]) {
            let sign = if name == "cation" { 1 } else { -1 };
            let z = ion.valence * sign;
            if !(1..=4).contains(&z) {
                let allowed = if sign > 0 { "1 to 4" } else { "-4 to -1" };
                return Err(ParameterError::new(
                    format!("{name}_valence"),
                    ion.valence,
                    allowed,
                ));
            }
            check_range(
                &format!("{name}_diffusivity_m2_s"),
                ion.diffusivity,
                1e-14,
                1e-6,
                "m2/s",
            )?;
            check_range(&format!("{name}_size_nm"), ion.size * 1e9, 0.0, 3.0, "nm")?;
        }
        check_range(
            "concentration_mol_l",
            self.concentration / 1000.0,
            1e-6,
            20.0,
            "mol/l",
        )?;
        check_range("permittivity", self.permittivity, 1.0, 1000.0, "")?;
        check_range("temperature_K", self.temperature, 200.0, 1000.0, "K")?;
        let nu = self.bulk_volume_fraction();
        if nu >= 0.95 {
            return Err(ParameterError::new(
                "concentration_mol_l",
                self.concentration / 1000.0,
                format!(
                    "below {:.4} mol/l with these ion sizes: the ions' volume fraction nu must stay below 1 (here {nu:.3}; 0.95 at most in the open electrolyte)",
                    self.concentration / 1000.0 * 0.95 / nu
                ),
            ));
        }
        Ok(())
    }
}
