//! The program as a user runs it, recordings to run it on, and a board behind a pseudo-terminal.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use model::ModelBoard;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde_json::Value;
use spec::core::CoreConfiguration;

/// A recorded session; none, with a word on standard error, where the folder is absent.
pub fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is absent", path.display());
        return None;
    }
    Some(text(&path))
}

/// A folder of its own and paths in it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> String {
        text(&self.0.path().join(name))
    }

    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A synthetic session of 24 units, 4 directions and 6 trials of each.
    pub fn synthetic(&self) -> String {
        let path = self.path("synthetic.nwb");
        let sizes = ["--channels", "24", "--directions", "4", "--trials", "6", "--seed", "5"];
        succeed(&[&["synth", "-o", &path], &sizes[..]].concat());
        path
    }

    /// A network trained briefly on `recording`, and what training reported.
    pub fn train(&self, recording: &str, image: &str, options: &[&str]) -> (String, Value) {
        let path = self.path(image);
        let brief = ["--epochs", "3", "--folds", "2", "--json"];
        let lines = json_lines(&succeed(&[&["train", recording, "-o", &path], &brief[..], options].concat()));
        (path, lines.last().unwrap().clone())
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

/// A serial device of the operating system with nobody, or a board, at its other end.
pub struct PseudoTerminal {
    pub path: PathBuf,
    /// Keeps the device alive while no program has it open.
    _device: File,
    master: OwnedFd,
}

impl PseudoTerminal {
    pub fn open() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = PathBuf::from(ptsname(&master, Vec::new()).unwrap().into_string().unwrap());
        let device = File::options().read(true).write(true).open(&path).unwrap();
        let mut attributes = tcgetattr(&device).unwrap();
        attributes.make_raw();
        tcsetattr(&device, OptionalActions::Now, &attributes).unwrap();
        Self { path, _device: device, master }
    }

    /// A device with a board of these sizes, which is served until the test program ends.
    pub fn with_board(core: CoreConfiguration) -> Self {
        Self::with_dying_board(core, usize::MAX)
    }

    /// A device with a board that falls silent after it was heard so many times.
    pub fn with_dying_board(core: CoreConfiguration, n_reads: usize) -> Self {
        let terminal = Self::open();
        let mut line = File::from(terminal.master.try_clone().unwrap());
        thread::spawn(move || serve(&mut line, ModelBoard::new(core), n_reads));
        terminal
    }

    pub fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// `motorsrnn simulate`, until dropped.
pub struct Simulation {
    /// The device that it serves.
    pub path: String,
    process: Child,
}

impl Simulation {
    pub fn start() -> Self {
        let mut process = program().args(["simulate", "--pty"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut path = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut path).unwrap();
        Self { path: path.trim_end().to_owned(), process }
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn serve(line: &mut File, mut board: ModelBoard, n_reads: usize) {
    let mut buffer = [0; 4096];
    for _ in 0..n_reads {
        // A master whose device nobody has open any more cannot be read: the test is over.
        let Ok(n_bytes) = line.read(&mut buffer) else { return };
        board.write_all(&buffer[..n_bytes]).unwrap();
        loop {
            match board.read(&mut buffer) {
                Ok(n_bytes) => line.write_all(&buffer[..n_bytes]).unwrap(),
                Err(error) if error.kind() == ErrorKind::TimedOut => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}
