//! Names the code that results depend on, so that a store keeps results of other code apart.

use std::fs;
use std::io;
use std::path::Path;

use spec::digest::sha256_hex;

/// What results depend on, relative to this room.
const CODE: [&str; 6] = ["../Cargo.lock", "../model/src", "../recording/src", "../spec/src", "../train/src", "src"];
/// Folders of pages, on which no result depends.
const PAGES: [&str; 2] = ["recording_page", "report"];

fn main() {
    let mut code = Vec::new();
    for part in CODE {
        println!("cargo::rerun-if-changed={part}");
        add(Path::new(part), &mut code).unwrap_or_else(|error| panic!("{part}: {error}"));
    }
    println!("cargo::rustc-env=MOTORSRNN_CODE={}", &sha256_hex(&code)[..16]);
}

/// Adds names and contents of files, in the order of their names.
fn add(path: &Path, code: &mut Vec<u8>) -> io::Result<()> {
    if !path.is_dir() {
        code.extend_from_slice(path.to_string_lossy().as_bytes());
        code.extend(fs::read(path)?);
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let is_page = |entry: &Path| PAGES.iter().any(|page| entry.ends_with(page));
    entries.iter().filter(|entry| !is_page(entry)).try_for_each(|entry| add(entry, code))
}
