//! Poisson naive Bayes: every channel fires on its own, at a rate of its class.

use std::ops::Deref;

use super::{BaselineError, LinearScores, TrainingCounts};

/// A fitted decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct PoissonNaiveBayes(pub(crate) LinearScores);

impl Deref for PoissonNaiveBayes {
    type Target = LinearScores;

    fn deref(&self) -> &LinearScores {
        &self.0
    }
}

/// Added to the spikes of every class and channel, so that no rate is 0.
const PSEUDO_SPIKES: f64 = 0.5;
/// Added to the samples of every class.
const PSEUDO_SAMPLES: f64 = 1.0;

impl PoissonNaiveBayes {
    /// Fits to one vector of counts a sample (spikes, each with one number for every channel) and its class, 0 to
    /// `n_classes - 1`. Priors are the classes' shares.
    ///
    /// The rate of a channel in a class is its spikes over the samples of the class, both with a constant added: the mean
    /// of the posterior for a gamma prior of that shape and rate.
    ///
    /// # Errors
    /// Inconsistent samples: lengths, class numbers, a class without samples, a negative count.
    pub fn fit(counts: &[Vec<f64>], classes: &[usize], n_classes: usize) -> Result<Self, BaselineError> {
        let training = TrainingCounts::new(counts, classes, n_classes)?;
        let mut weights = Vec::with_capacity(n_classes);
        let mut intercepts = Vec::with_capacity(n_classes);
        for class in 0..training.n_classes() {
            let samples = training.of_class(class);
            let rate_of = |channel: usize| {
                let spikes: f64 = samples.iter().map(|sample| sample[channel]).sum();
                (spikes + PSEUDO_SPIKES) / (samples.len() as f64 + PSEUDO_SAMPLES)
            };
            let rates: Vec<f64> = (0..training.n_channels).map(rate_of).collect();
            intercepts.push(training.prior(class).ln() - rates.iter().sum::<f64>());
            weights.push(rates.into_iter().map(f64::ln).collect());
        }
        Ok(Self(LinearScores { weights, intercepts }))
    }
}
