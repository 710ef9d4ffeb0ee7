//! Speed of the Rust API compared with a hand-written C++ loop over the same model, on a small block, where calls cost most.

use std::hint::black_box;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cosim::{SimulatedBoard, Simulator, hand_written_loop, model};

/// The lowest speed of the Rust API relative to C++.
const MIN_RATIO: f64 = 0.9;

/// The lowest speed of a board with a busy serial line relative to its model alone.
const MIN_BOARD_RATIO: f64 = 0.8;

/// A fast line, at which pins change often: 1 MBd at 12 MHz.
const CYCLES_PER_BIT: f64 = 12.0;

const N_CYCLES: u64 = 1_000_000;
const N_ROUNDS: usize = 15;

fn main() -> ExitCode {
    assert_eq!(rust_loop(N_CYCLES), hand_written_loop(N_CYCLES), "the loops differ");
    let mut best = [Duration::MAX; 5];
    // In turns, so that other load affects all of them.
    let runs = [hand_written_loop, rust_loop, rust_step, delay_line, board];
    for _ in 0..N_ROUNDS {
        for (best, run) in best.iter_mut().zip(runs) {
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
    let board_ratio = speed[4] / speed[3];
    println!("a delay line, step               {:6.2} million cycles/s", speed[3]);
    println!(
        "the same behind a serial line    {:6.2} million cycles/s, {board_ratio:.2} of step (bound {MIN_BOARD_RATIO})",
        speed[4]
    );
    if ratio < MIN_RATIO || board_ratio < MIN_BOARD_RATIO {
        eprintln!("too slow");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The loop of `cpp/bench_fifo.h` in Rust.
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

fn delay_line(n_cycles: u64) -> u64 {
    let mut pins = Simulator::<model::DelayLine>::new();
    pins.step(n_cycles);
    u64::from(pins.tx())
}

/// Bytes back to back in both directions, as many as the line carries in that time.
fn board(n_cycles: u64) -> u64 {
    let mut board = SimulatedBoard::new(Simulator::<model::DelayLine>::new(), CYCLES_PER_BIT, 2_000);
    let bytes: Vec<u8> = (0..n_cycles / (10 * CYCLES_PER_BIT as u64)).map(|number| number as u8).collect();
    let (mut received, mut buffer) = (0, [0; 64]);
    board.write_all(&bytes).expect("writing only queues");
    while received < bytes.len() {
        received += board.read(&mut buffer).expect("every byte comes back");
    }
    board.n_cycles()
}
