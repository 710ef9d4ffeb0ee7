//! Links that are rarely met, electrodes in an unusual place and times of 16 bits: `odd_links.nwb`, made by `odd_links.py`.

use std::path::Path;

use recording::{Column, Recording, Unreadable};

use crate::support::texts;

fn recording() -> Recording {
    Recording::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd_links.nwb")).unwrap()
}

fn reason<'a>(columns: &'a [Unreadable], name: &str) -> &'a str {
    let column = columns.iter().find(|column| column.name == name);
    &column.unwrap_or_else(|| panic!("no {name} in {columns:?}")).reason
}

#[test]
fn links_with_dots_in_their_path_or_many_steps_are_followed() {
    let trials = recording().trials;
    for name in ["absolute", "relative"] {
        assert_eq!(trials.column(name).unwrap(), &Column::Integer(vec![5, 6]), "{name}");
    }
    assert_eq!(trials.column("step00").unwrap(), &Column::Integer(vec![7, 8]));
}

#[test]
fn a_link_that_leads_nowhere_says_why() {
    let unreadable = recording().trials.unreadable;
    assert_eq!(reason(&unreadable, "dangling"), "a link to nothing, which is not in the file");
    for name in ["circle", "circle_back"] {
        let reason = reason(&unreadable, name);
        assert!(reason.contains("in a circle or over too many further links"), "{name}: {reason}");
    }
    let itself = reason(&unreadable, "itself");
    assert!(itself.contains("in odd_links.nwb, which leads to nothing there or in a circle"), "{itself}");
}

#[test]
fn electrodes_are_those_that_the_units_refer_to() {
    let recording = recording();
    assert_eq!(recording.unit_columns.last().map(|column| &column.values), Some(&texts(&["PMd", "M1"])));
    let reason = reason(&recording.unreadable_units, "location");
    assert!(reason.contains("/nowhere"), "{reason}");
}

#[test]
fn spike_times_of_16_bits_are_warned_of() {
    let recording = recording();
    assert_eq!(recording.units, [[1.0], [65.5]]);
    let warning = &recording.warnings[0];
    assert!(warning.starts_with("/units/spike_times") && warning.contains("62.5 ms apart"), "{warning}");
}
