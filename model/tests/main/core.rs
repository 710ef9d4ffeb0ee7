//! What a tick does: delivery, delay, decision, restart, and the same on any number of lanes.

use crate::support::{PLAIN, chain, event_trains, networks, neuron, synapse};
use model::network::Network;
use model::{Core, TickError};
use proptest::prelude::*;
use spec::image::ImageError;
use spec::lif::{NeuronParameters, NeuronState, ResetMode};

fn core(network: &Network) -> Core {
    Core::from_image(&network.lay_out(1).encode().unwrap()).unwrap()
}

#[test]
fn an_input_event_is_felt_in_its_own_tick() {
    let mut core = core(&chain());
    assert_eq!(core.tick(&[0]).unwrap().spikes, [0]);
}

#[test]
fn a_spike_arrives_exactly_one_tick_later() {
    let mut core = core(&chain());
    assert_eq!(core.tick(&[0]).unwrap().scores, [0, 0]);
    assert_eq!(core.tick(&[]).unwrap().scores, [3, 5]);
    assert_eq!(core.tick(&[]).unwrap().scores, [3, 5]);
}

#[test]
fn a_self_loop_arrives_one_tick_later_too() {
    let network = Network {
        n_channels: 1,
        neurons: vec![neuron(PLAIN, Some(0))],
        synapses: vec![synapse(0, 0, 10), synapse(1, 0, 10)],
    };
    let mut core = core(&network);
    assert_eq!(core.tick(&[0]).unwrap().spikes, [0]);
    assert_eq!(core.tick(&[]).unwrap().spikes, [0]);
    assert_eq!(core.tick(&[]).unwrap().spikes, [0]);
}

#[test]
fn two_synapses_between_the_same_neurons_both_count() {
    let network = Network {
        n_channels: 1,
        neurons: vec![neuron(PLAIN, Some(0))],
        synapses: vec![synapse(0, 0, 4), synapse(0, 0, 5)],
    };
    let mut core = core(&network);
    let outcome = core.tick(&[0]).unwrap();
    assert_eq!((outcome.scores, outcome.synaptic_events), (&[9][..], 2));
}

#[test]
fn tie_goes_to_the_lower_class() {
    let integrator = NeuronParameters { never_fires: true, ..PLAIN };
    let neurons = [2, 0, 1].map(|class| neuron(integrator, Some(class))).to_vec();
    let synapses = vec![synapse(0, 0, 7), synapse(0, 2, 7), synapse(0, 1, 6)];
    let mut core = core(&Network { n_channels: 1, neurons, synapses });
    assert_eq!(core.tick(&[]).unwrap().class, 0);
    let outcome = core.tick(&[0]).unwrap();
    assert_eq!((outcome.scores, outcome.class), (&[6, 7, 7][..], 1));
}

#[test]
fn negative_scores_have_a_highest_too() {
    let integrator = NeuronParameters { never_fires: true, ..PLAIN };
    let synapses = vec![synapse(0, 0, -2), synapse(0, 1, -1)];
    let neurons = [0, 1].map(|class| neuron(integrator, Some(class))).to_vec();
    let mut core = core(&Network { n_channels: 1, neurons, synapses });
    assert_eq!(core.tick(&[0]).unwrap().class, 1);
}

#[test]
fn synaptic_events_count_the_rows_delivered() {
    let mut core = core(&chain());
    assert_eq!(core.tick(&[1, 5, 9]).unwrap().synaptic_events, 3);
    assert_eq!(core.tick(&[2]).unwrap().synaptic_events, 1 + 2);
    assert_eq!(core.tick(&[]).unwrap().synaptic_events, 2);
    assert_eq!(core.tick(&[]).unwrap().synaptic_events, 0);
}

#[test]
fn restart_zeroes_states_spikes_under_way_and_the_tick_count() {
    let mut core = core(&chain());
    for _ in 0..3 {
        assert_eq!(core.tick(&[0]).unwrap().spikes, [0]);
    }
    core.restart();
    assert!(core.states().iter().all(|state| *state == NeuronState::default()));
    let outcome = core.tick(&[]).unwrap();
    assert_eq!((outcome.tick, outcome.synaptic_events, outcome.scores), (0, 0, &[0, 0][..]));
}

#[test]
fn a_channel_that_does_not_exist_is_refused_and_changes_nothing() {
    let mut core = core(&chain());
    assert_eq!(core.tick(&[0, 200]), Err(TickError::NoSuchChannel { channel: 200, n_channels: 200 }));
    assert_eq!(core.tick(&[]).unwrap().tick, 0);
    assert!(core.states().iter().all(|state| *state == NeuronState::default()));
}

#[test]
fn channels_that_do_not_ascend_are_refused_and_change_nothing() {
    let mut core = core(&chain());
    assert_eq!(core.tick(&[3, 3]), Err(TickError::Order { channel: 3, previous: 3 }));
    assert_eq!(core.tick(&[3, 2]), Err(TickError::Order { channel: 2, previous: 3 }));
    assert!(core.states().iter().all(|state| *state == NeuronState::default()));
}

#[test]
fn bytes_that_are_no_image_are_refused() {
    assert_eq!(Core::from_image(b"").err(), Some(ImageError::NotAnImage));
    let mut bytes = crate::support::chain_image();
    bytes[100] ^= 1;
    assert_eq!(Core::from_image(&bytes).err(), Some(ImageError::Checksum));
}

/// Every synapse looked at in every tick, every product and sum in 64 bits.
struct Dense {
    network: Network,
    states: Vec<[i64; 4]>,
    spikes: Vec<bool>,
}

impl Dense {
    fn tick(&mut self, channels: &[u16]) {
        let n_channels = usize::from(self.network.n_channels);
        let active = |row: usize| {
            if row < n_channels { channels.contains(&(row as u16)) } else { self.spikes[row - n_channels] }
        };
        let sums: Vec<i64> = (0..self.states.len())
            .map(|neuron| {
                let ending = self.network.synapses.iter().filter(|synapse| usize::from(synapse.post_neuron) == neuron);
                ending.filter(|synapse| active(usize::from(synapse.row))).map(|synapse| i64::from(synapse.weight)).sum()
            })
            .collect();
        for (neuron, sum) in sums.into_iter().enumerate() {
            (self.states[neuron], self.spikes[neuron]) =
                dense_update(&self.network.neurons[neuron].parameters, self.states[neuron], sum);
        }
    }
}

fn dense_update(p: &NeuronParameters, [potential, current, adaptation, held]: [i64; 4], sum: i64) -> ([i64; 4], bool) {
    let decayed = |level: i64, decay: u16| (level * i64::from(decay)).div_euclid(1 << 14);
    let clamped = |level: i64| level.clamp(-(1 << 15), (1 << 15) - 1);
    let current = clamped(decayed(current, p.synaptic_decay) + sum);
    let adaptation = decayed(adaptation, p.adaptation_decay);
    let threshold = clamped(i64::from(p.threshold) + adaptation);
    let mut next = potential;
    if held == 0 {
        next = clamped(decayed(potential, p.membrane_decay) + current + i64::from(p.bias));
    }
    if held > 0 || p.never_fires || next < threshold {
        return ([next, current, adaptation, 0.max(held - 1)], false);
    }
    next = if p.reset_mode == ResetMode::ToZero { 0 } else { next - threshold };
    let raised = clamped(adaptation + i64::from(p.adaptation_increment));
    ([next, current, raised, i64::from(p.refractory_ticks)], true)
}

fn network_and_events() -> impl Strategy<Value = (Network, Vec<Vec<u16>>)> {
    networks().prop_flat_map(|network| {
        let events = event_trains(network.n_channels);
        (Just(network), events)
    })
}

proptest! {
    #[test]
    fn every_state_of_every_tick_is_that_of_a_dense_network_in_wide_integers((network, trains) in network_and_events()) {
        let mut core = core(&network);
        let n_neurons = network.neurons.len();
        let mut dense = Dense { network, states: vec![[0; 4]; n_neurons], spikes: vec![false; n_neurons] };
        for channels in &trains {
            let spikes = core.tick(channels).unwrap().spikes.to_vec();
            dense.tick(channels);
            let states: Vec<_> = core.states().iter().map(|state| [
                i64::from(state.potential), i64::from(state.current), i64::from(state.adaptation), i64::from(state.refractory_left),
            ]).collect();
            prop_assert_eq!(&states, &dense.states);
            let fired: Vec<u16> = (0..n_neurons as u16).filter(|neuron| dense.spikes[usize::from(*neuron)]).collect();
            prop_assert_eq!(spikes, fired);
        }
    }

    #[test]
    fn lanes_do_not_change_results((network, trains) in network_and_events()) {
        let mut cores = [1, 2, 4, 8].map(|lanes| Core::from_image(&network.lay_out(lanes).encode().unwrap()).unwrap());
        for channels in &trains {
            let [first, others @ ..] = &mut cores;
            let first = first.tick(channels).unwrap();
            for other in others {
                prop_assert_eq!(other.tick(channels).unwrap(), first);
            }
        }
        prop_assert!(cores.windows(2).all(|pair| pair[0].states() == pair[1].states()));
    }

    #[test]
    fn a_restarted_core_is_a_new_one((network, trains) in network_and_events()) {
        let mut used = core(&network);
        for channels in &trains {
            used.tick(channels).unwrap();
        }
        used.restart();
        let mut new = core(&network);
        for channels in &trains {
            prop_assert_eq!(used.tick(channels).unwrap(), new.tick(channels).unwrap());
        }
    }
}
