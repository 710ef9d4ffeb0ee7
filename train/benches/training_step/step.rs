//! How long a training step takes, on a network and input of fixed size.

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use train::TrainError;
use train::data::TrainingSample;
use train::fit::{FitOptions, Schedule, fit};
use train::network::{Network, Topology};

const N_CHANNELS: usize = 96;
const N_CLASSES: usize = 4;
const N_TICKS: usize = 50;
const BATCH_SIZE: usize = 64;
/// Probability of a spike of a channel in a tick.
const INPUT_RATE: f64 = 0.05;
const N_BATCHES_PER_EPOCH: usize = 4;
const N_EPOCHS: usize = 10;
const SEED: u64 = 7;

const TOPOLOGY: &str = r#"
name = "bench"
[[area]]
name = "recurrent"
neurons = 300
membrane_tau_ms = 20
synaptic_tau_ms = 5
adaptive_share = 0.5
adaptation_increment = 0.1
[[projection]]
from = "input"
to = "recurrent"
kind = "forward"
density = 1.0
[[projection]]
from = "recurrent"
to = "recurrent"
kind = "recurrent"
density = 1.0
[[projection]]
from = "recurrent"
to = "readout"
kind = "forward"
density = 1.0
"#;

/// What [`training_step`] measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepTime {
    /// Wall-clock seconds of a batch (forward, backward, update, quantization): mean over the batches of all epochs but
    /// the first, which warms up.
    pub wall_seconds: f64,
    /// The same in seconds of CPU time, on one thread and where the operating system tells.
    pub cpu_seconds: Option<f64>,
    /// Spikes of a recurrent neuron in a tick, mean over the last epoch.
    pub firing_rate: f64,
}

/// Times training steps of 96 channels, 300 fully recurrent neurons and 4 classes, 50 ticks, 64 samples a batch, on
/// `n_threads` threads.
///
/// # Errors
/// `n_threads` is 0.
pub fn training_step(n_threads: usize) -> Result<StepTime, TrainError> {
    let topology = Topology::parse(TOPOLOGY, "bench")?;
    let network = Network::new(&topology, N_CHANNELS, N_CLASSES, 1.0, 8, SEED)?;
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut window = || -> Vec<Vec<u16>> {
        (0..N_TICKS).map(|_| (0..N_CHANNELS as u16).filter(|_| rng.random_bool(INPUT_RATE)).collect()).collect()
    };
    let windows: Vec<_> = (0..N_BATCHES_PER_EPOCH * BATCH_SIZE).map(|_| window()).collect();
    let samples: Vec<_> =
        windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % N_CLASSES }).collect();
    let options = FitOptions {
        epochs: N_EPOCHS,
        batch_size: BATCH_SIZE,
        learning_rate: 1e-5,
        schedule: Schedule::Cosine { end: 1.0 },
        calibrated_rate: Some(0.035),
        n_threads,
        ..FitOptions::default()
    };
    let mut ends = Vec::new();
    let trained = fit(network, &samples, &options, SEED, &mut |_| {
        ends.push((Instant::now(), thread_cpu_seconds()));
        std::ops::ControlFlow::Continue(())
    })?;
    let (first, last) = (ends[0], ends[ends.len() - 1]);
    let n_batches = (N_BATCHES_PER_EPOCH * (N_EPOCHS - 1)) as f64;
    let wall_seconds = (last.0 - first.0).as_secs_f64() / n_batches;
    let cpu_seconds = last.1.zip(first.1).filter(|_| n_threads == 1).map(|(last, first)| (last - first) / n_batches);
    let firing_rate = trained.history[N_EPOCHS - 1].area_rates[0];
    Ok(StepTime { wall_seconds, cpu_seconds, firing_rate })
}

/// CPU time of this thread so far, as Linux counts it.
pub fn thread_cpu_seconds() -> Option<f64> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = statistics.split_ascii_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}
