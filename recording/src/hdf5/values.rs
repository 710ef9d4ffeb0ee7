//! Elements of arrays from their bytes: integers of any width, floats of 16, 32 and 64 bits, enums, text, object
//! references.
//!
//! The layouts are those of the HDF5 File Format Specification 3.0, IV.A.2.d (datatype message).

use hdf5_reader::{ByteOrder, Datatype, EnumMember, ReferenceType, StringPadding, StringSize, VarLenKind};

use super::{ReadError, Reader};

/// Where the properties of a datatype start: after class, flags and size.
const PROPERTIES: usize = 8;
/// The largest whole number to which a real number can count without gaps.
const WHOLE_MAX: f64 = (1_u64 << 53) as f64;

/// The elements of an array, in the file's order.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Real numbers.
    Real(Vec<f64>),
    /// Integers of any width, and booleans as 0 and 1.
    Integer(Vec<i64>),
    /// Texts, and the names of an enum.
    Text(Vec<String>),
    /// Addresses of objects in the file.
    Reference(Vec<u64>),
}

/// How an element is stored.
#[derive(Clone)]
pub(super) enum Kind {
    Integer {
        is_signed: bool,
        order: ByteOrder,
    },
    /// Integers with a name each.
    Names {
        is_signed: bool,
        order: ByteOrder,
        names: Vec<(i64, String)>,
    },
    Real {
        order: ByteOrder,
    },
    Text {
        padding: StringPadding,
    },
    /// A reference to text elsewhere in the file.
    VariableText {
        padding: StringPadding,
    },
    Reference,
}

impl Kind {
    /// The kind of a datatype; `message` holds its bytes in the file.
    pub(super) fn new(datatype: &Datatype, message: &[u8]) -> Result<Kind, ReadError> {
        match datatype {
            Datatype::FixedPoint { size: 1..=8, signed, byte_order } if has_no_padding(message) => {
                Ok(Kind::Integer { is_signed: *signed, order: *byte_order })
            }
            Datatype::Bitfield { size: 1..=8, byte_order } if has_no_padding(message) => {
                Ok(Kind::Integer { is_signed: false, order: *byte_order })
            }
            Datatype::Enum { base, members } => {
                // The base of an enum follows its first 8 bytes.
                let base = Kind::new(base, message.get(PROPERTIES..).unwrap_or_default())?;
                let Kind::Integer { is_signed, order } = base else { return Ok(base) };
                let name = |member: &EnumMember| Some((integer(&member.value, is_signed, order)?, member.name.clone()));
                let names: Vec<(i64, String)> = members.iter().filter_map(name).collect();
                Ok(if is_boolean(&names) { base } else { Kind::Names { is_signed, order, names } })
            }
            Datatype::FloatingPoint { byte_order, .. } if is_ieee_754(message) => Ok(Kind::Real { order: *byte_order }),
            Datatype::String { size: StringSize::Fixed(_), padding, .. } => Ok(Kind::Text { padding: *padding }),
            Datatype::String { size: StringSize::Variable, padding, .. } => {
                Ok(Kind::VariableText { padding: *padding })
            }
            Datatype::VarLen { base, kind: VarLenKind::String, padding, .. } if base.is_vlen_string_base() => {
                Ok(Kind::VariableText { padding: *padding })
            }
            Datatype::Reference { ref_type: ReferenceType::Object, size: 1..=8 } => Ok(Kind::Reference),
            _ => Err(ReadError::Unsupported(format!(
                "its type is {}; what is read: integers of up to 64 bits, floats of 16, 32 and 64 bits, booleans, enums, text; \
                 store it as one of these",
                type_name(datatype)
            ))),
        }
    }
}

/// Whether the names are those of a boolean.
fn is_boolean(names: &[(i64, String)]) -> bool {
    let is = |value: i64, expected: &str| {
        names.iter().any(|(other, name)| *other == value && name.eq_ignore_ascii_case(expected))
    };
    names.len() == 2 && is(0, "false") && is(1, "true")
}

fn type_name(datatype: &Datatype) -> String {
    match datatype {
        Datatype::FixedPoint { size, .. } | Datatype::Bitfield { size, .. } => {
            format!("an integer with padding, or of more than 64 bits, in {size} bytes")
        }
        Datatype::FloatingPoint { size, .. } => format!("a float of {size} bytes that is not of IEEE 754"),
        Datatype::String { .. } => "text".into(),
        Datatype::Compound { .. } => "a compound of several values".into(),
        Datatype::Array { .. } => "an array in each row".into(),
        Datatype::Enum { .. } => "an enum".into(),
        Datatype::VarLen { .. } => "a list in each row".into(),
        Datatype::Opaque { .. } => "opaque bytes".into(),
        Datatype::Reference { .. } => "a reference to part of a dataset".into(),
    }
}

/// Whether an integer fills its bytes: bit offset 0, precision of all bits.
fn has_no_padding(message: &[u8]) -> bool {
    let Some(&n_bytes) = message.get(4) else { return false };
    message.get(PROPERTIES..PROPERTIES + 4) == Some(&[0, 0, n_bytes << 3, n_bytes >> 5])
}

/// Whether a float is of IEEE 754: bits of the exponent and of the mantissa, byte order.
fn is_ieee_754(message: &[u8]) -> bool {
    let (Some(&flags), Some(properties)) = (message.get(1), message.get(PROPERTIES..PROPERTIES + 12)) else {
        return false;
    };
    let [exponent_bits, mantissa_bits] = [properties[5], properties[7]];
    let is_vax = flags & 0x40 != 0;
    !is_vax
        && has_no_padding(message)
        && matches!((message[4], exponent_bits, mantissa_bits), (2, 5, 10) | (4, 8, 23) | (8, 11, 52))
}

/// Elements from their bytes. `text` gives the text that a reference leads to.
pub(super) fn decode(
    reader: &Reader,
    path: &str,
    kind: Kind,
    element_bytes: usize,
    bytes: &[u8],
    text: &dyn Fn(&[u8]) -> hdf5_reader::error::Result<Vec<u8>>,
) -> Result<Values, ReadError> {
    if element_bytes == 0 {
        return Ok(Values::Text(Vec::new()));
    }
    let elements = bytes.chunks_exact(element_bytes);
    match kind {
        Kind::Integer { is_signed, order } => {
            let values: Option<Vec<i64>> = elements.map(|element| integer(element, is_signed, order)).collect();
            let above = || ReadError::Unsupported("it has integers of 2^63 and more".into());
            Ok(Values::Integer(values.ok_or_else(above)?))
        }
        Kind::Names { is_signed, order, names } => {
            let name = |element| {
                let value = integer(element, is_signed, order);
                names.iter().find(|(other, _)| Some(*other) == value).map(|(_, name)| name)
            };
            reader.take(path, elements.clone().map(|element| name(element).map_or(0, String::len) as u64).sum())?;
            // A value without name stays a number.
            let number = |element| integer(element, is_signed, order).map_or(String::new(), |value| value.to_string());
            let shown = |element| name(element).cloned().unwrap_or_else(|| number(element));
            Ok(Values::Text(elements.map(shown).collect()))
        }
        Kind::Real { order } => Ok(Values::Real(elements.map(|element| real(element, order)).collect())),
        Kind::Reference => {
            Ok(Values::Reference(elements.map(|element| unsigned(element, ByteOrder::LittleEndian)).collect()))
        }
        Kind::Text { padding } => Ok(Values::Text(elements.map(|element| unpadded(element, padding)).collect())),
        Kind::VariableText { padding } => {
            // Many rows may refer to one long text.
            let n_bytes =
                |element: &[u8]| element.first_chunk().map_or(0, |&length| u64::from(u32::from_le_bytes(length)));
            reader.take(path, elements.clone().map(n_bytes).sum())?;
            let texts = elements.map(|element| text(element).map(|text| unpadded(&text, padding)));
            Ok(Values::Text(texts.collect::<Result<_, _>>().map_err(|error| ReadError::new(path, error))?))
        }
    }
}

/// A whole number that a real number holds exactly.
pub(super) fn whole_number(value: f64) -> Result<i64, ReadError> {
    if value.fract() != 0.0 || value.abs() > WHOLE_MAX {
        return Err(ReadError::Unsupported(format!("it has {value} where a whole number is due")));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within 2^53")]
    Ok(value as i64)
}

/// An element of up to 8 bytes; further ones do not occur.
fn unsigned(element: &[u8], order: ByteOrder) -> u64 {
    let join = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
    match order {
        ByteOrder::LittleEndian => element.iter().rev().fold(0, join),
        ByteOrder::BigEndian => element.iter().fold(0, join),
    }
}

/// None if an unsigned number is beyond the range.
fn integer(element: &[u8], is_signed: bool, order: ByteOrder) -> Option<i64> {
    let value = unsigned(element, order);
    let unused_bits = 64 - 8 * element.len();
    if is_signed { Some((value << unused_bits).cast_signed() >> unused_bits) } else { i64::try_from(value).ok() }
}

#[expect(clippy::cast_possible_truncation, reason = "an element of 4 or 2 bytes has as many bits")]
fn real(element: &[u8], order: ByteOrder) -> f64 {
    let bits = unsigned(element, order);
    match element.len() {
        8 => f64::from_bits(bits),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => half(bits as u16),
    }
}

/// The value of a binary16 of IEEE 754.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (bits >> 10 & 0x1f, f64::from(bits & 0x3ff) / 1024.0);
    sign * match exponent {
        0 => mantissa * 2_f64.powi(-14),
        0x1f if mantissa == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + mantissa) * 2_f64.powi(i32::from(exponent) - 15),
    }
}

/// A text without its padding; bytes that are not UTF-8 are read as Latin-1.
fn unpadded(bytes: &[u8], padding: StringPadding) -> String {
    let pad = if padding == StringPadding::SpacePad { b' ' } else { 0 };
    let end = match padding {
        StringPadding::NullTerminate => bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()),
        _ => bytes.iter().rposition(|&byte| byte != pad).map_or(0, |last| last + 1),
    };
    let text = &bytes[..end];
    str::from_utf8(text).map_or_else(|_| text.iter().copied().map(char::from).collect(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_those_of_ieee_754() {
        for (bits, value) in
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 2_f64.powi(-24)), (0xfc00, f64::NEG_INFINITY)]
        {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn integers_of_both_orders_keep_their_sign() {
        assert_eq!(integer(&[0xfe, 0xff], true, ByteOrder::LittleEndian), Some(-2));
        assert_eq!(integer(&[0xff, 0xfe], true, ByteOrder::BigEndian), Some(-2));
        assert_eq!(integer(&[0x01, 0x00], false, ByteOrder::BigEndian), Some(256));
        assert_eq!(integer(&[0xff; 8], false, ByteOrder::LittleEndian), None);
        assert_eq!(integer(&[0xff; 8], true, ByteOrder::LittleEndian), Some(-1));
    }

    #[test]
    fn texts_lose_their_padding_and_keep_latin_letters() {
        assert_eq!(unpadded(b"left\0\0", StringPadding::NullPad), "left");
        assert_eq!(unpadded(b"left\0x", StringPadding::NullTerminate), "left");
        assert_eq!(unpadded(b"left  ", StringPadding::SpacePad), "left");
        assert_eq!(unpadded(b"r\xfcck", StringPadding::NullPad), "rück");
    }

    #[test]
    fn only_whole_numbers_are_whole() {
        assert_eq!(whole_number(-3.0), Ok(-3));
        assert!(whole_number(0.5).is_err() && whole_number(f64::NAN).is_err() && whole_number(1e300).is_err());
    }
}
