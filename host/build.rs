//! Writes the manifests of all bitstreams into the program.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use spec::board::BOARDS;
use spec::manifest::Manifest;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams");
    // Cargo looks into the folder too, so new files are noticed.
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut text = String::from("&[\n");
    for board in &BOARDS {
        let path = folder.join(Manifest::file_name(board));
        if !path.exists() {
            continue;
        }
        let manifest = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Err(error) = serde_json::from_str::<Manifest>(&manifest) {
            panic!(
                "{} is not a manifest: {error}; build the bitstream again with `cargo xtask bitstream`",
                path.display()
            );
        }
        let _ = writeln!(text, "    ({:?}, {manifest:?}),", board.name);
    }
    text.push(']');
    let output = Path::new(&env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("manifests.rs");
    fs::write(&output, text).unwrap_or_else(|error| panic!("{}: {error}", output.display()));
}
