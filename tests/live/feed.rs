//! A fake acquisition system, and the program that listens to it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use recording::Recording;
use serde_json::Value;
use train::Decoder;

use crate::support::program;

/// Rows that do not stall while the machine is busy.
pub const PATIENT: [&str; 2] = ["--stall-ms", "60000"];

/// A running session that reads standard input.
pub struct Live {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// What a session has printed.
pub struct Printed {
    pub lines: Vec<Value>,
    pub summary: Value,
    pub message: String,
}

impl Live {
    /// A session that has printed its first line.
    pub fn begin(network: &str, options: &[&str]) -> Self {
        Self::begin_command(program(), network, options)
    }

    pub fn begin_command(mut command: Command, network: &str, options: &[&str]) -> Self {
        command.args(["live", "--network", network]).args(PATIENT.iter().filter(|_| !options.contains(&"--stall-ms")));
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let stdin = process.stdin.take();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut message = String::new();
            process.stderr.take().unwrap().read_to_string(&mut message).unwrap();
            panic!("{error}: {line} {message}")
        });
        assert_eq!(ready["kind"], "live_ready", "{ready}");
        Self { process, stdin, stdout }
    }

    pub fn send(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub fn process(&self) -> &Child {
        &self.process
    }

    /// Ends standard input, and waits for the end, which must be a success.
    pub fn end(mut self) -> Printed {
        drop(self.stdin.take());
        self.wait()
    }

    /// Waits for the end, which must be a success.
    pub fn wait(&mut self) -> Printed {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        let mut message = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status}: {message}");
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap();
        assert_eq!(summary["kind"], "live", "{summary}");
        Printed { lines, summary, message }
    }
}

impl Live {
    /// Waits for the end, which must be a failure, and returns the message.
    pub fn fail(mut self) -> String {
        drop(self.stdin.take());
        let mut message = String::new();
        self.stdout.read_to_string(&mut message).unwrap();
        message.clear();
        self.process.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(1), "{message}");
        message
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a session on a text.
pub fn live(network: &str, options: &[&str], text: &str) -> Printed {
    let mut live = Live::begin(network, options);
    live.send(text);
    live.end()
}

impl Printed {
    pub fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["kind"] == kind).collect()
    }
}

/// Ticks between trials.
pub const GAP: u64 = 7;

/// Rows with the trials of a recording, each after some rows with a spike and announced by a marker.
pub fn rows_of_trials(recording: &str, network: &str, n_trials: usize) -> String {
    let decoder = Decoder::load(network.as_ref()).unwrap();
    let dataset = decoder.cut(&Recording::open(recording).unwrap()).unwrap();
    let (mut text, mut tick) = (String::new(), 100);
    for index in dataset.primary_samples().into_iter().take(n_trials) {
        for _ in 0..GAP {
            text += &row(tick, &[3]);
            tick += 1;
        }
        let sample = &dataset.samples[index];
        let start = tick as f64 - sample.offset_ms;
        let _ = writeln!(text, "{{\"t_ms\":{start},\"marker\":\"go {}\"}}", dataset.classes[sample.class]);
        for channels in &sample.ticks {
            text += &row(tick, channels);
            tick += 1;
        }
    }
    text
}

/// A row as a line.
pub fn row(tick: u64, channels: &[u16]) -> String {
    format!("{{\"tick\":{tick},\"channels\":{channels:?}}}\n")
}

/// Rows with a spike in each.
pub fn rows(ticks: impl IntoIterator<Item = u64>) -> String {
    ticks.into_iter().map(|tick| row(tick, &[(tick % 24) as u16])).collect()
}

/// A marker as a line.
pub fn marker(tick: u64, text: &str) -> String {
    format!("{{\"tick\":{tick},\"marker\":\"{text}\"}}\n")
}
