//! Manifests as files beside their bitstreams.

use std::path::Path;

use spec::board::Board;
use spec::manifest::Manifest;

use crate::error::FlowError;
use crate::files::{self, sha256};
use crate::sources::Sources;

/// The manifest of a board in a folder, if there is one.
///
/// # Errors
/// It is there and cannot be read, or is none.
pub fn read(board: &Board, folder: &Path) -> Result<Option<Manifest>, FlowError> {
    let path = folder.join(Manifest::file_name(board));
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read(&path)?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| FlowError::Manifest { path, reason: format!("it is no manifest: {error}") })
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

/// Compares a manifest with the bitstream beside it.
///
/// # Errors
/// A bitstream that is not there or has another hash.
pub fn check_bitstream(manifest: &Manifest, folder: &Path) -> Result<(), FlowError> {
    let path = folder.join(&manifest.file);
    let found = sha256(&files::read(&path)?);
    if found == manifest.sha256 {
        return Ok(());
    }
    Err(FlowError::Manifest { path, reason: format!("its hash is {found}, its manifest says {}", manifest.sha256) })
}

/// Whether what a manifest stands for was made of these sources.
#[must_use]
pub fn is_of(manifest: &Manifest, sources: &Sources) -> bool {
    manifest.verilog_sha256 == sha256(sources.verilog.as_bytes())
        && manifest.constraints_sha256 == sha256(sources.constraints.text.as_bytes())
}
