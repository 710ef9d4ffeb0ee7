//! Wrong usage, and help.

use crate::support::{Folder, motorsrnn, succeed};

const USAGE: i32 = 2;

#[test]
fn wrong_usage_has_its_own_exit_code() {
    for arguments in [
        &["decode"][..],
        &["train", "a.nwb", "-o", "b.img", "--weight-bits", "9"],
        &["fly"],
        &["decode", "a.nwb", "--network", "b.img", "--baud", "0"],
        &["decode", "a.nwb", "--network", "b.img", "--baud", "fast"],
        &["decode", "a.nwb", "--network", "b.img", "--in-flight", "0"],
        &["decode", "a.nwb", "--network", "b.img", "--in-flight", "65"],
        &["decode", "a.nwb", "--network", "b.img", "--limit", "0"],
        &["decode", "a.nwb", "--network", "b.img", "--board", ""],
        &["train", "a.nwb", "-o", "b.img", "--core", "ecp6"],
        &["simulate", "--pty", "--core", "z80"],
        &["selftest", "--board", "model", "--core", "z80"],
        &["selftest"],
    ] {
        let output = motorsrnn(arguments);
        assert_eq!(output.status.code(), Some(USAGE));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn control_characters_of_arguments_are_shown_escaped() {
    for arguments in [&["fly\u{1b}[31m\u{7}"][..], &["train", "a.nwb", "-o", "b.img", "--folds", "\u{1b}]0;x"]] {
        let output = motorsrnn(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(USAGE));
        assert!(message.contains("\\u{1b}") && !message.contains(['\u{1b}', '\u{7}']), "{message}");
    }
}

#[test]
fn a_board_name_in_capitals_is_corrected() {
    for (board, name) in [("SIM", "`sim`"), ("Model", "`model`")] {
        let output = motorsrnn(&["decode", "a.nwb", "--network", "b.img", "--board", board]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(board) && message.contains(name), "{message}");
    }
}

#[test]
fn a_waveform_whose_name_ends_in_neither_vcd_nor_fst_is_refused() {
    let folder = Folder::new();
    for name in ["a.txt", "a", ".vcd", "vcd", "a.vcd.gz"] {
        let path = folder.path(name);
        for arguments in [&["decode", "a.nwb", "--network", "b.img", "--board", "sim"][..], &["simulate", "--pty"]] {
            let output = motorsrnn(&[arguments, &["--trace", &path]].concat());
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{message}");
            assert!(output.stdout.is_empty());
            for part in [&path, "--trace", "ends in .vcd or .fst"] {
                assert!(message.contains(part), "no `{part}` in: {message}");
            }
        }
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn help_lists_every_verb_and_its_exit_codes() {
    let help = succeed(&["--help"]);
    for verb in [
        "train",
        "decode",
        "live",
        "import",
        "simulate",
        "selftest",
        "synth",
        "study",
        "info",
        "convert",
        "boards",
        "ports",
        "completions",
    ] {
        assert!(help.contains(&format!("\n  {verb} ")), "no {verb} in {help}");
        assert!(succeed(&[verb, "--help"]).contains("Usage: motorsrnn"), "{verb}");
        if verb != "completions" {
            assert!(succeed(&["completions", "bash"]).contains(&format!("motorsrnn__subcmd__{verb}")), "{verb}");
        }
    }
    assert!(help.contains("130  interrupted"), "{help}");
}
