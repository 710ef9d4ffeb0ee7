//! Writing of HDF5: a tree of [`NewGroup`]s becomes the bytes of a file.

use hdf5_reader::Hdf5File;
use hdf5_writer::{
    AttributeBuilder, DatasetBuilder, Datatype, FILTER_DEFLATE, FILTER_SHUFFLE, FilterDescription, H5WriteElement,
    Hdf5Builder, ReferenceType, WriteOptions,
};

use super::Values;
use crate::Column;
use crate::tree::{ATTRIBUTE, Array, Tree};

/// Elements of a compressed chunk.
const CHUNK_ELEMENTS: usize = 1 << 16;
const DEFLATE_LEVEL: u32 = 6;
/// An array of a tree of this many elements is compressed.
const COMPRESSED_FROM_ELEMENTS: usize = 1 << 10;
/// Bytes of a number, which a shuffle has to know.
const REAL_BYTES: u32 = 8;

/// A group to write. It needs an attribute or a dataset somewhere below.
#[derive(Default)]
pub(crate) struct NewGroup {
    pub name: String,
    pub attributes: Vec<(&'static str, Attribute)>,
    pub datasets: Vec<NewDataset>,
    pub groups: Vec<NewGroup>,
}

/// A dataset to write.
pub(crate) struct NewDataset {
    pub name: String,
    pub attributes: Vec<(&'static str, Attribute)>,
    pub data: Data,
}

/// The value of an attribute to write.
pub(crate) enum Attribute {
    Text(String),
    Texts(Vec<String>),
    Real(f64),
    /// An object reference to the dataset of this name in the same group.
    Sibling(String),
}

/// The elements of a dataset to write.
pub(crate) enum Data {
    Text(String),
    Column(Column),
    Real(f64),
    /// Real numbers in compressed chunks.
    Compressed(Vec<f64>),
    /// Rows of so many real numbers in compressed chunks.
    CompressedRows(Vec<f64>, usize),
    Index8(Vec<u8>),
    Index16(Vec<u16>),
    Index32(Vec<u32>),
    Index64(Vec<u64>),
}

/// The bytes of an HDF5 file whose root group is `root`; equal trees give equal bytes.
pub(crate) fn file_bytes(root: &NewGroup) -> Result<Vec<u8>, String> {
    let mut references = Vec::new();
    collect_references(root, "", &mut references);
    let zeros = |_: &str| Ok(0);
    let bytes = encode(root, &zeros)?;
    if references.is_empty() {
        return Ok(bytes);
    }
    // A reference is the address of its target, which is known once everything has its place. The places do not depend on
    // the references.
    let file = Hdf5File::from_vec(bytes).map_err(|error| error.to_string())?;
    let address = |path: &str| file.dataset(path).map(|dataset| dataset.address()).map_err(|error| error.to_string());
    encode(root, &address)
}

type Address<'a> = &'a dyn Fn(&str) -> Result<u64, String>;

fn collect_references(group: &NewGroup, path: &str, references: &mut Vec<String>) {
    for (_, value) in group.datasets.iter().flat_map(|dataset| &dataset.attributes) {
        if let Attribute::Sibling(name) = value {
            references.push(join(path, name));
        }
    }
    for child in &group.groups {
        collect_references(child, &join(path, &child.name), references);
    }
}

fn encode(root: &NewGroup, address: Address) -> Result<Vec<u8>, String> {
    let builder = add_group(Hdf5Builder::new(), root, "", address)?;
    let error = |error: hdf5_writer::Error| error.to_string();
    builder.into_plan().map_err(error)?.encode(WriteOptions::default()).map_err(error)
}

fn add_group(mut builder: Hdf5Builder, group: &NewGroup, path: &str, address: Address) -> Result<Hdf5Builder, String> {
    for (name, value) in &group.attributes {
        let attribute = attribute(name, value, path, address)?;
        builder = if path.is_empty() { builder.attribute(attribute) } else { builder.group_attribute(path, attribute) };
    }
    for dataset in &group.datasets {
        if dataset.name.contains('/') {
            return Err(format!("`{}` has a slash in its name", dataset.name));
        }
        let mut new = new_dataset(&join(path, &dataset.name), &dataset.data).map_err(|error| error.to_string())?;
        for (name, value) in &dataset.attributes {
            new = new.attribute(attribute(name, value, path, address)?);
        }
        builder = builder.dataset(new);
    }
    for child in &group.groups {
        builder = add_group(builder, child, &join(path, &child.name), address)?;
    }
    Ok(builder)
}

/// The bytes of an HDF5 file whose root group is this group; equal trees give equal bytes.
pub(crate) fn tree_bytes(root: &Tree) -> Result<Vec<u8>, String> {
    let error = |error: hdf5_writer::Error| error.to_string();
    add_tree(Hdf5Builder::new(), root, "")?.into_plan().map_err(error)?.encode(WriteOptions::default()).map_err(error)
}

fn add_tree(mut builder: Hdf5Builder, group: &Tree, path: &str) -> Result<Hdf5Builder, String> {
    let error = |error: hdf5_writer::Error| error.to_string();
    let Tree::Group(members) = group else { return Err(format!("/{path} is not a group")) };
    for (name, member) in members {
        builder = match (name.strip_prefix(ATTRIBUTE), member) {
            (Some(name), Tree::Array(array)) => {
                let attribute = number_or_text(name, &array.values).map_err(error)?;
                if path.is_empty() { builder.attribute(attribute) } else { builder.group_attribute(path, attribute) }
            }
            (None, Tree::Array(array)) => builder.dataset(array_dataset(&join(path, name), array).map_err(error)?),
            (None, group @ Tree::Group(_)) => add_tree(builder, group, &join(path, name))?,
            _ => return Err(format!("/{path}/{name} cannot be written")),
        };
    }
    Ok(builder)
}

/// An attribute of one number, or of texts.
fn number_or_text(name: &str, values: &Values) -> hdf5_writer::Result<AttributeBuilder> {
    match values {
        Values::Real(values) => AttributeBuilder::scalar(name, values.first().copied().unwrap_or_default()),
        Values::Integer(values) => AttributeBuilder::scalar(name, values.first().copied().unwrap_or_default()),
        Values::Text(texts) => AttributeBuilder::vlen_strings(name, texts),
        Values::Reference(addresses) => AttributeBuilder::scalar(name, addresses.first().copied().unwrap_or_default()),
    }
}

/// An array of any shape, its numbers compressed if there are many.
fn array_dataset(path: &str, Array { shape, values }: &Array) -> hdf5_writer::Result<DatasetBuilder> {
    let (dataset, n_values) = match values {
        Values::Text(texts) => return DatasetBuilder::vlen_string_data(path, shape.clone(), texts),
        Values::Real(values) => (DatasetBuilder::typed_data(path, shape.clone(), values)?, values.len()),
        Values::Integer(values) => (DatasetBuilder::typed_data(path, shape.clone(), values)?, values.len()),
        Values::Reference(values) => (DatasetBuilder::typed_data(path, shape.clone(), values)?, values.len()),
    };
    if n_values < COMPRESSED_FROM_ELEMENTS {
        return Ok(dataset);
    }
    // The longest axis is cut so that a chunk has about as many elements as usual.
    let (longest, length) = shape.iter().enumerate().max_by_key(|(_, length)| **length).unwrap_or((0, &1));
    let n_chunks = (n_values / CHUNK_ELEMENTS).max(1) as u64;
    let mut chunk = shape.clone();
    chunk[longest] = length.div_ceil(n_chunks);
    Ok(compressed(dataset.chunked(chunk)))
}

fn compressed(dataset: DatasetBuilder) -> DatasetBuilder {
    let filter = |id, client_data| FilterDescription { id, name: None, client_data };
    dataset.filter(filter(FILTER_SHUFFLE, vec![REAL_BYTES])).filter(filter(FILTER_DEFLATE, vec![DEFLATE_LEVEL]))
}

fn join(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }
}

fn new_dataset(path: &str, data: &Data) -> hdf5_writer::Result<DatasetBuilder> {
    fn array<T: H5WriteElement>(path: &str, values: &[T]) -> hdf5_writer::Result<DatasetBuilder> {
        DatasetBuilder::typed_data(path, [values.len() as u64], values)
    }
    match data {
        Data::Text(text) => DatasetBuilder::vlen_string_data(path, [], &[text]),
        Data::Column(Column::Real(values)) => array(path, values),
        Data::Column(Column::Integer(values)) => array(path, values),
        Data::Column(Column::Text(values)) => DatasetBuilder::vlen_string_data(path, [values.len() as u64], values),
        Data::Column(Column::Vector(values)) => {
            DatasetBuilder::typed_data(path, [values.len() as u64, 2], values.as_flattened())
        }
        Data::Real(value) => DatasetBuilder::typed_data(path, [], &[*value]),
        Data::Compressed(values) if values.is_empty() => array(path, values),
        Data::Compressed(values) => {
            Ok(compressed(array(path, values)?.chunked([values.len().min(CHUNK_ELEMENTS) as u64])))
        }
        Data::CompressedRows(values, n_columns) => {
            let (n_rows, n_columns) = (values.len() / n_columns.max(&1), *n_columns);
            let rows = DatasetBuilder::typed_data(path, [n_rows as u64, n_columns as u64], values)?;
            let chunk_rows = n_rows.min(CHUNK_ELEMENTS / n_columns.max(1)).max(1);
            Ok(compressed(rows.chunked([chunk_rows as u64, n_columns as u64])))
        }
        Data::Index8(values) => array(path, values),
        Data::Index16(values) => array(path, values),
        Data::Index32(values) => array(path, values),
        Data::Index64(values) => array(path, values),
    }
}

fn attribute(name: &str, value: &Attribute, group: &str, address: Address) -> Result<AttributeBuilder, String> {
    let error = |error: hdf5_writer::Error| error.to_string();
    match value {
        Attribute::Text(text) => Ok(AttributeBuilder::fixed_string(name, text)),
        Attribute::Real(value) => AttributeBuilder::scalar(name, *value).map_err(error),
        Attribute::Texts(texts) => AttributeBuilder::vlen_strings(name, texts).map_err(error),
        Attribute::Sibling(target) => {
            let datatype = Datatype::Reference { ref_type: ReferenceType::Object, size: 8 };
            Ok(AttributeBuilder::new(name, datatype, [], address(&join(group, target))?.to_le_bytes()))
        }
    }
}
