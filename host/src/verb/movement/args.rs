//! Options of movement that is decoded at every tick.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use recording::{ScoreIn, StreamOptions};
use train::baseline::recurrent::Cell;

use super::super::args::SelectionArgs;

/// How the series of `--target` is decoded.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Axes of the series, by name or by number from 0 [default: all]
    #[arg(long, value_name = "AXIS,...", value_delimiter = ',', requires = "target")]
    pub axes: Option<Vec<String>>,
    /// The series is a position: decode its velocity, the change over a tick
    #[arg(long, requires = "target")]
    pub derivative: bool,
    /// Decode what holds so long after the tick, in ms, as to make up for the delay of what is moved [default: 0]
    #[arg(
        long,
        value_name = "MS",
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(i32).range(-60_000..=60_000),
        requires = "target"
    )]
    pub lag_ms: Option<i32>,
    /// Which ticks are learned and scored, of those with a value: `all`, `trials`, or a series that is a mask [default: all, with
    /// --where trials]
    #[arg(long, value_name = "WHERE", requires = "target")]
    pub score_in: Option<String>,
    /// Give ticks between trials, where nothing spikes, random spikes of each unit's mean rate
    #[arg(long, requires = "target")]
    pub fill_gaps: bool,
}

impl TargetArgs {
    /// The stream of a recording, in ticks of `tick_ms`. Conditions on trials choose where it is scored.
    pub(super) fn of(&self, tick_ms: u32, selection: &SelectionArgs) -> StreamOptions {
        let score_in = if selection.trials_where.is_some() { ScoreIn::Trials } else { ScoreIn::All };
        let selection = selection.selection();
        self.over(StreamOptions { tick_ms, score_in, selection, ..StreamOptions::default() })
    }

    /// These options in the place of `standard`.
    pub(super) fn over(&self, standard: StreamOptions) -> StreamOptions {
        StreamOptions {
            axes: self.axes.clone().or(standard.axes),
            derivative: self.derivative || standard.derivative,
            lag_ms: self.lag_ms.unwrap_or(standard.lag_ms),
            score_in: match self.score_in.as_deref() {
                None => standard.score_in,
                Some("all") => ScoreIn::All,
                Some("trials") => ScoreIn::Trials,
                Some(series) => ScoreIn::Series(series.to_owned()),
            },
            fill_gaps: self.fill_gaps || standard.fill_gaps,
            ..standard
        }
    }
}

/// What to decode at every tick, in place of classes, and how to train it.
#[derive(Debug, Args)]
pub struct MovementArgs {
    /// Decode this time series at every tick, in place of classes of trials: its name or path in the file, see `info`
    #[arg(
        long,
        value_name = "SERIES",
        conflicts_with_all = [
            "label_column", "classes", "align", "offset_ms", "window_ms", "stride_ms", "align_relative", "bin_angles"
        ]
    )]
    pub target: Option<String>,
    /// How it is decoded
    #[command(flatten)]
    pub how: TargetArgs,
    /// How to divide the session into training and test
    #[arg(long, value_enum, default_value_t = SplitKind::Blocks, conflicts_with = "split_column", requires = "target")]
    pub split: SplitKind,
    /// Time between blocks that is neither trained on nor tested, in ms
    #[arg(long, value_name = "MS", default_value_t = 1000, requires = "target")]
    pub gap_ms: u32,
    /// Also train these float networks on the same ticks, with as many parameters as the network has synapses
    #[arg(long, value_enum, value_name = "DECODER,...", value_delimiter = ',', requires = "target")]
    pub baselines: Vec<Baseline>,
    /// Neurons of a topology with one area [default: its own]
    #[arg(long, value_name = "NEURONS", value_parser = clap::value_parser!(u16).range(1..), requires = "target")]
    pub hidden: Option<u16>,
}

/// A recurrent float network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Baseline {
    /// Gated recurrent units
    Gru,
    /// Long short-term memory
    Lstm,
}

/// How a session is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitKind {
    /// Contiguous blocks, as many as --folds; the image is tested on the last
    Blocks,
    /// Blocks that begin with a trial
    Trials,
    /// The last quarter is the test, once
    Last,
    /// That of NeuroBench: half, a quarter to choose by, the last quarter the test
    Neurobench,
}

impl MovementArgs {
    /// The first option that is given though it needs `--target`: clap asks for no option that conflicts with another.
    pub(in crate::verb) fn first_given(&self) -> Option<&'static str> {
        let given = [
            (self.how.axes.is_some(), "--axes"),
            (self.how.derivative, "--derivative"),
            (self.how.lag_ms.is_some(), "--lag-ms"),
            (self.how.score_in.is_some(), "--score-in"),
            (self.how.fill_gaps, "--fill-gaps"),
            (!self.baselines.is_empty(), "--baselines"),
            (self.hidden.is_some(), "--hidden"),
        ];
        given.into_iter().find(|(is_given, _)| *is_given).map(|(_, option)| option)
    }

    /// The float networks, each once.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let asked = [(Baseline::Gru, Cell::Gru), (Baseline::Lstm, Cell::Lstm)];
        asked.into_iter().filter(|(baseline, _)| self.baselines.contains(baseline)).map(|(_, cell)| cell).collect()
    }
}

/// What else to write of decoded movement.
#[derive(Debug, Args)]
pub struct MovementOutputArgs {
    /// Write the values of every tick, decoded and true, as CSV; of an imported network without --target its outputs
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the values of 20 seconds, decoded and true, as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Print a line of JSON for every tick
    #[arg(long, requires = "json")]
    pub values: bool,
}

impl MovementOutputArgs {
    /// The files to write, each with its option.
    pub(in crate::verb) fn files(&self) -> impl Iterator<Item = (&PathBuf, &'static str)> {
        let named = [(&self.csv, "--csv"), (&self.plot, "--plot")];
        named.into_iter().filter_map(|(file, option)| Some((file.as_ref()?, option)))
    }

    /// Whether anything is asked for.
    pub(in crate::verb) fn is_empty(&self) -> bool {
        self.files().next().is_none() && !self.values
    }
}
