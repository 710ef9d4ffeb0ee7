//! `cargo xtask mutate`: faults in the Verilog of the core and its board, and whether the default tests detect them.

mod equivalence;
mod suite;

use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use tools::{Environment, Yosys, workspace};

use suite::Suite;

/// A model with faults, and filters that name tests of it. Of the tests that detect no fault quickly, those in `slow` only run
/// if the fault is not proven equivalent to the original.
struct Model {
    name: &'static str,
    quick: &'static [&'static [&'static str]],
    slow: &'static [&'static [&'static str]],
}

const MODELS: [Model; 2] = [
    Model {
        name: "core_small",
        quick: &[
            &["lockstep::a_lone_spike"],
            &[
                "core_lockstep::small_core",
                "core_lockstep::one_neuron_a_lane",
                "core_lockstep::a_difference_is_located",
            ],
            &["lockstep::a_core_is_the_same", "lockstep::a_crowd_of_events"],
        ],
        slow: &[],
    },
    Model {
        name: "board_small",
        quick: &[&["board_waits::"], &["board_commands::"]],
        slow: &[&["board_loading::"], &["board_random::"]],
    },
];

/// The file with the result.
const RESULT: &str = "survivors.md";

/// Number and choice of faults
#[derive(clap::Args)]
pub struct Options {
    /// Number of faults in the core
    #[arg(long, default_value_t = 300)]
    count: usize,
    /// Number of faults in the rest of the board
    #[arg(long, default_value_t = 150)]
    board_count: usize,
    /// Seed that selects the faults
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Number of faults to try at a time [default: the number of processors]
    #[arg(long)]
    jobs: Option<usize>,
}

/// Draws faults, runs the tests with each, and reports the survivors.
///
/// # Errors
/// The tests cannot be built, or fail without a fault; Yosys or ABC fail.
pub fn run(options: &Options) -> Result<(), String> {
    let Options { count, board_count, seed, jobs } = *options;
    let folder = workspace::build_directory().join("mutants");
    let tests = suite::build(&format!("mutants:{count}:{board_count}:{seed}"), &folder)?;
    let n_threads = jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    let yosys = Yosys::find(&Environment::of(&workspace::build_directory()))?;
    let mut text = String::new();
    for model in &MODELS {
        let model_folder = folder.join(model.name);
        let list = model_folder.join("faults.txt");
        let list = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let faults: Vec<&str> = list.lines().collect();
        if faults.is_empty() {
            continue;
        }
        let suites = |filters: &[&'static [&'static str]]| -> Result<Vec<Suite>, String> {
            filters.iter().map(|filters| Suite::new(&tests, filters, &folder)).collect()
        };
        let (quick, slow) = (suites(model.quick)?, suites(model.slow)?);
        let run = Run { model: model.name, quick, slow, faults: &faults, yosys: &yosys, folder: &folder };
        let survivors = run.survivors(n_threads)?;
        let source = fs::read_to_string(model_folder.join("source.v")).unwrap_or_default();
        text += &report(model.name, &faults, &survivors, &source);
    }
    print!("{text}");
    let path = folder.join(RESULT);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The share of detected faults, and a line for each survivor.
fn report(model: &str, faults: &[&str], survivors: &[Survivor], source: &str) -> String {
    let n_equivalent = survivors.iter().filter(|survivor| survivor.is_equivalent).count();
    let n_detected = faults.len() - survivors.len();
    let share = 100.0 * n_detected as f64 / (faults.len() - n_equivalent).max(1) as f64;
    let mut text = format!(
        "{model}: {n_detected} of {} detected, {n_equivalent} shown to be equivalent, {share:.1} % of the others detected\n",
        faults.len()
    );
    for Survivor { number, is_equivalent } in survivors {
        let note = if *is_equivalent { "equivalent: " } else { "" };
        let _ = writeln!(text, "- {model} {note}{}", description(*number, faults[number - 1], source));
    }
    text
}

/// A fault that no test detects.
struct Survivor {
    /// From 1.
    number: usize,
    is_equivalent: bool,
}

/// Everything that trying a fault needs.
struct Run<'a> {
    model: &'static str,
    quick: Vec<Suite>,
    slow: Vec<Suite>,
    faults: &'a [&'a str],
    yosys: &'a Yosys,
    folder: &'a Path,
}

impl Run<'_> {
    /// The faults that no test detects.
    fn survivors(&self, n_threads: usize) -> Result<Vec<Survivor>, String> {
        let (next, survivors) = (AtomicUsize::new(1), Mutex::new(Vec::new()));
        let work = || -> Result<(), String> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number > self.faults.len() {
                    return Ok(());
                }
                let start = Instant::now();
                let (survivor, outcome) = self.try_fault(number)?;
                let seconds = start.elapsed().as_secs_f64();
                eprintln!("{}: fault {number} of {}: {outcome}, {seconds:.1} s", self.model, self.faults.len());
                if let Ok(mut survivors) = survivors.lock() {
                    survivors.extend(survivor);
                }
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
            let results =
                threads.into_iter().map(|thread| thread.join().unwrap_or(Err("a thread panicked".to_owned())));
            results.collect::<Result<(), String>>()
        })?;
        let mut survivors = survivors.into_inner().map_err(|error| error.to_string())?;
        survivors.sort_unstable_by_key(|survivor| survivor.number);
        self.check_comparison(&survivors)?;
        Ok(survivors)
    }

    /// Guards against a comparison that calls everything equivalent: a fault that tests detect must not be.
    fn check_comparison(&self, survivors: &[Survivor]) -> Result<(), String> {
        let is_detected = |number: &usize| !survivors.iter().any(|survivor| survivor.number == *number);
        let Some(number) = (1..=self.faults.len()).find(is_detected) else { return Ok(()) };
        if self.is_equivalent(number)? {
            return Err(format!("{}: tests detect fault {number}, but the comparison finds no difference", self.model));
        }
        Ok(())
    }

    fn is_equivalent(&self, number: usize) -> Result<bool, String> {
        let (netlist, work) = (self.folder.join(self.model), self.folder.join(format!("fault-{number}")));
        equivalence::is_equivalent(self.yosys, self.model, self.faults[number - 1], &netlist, &work)
    }

    /// Whether a fault survives, and the outcome for the terminal.
    fn try_fault(&self, number: usize) -> Result<(Option<Survivor>, String), String> {
        let detected = |suites: &[Suite]| -> Result<Option<String>, String> {
            for suite in suites {
                if let Some(how) = suite.detects(number)? {
                    return Ok(Some(format!("{} {how}", suite.name())));
                }
            }
            Ok(None)
        };
        if let Some(outcome) = detected(&self.quick)? {
            return Ok((None, outcome));
        }
        let survivor = |is_equivalent| Some(Survivor { number, is_equivalent });
        match self.is_equivalent(number) {
            Ok(true) => return Ok((survivor(true), "equivalent".to_owned())),
            Ok(false) => {}
            Err(error) => eprintln!("fault {number} cannot be compared: {error}"),
        }
        Ok(match detected(&self.slow)? {
            Some(outcome) => (None, outcome),
            None => (survivor(false), "SURVIVES".to_owned()),
        })
    }
}

/// Mode, module, cell, port and source line of `mutate -mode M … -cell \C -port \P -portbit 0 … -src source.v:L…`.
fn description(number: usize, fault: &str, source: &str) -> String {
    let words: Vec<&str> = fault.split_whitespace().collect();
    let option = |name: &str| {
        let position = words.iter().position(|word| *word == name)?;
        words.get(position + 1).map(|word| word.trim_start_matches('\\'))
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
    fn a_fault_is_described_with_its_source_line() {
        let fault = r"mutate -mode inv -module \core -cell $add$1 -port \A -portbit 3 -wire \a -wirebit 3 -src source.v:2.5-2.9";
        assert_eq!(
            description(7, fault, "module core(a);\n  assign a = b + c;\n"),
            "7: inv in `core`, cell `$add$1`, port `A[3]`, wire `a[3]`: `assign a = b + c;`"
        );
    }

    #[test]
    fn equivalent_faults_do_not_count_against_the_tests() {
        let survivors = [Survivor { number: 2, is_equivalent: true }, Survivor { number: 3, is_equivalent: false }];
        let text = report("core", &["mutate -mode inv"; 4], &survivors, "");
        assert!(text.starts_with("core: 2 of 4 detected, 1 shown to be equivalent, 66.7 % of the others detected\n"));
        assert!(text.contains("- core equivalent: 2: inv") && text.contains("- core 3: inv"), "{text}");
    }
}
