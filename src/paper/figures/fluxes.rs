//! Migration, diffusion and steric flux, outside and inside the slits.

use super::{HALF, one, sizes, slits_m, time, width_axis};
use crate::mpnp::analysis::{Shares, mouth_shares, open_shares, summarise};
use crate::mpnp::flux::Parts;
use crate::mpnp::observe::Sample;
use crate::paper::bench::{Bench, Finished};
use crate::paper::cases::{IONS_NM, SLITS_NM, base, staggered};
use crate::paper::registry::Entry;
use crate::paper::report::mean;
use crate::paper::series::{column, list, percent, times};
use crate::paper::{Drawn, PaperError, Verdict};
use crate::plot::{Axis, Curve, Figure, Panel, Plate};

pub const OPEN: Entry = Entry {
    name: "flux-open",
    title: "Migration, diffusion and steric flux outside the slits",
    paper: "2c, ED2, ED3",
    claim: "in open space diffusion and steric flux oppose migration during the whole cycle",
    criterion: "holds if both go with migration less than 10 % of the time, in the reservoir and at the mouth, for every d and ion size; \
                with limits if at both places diffusion opposes migration in the mean over the cycle",
    runs: sizes,
    draw: open,
};

pub const SLIT: Entry = Entry {
    name: "flux-slit",
    title: "Migration, diffusion and steric flux along the slits",
    paper: "2f, ED2, ED3",
    claim: "in slits diffusion goes with migration (diffusion-enhanced migration), and steric flux joins for d < 2 nm",
    criterion: "holds if diffusion goes with migration at least 95 % of the time everywhere and steric flux is above a tenth of diffusion \
                for d < 2 nm and below from 2 nm on, for both ion sizes; with limits if the former alone",
    runs: sizes,
    draw: slit,
};

/// The three parts over time.
fn parts(title: &str, samples: &[Sample], of: impl Fn(&Sample) -> Parts) -> Figure {
    let t = times(samples);
    let curve = |name: &str, part: fn(&Parts) -> f64| {
        Curve::new(name, t.clone(), column(samples, |s| part(&of(s))))
    };
    one(
        title,
        time(),
        Axis::new("ionic current", "A"),
        vec![
            curve("migration", |p| p.migration),
            curve("diffusion", |p| p.diffusion),
            curve("steric", |p| p.steric),
        ],
    )
    .panel_height(200)
}

/// Shares over d of every staggered run, ion size by ion size.
fn over_sizes(
    bench: &Bench,
    of: impl Fn(&Finished) -> Shares,
) -> Result<Vec<(f64, Vec<Shares>)>, PaperError> {
    IONS_NM
        .iter()
        .map(|&a| {
            let shares = SLITS_NM
                .iter()
                .map(|&d| Ok(of(&*bench.run(&staggered(a, d))?)))
                .collect::<Result<Vec<Shares>, PaperError>>()?;
            Ok((a, shares))
        })
        .collect()
}

/// Shares of migration over d.
fn share_panel(title: &str, shares: &[(f64, Vec<Shares>)]) -> Figure {
    let mut panel = Panel::new(Axis::new("share of migration", ""));
    for (name, part) in [
        ("diffusion", (|s| s.diffusion) as fn(&Shares) -> f64),
        ("steric", |s| s.steric),
    ] {
        for (a, shares) in shares {
            let y = shares.iter().map(part).collect();
            let curve = Curve::new(format!("{name}, a = {a} nm"), slits_m(), y).dots();
            panel = panel.curve(if *a < 0.5 { curve } else { curve.dashed() });
        }
    }
    Figure::new(width_axis())
        .title(title)
        .panel(panel)
        .width(HALF)
        .panel_height(200)
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
        (l.min(v), h.max(v))
    })
}

fn all(shares: &[(f64, Vec<Shares>)]) -> impl Iterator<Item = &Shares> {
    shares.iter().flat_map(|s| &s.1)
}

fn open(bench: &Bench) -> Result<Drawn, PaperError> {
    let run = bench.run(&base())?;
    let reservoir = over_sizes(bench, |r| open_shares(&r.samples))?;
    let mouth = over_sizes(bench, |r| mouth_shares(&r.samples))?;
    let plate = Plate::new(2)
        .figure(parts("half way to the mid-plane", &run.samples, |s| s.open))
        .figure(parts("at the mouth: gap of sheet 1", &run.samples, |s| {
            s.mouth
        }))
        .figure(share_panel("half way to the mid-plane", &reservoir))
        .figure(share_panel("at the mouth", &mouth));
    let says = |place: &str, shares: &[(f64, Vec<Shares>)]| {
        let d = range(all(shares).map(|s| s.diffusion));
        let d_time = range(all(shares).map(|s| s.diffusion_with));
        let s = range(all(shares).map(|s| s.steric));
        let s_time = range(all(shares).map(|s| s.steric_with));
        format!(
            "{place} diffusion is {:+.1} to {:+.1} % of migration and goes with it {:.0} to {:.0} % of the time, steric flux {:+.1} to {:+.1} % and {:.0} to {:.0} % of the time",
            100.0 * d.0,
            100.0 * d.1,
            100.0 * d_time.0,
            100.0 * d_time.1,
            100.0 * s.0,
            100.0 * s.1,
            100.0 * s_time.0,
            100.0 * s_time.1
        )
    };
    let both = || all(&reservoir).chain(all(&mouth));
    let always = both().all(|s| s.diffusion_with < 0.1 && s.steric_with < 0.1);
    let on_the_whole = both().all(|s| s.diffusion < 0.0);
    let found = format!(
        "over d = 1 to 5 nm and both ion sizes, {}; {}.",
        says("half way to the mid-plane", &reservoir),
        says("at the mouth", &mouth)
    );
    Ok(Drawn::new(plate, found, Verdict::of(always, on_the_whole)))
}

fn slit(bench: &Bench) -> Result<Drawn, PaperError> {
    let in_slits = over_sizes(bench, |r| {
        let slits = summarise(&r.samples);
        let of = |part: fn(&Shares) -> f64| {
            mean(
                &slits
                    .iter()
                    .map(|s| part(&s.shares_along))
                    .collect::<Vec<_>>(),
            )
        };
        Shares {
            diffusion: of(|s| s.diffusion),
            steric: of(|s| s.steric),
            diffusion_with: of(|s| s.diffusion_with),
            steric_with: of(|s| s.steric_with),
        }
    })?;
    let mut plate = Plate::new(2);
    for &a in &IONS_NM {
        let run = bench.run(&staggered(a, 1.5))?;
        let at = run.slit(2) - 1;
        let title = format!("along slit {}, d = 1.5 nm, a = {a} nm", at + 1);
        plate = plate.figure(parts(&title, &run.samples, |s| s.slits[at].along));
    }
    let plate = plate.figure(share_panel("mean over the slits", &in_slits));
    let with = range(all(&in_slits).map(|s| s.diffusion_with));
    let diffusion = range(all(&in_slits).map(|s| s.diffusion));
    let follows = with.0 >= 0.95 && diffusion.0 > 0.0;
    let joins = in_slits.iter().all(|(_, shares)| {
        SLITS_NM
            .iter()
            .zip(shares)
            .all(|(&d, s)| (s.steric > 0.1 * s.diffusion) == (d < 2.0))
    });
    let steric: Vec<String> = in_slits
        .iter()
        .map(|(a, s)| {
            format!(
                "{} (a = {a} nm)",
                list(s.iter().map(|s| 100.0 * s.steric), 2)
            )
        })
        .collect();
    let found = format!(
        "diffusion is {:+.1} to {:+.1} % of migration and goes with it {} of the time or more. Steric flux over migration at d = {} nm, in per cent: {}.",
        100.0 * diffusion.0,
        100.0 * diffusion.1,
        percent(with.0),
        list(SLITS_NM, 1),
        steric.join("; ")
    );
    Ok(Drawn::new(
        plate,
        found,
        Verdict::of(follows && joins, follows),
    ))
}
