//! Decoders saved, loaded, and refused where they do not fit a recording.

use recording::{Column, Dataset, Recording, Shared, Split, SyntheticOptions, Tables, WindowOptions, generate};
use spec::core::{CORES, NamedCore};

use super::*;
use crate::fit::FitOptions;
use crate::network::Topology;

fn recording() -> Recording {
    generate(&SyntheticOptions { n_channels: 12, trials_per_direction: 12, ..SyntheticOptions::default() })
        .expect("options are fine")
}

/// Another session of the same task.
fn other() -> Recording {
    generate(&SyntheticOptions { n_channels: 12, trials_per_direction: 12, seed: 2, ..SyntheticOptions::default() })
        .expect("options are fine")
}

fn largest_core() -> NamedCore {
    CORES.into_iter().max_by_key(|core| core.configuration.neurons()).expect("there are cores")
}

const N_TICKS: u32 = 50;

fn cut(recording: &Recording) -> (Dataset, WindowOptions) {
    let windows = WindowOptions { window_ms: N_TICKS, ..WindowOptions::default() };
    (Dataset::cut(recording, &windows).expect("windows"), windows)
}

/// A decoder trained for an epoch on the windows of a recording.
fn decoder(recording: &Recording) -> Decoder {
    let (dataset, windows) = cut(recording);
    train(&Origin::of(&[recording], &Tables::default(), &dataset).expect("a recording"), &dataset, &windows)
}

fn train(origin: &Origin, dataset: &Dataset, windows: &WindowOptions) -> Decoder {
    let split = Split::k_fold(dataset, 2, 1).expect("enough trials");
    let options = DecoderOptions {
        topology: Topology::load("T3").expect("shipped"),
        core: Some(largest_core()),
        weight_bits: 8,
        seed: 1,
        split_column: None,
        fit: FitOptions { epochs: 1, ..FitOptions::default() },
        start: None,
        plastic: None,
    };
    train_decoder(origin, dataset, &split, windows, &options, &mut |_| std::ops::ControlFlow::Continue(()))
        .expect("trains")
        .decoder
}

/// All but the figures of the report, of which JSON may change the last bit.
fn assert_same(found: &Decoder, expected: &Decoder) {
    assert_eq!((found.bytes(), found.network(), found.core()), (expected.bytes(), expected.network(), expected.core()));
    let report = expected.card().report.clone();
    assert_eq!(DecoderCard { report, ..found.card().clone() }, *expected.card());
}

#[test]
fn arrays_train_the_same_image_as_the_recording_that_they_come_from() {
    let recording = recording();
    let expected = decoder(&recording);
    let Dataset { n_channels, tick_ms, classes, samples, .. } = cut(&recording).0;
    let arrays = Dataset::from_samples(n_channels, tick_ms, classes, samples).expect("valid samples");
    let identity = RecordingIdentity::of_arrays("0".repeat(64));
    let found = train(&identity.clone().into(), &arrays, &WindowOptions::default());
    assert_eq!(found.bytes(), expected.bytes());
    assert_eq!(found.card().recording, identity);
    assert_eq!(found.overlap(&recording.identity()), TrainingOverlap::Unknown);
    let again = found.cut(&recording).expect("tick and window length are those of the arrays");
    assert_eq!(again.samples, arrays.samples);
}

#[test]
fn a_saved_decoder_is_loaded_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("decoder.img");
    let decoder = decoder(&recording());
    decoder.save(&path).expect("written");
    assert_same(&Decoder::load(&path).expect("readable"), &decoder);
    assert!(matches!(decoder.save(folder.path()), Err(SaveError { .. })));

    std::fs::write(&path, b"no image").expect("written");
    assert!(matches!(Decoder::load(&path), Err(LoadError::Image { .. })));
    std::fs::remove_file(&path).expect("there");
    assert!(matches!(Decoder::load(&path), Err(LoadError::Unreadable { .. })));
    decoder.save(&path).expect("written");
    std::fs::remove_file(DecoderCard::path_beside(&path)).expect("there");
    assert!(matches!(Decoder::load(&path), Err(LoadError::Card(CardError::Unreadable { .. }))));
}

#[test]
fn a_companion_that_does_not_fit_its_image_is_refused() {
    let decoder = decoder(&recording());
    let read = |change: fn(&mut DecoderCard)| {
        let mut card = decoder.card().clone();
        change(&mut card);
        let text = serde_json::to_string(&card).expect("JSON");
        Decoder::parse(Path::new("a.img"), decoder.bytes().to_vec(), &text)
    };
    assert_same(&read(|_| ()).expect("as it was"), &decoder);
    assert!(matches!(read(|card| card.core = "none".to_owned()), Err(LoadError::UnknownCore { .. })));
    assert!(matches!(read(|card| card.classes.truncate(2)), Err(LoadError::Classes { named: 2, .. })));
    let other = read(|card| card.network_hash.clear());
    assert!(matches!(other, Err(LoadError::Card(CardError::OtherImage { .. }))));
    let version = read(|card| card.card_version = 9);
    assert!(matches!(version, Err(LoadError::Card(CardError::Version { found: 9, .. }))));
}

#[test]
fn a_companion_with_training_options_that_are_gone_is_read() {
    let decoder = decoder(&recording());
    let mut card = serde_json::to_value(decoder.card()).expect("JSON");
    card["training"]["rate_band"] = serde_json::Value::Null;
    card["training"]["augmentation"]["channel_dropout"] = 0.0.into();
    let parsed = Decoder::parse(Path::new("a.img"), decoder.bytes().to_vec(), &card.to_string());
    assert_same(&parsed.expect("read"), &decoder);
}

#[test]
fn held_out_trials_are_those_that_training_has_not_seen() {
    let recording = recording();
    let decoder = decoder(&recording);
    let dataset = decoder.cut(&recording).expect("the same recording");
    let trials_of = |identity: &RecordingIdentity| {
        let held_out = decoder.held_out(identity, &dataset)?;
        Ok::<_, HeldOutError>(held_out.iter().map(|sample| sample.trial).collect::<Vec<_>>())
    };
    let same = recording.identity();
    assert_eq!(trials_of(&same).expect("some"), decoder.card().held_out_trials);
    let exported_again = RecordingIdentity { name: "again".to_owned(), sha256: "1".to_owned(), ..same.clone() };
    assert_eq!(trials_of(&exported_again).expect("some"), decoder.card().held_out_trials);
    let changed = RecordingIdentity { sha256: "0".to_owned(), content: None, ..same.clone() };
    assert_eq!(trials_of(&changed), Err(HeldOutError::Unknown { recording: recording.name.clone() }));
    let other = RecordingIdentity { name: "other".to_owned(), ..changed };
    assert_eq!(trials_of(&other).expect("all").len(), dataset.n_trials);
}

#[test]
fn trials_that_training_did_not_choose_are_held_out() {
    let mut recording = recording();
    // The first trial is written twice.
    let table = &mut recording.trials;
    let n_trials = table.len();
    table.start_s.push(table.start_s[0]);
    table.stop_s.push(table.stop_s[0]);
    for column in &mut table.columns {
        match &mut column.values {
            recording::Column::Real(values) => values.push(values[0]),
            recording::Column::Integer(values) => values.push(values[0]),
            recording::Column::Text(values) => values.push(values[0].clone()),
            recording::Column::Vector(values) => values.push(values[0]),
        }
    }
    let select = |trials: &str| {
        let selection = Selection { units: None, trials: Some(trials.to_owned()) };
        WindowOptions { window_ms: N_TICKS, selection, ..WindowOptions::default() }
    };
    let windows = select(&format!("id<{}", n_trials / 2));
    let dataset = Dataset::cut(&recording, &windows).expect("windows");
    let origin = Origin::of(&[&recording], &Tables::default(), &dataset).expect("a recording");
    let decoder = train(&origin, &dataset, &windows);
    let trials_of = |decoder: &Decoder, trials: &str| {
        let dataset = decoder.cut_with(&recording, &select(trials)).expect("windows").dataset;
        let held_out = decoder.held_out(&recording.identity(), &dataset)?;
        Ok::<_, HeldOutError>(held_out.iter().map(|sample| sample.trial).collect::<Vec<_>>())
    };
    let by_split = &decoder.card().held_out_trials;
    assert_eq!(trials_of(&decoder, &format!("id<{}", n_trials / 2)).as_ref(), Ok(by_split));
    let others: Vec<usize> = (n_trials / 2..n_trials).collect();
    // Of the trial that is there twice, the earlier row counts, unless it is not chosen.
    let is_first_held_out = by_split.contains(&0);
    let expected = if is_first_held_out { [&others[..], &[n_trials]].concat() } else { others.clone() };
    assert_eq!(trials_of(&decoder, &format!("id>={}", n_trials / 2)), Ok(expected));
    assert_eq!(trials_of(&decoder, "id>=0"), Ok([&by_split[..], &others[..]].concat()));
    // Companions of older versions do not say.
    let mut older = decoder;
    older.card.other_trials.clear();
    let none = HeldOutError::NoTrial { recording: recording.name.clone() };
    assert_eq!(trials_of(&older, &format!("id>={}", n_trials / 2)), Err(none));
}

#[test]
fn regular_times_tell_nothing_unless_the_labels_are_others() {
    let recording = recording();
    let decoder = decoder(&recording);
    let other = other();
    let overlap = |recording: &Recording| {
        let dataset = decoder.cut(recording).expect("windows");
        decoder.overlap_of_windows(&recording.identity(), &dataset)
    };
    assert!(matches!(decoder.overlap(&other.identity()), TrainingOverlap::RegularTimes(_)));
    assert_eq!(overlap(&other), TrainingOverlap::Nothing);
    let sorted_again = Recording { trials: recording.trials.clone(), ..other };
    assert!(matches!(overlap(&sorted_again), TrainingOverlap::RegularTimes(Shared { units: 0, .. })));
    let dataset = decoder.cut(&sorted_again).expect("windows");
    assert_eq!(decoder.held_out(&sorted_again.identity(), &dataset).expect("all").len(), dataset.n_trials);
}

#[test]
fn units_are_matched_by_the_ids_that_both_have() {
    let with_ids = |mut recording: Recording, ids: &[i64]| {
        recording.unit_columns.retain(|column| column.name != "id");
        let values = recording::Column::Integer(ids.to_vec());
        recording.unit_columns.push(recording::NamedColumn { name: "id".into(), description: String::new(), values });
        recording
    };
    let matched = |trained: &[i64], found: &[i64]| {
        let decoder = decoder(&with_ids(recording(), trained));
        let rows = |of: Recording| {
            let cut = decoder.cut_with(&with_ids(of, found), &decoder.card().windows).expect("windows");
            (cut.units.by, cut.units.n_by_id, cut.dataset.units[0].clone())
        };
        // The recording of the training itself has its units in their order, whatever their ids.
        assert_eq!(rows(recording()).2, Vec::from_iter(0..12));
        rows(other())
    };
    let rows: Vec<i64> = (0..12).collect();
    let reversed: Vec<i64> = rows.iter().rev().copied().collect();
    let of_reversed: Vec<usize> = (0..12).rev().collect();
    assert_eq!(matched(&rows, &rows), (MatchedBy::Row, 0, (0..12).collect()));
    assert_eq!(matched(&rows, &reversed), (MatchedBy::Id, 12, of_reversed));
    let [own, others]: [Vec<i64>; 2] = [100, 99].map(|first| rows.iter().map(|row| first + row).collect());
    assert_eq!(matched(&own, &others), (MatchedBy::RowOtherIds, 11, (1..12).chain([0]).collect()));
}

#[test]
fn other_units_of_the_recording_of_the_training_are_refused() {
    let recording = recording();
    let select = |units: &str| {
        let selection = Selection { units: Some(units.to_owned()), trials: None };
        WindowOptions { window_ms: N_TICKS, selection, ..WindowOptions::default() }
    };
    let windows = select("id<6");
    let dataset = Dataset::cut(&recording, &windows).expect("windows");
    let origin = Origin::of(&[&recording], &Tables::default(), &dataset).expect("a recording");
    let decoder = train(&origin, &dataset, &windows);
    let cut = |recording: &Recording, units: &str| decoder.cut_with(recording, &select(units));
    assert!(matches!(cut(&recording, "id>=6"), Err(CutError::OtherUnits { n_others: 6 })));
    assert!(matches!(cut(&recording, "id>0,id<7"), Err(CutError::OtherUnits { n_others: 1 })));
    assert!(cut(&recording, "id<=5").is_ok());
    let other = generate(&SyntheticOptions { n_channels: 12, seed: 2, ..SyntheticOptions::default() }).expect("fine");
    assert!(cut(&other, "id>=6").is_ok());
}

#[test]
fn a_recording_of_another_kind_is_refused_with_what_differs() {
    let recording = recording();
    let decoder = decoder(&recording);
    let mut fewer = recording.clone();
    fewer.units.pop();
    fewer.unit_columns.clear();
    assert!(matches!(decoder.cut(&fewer), Err(CutError::Channels { found: 11, expected: 12 })));
    let mut dataset = decoder.cut(&recording).expect("the same recording");
    dataset.tick_ms = 2;
    assert!(matches!(decoder.check(&dataset), Err(CutError::Tick { found: 2, expected: 1 })));
    dataset.classes.swap(0, 1);
    assert!(matches!(decoder.check(&dataset), Err(CutError::Classes { .. })));
}

/// The session with its labels, which are numbers, changed.
fn with_labels(mut recording: Recording, change: impl Fn(&[f64]) -> Column) -> Recording {
    let labels = recording.trials.columns.iter_mut().find(|column| column.name == "target_direction").expect("labels");
    let Column::Real(values) = &labels.values else { panic!("they are numbers") };
    labels.values = change(values);
    recording
}

#[test]
fn labels_in_another_order_are_those_of_the_network() {
    let decoder = decoder(&recording());
    let as_text = with_labels(other(), |labels| Column::Text(labels.iter().map(f64::to_string).collect()));
    let (numbers, text) =
        (decoder.cut(&other()).expect("the same task"), decoder.cut(&as_text).expect("the same labels"));
    assert_eq!((&text.samples, &text.classes), (&numbers.samples, &numbers.classes));
    assert_ne!(cut(&as_text).0.classes, numbers.classes);
}

#[test]
fn labels_of_another_unit_are_named() {
    let decoder = decoder(&recording());
    let radians = with_labels(other(), |labels| Column::Real(labels.iter().map(|label| label.to_radians()).collect()));
    let error = decoder.cut(&radians).expect_err("0 only is a class of the network").to_string();
    assert!(error.contains("class `45`: no trial has it") && error.contains("0.78"), "{error}");
}
