//! The names at one place of a module, and the faults found up to there.

use rust_hdl::core::ast::{VerilogExpression, VerilogLoop, VerilogStatement};
use rust_hdl::core::verilog_gen::verilog_combinatorial;

use super::fault::{Cause, Fault};
use super::module::{Module, Name};
use super::order::Order;

/// The names at one place of a module, and the faults so far.
pub struct Scope<'m> {
    module: &'m Module,
    /// The loops around it, with the values of their variables.
    pub loops: Vec<(&'m str, usize)>,
    /// What was read and assigned before it.
    pub order: Order,
    /// The faults so far.
    pub faults: Vec<Fault>,
}

/// What a name in an expression refers to.
pub enum Meaning {
    /// A declared name.
    Declared(Name),
    /// A number: a loop variable.
    Number,
}

impl<'m> Scope<'m> {
    /// The names at the start of a module.
    pub fn new(module: &'m Module) -> Self {
        Self { module, loops: Vec::new(), order: Order::default(), faults: Vec::new() }
    }

    /// Notes a fault.
    pub fn fault(&mut self, at: &VerilogExpression, cause: Cause) {
        let expression = self.printed(at);
        self.faults.push(Fault { module: self.module.path.clone(), expression, cause });
    }

    /// What a name refers to here; notes a fault if it is unknown.
    pub fn look_up(&mut self, raw: &str) -> Option<Meaning> {
        if self.loops.iter().any(|(variable, _)| *variable == raw) {
            return Some(Meaning::Number);
        }
        let name = self.declared_name(raw);
        let found = name.as_ref().and_then(|name| self.module.names.get(name)).copied();
        if found.is_none() {
            let expression = name.unwrap_or_else(|| raw.to_owned());
            self.faults.push(Fault { module: self.module.path.clone(), expression, cause: Cause::UnknownName });
        }
        found.map(Meaning::Declared)
    }

    /// The name in Verilog: `x[i + 1]` becomes `x$3`.
    pub fn declared_name(&self, raw: &str) -> Option<String> {
        let name = raw.trim_start_matches('.').replace("::", "$").replace('.', "$");
        let name = name.trim_end_matches("$next");
        let Some((before, rest)) = name.split_once('[') else { return Some(name.to_owned()) };
        let (index, after) = rest.split_once(']')?;
        let index = Index { loops: &self.loops, rest: index }.value()?;
        Some(format!("{before}${index}{after}"))
    }

    /// The expression as rust-hdl prints it.
    fn printed(&self, expression: &VerilogExpression) -> String {
        if self.mentions_unknown(expression) {
            // The printer panics on an index that is not a number.
            return format!("{expression:?}");
        }
        let target = VerilogExpression::Signal("_".to_owned());
        let mut block = vec![VerilogStatement::Assignment(target, expression.clone())];
        for &(index, value) in self.loops.iter().rev() {
            let (from, to) = (value.into(), (value + 1).into());
            block = vec![VerilogStatement::Loop(VerilogLoop { index: index.to_owned(), from, to, block })];
        }
        let text = verilog_combinatorial(&block);
        let start = text.find("_ = ").map_or(0, |at| at + 4);
        let end = text.rfind(';').unwrap_or(text.len());
        text[start..end].trim().to_owned()
    }

    fn mentions_unknown(&self, expression: &VerilogExpression) -> bool {
        use VerilogExpression as E;
        match expression {
            E::Signal(raw) => self.declared_name(raw).is_none(),
            E::Literal(_) => false,
            E::Cast(a, _) | E::Signed(a) | E::Unsigned(a) | E::Paren(a) | E::Unary(_, a) => self.mentions_unknown(a),
            E::Binary(a, _, b) | E::Index(a, b) | E::Slice(a, _, b) => {
                self.mentions_unknown(a) || self.mentions_unknown(b)
            }
            E::IndexReplace(a, b, c) => [a, b, c].iter().any(|each| self.mentions_unknown(each)),
        }
    }

    /// The value of a slice's offset, if known.
    pub fn number(&self, expression: &VerilogExpression) -> Option<usize> {
        match expression {
            VerilogExpression::Signal(raw) => {
                self.loops.iter().rev().find(|(variable, _)| variable == raw).map(|(_, value)| *value)
            }
            VerilogExpression::Literal(literal) => {
                usize::from_str_radix(format!("{literal:x}").split("'h").nth(1)?, 16).ok()
            }
            VerilogExpression::Paren(inner) => self.number(inner),
            _ => None,
        }
    }
}

/// Evaluates an array index: sums and products of numbers and loop variables.
struct Index<'a> {
    loops: &'a [(&'a str, usize)],
    rest: &'a str,
}

impl Index<'_> {
    fn value(mut self) -> Option<i64> {
        let value = self.sum()?;
        self.rest.is_empty().then_some(value)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        while let Some(sign) = self.take(&['+', '-']) {
            let right = self.product()?;
            value = if sign == '+' { value + right } else { value - right };
        }
        Some(value)
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.factor()?;
        while let Some(sign) = self.take(&['*', '/', '%']) {
            let right = self.factor()?;
            value = match sign {
                '*' => value.checked_mul(right)?,
                '/' => value.checked_div(right)?,
                _ => value.checked_rem(right)?,
            };
        }
        Some(value)
    }

    fn factor(&mut self) -> Option<i64> {
        if self.take(&['(']).is_some() {
            let value = self.sum()?;
            return self.take(&[')']).map(|_| value);
        }
        let rest = self.rest.trim_start();
        let end = rest.find(|each: char| !each.is_ascii_alphanumeric() && each != '_').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        let variable = self.loops.iter().rev().find(|(variable, _)| *variable == word);
        variable.map(|(_, value)| i64::try_from(*value).ok()).unwrap_or_else(|| word.parse().ok())
    }

    fn take(&mut self, any_of: &[char]) -> Option<char> {
        let rest = self.rest.trim_start();
        let first = rest.chars().next().filter(|first| any_of.contains(first))?;
        self.rest = &rest[first.len_utf8()..];
        Some(first)
    }
}
