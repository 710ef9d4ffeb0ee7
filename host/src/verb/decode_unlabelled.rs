//! `motorsrnn decode` of a recording without labels, as `live` makes one: decisions, and no accuracy.

use std::fmt::Write;

use recording::{Column, LeftOut, Recording, Selection, TrialTicks, WindowOptions};
use serde::Serialize;
use spec::digest::ScoresDigest;
use train::Decoder;
use train::decoder::{CutError, MatchedUnits};

use super::adapt::{self, Adaptation, AdaptationSummary, Ran, class_of_marker};
use super::decode::{Decision, DecodeArgs, choose_as_trained, warn_of_units};
use super::{as_text, left_out, print_json, print_text, streaming, warn};
use crate::board::{Board, Responder};
use crate::evaluation::{Percentiles, percentiles};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::LinkStatistics;

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "decoding")]
struct Summary<'a> {
    #[serde(serialize_with = "as_text")]
    board: &'a Board,
    recording: &'a str,
    network_hash: &'a str,
    trials: &'a str,
    left_out: LeftOut,
    /// None of a live session.
    units: Option<MatchedUnits>,
    warnings: &'a [String],
    classes: &'a [String],
    /// There is none without labels.
    accuracy: Option<f64>,
    n_windows: usize,
    n_ticks: u64,
    spikes_per_window: f64,
    scores_hash: &'a str,
    latency_us: Percentiles,
    latency_of: Responder,
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees_with_model: Option<bool>,
    link: LinkStatistics,
    #[serde(skip_serializing_if = "Option::is_none")]
    adaptation: Option<AdaptationSummary>,
}

/// The trials column with the text of the marker, of a live session.
const MARKER: &str = "marker";

/// Whether no chosen trial of a recording has a label for this decoder.
pub(super) fn is_unlabelled(recording: &Recording, windows: &WindowOptions) -> bool {
    let Some(column) = windows.label_column.as_deref().filter(|_| !recording.trials.is_empty()) else { return false };
    let selection = Selection { units: None, trials: windows.selection.trials.clone() };
    // What is wrong with a condition is reported when windows are cut.
    let chosen = selection.choose(recording).map(|chosen| chosen.trials).ok();
    match (recording.trials.column(column), chosen) {
        (Ok(column), Some(chosen)) => {
            let labels = column.labels_of_rows();
            chosen.iter().all(|trial| labels.get(*trial).is_none_or(Option::is_none))
        }
        _ => recording.is_unlabelled(column),
    }
}

/// Decodes the windows of all trials. The marker of a trial may name its class, for an adaptation.
pub(super) fn run(
    args: &DecodeArgs,
    decoder: &Decoder,
    recording: &Recording,
    windows: &WindowOptions,
    interruption: &Interruption,
) -> Result<(), Failure> {
    let is_live = recording.trials.column(MARKER).is_ok();
    if let Some(column) = &windows.label_column
        && recording.trials.column(column).is_err()
        && !is_live
    {
        warn(format_args!(
            "{}: the trials have no column `{column}`, so there is no accuracy; name their labels with `--label-column`",
            recording.path.display()
        ));
    }
    let core = decoder.core();
    let refuse = |error| Failure::recording(&recording.path, &error);
    // What has no columns about its units has those of the network.
    let selection = if recording.unit_columns.is_empty() {
        Selection { units: None, ..args.selection.selection() }
    } else {
        windows.selection.clone()
    };
    let windows = WindowOptions { selection, ..windows.clone() };
    choose_as_trained(&windows, recording, args)?;
    let (rows, units) = decoder.units(recording, &windows).map_err(|error| match error {
        CutError::Recording(error) => refuse(error),
        error => Failure::input(format_args!("{}: {error}", recording.path.display())),
    })?;
    // A live session has channels of the network, which no ids name.
    let units = (!is_live).then_some(units);
    if args.json {
        units.iter().filter(|units| units.is_doubtful()).for_each(|units| warn_of_units(&recording.name, units));
    }
    let (mut windows, left_out) = recording.windows(&rows, &windows).map_err(refuse)?;
    windows.truncate(args.limit.map_or(usize::MAX, |limit| limit as usize));

    let mut adaptation = Adaptation::of(&args.adapt, decoder);
    let shadow = adaptation.as_ref().map(Adaptation::shadow);
    let image = adaptation.as_ref().map_or(decoder.bytes(), Adaptation::board_bytes).to_vec();
    let mut session = streaming::begin(args, core, &image, interruption)?;
    if let Some(adaptation) = &mut adaptation {
        adaptation.begin((&recording.name, Some(recording.identity())), &args.board, Some(windows.len()))?;
        adapt::hold_while_writing(adaptation, interruption);
    }
    let classes = &decoder.card().classes;
    let markers = recording.trials.column(MARKER).map(Column::labels_of_rows).unwrap_or_default();
    let label = |trial: usize| class_of_marker(markers.get(trial)?.as_deref()?, classes);
    let windows: Vec<Ran<'_>> =
        windows.iter().map(|TrialTicks { trial, ticks }| Ran { trial: *trial, label: label(*trial), ticks }).collect();
    let (mut digest, mut latencies, mut n_spikes) = (ScoresDigest::default(), Vec::new(), 0);
    let streamed = windows.iter().try_for_each(|window| {
        let ran = adapt::run_window(&mut session, adaptation.as_mut(), *window);
        let (results, verdict) = ran.map_err(|error| Failure::session(&args.board, core, &error))?;
        for result in &results {
            digest.add_tick(&result.answer.scores);
            latencies.push(result.latency);
            n_spikes += u64::from(result.answer.n_spikes);
        }
        let decisions: Vec<u8> = results.iter().map(|result| result.answer.class).collect();
        let last = decisions.last().and_then(|class| classes.get(usize::from(*class)));
        let decision = last.map_or("", String::as_str);
        if args.json {
            print_json(&Decision { trial: window.trial, class: None, decision, decisions, verdict })?;
        }
        adapt::check(adaptation.as_mut(), interruption)
    });
    let ended = streaming::end(&mut session, args, interruption, streamed);
    let adaptation = adapt::end(adaptation, ended)?;

    let scores_hash = digest.hex();
    let expected = match shadow {
        Some(shadow) => adapt::expected_hash(&args.board, core, shadow, windows.iter().copied(), || {})?,
        None => {
            let ticks = windows.iter().map(|window| window.ticks);
            streaming::expected_hash(&args.board, core, &image, ticks, || {})?
        }
    };
    let summary = Summary {
        board: &args.board,
        recording: &recording.name,
        network_hash: &decoder.card().network_hash,
        trials: "all, without labels",
        left_out,
        units,
        warnings: &recording.warnings,
        classes,
        accuracy: None,
        n_windows: windows.len(),
        n_ticks: latencies.len() as u64,
        spikes_per_window: n_spikes as f64 / windows.len().max(1) as f64,
        scores_hash: &scores_hash,
        latency_us: percentiles(latencies),
        latency_of: args.board.responder(),
        agrees_with_model: expected.as_ref().map(|expected| scores_hash == *expected),
        link: session.statistics(),
        adaptation,
    };
    if args.json {
        print_json(&summary)?
    } else {
        print_text(&summary.text())?
    }
    streaming::check(&args.board, &scores_hash, expected.as_deref())
}

impl Summary<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "recording    {} ({} windows; trials: {})", self.recording, self.n_windows, self.trials);
        text += &left_out(&self.left_out);
        if let Some(units) = &self.units {
            let _ = writeln!(text, "units        {units}");
        }
        let _ = writeln!(text, "board        {}", self.board);
        let _ = writeln!(text, "network      {}", self.network_hash);
        text += &self.adaptation.as_ref().map(AdaptationSummary::text).unwrap_or_default();
        let _ = writeln!(text, "decisions    {} at the ends of the windows; `--json` prints them", self.n_windows);
        let _ = writeln!(text, "ticks        {}", self.n_ticks);
        text += &streaming::latency_line(self.latency_us, self.latency_of);
        text + &streaming::scores_lines(self.scores_hash, self.agrees_with_model)
    }
}
