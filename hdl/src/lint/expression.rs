//! Widths and signs of an expression in Rust and in Verilog, and whether its values are equal.
//!
//! Verilog extends every operand to the width of the context before it computes. So an operand must be ([`Need`]) exact in the
//! width of the context, or only in its low bits, which suffices for additions, products and the like.

use rust_hdl::core::ast::{VerilogExpression, VerilogOp, VerilogOpUnary};

use super::fault::Cause;
use super::module::{INTEGER_BITS, literal_width};
use super::scope::{Meaning, Scope};

/// A type in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RustType {
    /// `Bits` or an enumeration; `bool` and `Clock` have one bit.
    Bits(usize),
    /// `Signed`; `None` where a cast hides the width.
    Signed(Option<usize>),
    /// A literal, which takes the type of the other operand.
    Number,
}

impl RustType {
    fn width(self) -> Option<usize> {
        match self {
            Self::Bits(width) => Some(width),
            Self::Signed(width) => width,
            Self::Number => None,
        }
    }

    fn is_signed(self) -> bool {
        matches!(self, Self::Signed(_))
    }

    /// The type of both sides of an operation.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Number, known) | (known, Self::Number) => known,
            (Self::Signed(None), known) => known,
            (known, _) => known,
        }
    }
}

/// Width and sign in Verilog: of an expression on its own, or of the context in which it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Bits.
    pub width: usize,
    /// Whether operands are sign-extended.
    pub signed: bool,
}

impl Context {
    fn joined(self, other: Self) -> Self {
        Self { width: self.width.max(other.width), signed: self.signed && other.signed }
    }

    fn bits(width: usize) -> Self {
        Self { width, signed: false }
    }
}

/// What the value of an operand must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Rust's value, extended to the width of the context.
    Exact,
    /// Rust's value in this many low bits.
    Low(usize),
}

impl Scope<'_> {
    /// Width and sign of the expression on its own in Verilog; `None` if a name is unknown.
    pub fn shape(&mut self, expression: &VerilogExpression) -> Option<Context> {
        use VerilogExpression as E;
        Some(match expression {
            E::Signal(name) => match self.look_up(name)? {
                Meaning::Declared(name) => Context { width: name.verilog_width, signed: name.signed },
                Meaning::Number => Context { width: INTEGER_BITS, signed: true },
            },
            E::Literal(literal) => Context::bits(literal_width(&literal.to_string())),
            E::Cast(inner, width) => Context::bits(self.shape(inner)?.width.max(*width)),
            E::Signed(inner) => Context { signed: true, ..self.shape(inner)? },
            E::Unsigned(inner) => Context { signed: false, ..self.shape(inner)? },
            E::Paren(inner) => self.shape(inner)?,
            E::Binary(left, op, right) => match op {
                VerilogOp::Shl | VerilogOp::Shr => self.shape(left)?,
                _ if is_ring(op) || is_bitwise(op) => self.shape(left)?.joined(self.shape(right)?),
                _ => Context::bits(1),
            },
            E::Unary(VerilogOpUnary::Not | VerilogOpUnary::Neg, inner) => self.shape(inner)?,
            E::Unary(..) | E::Index(..) => Context::bits(1),
            E::Slice(_, width, _) => Context::bits(*width),
            E::IndexReplace(base, _, bit) => {
                let one = Context { width: INTEGER_BITS, signed: true };
                self.shape(base)?.joined(one).joined(self.shape(bit)?)
            }
        })
    }

    fn rust_type(&mut self, expression: &VerilogExpression) -> Option<RustType> {
        use VerilogExpression as E;
        Some(match expression {
            E::Signal(name) => match self.look_up(name)? {
                Meaning::Declared(name) if name.signed && name.is_signal => RustType::Signed(Some(name.rust_width)),
                Meaning::Declared(name) => RustType::Bits(name.rust_width),
                Meaning::Number => RustType::Number,
            },
            E::Literal(_) => RustType::Number,
            E::Cast(_, width) => RustType::Bits(*width),
            E::Signed(inner) => match self.rust_type(inner)? {
                RustType::Bits(width) => RustType::Signed(Some(width)),
                RustType::Signed(_) | RustType::Number => RustType::Signed(None),
            },
            E::Unsigned(inner) => match self.rust_type(inner)? {
                RustType::Signed(Some(width)) | RustType::Bits(width) => RustType::Bits(width),
                RustType::Signed(None) | RustType::Number => RustType::Number,
            },
            E::Paren(inner) => self.rust_type(inner)?,
            E::Binary(left, op, right) => match op {
                VerilogOp::Mul if self.rust_type(left)?.is_signed() => RustType::Signed(Some(PRODUCT_BITS)),
                VerilogOp::Mul => RustType::Bits(PRODUCT_BITS),
                VerilogOp::Shl | VerilogOp::Shr => match self.rust_type(left)? {
                    RustType::Number => RustType::Bits(SHIFTED_NUMBER_BITS),
                    known => known,
                },
                _ if is_ring(op) || is_bitwise(op) => self.rust_type(left)?.with(self.rust_type(right)?),
                _ => RustType::Bits(1),
            },
            E::Unary(VerilogOpUnary::Not | VerilogOpUnary::Neg, inner) => self.rust_type(inner)?,
            E::Unary(..) | E::Index(..) => RustType::Bits(1),
            E::Slice(base, width, _) if self.rust_type(base)?.is_signed() => RustType::Signed(Some(*width)),
            E::Slice(_, width, _) => RustType::Bits(*width),
            E::IndexReplace(base, ..) => self.rust_type(base)?,
        })
    }

    /// Checks an expression whose width does not depend on its context: a condition, an index, a shift amount.
    pub fn check_alone(&mut self, expression: &VerilogExpression, expected: RustType) {
        if let Some(shape) = self.shape(expression) {
            self.check(expression, shape, Need::Exact, expected);
        }
    }

    /// Checks an operand; `expected` is its type in Rust where the operand itself does not determine one.
    pub fn check(&mut self, expression: &VerilogExpression, context: Context, need: Need, expected: RustType) {
        let (Some(shape), Some(rust)) = (self.shape(expression), self.rust_type(expression)) else { return };
        let rust = rust.with(expected);
        use VerilogExpression as E;
        match expression {
            E::Literal(_) => {}
            E::Signal(name) => {
                if matches!(self.look_up(name), Some(Meaning::Declared(name)) if name.is_signal) {
                    self.extends(expression, shape.width, rust, context, need);
                }
            }
            E::Paren(inner) => self.check(inner, context, need, expected),
            E::Cast(inner, width) => {
                let context = Context { signed: false, ..context };
                let wanted = if let Need::Low(low) = need { low.min(*width) } else { *width };
                let source = self.rust_type(inner).and_then(RustType::width);
                let inner_need = if source.is_some_and(|source| wanted > source) || source.is_none() {
                    Need::Exact
                } else {
                    Need::Low(wanted)
                };
                self.check(inner, context, inner_need, RustType::Number);
            }
            E::Signed(inner) => self.check_signed(expression, inner, context, need, rust),
            E::Unsigned(inner) => {
                self.check_reinterpreted(inner);
                self.extends(expression, shape.width, rust, context, need);
            }
            E::Binary(left, op, right) => self.check_binary(expression, (left, op, right), context, need, rust),
            E::Unary(VerilogOpUnary::Not, inner) if is_reduction(inner) => self.check(inner, shape, need, expected),
            E::Unary(VerilogOpUnary::Not | VerilogOpUnary::Neg, inner) => {
                if let Some(need) = self.low_need(expression, context, need, rust) {
                    self.check(inner, context, need, rust);
                }
            }
            E::Unary(op, inner) => {
                self.check_alone(inner, RustType::Number);
                let widths = (self.shape(inner).map(|shape| shape.width), self.rust_type(inner).map(RustType::width));
                if let (VerilogOpUnary::All, (Some(verilog), Some(rust))) = (op, widths)
                    && rust != Some(verilog)
                {
                    self.fault(expression, Cause::Width { rust, verilog });
                }
            }
            E::Index(base, index) => {
                self.check_base(expression, base);
                self.check_alone(index, RustType::Number);
            }
            E::Slice(base, width, offset) => {
                self.slice(base, *width, offset);
                self.extends(expression, *width, rust, context, need);
            }
            E::IndexReplace(base, index, bit) => {
                self.check(base, context, need, expected);
                self.check_alone(index, RustType::Number);
                self.check(bit, context, Need::Exact, RustType::Bits(1));
            }
        }
    }

    fn check_binary(
        &mut self,
        expression: &VerilogExpression,
        (left, op, right): (&VerilogExpression, &VerilogOp, &VerilogExpression),
        context: Context,
        need: Need,
        rust: RustType,
    ) {
        let is_chain = |inner: &VerilogOp| std::mem::discriminant(inner) == std::mem::discriminant(op);
        let left_is_bare = matches!(left, VerilogExpression::Binary(_, inner, _) if !is_chain(inner));
        if left_is_bare || matches!(right, VerilogExpression::Binary(..)) {
            return self.fault(expression, Cause::NoParentheses);
        }
        match op {
            VerilogOp::Mul => {
                // The product is wider than its factors, so these must be exact.
                let factor_need = match self.low_need(expression, context, need, rust) {
                    Some(Need::Low(low)) if low <= PRODUCT_BITS / 2 => Need::Low(low),
                    Some(_) => Need::Exact,
                    None => return,
                };
                self.check(left, context, factor_need, RustType::Number);
                self.check(right, context, factor_need, RustType::Number);
            }
            VerilogOp::Shl => {
                if let Some(need) = self.low_need(expression, context, need, rust) {
                    self.check(left, context, need, rust);
                }
                self.check_alone(right, RustType::Number);
            }
            VerilogOp::Shr => {
                self.check(left, context, Need::Exact, rust);
                self.check_alone(right, RustType::Number);
            }
            _ if is_bitwise(op) => {
                let is_full = need == Need::Exact && rust.width() == Some(context.width);
                let need = if is_full { Need::Low(context.width) } else { need };
                self.check(left, context, need, rust);
                self.check(right, context, need, rust);
            }
            _ if is_ring(op) => {
                if let Some(need) = self.low_need(expression, context, need, rust) {
                    self.check(left, context, need, rust);
                    self.check(right, context, need, rust);
                }
            }
            VerilogOp::LogicalAnd | VerilogOp::LogicalOr => {
                self.check_alone(left, RustType::Bits(1));
                self.check_alone(right, RustType::Bits(1));
            }
            _ => self.check_comparison(expression, (left, op, right)),
        }
    }

    fn check_comparison(
        &mut self,
        expression: &VerilogExpression,
        (left, op, right): (&VerilogExpression, &VerilogOp, &VerilogExpression),
    ) {
        let (Some(left_shape), Some(right_shape)) = (self.shape(left), self.shape(right)) else { return };
        let (Some(left_type), Some(right_type)) = (self.rust_type(left), self.rust_type(right)) else { return };
        let (context, rust) = (left_shape.joined(right_shape), left_type.with(right_type));
        if rust.is_signed() && !context.signed && !matches!(op, VerilogOp::Eq | VerilogOp::Ne) {
            return self.fault(expression, Cause::SignLost);
        }
        self.check(left, context, Need::Exact, rust);
        self.check(right, context, Need::Exact, rust);
    }

    /// `$signed(inner)`: a change of width if `inner` is `Signed`, otherwise a change of sign.
    fn check_signed(
        &mut self,
        expression: &VerilogExpression,
        inner: &VerilogExpression,
        context: Context,
        need: Need,
        rust: RustType,
    ) {
        let (Some(shape), Some(inner_type)) = (self.shape(inner), self.rust_type(inner)) else { return };
        match inner_type {
            RustType::Bits(_) => self.check_reinterpreted(inner),
            RustType::Signed(_) => {
                self.check(inner, shape, Need::Exact, RustType::Number);
                let narrows = rust.width().is_none_or(|width| width < shape.width);
                if need == Need::Exact && narrows {
                    return self.fault(expression, Cause::Width { rust: rust.width(), verilog: shape.width });
                }
            }
            RustType::Number => self.check(inner, shape, Need::Exact, RustType::Bits(shape.width)),
        }
        self.extends(expression, shape.width, RustType::Signed(Some(shape.width)), context, need);
    }

    /// Checks that the sign bit is where Rust has it.
    fn check_reinterpreted(&mut self, inner: &VerilogExpression) {
        let (Some(shape), Some(inner_type)) = (self.shape(inner), self.rust_type(inner)) else { return };
        if inner_type.width() == Some(shape.width) {
            self.check(inner, shape, Need::Low(shape.width), RustType::Number);
        } else {
            self.fault(inner, Cause::Width { rust: inner_type.width(), verilog: shape.width });
        }
    }

    /// The need of the operands of an operation whose result depends on the width; notes a fault if that is not enough.
    fn low_need(
        &mut self,
        expression: &VerilogExpression,
        context: Context,
        need: Need,
        rust: RustType,
    ) -> Option<Need> {
        match (need, rust.width()) {
            (Need::Low(_), _) => Some(need),
            (Need::Exact, Some(width)) if width == context.width => Some(Need::Low(width)),
            (Need::Exact, width) => {
                self.fault(expression, Cause::Width { rust: width, verilog: context.width });
                None
            }
        }
    }

    /// Checks that Verilog extends a value of `width` bits as Rust does, if it extends it at all.
    fn extends(&mut self, expression: &VerilogExpression, width: usize, rust: RustType, context: Context, need: Need) {
        let wanted = if let Need::Low(low) = need { low } else { context.width };
        if wanted > width && rust.is_signed() != context.signed {
            self.fault(expression, Cause::SignLost);
        }
    }

    /// Checks a slice that is read or written.
    pub fn slice(&mut self, base: &VerilogExpression, width: usize, offset: &VerilogExpression) {
        self.check_alone(offset, RustType::Number);
        let whole = VerilogExpression::Slice(Box::new(base.clone()), width, Box::new(offset.clone()));
        if let (Some(signal_width), Some(from)) = (self.check_base(&whole, base), self.number(offset))
            && from + width > signal_width
        {
            self.fault(&whole, Cause::SliceBeyondEnd);
        }
    }

    /// Checks the signal of a bit or slice; returns its width.
    fn check_base(&mut self, whole: &VerilogExpression, base: &VerilogExpression) -> Option<usize> {
        let VerilogExpression::Signal(raw) = base else {
            self.fault(whole, Cause::SliceOfExpression);
            return None;
        };
        match self.look_up(raw)? {
            Meaning::Declared(name) if name.is_signal && name.verilog_width > 1 => Some(name.verilog_width),
            Meaning::Declared(name) if name.is_signal => {
                self.fault(whole, Cause::SliceOfBit);
                None
            }
            Meaning::Declared(_) | Meaning::Number => {
                self.fault(whole, Cause::SliceOfExpression);
                None
            }
        }
    }
}

/// rust-hdl multiplies 16 by 16 bits only.
const PRODUCT_BITS: usize = 32;

/// Width of a shifted literal.
const SHIFTED_NUMBER_BITS: usize = 64;

fn is_ring(op: &VerilogOp) -> bool {
    matches!(op, VerilogOp::Add | VerilogOp::Sub | VerilogOp::Mul)
}

fn is_bitwise(op: &VerilogOp) -> bool {
    matches!(op, VerilogOp::BitAnd | VerilogOp::BitOr | VerilogOp::BitXor)
}

/// `~&x`, `~|x` and `~^x` are operators with one bit.
fn is_reduction(expression: &VerilogExpression) -> bool {
    use VerilogOpUnary::{All, Any, Xor};
    matches!(expression, VerilogExpression::Unary(All | Any | Xor, _))
}
