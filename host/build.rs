//! The manifests of all bitstreams that there are, for the program to know without files.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use spec::board::BOARDS;
use spec::manifest::Manifest;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams");
    // New files are noticed, too.
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut text = String::from("&[\n");
    for board in &BOARDS {
        let path = folder.join(Manifest::file_name(board));
        if !path.exists() {
            continue;
        }
        let manifest = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Err(error) = serde_json::from_str::<Manifest>(&manifest) {
            panic!("{} is no manifest: {error}; build the bitstream anew with `cargo xtask bitstream`", path.display());
        }
        let _ = writeln!(text, "    ({:?}, {manifest:?}),", board.name);
    }
    text.push(']');
    let output = Path::new(&env::var_os("OUT_DIR").expect("cargo says where to write")).join("manifests.rs");
    fs::write(&output, text).unwrap_or_else(|error| panic!("{}: {error}", output.display()));
}
