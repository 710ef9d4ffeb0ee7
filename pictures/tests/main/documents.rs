//! Documents and pictures belong together: each picture is shown, each one that is shown exists, and all of them are small.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use pictures::folder;
use tools::workspace::root;

/// Bytes that the folder may have.
const MAX_BYTES: u64 = 1_000_000;

/// Files in a folder, with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension() == Some(OsStr::new(ending))).collect()
}

/// Names of pictures in [`folder`].
fn pictures() -> BTreeSet<String> {
    let all = files(&folder(), "svg").into_iter().chain(files(&folder(), "png"));
    all.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Names of pictures that documents show.
fn shown() -> BTreeSet<String> {
    let documents = files(&root(), "md").into_iter().chain(files(&root().join("docs"), "md"));
    let texts: Vec<String> = documents.map(|path| fs::read_to_string(path).unwrap()).collect();
    let links = texts.iter().flat_map(|text| text.split("pictures/").skip(1));
    let names = links.filter_map(|rest| rest.split([')', '"']).next());
    names.filter(|name| name.ends_with(".svg") || name.ends_with(".png")).map(str::to_owned).collect()
}

#[test]
fn documents_show_every_picture_and_no_other() {
    assert_eq!(pictures(), shown());
}

#[test]
fn all_pictures_together_are_small() {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    let bytes: u64 = entries.sum();
    assert!(bytes < MAX_BYTES, "{bytes} bytes");
}
