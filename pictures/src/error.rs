//! What can go wrong while a picture is made.

use std::path::{Path, PathBuf};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {cause}", path.display())]
    File {
        /// Read or write.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The text of a diagram is not Pikchr.
    #[error("{name}.pikchr is no diagram:\n{message}")]
    Diagram {
        /// The diagram.
        name: String,
        /// What Pikchr says.
        message: String,
    },
    /// A waveform, or the table of a tick, is not as expected.
    #[error("{}: {what}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The program whose results are drawn has failed, or Chromium.
    #[error(transparent)]
    Program(#[from] tools::ToolError),
}

impl PictureError {
    pub(crate) fn content(path: &Path, what: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), what: what.into() }
    }
}

/// The text of a file.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<String, PictureError> {
    std::fs::read_to_string(path).map_err(|cause| PictureError::File { verb: "read", path: path.to_owned(), cause })
}

/// Writes a file.
///
/// # Errors
/// It cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), PictureError> {
    std::fs::write(path, text).map_err(|cause| PictureError::File { verb: "write", path: path.to_owned(), cause })
}
