//! GRU and LSTM as a whole: they learn what can be learned and nothing else, repeat themselves to the bit, and are counted.

use std::ops::ControlFlow;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use train::TrainError;
use train::baseline::recurrent::{Cell, RecurrentNetwork, RecurrentSizes, TrainedRecurrent, fit};
use train::data::TrainingSample;
use train::fit::{FitOptions, fit as spiking_fit};
use train::network::{Network, Topology};
use train::pass::class_of;
use train::{Augmentation, Distillation};

const CELLS: [Cell; 2] = [Cell::Gru, Cell::Lstm];
const SIZES: RecurrentSizes = RecurrentSizes { n_channels: 16, n_hidden: 24, n_classes: 4 };
const N_TICKS: usize = 25;

type Windows = Vec<(Vec<Vec<u16>>, usize)>;

/// Windows in which a quarter of the channels, by class, fires more often than the others.
fn windows(n_windows: usize, seed: u64) -> Windows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut window = |class: usize| -> Vec<Vec<u16>> {
        let rate = |channel: u16| if usize::from(channel) % SIZES.n_classes == class { 0.2 } else { 0.05 };
        (0..N_TICKS)
            .map(|_| (0..SIZES.n_channels as u16).filter(|&channel| rng.random_bool(rate(channel))).collect())
            .collect()
    };
    (0..n_windows).map(|index| (window(index % SIZES.n_classes), index % SIZES.n_classes)).collect()
}

fn train(cell: Cell, windows: &Windows, options: &FitOptions, seed: u64) -> TrainedRecurrent {
    let samples: Vec<_> = windows.iter().map(|(ticks, class)| TrainingSample { ticks, class: *class }).collect();
    let network = RecurrentNetwork::new(cell, SIZES, seed).expect("sizes are fine");
    fit(network, &samples, options, seed, &mut |_| ControlFlow::Continue(())).expect("trains")
}

/// Share of windows decided rightly after `n_ticks` ticks.
fn accuracy(network: &RecurrentNetwork, windows: &Windows, n_ticks: usize) -> f64 {
    let is_right = |(ticks, class): &&(Vec<Vec<u16>>, usize)| class_of(&network.scores(ticks)[n_ticks - 1]) == *class;
    windows.iter().filter(is_right).count() as f64 / windows.len() as f64
}

fn options() -> FitOptions {
    FitOptions { epochs: 15, learning_rate: 0.01, ..FitOptions::default() }
}

#[test]
fn each_learns_a_rate_code_and_decides_the_better_the_longer_it_listens() {
    for cell in CELLS {
        let trained = train(cell, &windows(400, 1), &options(), 3);
        let held_out = windows(400, 2);
        let by_ticks = [1, 6, N_TICKS].map(|n_ticks| accuracy(&trained.network, &held_out, n_ticks));
        assert!(by_ticks[2] > 0.9, "{cell:?}: {by_ticks:?}");
        assert!(by_ticks[0] < by_ticks[1] && by_ticks[1] < by_ticks[2], "{cell:?}: {by_ticks:?}");
        assert!(by_ticks[0] > 0.3, "{cell:?} decides above chance after one tick: {by_ticks:?}");
    }
}

#[test]
fn shuffled_labels_leave_chance_on_windows_not_trained_on() {
    // What a network makes of the labels of one shuffle, it makes of all windows of a class alike: so the mean over several.
    const N_SHUFFLES: u64 = 10;
    for cell in CELLS {
        let of_shuffle = |seed| {
            let mut shuffled = windows(160, seed);
            let mut classes: Vec<usize> = shuffled.iter().map(|(_, class)| *class).collect();
            classes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            shuffled.iter_mut().zip(classes).for_each(|((_, class), other)| *class = other);
            accuracy(&train(cell, &shuffled, &options(), seed).network, &windows(400, 100 + seed), N_TICKS)
        };
        let mean = (0..N_SHUFFLES).map(of_shuffle).sum::<f64>() / N_SHUFFLES as f64;
        assert!((0.15..0.35).contains(&mean), "{cell:?}: {mean}");
    }
}

#[test]
fn thread_counts_1_2_and_3_give_the_same_bits_and_another_seed_gives_others() {
    let windows = windows(150, 4);
    let augmentation = Augmentation { jitter_ticks: 2, channel_exchange: 0.5, noise_rate: 0.01, ..Default::default() };
    let distillation = Some(Distillation::default());
    for cell in CELLS {
        let of = |n_threads, seed| {
            let options = FitOptions { epochs: 2, batch_size: 96, n_threads, augmentation, distillation, ..options() };
            train(cell, &windows, &options, seed)
        };
        let one = of(1, 5);
        for other in [of(2, 5), of(3, 5)] {
            assert_eq!(one.network, other.network);
            assert_eq!(one.history, other.history);
        }
        assert_ne!(one.network.parameters, of(1, 6).network.parameters);
    }
}

#[test]
fn teacher_and_augmentation_change_what_is_learned() {
    let windows = windows(64, 4);
    let base = FitOptions { epochs: 1, ..options() };
    let of = |options: &FitOptions| train(Cell::Gru, &windows, options, 5).network.parameters;
    let augmentation = Augmentation { channel_exchange: 0.5, ..Default::default() };
    let distillation = Some(Distillation::default());
    let plain = of(&base);
    assert_ne!(plain, of(&FitOptions { augmentation, ..base.clone() }));
    assert_ne!(plain, of(&FitOptions { distillation, ..base.clone() }));
}

#[test]
fn parameters_are_counted_and_a_hidden_size_is_found_for_their_number() {
    for cell in CELLS {
        for n_hidden in [1, 7, 24, 100] {
            let sizes = RecurrentSizes { n_hidden, ..SIZES };
            let network = RecurrentNetwork::new(cell, sizes, 1).expect("sizes are fine");
            let count: usize = network.parameters.groups().iter().map(|group| group.len()).sum();
            assert_eq!(cell.n_parameters(sizes), count);
            for off in [-2_i64, 0, 2] {
                let wanted = (count as i64 + off) as usize;
                assert_eq!(cell.hidden_size_for_parameters(wanted, SIZES.n_channels, SIZES.n_classes), n_hidden);
            }
        }
        assert_eq!(cell.hidden_size_for_parameters(0, SIZES.n_channels, SIZES.n_classes), 1);
    }
    // 3 (mn + nn) and 4 (mn + nn) of the published counts, with 4n biases and the readout.
    assert_eq!(Cell::Gru.n_parameters(SIZES), 3 * (16 * 24 + 24 * 24) + 4 * 24 + 24 * 4 + 4);
    assert_eq!(Cell::Lstm.n_parameters(SIZES), 4 * (16 * 24 + 24 * 24) + 4 * 24 + 24 * 4 + 4);
}

#[test]
fn bad_sizes_and_samples_are_refused_by_name() {
    let refused = RecurrentNetwork::new(Cell::Lstm, RecurrentSizes { n_hidden: 0, ..SIZES }, 1);
    assert!(matches!(refused, Err(TrainError::NetworkSize { name: "hidden units", value: 0, .. })));
    let network = RecurrentNetwork::new(Cell::Gru, SIZES, 1).expect("sizes are fine");
    let ticks = vec![vec![16_u16]; N_TICKS];
    let samples = [TrainingSample { ticks: &ticks, class: 0 }];
    let refused = fit(network.clone(), &samples, &options(), 1, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TrainError::Sample { index: 0, cause, .. }) if cause.contains("channel 16")));
    let augmentation = Augmentation { neuron_noise_rate: 0.1, ..Default::default() };
    let ticks = vec![vec![15_u16]; N_TICKS];
    let samples = [TrainingSample { ticks: &ticks, class: 0 }];
    let noisy = FitOptions { augmentation, ..options() };
    let refused = fit(network, &samples, &noisy, 1, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TrainError::Option { name: "augmentation.neuron_noise_rate", .. })));
}

#[test]
fn progress_that_breaks_ends_the_training() {
    let windows = windows(32, 1);
    let samples: Vec<_> = windows.iter().map(|(ticks, class)| TrainingSample { ticks, class: *class }).collect();
    let network = RecurrentNetwork::new(Cell::Gru, SIZES, 1).expect("sizes are fine");
    let trained = fit(network, &samples, &options(), 1, &mut |_| ControlFlow::Break(())).expect("ends early");
    assert!(trained.stopped_early);
    assert_eq!(trained.history.len(), 1);
}

#[test]
fn a_spiking_network_counts_every_number_that_training_changes() {
    let topology = Topology::load("T1").expect("shipped");
    let network = Network::new(&topology, SIZES.n_channels, SIZES.n_classes, 1.0, 8, 1).expect("sizes are fine");
    let windows = windows(64, 1);
    let samples: Vec<_> = windows.iter().map(|(ticks, class)| TrainingSample { ticks, class: *class }).collect();
    let options = FitOptions { epochs: 20, batch_size: 16, calibrated_rate: Some(0.1), ..options() };
    let mut start = network.clone();
    start.calibrate(&samples, 0.1);
    let end = spiking_fit(network, &samples, &options, 1, &mut |_| ControlFlow::Continue(())).expect("trains").network;
    let changed: usize = [
        (&start.weights, &end.weights),
        (&start.membrane_tau_ticks, &end.membrane_tau_ticks),
        (&start.synaptic_tau_ticks, &end.synaptic_tau_ticks),
        (&start.adaptation_tau_ticks, &end.adaptation_tau_ticks),
        (&start.adaptation_increment, &end.adaptation_increment),
        (&start.bias, &end.bias),
    ]
    .map(|(start, end)| start.iter().zip(end).filter(|(start, end)| start != end).count())
    .iter()
    .sum();
    // A gradient may vanish somewhere, but no number beyond those counted may change.
    let counted = start.n_parameters();
    assert!(changed <= counted && changed as f64 > 0.95 * counted as f64, "{changed} of {counted} changed");
}
