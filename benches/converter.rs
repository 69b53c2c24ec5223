//! What a supercapacitor costs in a real deck: the hold-up converter of `examples/ngspice/holdup`
//! with an ideal capacitor and its ESR, with `ncm_cell` of 100 slits, and with electrodes of 60,000.
//!
//! `cargo bench --bench converter`
//!
//! As soon as a code model is loaded and used, ngspice sets `trtol` from 7 to 1 and so makes the whole
//! circuit take smaller steps, which has nothing to do with the part. The decks are compared with both
//! values, the same for all three: `set xtrtol=7` in `.spiceinit` keeps ngspice's default.

#[path = "support/process.rs"]
mod process;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use ncm::simulator::Ngspice;
use process::{Cost, Failure};

/// The deck with whole paths, this `trtol`, and ngspice's account.
fn deck(name: &str, trtol: u32) -> Result<String, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ngspice/holdup");
    let text = std::fs::read_to_string(folder.join(name))?;
    Ok(text
        .replace(".include ", &format!(".include {}/", folder.display()))
        .replace(".options trtol=1\n", "")
        .replace(".end\n", &format!(".options trtol={trtol} acct\n.end\n")))
}

fn main() -> Result<(), Failure> {
    let ngspice = Ngspice::find()?;
    let model: PathBuf = support::code_model().canonicalize()?;
    println!("Hold-up converter, 1.2 s, ngspice {}\n", ngspice.version());
    println!(
        "| trtol | cell | accepted points | Newton iterations | wall, s | CPU, s | CPU ratio |\n\
         |---|---|---|---|---|---|---|"
    );
    for trtol in [7, 1] {
        let room = process::home(&model, &format!("set xtrtol={trtol}\n"))?;
        let variants = [
            ("ideal C + ESR", "ideal.cir"),
            ("ncm_cell, 100 slits", "ncm.cir"),
            ("ncm_cell, 60,000 slits lumped", "thick.cir"),
        ];
        let mut best: [Option<Cost>; 3] = [None; 3];
        for _ in 0..3 {
            for ((_, name), best) in variants.iter().zip(&mut best) {
                let text = deck(name, trtol)?;
                *best = Some(process::run(&ngspice, room.path(), &text)?.or_less(*best));
            }
        }
        let costs: Vec<Cost> = best.into_iter().flatten().collect();
        for ((cell, _), cost) in variants.iter().zip(&costs) {
            println!(
                "| {trtol} | {cell} | {} | {} | {:.2} | {:.2} | {:.2} |",
                cost.points,
                cost.iterations,
                cost.wall_s,
                cost.cpu_s,
                cost.cpu_s / costs[0].cpu_s
            );
        }
    }
    Ok(())
}
