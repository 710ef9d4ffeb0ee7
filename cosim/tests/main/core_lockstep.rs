//! The core in lockstep with the reference model over random networks, parameters and events.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use cosim::core_pins::CoreTop;
use cosim::lockstep::Lockstep;
use cosim::model::{CoreEcp525f, CoreEcp585f, CoreSmall, CoreUp5k};
use cosim::variables::{SEED as SEED_VARIABLE, SOAK};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};
use spec::image::NetworkImage;

use crate::networks::{RandomNetwork, events};

/// The seed of the default cases. A soak draws one, which `PROPTEST_RNG_SEED` repeats.
const SEED: u64 = 1;

/// The factor on the number of cases, and the seed of the first.
fn length() -> (u64, u64) {
    let soak = std::env::var(SOAK).ok().and_then(|factor| factor.parse().ok());
    let seed = match (Config::default().rng_seed, soak) {
        (RngSeed::Fixed(seed), _) => seed,
        (RngSeed::Random, Some(_)) => RandomState::new().hash_one(SEED),
        (RngSeed::Random, None) => SEED,
    };
    (soak.unwrap_or(1), seed)
}

fn random_networks() -> impl Strategy<Value = RandomNetwork> {
    let share = || prop_oneof![1 => Just(0.0), 2 => 0.0..=0.2, 3 => 0.0..=1.0, 1 => Just(1.0)];
    (any::<u64>(), share(), share(), share(), 0.0..=0.9, 0.0..=0.7).prop_map(
        |(seed, neurons, channels, synapses, empty_rows, extremes)| RandomNetwork {
            seed,
            neurons,
            channels,
            synapses,
            empty_rows,
            extremes,
        },
    )
}

/// Runs random networks in lockstep, each with a restart, until there were that many updates of neurons; fails at the first
/// difference or missed cycle bound. A difference leaves a waveform in the folder `tmp` of the build directory.
fn lockstep<T: CoreTop>(n_cases: u32, n_ticks: usize, least_neuron_ticks: u64) {
    let neuron_ticks = Cell::new(0);
    let (factor, seed) = length();
    println!("seed {seed}: repeat with {SEED_VARIABLE}={seed}");
    let least = least_neuron_ticks * factor;
    let waveform = format!("{}/lockstep_{}_lanes.vcd", env!("CARGO_TARGET_TMPDIR"), T::CONFIGURATION.lanes);
    for round in 0.. {
        if neuron_ticks.get() >= least {
            break;
        }
        let failures = FileFailurePersistence::Direct("tests/main/core_lockstep.proptest-regressions");
        let config = Config {
            cases: n_cases,
            rng_seed: RngSeed::Fixed(seed.wrapping_add(round)),
            failure_persistence: Some(Box::new(failures)),
            ..Config::default()
        };
        let run = TestRunner::new(config).run(&random_networks(), |random| {
            let image = random.image(&T::CONFIGURATION);
            let n_neurons = image.neurons.len() as u64;
            let cores = Lockstep::<T>::new(&image.encode().unwrap()).map_err(fail)?;
            let mut cores = cores.with_waveform(Path::new(&waveform));
            for (tick, channels) in events(random.seed, image.n_channels, n_ticks).iter().enumerate() {
                if tick == n_ticks * 3 / 4 {
                    cores.restart().map_err(fail)?;
                }
                let report = cores.tick(channels).map_err(fail)?;
                prop_assert!(report.cycles <= report.bound, "tick {tick}: {report:?}");
                let fed = report.bound + channels.len() as u32;
                prop_assert!(report.period <= fed, "tick {tick}, {} events: {report:?}", channels.len());
            }
            neuron_ticks.set(neuron_ticks.get() + n_neurons * n_ticks as u64);
            Ok(())
        });
        run.unwrap_or_else(|error| panic!("{error}"));
    }
    println!("{} neuron-ticks", neuron_ticks.get());
}

fn fail(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

// Together more than a million neuron-ticks.

#[test]
fn small_core_agrees_with_the_model() {
    lockstep::<CoreSmall>(50, 120, 200_000);
}

#[test]
fn core_of_one_lane_agrees_with_the_model() {
    lockstep::<CoreUp5k>(4, 100, 100_000);
}

#[test]
fn core_of_four_lanes_agrees_with_the_model() {
    lockstep::<CoreEcp525f>(5, 100, 350_000);
}

#[test]
fn core_of_eight_lanes_agrees_with_the_model() {
    lockstep::<CoreEcp585f>(3, 60, 450_000);
}

fn agree<T: CoreTop>(image: &NetworkImage, n_ticks: usize) {
    let mut cores = Lockstep::<T>::new(&image.encode().unwrap()).unwrap_or_else(|error| panic!("{error}"));
    for channels in events(9, image.n_channels, n_ticks) {
        let report = cores.tick(&channels).unwrap_or_else(|divergence| panic!("{divergence}"));
        assert!(report.cycles <= report.bound, "{report:?}");
    }
}

/// Runs an image that fills every memory of the core.
fn largest_image_agrees<T: CoreTop>() {
    let random = RandomNetwork { seed: 3, neurons: 1.0, channels: 1.0, synapses: 1.0, empty_rows: 0.0, extremes: 0.2 };
    let image = random.image(&T::CONFIGURATION);
    let need = image.requirement();
    assert_eq!(u32::from(need.neurons_per_lane), u32::from(T::CONFIGURATION.neurons_per_lane));
    assert_eq!(need.channels, T::CONFIGURATION.channels);
    assert_eq!(need.synapse_words_per_lane, u32::from(T::CONFIGURATION.synapse_words_per_lane));
    agree::<T>(&image, 12);
}

#[test]
fn largest_image_of_the_small_core_agrees() {
    largest_image_agrees::<CoreSmall>();
}

#[test]
fn largest_images_of_the_cores_of_boards_agree() {
    largest_image_agrees::<CoreUp5k>();
    largest_image_agrees::<CoreEcp525f>();
    largest_image_agrees::<CoreEcp585f>();
}

#[test]
fn one_neuron_a_lane_agrees() {
    let random = RandomNetwork { seed: 4, neurons: 0.0, channels: 0.3, synapses: 0.5, empty_rows: 0.0, extremes: 0.3 };
    agree::<CoreSmall>(&random.image(&CoreSmall::CONFIGURATION), 200);
    agree::<CoreUp5k>(&random.image(&CoreUp5k::CONFIGURATION), 50);
    agree::<CoreEcp585f>(&random.image(&CoreEcp585f::CONFIGURATION), 50);
}

#[test]
fn self_loops_and_full_fan_in_agree() {
    let random = RandomNetwork { seed: 5, neurons: 1.0, channels: 1.0, synapses: 0.0, empty_rows: 0.0, extremes: 0.0 };
    let mut image = random.image(&CoreEcp525f::CONFIGURATION);
    // Every row has a synapse onto neuron 0 of lane 0, and every neuron one onto itself.
    let n_rows = image.n_rows() as u16;
    let synapse = |post_neuron, weight| spec::image::Synapse { post_neuron, weight };
    for (lane, table) in (0..).zip(&mut image.lanes) {
        table.row_ptr = vec![0];
        for row in 0..n_rows {
            if lane == 0 {
                table.synapses.push(synapse(0, 30));
            }
            if row >= image.n_channels && (row - image.n_channels) % 4 == lane {
                table.synapses.push(synapse(((row - image.n_channels) / 4) as u8, 90));
            }
            table.row_ptr.push(table.synapses.len() as u16);
        }
    }
    agree::<CoreEcp525f>(&image, 60);
}

#[test]
fn spikes_of_every_neuron_with_hardly_a_synapse_keep_the_bound() {
    // Every neuron fires in every tick, and each lane has a single synapse.
    let random = RandomNetwork { seed: 6, neurons: 1.0, channels: 0.0, synapses: 0.0, empty_rows: 0.0, extremes: 0.0 };
    let mut image = random.image(&CoreEcp585f::CONFIGURATION);
    for neuron in &mut image.neurons {
        neuron.parameters.bias = 20_000;
        neuron.parameters.threshold = 1;
        neuron.parameters.never_fires = false;
        neuron.parameters.refractory_ticks = 0;
    }
    for (lane, table) in image.lanes.iter_mut().enumerate() {
        let row = usize::from(image.n_channels) + 700 + lane * 31;
        table.row_ptr[row + 1..].fill(1);
        table.synapses.push(spec::image::Synapse { post_neuron: 9, weight: 5 });
    }
    agree::<CoreEcp585f>(&image, 20);
}

#[test]
fn events_during_a_tick_belong_to_the_next() {
    let random = RandomNetwork { seed: 8, neurons: 0.8, channels: 1.0, synapses: 1.0, empty_rows: 0.1, extremes: 0.1 };
    let image = random.image(&CoreEcp525f::CONFIGURATION);
    let mut cores = Lockstep::<CoreEcp525f>::new(&image.encode().unwrap()).unwrap_or_else(|error| panic!("{error}"));
    let ticks = events(8, image.n_channels, 80);
    let none = Vec::new();
    let mut n_early = 0;
    for (tick, channels) in ticks.iter().enumerate() {
        let next = ticks.get(tick + 1).unwrap_or(&none);
        cores.tick_while_giving(channels, next).unwrap_or_else(|divergence| panic!("{divergence}"));
        n_early += cores.n_early();
    }
    assert!(n_early > 1_000, "{n_early} early events");
}

#[test]
fn a_difference_is_located_and_gets_a_waveform() {
    let random = RandomNetwork { seed: 7, neurons: 1.0, channels: 0.5, synapses: 1.0, empty_rows: 0.0, extremes: 0.0 };
    let mut image = random.image(&CoreSmall::CONFIGURATION);
    let bytes = image.encode().unwrap();
    image.neurons[13].parameters.bias += 1;
    let other = model::Core::from_image(&image.encode().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let waveform = folder.path().join("divergence.vcd");
    let mut cores = Lockstep::<CoreSmall>::new(&bytes).unwrap().against(other).with_waveform(&waveform);
    let divergence = cores.tick(&[]).unwrap_err();
    assert_eq!((divergence.tick, divergence.neuron, divergence.what), (0, Some(13), "potential"));
    assert_eq!(divergence.model, divergence.rtl + 1);
    assert!(divergence.to_string().contains("tick 0, neuron 13: potential should be"), "{divergence}");
    let written = std::fs::read_to_string(divergence.waveform.unwrap()).unwrap();
    assert!(written.contains("$enddefinitions") && written.len() > 10_000);
}
