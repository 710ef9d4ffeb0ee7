//! Tests of the simulated hardware that run with a fault.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cosim::variables::{INSTRUMENT, SEED, SOAK};
use tools::workspace;

/// Names the fault that a model has, see `cosim/build/instrument.rs`.
const FAULT_VARIABLE: &str = "MOTORSRNN_MUTANT";

/// A fault also counts as detected if tests take this much longer with it, because they wait for something that never comes.
const TIMEOUT_FACTOR: u32 = 10;
const LEAST_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The end of the line by which the test harness reports a failed test.
const FAILED: &str = " ... FAILED";

/// Builds the tests of the simulated hardware with faults; returns a copy of the binary, because other builds replace it.
pub fn build(instrument: &str, folder: &Path) -> Result<PathBuf, String> {
    let mut cargo = workspace::cargo(["test", "--package", "motorsrnn-cosim", "--test", "main", "--no-run"]);
    let output = workspace::output(cargo.env(INSTRUMENT, instrument))?;
    let messages = String::from_utf8_lossy(&output.stderr);
    // `  Executable tests/main/main.rs (target/debug/deps/main-0123456789abcdef)`
    let mut executable = messages.lines().filter(|line| line.trim_start().starts_with("Executable"));
    let path = executable.next_back().and_then(|line| line.rsplit_once('(')?.1.strip_suffix(')'));
    let path = workspace::root().join(path.ok_or("cargo names no test binary of motorsrnn-cosim")?);
    let copy = folder.join("tests");
    fs::copy(&path, &copy).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(copy)
}

/// Tests that run together.
pub struct Suite {
    binary: PathBuf,
    /// Parts of the tests' names.
    filters: &'static [&'static str],
    /// The folder of logs.
    folder: PathBuf,
    timeout: Duration,
}

impl Suite {
    /// Runs the tests without a fault to find the timeout.
    ///
    /// # Errors
    /// A filter names no test, or the tests fail.
    pub fn new(binary: &Path, filters: &'static [&'static str], folder: &Path) -> Result<Self, String> {
        let (binary, folder) = (binary.to_owned(), folder.to_owned());
        let mut suite = Self { binary, filters, folder, timeout: Duration::MAX };
        for filter in filters {
            let listed = workspace::output(Command::new(&suite.binary).args([filter, "--list"]))?.stdout;
            if !String::from_utf8_lossy(&listed).contains(": test") {
                return Err(format!("motorsrnn-cosim has no test with a name like {filter}"));
            }
        }
        let start = Instant::now();
        if let Some(how) = suite.detects(0)? {
            return Err(format!("{} {how} without a fault; see {}", suite.name(), suite.log(0).display()));
        }
        suite.timeout = (start.elapsed() * TIMEOUT_FACTOR).max(LEAST_TIMEOUT);
        Ok(suite)
    }

    /// Its filters, for people.
    pub fn name(&self) -> String {
        self.filters.join(", ")
    }

    /// How the tests detect a fault, if they do. The first failure ends them.
    pub fn detects(&self, fault: usize) -> Result<Option<&'static str>, String> {
        let file = |error: std::io::Error| format!("{}: {error}", self.binary.display());
        let log_path = self.log(fault);
        let log = File::create(&log_path).map_err(file)?;
        let mut process = Command::new(&self.binary)
            .args(self.filters)
            // Not in the package, where proptest would add failing cases to those that are checked in.
            .current_dir(&self.folder)
            .env(FAULT_VARIABLE, fault.to_string())
            .env_remove(SOAK)
            // That of the default lockstep.
            .env(SEED, "1")
            .envs([("PROPTEST_MAX_SHRINK_ITERS", "0"), ("RUST_BACKTRACE", "0"), ("RUST_TEST_THREADS", "1")])
            .stdout(log.try_clone().map_err(file)?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .map_err(file)?;
        let start = Instant::now();
        loop {
            if let Some(status) = process.try_wait().map_err(file)? {
                return Ok((!status.success()).then_some("fails"));
            }
            let fails = fs::read_to_string(&log_path).is_ok_and(|log| log.contains(FAILED));
            if fails || start.elapsed() > self.timeout {
                process.kill().and_then(|()| process.wait()).map_err(file)?;
                return Ok(Some(if fails { "fails" } else { "does not end" }));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn log(&self, fault: usize) -> PathBuf {
        self.folder.join(format!("fault-{fault}.log"))
    }
}
