//! The program as a process that runs until it is interrupted.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use host::link::{Link, LinkError, Patience};
use rustix::process::{Pid, Signal, kill_process};
use spec::wire::HelloAnswer;

use super::program;

/// A running program, killed when dropped.
pub struct Running {
    /// The first line that it prints.
    pub first_line: String,
    process: Child,
}

impl Running {
    /// `motorsrnn simulate --pty`, whose first line is the path of its device.
    pub fn simulation(core: &str) -> Self {
        let mut command = program();
        command.args(["simulate", "--pty", "--core", core]);
        Self::after_first_line(command)
    }

    /// A command that has printed its first line.
    pub fn after_first_line(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { first_line: line.trim_end().to_owned(), process }
    }

    /// A command that prints nothing.
    pub fn silent(mut command: Command) -> Self {
        let process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        Self { first_line: String::new(), process }
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Says hello to the simulated board, as any program can.
    pub fn hello(&self) -> Result<HelloAnswer, LinkError> {
        let port =
            serialport::new(&self.first_line, 1_000_000).timeout(Duration::from_millis(5)).open_native().unwrap();
        Link::new(port, Patience::default()).hello()
    }

    /// Interrupts it as a user does.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.process), Signal::INT).unwrap();
    }

    /// Its exit status and its standard error.
    pub fn end(&mut self) -> (ExitStatus, String) {
        let mut message = String::new();
        self.process.stderr.as_mut().unwrap().read_to_string(&mut message).unwrap();
        (self.process.wait().unwrap(), message)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
