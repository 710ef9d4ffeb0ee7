//! Poisson noise at test and in training: as much as asked for, where asked for, the same for the same seed.

use std::ops::ControlFlow;

use train::Augmentation;
use train::TrainError;
use train::data::{TrainingSample, neuron_noise, spike_probability, with_input_noise};
use train::fit::{FitOptions, Trained, fit};
use train::network::{Network, Topology};

fn window(index: usize) -> Vec<Vec<u16>> {
    let fires = |tick: usize, channel: u16| (tick * 5 + index + usize::from(channel)).is_multiple_of(6);
    (0..100).map(|tick| (0..20).filter(|&channel| fires(tick, channel)).collect()).collect()
}

fn count(ticks: &[Vec<u16>]) -> usize {
    ticks.iter().map(Vec::len).sum()
}

fn network() -> Network {
    Network::new(&Topology::load("T1").expect("shipped"), 20, 2, 1.0, 8, 7).expect("sizes are fine")
}

fn train(network: Network, augmentation: Augmentation, n_threads: usize) -> Trained {
    let windows: Vec<_> = (0..40).map(window).collect();
    let samples: Vec<_> =
        windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % 2 }).collect();
    let options = FitOptions { epochs: 1, calibrated_rate: None, augmentation, n_threads, ..FitOptions::default() };
    fit(network, &samples, &options, 3, &mut |_| ControlFlow::Continue(())).expect("trains")
}

#[test]
fn input_noise_keeps_every_spike_and_adds_its_share_of_the_silent_places() {
    let quiet = window(0);
    let noisy = with_input_noise(&quiet, 20, 0.1, 5).expect("a probability");
    assert!(quiet.iter().zip(&noisy).all(|(few, many)| few.iter().all(|channel| many.contains(channel))));
    assert!(noisy.iter().all(|channels| channels.windows(2).all(|pair| pair[0] < pair[1])));
    let added = (count(&noisy) - count(&quiet)) as f64 / (2000 - count(&quiet)) as f64;
    assert!((added - 0.1).abs() < 0.025, "{added}");
    assert_eq!(noisy, with_input_noise(&quiet, 20, 0.1, 5).expect("a probability"));
    assert_ne!(noisy, with_input_noise(&quiet, 20, 0.1, 6).expect("a probability"));
    assert_eq!(quiet, with_input_noise(&quiet, 20, 0.0, 5).expect("a probability"));
}

#[test]
fn neuron_noise_has_its_rate_in_every_tick_and_neuron() {
    let forced = neuron_noise(2000, 30, 0.05, 1).expect("a probability");
    assert!((count(&forced) as f64 / 60_000.0 - 0.05).abs() < 0.004);
    for neuron in 0..30 {
        let of_neuron = forced.iter().filter(|neurons| neurons.contains(&neuron)).count();
        assert!((60..=140).contains(&of_neuron), "neuron {neuron}: {of_neuron}");
    }
    assert!(neuron_noise(10, 30, 0.0, 1).expect("a probability").iter().all(Vec::is_empty));
}

#[test]
fn a_rate_becomes_the_probability_of_one_spike_or_more() {
    assert!((spike_probability(100.0, 1.0) - 0.095_162_581_964).abs() < 1e-12);
    assert_eq!(spike_probability(0.0, 1.0), 0.0);
}

#[test]
fn a_probability_of_one_or_below_zero_is_refused() {
    for probability in [1.0, -0.1, f64::NAN] {
        assert!(matches!(with_input_noise(&window(0), 20, probability, 1), Err(TrainError::Option { .. })));
        let refused = neuron_noise(5, 20, probability, 1);
        assert!(matches!(refused, Err(TrainError::Option { name: "neuron_noise_rate", .. })));
    }
}

#[test]
fn neuron_noise_in_training_changes_what_is_learned_on_any_number_of_threads_alike() {
    let noise = Augmentation { neuron_noise_rate: 0.05, ..Augmentation::default() };
    let quiet = train(network(), Augmentation::default(), 1);
    let (one, three) = (train(network(), noise, 1), train(network(), noise, 3));
    assert_ne!(quiet.network.weights, one.network.weights);
    assert_eq!(one.network, three.network);
    assert_eq!(one.history, three.history);
}

#[test]
fn rates_tell_the_spikes_of_the_neurons_themselves_without_the_noise() {
    let noise = Augmentation { neuron_noise_rate: 0.05, ..Augmentation::default() };
    let mut deaf = network();
    deaf.threshold.fill(1e6);
    assert!(train(network(), noise, 1).history[0].area_rates.iter().all(|&rate| rate > 0.0));
    assert_eq!(train(deaf, noise, 1).history[0].area_rates, [0.0; 4]);
}
