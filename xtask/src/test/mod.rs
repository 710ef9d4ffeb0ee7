//! `cargo xtask test` and `cargo xtask verify`.
//!
//! A test belongs to `verify` if it is in a module of that name; so do the proofs. All other tests belong to `test`.

mod binaries;
mod test_run;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use tools::workspace::{cargo, run};

use binaries::{Binary, linted};
use test_run::{TestRun, summary};

use crate::{setup, tidy};

/// Part of the names of the tests that only `verify` runs.
const VERIFY: &str = "verify::";

/// Test binaries that run at a time: one starts its tests while the last ones of the other leave a core idle.
const AT_A_TIME: usize = 2;

/// Everything that takes minutes.
pub fn test() -> crate::Outcome {
    tidy::check()?;
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    let binaries = binaries::build()?.into_iter().filter(Binary::has_harness).collect();
    let outcomes = run_all(binaries, &["--skip", VERIFY]);
    let documented = run(&mut linted(["test", "--workspace", "--doc"])).map_err(|error| error.to_string());
    Ok(summary(&outcomes, documented.err())?)
}

/// Everything that takes longer.
pub fn verify() -> crate::Outcome {
    setup::install(true)?;
    setup::install_slurm();
    let outcomes = run_all(binaries::build()?, &[VERIFY]);
    // As it is installed, without what tests turn on; with everything; then without the simulator.
    let others = run(&mut cargo(["check", "--package", "motorsrnn"]))
        .and_then(|()| run(&mut cargo(["check", "--package", "motorsrnn", "--all-features"])))
        .and_then(|()| run(&mut cargo(["test", "--package", "motorsrnn", "--no-default-features", "--lib"])));
    Ok(summary(&outcomes, others.map_err(|error| error.to_string()).err())?)
}

/// Runs binaries in their order; those without the test harness get no arguments.
fn run_all(binaries: Vec<Binary>, arguments: &[&str]) -> Vec<TestRun> {
    let waiting = Mutex::new(VecDeque::from(binaries));
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    // Not in the condition, where the lock would be held until the binary ends.
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.pop_front());
                    let Some(binary) = next else { break };
                    let start = Instant::now();
                    let outcome = TestRun::of(binary, arguments);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcome.print(start.elapsed());
                        outcomes.push(outcome);
                    }
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_default()
}
