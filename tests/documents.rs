//! What documents say of numbers and names that code has.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use spec::core::TICK_OVERHEAD_CYCLES;
use support::{Folder, json_lines, succeed};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)).unwrap()
}

/// Names of fields, within objects and lists too, but not within the companion, which `docs/json.md` leaves to its home.
fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields_of) => {
            for (name, value) in fields_of {
                names.insert(name.clone());
                if name != "companion" {
                    fields(value, names);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, names)),
        _ => {}
    }
}

#[test]
fn every_line_of_json_has_a_kind_and_fields_that_are_documented() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let (image, training) = folder.train(&recording, "reach.img", &[]);
    let mut lines = vec![training];
    for arguments in [
        &["decode", &recording, "--network", &image, "--board", "sim", "--limit", "1"][..],
        &["info", &recording],
        &["info", &image],
        &["boards"],
        &["selftest", "--board", "model"],
    ] {
        lines.extend(json_lines(&succeed(&[arguments, &["--json"]].concat())));
    }
    let json = document("json.md");
    let mut kinds = BTreeSet::new();
    for line in &lines {
        let kind = line["kind"].as_str().unwrap_or_else(|| panic!("no kind in {line}"));
        kinds.insert(kind);
        let section = json.split("\n## ").skip(1).find(|section| {
            section.lines().next().is_some_and(|title| title.split(", ").any(|documented| documented == kind))
        });
        let section = section.unwrap_or_else(|| panic!("{kind} is not documented"));
        let mut names = BTreeSet::new();
        fields(line, &mut names);
        names.remove("kind");
        for name in names {
            assert!(section.contains(&format!("`{name}`")), "{name} of {kind} is not documented");
        }
    }
    assert_eq!(
        Vec::from_iter(kinds),
        ["board", "decision", "decoding", "network", "recording", "selftest", "step", "training"]
    );
}

#[test]
fn the_cycles_of_a_tick_are_those_of_the_core() {
    let told = format!("`TICK_OVERHEAD_CYCLES` is {TICK_OVERHEAD_CYCLES},");
    assert!(document("hardware.md").contains(&told), "{told}");
}
