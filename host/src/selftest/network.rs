//! Random networks with extreme parameters, the same for the same seed and core, and counts of what they exercise.

use model::TickError;
use model::network::{Network, NetworkSynapse};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use spec::core::CoreConfiguration;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{ImageError, NetworkImage, Neuron};
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, ResetMode};

/// Number of networks.
pub(super) const N_NETWORKS: usize = 8;
/// Windows per network, each after a restart.
const N_WINDOWS: usize = 2;
/// Ticks per window.
const N_TICKS: usize = 50;
/// Mean fan-in of a neuron: too small to overflow a current, and enough that most rows have synapses.
const FAN_IN: usize = 20;
/// Most channels of a network, except for the last, whose ticks take several frames.
const MAX_CHANNELS: u16 = 48;

/// A network and its input.
pub(super) struct Trial {
    pub(super) image: NetworkImage,
    /// By window and tick: channels, ascending.
    pub(super) windows: Vec<Vec<Vec<u16>>>,
}

impl Trial {
    /// The network with this number: odd ones use every neuron of the core, the last also every channel.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a core has fewer than 65,536 neurons, and fewer than 256 readouts"
    )]
    pub(super) fn new(core: &CoreConfiguration, seed: u64, index: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(1 + index as u64);
        let is_crowded = index == N_NETWORKS - 1;
        let all_neurons = core.neurons() as u16;
        let n_neurons =
            if index % 2 == 1 { all_neurons } else { random.random_range(u16::from(core.lanes)..=all_neurons) };
        let n_channels =
            if is_crowded { core.channels } else { random.random_range(1..=core.channels.min(MAX_CHANNELS)) };
        let n_readouts = random.random_range(1..=u16::from(core.readouts).min(n_neurons));
        let first = random.random_range(0..n_neurons);
        let neurons = (0..n_neurons).map(|id| {
            let class = (id + n_neurons - first) % n_neurons;
            let readout = (class < n_readouts).then_some(class as u8);
            Neuron { parameters: parameters(&mut random), readout }
        });
        let neurons: Vec<Neuron> = neurons.collect();
        let synapses = synapses(&mut random, core, n_channels, n_neurons);
        let share = if is_crowded { 0.5 } else { 0.3 };
        let windows = (0..N_WINDOWS).map(|_| (0..N_TICKS).map(|_| events(&mut random, n_channels, share)).collect());
        let windows = windows.collect();
        Self { image: Network { n_channels, neurons, synapses }.lay_out(core.lanes), windows }
    }
}

impl Trial {
    /// A network that is given, with sparse and with dense random input.
    pub(super) fn of(image: &NetworkImage, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let windows =
            [0.05, 0.3].map(|share| (0..N_TICKS).map(|_| events(&mut random, image.n_channels, share)).collect());
        Self { image: image.clone(), windows: windows.to_vec() }
    }
}

/// Random synapses, within the capacity of each lane.
fn synapses(random: &mut impl Rng, core: &CoreConfiguration, n_channels: u16, n_neurons: u16) -> Vec<NetworkSynapse> {
    let n_rows = n_channels + n_neurons;
    let mut room = vec![core.synapse_words_per_lane; core.lanes.into()];
    let mut synapses = Vec::new();
    for _ in 0..usize::from(n_neurons) * FAN_IN {
        let post_neuron = random.random_range(0..n_neurons);
        let weight =
            if random.random_ratio(1, 8) { edge(random, i8::MIN, i8::MAX) } else { random.random_range(-40..=60) };
        // Half of them from channels, however few channels there are.
        let row = if random.random() { random.random_range(0..n_channels) } else { random.random_range(0..n_rows) };
        let left = &mut room[usize::from(post_neuron % u16::from(core.lanes))];
        if *left > 0 {
            *left -= 1;
            synapses.push(NetworkSynapse { row, post_neuron, weight });
        }
    }
    synapses
}

fn events(random: &mut impl Rng, n_channels: u16, share: f64) -> Vec<u16> {
    (0..n_channels).filter(|_| random.random_bool(share)).collect()
}

fn edge<T>(random: &mut impl Rng, low: T, high: T) -> T {
    if random.random() { low } else { high }
}

fn decay(random: &mut impl Rng) -> u16 {
    match random.random_range(0..4) {
        0 => edge(random, 0, DECAY_ONE_RAW),
        1 => random.random_range(0..=DECAY_ONE_RAW),
        _ => random.random_range(DECAY_ONE_RAW / 2..=DECAY_ONE_RAW),
    }
}

/// Parameters that mostly let a neuron fire now and then, including both ends of every range.
fn parameters(random: &mut impl Rng) -> NeuronParameters {
    NeuronParameters {
        synaptic_decay: decay(random),
        membrane_decay: decay(random),
        adaptation_decay: decay(random),
        threshold: match random.random_range(0..8) {
            0 => edge(random, 1, i16::MAX),
            1 => random.random_range(1..=i16::MAX),
            _ => random.random_range(1..400),
        },
        adaptation_increment: match random.random_range(0..8) {
            0 => edge(random, 0, i16::MAX),
            1 => random.random_range(0..=i16::MAX),
            2..5 => random.random_range(0..300),
            _ => 0,
        },
        bias: match random.random_range(0..16) {
            0 => edge(random, i16::MIN, i16::MAX),
            1 => random.random(),
            _ => random.random_range(-20..50),
        },
        refractory_ticks: if random.random() { 0 } else { random.random_range(0..=MAX_REFRACTORY_TICKS) },
        reset_mode: if random.random() { ResetMode::Subtract } else { ResetMode::ToZero },
        never_fires: random.random_ratio(1, 5),
    }
}

/// How often each behaviour of a neuron occurred, over all networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Coverage {
    #[serde(skip)]
    pub(super) ticks: usize,
    /// Spikes that set the potential to zero.
    resets_to_zero: u64,
    /// Spikes that subtracted the threshold.
    resets_by_subtraction: u64,
    /// Updates with an adapted threshold.
    adapted: u64,
    /// Updates with a current that was filtered.
    filtered: u64,
    /// Updates of a refractory neuron.
    refractory: u64,
    /// Updates that left the potential at an end of its range.
    saturated: u64,
    /// Spikes of the lane with the fewest.
    spikes_of_quietest_lane: u64,
    #[serde(skip)]
    spikes_of_lane: Vec<u64>,
}

impl Coverage {
    /// Runs a network on the model, and counts.
    pub(super) fn add(&mut self, trial: &Trial) -> Result<(), CoverageError> {
        let image = &trial.image;
        let mut core = model::Core::from_image(&image.encode()?)?;
        self.spikes_of_lane.resize(image.lanes.len(), 0);
        for window in &trial.windows {
            core.restart();
            for channels in window {
                let spikes = core.tick(channels)?.spikes.to_vec();
                self.ticks += 1;
                for spike in spikes {
                    let neuron = &image.neurons[usize::from(spike)];
                    match neuron.parameters.reset_mode {
                        ResetMode::ToZero => self.resets_to_zero += 1,
                        ResetMode::Subtract => self.resets_by_subtraction += 1,
                    }
                    self.spikes_of_lane[usize::from(spike) % image.lanes.len()] += 1;
                }
                for (parameters, state) in core.parameters().iter().zip(core.states()) {
                    self.adapted += u64::from(state.adaptation > 0);
                    self.filtered += u64::from(parameters.synaptic_decay > 0 && state.current != 0);
                    self.refractory += u64::from(state.refractory_left > 0);
                    self.saturated += u64::from([i16::MIN, i16::MAX].contains(&state.potential));
                }
            }
        }
        self.spikes_of_quietest_lane = self.spikes_of_lane.iter().copied().min().unwrap_or(0);
        Ok(())
    }
}

/// An invalid trial, which [`Trial::new`] never makes.
#[derive(Debug, thiserror::Error)]
pub(super) enum CoverageError {
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Tick(#[from] TickError),
}

#[cfg(test)]
mod tests {
    use spec::core::CORES;

    use super::*;

    #[test]
    fn networks_for_every_core_exercise_everything_that_a_neuron_does() {
        for core in CORES {
            for seed in [0, 1, 77] {
                let mut coverage = Coverage::default();
                for index in 0..N_NETWORKS {
                    let trial = Trial::new(&core.configuration, seed, index);
                    trial.image.encode().unwrap_or_else(|error| panic!("{}, network {index}: {error}", core.name));
                    core.configuration.accommodates(&trial.image.requirement()).unwrap();
                    coverage.add(&trial).unwrap();
                }
                let Coverage { resets_to_zero, resets_by_subtraction, adapted, filtered, .. } = coverage;
                let Coverage { refractory, saturated, spikes_of_quietest_lane, .. } = coverage;
                let counts = [resets_to_zero, resets_by_subtraction, adapted, filtered, refractory, saturated];
                assert!(counts.iter().all(|count| *count > 1000), "{}, seed {seed}: {coverage:?}", core.name);
                assert!(spikes_of_quietest_lane > 1000, "{}, seed {seed}: {coverage:?}", core.name);
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_networks_and_another_seed_others() {
        let of = |seed| Trial::new(&CORES[0].configuration, seed, 3).image;
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn ticks_of_the_last_network_take_several_frames() {
        for core in CORES {
            let trial = Trial::new(&core.configuration, 1, N_NETWORKS - 1);
            let most = trial.windows.iter().flatten().map(Vec::len).max().unwrap();
            assert!(most > spec::wire::EVENTS_MAX, "{}: {most}", core.name);
        }
    }
}
