//! Direct solution of the linear systems: a multifrontal LU made for grids with walls in them.
//!
//! The matrix is made of small dense blocks, one row and column of blocks per cell. The pattern
//! is analysed once per mesh ([`Symbolic`]); each matrix is then factorised into the same storage
//! ([`Factors`]). Rows are exchanged inside a group of neighbouring cells only, which the
//! diagonally dominant transport blocks allow; `docs/mpnp.md` has the measured residuals.

mod kernel;
mod numeric;
mod ordering;
mod symbolic;

pub use numeric::{Factors, Singular};
pub use symbolic::Symbolic;

/// Cells (nodes) with their number of unknowns, and which of them are coupled.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Unknowns per node.
    pub unknowns: Vec<u8>,
    /// Coupled pairs, each once.
    pub edges: Vec<(u32, u32)>,
    /// Indices of each node on the two axes of the grid; coupled nodes differ by at most one line.
    pub places: Vec<[u32; 2]>,
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Graph {
    pub fn new(unknowns: Vec<u8>, edges: Vec<(u32, u32)>, places: Vec<[u32; 2]>) -> Self {
        let mut starts = vec![0u32; unknowns.len() + 1];
        for &(a, b) in &edges {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        for i in 0..unknowns.len() {
            starts[i + 1] += starts[i];
        }
        let mut fill = starts.clone();
        let mut targets = vec![0; 2 * edges.len()];
        for &(a, b) in &edges {
            for (from, to) in [(a, b), (b, a)] {
                targets[fill[from as usize] as usize] = to;
                fill[from as usize] += 1;
            }
        }
        Self {
            unknowns,
            edges,
            places,
            starts,
            targets,
        }
    }

    pub fn nodes(&self) -> usize {
        self.unknowns.len()
    }

    pub fn unknowns_of(&self, nodes: &[u32]) -> usize {
        nodes
            .iter()
            .map(|&node| self.unknowns[node as usize] as usize)
            .sum()
    }

    pub fn neighbours(&self, node: usize) -> &[u32] {
        &self.targets[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}

/// Values of a block matrix on a graph: for every node its diagonal block, for every edge (a, b)
/// the blocks (a, b) and (b, a); blocks are column-major.
#[derive(Debug, Clone)]
pub struct BlockMatrix {
    pub diagonal: Vec<f64>,
    pub diagonal_at: Vec<u32>,
    pub forward: Vec<f64>,
    pub backward: Vec<f64>,
    pub edge_at: Vec<u32>,
}

impl BlockMatrix {
    pub fn zeros(graph: &Graph) -> Self {
        let offsets = |sizes: &mut dyn Iterator<Item = usize>| {
            let mut at = vec![0u32];
            let mut sum = 0;
            for size in sizes {
                sum += size as u32;
                at.push(sum);
            }
            at
        };
        let size = |n: u32| graph.unknowns[n as usize] as usize;
        let diagonal_at = offsets(&mut graph.unknowns.iter().map(|&u| (u as usize).pow(2)));
        let edge_at = offsets(&mut graph.edges.iter().map(|&(a, b)| size(a) * size(b)));
        let total = |at: &[u32]| at.last().map_or(0, |&n| n as usize);
        Self {
            diagonal: vec![0.0; total(&diagonal_at)],
            forward: vec![0.0; total(&edge_at)],
            backward: vec![0.0; total(&edge_at)],
            diagonal_at,
            edge_at,
        }
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> usize {
        8 * (self.diagonal.len() + self.forward.len() + self.backward.len())
            + 4 * (self.diagonal_at.len() + self.edge_at.len())
    }

    pub fn clear(&mut self) {
        self.diagonal.fill(0.0);
        self.forward.fill(0.0);
        self.backward.fill(0.0);
    }

    /// y = A x.
    pub fn multiply(&self, graph: &Graph, x: &[f64], y: &mut [f64]) {
        let mut offsets = vec![0usize];
        for &u in &graph.unknowns {
            offsets.push(offsets[offsets.len() - 1] + u as usize);
        }
        y.fill(0.0);
        let mut add = |block: &[f64], row: usize, rows: usize, column: usize, columns: usize| {
            for j in 0..columns {
                for i in 0..rows {
                    y[row + i] += block[j * rows + i] * x[column + j];
                }
            }
        };
        for node in 0..graph.nodes() {
            let n = graph.unknowns[node] as usize;
            let block = &self.diagonal[self.diagonal_at[node] as usize..];
            add(block, offsets[node], n, offsets[node], n);
        }
        for (e, &(a, b)) in graph.edges.iter().enumerate() {
            let (a, b) = (a as usize, b as usize);
            let (na, nb) = (graph.unknowns[a] as usize, graph.unknowns[b] as usize);
            let at = self.edge_at[e] as usize;
            add(&self.forward[at..], offsets[a], na, offsets[b], nb);
            add(&self.backward[at..], offsets[b], nb, offsets[a], na);
        }
    }
}
