//! The command line.

use std::path::PathBuf;

use clap::Parser;
use train::fit::FitOptions;

/// What to train on what, and what to change in the standard training.
#[derive(Debug, Parser)]
pub struct Options {
    /// Sets, separated by commas: pmd7:MS and pmd4:MS, chewie:MS, centre_out:MS, sg:SEED, sy:SEED
    #[arg(long, value_delimiter = ',', default_values = crate::sets::ALL)]
    pub sets: Vec<String>,
    /// Folder of the recordings
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"))]
    pub data: PathBuf,
    /// Judge by cross-validation within the training trials of each fold
    #[arg(long)]
    pub inner: bool,
    /// Folds of the cross-validation within the training trials
    #[arg(long, default_value_t = 4)]
    pub inner_folds: usize,
    /// How many of these are trained
    #[arg(long, default_value_t = 1)]
    pub inner_used: usize,
    /// Folds that are trained, of those that a set has
    #[arg(long, default_value_t = 5)]
    pub folds: usize,
    /// Seeds of a network
    #[arg(long, default_value_t = 1)]
    pub seeds: u64,
    /// Topologies: shipped ones or files, separated by commas; `direct` has no hidden areas
    #[arg(long = "topology", value_delimiter = ',', num_args = 0.., default_value = train::Topology::DEFAULT)]
    pub topologies: Vec<String>,
    /// Train a GRU of so many units as well
    #[arg(long)]
    pub gru: Option<usize>,
    /// Elapsed times, in ms, at which accuracy is shown as well
    #[arg(long, value_delimiter = ',', default_values_t = [2, 10, 25])]
    pub early_ms: Vec<u32>,
    /// Length of a tick, in ms
    #[arg(long, default_value_t = 1)]
    pub tick_ms: u32,
    /// Factor on the epochs
    #[arg(long, default_value_t = 1.0)]
    pub epoch_share: f64,
    /// Samples in a step of the optimizer; the number of steps stays
    #[arg(long)]
    pub batch: Option<usize>,
    /// Learning rate
    #[arg(long)]
    pub rate: Option<f64>,
    /// Probability of a free mix
    #[arg(long)]
    pub free_mix: Option<f64>,
    /// Probability of an exchanged channel
    #[arg(long)]
    pub exchange: Option<f64>,
    /// Share of the teacher in the targets
    #[arg(long)]
    pub share: Option<f64>,
    /// The teacher's mean probability of its first choice
    #[arg(long)]
    pub confidence: Option<f64>,
    /// How much more the last tick counts in the loss than the first
    #[arg(long)]
    pub tick_ramp: Option<f64>,
    /// Weight decay
    #[arg(long)]
    pub weight_decay: Option<f64>,
    /// Bits of a weight, 4 to 8
    #[arg(long, default_value_t = 8)]
    pub weight_bits: u32,
    /// Share of the synapses that pruning leaves
    #[arg(long)]
    pub synapses: Option<f64>,
}

impl Options {
    /// The standard training with these changes.
    pub fn fit(&self, n_windows: usize, tick_ms: u32) -> FitOptions {
        let mut fit = FitOptions::for_windows(n_windows, tick_ms);
        let mut epochs = fit.epochs as f64 * self.epoch_share;
        if let Some(batch) = self.batch {
            let steps = |batch: usize| n_windows.div_ceil(batch) as f64;
            epochs *= steps(fit.batch_size) / steps(batch);
            fit.batch_size = batch;
        }
        fit.epochs = epochs.ceil() as usize;
        let set = |value: &mut f64, change: Option<f64>| *value = change.unwrap_or(*value);
        set(&mut fit.learning_rate, self.rate);
        set(&mut fit.augmentation.free_mix, self.free_mix);
        set(&mut fit.augmentation.channel_exchange, self.exchange);
        set(&mut fit.tick_ramp, self.tick_ramp);
        set(&mut fit.weight_decay, self.weight_decay);
        if let Some(distillation) = &mut fit.distillation {
            set(&mut distillation.share, self.share);
            set(&mut distillation.confidence, self.confidence);
        }
        fit
    }
}
