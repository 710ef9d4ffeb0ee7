//! Networks that are whole numbers already keep every spike.

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::fidelity::{IntegerRun, float_outputs};
use import::nir::Graph;
use import::{ImportOptions, Imported};
use spec::core::UP5K;

use crate::support::{file, input, linear, node, numbers, output};

const N_CHANNELS: u16 = 8;
const N_NEURONS: usize = 6;

/// Channels, weights and neurons that only add up, which fire above this threshold.
fn counters(weights: &[f64], threshold: f64, reset: ResetKind) -> Imported {
    let n_channels = (weights.len() / N_NEURONS) as u64;
    let all = |value: f64| numbers(&[N_NEURONS as u64], &[value; N_NEURONS]);
    let neurons = node("IF", &[("r", all(1.0)), ("v_threshold", all(threshold)), ("v_reset", all(0.0))]);
    let tree = file(
        &[
            ("in", input(n_channels as f64)),
            ("fc", linear(N_NEURONS as u64, n_channels, weights)),
            ("count", neurons),
            ("out", output(N_NEURONS as f64)),
        ],
        &[("in", "fc"), ("fc", "count"), ("count", "out")],
    );
    let options = ImportOptions {
        conventions: Conventions {
            dt_s: Some(1.0),
            integrator: Some(Integrator::Euler),
            reset: PerNode::all(reset),
            reset_delay: PerNode::all(false),
            ..Conventions::of(Producer::Nir)
        },
        core: UP5K,
        weight_bits: 8,
        most_synapses: None,
        max_count: 1,
        output: None,
        tick_ms: None,
        source: "net.nir".into(),
        source_sha256: String::new(),
    };
    Imported::of(&Graph::from_tree(&tree).unwrap(), None, &options).unwrap()
}

fn events() -> Vec<Vec<u16>> {
    let is_active = |tick: usize, channel: u16| (tick * 31 + usize::from(channel) * 17) * 2_654_435_761 % 97 < 30;
    (0..2_000).map(|tick| (0..N_CHANNELS).filter(|&channel| is_active(tick, channel)).collect()).collect()
}

/// Whole numbers, up to this magnitude.
fn whole(largest: usize) -> Vec<f64> {
    let place = 0..N_NEURONS * usize::from(N_CHANNELS);
    place
        .map(|it| ((it * 7919 + 31) % 2003 % (2 * largest + 1)) as f64 - largest as f64 * 0.75)
        .map(f64::round)
        .collect()
}

#[test]
fn counters_of_whole_numbers_fire_in_the_ticks_of_the_float_twin() {
    for reset in [ResetKind::Zero, ResetKind::Subtract] {
        for (largest, threshold, unit) in [(3, 4.0, 1.0), (127, 300.0, 1.0), (15, 40.0, 0.25)] {
            let weights: Vec<f64> = whole(largest).into_iter().map(|weight| weight * unit).collect();
            let imported = counters(&weights, threshold * unit, reset);
            let (float, integer) =
                (float_outputs(&imported.network, &events()), IntegerRun::of(&imported, &events()).outputs);
            let n_spikes: f64 = float.iter().flatten().sum();
            assert!(n_spikes > 100.0, "{reset:?} {largest}: {n_spikes}");
            let n_different = float.iter().flatten().zip(integer.iter().flatten()).filter(|(a, b)| a != b).count();
            assert_eq!(n_different, 0, "{reset:?} {largest} {unit}, of {n_spikes}");
        }
    }
}

#[test]
fn counters_of_whole_numbers_keep_all_of_their_range() {
    // Down by one in every tick; in finer steps the range would end after some hundred.
    let imported = counters(&[-1.0, 1.0].repeat(N_NEURONS), 3.0, ResetKind::Subtract);
    let mut events = vec![vec![0]; 20_000];
    events.extend(vec![vec![1]; 20_010]);
    assert_eq!(IntegerRun::of(&imported, &events).outputs, float_outputs(&imported.network, &events));
}

#[test]
fn a_potential_at_the_threshold_does_not_fire_though_a_quotient_is_rounded() {
    // In double precision 0.7 / 0.1 is a little below 7, and seven times 0.1 add up to 0.7 or a little less.
    let imported = counters(&[0.1; N_NEURONS], 0.7, ResetKind::Zero);
    let every_tick = vec![vec![0]; 30];
    let first = |outputs: Vec<Vec<f64>>| outputs.iter().position(|outputs| outputs[0] == 1.0);
    assert_eq!(first(IntegerRun::of(&imported, &every_tick).outputs), Some(7));
    assert_eq!(first(float_outputs(&imported.network, &every_tick)), Some(7));
}

#[test]
fn what_the_core_subtracts_beyond_the_threshold_is_given_back() {
    // Four ticks a spike at first, above the threshold; then three, as the threshold says.
    let imported = counters(&[1.0; N_NEURONS], 3.0, ResetKind::Subtract);
    let every_tick = vec![vec![0]; 400];
    let spikes = |outputs: Vec<Vec<f64>>| outputs.iter().map(|outputs| outputs[0]).collect::<Vec<f64>>();
    let integer = spikes(IntegerRun::of(&imported, &every_tick).outputs);
    assert_eq!(integer.iter().sum::<f64>(), 133.0);
    assert_eq!(integer, spikes(float_outputs(&imported.network, &every_tick)));
}
