//! Linear discriminant analysis with a shrunk covariance: number for number that of scikit-learn,
//! `LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")`, and one with a shrinkage of choice.

use std::ops::Deref;

use super::cholesky::Cholesky;
use super::{BaselineError, LinearScores, TrainingCounts, dot};

/// A fitted decoder: Gaussian classes that share one covariance, estimated after Ledoit and Wolf.
#[derive(Clone, Debug, PartialEq)]
pub struct Lda(pub(crate) LinearScores);

impl Deref for Lda {
    type Target = LinearScores;

    fn deref(&self) -> &LinearScores {
        &self.0
    }
}

impl Lda {
    /// Fits to one vector of counts a sample (spikes, each with one number for every channel) and its class, 0 to
    /// `n_classes - 1`. Priors are the classes' shares.
    ///
    /// The covariance is the mean, weighted by the priors, of those within the classes. Each of these is shrunk on
    /// standardized counts by Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance
    /// matrices", J. Multivariate Anal. 88(2), and scaled back. A channel that is constant keeps its scale.
    ///
    /// # Errors
    /// Inconsistent samples (lengths, class numbers, a class without samples, a negative count), or too few for a
    /// covariance; then scikit-learn gives the least-squares solution of least norm.
    pub fn fit(counts: &[Vec<f64>], classes: &[usize], n_classes: usize) -> Result<Self, BaselineError> {
        let training = TrainingCounts::new(counts, classes, n_classes)?;
        let n_channels = training.n_channels;
        let mut covariance = vec![0.0; n_channels * n_channels];
        let mut means = Vec::with_capacity(n_classes);
        for class in 0..training.n_classes() {
            let (mean, of_class) = shrunk_covariance(&training.of_class(class), n_channels);
            let prior = training.prior(class);
            for (sum, element) in covariance.iter_mut().zip(of_class) {
                *sum += prior * element;
            }
            means.push(mean);
        }

        Self::of(&training, &means, covariance)
    }

    /// The decoder of Gaussian classes with these means and this shared covariance.
    fn of(training: &TrainingCounts<'_>, means: &[Vec<f64>], covariance: Vec<f64>) -> Result<Self, BaselineError> {
        let factors = Cholesky::new(covariance, training.n_channels).ok_or(BaselineError::SingularCovariance)?;
        let weights: Vec<Vec<f64>> = means.iter().map(|mean| factors.solve(mean)).collect();
        let intercepts = weights.iter().zip(means).enumerate();
        let intercepts =
            intercepts.map(|(class, (weights, mean))| training.prior(class).ln() - 0.5 * dot(weights, mean)).collect();
        Ok(Self(LinearScores { weights, intercepts }))
    }
}

/// Classes that share one covariance, pooled over them, from which decoders of any shrinkage are made.
///
/// The covariance is shrunk towards channels that are independent and whose variance leans towards that of a Poisson
/// process, which is the mean. The errors of such a decoder differ from those of [`Lda::fit`].
pub(crate) struct PooledLda<'a> {
    training: TrainingCounts<'a>,
    means: Vec<Vec<f64>>,
    covariance: Vec<f64>,
    /// What the covariance is shrunk to.
    variances: Vec<f64>,
}

impl<'a> PooledLda<'a> {
    /// Of the samples that [`Lda::fit`] takes.
    pub(crate) fn new(counts: &'a [Vec<f64>], classes: &'a [usize], n_classes: usize) -> Result<Self, BaselineError> {
        /// Share of the mean in the variances.
        const POISSON_SHARE: f64 = 0.2;
        /// Variance of a channel that is silent in training.
        const SMALLEST_VARIANCE: f64 = 0.02;
        let training = TrainingCounts::new(counts, classes, n_classes)?;
        let n_channels = training.n_channels;
        let n_free = counts.len().saturating_sub(n_classes).max(1) as f64;
        let mut covariance = vec![0.0; n_channels * n_channels];
        let mut means = Vec::with_capacity(n_classes);
        for class in 0..training.n_classes() {
            let samples = training.of_class(class);
            let mean = mean_of(&samples, n_channels);
            for sample in &samples {
                let deviation: Vec<f64> = sample.iter().zip(&mean).map(|(count, mean)| count - mean).collect();
                add_outer_product(&mut covariance, &deviation, 1.0 / n_free);
            }
            means.push(mean);
        }
        let mean_count = mean_of(&counts.iter().map(Vec::as_slice).collect::<Vec<_>>(), n_channels);
        let variances = mean_count.iter().zip(covariance.iter().step_by(n_channels + 1));
        let variances =
            variances.map(|(mean, own)| (1.0 - POISSON_SHARE) * own + POISSON_SHARE * mean + SMALLEST_VARIANCE);
        let variances = variances.collect();
        Ok(Self { training, means, covariance, variances })
    }

    /// The decoder with this share of the independent channels in the covariance, above 0 and at most 1.
    pub(crate) fn shrunk(&self, shrinkage: f64) -> Result<LinearScores, BaselineError> {
        let mut covariance: Vec<f64> = self.covariance.iter().map(|element| (1.0 - shrinkage) * element).collect();
        for (element, variance) in covariance.iter_mut().step_by(self.training.n_channels + 1).zip(&self.variances) {
            *element += shrinkage * variance;
        }
        Ok(Lda::of(&self.training, &self.means, covariance)?.0)
    }
}

/// Mean and shrunk covariance (row-major) of one class.
fn shrunk_covariance(samples: &[&[f64]], n_channels: usize) -> (Vec<f64>, Vec<f64>) {
    let n_samples = samples.len() as f64;
    let mean = mean_of(samples, n_channels);
    let scale_of = |channel: usize| {
        let variance = samples.iter().map(|sample| (sample[channel] - mean[channel]).powi(2)).sum::<f64>() / n_samples;
        if is_constant(variance, mean[channel], n_samples) { 1.0 } else { variance.sqrt() }
    };
    let scale: Vec<f64> = (0..n_channels).map(scale_of).collect();
    let standardized: Vec<Vec<f64>> = samples
        .iter()
        .map(|sample| (0..n_channels).map(|channel| (sample[channel] - mean[channel]) / scale[channel]).collect())
        .collect();

    let mut covariance = vec![0.0; n_channels * n_channels];
    for sample in &standardized {
        add_outer_product(&mut covariance, sample, 1.0 / n_samples);
    }
    let (shrinkage, identity) = ledoit_wolf(&standardized, &covariance, n_channels);
    for (row, elements) in covariance.chunks_exact_mut(n_channels).enumerate() {
        for (column, element) in elements.iter_mut().enumerate() {
            let target = if row == column { identity } else { 0.0 };
            *element = scale[row] * scale[column] * ((1.0 - shrinkage) * *element + shrinkage * target);
        }
    }
    (mean, covariance)
}

/// Mean of every channel.
fn mean_of(samples: &[&[f64]], n_channels: usize) -> Vec<f64> {
    let n_samples = samples.len() as f64;
    (0..n_channels).map(|channel| samples.iter().map(|sample| sample[channel]).sum::<f64>() / n_samples).collect()
}

/// Adds `scale` times the products of all pairs of `sample` to a row-major matrix.
fn add_outer_product(matrix: &mut [f64], sample: &[f64], scale: f64) {
    for (row, left) in matrix.chunks_exact_mut(sample.len()).zip(sample) {
        row.iter_mut().zip(sample).for_each(|(sum, right)| *sum += left * right * scale);
    }
}

/// Whether a variance is what rounding leaves of a constant: the bound of scikit-learn's `StandardScaler`.
fn is_constant(variance: f64, mean: f64, n_samples: f64) -> bool {
    variance <= n_samples * f64::EPSILON * variance + (n_samples * mean * f64::EPSILON).powi(2)
}

/// How far to go from the covariance of centered samples towards a multiple of the identity, and that multiple.
fn ledoit_wolf(samples: &[Vec<f64>], covariance: &[f64], n_channels: usize) -> (f64, f64) {
    let (n_samples, n) = (samples.len() as f64, n_channels as f64);
    let identity = covariance.iter().step_by(n_channels + 1).sum::<f64>() / n;
    let squared_norm = dot(covariance, covariance);
    // Summed over pairs of channels, the products of squares are, sample by sample, the square of its squared length.
    let fourth_moment = samples.iter().map(|sample| dot(sample, sample).powi(2)).sum::<f64>() / n_samples;
    let distance = squared_norm / n - identity * identity;
    let error = ((fourth_moment - squared_norm) / (n * n_samples)).min(distance);
    // Also where the covariance is such a multiple already, as with one channel: then nothing depends on it.
    (if error > 0.0 { error / distance } else { 0.0 }, identity)
}
