//! Walks the statements of a module; loops are unrolled, as in the Verilog.

use rust_hdl::core::ast::{
    Verilog, VerilogBlock, VerilogBlockOrConditional, VerilogConditional, VerilogExpression, VerilogMatch,
    VerilogStatement,
};

use super::expression::{Context, Need, RustType};
use super::fault::{Cause, Fault};
use super::module::Module;
use super::scope::{Meaning, Scope};

/// The faults of a module's statements; hand-written Verilog is not checked.
pub fn faults(module: &Module) -> Vec<Fault> {
    let mut scope = Scope::new(module);
    if let Verilog::Combinatorial(block) = &module.code {
        scope.block(block);
    }
    scope.faults
}

impl<'m> Scope<'m> {
    fn block(&mut self, block: &'m VerilogBlock) {
        for statement in block {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'m VerilogStatement) {
        match statement {
            VerilogStatement::Assignment(target, value) => self.assignment(target, value),
            VerilogStatement::SliceAssignment { base, width, offset, replacement } => {
                self.slice(base, *width, offset);
                self.keeps_low(replacement, RustType::Bits(*width), *width);
                self.reads(replacement);
                self.writes(base);
            }
            VerilogStatement::If(conditional) => self.conditional(conditional),
            VerilogStatement::Match(choice) => self.choice(choice),
            VerilogStatement::Loop(repeated) => {
                for value in repeated.from.as_usize()..repeated.to.as_usize() {
                    self.loops.push((&repeated.index, value));
                    self.block(&repeated.block);
                    self.loops.pop();
                }
            }
            VerilogStatement::Macro(block) => self.block(block),
            VerilogStatement::Comment(_) | VerilogStatement::Link(_) => {}
        }
    }

    fn assignment(&mut self, target: &VerilogExpression, value: &VerilogExpression) {
        let VerilogExpression::Signal(raw) = target else {
            return self.fault(target, Cause::SliceOfExpression);
        };
        self.reads(value);
        self.writes(target);
        match self.look_up(raw) {
            Some(Meaning::Declared(name)) => {
                let (width, signed) = (name.rust_width, name.signed);
                let rust = if signed { RustType::Signed(Some(width)) } else { RustType::Bits(width) };
                self.keeps_low(value, rust, width);
            }
            Some(Meaning::Number) => self.fault(target, Cause::UnknownName),
            None => {}
        }
    }

    /// Notes that an expression is read here.
    fn reads(&mut self, expression: &VerilogExpression) {
        use VerilogExpression as E;
        match expression {
            E::Signal(raw) => {
                if let Some(name) = self.declared_name(raw) {
                    self.order.read(name);
                }
            }
            E::Literal(_) => {}
            E::Cast(a, _) | E::Signed(a) | E::Unsigned(a) | E::Paren(a) | E::Unary(_, a) => self.reads(a),
            E::Binary(a, _, b) | E::Index(a, b) | E::Slice(a, _, b) => {
                [a, b].into_iter().for_each(|each| self.reads(each))
            }
            E::IndexReplace(a, b, c) => [a, b, c].into_iter().for_each(|each| self.reads(each)),
        }
    }

    /// Notes that a signal is assigned here.
    fn writes(&mut self, target: &VerilogExpression) {
        let VerilogExpression::Signal(raw) = target else { return };
        if self.declared_name(raw).is_some_and(|name| !self.order.assign(name)) {
            self.fault(target, Cause::ReadBetweenAssignments);
        }
    }

    /// Checks blocks of which one is executed.
    fn branches(&mut self, blocks: impl IntoIterator<Item = &'m VerilogBlock>) {
        let before = self.order.clone();
        let mut after = before.clone();
        for block in blocks {
            self.order = before.clone();
            self.block(block);
            after.join(&self.order);
        }
        self.order = after;
    }

    /// Checks a value whose low bits are kept.
    fn keeps_low(&mut self, value: &VerilogExpression, rust: RustType, width: usize) {
        if let Some(shape) = self.shape(value) {
            let context = Context { width: width.max(shape.width), ..shape };
            self.check(value, context, Need::Low(width), rust);
        }
    }

    fn conditional(&mut self, conditional: &'m VerilogConditional) {
        self.check_alone(&conditional.test, RustType::Bits(1));
        self.reads(&conditional.test);
        let before = self.order.clone();
        self.block(&conditional.then);
        let after_then = std::mem::replace(&mut self.order, before);
        match &conditional.otherwise {
            VerilogBlockOrConditional::Block(block) => self.block(block),
            VerilogBlockOrConditional::Conditional(statement) => self.statement(statement),
            VerilogBlockOrConditional::None => {}
        }
        self.order.join(&after_then);
    }

    fn choice(&mut self, choice: &'m VerilogMatch) {
        let mut width = 0;
        for case in choice.cases.iter().filter(|case| case.condition != "default") {
            if let Some(Meaning::Declared(name)) = self.look_up(&case.condition) {
                width = width.max(name.verilog_width);
            }
        }
        if let Some(shape) = self.shape(&choice.test) {
            let context = Context { width: width.max(shape.width), ..shape };
            self.check(&choice.test, context, Need::Exact, RustType::Number);
        }
        self.reads(&choice.test);
        self.branches(choice.cases.iter().map(|case| &case.block));
    }
}
