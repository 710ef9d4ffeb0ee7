//! What a test binary printed, and the summary of all.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use tools::SKIPPED;

use crate::test::binaries::Binary;

/// Lets the test harness of a stable compiler report times. Only test binaries get this variable: the compiler would build
/// everything again.
const ALLOW_UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");
const REPORT_TIMES: [&str; 3] = ["-Z", "unstable-options", "--report-time"];

/// Number of tests in the list of the slowest.
const N_SLOWEST: usize = 10;

/// The result of running a test binary.
pub struct TestRun {
    binary: Binary,
    status: io::Result<ExitStatus>,
    output: String,
    skipped: Vec<String>,
}

impl TestRun {
    /// Runs a binary. Its standard error is shown at once, its standard output kept.
    pub fn of(binary: Binary, arguments: &[&str]) -> Self {
        let mut command = binary.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if binary.has_harness() {
            command.args(arguments).args(REPORT_TIMES).env(ALLOW_UNSTABLE.0, ALLOW_UNSTABLE.1);
        }
        let (mut output, mut skipped) = (String::new(), Vec::new());
        let status = command.spawn().and_then(|mut process| {
            let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
            thread::scope(|scope| {
                let errors = scope.spawn(|| stderr.map(shown).unwrap_or_default());
                if let Some(mut stdout) = stdout {
                    let mut bytes = Vec::new();
                    stdout.read_to_end(&mut bytes)?;
                    output = String::from_utf8_lossy(&bytes).into_owned();
                }
                skipped = errors.join().unwrap_or_default();
                process.wait()
            })
        });
        Self { binary, status, output, skipped }
    }

    /// Prints what a passing binary sums up, or all that another printed.
    pub fn print(&self, elapsed: Duration) {
        let Binary { package, target, .. } = &self.binary;
        let results: Vec<&str> = self.output.lines().filter(|line| line.starts_with("test result: ")).collect();
        let text = if self.succeeded() && !results.is_empty() { results.join("\n") } else { self.output.clone() };
        println!("{package} {target}, {:.0} s\n{}", elapsed.as_secs_f64(), text.trim_end());
    }

    fn succeeded(&self) -> bool {
        self.status.as_ref().is_ok_and(ExitStatus::success)
    }

    /// Names, results and times of the tests, from lines like `test name ... ok <0.123s>`.
    fn tests(&self) -> impl Iterator<Item = (&str, &str, f64)> {
        self.output.lines().filter_map(|line| {
            let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
            let (result, time) = result.split_once(" <")?;
            // `should panic` and the like are not part of the name.
            let name = name.split(" - ").next().unwrap_or(name);
            Some((name, result, time.strip_suffix("s>")?.parse().ok()?))
        })
    }

    /// Why it failed, with a command for each failed test.
    fn failures(&self) -> Vec<String> {
        if self.succeeded() {
            return Vec::new();
        }
        let failed = self.tests().filter(|(_, result, _)| *result == "FAILED");
        let tests: Vec<String> = failed.map(|(name, ..)| self.binary.rerun(Some(name))).collect();
        if !tests.is_empty() {
            return tests;
        }
        let how = self.status.as_ref().map_or_else(|error| format!("cannot start: {error}"), ToString::to_string);
        vec![format!("{} ({how})", self.binary.rerun(None))]
    }
}

/// Shows a stream line by line and returns the lines of skipped tests.
fn shown(stream: impl Read) -> Vec<String> {
    let lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned()).inspect(|line| eprintln!("{line}"));
    lines.filter(|line| line.starts_with(SKIPPED)).collect()
}

/// Prints the slowest and the skipped tests.
///
/// # Errors
/// Failed tests, each with the command that runs it again, and `other` if there is such a failure.
pub fn summary(outcomes: &[TestRun], other: Option<String>) -> Result<(), String> {
    let tests = outcomes.iter().flat_map(|outcome| outcome.tests().map(|(name, _, s)| (s, &outcome.binary, name)));
    let mut tests: Vec<(f64, &Binary, &str)> = tests.collect();
    tests.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("\n{} tests; the slowest:", tests.len());
    for (seconds, Binary { package, .. }, name) in tests.iter().take(N_SLOWEST) {
        println!("{seconds:8.1} s  {package} {name}");
    }
    let skipped: BTreeSet<&str> = outcomes.iter().flat_map(|outcome| &outcome.skipped).map(String::as_str).collect();
    if !skipped.is_empty() {
        println!("\n{}", Vec::from_iter(skipped).join("\n"));
    }
    let failures: Vec<String> = outcomes.iter().flat_map(TestRun::failures).chain(other).collect();
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!("failed; run again with:\n  {}", failures.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_results_and_times_are_read() {
        let output = "\nrunning 3 tests\ntest a::b ... ok <0.012s>\ntest c ... FAILED <61.500s>\n\
                      test d - should panic ... ok <0.001s>\n\ntest result: FAILED. 2 passed\n";
        let binary = crate::test::binaries::Binary::default();
        let status = Err(io::ErrorKind::NotFound.into());
        let outcome = TestRun { binary, status, output: output.to_owned(), skipped: Vec::new() };
        let tests: Vec<_> = outcome.tests().collect();
        assert_eq!(tests, [("a::b", "ok", 0.012), ("c", "FAILED", 61.5), ("d", "ok", 0.001)]);
        assert_eq!(outcome.failures(), ["cargo test -p   -- --exact c"]);
    }

    #[test]
    fn skipped_tests_are_found_among_other_lines() {
        let skipped = format!("{SKIPPED} no recording");
        assert_eq!(shown(format!("window 1 of 5\n{skipped}\n").as_bytes()), [skipped]);
    }
}
