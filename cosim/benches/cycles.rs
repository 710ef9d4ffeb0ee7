//! Speed of the Rust API next to a hand-written C++ loop over the same model, on a small block, where calls weigh most.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cosim::{Simulator, hand_written_loop, model};

/// The Rust API must have this share of the speed of C++.
const MIN_RATIO: f64 = 0.9;

const N_CYCLES: u64 = 1_000_000;
const N_ROUNDS: usize = 15;

fn main() -> ExitCode {
    assert_eq!(rust_loop(N_CYCLES), hand_written_loop(N_CYCLES), "the loops do not do the same");
    let mut best = [Duration::MAX; 3];
    // In turns, so that a busy machine slows all of them.
    for _ in 0..N_ROUNDS {
        for (best, run) in best.iter_mut().zip([hand_written_loop, rust_loop, rust_step]) {
            let start = Instant::now();
            black_box(run(black_box(N_CYCLES)));
            *best = start.elapsed().min(*best);
        }
    }
    let speed = best.map(|time| N_CYCLES as f64 / time.as_secs_f64() / 1e6);
    let ratio = speed[1] / speed[0];
    println!("C++ loop, ports every cycle      {:6.2} million cycles/s", speed[0]);
    println!(
        "Rust API, ports every half cycle {:6.2} million cycles/s, {ratio:.2} of C++ (bound {MIN_RATIO})",
        speed[1]
    );
    println!("Rust API, step                   {:6.2} million cycles/s", speed[2]);
    if ratio < MIN_RATIO {
        eprintln!("the Rust API is too slow");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// What `cpp/bench_fifo.h` does.
fn rust_loop(n_cycles: u64) -> u64 {
    let mut fifo = Simulator::<model::Fifo>::new();
    let mut sum = 0;
    for cycle in 0..n_cycles {
        fifo.set_write(!fifo.full() && cycle % 3 != 0);
        fifo.set_data_in(cycle as u16);
        let read = fifo.valid() && cycle % 2 == 0;
        fifo.set_read(read);
        if read {
            sum += u64::from(fifo.data_out());
        }
        fifo.half_cycle(true);
        fifo.half_cycle(false);
    }
    sum
}

fn rust_step(n_cycles: u64) -> u64 {
    let mut fifo = Simulator::<model::Fifo>::new();
    fifo.step(n_cycles);
    u64::from(fifo.data_out())
}
