//! How long an epoch takes: the spiking network, and GRU and LSTM with as many units or as many parameters.

use std::ops::ControlFlow;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use train::TrainError;
use train::baseline::recurrent::{self, Cell, RecurrentNetwork, RecurrentSizes};
use train::data::TrainingSample;
use train::fit::{FitOptions, fit};
use train::network::{Network, Topology};

use crate::step::thread_cpu_seconds;

/// Sizes and spikes of four fifths of a session of 210 trials of premotor cortex.
pub const HEADING: &str =
    "epoch of the standard training, 61 channels, 7 classes, 168 windows of 50 ticks, 41 spikes each";
const N_CHANNELS: usize = 61;
const N_CLASSES: usize = 7;
const N_WINDOWS: usize = 168;
const N_TICKS: usize = 50;
const N_SPIKES: f64 = 41.0;
/// The first one warms up.
const N_EPOCHS: usize = 13;
const SEED: u64 = 7;

/// An epoch of one network.
pub struct Epoch {
    /// Which network.
    pub network: String,
    /// Numbers that are trained.
    pub n_parameters: usize,
    /// CPU seconds of an epoch on one thread: mean; wall time if the system does not report it.
    pub cpu_seconds: f64,
}

/// Times every network.
pub fn epochs() -> Result<Vec<Epoch>, TrainError> {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let rate = N_SPIKES / (N_CHANNELS * N_TICKS) as f64;
    let mut tick = || (0..N_CHANNELS as u16).filter(|_| rng.random_bool(rate)).collect();
    let windows: Vec<Vec<Vec<u16>>> = (0..N_WINDOWS).map(|_| (0..N_TICKS).map(|_| tick()).collect()).collect();
    let samples: Vec<_> =
        windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % N_CLASSES }).collect();
    let options = FitOptions { epochs: N_EPOCHS, ..FitOptions::for_windows(N_WINDOWS, 1) };

    let spiking = Network::new(&Topology::load("T1")?, N_CHANNELS, N_CLASSES, 1.0, 8, SEED)?;
    let (n_parameters, n_neurons) = (spiking.n_parameters(), spiking.layout.n_neurons);
    let mut clock = Clock::default();
    fit(spiking, &samples, &options, SEED, &mut |_| clock.tick())?;
    let mut epochs = vec![Epoch { network: "T1".to_owned(), n_parameters, cpu_seconds: clock.mean_seconds() }];
    for cell in [Cell::Gru, Cell::Lstm] {
        let matched = cell.hidden_size_for_parameters(n_parameters, N_CHANNELS, N_CLASSES);
        for n_hidden in [n_neurons, matched] {
            let sizes = RecurrentSizes { n_channels: N_CHANNELS, n_hidden, n_classes: N_CLASSES };
            let mut clock = Clock::default();
            let network = RecurrentNetwork::new(cell, sizes, SEED)?;
            recurrent::fit(network, &samples, &options, SEED, &mut |_| clock.tick())?;
            epochs.push(Epoch {
                network: format!("{cell:?}, {n_hidden} units"),
                n_parameters: cell.n_parameters(sizes),
                cpu_seconds: clock.mean_seconds(),
            });
        }
    }
    Ok(epochs)
}

/// Ends of epochs, in CPU time and in wall time.
#[derive(Default)]
struct Clock(Vec<(Instant, Option<f64>)>);

impl Clock {
    fn tick(&mut self) -> ControlFlow<()> {
        self.0.push((Instant::now(), thread_cpu_seconds()));
        ControlFlow::Continue(())
    }

    fn mean_seconds(&self) -> f64 {
        let (first, last) = (&self.0[0], &self.0[self.0.len() - 1]);
        let cpu = last.1.zip(first.1).map(|(last, first)| last - first);
        cpu.unwrap_or((last.0 - first.0).as_secs_f64()) / (self.0.len() - 1) as f64
    }
}
