//! The order in which cells are eliminated.
//!
//! Slits are long and narrow and meet only in small gaps: the domain is a snake (staggered
//! sheets) or a ladder (aligned ones). Eliminating the cells farthest from the reservoir first
//! keeps one short front per branch, a slit's width, which walks along the slit and turns through
//! the gap by itself; the work grows linearly with the number of sheets.

use super::Graph;

/// Cells by falling distance (in steps) from the last cell of the graph, in a postorder of the
/// elimination tree.
pub fn farthest_first(graph: &Graph) -> Vec<u32> {
    let n = graph.nodes();
    let mut order = Vec::with_capacity(n);
    let mut seen = vec![false; n];
    // Components one after the other; each from its cell of the highest index.
    for root in (0..n).rev() {
        if seen[root] {
            continue;
        }
        seen[root] = true;
        let mut head = order.len();
        order.push(root as u32);
        while head < order.len() {
            let node = order[head] as usize;
            head += 1;
            for &next in graph.neighbours(node) {
                if !seen[next as usize] {
                    seen[next as usize] = true;
                    order.push(next);
                }
            }
        }
    }
    order.reverse();
    let parent = elimination_tree(graph, &order);
    postorder(&order, &parent)
}

/// Parent of each position, or `u32::MAX` (Liu's algorithm with path compression).
pub fn elimination_tree(graph: &Graph, order: &[u32]) -> Vec<u32> {
    let n = order.len();
    let mut position = vec![0u32; n];
    for (p, &node) in order.iter().enumerate() {
        position[node as usize] = p as u32;
    }
    let mut parent = vec![u32::MAX; n];
    let mut ancestor = vec![u32::MAX; n];
    for (p, &node) in order.iter().enumerate() {
        for &next in graph.neighbours(node as usize) {
            let mut q = position[next as usize];
            while q < p as u32 {
                let up = ancestor[q as usize];
                ancestor[q as usize] = p as u32;
                if up == u32::MAX {
                    parent[q as usize] = p as u32;
                    break;
                }
                if up == p as u32 {
                    break;
                }
                q = up;
            }
        }
    }
    parent
}

fn postorder(order: &[u32], parent: &[u32]) -> Vec<u32> {
    let n = order.len();
    let mut children = vec![Vec::new(); n];
    let mut stack = Vec::new();
    for p in 0..n {
        match parent[p] {
            u32::MAX => stack.push((p, 0)),
            up => children[up as usize].push(p),
        }
    }
    stack.reverse();
    let mut result = Vec::with_capacity(n);
    while let Some((p, visited)) = stack.pop() {
        if visited < children[p].len() {
            stack.push((p, visited + 1));
            stack.push((children[p][visited], 0));
        } else {
            result.push(order[p]);
        }
    }
    result
}
