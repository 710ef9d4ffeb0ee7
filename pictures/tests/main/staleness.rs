//! A picture that its text has left behind is found.

use std::fs;

use pictures::tick::{self, Tick};
use pictures::{diagram, folder};

/// How to mend it.
const HINT: &str = "run `cargo xtask pictures diagrams`";

#[test]
fn diagrams_are_what_their_text_gives() {
    for name in diagram::DIAGRAMS {
        let shown = fs::read_to_string(folder().join(format!("{name}.svg"))).unwrap();
        assert!(shown == diagram::svg(name).unwrap(), "{name}.svg is stale: {HINT}");
    }
}

#[test]
fn the_tick_is_what_its_table_gives() {
    let tick = Tick::read_csv(&folder().join("tick.csv")).unwrap();
    let shown = fs::read_to_string(folder().join("tick.svg")).unwrap();
    assert!(shown == tick::svg(&tick).unwrap(), "tick.svg is stale: {HINT}");
}
