//! Circuits of known balance, coherence, direct cells and connectivity.

use crate::support::populations::{bernoulli_trains, directions, unit};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use study::analysis::circuit::*;
use study::analysis::tuning::UnitTuning;
use study::analysis::{AnalysisError, SpikeTrains};
use train::Topology;
use train::network::{AreaSpan, Network, Projection, ProjectionKind};

/// Two channels, cortex of 20 neurons, motoneurons of 4, one readout.
fn wiring(synapses: Vec<WiredSynapse>) -> Wiring {
    let projection =
        |from: &str, to: &str, kind| Projection { from: from.into(), to: to.into(), kind, density: 1.0, gain: 1.0 };
    Wiring {
        n_channels: 2,
        n_neurons: 24,
        n_readouts: 1,
        areas: vec![
            AreaSpan { name: "cortex".into(), neurons: 0..20 },
            AreaSpan { name: "motoneurons".into(), neurons: 20..24 },
        ],
        projections: vec![
            projection("input", "cortex", ProjectionKind::Forward),
            projection("cortex", "motoneurons", ProjectionKind::Forward),
            projection("motoneurons", "cortex", ProjectionKind::Feedback),
            projection("motoneurons", "readout", ProjectionKind::Forward),
        ],
        synapses,
    }
}

fn synapse(pre_neuron: usize, post_neuron: usize, weight: f64, projection: usize) -> WiredSynapse {
    WiredSynapse { pre_neuron, post_neuron, weight, projection }
}

/// Spikes of 26 channels and neurons: those of `always` in every tick.
fn firing(always: &[u16]) -> SpikeTrains {
    SpikeTrains::new(26, 1.0, vec![vec![always.to_vec(); 5]; 4], directions(2, 2, 1)).unwrap()
}

#[test]
fn excitation_and_inhibition_are_summed_by_sign() -> Result<(), AnalysisError> {
    let wiring = wiring(vec![
        synapse(0, 0, 0.5, 0),
        synapse(1, 0, -0.5, 0),
        synapse(0, 1, 0.6, 0),
        synapse(1, 1, -0.2, 0),
        synapse(1, 2, -1.0, 0),
        synapse(2, 20, 3.0, 1),
    ]);
    let found = balance(&wiring, &firing(&[0, 1]))?;
    assert_eq!(found.neurons.len(), 25);
    let balances: Vec<Option<f64>> = found.neurons[..4].iter().map(|neuron| neuron.balance).collect();
    assert_eq!((balances[0], balances[2], balances[3]), (Some(0.0), Some(-1.0), None));
    assert!((balances[1].unwrap() - 0.5).abs() < 1e-12);
    assert!((found.neurons[1].excitation - 0.6).abs() < 1e-12 && (found.neurons[1].inhibition - 0.2).abs() < 1e-12);
    assert_eq!(found.neurons[20].balance, None, "its presynaptic neuron is silent");
    assert_eq!(found.areas[0].1.unwrap().n, 3);
    assert_eq!(found.areas[1].1, None);
    Ok(())
}

#[test]
fn inhibition_that_follows_excitation_is_tight_and_independent_inhibition_is_not() -> Result<(), AnalysisError> {
    // Neuron 0: both channels, which fire together. Neuron 1: channel 0 and neuron 5 (index 7), which are independent.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut tick = || -> Vec<u16> {
        let (together, alone) = (rng.random::<f64>() < 0.3, rng.random::<f64>() < 0.3);
        [(0, together), (1, together), (7, alone)].into_iter().filter(|(_, fires)| *fires).map(|(u, _)| u).collect()
    };
    let trials = (0..10).map(|_| (0..200).map(|_| tick()).collect()).collect();
    let spikes = SpikeTrains::new(26, 1.0, trials, directions(2, 5, 1))?;
    let wiring =
        wiring(vec![synapse(0, 0, 1.0, 0), synapse(1, 0, -1.0, 0), synapse(0, 1, 1.0, 0), synapse(7, 1, -1.0, 0)]);
    let found = balance(&wiring, &spikes)?;
    assert!((found.neurons[0].tightness.unwrap() - 1.0).abs() < 1e-9);
    assert!(found.neurons[1].tightness.unwrap().abs() < 0.1 && found.neurons[1].balance.unwrap().abs() < 0.1);
    Ok(())
}

#[test]
fn effective_connectivity_counts_events_by_kind() -> Result<(), AnalysisError> {
    let wiring = wiring(vec![
        synapse(0, 0, 0.5, 0),
        synapse(2, 20, 2.0, 1),
        synapse(2, 21, -1.0, 1),
        synapse(3, 21, 9.0, 1),
        synapse(22, 0, -0.6, 2),
        synapse(22, 24, 5.0, 3),
    ]);
    // Channel 0, cortex 0 (index 2) and motoneuron 0 (index 22) fire in every tick, all else never.
    let found = effective_connectivity(&wiring, &firing(&[0, 2, 22]))?;
    let flow = found.projections[1].flow;
    assert_eq!((flow.n_synapses, flow.kind), (3, ProjectionKind::Forward));
    assert!((flow.events_per_tick - 2.0).abs() < 1e-9 && (flow.weighted_per_tick - 3.0).abs() < 1e-9, "{flow:?}");
    assert!((flow.net_per_tick - 1.0).abs() < 1e-9, "{flow:?}");
    let [forward, recurrent, feedback] = found.kinds[..] else { panic!("three kinds") };
    assert!((forward.weighted_per_tick - 8.5).abs() < 1e-9 && (feedback.weighted_per_tick - 0.6).abs() < 1e-9);
    assert_eq!((recurrent.n_synapses, recurrent.events_per_tick), (0, 0.0));
    assert!((found.feedback_over_forward.unwrap() - 0.2).abs() < 1e-9, "{found:?}");
    assert_eq!(effective_connectivity(&wiring, &firing(&[0]))?.feedback_over_forward, None);
    Ok(())
}

#[test]
fn a_shipped_network_becomes_a_wiring_with_all_its_synapses() -> Result<(), Box<dyn std::error::Error>> {
    let network = Network::new(&Topology::load("T1")?, 10, 4, 1.0, 8, 1)?;
    let wiring = Wiring::from(&network);
    assert_eq!(wiring.synapses.len(), network.n_synapses());
    for synapse in &wiring.synapses {
        let entry = synapse.pre_neuron * network.layout.n_post() + synapse.post_neuron;
        assert_eq!(synapse.weight, f64::from(network.weights[entry]));
        let projection = &wiring.projections[synapse.projection];
        assert!(network.pre_range(&projection.from).contains(&synapse.pre_neuron), "{projection:?} {synapse:?}");
        assert!(network.post_range(&projection.to).contains(&synapse.post_neuron), "{projection:?} {synapse:?}");
    }
    // Every unit fires once a tick: events are synapses, and feedback is what the topology calls so.
    let n_units = 10 + network.layout.n_neurons;
    let spikes = bernoulli_trains(n_units, 3, directions(4, 1, 1), 1, |_, _, _| 1.0);
    let found = effective_connectivity(&wiring, &spikes)?;
    let n_synapses: usize = found.kinds.iter().map(|flow| flow.n_synapses).sum();
    assert_eq!(n_synapses, network.n_synapses());
    found.kinds.iter().for_each(|flow| assert!((flow.events_per_tick - flow.n_synapses as f64).abs() < 1e-6));
    assert!(found.feedback_over_forward.unwrap() < 0.5, "feedback starts small");
    assert_eq!(balance(&wiring, &spikes)?.areas.len(), 4);
    let cortex = wiring.area("cortex")?.len();
    let cells = direct_cells(&wiring, "cortex", "motoneurons", 0.25, &vec![unit(None); cortex])?;
    assert_eq!((cells.direct.n_units, cells.others.n_units), (32, 96));
    Ok(())
}

#[test]
fn direct_cells_are_those_that_drive_motoneurons_most() -> Result<(), AnalysisError> {
    // Neurons 0 to 4 drive motoneurons by 1 to 5, neuron 5 inhibits one, neuron 6 drives a neuron of cortex.
    let mut synapses: Vec<WiredSynapse> =
        (0..5).map(|neuron| synapse(2 + neuron, 20, 1.0 + neuron as f64, 1)).collect();
    synapses.extend([synapse(7, 21, -9.0, 1), synapse(8, 0, 9.0, 0), synapse(2, 23, 0.5, 1)]);
    let wiring = wiring(synapses);
    let tuning: Vec<UnitTuning> = (0..20).map(|neuron| unit((neuron < 5).then_some(1.0))).collect();
    let found = direct_cells(&wiring, "cortex", "motoneurons", 1.0, &tuning)?;
    assert_eq!(found.drive[..7], [1.5, 2.0, 3.0, 4.0, 5.0, 0.0, 0.0]);
    assert_eq!((found.direct.n_units, found.direct.n_tuned, found.others.n_tuned), (5, 5, 0));
    assert!(found.p < 1e-3 && found.drive_and_depth.unwrap().coefficient > 0.9, "{found:?}");
    let strongest = direct_cells(&wiring, "cortex", "motoneurons", 0.1, &tuning)?;
    let which: Vec<usize> = (0..20).filter(|&neuron| strongest.is_direct[neuron]).collect();
    assert_eq!(which, [3, 4]);
    Ok(())
}

#[test]
fn direct_cells_without_a_difference_show_none() -> Result<(), AnalysisError> {
    let synapses = (0..10).map(|neuron| synapse(2 + neuron, 20, 1.0, 1)).collect();
    let wiring = wiring(synapses);
    let n_found = (0..200)
        .filter(|&seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let tuning: Vec<UnitTuning> = (0..20).map(|_| unit(rng.random::<bool>().then_some(1.0))).collect();
            direct_cells(&wiring, "cortex", "motoneurons", 1.0, &tuning).unwrap().p <= 0.05
        })
        .count();
    // Fisher's test is conservative: at most 10 expected.
    assert!(n_found <= 20, "{n_found} of 200");
    Ok(())
}

/// Windows of two rates that share a rhythm of `common` times the noise at 100 Hz, its phase random in each window.
fn rates(n_windows: usize, common: f64, seed: u64) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n_windows)
        .map(|_| {
            let phase = std::f64::consts::TAU * rng.random::<f64>();
            let rhythm = |tick: usize| common * (std::f64::consts::TAU * 0.1 * tick as f64 + phase).sin();
            let mut noisy = |shift: usize| -> Vec<f64> {
                (0..50).map(|tick| rhythm(tick + shift) + rng.random_range(-1.0..1.0)).collect()
            };
            (noisy(0), noisy(3))
        })
        .unzip()
}

#[test]
fn a_common_rhythm_is_coherent_at_its_frequency_whatever_its_phase() -> Result<(), AnalysisError> {
    let (a, b) = rates(60, 1.0, 1);
    let found = coherence(&a, &b, 1.0, 99, 1)?;
    assert_eq!(found.frequency_hz.len(), 25);
    assert!((found.frequency_hz[0] - 20.0).abs() < 1e-9 && (found.frequency_hz[24] - 500.0).abs() < 1e-9);
    let peak = (0..25).max_by(|&x, &y| found.coherence[x].total_cmp(&found.coherence[y])).unwrap();
    assert!((found.frequency_hz[peak] - 100.0).abs() < 1e-9 && found.coherence[peak] > 0.8, "{found:?}");
    assert!(found.coherence[15] < 0.15 && found.coherence[peak] > found.shuffled_upper_95[peak], "{found:?}");
    // With nothing in common the mean is one over the number of windows.
    assert!((found.shuffled[15] - 1.0 / 60.0).abs() < 0.01, "{found:?}");
    assert_eq!(found.p, Some(0.01));
    Ok(())
}

#[test]
fn a_strong_rhythm_between_two_frequencies_stays_near_them() -> Result<(), AnalysisError> {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut window = |phase: f64| -> Vec<f64> {
        let rhythm = |tick: usize| 50.0 * (std::f64::consts::TAU * 0.09 * tick as f64 + phase).sin();
        (0..50).map(|tick| rhythm(tick) + rng.random_range(-1.0..1.0)).collect()
    };
    let (a, b): (Vec<_>, Vec<_>) = (0..60).map(|k| (window(f64::from(k)), window(f64::from(k)))).unzip();
    let found = coherence(&a, &b, 1.0, 0, 1)?;
    assert!(found.coherence[3] > 0.95 && found.coherence[4] > 0.95, "{found:?}");
    assert!(found.coherence[19..].iter().all(|&coherence| coherence < 0.3), "{found:?}");
    assert_eq!(found.p, None);
    Ok(())
}

#[test]
fn independent_rates_are_significant_only_at_the_level_of_the_test() -> Result<(), AnalysisError> {
    let mut n_found = 0;
    for seed in 0..200 {
        let (a, b) = rates(20, 0.0, seed);
        n_found += usize::from(coherence(&a, &b, 1.0, 39, seed)?.p.unwrap() <= 0.05);
    }
    assert!((1..=23).contains(&n_found), "{n_found} of 200, 10 expected");
    Ok(())
}

#[test]
fn activity_locked_to_the_window_is_coherent_in_the_shuffles_too() -> Result<(), AnalysisError> {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut locked = || -> Vec<Vec<f64>> {
        let rhythm = |tick: usize| (std::f64::consts::TAU * 0.1 * tick as f64).sin();
        (0..40).map(|_| (0..50).map(|tick| rhythm(tick) + rng.random_range(-1.0..1.0)).collect()).collect()
    };
    let (a, b) = (locked(), locked());
    let found = coherence(&a, &b, 1.0, 99, 1)?;
    assert!(found.coherence[4] > 0.8 && found.shuffled[4] > 0.8 && found.p.unwrap() > 0.02, "{found:?}");
    Ok(())
}

#[test]
fn the_rate_of_an_area_is_in_spikes_per_unit_and_second() -> Result<(), AnalysisError> {
    let trains = SpikeTrains::new(4, 2.0, vec![vec![vec![0, 3], vec![]]; 2], directions(2, 1, 1))?;
    assert_eq!(area_rates(&trains), [[250.0, 0.0], [250.0, 0.0]]);
    Ok(())
}

#[test]
fn bad_input_is_named_in_the_error() {
    let small = wiring(vec![synapse(0, 0, 1.0, 0)]);
    let few = bernoulli_trains(3, 5, directions(2, 2, 1), 1, |_, _, _| 0.5);
    assert!(balance(&small, &few).is_err() && effective_connectivity(&small, &few).is_err());
    let astray = wiring(vec![synapse(0, 99, 1.0, 0)]);
    assert_eq!(balance(&astray, &firing(&[0])).unwrap_err().input, "synapses");
    let error = direct_cells(&small, "cortex", "spinal", 0.5, &[]).unwrap_err();
    assert!(error.to_string().contains("`spinal` among cortex, motoneurons"), "{error}");
    assert_eq!(direct_cells(&small, "cortex", "motoneurons", 0.0, &vec![unit(None); 20]).unwrap_err().input, "share");
    assert_eq!(coherence(&[vec![0.0; 8]], &[vec![0.0; 8]], 1.0, 1, 1).unwrap_err().input, "windows");
    let silent = vec![vec![0.0; 8]; 3];
    assert!(coherence(&silent, &silent, 1.0, 5, 1).unwrap().coherence.iter().all(|&c| c == 0.0));
}
