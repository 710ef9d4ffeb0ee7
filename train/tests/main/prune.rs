//! Pruning: the image has as many synapses as asked for, the weakest went, and what is left has learned.

use std::ops::ControlFlow;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::core::ECP5_85F;
use train::Pruning;
use train::TrainError;
use train::compile::compile;
use train::data::TrainingSample;
use train::fit::{FitOptions, Trained, fit, fit_observed};
use train::network::{Network, QuantizedNetwork, Topology};
use train::pass::{class_of, scores};

const N_CHANNELS: usize = 24;
const N_TICKS: usize = 25;
const N_CLASSES: usize = 3;

fn windows(n_windows: usize, seed: u64) -> Vec<Vec<Vec<u16>>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut window = |class: usize| -> Vec<Vec<u16>> {
        let rate = |channel: u16| if usize::from(channel) % N_CLASSES == class { 0.12 } else { 0.04 };
        (0..N_TICKS)
            .map(|_| (0..N_CHANNELS as u16).filter(|&channel| rng.random_bool(rate(channel))).collect())
            .collect()
    };
    (0..n_windows).map(|index| window(index % N_CLASSES)).collect()
}

fn samples(windows: &[Vec<Vec<u16>>]) -> Vec<TrainingSample<'_>> {
    windows.iter().enumerate().map(|(index, ticks)| TrainingSample { ticks, class: index % N_CLASSES }).collect()
}

fn network(weight_bits: u32) -> Network {
    let topology = Topology::load("T1").expect("shipped");
    Network::new(&topology, N_CHANNELS, N_CLASSES, 1.0, weight_bits, 7).expect("sizes are fine")
}

fn options(n_synapses: usize, epochs: usize) -> FitOptions {
    FitOptions { epochs, pruning: Some(Pruning::to(n_synapses)), ..FitOptions::default() }
}

fn train(network: Network, options: &FitOptions) -> Result<Trained, TrainError> {
    fit(network, &samples(&windows(240, 1)), options, 3, &mut |_| ControlFlow::Continue(()))
}

fn n_synapses_of_image(network: &QuantizedNetwork) -> usize {
    let (image, _) = compile(&network.lower(), &ECP5_85F.configuration, None).expect("fits");
    image.n_synapses()
}

#[test]
fn the_image_has_exactly_as_many_synapses_and_the_network_still_decides() {
    for weight_bits in [8, 4] {
        let first = network(weight_bits).n_synapses();
        let wanted = first / 8;
        let trained = train(network(weight_bits), &options(wanted, 40)).expect("trains");
        assert_eq!(n_synapses_of_image(&trained.quantized), wanted);
        assert_eq!(trained.network.quantize(), trained.quantized, "the float network quantizes to the same image");
        let held_out = windows(240, 2);
        let held_out = samples(&held_out);
        let right = held_out.iter().filter(|sample| {
            scores(&trained.quantized, sample.ticks).last().is_some_and(|last| class_of(last) == sample.class)
        });
        let accuracy = right.count() as f64 / 240.0;
        assert!(accuracy > 0.7, "{weight_bits} bits: {accuracy} with {wanted} of {first} synapses");
    }
}

#[test]
fn synapses_go_over_the_epochs_and_none_comes_back() {
    let wanted = 500;
    let present =
        |network: &QuantizedNetwork| -> Vec<bool> { network.weights.iter().map(|&weight| weight != 0).collect() };
    let mut seen: Vec<Vec<bool>> = Vec::new();
    fit_observed(
        network(8),
        &samples(&windows(96, 1)),
        &options(wanted, 10),
        3,
        &mut |_| ControlFlow::Continue(()),
        &mut |network, n_epochs| {
            if n_epochs > 0 {
                seen.push(present(network));
            }
        },
    )
    .expect("trains");
    let counts: Vec<usize> = seen.iter().map(|present| present.iter().filter(|there| **there).count()).collect();
    assert_eq!(counts[0], network(8).n_synapses());
    assert!(counts.windows(2).all(|pair| pair[0] >= pair[1]) && counts[3] < counts[0], "{counts:?}");
    assert_eq!(counts[9], wanted);
    assert!(seen.windows(2).all(|pair| pair[0].iter().zip(&pair[1]).all(|(before, after)| *before || !after)));
}

#[test]
fn the_weakest_synapses_go_first() {
    let mut pruned = network(8);
    let before = pruned.weights.clone();
    pruned.keep_strongest(300);
    assert_eq!(pruned.n_synapses(), 300);
    let kept = |position: &usize| pruned.projection_at(*position).is_some();
    let (step, n_post) = (network(8).quantize().step, pruned.layout.n_post());
    let magnitude = |at: usize| before[at].abs() / step[at % n_post];
    let weakest_kept = (0..before.len()).filter(kept).map(magnitude).fold(f32::INFINITY, f32::min);
    let strongest_gone = (0..before.len()).filter(|at| !kept(at)).map(magnitude).fold(0.0, f32::max);
    assert!(weakest_kept >= strongest_gone && strongest_gone > 0.0, "{weakest_kept} {strongest_gone}");
    assert!((0..before.len()).all(|at| pruned.weights[at] == if kept(&at) { before[at] } else { 0.0 }));
}

#[test]
fn more_synapses_than_there_are_and_none_at_all_are_refused_in_numbers() {
    for asked in [0, network(8).n_synapses() + 1] {
        let refused = train(network(8), &options(asked, 2));
        assert!(matches!(refused, Err(TrainError::Pruning { asked: named, .. }) if named == asked));
    }
    let backwards = FitOptions { pruning: Some(Pruning { n_synapses: 100, start: 0.8, end: 0.5 }), ..options(1, 2) };
    assert!(matches!(train(network(8), &backwards), Err(TrainError::Option { name: "pruning.start", .. })));
}

#[test]
fn options_without_pruning_are_written_as_before() {
    let written = serde_json::to_value(FitOptions::default()).expect("options are JSON");
    assert!(written.get("pruning").is_none() && written["augmentation"].get("neuron_noise_rate").is_none());
    let pruned: FitOptions = serde_json::from_value(serde_json::json!({ "pruning": { "n_synapses": 9 } })).expect("so");
    assert_eq!(pruned.pruning, Some(Pruning::to(9)));
}
