//! The integers that a network becomes, and the forward pass on them against the plain equations.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::lif::{NeuronState, Update, update};
use train::network::{Network, QuantizedNetwork, Reset, Topology};
use train::pass::{class_of, scores};

fn network(weight_bits: u32, seed: u64) -> Network {
    let mut topology = Topology::load("T1").expect("shipped");
    topology.areas[1].refractory_ms = 2.0;
    topology.areas[2].reset = Reset::ToZero;
    Network::new(&topology, 30, 5, 1.0, weight_bits, seed).expect("sizes are fine")
}

/// One neuron and tick at a time, a full sum over every presynaptic index.
fn plain_scores(network: &QuantizedNetwork, ticks: &[Vec<u16>]) -> Vec<Vec<i16>> {
    let layout = network.layout;
    let mut states = vec![NeuronState::default(); layout.n_post()];
    let mut fired = vec![false; layout.n_neurons];
    let mut scores = Vec::new();
    for channels in ticks {
        let mut arrives = vec![false; layout.n_channels];
        channels.iter().for_each(|&channel| arrives[usize::from(channel)] = true);
        arrives.extend(&fired);
        for (post, state) in states.iter_mut().enumerate() {
            let weights = network.weights.iter().skip(post).step_by(layout.n_post());
            let sum: i32 = weights.zip(&arrives).filter(|(_, arrives)| **arrives).map(|(&w, _)| i32::from(w)).sum();
            let sum = i16::try_from(sum).expect("a fan-in fits");
            let Update { state: after, spike, .. } = update(&network.neurons.get(post), *state, sum);
            *state = after;
            if post < layout.n_neurons {
                fired[post] = spike;
            }
        }
        scores.push(states[layout.n_neurons..].iter().map(|state| state.potential).collect());
    }
    scores
}

#[test]
fn event_driven_scores_are_those_of_the_plain_equations() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for rate in [0.1, 0.4] {
        let ticks: Vec<Vec<u16>> = (0..60).map(|_| (0..30).filter(|_| rng.random_bool(rate)).collect()).collect();
        let mut network = network(8, 2);
        network.weights.iter_mut().for_each(|weight| *weight *= 2.0);
        let network = network.quantize();
        let expected = plain_scores(&network, &ticks);
        assert!(expected[59].iter().any(|&score| score != 0), "the test needs spikes that reach the readout");
        assert_eq!(scores(&network, &ticks), expected);
    }
}

#[test]
fn tie_goes_to_the_lower_class() {
    assert_eq!(class_of(&[1, 5, 5, 2]), 1);
    assert_eq!(class_of(&[0, 0]), 0);
}

#[test]
fn readout_neurons_share_one_step_and_never_fire() {
    let network = network(8, 1).quantize();
    let n_neurons = network.layout.n_neurons;
    assert!(network.step[n_neurons..].iter().all(|&step| step == network.step[n_neurons]));
    assert!((0..network.layout.n_post()).all(|post| network.neurons.never_fires[post] == (post >= n_neurons)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_scale_of_weights_quantizes_to_what_the_device_can_hold(
        bits in 4u32..=8, exponent in -30i32..30, seed in 0u64..1000,
    ) {
        let mut network = network(bits, seed);
        network.weights.iter_mut().for_each(|weight| *weight *= 2f32.powi(exponent));
        let quantized = network.quantize();
        let n_post = quantized.layout.n_post();
        let highest = (1i16 << (bits - 1)) - 1;
        for post in 0..n_post {
            let column = quantized.weights.iter().skip(post).step_by(n_post);
            let sum: i64 = column.clone().map(|&weight| i64::from(weight).abs()).sum();
            prop_assert!(sum <= 32_767);
            prop_assert!(column.clone().all(|&weight| weight.abs() <= highest));
            prop_assert!(quantized.neurons.get(post).validate().is_ok());
            let step = quantized.step[post];
            let reals = network.weights.iter().skip(post).step_by(n_post);
            for (&integer, &real) in column.zip(reals) {
                prop_assert!((f32::from(integer) * step - real).abs() <= 0.5001 * step);
            }
        }
    }

    #[test]
    fn a_sum_that_would_overflow_makes_the_step_grow(seed in 0u64..20) {
        let topology = Topology::load("T3").expect("shipped");
        let mut network = Network::new(&topology, 900, 2, 1.0, 8, seed).expect("sizes are fine");
        network.weights.iter_mut().filter(|weight| **weight != 0.0).for_each(|weight| *weight = weight.signum());
        let quantized = network.quantize();
        let n_post = quantized.layout.n_post();
        for post in 0..n_post {
            let column = quantized.weights.iter().skip(post).step_by(n_post);
            prop_assert!(column.map(|&weight| i64::from(weight).abs()).sum::<i64>() <= 32_767);
        }
        prop_assert!(quantized.weights.iter().any(|&weight| weight.abs() > 30));
    }
}
