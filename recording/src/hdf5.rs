//! HDF5 in and out: the only module that names the crate `hdf5_pure`.
//!
//! Reading happens inside [`read`], which turns a panic of the HDF5 reader on a damaged file into an error. Writing
//! takes a tree of [`Group`]s and gives the bytes of a file.

mod reference;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hdf5_pure::{AttrValue, DType, DatasetBuilder, FileBuilder, GroupBuilder};

use crate::Column;

pub(crate) use hdf5_pure::is_hdf5;

/// The most that deflate can shrink data: a dataset that claims more than the file could hold is damaged.
const DEFLATE_RATIO_MAX: u64 = 1032;
/// Elements of a chunk. From 2^16 on the writer (0.47.0) encodes the chunk's dimension wider than HDF5 2.0 accepts.
const CHUNK_ELEMENTS: usize = 1 << 15;
const DEFLATE_LEVEL: u32 = 6;

/// An HDF5 file open for reading.
pub(crate) struct Reader {
    file: hdf5_pure::File,
    size_bytes: u64,
}

/// Opens the file and runs `body` on it; the error is the HDF5 reader's message.
pub(crate) fn read<T>(path: &Path, body: impl FnOnce(&Reader) -> Result<T, String>) -> Result<T, String> {
    let open = || {
        let size_bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
        Ok((hdf5_pure::File::open_streaming(path).map_err(|error| error.to_string())?, size_bytes))
    };
    read_opened(open, body)
}

/// As [`read`], of a file's bytes.
pub(crate) fn read_bytes<T>(bytes: &[u8], body: impl FnOnce(&Reader) -> Result<T, String>) -> Result<T, String> {
    let open = || {
        let file = hdf5_pure::File::from_bytes(bytes.to_vec()).map_err(|error| error.to_string())?;
        Ok((file, bytes.len() as u64))
    };
    read_opened(open, body)
}

fn read_opened<T>(
    open: impl FnOnce() -> Result<(hdf5_pure::File, u64), String>,
    body: impl FnOnce(&Reader) -> Result<T, String>,
) -> Result<T, String> {
    let guarded = AssertUnwindSafe(|| {
        let (file, size_bytes) = open()?;
        let whole_bytes = file.superblock().eof_address;
        if size_bytes < whole_bytes {
            return Err(format!("it has {size_bytes} bytes of the {whole_bytes} that its header promises"));
        }
        body(&Reader { file, size_bytes })
    });
    catch_unwind(guarded).unwrap_or_else(|_| Err("the HDF5 reader gave up on a structure that makes no sense".into()))
}

impl Reader {
    /// Names of the datasets in a group, sorted; none where there is no such group.
    pub(crate) fn datasets(&self, group: &str) -> Result<Vec<String>, String> {
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

    /// The text attribute of a group, as a list (a scalar is a list of one); empty where there is none.
    pub(crate) fn group_texts(&self, group: &str, attribute: &str) -> Vec<String> {
        let attributes = self.file.group(group).and_then(|group| group.attrs()).unwrap_or_default();
        attributes.get(attribute).map(texts).unwrap_or_default()
    }

    /// The text attribute of a dataset; empty where there is none.
    pub(crate) fn dataset_text(&self, dataset: &str, attribute: &str) -> String {
        let attributes = self.file.dataset(dataset).and_then(|dataset| dataset.attrs()).unwrap_or_default();
        attributes.get(attribute).map(texts).and_then(|texts| texts.into_iter().next()).unwrap_or_default()
    }

    /// A dataset of one text; empty where there is none.
    pub(crate) fn text(&self, dataset: &str) -> String {
        match self.column(dataset) {
            Ok(Some(Column::Text(values))) => values.into_iter().next().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Real numbers from a dataset of any numeric type.
    pub(crate) fn reals(&self, dataset: &str) -> Result<Vec<f64>, String> {
        match self.column(dataset)? {
            Some(Column::Real(values)) => Ok(values),
            Some(Column::Integer(values)) => Ok(values.into_iter().map(|value| value as f64).collect()),
            _ => Err(format!("/{dataset} does not hold one number a row")),
        }
    }

    /// Integers from a dataset of any integer width.
    pub(crate) fn integers(&self, dataset: &str) -> Result<Vec<i64>, String> {
        match self.column(dataset)? {
            Some(Column::Integer(values)) => Ok(values),
            _ => Err(format!("/{dataset} does not hold one integer a row")),
        }
    }

    /// The values of a dataset of rank 0 or 1; none where its type or rank is another.
    pub(crate) fn column(&self, path: &str) -> Result<Option<Column>, String> {
        let error = |error: hdf5_pure::Error| format!("/{path}: {error}");
        let dataset = self.file.dataset(path).map_err(error)?;
        let shape = dataset.shape().map_err(error)?;
        if shape.len() > 1 {
            return Ok(None);
        }
        let n_elements: u64 = shape.iter().product();
        let n_bytes = n_elements.checked_mul(dataset.element_size().map_err(error)?);
        if n_bytes.is_none_or(|n_bytes| n_bytes > self.size_bytes.saturating_mul(DEFLATE_RATIO_MAX)) {
            return Err(format!("/{path} claims {n_elements} elements, more than the file can hold"));
        }
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
            DType::String | DType::VariableLengthString => Column::Text(dataset.read_string().map_err(error)?),
            _ => return Ok(None),
        };
        Ok(Some(column))
    }
}

fn texts(value: &AttrValue) -> Vec<String> {
    match value.as_strings() {
        Some(texts) => texts.to_vec(),
        None => value.as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// A group to write.
#[derive(Default)]
pub(crate) struct Group {
    pub name: String,
    pub attributes: Vec<(&'static str, Attribute)>,
    pub datasets: Vec<Dataset>,
    pub groups: Vec<Group>,
}

/// A dataset to write.
pub(crate) struct Dataset {
    pub name: String,
    pub attributes: Vec<(&'static str, Attribute)>,
    pub data: Data,
}

/// The value of an attribute to write.
pub(crate) enum Attribute {
    Text(String),
    Texts(Vec<String>),
    /// An object reference to the dataset of this name in the same group.
    Sibling(String),
}

/// The elements of a dataset to write.
pub(crate) enum Data {
    Text(String),
    Column(Column),
    /// Real numbers in compressed chunks.
    Compressed(Vec<f64>),
    Index8(Vec<u8>),
    Index16(Vec<u16>),
    Index32(Vec<u32>),
    Index64(Vec<u64>),
}

/// The bytes of an HDF5 file whose root group is `root`; equal trees give equal bytes.
pub(crate) fn file_bytes(root: &Group) -> Result<Vec<u8>, String> {
    let mut file = FileBuilder::new();
    let mut references = reference::References::default();
    for (name, value) in &root.attributes {
        file.set_attr(name, attribute_value(value, "", "", &mut references));
    }
    for dataset in &root.datasets {
        fill_dataset(file.create_dataset(&dataset.name), dataset, "", &mut references);
    }
    for group in &root.groups {
        let builder = file.create_group(&group.name);
        file.add_group(fill_group(builder, group, &group.name, &mut references).finish());
    }
    let bytes = file.finish().map_err(|error| error.to_string())?;
    references.resolve(bytes)
}

fn fill_group(
    mut builder: GroupBuilder,
    group: &Group,
    path: &str,
    references: &mut reference::References,
) -> GroupBuilder {
    for (name, value) in &group.attributes {
        builder.set_attr(name, attribute_value(value, path, "", references));
    }
    for dataset in &group.datasets {
        fill_dataset(builder.create_dataset(&dataset.name), dataset, path, references);
    }
    for child in &group.groups {
        let child_builder = builder.create_group(&child.name);
        builder.add_group(fill_group(child_builder, child, &format!("{path}/{}", child.name), references).finish());
    }
    builder
}

fn fill_dataset(builder: &mut DatasetBuilder, dataset: &Dataset, group: &str, references: &mut reference::References) {
    match &dataset.data {
        Data::Text(text) => builder.with_vlen_strings(&[text.as_str()]).with_shape(&[]),
        Data::Column(Column::Real(values)) => builder.with_f64_data(values),
        Data::Column(Column::Integer(values)) => builder.with_i64_data(values),
        Data::Column(Column::Text(values)) => {
            builder.with_vlen_strings(&values.iter().map(String::as_str).collect::<Vec<_>>())
        }
        Data::Compressed(values) if values.is_empty() => builder.with_f64_data(values),
        Data::Compressed(values) => {
            let chunk = values.len().min(CHUNK_ELEMENTS) as u64;
            builder.with_f64_data(values).with_chunks(&[chunk]).with_shuffle().with_deflate(DEFLATE_LEVEL)
        }
        Data::Index8(values) => builder.with_u8_data(values),
        Data::Index16(values) => builder.with_u16_data(values),
        Data::Index32(values) => builder.with_u32_data(values),
        Data::Index64(values) => builder.with_u64_data(values),
    };
    for (name, value) in &dataset.attributes {
        builder.set_attr(name, attribute_value(value, group, &dataset.name, references));
    }
}

fn attribute_value(value: &Attribute, group: &str, holder: &str, references: &mut reference::References) -> AttrValue {
    match value {
        Attribute::Text(text) => AttrValue::VarLenString(text.clone()),
        Attribute::Texts(texts) => AttrValue::VarLenStringArray(texts.clone()),
        Attribute::Sibling(target) => AttrValue::AsciiString(references.placeholder(group, holder, target)),
    }
}
