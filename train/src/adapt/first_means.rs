//! The means that plastic readouts start with: those of the training windows.

use recording::{Dataset, Sample};
use spec::learn::{InvalidMeans, MAX_COUNT, MAX_ROWS, MEAN_FRACTION_BITS, Means, count};

use super::Neighbours;

/// What is added to a mean before its logarithm: a sixteenth of a spike.
const FLOOR: u16 = 64;
/// The share of a neighbour's mean in that of a class.
const SHARE: f64 = 0.4;

/// Why a data set has no plastic readouts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum FirstMeansError {
    #[error("{n_channels} units: plastic readouts learn from {most} at most", most = MAX_ROWS)]
    Channels { n_channels: usize },
    #[error("windows of {n_ticks} ticks: {cause}")]
    Ticks { n_ticks: usize, cause: String },
    #[error("no window to train on of class `{class}`")]
    NoWindow { class: String },
    #[error(transparent)]
    Means(#[from] InvalidMeans),
}

/// The mean counts of each channel and class over windows, those of classes beside each other shared.
///
/// # Errors
/// More channels than plastic rows, a window of more ticks than the rule has, or a class without a window.
pub fn first_means<'a>(
    dataset: &Dataset,
    windows: impl IntoIterator<Item = &'a Sample>,
    neighbours: Neighbours,
) -> Result<Means, FirstMeansError> {
    let (n_channels, n_classes) = (dataset.n_channels, dataset.classes.len());
    if n_channels > MAX_ROWS {
        return Err(FirstMeansError::Channels { n_channels });
    }
    let ticks = u16::try_from(dataset.n_ticks)
        .map_err(|error| FirstMeansError::Ticks { n_ticks: dataset.n_ticks, cause: error.to_string() })?;
    let mut sums = vec![0.0; n_channels * n_classes];
    let mut windows_of = vec![0_u32; n_classes];
    for sample in windows {
        let mut counts = vec![0_u8; n_channels];
        for channel in sample.ticks.iter().flatten() {
            let counted = &mut counts[usize::from(*channel)];
            *counted = count(*counted);
        }
        windows_of[sample.class] += 1;
        for (row, count) in sums.chunks_exact_mut(n_classes).zip(counts) {
            row[sample.class] += f64::from(count);
        }
    }
    if let Some(class) = windows_of.iter().position(|n_windows| *n_windows == 0) {
        return Err(FirstMeansError::NoWindow { class: dataset.classes[class].clone() });
    }
    let raw = f64::from(1 << MEAN_FRACTION_BITS);
    let mut means = Vec::with_capacity(sums.len());
    for row in sums.chunks_exact(n_classes) {
        let mean: Vec<f64> = row.iter().zip(&windows_of).map(|(sum, n_windows)| sum / f64::from(*n_windows)).collect();
        for class in 0..n_classes {
            let beside = neighbours.beside(class, n_classes);
            let shared: f64 = beside.iter().map(|other| SHARE * mean[*other]).sum();
            let smooth = (mean[class] + shared) / (1.0 + SHARE * beside.len() as f64);
            // A mean of counts is at most the largest count.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to MAX_MEAN")]
            means.push((smooth.min(f64::from(MAX_COUNT)) * raw).round() as u16);
        }
    }
    Ok(Means::new(ticks, FLOOR, n_classes, means)?)
}
