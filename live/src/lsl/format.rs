//! Channel formats of the lab streaming layer.

/// The type of all values of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 32-bit real numbers.
    Float32,
    /// 64-bit real numbers.
    Double64,
    /// Byte strings of any length, usually UTF-8.
    Text,
    /// 32-bit integers.
    Int32,
    /// 16-bit integers.
    Int16,
    /// 8-bit integers.
    Int8,
    /// 64-bit integers.
    Int64,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] =
        [Self::Float32, Self::Double64, Self::Text, Self::Int32, Self::Int16, Self::Int8, Self::Int64];

    /// The name in a stream's description.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Double64 => "double64",
            Self::Text => "string",
            Self::Int32 => "int32",
            Self::Int16 => "int16",
            Self::Int8 => "int8",
            Self::Int64 => "int64",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Bytes of a value; 0 for text.
    #[must_use]
    pub fn value_bytes(self) -> usize {
        match self {
            Self::Text => 0,
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Float32 | Self::Int32 => 4,
            Self::Double64 | Self::Int64 => 8,
        }
    }
}
