//! Random networks of any size, valid by construction, and random events.

use model::network::{Network, NetworkSynapse};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::core::CoreConfiguration;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{MAX_FAN_IN_WEIGHT, NetworkImage, Neuron};
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, ResetMode};

/// A random network; its sizes are shares of what a core holds, from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct RandomNetwork {
    pub seed: u64,
    /// Neurons beyond one per lane.
    pub neurons: f64,
    /// Channels beyond one.
    pub channels: f64,
    /// Synapses.
    pub synapses: f64,
    /// Share of empty rows.
    pub empty_rows: f64,
    /// Share of parameters at an end of their range.
    pub extremes: f64,
}

impl RandomNetwork {
    /// The image of the network for a core.
    pub fn image(&self, core: &CoreConfiguration) -> NetworkImage {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let share = |share: f64, most: u32| (share * f64::from(most)) as u32;
        let lanes = u32::from(core.lanes);
        let n_neurons = (lanes + share(self.neurons, core.neurons() - lanes)) as u16;
        let n_channels = (1 + share(self.channels, u32::from(core.channels) - 1)) as u16;
        let n_readouts = random.random_range(1..=u32::from(core.readouts).min(u32::from(n_neurons))) as u16;
        let first_readout = random.random_range(0..=n_neurons - n_readouts);
        let neurons = (0..n_neurons)
            .map(|id| Neuron {
                parameters: parameters(&mut random, self.extremes),
                readout: (first_readout..first_readout + n_readouts).contains(&id).then(|| (id - first_readout) as u8),
            })
            .collect();

        let n_rows = n_channels + n_neurons;
        let rows: Vec<u16> = (0..n_rows).filter(|_| !random.random_bool(self.empty_rows)).collect();
        let mut room = vec![share(self.synapses, u32::from(core.synapse_words_per_lane)); usize::from(core.lanes)];
        let mut fan_in = vec![0; usize::from(n_neurons)];
        let mut synapses = Vec::new();
        let n_tries = 2 * room.iter().sum::<u32>();
        for _ in 0..if rows.is_empty() { 0 } else { n_tries } {
            let row = rows[random.random_range(0..rows.len())];
            let post_neuron = random.random_range(0..n_neurons);
            let weight = if random.random_bool(0.1) {
                *pick(&mut random, &[i8::MIN, -1, 0, 1, i8::MAX])
            } else {
                random.random()
            };
            let (room, fan_in) =
                (&mut room[usize::from(post_neuron % u16::from(core.lanes))], &mut fan_in[usize::from(post_neuron)]);
            if *room > 0 && *fan_in + u32::from(weight.unsigned_abs()) <= MAX_FAN_IN_WEIGHT {
                *room -= 1;
                *fan_in += u32::from(weight.unsigned_abs());
                synapses.push(NetworkSynapse { row, post_neuron, weight });
            }
        }
        Network { n_channels, neurons, synapses }.lay_out(core.lanes)
    }
}

/// Parameters over all ranges, each at an end of its range with probability `extremes`.
fn parameters(random: &mut ChaCha8Rng, extremes: f64) -> NeuronParameters {
    let extreme = |random: &mut ChaCha8Rng| random.random_bool(extremes);
    let decay = |random: &mut ChaCha8Rng| {
        if extreme(random) {
            *pick(random, &[0, 1, DECAY_ONE_RAW - 1, DECAY_ONE_RAW])
        } else {
            random.random_range(0..=DECAY_ONE_RAW)
        }
    };
    let decays = [(); 3].map(|()| decay(random));
    NeuronParameters {
        synaptic_decay: decays[0],
        membrane_decay: decays[1],
        adaptation_decay: decays[2],
        threshold: if extreme(random) { *pick(random, &[1, i16::MAX]) } else { random.random_range(1..2000) },
        adaptation_increment: if extreme(random) {
            *pick(random, &[0, 1, i16::MAX])
        } else {
            random.random_range(0..300)
        },
        bias: if extreme(random) {
            *pick(random, &[i16::MIN, -1, 0, 1, i16::MAX])
        } else {
            random.random_range(-60..120)
        },
        refractory_ticks: if extreme(random) {
            *pick(random, &[0, MAX_REFRACTORY_TICKS])
        } else {
            random.random_range(0..4)
        },
        reset_mode: if random.random() { ResetMode::ToZero } else { ResetMode::Subtract },
        never_fires: random.random_bool(0.15),
    }
}

/// Events of some ticks; the rate varies from tick to tick, from no channel to all of them.
pub fn events(seed: u64, n_channels: u16, n_ticks: usize) -> Vec<Vec<u16>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    (0..n_ticks)
        .map(|_| {
            let rate = *pick(&mut random, &[0.0, 0.01, 0.05, 0.3, 1.0]);
            (0..n_channels).filter(|_| random.random_bool(rate)).collect()
        })
        .collect()
}

fn pick<'a, T>(random: &mut ChaCha8Rng, from: &'a [T]) -> &'a T {
    &from[random.random_range(0..from.len())]
}
