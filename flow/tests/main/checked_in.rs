//! Checked-in files are up to date.

use std::fs;

use flow::recipe::Recipe;
use flow::sources::Sources;
use flow::{manifest, table};
use hdl::top::constraints::Constraints;
use spec::board::{BOARDS, Board};
use spec::manifest::{CoreFacts, Manifest, Timing};
use tools::workspace::root;

fn manifests() -> Vec<(&'static Board, Manifest)> {
    let folder = root().join("bitstreams");
    let read = |board| manifest::read(board, &folder).unwrap_or_else(|error| panic!("{error}"));
    BOARDS.iter().filter_map(|board| Some((board, read(board)?))).collect()
}

/// Checks a file that a command writes.
fn check(file: &str, text: &str, command: &str) {
    let found = fs::read_to_string(root().join(file)).unwrap_or_default();
    assert!(found == text, "{file} is out of date; run `{command}`");
}

#[test]
fn constraints_are_up_to_date() {
    for board in &BOARDS {
        let constraints = Constraints::of(board);
        let file = format!("constraints/{}", constraints.file_name(board));
        check(&file, &constraints.text, "cargo xtask constraints");
    }
}

#[test]
fn the_page_about_boards_is_up_to_date() {
    let page = table::page(&root().join("bitstreams")).unwrap_or_else(|error| panic!("{error}"));
    check("docs/boards.md", &page, "cargo xtask boards");
}

#[test]
fn the_description_for_fusesoc_is_up_to_date() {
    check("motorsrnn.core", &flow::fusesoc::core(), "cargo xtask boards");
}

#[test]
fn every_manifest_has_its_bitstream_and_meets_its_boards_clock() {
    for (board, manifest) in manifests() {
        let name = board.name;
        // Bitstreams without certified timing are large and not checked in.
        if manifest.clock.timing == Timing::Met {
            manifest::check_bitstream(&manifest, &root().join("bitstreams")).unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(manifest.board, name);
        let clock = &manifest.clock;
        assert_eq!((clock.oscillator_hz, clock.clock_hz), (board.oscillator_hz, board.clock_hz), "{name}");
        assert_eq!(manifest.core, CoreFacts::of(board), "{name}");
        let is_certified = Recipe::of(board).unwrap().timing_is_certified;
        assert_eq!(clock.timing, if is_certified { Timing::Met } else { Timing::NotCertified }, "{name}");
        assert_eq!(clock.fmax_hz.map(|fmax_hz| fmax_hz >= u64::from(board.clock_hz)), is_certified.then_some(true));
    }
}

#[test]
fn every_bitstream_is_built_from_the_present_sources_and_recipe() {
    for (board, manifest) in manifests() {
        let sources = Sources::of(board).unwrap_or_else(|error| panic!("{error}"));
        assert!(manifest::is_of(&manifest, &sources), "{}: run `{}`", board.name, manifest.command);
        let steps = Recipe::of(board).unwrap().steps(manifest.seed);
        assert_eq!(manifest.steps, steps, "{}: run `{}`", board.name, manifest.command);
    }
}

#[test]
fn every_bitstream_has_a_manifest() {
    let known: Vec<String> = manifests().into_iter().map(|(_, manifest)| manifest.file).collect();
    for entry in fs::read_dir(root().join("bitstreams")).unwrap() {
        let path = entry.unwrap().path();
        let is_bitstream =
            path.extension().is_some_and(|extension| ["bin", "bit", "fs"].iter().any(|each| extension == *each));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            !is_bitstream || known.contains(&name),
            "{name} has no manifest: build it with `cargo xtask bitstream`"
        );
    }
}
