//! How fast the reference core runs: workloads made from a seed, and their measurement.

use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use spec::fixed::{DECAY_ONE_RAW, decay_from_real};
use spec::image::{ImageError, NetworkImage, Neuron};
use spec::lif::{NeuronParameters, ResetMode};

use model::network::{Network, NetworkSynapse};
use model::{Core, TickError};

/// A recurrent network of adaptive neurons with one integrating readout a class, and Poisson events on its channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Workload {
    /// Name in a report.
    pub name: &'static str,
    /// Input channels.
    pub n_channels: u16,
    /// Recurrent neurons.
    pub n_recurrent: u16,
    /// Readout neurons.
    pub n_classes: u8,
    /// Synapses there are of those that could be, for each of input, recurrent and readout projection, 0 to 1.
    pub density: f64,
    /// Threshold of the recurrent neurons, in weight steps; sets their activity.
    pub threshold: i16,
    /// Lanes that the image is laid out for; no matter to the result.
    pub lanes: u8,
}

/// The network of the training benchmark.
pub const SMALL: Workload = Workload {
    name: "96 -> 300 -> 4 at 30 %",
    n_channels: 96,
    n_recurrent: 300,
    n_classes: 4,
    density: 0.3,
    threshold: 1600,
    lanes: 2,
};

/// About as many synapses as the block RAM of an ECP5-85F holds.
pub const LARGE: Workload = Workload {
    name: "1,024 -> 2,040 -> 8, 120,000 synapses",
    n_channels: 1024,
    n_recurrent: 2040,
    n_classes: 8,
    density: 0.019,
    threshold: 950,
    lanes: 8,
};

/// Every workload, smallest first.
pub const WORKLOADS: [Workload; 2] = [SMALL, LARGE];

/// Ticks after which the benchmark restarts its network, as a decoder does.
pub const WINDOW_TICKS: usize = 50;

/// Windows of events that are made, and played over and over.
const N_WINDOWS: usize = 20;
/// Probability of an event on a channel in a tick, near that of a unit in motor cortex at 1-ms ticks.
const EVENT_PROBABILITY: f64 = 0.03;
/// Weights are uniform from the negative of this up to its double, less one: excitation leads, adaptation holds it.
const WEIGHT_BOUND: u32 = 24;
const SEED: u64 = 230_307_830;

/// What a run took, and what was done in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// Synapses of the network.
    pub n_synapses: usize,
    /// Ticks run.
    pub n_ticks: u64,
    /// Synapses that carried an event or a spike.
    pub synaptic_events: u64,
    /// Neurons that fired, over all ticks.
    pub spikes: u64,
    /// Part of the recurrent neurons that fires in a tick, 0 to 1.
    pub activity: f64,
    /// Time that it took, on one thread.
    pub elapsed: Duration,
}

/// A workload that does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BenchError {
    /// Its network is not valid.
    #[error("benchmark network: {0}; change the workload's sizes, density or lanes")]
    Image(#[from] ImageError),
    /// Its events are not valid.
    #[error("benchmark events: {0}")]
    Tick(#[from] TickError),
}

impl Measurement {
    /// Synaptic events a second.
    #[must_use]
    pub fn synaptic_events_per_second(&self) -> f64 {
        self.synaptic_events as f64 / self.elapsed.as_secs_f64()
    }

    /// Ticks a second.
    #[must_use]
    pub fn ticks_per_second(&self) -> f64 {
        self.n_ticks as f64 / self.elapsed.as_secs_f64()
    }

    /// How many times faster than real time it ran, at ticks of this length.
    #[must_use]
    pub fn real_time_factor(&self, tick: Duration) -> f64 {
        self.ticks_per_second() * tick.as_secs_f64()
    }
}

impl Workload {
    /// The network; the same at every call.
    #[must_use]
    pub fn image(&self) -> NetworkImage {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let n_classes = u16::from(self.n_classes);
        let recurrent = Neuron { parameters: recurrent_parameters(self.threshold), readout: None };
        let readouts =
            (0..self.n_classes).map(|class| Neuron { parameters: readout_parameters(), readout: Some(class) });
        let neurons = vec![recurrent; usize::from(self.n_recurrent)].into_iter().chain(readouts).collect();

        let recurrent_rows = self.n_channels..self.n_channels + self.n_recurrent;
        let projections = [
            (0..self.n_channels, 0..self.n_recurrent),
            (recurrent_rows.clone(), 0..self.n_recurrent),
            (recurrent_rows, self.n_recurrent..self.n_recurrent + n_classes),
        ];
        let mut synapses = Vec::new();
        for (rows, post_neurons) in projections {
            for row in rows {
                for post_neuron in post_neurons.clone() {
                    if !is_drawn(&mut random, self.density) {
                        continue;
                    }
                    let weight = random.next_u32() % (3 * WEIGHT_BOUND);
                    let weight = (weight as i32 - WEIGHT_BOUND as i32) as i8;
                    synapses.push(NetworkSynapse { row, post_neuron, weight });
                }
            }
        }
        Network { n_channels: self.n_channels, neurons, synapses }.lay_out(self.lanes)
    }

    /// Channels of the events of every tick, windows one after the other; the same at every call.
    #[must_use]
    pub fn events(&self) -> Vec<Vec<u16>> {
        let mut random = ChaCha8Rng::seed_from_u64(SEED + 1);
        let mut tick = || (0..self.n_channels).filter(|_| is_drawn(&mut random, EVENT_PROBABILITY)).collect();
        (0..N_WINDOWS * WINDOW_TICKS).map(|_| tick()).collect()
    }

    /// Runs at least `n_ticks` ticks, `n_runs` times, and gives the fastest run.
    ///
    /// # Errors
    /// A workload whose network or events are not valid.
    pub fn measure(&self, n_ticks: usize, n_runs: usize) -> Result<Measurement, BenchError> {
        let mut core = Core::from_image(&self.image().encode()?)?;
        let events = self.events();
        let mut fastest = self.run(&mut core, &events, n_ticks)?;
        for _ in 1..n_runs {
            let run = self.run(&mut core, &events, n_ticks)?;
            if run.elapsed < fastest.elapsed {
                fastest = run;
            }
        }
        Ok(fastest)
    }

    fn run(&self, core: &mut Core, events: &[Vec<u16>], n_ticks: usize) -> Result<Measurement, TickError> {
        let (mut synaptic_events, mut spikes) = (0, 0);
        let n_windows = n_ticks.div_ceil(WINDOW_TICKS);
        let start = Instant::now();
        for window in events.chunks(WINDOW_TICKS).cycle().take(n_windows) {
            core.restart();
            for channels in window {
                let outcome = core.tick(channels)?;
                synaptic_events += u64::from(outcome.synaptic_events);
                spikes += outcome.spikes.len() as u64;
            }
        }
        let elapsed = start.elapsed();
        let n_ticks = (n_windows * WINDOW_TICKS) as u64;
        let activity = spikes as f64 / (n_ticks as f64 * f64::from(self.n_recurrent));
        Ok(Measurement { n_synapses: core.n_synapses(), n_ticks, synaptic_events, spikes, activity, elapsed })
    }
}

/// Time constants usual for adaptive networks at 1-ms ticks: 5 ticks of current, 20 of membrane, 150 of adaptation.
fn recurrent_parameters(threshold: i16) -> NeuronParameters {
    NeuronParameters {
        synaptic_decay: decay_from_real((-1.0_f64 / 5.0).exp()),
        membrane_decay: decay_from_real((-1.0_f64 / 20.0).exp()),
        adaptation_decay: decay_from_real((-1.0_f64 / 150.0).exp()),
        threshold,
        adaptation_increment: threshold,
        bias: 0,
        refractory_ticks: 1,
        reset_mode: ResetMode::Subtract,
        never_fires: false,
    }
}

fn readout_parameters() -> NeuronParameters {
    NeuronParameters { membrane_decay: DECAY_ONE_RAW, synaptic_decay: 0, never_fires: true, ..recurrent_parameters(1) }
}

fn is_drawn(random: &mut ChaCha8Rng, probability: f64) -> bool {
    f64::from(random.next_u32()) < probability * (f64::from(u32::MAX) + 1.0)
}
