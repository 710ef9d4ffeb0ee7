//! The table of dependencies between rooms in ARCHITECTURE.md, compared with the manifests.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tools::workspace::{cargo, output, root};

const PAGE: &str = "ARCHITECTURE.md";

/// Heading of the table.
const HEADING: &str = "| room | uses | its build script | its tests |";

/// Rows of the page that are missing or wrong.
pub fn faults() -> Result<Vec<String>, Box<dyn Error>> {
    let metadata = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?.stdout;
    let page = fs::read_to_string(root().join(PAGE))?;
    Ok(differences(&rows(&serde_json::from_slice(&metadata)?), &page))
}

/// A row for each package of the workspace.
fn rows(metadata: &Value) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.filter_map(row).collect()
}

/// Its folder and the folders of the packages that it depends on: itself, in its build script, in its tests.
fn row(package: &Value) -> Option<String> {
    let room = last_name(Path::new(package["manifest_path"].as_str()?).parent()?)?;
    let dependencies: Vec<&Value> = package["dependencies"].as_array()?.iter().collect();
    let rooms = |kind: Option<&str>| -> String {
        let of_kind = dependencies.iter().filter(|dependency| dependency["kind"].as_str() == kind);
        let rooms: BTreeSet<String> = of_kind
            .filter_map(|dependency| {
                let name = last_name(Path::new(dependency["path"].as_str()?))?;
                let note = if dependency["optional"] == true { " (optional)" } else { "" };
                (name != room).then(|| format!("{name}{note}"))
            })
            .collect();
        Vec::from_iter(rooms).join(", ")
    };
    Some(format!("| {room} | {} | {} | {} |", rooms(None), rooms(Some("build")), rooms(Some("dev"))))
}

fn last_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// Differences between the expected rows and those below the heading.
fn differences(expected: &BTreeSet<String>, page: &str) -> Vec<String> {
    let table = page.lines().skip_while(|line| *line != HEADING).skip(2);
    let found: BTreeSet<String> = table.take_while(|line| line.starts_with('|')).map(str::to_owned).collect();
    let missing = expected.difference(&found).map(|row| format!("{PAGE}: missing row: {row}"));
    let wrong = found.difference(expected).map(|row| format!("{PAGE}: no Cargo.toml says: {row}"));
    missing.chain(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_rooms_that_each_part_of_a_package_uses() {
        let package = serde_json::json!({
            "manifest_path": "/w/cosim/Cargo.toml",
            "dependencies": [
                {"name": "model", "kind": null, "path": "/w/model", "optional": true},
                {"name": "spec", "kind": null, "path": "/w/spec", "optional": false},
                {"name": "hdl", "kind": "build", "path": "/w/hdl", "optional": false},
                {"name": "cosim", "kind": "dev", "path": "/w/cosim", "optional": false},
                {"name": "rand", "kind": null, "optional": false},
            ],
        });
        assert_eq!(row(&package).unwrap(), "| cosim | model (optional), spec | hdl |  |");
    }

    #[test]
    fn missing_and_wrong_rows_are_found() {
        let page =
            format!("# Title\n\n{HEADING}\n| --- | --- | --- | --- |\n| a | b |  |  |\n| c |  |  |  |\n\ntext\n");
        let rows = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect();
        assert!(differences(&rows(&["| a | b |  |  |", "| c |  |  |  |"]), &page).is_empty());
        let found = differences(&rows(&["| a |  |  |  |", "| c |  |  |  |"]), &page);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
