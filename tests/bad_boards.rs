//! Boards that are absent, silent, of another core or that die are reported by name, each with its exit code.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use crate::support::{Device, Folder, Running, Trained, decode_refuses, interruptible, motorsrnn, refuses, trained};

const INPUT: i32 = 1;
const NO_BOARD: i32 = 3;
const LINK: i32 = 4;

#[test]
fn an_image_for_another_core_is_refused_with_the_numbers() {
    let Trained { recording, image, .. } = trained();
    let device = Device::with_board(spec::core::UP5K.configuration);
    let parts = [device.name(), "lanes", "needs 4, the core has 1", "--core", "simulate --pty --core ecp5-25f"];
    decode_refuses(INPUT, recording, image, device.name(), &parts);
}

#[test]
fn a_device_that_is_absent_silent_or_not_serial_is_no_board() {
    let Trained { recording, image, .. } = trained();
    let folder = Folder::new();
    let absent = folder.path("tty");
    decode_refuses(NO_BOARD, recording, image, &absent, &[&absent, "motorsrnn ports"]);
    decode_refuses(NO_BOARD, recording, image, "icebreaker", &["icebreaker", "kind of board", "motorsrnn ports"]);
    decode_refuses(NO_BOARD, recording, image, recording, &[recording, "check that it is a serial device"]);
    let silent = Device::silent();
    let is_it_there = ["simulate --pty --core ecp5-25f", "still running"];
    let tried = ["no board answered at", "3000000", "2000000", "1000000", "give --baud"];
    let parts = [&[silent.name(), "did not answer"], &tried[..], &is_it_there[..]].concat();
    decode_refuses(NO_BOARD, recording, image, silent.name(), &parts);
    let decode = ["decode", recording, "--network", image, "--board", silent.name(), "--baud", "9600"];
    let parts = [&[silent.name(), "did not answer", "sent 8 times"], &is_it_there[..]].concat();
    refuses(NO_BOARD, &decode, &parts);
    // No pseudo-terminal has this number.
    let ended = "/dev/pts/4294967295";
    decode_refuses(NO_BOARD, recording, image, ended, &[&[ended], &is_it_there[..]].concat());
}

#[test]
fn a_board_that_dies_in_the_middle_is_a_failed_link() {
    let Trained { recording, image, .. } = trained();
    let dying = Device::with_dying_board(spec::core::ECP5_25F.configuration, 5);
    decode_refuses(LINK, recording, image, dying.name(), &[dying.name(), "did not answer", "simulate --pty"]);
}

#[test]
fn a_self_test_that_cannot_begin_writes_no_report() {
    let folder = Folder::new();
    let report = folder.path("report.txt");
    let silent = Device::silent();
    for (board, part) in [(folder.path("tty").as_str(), "motorsrnn ports"), (silent.name(), "did not answer")] {
        let arguments = ["selftest", "--board", board, "--baud", "1000000", "--output", &report];
        let output = motorsrnn(&arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(NO_BOARD), "{message}");
        assert!(message.contains(board) && message.contains(part), "{message}");
    }
    let absent = folder.path("absent/report.txt");
    refuses(INPUT, &["selftest", "--board", "model", "-o", &absent], &["cannot write", &absent]);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_self_test_replaces_no_file_but_its_own_report() {
    let folder = Folder::new();
    let recording = folder.synthetic();
    let whole = fs::read(&recording).unwrap();
    refuses(
        INPUT,
        &["selftest", "--board", "model", "-o", &recording],
        &[&recording, "not a self-test report", "name another file"],
    );
    assert_eq!(fs::read(&recording).unwrap(), whole);
}

#[test]
fn the_report_of_a_self_test_shows_that_the_board_died() {
    let folder = Folder::new();
    let path = folder.path("report.txt");
    let dying = Device::with_dying_board(spec::core::UP5K.configuration, 600);
    let output = motorsrnn(&["selftest", "--board", dying.name(), "-o", &path]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(LINK), "{message}");
    assert!(message.contains(dying.name()) && message.contains("failed the self-test"), "{message}");
    let report = fs::read_to_string(&path).unwrap();
    assert_eq!(report, String::from_utf8(output.stdout).unwrap());
    for part in ["FAIL", "did not answer", "SKIPPED", "verdict      FAIL", dying.name(), "baud", "seed 1"] {
        assert!(report.contains(part), "no `{part}` in {report}");
    }
}

#[test]
fn an_interrupted_self_test_leaves_no_report() {
    let folder = Folder::new();
    let path = folder.path("report.txt");
    fs::write(&path, "self-test    an older report").unwrap();
    let mut command = interruptible();
    command.args(["selftest", "--board", "sim", "--output", &path, "--json"]);
    // The first step has ended long before the last.
    let mut testing = Running::after_first_line(command);
    assert!(testing.first_line.starts_with('{'), "{}", testing.end().1);
    testing.interrupt();
    assert_eq!(testing.end().0.signal(), Some(Signal::INT.as_raw()));
    assert_eq!(
        (folder.names(), fs::read_to_string(&path).unwrap()),
        (vec!["report.txt".to_owned()], "self-test    an older report".to_owned())
    );
}
