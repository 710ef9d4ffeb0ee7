//! Sessions of known tuning: the analyses find the truth in them, also by way of a file.

use recording::{Dataset, Recording, WindowOptions, write_nwb};
use study::analysis::responses::{angles_of_degrees, evenly_spaced_angles};
use study::analysis::statistics::circular_difference;
use study::analysis::tuning::{TuningClass, TuningOptions, UnitTuning, shuffled_control, tune};
use study::analysis::{AnalysisError, SpikeTrains};
use study::synthetic::*;

fn class_of(kind: UnitKind) -> TuningClass {
    match kind {
        UnitKind::Cosine => TuningClass::CosineTuned,
        UnitKind::Selective => TuningClass::Selective,
        UnitKind::Untuned => TuningClass::Untuned,
        UnitKind::Silent => TuningClass::Silent,
    }
}

/// Units that are found to be what they were made to be.
fn n_right(session: &Session, units: &[UnitTuning]) -> usize {
    session.units.iter().zip(units).filter(|(truth, unit)| class_of(truth.kind) == unit.class).count()
}

#[test]
fn every_kind_of_unit_is_recognized() -> Result<(), AnalysisError> {
    for (n_directions, seed) in [(4, 1), (4, 2), (8, 3), (5, 4)] {
        let session = session(&SessionOptions { n_directions, seed, ..SessionOptions::default() })?;
        let units = tune(&session.spike_trains(0, 400, 1)?.responses(), &TuningOptions::default())?;
        assert!(n_right(&session, &units) >= 56, "{} of 60 at {n_directions}", n_right(&session, &units));
        for (truth, unit) in session.units.iter().zip(&units) {
            if let (Some(truth), Some(found)) = (truth.preferred_rad, unit.preferred_rad()) {
                assert!(circular_difference(found, truth).abs() < 0.5, "{found}, {truth}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_parts_are_as_large_as_they_were_ordered() -> Result<(), AnalysisError> {
    let session = session(&SessionOptions::default())?;
    let count = |kind| session.units.iter().filter(|unit| unit.kind == kind).count();
    let counts = [UnitKind::Cosine, UnitKind::Selective, UnitKind::Silent, UnitKind::Untuned].map(count);
    assert_eq!(counts, [30, 9, 3, 18]);
    for class in 0..4 {
        assert_eq!(session.class.iter().filter(|&&of_trial| of_trial == class).count(), 30);
    }
    let selective = session.units.iter().find(|unit| unit.kind == UnitKind::Selective).unwrap();
    let off: Vec<f64> = evenly_spaced_angles(4).iter().map(|&a| selective.rate_hz(a) - selective.baseline_hz).collect();
    assert!(off[0] * off[1] < 0.0 && (off[0] - off[2]).abs() < 1e-9 && (off[1] - off[3]).abs() < 1e-9, "{off:?}");
    Ok(())
}

#[test]
fn tuning_shows_after_its_onset_and_not_before() -> Result<(), AnalysisError> {
    let options = SessionOptions { onset_ms: (200.0, 200.0), ..SessionOptions::default() };
    let session = session(&options)?;
    let tuned = |offset_ms| -> Result<usize, AnalysisError> {
        let units = tune(&session.spike_trains(offset_ms, 200, 1)?.responses(), &TuningOptions::default())?;
        Ok(units.iter().filter(|unit| unit.is_selective()).count())
    };
    assert!(tuned(0)? <= 1, "{} before", tuned(0)?);
    assert!(tuned(200)? >= 33, "{} of 39 after", tuned(200)?);
    Ok(())
}

#[test]
fn a_session_without_tuning_shows_none_and_a_shuffled_one_neither() -> Result<(), AnalysisError> {
    let options = TuningOptions { n_permutations: 999, ..TuningOptions::default() };
    let mut with_one = 0;
    for seed in 0..40 {
        let none =
            SessionOptions { tuned_fraction: 0.0, selective_fraction: 0.0, n_units: 30, seed, ..Default::default() };
        let responses = session(&none)?.spike_trains(0, 50, 1)?.responses();
        with_one += usize::from(tune(&responses, &options)?.iter().any(UnitTuning::is_selective));
    }
    assert!(with_one <= 8, "{with_one} of 40, 2 expected");
    let tuned = session(&SessionOptions::default())?.spike_trains(0, 200, 1)?.responses();
    let control = shuffled_control(&tuned, &options, 20)?;
    assert!(control.mean < 0.02, "{control:?}");
    Ok(())
}

#[test]
fn a_session_goes_through_a_file_and_comes_back_the_same() -> Result<(), Box<dyn std::error::Error>> {
    let made = session(&SessionOptions { n_units: 20, trials_per_direction: 10, ..SessionOptions::default() })?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("known.nwb");
    let recording = made.recording()?;
    write_nwb(&recording, &path)?;
    let opened = Recording::open(&path)?;
    assert_eq!((&opened.units, &opened.sha256), (&recording.units, &recording.sha256));
    let dataset = Dataset::cut(&opened, &WindowOptions { window_ms: 50, offset_ms: 100.0, ..Default::default() })?;
    let angles = angles_of_degrees(&dataset.classes)?;
    let from_file = SpikeTrains::from_dataset(&dataset, &dataset.primary_samples(), angles)?;
    let direct = made.spike_trains(100, 50, 1)?;
    assert_eq!(from_file.directions(), direct.directions());
    // Times in a file are in seconds: a spike within rounding of an edge may fall into the next tick.
    let apart =
        from_file.trials().iter().flatten().zip(direct.trials().iter().flatten()).filter(|(a, b)| a != b).count();
    assert!(apart <= 2, "{apart} of {} ticks", 40 * 50);
    Ok(())
}

#[test]
fn windows_of_one_trial_are_not_taken_twice() -> Result<(), Box<dyn std::error::Error>> {
    let made = session(&SessionOptions { n_units: 3, trials_per_direction: 2, ..SessionOptions::default() })?;
    let options = WindowOptions { window_ms: 50, stride_ms: Some(50), ..WindowOptions::default() };
    let dataset = Dataset::cut(&made.recording()?, &options)?;
    let all: Vec<usize> = (0..dataset.samples.len()).collect();
    let error = SpikeTrains::from_dataset(&dataset, &all, evenly_spaced_angles(4)).unwrap_err();
    assert!(error.to_string().contains("two windows of trial 0"), "{error}");
    assert!(SpikeTrains::from_dataset(&dataset, &[9999], evenly_spaced_angles(4)).is_err());
    Ok(())
}

#[test]
fn a_seed_fixes_a_session() -> Result<(), AnalysisError> {
    let options = SessionOptions { n_units: 10, trials_per_direction: 3, ..SessionOptions::default() };
    assert_eq!(session(&options)?, session(&options)?);
    assert_ne!(session(&options)?.class, session(&SessionOptions { seed: 2, ..options })?.class);
    Ok(())
}

#[test]
fn populations_join_and_part_again() -> Result<(), AnalysisError> {
    let made = session(&SessionOptions { n_units: 8, trials_per_direction: 3, ..SessionOptions::default() })?;
    let trains = made.spike_trains(0, 100, 2)?;
    let (head, tail) = (trains.select(0..3)?, trains.select(3..99)?);
    assert_eq!((head.n_units(), tail.n_units(), head.n_ticks()), (3, 5, 50));
    assert_eq!(head.join(&tail)?, trains);
    assert!(trains.select(8..9).is_err() && trains.join(&made.spike_trains(0, 50, 2)?).is_err());
    let halves = [trains.responses_in(0..25), trains.responses_in(25..50)];
    for (whole, (a, b)) in trains.responses().rows().zip(halves[0].rows().zip(halves[1].rows())) {
        assert!(whole.iter().zip(a.iter().zip(b)).all(|(whole, (a, b))| *whole == a + b));
    }
    Ok(())
}

#[test]
fn options_out_of_range_are_refused_with_their_name() -> Result<(), AnalysisError> {
    let default = SessionOptions::default();
    for (options, input) in [
        (SessionOptions { n_units: 0, ..default.clone() }, "n_units"),
        (SessionOptions { n_directions: 3, ..default.clone() }, "n_directions"),
        (SessionOptions { trials_per_direction: 0, ..default.clone() }, "trials"),
        (SessionOptions { trials_per_direction: usize::MAX, ..default.clone() }, "trials"),
        (SessionOptions { silent_fraction: 0.9, ..default.clone() }, "fractions"),
        (SessionOptions { tuned_fraction: f64::NAN, ..default.clone() }, "fractions"),
        (SessionOptions { depth: (0.5, 1.5), ..default.clone() }, "depth"),
        (SessionOptions { baseline_hz: (5.0, 1.0), ..default.clone() }, "baseline_hz"),
    ] {
        assert_eq!(session(&options).unwrap_err().input, input);
    }
    let made = session(&SessionOptions { n_units: 1, trials_per_direction: 1, ..default })?;
    assert!(made.spike_trains(380, 50, 1).is_err() && made.spike_trains(0, 50, 3).is_err());
    Ok(())
}
