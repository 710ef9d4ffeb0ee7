//! The program as a user runs it, recordings to run it on, and boards behind pseudo-terminals.

mod device;
mod shared_data;
mod simulation;
mod trained;

pub use device::Device;
pub use shared_data::shared_data;
pub use simulation::Running;
pub use trained::{BRIEF, Trained, brief, short, trained};

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A temporary folder.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> String {
        text(&self.0.path().join(name))
    }

    /// The names of what is in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A copy of the synthetic session, to be changed.
    pub fn synthetic(&self) -> String {
        let path = self.path("synthetic.nwb");
        std::fs::copy(&trained().recording, &path).unwrap();
        path
    }

    /// A copy of the trained image and its companion, to be changed.
    pub fn image(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::copy(&trained().image, &path).unwrap();
        std::fs::copy(format!("{}.json", trained().image), format!("{path}.json")).unwrap();
        path
    }

    /// A network trained briefly on `recording`, and the report of the training.
    pub fn train(&self, recording: &str, image: &str, options: &[&str]) -> (String, Value) {
        let path = self.path(image);
        let report = brief(recording, &path, options);
        (path, report)
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_motorsrnn"))
}

pub fn motorsrnn(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// The program with a limit on the size of a file, `n_blocks` of 512 bytes, as if the disk were full. Without the trap the
/// system would kill the program when it exceeds the limit.
pub fn with_full_disk(n_blocks: u32) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &n_blocks.to_string()]);
    command.arg(env!("CARGO_BIN_EXE_motorsrnn"));
    command
}

/// The program, which can be interrupted even if the tests run as a background job of a shell: such a job ignores SIGINT, and
/// its children inherit that.
pub fn interruptible() -> Command {
    let mut command = Command::new("python3");
    let restore =
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])";
    command.args(["-c", restore, env!("CARGO_BIN_EXE_motorsrnn")]);
    command
}

/// Standard output of a run that must succeed.
pub fn succeed(arguments: &[&str]) -> String {
    let output = motorsrnn(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every line, each of which must be JSON.
pub fn json_lines(stdout: &str) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines: Vec<Value> = stdout.lines().map(parse).collect();
    assert!(!lines.is_empty() && stdout.ends_with('\n'));
    lines
}

/// Runs the program, which must end with this exit code, print nothing on standard output and all these parts in its message.
pub fn refuses(exit_code: i32, arguments: &[&str], parts: &[&str]) {
    let output = motorsrnn(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(message.starts_with("motorsrnn: ") && message.ends_with('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "{arguments:?}: no `{part}` in: {message}");
    }
}

/// `decode` of the trained image refuses.
pub fn decode_refuses(exit_code: i32, recording: &str, image: &str, board: &str, parts: &[&str]) {
    refuses(exit_code, &["decode", recording, "--network", image, "--board", board, "--json"], parts);
}
