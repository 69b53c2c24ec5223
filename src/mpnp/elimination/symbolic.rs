//! Analysis of the pattern: groups of cells eliminated together and where everything goes.

use super::Graph;
use super::kernel::{COLUMNS, ROWS};
use super::ordering::nested_dissection;

/// Cells eliminated together, and the later cells they couple: a dense matrix of the pivots'
/// unknowns and the others'. `kernel` says how it is stored.
#[derive(Debug, Clone)]
pub(super) struct Front {
    /// Unknowns eliminated.
    pub pivots: usize,
    /// Positions of the front's unknowns in the vector of unknowns: pivots, then the others.
    pub rows: Vec<u32>,
    /// Where the others go in the parent's front.
    pub parent_columns: Vec<u32>,
    pub parent_rows: Vec<Run>,
    /// Number of fronts whose Schur complements are added here.
    pub children: u32,
    /// Blocks of the matrix that are added here.
    pub blocks: Vec<Block>,
}

impl Front {
    /// Unknowns that stay.
    pub fn others(&self) -> usize {
        self.rows.len() - self.pivots
    }

    /// Rows of the pivots with the rows of zeros behind them.
    pub fn padded_pivots(&self) -> usize {
        self.pivots.next_multiple_of(ROWS)
    }

    pub fn padded_rows(&self) -> usize {
        self.padded_pivots() + self.others().next_multiple_of(ROWS)
    }

    /// Values of the whole front.
    pub fn padded_length(&self) -> usize {
        self.padded_rows() * (self.pivots + self.others().next_multiple_of(COLUMNS))
    }

    /// Values of its part of L and U.
    pub fn stored(&self) -> usize {
        self.pivots * self.padded_rows() + self.padded_pivots() * self.others()
    }
}

/// Rows that follow one another in a Schur complement and in the front it is added to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub from: u32,
    pub to: u32,
    pub length: u32,
}

/// Most room that any front takes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    pub front: usize,
    pub rows: usize,
    pub inverses: usize,
    pub packed: usize,
    /// Schur complements that wait at one time.
    pub stack: usize,
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
    pub(super) largest: Room,
    operations: f64,
}

impl Symbolic {
    pub fn new(graph: &Graph) -> Self {
        let groups = Groups::new(graph, nested_dissection(graph)).in_postorder();
        place(graph, &groups)
    }

    pub fn unknowns(&self) -> usize {
        self.unknowns
    }

    /// Bytes of factors and work space, and of the pattern itself.
    pub fn memory(&self) -> usize {
        let room = &self.largest;
        let values = self.stored + room.front + room.inverses + room.packed + room.stack;
        let pattern = self.fronts.iter().map(|front| {
            size_of::<Front>()
                + size_of_val(&front.rows[..])
                + size_of_val(&front.parent_columns[..])
                + size_of_val(&front.parent_rows[..])
                + size_of_val(&front.blocks[..])
        });
        8 * values + pattern.sum::<usize>()
    }

    /// Multiplications and additions of one factorisation.
    pub fn operations(&self) -> f64 {
        self.operations
    }
}

/// Groups of cells in the order of their elimination, as a tree.
struct Groups {
    cells: Vec<Vec<u32>>,
    /// The cells of later groups that each couples to when its turn comes, in the order of their
    /// elimination.
    others: Vec<Vec<u32>>,
    /// The group of the first of these, or `u32::MAX`.
    parent: Vec<u32>,
}

impl Groups {
    fn new(graph: &Graph, cells: Vec<Vec<u32>>) -> Self {
        let mut position = vec![0u32; graph.nodes()];
        let mut group_of = vec![0u32; graph.nodes()];
        let mut order = Vec::with_capacity(graph.nodes());
        for (g, members) in cells.iter().enumerate() {
            for &node in members {
                position[node as usize] = order.len() as u32;
                group_of[node as usize] = g as u32;
                order.push(node);
            }
        }
        let mut coupled: Vec<Vec<u32>> = vec![Vec::new(); cells.len()];
        let mut others = Vec::with_capacity(cells.len());
        let mut parent = vec![u32::MAX; cells.len()];
        for (g, members) in cells.iter().enumerate() {
            let mut later = std::mem::take(&mut coupled[g]);
            for &node in members {
                let neighbours = graph.neighbours(node as usize).iter();
                later.extend(neighbours.map(|&next| position[next as usize]));
            }
            later.retain(|&p| group_of[order[p as usize] as usize] > g as u32);
            later.sort_unstable();
            later.dedup();
            if let Some(&first) = later.first() {
                parent[g] = group_of[order[first as usize] as usize];
                coupled[parent[g] as usize].extend(&later);
            }
            others.push(later.into_iter().map(|p| order[p as usize]).collect());
        }
        Self {
            cells,
            others,
            parent,
        }
    }

    /// The same with every group directly after the last of its children, so that Schur
    /// complements can wait on a stack.
    fn in_postorder(self) -> Self {
        let n = self.cells.len();
        let mut children = vec![Vec::new(); n];
        let mut stack = Vec::new();
        for g in 0..n {
            match self.parent[g] {
                u32::MAX => stack.push((g, 0)),
                up => children[up as usize].push(g),
            }
        }
        stack.reverse();
        let mut order = Vec::with_capacity(n);
        while let Some((g, visited)) = stack.pop() {
            if visited < children[g].len() {
                stack.push((g, visited + 1));
                stack.push((children[g][visited], 0));
            } else {
                order.push(g);
            }
        }
        let mut place = vec![u32::MAX; n];
        for (p, &g) in order.iter().enumerate() {
            place[g] = p as u32;
        }
        let (mut cells, mut others) = (self.cells, self.others);
        Self {
            cells: order
                .iter()
                .map(|&g| std::mem::take(&mut cells[g]))
                .collect(),
            others: order
                .iter()
                .map(|&g| std::mem::take(&mut others[g]))
                .collect(),
            parent: order
                .iter()
                .map(|&g| match self.parent[g] {
                    u32::MAX => u32::MAX,
                    up => place[up as usize],
                })
                .collect(),
        }
    }
}

fn place(graph: &Graph, groups: &Groups) -> Symbolic {
    let size_of = |node: u32| graph.unknowns[node as usize];
    let mut offset = vec![0u32];
    for &u in &graph.unknowns {
        offset.push(offset[offset.len() - 1] + u32::from(u));
    }
    let mut group_of = vec![0u32; graph.nodes()];
    for (g, members) in groups.cells.iter().enumerate() {
        for &node in members {
            group_of[node as usize] = g as u32;
        }
    }
    let mut edges_of = vec![Vec::new(); groups.cells.len()];
    for (e, &(a, b)) in graph.edges.iter().enumerate() {
        let first = group_of[a as usize].min(group_of[b as usize]);
        edges_of[first as usize].push(e);
    }
    let matrix = super::BlockMatrix::zeros(graph);
    // Offset of every cell in the front under construction.
    let mut local = vec![u32::MAX; graph.nodes()];
    let mut fronts: Vec<Front> = Vec::with_capacity(groups.cells.len());
    for (g, members) in groups.cells.iter().enumerate() {
        let mut rows = Vec::new();
        for &node in members.iter().chain(&groups.others[g]) {
            local[node as usize] = rows.len() as u32;
            rows.extend(offset[node as usize]..offset[node as usize + 1]);
        }
        let pivots = graph.unknowns_of(members) as u32;
        let row_of = |column: u32| padded(column, pivots);
        let mut blocks = Vec::new();
        for &node in members {
            blocks.push(Block {
                source: Source::Diagonal,
                at: matrix.diagonal_at[node as usize],
                rows: size_of(node),
                columns: size_of(node),
                row: row_of(local[node as usize]),
                column: local[node as usize],
            });
        }
        for &e in &edges_of[g] {
            let (a, b) = graph.edges[e];
            let (low, high) = (local[a as usize], local[b as usize]);
            let at = matrix.edge_at[e];
            let (rows, columns) = (size_of(a), size_of(b));
            blocks.push(Block {
                source: Source::Forward,
                at,
                rows,
                columns,
                row: row_of(low),
                column: high,
            });
            blocks.push(Block {
                source: Source::Backward,
                at,
                rows: columns,
                columns: rows,
                row: row_of(high),
                column: low,
            });
        }
        fronts.push(Front {
            pivots: pivots as usize,
            rows,
            parent_columns: Vec::new(),
            parent_rows: Vec::new(),
            children: 0,
            blocks,
        });
    }
    for (g, &up) in groups.parent.iter().enumerate() {
        if up == u32::MAX {
            continue;
        }
        let up = up as usize;
        let mut at = 0;
        for &node in groups.cells[up].iter().chain(&groups.others[up]) {
            local[node as usize] = at;
            at += u32::from(size_of(node));
        }
        let columns: Vec<u32> = groups.others[g]
            .iter()
            .flat_map(|&node| (0..u32::from(size_of(node))).map(move |k| (node, k)))
            .map(|(node, k)| local[node as usize] + k)
            .collect();
        fronts[g].parent_rows = runs(&columns, fronts[up].pivots as u32);
        fronts[g].parent_columns = columns;
        fronts[up].children += 1;
    }
    summarise(fronts, offset[graph.nodes()] as usize)
}

/// Row of a front at which its unknown `k` is: rows of zeros follow those of the pivots.
fn padded(k: u32, pivots: u32) -> u32 {
    if k < pivots {
        k
    } else {
        k - pivots + pivots.next_multiple_of(ROWS as u32)
    }
}

/// The rows of the unknowns `columns` of a front, those that follow one another together.
fn runs(columns: &[u32], pivots: u32) -> Vec<Run> {
    let mut result: Vec<Run> = Vec::new();
    for (from, &column) in (0..).zip(columns) {
        let to = padded(column, pivots);
        match result.last_mut() {
            Some(run) if run.to + run.length == to => run.length += 1,
            _ => result.push(Run {
                from,
                to,
                length: 1,
            }),
        }
    }
    result
}

fn summarise(fronts: Vec<Front>, unknowns: usize) -> Symbolic {
    let (mut stored, mut operations, mut stack) = (0, 0.0, 0);
    let mut largest = Room::default();
    let mut held: Vec<usize> = Vec::new();
    for front in &fronts {
        let (s, r) = (front.pivots, front.others());
        stored += front.stored();
        operations +=
            2.0 * (s * r * r) as f64 + 2.0 * (s * s * r) as f64 + 2.0 / 3.0 * (s * s * s) as f64;
        for _ in 0..front.children {
            stack -= held.pop().unwrap_or(0);
        }
        held.push(r * r);
        stack += r * r;
        let columns = r.next_multiple_of(COLUMNS).max(ROWS);
        largest = Room {
            front: largest.front.max(front.padded_length()),
            rows: largest.rows.max(front.padded_rows()),
            inverses: largest.inverses.max(ROWS * front.padded_pivots()),
            packed: largest.packed.max(s * columns),
            stack: largest.stack.max(stack),
        };
    }
    Symbolic {
        fronts,
        unknowns,
        stored,
        largest,
        operations,
    }
}
