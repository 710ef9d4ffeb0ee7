//! Windows of trials without labels, and runs of ticks that belong together.

use crate::spans::events_s;
use crate::windows::{Grid, align_column, to_ns};
use crate::{Column, DEFAULT_ALIGN_COLUMN, Error, LeftOut, Recording, WindowOptions};

/// The trials column that numbers runs: stretches in which a network ran without a restart.
const RUN: &str = "run";

/// The ticks of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialTicks {
    /// The row of the trial table.
    pub trial: usize,
    /// For each tick the channels that spiked in it, strictly ascending.
    pub ticks: Vec<Vec<u16>>,
}

impl Recording {
    /// The window of each trial, whatever its label: that of a [`Dataset`](crate::Dataset) with the same options, also where
    /// nothing spikes. Without the column to align to, it counts from the start of the trial. These units (rows) are the channels.
    ///
    /// # Errors
    /// No trials, options out of range, a unit that is not there, a selection of trials that leaves none.
    pub fn windows(&self, units: &[usize], options: &WindowOptions) -> Result<(Vec<TrialTicks>, LeftOut), Error> {
        if self.trials.is_empty() {
            let next_step = "add a row for each window, with start_ms and stop_ms".into();
            let tables = self.interval_tables.clone();
            return Err(Error::NoTrials { path: self.path.clone(), next_step, tables });
        }
        let mut options = options.clone();
        let has_column = self.trials.column(align_column(&options)).is_ok();
        if !has_column {
            options.align_column = Some(DEFAULT_ALIGN_COLUMN.into());
            options.align_relative = false;
        }
        let grid = Grid::new(&options)?;
        let units_ns = self.units_ns(units)?;
        let events_s = events_s(&self.trials, &options)?;
        let mut is_chosen = vec![false; self.trials.len()];
        options.selection.choose(self)?.trials.into_iter().for_each(|trial| is_chosen[trial] = true);
        let (mut windows, mut left_out) = (Vec::new(), LeftOut::default());
        for (trial, (&event_s, is_chosen)) in events_s.iter().zip(is_chosen).enumerate() {
            if !is_chosen {
                left_out.not_chosen += 1;
            } else if !self.trials.has_usable_times(trial) {
                left_out.unusable_times += 1;
            } else if !event_s.is_finite() {
                left_out.no_event += 1;
            } else {
                let start_ns = to_ns(event_s).saturating_add(grid.offset_ns);
                windows.push(TrialTicks { trial, ticks: grid.bin(&units_ns, start_ns) });
            }
        }
        Ok((windows, left_out))
    }

    /// The ticks of each run, if the trials are runs: they have a column `run`. A network is restarted before each.
    ///
    /// # Errors
    /// A unit that is not there, a tick of no length.
    pub fn runs(&self, units: &[usize], tick_ns: i64) -> Result<Option<Vec<TrialTicks>>, Error> {
        if !matches!(self.trials.column(RUN), Ok(Column::Integer(_))) {
            return Ok(None);
        }
        let units_ns = self.units_ns(units)?;
        let mut runs = Vec::new();
        for trial in (0..self.trials.len()).filter(|&trial| self.trials.has_usable_times(trial)) {
            let (start_ns, stop_ns) = (to_ns(self.trials.start_s[trial]), to_ns(self.trials.stop_s[trial]));
            let grid = Grid::of_ticks(tick_ns, stop_ns - start_ns)?;
            runs.push(TrialTicks { trial, ticks: grid.bin(&units_ns, start_ns) });
        }
        Ok(Some(runs))
    }

    /// Whether no trial has a label in this column.
    #[must_use]
    pub fn is_unlabelled(&self, column: &str) -> bool {
        self.trials.column(column).map_or(true, |column| column.labels().is_empty())
    }

    fn units_ns(&self, units: &[usize]) -> Result<Vec<Vec<i64>>, Error> {
        if let Some(row) = units.iter().find(|&&row| row >= self.n_channels()) {
            let cause = format!("unit {row} was asked for, and there are {}", self.n_channels());
            return Err(Error::BadUnits { path: self.path.clone(), cause });
        }
        Ok(units.iter().map(|&row| self.units[row].iter().map(|&time| to_ns(time)).collect()).collect())
    }
}
