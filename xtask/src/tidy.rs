//! Facts about the tree that no compiler checks.

use std::path::Path;

use crate::command::{Chore, output, root};

const MAX_LINES: usize = 600;

/// Checks every file that git knows or would add.
pub fn run() -> Chore {
    let listed = output("git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    let faults: Vec<String> = listed
        .lines()
        .filter(|file| !file.ends_with(".lock"))
        .filter_map(|file| std::fs::read_to_string(root().join(file)).ok().map(|text| (file, text)))
        .flat_map(|(file, text)| faults(file, &text))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(format!("the tree is not tidy:\n  {}", faults.join("\n  "))) }
}

fn faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(format!("{file}:{}: {what}", line + 1));
    let is_rust = Path::new(file).extension().is_some_and(|extension| extension == "rs");
    if is_rust && !text.starts_with("//!") {
        fault(0, "a module begins with a `//!` line that says what it is".to_owned());
    }
    if is_rust && text.lines().count() > MAX_LINES {
        fault(0, format!("longer than {MAX_LINES} lines: split it"));
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
            fault(line, "signed_bit_cast never ends on the most negative value: use signed_cast_ext".to_owned());
        }
        if is_rust && content.contains(concat!("allow(unsafe", "_code")) && file != "cosim/src/ffi.rs" {
            fault(line, "unsafe code outside cosim/src/ffi.rs".to_owned());
        }
        if content.ends_with([' ', '\t']) {
            fault(line, "blanks at the end of the line".to_owned());
        }
        for link in relative_links(file, content) {
            if !root().join(Path::new(file).parent().unwrap_or(Path::new(""))).join(link).exists() {
                fault(line, format!("link to {link}, which is not there"));
            }
        }
    }
    faults
}

/// Targets of Markdown links that lead into the tree.
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
    fn an_unfinished_mark_and_a_missing_header_are_found() {
        let text = format!("fn f() {{ {} }}\n", concat!("to", "do!()"));
        let found = faults("x.rs", &text);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn the_cast_that_never_ends_is_found_in_hardware_only() {
        let text = "//! A block.\nself.y.next = signed_bit_cast(self.x.val());\n";
        assert_eq!(faults("hdl/src/x.rs", text).len(), 1);
        assert!(faults("hdl/tests/x.rs", text).is_empty());
    }

    #[test]
    fn a_link_to_nowhere_is_found_and_one_into_the_tree_is_not() {
        assert_eq!(faults("README.md", "[a](no/such/file.md)").len(), 1);
        assert!(faults("README.md", "[a](docs/wire.md#frames) [b](https://example.org)").is_empty());
    }
}
