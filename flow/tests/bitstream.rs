//! Whole runs of the open tool chains, on a core that is small enough to be built again and again.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flow::bitstream::{FIRST_SEED, Options, build};
use flow::manifest;
use spec::board::{Board, board_named};
use spec::core::{CoreConfiguration, NamedCore};
use spec::manifest::{Manifest, Timing};
use tools::{Environment, Nextpnr, Packer, ToolError, Yosys};

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

/// The build directory that this test is built in.
fn build_directory() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary).to_owned()
}

/// Whether the programs can be had; where nobody relies on them, their absence is said instead.
fn has_tools() -> bool {
    let environment = Environment::of(&build_directory());
    let install = || -> Result<(), ToolError> {
        Yosys::find(&environment)?;
        Nextpnr::packages().chain(Packer::packages()).try_for_each(|package| environment.install(package))
    };
    match install() {
        Ok(()) => true,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            // Not `eprintln!`, which is not shown of a test that passes.
            let _ = writeln!(std::io::stderr(), "skipped: no bitstream: {error}");
            false
        }
    }
}

/// A board with a small core at a clock that it meets with ease.
fn small(name: &str, clock_hz: u32) -> Board {
    Board { core: SMALL, clock_hz, ..*board_named(name).unwrap() }
}

fn options(folder: &str) -> Options {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bitstreams").join(folder);
    let _ = fs::remove_dir_all(&folder);
    Options {
        build_directory: build_directory(),
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

/// Builds in two folders and compares.
fn comes_out_again(board: &Board) {
    if !has_tools() {
        return;
    }
    let first = options(&format!("{}-a", board.name));
    let second = options(&format!("{}-b/another/place", board.name));
    let (manifest, bytes) = built(board, &first);
    let (again, same_bytes) = built(board, &second);
    assert_eq!(manifest, again);
    assert!(bytes == same_bytes, "{}: same manifest, other bytes", board.name);
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
fn an_ice40_bitstream_comes_out_again_in_another_folder() {
    comes_out_again(&small("icebreaker", 18_000_000));
}

#[test]
fn an_ecp5_bitstream_comes_out_again_in_another_folder() {
    comes_out_again(&small("ulx3s-25f", 50_000_000));
}

/// Builds a board from its sources and compares with what is checked in.
fn comes_out_as_checked_in(name: &str) {
    if !has_tools() {
        return;
    }
    let board = board_named(name).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bitstreams");
    let expected = flow::manifest::read(board, &shipped).unwrap().expect("it is shipped");
    let options = Options { seed: expected.seed, ..options(&format!("{name}-shipped")) };
    let (manifest, bytes) = built(board, &options);
    assert_eq!(manifest.sha256, expected.sha256, "{name}: make it anew with `cargo xtask bitstream {name}`");
    assert!(bytes == fs::read(shipped.join(&expected.file)).unwrap(), "{name}: same hash, other bytes");
    assert_eq!(Manifest { command: expected.command.clone(), ..manifest }, expected);
}

#[test]
fn the_shipped_ice40_bitstream_comes_out_of_these_sources() {
    comes_out_as_checked_in("icebreaker");
}

#[test]
fn the_shipped_ecp5_bitstream_comes_out_of_these_sources() {
    comes_out_as_checked_in("ulx3s-25f");
}

#[test]
fn the_command_fails_for_boards_and_clocks_that_there_are_not() {
    for (arguments, expected, said) in [
        (&["ice-breaker"][..], 2, "icebreaker"),
        (&["icebreaker", "--clock-hz", "0"], 2, "1000000"),
        (&["icebreaker", "--clock-hz", "1000001"], 1, "1000001 Hz"),
        (&["tang-nano-9k", "--clock-hz", "50000000"], 1, "50000000 Hz"),
        (&["icebreaker", "--clock-hz", "9000000"], 1, "baud"),
    ] {
        let output = options("refused").output;
        let (code, told) = run(arguments, &output);
        assert!(code == Some(expected) && told.contains(said), "{arguments:?}: {code:?}: {told}");
        assert!(!output.exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn a_clock_that_is_too_fast_fails_and_leaves_no_file() {
    if !has_tools() {
        return;
    }
    let output = options("too-fast").output;
    fs::create_dir_all(&output).unwrap();
    for name in ["icebreaker.bin", "icebreaker.json"] {
        fs::write(output.join(name), "of an earlier run").unwrap();
    }
    let (code, told) = run(&["icebreaker", "--clock-hz", "96000000"], &output);
    assert!(code == Some(1) && told.contains("timing fails") && told.contains("96 MHz"), "{code:?}: {told}");
    assert_eq!(fs::read_dir(&output).unwrap().count(), 0);
}

#[test]
fn an_output_that_is_a_file_is_refused_and_stays() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flow"));
    let run = command.args(["verilog", "icebreaker", "--output"]).arg(file.path()).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains(&*file.path().to_string_lossy()) && told.contains("a file is in its place"), "{told}");
    assert_eq!((run.status.code(), file.path().metadata().unwrap().len()), (Some(1), 0));
}

/// Exit code and messages of the command.
fn run(arguments: &[&str], output: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flow"));
    command.arg("bitstream").args(arguments).arg("--output").arg(output);
    let run = command.env("CARGO_TARGET_DIR", build_directory()).output().unwrap();
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}
