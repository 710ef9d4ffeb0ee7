//! HDF5 in and out: the only module that names the crates `hdf5_reader` and `hdf5_writer`.

mod error;
mod file;
mod filters;
mod links;
mod object;
#[cfg(test)]
mod tests;
mod values;
mod write;

pub use error::ReadError;
pub(crate) use file::{Reader, is_hdf5, read, read_bytes};
pub(crate) use object::{Dataset, Group, Member, NO_NUMBERS};
pub use values::Values;
pub(crate) use write::{Attribute, Data, NewDataset, NewGroup, file_bytes, tree_bytes};
