//! Drawing a figure.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::{Margin, Ruler};
use super::{Colours, Curve, Figure, Panel, PlotError};

/// The backend rounds to whole pixels; drawing this much larger and letting the viewer shrink it
/// keeps lines smooth.
const FINE: i32 = 8;

/// Width in fine pixels of lines that are to be dashed, and of those alone: the backend would draw every
/// dash as a line of its own, so they are drawn whole and dashed in the SVG text.
const DASHED: u32 = 15;

// Sizes in CSS pixels.
/// From the figure's edge to the tick labels: the upright caption.
const CAPTION: i32 = 30;
const RIGHT: i32 = 18;
const TOP: i32 = 12;
const BOTTOM: i32 = 50;
const GAP: i32 = 16;
const TITLE: i32 = 26;
const LEGEND_LINE: i32 = 22;
const TICK: i32 = 4;
const TEXT: i32 = 13;
const FONT: &str = "Helvetica, Arial, sans-serif";

const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xe3, 0xe3, 0xe3);
const FAINT: RGBColor = RGBColor(0xf2, 0xf2, 0xf2);

/// Okabe and Ito's colours, which the colour-blind can tell apart, strongest first.
const DISTINCT: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x44, 0x44, 0x44),
];

/// Corner colours of an ordered family: dark blue through green to yellow.
const ORDERED: [RGBColor; 5] = [
    RGBColor(0x2d, 0x17, 0x5c),
    RGBColor(0x2c, 0x5d, 0x93),
    RGBColor(0x1f, 0x95, 0x8b),
    RGBColor(0x6c, 0xc0, 0x4f),
    RGBColor(0xe0, 0xc0, 0x1c),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Where everything goes.
struct Layout {
    x: Ruler,
    rulers: Vec<Ruler>,
    names: Vec<(String, bool)>,
    legend: Vec<Vec<(String, bool)>>,
    width: i32,
    height: i32,
    panel_height: i32,
    left: i32,
    /// Height of title and legend.
    head: i32,
    title: i32,
}

fn layout(figure: &Figure) -> Result<Layout, PlotError> {
    check(figure)?;
    let names = legend_names(figure);
    let curves = || figure.panels.iter().flat_map(|p| &p.curves);
    let width = figure.width.clamp(240, 4000) as i32;
    let x = Ruler::new(
        &figure.x,
        curves().flat_map(|c| &c.x),
        Margin(0.02),
        (width / 88).clamp(3, 8) as usize,
    )?;
    let panel_height = figure.panel_height.clamp(60, 4000) as i32;
    let rulers = figure
        .panels
        .iter()
        .map(|panel| {
            let values = panel.curves.iter().flat_map(|c| &c.y);
            Ruler::new(&panel.y, values, Margin(0.06), (panel_height / 36) as usize)
        })
        .collect::<Result<Vec<Ruler>, PlotError>>()?;
    let labels = rulers
        .iter()
        .flat_map(|y| y.ticks.iter().map(|&t| y.label(t)));
    let left = CAPTION + labels.map(|l| text_width(&l)).max().unwrap_or(0) + 14;
    let title = if figure.title.is_empty() { 0 } else { TITLE };
    let legend = legend_rows(&names, width - left - RIGHT);
    let head = TOP + title + legend.len() as i32 * LEGEND_LINE;
    let count = figure.panels.len() as i32;
    Ok(Layout {
        height: head + count * panel_height + (count - 1) * GAP + BOTTOM,
        x,
        rulers,
        names,
        legend,
        width,
        panel_height,
        left,
        head,
        title,
    })
}

/// Width and height of the figure in CSS pixels.
pub(super) fn size(figure: &Figure) -> Result<(i32, i32), PlotError> {
    let l = layout(figure)?;
    Ok((l.width, l.height))
}

/// Draws the figure as SVG text.
pub(super) fn svg(figure: &Figure) -> Result<String, PlotError> {
    let l = layout(figure)?;
    let (width, height) = (l.width, l.height);
    let mut text = String::new();
    {
        let root =
            SVGBackend::with_string(&mut text, ((width * FINE) as u32, (height * FINE) as u32))
                .into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        if l.title > 0 {
            write(
                &root,
                &figure.title,
                (l.left, TOP + TEXT / 2),
                TEXT + 1,
                Place::LeftMiddle,
            )?;
        }
        let colours = Palette {
            figure,
            names: &l.names,
        };
        for (row, entries) in l.legend.iter().enumerate() {
            let y = TOP + l.title + row as i32 * LEGEND_LINE + LEGEND_LINE / 2 - 2;
            draw_legend(&root, entries, (l.left, y), &colours)?;
        }
        for (i, (panel, y)) in figure.panels.iter().zip(&l.rulers).enumerate() {
            let top = l.head + i as i32 * (l.panel_height + GAP);
            let frame = Frame {
                left: l.left,
                right: width - RIGHT,
                top,
                bottom: top + l.panel_height,
            };
            let last = i + 1 == figure.panels.len();
            draw_panel(&root, panel, (&l.x, y), &frame, last, &colours)?;
        }
        root.present().map_err(failed)?;
    }
    // The backend writes its fine pixels as the size of the picture; only the view box should be.
    let fine = format!("width=\"{}\" height=\"{}\" ", width * FINE, height * FINE);
    let dashes = format!(
        "stroke-width=\"{DASHED}\" stroke-dasharray=\"{} {}\"",
        6 * FINE,
        4 * FINE
    );
    let text = text.replace(&format!("stroke-width=\"{DASHED}\""), &dashes);
    Ok(text.replacen(&fine, &format!("width=\"{width}\" height=\"{height}\" "), 1))
}

fn check(figure: &Figure) -> Result<(), PlotError> {
    if figure.panels.is_empty() {
        return Err(PlotError("it has no panel".into()));
    }
    for curve in figure.panels.iter().flat_map(|p| &p.curves) {
        if curve.x.len() != curve.y.len() {
            return Err(PlotError(format!(
                "curve \"{}\" has {} x values and {} y values",
                curve.label,
                curve.x.len(),
                curve.y.len()
            )));
        }
    }
    Ok(())
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> PlotError {
    PlotError(error.to_string())
}

/// A plotted rectangle in CSS pixels.
struct Frame {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
}

fn draw_panel(
    root: &Area,
    panel: &Panel,
    (x, y): (&Ruler, &Ruler),
    frame: &Frame,
    last: bool,
    colours: &Palette,
) -> Result<(), PlotError> {
    let map = Map {
        x: RangedCoordf64::from(x.low..x.high),
        y: RangedCoordf64::from(y.low..y.high),
        frame,
    };

    let vertical = |at: f64| {
        [
            (map.x(at), frame.top * FINE),
            (map.x(at), frame.bottom * FINE),
        ]
    };
    let horizontal = |at: f64| {
        [
            (frame.left * FINE, map.y(at)),
            (frame.right * FINE, map.y(at)),
        ]
    };
    for (positions, colour) in [(&x.minor, FAINT), (&x.ticks, GRID)] {
        for &at in positions {
            stroke(root, &vertical(at), colour, 1.0)?;
        }
    }
    for (positions, colour) in [(&y.minor, FAINT), (&y.ticks, GRID)] {
        for &at in positions {
            stroke(root, &horizontal(at), colour, 1.0)?;
        }
    }

    for curve in &panel.curves {
        let style = colours.of(curve);
        for run in runs(curve, x, y, &map) {
            let line = if curve.dashed {
                style.stroke_width(DASHED)
            } else {
                thick(style, 1.8)
            };
            root.draw(&PathElement::new(run, line)).map_err(failed)?;
        }
        if curve.dots {
            for at in curve
                .x
                .iter()
                .zip(&curve.y)
                .filter_map(|(&vx, &vy)| point(vx, vy, x, y, &map))
            {
                root.draw(&Circle::new(at, 3 * FINE, style.filled()))
                    .map_err(failed)?;
            }
        }
    }

    let corner = |x: i32, y: i32| (x * FINE, y * FINE);
    let outline = [
        corner(frame.left, frame.top),
        corner(frame.right, frame.top),
        corner(frame.right, frame.bottom),
        corner(frame.left, frame.bottom),
        corner(frame.left, frame.top),
    ];
    stroke(root, &outline, INK, 1.0)?;
    for &at in &x.ticks {
        let foot = frame.bottom * FINE;
        stroke(
            root,
            &[(map.x(at), foot), (map.x(at), foot - TICK * FINE)],
            INK,
            1.0,
        )?;
        if last {
            let at_px = (map.x(at) as f64 / f64::from(FINE)).round() as i32;
            write(
                root,
                &x.label(at),
                (at_px, frame.bottom + 7),
                TEXT,
                Place::CentreBelow,
            )?;
        }
    }
    for &at in &y.ticks {
        let foot = frame.left * FINE;
        stroke(
            root,
            &[(foot, map.y(at)), (foot + TICK * FINE, map.y(at))],
            INK,
            1.0,
        )?;
        let at_px = (map.y(at) as f64 / f64::from(FINE)).round() as i32;
        write(
            root,
            &y.label(at),
            (frame.left - 7, at_px),
            TEXT,
            Place::RightMiddle,
        )?;
    }
    if last {
        let middle = (frame.left + frame.right) / 2;
        write(
            root,
            &x.caption,
            (middle, frame.bottom + 28),
            TEXT,
            Place::CentreBelow,
        )?;
    }
    let middle = (frame.top + frame.bottom) / 2;
    write(root, &y.caption, (14, middle), TEXT, Place::Upright)
}

/// From positions on rulers to fine pixels.
struct Map<'a> {
    x: RangedCoordf64,
    y: RangedCoordf64,
    frame: &'a Frame,
}

impl Map<'_> {
    fn x(&self, at: f64) -> i32 {
        self.x
            .map(&at, (self.frame.left * FINE, self.frame.right * FINE))
    }

    fn y(&self, at: f64) -> i32 {
        self.y
            .map(&at, (self.frame.bottom * FINE, self.frame.top * FINE))
    }
}

/// A point in fine pixels, if it can be seen.
fn point(vx: f64, vy: f64, x: &Ruler, y: &Ruler, map: &Map) -> Option<(i32, i32)> {
    let inside = |p: f64, r: &Ruler| {
        p >= r.low - 1e-9 * (r.high - r.low) && p <= r.high + 1e-9 * (r.high - r.low)
    };
    let (px, py) = (x.position(vx)?, y.position(vy)?);
    (inside(px, x) && inside(py, y)).then(|| (map.x(px), map.y(py)))
}

/// The visible pieces of a curve in fine pixels, without the points that nobody would miss.
fn runs(curve: &Curve, x: &Ruler, y: &Ruler, map: &Map) -> Vec<Vec<(i32, i32)>> {
    let mut runs = Vec::new();
    let mut run: Vec<(i32, i32)> = Vec::new();
    for (&vx, &vy) in curve.x.iter().zip(&curve.y) {
        match point(vx, vy, x, y, map) {
            Some(at) => run.push(at),
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.push(run);
    runs.retain(|run| run.len() > 1);
    runs.iter().map(|run| thinned(run)).collect()
}

/// A line without the points that lie within an eighth of a CSS pixel of the line through the
/// others (Ramer 1972, Douglas & Peucker 1973): a million-point series stays a small file.
fn thinned(line: &[(i32, i32)]) -> Vec<(i32, i32)> {
    let allowed = f64::from(FINE) / 8.0;
    let distance = |p: (i32, i32), a: (i32, i32), b: (i32, i32)| {
        let (dx, dy) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
        let (px, py) = (f64::from(p.0 - a.0), f64::from(p.1 - a.1));
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 {
            ((px * dx + py * dy) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (px - along * dx).hypot(py - along * dy)
    };
    // Cheaply first: a crowd of points shrinks to what pixels can tell apart.
    let mut sparse: Vec<(i32, i32)> = Vec::new();
    for (i, &p) in line.iter().enumerate() {
        let near = sparse
            .last()
            .is_some_and(|l| (p.0 - l.0).abs() + (p.1 - l.1).abs() < FINE / 2);
        if !near || i + 1 == line.len() {
            sparse.push(p);
        }
    }
    let line = sparse;
    let mut keep = vec![false; line.len()];
    let mut open = vec![(0, line.len() - 1)];
    keep[0] = true;
    keep[line.len() - 1] = true;
    while let Some((a, b)) = open.pop() {
        let mut farthest = (a, allowed);
        for i in a + 1..b {
            let d = distance(line[i], line[a], line[b]);
            if d > farthest.1 {
                farthest = (i, d);
            }
        }
        if farthest.0 != a {
            keep[farthest.0] = true;
            open.push((a, farthest.0));
            open.push((farthest.0, b));
        }
    }
    line.iter()
        .zip(keep)
        .filter_map(|(&p, kept)| kept.then_some(p))
        .collect()
}

fn thick(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width((width * f64::from(FINE)) as u32)
}

fn stroke(
    root: &Area,
    points: &[(i32, i32)],
    colour: RGBColor,
    width: f64,
) -> Result<(), PlotError> {
    root.draw(&PathElement::new(points.to_vec(), thick(colour, width)))
        .map_err(failed)
}

/// How a text lies at its point.
enum Place {
    LeftMiddle,
    RightMiddle,
    CentreBelow,
    /// Turned to read upwards, centred.
    Upright,
}

fn write(
    root: &Area,
    text: &str,
    at: (i32, i32),
    size: i32,
    place: Place,
) -> Result<(), PlotError> {
    // The backend's font size is that of a whole line: 1.24 em.
    let font = FontDesc::new(
        FontFamily::Name(FONT),
        f64::from(size * FINE) * 1.24,
        FontStyle::Normal,
    );
    let (h, v, font) = match place {
        Place::LeftMiddle => (HPos::Left, VPos::Center, font),
        Place::RightMiddle => (HPos::Right, VPos::Center, font),
        Place::CentreBelow => (HPos::Center, VPos::Top, font),
        Place::Upright => (
            HPos::Center,
            VPos::Center,
            font.transform(FontTransform::Rotate270),
        ),
    };
    let style = TextStyle::from(font).color(&INK).pos(Pos::new(h, v));
    root.draw_text(text, &style, (at.0 * FINE, at.1 * FINE))
        .map_err(failed)
}

/// About the width of a text in CSS pixels: the viewer's font decides.
fn text_width(text: &str) -> i32 {
    (text.chars().count() as f64 * f64::from(TEXT) * 0.58) as i32
}

// ---- Legend and colours ----

/// Every name once, in the order of appearance, with whether its line is dashed.
fn legend_names(figure: &Figure) -> Vec<(String, bool)> {
    let mut names: Vec<(String, bool)> = Vec::new();
    for curve in figure.panels.iter().flat_map(|p| &p.curves) {
        if !curve.label.is_empty() && !names.iter().any(|n| n.0 == curve.label) {
            names.push((curve.label.clone(), curve.dashed));
        }
    }
    names
}

/// Most entries that a legend is drawn for.
const LEGEND_LIMIT: usize = 24;
const SAMPLE: i32 = 26;

fn entry_width(name: &str) -> i32 {
    SAMPLE + 8 + text_width(name) + 18
}

/// Names in rows that fit `width`.
fn legend_rows(names: &[(String, bool)], width: i32) -> Vec<Vec<(String, bool)>> {
    let mut rows: Vec<Vec<(String, bool)>> = Vec::new();
    let mut used = 0;
    for name in names.iter().take(LEGEND_LIMIT) {
        let needed = entry_width(&name.0);
        match rows.last_mut() {
            Some(row) if used + needed <= width => row.push(name.clone()),
            _ => {
                rows.push(vec![name.clone()]);
                used = 0;
            }
        }
        used += needed;
    }
    rows
}

fn draw_legend(
    root: &Area,
    entries: &[(String, bool)],
    (mut left, y): (i32, i32),
    colours: &Palette,
) -> Result<(), PlotError> {
    for (name, dashed) in entries {
        let style = thick(colours.named(name), 2.0);
        let line = [(left * FINE, y * FINE), ((left + SAMPLE) * FINE, y * FINE)];
        let style = if *dashed {
            colours.named(name).stroke_width(DASHED)
        } else {
            style
        };
        root.draw(&PathElement::new(line, style)).map_err(failed)?;
        write(root, name, (left + SAMPLE + 8, y), TEXT, Place::LeftMiddle)?;
        left += entry_width(name);
    }
    Ok(())
}

struct Palette<'a> {
    figure: &'a Figure,
    names: &'a [(String, bool)],
}

impl Palette<'_> {
    fn of(&self, curve: &Curve) -> RGBColor {
        self.named(&curve.label)
    }

    fn named(&self, name: &str) -> RGBColor {
        let index = self.names.iter().position(|n| n.0 == name).unwrap_or(0);
        let count = self.names.len();
        if self.figure.colours == Colours::Distinct && count <= DISTINCT.len() {
            return DISTINCT[index % DISTINCT.len()];
        }
        let at = index as f64 / (count.max(2) - 1) as f64 * (ORDERED.len() - 1) as f64;
        let below = (at.floor() as usize).min(ORDERED.len() - 2);
        let (a, b, t) = (ORDERED[below], ORDERED[below + 1], at - below as f64);
        let mix = |a: u8, b: u8| (f64::from(a) + t * (f64::from(b) - f64::from(a))).round() as u8;
        RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }
}
