//! Division of a stream into training and test: contiguous blocks with gaps, never random ticks, which would put neighbours that
//! share their spikes on both sides.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Stream;
use crate::{Column, Error, Recording, Selection, TrialTable};

/// A division of the ticks into training and test, once or several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSplit {
    /// The divisions; never empty. The first tests the last block.
    pub folds: Vec<StreamFold>,
}

/// One division. Ranges of ticks ascend, do not overlap, and each lies within a recording; ticks in none are gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamFold {
    /// Ticks to train with.
    pub train: Vec<Range<usize>>,
    /// Ticks to choose by: epochs, filters. They are no test, and no weight is fitted to them.
    pub validation: Vec<Range<usize>>,
    /// Ticks to test with.
    pub test: Vec<Range<usize>>,
}

/// How blocks are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockOptions {
    /// Time between blocks that is on neither side, milliseconds: longer than what a decoder remembers.
    pub gap_ms: u32,
    /// Share of the training ticks, the last ones, to choose by.
    pub validation_share: f64,
}

impl Default for BlockOptions {
    /// A gap of a second, a fifth to choose by.
    fn default() -> Self {
        BlockOptions { gap_ms: 1000, validation_share: 0.2 }
    }
}

impl StreamSplit {
    /// Cross-validation over contiguous blocks with about as many scored ticks each. With `trials` (ranges of ticks), blocks begin
    /// where a trial does.
    ///
    /// # Errors
    /// [`Error::BadSplit`] with fewer than two folds, or a fold with a side without scored ticks.
    pub fn blocks(
        stream: &Stream,
        n_folds: usize,
        trials: Option<&[Range<usize>]>,
        options: &BlockOptions,
    ) -> Result<StreamSplit, Error> {
        if n_folds < 2 {
            let cause = format!("{n_folds} block(s) leave nothing to train or to test with; use 2 or more");
            return Err(Error::BadSplit { cause });
        }
        let edge = |fold: usize| stream.edge(fold as f64 / n_folds as f64, trials);
        let tests = (0..n_folds).rev().map(|fold| edge(fold)..edge(fold + 1));
        let folds = tests.map(|test| stream.fold_around(test, options)).collect::<Result<_, _>>()?;
        Ok(StreamSplit { folds })
    }

    /// One division: the last `test_share` of the scored ticks are the test.
    ///
    /// # Errors
    /// [`Error::BadSplit`] for a side without scored ticks.
    pub fn last(
        stream: &Stream,
        test_share: f64,
        trials: Option<&[Range<usize>]>,
        options: &BlockOptions,
    ) -> Result<StreamSplit, Error> {
        let test = stream.edge(1.0 - test_share, trials)..stream.n_ticks();
        Ok(StreamSplit { folds: vec![stream.fold_around(test, options)?] })
    }

    /// The division of NeuroBench's challenge: of the trials in order, or else of the ticks, the first half is for training, the next
    /// quarter to choose by, the last quarter the test; no gaps.
    ///
    /// # Errors
    /// [`Error::BadSplit`] for a side without scored ticks.
    pub fn neurobench(stream: &Stream, trials: Option<&[Range<usize>]>) -> Result<StreamSplit, Error> {
        let edge = |share: f64| match trials {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the trials")]
            Some(trials) if !trials.is_empty() => {
                trials.get((trials.len() as f64 * share) as usize).map_or(stream.n_ticks(), |trial| trial.start)
            }
            _ => stream.edge(share, None),
        };
        let (half, three_quarters) = (edge(0.5), edge(0.75));
        let one = |range: Range<usize>| vec![range];
        let fold = StreamFold {
            train: one(0..half),
            validation: one(half..three_quarters),
            test: one(three_quarters..stream.n_ticks()),
        };
        Ok(StreamSplit { folds: vec![stream.checked(fold)?] })
    }

    /// The division in a text column of the trials: `train`, `val` or `validation`, and `test`; other trials, and ticks between
    /// trials, are on no side. `recordings` are those of the parts of the stream. Without validation trials, the last training trials are those to choose by.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::UnsuitableColumn`] unless it holds text; [`Error::BadSplit`] for a side without scored
    /// ticks, or trials of both sides that overlap.
    pub fn by_column(
        stream: &Stream,
        recordings: &[&Recording],
        column: &str,
        options: &BlockOptions,
    ) -> Result<StreamSplit, Error> {
        let mut fold = StreamFold { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
        for (part, Recording { trials, .. }) in recordings.iter().copied().enumerate() {
            let values = sides(trials, column).map_err(|error| error.of(recordings, part))?;
            for (trial, value) in values.iter().enumerate().filter(|&(trial, _)| trials.has_usable_times(trial)) {
                let side = match value.trim().to_ascii_lowercase().as_str() {
                    "train" => &mut fold.train,
                    "val" | "validation" => &mut fold.validation,
                    "test" => &mut fold.test,
                    _ => continue,
                };
                side.push(stream.ticks_between(part, trials.start_s[trial], trials.stop_s[trial]));
            }
        }
        let mut all: Vec<&Range<usize>> = fold.train.iter().chain(&fold.validation).chain(&fold.test).collect();
        all.sort_by_key(|range| range.start);
        if all.windows(2).any(|pair| pair[1].start < pair[0].end) {
            let cause = format!("trials of column `{column}` overlap in time; correct their times");
            return Err(Error::BadSplit { cause });
        }
        for side in [&mut fold.train, &mut fold.validation, &mut fold.test] {
            side.retain(|range| !range.is_empty());
            side.sort_by_key(|range| range.start);
        }
        if fold.validation.is_empty() {
            (fold.train, fold.validation) = stream.set_aside(&fold.train, 0, options.validation_share);
        }
        Ok(StreamSplit { folds: vec![stream.checked(fold)?] })
    }
}

fn sides<'a>(trials: &'a TrialTable, column: &str) -> Result<&'a [String], Error> {
    match trials.column(column)? {
        Column::Text(values) => Ok(values),
        _ => {
            let cause = "it holds numbers, not `train` and `test`".into();
            Err(Error::UnsuitableColumn { column: column.into(), cause })
        }
    }
}

impl Stream {
    /// Scored ticks of ranges.
    pub fn n_scored(&self, ranges: &[Range<usize>]) -> usize {
        ranges.iter().cloned().flatten().filter(|&tick| self.is_scored(tick)).count()
    }

    /// Where a share of the scored ticks lies before, at the start of the nearest trial if there are trials.
    fn edge(&self, share: f64, trials: Option<&[Range<usize>]>) -> usize {
        if share <= 0.0 {
            return 0;
        }
        if share >= 1.0 {
            return self.n_ticks();
        }
        let n_scored = self.n_scored(&[self.ticks()]);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the ticks")]
        let n_before = (share * n_scored as f64).round() as usize;
        let mut scored = (0..self.n_ticks()).filter(|&tick| self.is_scored(tick));
        let edge = scored.nth(n_before).unwrap_or(self.n_ticks());
        let starts = trials.into_iter().flatten().map(|trial| trial.start);
        starts.min_by_key(|start| start.abs_diff(edge)).unwrap_or(edge)
    }

    /// The fold that tests this block, with gaps on both sides of it.
    fn fold_around(&self, test: Range<usize>, options: &BlockOptions) -> Result<StreamFold, Error> {
        let gap = options.gap_ms.div_ceil(self.tick_ms) as usize;
        let sides = [0..test.start.saturating_sub(gap), (test.end + gap).min(self.n_ticks())..self.n_ticks()];
        let sides: Vec<Range<usize>> = sides.into_iter().filter(|side| !side.is_empty()).collect();
        let (train, validation) = self.set_aside(&sides, gap, options.validation_share);
        self.checked(StreamFold { train, validation, test: vec![test] })
    }

    /// Divides ranges into the first ticks and the last share of the scored ones, `gap` ticks apart.
    fn set_aside(&self, ranges: &[Range<usize>], gap: usize, share: f64) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the ticks")]
        let n_first = ((1.0 - share) * self.n_scored(ranges) as f64).round() as usize;
        let mut scored = ranges.iter().cloned().flatten().filter(|&tick| self.is_scored(tick));
        let edge = scored.nth(n_first).unwrap_or(self.n_ticks());
        let last = edge.saturating_sub(gap);
        let train =
            ranges.iter().map(|range| range.start..range.end.min(last)).filter(|range| !range.is_empty()).collect();
        let validation = ranges.iter().map(|range| range.start.max(edge)..range.end).filter(|range| !range.is_empty());
        (train, validation.collect())
    }

    /// The fold with ranges cut at the borders of recordings; refuses one with a side without scored ticks.
    fn checked(&self, fold: StreamFold) -> Result<StreamFold, Error> {
        let [train, validation, test] =
            [&fold.train, &fold.validation, &fold.test].map(|ranges| self.within_parts(ranges));
        let fold = StreamFold { train, validation, test };
        for (side, ranges) in [("train on", &fold.train), ("choose by", &fold.validation), ("test", &fold.test)] {
            if self.n_scored(ranges) == 0 {
                let cause = format!("a fold has no scored tick to {side}; use fewer blocks or a shorter gap");
                return Err(Error::BadSplit { cause });
            }
        }
        Ok(fold)
    }

    /// Of the trials that a selection chooses the ranges of ticks; none without trials in one of the recordings.
    pub fn trials(&self, recordings: &[&Recording], selection: &Selection) -> Option<Vec<Range<usize>>> {
        self.trial_ranges(recordings, selection).ok().filter(|ranges| !ranges.is_empty())
    }
}
