//! An HDF5 file open for reading: a damaged one is an error, never a panic, and memory has a limit.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hdf5_reader::error::{Error, Result as LibraryResult};
use hdf5_reader::storage::DynStorage;
use hdf5_reader::{BytesStorage, ExternalLinkResolver, FileStorage, Hdf5File, OpenOptions, Storage, StorageBuffer};

use super::object::{Group, Member};
use super::{ReadError, filters};

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
/// Where the signature may be: at 0, then at this place and at each double of it.
const FIRST_PREFIX_BYTES: u64 = 512;
/// The flags of a file that a program has open for writing: alone, or with readers (SWMR).
const OPEN_FOR_WRITING: u32 = 0x05;
/// The largest object header: far above the headers that writers make.
const HEADER_MAX_BYTES: usize = 16 << 20;
/// The most files that lead to one another by external links.
const EXTERNAL_DEPTH_MAX: u8 = 8;
/// How often the allowance of memory may be read from the file: damaged metadata may name the same bytes again and again.
const READS_PER_ALLOWANCE: u64 = 4;

/// Whether the file has the signature of HDF5, which may stand behind a prefix of 512 bytes, 1024, 2048, and so on.
pub(crate) fn is_hdf5(path: &Path) -> io::Result<bool> {
    if !path.metadata()?.is_file() {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let prefixes = std::iter::successors(Some(FIRST_PREFIX_BYTES), |place| place.checked_mul(2));
    for place in [0].into_iter().chain(prefixes).take_while(|place| place.saturating_add(8) <= length) {
        let mut found = [0; SIGNATURE.len()];
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(&mut found)?;
        if found == SIGNATURE {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An HDF5 file open for reading.
pub(crate) struct Reader {
    file: Hdf5File,
    /// Where relative links to other files start; none for bytes in memory.
    pub(super) folder: Option<PathBuf>,
    /// Bytes of memory that further arrays may take.
    allowance_bytes: Cell<u64>,
}

/// Opens the file and runs `body` on it; all arrays that it reads together may take `most_bytes` of memory.
pub(crate) fn read<T>(
    path: &Path,
    most_bytes: u64,
    body: impl FnOnce(&Reader) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let linked = Linked { folder: folder.clone(), depth: EXTERNAL_DEPTH_MAX, most_bytes, files: Mutex::default() };
    let storage = FileStorage::open(path).map(|storage| Arc::new(storage) as DynStorage);
    read_storage(storage, options(Some(linked)), Some(folder), most_bytes, body)
}

/// As [`read`], of a file's bytes, without links to other files.
pub(crate) fn read_bytes<T>(
    bytes: &[u8],
    most_bytes: u64,
    body: impl FnOnce(&Reader) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    read_storage(Ok(Arc::new(BytesStorage::new(bytes.to_vec()))), options(None), None, most_bytes, body)
}

fn read_storage<T>(
    storage: LibraryResult<DynStorage>,
    options: OpenOptions,
    folder: Option<PathBuf>,
    most_bytes: u64,
    body: impl FnOnce(&Reader) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let error = |error: Error| ReadError::new("", error);
    let storage = storage.map_err(error)?;
    let size_bytes = storage.len();
    let limited: DynStorage = Arc::new(Limited::new(storage, most_bytes));
    let file = Hdf5File::from_storage_with_options(limited, options).map_err(error)?;
    let whole_bytes = file.superblock().eof_address;
    if size_bytes < whole_bytes {
        let cause = format!("it has {size_bytes} of the {whole_bytes} bytes in its header");
        return Err(ReadError::Damaged(cause));
    }
    // Only version 3 has these flags.
    if file.superblock().version >= 3 && file.superblock().consistency_flags & OPEN_FOR_WRITING != 0 {
        return Err(ReadError::NotClosed);
    }
    body(&Reader { file, folder, allowance_bytes: Cell::new(most_bytes) })
}

fn options(linked: Option<Linked>) -> OpenOptions {
    let options = OpenOptions::default()
        .with_filter_registry(filters::registry())
        .with_max_chunk_bytes(filters::CHUNK_MAX_BYTES)
        .with_max_object_header_bytes(HEADER_MAX_BYTES)
        // Every array is read once.
        .with_chunk_cache_bytes(0);
    match linked {
        Some(linked) => options.with_external_link_resolver(Arc::new(linked)),
        None => options,
    }
}

impl Reader {
    /// The root group.
    pub(crate) fn root(&self) -> Result<Group<'_>, ReadError> {
        let root = self.file.root_group().map_err(|error| ReadError::new("", error))?;
        Ok(Group::new(self, root, String::new()))
    }

    /// What is at the path; none if one of its groups has no such member.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Member<'_>>, ReadError> {
        let mut found = Member::Group(self.root()?);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Member::Group(group) = found else { return Ok(None) };
            match group.member(name)? {
                Some(Member::Unreachable(reason)) => {
                    return Ok(Some(Member::Unreachable(format!("/{} is {reason}", group.join(name)))));
                }
                Some(member) => found = member,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The group at the path; none if there is no such group.
    pub(crate) fn group(&self, path: &str) -> Result<Option<Group<'_>>, ReadError> {
        match self.find(path)? {
            Some(Member::Group(group)) => Ok(Some(group)),
            Some(Member::Unreachable(reason)) => Err(ReadError::Unsupported(reason)),
            _ => Ok(None),
        }
    }

    /// Takes memory for what is at the path from the allowance.
    pub(super) fn take(&self, path: &str, n_bytes: u64) -> Result<(), ReadError> {
        let left = self.allowance_bytes.get().checked_sub(n_bytes);
        self.allowance_bytes.set(left.ok_or_else(|| ReadError::TooLarge(format!("/{path}")))?);
        Ok(())
    }
}

/// The place of a linked file: as it is named, relative to the folder, or else under its bare name in the folder, which
/// are the places where HDF5 itself looks; none if neither is a file.
pub(super) fn locate(folder: &Path, name: &str) -> Option<PathBuf> {
    let named = folder.join(name);
    let beside = Path::new(name).file_name().map(|name| folder.join(name));
    [Some(named), beside].into_iter().flatten().find(|path| path.is_file())
}

/// Files that external links lead to.
struct Linked {
    folder: PathBuf,
    depth: u8,
    most_bytes: u64,
    files: Mutex<HashMap<PathBuf, Hdf5File>>,
}

impl ExternalLinkResolver for Linked {
    fn resolve_external_link(&self, name: &str) -> LibraryResult<Option<Hdf5File>> {
        let Some(path) = locate(&self.folder, name).filter(|_| self.depth > 0) else { return Ok(None) };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&path) {
            return Ok(Some(file.clone()));
        }
        let next = Linked {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            depth: self.depth - 1,
            most_bytes: self.most_bytes,
            files: Mutex::default(),
        };
        let storage = Arc::new(Limited::new(Arc::new(FileStorage::open(&path)?), self.most_bytes));
        let file = Hdf5File::from_storage_with_options(storage, options(Some(next)))?;
        files.insert(path, file.clone());
        Ok(Some(file))
    }
}

/// Storage whose reads, one by one and together, have a limit: the lengths in damaged metadata are arbitrary.
struct Limited {
    inner: DynStorage,
    most_bytes: u64,
    left_bytes: AtomicU64,
}

impl Limited {
    fn new(inner: DynStorage, most_bytes: u64) -> Limited {
        let left_bytes = AtomicU64::new(most_bytes.saturating_mul(READS_PER_ALLOWANCE));
        Limited { inner, most_bytes, left_bytes }
    }
}

impl Storage for Limited {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> LibraryResult<StorageBuffer> {
        let n_bytes = len as u64;
        let left = self.left_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(n_bytes));
        if n_bytes > self.most_bytes || left.is_err() {
            return Err(Error::ResourceLimit(format!("{n_bytes} bytes at {offset}")));
        }
        self.inner.read_range(offset, len)
    }
}
