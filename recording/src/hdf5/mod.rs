//! HDF5 in and out: the only module that names the crate `hdf5_pure`.

mod panics;
mod read;
mod reference;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use hdf5_pure::is_hdf5;
pub(crate) use read::{ReadError, Reader, read, read_bytes};
pub(crate) use write::{Attribute, Data, Dataset, Group, file_bytes};
