//! `cargo xtask tidy`: facts about the repository that no compiler checks.

mod arrows;

use std::error::Error;
use std::path::Path;
use std::process::Command;

use tools::workspace::{cargo, output, root};

use crate::Outcome;

const MAX_LINES: usize = 600;

/// Checks all files that git tracks or would add.
pub fn check() -> Outcome {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let files = String::from_utf8(output(&mut git)?.stdout)?;
    let mut faults: Vec<String> = files
        .lines()
        .filter(|file| !file.ends_with(".lock"))
        .filter_map(|file| std::fs::read_to_string(root().join(file)).ok().map(|text| (file, text)))
        .flat_map(|(file, text)| faults(file, &text))
        .collect();
    faults.extend(arrows::faults()?);
    faults.extend(hardware_without_simulator()?);
    if faults.is_empty() { Ok(()) } else { Err(format!("not tidy:\n  {}", faults.join("\n  ")).into()) }
}

/// The program without the simulator must not be built from the hardware.
fn hardware_without_simulator() -> Result<Option<String>, Box<dyn Error>> {
    let mut tree = cargo(["tree", "--package", "motorsrnn", "--no-default-features", "--edges", "normal,build"]);
    let packages = String::from_utf8(output(tree.args(["--prefix", "none"]))?.stdout)?;
    let hardware =
        packages.lines().find(|package| ["rust-hdl", "motorsrnn-cosim"].iter().any(|it| package.starts_with(it)));
    Ok(hardware.map(|package| format!("host/Cargo.toml: without `sim` the program depends on {package}")))
}

fn faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(format!("{file}:{}: {what}", line + 1));
    let is_rust = Path::new(file).extension().is_some_and(|extension| extension == "rs");
    if is_rust && !text.starts_with("//!") {
        fault(0, "a module must begin with a `//!` line".to_owned());
    }
    if is_rust && text.lines().count() > MAX_LINES {
        fault(0, format!("more than {MAX_LINES} lines: split the file"));
    }
    // Spelled in pieces, so that this file does not find itself.
    let unfinished = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
    ];
    for (line, content) in text.lines().enumerate() {
        if let Some(mark) = unfinished.iter().find(|mark| is_rust && content.contains(**mark)) {
            fault(line, format!("unfinished: {mark}"));
        }
        if file.starts_with("hdl/src/") && content.contains("signed_bit_cast(") {
            fault(line, "signed_bit_cast does not return for the most negative value: use signed_cast_ext".to_owned());
        }
        if is_rust && content.contains(concat!("allow(unsafe", "_code")) && file != "cosim/src/ffi.rs" {
            fault(line, "unsafe code outside cosim/src/ffi.rs".to_owned());
        }
        if content.ends_with([' ', '\t']) {
            fault(line, "white space at the end of the line".to_owned());
        }
        for link in relative_links(file, content) {
            if !root().join(Path::new(file).parent().unwrap_or(Path::new(""))).join(link).exists() {
                fault(line, format!("broken link: {link}"));
            }
        }
    }
    faults
}

/// Targets of Markdown links to files of the repository.
fn relative_links<'a>(file: &str, line: &'a str) -> Vec<&'a str> {
    if !file.ends_with(".md") {
        return Vec::new();
    }
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_mark_and_a_missing_module_line_are_found() {
        let text = format!("fn f() {{ {} }}\n", concat!("to", "do!()"));
        let found = faults("x.rs", &text);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn signed_bit_cast_is_found_in_hardware_only() {
        let text = "//! A block.\nself.y.next = signed_bit_cast(self.x.val());\n";
        assert_eq!(faults("hdl/src/x.rs", text).len(), 1);
        assert!(faults("hdl/tests/x.rs", text).is_empty());
    }

    #[test]
    fn only_broken_links_are_found() {
        assert_eq!(faults("README.md", "[a](no/such/file.md)").len(), 1);
        assert!(faults("README.md", "[a](docs/wire.md#frames) [b](https://example.org)").is_empty());
    }
}
