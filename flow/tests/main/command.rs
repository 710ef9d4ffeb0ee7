//! The command line of `flow`: what it refuses.

use std::path::Path;
use std::process::Command;

use crate::folder;

/// Exit code and messages of `flow bitstream`.
pub fn bitstream(arguments: &[&str], output: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flow"));
    let run = command.arg("bitstream").args(arguments).arg("--output").arg(output).output().unwrap();
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
fn unknown_boards_and_impossible_clocks_are_refused() {
    for (arguments, expected, named) in [
        (&["ice-breaker"][..], 2, "icebreaker"),
        (&["icebreaker", "--clock-hz", "0"], 2, "1000000"),
        (&["icebreaker", "--clock-hz", "1000001"], 1, "1000001 Hz"),
        (&["tang-nano-9k", "--clock-hz", "50000000"], 1, "50000000 Hz"),
        (&["icebreaker", "--clock-hz", "9000000"], 1, "baud"),
    ] {
        let output = folder("refused");
        let (code, message) = bitstream(arguments, &output);
        assert!(code == Some(expected) && message.contains(named), "{arguments:?}: {code:?}: {message}");
        assert!(!output.exists(), "{arguments:?} wrote something");
    }
}

#[test]
fn an_output_that_is_a_file_is_refused_and_kept() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flow"));
    let run = command.args(["verilog", "icebreaker", "--output"]).arg(file.path()).output().unwrap();
    let message = String::from_utf8_lossy(&run.stderr);
    assert!(
        message.contains(&*file.path().to_string_lossy()) && message.contains("cannot make the folder"),
        "{message}"
    );
    assert_eq!((run.status.code(), file.path().metadata().unwrap().len()), (Some(1), 0));
}
