//! A whole HDF5 file as a tree in memory, for files that hold something other than a recording.

use std::collections::BTreeMap;
use std::path::Path;

use crate::hdf5::{self, Group, Member, Reader};

pub use crate::hdf5::{ReadError, Values};

/// The most groups within one another.
const DEPTH_MAX: u32 = 32;
/// The most groups and arrays: a link may lead to a group again and again.
const MEMBERS_MAX: u32 = 20_000;
/// Memory for an attribute of the root group.
const ROOT_MOST_BYTES: u64 = 1 << 20;

/// What the names of attributes start with.
pub(crate) const ATTRIBUTE: char = '@';

/// What an HDF5 file has under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A group's members by name, and where they were asked for its attributes, whose names start with `@`.
    Group(BTreeMap<String, Tree>),
    /// An array.
    Array(Array),
    /// What cannot be read; a clause that says why.
    Unreadable(String),
}

/// An array of any shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each axis; empty for a single value.
    pub shape: Vec<u64>,
    /// The elements, those of the last axis one after the other.
    pub values: Values,
}

impl Tree {
    /// Reads a file whose arrays may take `most_bytes` of memory together, counted at up to 24 bytes an element.
    ///
    /// # Errors
    /// A file that is damaged, not closed, or no HDF5; arrays that take more memory.
    pub fn read(path: &Path, most_bytes: u64) -> Result<Tree, ReadError> {
        hdf5::read(path, most_bytes, |reader| of(reader, false))
    }

    /// As [`Tree::read`], with the attributes of groups.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn read_with_attributes(path: &Path, most_bytes: u64) -> Result<Tree, ReadError> {
        hdf5::read(path, most_bytes, |reader| of(reader, true))
    }

    /// The text of an attribute of the root group; none if there is none, or if the file is no HDF5.
    #[must_use]
    pub fn root_text(path: &Path, attribute: &str) -> Option<String> {
        if !hdf5::is_hdf5(path).ok()? {
            return None;
        }
        let text = hdf5::read(path, ROOT_MOST_BYTES, |reader| reader.root()?.texts(attribute));
        text.ok()?.into_iter().next()
    }

    /// The bytes of an HDF5 file with these groups, arrays and attributes; equal trees give equal bytes.
    ///
    /// # Errors
    /// What cannot be written: a root that is no group, a part that could not be read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        hdf5::tree_bytes(self)
    }

    /// As [`Tree::read`], of the bytes of a file.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn from_bytes(bytes: &[u8], most_bytes: u64) -> Result<Tree, ReadError> {
        hdf5::read_bytes(bytes, most_bytes, |reader| of(reader, false))
    }

    /// The member of that name; none of what is no group.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Group(members) => members.get(name),
            _ => None,
        }
    }
}

fn of(reader: &Reader, with_attributes: bool) -> Result<Tree, ReadError> {
    group(&reader.root()?, with_attributes, DEPTH_MAX, &mut { MEMBERS_MAX })
}

fn group(found: &Group, with_attributes: bool, depth_left: u32, members_left: &mut u32) -> Result<Tree, ReadError> {
    let mut members = BTreeMap::new();
    for (name, values) in if with_attributes { found.attributes()? } else { Vec::new() } {
        members.insert(format!("{ATTRIBUTE}{name}"), Tree::Array(Array { shape: Vec::new(), values }));
    }
    for (name, member) in found.members()? {
        let Some(left) = members_left.checked_sub(1) else {
            return Err(ReadError::TooLarge(format!("/{}", found.path())));
        };
        let Some(depth_left) = depth_left.checked_sub(1) else { return Err(endless(found.path())) };
        *members_left = left;
        let tree = match member {
            Member::Group(inner) => group(&inner, with_attributes, depth_left, members_left)?,
            Member::Dataset(dataset) => match dataset.elements() {
                Ok(values) => Tree::Array(Array { shape: dataset.lengths().to_vec(), values }),
                Err(ReadError::Unsupported(cause)) => Tree::Unreadable(cause),
                Err(error) => return Err(error),
            },
            Member::Unreachable(cause) => Tree::Unreadable(cause),
        };
        members.insert(name, tree);
    }
    Ok(Tree::Group(members))
}

/// Groups within one another beyond all sense: most likely a link leads from a group to one around it.
fn endless(path: &str) -> ReadError {
    let names: Vec<&str> = path.split('/').collect();
    let repeats = |length: usize| {
        let starts = 0..(names.len() + 1).saturating_sub(2 * length);
        starts.into_iter().find(|&start| names[start..start + length] == names[start + length..start + 2 * length])
    };
    let end = (1..names.len()).find_map(|length| repeats(length).map(|start| start + length));
    let start = names[..end.unwrap_or(names.len())].join("/");
    ReadError::Unsupported(format!(
        "more than {DEPTH_MAX} groups within one another; is /{start} a link to a group that it is in? Remove it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[u64], values: Values) -> Tree {
        Tree::Array(Array { shape: shape.to_vec(), values })
    }

    #[test]
    fn a_link_to_a_group_around_it_is_named() {
        for (path, link) in [("a/b/l/l/l/fc", "/a/b/l "), ("a/b/a/b/a", "/a/b ")] {
            let error = endless(path).to_string();
            assert!(error.contains(link), "{error}");
        }
    }

    #[test]
    fn a_tree_that_is_written_is_read_back_with_its_attributes() {
        let large = array(&[2, 3, 5_000], Values::Integer((0..30_000).map(|value| value % 7 - 3).collect()));
        let inner = Tree::Group(BTreeMap::from([
            ("@dt".into(), array(&[], Values::Real(vec![0.004]))),
            ("names".into(), array(&[2, 1], Values::Text(vec!["a".into(), "ä.1".into()]))),
            ("large".into(), large),
        ]));
        let tree = Tree::Group(BTreeMap::from([
            ("@kind".into(), array(&[], Values::Text(vec!["test".into()]))),
            ("inner".into(), inner),
            ("one".into(), array(&[], Values::Real(vec![1.5]))),
        ]));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree.h5");
        std::fs::write(&path, tree.to_bytes().unwrap()).unwrap();
        assert_eq!(Tree::read_with_attributes(&path, 1 << 24).unwrap(), tree);
        assert_eq!(Tree::root_text(&path, "kind").as_deref(), Some("test"));
        assert!(!matches!(Tree::read(&path, 1 << 24), Ok(Tree::Group(members)) if members.contains_key("@kind")));
    }
}
