//! How long the standard training of a recording takes, and what it reaches: every fold, as `motorsrnn train` does it.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use recording::{Dataset, Recording, Split, WindowOptions};
use train::baseline::{BaselineMethod, accuracy};
use train::data::TrainingSample;
use train::fit::{FitOptions, fit, fold_seed};
use train::network::{Network, Topology};
use train::pass::{class_of, scores};

use crate::step::thread_cpu_seconds;

/// CPU seconds that the folds may take together.
pub const BOUND_SECONDS: f64 = 25.0;
const FOLDS: usize = 5;
const SEED: u64 = 1;

/// The training of a recording.
pub struct Standard {
    /// CPU seconds of all folds, on one thread; 0 if the system does not report it.
    pub cpu_seconds: f64,
    /// Mean accuracy of the network over the held-out windows of all folds.
    pub accuracy: f64,
    /// The same of the discriminant.
    pub lda: f64,
}

/// Trains on seven targets of premotor delay activity, windows of 50 ms, if the recording is at hand.
pub fn train_recording() -> Result<Option<Standard>, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/pmd_delay_7targets.nwb");
    if !path.exists() {
        return Ok(None);
    }
    let windows = WindowOptions { align_column: Some("align_time".to_owned()), ..WindowOptions::default() };
    let dataset = Dataset::cut(&Recording::open(path)?, &windows)?;
    let split = Split::k_fold(&dataset, FOLDS, SEED)?;
    let options = FitOptions::for_split(&dataset, &split);
    let mut go_on = |_: usize, _: &_| ControlFlow::Continue(());
    let lda = BaselineMethod::Lda.cross_validate(&dataset, &split, &options, SEED, &mut go_on)?;

    let topology = Topology::load(Topology::DEFAULT)?;
    let start = thread_cpu_seconds();
    let mut n_right = 0;
    for fold in 0..FOLDS {
        let of = |index: usize| &dataset.samples[index];
        let train: Vec<_> = split.train_samples(fold, &dataset).into_iter().map(of).collect();
        let samples: Vec<_> =
            train.iter().map(|sample| TrainingSample { ticks: &sample.ticks, class: sample.class }).collect();
        let seed = fold_seed(SEED, fold);
        let tick_ms = f64::from(dataset.tick_ms);
        let network = Network::new(&topology, dataset.n_channels, dataset.classes.len(), tick_ms, 8, seed)?;
        let trained = fit(network, &samples, &options, seed, &mut |_| ControlFlow::Continue(()))?;
        let is_right = |sample: &&recording::Sample| {
            scores(&trained.quantized, &sample.ticks).last().is_some_and(|last| class_of(last) == sample.class)
        };
        n_right += split.test_samples(fold, &dataset).into_iter().map(of).filter(is_right).count();
    }
    let cpu_seconds = thread_cpu_seconds().zip(start).map_or(0.0, |(end, start)| end - start);
    let accuracy_of = |folds: &[Vec<_>]| folds.iter().map(|fold| accuracy(fold)).sum::<f64>() / folds.len() as f64;
    Ok(Some(Standard { cpu_seconds, accuracy: n_right as f64 / dataset.n_trials as f64, lda: accuracy_of(&lda) }))
}
