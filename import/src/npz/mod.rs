//! NumPy's archives of arrays, `.npz`: a zip archive of `.npy` files.
//!
//! Source: NumPy, `numpy.lib.format`, versions 1 to 3 of the header.

mod write;

pub use write::{NewArray, NewValues, write};

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// The most bytes of an array, decoded.
const ARRAY_MAX_BYTES: u64 = 512 << 20;
const MAGIC: &[u8] = b"\x93NUMPY";

/// An array of numbers in the order of its axes, the last varying fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct NumPyArray {
    /// Length of each axis; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers; booleans are 0 and 1.
    pub values: Vec<f64>,
}

/// Why an archive cannot be read, as one clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NpzError {
    /// It is no zip archive, or a damaged one.
    #[error("it is not an archive of NumPy: {0}; write it with `numpy.savez`")]
    Archive(String),
    /// An array in it.
    #[error("array {name}: {cause}; write arrays of numbers with `numpy.savez`")]
    Array {
        /// Its name.
        name: String,
        /// What is wrong with it.
        cause: String,
    },
}

/// The arrays of an archive by name.
///
/// # Errors
/// An archive that is damaged or has an array of anything but numbers.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, NumPyArray>, NpzError> {
    let archive = |error: zip::result::ZipError| NpzError::Archive(error.to_string());
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(archive)?;
    let mut arrays = BTreeMap::new();
    let mut left_bytes = ARRAY_MAX_BYTES;
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(archive)?;
        let Some(name) = file.name().strip_suffix(".npy").map(str::to_owned) else { continue };
        let refuse = |cause: &str| NpzError::Array { name: name.clone(), cause: cause.to_owned() };
        let mut content = Vec::new();
        file.take(left_bytes + 1).read_to_end(&mut content).map_err(|error| NpzError::Archive(error.to_string()))?;
        left_bytes =
            left_bytes.checked_sub(content.len() as u64).ok_or_else(|| refuse("the arrays take too much memory"))?;
        let array = array(&content).map_err(|cause| refuse(&cause))?;
        arrays.insert(name, array);
    }
    Ok(arrays)
}

/// The array of a `.npy` file.
fn array(bytes: &[u8]) -> Result<NumPyArray, String> {
    let damaged = || "its header makes no sense".to_owned();
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
    let ([version, _], rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
    let (length, rest) = if *version == 1 {
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(damaged)?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        (usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged())?, rest)
    };
    let (header, data) = rest.split_at_checked(length).ok_or_else(damaged)?;
    let header = str::from_utf8(header).map_err(|_| damaged())?;
    let field = |name: &str| {
        let start = header.find(&format!("'{name}':"))? + name.len() + 3;
        Some(header[start..].trim_start())
    };
    let kind = field("descr").and_then(|rest| rest.strip_prefix('\'')).and_then(|rest| rest.split('\'').next());
    let kind = kind.ok_or("it is a record, not an array of numbers")?;
    let shape = field("shape").and_then(|rest| rest.strip_prefix('(')).and_then(|rest| rest.split(')').next());
    let shape = shape.ok_or_else(damaged)?.split(',').map(str::trim).filter(|length| !length.is_empty());
    let shape: Vec<usize> = shape.map(|length| length.parse().map_err(|_| damaged())).collect::<Result<_, _>>()?;
    let values = values(kind, data)?;
    let n_values = shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
    if n_values != Some(values.len()) {
        return Err(format!("it has {} values, its shape is {shape:?}", values.len()));
    }
    let is_column_major = field("fortran_order").is_some_and(|rest| rest.starts_with("True"));
    let values = if is_column_major && shape.len() > 1 { by_rows(&values, &shape) } else { values };
    Ok(NumPyArray { shape, values })
}

/// Numbers from their bytes; `kind` is NumPy's code, such as `<f4`.
fn values(kind: &str, data: &[u8]) -> Result<Vec<f64>, String> {
    let (order, code) = kind.split_at_checked(1).unwrap_or_default();
    let is_big_endian = order == ">";
    macro_rules! decode {
        ($number:ty, $to_real:expr) => {{
            let (elements, _) = data.as_chunks::<{ size_of::<$number>() }>();
            let number = if is_big_endian { <$number>::from_be_bytes } else { <$number>::from_le_bytes };
            elements.iter().map(|bytes| $to_real(number(*bytes))).collect()
        }};
    }
    Ok(match code {
        "b1" | "u1" => data.iter().map(|byte| f64::from(*byte)).collect(),
        "i1" => decode!(i8, f64::from),
        "u2" => decode!(u16, f64::from),
        "i2" => decode!(i16, f64::from),
        "u4" => decode!(u32, f64::from),
        "i4" => decode!(i32, f64::from),
        "u8" => decode!(u64, |value| value as f64),
        "i8" => decode!(i64, |value| value as f64),
        "f2" => decode!(u16, half),
        "f4" => decode!(f32, f64::from),
        "f8" => decode!(f64, |value| value),
        _ => return Err(format!("its type is {kind}, and numbers of up to 64 bits are read: `x.astype('f4')`")),
    })
}

/// A number of half precision from its bits: sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff) / 1024.0);
    sign * match exponent {
        0 => fraction * 2.0_f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2.0_f64.powi(exponent - 15),
    }
}

/// Values whose first axis varies fastest, in the order of this program.
fn by_rows(values: &[f64], shape: &[usize]) -> Vec<f64> {
    let mut index = vec![0_usize; shape.len()];
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        let place = index.iter().zip(shape).rev().fold(0, |place, (index, length)| place * length + index);
        ordered.push(values[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn an_array_is_read_in_the_order_of_its_axes() {
        let data: Vec<u8> = [1_i16, 2, 3, 4, 5, 6].iter().flat_map(|value| value.to_le_bytes()).collect();
        let rows = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", &data);
        let expected = NumPyArray { shape: vec![2, 3], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(array(&rows), Ok(expected.clone()));
        let data: Vec<u8> = [1_i16, 4, 2, 5, 3, 6].iter().flat_map(|value| value.to_le_bytes()).collect();
        let columns = npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }\n", &data);
        assert_eq!(array(&columns), Ok(expected));
    }

    #[test]
    fn numbers_of_half_precision_and_of_the_other_order_of_bytes_are_read() {
        let half = npy("{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }", &[0, 0x3c, 0, 0xc1, 1, 0, 0, 0x7c]);
        assert_eq!(array(&half).unwrap().values, [1.0, -2.5, 2.0_f64.powi(-24), f64::INFINITY]);
        let data: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|value| value.to_be_bytes()).collect();
        let big_endian = npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", &data);
        assert_eq!(array(&big_endian).unwrap().values, [1.5, -2.0]);
    }

    #[test]
    fn an_array_of_another_type_or_length_is_refused() {
        let text = npy("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }", &[0; 12]);
        assert!(array(&text).unwrap_err().contains("<U3"));
        let short = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", &[0; 8]);
        assert!(array(&short).unwrap_err().contains("1 values"));
        assert!(array(b"\x93NUMPY").is_err() && read(b"no archive").is_err());
    }
}
