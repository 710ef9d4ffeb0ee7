//! `motorsrnn decode` with an imported network: events in, the outputs of every tick out.

use std::fmt::Write;
use std::path::Path;

use import::ImportCard;
use import::card::{OutputCard, OutputKind};
use import::events::Channels;
use recording::write_whole;
use serde::Serialize;
use spec::core::{NamedCore, core_named};
use spec::digest::{ScoresDigest, sha256_hex};
use spec::image::NetworkImage;

use super::decode::{DecodeArgs, TrialChoice};
use super::import::{output_text, read_events, tick_length_text};
use super::movement::csv;
use super::streaming;
use super::{as_text, print_json, print_text, read_image, warn};
use crate::board::{Board, Responder};
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::LinkStatistics;
use crate::session::TickResult;

/// An image whose companion is that of an import.
pub(super) struct ImportedNetwork {
    pub(super) bytes: Vec<u8>,
    pub(super) image: NetworkImage,
    /// Channels of the network.
    pub(super) n_channels: usize,
    pub(super) card: ImportCard,
    pub(super) core: NamedCore,
}

/// The outputs of a tick.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "outputs")]
struct Outputs<'a> {
    tick: usize,
    values: &'a [f64],
    /// Name of the output with the largest value, if the outputs are a class.
    class: Option<&'a str>,
}

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "imported_decoding")]
struct Summary<'a> {
    #[serde(serialize_with = "as_text")]
    board: &'a Board,
    recording: String,
    network_hash: &'a str,
    outputs: Vec<&'a str>,
    n_ticks: usize,
    n_spikes: u64,
    last: Option<&'a Vec<f64>>,
    scores_hash: String,
    latency_of: Responder,
    /// None if the board was the model itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    agrees_with_model: Option<bool>,
    link: LinkStatistics,
}

impl ImportedNetwork {
    /// The network of an image; none if it was trained here.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Failure> {
        // What is wrong with the image of a training is reported with its companion.
        let Ok((bytes, image)) = read_image(path) else { return Ok(None) };
        let Some(card) = ImportCard::read(path, &sha256_hex(&bytes)).map_err(Failure::input)? else { return Ok(None) };
        let Some(core) = core_named(&card.core) else {
            let cause = format_args!("{}: core {} is not known", path.display(), card.core);
            return Err(Failure::input(cause).advise("use the program that imported it"));
        };
        if card.outputs.iter().any(|output| usize::from(output.readout) >= image.n_readouts()) {
            let cause = format_args!("{}: the outputs in its companion are not those of the image", path.display());
            return Err(Failure::input(cause).advise("import again"));
        }
        let n_channels = usize::from(image.n_channels) / card.max_count.max(1) as usize;
        Ok(Some(Self { bytes, image, n_channels, card, core }))
    }

    fn channels(&self) -> Channels {
        let ImportCard { max_count, tick_ms, is_tick_nominal, .. } = self.card;
        Channels { n_channels: self.n_channels, max_count: max_count.max(1), tick_ms, is_tick_nominal }
    }

    /// Streams the events of a file through a board.
    pub(super) fn run(&self, args: &DecodeArgs, interruption: &Interruption) -> Result<(), Failure> {
        if !args.selection.is_empty() || args.limit.is_some() || args.trials != TrialChoice::HeldOut {
            let cause = "an imported network runs on whole recordings, without trials and conditions";
            return Err(
                Failure::input(cause).advise("leave out `--trials`, `--limit` and the options of the selection")
            );
        }
        if args.movement.plot.is_some() || args.movement.values {
            let cause = format_args!(
                "{}: without a movement to compare with, an imported network has no plot",
                args.network.display()
            );
            return Err(Failure::input(cause)
                .advise("name the movement with `--target`, or write the outputs with `--csv` or `--json`"));
        }
        let card = &self.card;
        let trace = read_events(&args.recording, self.channels(), 0)?;
        let n_ticks = trace.events.len();
        let mut ticks = vec![Vec::new(); card.lead_in_ticks as usize];
        ticks.extend(trace.events);
        let last_lag = card.outputs.iter().map(|output| output.lag_ticks).max().unwrap_or(0);
        let shift = usize::try_from(last_lag).unwrap_or(0).max(card.lead_in_ticks as usize);
        ticks.resize(n_ticks + shift, Vec::new());

        let mut session = streaming::begin(args, &self.core, &self.bytes, interruption)?;
        let streamed = session.run_window(&ticks).map_err(|error| Failure::session(&args.board, &self.core, &error));
        let results = streaming::end(&mut session, args, interruption, streamed)?;

        let scores_hash = digest(&results);
        let expected = streaming::expected_hash(&args.board, &self.core, &self.bytes, [&ticks], || {})?;
        let outputs = self.outputs(&results, n_ticks);
        let is_at_end = |result: &TickResult| {
            let used = card.outputs.iter().filter_map(|output| result.answer.scores.get(usize::from(output.readout)));
            used.into_iter().any(|score| [i16::MIN, i16::MAX].contains(score))
        };
        if let Some(tick) = results.iter().position(is_at_end) {
            let recording = args.recording.display();
            warn(format_args!(
                "{recording}: an output reaches the end of its range in tick {tick} of the core, and no longer says what the \
                 network does; run fewer ticks at a time"
            ));
        }
        let names: Vec<&str> = card.outputs.iter().map(|output| output.name.as_str()).collect();
        if args.json {
            for (tick, values) in outputs.iter().enumerate() {
                let class = (card.output == OutputKind::Class).then(|| names[largest(values)]);
                print_json(&Outputs { tick, values, class })?;
            }
        }
        if let Some(csv) = &args.movement.csv {
            let text = csv_text(&names, &outputs);
            write_whole(csv, text.as_bytes()).map_err(|error| Failure::unwritable(csv, &error))?;
        }
        let summary = Summary {
            board: &args.board,
            recording: args.recording.display().to_string(),
            network_hash: &card.network_hash,
            outputs: names,
            n_ticks,
            n_spikes: results.iter().map(|result| u64::from(result.answer.n_spikes)).sum(),
            last: outputs.last(),
            latency_of: args.board.responder(),
            agrees_with_model: expected.as_ref().map(|expected| scores_hash == *expected),
            scores_hash,
            link: session.statistics(),
        };
        if args.json {
            print_json(&summary)?
        } else {
            print_text(&self.text(&summary))?
        }
        streaming::check(&args.board, &summary.scores_hash, expected.as_deref())
    }

    /// The outputs of each tick of the events, those of other ticks of the core left out.
    fn outputs(&self, results: &[TickResult], n_ticks: usize) -> Vec<Vec<f64>> {
        let of_tick = |tick: usize| {
            let value = |output: &OutputCard| {
                let at = i64::try_from(tick).ok().and_then(|tick| usize::try_from(tick + output.lag_ticks).ok());
                let score = at.and_then(|tick| results.get(tick)?.answer.scores.get(usize::from(output.readout)));
                output.scale * f64::from(score.copied().unwrap_or(0)) + output.offset
            };
            self.card.outputs.iter().map(value).collect()
        };
        (0..n_ticks).map(of_tick).collect()
    }

    fn text(&self, summary: &Summary<'_>) -> String {
        let tick_length = tick_length_text(&self.card);
        let mut text = format!("events       {}, {} ticks of {tick_length}\n", summary.recording, summary.n_ticks);
        let _ = writeln!(text, "board        {}", summary.board);
        let _ = writeln!(text, "network      {}, imported from {}", summary.network_hash, self.card.source);
        let _ = writeln!(text, "output       {}", output_text(&self.card));
        if let Some(last) = summary.last {
            let values = summary.outputs.iter().zip(last).map(|(name, value)| format!("{name} {value:.4}"));
            let _ = writeln!(text, "last tick    {}", values.collect::<Vec<_>>().join(", "));
            if self.card.output == OutputKind::Class {
                let _ = writeln!(text, "class        {}", summary.outputs[largest(last)]);
            }
        }
        let _ = writeln!(text, "spikes       {} of all neurons, auxiliary ones included", summary.n_spikes);
        text + &streaming::scores_lines(&summary.scores_hash, summary.agrees_with_model)
    }
}

/// A row for each tick: its number, and the value of each output.
fn csv_text(names: &[&str], outputs: &[Vec<f64>]) -> String {
    let mut text = String::from("tick");
    names.iter().for_each(|name| text = format!("{text},{}", csv::field(name)));
    text.push('\n');
    for (tick, values) in outputs.iter().enumerate() {
        let _ = write!(text, "{tick}");
        for value in values {
            let _ = write!(text, ",{value:.6}");
        }
        text.push('\n');
    }
    text
}

/// The hash of all scores.
fn digest(results: &[TickResult]) -> String {
    let mut digest = ScoresDigest::default();
    results.iter().for_each(|result| digest.add_tick(&result.answer.scores));
    digest.hex()
}

/// Index of the largest value, the first of equals.
fn largest(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, index| if values[index] > values[best] { index } else { best })
}
