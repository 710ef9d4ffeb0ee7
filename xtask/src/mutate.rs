//! Faults in the Verilog of the core and of its board, and whether the default tests notice.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::command::{Chore, cargo_output, root, target_directory};

/// What tells the build to put faults into models, and the tests which one to have, see `cosim/build/instrument.rs`.
pub const INSTRUMENT_VARIABLE: &str = "MOTORSRNN_INSTRUMENT";
const FAULT_VARIABLE: &str = "MOTORSRNN_MUTANT";

/// The tests of a model: test binaries, each with the names of tests in it or all, quick ones first.
struct Bench {
    model: &'static str,
    suites: &'static [(&'static str, &'static [&'static str])],
}

const BENCHES: [Bench; 2] = [
    Bench {
        model: "core_small",
        suites: &[
            ("lockstep", &["a_lone_spike"]),
            ("core_lockstep", &["small_core", "one_neuron_a_lane", "a_difference_is_found"]),
            ("lockstep", &["a_core_is_the_same"]),
        ],
    },
    Bench {
        model: "board_small",
        suites: &[("board_waits", &[]), ("board_commands", &[]), ("board_loading", &[]), ("board_random", &[])],
    },
];

/// Test binaries and the names of tests in them.
type Suites = Vec<(PathBuf, &'static [&'static str])>;

/// Where what is left of a run is kept.
const RESULT: &str = "survivors.md";

/// A fault is noticed, too, if tests take so much longer with it: they wait for what never comes.
const PATIENCE_FACTOR: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// How a test binary says, line by line, that a test has failed.
const FAILS: &str = " ... FAILED";

/// How many faults there are, which, and how many are tried at a time.
#[derive(clap::Args)]
pub struct Options {
    /// Faults in the core
    #[arg(long, default_value_t = 300)]
    count: usize,
    /// Faults in the rest of the board
    #[arg(long, default_value_t = 150)]
    board_count: usize,
    /// Seed of their choice
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Faults that are tried at a time; as many as there are processors, if not given
    #[arg(long)]
    jobs: Option<usize>,
}

/// Draws faults and runs the tests with each.
pub fn run(options: &Options) -> Chore {
    let Options { count, board_count, seed, jobs } = *options;
    let said = cargo_output(
        &["test", "--package", "motorsrnn-cosim", "--no-run"],
        &[(INSTRUMENT_VARIABLE, &format!("mutants:{count}:{board_count}:{seed}"))],
    )?;
    let n_threads = jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let folder = target_directory().join("mutants");
    let mut text = String::new();
    let suites: Vec<Suites> = BENCHES.iter().map(|bench| bench.suites(&said, &folder)).collect::<Result<_, _>>()?;
    for (bench, suites) in BENCHES.iter().zip(suites) {
        let list = folder.join(bench.model).join("faults.txt");
        let list = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let faults: Vec<&str> = list.lines().collect();
        let patience = bench.unharmed(&suites, &folder)?;
        let survivors = survivors(faults.len(), n_threads, bench.model, &suites, &patience, &folder)?;
        let n_noticed = faults.len() - survivors.len();
        let share = 100.0 * n_noticed as f64 / faults.len().max(1) as f64;
        let _ = writeln!(text, "{}: {n_noticed} of {} noticed, {share:.1} %", bench.model, faults.len());
        let source = fs::read_to_string(folder.join(bench.model).join("source.v")).unwrap_or_default();
        for number in survivors {
            let _ = writeln!(text, "- {} {}", bench.model, told(number, faults[number - 1], &source));
        }
    }
    print!("{text}");
    let path = folder.join(RESULT);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

impl Bench {
    /// Copies of the test binaries, for the next build writes others there, and the names of tests.
    fn suites(&self, said: &str, folder: &Path) -> Result<Suites, String> {
        let copy = |(name, tests): &(&str, &'static [&'static str])| {
            let line = said.lines().find(|line| line.contains(&format!("tests/{name}.rs (")));
            let path = line.and_then(|line| line.rsplit_once('(')?.1.strip_suffix(')'));
            let path = root().join(path.ok_or_else(|| format!("cargo has built no test {name}"))?);
            let kept = folder.join(name);
            fs::copy(&path, &kept).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok((kept, *tests))
        };
        self.suites.iter().map(copy).collect()
    }

    /// The longest wait for each binary, from how long it takes without a fault.
    fn unharmed(&self, suites: &[(PathBuf, &[&str])], folder: &Path) -> Result<Vec<Duration>, String> {
        let time = |(path, tests): &(PathBuf, &[&str])| {
            let start = Instant::now();
            let fault = notices(path, tests, 0, Duration::MAX, folder)?;
            let patience = (start.elapsed() * PATIENCE_FACTOR).max(LEAST_PATIENCE);
            fault.map_or(Ok(patience), |how| Err(format!("{} {how} without a fault", path.display())))
        };
        suites.iter().map(time).collect()
    }
}

/// The faults that no test notices, by number from 1.
fn survivors(
    n_faults: usize,
    n_threads: usize,
    model: &str,
    suites: &[(PathBuf, &[&str])],
    patience: &[Duration],
    folder: &Path,
) -> Result<Vec<usize>, String> {
    let (next, survivors) = (AtomicUsize::new(1), Mutex::new(Vec::new()));
    let work = || -> Chore {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > n_faults {
                return Ok(());
            }
            let start = Instant::now();
            let mut noticed = None;
            for ((path, tests), patience) in suites.iter().zip(patience) {
                if noticed.is_none() {
                    let how = notices(path, tests, number, *patience, folder)?;
                    noticed = how.map(|how| format!("{} {how}", path.file_name().unwrap_or_default().display()));
                }
            }
            let said = noticed.as_deref().unwrap_or("SURVIVES");
            eprintln!("{model}: fault {number} of {n_faults}: {said}, {:.1} s", start.elapsed().as_secs_f64());
            if noticed.is_none()
                && let Ok(mut survivors) = survivors.lock()
            {
                survivors.push(number);
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread ended".to_owned())))
    })?;
    let mut survivors = survivors.into_inner().map_err(|error| error.to_string())?;
    survivors.sort_unstable();
    Ok(survivors)
}

/// How the tests of a binary show a fault, if they do. The first test that fails ends them.
fn notices(
    path: &Path,
    tests: &[&str],
    fault: usize,
    patience: Duration,
    folder: &Path,
) -> Result<Option<&'static str>, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let log_path = folder.join(format!("fault-{fault}.log"));
    let log = File::create(&log_path).map_err(told)?;
    let mut process = Command::new(path)
        .args(tests)
        // Not at the root, where a failing case would be added to those that are kept.
        .current_dir(folder)
        .envs([(FAULT_VARIABLE, fault.to_string()), ("PROPTEST_RNG_SEED", "1".to_owned())])
        .envs([("PROPTEST_MAX_SHRINK_ITERS", "0"), ("RUST_BACKTRACE", "0"), ("RUST_TEST_THREADS", "1")])
        .stdout(log.try_clone().map_err(told)?)
        .stderr(log)
        .stdin(Stdio::null())
        .spawn()
        .map_err(told)?;
    let start = Instant::now();
    loop {
        if let Some(status) = process.try_wait().map_err(told)? {
            return Ok((!status.success()).then_some("fails"));
        }
        let fails = fs::read_to_string(&log_path).is_ok_and(|log| log.contains(FAILS));
        if fails || start.elapsed() > patience {
            process.kill().and_then(|()| process.wait()).map_err(told)?;
            return Ok(Some(if fails { "fails" } else { "does not end" }));
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// Fault, module, cell, port and source line of `mutate -mode M … -cell \C -port \P -portbit 0 … -src source.v:L…`.
fn told(number: usize, fault: &str, source: &str) -> String {
    let words: Vec<&str> = fault.split_whitespace().collect();
    let option = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).map(|word| word.trim_start_matches('\\'))
    };
    let text = |name: &str| option(name).unwrap_or("-");
    let line = option("-src").and_then(|place| place.rsplit(':').next()?.split('.').next()?.parse::<usize>().ok());
    let before: Vec<&str> = source.lines().take(line.unwrap_or(0)).collect();
    let module = before.iter().rev().find_map(|line| line.strip_prefix("module ")?.split('(').next()).unwrap_or("-");
    let line = before.last().map_or("", |line| line.trim());
    let wire = option("-wire").map_or_else(String::new, |wire| format!(", wire `{wire}[{}]`", text("-wirebit")));
    let port = format!("{}[{}]", text("-port"), text("-portbit"));
    format!("{number}: {} in `{module}`, cell `{}`, port `{port}`{wire}: `{line}`", text("-mode"), text("-cell"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_its_line() {
        let fault = r"mutate -mode inv -module \core -cell $add$1 -port \A -portbit 3 -wire \a -wirebit 3 -src source.v:2.5-2.9";
        assert_eq!(
            told(7, fault, "module core(a);\n  assign a = b + c;\n"),
            "7: inv in `core`, cell `$add$1`, port `A[3]`, wire `a[3]`: `assign a = b + c;`"
        );
    }
}
