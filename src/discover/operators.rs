//! The functions an expression may be built from, and what each costs.

use super::DiscoverError;

/// A function of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unary {
    Sqrt,
    Exp,
    Log,
    Sin,
    Cos,
    Tanh,
    Abs,
}

impl Unary {
    pub const ALL: [Self; 7] = [
        Self::Sqrt,
        Self::Exp,
        Self::Log,
        Self::Sin,
        Self::Cos,
        Self::Tanh,
        Self::Abs,
    ];

    /// Name in text expressions. `log` is the natural logarithm.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqrt => "sqrt",
            Self::Exp => "exp",
            Self::Log => "log",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Tanh => "tanh",
            Self::Abs => "abs",
        }
    }

    /// The function's value. Outside its domain it is not a number: nothing is "protected".
    #[inline]
    pub fn value(self, u: f64) -> f64 {
        match self {
            Self::Sqrt => u.sqrt(),
            Self::Exp => u.exp(),
            Self::Log => u.ln(),
            Self::Sin => u.sin(),
            Self::Cos => u.cos(),
            Self::Tanh => u.tanh(),
            Self::Abs => u.abs(),
        }
    }

    /// The derivative at `u`, where the function's value is `v`.
    #[inline]
    pub fn derivative(self, u: f64, v: f64) -> f64 {
        match self {
            Self::Sqrt => 0.5 / v,
            Self::Exp => v,
            Self::Log => 1.0 / u,
            Self::Sin => u.cos(),
            Self::Cos => -u.sin(),
            Self::Tanh => 1.0 - v * v,
            Self::Abs => u.signum(),
        }
    }
}

/// A function that genes may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    Add,
    Sub,
    Mul,
    Div,
    Square,
    Pow,
    Unary(Unary),
}

impl Function {
    /// Number of arguments.
    pub fn arity(self) -> usize {
        match self {
            Self::Add | Self::Sub | Self::Mul | Self::Div | Self::Pow => 2,
            Self::Square | Self::Unary(_) => 1,
        }
    }

    /// Name in operator lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Square => "square",
            Self::Pow => "pow",
            Self::Unary(u) => u.name(),
        }
    }

    /// All functions there are.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Add,
            Self::Sub,
            Self::Mul,
            Self::Div,
            Self::Square,
            Self::Pow,
        ];
        all.extend(Unary::ALL.map(Self::Unary));
        all
    }

    /// Reads a list such as `+,-,*,/,sqrt,exp`.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, DiscoverError> {
        let mut functions = Vec::new();
        for name in list.split(',').map(str::trim).filter(|s| !s.is_empty()) {
            let found = Self::all().into_iter().find(|f| f.name() == name);
            let Some(function) = found else {
                return Err(DiscoverError::UnknownOperator(name.to_string()));
            };
            if !functions.contains(&function) {
                functions.push(function);
            }
        }
        if functions.iter().all(|f| f.arity() < 2) {
            return Err(DiscoverError::NoBinaryOperator);
        }
        Ok(functions)
    }

    /// `+ - * / sqrt exp log square`: what constitutive laws are mostly made of.
    pub fn default_set() -> Vec<Self> {
        vec![
            Self::Add,
            Self::Sub,
            Self::Mul,
            Self::Div,
            Self::Square,
            Self::Unary(Unary::Sqrt),
            Self::Unary(Unary::Exp),
            Self::Unary(Unary::Log),
        ]
    }
}

/// What each part of an expression adds to its complexity.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    pub variable: u32,
    pub constant: u32,
    /// Each addition or subtraction.
    pub add: u32,
    /// Each multiplication.
    pub mul: u32,
    /// Each division.
    pub div: u32,
    /// An integer power other than -1, or a general power.
    pub power: u32,
    /// Functions of one argument, in the order of [`Unary::ALL`].
    pub unary: [u32; 7],
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            variable: 1,
            constant: 1,
            add: 1,
            mul: 1,
            div: 1,
            power: 2,
            unary: [2, 3, 3, 3, 3, 3, 1],
        }
    }
}

impl Costs {
    pub fn of(&self, unary: Unary) -> u32 {
        self.unary[unary as usize]
    }

    /// Sets the cost of one part, by the names of [`Function::name`], `var` or `const`.
    pub fn set(&mut self, name: &str, cost: u32) -> Result<(), DiscoverError> {
        let place = match name {
            "+" | "-" => &mut self.add,
            "*" => &mut self.mul,
            "/" => &mut self.div,
            "square" | "pow" => &mut self.power,
            "var" => &mut self.variable,
            "const" => &mut self.constant,
            other => match Unary::ALL.iter().find(|u| u.name() == other) {
                Some(u) => &mut self.unary[*u as usize],
                None => return Err(DiscoverError::UnknownOperator(name.to_string())),
            },
        };
        *place = cost;
        Ok(())
    }
}
