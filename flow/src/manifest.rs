//! Manifest files, which stand beside their bitstreams.

use std::path::Path;

use spec::board::Board;
use spec::manifest::Manifest;

use crate::error::FlowError;
use crate::files::{self, sha256};
use crate::sources::Sources;

/// The manifest of a board in a folder, if there is one.
///
/// # Errors
/// The file cannot be read, or is not a manifest.
pub fn read(board: &Board, folder: &Path) -> Result<Option<Manifest>, FlowError> {
    let path = folder.join(Manifest::file_name(board));
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read(&path)?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| FlowError::Manifest { path, reason: format!("not a manifest: {error}") })
}

/// Writes the manifest of a board.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(manifest: &Manifest, board: &Board, folder: &Path) -> Result<(), FlowError> {
    let path = folder.join(Manifest::file_name(board));
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|error| FlowError::Manifest { path: path.clone(), reason: error.to_string() })?;
    files::write(&path, format!("{text}\n").as_bytes())
}

/// Checks the hash of a manifest's bitstream.
///
/// # Errors
/// The bitstream cannot be read, or has another hash.
pub fn check_bitstream(manifest: &Manifest, folder: &Path) -> Result<(), FlowError> {
    let path = folder.join(&manifest.file);
    let found = sha256(&files::read(&path)?);
    if found == manifest.sha256 {
        return Ok(());
    }
    Err(FlowError::Manifest { path, reason: format!("its hash is {found}, but its manifest has {}", manifest.sha256) })
}

/// Whether a manifest's bitstream was built from these sources.
#[must_use]
pub fn is_of(manifest: &Manifest, sources: &Sources) -> bool {
    manifest.verilog_sha256 == sha256(sources.verilog.as_bytes())
        && manifest.constraints_sha256 == sha256(sources.constraints.text.as_bytes())
}
