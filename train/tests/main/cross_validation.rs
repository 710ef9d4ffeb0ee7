//! Baselines on the folds of a split.

use std::ops::ControlFlow;

use recording::{Dataset, Split, SyntheticOptions, WindowOptions, generate};
use train::TrainError;
use train::baseline::{BaselineError, BaselineMethod, accuracy};
use train::data::TrainingSample;
use train::fit::FitOptions;

const METHODS: [BaselineMethod; 4] = [
    BaselineMethod::Lda,
    BaselineMethod::PoissonNaiveBayes,
    BaselineMethod::Gru { n_hidden: 8 },
    BaselineMethod::Lstm { n_hidden: 8 },
];

fn dataset() -> Dataset {
    let options = SyntheticOptions { n_channels: 16, trials_per_direction: 12, ..SyntheticOptions::default() };
    let recording = generate(&options).expect("options are fine");
    let windows = WindowOptions { align_column: Some("go_cue_time".to_owned()), ..WindowOptions::default() };
    Dataset::cut(&recording, &windows).expect("windows")
}

#[test]
fn every_method_decides_at_every_tick_of_every_test_window_and_better_than_chance() {
    let dataset = dataset();
    let split = Split::k_fold(&dataset, 3, 1).expect("enough trials");
    let options = FitOptions { epochs: 20, learning_rate: 0.02, ..FitOptions::default() };
    let chance = 1.0 / dataset.classes.len() as f64;
    for method in METHODS {
        let folds = method
            .cross_validate(&dataset, &split, &options, 1, &mut |_, _| ControlFlow::Continue(()))
            .expect("every fold has trials");
        let trials = |fold: usize| folds[fold].iter().map(|window| window.trial).collect::<Vec<_>>();
        assert!((0..3).all(|fold| trials(fold) == split.folds[fold].test_trials), "{method:?}");
        assert!(folds.iter().flatten().all(|window| window.decisions.len() == dataset.n_ticks));
        let mean = folds.iter().map(|fold| accuracy(fold)).sum::<f64>() / 3.0;
        assert!(mean > 1.5 * chance, "{method:?}: {mean}");
    }
}

#[test]
fn the_last_decision_of_a_window_is_the_decision_on_the_whole_window() {
    let dataset = dataset();
    let samples: Vec<_> =
        dataset.samples.iter().map(|sample| TrainingSample { ticks: &sample.ticks, class: sample.class }).collect();
    let sizes = (dataset.n_channels, dataset.classes.len());
    let options = FitOptions { epochs: 1, ..FitOptions::default() };
    for method in METHODS {
        let baseline = method
            .fit(&samples, sizes, &options, 1, &mut |_| ControlFlow::Continue(()))
            .expect("samples of every class");
        for sample in &samples {
            assert_eq!(baseline.decisions(sample.ticks).last(), Some(&baseline.decide(sample.ticks)), "{method:?}");
        }
        let classical = matches!(method, BaselineMethod::Lda | BaselineMethod::PoissonNaiveBayes);
        assert_eq!(baseline.history.len(), if classical { 0 } else { 1 });
    }
}

#[test]
fn an_interruption_and_a_class_without_samples_are_errors() {
    let dataset = dataset();
    let split = Split::k_fold(&dataset, 3, 1).expect("enough trials");
    let stopped =
        METHODS[2].cross_validate(&dataset, &split, &FitOptions::default(), 1, &mut |_, _| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(TrainError::Stopped)));
    let ticks = vec![vec![0]];
    let samples = [TrainingSample { ticks: &ticks, class: 0 }];
    let refused = METHODS[0].fit(&samples, (1, 2), &FitOptions::default(), 1, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(TrainError::Baseline(BaselineError::ClassWithoutSamples { class: 1 }))));
}
