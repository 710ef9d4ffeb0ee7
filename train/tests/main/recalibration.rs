//! Trainings that continue from a decoder.

use std::ops::ControlFlow;
use std::path::Path;

use model::Core;
use recording::{
    Column, Dataset, NamedColumn, Recording, RecordingIdentity, Split, SyntheticOptions, Tables, WindowOptions,
    generate,
};
use spec::core::{CORES, NamedCore};
use train::data::TrainingSample;
use train::decoder::{DecoderError, MatchedBy, Origin, Progress, Start, StartError, StartedFrom, TrainingOverlap};
use train::fit::{FitOptions, fit_observed};
use train::network::{Network, QuantizedNetwork};
use train::{Decoder, DecoderCard, DecoderOptions, Topology, pass, train_decoder};

/// A session with these units, by their ids.
fn day(seed: u64, ids: &[usize]) -> Recording {
    let all =
        generate(&SyntheticOptions { n_channels: 14, trials_per_direction: 8, seed, ..SyntheticOptions::default() });
    let mut recording = all.expect("options are fine");
    recording.units = ids.iter().map(|id| recording.units[*id].clone()).collect();
    let values = Column::Text(ids.iter().map(|id| format!("unit {id}")).collect());
    recording.unit_columns = vec![NamedColumn { name: "id".to_owned(), description: String::new(), values }];
    recording
}

fn first_ids() -> Vec<usize> {
    (0..12).collect()
}

fn core(lanes: u8) -> NamedCore {
    CORES.into_iter().rfind(|core| core.configuration.lanes == lanes).expect("there are such cores")
}

fn cut(recording: &Recording) -> Dataset {
    Dataset::cut(recording, &WindowOptions::default()).expect("windows")
}

fn train(recording: &Recording, topology: &str, core: NamedCore, start: Option<Start>) -> Decoder {
    let dataset = cut(recording);
    let options = DecoderOptions {
        topology: Topology::load(topology).expect("shipped"),
        core: Some(core),
        weight_bits: 8,
        seed: 1,
        split_column: None,
        fit: FitOptions { epochs: 2, ..FitOptions::for_windows(dataset.samples.len(), dataset.tick_ms) },
        start,
        plastic: None,
    };
    let origin = Origin::of(&[recording], &Tables::default(), &dataset).expect("a recording");
    let split = Split::k_fold(&dataset, 2, 1).expect("enough trials");
    let windows = WindowOptions::default();
    let mut progress = |_: Progress<'_>| ControlFlow::Continue(());
    train_decoder(&origin, &dataset, &split, &windows, &options, &mut progress).expect("trains").decoder
}

fn samples(dataset: &Dataset) -> Vec<TrainingSample<'_>> {
    dataset.samples.iter().map(|sample| TrainingSample { ticks: &sample.ticks, class: sample.class }).collect()
}

/// The network that a training on a data set starts with.
fn restored(start: &Start, dataset: &Dataset, topology: &str) -> Network {
    let topology = Topology::load(topology).expect("shipped");
    let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
    let fresh = Network::new(&topology, n_channels, n_classes, 1.0, 8, 7).expect("sizes are fine");
    fresh.restored(&start.network().expect("an order"), start.channels())
}

/// Scores of every tick of all windows.
fn scores(network: &QuantizedNetwork, dataset: &Dataset) -> Vec<Vec<i16>> {
    dataset.samples.iter().flat_map(|sample| pass::scores(network, &sample.ticks)).collect()
}

fn scores_of_image(decoder: &Decoder, dataset: &Dataset) -> Vec<Vec<i16>> {
    let mut core = Core::of(decoder.network());
    let mut scores = Vec::new();
    for sample in &dataset.samples {
        core.restart();
        for channels in &sample.ticks {
            scores.push(core.tick(channels).expect("channels").scores.to_vec());
        }
    }
    scores
}

#[test]
fn without_training_a_network_scores_as_its_image_whatever_the_order_of_the_units() {
    let (first, other) = (day(1, &first_ids()), day(2, &first_ids()));
    let order = [3, 9, 0, 11, 5, 1, 10, 2, 8, 4, 7, 6];
    for (topology, lanes) in [("T6", 1), ("T6", 4), ("T1", 4), ("direct", 1)] {
        let decoder = train(&first, topology, core(lanes), None);
        let dataset = cut(&other);
        let expected = scores_of_image(&decoder, &dataset);
        let start = decoder.start(&[&other], &dataset).expect("the same units");
        let network = restored(&start, &dataset, topology);
        assert_eq!(scores(&network.quantize(), &dataset), expected, "{topology} on {lanes} lanes");

        let permuted = day(2, &order);
        let dataset = cut(&permuted);
        let start = decoder.start(&[&permuted], &dataset).expect("the same units");
        let channels: Vec<Option<usize>> = order.into_iter().map(Some).collect();
        assert_eq!(start.channels(), channels);
        let network = restored(&start, &dataset, topology);
        assert_eq!(scores(&network.quantize(), &dataset), expected, "{topology} on {lanes} lanes, permuted");
    }
}

#[test]
fn a_training_begins_with_the_integers_of_the_image() {
    let (first, other) = (day(1, &first_ids()), day(2, &first_ids()));
    for topology in ["T6", "T1"] {
        let decoder = train(&first, topology, core(1), None);
        let dataset = cut(&other);
        let start = decoder.start(&[&other], &dataset).expect("the same units");
        let old = start.network().expect("an order");
        let options =
            FitOptions { epochs: 1, calibrated_rate: None, ..FitOptions::for_windows(dataset.samples.len(), 1) };
        let mut begun = None;
        let mut observe = |network: &QuantizedNetwork, epoch: usize| {
            if epoch == 0 {
                begun = Some((network.weights.clone(), network.neurons.clone()));
            }
        };
        let mut progress = |_: &_| ControlFlow::Continue(());
        let network = restored(&start, &dataset, topology);
        fit_observed(network, &samples(&dataset), &options, 1, &mut progress, &mut observe).expect("trains");
        let (weights, neurons) = begun.expect("observed");
        assert_eq!(weights, old.weights, "{topology}");
        assert_eq!(neurons, old.neurons, "{topology}");
    }
}

#[test]
fn equal_seeds_continue_alike_with_units_that_come_and_go() {
    let first = day(1, &first_ids());
    let other = day(2, &[13, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    let decoder = train(&first, "T6", core(4), None);
    let dataset = cut(&other);
    let start = decoder.start(&[&other], &dataset).expect("units in common");
    let StartedFrom { n_matched, n_new, n_gone, by, .. } = *start.from();
    assert_eq!((n_matched, n_new, n_gone, by), (9, 2, 3, MatchedBy::Id));
    let network = restored(&start, &dataset, "T6");
    let n_post = network.layout.n_post();
    let row = |network: &Network, channel: usize| network.weights[channel * n_post..][..n_post].to_vec();
    let old = start.network().expect("an order");
    assert!(
        old.weights[3 * n_post..][..n_post].iter().zip(row(&network, 1)).all(|(old, new)| (*old == 0) == (new == 0.0))
    );
    assert!(row(&network, 0).iter().any(|weight| *weight != 0.0), "a new unit has weights");

    let [one, again] = [(); 2].map(|()| train(&other, "T6", core(4), Some(start.clone())));
    assert_eq!(one.bytes(), again.bytes());
    let from = one.card().started_from.clone().expect("it continues");
    assert_eq!(from.first_trial, other.trials.len(), "earlier trials are numbered on");
    assert_eq!(StartedFrom { first_trial: start.from().first_trial, ..from }, *start.from());
    assert_eq!(one.card().n_tested_trials(), dataset.n_trials / 2);
    assert_ne!(one.bytes(), train(&other, "T6", core(4), None).bytes());

    // What the old network has seen, the new one has.
    assert_eq!(one.overlap(&first.identity()), TrainingOverlap::AllButHeldOut);
    let held_out = |decoder: &Decoder, of: &Recording, dataset: &Dataset| -> Vec<usize> {
        let held_out = decoder.held_out(&of.identity(), dataset).expect("some");
        held_out.iter().map(|sample| sample.trial).collect()
    };
    assert_eq!(held_out(&one, &first, &cut(&first)), held_out(&decoder, &first, &cut(&first)));
    assert_eq!(held_out(&one, &other, &dataset).len(), dataset.n_trials / 2);

    // And it can be continued from in turn.
    let third = day(3, &[0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    let dataset = cut(&third);
    let start = one.start(&[&third], &dataset).expect("units in common");
    assert_eq!((start.from().n_matched, start.from().n_new, start.from().n_gone), (10, 1, 1));
    let twice = train(&third, "T6", core(4), Some(start));
    assert_eq!(twice.overlap(&first.identity()), TrainingOverlap::AllButHeldOut);
    assert_eq!(twice.card().further_recordings.len(), 2);
}

#[test]
fn what_a_network_cannot_become_is_refused() {
    let (first, other) = (day(1, &first_ids()), day(2, &first_ids()));
    let decoder = train(&first, "T6", core(4), None);
    let start = |of: &Recording, dataset: &Dataset| decoder.start(&[of], dataset).map(drop);
    assert_eq!(start(&first, &cut(&first)), Err(StartError::SameRecording));
    let windows = WindowOptions { classes: Some(vec!["0".to_owned(), "90".to_owned()]), ..WindowOptions::default() };
    let fewer = Dataset::cut(&other, &windows).expect("windows");
    assert!(matches!(start(&other, &fewer), Err(StartError::Classes { .. })));
    let slower = Dataset::cut(&other, &WindowOptions { tick_ms: 2, ..WindowOptions::default() }).expect("windows");
    assert_eq!(start(&other, &slower), Err(StartError::Tick { found: 2, expected: 1 }));
    let mut unknown = day(2, &[0, 1, 2]);
    unknown.unit_columns.clear();
    assert_eq!(start(&unknown, &cut(&unknown)), Err(StartError::Count { found: 3, expected: 12 }));
    let others = day(2, &[12, 13]);
    assert_eq!(start(&others, &cut(&others)), Err(StartError::OtherUnits { found: 2 }));

    let dataset = cut(&other);
    let network = decoder.start(&[&other], &dataset).expect("the same units");
    let origin = RecordingIdentity { name: "arrays".to_owned(), sha256: "0".repeat(64), content: None };
    let options = DecoderOptions {
        topology: Topology::load("T1").expect("shipped"),
        core: None,
        weight_bits: 8,
        seed: 1,
        split_column: None,
        fit: FitOptions::default(),
        start: Some(network),
        plastic: None,
    };
    let split = Split::k_fold(&dataset, 2, 1).expect("enough trials");
    let mut progress = |_: Progress<'_>| ControlFlow::Continue(());
    let windows = WindowOptions::default();
    let refused = train_decoder(&origin.clone().into(), &dataset, &split, &windows, &options, &mut progress);
    assert!(matches!(refused, Err(DecoderError::Start(StartError::Topology { .. }))));
    let options = DecoderOptions { topology: decoder.card().topology.clone(), weight_bits: 6, ..options };
    let refused = train_decoder(&origin.into(), &dataset, &split, &windows, &options, &mut progress);
    assert!(matches!(refused, Err(DecoderError::Start(StartError::WeightBits { found: 6, expected: 8 }))));

    let card = DecoderCard { neuron_order: Vec::new(), ..decoder.card().clone() };
    let text = serde_json::to_string(&card).expect("JSON");
    let older = Decoder::parse(Path::new("a.img"), decoder.bytes().to_vec(), &text).expect("as it was");
    assert!(matches!(older.start(&[&other], &dataset), Err(StartError::Raise(_))));
}
