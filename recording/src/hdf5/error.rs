//! Why something in a file cannot be read.

use std::fmt;

use hdf5_reader::error::Error;

use super::filters;

/// The class of the layout message of a virtual dataset.
const VIRTUAL: u8 = 3;
/// What the library says of values that are in another file.
const EXTERNAL: &str = "external raw data file";

/// Why a file, a group or a dataset cannot be read; shown as one clause.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadError {
    /// Its structure makes no sense, for this reason.
    Damaged(String),
    /// It is sound, but of a kind that is not read.
    Unsupported(String),
    /// This takes more memory than is left.
    TooLarge(String),
    /// A program that writes the file has not closed it.
    NotClosed,
}

impl ReadError {
    /// Of the HDF5 library, about the object at `path`.
    pub(super) fn new(path: &str, error: Error) -> ReadError {
        match error {
            Error::Context { source, .. } => ReadError::new(path, *source),
            Error::UnsupportedFilter(message) => ReadError::Unsupported(filters::refusal(&message)),
            Error::ResourceLimit(_) => ReadError::TooLarge(format!("/{path}")),
            Error::Other(message) if message.contains(EXTERNAL) => ReadError::Unsupported(
                "its values are in another file (external storage), which is not read; h5repack in.nwb out.nwb, or a copy of the array \
                 with h5py, stores them in the file"
                    .into(),
            ),
            Error::UnsupportedLayoutClass(VIRTUAL) => {
                ReadError::Unsupported("a virtual dataset; h5repack in.nwb out.nwb stores its values".into())
            }
            Error::UnsupportedSuperblockVersion(_)
            | Error::UnsupportedObjectHeaderVersion(_)
            | Error::UnsupportedLayoutVersion(_)
            | Error::UnsupportedLayoutClass(_)
            | Error::UnsupportedDatatypeClass(_)
            | Error::UnsupportedChunkIndexType(_)
            | Error::UnsupportedEncoding(_) => ReadError::Unsupported(error.to_string()),
            _ => ReadError::Damaged(format!("/{path}: {error}")),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            ReadError::Damaged(cause) => write!(out, "damaged: {cause}"),
            ReadError::Unsupported(cause) => out.write_str(cause),
            ReadError::TooLarge(_) => out.write_str("takes more memory than is left"),
            ReadError::NotClosed => out.write_str("not closed by the program that writes it"),
        }
    }
}

impl std::error::Error for ReadError {}
