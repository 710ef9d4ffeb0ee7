//! Types of the numbers in an entry.

/// The type of a row's values, by NumPy's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of NumPy")]
pub enum NumberType {
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    Float32,
    Float64,
}

impl NumberType {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "int8" => Self::Int8,
            "uint8" => Self::UInt8,
            "int16" => Self::Int16,
            "uint16" => Self::UInt16,
            "int32" => Self::Int32,
            "float32" => Self::Float32,
            "float64" => Self::Float64,
            _ => return None,
        })
    }

    /// Bytes of a number.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 => 2,
            Self::Int32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// Positions of the numbers above 0, at most 65,536.
    pub(super) fn positive(self, bytes: &[u8]) -> Vec<u16> {
        let is_positive = |number: &[u8]| match (self, number) {
            (Self::Int8 | Self::Int16 | Self::Int32, [.., high]) => {
                high.cast_signed() >= 0 && number != vec![0; number.len()]
            }
            (Self::UInt8 | Self::UInt16, number) => number.iter().any(|byte| *byte != 0),
            (Self::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]) > 0.0,
            (Self::Float64, number) => number.first_chunk().is_some_and(|bytes| f64::from_le_bytes(*bytes) > 0.0),
            _ => false,
        };
        let numbers = (0..=u16::MAX).zip(bytes.chunks_exact(self.width()));
        numbers.filter(|(_, number)| is_positive(number)).map(|(position, _)| position).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_above_zero_are_found_in_every_type() {
        let expected = [1, 3];
        let bytes = |numbers: [i32; 4], kind| -> Vec<u8> {
            let bytes = |number: i32| match kind {
                NumberType::Int8 => (number as i8).to_le_bytes().to_vec(),
                NumberType::Int16 => (number as i16).to_le_bytes().to_vec(),
                NumberType::Int32 => number.to_le_bytes().to_vec(),
                NumberType::Float32 => (number as f32).to_le_bytes().to_vec(),
                NumberType::Float64 => f64::from(number).to_le_bytes().to_vec(),
                NumberType::UInt8 => (number.unsigned_abs() as u8).to_le_bytes().to_vec(),
                NumberType::UInt16 => (number.unsigned_abs() as u16).to_le_bytes().to_vec(),
            };
            numbers.into_iter().flat_map(bytes).collect()
        };
        for name in ["int8", "int16", "int32", "float32", "float64"] {
            let kind = NumberType::named(name).unwrap();
            assert_eq!(kind.positive(&bytes([0, 100, -3, 1], kind)), expected, "{name}");
        }
        for name in ["uint8", "uint16"] {
            let kind = NumberType::named(name).unwrap();
            assert_eq!(kind.positive(&bytes([0, 200, 0, 1], kind)), expected, "{name}");
        }
        assert_eq!(NumberType::named("complex64"), None);
    }
}
