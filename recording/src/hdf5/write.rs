//! Writing of HDF5: a tree of [`Group`]s becomes the bytes of a file.

use hdf5_pure::{AttrValue, DatasetBuilder, FileBuilder, GroupBuilder};

use super::reference;
use crate::Column;

/// Elements of a chunk. From 2^16 on the writer (0.47.0) encodes the chunk's dimension wider than HDF5 2.0 accepts.
const CHUNK_ELEMENTS: usize = 1 << 15;
const DEFLATE_LEVEL: u32 = 6;

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
        Data::Column(Column::Vector(values)) => {
            builder.with_f64_data(values.as_flattened()).with_shape(&[values.len() as u64, 2])
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
