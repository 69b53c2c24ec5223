//! Figures: to scale, well-formed whatever the data, and small.
#![cfg(feature = "plot")]

use ncm::plot::{Axis, Curve, Figure, Panel};

fn figure(curves: Vec<Curve>) -> Figure {
    let panel = Panel {
        y: Axis::new("current", "A"),
        curves,
    };
    Figure::new(Axis::new("voltage", "V")).panel(panel)
}

fn svg(figure: &Figure) -> String {
    figure.to_svg().unwrap_or_else(|e| panic!("{e}"))
}

/// Point lists of the drawn lines in the colour of the first curve.
fn lines(svg: &str) -> Vec<Vec<(f64, f64)>> {
    svg.split("<polyline ")
        .skip(1)
        .filter(|tag| tag.contains("#0072B2"))
        .filter_map(|tag| tag.split("points=\"").nth(1)?.split('"').next())
        .map(|points| {
            points
                .split_whitespace()
                .filter_map(|p| {
                    let (x, y) = p.split_once(',')?;
                    Some((x.parse().ok()?, y.parse().ok()?))
                })
                .collect()
        })
        .collect()
}

/// Tags open and close in order, and no `<` or `&` stands bare.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("every < has its >");
        assert!(text.split('&').skip(1).all(|t| t.contains(';')), "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{svg}");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap_or(""));
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn points_stand_where_the_axes_say() {
    // Ranges are given, so the line goes from corner to corner of the plotted rectangle, which
    // ends 18 before the right edge and is 230 high, in a view box eight times as fine.
    let curve = Curve::new("", vec![0.0, 0.25, 1.0], vec![-2.0, 0.0, 2.0]);
    let panel = Panel::new(Axis::new("y", "A").range(-2.0, 2.0)).curve(curve);
    let svg = svg(&Figure::new(Axis::new("x", "V").range(0.0, 1.0)).panel(panel));
    let lines = lines(&svg);
    assert_eq!(lines.len(), 1);
    let [(x0, y0), (x1, y1), (x2, y2)] = lines[0][..] else {
        panic!("{lines:?}");
    };
    assert_eq!(x2, 8.0 * 702.0);
    assert!(x0 > 8.0 * 40.0 && x0 < 8.0 * 100.0);
    assert_eq!(y0 - y2, 8.0 * 230.0);
    assert!(((x1 - x0) / (x2 - x0) - 0.25).abs() < 1e-3);
    assert!(((y1 - y0) / (y2 - y0) - 0.5).abs() < 1e-3);
    assert!(svg.contains("width=\"720\"") && svg.contains("viewBox=\"0 0 5760 "));
}

#[test]
fn a_logarithmic_axis_spaces_decades_equally() {
    let curve = Curve::new("", vec![1.0, 10.0, 1000.0], vec![0.0, 0.5, 1.0]);
    let panel = Panel::new(Axis::new("y", "")).curve(curve);
    let svg = svg(&Figure::new(Axis::new("f", "Hz").log().range(1.0, 1000.0)).panel(panel));
    let points = &lines(&svg)[0];
    let share = (points[1].0 - points[0].0) / (points[2].0 - points[0].0);
    assert!((share - 1.0 / 3.0).abs() < 1e-3, "{share}");
}

#[test]
fn what_has_no_place_interrupts_the_line() {
    let x: Vec<f64> = (0..9).map(f64::from).collect();
    let mut y = x.clone();
    y[3] = f64::NAN;
    y[6] = f64::INFINITY;
    let svg = svg(&figure(vec![Curve::new("", x, y)]));
    assert_eq!(lines(&svg).len(), 3);
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert_well_formed(&svg);
}

#[test]
fn a_million_points_make_a_small_file_that_keeps_its_spike() {
    let n = 1_000_000;
    let x: Vec<f64> = (0..n).map(f64::from).collect();
    let mut y: Vec<f64> = x.iter().map(|x| (x * 1e-5).sin()).collect();
    y[123_456] = 5.0;
    let svg = svg(&figure(vec![Curve::new("", x, y)]));
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
    let top = lines(&svg)[0].iter().map(|p| p.1).fold(f64::MAX, f64::min);
    let usual = lines(&svg)[0].iter().filter(|p| p.1 > top).count();
    assert!(usual > 100, "the spike stands alone");
}

#[test]
fn texts_are_escaped_and_names_appear_once() {
    let curve = |name: &str| Curve::new(name, vec![0.0, 1.0], vec![0.0, 1.0]);
    let mut figure = figure(vec![curve("a < b & \"c\""), curve("other")]).title("<title>");
    figure.panels.push(figure.panels[0].clone());
    let svg = svg(&figure);
    assert_well_formed(&svg);
    assert_eq!(svg.matches("a &lt; b &amp; ").count(), 1);
    assert!(svg.contains("&lt;title&gt;"));
}

#[test]
fn odd_figures_are_drawn_or_refused_in_words() {
    for values in [
        vec![],
        vec![1.0],
        vec![0.0; 50],
        vec![f64::NAN; 3],
        vec![-1e300, 1e300],
    ] {
        for log in [false, true] {
            let mut figure = figure(vec![
                Curve::new("x", values.clone(), values.clone()).dashed(),
            ]);
            if log {
                figure.x = figure.x.log();
                figure.panels[0].y = figure.panels[0].y.clone().log();
            }
            assert_well_formed(&svg(&figure));
        }
    }
    let many =
        (0..60).map(|i| Curve::new(format!("slit {i}"), vec![0.0, 1.0], vec![0.0, f64::from(i)]));
    assert_well_formed(&svg(&figure(many.collect())));

    let refused = |figure: Figure| figure.to_svg().expect_err("not drawable").to_string();
    assert!(refused(Figure::new(Axis::new("x", ""))).contains("no panel"));
    let uneven = figure(vec![Curve::new("i", vec![0.0], vec![0.0, 1.0])]);
    assert!(refused(uneven).contains("\"i\" has 1 x values and 2 y values"));
    let mut empty_range = figure(vec![]);
    empty_range.x = empty_range.x.range(1.0, 0.0);
    assert!(refused(empty_range).contains("axis \"voltage\""));
}
