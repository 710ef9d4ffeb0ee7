//! `motorsrnn decode` of a live recording of a network that gives values at every tick: run by run, as it ran.

use std::fmt::Write;
use std::sync::Arc;

use live::ticks::Tick;
use recording::{Tables, TrialTicks, companion_path};
use serde::Serialize;
use spec::digest::ScoresDigest;

use super::super::decode::{DecodeArgs, TrialChoice};
use super::super::{args, as_text, print_json, print_text, streaming};
use super::network::{LiveNetwork, Task, Values};
use crate::board::{Board, Responder};
use crate::evaluation::{Percentiles, percentiles};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::LinkStatistics;
use crate::session::TickResult;

/// The values of a tick.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "run_value")]
struct Value<'a> {
    run: usize,
    tick: u64,
    values: &'a [f64],
    class: Option<&'a str>,
}

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "runs_decoding")]
struct Summary<'a> {
    #[serde(serialize_with = "as_text")]
    board: &'a Board,
    recording: &'a str,
    network_hash: &'a str,
    outputs: &'a [String],
    n_runs: usize,
    n_ticks: u64,
    scores_hash: &'a str,
    latency_us: Percentiles,
    latency_of: Responder,
    /// None if the board was the model itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees_with_model: Option<bool>,
    link: LinkStatistics,
}

/// The runs of a recording, and the network.
pub(in crate::verb) struct Replay {
    network: LiveNetwork,
    recording: String,
    runs: Vec<TrialTicks>,
}

impl Replay {
    /// The runs of a recording that has such; none of another, and of a network of classes.
    pub(in crate::verb) fn open(args: &DecodeArgs) -> Result<Option<Self>, Failure> {
        if !companion_path(&args.recording).is_file() {
            return Ok(None);
        }
        let network = LiveNetwork::open(&args.network)?;
        if matches!(network.task, Task::Classes(_)) {
            return Ok(None);
        }
        let recording = args::open_unwarned(&args.recording, &Tables::default())?;
        let units: Vec<usize> = (0..recording.n_channels()).collect();
        let runs = recording.runs(&units, network.tick).map_err(|error| Failure::recording(&recording.path, &error))?;
        let Some(runs) = runs else { return Ok(None) };
        recording.warnings.iter().for_each(|warning| super::super::warn(format_args!("{}: {warning}", recording.name)));
        if units.len() != usize::from(network.n_channels) {
            let cause = format_args!(
                "{}: {} units, and the network has {} channels",
                recording.name,
                units.len(),
                network.n_channels
            );
            return Err(Failure::input(cause).advise("use the network that it was recorded with"));
        }
        if !args.selection.is_empty()
            || args.limit.is_some()
            || args.trials != TrialChoice::HeldOut
            || args.movement.files().next().is_some()
        {
            let cause = format_args!("{}: its runs are decoded as they ran", recording.name);
            return Err(Failure::input(cause)
                .advise("give no options but `--board`, `--in-flight`, `--trace`, `--values` and `--json`"));
        }
        Ok(Some(Self { network, recording: recording.name, runs }))
    }

    /// Decodes the runs.
    pub(in crate::verb) fn run(mut self, args: &DecodeArgs, interruption: &Interruption) -> Result<(), Failure> {
        let core = self.network.core;
        let fail = |error| Failure::session(&args.board, &core, &error);
        let mut session = streaming::begin(args, &core, &self.network.bytes, interruption)?;
        let Task::Values(values) = &mut self.network.task else { return Ok(()) };
        let (mut digest, mut latencies) = (ScoresDigest::default(), Vec::new());
        let streamed = self.runs.iter().try_for_each(|run| {
            let results = session.run_window(&with_lead_in(values, run)).map_err(fail)?;
            results.iter().for_each(|result| digest.add_tick(&result.answer.scores));
            latencies.extend(results.iter().map(|result| result.latency));
            if args.movement.values { print_values(values, run, &results) } else { Ok(()) }
        });
        streaming::end(&mut session, args, interruption, streamed)?;
        let scores_hash = digest.hex();
        let Task::Values(values) = &self.network.task else { return Ok(()) };
        let windows = self.runs.iter().map(|run| with_lead_in(values, run));
        let expected = streaming::expected_hash(&args.board, &core, &self.network.bytes, windows, || {})?;
        let summary = Summary {
            board: &args.board,
            recording: &self.recording,
            network_hash: &self.network.hash,
            outputs: &values.names,
            n_runs: self.runs.len(),
            n_ticks: self.runs.iter().map(|run| run.ticks.len() as u64).sum(),
            scores_hash: &scores_hash,
            latency_us: percentiles(latencies),
            latency_of: args.board.responder(),
            agrees_with_model: expected.as_ref().map(|expected| scores_hash == *expected),
            link: session.statistics(),
        };
        if args.json {
            print_json(&summary)?
        } else {
            print_text(&summary.text())?
        }
        streaming::check(&args.board, &scores_hash, expected.as_deref())
    }
}

fn with_lead_in(values: &Values, run: &TrialTicks) -> Vec<Vec<u16>> {
    let mut ticks = vec![Vec::new(); values.lead_in as usize];
    ticks.extend(run.ticks.iter().cloned());
    ticks
}

fn print_values(values: &mut Values, run: &TrialTicks, results: &[TickResult]) -> Result<(), Failure> {
    values.begin();
    let lead_in = values.lead_in as usize;
    for (place, result) in results.iter().enumerate() {
        let tick = place.checked_sub(lead_in).map(|number| Arc::new(Tick { number: number as u64, ..Tick::default() }));
        if let Some((tick, found)) = values.take(tick, &result.answer.scores) {
            print_json(&Value { run: run.trial, tick: tick.number, values: &found, class: values.class(&found) })?;
        }
    }
    Ok(())
}

impl Summary<'_> {
    fn text(&self) -> String {
        let mut text = format!("recording    {}: {} runs, {} ticks\n", self.recording, self.n_runs, self.n_ticks);
        let _ = writeln!(text, "board        {}", self.board);
        let _ = writeln!(text, "network      {}: {}", self.network_hash, self.outputs.join(", "));
        text += &streaming::latency_line(self.latency_us, self.latency_of);
        text + &streaming::scores_lines(self.scores_hash, self.agrees_with_model)
    }
}
