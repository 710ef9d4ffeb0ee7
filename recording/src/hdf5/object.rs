//! Groups, datasets and their attributes.

use std::ptr;

use hdf5_reader::error::Error;
use hdf5_reader::messages::link::LinkTarget;
use hdf5_reader::{Datatype, RawAttribute, group};

use super::file::locate;
use super::links;
use super::values::{Kind, Values, decode, whole_number};
use super::{ReadError, Reader};
use crate::Column;

/// The most soft links that are followed step by step on the way to an object.
const LINKS_MAX: u8 = 16;
/// The most bytes of an element: far above any label.
const ELEMENT_MAX_BYTES: usize = 1 << 20;

/// What is wrong with an array that should hold numbers.
pub(crate) const NO_NUMBERS: &str = "it does not hold numbers; export it as numbers";

/// A group.
#[derive(Clone)]
pub(crate) struct Group<'a> {
    reader: &'a Reader,
    inner: group::Group,
    path: String,
}

/// A dataset: an array of elements.
pub(crate) struct Dataset<'a> {
    reader: &'a Reader,
    inner: hdf5_reader::Dataset,
    path: String,
}

/// What a group has under a name.
pub(crate) enum Member<'a> {
    Group(Group<'a>),
    Dataset(Box<Dataset<'a>>),
    /// A link that leads nowhere, or an object that makes no sense; with a clause that says so.
    Unreachable(String),
}

impl<'a> Group<'a> {
    pub(super) fn new(reader: &'a Reader, inner: group::Group, path: String) -> Group<'a> {
        Group { reader, inner, path }
    }

    /// Its path, without the leading slash.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The path of a member.
    pub(crate) fn join(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// What distinguishes it from the file's other groups.
    pub(crate) fn address(&self) -> u64 {
        self.inner.address()
    }

    /// All members, sorted by name; links are followed.
    pub(crate) fn members(&self) -> Result<Vec<(String, Member<'a>)>, ReadError> {
        let links = links::links(&self.inner).map_err(|error| ReadError::new(&self.path, error))?;
        let follow = |(name, target): links::Link| {
            let member = self.follow(&name, &target, &mut { LINKS_MAX });
            (name, member)
        };
        Ok(links.into_iter().map(follow).collect())
    }

    /// The member of that name; links are followed.
    pub(crate) fn member(&self, name: &str) -> Result<Option<Member<'a>>, ReadError> {
        self.member_over(name, &mut { LINKS_MAX })
    }

    fn member_over(&self, name: &str, links_left: &mut u8) -> Result<Option<Member<'a>>, ReadError> {
        let links = links::links(&self.inner).map_err(|error| ReadError::new(&self.path, error))?;
        Ok(links.into_iter().find(|link| link.0 == name).map(|(name, target)| self.follow(&name, &target, links_left)))
    }

    fn follow(&self, name: &str, target: &LinkTarget, links_left: &mut u8) -> Member<'a> {
        let path = self.join(name);
        let mut unreachable = |error: Error| match target {
            LinkTarget::Hard { .. } => Member::Unreachable(ReadError::new(&path, error).to_string()),
            LinkTarget::Soft { path: target } => self.walk(&path, target, links_left),
            LinkTarget::External { filename, path } => Member::Unreachable(match &self.reader.folder {
                Some(folder) if locate(folder, filename).is_some() => match error {
                    Error::Other(_) | Error::GroupNotFound(_) => {
                        format!("a link to {path} in {filename}, which leads to nothing there or in a circle")
                    }
                    error => {
                        let cause = ReadError::new(path.trim_start_matches('/'), error);
                        format!("a link to {path} in {filename}: {cause}")
                    }
                },
                Some(_) => format!("a link to {path} in {filename}, which is not there"),
                None => format!("a link to {path} in another file, {filename}"),
            }),
        };
        match self.inner.dataset(name) {
            Ok(inner) => Member::Dataset(Box::new(Dataset { reader: self.reader, inner, path })),
            Err(Error::DatasetNotFound(_)) => match self.inner.group(name) {
                Ok(inner) => Member::Group(Group::new(self.reader, inner, path)),
                Err(error) => unreachable(error),
            },
            Err(error) => unreachable(error),
        }
    }

    /// Follows a soft link step by step where the library gives up: it takes a `.` in a path for a name, and does not say
    /// why a link fails.
    fn walk(&self, path: &str, target: &str, links_left: &mut u8) -> Member<'a> {
        const TOO_MANY: &str = "leads in a circle or over too many further links";
        let unreachable = |cause: &str| Member::Unreachable(format!("a link to {target}, which {cause}"));
        let Some(left) = links_left.checked_sub(1) else { return unreachable(TOO_MANY) };
        *links_left = left;
        let start = match self.reader.root() {
            _ if !target.starts_with('/') => self.clone(),
            // In another file, an absolute path starts at the root of that file, which is out of reach here.
            Ok(root) if ptr::addr_eq(root.inner.storage(), self.inner.storage()) => root,
            _ => return unreachable("is not in the file"),
        };
        let mut found = Member::Group(start);
        for name in target.split('/').filter(|name| !["", "."].contains(name)) {
            let Member::Group(group) = found else { return unreachable("is not in the file") };
            found = match group.member_over(name, links_left) {
                Ok(Some(Member::Unreachable(_))) if *links_left == 0 => return unreachable(TOO_MANY),
                Ok(Some(Member::Unreachable(reason))) => return unreachable(&format!("is {reason}")),
                Ok(Some(member)) => member,
                Ok(None) => return unreachable("is not in the file"),
                Err(error) => return unreachable(&format!("cannot be read: {error}")),
            };
        }
        let path = path.to_owned();
        match found {
            Member::Group(group) => Member::Group(Group { path, ..group }),
            Member::Dataset(dataset) => Member::Dataset(Box::new(Dataset { path, ..*dataset })),
            unreachable => unreachable,
        }
    }

    /// All attributes that hold texts or numbers, by name.
    pub(crate) fn attributes(&self) -> Result<Vec<(String, Values)>, ReadError> {
        let attributes = self.inner.raw_attributes().map_err(|error| ReadError::new(&self.path, error))?;
        let text = |reference: &[u8]| self.inner.resolve_vlen_reference_bytes(reference, 1);
        let mut found = Vec::new();
        for attribute in attributes {
            let name = attribute.name().to_owned();
            if let Some(values) = attribute_values(self.reader, &self.path, attribute, &text)? {
                found.push((name, values));
            }
        }
        Ok(found)
    }

    /// The texts of an attribute, one for a scalar; empty if there is no such text.
    pub(crate) fn texts(&self, attribute: &str) -> Result<Vec<String>, ReadError> {
        let attributes = self.inner.raw_attributes().map_err(|error| ReadError::new(&self.path, error))?;
        texts(self.reader, &self.path, attributes, attribute, &|reference| {
            self.inner.resolve_vlen_reference_bytes(reference, 1)
        })
    }
}

impl Dataset<'_> {
    /// Its path, without the leading slash.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The text of an attribute; empty if there is no such text.
    pub(crate) fn text(&self, attribute: &str) -> Result<String, ReadError> {
        let attributes = self.inner.raw_attributes().map_err(|error| ReadError::new(&self.path, error))?;
        let texts = texts(self.reader, &self.path, attributes, attribute, &|reference| {
            self.inner.resolve_vlen_reference_bytes(reference, 1)
        })?;
        Ok(texts.into_iter().next().unwrap_or_default())
    }

    /// All elements, in the file's order, of an array with one axis; further axes of length 1 do not count, because MATLAB
    /// has no array of one axis.
    pub(crate) fn values(&self) -> Result<Values, ReadError> {
        if self.inner.shape().iter().filter(|&&length| length != 1).count() > 1 {
            return Err(ReadError::Unsupported(format!("its shape is {}, not a single axis", self.shape())));
        }
        self.elements()
    }

    /// The number in an attribute; none if it has no such number.
    pub(crate) fn number(&self, attribute: &str) -> Result<Option<f64>, ReadError> {
        let attributes = self.inner.raw_attributes().map_err(|error| ReadError::new(&self.path, error))?;
        let Some(attribute) = attributes.into_iter().find(|other| other.name() == attribute) else { return Ok(None) };
        let (message, datatype) = attribute.into_parts();
        let Ok(kind) = Kind::new(&message.datatype, &datatype) else { return Ok(None) };
        let no_text = |_: &[u8]| Ok(Vec::new());
        Ok(match decode(self.reader, &self.path, kind, message.raw_data.len(), &message.raw_data, &no_text)? {
            Values::Real(values) => values.first().copied(),
            Values::Integer(values) => values.first().map(|&value| value as f64),
            _ => None,
        })
    }

    /// The only number in an attribute; none if there is no such attribute, an error if it holds anything else.
    pub(crate) fn only_number(&self, attribute: &str) -> Result<Option<f64>, ReadError> {
        let attributes = self.inner.raw_attributes().map_err(|error| ReadError::new(&self.path, error))?;
        let Some(attribute) = attributes.into_iter().find(|other| other.name() == attribute) else { return Ok(None) };
        let text = |reference: &[u8]| self.inner.resolve_vlen_reference_bytes(reference, 1);
        match attribute_values(self.reader, &self.path, attribute, &text)? {
            Some(Values::Real(values)) if values.len() == 1 => Ok(Some(values[0])),
            Some(Values::Integer(values)) if values.len() == 1 => Ok(Some(values[0] as f64)),
            _ => Err(ReadError::Unsupported("is not one number".into())),
        }
    }

    /// Whether each element is a list of elements, as h5py stores arrays of several lengths.
    pub(crate) fn has_lists(&self) -> bool {
        matches!(self.inner.dtype(), Datatype::VarLen { base, .. } if !base.is_vlen_string_base())
    }

    /// One value, or two numbers, for each of `n_rows` rows; of three numbers the two that are not the same in all rows. Numbers
    /// may be in the order of MATLAB, [2, n].
    pub(crate) fn column(&self, n_rows: usize) -> Result<Column, ReadError> {
        let lengths = self.inner.shape().iter().map(|&length| usize::try_from(length).unwrap_or(usize::MAX));
        let axes: Vec<usize> = lengths.filter(|&length| length != 1).collect();
        let is_column = match axes[..] {
            [] => n_rows == 1,
            [length] => length == n_rows,
            _ => false,
        };
        if is_column {
            return match self.elements()? {
                Values::Real(values) => Ok(Column::Real(self.decimal(values))),
                Values::Integer(values) => Ok(Column::Integer(values)),
                Values::Text(values) => Ok(Column::Text(values)),
                Values::Reference(_) => Err(ReadError::Unsupported("references to other objects".into())),
            };
        }
        let (width, is_by_row) = match axes[..] {
            [rows, width @ (2 | 3)] if rows == n_rows => (width, true),
            [width @ (2 | 3)] if n_rows == 1 => (width, true),
            [width @ (2 | 3), rows] if rows == n_rows => (width, false),
            _ => {
                let cause = format!("its shape is {}, not one to three values for each of {n_rows} rows", self.shape());
                return Err(ReadError::Unsupported(cause));
            }
        };
        let values = match self.elements()? {
            Values::Real(values) => self.decimal(values),
            Values::Integer(values) => values.into_iter().map(|value| value as f64).collect(),
            _ => return Err(ReadError::Unsupported("several texts or references for each row".into())),
        };
        let at = |row: usize, axis: usize| values[if is_by_row { row * width + axis } else { axis * n_rows + row }];
        let is_constant = |axis: &usize| {
            let mut present = (0..n_rows).map(|row| at(row, *axis)).filter(|value| value.is_finite());
            let first = present.next();
            present.all(|value| Some(value) == first)
        };
        let plane = match (0..width).rev().find(|axis| width == 3 && is_constant(axis)) {
            _ if width == 2 => [0, 1],
            Some(2) => [0, 1],
            Some(1) => [0, 2],
            Some(_) => [1, 2],
            None => {
                let cause =
                    "three coordinates for each row, none of which is the same in all rows: they are not in a plane";
                return Err(ReadError::Unsupported(cause.into()));
            }
        };
        Ok(Column::Vector((0..n_rows).map(|row| plane.map(|axis| at(row, axis))).collect()))
    }

    /// Numbers of 32 bits as the decimals that they stand for, since 0.1 is another number there; others as they are.
    fn decimal(&self, mut values: Vec<f64>) -> Vec<f64> {
        if matches!(self.inner.dtype(), Datatype::FloatingPoint { size: 4, .. }) {
            #[expect(clippy::cast_possible_truncation, reason = "they have 32 bits")]
            let decimal = |value: f64| (value as f32).to_string().parse().unwrap_or(value);
            values.iter_mut().for_each(|value| *value = decimal(*value));
        }
        values
    }

    /// Real numbers from an array of numbers.
    pub(crate) fn reals(&self) -> Result<Vec<f64>, ReadError> {
        match self.values()? {
            Values::Real(values) => Ok(values),
            Values::Integer(values) => Ok(values.into_iter().map(|value| value as f64).collect()),
            _ => Err(ReadError::Unsupported(NO_NUMBERS.into())),
        }
    }

    /// As [`Dataset::reals`], numbers of 32 bits as the decimals that they stand for.
    pub(crate) fn decimals(&self) -> Result<Vec<f64>, ReadError> {
        Ok(self.decimal(self.reals()?))
    }

    /// Integers from an array of whole numbers of any type.
    pub(crate) fn integers(&self) -> Result<Vec<i64>, ReadError> {
        match self.values()? {
            Values::Integer(values) => Ok(values),
            Values::Real(values) => values.into_iter().map(whole_number).collect::<Result<_, _>>(),
            _ => Err(ReadError::Unsupported(NO_NUMBERS.into())),
        }
    }

    /// The distance between neighbours of this size, if they are stored as real numbers.
    pub(crate) fn spacing(&self, value: f64) -> Option<f64> {
        let Datatype::FloatingPoint { size, .. } = self.inner.dtype() else { return None };
        // Mantissas of IEEE 754.
        let mantissa_bits = match size {
            2 => 10.0,
            4 => 23.0,
            _ => 52.0,
        };
        Some(2_f64.powf(value.abs().log2().floor() - mantissa_bits))
    }

    /// What distinguishes it from the file's other objects.
    pub(crate) fn address(&self) -> u64 {
        self.inner.address()
    }

    /// The address of the object that an attribute refers to; none if it is no reference.
    pub(crate) fn reference(&self, attribute: &str) -> Option<u64> {
        let attributes = self.inner.raw_attributes().ok()?;
        let attribute = attributes.into_iter().find(|other| other.name() == attribute)?;
        let (message, datatype) = attribute.into_parts();
        let Ok(kind @ Kind::Reference) = Kind::new(&message.datatype, &datatype) else { return None };
        let no_text = |_: &[u8]| Ok(Vec::new());
        match decode(self.reader, &self.path, kind, message.raw_data.len(), &message.raw_data, &no_text) {
            Ok(Values::Reference(addresses)) => addresses.first().copied(),
            _ => None,
        }
    }

    /// Its lengths for a message.
    pub(crate) fn shape(&self) -> String {
        let lengths: Vec<String> = self.inner.shape().iter().map(u64::to_string).collect();
        format!("[{}]", lengths.join(", "))
    }

    /// Length of each axis; none for a single value.
    pub(crate) fn lengths(&self) -> &[u64] {
        self.inner.shape()
    }

    /// All elements of all axes, the last axis varying fastest.
    pub(crate) fn elements(&self) -> Result<Values, ReadError> {
        let error = |error| ReadError::new(&self.path, error);
        let kind = Kind::new(self.inner.dtype(), &self.inner.raw_datatype().map_err(error)?)?;
        let n_elements = self.inner.num_elements().map_err(error)?;
        let element_bytes = self.inner.raw_element_size().map_err(error)?;
        if element_bytes > ELEMENT_MAX_BYTES {
            return Err(ReadError::Unsupported(format!("each of its values takes {element_bytes} bytes")));
        }
        // A value of 1 byte becomes one of 8, a text of 1 byte a `String`; and the bytes exist twice for a moment.
        let memory_bytes = n_elements.saturating_mul(element_bytes.max(size_of::<String>()) as u64);
        self.reader.take(&self.path, memory_bytes)?;
        let bytes = self.inner.read_raw_bytes().map_err(error)?;
        let text = |reference: &[u8]| self.inner.resolve_vlen_reference_bytes(reference, 1);
        decode(self.reader, &self.path, kind, element_bytes, &bytes, &text)
    }
}

/// The texts of the attribute of that name.
fn texts(
    reader: &Reader,
    path: &str,
    attributes: Vec<RawAttribute>,
    name: &str,
    text: &dyn Fn(&[u8]) -> hdf5_reader::error::Result<Vec<u8>>,
) -> Result<Vec<String>, ReadError> {
    let Some(attribute) = attributes.into_iter().find(|attribute| attribute.name() == name) else {
        return Ok(Vec::new());
    };
    match attribute_values(reader, path, attribute, text)? {
        Some(Values::Text(values)) => Ok(values),
        _ => Ok(Vec::new()),
    }
}

/// The values of an attribute; none if it holds something else than texts and numbers.
fn attribute_values(
    reader: &Reader,
    path: &str,
    attribute: RawAttribute,
    text: &dyn Fn(&[u8]) -> hdf5_reader::error::Result<Vec<u8>>,
) -> Result<Option<Values>, ReadError> {
    let (message, datatype) = attribute.into_parts();
    let Ok(kind) = Kind::new(&message.datatype, &datatype) else { return Ok(None) };
    let n_elements = message.dataspace.num_elements().map_err(|error| ReadError::new(path, error.into()))?;
    match usize::try_from(n_elements).ok().and_then(|n| message.raw_data.len().checked_div(n)) {
        Some(element_bytes) => decode(reader, path, kind, element_bytes, &message.raw_data, text).map(Some),
        None => Ok(None),
    }
}
