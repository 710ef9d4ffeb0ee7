//! Waveforms of simulated hardware: written to their end, also when interrupted, and never in place of something else.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::{
    Folder, Running, Trained, interruptible, program, refuses, short, succeed, trained, with_full_disk,
};

const INPUT: i32 = 1;

#[test]
fn a_waveform_of_the_simulated_hardware_is_written() {
    let folder = Folder::new();
    let recording = &trained().recording;
    let (image, _) = folder.train(recording, "reach.img", &["--window-ms", "1", "--core", "ecp5-25f"]);
    let waveform = folder.path("reach.vcd");
    succeed(&["decode", recording, "--network", &image, "--board", "sim", "--limit", "1", "--trace", &waveform]);
    let lines = BufReader::new(File::open(&waveform).unwrap()).lines().map(Result::unwrap);
    let (mut header, mut last, mut is_header) = (String::new(), String::new(), true);
    for line in lines {
        if is_header {
            header += &line;
            is_header = !line.contains("$enddefinitions");
        } else if line.starts_with('#') {
            last = line;
        }
    }
    assert!(header.contains("$timescale 1ps") && header.contains("$scope module lanes$3"), "{header}");
    // One tick takes longer than this.
    assert!(last[1..].parse::<u64>().unwrap() > 10_000_000, "{last}");
}

#[test]
fn an_interrupted_simulation_ends_its_waveform() {
    let folder = Folder::new();
    // Verilator itself would open a name with `|` as a pipe.
    for name in ["board.vcd", "board.fst", "|.vcd"] {
        let mut command = program();
        command.args(["simulate", "--pty", "--trace", name]).current_dir(folder.path(""));
        let mut simulation = Running::after_first_line(command);
        assert_eq!(simulation.hello().unwrap().core, spec::core::ECP5_25F.configuration);
        simulation.interrupt();
        let (status, message) = simulation.end();
        assert!(status.success() && message.lines().count() == 1, "{status}: {message}");
    }
    assert_eq!(folder.names(), ["board.fst", "board.vcd", "|.vcd"]);
    let text = fs::read_to_string(folder.path("board.vcd")).unwrap();
    assert!(text.contains("$enddefinitions") && text.ends_with('\n'));
}

#[test]
fn an_interrupted_decode_ends_its_waveform() {
    let folder = Folder::new();
    let Trained { recording, image, .. } = short();
    for name in ["board.vcd", "board.fst"] {
        let path = folder.path(name);
        let mut command = interruptible();
        command.args(["decode", recording, "--network", image, "--board", "sim", "--json", "--trials", "all"]);
        command.args(["--trace", &path]);
        // The first decision is printed long before the last.
        let mut decoding = Running::after_first_line(command);
        assert!(decoding.first_line.starts_with('{'), "{}", decoding.end().1);
        decoding.interrupt();
        let (status, message) = decoding.end();
        assert_eq!(status.code(), Some(130), "{message}");
        assert!(message.contains("interrupted") && message.contains(&path), "{message}");
    }
    assert_eq!(folder.names(), ["board.fst", "board.vcd"]);
    let text = fs::read_to_string(folder.path("board.vcd")).unwrap();
    assert!(text.contains("$enddefinitions") && text.ends_with('\n'));
}

#[test]
fn a_waveform_without_simulated_hardware_is_refused() {
    let folder = Folder::new();
    let Trained { recording, image, .. } = short();
    let decode = ["decode", recording, "--network", image, "--trace"];
    refuses(INPUT, &[&decode[..], &[&folder.path("a.vcd")]].concat(), &["--trace", "board model", "--board sim"]);
    let absent = folder.path("absent/a.vcd");
    refuses(INPUT, &[&decode[..], &[&absent, "--board", "sim"]].concat(), &[&absent, "a folder that exists"]);
    refuses(INPUT, &["simulate", "--pty", "--trace", &absent], &[&absent, "a folder that exists"]);
    assert!(!folder.names().contains(&"a.vcd".to_owned()));
    let image = folder.image("net.vcd");
    let recording = folder.synthetic();
    let before = std::fs::read(&image).unwrap();
    let decode = ["decode", &recording, "--network", &image, "--board", "sim", "--trace", &image];
    refuses(INPUT, &decode, &[&image, "overwrite", "another name"]);
    assert_eq!(std::fs::read(&image).unwrap(), before);
}

#[test]
fn a_waveform_never_replaces_a_device_or_a_folder() {
    let folder = Folder::new();
    let Trained { recording, image, .. } = short();
    let [pipe, device, inner] = ["pipe.vcd", "device.vcd", "folder.vcd"].map(|name| folder.path(name));
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    symlink("/dev/null", &device).unwrap();
    fs::create_dir(&inner).unwrap();
    let names = folder.names();
    for place in [&pipe, &device, &inner] {
        let decode = ["decode", recording, "--network", image, "--board", "sim", "--trace", place];
        refuses(INPUT, &decode, &[place, "name a file"]);
        refuses(INPUT, &["simulate", "--pty", "--trace", place], &[place, "name a file"]);
        assert_eq!(folder.names(), names);
    }
}

#[test]
fn a_waveform_that_does_not_fit_on_the_disk_leaves_nothing_there() {
    // Enough for the names of the signals, but not for what follows.
    const N_BLOCKS: u32 = 4000;
    let folder = Folder::new();
    let Trained { recording, image, .. } = trained();
    for name in ["a.vcd", "a.fst"] {
        let path = folder.path(name);
        let next_step = "has space";
        let decode = ["decode", recording, "--network", image, "--board", "sim", "--json", "--trace", &path];
        let output = with_full_disk(N_BLOCKS).args(decode).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(INPUT), "{message}");
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(message.contains(&path) && message.contains("too large") && message.contains(next_step), "{message}");

        let mut command = with_full_disk(N_BLOCKS);
        command.args(["simulate", "--pty", "--trace", &path]);
        let mut simulation = Running::after_first_line(command);
        assert!(simulation.first_line.starts_with("/dev/"), "{}", simulation.end().1);
        // It may end before it answers.
        let _ = simulation.hello();
        let (status, message) = simulation.end();
        assert_eq!(status.code(), Some(INPUT), "{message}");
        assert!(message.contains(&path) && message.contains("too large") && message.contains(next_step), "{message}");
        assert_eq!(folder.names(), [""; 0]);
    }
}
