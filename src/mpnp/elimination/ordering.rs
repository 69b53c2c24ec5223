//! The order in which cells are eliminated: nested dissection by lines of the grid.
//!
//! A line of cells across a piece of the domain separates it into two pieces that know nothing of
//! each other; the line is eliminated after both. Slits meet only in the gaps at the ends of the
//! sheets, so that the shortest lines lie there: the stack falls apart into slits, each slit into
//! stretches, each stretch into leaves of a few cells. (George 1973, doi 10.1137/0710032.)

use super::Graph;

/// Pieces with no more unknowns than this are eliminated as one group: larger groups do more
/// arithmetic on zeros, smaller ones move more data.
const LEAF: usize = 36;

/// Groups of cells to be eliminated together, in an order in which every separator comes after
/// the pieces it separates.
pub fn nested_dissection(graph: &Graph) -> Vec<Vec<u32>> {
    let mut groups = Vec::new();
    dissect(graph, (0..graph.nodes() as u32).collect(), &mut groups);
    groups
}

fn dissect(graph: &Graph, piece: Vec<u32>, groups: &mut Vec<Vec<u32>>) {
    let line = if graph.unknowns_of(&piece) > LEAF {
        best_line(graph, &piece)
    } else {
        None
    };
    let Some(line) = line else {
        if !piece.is_empty() {
            groups.push(piece);
        }
        return;
    };
    let (mut low, mut high, mut on) = (Vec::new(), Vec::new(), Vec::new());
    for node in piece {
        match graph.places[node as usize][line.axis].cmp(&line.at) {
            std::cmp::Ordering::Less => low.push(node),
            std::cmp::Ordering::Greater => high.push(node),
            std::cmp::Ordering::Equal => on.push(node),
        }
    }
    dissect(graph, low, groups);
    dissect(graph, high, groups);
    groups.push(on);
}

/// A line of the grid: the cells with this index on this axis.
struct Line {
    axis: usize,
    at: u32,
}

/// The line with the fewest unknowns for the evenness of its cut; `None` if none leaves cells on
/// both sides.
fn best_line(graph: &Graph, piece: &[u32]) -> Option<Line> {
    let mut best: Option<(f64, Line)> = None;
    let total = graph.unknowns_of(piece);
    for axis in 0..2 {
        let place = |node: u32| graph.places[node as usize][axis];
        let first = piece.iter().map(|&n| place(n)).min()?;
        let last = piece.iter().map(|&n| place(n)).max()?;
        let mut on_line = vec![0usize; (last - first) as usize + 1];
        for &node in piece {
            on_line[(place(node) - first) as usize] += graph.unknowns[node as usize] as usize;
        }
        let mut below = 0;
        for (k, &on) in on_line.iter().enumerate() {
            let above = total - below - on;
            if below > 0 && above > 0 {
                let cost = on as f64 / (below as f64 * above as f64);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    let at = first + k as u32;
                    best = Some((cost, Line { axis, at }));
                }
            }
            below += on;
        }
    }
    best.map(|(_, line)| line)
}
