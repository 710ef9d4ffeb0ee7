//! What the lint finds: where, why it is wrong, and what to write instead.

use std::fmt;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the module, such as `board$link$receiver`.
    pub module: String,
    /// The expression as Verilog would read, or the name.
    pub expression: String,
    /// Why it is wrong.
    pub cause: Cause,
}

/// Why something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An operation stands in another without parentheses.
    NoParentheses,
    /// The result depends on the width, Rust computes in one and Verilog in another.
    Width {
        /// Width in Rust; none where the tree does not show it.
        rust: Option<usize>,
        /// Width in Verilog.
        verilog: usize,
    },
    /// Signed in Rust, and Verilog takes it as unsigned.
    SignLost,
    /// A bit or a slice of something that is not a signal.
    SliceOfExpression,
    /// A bit or a slice of a signal of one bit, which Verilog does not index.
    SliceOfBit,
    /// A slice that ends beyond its signal.
    SliceBeyondEnd,
    /// A word that Verilog or SystemVerilog reserves.
    Keyword,
    /// Not an identifier of Verilog.
    NotAnIdentifier,
    /// A name that the module does not declare.
    UnknownName,
    /// A signal is read between two of its assignments: its last value in Rust, the one so far in Verilog.
    ReadBetweenAssignments,
}

impl Cause {
    fn remedy(self) -> &'static str {
        match self {
            Self::NoParentheses => "put the inner operation in parentheses",
            Self::Width { .. } => {
                "assign the operation to a `Signal<Local, _>` of its own width first, and take numbers from a `Constant`"
            }
            Self::SignLost => {
                "compare and extend signed signals only, slices through `signed_cast_ext`, numbers from a `Constant`"
            }
            Self::SliceOfExpression => "assign the expression to a `Signal<Local, _>` first",
            Self::SliceOfBit => "use the signal itself, as a `Bit`",
            Self::SliceBeyondEnd => "take a narrower slice and `bit_cast` it",
            Self::Keyword => "give it another name",
            Self::NotAnIdentifier => "use letters, digits and `_`",
            Self::ReadBetweenAssignments => "read it after its last assignment, or use a second `Signal<Local, _>`",
            Self::UnknownName => {
                "put the value in a field `Constant`; a const generic or a `const` has no value in Verilog"
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoParentheses => f.write_str("Verilog binds operators otherwise than Rust"),
            Self::Width { rust: Some(rust), verilog } => {
                write!(f, "the result depends on the width, which is {rust} in Rust and {verilog} in Verilog")
            }
            Self::Width { rust: None, verilog } => {
                write!(f, "the result depends on the width, which is {verilog} in Verilog and not visible for Rust")
            }
            Self::SignLost => f.write_str("it is signed in Rust and unsigned in Verilog"),
            Self::SliceOfExpression => f.write_str("Verilog takes bits of signals only"),
            Self::SliceOfBit => f.write_str("Verilog takes no bits of a signal of one bit"),
            Self::SliceBeyondEnd => f.write_str("the slice ends beyond the signal"),
            Self::Keyword => f.write_str("the name is a keyword of Verilog or SystemVerilog"),
            Self::NotAnIdentifier => f.write_str("the name is no identifier of Verilog"),
            Self::ReadBetweenAssignments => {
                f.write_str("it is read and then assigned again, and Verilog reads what it was before")
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
