//! The faults that the lint finds: where, why, and what to write instead.

use std::fmt;

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the module, such as `board$link$receiver`.
    pub module: String,
    /// The expression in Verilog, or the name.
    pub expression: String,
    /// The cause.
    pub cause: Cause,
}

/// The cause of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A nested operation without parentheses.
    NoParentheses,
    /// The result depends on the width, which differs between Rust and Verilog.
    Width {
        /// Width in Rust; `None` if unknown.
        rust: Option<usize>,
        /// Width in Verilog.
        verilog: usize,
    },
    /// Signed in Rust, unsigned in Verilog.
    SignLost,
    /// A bit or a slice of an expression.
    SliceOfExpression,
    /// A bit or a slice of a signal of one bit, which Verilog cannot index.
    SliceOfBit,
    /// A slice that ends beyond its signal.
    SliceBeyondEnd,
    /// A keyword of Verilog or SystemVerilog.
    Keyword,
    /// Not a Verilog identifier.
    NotAnIdentifier,
    /// An undeclared name.
    UnknownName,
    /// A signal is read between two of its assignments: Rust reads its last value, Verilog the one so far.
    ReadBetweenAssignments,
}

impl Cause {
    fn remedy(self) -> &'static str {
        match self {
            Self::NoParentheses => "put the inner operation in parentheses",
            Self::Width { .. } => {
                "assign the operation to a `Signal<Local, _>` of its own width first, and use a `Setting` for numbers"
            }
            Self::SignLost => {
                "compare and extend signed signals only, slices with `signed_cast_ext`, numbers as a `Setting`"
            }
            Self::SliceOfExpression => "assign the expression to a `Signal<Local, _>` first",
            Self::SliceOfBit => "use the signal itself, as a `Bit`",
            Self::SliceBeyondEnd => "take a narrower slice and `bit_cast` it",
            Self::Keyword => "give it another name",
            Self::NotAnIdentifier => "use letters, digits and `_`",
            Self::ReadBetweenAssignments => "read it after its last assignment, or use a second `Signal<Local, _>`",
            Self::UnknownName => "put the value in a `Setting`; a const generic or a `const` does not exist in Verilog",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoParentheses => f.write_str("operators have another precedence in Verilog than in Rust"),
            Self::Width { rust: Some(rust), verilog } => {
                write!(f, "the result depends on the width, which is {rust} in Rust and {verilog} in Verilog")
            }
            Self::Width { rust: None, verilog } => {
                write!(f, "the result depends on the width, which is {verilog} in Verilog and unknown in Rust")
            }
            Self::SignLost => f.write_str("it is signed in Rust and unsigned in Verilog"),
            Self::SliceOfExpression => f.write_str("Verilog can index signals only"),
            Self::SliceOfBit => f.write_str("Verilog cannot index a signal of one bit"),
            Self::SliceBeyondEnd => f.write_str("the slice ends beyond the signal"),
            Self::Keyword => f.write_str("the name is a keyword of Verilog or SystemVerilog"),
            Self::NotAnIdentifier => f.write_str("the name is not a Verilog identifier"),
            Self::ReadBetweenAssignments => {
                f.write_str("it is read and then assigned again, so Verilog reads its old value")
            }
            Self::UnknownName => f.write_str("the module declares no such signal"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`: {}; {}", self.module, self.expression, self.cause, self.cause.remedy())
    }
}
