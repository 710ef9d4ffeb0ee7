//! Statistics that the analyses share: tests, intervals, corrections, circular quantities.

mod categorical;
mod circular;
mod correction;
mod descriptive;
mod resampling;
mod two_samples;

pub use categorical::{Interval, fisher_exact, mcnemar_exact, newcombe_interval, wilson_interval};
pub use circular::{
    Rayleigh, circular_difference, circular_mean, circular_sd, mean_resultant, normalize_angle, rayleigh,
};
pub use correction::{Correction, benjamini_hochberg, holm};
pub use descriptive::{Summary, mean, mean_interval, quantile, ranks, sample_variance, summarize};
pub use resampling::{bootstrap_band, bootstrap_interval, permutation_p, permutation_test};
pub use two_samples::{Correlation, KolmogorovSmirnov, kolmogorov_smirnov, mann_kendall, pearson, spearman};

pub(crate) use resampling::{NullDistribution, rng};
