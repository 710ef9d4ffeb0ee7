//! The pictures of the documents: diagrams from text, a tick from a waveform, figures from a study.

pub mod diagram;
mod error;
pub mod report;
pub mod svg;
pub mod tick;

use std::path::PathBuf;

pub use error::{PictureError, read, write};

/// Where the pictures are, with the texts that they are made from.
#[must_use]
pub fn folder() -> PathBuf {
    tools::workspace::root().join("docs/pictures")
}
