//! A program in Python that stands for an acquisition system. It says what it has done in lines, and is told in lines when to go on.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tools::AcquisitionLibraries;
use tools::workspace::build_directory;

/// Part of every program: the pattern, and how to talk.
const COMMON: &str = include_str!("common.py");

/// The libraries; none if they cannot be installed, which is said.
pub fn libraries() -> Option<AcquisitionLibraries> {
    tools::found_or_skipped("acquisition systems", AcquisitionLibraries::find(&build_directory()))
}

/// A program that runs.
pub struct Peer {
    process: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts Python code with arguments, in a folder, with the settings of liblsl that are there.
    pub fn start(libraries: &AcquisitionLibraries, code: &str, arguments: &[&str], folder: &Path) -> Self {
        let mut command = libraries.python(&format!("{COMMON}\n{code}"));
        command.args(arguments).current_dir(folder).env("LSLAPICFG", folder.join("lsl_api.cfg"));
        Self::of(command)
    }

    /// Starts a program.
    pub fn of(mut command: Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { input: process.stdin.take(), process, lines }
    }

    /// The next line that it says.
    pub fn line(&mut self) -> String {
        let line = self.lines.next();
        line.unwrap_or_else(|| panic!("the program ended: {:?}", self.process.wait())).unwrap()
    }

    /// Waits for this line.
    pub fn expect(&mut self, expected: &str) {
        assert_eq!(self.line(), expected);
    }

    /// Tells it a line.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until it has ended as it should.
    pub fn end(mut self) {
        drop(self.input.take());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It has ended already, or nobody needs it any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
