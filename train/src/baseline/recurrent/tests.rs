//! Gradients against finite differences in `f64`, and both against PyTorch.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::pass::Pass;
use super::real::Real;
use super::{Cell, RecurrentParameters, RecurrentSizes};
use crate::pass::TickLoss;

const SIZES: RecurrentSizes = RecurrentSizes { n_channels: 6, n_hidden: 5, n_classes: 3 };
const CELLS: [Cell; 2] = [Cell::Gru, Cell::Lstm];

struct Case<T> {
    cell: Cell,
    sizes: RecurrentSizes,
    parameters: RecurrentParameters<T>,
    windows: Vec<Vec<Vec<u16>>>,
    classes: Vec<usize>,
    targets: Vec<f32>,
    loss: TickLoss,
}

struct Outcome<T> {
    loss: f64,
    /// `[tick][sample][class]`
    scores: Vec<Vec<Vec<T>>>,
    gradient: RecurrentParameters<T>,
}

impl<T: Real> Case<T> {
    fn run(&self) -> Outcome<T> {
        let windows: Vec<&[Vec<u16>]> = self.windows.iter().map(Vec::as_slice).collect();
        let mut pass = Pass::new(self.cell, self.sizes);
        pass.forward(&self.parameters, &windows);
        let of_tick = |tick| (0..windows.len()).map(|sample| pass.scores(tick, sample).to_vec()).collect();
        let scores = (0..windows[0].len()).map(of_tick).collect();
        let mut score_gradient = Vec::new();
        let of = |tick, sample| pass.scores(tick, sample);
        let loss = self.loss.evaluate_scores(of, &self.classes, &self.targets, 1.0, &mut score_gradient);
        let mut gradient = RecurrentParameters::zeros(self.cell, self.sizes);
        pass.backward(&self.parameters, &windows, &score_gradient, &mut gradient);
        Outcome { loss: loss.loss, scores, gradient }
    }
}

/// Random parameters, spikes and soft targets.
fn random(cell: Cell, seed: u64) -> Case<f64> {
    const N_TICKS: usize = 8;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut parameters = RecurrentParameters::zeros(cell, SIZES);
    for group in parameters.groups_mut() {
        group.fill_with(|| rng.random_range(-0.9..0.9));
    }
    let classes = vec![2, 0, 1, 2];
    let window = |rng: &mut ChaCha8Rng| -> Vec<Vec<u16>> {
        (0..N_TICKS).map(|_| (0..SIZES.n_channels as u16).filter(|_| rng.random_bool(0.3)).collect()).collect()
    };
    let windows = classes.iter().map(|_| window(&mut rng)).collect();
    let mut targets = Vec::new();
    for _ in 0..N_TICKS * classes.len() {
        let parts: Vec<f32> = (0..SIZES.n_classes).map(|_| rng.random_range(0.1..1.0)).collect();
        let sum: f32 = parts.iter().sum();
        targets.extend(parts.iter().map(|part| part / sum));
    }
    Case { cell, sizes: SIZES, parameters, windows, classes, targets, loss: TickLoss::ramp(N_TICKS, 1.5, 1.3) }
}

#[test]
fn gradient_of_every_parameter_is_that_of_finite_differences() {
    const STEP: f64 = 1e-6;
    for (cell, seed) in CELLS.into_iter().flat_map(|cell| [(cell, 1), (cell, 2)]) {
        let mut case = random(cell, seed);
        let gradient = case.run().gradient;
        for (group, entries) in gradient.groups().into_iter().enumerate() {
            let largest = entries.iter().fold(0f64, |largest, entry| largest.max(entry.abs()));
            assert!(largest > 1e-3, "{cell:?}: group {group} has no gradient to compare");
            for (index, entry) in entries.iter().enumerate() {
                let mut loss_at = |value: f64| {
                    case.parameters.groups_mut()[group][index] = value;
                    case.run().loss
                };
                let value = random(cell, seed).parameters.groups()[group][index];
                let difference = (loss_at(value + STEP) - loss_at(value - STEP)) / (2.0 * STEP);
                loss_at(value);
                let error = (difference - entry).abs() / largest;
                assert!(error < 1e-6, "{cell:?}, group {group}, entry {index}: relative error {error:e}");
            }
        }
    }
}

/// Origin and fields: `tests/fixtures/README.md`.
#[derive(Deserialize)]
struct Fixture {
    cases: Vec<FixtureCase>,
}

#[derive(Deserialize)]
struct FixtureCase {
    cell: Cell,
    sizes: RecurrentSizes,
    tick_ramp: f64,
    score_gain: f64,
    windows: Vec<Vec<Vec<u16>>>,
    classes: Vec<usize>,
    /// `[tick][sample][class]`, flat
    targets: Vec<f32>,
    parameters: Groups,
    loss: f64,
    scores: Vec<Vec<Vec<f64>>>,
    gradient: Groups,
}

#[derive(Deserialize)]
struct Groups {
    input: Vec<f64>,
    recurrent: Vec<f64>,
    bias: Vec<f64>,
    readout: Vec<f64>,
    readout_bias: Vec<f64>,
}

impl Groups {
    fn to<T: Real>(&self) -> RecurrentParameters<T> {
        let of = |values: &[f64]| values.iter().map(|&value| T::from(value).expect("a float")).collect();
        RecurrentParameters {
            input: of(&self.input),
            recurrent: of(&self.recurrent),
            bias: of(&self.bias),
            readout: of(&self.readout),
            readout_bias: of(&self.readout_bias),
        }
    }
}

/// The largest differences of scores, and of gradients relative to the largest entry of their group.
fn differences<T: Real>(fixture: &FixtureCase) -> (f64, f64, f64) {
    let case = Case::<T> {
        cell: fixture.cell,
        sizes: fixture.sizes,
        parameters: fixture.parameters.to(),
        windows: fixture.windows.clone(),
        classes: fixture.classes.clone(),
        targets: fixture.targets.clone(),
        loss: TickLoss::ramp(fixture.windows[0].len(), fixture.tick_ramp, fixture.score_gain),
    };
    let outcome = case.run();
    let real = |value: T| value.to_f64().expect("a float");
    let found = outcome.scores.iter().flatten().flatten();
    let expected: Vec<f64> = fixture.scores.iter().flatten().flatten().copied().collect();
    assert_eq!(found.clone().count(), expected.len());
    let scores = found.zip(expected).fold(0f64, |worst, (found, expected)| worst.max((real(*found) - expected).abs()));
    let expected: RecurrentParameters<f64> = fixture.gradient.to();
    let mut gradient = 0f64;
    for (found, expected) in outcome.gradient.groups().into_iter().zip(expected.groups()) {
        assert_eq!(found.len(), expected.len());
        let largest = expected.iter().fold(0f64, |largest, entry| largest.max(entry.abs()));
        assert!(largest > 1e-3);
        for (&found, expected) in found.iter().zip(expected) {
            gradient = gradient.max((real(found) - expected).abs() / largest);
        }
    }
    (scores, (outcome.loss - fixture.loss).abs(), gradient)
}

#[test]
fn scores_loss_and_gradients_are_those_of_pytorch() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../../tests/fixtures/recurrent.json")).expect("JSON");
    assert_eq!(fixture.cases.iter().map(|case| case.cell).collect::<Vec<_>>(), CELLS);
    for case in &fixture.cases {
        let (scores, loss, gradient) = differences::<f64>(case);
        assert!(scores < 1e-12 && loss < 1e-7 && gradient < 1e-6, "{:?}: {scores:e} {loss:e} {gradient:e}", case.cell);
        let (scores, loss, gradient) = differences::<f32>(case);
        assert!(scores < 2e-6 && loss < 1e-5 && gradient < 2e-5, "{:?}: {scores:e} {loss:e} {gradient:e}", case.cell);
    }
}
