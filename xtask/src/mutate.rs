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
            ("lockstep", &[]),
            (
                "core_lockstep",
                &["small_core_agrees", "largest_image_of_every_core", "one_neuron_a_lane", "a_difference_is_found"],
            ),
        ],
    },
    Bench { model: "board_small", suites: &[("board_commands", &[]), ("board_loading", &[]), ("board_random", &[])] },
];

/// Test binaries and the names of tests in them.
type Suites = Vec<(PathBuf, &'static [&'static str])>;

/// Where what is left of a run is kept.
const RESULT: &str = "survivors.md";

/// A fault is noticed, too, if tests take so much longer with it: they wait for what never comes.
const PATIENCE_FACTOR: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_secs(120);

/// Draws faults, as many in the core as in the rest of the board, and runs the tests with each.
pub fn run(count: usize, seed: u32) -> Chore {
    let faults = format!("mutants:{}:{seed}", count.div_ceil(BENCHES.len()) + 1);
    let build = ["test", "--package", "motorsrnn-cosim", "--no-run"];
    let said = cargo_output(&build, &[(INSTRUMENT_VARIABLE, &faults)])?;
    let folder = target_directory().join("mutants");
    let mut text = String::new();
    let (mut n_faults, mut n_noticed) = (0, 0);
    let suites: Vec<Suites> = BENCHES.iter().map(|bench| bench.suites(&said, &folder)).collect::<Result<_, _>>()?;
    for (bench, suites) in BENCHES.iter().zip(suites) {
        let list = folder.join(bench.model).join("faults.txt");
        let list = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let faults: Vec<&str> = list.lines().take(count / BENCHES.len()).collect();
        let patience = bench.unharmed(&suites, &folder)?;
        let survivors = survivors(&faults, bench.model, &suites, patience, &folder)?;
        n_faults += faults.len();
        n_noticed += faults.len() - survivors.len();
        let _ = writeln!(text, "{}: {} of {}", bench.model, faults.len() - survivors.len(), faults.len());
        let source = fs::read_to_string(folder.join(bench.model).join("source.v")).unwrap_or_default();
        for number in survivors {
            let _ = writeln!(text, "- {} {}", bench.model, told(number + 1, faults[number], &source));
        }
    }
    let share = 100.0 * n_noticed as f64 / n_faults.max(1) as f64;
    let _ = writeln!(text, "noticed: {n_noticed} of {n_faults}, {share:.1} %");
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
            let passes = passes(path, tests, 0, Duration::MAX, folder)?;
            let patience = (start.elapsed() * PATIENCE_FACTOR).max(LEAST_PATIENCE);
            if passes { Ok(patience) } else { Err(format!("{} fails without a fault", path.display())) }
        };
        suites.iter().map(time).collect()
    }
}

/// The faults that no test notices, by number.
fn survivors(
    faults: &[&str],
    model: &str,
    suites: &[(PathBuf, &[&str])],
    patience: Vec<Duration>,
    folder: &Path,
) -> Result<Vec<usize>, String> {
    let (next, survivors) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> Chore {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= faults.len() {
                return Ok(());
            }
            let mut is_noticed = false;
            for ((path, tests), patience) in suites.iter().zip(&patience) {
                is_noticed = is_noticed || !passes(path, tests, number + 1, *patience, folder)?;
            }
            eprintln!(
                "{model}: fault {} of {}: {}",
                number + 1,
                faults.len(),
                if is_noticed { "noticed" } else { "SURVIVES" }
            );
            if !is_noticed && let Ok(mut survivors) = survivors.lock() {
                survivors.push(number);
            }
        }
    };
    let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread ended".to_owned())))
    })?;
    let mut survivors = survivors.into_inner().map_err(|error| error.to_string())?;
    survivors.sort_unstable();
    Ok(survivors)
}

/// Whether the tests of a binary pass with a fault, in time.
fn passes(path: &Path, tests: &[&str], fault: usize, patience: Duration, folder: &Path) -> Result<bool, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let log = File::create(folder.join(format!("fault-{fault}.log"))).map_err(told)?;
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
            return Ok(status.success());
        }
        if start.elapsed() > patience {
            process.kill().and_then(|()| process.wait()).map_err(told)?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(20));
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
