//! The decoder that open-source spiking cores are compared on: 96 inputs, 64 recurrent neurons, 2 outputs, 47 % of its 10,368
//! synapses pruned, about 6 active rows per tick (the sizes and the pruning of NeuroBench's tinyRSNN).

#![allow(dead_code, reason = "the tests and the bench each use a part")]

use cosim::core_pins::CoreTop;
use cosim::lockstep::Lockstep;
use model::network::{Network, NetworkSynapse};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::image::Neuron;
use spec::lif::{NeuronParameters, ResetMode};

const N_CHANNELS: u16 = 96;
const N_RECURRENT: u16 = 64;
const N_OUTPUTS: u16 = 2;
const PRUNED: f64 = 0.47;
/// Probability of an event on a channel, and of a spike of a neuron, so that about six rows are active.
const EVENT_RATE: f64 = 0.04;

/// Means over the ticks of a run.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    pub active_rows: f64,
    pub synaptic_events: f64,
    /// From the first event of a tick to its decision.
    pub period_cycles: f64,
    /// From the tick's start to its decision.
    pub tick_cycles: f64,
    pub bound_cycles: f64,
    /// Synaptic events per cycle of the period and lane.
    pub operations_per_cycle_and_lane: f64,
}

/// Runs the decoder for `n_ticks` without a pause.
pub fn run<T: CoreTop>(n_ticks: usize) -> Means {
    let mut random = ChaCha8Rng::seed_from_u64(64);
    let mut cores = Lockstep::<T>::new(&network(T::CONFIGURATION.lanes, &mut random)).expect("the network fits");
    let mut sums = [0_u64; 5];
    for _ in 0..n_ticks {
        let channels: Vec<u16> = (0..N_CHANNELS).filter(|_| random.random_bool(EVENT_RATE)).collect();
        let report = cores.tick(&channels).unwrap_or_else(|divergence| panic!("{divergence}"));
        let numbers = [report.active_rows, report.synaptic_events, report.period, report.cycles, report.bound];
        sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += u64::from(number));
    }
    let [active_rows, synaptic_events, period_cycles, tick_cycles, bound_cycles] =
        sums.map(|sum| sum as f64 / n_ticks as f64);
    let operations_per_cycle_and_lane = synaptic_events / period_cycles / f64::from(T::CONFIGURATION.lanes);
    Means { active_rows, synaptic_events, period_cycles, tick_cycles, bound_cycles, operations_per_cycle_and_lane }
}

fn network(lanes: u8, random: &mut ChaCha8Rng) -> Vec<u8> {
    let integrator = NeuronParameters {
        synaptic_decay: 0,
        membrane_decay: 15_500,
        adaptation_decay: 15_000,
        threshold: 150,
        adaptation_increment: 40,
        bias: 8,
        refractory_ticks: 2,
        reset_mode: ResetMode::Subtract,
        never_fires: true,
    };
    let recurrent = NeuronParameters { never_fires: false, ..integrator };
    let mut neurons = vec![Neuron { parameters: recurrent, readout: None }; usize::from(N_RECURRENT)];
    neurons.extend((0..N_OUTPUTS).map(|class| Neuron { parameters: integrator, readout: Some(class as u8) }));
    let mut synapses = Vec::new();
    for row in 0..N_CHANNELS + N_RECURRENT {
        // Inputs project to the recurrent neurons, these to each other and to the outputs.
        let targets = if row < N_CHANNELS { N_RECURRENT } else { N_RECURRENT + N_OUTPUTS };
        for post_neuron in 0..targets {
            if !random.random_bool(PRUNED) {
                synapses.push(NetworkSynapse { row, post_neuron, weight: random.random_range(-25..=25) });
            }
        }
    }
    Network { n_channels: N_CHANNELS, neurons, synapses }.lay_out(lanes).encode().expect("the network is valid")
}
