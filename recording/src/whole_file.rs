//! Files are written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes a file whole or not at all: to a temporary file in the same folder, which is then renamed.
///
/// # Errors
/// What [`check_place`] refuses, and errors of the operating system.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    temporary(path, bytes)?.persist(path)?;
    Ok(())
}

/// Writes files that belong together, each as [`write_whole`] does: all of them are on the disk before the first is renamed, so that a
/// full disk leaves those that were there.
///
/// # Errors
/// As [`write_whole`], with the path of the file.
pub fn write_whole_together(files: &[(&Path, &[u8])]) -> Result<(), (PathBuf, io::Error)> {
    let at = |path: &Path, error: io::Error| (path.to_owned(), error);
    let written =
        files.iter().map(|(path, bytes)| Ok((*path, temporary(path, bytes).map_err(|error| at(path, error))?)));
    for (path, file) in written.collect::<Result<Vec<_>, _>>()? {
        file.persist(path).map_err(|error| at(path, error.error))?;
    }
    Ok(())
}

/// A temporary file with these bytes, on the disk, that can be renamed to `path`.
fn temporary(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    check_place(path)?;
    let mut builder = tempfile::Builder::new();
    // A temporary file is private by default; this one becomes an ordinary file, to which the umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Whether [`write_whole`] can write here; writes nothing.
///
/// # Errors
/// A folder that does not exist or is not writable, a name that the file system refuses, and a path to anything but a
/// file: renaming would replace a device.
pub fn check_place(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is a device or a pipe, not a file")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    tempfile::tempfile_in(folder_of(path)).map(drop)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
