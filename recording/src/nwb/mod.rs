//! Neurodata Without Borders (NWB) 2.x.

mod columns;
mod electrodes;
mod read;
mod tables;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use electrodes::JOIN;
pub(crate) use read::{from_bytes, open};
pub(crate) use write::file_bytes;
pub use write::write_nwb;
