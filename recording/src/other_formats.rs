//! Files that are no recordings, each named for what it is and with the command that helps.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::Error;

/// How much of a file is looked at.
const START_BYTES: u64 = 512;

const TAR: &str = "unpack it: tar xf {}";

/// How a format starts, what it is, and what to do; `{}` stands for the file.
const FORMATS: [(&[u8], &str, &str); 16] = [
    (b"MSRN", "a network image", "give a recording here, and the image as the network"),
    (b"\x1f\x8b", "a file compressed by gzip", "unpack it: gunzip -k {}"),
    (b"BZh", "a file compressed by bzip2", "unpack it: bunzip2 -k {}"),
    (b"\xfd7zXZ\0", "a file compressed by xz", "unpack it: unxz -k {}"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by Zstandard", "unpack it: zstd -d {}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it: 7z x {}"),
    (
        b"PK\x03\x04",
        "a zip archive (or a file of NumPy, Excel or Zarr in one)",
        "if recordings are in it, unpack it: unzip {}",
    ),
    (b"\x93NUMPY", "a NumPy array", "write it as an event list, or as NWB with pynwb"),
    (
        b"MATLAB 5.0 MAT-file",
        "a MATLAB file",
        "export it as NWB in MATLAB with MatNWB: nwbExport(nwb, 'session.nwb'), or as an event list",
    ),
    (
        b"MATLAB 7.3 MAT-file",
        "a MATLAB 7.3 file, which is HDF5 without NWB",
        "export it as NWB in MATLAB with MatNWB: nwbExport(nwb, 'session.nwb'), or as an event list",
    ),
    (
        b"version https://git-lfs.github.com",
        "a Git LFS pointer",
        "fetch the file it stands for: git lfs pull --include {}",
    ),
    (b"/annex/objects/", "a git-annex pointer", "fetch the file it stands for: datalad get {} (or git annex get {})"),
    (b"<!DOCTYPE", "a web page", "the download gave a page and not the file; download the file itself"),
    (b"<!doctype", "a web page", "the download gave a page and not the file; download the file itself"),
    (b"<html", "a web page", "the download gave a page and not the file; download the file itself"),
    (
        b"{",
        "JSON text, such as the companion of a network image",
        "give the image, or the recording; if it is the answer of a server, download the file itself",
    ),
];

/// Refuses what is known to be no recording: links without target, folders, empty files, archives, pages.
pub(crate) fn refuse(path: &Path) -> Result<(), Error> {
    let shown = path.display().to_string();
    let other = |what: String, next_step: &str| {
        let next_step = next_step.replace("{}", &shown);
        Err(Error::OtherFormat { path: path.into(), what, next_step })
    };
    let read = |source: io::Error| Error::Read { path: path.into(), source };
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Ok(target) = fs::read_link(path) else { return Err(Error::NotFound { path: path.into() }) };
            let what = format!("a symbolic link to {}, which is not there", target.display());
            return match target.to_string_lossy().contains("annex/objects") {
                true => other(what, "git-annex has the file elsewhere; fetch it: datalad get {} (or git annex get {})"),
                false => other(what, "copy the file it leads to"),
            };
        }
        Err(source) => return Err(read(source)),
    };
    if found.is_dir() {
        let is_zarr = [".zgroup", ".zattrs", ".zmetadata", "zarr.json"].iter().any(|name| path.join(name).exists());
        return match is_zarr {
            true => other(
                "a folder in Zarr".into(),
                "export it as HDF5: pynwb's NWBHDF5IO('session.nwb', 'w') with .export(src_io=NWBZarrIO('{}', 'r'))",
            ),
            false => other("a folder".into(), "give the file in it"),
        };
    }
    if !found.is_file() {
        return other("not a regular file but a device or a pipe".into(), "write its content to a file and give that");
    }
    if found.len() == 0 {
        return other("an empty file".into(), "copy or download it again");
    }
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(START_BYTES).read_to_end(&mut start)).map_err(read)?;
    let start = start.trim_ascii_start();
    let is_packed_tar = shown.ends_with(".tgz") || shown.contains(".tar.");
    match FORMATS.iter().find(|(signature, ..)| start.starts_with(signature)) {
        Some((_, what, next_step)) if is_packed_tar && what.contains("compressed") => {
            other(format!("a tar archive in {what}"), TAR)
        }
        Some((_, what, next_step)) => other((*what).into(), next_step),
        None if start.get(257..262) == Some(b"ustar") => other("a tar archive".into(), TAR),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        refuse(path).unwrap_err().to_string()
    }

    #[test]
    fn a_file_of_another_format_is_named_with_its_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.nwb");
        for (bytes, what, command) in [
            (&b"\x1f\x8b\x08"[..], "gzip", "gunzip -k"),
            (b"PK\x03\x04rest", "zip archive", "unzip"),
            (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z x"),
            (b"\xfd7zXZ\0", "xz", "unxz"),
            (b"MATLAB 5.0 MAT-file, Platform", "MATLAB", "nwbExport"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS", "git lfs pull"),
            (b"/annex/objects/MD5-s1--0.nwb\n", "git-annex", "datalad get"),
            (b"\n<!DOCTYPE html><html>", "web page", "download"),
            (b"{\"message\": \"not found\"}", "JSON", "download"),
            (b"", "empty file", "again"),
        ] {
            fs::write(&path, bytes).unwrap();
            let message = refusal(&path);
            assert!(message.contains(what) && message.contains(command), "{message}");
        }
        fs::write(&path, "t_ms,channel\n1,0\n").unwrap();
        assert!(refuse(&path).is_ok());
    }

    #[test]
    fn a_compressed_tar_is_unpacked_by_tar() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("a.tgz", &b"\x1f\x8b\x08"[..]), ("a.tar.bz2", b"BZh9"), ("a.tar.xz", b"\xfd7zXZ\0")] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            assert!(refusal(&path).contains("tar xf "), "{}", refusal(&path));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        assert!(refusal(Path::new("/dev/zero")).contains("not a regular file"));
    }

    #[test]
    fn folders_and_links_without_target_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refusal(folder.path()).contains("a folder, not"));
        fs::write(folder.path().join(".zgroup"), "{}").unwrap();
        assert!(refusal(folder.path()).contains("NWBZarrIO"));
        assert!(matches!(refuse(&folder.path().join("absent.nwb")), Err(Error::NotFound { .. })));
        #[cfg(unix)]
        for (target, part) in [(".git/annex/objects/a/b/SHA256E", "datalad get"), ("elsewhere.nwb", "elsewhere.nwb")] {
            let link = folder.path().join(format!("link to {}.nwb", part.len()));
            std::os::unix::fs::symlink(target, &link).unwrap();
            assert!(refusal(&link).contains(part), "{}", refusal(&link));
        }
    }
}
