//! `motorsrnn decode` of movement: a session streamed through a board without windows, a value for each axis after every tick.

use std::fmt::Write;
use std::path::PathBuf;

use model::Core;
use recording::{Movement, Recording, ScoreIn, Stream, StreamOptions, write_whole};
use serde::Serialize;
use spec::core::NamedCore;
use spec::digest::ScoresDigest;
use spec::image::NetworkImage;
use train::decoder::{CutError, MatchedUnits, TrainingOverlap};
use train::movement::{
    AffineReadout, ModelRun, MovementDecoder, MovementScore, MovementTally, OperationsPerTick, Run, Task, runs,
};

use super::super::decode::{DecodeArgs, Training, TrialChoice};
use super::super::streaming;
use super::super::{args, as_text, percent, print_json, print_text, warn, wrote};
use super::csv::{self, Decoded};
use super::{plot, r2_text, shown, warning_of_trials};
use crate::board::{Board, Responder};
use crate::evaluation::{Percentiles, percentiles};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::LinkStatistics;
use crate::progress;

/// The values of a tick.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "value")]
struct Value<'a> {
    tick: usize,
    t_s: f64,
    values: &'a [f64],
    #[serde(rename = "true")]
    truth: Option<&'a [f32]>,
    scored: bool,
}

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "decoding")]
struct Summary<'a> {
    #[serde(serialize_with = "as_text")]
    board: &'a Board,
    recording: &'a str,
    network_hash: &'a str,
    task: &'a str,
    target: &'a str,
    axes: &'a [String],
    unit: &'a str,
    tick_ms: u32,
    lag_ms: i32,
    delay_ticks: i64,
    ticks: &'a str,
    training: Training,
    units: Option<MatchedUnits>,
    warnings: &'a [String],
    #[serde(flatten)]
    score: MovementScore,
    n_ticks: usize,
    n_runs: usize,
    n_pieces: usize,
    is_in_trials: bool,
    n_ticks_filled: usize,
    events_per_tick: f64,
    events_lost_share: f64,
    synaptic_operations_per_tick: OperationsPerTick,
    spikes_per_tick: f64,
    saturated_neurons: usize,
    dead_neurons: usize,
    scores_hash: String,
    latency_us: Percentiles,
    latency_of: Responder,
    /// None if the board was the model itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees_with_model: Option<bool>,
    link: LinkStatistics,
}

/// Decodes a recording with a network that was trained here.
///
/// # Errors
/// An input cannot be used, the board is absent or fails, or its scores differ from those of the reference model.
pub(in crate::verb) fn run(args: &DecodeArgs, interruption: &Interruption) -> Result<(), Failure> {
    let decoder = MovementDecoder::load(&args.network).map_err(Failure::input)?;
    let card = decoder.card();
    check_args(args)?;
    let recording = args::open(&args.recording, &args.selection.tables_over(&card.tables))?;
    let options = options(args, &decoder);
    let target = args.target.as_deref().unwrap_or(&card.task.target);
    let movement = Movement::open(&recording.path, target, &options.score_in)
        .map_err(|error| Failure::recording(&recording.path, &error))?;
    let (stream, units) = decoder.stream(&recording, &movement, &options).map_err(|error| match error {
        CutError::Recording(error) => Failure::recording(&recording.path, &error),
        error => Failure::input(format_args!("{}: {error}", recording.path.display())),
    })?;
    let identity = recording.identity();
    let overlap = decoder.overlap(&identity);
    let units = (overlap != TrainingOverlap::AllButHeldOut).then_some(units);
    let of_units = units.filter(MatchedUnits::is_doubtful).map(|units| format!("the units were {units}"));
    let is_other_unit = !stream.unit.is_empty() && !card.task.unit.is_empty() && stream.unit != card.task.unit;
    let of_unit = is_other_unit.then(|| {
        format!("{} is in {}, and the values of the network are in {}", stream.target, stream.unit, card.task.unit)
    });
    let of_times = movement.series.doubt_beside(&recording);
    let ranges = match args.trials {
        TrialChoice::All => vec![stream.ticks()],
        TrialChoice::HeldOut => decoder.held_out(&identity, &stream).map_err(|error| {
            Failure::input(format_args!("{}: {error}", args.recording.display()))
                .advise("decode the original file, or use `--trials all`")
        })?,
    };
    let runs = runs(&stream, &ranges);
    FreeRun {
        warnings: warnings(&recording, &stream, &options, of_units.into_iter().chain(of_unit).chain(of_times))?,
        recording: &recording,
        stream: &stream,
        runs: &runs,
        bytes: decoder.bytes(),
        network: decoder.network(),
        core: decoder.core(),
        network_hash: &card.network_hash,
        readout: &card.task.readout,
        lag_ms: options.lag_ms,
        delay_ticks: 0,
        ticks: ticks_text(args.trials, overlap),
        overlap,
        units,
    }
    .decode(args, interruption)
}

/// Which ticks are decoded, in words.
fn ticks_text(trials: TrialChoice, overlap: TrainingOverlap) -> String {
    match (trials, overlap) {
        (TrialChoice::All, TrainingOverlap::AllButHeldOut) => "all, those of the training included".to_owned(),
        (TrialChoice::HeldOut, TrainingOverlap::AllButHeldOut) => "held out".to_owned(),
        (_, TrainingOverlap::Nothing) => "all; training has not seen this recording".to_owned(),
        (_, TrainingOverlap::Unknown) => "all, those of the training perhaps included".to_owned(),
        (_, TrainingOverlap::Part(shared) | TrainingOverlap::RegularTimes(shared)) => {
            format!("all, those of the training perhaps included ({shared} are those of the training)")
        }
    }
}

/// The stream of the training, with what is given here in the place of the same option.
fn options(args: &DecodeArgs, decoder: &MovementDecoder) -> StreamOptions {
    let mut options = decoder.card().stream.clone();
    // Another series need not be a position.
    options.derivative &= args.target.is_none();
    options.selection = args.selection.selection_over(&options.selection);
    if args.selection.selection().trials.is_some() {
        options.score_in = ScoreIn::Trials;
    }
    args.how.over(options)
}

/// Refuses, before the decoding, options that mean nothing here and outputs that cannot be written or would overwrite an input.
pub(super) fn check_args(args: &DecodeArgs) -> Result<(), Failure> {
    if args.limit.is_some() {
        let cause =
            format_args!("{}: the network decodes movement, and `--limit` counts trials", args.network.display());
        return Err(Failure::input(cause).advise("leave out `--limit`"));
    }
    if args.selection.align_relative.is_some() || args.selection.bin_angles.is_some() {
        let cause = format_args!("{}: the network decodes movement, not windows of trials", args.network.display());
        return Err(Failure::input(cause).advise("leave out `--align-relative` and `--bin-angles`"));
    }
    Ok(())
}

/// What is odd about a recording and its stream, printed on standard error but for that of opening it.
///
/// # Errors
/// A selection that the recording does not allow.
pub(super) fn warnings(
    recording: &Recording,
    stream: &Stream,
    options: &StreamOptions,
    further: impl Iterator<Item = String>,
) -> Result<Vec<String>, Failure> {
    let mut warnings = recording.warnings.clone();
    warnings.extend(args::warn_of_selection(recording, &options.selection)?);
    for warning in further.chain(warning_of_trials(stream, options.fill_gaps)) {
        warn(&warning);
        warnings.push(warning);
    }
    Ok(warnings)
}

/// A network that runs free over a recording, whoever trained it.
pub(super) struct FreeRun<'a> {
    pub(super) recording: &'a Recording,
    pub(super) stream: &'a Stream,
    pub(super) runs: &'a [Run],
    pub(super) bytes: &'a [u8],
    pub(super) network: &'a NetworkImage,
    pub(super) core: &'a NamedCore,
    pub(super) network_hash: &'a str,
    pub(super) readout: &'a AffineReadout,
    pub(super) lag_ms: i32,
    /// How many ticks later than the spikes that they are about its values come.
    pub(super) delay_ticks: i64,
    /// Which ticks, in words.
    pub(super) ticks: String,
    pub(super) overlap: TrainingOverlap,
    pub(super) units: Option<MatchedUnits>,
    pub(super) warnings: Vec<String>,
}

impl FreeRun<'_> {
    /// Streams the runs through the board, and prints what came of it.
    ///
    /// # Errors
    /// The board is absent or fails, its scores differ from those of the reference model, or a file cannot be written.
    pub(super) fn decode(&self, args: &DecodeArgs, interruption: &Interruption) -> Result<(), Failure> {
        let &Self { stream, runs, core, .. } = self;
        let scored: Vec<_> = runs.iter().map(|run| run.first_scored..run.ticks.end).collect();
        if stream.n_scored(&scored) == 0 {
            let cause = format_args!(
                "{}: it has no tick to score that was held out from training and comes half a second after a restart",
                args.recording.display()
            );
            return Err(Failure::input(cause).advise("use `--trials all`, or other conditions"));
        }
        let fail = |error| Failure::session(&args.board, core, &error);
        let mut session = streaming::begin(args, core, self.bytes, interruption)?;
        let bar = progress::bar(runs.len() as u64, "decoding");
        let mut decoded = Collected::new(stream.axes.len());
        let streamed = runs.iter().try_for_each(|run| {
            let channels: Vec<Vec<u16>> = run.ticks.clone().map(|tick| stream.tick(tick).to_vec()).collect();
            let results = session.run_window(&channels).map_err(fail)?;
            for (tick, result) in run.ticks.clone().zip(results) {
                decoded.digest.add_tick(&result.answer.scores);
                decoded.latencies.push(result.latency);
                let mut values = vec![0.0; stream.axes.len()];
                self.readout.apply(&result.answer.scores, &mut values);
                decoded.add(stream, run, tick, values);
                if args.movement.values {
                    print_value(stream, decoded.ticks.last())?;
                }
            }
            bar.step();
            Ok(())
        });
        bar.finish();
        streaming::end(&mut session, args, interruption, streamed)?;

        let model = ModelRun::of(Core::of(self.network), self.readout, stream, runs).map_err(Failure::input)?;
        let scores_hash = decoded.digest.hex();
        let agrees = scores_hash == model.scores_hash;
        write_outputs(args, stream, &decoded.ticks)?;
        let summary = Summary {
            board: &args.board,
            recording: &self.recording.name,
            network_hash: self.network_hash,
            task: Task::KIND,
            target: &stream.target,
            axes: &stream.axes,
            unit: &stream.unit,
            tick_ms: stream.tick_ms,
            lag_ms: self.lag_ms,
            delay_ticks: self.delay_ticks,
            ticks: &self.ticks,
            training: self.overlap.into(),
            units: self.units,
            warnings: &self.warnings,
            score: decoded.tally.score(),
            n_ticks: decoded.ticks.len(),
            n_runs: runs.len(),
            n_pieces: stream.pieces().len(),
            is_in_trials: stream.is_in_trials(),
            n_ticks_filled: stream.n_filled,
            events_per_tick: stream.n_events() as f64 / stream.n_ticks() as f64,
            events_lost_share: stream.lost_share(),
            synaptic_operations_per_tick: model.operations,
            spikes_per_tick: model.spikes_per_tick,
            saturated_neurons: model.saturated_neurons,
            dead_neurons: model.dead_neurons,
            scores_hash,
            latency_us: percentiles(decoded.latencies),
            latency_of: args.board.responder(),
            agrees_with_model: (args.board != Board::Model).then_some(agrees),
            link: session.statistics(),
        };
        if args.json {
            print_json(&summary)?
        } else {
            print_text(&summary.text())?
        }
        if agrees { Ok(()) } else { Err(Failure::disagreement(&args.board, &summary.scores_hash, &model.scores_hash)) }
    }
}

/// What was decoded.
struct Collected {
    ticks: Vec<Decoded>,
    tally: MovementTally,
    digest: ScoresDigest,
    latencies: Vec<std::time::Duration>,
}

impl Collected {
    fn new(n_axes: usize) -> Self {
        Self {
            ticks: Vec::new(),
            tally: MovementTally::new(n_axes),
            digest: ScoresDigest::default(),
            latencies: Vec::new(),
        }
    }

    fn add(&mut self, stream: &Stream, run: &Run, tick: usize, values: Vec<f64>) {
        let is_scored = tick >= run.first_scored && stream.is_scored(tick);
        if is_scored {
            self.tally.add(stream.label(tick), &values);
        }
        self.ticks.push(Decoded { tick, values, is_scored });
    }
}

fn print_value(stream: &Stream, decoded: Option<&Decoded>) -> Result<(), Failure> {
    let Some(Decoded { tick, values, is_scored }) = decoded else { return Ok(()) };
    let truth = Some(stream.label(*tick)).filter(|label| !label[0].is_nan());
    print_json(&Value { tick: *tick, t_s: stream.end_s(*tick), values, truth, scored: *is_scored })
}

fn write_outputs(args: &DecodeArgs, stream: &Stream, ticks: &[Decoded]) -> Result<(), Failure> {
    let write = |path: &PathBuf, text: String| {
        write_whole(path, text.as_bytes()).map_err(|error| Failure::unwritable(path, &error))?;
        wrote(path);
        Ok::<(), Failure>(())
    };
    if let Some(path) = &args.movement.csv {
        write(path, csv::text(stream, ticks))?;
    }
    if let Some(path) = &args.movement.plot {
        write(path, plot::svg(stream, ticks))?;
    }
    Ok(())
}

impl Summary<'_> {
    fn text(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(", in {}", self.unit) };
        let lag = if self.lag_ms == 0 { String::new() } else { format!(", {} ms later", self.lag_ms) };
        let mut text = String::new();
        let _ = writeln!(text, "recording    {} (ticks: {})", self.recording, self.ticks);
        let _ = writeln!(text, "movement     {}: {}{unit}{lag}", self.target, self.axes.join(", "));
        if self.delay_ticks != 0 {
            let _ = writeln!(
                text,
                "delay        {} tick(s) from spikes to the values that they change, which are compared with the movement of then",
                self.delay_ticks
            );
        }
        if let Some(units) = &self.units {
            let _ = writeln!(text, "units        {units}");
        }
        let _ = writeln!(text, "board        {}", self.board);
        let _ = writeln!(text, "network      {}", self.network_hash);
        let _ =
            writeln!(text, "R2           {} on {} ticks", r2_text(&self.score, self.axes), self.score.n_ticks_scored);
        let correlations: Vec<String> = self.score.correlation_by_axis.iter().map(|r| shown(*r)).collect();
        let _ = writeln!(
            text,
            "             weighted by variance {}, correlations {}",
            shown(self.score.r2_variance_weighted),
            correlations.join(", ")
        );
        let _ = writeln!(
            text,
            "ticks        {} of {} ms in {} run(s); {:.2} spikes of units a tick, {} more are lost",
            self.n_ticks,
            self.tick_ms,
            self.n_runs,
            self.events_per_tick,
            percent(self.events_lost_share)
        );
        let operations = self.synaptic_operations_per_tick;
        let _ = writeln!(
            text,
            "activity     {:.0} synaptic operations a tick (99 % of ticks up to {}, most {}), {:.2} spikes; {} saturated and {} \
             silent neurons",
            operations.mean,
            operations.p99,
            operations.max,
            self.spikes_per_tick,
            self.saturated_neurons,
            self.dead_neurons
        );
        text += &streaming::latency_line(self.latency_us, self.latency_of);
        text + &streaming::scores_lines(&self.scores_hash, self.agrees_with_model)
    }
}
