//! Files that are whole or not there.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file that is whole or, whatever happens, not there: beside its place first, then moved.
///
/// # Errors
/// What [`check_place`] refuses, and what the operating system does.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    check_place(path)?;
    let mut builder = tempfile::Builder::new();
    // A temporary file is private by default; this one becomes an ordinary file, to which the umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Whether [`write_whole`] can write here; writes nothing.
///
/// # Errors
/// A folder that is not there or not writable, a name that the file system does not take, and anything at the place that
/// is not a file: moving a file there would put it in the place of a device.
pub fn check_place(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => return Err(io::Error::other("it is a device or a pipe, not a file")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    tempfile::tempfile_in(folder_of(path)).map(drop)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
