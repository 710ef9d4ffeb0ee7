//! A whole HDF5 file as a tree in memory, for files that hold something other than a recording.

use std::collections::BTreeMap;
use std::path::Path;

use crate::hdf5::{self, Group, Member, Reader};

pub use crate::hdf5::{ReadError, Values};

/// The most groups within one another.
const DEPTH_MAX: u32 = 32;
/// The most groups and arrays: a link may lead to a group again and again.
const MEMBERS_MAX: u32 = 100_000;

/// What an HDF5 file has under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A group's members by name.
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
        hdf5::read(path, most_bytes, of)
    }

    /// As [`Tree::read`], of the bytes of a file.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn from_bytes(bytes: &[u8], most_bytes: u64) -> Result<Tree, ReadError> {
        hdf5::read_bytes(bytes, most_bytes, of)
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

fn of(reader: &Reader) -> Result<Tree, ReadError> {
    group(&reader.root()?, DEPTH_MAX, &mut { MEMBERS_MAX })
}

fn group(found: &Group, depth_left: u32, members_left: &mut u32) -> Result<Tree, ReadError> {
    let mut members = BTreeMap::new();
    for (name, member) in found.members()? {
        let (Some(left), Some(depth_left)) = (members_left.checked_sub(1), depth_left.checked_sub(1)) else {
            return Err(ReadError::TooLarge(format!("/{}", found.path())));
        };
        *members_left = left;
        let tree = match member {
            Member::Group(inner) => group(&inner, depth_left, members_left)?,
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
