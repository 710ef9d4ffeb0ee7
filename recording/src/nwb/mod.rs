//! NWB 2.x in and out.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::{from_bytes, open};
pub(crate) use write::file_bytes;
pub use write::write_nwb;
