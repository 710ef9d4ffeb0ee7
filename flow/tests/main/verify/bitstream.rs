//! Whole runs of the open tool chains.

use std::fs;

use flow::bitstream::{FIRST_SEED, Options, build};
use flow::manifest;
use spec::board::{Board, board_named};
use spec::core::{CoreConfiguration, NamedCore};
use spec::manifest::{Manifest, Timing};
use tools::workspace::{build_directory, root};
use tools::{Environment, Nextpnr, Packer, ToolError, Yosys};

use crate::{command, folder};

/// A core that is small enough to be built several times.
const SMALL: NamedCore = NamedCore {
    name: "small",
    configuration: CoreConfiguration {
        lanes: 1,
        neurons_per_lane: 16,
        channels: 16,
        synapse_words_per_lane: 256,
        readouts: 2,
        replay_frames: 2,
    },
};

/// Whether the programs can be installed; if not, the test is skipped.
fn has_tools() -> bool {
    let environment = Environment::of(&build_directory());
    let install = || -> Result<(), ToolError> {
        Yosys::find(&environment)?;
        Nextpnr::packages().chain(Packer::packages()).try_for_each(|package| environment.install(package))
    };
    tools::found_or_skipped("bitstreams", install()).is_some()
}

/// A board with a small core and a clock that it easily meets.
fn small(name: &str, clock_hz: u32) -> Board {
    Board { core: SMALL, clock_hz, ..*board_named(name).unwrap() }
}

fn options(name: &str) -> Options {
    let folder = folder(name);
    let _ = fs::remove_dir_all(&folder);
    Options {
        work: folder.join("work"),
        output: folder.join("output"),
        seed: FIRST_SEED,
        tries: 1,
        command: "this test".to_owned(),
    }
}

fn built(board: &Board, options: &Options) -> (Manifest, Vec<u8>) {
    let manifest = build(board, options, |_| {}).unwrap_or_else(|error| panic!("{}: {error}", board.name));
    let manifest = manifest.expect("an open tool chain");
    let bytes = fs::read(options.output.join(&manifest.file)).unwrap();
    (manifest, bytes)
}

/// Builds a board in two folders and compares the results.
fn is_reproducible(board: &Board) {
    if !has_tools() {
        return;
    }
    let first = options(&format!("{}-a", board.name));
    let second = options(&format!("{}-b/another/place", board.name));
    let (manifest, bytes) = built(board, &first);
    let (second_manifest, second_bytes) = built(board, &second);
    assert_eq!(manifest, second_manifest);
    assert!(bytes == second_bytes, "{}: equal manifests, different bytes", board.name);
    manifest::check_bitstream(&manifest, &first.output).unwrap();
    assert_eq!(manifest::read(board, &first.output).unwrap().as_ref(), Some(&manifest));
    assert_eq!(manifest.clock.timing, Timing::Met);
    assert!(manifest.clock.fmax_hz.is_some_and(|fmax_hz| fmax_hz >= u64::from(board.clock_hz)));
    println!("{}: {} bytes, {:?}", board.name, bytes.len(), manifest.clock);

    fs::write(first.output.join(&manifest.file), &bytes[1..]).unwrap();
    let error = manifest::check_bitstream(&manifest, &first.output).unwrap_err().to_string();
    assert!(error.contains(&manifest.file) && error.contains(&manifest.sha256), "{error}");
}

#[test]
fn an_ice40_bitstream_is_the_same_in_another_folder() {
    is_reproducible(&small("icebreaker", 18_000_000));
}

#[test]
fn an_ecp5_bitstream_is_the_same_in_another_folder() {
    is_reproducible(&small("ulx3s-25f", 50_000_000));
}

/// Builds a board and compares the result with the shipped bitstream.
fn is_as_shipped(name: &str) {
    if !has_tools() {
        return;
    }
    let board = board_named(name).unwrap();
    let shipped = root().join("bitstreams");
    let expected = flow::manifest::read(board, &shipped).unwrap().expect("it is shipped");
    let options = Options { seed: expected.seed, ..options(&format!("{name}-shipped")) };
    let (manifest, bytes) = built(board, &options);
    assert_eq!(manifest.sha256, expected.sha256, "{name}: rebuild it with `cargo xtask bitstream {name}`");
    assert!(bytes == fs::read(shipped.join(&expected.file)).unwrap(), "{name}: equal hashes, different bytes");
    assert_eq!(Manifest { command: expected.command.clone(), ..manifest }, expected);
}

#[test]
fn the_shipped_ice40_bitstream_is_built_from_these_sources() {
    is_as_shipped("icebreaker");
}

#[test]
fn the_shipped_ecp5_bitstream_is_built_from_these_sources() {
    is_as_shipped("ulx3s-25f");
}

#[test]
fn a_clock_that_is_too_fast_fails_and_leaves_no_file() {
    if !has_tools() {
        return;
    }
    let output = options("too-fast").output;
    fs::create_dir_all(&output).unwrap();
    for name in ["icebreaker.bin", "icebreaker.json"] {
        fs::write(output.join(name), "from an earlier run").unwrap();
    }
    let (code, message) = command::bitstream(&["icebreaker", "--clock-hz", "96000000"], &output);
    assert!(code == Some(1) && message.contains("timing fails") && message.contains("96 MHz"), "{code:?}: {message}");
    assert_eq!(fs::read_dir(&output).unwrap().count(), 0);
}
