//! The program as a user runs it, recordings to run it on, and a board behind a pseudo-terminal.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use cosim::pty::PseudoTerminal;
use host::link::{Link, LinkError, Patience};
use model::ModelBoard;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::tcgetattr;
use serde_json::Value;
use spec::core::CoreConfiguration;
use spec::wire::HelloAnswer;

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

/// The program with so little room for a file that a larger one cannot be written to its end: `n_blocks` of 512
/// bytes. Without the trap the system would end the program instead of refusing to write.
pub fn cramped(n_blocks: u32) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &n_blocks.to_string()]);
    command.arg(env!("CARGO_BIN_EXE_motorsrnn"));
    command
}

/// The program, which can be interrupted even if the tests cannot: a shell's background jobs ignore that, and so do their
/// children, unless one of them says otherwise.
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

/// A serial device of the operating system with nobody, or a board, at its other end.
pub struct Device {
    name: String,
    /// The other end, where nobody serves it.
    _unserved: Option<PseudoTerminal>,
}

impl Device {
    pub fn silent() -> Self {
        let terminal = PseudoTerminal::open().unwrap();
        Self { name: text(terminal.path()), _unserved: Some(terminal) }
    }

    /// A device with a board of these sizes, which is served until the test program ends.
    pub fn with_board(core: CoreConfiguration) -> Self {
        Self::with_dying_board(core, usize::MAX)
    }

    /// A device with a board that falls silent after it was written to so many times.
    pub fn with_dying_board(core: CoreConfiguration, writes_left: usize) -> Self {
        Self::with(PseudoTerminal::open().unwrap(), DyingBoard { board: ModelBoard::new(core), writes_left })
    }

    /// A device with a board that hears and says nothing but garbage at any other speed of the line.
    pub fn with_board_at(baud: u32, core: CoreConfiguration) -> Self {
        let terminal = PseudoTerminal::open().unwrap();
        let device = File::open(terminal.path()).unwrap();
        Self::with(terminal, BoardAtSpeed { board: ModelBoard::new(core), device, baud })
    }

    /// A device with whatever board, which is served until the test program ends.
    pub fn with(terminal: PseudoTerminal, mut board: impl Read + Write + Send + 'static) -> Self {
        let name = text(terminal.path());
        thread::spawn(move || terminal.serve(&mut board, 1, &AtomicBool::new(false)).unwrap());
        Self { name, _unserved: None }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

struct DyingBoard {
    board: ModelBoard,
    writes_left: usize,
}

impl Read for DyingBoard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.board.read(buffer)
    }
}

impl Write for DyingBoard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.writes_left == 0 {
            return Ok(bytes.len());
        }
        self.writes_left -= 1;
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct BoardAtSpeed {
    board: ModelBoard,
    /// The device itself, which knows the speed that its user has set.
    device: File,
    baud: u32,
}

impl BoardAtSpeed {
    fn hears(&self) -> bool {
        tcgetattr(&self.device).unwrap().output_speed() == self.baud
    }
}

impl Read for BoardAtSpeed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.board.read(buffer)?;
        if !self.hears() {
            buffer[..n_bytes].fill(0x55);
        }
        Ok(n_bytes)
    }
}

impl Write for BoardAtSpeed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.hears() { self.board.write(bytes) } else { self.board.write(&vec![0xa5; bytes.len()]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `motorsrnn simulate --pty`, ended when dropped.
pub struct Simulation {
    /// The device that it serves.
    pub path: String,
    process: Child,
}

impl Simulation {
    pub fn start() -> Self {
        let mut command = program();
        command.args(["simulate", "--pty"]);
        Self::of(command)
    }

    /// Of a command that runs the program.
    pub fn of(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut path = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut path).unwrap();
        Self { path: path.trim_end().to_owned(), process }
    }

    /// Says hello to the simulated board, as any program could.
    pub fn hello(&self) -> Result<HelloAnswer, LinkError> {
        let port = serialport::new(&self.path, 1_000_000).timeout(Duration::from_millis(5)).open_native().unwrap();
        Link::new(port, Patience::default()).hello()
    }

    /// Interrupts it as a user does.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.process), Signal::INT).unwrap();
    }

    /// How it ended, and what it said on standard error.
    pub fn end(&mut self) -> (ExitStatus, String) {
        let mut message = String::new();
        self.process.stderr.as_mut().unwrap().read_to_string(&mut message).unwrap();
        (self.process.wait().unwrap(), message)
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
