//! Accuracy and CPU time of the standard training, and of any change to it, next to the classical decoders, on sets of few
//! trials: how the standard training was chosen, and how to choose the next.
//!
//! `cargo run --release -p motorsrnn-train --example recipe -- --inner` judges by cross-validation within the training trials
//! of every fold; without `--inner` by the test trials of the folds, which no choice may use.

mod options;
mod sets;
mod table;

use std::error::Error;
use std::ops::ControlFlow;

use clap::Parser;
use recording::{Dataset, Split};
use train::TrainError;
use train::baseline::{BaselineMethod, TestedWindow};
use train::data::TrainingSample;
use train::fit::{FitOptions, fit, fold_seed};
use train::network::{Network, Pruning, Topology};
use train::pass::{class_of, scores};

use options::Options;
use table::{Row, Table};

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let mut table = Table::new(&options.early_ms);
    for name in &options.sets {
        let set = sets::load(&options.data, name, options.tick_ms)?;
        for row in judge(name, &set, &options)? {
            table.add(row);
        }
    }
    table.means();
    Ok(())
}

/// Everything that is trained on a set, over all its folds and seeds; the standard discriminant comes first.
fn judge(name: &str, set: &sets::Set, options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let sides = sides(set, options)?;
    let mut methods = vec![Method::Baseline("LDA", BaselineMethod::Lda)];
    methods.push(Method::Baseline("naive Bayes", BaselineMethod::PoissonNaiveBayes));
    methods.push(Method::Baseline("teacher", BaselineMethod::Teacher));
    for topology in &options.topologies {
        methods.push(Method::Network(Topology::load(topology)?));
    }
    if let Some(n_hidden) = options.gru {
        methods.push(Method::Baseline("GRU", BaselineMethod::Gru { n_hidden }));
    }
    let mut rows: Vec<Row> = Vec::with_capacity(methods.len());
    for method in methods {
        let seeds = if method.is_drawn() { options.seeds } else { 1 };
        let mut runs = Vec::new();
        let start = cpu_seconds();
        for seed in 1..=seeds {
            let mut windows = Vec::new();
            for (fold, (dataset, split, of_split)) in sides.iter().enumerate() {
                let seed = fold_seed(seed, fold);
                windows.extend(method.train_and_test(dataset, split, *of_split, options, seed)?);
            }
            windows.sort_by_key(|window| window.trial);
            runs.push(windows);
        }
        let seconds = (cpu_seconds() - start) / (runs.len() * sides.len()) as f64;
        let row = Row::new(name, method.name(), &runs, seconds, set.dataset.tick_ms, rows.first());
        eprintln!("{row}");
        rows.push(row);
    }
    Ok(rows)
}

/// A data set, a split of it, and the fold that is trained and tested.
type Side = (Dataset, Split, usize);

/// What decides after each tick of a window.
type Decide = Box<dyn Fn(&[Vec<u16>]) -> Vec<usize>>;

/// Data sets with a split and the fold of it that is trained and tested: the folds of a set, or folds of their training trials.
fn sides(set: &sets::Set, options: &Options) -> Result<Vec<Side>, Box<dyn Error>> {
    const SPLIT_SEED: u64 = 1;
    let outer = Split::k_fold(&set.dataset, set.folds, SPLIT_SEED)?;
    let mut sides = Vec::new();
    for fold in 0..set.folds.min(options.folds) {
        if !options.inner {
            sides.push((set.dataset.clone(), outer.clone(), fold));
            continue;
        }
        let train = outer.train_samples(fold, &set.dataset);
        let samples: Vec<_> = train.into_iter().map(|index| set.dataset.samples[index].clone()).collect();
        let dataset = Dataset { n_trials: outer.folds[fold].train_trials.len(), samples, ..set.dataset.clone() };
        let inner = Split::k_fold(&dataset, options.inner_folds, SPLIT_SEED + fold as u64)?;
        for inner_fold in 0..options.inner_folds.min(options.inner_used) {
            sides.push((dataset.clone(), inner.clone(), inner_fold));
        }
    }
    Ok(sides)
}

enum Method {
    Baseline(&'static str, BaselineMethod),
    Network(Topology),
}

impl Method {
    fn name(&self) -> String {
        match self {
            Self::Baseline(name, _) => (*name).to_owned(),
            Self::Network(topology) => topology.name.clone(),
        }
    }

    /// Whether the result depends on a seed.
    fn is_drawn(&self) -> bool {
        matches!(self, Self::Network(_) | Self::Baseline(_, BaselineMethod::Gru { .. }))
    }

    fn train_and_test(
        &self,
        dataset: &Dataset,
        split: &Split,
        fold: usize,
        options: &Options,
        seed: u64,
    ) -> Result<Vec<TestedWindow>, TrainError> {
        let train: Vec<_> =
            split.train_samples(fold, dataset).into_iter().map(|index| &dataset.samples[index]).collect();
        let samples: Vec<_> =
            train.iter().map(|sample| TrainingSample { ticks: &sample.ticks, class: sample.class }).collect();
        let decide = self.fitted(dataset, &samples, options, seed)?;
        let test = split.test_samples(fold, dataset).into_iter().map(|index| &dataset.samples[index]);
        let tested = test.map(|sample| TestedWindow {
            trial: sample.trial,
            class: sample.class,
            decisions: decide(&sample.ticks),
        });
        Ok(tested.collect())
    }

    /// Trains; what it gives decides after each tick.
    fn fitted(
        &self,
        dataset: &Dataset,
        samples: &[TrainingSample<'_>],
        changes: &Options,
        seed: u64,
    ) -> Result<Decide, TrainError> {
        let options = &changes.fit(samples.len(), dataset.tick_ms);
        let sizes = (dataset.n_channels, dataset.classes.len());
        let mut go_on = |_: &_| ControlFlow::Continue(());
        match self {
            Self::Baseline(_, method) => {
                let baseline = method.fit(samples, sizes, options, seed, &mut go_on)?;
                Ok(Box::new(move |ticks| baseline.decisions(ticks)))
            }
            Self::Network(topology) => {
                let (tick_ms, weight_bits) = (f64::from(dataset.tick_ms), changes.weight_bits);
                let network = Network::new(topology, sizes.0, sizes.1, tick_ms, weight_bits, seed)?;
                let left = changes.synapses.map(|share| (share * network.n_synapses() as f64).round() as usize);
                let options = FitOptions { pruning: left.map(Pruning::to), ..options.clone() };
                let trained = fit(network, samples, &options, seed, &mut go_on)?;
                let decisions = move |ticks: &[Vec<u16>]| {
                    scores(&trained.quantized, ticks).iter().map(|scores| class_of(scores)).collect()
                };
                Ok(Box::new(decisions))
            }
        }
    }
}

/// CPU time of this thread so far, as Linux counts it; elsewhere 0.
fn cpu_seconds() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    statistics.split_ascii_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}
