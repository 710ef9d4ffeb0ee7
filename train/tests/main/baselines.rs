//! The classical decoders against scikit-learn and NumPy, and what they refuse.

use serde::Deserialize;
use train::baseline::{BaselineError, Lda, PoissonNaiveBayes};

/// Origin and fields: `fixtures/README.md`.
#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    n_classes: usize,
    counts: Vec<Vec<f64>>,
    classes: Vec<usize>,
    test: Vec<Vec<f64>>,
    lda_scores: Vec<Vec<f64>>,
    lda_classes: Vec<usize>,
    poisson_scores: Vec<Vec<f64>>,
}

fn cases() -> Vec<Case> {
    let fixture: Fixture =
        serde_json::from_str(include_str!("../fixtures/decoders.json")).expect("the fixture is JSON");
    assert!(!fixture.cases.is_empty());
    fixture.cases
}

const RELATIVE_TOLERANCE: f64 = 1e-9;

fn assert_scores(case: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{case}");
    let scale = expected.iter().fold(1.0_f64, |scale, score| scale.max(score.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= RELATIVE_TOLERANCE * scale, "{case}: {found}, expected {expected}");
    }
}

#[test]
fn lda_scores_are_those_of_scikit_learn() {
    for case in cases() {
        let lda = Lda::fit(&case.counts, &case.classes, case.n_classes).expect(&case.name);
        for ((counts, expected), class) in case.test.iter().zip(&case.lda_scores).zip(&case.lda_classes) {
            let mut scores = lda.scores(counts);
            if case.n_classes == 2 {
                scores = vec![scores[1] - scores[0]];
            }
            assert_scores(&case.name, &scores, expected);
            assert_eq!(lda.predict(counts), *class, "{}", case.name);
        }
    }
}

#[test]
fn poisson_scores_are_those_of_numpy() {
    for case in cases() {
        let decoder = PoissonNaiveBayes::fit(&case.counts, &case.classes, case.n_classes).expect(&case.name);
        for (counts, expected) in case.test.iter().zip(&case.poisson_scores) {
            assert_scores(&case.name, &decoder.scores(counts), expected);
        }
    }
}

#[test]
fn classes_without_a_difference_tie_to_the_lower() {
    let samples: Vec<Vec<f64>> = vec![vec![1.0, 3.0], vec![2.0, 1.0], vec![4.0, 2.0], vec![0.0, 1.0]];
    let counts: Vec<Vec<f64>> = samples.iter().chain(&samples).cloned().collect();
    let classes = [0, 0, 0, 0, 1, 1, 1, 1];
    let lda = Lda::fit(&counts, &classes, 2).expect("four samples a class");
    let poisson = PoissonNaiveBayes::fit(&counts, &classes, 2).expect("four samples a class");
    for sample in &samples {
        assert_eq!((lda.predict(sample), poisson.predict(sample)), (0, 0));
    }
}

#[test]
fn samples_without_order_are_refused_by_both() {
    let row = |count: f64| vec![count, 1.0];
    type Refused<'a> = (&'a [Vec<f64>], &'a [usize], usize, &'a str);
    let cases: [Refused; 7] = [
        (&[row(1.0)], &[0, 1], 2, "1 samples but 2 classes"),
        (&[], &[], 2, "0 samples without a channel"),
        (&[vec![], vec![]], &[0, 1], 2, "2 samples without a channel"),
        (&[row(1.0), vec![2.0]], &[0, 1], 2, "sample 1 has 1 channels, the first has 2"),
        (&[row(1.0), row(-2.0)], &[0, 1], 2, "sample 1, channel 0: the count is -2"),
        (&[row(1.0), row(2.0)], &[0, 2], 2, "sample 1 is of class 2; with 2 classes"),
        (&[row(1.0), row(2.0)], &[0, 2], 3, "class 1 has no sample"),
    ];
    for (counts, classes, n_classes, expected) in cases {
        let lda = Lda::fit(counts, classes, n_classes).expect_err(expected).to_string();
        let poisson = PoissonNaiveBayes::fit(counts, classes, n_classes).expect_err(expected).to_string();
        assert!(lda.starts_with(expected), "{lda}");
        assert_eq!(lda, poisson);
    }
}

#[test]
fn lda_refuses_too_few_samples_for_a_covariance() {
    let one_a_class = [vec![1.0, 0.0], vec![0.0, 1.0]];
    assert_eq!(Lda::fit(&one_a_class, &[0, 1], 2), Err(BaselineError::SingularCovariance));
    // Two samples lie on a line: nothing is known of the other directions, and Ledoit and Wolf shrink by nothing.
    let two_a_class = [vec![1.0, 0.0, 4.0], vec![0.0, 1.0, 2.0], vec![3.0, 5.0, 1.0], vec![1.0, 1.0, 4.0]];
    assert_eq!(Lda::fit(&two_a_class, &[0, 0, 1, 1], 2), Err(BaselineError::SingularCovariance));
}
