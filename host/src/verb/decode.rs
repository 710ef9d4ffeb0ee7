//! `motorsrnn decode`: a recording streamed through a board, tick by tick.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use recording::{Dataset, LeftOut, Recording, RecordingIdentity, Sample, Shared, WindowOptions};
use serde::Serialize;
use train::Decoder;
use train::decoder::{Cut, CutError, HeldOutError, MatchedUnits, TrainingOverlap};
use train::movement::is_movement_decoder;

use super::adapt::{self, AdaptArgs, Adaptation, AdaptationSummary, Ran, Verdict};
use super::args::{self, SelectionArgs};
use super::decode_imported::ImportedNetwork;
use super::files::{self, Written};
use super::live::Replay;
use super::movement::{self, MovementOutputArgs, TargetArgs};
use super::{as_text, decode_unlabelled, left_out, of_chance, percent, print_json, print_text, streaming, warn};
use crate::baud::Baud;
use crate::board::{Board, Responder};
use crate::evaluation::{Evaluation, Figures};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::LinkStatistics;
use crate::progress;
use crate::session::TickResult;

/// Options of `decode`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    /// Recording to decode; for an imported network also an .npz with `x`, one row a tick
    pub recording: PathBuf,
    /// Network image, with its companion <IMAGE>.json beside it
    #[arg(short, long, value_name = "IMAGE")]
    pub network: PathBuf,
    /// Where to decode: `model` (the reference model), `sim` (simulated hardware) or the path of a serial device
    #[arg(short, long, default_value_t = Board::Model)]
    pub board: Board,
    /// Baud rate of the serial line; `auto` tries those of all boards
    #[arg(long, default_value_t = Baud::Auto)]
    pub baud: Baud,
    /// Frames that may wait for an answer at a time, 1 to 64; 1 gives the lowest latency
    #[arg(long, value_name = "FRAMES", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub in_flight: u8,
    /// Trials to decode
    #[arg(long, value_enum, default_value_t = TrialChoice::HeldOut)]
    pub trials: TrialChoice,
    /// Decode only the first COUNT of these trials
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Waveform of simulated hardware to write: FILE.vcd, some hundred bytes per clock cycle, or FILE.fst, far smaller,
    /// which is converted from FILE.fst.vcd at the end
    #[arg(long, value_name = "FILE", value_parser = args::waveform())]
    pub trace: Option<PathBuf>,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
    /// What is learned from these trials, in their order of time
    #[command(flatten, next_help_heading = "Adaptation")]
    pub adapt: AdaptArgs,
    /// What else to write
    #[command(flatten, next_help_heading = "Of networks that decode movement")]
    pub movement: MovementOutputArgs,
    /// Compare the values with this time series, by name or path: of an imported network, whose outputs are its axes; of a trained
    /// one, in place of that of the training
    #[arg(long, value_name = "SERIES")]
    pub target: Option<String>,
    /// How it is taken, where not as in the training
    #[command(flatten)]
    pub how: TargetArgs,
    /// Units and trials, where they are not those of the training
    #[command(flatten, next_help_heading = "Selection, in place of that of the training")]
    pub selection: SelectionArgs,
    /// Trials column with the time at which a window starts
    #[arg(long, value_name = "COLUMN")]
    pub align: Option<String>,
    /// Trials column with the class of each trial
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,
}

impl DecodeArgs {
    fn inputs(&self) -> Vec<PathBuf> {
        [files::of_recording(&self.recording), files::of_image(&self.network)].concat()
    }

    fn outputs(&self) -> Vec<Written> {
        let movement = self.movement.files().map(|(path, option)| (path.clone(), option));
        let trace = self.trace.iter().flat_map(|trace| files::of_waveform(trace)).map(|path| (path, "--trace"));
        self.adapt.outputs().into_iter().chain(movement).chain(trace).collect()
    }

    /// The windows of a training, with what is given here in the place of the same option of the training.
    fn windows_over(&self, trained: &WindowOptions) -> WindowOptions {
        let mut windows = self.selection.windows_over(trained);
        windows.align_column = self.align.clone().or(windows.align_column);
        windows.label_column = self.label_column.clone().or(windows.label_column);
        windows
    }

    /// Refuses options of windows for a network that has none.
    ///
    /// # Errors
    /// One of them is given.
    pub(super) fn refuse_windows(&self) -> Result<(), Failure> {
        if self.align.is_none() && self.label_column.is_none() {
            return Ok(());
        }
        let cause = format_args!("{}: this network does not decode classes of windows", self.network.display());
        Err(Failure::input(cause).advise("leave out `--align` and `--label-column`"))
    }
}

/// Trials to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrialChoice {
    /// Trials that training has not seen
    HeldOut,
    /// All trials, those of the training included
    All,
}

/// The decision of a window.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "decision")]
pub(super) struct Decision<'a> {
    pub(super) trial: usize,
    /// None in a recording without labels.
    pub(super) class: Option<&'a str>,
    pub(super) decision: &'a str,
    pub(super) decisions: Vec<u8>,
    #[serde(flatten)]
    pub(super) verdict: Option<Verdict>,
}

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "decoding")]
struct Summary<'a> {
    #[serde(serialize_with = "as_text")]
    board: &'a Board,
    recording: &'a str,
    network_hash: &'a str,
    trials: String,
    training: Training,
    /// Trials of the recording that have taught the readouts of the network.
    #[serde(skip_serializing_if = "is_zero")]
    n_taught_before: usize,
    left_out: LeftOut,
    units: Option<MatchedUnits>,
    warnings: &'a [String],
    classes: &'a [String],
    #[serde(flatten)]
    figures: Figures,
    latency_of: Responder,
    /// None if the board was the model itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees_with_model: Option<bool>,
    link: LinkStatistics,
    #[serde(skip_serializing_if = "Option::is_none")]
    adaptation: Option<AdaptationSummary>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// What training has seen of the recording.
#[derive(Serialize)]
#[serde(tag = "has_seen", rename_all = "snake_case")]
pub(super) enum Training {
    AllButHeldOut,
    Part(Shared),
    Unknown {
        #[serde(flatten)]
        shared: Option<Shared>,
    },
    Nothing,
}

impl From<TrainingOverlap> for Training {
    fn from(overlap: TrainingOverlap) -> Self {
        match overlap {
            TrainingOverlap::AllButHeldOut => Self::AllButHeldOut,
            TrainingOverlap::Part(shared) => Self::Part(shared),
            TrainingOverlap::Unknown => Self::Unknown { shared: None },
            TrainingOverlap::RegularTimes(shared) => Self::Unknown { shared: Some(shared) },
            TrainingOverlap::Nothing => Self::Nothing,
        }
    }
}

/// Decodes a recording.
///
/// # Errors
/// An input cannot be used, the board is absent or fails, its scores differ from those of the reference model, or
/// `interruption` is requested while a waveform is written.
pub fn run(args: &DecodeArgs, interruption: &Interruption) -> Result<(), Failure> {
    args.adapt.check(&args.network)?;
    files::check(&args.inputs(), &args.outputs())?;
    if let Some(replay) = Replay::open(args)? {
        return replay.run(args, interruption);
    }
    if is_movement_decoder(&args.network) {
        args.refuse_windows()?;
        return movement::decode(args, interruption);
    }
    let imported = ImportedNetwork::open(&args.network)?;
    if imported.is_some() {
        args.refuse_windows()?;
    }
    if let (Some(imported), Some(target)) = (&imported, &args.target) {
        return movement::decode_imported(imported, args, target, interruption);
    }
    if let Some(imported) = imported {
        return imported.run(args, interruption);
    }
    if args.target.is_some() || !args.movement.is_empty() {
        let cause = format_args!("{}: it is no network that decodes movement", args.network.display());
        return Err(Failure::input(cause).advise("leave out `--target`, `--csv`, `--plot` and `--values`"));
    }
    let decoder = load(&args.network)?;
    let core = decoder.core();
    let mut recording = args::open(&args.recording, &args.selection.tables_over(&decoder.card().tables))?;
    let identity = recording.identity();
    let windows = args.windows_over(&decoder.card().windows);
    if decode_unlabelled::is_unlabelled(&recording, &windows) {
        return decode_unlabelled::run(args, &decoder, &recording, &windows, interruption);
    }
    let Cut { dataset, units } = cut(&decoder, &windows, &recording, args)?;
    let overlap = decoder.overlap_of_windows(&identity, &dataset);
    recording.warnings.extend(args::warn_of_windows(&[&recording], &windows, &dataset));
    let of_selection = args::warn_of_selection(&recording, &windows.selection)?;
    let of_classes = absent_classes(&dataset);
    of_classes.iter().for_each(warn);
    let of_adaptation = args.adapt.doubt(&recording.name, overlap);
    of_adaptation.iter().for_each(warn);
    let warnings: Vec<String> =
        [&recording.warnings[..], &of_selection].concat().into_iter().chain(of_classes).chain(of_adaptation).collect();
    let units = (overlap != TrainingOverlap::AllButHeldOut).then_some(units);
    // The text has a line about units.
    warn_of_training(&decoder, &identity, overlap, units.as_ref().filter(|_| args.json));
    let mut adaptation = Adaptation::of(&args.adapt, &decoder);
    let time = |trial: usize| recording.trials.start_s.get(trial).copied().unwrap_or(f64::NAN);
    let by_time = adaptation.as_ref().map(|_| time);
    let (trials, samples) = choose(&decoder, args, &identity, overlap, &dataset, by_time)?;

    let shadow = adaptation.as_ref().map(Adaptation::shadow);
    let image = adaptation.as_ref().map_or(decoder.bytes(), Adaptation::board_bytes).to_vec();
    let mut session = streaming::begin(args, core, &image, interruption)?;
    if let Some(adaptation) = &mut adaptation {
        adaptation.begin((&recording.name, Some(identity.clone())), &args.board, Some(samples.len()))?;
        adapt::hold_while_writing(adaptation, interruption);
    }

    let bar = progress::bar(samples.len() as u64, "decoding");
    let mut evaluation = Evaluation::new(dataset.n_ticks, dataset.classes.len());
    let streamed = samples.iter().try_for_each(|sample| {
        let ran = adapt::run_window(&mut session, adaptation.as_mut(), ran(sample));
        let (ticks, verdict) = ran.map_err(|error| Failure::session(&args.board, core, &error))?;
        evaluation.add_window(sample.class, ticks.iter().map(|tick| (&tick.answer, tick.latency)));
        if args.json {
            print_json(&decision(sample, &ticks, &dataset.classes, verdict))?;
        }
        bar.step();
        adapt::check(adaptation.as_mut(), interruption)
    });
    bar.finish();
    let ended = streaming::end(&mut session, args, interruption, streamed);
    let adaptation = adapt::end(adaptation, ended)?;

    let figures = evaluation.figures();
    if args.board != Board::Model {
        bar.begin(samples.len() as u64, "checking against the reference model");
    }
    let windows = samples.iter().map(|sample| ran(sample));
    let expected = match shadow {
        Some(shadow) => adapt::expected_hash(&args.board, core, shadow, windows, || bar.step())?,
        None => {
            let windows = windows.map(|window| window.ticks);
            streaming::expected_hash(&args.board, core, &image, windows, || bar.step())?
        }
    };
    bar.finish();
    let summary = Summary {
        board: &args.board,
        recording: &recording.name,
        network_hash: &decoder.card().network_hash,
        trials,
        training: overlap.into(),
        n_taught_before: decoder.taught_trials(&identity).len(),
        left_out: dataset.left_out,
        units,
        warnings: &warnings,
        classes: &dataset.classes,
        latency_of: args.board.responder(),
        agrees_with_model: expected.as_ref().map(|expected| figures.scores_hash == *expected),
        figures,
        link: session.statistics(),
        adaptation,
    };
    if args.json {
        print_json(&summary)?;
    } else {
        print_text(&summary.text(dataset.tick_ms))?;
    }
    streaming::check(&args.board, &summary.figures.scores_hash, expected.as_deref())
}

/// A window of a trial with a class.
fn ran(sample: &Sample) -> Ran<'_> {
    Ran { trial: sample.trial, label: Some(sample.class), ticks: &sample.ticks }
}

/// The decoder in a file and its companion.
pub(super) fn load(path: &Path) -> Result<Decoder, Failure> {
    Decoder::load(path).map_err(Failure::input)
}

/// The recording's windows, cut as those that the decoder was trained on.
fn cut(decoder: &Decoder, windows: &WindowOptions, recording: &Recording, args: &DecodeArgs) -> Result<Cut, Failure> {
    choose_as_trained(windows, recording, args)?;
    let refuse = |error: recording::Error| Failure::recording(&recording.path, &error);
    decoder.cut_with(recording, windows).map_err(|error| match error {
        CutError::Recording(error) => {
            let is_event = matches!(&error, recording::Error::UnknownColumn { table: "trials", column, .. }
                if Some(column) == windows.align_column.as_ref());
            let failure = refuse(error);
            if !is_event {
                return failure;
            }
            failure.advise("windows of the training start at this event; name it as here with `--align`")
        }
        error => Failure::input(format_args!("{}: {error}", recording.path.display())),
    })
}

/// Refuses conditions on units and trials that the recording cannot answer, and says if they are those of the training.
pub(super) fn choose_as_trained(
    windows: &WindowOptions,
    recording: &Recording,
    args: &DecodeArgs,
) -> Result<(), Failure> {
    use recording::Error::{BadCondition, NothingChosen, UnknownColumn};
    let refuse = |error: recording::Error| Failure::recording(&recording.path, &error);
    windows.selection.choose(recording).map(drop).map_err(|error| match error {
        BadCondition { table: "units", .. }
        | NothingChosen { table: "units", .. }
        | UnknownColumn { table: "units", .. }
            if args.selection.units.is_none() =>
        {
            refuse(error)
                .advise("this condition is that of the training; give another with `--units`, or `--units all`")
        }
        BadCondition { table: "trials", .. }
        | NothingChosen { table: "trials", .. }
        | UnknownColumn { table: "trials", .. }
            if args.selection.trials_where.is_none() =>
        {
            refuse(error)
                .advise("this condition is that of the training; give another with `--where`, or `--where all`")
        }
        error => refuse(error),
    })
}

/// A warning about classes of the network that no trial of the recording has.
fn absent_classes(dataset: &Dataset) -> Option<String> {
    let has_trial = |class: usize| dataset.samples.iter().any(|sample| sample.class == class);
    let n_classes = dataset.classes.len();
    let absent: Vec<&str> =
        (0..n_classes).filter(|class| !has_trial(*class)).map(|class| &*dataset.classes[class]).collect();
    let n_absent = absent.len();
    (n_absent > 0).then(|| {
        format!(
            "{n_absent} of the {n_classes} classes of the network have no trial here: {}; is it a recording of the same task?",
            absent.join(", ")
        )
    })
}

/// Warns of units that may be others than those of the training.
pub(super) fn warn_of_units(recording: &str, units: &MatchedUnits) {
    warn(format_args!("{recording}: the units were {units}"));
}

/// Warns of what may make the accuracy mean something else than it says.
fn warn_of_training(
    decoder: &Decoder,
    identity: &RecordingIdentity,
    overlap: TrainingOverlap,
    units: Option<&MatchedUnits>,
) {
    units.filter(|units| units.is_doubtful()).into_iter().for_each(|units| warn_of_units(&identity.name, units));
    if overlap == TrainingOverlap::Nothing && decoder.card().recordings().any(|(trained, _)| trained.content.is_none())
    {
        warn(
            "the companion of the network does not have the content of the recording of the training, so another export of \
             it would not be recognized; train again",
        );
    }
}

/// The windows to decode, and what they are called; by the time of their trial, if that is given.
fn choose<'d>(
    decoder: &Decoder,
    args: &DecodeArgs,
    identity: &RecordingIdentity,
    overlap: TrainingOverlap,
    dataset: &'d Dataset,
    time_of_trial: Option<impl Fn(usize) -> f64>,
) -> Result<(String, Vec<&'d Sample>), Failure> {
    let mut samples: Vec<&Sample> = match args.trials {
        TrialChoice::All => dataset.primary_samples().into_iter().map(|index| &dataset.samples[index]).collect(),
        TrialChoice::HeldOut => decoder.held_out(identity, dataset).map_err(|error| {
            Failure::input(format_args!("{}: {error}", args.recording.display())).advise(match error {
                HeldOutError::Unknown { .. } | HeldOutError::Part { .. } => {
                    "decode the original file, or use `--trials all`"
                }
                HeldOutError::NoTrial { .. } | HeldOutError::Taught { .. } => "use `--trials all`",
            })
        })?,
    };
    let of_part = |shared: Shared| format!("of a recording that is in part that of the training ({shared})");
    let name = match (args.trials, overlap) {
        (TrialChoice::All, TrainingOverlap::AllButHeldOut) => "all, training trials included".to_owned(),
        (TrialChoice::All, TrainingOverlap::Unknown) => "all, training trials perhaps included".to_owned(),
        (TrialChoice::All, TrainingOverlap::Part(shared)) => {
            format!("all, training trials perhaps included, {}", of_part(shared))
        }
        (_, TrainingOverlap::Nothing) => "all; training has not seen this recording".to_owned(),
        (TrialChoice::HeldOut, TrainingOverlap::Part(shared)) => format!("all, {}", of_part(shared)),
        (_, TrainingOverlap::RegularTimes(shared)) => of_regular_times(shared),
        (TrialChoice::HeldOut, TrainingOverlap::AllButHeldOut | TrainingOverlap::Unknown) => {
            held_out(samples.len(), decoder.not_chosen(identity, dataset).len())
        }
    };
    let has_window = |trial: &&usize| dataset.samples.iter().any(|sample| sample.trial == **trial);
    let name = match (decoder.taught_trials(identity).iter().filter(has_window).count(), args.trials) {
        (0, _) => name,
        (n, TrialChoice::HeldOut) => format!("{name}, but for {n} that taught its readouts"),
        (n, TrialChoice::All) => format!("{name}; {n} of them taught its readouts"),
    };
    if let Some(time) = time_of_trial {
        samples.sort_by(|one, other| time(one.trial).total_cmp(&time(other.trial)));
    }
    let (n_chosen, limit) = (samples.len(), args.limit.map_or(usize::MAX, |limit| limit as usize));
    samples.truncate(limit);
    let name = if limit < n_chosen { format!("{name}; the first {limit} of {n_chosen}") } else { name };
    Ok((name, samples))
}

/// What trials are called that may be those of the training, since they are at the same regular times.
fn of_regular_times(Shared { trials, n_trials, .. }: Shared) -> String {
    format!(
        "all, training trials perhaps included: {trials} of its {n_trials} trials are at the times of trials of the training, and at \
         such regular ones that they do not tell whether it is the same session"
    )
}

/// What held-out trials are called, of which training did not choose some.
fn held_out(n_trials: usize, n_not_chosen: usize) -> String {
    match n_not_chosen {
        0 => "held out".to_owned(),
        _ if n_not_chosen == n_trials => "held out: trials that training did not choose".to_owned(),
        _ => format!("held out: {} by the training, {n_not_chosen} that it did not choose", n_trials - n_not_chosen),
    }
}

fn decision<'a>(
    sample: &Sample,
    ticks: &[TickResult],
    classes: &'a [String],
    verdict: Option<Verdict>,
) -> Decision<'a> {
    let decisions: Vec<u8> = ticks.iter().map(|tick| tick.answer.class).collect();
    let name = |class: usize| classes.get(class).map_or("", String::as_str);
    Decision {
        trial: sample.trial,
        class: Some(name(sample.class)),
        decision: decisions.last().map_or("", |class| name(usize::from(*class))),
        decisions,
        verdict,
    }
}

impl Summary<'_> {
    fn text(&self, tick_ms: u32) -> String {
        let Figures { accuracy, accuracy_at_tick, confusion, n_windows, n_ticks, latency_us, .. } = &self.figures;
        let windows = if *n_windows == 1 { "window" } else { "windows" };
        let mut text = String::new();
        let _ = writeln!(text, "recording    {} ({n_windows} {windows}; trials: {})", self.recording, self.trials);
        text += &left_out(&self.left_out);
        if let Some(units) = &self.units {
            let _ = writeln!(text, "units        {units}");
        }
        let _ = writeln!(text, "board        {}", self.board);
        let _ = writeln!(text, "network      {}", self.network_hash);
        let _ = writeln!(
            text,
            "accuracy     {} ({})",
            percent(*accuracy),
            of_chance(confusion.len(), self.largest_class())
        );
        let _ = writeln!(text, "             {}", over_time(accuracy_at_tick, tick_ms));
        text += &self.adaptation.as_ref().map(AdaptationSummary::text).unwrap_or_default();
        let _ = writeln!(text, "{}", confusion_table(confusion, self.classes));
        let _ = writeln!(
            text,
            "ticks        {n_ticks}; {:.0} spikes a window, mean of the {n_windows} decoded",
            self.figures.spikes_per_window
        );
        text += &streaming::latency_line(*latency_us, self.latency_of);
        let LinkStatistics { frames, crc_errors, resends, restarts, .. } = self.link;
        let _ = writeln!(
            text,
            "link         {frames} frames, {crc_errors} CRC errors, {resends} resends, {restarts} restarts"
        );
        text + &streaming::scores_lines(&self.figures.scores_hash, self.agrees_with_model)
    }

    fn largest_class(&self) -> f64 {
        let largest = self.figures.confusion.iter().map(|row| row.iter().sum::<u64>()).max().unwrap_or(0);
        largest as f64 / self.figures.n_windows.max(1) as f64
    }
}

/// Accuracy at about ten times of the window.
fn over_time(accuracy_at_tick: &[f64], tick_ms: u32) -> String {
    const MOMENTS: usize = 10;
    let n_ticks = accuracy_at_tick.len();
    let mut ticks: Vec<usize> = (1..=MOMENTS).map(|moment| (n_ticks * moment).div_ceil(MOMENTS)).collect();
    ticks.dedup();
    let at = |tick: &usize| format!("{} ms {:.0} %", tick * tick_ms as usize, 100.0 * accuracy_at_tick[tick - 1]);
    ticks.iter().filter(|tick| **tick > 0).map(at).collect::<Vec<_>>().join(", ")
}

/// True classes down, decisions across.
fn confusion_table(confusion: &[Vec<u64>], classes: &[String]) -> String {
    let width = classes.iter().map(String::len).max().unwrap_or(0).max(4) + 1;
    let mut text = format!("confusion    {:>width$}", "true");
    for class in classes {
        let _ = write!(text, "{class:>width$}");
    }
    for (class, row) in classes.iter().zip(confusion) {
        let _ = write!(text, "\n             {class:>width$}");
        for count in row {
            let _ = write!(text, "{count:>width$}");
        }
    }
    text
}
