//! A trained decoder of movement: image and companion, saved, loaded, and applied to recordings.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use recording::{Movement, Recording, RecordingIdentity, Stream, StreamOptions, write_whole_together};
use serde::Deserialize;
use spec::core::{NamedCore, core_named};
use spec::digest::sha256_hex;
use spec::image::{MAX_IMAGE_BYTES, NetworkImage};

use super::MovementCard;
use crate::decoder::{
    CardError, CutError, DecoderCard, HeldOutError, LoadError, MatchedUnits, SaveError, TrainedUnit, TrainingOverlap,
    overlap,
};

/// A decoder of movement: a network image, its companion, and the core that it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct MovementDecoder {
    pub(super) bytes: Vec<u8>,
    pub(super) image: NetworkImage,
    pub(super) core: NamedCore,
    pub(super) card: MovementCard,
}

/// Whether the companion beside an image is that of a decoder of movement, as far as can be read.
#[must_use]
pub fn is_movement_decoder(image: &Path) -> bool {
    /// What tells one kind of companion from the other.
    #[derive(Deserialize)]
    struct Kind {
        #[serde(default)]
        task: Option<serde_json::Value>,
    }
    let text = std::fs::read_to_string(DecoderCard::path_beside(image)).unwrap_or_default();
    serde_json::from_str::<Kind>(&text).is_ok_and(|kind| kind.task.is_some())
}

impl MovementDecoder {
    /// Reads an image and the companion beside it.
    ///
    /// # Errors
    /// A file that is missing, damaged or of another version; files that do not belong together; an unknown core.
    pub fn load(image: &Path) -> Result<Self, LoadError> {
        let mut bytes = Vec::new();
        // One byte more than the largest image is enough to reject the file.
        File::open(image)
            .and_then(|file| file.take(MAX_IMAGE_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|cause| LoadError::Unreadable { path: image.to_owned(), cause })?;
        let companion = DecoderCard::path_beside(image);
        let card = std::fs::read_to_string(&companion);
        let card = card.map_err(|cause| CardError::Unreadable { path: companion, cause })?;
        Self::parse(image, bytes, &card)
    }

    /// Reads the bytes of an image and the text of its companion; `path` is what errors call the image.
    ///
    /// # Errors
    /// As [`MovementDecoder::load`], but for those of files.
    pub fn parse(path: &Path, bytes: Vec<u8>, card: &str) -> Result<Self, LoadError> {
        let image = NetworkImage::decode(&bytes).map_err(|cause| LoadError::Image { path: path.to_owned(), cause })?;
        let companion = DecoderCard::path_beside(path);
        let card: MovementCard =
            serde_json::from_str(card).map_err(|cause| CardError::Malformed { path: companion.clone(), cause })?;
        if card.card_version != MovementCard::VERSION {
            return Err(CardError::Version { path: companion, found: card.card_version }.into());
        }
        let found = sha256_hex(&bytes);
        if card.network_hash != found {
            return Err(CardError::OtherImage { path: companion, named: card.network_hash, found }.into());
        }
        let Some(core) = core_named(&card.core) else {
            return Err(LoadError::UnknownCore { path: companion, core: card.core });
        };
        let n_readouts = image.n_readouts();
        let has_shape = card.task.readout.scale.len() == card.task.axes.len()
            && card.task.readout.offset.len() == card.task.axes.len()
            && card.task.readout.scale.iter().all(|scale| scale.len() == n_readouts);
        if !has_shape {
            return Err(LoadError::Readouts { path: companion, found: n_readouts });
        }
        Ok(Self { bytes, image, core, card })
    }

    /// Writes the image, and the companion beside it: both, or neither.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn save(&self, image: &Path) -> Result<(), SaveError> {
        let companion = DecoderCard::path_beside(image);
        let text = serde_json::to_vec_pretty(&self.card).map_err(std::io::Error::from);
        let mut text = text.map_err(|cause| SaveError { path: companion.clone(), cause })?;
        text.push(b'\n');
        write_whole_together(&[(&companion, &text), (image, &self.bytes)])
            .map_err(|(path, cause)| SaveError { path, cause })
    }

    /// The bytes of the image.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The network in the image.
    #[must_use]
    pub fn network(&self) -> &NetworkImage {
        &self.image
    }

    /// The core that the image is laid out for.
    #[must_use]
    pub fn core(&self) -> &NamedCore {
        &self.core
    }

    /// How it was made.
    #[must_use]
    pub fn card(&self) -> &MovementCard {
        &self.card
    }

    /// A recording and a movement of it as a stream like that of the training, with its options or others; and how its units were
    /// matched with those of the training.
    ///
    /// # Errors
    /// A series that cannot be used, another number of units or axes, other ticks.
    pub fn stream(
        &self,
        recording: &Recording,
        Movement { series, mask }: &Movement,
        options: &StreamOptions,
    ) -> Result<(Stream, MatchedUnits), CutError> {
        let expected = self.card.stream.tick_ms;
        if options.tick_ms != expected {
            return Err(CutError::Tick { found: options.tick_ms, expected });
        }
        let rows = options.selection.choose(recording)?.units;
        let expected = usize::from(self.image.n_channels);
        if rows.len() != expected {
            return Err(CutError::Channels { found: rows.len(), expected });
        }
        // The spikes of the recording of the training tell more than its ids, which may be numbered anew.
        let is_first = || self.seen(&recording.identity()).1.is_some_and(|seen| seen.is_first);
        let (rows, units) = TrainedUnit::find_unless(&self.card.units, recording, rows, is_first);
        let stream = Stream::of_units(recording, &rows, series, mask.as_ref(), options)?;
        let (found, expected) = (stream.axes.len(), self.card.task.axes.len());
        if found != expected {
            return Err(CutError::Axes { found, expected });
        }
        Ok((stream, units))
    }

    /// What training has seen of a recording.
    #[must_use]
    pub fn overlap(&self, recording: &RecordingIdentity) -> TrainingOverlap {
        self.seen(recording).0
    }

    /// The ticks that training has not seen: all of another recording, the test stretches of one of the training.
    ///
    /// # Errors
    /// Training may have seen a part of the recording, but it is unknown which.
    pub fn held_out(&self, recording: &RecordingIdentity, stream: &Stream) -> Result<Vec<Range<usize>>, HeldOutError> {
        let name = || recording.name.clone();
        match self.seen(recording) {
            (TrainingOverlap::Unknown, _) => Err(HeldOutError::Unknown { recording: name() }),
            (TrainingOverlap::Part(shared), _) if shared.units > 0 => {
                Err(HeldOutError::Part { recording: name(), shared })
            }
            (_, Some(Seen { held_out_s, shift_s, .. })) => {
                let stretches = held_out_s.iter();
                let ranges =
                    stretches.map(|[start_s, stop_s]| stream.ticks_between(0, start_s + shift_s, stop_s + shift_s));
                Ok(ranges.filter(|range| !range.is_empty()).collect())
            }
            (_, None) => Ok(vec![stream.ticks()]),
        }
    }

    fn seen(&self, recording: &RecordingIdentity) -> (TrainingOverlap, Option<Seen<'_>>) {
        let first_us = |recording: &RecordingIdentity| recording.content.as_ref()?.first_spike_us;
        let all = self.card.recordings().enumerate().map(|(place, (trained, held_out_s))| {
            let shift_us = first_us(recording).zip(first_us(trained)).map_or(0, |(found, trained)| found - trained);
            (trained, Seen { is_first: place == 0, held_out_s, shift_s: shift_us as f64 / 1e6 })
        });
        overlap(all, recording)
    }
}

/// What is known of a recording of the training.
struct Seen<'a> {
    /// Whether it is the first.
    is_first: bool,
    held_out_s: &'a [[f64; 2]],
    /// How far its clock is ahead of that of the training.
    shift_s: f64,
}
