//! Speed of the reference model: synaptic events a second on one core, and how far ahead of real time it runs.

mod workload;

use std::time::Duration;

use workload::{BenchError, WORKLOADS};

const TICK: Duration = Duration::from_millis(1);
const N_TICKS: usize = 20_000;
const N_RUNS: usize = 5;

fn main() -> Result<(), BenchError> {
    println!("reference model, one thread, ticks of {TICK:?}, fastest of {N_RUNS} runs");
    for workload in WORKLOADS {
        let measured = workload.measure(N_TICKS, N_RUNS)?;
        println!(
            "  {:<22} {:>7} synapses, {:>4.1} % active: {:>6.1} M synaptic events/s, {:>7.0} ticks/s, {:>6.1} x real time",
            workload.name,
            measured.n_synapses,
            100.0 * measured.activity,
            measured.synaptic_events_per_second() / 1e6,
            measured.ticks_per_second(),
            measured.real_time_factor(TICK)
        );
    }
    Ok(())
}
