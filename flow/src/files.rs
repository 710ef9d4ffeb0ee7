//! Files: atomic writing, locks, hashes.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::error::FlowError;

/// Reads a whole file.
///
/// # Errors
/// It cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, FlowError> {
    fs::read(path).map_err(FlowError::file(path))
}

/// Writes a file atomically, and makes its folder if necessary.
///
/// # Errors
/// It cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FlowError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make(folder)?;
    let mut file = NamedTempFile::new_in(folder).map_err(FlowError::file(folder))?;
    file.write_all(bytes).map_err(FlowError::file(path))?;
    // Temporary files are readable by their owner only.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(FlowError::file(path))?;
    }
    file.persist(path).map_err(|error| FlowError::File { path: path.to_owned(), error: error.error })?;
    Ok(())
}

/// Locks a file until the value is dropped; `wait` is called if another process holds the lock.
///
/// # Errors
/// The file cannot be made or locked.
pub fn lock(path: &Path, wait: impl FnOnce()) -> Result<File, FlowError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make(folder)?;
    let file = File::create(path).map_err(FlowError::file(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            wait();
            file.lock().map_err(FlowError::file(path))?;
            Ok(file)
        }
        Err(TryLockError::Error(error)) => Err(FlowError::file(path)(error)),
    }
}

/// Makes a folder if it does not exist.
///
/// # Errors
/// It cannot be made.
pub fn make(folder: &Path) -> Result<(), FlowError> {
    fs::create_dir_all(folder).map_err(|error| FlowError::Folder { path: folder.to_owned(), error })
}

/// Makes an empty folder, after removing everything in it.
///
/// # Errors
/// It cannot be emptied or made.
pub fn empty(folder: &Path) -> Result<(), FlowError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(FlowError::file(folder)(error)),
        _ => {}
    }
    make(folder)
}

/// Removes a file if it exists.
///
/// # Errors
/// It cannot be removed.
pub fn remove(path: &Path) -> Result<(), FlowError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(FlowError::file(path)(error)),
        _ => Ok(()),
    }
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_blocks_until_its_holder_drops_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.lock");
        let held = lock(&path, || panic!("nothing holds the lock")).unwrap();
        let (waits, waiting) = std::sync::mpsc::channel();
        let other = {
            let path = path.clone();
            std::thread::spawn(move || lock(&path, || waits.send(()).unwrap()).map(drop))
        };
        waiting.recv().unwrap();
        assert!(!other.is_finished());
        drop(held);
        other.join().unwrap().unwrap();
    }
}
