//! Cycles of the core and their bound, useful operations per cycle, and the speed of simulated cores and boards.

#[path = "../tests/main/peer.rs"]
mod peer;

use std::process::ExitCode;
use std::time::Instant;

use cosim::core_pins::CoreTop;
use cosim::model::{BoardEcp525f, BoardEcp585f, BoardUp5k, CoreEcp525f, CoreEcp585f, CoreUp5k};
use cosim::{Simulator, Top};

const N_TICKS: usize = 5_000;
const N_CYCLES: u64 = 200_000;

/// Bounds for the benchmark decoder on four lanes: useful operations per cycle and lane, and cycles per tick.
const MIN_OPERATIONS: f64 = 0.6;
const MAX_PERIOD_CYCLES: f64 = 100.0;

fn main() -> ExitCode {
    println!("96 -> 64 recurrent -> 2, 47 % pruned, one event per cycle; means over {N_TICKS} ticks");
    println!("lanes  rows  synaptic events  cycles: of a tick (bound)  from the first event  operations/cycle/lane");
    let four = row::<CoreEcp525f>();
    row::<CoreUp5k>();
    row::<CoreEcp585f>();
    println!("\nsimulated cycles per second");
    speed::<CoreUp5k>();
    speed::<CoreEcp525f>();
    speed::<CoreEcp585f>();
    speed::<BoardUp5k>();
    speed::<BoardEcp525f>();
    speed::<BoardEcp585f>();
    if four.operations_per_cycle_and_lane < MIN_OPERATIONS || four.period_cycles > MAX_PERIOD_CYCLES {
        eprintln!("bounds missed: {MIN_OPERATIONS} operations per cycle and lane, {MAX_PERIOD_CYCLES} cycles");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn row<T: CoreTop>() -> peer::Means {
    let means = peer::run::<T>(N_TICKS);
    println!(
        "{:5}  {:4.1}  {:15.0}  {:17.1} ({:5.1})  {:20.1}  {:21.2}",
        T::CONFIGURATION.lanes,
        means.active_rows,
        means.synaptic_events,
        means.tick_cycles,
        means.bound_cycles,
        means.period_cycles,
        means.operations_per_cycle_and_lane
    );
    means
}

fn speed<T: Top>() {
    let mut simulator = Simulator::<T>::new();
    simulator.step(1_000);
    let start = Instant::now();
    simulator.step(N_CYCLES);
    let rate = N_CYCLES as f64 / start.elapsed().as_secs_f64();
    println!("{:14} {:6.2} million", T::MODEL.name(), rate / 1e6);
}
