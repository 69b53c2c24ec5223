//! One CV cycle in ngspice: our element, the native ladder of constant R and C, and the same ladder
//! with `R={...}`.
//!
//! `cargo bench --bench ngspice`
//!
//! Like against like: `ncm_electrode` of N slits (gamma = 0.5) against one native ladder of N
//! resistors and N capacitors, `ncm_cell` of N slits per electrode against two such ladders back to
//! back. All decks have the same options and a largest step that fixes the time points; numbers of
//! accepted points and Newton iterations are ngspice's own. Whole processes are timed, start and
//! reading of the deck included, on one thread, in turns, the best of several.
//!
//! Uses every release that scripts/ngspice-versions.sh has fetched, else the installed ngspice.

#[path = "support/native.rs"]
mod native;
#[path = "support/process.rs"]
mod process;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use native::native;
use ncm::law::LawKind;
use ncm::simulator::Ngspice;
use process::{Cost, Failure, run};
use support::half_cell::{HalfCell, Way};

/// A way of writing the part between the nodes `in` and ground.
struct Variant {
    name: &'static str,
    slits: usize,
    deck: String,
}

/// The whole deck: 0 to `v_top` and back in 200 us, in `points` steps at least.
fn deck(part: &str, v_top: f64, points: u32) -> String {
    let h = 200e-6 / f64::from(points);
    format!(
        "* speed of a CV cycle\nvin in 0 pwl(0 0 100u {v_top} 200u 0)\n{part}.tran {h:e} 200u 0 {h:e}\n\
         .options acct\n.save i(vin)\n.end\n"
    )
}

/// Runs the variants in turns; the best of each.
fn compare(
    ngspice: &Ngspice,
    home: &Path,
    variants: &[Variant],
    turns: usize,
) -> Result<Vec<Cost>, Failure> {
    let mut best: Vec<Option<Cost>> = vec![None; variants.len()];
    for _ in 0..turns {
        for (variant, best) in variants.iter().zip(&mut best) {
            let cost = run(ngspice, home, &variant.deck)?;
            *best = Some(cost.or_less(*best));
        }
    }
    Ok(best.into_iter().flatten().collect())
}

/// A row per variant, with the ratio to variant `reference`.
fn print(variants: &[Variant], costs: &[Cost], reference: impl Fn(usize) -> usize) {
    println!(
        "| slits | part | accepted points | Newton iterations | wall, s | CPU, s | wall ratio | CPU ratio |\n\
         |---|---|---|---|---|---|---|---|"
    );
    for (k, (variant, cost)) in variants.iter().zip(costs).enumerate() {
        let to = costs[reference(k)];
        println!(
            "| {} | {} | {} | {} | {:.3} | {:.3} | {:.2} | {:.2} |",
            variant.slits,
            variant.name,
            cost.points,
            cost.iterations,
            cost.wall_s,
            cost.cpu_s,
            cost.wall_s / to.wall_s,
            cost.cpu_s / to.cpu_s
        );
    }
    println!();
}

fn measure(ngspice: &Ngspice, model: &Path) -> Result<(), Failure> {
    let room = process::home(model, "")?;
    let home = room.path();
    println!(
        "ngspice {} ({} points wanted, reltol 1e-3)\n",
        ngspice.version(),
        1000
    );
    let mut variants = Vec::new();
    for slits in [200, 2000] {
        let half = HalfCell::of_the_paper(LawKind::Linear, 0.5, slits);
        let mut add = |name, part: String, v_top| {
            variants.push(Variant {
                name,
                slits,
                deck: deck(&part, v_top, 1000),
            });
        };
        add(
            "native R, C, one ladder",
            native(&half, "x", "in", "0"),
            0.2,
        );
        add(
            "ncm_electrode",
            half.netlist(Way::Electrode, "in", "0"),
            0.2,
        );
        add(
            "native R, C, two ladders",
            native(&half, "x", "in", "bulk") + &native(&half, "y", "0", "bulk"),
            0.4,
        );
        add("ncm_cell", half.netlist(Way::Cell, "in", "0"), 0.4);
    }
    let costs = compare(ngspice, home, &variants, 5)?;
    print(&variants, &costs, |k| k - k % 2);
    Ok(())
}

fn measure_expressions(ngspice: &Ngspice, model: &Path) -> Result<(), Failure> {
    let room = process::home(model, "")?;
    let home = room.path();
    println!(
        "ngspice {}, against R={{...}} (100 points wanted)\n",
        ngspice.version()
    );
    let half = HalfCell::of_the_paper(LawKind::Linear, 0.5, 2000);
    let variants = [
        ("R={...}, C", Way::Plain),
        ("ncm_electrode", Way::Electrode),
    ]
    .map(|(name, way)| Variant {
        name,
        slits: half.slits,
        deck: deck(&half.netlist(way, "in", "0"), 0.2, 100),
    });
    let costs = compare(ngspice, home, &variants, 1)?;
    print(&variants, &costs, |_| 1);
    Ok(())
}

fn main() -> Result<(), Failure> {
    let model: PathBuf = support::code_model().canonicalize()?;
    let found = process::releases()?;
    println!(
        "CV cycle, 0 to 0.2 V per electrode and back in 0.2 ms; R = 5 ohm, C = 80 nF, gamma = 0.5 in our element, 0 in the native ladder\n"
    );
    for ngspice in &found {
        measure(ngspice, &model)?;
    }
    measure_expressions(&found[0], &model)
}
