//! Movement at every tick: filters against NumPy, causality, and the network in training against the reference model.

use std::f64::consts::TAU;
use std::ops::{ControlFlow, Range};

use model::Core;
use recording::{
    BlockOptions, Column, NamedColumn, Recording, Series, Stream, StreamOptions, StreamSplit, Tables, Times, TrialTable,
};
use train::Topology;
use train::baseline::recurrent::Cell;
use train::movement::{
    Filter, Kalman, KalmanOptions, MovementFitOptions, MovementOptions, Recurrent, TrainedMovementDecoder, Wiener,
    WienerOptions, fit_movement, runs, train_movement_decoder,
};
use train::network::{Network, QuantizedNetwork};
use train::pass::IntegerState;

const N_UNITS: usize = 20;
const N_TICKS: usize = 3000;
const TRAIN: Range<usize> = 0..2000;
const VALIDATION: Range<usize> = 2000..2400;
const TEST: Range<usize> = 2400..N_TICKS;
const WIENER: [f64; 2] = [0.579464050113, 0.747186963124];
const KALMAN: [(u32, bool, [f64; 2]); 4] = [
    (50, false, [0.688866725423, 0.464996486067]),
    (50, true, [0.709121314012, 0.044311288488]),
    (100, false, [0.682848069624, 0.580198568354]),
    (100, true, [0.704870517124, 0.093233638406]),
];

fn label(tick: usize) -> [f64; 2] {
    let time_s = 0.01 * tick as f64;
    [(TAU * time_s / 1.7).sin() + 0.5 * (TAU * time_s / 0.6).sin(), (TAU * time_s / 2.3).cos()]
}

/// Spike times of units tuned to [`label`], by a generator that NumPy can repeat.
fn units() -> Vec<Vec<f64>> {
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / 2_147_483_648.0
    };
    let mut units = vec![Vec::new(); N_UNITS];
    for tick in 0..N_TICKS {
        let [x, y] = label(tick);
        for (unit, spikes) in units.iter_mut().enumerate() {
            let angle = TAU * unit as f64 / N_UNITS as f64;
            let time_s = 0.01 * tick as f64;
            let is_end = unit == 0 && (tick == 0 || tick == N_TICKS - 1);
            if (random() < 0.15 * (1.0 + 0.8 * (x * angle.cos() + y * angle.sin()) / 1.5)) | is_end {
                spikes.push(time_s + 0.003);
            }
            if random() < 0.03 {
                spikes.push(time_s + 0.006);
            }
        }
    }
    units
}

fn session(units: Vec<Vec<f64>>) -> Recording {
    let ids = Column::Integer((0..).take(units.len()).collect());
    let columns = vec![NamedColumn { name: "id".into(), description: String::new(), values: ids }];
    Recording::generated("test".into(), String::new(), units, columns, TrialTable::default()).unwrap()
}

fn stream_of(recording: &Recording, label: impl Fn(usize) -> [f64; 2]) -> Stream {
    let velocity = Series {
        name: "hand_vel".into(),
        path: "hand_vel".into(),
        unit: "cm/s".into(),
        description: String::new(),
        axes: vec!["x".into(), "y".into()],
        times: Times::Regular { start_s: 0.005, rate_hz: 100.0 },
        values: (0..N_TICKS).flat_map(label).collect(),
    };
    Stream::of(recording, &velocity, None, &tick_10_ms()).unwrap()
}

fn tick_10_ms() -> StreamOptions {
    StreamOptions { tick_ms: 10, ..StreamOptions::default() }
}

fn values(filter: &dyn Filter, stream: &Stream) -> Vec<f64> {
    let mut all = Vec::new();
    filter.values(stream, 0..stream.n_ticks(), &mut |_, values| all.extend_from_slice(values));
    all
}

fn wiener(stream: &Stream) -> Wiener {
    let options = WienerOptions { bin_ms: 40, n_bins: vec![8], ridges: vec![100.0], stride_ms: 20 };
    Wiener::fit(stream, &[TRAIN], &runs(stream, &[VALIDATION]), &options).unwrap()
}

fn kalman(stream: &Stream, bin_ms: u32, with_sum: bool) -> Kalman {
    let options = KalmanOptions { bin_ms: vec![bin_ms], with_sum: vec![with_sum] };
    Kalman::fit(stream, &[TRAIN], &runs(stream, &[VALIDATION]), &options).unwrap()
}

/// Expected figures: the same spikes and labels in NumPy, ridge regression by `solve`, the filter of Wu et al. by `lstsq` and `inv`.
#[test]
fn filters_are_those_of_numpy() {
    let stream = stream_of(&session(units()), label);
    assert_eq!(stream.n_events() + stream.lost.len(), 10_667);
    let test = runs(&stream, &[TEST]);
    let close = |filter: &dyn Filter, expected: [f64; 2]| {
        let found = filter.score(&stream, &test).r2_by_axis;
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < 1e-6, "{found:?} {expected}");
        }
    };
    close(&wiener(&stream), WIENER);
    for (bin_ms, with_sum, expected) in KALMAN {
        close(&kalman(&stream, bin_ms, with_sum), expected);
    }
}

#[test]
fn spikes_after_a_tick_change_no_value_up_to_it() {
    let all = units();
    let until_s = 0.01 * 2500.0;
    let last = 0.01 * (N_TICKS - 1) as f64 + 0.003;
    let changed = all.iter().map(|unit| {
        let kept = unit.iter().copied().filter(|time_s| *time_s < until_s);
        kept.chain([until_s + 0.1, last]).collect()
    });
    let (stream, other) = (stream_of(&session(all.clone()), label), stream_of(&session(changed.collect()), label));
    let split = StreamSplit::last(&stream, 0.25, None, &BlockOptions::default()).unwrap();
    let options = MovementFitOptions { epochs: 1, n_lanes: 8, ..MovementFitOptions::default() };
    let recurrent = |cell| {
        let mut go_on = |_: &_| ControlFlow::Continue(());
        Recurrent::fit((cell, 8), &stream, &split.folds[0], &options, 1, &mut go_on).unwrap()
    };
    let filters: [Box<dyn Filter>; 4] = [
        Box::new(wiener(&stream)),
        Box::new(kalman(&stream, 50, false)),
        Box::new(recurrent(Cell::Gru)),
        Box::new(recurrent(Cell::Lstm)),
    ];
    for filter in filters {
        let (one, changed) = (values(&*filter, &stream), values(&*filter, &other));
        assert_eq!(one[..2 * 2500], changed[..2 * 2500]);
        assert_ne!(one, changed);
    }
}

fn network(stream: &Stream) -> Network {
    let topology = Topology::load(Topology::FREE_RUNNING).unwrap().with_neurons(16).unwrap();
    Network::new(&topology, stream.n_channels, 2, f64::from(stream.tick_ms), 8, 1).unwrap()
}

#[test]
fn a_training_follows_the_movement_and_repeats_to_the_bit() {
    let recording = session(units());
    let stream = stream_of(&recording, label);
    let split = StreamSplit::last(&stream, 0.25, None, &BlockOptions::default()).unwrap();
    let options = MovementFitOptions { epochs: 8, n_lanes: 8, learning_rate: 0.02, ..MovementFitOptions::default() };
    let fit = || {
        let mut go_on = |_: &_| ControlFlow::Continue(());
        fit_movement(network(&stream), &stream, &split.folds[0], &options, 1, &mut go_on).unwrap()
    };
    let trained = fit();
    assert_eq!(trained.quantized, fit().quantized);
    let [first, .., last] = &trained.history[..] else { panic!("{:?}", trained.history) };
    assert!(last.loss < 0.8 * first.loss && last.validation_loss < 0.8, "{:?}", trained.history);
}

#[test]
fn gru_and_lstm_follow_the_movement_on_the_same_ticks() {
    let recording = session(units());
    let stream = stream_of(&recording, label);
    let split = StreamSplit::last(&stream, 0.25, None, &BlockOptions::default()).unwrap();
    let options = MovementFitOptions { epochs: 20, n_lanes: 8, learning_rate: 0.02, ..MovementFitOptions::default() };
    let test = runs(&stream, &split.folds[0].test);
    for cell in [Cell::Gru, Cell::Lstm] {
        let fit = || {
            let mut go_on = |_: &_| ControlFlow::Continue(());
            Recurrent::fit((cell, 12), &stream, &split.folds[0], &options, 1, &mut go_on).unwrap()
        };
        let filter = fit();
        assert_eq!(filter.units(), (cell, 12));
        let score = filter.score(&stream, &test);
        assert!(score.r2.unwrap() > 0.4, "{cell:?}: {score:?}");
        assert_eq!(score, fit().score(&stream, &test));
    }
}

#[test]
fn labels_of_the_test_train_nothing() {
    let recording = session(units());
    let changed = |tick: usize| label(tick).map(|value| if tick < 2250 { value } else { 7.0 - 3.0 * value });
    let decoders = [stream_of(&recording, label), stream_of(&recording, changed)].map(|stream| {
        let split = StreamSplit::last(&stream, 0.25, None, &BlockOptions::default()).unwrap();
        train(&recording, &stream, &split)
    });
    let [one, other] = decoders.map(|trained| trained.decoder);
    assert_eq!(one.bytes(), other.bytes());
    assert_eq!(one.card().task, other.card().task);
    assert_ne!(one.card().report.score, other.card().report.score);
}

fn train(recording: &Recording, stream: &Stream, split: &StreamSplit) -> TrainedMovementDecoder {
    let options = MovementOptions {
        topology: Topology::load(Topology::FREE_RUNNING).unwrap(),
        n_neurons: Some(16),
        n_synapses: None,
        epochs: Some(3),
        core: None,
        weight_bits: 8,
        seed: 1,
        split: "a test".into(),
        baselines: Vec::new(),
        n_threads: 1,
    };
    let mut go_on = |_| ControlFlow::Continue(());
    train_movement_decoder(&[recording], &Tables::default(), stream, split, &tick_10_ms(), &options, &mut go_on)
        .unwrap()
}

/// Both run free over so many passes of a stream; returns the spikes of all neurons.
fn model_equals_training(quantized: &QuantizedNetwork, stream: &Stream, passes: usize) -> usize {
    let (image, _) = train::compile::compile(&quantized.lower(), &spec::core::ECP5_85F.configuration, None).unwrap();
    let (mut core, mut state) = (Core::of(&image), IntegerState::new(quantized));
    let mut n_spikes = 0;
    for tick in (0..passes).flat_map(|_| stream.ticks()) {
        let outcome = core.tick(stream.tick(tick)).unwrap();
        state.tick(quantized, stream.tick(tick));
        assert_eq!(outcome.scores, state.scores(quantized), "tick {tick}");
        assert_eq!(outcome.spikes.len(), state.fired().len(), "tick {tick}");
        n_spikes += outcome.spikes.len();
    }
    n_spikes
}

#[test]
fn the_reference_model_gives_the_scores_of_the_network_in_training() {
    let stream = stream_of(&session(units()), label);
    assert!(model_equals_training(&network(&stream).quantize(), &stream, 4) > 0);
}

#[test]
fn a_topology_for_windows_does_not_run_free() {
    for name in ["T1", "T2", "T3", "T4", "T5", "T6"] {
        let refused = Topology::load(name).unwrap().check_free_running().unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains("T7"), "{refused}");
    }
    Topology::load("T7").unwrap().check_free_running().unwrap();
}

mod verify {
    use recording::{ReachOptions, generate_reach};

    use super::*;

    /// A network trained for an epoch on a session of reaches, and the session.
    fn trained(minutes: u32, tick_ms: u32) -> (QuantizedNetwork, Stream) {
        let (recording, series) = generate_reach(&ReachOptions { minutes, ..ReachOptions::default() }).unwrap();
        let options = StreamOptions { tick_ms, ..StreamOptions::default() };
        let stream = Stream::of(&recording, &series[1], None, &options).unwrap();
        let split = StreamSplit::last(&stream, 0.25, None, &BlockOptions::default()).unwrap();
        let options = MovementFitOptions { epochs: 1, ..MovementFitOptions::default() };
        let mut go_on = |_: &_| ControlFlow::Continue(());
        let fit = fit_movement(network(&stream), &stream, &split.folds[0], &options, 1, &mut go_on).unwrap();
        (fit.quantized, stream)
    }

    #[test]
    fn the_model_gives_the_scores_of_training_over_240_000_ticks_of_4_ms() {
        let (quantized, stream) = trained(16, 4);
        assert!(stream.n_ticks() > 239_900);
        assert!(model_equals_training(&quantized, &stream, 1) > 10_000);
    }

    #[test]
    fn the_model_gives_the_scores_of_training_over_960_000_ticks_of_1_ms() {
        let (quantized, stream) = trained(16, 1);
        assert!(stream.n_ticks() > 959_900);
        assert!(model_equals_training(&quantized, &stream, 1) > 10_000);
    }

    #[test]
    fn a_million_ticks_of_a_periodic_input_do_not_drift() {
        let (quantized, stream) = trained(1, 4);
        let mut state = IntegerState::new(&quantized);
        let mut pass = || {
            let scores = stream.ticks().map(|tick| {
                state.tick(&quantized, stream.tick(tick));
                state.scores(&quantized).to_vec()
            });
            scores.collect::<Vec<_>>()
        };
        // What was before the first pass no longer shows in the second.
        pass();
        let second = pass();
        for _ in 2..1_000_000 / stream.n_ticks() {
            pass();
        }
        assert_eq!(pass(), second);
    }
}
