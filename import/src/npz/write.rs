//! Archives of NumPy out.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{MAGIC, NpzError};

/// The header and the text before it are a multiple of this, as NumPy writes them.
const ALIGNMENT: usize = 64;

/// An array to write, in the order of its axes, the last varying fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct NewArray {
    /// Its name in the archive.
    pub name: &'static str,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The numbers, as many as the shape says.
    pub values: NewValues,
}

/// The numbers of an array to write.
#[derive(Clone, Debug, PartialEq)]
pub enum NewValues {
    /// Unsigned, 8 bits.
    U8(Vec<u8>),
    /// Signed, 8 bits.
    I8(Vec<i8>),
    /// Unsigned, 16 bits.
    U16(Vec<u16>),
    /// Signed, 16 bits.
    I16(Vec<i16>),
}

impl NewValues {
    fn kind(&self) -> &'static str {
        match self {
            Self::U8(_) => "|u1",
            Self::I8(_) => "|i1",
            Self::U16(_) => "<u2",
            Self::I16(_) => "<i2",
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(values) => values.clone(),
            Self::I8(values) => values.iter().map(|value| value.cast_unsigned()).collect(),
            Self::U16(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::I16(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}

/// The bytes of an archive; equal arrays give equal bytes.
///
/// # Errors
/// Arrays that a zip archive cannot hold.
pub fn write(arrays: &[NewArray]) -> Result<Vec<u8>, NpzError> {
    let failed = |error: zip::result::ZipError| NpzError::Archive(error.to_string());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    for array in arrays {
        zip.start_file(format!("{}.npy", array.name), options).map_err(failed)?;
        let written = zip.write_all(&header(array)).and_then(|()| zip.write_all(&array.values.bytes()));
        written.map_err(|error| NpzError::Archive(error.to_string()))?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

/// Everything before the numbers, version 1.
fn header(array: &NewArray) -> Vec<u8> {
    let mut shape = String::new();
    for length in &array.shape {
        let _ = write!(shape, "{length}, ");
    }
    let mut text = format!(
        "{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
        array.values.kind(),
        if array.shape.len() == 1 { shape.trim_end() } else { shape.trim_end_matches(", ") }
    );
    let start = MAGIC.len() + 4;
    let length = (start + text.len() + 1).next_multiple_of(ALIGNMENT) - start;
    while text.len() + 1 < length {
        text.push(' ');
    }
    text.push('\n');
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
    [MAGIC, &[1, 0], &length, text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npz::{NumPyArray, read};

    #[test]
    fn what_is_written_is_read_back() {
        let arrays = [
            NewArray { name: "a", shape: vec![2, 3], values: NewValues::I16(vec![1, -2, 3, 4, 5, -6]) },
            NewArray { name: "b", shape: vec![2], values: NewValues::U8(vec![0, 255]) },
            NewArray { name: "c", shape: vec![1], values: NewValues::I8(vec![-128]) },
            NewArray { name: "d", shape: vec![1], values: NewValues::U16(vec![65_535]) },
        ];
        let bytes = write(&arrays).unwrap();
        let found = read(&bytes).unwrap();
        let expected = NumPyArray { shape: vec![2, 3], values: vec![1.0, -2.0, 3.0, 4.0, 5.0, -6.0] };
        assert_eq!(found["a"], expected);
        assert_eq!((found["b"].values.as_slice(), found["c"].values[0]), (&[0.0, 255.0][..], -128.0));
        assert_eq!(found["d"].values, [65_535.0]);
        assert_eq!(write(&arrays).unwrap(), bytes);
    }
}
