//! The operators of gene expression programming that make a generation out of the last one.
//!
//! Rates follow Ferreira (2001, arXiv cs/0102027) and Weatheritt & Sandberg (2016, doi
//! 10.1016/j.jcp.2016.08.015). Every operator leaves heads, tails and Dc domains in their places, so
//! every child can be read.

use super::chromosome::{Alphabet, CONSTANTS, Chromosome, random_constant};
use super::rng::Rng;

/// Probabilities of the operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Per symbol.
    pub mutation: f64,
    /// The following per chromosome.
    pub inversion: f64,
    pub is_transposition: f64,
    pub ris_transposition: f64,
    pub gene_transposition: f64,
    pub one_point: f64,
    pub two_point: f64,
    pub gene_recombination: f64,
    pub dc_mutation: f64,
    pub dc_inversion: f64,
    pub constant_mutation: f64,
    pub link_mutation: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            mutation: 0.05,
            inversion: 0.1,
            is_transposition: 0.1,
            ris_transposition: 0.1,
            gene_transposition: 0.1,
            one_point: 0.3,
            two_point: 0.3,
            gene_recombination: 0.3,
            dc_mutation: 0.1,
            dc_inversion: 0.1,
            constant_mutation: 0.2,
            link_mutation: 0.1,
        }
    }
}

/// Longest piece that transposition moves.
const LONGEST: usize = 4;

/// Applies the one-parent operators.
pub fn mutate(c: &mut Chromosome, alphabet: &Alphabet, rates: &Rates, rng: &mut Rng) {
    for g in 0..c.genes.len() {
        let hole = alphabet.hole_of(g);
        for k in 0..alphabet.gene_length() {
            if rng.chance(rates.mutation) {
                c.genes[g].symbols[k] = alphabet.random_symbol(hole, k, rng);
            }
        }
    }
    if rng.chance(rates.inversion) {
        let g = rng.below(c.genes.len());
        let (from, to) = piece(alphabet.head, rng);
        c.genes[g].symbols[from..to].reverse();
    }
    if rng.chance(rates.is_transposition) {
        insert_sequence(c, alphabet, rng);
    }
    if rng.chance(rates.ris_transposition) {
        insert_root_sequence(c, alphabet, rng);
    }
    if rng.chance(rates.gene_transposition) {
        // A gene moves to the front of its hole's genes; under addition only the order changes,
        // which matters to the recombinations.
        let g = rng.below(c.genes.len());
        let front = alphabet.hole_of(g) * alphabet.genes_per_hole;
        c.genes[front..=g].rotate_right(1);
    }
    if rng.chance(rates.dc_mutation) {
        let g = rng.below(c.genes.len());
        let k = rng.below(c.genes[g].dc.len());
        c.genes[g].dc[k] = rng.below(CONSTANTS) as u8;
    }
    if rng.chance(rates.dc_inversion) {
        let g = rng.below(c.genes.len());
        let (from, to) = piece(c.genes[g].dc.len(), rng);
        c.genes[g].dc[from..to].reverse();
    }
    if rng.chance(rates.link_mutation) {
        let hole = rng.below(c.links.len());
        c.links[hole] = alphabet.random_link(rng);
    }
    if rng.chance(rates.constant_mutation) {
        let g = rng.below(c.genes.len());
        let k = rng.below(CONSTANTS);
        c.genes[g].constants[k] = random_constant(rng);
    }
}

/// A random piece of `0 .. length`.
fn piece(length: usize, rng: &mut Rng) -> (usize, usize) {
    let from = rng.below(length);
    (from, from + 1 + rng.below(length - from))
}

/// IS transposition: a copy of a short piece is put into a head, not at its root; the head's end is
/// pushed out.
fn insert_sequence(c: &mut Chromosome, alphabet: &Alphabet, rng: &mut Rng) {
    if alphabet.head < 2 {
        return;
    }
    let to = rng.below(c.genes.len());
    let from = same_hole(to, alphabet, rng);
    let start = rng.below(alphabet.gene_length());
    let length = (1 + rng.below(LONGEST)).min(alphabet.gene_length() - start);
    let copied = c.genes[from].symbols[start..start + length].to_vec();
    let at = 1 + rng.below(alphabet.head - 1);
    push_into_head(&mut c.genes[to].symbols, at, &copied, alphabet.head);
}

/// RIS transposition: a piece that starts with a function becomes the root of its gene.
fn insert_root_sequence(c: &mut Chromosome, alphabet: &Alphabet, rng: &mut Rng) {
    let g = rng.below(c.genes.len());
    let symbols = &mut c.genes[g].symbols;
    let from = rng.below(alphabet.head);
    let Some(start) = (from..alphabet.head).find(|k| alphabet.is_function(symbols[*k])) else {
        return;
    };
    let length = (1 + rng.below(LONGEST)).min(symbols.len() - start);
    let copied = symbols[start..start + length].to_vec();
    push_into_head(symbols, 0, &copied, alphabet.head);
}

fn push_into_head(symbols: &mut [u16], at: usize, copied: &[u16], head: usize) {
    let room = copied.len().min(head - at);
    symbols.copy_within(at..head - room, at + room);
    symbols[at..at + room].copy_from_slice(&copied[..room]);
}

fn same_hole(gene: usize, alphabet: &Alphabet, rng: &mut Rng) -> usize {
    alphabet.hole_of(gene) * alphabet.genes_per_hole + rng.below(alphabet.genes_per_hole)
}

/// Applies the two-parent operators.
pub fn recombine(
    a: &mut Chromosome,
    b: &mut Chromosome,
    alphabet: &Alphabet,
    rates: &Rates,
    rng: &mut Rng,
) {
    let length = alphabet.gene_length();
    let total = length * a.genes.len();
    if rng.chance(rates.one_point) {
        swap_symbols(a, b, length, rng.below(total), total);
    }
    if rng.chance(rates.two_point) {
        let (from, to) = piece(total, rng);
        swap_symbols(a, b, length, from, to);
    }
    if rng.chance(rates.gene_recombination) {
        let g = rng.below(a.genes.len());
        let other = same_hole(g, alphabet, rng);
        std::mem::swap(&mut a.genes[g], &mut b.genes[other]);
        if rng.chance(0.5) {
            let hole = alphabet.hole_of(g);
            std::mem::swap(&mut a.links[hole], &mut b.links[hole]);
        }
    }
}

/// Exchanges positions `from .. to`, counted through all genes; a gene whose start is exchanged
/// takes its constants along.
fn swap_symbols(a: &mut Chromosome, b: &mut Chromosome, length: usize, from: usize, to: usize) {
    for g in 0..a.genes.len() {
        let start = from.max(g * length);
        let end = to.min((g + 1) * length);
        if start >= end {
            continue;
        }
        let range = start - g * length..end - g * length;
        let (left, right) = (&mut a.genes[g], &mut b.genes[g]);
        if range.start == 0 {
            std::mem::swap(&mut left.dc, &mut right.dc);
            std::mem::swap(&mut left.constants, &mut right.constants);
        }
        left.symbols[range.clone()].swap_with_slice(&mut right.symbols[range]);
    }
}
