//! Statistics that the analyses share: tests, intervals, corrections, circular quantities.

mod circular;
mod descriptive;
mod multiple_tests;
mod proportions;
mod resampling;
mod two_samples;

pub use circular::{Rayleigh, circular_difference, circular_mean, mean_resultant, normalize_angle, rayleigh};
pub use descriptive::{Summary, mean, mean_interval, quantile, ranks, sample_variance, summarize};
pub use multiple_tests::benjamini_hochberg;
pub use proportions::{Interval, fisher_exact, wilson_interval};
pub use resampling::{bootstrap_band, permutation_p};
pub use two_samples::{Correlation, KolmogorovSmirnov, kolmogorov_smirnov, pearson, spearman};

pub(crate) use resampling::{NullDistribution, rng};
