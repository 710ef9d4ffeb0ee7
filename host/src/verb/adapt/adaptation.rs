//! An adaptation under way: what both decoders decide on each window, what it teaches, and when the board gets the new image.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::ModelBoard;
use recording::RecordingIdentity;
use spec::core::NamedCore;
use spec::digest::{ScoresDigest, sha256_hex};
use spec::wire::TickAnswer;
use train::Decoder;
use train::adapt::{Adapted, Adaptive, Decided, Trusted};

use super::keeper::Keeper;
use super::log::{Checksums, End, Header, LOG_VERSION, Line, Source, Teach, WindowLine, sparse};
use super::{Adapt, AdaptArgs, AdaptationSummary, Verdict};
use crate::board::Board;
use crate::failure::Failure;
use crate::link::Patience;
use crate::session::{Session, SessionError, TickResult};

/// Windows that taught something from one checkpoint to the next: so many are taught again after a crash.
const CHECKPOINT_TEACHES: u64 = 10;

/// An image that adapts, and all that is counted and kept of it.
pub(in crate::verb) struct Adaptation {
    adaptive: Adaptive,
    adapt: Adapt,
    /// The decoder that it began with.
    base: Arc<Decoder>,
    /// What the board holds.
    loaded: Vec<u8>,
    /// Whether something was learned since.
    has_learned: bool,
    keeper: Option<Keeper>,
    args: AdaptArgs,
    pub(super) counts: Counts,
    pub(super) reloads: Vec<Duration>,
}

/// What happened in this session.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) n_windows: u64,
    pub(super) n_labels: u64,
    pub(super) n_teaches: u64,
    /// Own decisions that were not sure.
    pub(super) n_unsure: u64,
    pub(super) trained_right: u64,
    pub(super) adapted_right: u64,
    pub(super) trusted_right: u64,
}

/// A window that has run.
#[derive(Clone, Copy)]
pub(in crate::verb) struct Ran<'a> {
    /// Row of its trial, or number in a live session.
    pub(in crate::verb) trial: usize,
    /// Its class, if that is known.
    pub(in crate::verb) label: Option<usize>,
    pub(in crate::verb) ticks: &'a [Vec<u16>],
}

impl Adaptation {
    /// The adaptation of a decoder, or, if nothing is to be taught, an image that was adapted before; none of any other.
    pub(in crate::verb) fn of(args: &AdaptArgs, decoder: &Decoder) -> Option<Self> {
        let (image, card) = (decoder.plastic()?, decoder.card().plastic.as_ref()?);
        if args.adapt == Adapt::Off && card.adapted.is_none() {
            return None;
        }
        Some(Self {
            adaptive: Adaptive::new(image.clone(), card.neighbours, card.adapted.as_ref()),
            adapt: args.adapt,
            base: Arc::new(decoder.clone()),
            loaded: image.board_bytes(),
            has_learned: false,
            keeper: None,
            args: args.clone(),
            counts: Counts::default(),
            reloads: Vec::new(),
        })
    }

    /// Makes the log, and writes its first line: about a recording, or a source with this name, and how many windows there will be,
    /// if that is known.
    ///
    /// # Errors
    /// A log that cannot be made.
    pub(in crate::verb) fn begin(
        &mut self,
        (recording, identity): (&str, Option<RecordingIdentity>),
        board: &Board,
        n_windows: Option<usize>,
    ) -> Result<(), Failure> {
        identity.clone().into_iter().for_each(|identity| self.adaptive.begin(identity));
        self.keeper = Keeper::begin(&self.args, &self.base)?;
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let card = self.base.card();
        keeper.line(&Line::Adaptation(Header {
            log_version: LOG_VERSION,
            program: concat!("motorsrnn ", env!("CARGO_PKG_VERSION")).to_owned(),
            network_hash: card.network_hash.clone(),
            recording: recording.to_owned(),
            identity,
            board: board.to_string(),
            adapt: self.adapt,
            neighbours: card.plastic.as_ref().map(|card| card.neighbours).unwrap_or_default(),
            classes: card.classes.clone(),
            n_windows,
        }));
        Ok(())
    }

    /// The image that the board is to hold when the session is opened.
    pub(in crate::verb) fn board_bytes(&self) -> &[u8] {
        &self.loaded
    }

    /// The same from here on, without files: to be repeated on the reference model.
    pub(in crate::verb) fn shadow(&self) -> Self {
        Self {
            adaptive: self.adaptive.clone(),
            adapt: self.adapt,
            base: Arc::clone(&self.base),
            loaded: self.loaded.clone(),
            has_learned: self.has_learned,
            keeper: None,
            args: AdaptArgs::default(),
            counts: Counts::default(),
            reloads: Vec::new(),
        }
    }

    /// Loads what was learned since the last load into the board, if that changes anything there. Between windows only.
    ///
    /// # Errors
    /// A failure of the link.
    pub(in crate::verb) fn load<P: Read + Write>(&mut self, session: &mut Session<P>) -> Result<(), SessionError> {
        if !std::mem::take(&mut self.has_learned) {
            return Ok(());
        }
        let bytes = self.adaptive.image().board_bytes();
        if bytes != self.loaded {
            let begin = Instant::now();
            self.loaded = bytes;
            session.replace(&self.loaded)?;
            self.reloads.push(begin.elapsed());
        }
        Ok(())
    }

    /// Runs a window on a board that holds what was learned before, and learns from it. The class in the answer to each tick becomes
    /// that of the decoder that counts.
    ///
    /// # Errors
    /// As [`Session::run_window`].
    pub(in crate::verb) fn run_window<P: Read + Write>(
        &mut self,
        session: &mut Session<P>,
        window: Ran<'_>,
    ) -> Result<(Vec<TickResult>, Verdict), SessionError> {
        self.load(session)?;
        let mut results = session.run_window(window.ticks)?;
        let scores = results.last().map(|result| result.answer.scores.clone()).unwrap_or_default();
        results.iter_mut().for_each(|result| result.answer.class = self.shown(&result.answer).class);
        Ok((results, self.take(window, &scores)))
    }

    /// An answer with the scores and the class of the decoder that counts, in place of those of all readouts.
    pub(in crate::verb) fn shown(&self, answer: &TickAnswer) -> TickAnswer {
        let class = u8::try_from(self.adaptive.decide(&answer.scores).class()).unwrap_or(u8::MAX);
        TickAnswer { class, scores: self.adaptive.trusted_scores(&answer.scores), ..answer.clone() }
    }

    /// Learns from a window, after its last tick had these scores.
    pub(in crate::verb) fn take(&mut self, window: Ran<'_>, scores: &[i16]) -> Verdict {
        let decided = self.adaptive.decide(scores);
        let (before, teaches_before) = (self.counts, self.counts.n_teaches);
        self.counts = before.with(window.label, &decided);
        self.adaptive.see(window.ticks);
        // What is off does not change, the switch included.
        if let Some(label) = window.label.filter(|_| self.adapt != Adapt::Off) {
            self.adaptive.note(label, &decided);
        }
        let (class, source) = match self.adapt {
            Adapt::Off => (None, Source::Own),
            Adapt::Labels => (window.label, Source::Label),
            Adapt::Own => (decided.is_sure().then_some(decided.adapted), Source::Own),
        };
        self.counts.n_unsure += u64::from(self.adapt == Adapt::Own && class.is_none());
        let teach = class.map(|class| self.teach(window.trial, class, source));
        if let Some(keeper) = &self.keeper {
            let Ran { trial, label, .. } = window;
            let Decided { trained, adapted, .. } = decided;
            let window = self.counts.n_windows;
            keeper.line(&Line::Window(WindowLine { window, trial, label, trained, adapted, teach }));
            let is_checkpoint = self.counts.n_teaches.is_multiple_of(CHECKPOINT_TEACHES);
            if self.args.save.is_some() && self.counts.n_teaches > teaches_before && is_checkpoint {
                keeper.image(self.adaptive.image().clone(), self.so_far());
            }
        }
        let classes = &self.base.card().classes;
        let name = |class: usize| classes.get(class).cloned().unwrap_or_default();
        Verdict {
            trained: name(decided.trained),
            adapted: name(decided.adapted),
            trusted: decided.trusted,
            taught: class.map(name),
            source: class.map(|_| source),
        }
    }

    fn teach(&mut self, trial: usize, class: usize, source: Source) -> Teach {
        self.counts.n_teaches += 1;
        self.has_learned = true;
        let (lessons, n_weights_changed) = self.adaptive.teach(trial, class);
        Teach {
            number: self.counts.n_teaches,
            class,
            source,
            lessons,
            counts: sparse(self.adaptive.means()),
            n_weights_changed,
            checksums: Checksums::of(self.adaptive.image(), self.adaptive.means()),
        }
    }

    /// Whether it writes a log or an image.
    pub(in crate::verb) fn has_files(&self) -> bool {
        self.keeper.is_some()
    }

    /// Ends a session that cannot go on: what was learned is saved, and the log tells what is missing.
    pub(in crate::verb) fn leave(self) {
        if let Some(keeper) = self.keeper.as_ref().filter(|_| self.args.save.is_some()) {
            keeper.image(self.adaptive.image().clone(), self.so_far());
        }
    }

    /// Whether log or checkpoints cannot be written any more.
    pub(in crate::verb) fn has_lost_files(&self) -> bool {
        self.keeper.as_ref().is_some_and(Keeper::has_failed)
    }

    /// Ends with the reason if log or checkpoints cannot be written any more.
    ///
    /// # Errors
    /// That reason.
    pub(in crate::verb) fn check_files(&mut self) -> Result<(), Failure> {
        let failed = self.keeper.take_if(|keeper| keeper.has_failed());
        failed.map_or(Ok(()), |keeper| keeper.end().map(drop))
    }

    /// Which decoder counts now.
    pub(in crate::verb) fn trusted(&self) -> Trusted {
        self.so_far().trusted
    }

    fn so_far(&self) -> Adapted {
        self.adaptive.so_far(&self.base.card().network_hash)
    }

    /// Ends the session, all windows having run: writes the last lines and the image, and sums up.
    ///
    /// # Errors
    /// Log or image cannot be written.
    pub(in crate::verb) fn end(mut self) -> Result<AdaptationSummary, Failure> {
        if let Some(keeper) = self.keeper.take() {
            let Counts { n_windows, n_teaches, .. } = self.counts;
            let image_sha256 = sha256_hex(&self.adaptive.image().encode());
            keeper.line(&Line::End(End { n_windows, n_teaches, image_sha256 }));
            if self.args.save.is_some() {
                keeper.image(self.adaptive.image().clone(), self.so_far());
            }
            let hash = keeper.end()?;
            return Ok(AdaptationSummary::of(&self, self.adapt, &self.args, hash));
        }
        Ok(AdaptationSummary::of(&self, self.adapt, &self.args, None))
    }
}

impl Counts {
    /// With another window, of this class, on which this was decided.
    fn with(mut self, label: Option<usize>, decided: &Decided) -> Self {
        self.n_windows += 1;
        let Some(label) = label else { return self };
        self.n_labels += 1;
        self.trained_right += u64::from(decided.trained == label);
        self.adapted_right += u64::from(decided.adapted == label);
        self.trusted_right += u64::from(decided.class() == label);
        self
    }
}

/// The scores hash of the reference model on these windows, adapted in the same way; none if the board is the model itself.
///
/// # Errors
/// A network that the core does not hold.
pub(in crate::verb) fn expected_hash<'w>(
    board: &Board,
    core: &NamedCore,
    mut shadow: Adaptation,
    windows: impl IntoIterator<Item = Ran<'w>>,
    mut on_window: impl FnMut(),
) -> Result<Option<String>, Failure> {
    if *board == Board::Model {
        return Ok(None);
    }
    let run = || -> Result<String, SessionError> {
        let port = ModelBoard::new(core.configuration);
        let mut session = Session::open(port, Patience::default(), shadow.board_bytes(), 1)?;
        let mut digest = ScoresDigest::default();
        for window in windows {
            let (results, _) = shadow.run_window(&mut session, window)?;
            results.iter().for_each(|result| digest.add_tick(&result.answer.scores));
            on_window();
        }
        Ok(digest.hex())
    };
    run().map(Some).map_err(|error| Failure::session(&Board::Model, core, &error))
}
