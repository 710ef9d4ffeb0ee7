//! Data sets of arrays.

use recording::{Dataset, Error, Sample, Split};

/// Two trials of two windows each, classes 0 and 1, four channels.
fn samples() -> Vec<Sample> {
    let sample = |trial: usize, window: usize| Sample {
        trial,
        class: trial / 5,
        window,
        offset_ms: [0.0, 20.0][window],
        ticks: vec![vec![0, 3], vec![], vec![2]],
    };
    vec![sample(2, 0), sample(2, 1), sample(5, 0), sample(5, 1)]
}

fn classes(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn dataset(samples: Vec<Sample>) -> Result<Dataset, Error> {
    Dataset::from_samples(4, 10, classes(&["left", "right"]), samples)
}

#[test]
fn arrays_become_a_data_set_that_can_be_split() {
    let two_of_a_class = [samples(), samples()].concat().into_iter().enumerate();
    let four_trials = two_of_a_class.map(|(index, sample)| Sample { trial: index / 2, ..sample }).collect();
    let dataset = dataset(four_trials).unwrap();
    assert_eq!((dataset.n_channels, dataset.n_ticks, dataset.tick_ms, dataset.n_trials), (4, 3, 10, 4));
    assert_eq!((dataset.shortest_span_ms, dataset.spikes_per_window()), (50.0, 3.0));
    assert_eq!(dataset.primary_samples(), [0, 2, 4, 6]);
    assert_eq!(Split::k_fold(&dataset, 2, 1).unwrap().folds.len(), 2);
}

#[test]
fn a_sample_that_breaks_a_rule_is_named_with_the_rule() {
    type Change = fn(&mut Vec<Sample>);
    let cases: [(&str, usize, Change); 12] = [
        ("comes after trial 2", 2, |samples| samples[2].trial = 1),
        ("window 1 expected", 1, |samples| samples[1].window = 2),
        ("window 0 expected", 0, |samples| samples[0].window = 1),
        ("two classes", 1, |samples| samples[1].class = 1),
        ("class 2 is not one of 0 to 1", 0, |samples| samples[0].class = 2),
        ("offset", 1, |samples| samples[1].offset_ms = 0.0),
        ("offset", 3, |samples| samples[3].offset_ms = f64::NAN),
        ("2 ticks, where every window needs 3", 1, |samples| _ = samples[1].ticks.pop()),
        ("0 ticks, where every window needs 1", 0, |samples| samples[0].ticks.clear()),
        ("tick 2 do not ascend", 2, |samples| samples[2].ticks[2] = vec![1, 0]),
        ("tick 1 do not ascend", 3, |samples| samples[3].ticks[1] = vec![1, 1]),
        ("tick 0 has channel 4", 3, |samples| samples[3].ticks[0] = vec![0, 4]),
    ];
    for (part, index, change) in cases {
        let mut changed = samples();
        change(&mut changed);
        let error = dataset(changed).unwrap_err();
        assert!(matches!(error, Error::BadSample { sample, .. } if sample == index), "{part}: {error}");
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[test]
fn sizes_and_classes_are_checked() {
    let refuse = |n_channels, tick_ms, names: &[&str]| {
        Dataset::from_samples(n_channels, tick_ms, classes(names), samples()).unwrap_err().to_string()
    };
    let both = ["left", "right"];
    for (message, part) in [
        (refuse(0, 10, &both), "n_channels: 0"),
        (refuse(65_537, 10, &both), "n_channels: 65537"),
        (refuse(4, 0, &both), "tick_ms: 0"),
        (refuse(4, 10, &["left"]), "classes: 1"),
        (refuse(4, 10, &["left", "left"]), "classes: `left`"),
        (refuse(4, 10, &["left", "right", "up"]), "classes: `up` has no sample"),
    ] {
        assert!(message.starts_with(part), "{message}");
    }
    assert!(Dataset::from_samples(4, 10, classes(&both), Vec::new()).is_err());
}
