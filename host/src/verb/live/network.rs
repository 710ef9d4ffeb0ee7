//! What a network is for: classes by window, or values at every tick.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use import::ImportCard;
use import::card::{OutputCard, OutputKind};
use live::arrival::Nanoseconds;
use live::ticks::Tick;
use recording::Selection;
use spec::core::{NamedCore, core_named};
use spec::digest::sha256_hex;
use train::Decoder;
use train::decoder::TrainedUnit;
use train::movement::{MovementDecoder, is_movement_decoder};

use super::super::adapt::{AdaptArgs, Adaptation};
use super::super::read_image;
use super::fitness::Load;
use super::number::{MS, of_ms, to_ms};
use crate::failure::Failure;

/// Mean rate of a channel of which nothing is known.
const USUAL_HZ: f64 = 20.0;

/// A network, and what its scores mean.
pub(super) struct LiveNetwork {
    pub(super) bytes: Vec<u8>,
    pub(super) core: NamedCore,
    pub(super) hash: String,
    pub(super) n_channels: u16,
    pub(super) n_readouts: usize,
    /// Length of a tick.
    pub(super) tick: Nanoseconds,
    /// Mean rate of all channels together in the training, in spikes per second.
    pub(super) rate_hz: f64,
    /// The units of the training that are its channels.
    pub(super) selection: Selection,
    /// These units, in the order of the channels; none of an imported network.
    pub(super) units: Vec<TrainedUnit>,
    pub(super) task: Task,
}

/// What a network decodes.
pub(super) enum Task {
    /// One of these classes in each window.
    Classes(Classes),
    /// Values at every tick, without windows.
    Values(Values),
}

/// The windows of a training.
pub(super) struct Classes {
    pub(super) names: Vec<String>,
    pub(super) n_ticks: u64,
    /// From the event to the start of the window.
    pub(super) offset: Nanoseconds,
    /// The trials column with the event, and that with the class.
    pub(super) align_column: String,
    pub(super) label_column: Option<String>,
}

/// From scores to values.
pub(super) struct Values {
    /// Names of the axes or outputs.
    pub(super) names: Vec<String>,
    kind: ValuesKind,
    /// Empty ticks to run before the first.
    pub(super) lead_in: u32,
    /// The scores of the latest ticks of the core, as many as are needed.
    scores: VecDeque<Vec<i16>>,
    /// Ticks of the core since the run began.
    n_scores: i64,
    /// Ticks whose values need scores to come.
    waiting: VecDeque<Arc<Tick>>,
    /// Ticks that have their values.
    n_done: i64,
}

enum ValuesKind {
    Movement(train::movement::AffineReadout),
    Imported { outputs: Vec<OutputCard>, is_class: bool },
}

impl LiveNetwork {
    /// Reads an image and its companion.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self::open_adapting(path, &AdaptArgs::default())?.0)
    }

    /// As [`LiveNetwork::open`], of a network that adapts, if it does.
    pub(super) fn open_adapting(path: &Path, args: &AdaptArgs) -> Result<(Self, Option<Adaptation>), Failure> {
        if is_movement_decoder(path) {
            return Ok((Self::movement(path)?, None));
        }
        // What is wrong with the image of a training is reported with its companion.
        if let Ok((bytes, image)) = read_image(path) {
            let hash = sha256_hex(&bytes);
            if let Some(card) = ImportCard::read(path, &hash).map_err(Failure::input)? {
                return Ok((Self::imported(path, bytes, image.n_channels, image.n_readouts(), card)?, None));
            }
        }
        let decoder = Decoder::load(path).map_err(Failure::input)?;
        let card = decoder.card();
        let tick_ms = card.windows.tick_ms;
        let align = card.windows.align_column.clone();
        let adaptation = Adaptation::of(args, &decoder);
        let n_adapted = adaptation.as_ref().map_or(0, |_| card.classes.len());
        let network = Self {
            core: *decoder.core(),
            hash: card.network_hash.clone(),
            n_channels: decoder.network().n_channels,
            n_readouts: card.classes.len() + n_adapted,
            tick: i64::from(tick_ms) * MS,
            rate_hz: rate_hz(&card.units, decoder.network().n_channels),
            selection: Selection { trials: None, ..card.windows.selection.clone() },
            units: card.units.clone(),
            task: Task::Classes(Classes {
                names: card.classes.clone(),
                n_ticks: u64::from(card.windows.window_ms / tick_ms.max(1)),
                offset: of_ms(card.windows.offset_ms),
                align_column: align.unwrap_or_else(|| recording::DEFAULT_ALIGN_COLUMN.to_owned()),
                label_column: card.windows.label_column.clone(),
            }),
            bytes: adaptation.as_ref().map_or(decoder.bytes(), Adaptation::board_bytes).to_vec(),
        };
        Ok((network, adaptation))
    }

    fn movement(path: &Path) -> Result<Self, Failure> {
        let decoder = MovementDecoder::load(path).map_err(Failure::input)?;
        let card = decoder.card();
        Ok(Self {
            core: *decoder.core(),
            hash: card.network_hash.clone(),
            n_channels: decoder.network().n_channels,
            n_readouts: decoder.network().n_readouts(),
            tick: i64::from(card.stream.tick_ms) * MS,
            rate_hz: rate_hz(&card.units, decoder.network().n_channels),
            selection: Selection { trials: None, ..card.stream.selection.clone() },
            units: card.units.clone(),
            task: Task::Values(Values::new(card.task.axes.clone(), ValuesKind::Movement(card.task.readout.clone()), 0)),
            bytes: decoder.bytes().to_vec(),
        })
    }

    fn imported(
        path: &Path,
        bytes: Vec<u8>,
        n_channels: u16,
        n_readouts: usize,
        card: ImportCard,
    ) -> Result<Self, Failure> {
        let bad = |cause: String| Failure::input(format_args!("{}: {cause}", path.display()));
        let Some(core) = core_named(&card.core) else {
            return Err(bad(format!("core {} is not known", card.core)).advise("use the program that imported it"));
        };
        if card.max_count > 1 {
            let cause =
                format!("it takes up to {} events of a channel in a tick, and live ticks have one", card.max_count);
            return Err(bad(cause).advise("import it with `--max-count 1`"));
        }
        if card.outputs.iter().any(|output| usize::from(output.readout) >= n_readouts) {
            return Err(
                bad("the outputs in its companion are not those of the image".to_owned()).advise("import again")
            );
        }
        let names = card.outputs.iter().map(|output| output.name.clone()).collect();
        let kind = ValuesKind::Imported { outputs: card.outputs, is_class: card.output == OutputKind::Class };
        Ok(Self {
            bytes,
            core,
            hash: card.network_hash,
            n_channels,
            n_readouts,
            tick: of_ms(card.tick_ms),
            rate_hz: rate_hz(&[], n_channels),
            selection: Selection::default(),
            units: Vec::new(),
            task: Task::Values(Values::new(names, kind, card.lead_in_ticks)),
        })
    }

    /// What a line must carry; windows begin at this distance, if at a fixed one.
    pub(super) fn load(&self, hop: Option<Nanoseconds>) -> Load {
        let repetition = match (&self.task, hop) {
            (Task::Classes(classes), Some(hop)) => (classes.n_ticks as f64 * self.tick as f64 / hop as f64).max(1.0),
            _ => 1.0,
        };
        let events = self.rate_hz * self.tick as f64 / 1e9;
        Load { tick: self.tick, events, n_readouts: self.n_readouts, repetition }
    }

    /// Length of a tick in ms.
    pub(super) fn tick_ms(&self) -> f64 {
        to_ms(self.tick)
    }
}

fn rate_hz(units: &[TrainedUnit], n_channels: u16) -> f64 {
    let trained: f64 = units.iter().map(|unit| unit.rate_hz).filter(|rate| rate.is_finite()).sum();
    if units.is_empty() { USUAL_HZ * f64::from(n_channels) } else { trained }
}

impl Values {
    fn new(names: Vec<String>, kind: ValuesKind, lead_in: u32) -> Self {
        let (scores, waiting) = (VecDeque::new(), VecDeque::new());
        Self { names, kind, lead_in, scores, n_scores: 0, waiting, n_done: 0 }
    }

    /// Forgets what was before: a run begins.
    pub(super) fn begin(&mut self) {
        self.scores.clear();
        self.waiting.clear();
        (self.n_scores, self.n_done) = (0, 0);
    }

    /// Takes the scores of the next tick of the core, which is none of the lead-in. Returns a tick whose values are known now, and
    /// these.
    pub(super) fn take(&mut self, tick: Option<Arc<Tick>>, scores: &[i16]) -> Option<(Arc<Tick>, Vec<f64>)> {
        self.n_scores += 1;
        self.waiting.extend(tick);
        let outputs = match &self.kind {
            ValuesKind::Movement(readout) => {
                let mut values = vec![0.0; self.names.len()];
                readout.apply(scores, &mut values);
                return self.waiting.pop_front().map(|tick| (tick, values));
            }
            ValuesKind::Imported { outputs, .. } => outputs,
        };
        self.scores.push_back(scores.to_vec());
        let lags = || outputs.iter().map(|output| output.lag_ticks);
        let (last, first) = (lags().max().unwrap_or(0), lags().min().unwrap_or(0));
        let kept = usize::try_from(last.max(0) - first.min(0) + 1).unwrap_or(1);
        if self.scores.len() > kept {
            self.scores.pop_front();
        }
        let oldest = self.n_scores - i64::try_from(self.scores.len()).unwrap_or(0);
        // The tick whose last score this is.
        if self.waiting.is_empty() || self.n_done + last.max(0) >= self.n_scores {
            return None;
        }
        let value = |output: &OutputCard| {
            let place = usize::try_from(self.n_done + output.lag_ticks - oldest).ok();
            let score = place.and_then(|place| self.scores.get(place)?.get(usize::from(output.readout)));
            output.scale * f64::from(score.copied().unwrap_or(0)) + output.offset
        };
        let values = outputs.iter().map(value).collect();
        self.n_done += 1;
        self.waiting.pop_front().map(|tick| (tick, values))
    }

    /// The name of the largest value, if these are classes.
    pub(super) fn class(&self, values: &[f64]) -> Option<&str> {
        if !matches!(self.kind, ValuesKind::Imported { is_class: true, .. }) {
            return None;
        }
        let largest = (1..values.len()).fold(0, |best, index| if values[index] > values[best] { index } else { best });
        self.names.get(largest).map(String::as_str)
    }
}
