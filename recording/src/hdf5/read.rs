//! Reading of HDF5, inside [`read`]: a damaged file is an error, never a panic, and memory has a limit.

use std::cell::Cell;
use std::path::Path;

use hdf5_pure::{AttrValue, DType, VlenStringReadOptions};

use super::panics::catch_quietly;
use crate::Column;

/// The most that deflate can shrink data: a dataset that claims more than the file could hold is damaged.
const DEFLATE_RATIO_MAX: u64 = 1032;

/// An HDF5 file open for reading.
pub(crate) struct Reader {
    file: hdf5_pure::File,
    size_bytes: u64,
    /// Bytes of memory that further datasets may take.
    allowance_bytes: Cell<u64>,
}

/// Why a file cannot be read.
#[derive(Debug, PartialEq)]
pub(crate) enum ReadError {
    /// Its structure makes no sense, for this reason.
    Damaged(String),
    /// Its arrays, up to this one, take more memory than was allowed.
    TooLarge(String),
}

impl From<String> for ReadError {
    fn from(cause: String) -> ReadError {
        ReadError::Damaged(cause)
    }
}

/// Opens the file and runs `body` on it; all datasets that it reads together may take `most_bytes` of memory.
pub(crate) fn read<T>(
    path: &Path,
    most_bytes: u64,
    body: impl FnOnce(&Reader) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let open = || {
        let size_bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
        Ok((hdf5_pure::File::open_streaming(path).map_err(|error| error.to_string())?, size_bytes))
    };
    read_opened(open, most_bytes, body)
}

/// As [`read`], of a file's bytes.
pub(crate) fn read_bytes<T>(
    bytes: &[u8],
    most_bytes: u64,
    body: impl FnOnce(&Reader) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let open = || {
        let file = hdf5_pure::File::from_bytes(bytes.to_vec()).map_err(|error| error.to_string())?;
        Ok((file, bytes.len() as u64))
    };
    read_opened(open, most_bytes, body)
}

fn read_opened<T>(
    open: impl FnOnce() -> Result<(hdf5_pure::File, u64), String>,
    most_bytes: u64,
    body: impl FnOnce(&Reader) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let gave_up = || ReadError::Damaged("the HDF5 reader gave up on a structure that makes no sense".into());
    catch_quietly(|| {
        let (file, size_bytes) = open()?;
        let whole_bytes = file.superblock().eof_address;
        if size_bytes < whole_bytes {
            return Err(format!("it has {size_bytes} of the {whole_bytes} bytes in its header").into());
        }
        body(&Reader { file, size_bytes, allowance_bytes: Cell::new(most_bytes) })
    })
    .unwrap_or_else(|| Err(gave_up()))
}

impl Reader {
    /// Names of the datasets in a group, sorted; empty if there is no such group.
    pub(crate) fn datasets(&self, group: &str) -> Result<Vec<String>, ReadError> {
        let error = |error: hdf5_pure::Error| format!("/{group}: {error}");
        let mut found = self.file.root();
        for name in group.split('/') {
            if !found.groups().map_err(error)?.iter().any(|child| child == name) {
                return Ok(Vec::new());
            }
            found = found.group(name).map_err(error)?;
        }
        let mut names = found.datasets().map_err(error)?;
        names.sort();
        Ok(names)
    }

    /// The text attribute of a group, as a list (a scalar is a list of one); empty if there is none.
    pub(crate) fn group_texts(&self, group: &str, attribute: &str) -> Vec<String> {
        let attributes = self.file.group(group).and_then(|group| group.attrs()).unwrap_or_default();
        attributes.get(attribute).map(texts).unwrap_or_default()
    }

    /// The text attribute of a dataset; empty if there is none.
    pub(crate) fn dataset_text(&self, dataset: &str, attribute: &str) -> String {
        let attributes = self.file.dataset(dataset).and_then(|dataset| dataset.attrs()).unwrap_or_default();
        attributes.get(attribute).map(texts).and_then(|texts| texts.into_iter().next()).unwrap_or_default()
    }

    /// A dataset of one text; empty if there is none.
    pub(crate) fn text(&self, dataset: &str) -> String {
        match self.column(dataset) {
            Ok(Some(Column::Text(values))) => values.into_iter().next().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Real numbers from a dataset of any numeric type.
    pub(crate) fn reals(&self, dataset: &str) -> Result<Vec<f64>, ReadError> {
        match self.column(dataset)? {
            Some(Column::Real(values)) => Ok(values),
            Some(Column::Integer(values)) => Ok(values.into_iter().map(|value| value as f64).collect()),
            _ => Err(format!("/{dataset} does not hold one number per row").into()),
        }
    }

    /// Integers from a dataset of any integer width.
    pub(crate) fn integers(&self, dataset: &str) -> Result<Vec<i64>, ReadError> {
        match self.column(dataset)? {
            Some(Column::Integer(values)) => Ok(values),
            _ => Err(format!("/{dataset} does not hold one integer per row").into()),
        }
    }

    /// The values of a dataset of rank 0 or 1; none if it has another type or rank.
    pub(crate) fn column(&self, path: &str) -> Result<Option<Column>, ReadError> {
        let error = |error: hdf5_pure::Error| ReadError::Damaged(format!("/{path}: {error}"));
        let dataset = self.file.dataset(path).map_err(error)?;
        let shape = dataset.shape().map_err(error)?;
        if shape.len() > 1 {
            return Ok(None);
        }
        let n_elements: u64 = shape.iter().product();
        let element_bytes = dataset.element_size().map_err(error)?;
        let n_bytes = n_elements.checked_mul(element_bytes);
        if n_bytes.is_none_or(|n_bytes| n_bytes > self.size_bytes.saturating_mul(DEFLATE_RATIO_MAX)) {
            return Err(format!("/{path} claims {n_elements} elements, more than the file can hold").into());
        }
        let chunk = dataset.chunk_shape().map_err(error)?.unwrap_or_default();
        let chunk_bytes = chunk.iter().fold(element_bytes, |n_bytes, length| n_bytes.saturating_mul(*length));
        // A value of 1 byte becomes one of 8, a text of 1 byte a `String`.
        let column_bytes = n_elements.saturating_mul(element_bytes.max(size_of::<String>() as u64));
        self.take(path, column_bytes.max(chunk_bytes))?;

        let column = match dataset.dtype().map_err(error)? {
            DType::F32 | DType::F64 => Column::Real(dataset.read_f64().map_err(error)?),
            DType::U64 => {
                let values = dataset.read_u64().map_err(error)?;
                match values.into_iter().map(i64::try_from).collect() {
                    Ok(values) => Column::Integer(values),
                    Err(_) => return Ok(None),
                }
            }
            DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 | DType::Enum(_) => {
                Column::Integer(dataset.read_i64().map_err(error)?)
            }
            DType::String => Column::Text(dataset.read_string().map_err(error)?),
            DType::VariableLengthString => {
                // Many rows may refer to one long text.
                self.take(path, dataset.vlen_string_payload_size().map_err(error)?)?;
                Column::Text(dataset.read_vlen_strings(VlenStringReadOptions::default()).map_err(error)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(column))
    }

    /// Takes memory for a dataset from the allowance.
    fn take(&self, path: &str, n_bytes: u64) -> Result<(), ReadError> {
        let left = self.allowance_bytes.get().checked_sub(n_bytes);
        self.allowance_bytes.set(left.ok_or_else(|| ReadError::TooLarge(format!("/{path}")))?);
        Ok(())
    }
}

fn texts(value: &AttrValue) -> Vec<String> {
    match value.as_strings() {
        Some(texts) => texts.to_vec(),
        None => value.as_str().map(str::to_owned).into_iter().collect(),
    }
}
