//! What runs cost: figures that no clock touches, so that every machine deals the cells of a study alike.

use std::ops::ControlFlow;
use std::time::Instant;

use train::Topology;
use train::baseline::recurrent::{Cell, RecurrentSizes};
use train::data::TrainingSample;
use train::fit::{FitOptions, fit};
use train::network::Network;

// Seconds of CPU on one core, by counting operations; those of trainings are fitted to measured runs.

/// A neuron in a tick that is trained on.
const NEURON: f64 = 1.4e-8;
/// A synapse in a tick that is trained on.
const SYNAPSE: f64 = 1.0e-10;
/// A weight in a step of the optimizer, whether or not it has a synapse.
const WEIGHT: f64 = 2.0e-9;
/// A neuron in a tick that is tested.
const TESTED: f64 = 3.0e-9;
/// A gate of a unit of a GRU or LSTM in a tick that is trained on.
const GATE: f64 = 1.75e-8;
/// One of the products of a gate in a tick that is trained on.
const PRODUCT: f64 = 1.67e-10;
/// A parameter in a step of the optimizer.
const PARAMETER: f64 = 2.0e-9;
/// The simulated core: an image of a synapse loaded, and a tick.
const LOADED: f64 = 2.0e-4;
const SIMULATED: f64 = 5.0e-3;
/// A neuron whose tuning is tested in a trial.
const TUNED: f64 = 1.0e-5;
/// A tick of a Wiener or Kalman filter, of each pair of channels.
const WIENER: f64 = 1.0e-8;
const KALMAN: f64 = 1.0e-8;

/// How much is trained.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Ticks of all windows, in all epochs.
    pub(crate) n_ticks: f64,
    /// Steps of the optimizer.
    pub(crate) n_steps: f64,
}

impl Extent {
    /// The training of a spiking network.
    pub(crate) fn spiking(self, network: &Network) -> f64 {
        let (n_pre, n_post) = (network.layout.n_pre() as f64, network.layout.n_post() as f64);
        let tick = NEURON * n_post + SYNAPSE * network.n_synapses() as f64;
        self.n_ticks * tick + self.n_steps * WEIGHT * n_pre * n_post
    }

    /// The training of a GRU or LSTM.
    pub(crate) fn recurrent(self, cell: Cell, sizes: RecurrentSizes) -> f64 {
        let n_hidden = sizes.n_hidden as f64;
        let n_parameters = cell.n_parameters(sizes) as f64;
        let n_gates = match cell {
            Cell::Gru => 3.0,
            Cell::Lstm => 4.0,
        };
        let tick = n_gates * n_hidden * (GATE + PRODUCT * n_hidden);
        self.n_ticks * tick + self.n_steps * PARAMETER * n_parameters
    }
}

/// The test of a network of so many neurons in so many ticks.
pub(crate) fn tested(n_neurons: usize, n_ticks: usize) -> f64 {
    TESTED * n_neurons as f64 * n_ticks as f64
}

/// The measurement of a network on the simulated core.
pub(crate) fn simulated(network: &Network, n_ticks: usize) -> f64 {
    LOADED * network.n_synapses() as f64 + SIMULATED * n_ticks as f64
}

/// A Wiener filter of so many channels and ticks.
pub(crate) fn wiener(n_channels: usize, n_ticks: f64) -> f64 {
    WIENER * n_ticks * (n_channels * n_channels) as f64
}

/// A Kalman filter of so many channels and ticks.
pub(crate) fn kalman(n_channels: usize, n_ticks: f64) -> f64 {
    KALMAN * n_ticks * (n_channels * n_channels) as f64
}

/// An observation of the tuning of so many units in so many trials.
pub(crate) fn tuned(n_units: usize, n_trials: usize) -> f64 {
    TUNED * n_units as f64 * n_trials as f64
}

/// Seconds that [`slowness`]'s training takes where the costs were measured.
const SMALL_TRAINING: f64 = 0.1;

/// How much slower than the processor of the costs this one is now, by a small training.
pub(crate) fn slowness() -> f64 {
    const N_CHANNELS: usize = 32;
    let spikes = |window: usize, tick: usize| {
        (0..N_CHANNELS as u16)
            .filter(|&channel| (window * 5 + tick * 7 + usize::from(channel) * 11).is_multiple_of(37))
            .collect()
    };
    let windows: Vec<Vec<Vec<u16>>> =
        (0..64).map(|window| (0..50).map(|tick| spikes(window, tick)).collect()).collect();
    let samples: Vec<TrainingSample<'_>> =
        windows.iter().enumerate().map(|(window, ticks)| TrainingSample { ticks, class: window % 4 }).collect();
    let options = FitOptions { epochs: 4, ..FitOptions::for_windows(samples.len(), 1) };
    let started = Instant::now();
    let trained = Topology::load("T1")
        .and_then(|topology| Network::new(&topology, N_CHANNELS, 4, 1.0, 8, 1))
        .and_then(|network| fit(network, &samples, &options, 1, &mut |_| ControlFlow::Continue(())));
    if trained.is_ok() { started.elapsed().as_secs_f64() / SMALL_TRAINING } else { 1.0 }
}
