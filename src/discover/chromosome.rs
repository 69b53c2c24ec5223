//! Genes of fixed length and what they say.
//!
//! A gene has a head of `h` symbols, functions or terminals, and a tail of `h (n - 1) + 1`
//! terminals, n being the largest arity: whatever stands in the head, the gene can be read. It is
//! read level by level (Karva notation, Ferreira 2001): the first symbol is the root, its
//! arguments are the next unread symbols, and so on. Terminals are columns or `?`; the k-th `?`
//! that is read takes the constant that the k-th entry of the Dc domain points to (gene
//! expression programming with random numerical constants).
//!
//! The genes of a hole are linked by addition, each with a fitted coefficient, and the sum may stand
//! in an outer function, the link: `1/(a + b/d1 + c n/d2)` needs two small genes under the link
//! `1/s`, but one large one without it. The link is inherited and mutates like a symbol.

use super::expression::{Expr, apply, power, product, raise, sum};
use super::operators::{Function, Unary};
use super::rng::Rng;

/// Constants that each gene's Dc domain can point to.
pub const CONSTANTS: usize = 6;

/// A symbol: an index into the functions, then the inputs, then `?`.
pub type Symbol = u16;

/// The outer function of a hole's genes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Sum,
    /// One over the sum.
    Inverse,
    /// A function of the sum.
    Of(Unary),
}

impl Link {
    /// The links that an operator list allows.
    pub fn allowed(functions: &[Function]) -> Vec<Self> {
        let mut links = vec![Self::Sum];
        if functions.contains(&Function::Div) {
            links.push(Self::Inverse);
        }
        for f in [Unary::Sqrt, Unary::Exp, Unary::Log] {
            if functions.contains(&Function::Unary(f)) {
                links.push(Self::Of(f));
            }
        }
        links
    }

    fn around(self, total: Expr) -> Expr {
        match self {
            Self::Sum => total,
            Self::Inverse => power(total, -1),
            Self::Of(f) => apply(f, total),
        }
    }
}

/// What the genes of a search are made of.
#[derive(Debug, Clone)]
pub struct Alphabet {
    pub functions: Vec<Function>,
    pub links: Vec<Link>,
    /// Inputs that each hole may use.
    pub holes: Vec<Vec<usize>>,
    pub genes_per_hole: usize,
    pub head: usize,
    /// Plain numbers that simplification leaves (the 2 of x + x) become fitted constants. Set where
    /// columns are measured in powers of ten, which give plain numbers no meaning.
    pub free_numbers: bool,
}

impl Alphabet {
    pub fn tail(&self) -> usize {
        let n_max = self.functions.iter().map(|f| f.arity()).max().unwrap_or(2);
        self.head * (n_max - 1) + 1
    }

    pub fn gene_length(&self) -> usize {
        self.head + self.tail()
    }

    pub fn genes(&self) -> usize {
        self.holes.len() * self.genes_per_hole
    }

    pub fn hole_of(&self, gene: usize) -> usize {
        gene / self.genes_per_hole
    }

    /// The plain sum three times out of four.
    pub fn random_link(&self, rng: &mut Rng) -> Link {
        if rng.chance(0.75) {
            Link::Sum
        } else {
            self.links[rng.below(self.links.len())]
        }
    }

    fn function(&self, symbol: Symbol) -> Option<Function> {
        self.functions.get(symbol as usize).copied()
    }

    /// Symbol of an input, or of `?` for `None`.
    fn terminal(&self, input: Option<usize>) -> Symbol {
        let f = self.functions.len();
        // `?` comes right after the functions, so that inputs need no bound.
        (match input {
            None => f,
            Some(v) => f + 1 + v,
        }) as Symbol
    }

    fn random_terminal(&self, hole: usize, rng: &mut Rng) -> Symbol {
        let inputs = &self.holes[hole];
        // One terminal in six is a constant, however many inputs there are.
        if rng.chance(1.0 / 6.0) {
            self.terminal(None)
        } else {
            self.terminal(Some(inputs[rng.below(inputs.len())]))
        }
    }

    /// A random symbol for a position of a gene.
    pub fn random_symbol(&self, hole: usize, position: usize, rng: &mut Rng) -> Symbol {
        if position < self.head && rng.chance(0.6) {
            rng.below(self.functions.len()) as Symbol
        } else {
            self.random_terminal(hole, rng)
        }
    }

    pub fn is_function(&self, symbol: Symbol) -> bool {
        (symbol as usize) < self.functions.len()
    }

    pub fn random_gene(&self, hole: usize, rng: &mut Rng) -> Gene {
        let mut symbols: Vec<Symbol> = (0..self.gene_length())
            .map(|k| self.random_symbol(hole, k, rng))
            .collect();
        // A root that is a function more often than not.
        if rng.chance(0.7) {
            symbols[0] = rng.below(self.functions.len()) as Symbol;
        }
        Gene {
            symbols,
            dc: (0..self.tail())
                .map(|_| rng.below(CONSTANTS) as u8)
                .collect(),
            constants: std::array::from_fn(|_| random_constant(rng)),
        }
    }
}

/// A start value for a constant: mostly near 1, sometimes far.
pub fn random_constant(rng: &mut Rng) -> f64 {
    if rng.chance(0.5) {
        rng.normal()
    } else {
        let size = (1.5 * rng.normal()).exp();
        if rng.chance(0.5) { size } else { -size }
    }
}

/// One gene.
#[derive(Debug, Clone, PartialEq)]
pub struct Gene {
    /// Head and tail.
    pub symbols: Vec<Symbol>,
    /// Which constant each `?` takes.
    pub dc: Vec<u8>,
    pub constants: [f64; CONSTANTS],
}

impl Gene {
    /// Length of the part that is read.
    pub fn open_reading_frame(&self, alphabet: &Alphabet) -> usize {
        let (mut needed, mut read) = (1, 0);
        while read < needed && read < self.symbols.len() {
            if let Some(f) = alphabet.function(self.symbols[read]) {
                needed += f.arity();
            }
            read += 1;
        }
        read
    }

    /// The expression that the gene says.
    pub fn expression(&self, alphabet: &Alphabet) -> Expr {
        let length = self.open_reading_frame(alphabet);
        let mut first_argument = vec![0; length];
        let mut next = 1;
        let mut mark = 0;
        let mut marks = vec![0; length];
        for k in 0..length {
            first_argument[k] = next;
            match alphabet.function(self.symbols[k]) {
                Some(f) => next += f.arity(),
                None if self.symbols[k] == alphabet.terminal(None) => {
                    marks[k] = mark;
                    mark += 1;
                }
                None => {}
            }
        }
        // Arguments stand behind their function, so backwards every argument is ready in time.
        let mut parts: Vec<Option<Expr>> = vec![None; length];
        for k in (0..length).rev() {
            let symbol = self.symbols[k];
            let mut argument = |n: usize| {
                let at = first_argument[k] + n;
                parts
                    .get_mut(at)
                    .and_then(Option::take)
                    .unwrap_or(Expr::Number(0.0))
            };
            let part = match alphabet.function(symbol) {
                Some(Function::Add) => sum(vec![argument(0), argument(1)]),
                Some(Function::Sub) => {
                    let u = argument(0);
                    sum(vec![u, product(vec![Expr::Number(-1.0), argument(1)])])
                }
                Some(Function::Mul) => product(vec![argument(0), argument(1)]),
                Some(Function::Div) => {
                    let u = argument(0);
                    product(vec![u, power(argument(1), -1)])
                }
                Some(Function::Square) => power(argument(0), 2),
                Some(Function::Pow) => {
                    let u = argument(0);
                    raise(u, argument(1))
                }
                Some(Function::Unary(f)) => apply(f, argument(0)),
                None if symbol == alphabet.terminal(None) => {
                    let pointer = self.dc[marks[k] % self.dc.len()] as usize;
                    Expr::Constant(self.constants[pointer % CONSTANTS])
                }
                None => Expr::Variable(symbol as usize - alphabet.functions.len() - 1),
            };
            parts[k] = Some(part);
        }
        parts[0].take().unwrap_or(Expr::Number(0.0))
    }
}

/// The genes of an individual, hole after hole.
#[derive(Debug, Clone, PartialEq)]
pub struct Chromosome {
    pub genes: Vec<Gene>,
    /// The link of each hole.
    pub links: Vec<Link>,
}

impl Chromosome {
    pub fn random(alphabet: &Alphabet, rng: &mut Rng) -> Self {
        let genes = (0..alphabet.genes())
            .map(|g| alphabet.random_gene(alphabet.hole_of(g), rng))
            .collect();
        let links = alphabet
            .holes
            .iter()
            .map(|_| alphabet.random_link(rng))
            .collect();
        Self { genes, links }
    }

    /// The whole expression: linked genes in the template's holes.
    pub fn expression(&self, alphabet: &Alphabet, template: &Expr) -> Expr {
        let linked: Vec<Expr> = self
            .genes
            .chunks(alphabet.genes_per_hole)
            .zip(&self.links)
            .map(|(genes, link)| {
                // Not zero: most links have no derivative there.
                let mut terms = vec![Expr::Constant(0.1)];
                for gene in genes {
                    let mut term = gene.expression(alphabet);
                    if alphabet.free_numbers {
                        term = with_free_numbers(&term);
                    }
                    terms.push(product(vec![Expr::Constant(1.0), term]));
                }
                link.around(sum(terms))
            })
            .collect();
        template.map_leaves(&mut |leaf| match leaf {
            Expr::Hole(h) => linked[*h].clone(),
            other => other.clone(),
        })
    }
}

/// The expression with its numbers, signs excepted, as fitted constants.
fn with_free_numbers(expr: &Expr) -> Expr {
    expr.map_leaves(&mut |leaf| match leaf {
        Expr::Number(v) if *v != -1.0 => Expr::Constant(*v),
        other => other.clone(),
    })
}

/// A gene that says `expr`, if the head is long enough and all its functions are at hand; the
/// rest of the gene is random.
pub fn encoded(expr: &Expr, hole: usize, alphabet: &Alphabet, rng: &mut Rng) -> Option<Gene> {
    let mut gene = alphabet.random_gene(hole, rng);
    let mut queue: std::collections::VecDeque<Binary> = [binary(expr)?].into();
    let (mut at, mut mark) = (0, 0);
    while let Some(node) = queue.pop_front() {
        let symbol = match &node {
            Binary::Variable(v) if alphabet.holes[hole].contains(v) => alphabet.terminal(Some(*v)),
            Binary::Variable(_) => return None,
            Binary::Constant(c) => {
                let slot = mark % CONSTANTS;
                gene.constants[slot] = *c;
                *gene.dc.get_mut(mark)? = slot as u8;
                mark += 1;
                alphabet.terminal(None)
            }
            Binary::Call(f, _) => {
                if at >= alphabet.head {
                    return None;
                }
                alphabet.functions.iter().position(|g| g == f)? as Symbol
            }
        };
        *gene.symbols.get_mut(at)? = symbol;
        at += 1;
        if let Binary::Call(_, arguments) = node {
            queue.extend(arguments);
        }
    }
    Some(gene)
}

/// An expression in the functions of genes.
enum Binary {
    Variable(usize),
    Constant(f64),
    Call(Function, Vec<Binary>),
}

fn binary(expr: &Expr) -> Option<Binary> {
    let chain = |f: Function, parts: Vec<Binary>| {
        parts.into_iter().reduce(|a, b| Binary::Call(f, vec![a, b]))
    };
    Some(match expr {
        Expr::Number(c) | Expr::Constant(c) => Binary::Constant(*c),
        Expr::Variable(v) => Binary::Variable(*v),
        Expr::Hole(_) => return None,
        Expr::Sum(terms) => {
            let parts = terms.iter().map(binary).collect::<Option<Vec<_>>>()?;
            chain(Function::Add, parts)?
        }
        Expr::Product(factors) => {
            let mut total: Option<Binary> = None;
            for factor in factors {
                let (f, part) = match factor {
                    Expr::Power(u, -1) => (Function::Div, binary(u)?),
                    other => (Function::Mul, binary(other)?),
                };
                total = Some(match (total, f) {
                    (None, Function::Mul) => part,
                    (None, f) => Binary::Call(f, vec![Binary::Constant(1.0), part]),
                    (Some(t), f) => Binary::Call(f, vec![t, part]),
                });
            }
            total?
        }
        Expr::Power(u, -1) => Binary::Call(Function::Div, vec![Binary::Constant(1.0), binary(u)?]),
        Expr::Power(u, 2) => Binary::Call(Function::Square, vec![binary(u)?]),
        Expr::Power(u, 3) => Binary::Call(
            Function::Mul,
            vec![Binary::Call(Function::Square, vec![binary(u)?]), binary(u)?],
        ),
        Expr::Power(..) => return None,
        Expr::Raise(u, v) => Binary::Call(Function::Pow, vec![binary(u)?, binary(v)?]),
        Expr::Apply(f, u) => Binary::Call(Function::Unary(*f), vec![binary(u)?]),
    })
}
