//! The pictures of the documents: diagrams from text, a tick from a waveform, figures from a study.

pub mod diagram;
mod error;
pub mod report;
pub mod svg;
pub mod tick;

use std::path::PathBuf;

pub use error::{PictureError, read, write};

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Where the pictures are, with the texts that they are made from.
#[must_use]
pub fn folder() -> PathBuf {
    root().join("docs/pictures")
}
