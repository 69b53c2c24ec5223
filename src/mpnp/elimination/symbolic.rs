//! Analysis of the pattern: groups of cells eliminated together and where everything goes.

use super::Graph;
use super::kernel::MAX_PIVOTS;
use super::ordering::{elimination_tree, farthest_first};

/// Cells of a chain are grouped until a group has this many unknowns: larger groups do more
/// arithmetic on zeros, smaller ones move more data.
const GROUP: usize = 20;

/// Cells eliminated together, and the later cells they couple.
#[derive(Debug, Clone)]
pub(super) struct Front {
    /// Unknowns eliminated, and all unknowns of the front.
    pub pivots: usize,
    pub size: usize,
    /// Positions of the front's unknowns in the vector of unknowns: pivots, then the others.
    pub rows: Vec<u32>,
    /// Where the others go in the parent's front.
    pub to_parent: Vec<u32>,
    /// Number of fronts whose Schur complements are added here.
    pub children: u32,
    /// Blocks of the matrix that are added here.
    pub blocks: Vec<Block>,
}

/// Which array of the matrix a block is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Source {
    Diagonal,
    Forward,
    Backward,
}

/// A block of the matrix and its place in a front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub source: Source,
    pub at: u32,
    pub rows: u8,
    pub columns: u8,
    pub row: u32,
    pub column: u32,
}

/// The pattern of a factorisation.
#[derive(Debug, Clone)]
pub struct Symbolic {
    pub(super) fronts: Vec<Front>,
    pub(super) unknowns: usize,
    /// Values stored in the factors.
    pub(super) stored: usize,
    pub(super) largest_front: usize,
    pub(super) stack: usize,
    operations: f64,
}

impl Symbolic {
    pub fn new(graph: &Graph) -> Self {
        let order = farthest_first(graph);
        let parent = elimination_tree(graph, &order);
        let structure = structure(graph, &order, &parent);
        let groups = group(graph, &order, &parent, &structure);
        place(graph, &order, &structure, &groups)
    }

    pub fn unknowns(&self) -> usize {
        self.unknowns
    }

    /// Bytes of factors and work space.
    pub fn memory(&self) -> usize {
        8 * (self.stored + self.largest_front.pow(2) + self.stack)
    }

    /// Multiplications and additions of one factorisation.
    pub fn operations(&self) -> f64 {
        self.operations
    }
}

/// For each position the later positions it couples to when its turn comes, rising.
fn structure(graph: &Graph, order: &[u32], parent: &[u32]) -> Vec<Vec<u32>> {
    let n = order.len();
    let mut position = vec![0u32; n];
    for (p, &node) in order.iter().enumerate() {
        position[node as usize] = p as u32;
    }
    let mut result: Vec<Vec<u32>> = vec![Vec::new(); n];
    for p in 0..n {
        let mut later = std::mem::take(&mut result[p]);
        later.extend(
            graph
                .neighbours(order[p] as usize)
                .iter()
                .map(|&next| position[next as usize])
                .filter(|&q| q > p as u32),
        );
        later.sort_unstable();
        later.dedup();
        if parent[p] != u32::MAX {
            let up = parent[p];
            result[up as usize].extend(later.iter().filter(|&&q| q > up));
        }
        result[p] = later;
    }
    result
}

/// First positions of the groups.
fn group(graph: &Graph, order: &[u32], parent: &[u32], structure: &[Vec<u32>]) -> Vec<usize> {
    let size = |p: usize| graph.unknowns[order[p] as usize] as usize;
    let mut starts = vec![0];
    let mut pivots = 0;
    for p in 0..order.len() {
        if p > 0 {
            let chain = parent[p - 1] == p as u32;
            let exact = chain && structure[p - 1].len() == structure[p].len() + 1;
            let limit = if exact { MAX_PIVOTS / 2 } else { GROUP };
            if !chain || pivots + size(p) > limit {
                starts.push(p);
                pivots = 0;
            }
        }
        pivots += size(p);
    }
    starts
}

fn place(graph: &Graph, order: &[u32], structure: &[Vec<u32>], starts: &[usize]) -> Symbolic {
    let n = order.len();
    let mut offset = vec![0u32];
    for &u in &graph.unknowns {
        offset.push(offset[offset.len() - 1] + u32::from(u));
    }
    let mut position = vec![0u32; n];
    let mut group_of = vec![0u32; n];
    for (p, &node) in order.iter().enumerate() {
        position[node as usize] = p as u32;
    }
    for (g, &start) in starts.iter().enumerate() {
        let end = starts.get(g + 1).copied().unwrap_or(n);
        group_of[start..end].fill(g as u32);
    }
    let mut edges_of = vec![Vec::new(); starts.len()];
    for (e, &(a, b)) in graph.edges.iter().enumerate() {
        let first = position[a as usize].min(position[b as usize]);
        edges_of[group_of[first as usize] as usize].push(e);
    }
    let matrix = super::BlockMatrix::zeros(graph);
    let mut fronts: Vec<Front> = Vec::with_capacity(starts.len());
    // Offset of every position in the front under construction.
    let mut local = vec![u32::MAX; n];
    let mut members: Vec<Vec<u32>> = Vec::with_capacity(starts.len());
    let mut parents = vec![u32::MAX; starts.len()];
    for (g, &start) in starts.iter().enumerate() {
        let end = starts.get(g + 1).copied().unwrap_or(n);
        let others = &structure[end - 1];
        let mut rows = Vec::new();
        let mut pivots = 0;
        let all: Vec<u32> = (start as u32..end as u32)
            .chain(others.iter().copied())
            .collect();
        for &p in &all {
            local[p as usize] = rows.len() as u32;
            let node = order[p as usize] as usize;
            rows.extend(offset[node]..offset[node + 1]);
            if (p as usize) < end {
                pivots = rows.len();
            }
        }
        let size_of = |node: u32| graph.unknowns[node as usize];
        let mut blocks = Vec::new();
        for p in start..end {
            let node = order[p];
            blocks.push(Block {
                source: Source::Diagonal,
                at: matrix.diagonal_at[node as usize],
                rows: size_of(node),
                columns: size_of(node),
                row: local[p],
                column: local[p],
            });
        }
        for &e in &edges_of[g] {
            let (a, b) = graph.edges[e];
            let (row, column) = (
                local[position[a as usize] as usize],
                local[position[b as usize] as usize],
            );
            let at = matrix.edge_at[e];
            let (rows, columns) = (size_of(a), size_of(b));
            blocks.push(Block {
                source: Source::Forward,
                at,
                rows,
                columns,
                row,
                column,
            });
            blocks.push(Block {
                source: Source::Backward,
                at,
                rows: columns,
                columns: rows,
                row: column,
                column: row,
            });
        }
        if let Some(&first) = others.first() {
            parents[g] = group_of[first as usize];
        }
        fronts.push(Front {
            pivots,
            size: rows.len(),
            rows,
            to_parent: Vec::new(),
            children: 0,
            blocks,
        });
        members.push(all);
    }
    for g in 0..fronts.len() {
        let Some(up) = (parents[g] != u32::MAX).then_some(parents[g] as usize) else {
            continue;
        };
        let mut at = 0;
        for &p in &members[up] {
            local[p as usize] = at;
            at += u32::from(graph.unknowns[order[p as usize] as usize]);
        }
        let pivots = fronts[g].pivots as u32;
        let mut count = 0;
        let mut map = Vec::new();
        for &p in &members[g] {
            let size = u32::from(graph.unknowns[order[p as usize] as usize]);
            if count >= pivots {
                map.extend((0..size).map(|k| local[p as usize] + k));
            }
            count += size;
        }
        fronts[g].to_parent = map;
        fronts[up].children += 1;
    }
    summarise(fronts, offset[n] as usize)
}

fn summarise(fronts: Vec<Front>, unknowns: usize) -> Symbolic {
    let (mut stored, mut largest_front, mut operations) = (0, 0, 0.0);
    let (mut stack, mut deepest) = (0usize, 0usize);
    let mut held: Vec<usize> = Vec::new();
    for front in &fronts {
        let (m, s) = (front.size, front.pivots);
        let r = m - s;
        stored += m * s + s * r;
        largest_front = largest_front.max(m);
        operations +=
            2.0 * (s * r * r) as f64 + 2.0 * (s * s * r) as f64 + 2.0 / 3.0 * (s * s * s) as f64;
        for _ in 0..front.children {
            stack -= held.pop().unwrap_or(0);
        }
        held.push(r * r);
        stack += r * r;
        deepest = deepest.max(stack);
    }
    Symbolic {
        fronts,
        unknowns,
        stored,
        largest_front,
        stack: deepest,
        operations,
    }
}
