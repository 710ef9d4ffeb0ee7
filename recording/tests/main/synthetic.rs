//! Generated sessions: their statistics and their file.

use std::fs;

use recording::{
    Column, Dataset, Error, RateSpread, Recording, Split, SyntheticOptions, WindowOptions, generate, write_nwb,
};

fn real<'a>(recording: &'a Recording, name: &str) -> &'a [f64] {
    let columns = recording.unit_columns.iter().chain(&recording.trials.columns);
    match columns.into_iter().find(|column| column.name == name).map(|column| &column.values) {
        Some(Column::Real(values)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

fn small() -> SyntheticOptions {
    SyntheticOptions { n_channels: 3, n_directions: 4, trials_per_direction: 1, trial_ms: 100, ..Default::default() }
}

#[test]
fn a_written_session_opens_as_it_was_generated() {
    let generated = generate(&SyntheticOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{}.nwb", generated.name));
    write_nwb(&generated, &path).unwrap();
    let opened = Recording::open(&path).unwrap();
    let (units_tables, interval_tables) = (vec!["units".into()], vec!["intervals/trials".into()]);
    let places = Recording {
        units_table: "units".into(),
        trials_table: "intervals/trials".into(),
        units_tables,
        interval_tables,
        ..generated
    };
    assert_eq!(opened, Recording { path, format: opened.format, ..places });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file was left behind");
}

#[test]
fn units_without_spikes_survive_the_file() {
    let options = SyntheticOptions { baseline_hz: (0.0, 0.0), modulation_hz: (0.0, 0.0), ..small() };
    let generated = generate(&options).unwrap();
    assert_eq!(generated.units, vec![Vec::<f64>::new(); 3]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("silent.nwb");
    write_nwb(&generated, &path).unwrap();
    assert_eq!(Recording::open(&path).unwrap().units, generated.units);
}

#[test]
fn a_seed_fixes_every_byte() {
    let (first, again) = (generate(&small()).unwrap(), generate(&small()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.nwb", "b.nwb"].map(|name| folder.path().join(name));
    write_nwb(&first, &a).unwrap();
    write_nwb(&again, &b).unwrap();
    assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap());
    assert_ne!(generate(&SyntheticOptions { seed: 2, ..small() }).unwrap().units, first.units);
}

#[test]
fn rates_follow_the_cosine() {
    let options = SyntheticOptions {
        n_channels: 12,
        trials_per_direction: 60,
        trial_ms: 2000,
        trial_gain_sd: 0.0,
        baseline_hz: (20.0, 40.0),
        modulation_hz: (10.0, 20.0),
        tuned_fraction: 0.5,
        refractory_ms: 3.0,
        ..Default::default()
    };
    let recording = generate(&options).unwrap();
    let direction = real(&recording, "target_direction");
    let modulation = real(&recording, "modulation_hz");
    assert_eq!(modulation.iter().filter(|&&modulation_hz| modulation_hz > 0.0).count(), 6);
    for (channel, unit) in recording.units.iter().enumerate() {
        for target in (0..8).map(|k| 45.0 * f64::from(k)) {
            let trials: Vec<usize> = (0..direction.len()).filter(|&trial| direction[trial] == target).collect();
            let n_spikes: usize = trials
                .iter()
                .map(|&trial| (recording.trials.start_s[trial], recording.trials.stop_s[trial]))
                .map(|(start, stop)| unit.iter().filter(|&&time| time >= start && time < stop).count())
                .sum();
            let seconds = 2.0 * trials.len() as f64;
            let angle = (target - real(&recording, "preferred_direction_deg")[channel]).to_radians();
            let expected = real(&recording, "baseline_hz")[channel] + modulation[channel] * angle.cos();
            // Five standard deviations of a Poisson count.
            let tolerance = 5.0 * (expected * seconds).sqrt();
            let deviation = (n_spikes as f64 - expected * seconds).abs();
            assert!(deviation < tolerance, "channel {channel}, {target} degrees: {n_spikes} spikes in {seconds} s");
        }
    }
}

#[test]
fn no_interval_is_shorter_than_the_refractory_period() {
    let options = SyntheticOptions { refractory_ms: 4.0, baseline_hz: (100.0, 200.0), trial_gain_sd: 1.0, ..small() };
    let recording = generate(&options).unwrap();
    let intervals = recording.units.iter().flat_map(|unit| unit.windows(2).map(|pair| pair[1] - pair[0]));
    let shortest = intervals.fold(f64::INFINITY, f64::min);
    assert!((0.004 - 1e-12..0.0045).contains(&shortest), "{shortest}");
}

#[test]
fn the_gain_of_a_trial_is_shared_by_its_units() {
    let options = SyntheticOptions {
        n_channels: 40,
        n_directions: 4,
        trials_per_direction: 50,
        modulation_hz: (0.0, 0.0),
        trial_ms: 1000,
        ..Default::default()
    };
    let fano = |trial_gain_sd: f64| {
        let recording = generate(&SyntheticOptions { trial_gain_sd, ..options.clone() }).unwrap();
        let dataset = Dataset::cut(&recording, &WindowOptions { window_ms: 1000, ..Default::default() }).unwrap();
        let counts: Vec<f64> =
            dataset.samples.iter().map(|s| s.ticks.iter().map(Vec::len).sum::<usize>() as f64).collect();
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / counts.len() as f64 / mean
    };
    assert!(fano(0.0) < 1.5, "{}", fano(0.0));
    assert!(fano(0.3) > 10.0, "{}", fano(0.3));
}

/// Spikes of each unit in each trial.
fn counts(recording: &Recording) -> Vec<Vec<f64>> {
    let trials = || recording.trials.start_s.iter().zip(&recording.trials.stop_s);
    let of_unit = |unit: &Vec<f64>| {
        let count =
            |(start, stop): (&f64, &f64)| unit.iter().filter(|&time| start <= time && time < stop).count() as f64;
        trials().map(count).collect()
    };
    recording.units.iter().map(of_unit).collect()
}

fn covariance(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_one, mean_other) = (mean(one), mean(other));
    let products = one.iter().zip(other).map(|(one, other)| (one - mean_one) * (other - mean_other));
    products.sum::<f64>() / one.len() as f64
}

#[test]
fn regular_units_have_their_rate_and_their_fano_factor() {
    let options = SyntheticOptions {
        n_channels: 4,
        n_directions: 4,
        trials_per_direction: 200,
        trial_ms: 2000,
        baseline_hz: (20.0, 20.0),
        modulation_hz: (0.0, 0.0),
        fano_factor: (0.2, 0.2),
        refractory_ms: 0.0,
        trial_gain_sd: 0.0,
        ..Default::default()
    };
    for counts in counts(&generate(&options).unwrap()) {
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        assert!((mean - 40.0).abs() < 0.5, "{mean}");
        let fano = covariance(&counts, &counts) / mean;
        assert!((fano - 0.2).abs() < 0.04, "{fano}");
    }
}

#[test]
fn units_share_noise_only_where_it_is_asked_for() {
    let options = SyntheticOptions {
        trials_per_direction: 100,
        modulation_hz: (1.0, 1.0),
        trial_ms: 1000,
        ..SyntheticOptions::shared_noise()
    };
    let mean_square = |shared_noise_hz: f64| {
        let counts = counts(&generate(&SyntheticOptions { shared_noise_hz, ..options.clone() }).unwrap());
        let pairs = (0..counts.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
        let squares: Vec<f64> = pairs.map(|(one, other)| covariance(&counts[one], &counts[other]).powi(2)).collect();
        squares.iter().sum::<f64>() / squares.len() as f64
    };
    let (without, with) = (mean_square(0.0), mean_square(4.0));
    assert!(with > 20.0 * without, "{without} {with}");
}

#[test]
fn every_direction_has_its_test_trials_and_cues_are_within_trials() {
    let recording = generate(&SyntheticOptions::default()).unwrap();
    let dataset = Dataset::cut(&recording, &WindowOptions::default()).unwrap();
    assert_eq!(dataset.classes, ["0", "45", "90", "135", "180", "225", "270", "315"]);
    let split = Split::by_column(&dataset, &recording.trials, "split").unwrap();
    for class in 0..8 {
        let of_class = |&&index: &&usize| dataset.samples[index].class == class;
        assert_eq!(split.test_samples(0, &dataset).iter().filter(of_class).count(), 4);
        assert_eq!(split.train_samples(0, &dataset).iter().filter(of_class).count(), 16);
    }
    let cue = real(&recording, "go_cue_time");
    let (start_s, stop_s) = (&recording.trials.start_s, &recording.trials.stop_s);
    assert!((0..cue.len()).all(|trial| start_s[trial] < cue[trial] && cue[trial] < stop_s[trial]));
}

#[test]
fn options_outside_their_range_are_named() {
    for (options, name) in [
        (SyntheticOptions { n_channels: 0, ..small() }, "n_channels"),
        (SyntheticOptions { n_channels: 65_537, ..small() }, "n_channels"),
        (SyntheticOptions { n_directions: 5, ..small() }, "n_directions"),
        (SyntheticOptions { trials_per_direction: 0, ..small() }, "trials_per_direction"),
        (SyntheticOptions { trial_ms: 0, ..small() }, "trial_ms"),
        (SyntheticOptions { trials_per_direction: usize::MAX, ..small() }, "trials_per_direction"),
        (SyntheticOptions { trial_ms: u32::MAX, ..small() }, "trials_per_direction"),
        (SyntheticOptions { baseline_hz: (2.0, 1.0), ..small() }, "baseline_hz"),
        (SyntheticOptions { modulation_hz: (f64::NAN, 1.0), ..small() }, "modulation_hz"),
        (SyntheticOptions { tuned_fraction: 1.1, ..small() }, "tuned_fraction"),
        (SyntheticOptions { refractory_ms: -1.0, ..small() }, "refractory_ms"),
        (SyntheticOptions { trial_gain_sd: f64::INFINITY, ..small() }, "trial_gain_sd"),
        (SyntheticOptions { fano_factor: (0.0, 1.0), ..small() }, "fano_factor"),
        (SyntheticOptions { fano_factor: (0.5, 1.5), ..small() }, "fano_factor"),
        (SyntheticOptions { shared_noise_hz: -1.0, ..small() }, "shared_noise_hz"),
        (SyntheticOptions { rate_spread: RateSpread::LogNormal, baseline_hz: (0.0, 4.0), ..small() }, "rate_spread"),
    ] {
        let message = generate(&options).unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    }
}

#[test]
fn a_folder_that_does_not_exist_is_named_and_nothing_is_written() {
    let recording = generate(&small()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = write_nwb(&recording, folder.path().join("absent/session.nwb")).unwrap_err();
    assert!(matches!(error, Error::Write { .. }) && error.to_string().contains("absent"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
