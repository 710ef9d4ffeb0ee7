//! `motorsrnn train`: a recording becomes a network image.

use std::fmt::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use recording::{
    ClassAngles, Dataset, IgnoredTrials, Recording, Series, Split, Tables, TrialTable, WindowOptions, as_value,
    check_place, companion_path, doubts_of_trials, on_one_line,
};
use serde::Serialize;
use spec::core::{ECP5_85F, NamedCore};
use train::adapt::PlasticCard;
use train::decoder::{
    DecoderError, FirstReadouts, HeldOutTrial, MatchedUnits, Origin, Report, StartedFrom, TrainedDecoder, check_classes,
};
use train::fit::FitOptions;
use train::{DecoderCard, DecoderOptions, Pruning, Topology, train_decoder};

use super::args::{self, SelectionArgs, WindowArgs};
use super::brief::Brief;
use super::movement::{self, MovementArgs};
use super::recalibration::{Basis, Recalibration};
use super::{
    alignment, angles, arrangement, is_same_file, left_out, of_chance, of_image, over_folds, percent, print_json,
    print_text, warn,
};
use crate::failure::{Failure, joined};
use crate::progress;

/// Length of a tick by default.
const TICK_MS: u32 = 1;
/// Bits of a weight by default.
const WEIGHT_BITS: u32 = 8;
/// Folds by default.
const FOLDS: usize = 5;

/// Options of `train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Recordings: NWB 2.x, or an event list `t_ms,channel` with its trials beside it; several with the same units are one set
    #[arg(required = true, value_name = "RECORDING")]
    pub recordings: Vec<PathBuf>,
    /// Network image to write; <IMAGE>.json beside it records how it was trained
    #[arg(short, long, value_name = "IMAGE")]
    pub output: PathBuf,
    /// Topology of the network: T1 to T7, `direct`, or a TOML file of your own [default: T6, with --target T7]
    #[arg(long)]
    pub topology: Option<String>,
    /// Core that the network must fit, see `boards` [default: the smallest that holds it]
    #[arg(long, value_parser = args::core())]
    pub core: Option<NamedCore>,
    /// Continue from this network on another day's trials: units are matched by id, those that are new start afresh, and what is not
    /// given here is as in its training
    #[arg(long, value_name = "IMAGE", conflicts_with = "target")]
    pub from: Option<PathBuf>,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
    /// Units and trials
    #[command(flatten, next_help_heading = "Selection")]
    pub selection: SelectionArgs,
    /// Windows of the trials
    #[command(flatten, next_help_heading = "Windows")]
    pub windows: WindowArgs,
    /// Length of a tick, in ms [default: 1, with --target 4]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Windows")]
    pub tick_ms: Option<u32>,
    /// Movement at every tick
    #[command(flatten, next_help_heading = "Movement")]
    pub movement: MovementArgs,
    /// Folds of the cross-validation [default: 5; with --from as many as the rarest class has trials, if these are fewer]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..), conflicts_with = "split_column", help_heading = "Training")]
    pub folds: Option<u32>,
    /// Trials column with `train` or `test`, used instead of folds
    #[arg(long, value_name = "COLUMN", help_heading = "Training")]
    pub split_column: Option<String>,
    /// Random seed of split, topology and training
    #[arg(long, default_value_t = 1, value_parser = args::seed(), help_heading = "Training")]
    pub seed: u64,
    /// Bits per weight, 4 to 8 [default: 8]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u32).range(4..=8), help_heading = "Training")]
    pub weight_bits: Option<u32>,
    /// Prune to this many synapses, the weakest first, during training [default: no pruning]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Training")]
    pub synapses: Option<u32>,
    /// Passes over the training windows [default: by their number]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Training")]
    pub epochs: Option<u32>,
    /// Put plastic readouts beside the network, which `decode --adapt` and `live --adapt` teach; up to 8 classes and 256 units
    #[arg(long, conflicts_with = "target", help_heading = "Training")]
    pub plastic: bool,
    /// Threads; the result does not depend on their number [default: one per processor]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), help_heading = "Training")]
    pub threads: Option<u16>,
}

impl TrainArgs {
    /// Bits per weight.
    pub(super) fn weight_bits(&self) -> u32 {
        self.weight_bits.unwrap_or(WEIGHT_BITS)
    }

    /// Folds of the cross-validation.
    pub(super) fn folds(&self) -> usize {
        self.folds.map_or(FOLDS, |folds| folds as usize)
    }
}

/// The decisions on a held-out trial.
#[derive(Serialize)]
struct HeldOut<'a> {
    trial: usize,
    fold: usize,
    class: &'a str,
    network: &'a str,
    lda: &'a str,
    poisson_naive_bayes: &'a str,
}

impl<'a> HeldOut<'a> {
    fn of(trial: &HeldOutTrial, classes: &'a [String]) -> Self {
        let name = |class: usize| classes[class].as_str();
        let &HeldOutTrial { trial, fold, class, network, lda, poisson_naive_bayes } = trial;
        let [class, network, lda, poisson_naive_bayes] = [class, network, lda, poisson_naive_bayes].map(name);
        Self { trial, fold, class, network, lda, poisson_naive_bayes }
    }
}

/// Accuracy of the network less that of another decoder, paired over the held-out trials of all folds.
#[derive(Serialize)]
struct Difference {
    mean: f64,
    standard_error: f64,
}

impl Difference {
    fn of(trials: &[HeldOutTrial], other: fn(&HeldOutTrial) -> usize) -> Self {
        let is_right = |class: usize, trial: &HeldOutTrial| f64::from(u8::from(class == trial.class));
        let of_trial = |trial: &HeldOutTrial| is_right(trial.network, trial) - is_right(other(trial), trial);
        let n_trials = trials.len().max(1) as f64;
        let mean = trials.iter().map(of_trial).sum::<f64>() / n_trials;
        let squares: f64 = trials.iter().map(|trial| (of_trial(trial) - mean).powi(2)).sum();
        Self { mean, standard_error: (squares / (n_trials - 1.0).max(1.0) / n_trials).sqrt() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.1} ± {:.1}", 100.0 * self.mean, 100.0 * self.standard_error)
    }
}

/// The line of JSON.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "training")]
struct Summary<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Names of the recordings, joined.
    recording: &'a str,
    recordings: Vec<&'a str>,
    topology: &'a str,
    core: &'a str,
    #[serde(skip)]
    is_core_chosen: bool,
    network_hash: &'a str,
    network: String,
    label_column: &'a str,
    classes: &'a [String],
    angles: Option<&'a ClassAngles>,
    n_channels: usize,
    n_units: usize,
    warnings: &'a [String],
    /// One for each recording.
    sanity: Vec<Brief<'a>>,
    to_lda: Difference,
    to_poisson_naive_bayes: Difference,
    held_out: Vec<HeldOut<'a>>,
    /// The image that the training continued from, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Continued<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plastic: Option<&'a PlasticCard>,
    /// Trials that are neither trained nor tested with, by their value in the split column.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ignored: &'a [IgnoredTrials],
}

/// The image that a training continued from.
#[derive(Serialize)]
struct Continued<'a> {
    network: String,
    #[serde(flatten)]
    started: &'a StartedFrom,
}

/// A series of movement in the recordings, a velocity if there is one.
fn movement_in(recordings: &[PathBuf]) -> Option<String> {
    let listed: Vec<_> = recordings.iter().filter_map(|path| Series::list(path).ok()).flatten().collect();
    let velocity = listed.iter().find(|series| series.name.to_lowercase().contains("vel"));
    velocity.or(listed.first()).map(|series| series.path.clone())
}

/// Trains, and writes the image and its companion.
///
/// # Errors
/// An input cannot be used, the network does not fit its core, or a file cannot be written.
pub fn run(args: &TrainArgs) -> Result<(), Failure> {
    if let Some(target) = &args.movement.target {
        return movement::train(args, target);
    }
    if let Some(option) = args.movement.first_given() {
        let cause = format_args!("{option} is about a time series, and classes of trials are decoded here");
        return Err(
            Failure::input(cause).advise(format_args!("name the series with `--target`, or leave out `{option}`"))
        );
    }
    let old = args.from.as_deref().map(|path| Recalibration::open(path, args)).transpose()?;
    let Basis { topology, core, weight_bits, tables, windows } = match &old {
        Some(old) => old.basis()?,
        None => Basis {
            topology: Topology::load(args.topology.as_deref().unwrap_or(Topology::DEFAULT)).map_err(Failure::input)?,
            core: args.core,
            weight_bits: args.weight_bits(),
            tables: args.selection.tables(),
            windows: args.windows.options(&args.selection, args.tick_ms.unwrap_or(TICK_MS)),
        },
    };
    let opened = args.recordings.iter().map(|path| args::open(path, &tables));
    let recordings: Vec<Recording> = opened.collect::<Result<_, _>>()?;
    let recordings: Vec<&Recording> = recordings.iter().collect();
    let refuse = |error: recording::Error| Failure::recordings(&args.recordings, &error);
    let dataset = Dataset::cut_all(&recordings, &windows).map_err(|error| match &error {
        recording::Error::NoLabelColumn { .. } | recording::Error::NoTrials { .. } => {
            let movement = movement_in(&args.recordings);
            let failure = refuse(error);
            match movement {
                Some(series) => failure.advise(format_args!(
                    "name the labels with `--label-column`, or decode the movement with `--target {series}`"
                )),
                None => failure,
            }
        }
        _ => refuse(error),
    })?;
    check_classes(&dataset, &core.unwrap_or(ECP5_85F)).map_err(|error| Failure::classes(&args.recordings, &error))?;
    let start = old.as_ref().map(|old| old.start(&recordings, &dataset)).transpose()?;
    let sanity = Brief::of_each(&recordings, &dataset);
    let mut warnings = warnings(&recordings, &dataset, &sanity);
    warnings.extend(args::warn_of_windows(&recordings, &windows, &dataset));
    for recording in &recordings {
        warnings.extend(args::warn_of_selection(recording, &windows.selection)?);
    }
    let split = match &args.split_column {
        Some(column) => {
            TrialTable::joined_text(&recordings, column).and_then(|trials| Split::by_column(&dataset, &trials, column))
        }
        None => {
            let folds = old.as_ref().map_or_else(|| Ok(args.folds()), |old| old.folds(&dataset));
            folds.and_then(|folds| Split::k_fold(&dataset, folds, args.seed))
        }
    }
    .map_err(refuse)?;
    check_outputs(args)?;
    warnings.extend(alignment::doubt(&recordings, &windows, &dataset, &split));

    let options = DecoderOptions {
        topology,
        core,
        weight_bits,
        seed: args.seed,
        split_column: args.split_column.clone(),
        fit: fit_options(args, &dataset, &split),
        start,
        plastic: args
            .plastic
            .then(|| FirstReadouts::of(&dataset, &split))
            .transpose()
            .map_err(|error| Failure::plastic(&args.recordings, &error))?,
    };
    if !args.json {
        sanity.iter().for_each(|brief| eprintln!("motorsrnn: {}", on_one_line(&brief.to_string())));
        if let Some(ignored) = ignored(&split.ignored) {
            eprintln!("motorsrnn: left out: {}", on_one_line(&ignored));
        }
    }
    let TrainedDecoder { decoder, held_out } = train(args, &tables, &recordings, &dataset, &split, &windows, &options)?;
    decoder.save(&args.output).map_err(|error| Failure::unwritable(&error.path, &error.cause))?;
    let card = decoder.card();

    let names: Vec<&str> = recordings.iter().map(|recording| recording.name.as_str()).collect();
    let summary = Summary {
        report: &card.report,
        recording: &names.join(", "),
        topology: &card.topology.name,
        core: &card.core,
        is_core_chosen: core.is_none(),
        network_hash: &card.network_hash,
        network: args.output.display().to_string(),
        label_column: &dataset.label_column,
        classes: &dataset.classes,
        angles: dataset.angles.as_ref(),
        n_channels: dataset.n_channels,
        n_units: recordings[0].n_channels(),
        warnings: &warnings,
        sanity,
        recordings: names,
        to_lda: Difference::of(&held_out, |trial| trial.lda),
        to_poisson_naive_bayes: Difference::of(&held_out, |trial| trial.poisson_naive_bayes),
        held_out: held_out.iter().map(|trial| HeldOut::of(trial, &dataset.classes)).collect(),
        from: card
            .started_from
            .as_ref()
            .zip(args.from.as_ref())
            .map(|(started, network)| Continued { network: network.display().to_string(), started }),
        plastic: card.plastic.as_ref(),
        ignored: &split.ignored,
    };
    if args.json { print_json(&summary) } else { print_text(&summary.text(card)) }
}

/// What is odd about the recordings; of each by itself, it was printed when it was opened.
fn warnings(recordings: &[&Recording], dataset: &Dataset, briefs: &[Brief<'_>]) -> Vec<String> {
    let mut warnings: Vec<String> = recordings.iter().flat_map(|recording| recording.warnings.clone()).collect();
    let mut of_all = doubts_of_units(recordings, dataset.units.iter().map(Vec::as_slice));
    of_all.extend(doubts_of_trials(recordings, dataset));
    let mut have_common = true;
    for (second, brief) in briefs.iter().enumerate() {
        if let Some(first) = briefs[..second].iter().find(|first| !first.shares_a_class_with(brief)) {
            have_common = false;
            let [first, second] = [first, brief].map(Brief::recording);
            of_all
                .push(format!("{first} and {second} have no class in common: their labels may be of different kinds"));
        }
    }
    let (n_in_one, n_classes) = (Brief::n_classes_in_one(briefs), dataset.classes.len());
    if briefs.len() > 1 && have_common && 2 * n_in_one > n_classes {
        of_all.push(format!(
            "{n_in_one} of {n_classes} classes have trials in one recording only: labels may be of different kinds"
        ));
    }
    of_all.iter().for_each(warn);
    warnings.extend(of_all);
    warnings
}

/// Recordings whose units may be others than those of the first; `units` are the rows of each that are the channels.
pub(super) fn doubts_of_units<'a>(recordings: &[&Recording], units: impl Iterator<Item = &'a [usize]>) -> Vec<String> {
    let mut sources = recordings.iter().copied().zip(units);
    let Some(first) = sources.next() else { return Vec::new() };
    let doubt = |other: (&Recording, &[usize])| {
        let units = MatchedUnits::between(first, other);
        units
            .is_doubtful()
            .then(|| format!("the units of {} were {}", other.0.name, units.with_those_of(&first.0.name)))
    };
    sources.filter_map(doubt).collect()
}

/// How many trials the split column puts on neither side, by its values; none if it puts all on one.
fn ignored(ignored: &[IgnoredTrials]) -> Option<String> {
    let n_trials: usize = ignored.iter().map(|group| group.trials.len()).sum();
    let value = |group: &IgnoredTrials| match group.value.as_str() {
        "" => format!("{} without a value", group.trials.len()),
        value => format!("{} of {}", group.trials.len(), as_value(value)),
    };
    let values: Vec<String> = ignored.iter().map(value).collect();
    (n_trials > 0).then(|| format!("{n_trials} neither train nor test: {}", values.join(", ")))
}

fn fit_options(args: &TrainArgs, dataset: &Dataset, split: &Split) -> FitOptions {
    let standard = FitOptions::for_split(dataset, split);
    let n_threads = args::n_threads(args.threads);
    let pruning = args.synapses.map(|n_synapses| Pruning::to(n_synapses as usize));
    FitOptions { epochs: args.epochs.map_or(standard.epochs, |epochs| epochs as usize), pruning, n_threads, ..standard }
}

/// Refuses, before the training, outputs that cannot be written or would overwrite an input.
fn check_outputs(args: &TrainArgs) -> Result<(), Failure> {
    let companions = args.recordings.iter().map(companion_path);
    let topology = args.topology.iter().map(PathBuf::from);
    let old = args.from.iter().flat_map(|image| [image.clone(), DecoderCard::path_beside(image)]);
    let inputs: Vec<PathBuf> = args.recordings.iter().cloned().chain(companions).chain(topology).chain(old).collect();
    for output in [args.output.clone(), DecoderCard::path_beside(&args.output)] {
        check_place(&output).map_err(|error| Failure::unwritable(&output, &error))?;
        if let Some(input) = inputs.iter().find(|input| is_same_file(input, &output)) {
            return Err(Failure::overwrites(&output, input, "--output"));
        }
    }
    Ok(())
}

fn train(
    args: &TrainArgs,
    tables: &Tables,
    recordings: &[&Recording],
    dataset: &Dataset,
    split: &Split,
    windows: &WindowOptions,
    options: &DecoderOptions,
) -> Result<TrainedDecoder, Failure> {
    let Some(origin) = Origin::of(recordings, tables, dataset) else {
        return Err(Failure::input("there is no recording to train on; give one"));
    };
    let bar = progress::bar((split.folds.len() * options.fit.epochs) as u64, "training");
    let decoder = train_decoder(&origin, dataset, split, windows, options, &mut |progress| {
        bar.set_message(format!("fold {}/{}", progress.fold + 1, progress.folds));
        bar.step();
        ControlFlow::Continue(())
    });
    bar.finish();
    decoder.map_err(|error| match error {
        DecoderError::Plastic(error) => Failure::plastic(&args.recordings, &error),
        error => Failure::input(format_args!("{}: {error}", joined(&args.recordings))),
    })
}

impl Summary<'_> {
    fn text(&self, card: &DecoderCard) -> String {
        let &Report { accuracy_mean, accuracy_sd, lda, poisson_naive_bayes, chance, .. } = self.report;
        let &Report { folds, n_trials, n_neurons, n_synapses, spikes_per_window, seed, .. } = self.report;
        let mut text = String::new();
        let _ = writeln!(
            text,
            "recording    {} ({n_trials} trials of {} classes, column {})",
            self.recording,
            card.classes.len(),
            card.windows.label_column.as_deref().unwrap_or("")
        );
        text += &left_out(&self.report.left_out);
        if let Some(ignored) = ignored(self.ignored) {
            let _ = writeln!(text, "left out     {ignored}");
        }
        if self.n_channels < self.n_units {
            let _ = writeln!(text, "units        {} of {}", self.n_channels, self.n_units);
        }
        text += &angles(self.angles, card.windows.bin_angles);
        let _ = writeln!(
            text,
            "network      {}: topology {}, {n_neurons} neurons, {n_synapses} synapses of {} bits, seed {seed}",
            self.network, self.topology, card.weight_bits
        );
        if let Some(Continued { network, started }) = &self.from {
            let _ = writeln!(text, "from         {network}: {started}");
        }
        let why = if self.is_core_chosen { ", the smallest that holds it" } else { "" };
        let _ = writeln!(text, "core         {}{why}", self.core);
        let _ = writeln!(text, "accuracy     {}", over_folds(accuracy_mean, accuracy_sd, folds));
        let _ = writeln!(
            text,
            "             shrinkage LDA {}, Poisson naive Bayes {}, {}",
            percent(lda),
            percent(poisson_naive_bayes),
            of_chance(card.classes.len(), chance)
        );
        let _ = writeln!(
            text,
            "difference   {} points to LDA, {} to naive Bayes, ± standard error over trials",
            self.to_lda, self.to_poisson_naive_bayes
        );
        let of_which =
            if folds > 1 { "mean of the held-out trials of all folds" } else { "mean of the held-out trials" };
        if let Some(plastic) = self.plastic {
            let _ = writeln!(
                text,
                "plastic      {} readouts beside it, {}; before they are taught {} on the trials held out from the image",
                self.classes.len(),
                arrangement(plastic.neighbours),
                percent(plastic.first_accuracy)
            );
        }
        let _ = writeln!(text, "activity     {spikes_per_window:.0} spikes a window, {of_which}");
        let _ = writeln!(
            text,
            "image        {}: {}, scores {}",
            self.network_hash,
            of_image(card),
            self.report.scores_hash
        );
        text
    }
}
