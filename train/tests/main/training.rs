//! Training as a whole: it learns, it repeats itself to the bit, it refuses what it cannot train on.

use std::ops::ControlFlow;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use train::data::TrainingSample;
use train::fit::{FitOptions, Trained, fit};
use train::network::{Network, Topology};
use train::pass::{class_of, scores};
use train::{Augmentation, Distillation, TrainError};

const N_CHANNELS: usize = 24;
const N_CLASSES: usize = 3;
const N_TICKS: usize = 30;

/// Windows in which a third of the channels, by class, fires more often than the others.
fn windows(n_windows: usize, seed: u64) -> Vec<(Vec<Vec<u16>>, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut window = |class: usize| -> Vec<Vec<u16>> {
        let rate = |channel: u16| if usize::from(channel) % N_CLASSES == class { 0.09 } else { 0.04 };
        (0..N_TICKS)
            .map(|_| (0..N_CHANNELS as u16).filter(|&channel| rng.random_bool(rate(channel))).collect())
            .collect()
    };
    (0..n_windows).map(|index| (window(index % N_CLASSES), index % N_CLASSES)).collect()
}

fn samples(windows: &[(Vec<Vec<u16>>, usize)]) -> Vec<TrainingSample<'_>> {
    windows.iter().map(|(ticks, class)| TrainingSample { ticks, class: *class }).collect()
}

fn network(seed: u64) -> Network {
    let topology = Topology::load("T1").expect("shipped");
    Network::new(&topology, N_CHANNELS, N_CLASSES, 1.0, 8, seed).expect("sizes are fine")
}

fn train(windows: &[(Vec<Vec<u16>>, usize)], options: &FitOptions, seed: u64) -> Trained {
    fit(network(seed), &samples(windows), options, seed, &mut |_| ControlFlow::Continue(())).expect("trains")
}

fn accuracy(trained: &Trained, windows: &[(Vec<Vec<u16>>, usize)]) -> f64 {
    let is_right = |(ticks, class): &&(Vec<Vec<u16>>, usize)| {
        scores(&trained.quantized, ticks).last().is_some_and(|last| class_of(last) == *class)
    };
    windows.iter().filter(is_right).count() as f64 / windows.len() as f64
}

#[test]
fn learns_a_rate_code_and_keeps_it_on_windows_not_trained_on() {
    let options = FitOptions { epochs: 12, ..FitOptions::default() };
    let trained = train(&windows(300, 1), &options, 3);
    let (first, last) = (&trained.history[0], &trained.history[11]);
    assert!(last.loss < 0.6 * first.loss, "loss {} -> {}", first.loss, last.loss);
    assert!(trained.history.iter().all(|epoch| epoch.area_rates.iter().all(|&rate| rate > 0.002 && rate < 0.3)));
    let accuracy = accuracy(&trained, &windows(300, 2));
    assert!(accuracy > 0.7, "{accuracy}");
}

#[test]
fn thread_counts_1_2_and_3_give_the_same_bits() {
    let windows = windows(150, 4);
    let augmentation = Augmentation {
        jitter_ticks: 1,
        noise_rate: 0.01,
        neuron_noise_rate: 0.01,
        channel_exchange: 0.3,
        free_mix: 0.5,
    };
    let distillation = Some(Distillation::default());
    let of_threads = |n_threads| {
        let options = FitOptions { epochs: 2, n_threads, augmentation, distillation, ..FitOptions::default() };
        train(&windows, &options, 5)
    };
    let (one, two, three) = (of_threads(1), of_threads(2), of_threads(3));
    assert_ne!(one.network.weights, network(5).weights);
    assert_eq!(one.network, two.network);
    assert_eq!(one.network, three.network);
    assert_eq!(one.history, three.history);
    assert_eq!(one.quantized, three.quantized);
}

#[test]
fn another_seed_gives_another_network() {
    let windows = windows(64, 4);
    let options = FitOptions { epochs: 1, ..FitOptions::default() };
    assert_ne!(train(&windows, &options, 1).network.weights, train(&windows, &options, 2).network.weights);
}

#[test]
fn progress_that_breaks_ends_the_training() {
    let windows = windows(32, 1);
    let mut stop = |_: &_| ControlFlow::Break(());
    let trained = fit(network(1), &samples(&windows), &FitOptions::default(), 1, &mut stop).expect("ends early");
    assert!(trained.stopped_early);
    assert_eq!(trained.history.len(), 1);
}

#[test]
fn extreme_windows_give_finite_networks() {
    let silent: Vec<Vec<u16>> = vec![Vec::new(); N_TICKS];
    let full: Vec<Vec<u16>> = vec![(0..N_CHANNELS as u16).collect(); N_TICKS];
    let windows = [(silent, 0), (full, 1)];
    for bits in [4, 8] {
        let topology = Topology::load("T3").expect("shipped");
        let network = Network::new(&topology, N_CHANNELS, N_CLASSES, 1.0, bits, 1).expect("sizes are fine");
        let options = FitOptions { epochs: 20, learning_rate: 0.5, ..FitOptions::default() };
        let trained =
            fit(network, &samples(&windows), &options, 1, &mut |_| ControlFlow::Continue(())).expect("stays finite");
        assert!(trained.network.weights.iter().chain(&trained.network.bias).all(|value| value.is_finite()));
        assert!(trained.history.iter().all(|epoch| epoch.loss.is_finite() && epoch.gradient_norm.is_finite()));
        let largest = (1 << (bits - 1)) - 1;
        assert!(trained.quantized.weights.iter().all(|weight| weight.abs() <= largest));
        assert!(trained.quantized.neurons.iter().all(|neuron| neuron.validate().is_ok()));
    }
}

#[test]
fn bad_samples_are_refused_with_their_position() {
    let good = vec![vec![0u16, 3]; N_TICKS];
    let refused = |ticks: Vec<Vec<u16>>, class: usize| {
        let samples = [TrainingSample { ticks: &good, class: 0 }, TrainingSample { ticks: &ticks, class }];
        match fit(network(1), &samples, &FitOptions::default(), 1, &mut |_| ControlFlow::Continue(())) {
            Err(TrainError::Sample { index: 1, cause, .. }) => cause,
            other => panic!("{other:?}"),
        }
    };
    assert!(refused(vec![vec![0]; N_TICKS - 1], 0).contains("29 ticks"));
    assert!(refused(good.clone(), 3).contains("class is 3"));
    assert!(refused(vec![vec![24]; N_TICKS], 0).contains("channel 24"));
    assert!(refused(vec![vec![3, 3]; N_TICKS], 0).contains("not ascending"));
}
