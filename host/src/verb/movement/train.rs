//! `motorsrnn train --target`: a recording becomes the image of a network that decodes movement.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use recording::{
    BlockOptions, Movement, Recording, Stream, StreamOptions, StreamSplit, check_place, companion_path, kinematics_path,
};
use serde::Serialize;
use train::movement::{MovementCard, MovementOptions, MovementReport, TrainedMovementDecoder, train_movement_decoder};
use train::{DecoderCard, Topology};

use super::super::train::{TrainArgs, doubts_of_units};
use super::super::{args, is_same_file, percent, print_json, print_text, warn};
use super::{SplitKind, n_ticks, r2_text, shown, warning_of_trials};
use crate::failure::{Failure, joined};
use crate::progress;

/// Length of a tick by default.
const TICK_MS: u32 = 4;

/// The line of JSON.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "training")]
struct Summary<'a> {
    task: &'a str,
    target: &'a str,
    axes: &'a [String],
    unit: &'a str,
    tick_ms: u32,
    lag_ms: i32,
    split: &'a str,
    #[serde(flatten)]
    report: &'a MovementReport,
    /// Names of the recordings, joined.
    recording: &'a str,
    recordings: &'a [&'a str],
    topology: &'a str,
    core: &'a str,
    network: String,
    network_hash: &'a str,
    n_channels: usize,
    n_units: usize,
    seed: u64,
    warnings: &'a [String],
}

/// Trains, and writes the image and its companion.
///
/// # Errors
/// An input cannot be used, the network does not fit its core, or a file cannot be written.
pub(in crate::verb) fn run(args: &TrainArgs, target: &str) -> Result<(), Failure> {
    let topology =
        Topology::load(args.topology.as_deref().unwrap_or(Topology::FREE_RUNNING)).map_err(Failure::input)?;
    topology.check_free_running().map_err(Failure::input)?;
    let opened = args.recordings.iter().map(|path| args.selection.open(path));
    let recordings: Vec<Recording> = opened.collect::<Result<_, _>>()?;
    let recordings: Vec<&Recording> = recordings.iter().collect();
    let options = args.movement.how.of(args.tick_ms.unwrap_or(TICK_MS), &args.selection);
    let refuse = |error: recording::Error| Failure::recordings(&args.recordings, &error);
    let movements = args.recordings.iter().map(|path| Movement::open(path, target, &options.score_in));
    let movements: Vec<Movement> = movements.collect::<Result<_, _>>().map_err(refuse)?;
    let stream = Stream::of_all(&recordings, &movements, &options).map_err(refuse)?;
    let of_times: Vec<String> = movements
        .iter()
        .zip(&recordings)
        .filter_map(|(movement, recording)| movement.series.doubt_beside(recording))
        .collect();
    drop(movements);
    let mut warnings: Vec<String> = recordings.iter().flat_map(|recording| recording.warnings.clone()).collect();
    for recording in &recordings {
        warnings.extend(args::warn_of_selection(recording, &options.selection)?);
    }
    let of_stream: Vec<String> = doubts_of_units(&recordings, stream.parts.iter().map(|part| &part.units[..]))
        .into_iter()
        .chain(of_times)
        .chain(stream.doubt_of_units())
        .chain(warning_of_trials(&stream, options.fill_gaps))
        .collect();
    of_stream.iter().for_each(warn);
    warnings.extend(of_stream);
    let (split, how) = split(args, &recordings, &stream, &options).map_err(refuse)?;
    check_outputs(args)?;

    let of_training = MovementOptions {
        topology,
        n_neurons: args.movement.hidden.map(usize::from),
        n_synapses: args.synapses.map(|n_synapses| n_synapses as usize),
        epochs: args.epochs.map(|epochs| epochs as usize),
        core: args.core,
        weight_bits: args.weight_bits(),
        seed: args.seed,
        split: how,
        baselines: args.movement.cells(),
        n_threads: args::n_threads(args.threads),
    };
    let TrainedMovementDecoder { decoder, .. } = train(args, &recordings, &stream, &split, &options, &of_training)?;
    decoder.save(&args.output).map_err(|error| Failure::unwritable(&error.path, &error.cause))?;
    let card = decoder.card();
    let names: Vec<&str> = recordings.iter().map(|recording| recording.name.as_str()).collect();
    let summary = Summary {
        task: &card.task.kind,
        target: &card.task.target,
        axes: &card.task.axes,
        unit: &card.task.unit,
        tick_ms: stream.tick_ms,
        lag_ms: options.lag_ms,
        split: &card.split,
        report: &card.report,
        recording: &names.join(", "),
        recordings: &names,
        topology: &card.topology.name,
        core: &card.core,
        network: args.output.display().to_string(),
        network_hash: &card.network_hash,
        n_channels: stream.n_channels,
        n_units: recordings[0].n_channels(),
        seed: args.seed,
        warnings: &warnings,
    };
    if args.json { print_json(&summary) } else { print_text(&summary.text(card, &split, args.core.is_none())) }
}

/// The division that the options ask for, and what it is called.
fn split(
    args: &TrainArgs,
    recordings: &[&Recording],
    stream: &Stream,
    options: &StreamOptions,
) -> Result<(StreamSplit, String), recording::Error> {
    /// Share of the ticks that are the test.
    const LAST_SHARE: f64 = 0.25;
    let blocks = BlockOptions { gap_ms: args.movement.gap_ms, ..BlockOptions::default() };
    let (folds, gap_ms) = (args.folds(), args.movement.gap_ms);
    if let Some(column) = &args.split_column {
        let split = StreamSplit::by_column(stream, recordings, column, &blocks)?;
        return Ok((split, format!("trials by column {column}")));
    }
    // Where labels are in trials, a block does not begin within one.
    let trials = || stream.trials(recordings, &options.selection);
    let if_in_trials = || trials().filter(|_| stream.is_in_trials());
    Ok(match args.movement.split {
        SplitKind::Blocks => (
            StreamSplit::blocks(stream, folds, if_in_trials().as_deref(), &blocks)?,
            format!("{folds} blocks with gaps of {gap_ms} ms"),
        ),
        SplitKind::Trials => {
            let trials = stream.trial_ranges(recordings, &options.selection)?;
            (
                StreamSplit::blocks(stream, folds, Some(&trials), &blocks)?,
                format!("{folds} blocks of trials with gaps of {gap_ms} ms"),
            )
        }
        SplitKind::Last => (
            StreamSplit::last(stream, LAST_SHARE, if_in_trials().as_deref(), &blocks)?,
            format!("the last quarter, after a gap of {gap_ms} ms"),
        ),
        SplitKind::Neurobench => {
            (StreamSplit::neurobench(stream, trials().as_deref())?, "that of NeuroBench".to_owned())
        }
    })
}

/// Refuses, before the training, outputs that cannot be written or would overwrite an input.
fn check_outputs(args: &TrainArgs) -> Result<(), Failure> {
    let of_recording = |path: &PathBuf| [path.clone(), companion_path(path), kinematics_path(path)];
    let topology = args.topology.iter().map(PathBuf::from);
    let inputs: Vec<PathBuf> = args.recordings.iter().flat_map(of_recording).chain(topology).collect();
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
    recordings: &[&Recording],
    stream: &Stream,
    split: &StreamSplit,
    options: &StreamOptions,
    of_training: &MovementOptions,
) -> Result<TrainedMovementDecoder, Failure> {
    let tables = args.selection.tables();
    let bar = progress::bar(0, "training");
    let mut has_begun = false;
    let decoder = train_movement_decoder(recordings, &tables, stream, split, options, of_training, &mut |progress| {
        if !has_begun {
            bar.begin((progress.folds * progress.epochs) as u64, "training");
            has_begun = true;
        }
        let r2 = 1.0 - progress.epoch.validation_loss;
        bar.set_message(format!("fold {}/{}, validation R2 about {r2:.2}", progress.fold + 1, progress.folds));
        bar.step();
        ControlFlow::Continue(())
    });
    bar.finish();
    decoder.map_err(|error| Failure::input(format_args!("{}: {error}", joined(&args.recordings))))
}

impl Summary<'_> {
    fn text(&self, card: &MovementCard, split: &StreamSplit, is_core_chosen: bool) -> String {
        let report = self.report;
        let unit = if self.unit.is_empty() { String::new() } else { format!(", in {}", self.unit) };
        let lag = if self.lag_ms == 0 { String::new() } else { format!(", {} ms later", self.lag_ms) };
        let mut text = String::new();
        let _ = writeln!(
            text,
            "recording    {} ({} ticks of {} ms; {}: {}{unit}{lag})",
            self.recording,
            report.n_ticks,
            self.tick_ms,
            self.target,
            self.axes.join(", ")
        );
        if self.n_channels < self.n_units {
            let _ = writeln!(text, "units        {} of {}", self.n_channels, self.n_units);
        }
        let _ = writeln!(
            text,
            "labels       {} piece(s); {:.2} spikes a tick, {} more are lost, since a channel has one bit a tick",
            report.n_pieces,
            report.events_per_tick,
            percent(report.events_lost_share)
        );
        if report.n_ticks_filled > 0 {
            let _ = writeln!(text, "             {} silent ticks filled with random spikes", report.n_ticks_filled);
        }
        let first = &split.folds[0];
        let [trained, chosen_by] = report.n_ticks_trained;
        let _ = writeln!(
            text,
            "split        {}; of the image {trained} ticks to train, {chosen_by} to choose by, {} to test",
            self.split,
            n_ticks(&first.test)
        );
        let _ = writeln!(
            text,
            "network      {}: topology {}, {} neurons, {} synapses of {} bits, seed {}",
            self.network, self.topology, report.n_neurons, report.n_synapses, card.weight_bits, self.seed
        );
        let why = if is_core_chosen { ", the smallest that holds it" } else { "" };
        let _ = writeln!(text, "core         {}{why}", self.core);
        let of_folds = match split.folds.len() {
            1 => String::new(),
            folds => format!(", mean of {folds} folds with a network each"),
        };
        let _ = writeln!(
            text,
            "R2           {} on {} test ticks{of_folds}",
            r2_text(&report.score, self.axes),
            report.score.n_ticks_scored
        );
        let correlations: Vec<String> = report.score.correlation_by_axis.iter().map(|r| shown(*r)).collect();
        let _ = writeln!(
            text,
            "             weighted by variance {}, correlations {}",
            shown(report.score.r2_variance_weighted),
            correlations.join(", ")
        );
        let linear = [
            ("Wiener", &report.wiener, format!("counts of the last {} ms", report.wiener.history_ms.unwrap_or(0))),
            ("Kalman", &report.kalman, format!("bins of {} ms", report.kalman.bin_ms.unwrap_or(0))),
        ];
        let recurrent = [("GRU", &report.gru), ("LSTM", &report.lstm)].into_iter().filter_map(|(name, filter)| {
            let filter = filter.as_ref()?;
            Some((name, filter, format!("{} hidden units, floats", filter.hidden_units.unwrap_or(0))))
        });
        for (name, filter, how) in linear.into_iter().chain(recurrent) {
            let by_axis: Vec<String> = filter.r2_by_axis.iter().map(|r2| shown(*r2)).collect();
            let _ = writeln!(text, "{name:12} {} ({}), {how}", shown(filter.r2), by_axis.join(", "));
        }
        let operations = report.synaptic_operations_per_tick;
        let _ = writeln!(
            text,
            "activity     {:.0} synaptic operations a tick (99 % of ticks up to {}, most {}), {:.2} spikes; {} saturated and {} \
             silent neurons",
            operations.mean,
            operations.p99,
            operations.max,
            report.spikes_per_tick,
            report.saturated_neurons,
            report.dead_neurons
        );
        let _ = writeln!(
            text,
            "image        {}: R2 {} on its test ticks, scores {}",
            self.network_hash,
            shown(report.image_r2),
            report.scores_hash
        );
        text
    }
}
