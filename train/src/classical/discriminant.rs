//! Which linear discriminant suits a few trials, and how far its scores can be believed: cross-validation within them.

use super::{BaselineError, Lda, LinearScores, PoissonNaiveBayes, PooledLda};

/// A way to fit a linear discriminant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Discriminant {
    /// [`Lda`].
    Standard,
    /// [`PooledLda`] with this shrinkage.
    Pooled(f64),
    /// The mean of both, whose errors differ.
    Mean(f64),
    /// [`PoissonNaiveBayes`], for units that are Poisson processes.
    NaiveBayes,
    /// The mean of [`PoissonNaiveBayes`] and [`PooledLda`] with this shrinkage.
    MeanWithNaiveBayes(f64),
}

/// The ways that are compared, the first of which is taken where the trials are too few to compare any.
const CANDIDATES: [Discriminant; 11] = [
    Discriminant::Mean(0.5),
    Discriminant::Mean(0.8),
    Discriminant::Mean(0.2),
    Discriminant::Standard,
    Discriminant::Pooled(0.2),
    Discriminant::Pooled(0.35),
    Discriminant::Pooled(0.5),
    Discriminant::Pooled(0.65),
    Discriminant::Pooled(0.8),
    Discriminant::NaiveBayes,
    Discriminant::MeanWithNaiveBayes(0.5),
];

/// Folds of the comparison; fewer where a class has fewer windows.
const FOLDS: usize = 5;
/// Temperatures that are tried: powers of this.
const TEMPERATURE_STEP: f64 = 1.09;
const TEMPERATURE_STEPS: std::ops::Range<i32> = -8..48;

/// A discriminant, and its scores of windows that it was not fitted to.
pub(crate) struct Judged {
    pub(crate) discriminant: Discriminant,
    /// `[n_windows][n_classes]`; empty where the trials were too few.
    held_out: Vec<Vec<f64>>,
    classes: Vec<usize>,
}

impl Discriminant {
    pub(crate) fn fit(
        self,
        counts: &[Vec<f64>],
        classes: &[usize],
        n_classes: usize,
    ) -> Result<LinearScores, BaselineError> {
        Fits::new(counts, classes, n_classes)?.decoder(self)
    }

    /// The discriminant whose probabilities of held-out windows are best, each at its best temperature.
    ///
    /// Folds are blocks of neighbouring windows of each class, since windows of one trial are neighbours.
    pub(crate) fn choose(counts: &[Vec<f64>], classes: &[usize], n_classes: usize) -> Judged {
        let held_out = held_out_scores(counts, classes, n_classes).unwrap_or_default();
        let judged = held_out.into_iter().zip(CANDIDATES).map(|(held_out, discriminant)| {
            let judged = Judged { discriminant, held_out, classes: classes.to_vec() };
            (judged.loss(judged.calibrated_temperature()), judged)
        });
        let best = judged.min_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, judged)| judged);
        let unjudged = Judged { discriminant: CANDIDATES[0], held_out: Vec::new(), classes: Vec::new() };
        best.unwrap_or(unjudged)
    }
}

/// For each candidate the scores of every window, by the decoder of the other folds.
fn held_out_scores(
    counts: &[Vec<f64>],
    classes: &[usize],
    n_classes: usize,
) -> Result<Vec<Vec<Vec<f64>>>, BaselineError> {
    let mut n_of_class = vec![0; n_classes];
    let places: Vec<usize> = classes
        .iter()
        .map(|&class| {
            n_of_class[class] += 1;
            n_of_class[class] - 1
        })
        .collect();
    let folds = n_of_class.iter().copied().min().unwrap_or(0).min(FOLDS);
    if folds < 2 {
        return Ok(Vec::new());
    }
    let fold_of = |window: usize| places[window] * folds / n_of_class[classes[window]];
    let mut scores = vec![vec![Vec::new(); counts.len()]; CANDIDATES.len()];
    for fold in 0..folds {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..counts.len()).partition(|&window| fold_of(window) == fold);
        let train_counts: Vec<Vec<f64>> = train.iter().map(|&window| counts[window].clone()).collect();
        let train_classes: Vec<usize> = train.iter().map(|&window| classes[window]).collect();
        let fits = Fits::new(&train_counts, &train_classes, n_classes)?;
        for (candidate, scores) in CANDIDATES.into_iter().zip(&mut scores) {
            let decoder = fits.decoder(candidate)?;
            for &window in &test {
                scores[window] = decoder.scores(&counts[window]);
            }
        }
    }
    Ok(scores)
}

/// What all discriminants of some windows are made of.
struct Fits<'a> {
    standard: LinearScores,
    naive_bayes: LinearScores,
    pooled: PooledLda<'a>,
}

impl<'a> Fits<'a> {
    fn new(counts: &'a [Vec<f64>], classes: &'a [usize], n_classes: usize) -> Result<Self, BaselineError> {
        Ok(Self {
            standard: Lda::fit(counts, classes, n_classes)?.0,
            naive_bayes: PoissonNaiveBayes::fit(counts, classes, n_classes)?.0,
            pooled: PooledLda::new(counts, classes, n_classes)?,
        })
    }

    fn decoder(&self, discriminant: Discriminant) -> Result<LinearScores, BaselineError> {
        Ok(match discriminant {
            Discriminant::Standard => self.standard.clone(),
            Discriminant::Pooled(shrinkage) => self.pooled.shrunk(shrinkage)?,
            Discriminant::Mean(shrinkage) => self.standard.mean(&self.pooled.shrunk(shrinkage)?),
            Discriminant::NaiveBayes => self.naive_bayes.clone(),
            Discriminant::MeanWithNaiveBayes(shrinkage) => self.naive_bayes.mean(&self.pooled.shrunk(shrinkage)?),
        })
    }
}

impl Judged {
    /// The temperature at which the probabilities of held-out windows are the best: those of scores that claim too much are
    /// softened. None where there were too few windows to tell.
    fn calibrated_temperature(&self) -> f64 {
        let by_loss = temperatures().map(|temperature| (self.loss(temperature), temperature));
        by_loss.min_by(|(one, _), (other, _)| one.total_cmp(other)).map_or(1.0, |(_, temperature)| temperature)
    }

    /// The lowest temperature that is calibrated and at which the mean probability of the first choice of held-out windows is
    /// not above `highest`. None where there were too few windows to tell.
    pub(crate) fn temperature(&self, highest: f64) -> Option<f64> {
        let calibrated = self.calibrated_temperature();
        let soft_enough = |temperature: &f64| *temperature >= calibrated && self.mean_highest(*temperature) <= highest;
        (!self.held_out.is_empty()).then(|| temperatures().find(soft_enough).unwrap_or(calibrated))
    }

    /// Mean negative log probability of the true class.
    fn loss(&self, temperature: f64) -> f64 {
        let of_window = |(scores, &class): (&Vec<f64>, &usize)| -probabilities(scores, temperature)[class].ln();
        self.held_out.iter().zip(&self.classes).map(of_window).sum::<f64>() / self.classes.len().max(1) as f64
    }

    fn mean_highest(&self, temperature: f64) -> f64 {
        let highest = |scores: &Vec<f64>| probabilities(scores, temperature).into_iter().fold(0.0, f64::max);
        self.held_out.iter().map(highest).sum::<f64>() / self.held_out.len().max(1) as f64
    }
}

fn temperatures() -> impl Iterator<Item = f64> {
    TEMPERATURE_STEPS.map(|power| TEMPERATURE_STEP.powi(power))
}

/// Softmax of scores over a temperature; none is 0.
fn probabilities(scores: &[f64], temperature: f64) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| ((score - highest) / temperature).exp().max(1e-12)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    use super::*;

    const N_CHANNELS: usize = 12;

    /// Counts of two classes that differ in every other channel; the noise of neighbouring channels is the same but for a
    /// part `own`.
    fn windows(own: f64) -> (Vec<Vec<f64>>, Vec<usize>) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let normal = Normal::new(0.0, 2.0).unwrap();
        let mut window = |class: usize| -> Vec<f64> {
            let shared: Vec<f64> = (0..N_CHANNELS / 2).map(|_| normal.sample(&mut rng)).collect();
            let channel = |channel: usize| {
                let signal = if channel % 2 == class { 1.0 } else { 0.0 };
                (20.0 + signal + shared[channel / 2] + own * normal.sample(&mut rng)).max(0.0)
            };
            (0..N_CHANNELS).map(channel).collect()
        };
        (0..80).map(|index| (window(index % 2), index % 2)).unzip()
    }

    #[test]
    fn correlations_are_used_where_there_are_some() {
        let (counts, classes) = windows(0.3);
        let judged = Discriminant::choose(&counts, &classes, 2);
        let is_independent = matches!(judged.discriminant, Discriminant::NaiveBayes | Discriminant::Pooled(0.8));
        assert!(!is_independent, "{:?}", judged.discriminant);
    }

    #[test]
    fn a_temperature_is_calibrated_at_least_and_soft_enough() {
        let (counts, classes) = windows(0.6);
        let judged = Discriminant::choose(&counts, &classes, 2);
        let (soft, hard) = (judged.temperature(0.7).unwrap(), judged.temperature(0.999).unwrap());
        assert!(judged.mean_highest(soft) <= 0.7 && soft > hard);
        assert_eq!(hard, judged.calibrated_temperature());
    }

    #[test]
    fn too_few_windows_to_compare_take_the_first_way_and_tell_no_temperature() {
        let (counts, classes) = windows(1.0);
        let judged = Discriminant::choose(&counts[..3], &classes[..3], 2);
        assert_eq!((judged.discriminant, judged.temperature(0.6)), (CANDIDATES[0], None));
    }
}
