//! A split never divides a trial.

use proptest::prelude::*;
use recording::{Column, Dataset, Error, Recording, Split, WindowOptions};

use crate::support::{self, column};

/// One trial of 100 ms per label, cut into windows of 20 ms every 10 ms.
fn session(labels: &[i64], split: Vec<String>) -> (Recording, Dataset) {
    let trials: Vec<(f64, f64)> = (0..labels.len()).map(|trial| (trial as f64, trial as f64 + 0.1)).collect();
    let columns = vec![column("label", Column::Integer(labels.to_vec())), column("split", Column::Text(split))];
    let recording = support::recording(vec![trials.iter().map(|trial| trial.0).collect()], &trials, columns);
    let options = WindowOptions { window_ms: 20, stride_ms: Some(10), ..WindowOptions::default() };
    let dataset = Dataset::cut(&recording, &options).unwrap();
    (recording, dataset)
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[test]
fn the_same_seed_gives_the_same_folds_and_another_seed_others() {
    let labels: Vec<i64> = (0..60).map(|trial| trial % 3).collect();
    let (_, dataset) = session(&labels, vec![String::new(); 60]);
    assert_eq!(Split::k_fold(&dataset, 5, 7).unwrap(), Split::k_fold(&dataset, 5, 7).unwrap());
    assert_ne!(Split::k_fold(&dataset, 5, 7).unwrap(), Split::k_fold(&dataset, 5, 8).unwrap());
}

#[test]
fn training_takes_all_windows_and_testing_the_first_of_each_trial() {
    let (_, dataset) = session(&[0, 0, 1, 1], vec![String::new(); 4]);
    let split = Split::k_fold(&dataset, 2, 1).unwrap();
    assert_eq!(split.train_samples(0, &dataset).len(), 2 * 9);
    assert_eq!(split.test_samples(0, &dataset).len(), 2);
    assert_eq!(split.train_samples(2, &dataset), Vec::<usize>::new());
}

#[test]
fn fold_counts_that_leave_a_side_empty_are_refused() {
    let (_, dataset) = session(&[0, 0, 1, 1], vec![String::new(); 4]);
    for folds in [0, 1, 5] {
        assert!(matches!(Split::k_fold(&dataset, folds, 1), Err(Error::BadSplit { .. })), "{folds}");
    }
}

#[test]
fn a_class_that_some_fold_could_not_test_is_refused() {
    let (_, dataset) = session(&[0, 0, 0, 1, 1], vec![String::new(); 5]);
    assert!(Split::k_fold(&dataset, 2, 1).is_ok());
    let message = Split::k_fold(&dataset, 3, 1).unwrap_err().to_string();
    assert_eq!(message, "class `1` has 2 trial(s), fewer than the 3 folds, so some fold could not test it");
}

#[test]
fn a_column_gives_one_fold_and_other_values_are_listed() {
    let (recording, dataset) = session(&[0, 1, 0, 1, 0, 1], texts(&["train", " Train", "test", "val", "", "TEST"]));
    let split = Split::by_column(&dataset, &recording.trials, "split").unwrap();
    assert_eq!(split.folds.len(), 1);
    assert_eq!((&split.folds[0].train_trials[..], &split.folds[0].test_trials[..]), (&[0, 1][..], &[2, 5][..]));
    let ignored: Vec<_> = split.ignored.iter().map(|group| (group.value.as_str(), &group.trials[..])).collect();
    assert_eq!(ignored, [("val", &[3][..]), ("", &[4][..])]);
}

#[test]
fn a_column_that_leaves_a_side_or_a_class_empty_is_refused() {
    for (values, part) in [
        (["train", "train", "train", "val"], "side `test`"),
        (["test", "test", "val", "test"], "side `train`"),
        (["train", "test", "train", "test"], "class `1`"),
    ] {
        let (recording, dataset) = session(&[0, 1, 0, 1], texts(&values));
        let message = Split::by_column(&dataset, &recording.trials, "split").unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    let (recording, dataset) = session(&[0, 1], texts(&["train", "test"]));
    assert!(matches!(Split::by_column(&dataset, &recording.trials, "label"), Err(Error::UnsuitableColumn { .. })));
    assert!(matches!(Split::by_column(&dataset, &recording.trials, "side"), Err(Error::UnknownColumn { .. })));
}

proptest! {
    #[test]
    fn no_trial_is_on_both_sides_and_each_is_tested_once(
        counts in prop::collection::vec(2_usize..14, 2..6),
        folds in 2_usize..7,
        seed: u64,
    ) {
        let counts: Vec<usize> = counts.iter().map(|&count| count.max(folds)).collect();
        let mut labels: Vec<i64> =
            counts.iter().enumerate().flat_map(|(class, &count)| vec![class as i64; count]).collect();
        let rotation = seed as usize % labels.len();
        labels.rotate_left(rotation);
        let (_, dataset) = session(&labels, vec![String::new(); labels.len()]);
        let split = Split::k_fold(&dataset, folds, seed).unwrap();

        let mut tested: Vec<usize> = split.folds.iter().flat_map(|fold| fold.test_trials.clone()).collect();
        tested.sort_unstable();
        prop_assert_eq!(tested, (0..labels.len()).collect::<Vec<_>>());
        for (k, fold) in split.folds.iter().enumerate() {
            let trials = |samples: Vec<usize>| -> Vec<usize> {
                let mut trials: Vec<usize> = samples.into_iter().map(|index| dataset.samples[index].trial).collect();
                trials.dedup();
                trials
            };
            let train = trials(split.train_samples(k, &dataset));
            let test = trials(split.test_samples(k, &dataset));
            prop_assert_eq!(&train, &fold.train_trials);
            prop_assert_eq!(&test, &fold.test_trials);
            prop_assert!(!train.iter().any(|trial| test.contains(trial)));
            prop_assert_eq!(train.len() + test.len(), labels.len());
            for class in 0..counts.len() {
                prop_assert!(train.iter().any(|&trial| labels[trial] == class as i64));
            }
        }
        let spread = |sizes: Vec<usize>| sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
        let in_fold = |class: Option<i64>| -> Vec<usize> {
            let is_counted = |trial: &&usize| class.is_none_or(|class| labels[**trial] == class);
            split.folds.iter().map(|fold| fold.test_trials.iter().filter(is_counted).count()).collect()
        };
        prop_assert!(spread(in_fold(None)) <= 1);
        for class in 0..counts.len() {
            prop_assert!(spread(in_fold(Some(class as i64))) <= 1);
        }
    }
}
