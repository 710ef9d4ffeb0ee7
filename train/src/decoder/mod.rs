//! The trained decoder: a network image and its companion file, trained, saved, loaded, and applied to recordings.
//!
//! ```no_run
//! use std::path::Path;
//! use recording::Recording;
//! use train::Decoder;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let decoder = Decoder::load(Path::new("decoder.img"))?;
//! let recording = Recording::open("session.nwb")?;
//! let dataset = decoder.cut(&recording)?;
//! let mut core = model::Core::of(decoder.network());
//! for sample in decoder.held_out(&recording.identity(), &dataset)? {
//!     core.restart();
//!     for channels in &sample.ticks {
//!         println!("{}", decoder.card().classes[usize::from(core.tick(channels)?.class)]);
//!     }
//! }
//! # Ok(()) }
//! ```

mod card;
mod error;
mod origin;
mod overlap;
mod plastic;
mod start;
mod training;
mod units;

pub use card::{CardError, DecoderCard, FurtherRecording, Report, TrainedUnit};
pub use error::{CutError, DecoderError, HeldOutError, LoadError, SaveError, TooManyClasses};
pub use origin::Origin;
pub use overlap::TrainingOverlap;
pub(crate) use overlap::overlap;
pub use plastic::{FirstReadouts, PlasticError};
pub use start::{Start, StartError, StartedFrom};
pub use training::{DecoderOptions, HeldOutTrial, Progress, TrainedDecoder, check_classes, train_decoder};
pub use units::{MatchedBy, MatchedUnits};

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use recording::{
    Agreement, Dataset, Recording, RecordingIdentity, Sample, Selection, WindowOptions, can_be_one_session,
    write_whole_together,
};
use spec::core::{NamedCore, core_named};
use spec::digest::sha256_hex;
use spec::image::{MAX_IMAGE_BYTES, NetworkImage, PlasticImage};

/// A trained decoder: a network image, its companion, and the core that it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoder {
    /// Those of the trained network.
    bytes: Vec<u8>,
    image: NetworkImage,
    core: NamedCore,
    card: DecoderCard,
    /// The trained network with the readouts beside it, if there are any.
    plastic: Option<PlasticImage>,
}

/// The windows of a recording, and what its units are to the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The windows.
    pub dataset: Dataset,
    /// How the units were matched.
    pub units: MatchedUnits,
}

impl Decoder {
    /// Reads an image and the companion beside it ([`DecoderCard::path_beside`]).
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
        // What is wrong with the image is reported first.
        NetworkImage::decode_trained(&bytes).map_err(|cause| LoadError::Image { path: image.to_owned(), cause })?;
        let card = card.map_err(|cause| CardError::Unreadable { path: companion, cause })?;
        Self::parse(image, bytes, &card)
    }

    /// Reads the bytes of an image and the text of its companion; `path` is what errors call the image.
    ///
    /// # Errors
    /// As [`Decoder::load`], but for those of files.
    pub fn parse(path: &Path, bytes: Vec<u8>, card: &str) -> Result<Self, LoadError> {
        let refuse = |cause| LoadError::Image { path: path.to_owned(), cause };
        let (image, plastic) = NetworkImage::decode_trained(&bytes).map_err(refuse)?;
        let companion = DecoderCard::path_beside(path);
        let card = DecoderCard::parse(companion.clone(), card, &sha256_hex(&bytes))?;
        let Some(core) = core_named(&card.core) else {
            return Err(LoadError::UnknownCore { path: companion, core: card.core });
        };
        if card.classes.len() != image.n_readouts() {
            let (named, found) = (card.classes.len(), image.n_readouts());
            return Err(LoadError::Classes { path: companion, named, found });
        }
        let bytes = if plastic.is_some() { image.encode().map_err(refuse)? } else { bytes };
        let decoder = Self { bytes, image, core, card, plastic };
        match decoder.doubt_of_plastic() {
            Some(cause) => Err(LoadError::Plastic { path: companion, cause }),
            None => Ok(decoder),
        }
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
        write_whole_together(&[(&companion, &text), (image, &self.file_bytes())])
            .map_err(|(path, cause)| SaveError { path, cause })
    }

    /// The trained network as a board loads it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The trained network.
    #[must_use]
    pub fn network(&self) -> &NetworkImage {
        &self.image
    }

    /// The trained network with the plastic readouts beside it, if the image has such.
    #[must_use]
    pub fn plastic(&self) -> Option<&PlasticImage> {
        self.plastic.as_ref()
    }

    /// The bytes of the image, plastic readouts and what they have learned included.
    #[must_use]
    pub fn file_bytes(&self) -> Cow<'_, [u8]> {
        self.plastic.as_ref().map_or(Cow::Borrowed(&self.bytes), |image| Cow::Owned(image.encode()))
    }

    /// The core that the image is laid out for.
    #[must_use]
    pub fn core(&self) -> &NamedCore {
        &self.core
    }

    /// How it was made.
    #[must_use]
    pub fn card(&self) -> &DecoderCard {
        &self.card
    }

    /// Cuts a recording into windows like those that the decoder was trained on, of the units and trials that the selection of
    /// the training chooses in it.
    ///
    /// # Errors
    /// Windows that cannot be cut, another number of units, and what [`Decoder::check`] refuses.
    pub fn cut(&self, recording: &Recording) -> Result<Dataset, CutError> {
        Ok(self.cut_with(recording, &self.card.windows)?.dataset)
    }

    /// As [`Decoder::cut`], with these windows in place of those of the training. Units are matched with those of the training by
    /// the ids that both have, as far as these tell ([`UnitMatch::of`]), else by row.
    ///
    /// # Errors
    /// As [`Decoder::cut`].
    pub fn cut_with(&self, recording: &Recording, windows: &WindowOptions) -> Result<Cut, CutError> {
        let (rows, units) = self.units(recording, windows)?;
        let dataset = self.cut_units(recording, &rows, windows)?;
        self.check(&dataset)?;
        Ok(Cut { dataset, units })
    }

    /// The units of a recording that are the channels of the network: their rows in the order of the channels, and how they were
    /// matched.
    ///
    /// # Errors
    /// A condition on units that the recording cannot answer, another number of units, other units of a recording of the training.
    pub fn units(
        &self,
        recording: &Recording,
        windows: &WindowOptions,
    ) -> Result<(Vec<usize>, MatchedUnits), CutError> {
        let rows = windows.selection.choose(recording)?.units;
        let expected = usize::from(self.image.n_channels);
        if rows.len() != expected {
            return Err(CutError::Channels { found: rows.len(), expected });
        }
        self.check_units(recording, windows, &rows)?;
        // In the recording of the training, units stay in their rows even if an export gave them other ids.
        let is_of_training = || self.overlap_of(&recording.identity()) == (TrainingOverlap::AllButHeldOut, 0);
        Ok(TrainedUnit::find_unless(&self.card.units, recording, rows, is_of_training))
    }

    /// The windows, of the classes of the network; some of these may have no trial here.
    fn cut_units(&self, recording: &Recording, rows: &[usize], windows: &WindowOptions) -> Result<Dataset, CutError> {
        use recording::Error::{ClassWithoutTrials, TooFewClasses};
        let mut windows = windows.clone();
        let mut first_error = None;
        let mut dataset = loop {
            match (Dataset::cut_units(recording, rows, &windows), &mut windows.classes) {
                (Err(error @ ClassWithoutTrials { .. }), Some(classes)) if classes.len() > 1 => {
                    if let ClassWithoutTrials { class, .. } = &error {
                        classes.retain(|other| other != class);
                    }
                    first_error.get_or_insert(error);
                }
                // Why so few are left.
                (Err(error @ TooFewClasses { .. }), _) => return Err(first_error.unwrap_or(error).into()),
                (result, _) => break result?,
            }
        };
        let classes = &self.card.classes;
        let place = |class: usize| classes.iter().position(|name| *name == dataset.classes[class]);
        let places: Option<Vec<usize>> = (0..dataset.classes.len()).map(place).collect();
        let is_part =
            dataset.classes.len() < classes.len() && windows.classes.as_ref() != self.card.windows.classes.as_ref();
        // Numbers that one file has as text are in another order.
        let is_reordered = dataset.classes.len() == classes.len() && dataset.classes != *classes;
        // Classes that are not those of the network are refused later.
        if let Some(places) = places.filter(|_| is_part || is_reordered) {
            dataset.samples.iter_mut().for_each(|sample| sample.class = places[sample.class]);
            // They would not be in the order of the network's classes.
            dataset.angles = None;
            dataset.classes.clone_from(classes);
        }
        Ok(dataset)
    }

    /// Refuses other units of a recording that the decoder was trained on: only those of the training are its channels.
    fn check_units(&self, recording: &Recording, windows: &WindowOptions, rows: &[usize]) -> Result<(), CutError> {
        let units = &self.card.windows.selection.units;
        if windows.selection.units == *units {
            return Ok(());
        }
        let selection = Selection { units: units.clone(), trials: None };
        // Other tables, or columns that are gone, cannot be compared by row.
        let Ok(trained) = selection.choose(recording) else { return Ok(()) };
        let n_others = rows.iter().filter(|row| trained.units.binary_search(row).is_err()).count();
        if n_others > 0 && self.overlap(&recording.identity()) == TrainingOverlap::AllButHeldOut {
            return Err(CutError::OtherUnits { n_others });
        }
        Ok(())
    }

    /// Whether a data set is of the kind that the decoder was trained on: the same classes, channels and tick length.
    ///
    /// # Errors
    /// What differs.
    pub fn check(&self, dataset: &Dataset) -> Result<(), CutError> {
        if dataset.classes != self.card.classes {
            return Err(CutError::Classes {
                column: dataset.label_column.clone(),
                found: dataset.classes.clone(),
                expected: self.card.classes.clone(),
            });
        }
        let expected = usize::from(self.image.n_channels);
        if dataset.n_channels != expected {
            return Err(CutError::Channels { found: dataset.n_channels, expected });
        }
        let expected = self.card.windows.tick_ms;
        if dataset.tick_ms != expected {
            return Err(CutError::Tick { found: dataset.tick_ms, expected });
        }
        Ok(())
    }

    /// What training has seen of a recording.
    #[must_use]
    pub fn overlap(&self, recording: &RecordingIdentity) -> TrainingOverlap {
        self.overlap_of(recording).0
    }

    /// As [`Decoder::overlap`], of a recording that was cut: trials at the same regular times as those of the training are those of
    /// another session if many have another class.
    #[must_use]
    pub fn overlap_of_windows(&self, recording: &RecordingIdentity, dataset: &Dataset) -> TrainingOverlap {
        let overlap = self.overlap(recording);
        let (TrainingOverlap::RegularTimes(_), Some(found)) = (overlap, &recording.content) else { return overlap };
        let primary = dataset.samples.iter().filter(|sample| sample.window == 0);
        let classes: HashMap<usize, usize> = primary.map(|sample| (sample.trial, sample.class)).collect();
        let is_another = self.card.recordings().all(|(trained, first_trial)| {
            let Some(trained) = &trained.content else { return true };
            let pairs = found.trials_at_times_of(trained).into_iter();
            let of_both = pairs.filter_map(|(trial, of_training)| {
                Some((*classes.get(&trial)?, *self.card.other_trials.get(&(first_trial + of_training))?))
            });
            found.agreement(trained) == Agreement::Nothing || can_be_one_session(of_both) == Some(false)
        });
        if is_another { TrainingOverlap::Nothing } else { overlap }
    }

    /// What training has seen of a recording, and the number that its first trial had in the training.
    fn overlap_of(&self, recording: &RecordingIdentity) -> (TrainingOverlap, usize) {
        let (overlap, first_trial) = overlap(self.card.recordings(), recording);
        (overlap, first_trial.unwrap_or(0))
    }

    /// The primary windows of the trials that training has not seen, by trial: those that it held out, and those that it did not
    /// choose ([`Decoder::not_chosen`]). If `recording` is not one of the training, and has no spikes of it, these are all trials.
    /// Trials that taught the readouts beside the network are left out ([`Decoder::taught_trials`]).
    ///
    /// # Errors
    /// Training may have seen trials of `recording`, but it is unknown which; or no trial was held out, or all of them taught.
    pub fn held_out<'d>(
        &self,
        recording: &RecordingIdentity,
        dataset: &'d Dataset,
    ) -> Result<Vec<&'d Sample>, HeldOutError> {
        let primary = dataset.samples.iter().filter(|sample| sample.window == 0);
        let name = || recording.name.clone();
        let held_out: Vec<_> = match self.overlap_of(recording) {
            (TrainingOverlap::Unknown, _) => return Err(HeldOutError::Unknown { recording: name() }),
            (TrainingOverlap::Part(shared), _) if shared.units > 0 => {
                return Err(HeldOutError::Part { recording: name(), shared });
            }
            (TrainingOverlap::AllButHeldOut, first_trial) => {
                let not_chosen: HashSet<usize> =
                    self.not_chosen(recording, dataset).iter().map(|sample| sample.trial).collect();
                let is_held_out = |trial: usize| self.card.held_out_trials.contains(&(first_trial + trial));
                primary.filter(|sample| is_held_out(sample.trial) || not_chosen.contains(&sample.trial)).collect()
            }
            (TrainingOverlap::Part(_) | TrainingOverlap::RegularTimes(_) | TrainingOverlap::Nothing, _) => {
                primary.collect()
            }
        };
        if held_out.is_empty() {
            return Err(HeldOutError::NoTrial { recording: name() });
        }
        let taught = self.taught_trials(recording);
        let untaught: Vec<_> = held_out.into_iter().filter(|sample| !taught.contains(&sample.trial)).collect();
        if untaught.is_empty() {
            return Err(HeldOutError::Taught { recording: name() });
        }
        Ok(untaught)
    }

    /// Rows of the trials of a recording that taught the readouts beside the network, if it has such.
    #[must_use]
    pub fn taught_trials(&self, recording: &RecordingIdentity) -> BTreeSet<usize> {
        let adapted = self.card.plastic.as_ref().and_then(|plastic| plastic.adapted.as_ref());
        let sessions = adapted.iter().flat_map(|adapted| &adapted.sessions);
        let is_it = |taught: &RecordingIdentity| {
            overlap(std::iter::once((taught, ())), recording).0 == TrainingOverlap::AllButHeldOut
        };
        sessions.filter(|session| is_it(&session.recording)).flat_map(|session| &session.trials).copied().collect()
    }

    /// The primary windows of the trials of a recording of the training that it did not choose, as by conditions on trials: neither to
    /// train with nor to hold out. They share no time with those that it trained with. None for companions of older versions, which
    /// do not say.
    #[must_use]
    pub fn not_chosen<'d>(&self, recording: &RecordingIdentity, dataset: &'d Dataset) -> Vec<&'d Sample> {
        let (TrainingOverlap::AllButHeldOut, first_trial) = self.overlap_of(recording) else { return Vec::new() };
        let DecoderCard { other_trials, held_out_trials, .. } = &self.card;
        if other_trials.is_empty() {
            return Vec::new();
        }
        let rows = other_trials.keys().filter_map(|trial| trial.checked_sub(first_trial));
        let apart = recording.content.as_ref().map(|content| content.apart_from(rows));
        let is_apart = |row: usize| apart.as_ref().is_none_or(|apart| apart.get(row) == Some(&true));
        let is_chosen = |trial: usize| other_trials.contains_key(&trial) || held_out_trials.contains(&trial);
        let primary = dataset.samples.iter().filter(|sample| sample.window == 0);
        primary.filter(|sample| !is_chosen(first_trial + sample.trial) && is_apart(sample.trial)).collect()
    }
}

#[cfg(test)]
mod tests;
