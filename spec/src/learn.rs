//! Learning of plastic readouts: a running mean of spike counts for each class and row, whose short logarithm is the weight.
//!
//! It is naive Bayes with forgetting, on integers: a taught class moves its means towards the counts of the window, weights
//! follow the means, and an offset of each class makes up for its total rate. No random source, no clamp, and weights that stay
//! within [`WEIGHTS`] whatever is taught, so the proof that no fan-in overflows is made once. The steps are numbered on from
//! those of the neuron update ([`crate::lif`]); `docs/numerics.md` gives the reasons.

use std::ops::RangeInclusive;

use crate::fixed::saturate;

/// Fraction bits of a mean: 6 integer and 10 fraction bits, unsigned.
pub const MEAN_FRACTION_BITS: u32 = 10;
/// The largest count of a row in a window; more events count no more.
pub const MAX_COUNT: u8 = 63;
/// The largest mean.
pub const MAX_MEAN: u16 = (MAX_COUNT as u16) << MEAN_FRACTION_BITS;
/// Weights that [`weight`] gives.
pub const WEIGHTS: RangeInclusive<i8> = -96..=95;
/// Floors: what is added to a mean before its logarithm, so that a silent row has one.
pub const FLOORS: RangeInclusive<u16> = 16..=1024;
/// Ticks of a window.
pub const WINDOW_TICKS: RangeInclusive<u16> = 2..=4096;
/// Plastic rows of a network.
pub const MAX_ROWS: usize = 256;
/// Shifts of [`mean`].
pub const SHIFTS: RangeInclusive<u32> = 1..=7;

/// Fraction bits of the logarithm to base 2.
const LOG_FRACTION_BITS: u32 = 4;
/// The logarithm that has weight 0: the middle of those that occur.
const LOG_CENTER: i32 = 160;
/// 16 log2 e, with 4 fraction bits: an offset counts in steps of a weight, a sum of means in natural units.
const OFFSET_FACTOR: i64 = 369;
/// Fraction bits of a sum of means times [`OFFSET_FACTOR`].
const OFFSET_SHIFT: u32 = MEAN_FRACTION_BITS + 4;

/// Step 8: the count of a row after another event.
#[must_use]
pub fn count(count: u8) -> u8 {
    count.saturating_add(1).min(MAX_COUNT)
}

/// Step 9: the mean of a row after a window of its class with this count, moved by a `2^-shift` of the difference, rounded to
/// the nearest, halves upwards.
///
/// `mean` is at most [`MAX_MEAN`], `count` at most [`MAX_COUNT`], `shift` one of [`SHIFTS`]. The result lies between the old
/// mean and the count.
#[must_use]
pub fn mean(mean: u16, count: u8, shift: u32) -> u16 {
    let difference = (i32::from(count) << MEAN_FRACTION_BITS) - i32::from(mean);
    let step = (difference + (1 << (shift - 1))) >> shift;
    u16::try_from(i32::from(mean) + step).unwrap_or_else(|_| unreachable!("between the mean and the count"))
}

/// Step 10: the weight of a mean: its logarithm to base 2 with four fraction bits, by the place of the leading one and the four
/// bits after it, less that of the center. `floor` is one of [`FLOORS`].
#[must_use]
pub fn weight(mean: u16, floor: u16) -> i8 {
    let value = u32::from(mean.saturating_add(floor));
    let exponent = value.ilog2();
    let mantissa = value << LOG_FRACTION_BITS >> exponent & ((1 << LOG_FRACTION_BITS) - 1);
    let logarithm = (exponent << LOG_FRACTION_BITS | mantissa).cast_signed();
    i8::try_from(logarithm - LOG_CENTER).unwrap_or_else(|_| unreachable!("a mean has 16 bits, and a floor the least"))
}

/// Steps 11 and 12: the offset of a class from the sum of its means (step 11, over rows, at most 24 bits) and the least sum of
/// all plastic classes: what its score must lose because its rows fire more.
#[must_use]
pub fn offset(sum: u32, least: u32) -> i16 {
    let scaled = ((i64::from(sum) - i64::from(least)) * OFFSET_FACTOR) >> OFFSET_SHIFT;
    i16::try_from(-scaled).unwrap_or(i16::MIN)
}

/// Step 13: an offset dealt over a window: the bias of every tick, and the potential at the window's start, so that both add
/// up to the offset at its end, exactly. `ticks` is one of [`WINDOW_TICKS`].
#[must_use]
pub fn bias_and_start(offset: i16, ticks: u16) -> (i16, i16) {
    let reciprocal = i64::from((1_u32 << 16).div_ceil(u32::from(ticks)));
    let bias = (i64::from(offset) * reciprocal) >> 16;
    let start = i64::from(offset) - i64::from(ticks) * bias;
    (narrow(bias), narrow(start))
}

fn narrow(value: i64) -> i16 {
    saturate(
        i32::try_from(value).unwrap_or_else(|_| unreachable!("an offset has 16 bits, a window at most 4,096 ticks")),
    )
}

/// What has been learned: the means of every row and class, and the counts of the window that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    ticks: u16,
    floor: u16,
    counts: Vec<u8>,
    /// Class by class within a row.
    means: Vec<u16>,
    n_classes: usize,
}

/// Why means cannot be learned from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum InvalidMeans {
    #[error("a window of {0} ticks: plastic readouts need from {start} to {end}", start = WINDOW_TICKS.start(), end = WINDOW_TICKS.end())]
    Ticks(u16),
    #[error("a floor of {0}: it must be from {start} to {end}", start = FLOORS.start(), end = FLOORS.end())]
    Floor(u16),
    #[error("{0} plastic rows: there must be from 1 to {most}", most = MAX_ROWS)]
    Rows(usize),
    #[error("{means} means are not {n_classes} for every row")]
    Shape { means: usize, n_classes: usize },
    #[error("a mean of {0} is above {most}", most = MAX_MEAN)]
    Mean(u16),
}

/// A weight, bias and start of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readout {
    /// The weight of every row.
    pub weights: Vec<i8>,
    /// Added to the potential every tick.
    pub bias: i16,
    /// The potential at the start of a window.
    pub start: i16,
}

impl Means {
    /// Means of rows by classes, class by class within a row, as raw values with [`MEAN_FRACTION_BITS`]; counts are 0.
    ///
    /// # Errors
    /// Sizes or values out of their ranges.
    pub fn new(ticks: u16, floor: u16, n_classes: usize, means: Vec<u16>) -> Result<Self, InvalidMeans> {
        if !WINDOW_TICKS.contains(&ticks) {
            return Err(InvalidMeans::Ticks(ticks));
        }
        if !FLOORS.contains(&floor) {
            return Err(InvalidMeans::Floor(floor));
        }
        if n_classes == 0 || !means.len().is_multiple_of(n_classes) {
            return Err(InvalidMeans::Shape { means: means.len(), n_classes });
        }
        let n_rows = means.len() / n_classes;
        if !(1..=MAX_ROWS).contains(&n_rows) {
            return Err(InvalidMeans::Rows(n_rows));
        }
        if let Some(mean) = means.iter().find(|mean| **mean > MAX_MEAN) {
            return Err(InvalidMeans::Mean(*mean));
        }
        Ok(Self { ticks, floor, counts: vec![0; n_rows], means, n_classes })
    }

    /// Classes that can be taught.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Plastic rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.counts.len()
    }

    /// Ticks of a window.
    #[must_use]
    pub fn ticks(&self) -> u16 {
        self.ticks
    }

    /// What is added to a mean before its logarithm.
    #[must_use]
    pub fn floor(&self) -> u16 {
        self.floor
    }

    /// The means, class by class within a row.
    #[must_use]
    pub fn means(&self) -> &[u16] {
        &self.means
    }

    /// The counts of the window that runs, by row; each at most [`MAX_COUNT`].
    #[must_use]
    pub fn counts(&self) -> &[u8] {
        &self.counts
    }

    /// Begins a window: every count is 0.
    pub fn restart(&mut self) {
        self.counts.fill(0);
    }

    /// Counts an event of a row; events of other rows are not learned from.
    pub fn event(&mut self, row: usize) {
        if let Some(row) = self.counts.get_mut(row) {
            *row = count(*row);
        }
    }

    /// Moves the means of a class towards the counts of the window, by a `2^-shift` of the difference.
    ///
    /// # Panics
    /// If there is no such class, or the shift is none of [`SHIFTS`].
    pub fn teach(&mut self, class: usize, shift: u32) {
        assert!(class < self.n_classes, "class {class} of {}", self.n_classes);
        assert!(SHIFTS.contains(&shift), "shift {shift}");
        for (row, count) in self.means.chunks_exact_mut(self.n_classes).zip(&self.counts) {
            row[class] = mean(row[class], *count, shift);
        }
    }

    /// The readouts that these means make, by class.
    #[must_use]
    pub fn readouts(&self) -> Vec<Readout> {
        let of_class = |class: usize| self.means.iter().skip(class).step_by(self.n_classes).copied();
        let sums: Vec<u32> = (0..self.n_classes).map(|class| of_class(class).map(u32::from).sum()).collect();
        let least = sums.iter().copied().min().unwrap_or(0);
        let readout = |(class, sum): (usize, &u32)| {
            let (bias, start) = bias_and_start(offset(*sum, least), self.ticks);
            Readout { weights: of_class(class).map(|mean| weight(mean, self.floor)).collect(), bias, start }
        };
        sums.iter().enumerate().map(readout).collect()
    }
}
