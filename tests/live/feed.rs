//! A fake acquisition system, and the program that listens to it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use recording::Recording;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use train::Decoder;

use crate::support::{json_lines, program, succeed};

/// Rows that do not stall, and windows that are not given up, while the machine is busy.
const PATIENT: [[&str; 2]; 2] = [["--stall-ms", "60000"], ["--max-age-ms", "60000"]];

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
        command.args(["live", "--network", network]);
        command.args(PATIENT.iter().filter(|[option, _]| !options.contains(option)).flatten()).args(options);
        Self::spawn(command)
    }

    /// A session of this command, which has printed its first line.
    pub fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
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

    /// Ends standard input, and waits for the end, which must be a success.
    pub fn end(self) -> Printed {
        self.end_with(0)
    }

    /// Ends standard input, and waits for the end with this exit code.
    pub fn end_with(mut self, exit_code: i32) -> Printed {
        drop(self.stdin.take());
        self.wait_for(exit_code)
    }

    /// Waits until so many windows have ended, and returns what was printed so far.
    pub fn windows(&mut self, n_windows: usize) -> Vec<Value> {
        let mut lines = Vec::new();
        while lines.iter().filter(|line: &&Value| line["kind"] == "live_window").count() < n_windows {
            lines.push(self.line());
        }
        lines
    }

    /// Sends a signal, and waits for the end, which must be a success; prints how long that takes.
    pub fn signal(&mut self, signal: Signal) -> Printed {
        let begin = Instant::now();
        kill_process(Pid::from_child(&self.process), signal).unwrap();
        let printed = self.wait();
        println!("{signal:?} took {:?}", begin.elapsed());
        printed
    }

    /// Waits for the end, which must be a success.
    pub fn wait(&mut self) -> Printed {
        self.wait_for(0)
    }

    /// Waits for the end with this exit code.
    pub fn wait_for(&mut self, exit_code: i32) -> Printed {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        let mut message = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(status.code(), Some(exit_code), "{status}: {message}");
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

/// The last line of a `decode`.
pub fn decode(recording: &str, image: &str, options: &[&str]) -> Value {
    json_lines(&succeed(&[&["decode", recording, "--network", image, "--json"], options].concat())).pop().unwrap()
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
