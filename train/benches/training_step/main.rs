//! Speed of training: one step of the optimizer on a batch and the standard training of a recording, each against its bound,
//! and epochs of every kind of network.

mod epoch;
mod standard;
mod step;

use std::error::Error;

use epoch::epochs;
use step::{StepTime, training_step};

/// CPU seconds a batch on one thread: what a plain surrogate backpropagation without the integer forward pass needs.
const BOUND_SECONDS: f64 = 0.045;
const N_RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    println!("training step, 96 -> 300 recurrent -> 4, 50 ticks, batch of 64");
    let mut runs: Vec<StepTime> = (0..N_RUNS).map(|_| training_step(1)).collect::<Result<_, _>>()?;
    runs.sort_by(|one, other| seconds(one).total_cmp(&seconds(other)));
    let median = &runs[N_RUNS / 2];
    println!(
        "  one thread, median of {N_RUNS}: {:.4} s of CPU, {:.2} of the bound of {BOUND_SECONDS} s ({:.1} % of neurons fire)",
        seconds(median),
        seconds(median) / BOUND_SECONDS,
        100.0 * median.firing_rate
    );
    let two = training_step(2)?;
    println!("  two threads: {:.4} s of wall time", two.wall_seconds);
    println!("{}", epoch::HEADING);
    for epoch in epochs()? {
        println!(
            "  {:<28} {:>7} parameters: {:.4} s of CPU an epoch",
            epoch.network, epoch.n_parameters, epoch.cpu_seconds
        );
    }
    println!("standard training of seven targets of premotor cortex, windows of 50 ms, five folds");
    match standard::train_recording()? {
        Some(standard::Standard { cpu_seconds, accuracy, lda }) => println!(
            "  {cpu_seconds:.1} s of CPU, {:.2} of the bound of {} s; accuracy {:.1} %, LDA {:.1} %",
            cpu_seconds / standard::BOUND_SECONDS,
            standard::BOUND_SECONDS,
            100.0 * accuracy,
            100.0 * lda
        ),
        None => println!("SKIPPED: pmd_delay_7targets.nwb is not at hand"),
    }
    Ok(())
}

/// CPU time if the system reports it, else wall time.
fn seconds(step: &StepTime) -> f64 {
    step.cpu_seconds.unwrap_or(step.wall_seconds)
}
