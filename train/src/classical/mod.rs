//! The classical decoders, which see only the spike count of every channel.

mod cholesky;
mod discriminant;
mod error;
mod lda;
mod poisson;

pub(crate) use discriminant::Discriminant;
pub use error::BaselineError;
pub use lda::Lda;
pub(crate) use lda::PooledLda;
pub use poisson::PoissonNaiveBayes;

/// Spikes of every channel over the ticks of one sample; each tick lists the channels that fired, a channel as often as it
/// fired.
///
/// # Panics
/// If a tick names a channel at or above `n_channels`.
#[must_use]
pub fn counts(ticks: &[Vec<u16>], n_channels: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_channels];
    for channel in ticks.iter().flatten() {
        counts[usize::from(*channel)] += 1.0;
    }
    counts
}

/// Labelled counts that a decoder can be fitted to: one or more samples of every class, all with as many channels.
struct TrainingCounts<'a> {
    counts: &'a [Vec<f64>],
    classes: &'a [usize],
    samples_of_class: Vec<usize>,
    n_channels: usize,
}

impl<'a> TrainingCounts<'a> {
    fn new(counts: &'a [Vec<f64>], classes: &'a [usize], n_classes: usize) -> Result<Self, BaselineError> {
        if counts.len() != classes.len() {
            return Err(BaselineError::Lengths { samples: counts.len(), classes: classes.len() });
        }
        let n_channels = counts.first().map_or(0, Vec::len);
        if n_channels == 0 {
            return Err(BaselineError::Empty { samples: counts.len() });
        }
        let mut samples_of_class = vec![0; n_classes];
        for (sample, (row, class)) in counts.iter().zip(classes).enumerate() {
            if row.len() != n_channels {
                return Err(BaselineError::Channels { sample, found: row.len(), expected: n_channels });
            }
            if let Some(channel) = row.iter().position(|count| !(count.is_finite() && *count >= 0.0)) {
                return Err(BaselineError::Count { sample, channel, found: row[channel] });
            }
            *samples_of_class.get_mut(*class).ok_or(BaselineError::Class { sample, class: *class, n_classes })? += 1;
        }
        match samples_of_class.iter().position(|samples| *samples == 0) {
            Some(class) => Err(BaselineError::ClassWithoutSamples { class }),
            None => Ok(Self { counts, classes, samples_of_class, n_channels }),
        }
    }

    fn n_classes(&self) -> usize {
        self.samples_of_class.len()
    }

    fn of_class(&self, class: usize) -> Vec<&'a [f64]> {
        let samples = self.counts.iter().zip(self.classes);
        samples.filter(|(_, of)| **of == class).map(|(row, _)| row.as_slice()).collect()
    }

    /// The share of a class in the samples.
    fn prior(&self, class: usize) -> f64 {
        self.samples_of_class[class] as f64 / self.counts.len() as f64
    }
}

/// Log posteriors of the classes that are linear in the counts, up to a constant that all classes share.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearScores {
    /// `[n_classes][n_channels]`
    weights: Vec<Vec<f64>>,
    /// `[n_classes]`
    intercepts: Vec<f64>,
}

impl LinearScores {
    /// Score of every class, from the counts of a whole window.
    ///
    /// # Panics
    /// If `counts` does not have one number for each channel of the training.
    #[must_use]
    pub fn scores(&self, counts: &[f64]) -> Vec<f64> {
        self.scores_after(1.0, counts)
    }

    /// As [`LinearScores::scores`], after a part of the window, `elapsed` (0 to 1): spikes are assumed to arrive at a steady
    /// rate, so the intercepts, which stand for the spikes of a whole window, count by that part.
    fn scores_after(&self, elapsed: f64, counts: &[f64]) -> Vec<f64> {
        let classes = self.weights.iter().zip(&self.intercepts);
        classes
            .map(|(weights, intercept)| {
                assert_eq!(counts.len(), weights.len(), "counts of as many channels as in training");
                dot(weights, counts) + elapsed * intercept
            })
            .collect()
    }

    /// The mean of two decoders of the same channels and classes.
    fn mean(&self, other: &Self) -> Self {
        let half = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| 0.5 * (one + other)).collect();
        Self {
            weights: self.weights.iter().zip(&other.weights).map(|(one, other)| half(one, other)).collect(),
            intercepts: half(&self.intercepts, &other.intercepts),
        }
    }

    /// `[n_classes][n_channels]`, and a constant for each class.
    pub(crate) fn parts(&self) -> (&[Vec<f64>], &[f64]) {
        (&self.weights, &self.intercepts)
    }

    /// The class with the highest score; a tie goes to the lower class.
    ///
    /// # Panics
    /// As [`LinearScores::scores`].
    #[must_use]
    pub fn predict(&self, counts: &[f64]) -> usize {
        self.predict_after(1.0, counts)
    }

    /// As [`LinearScores::predict`], from the counts of the first part of a window, `elapsed` of it (0 to 1).
    ///
    /// # Panics
    /// As [`LinearScores::scores`].
    #[must_use]
    pub fn predict_after(&self, elapsed: f64, counts: &[f64]) -> usize {
        first_maximum(&self.scores_after(elapsed, counts))
    }
}

/// Index of the largest score; a tie goes to the lower class.
fn first_maximum(scores: &[f64]) -> usize {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = class;
        }
    }
    best
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_counts_as_often_as_it_fired() {
        assert_eq!(counts(&[vec![0, 2], vec![], vec![2]], 4), [1.0, 0.0, 2.0, 0.0]);
    }

    #[test]
    fn tie_goes_to_the_lower_class() {
        assert_eq!(first_maximum(&[1.0, 2.0, 2.0]), 1);
        let tied = LinearScores { weights: vec![vec![0.5], vec![1.0], vec![1.0]], intercepts: vec![0.0; 3] };
        assert_eq!(tied.predict(&[2.0]), 1);
    }

    #[test]
    fn half_a_window_has_half_the_constants() {
        let scores = LinearScores { weights: vec![vec![0.0], vec![1.0]], intercepts: vec![0.0, -3.0] };
        assert_eq!((scores.predict(&[2.0]), scores.predict_after(0.5, &[2.0])), (0, 1));
        assert_eq!(scores.scores_after(0.5, &[2.0]), [0.0, 0.5]);
    }
}
