//! Faults in the Verilog of the core and of its board, and whether the default tests notice.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tools::{Environment, Yosys};

use crate::command::{Chore, cargo_output, root, target_directory};
use crate::equivalence;

/// What tells the build to put faults into models, and the tests which one to have, see `cosim/build/instrument.rs`.
pub const INSTRUMENT_VARIABLE: &str = "MOTORSRNN_INSTRUMENT";
const FAULT_VARIABLE: &str = "MOTORSRNN_MUTANT";

/// Tests of a model: test binaries, each with the names of tests in it or all.
type Tests = &'static [(&'static str, &'static [&'static str])];

/// How a fault in a model is looked for: the quick tests, whether it changes nothing (see [`equivalence`]), the others.
struct Bench {
    model: &'static str,
    quick: Tests,
    others: Tests,
}

const BENCHES: [Bench; 2] = [
    Bench {
        model: "core_small",
        quick: &[
            ("lockstep", &["a_lone_spike"]),
            ("core_lockstep", &["small_core", "one_neuron_a_lane", "a_difference_is_found"]),
            ("lockstep", &["a_core_is_the_same", "a_crowd_of_events"]),
        ],
        others: &[],
    },
    Bench {
        model: "board_small",
        quick: &[("board_waits", &[]), ("board_commands", &[])],
        others: &[("board_loading", &[]), ("board_random", &[])],
    },
];

/// A test binary, and the names of tests in it.
struct Suite {
    path: PathBuf,
    tests: &'static [&'static str],
    patience: Duration,
}

/// Where what is left of a run is kept.
const RESULT: &str = "survivors.md";

/// A fault is noticed, too, if tests take so much longer with it: they wait for what never comes.
const PATIENCE_FACTOR: u32 = 10;
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
    let yosys = Yosys::find(&Environment::of(&target_directory())).map_err(|error| error.to_string())?;
    let folder = target_directory().join("mutants");
    let mut text = String::new();
    let suites: Vec<_> = BENCHES.iter().map(|bench| bench.suites(&said, &folder)).collect::<Result<_, _>>()?;
    for (bench, suites) in BENCHES.iter().zip(suites) {
        let bench_folder = folder.join(bench.model);
        let list = bench_folder.join("faults.txt");
        let list = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let faults: Vec<&str> = list.lines().collect();
        if faults.is_empty() {
            continue;
        }
        let mut run = Run { bench, suites, faults: &faults, yosys: &yosys, folder: &folder };
        run.time()?;
        let survivors = run.survivors(n_threads)?;
        let n_equal = survivors.iter().filter(|survivor| survivor.changes_nothing).count();
        let n_noticed = faults.len() - survivors.len();
        let share = 100.0 * n_noticed as f64 / (faults.len() - n_equal).max(1) as f64;
        let _ = writeln!(
            text,
            "{}: {n_noticed} of {} noticed; {n_equal} shown to change nothing; {share:.1} % of the others noticed",
            bench.model,
            faults.len()
        );
        let source = fs::read_to_string(bench_folder.join("source.v")).unwrap_or_default();
        for Survivor { number, changes_nothing } in survivors {
            let how = if changes_nothing { "changes nothing: " } else { "" };
            let _ = writeln!(text, "- {} {how}{}", bench.model, told(number, faults[number - 1], &source));
        }
    }
    print!("{text}");
    let path = folder.join(RESULT);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

impl Bench {
    /// Copies of the test binaries, for the next build writes others there.
    fn suites(&self, said: &str, folder: &Path) -> Result<Vec<Suite>, String> {
        let copy = |(name, tests): &(&str, &'static [&'static str])| {
            let line = said.lines().find(|line| line.contains(&format!("tests/{name}.rs (")));
            let path = line.and_then(|line| line.rsplit_once('(')?.1.strip_suffix(')'));
            let built = root().join(path.ok_or_else(|| format!("cargo has built no test {name}"))?);
            let path = folder.join(name);
            fs::copy(&built, &path).map_err(|error| format!("{}: {error}", built.display()))?;
            Ok(Suite { path, tests, patience: Duration::MAX })
        };
        self.quick.iter().chain(self.others).map(copy).collect()
    }
}

/// A fault that no test notices.
struct Survivor {
    /// From 1.
    number: usize,
    changes_nothing: bool,
}

/// Everything that trying a fault takes.
struct Run<'a> {
    bench: &'a Bench,
    suites: Vec<Suite>,
    faults: &'a [&'a str],
    yosys: &'a Yosys,
    folder: &'a Path,
}

impl Run<'_> {
    /// Finds out how long tests take without a fault, and from that how long they are waited for.
    fn time(&mut self) -> Chore {
        for suite in &mut self.suites {
            let start = Instant::now();
            if let Some(how) = suite.notices(0, self.folder)? {
                return Err(format!("{} {how} without a fault", suite.path.display()));
            }
            suite.patience = (start.elapsed() * PATIENCE_FACTOR).max(LEAST_PATIENCE);
        }
        Ok(())
    }

    /// The faults that no test notices.
    fn survivors(&self, n_threads: usize) -> Result<Vec<Survivor>, String> {
        let (next, survivors) = (AtomicUsize::new(1), Mutex::new(Vec::new()));
        let work = || -> Chore {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number > self.faults.len() {
                    return Ok(());
                }
                let start = Instant::now();
                let (survivor, said) = self.try_fault(number)?;
                let seconds = start.elapsed().as_secs_f64();
                eprintln!("{}: fault {number} of {}: {said}, {seconds:.1} s", self.bench.model, self.faults.len());
                if let Ok(mut survivors) = survivors.lock() {
                    survivors.extend(survivor);
                }
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap_or(Err("a thread ended".to_owned())));
            ended.collect::<Chore>()
        })?;
        let mut survivors = survivors.into_inner().map_err(|error| error.to_string())?;
        survivors.sort_unstable_by_key(|survivor| survivor.number);
        self.check_comparison(&survivors)?;
        Ok(survivors)
    }

    /// A comparison that finds everything equal would say nothing: one of the faults that tests notice must differ.
    fn check_comparison(&self, survivors: &[Survivor]) -> Chore {
        let is_noticed = |number: &usize| !survivors.iter().any(|survivor| survivor.number == *number);
        let Some(number) = (1..=self.faults.len()).find(is_noticed) else { return Ok(()) };
        if self.changes_nothing(number)? {
            return Err(format!("{}: fault {number}, which tests notice, is said to change nothing", self.bench.model));
        }
        Ok(())
    }

    fn changes_nothing(&self, number: usize) -> Result<bool, String> {
        let model = self.bench.model;
        let (netlist, work) = (self.folder.join(model), self.folder.join(format!("fault-{number}")));
        equivalence::changes_nothing(self.yosys, model, self.faults[number - 1], &netlist, &work)
    }

    /// Whether a fault survives, and what is said of it.
    fn try_fault(&self, number: usize) -> Result<(Option<Survivor>, String), String> {
        let (quick, others) = self.suites.split_at(self.bench.quick.len());
        let noticed = |suites: &[Suite]| -> Result<Option<String>, String> {
            for suite in suites {
                if let Some(how) = suite.notices(number, self.folder)? {
                    let name = suite.path.file_name().unwrap_or_default();
                    return Ok(Some(format!("{} {how}", name.display())));
                }
            }
            Ok(None)
        };
        if let Some(said) = noticed(quick)? {
            return Ok((None, said));
        }
        let survivor = |changes_nothing| Some(Survivor { number, changes_nothing });
        match self.changes_nothing(number) {
            Ok(true) => return Ok((survivor(true), "changes nothing".to_owned())),
            Ok(false) => {}
            Err(error) => eprintln!("fault {number} is not compared with none: {error}"),
        }
        Ok(noticed(others)?.map_or_else(|| (survivor(false), "SURVIVES".to_owned()), |said| (None, said)))
    }
}

impl Suite {
    /// How the tests show a fault, if they do. The first that fails ends them.
    fn notices(&self, fault: usize, folder: &Path) -> Result<Option<&'static str>, String> {
        let told = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let log_path = folder.join(format!("fault-{fault}.log"));
        let log = File::create(&log_path).map_err(told)?;
        let mut process = Command::new(&self.path)
            .args(self.tests)
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
            if fails || start.elapsed() > self.patience {
                process.kill().and_then(|()| process.wait()).map_err(told)?;
                return Ok(Some(if fails { "fails" } else { "does not end" }));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
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
