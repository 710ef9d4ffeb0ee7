//! A decoding session: a network loaded into a board and checked there, then run window by window or tick by tick.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use spec::checksum::crc32;
use spec::core::{CoreConfiguration, Misfit};
use spec::image::{ImageError, NetworkImage, SectionKind};
use spec::wire::{Answer, Command, EVENTS_MAX, HelloAnswer, LOAD_MAX_BYTES, TickAnswer};

use crate::link::{Answered, Link, LinkError, LinkStatistics, Patience};

/// How often a board may restart within one window before the session gives up.
const MAX_RESTARTS_PER_WINDOW: u32 = 3;

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum SessionError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the network does not fit the board's core: {0}")]
    Misfit(#[from] Misfit),
    #[error("not a usable network image: {0}")]
    Image(#[from] ImageError),
    #[error("after loading, memory {section:?} of lane {lane} does not hold what was sent")]
    Verify { section: SectionKind, lane: u8 },
    #[error("the board ran tick {found} where tick {expected} was expected; the window is void")]
    TickLost { expected: u32, found: u32 },
    #[error("the window ended with an earlier error; restart the network to begin another")]
    NoWindow,
}

/// The board's answer to one tick and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickResult {
    /// The board's answer.
    pub answer: TickAnswer,
    /// Time from the first byte of the tick's frame sent to the last byte of its answer received.
    pub latency: Duration,
}

/// A board with a network in it.
///
/// Channels of a tick are those that had a spike in it, ascending, each below the network's number of channels. A channel
/// outside the network is refused by the board ([`LinkError::Refused`]).
///
/// What a session does about failures:
/// - A damaged or lost frame is sent again by the [`Link`]; no result depends on it.
/// - A board that restarts (power, reset line) has lost the network. [`Session::run_window`] and [`Session::restart`] load it
///   again and start over, which changes no result. [`Session::tick`] cannot, since only the caller has the window's earlier
///   ticks: it fails with [`LinkError::BoardRestarted`].
/// - After any error of `tick`, the window is over: further ticks fail with [`SessionError::NoWindow`] until
///   [`Session::restart`] or [`Session::run_window`] begins another. Both reconnect and load the network again if it is gone.
#[derive(Debug)]
pub struct Session<P> {
    link: Link<P>,
    image_bytes: Vec<u8>,
    image: NetworkImage,
    in_flight: usize,
    board: HelloAnswer,
    window: Window,
    /// Ticks that were pushed and are not answered.
    n_pushed: usize,
    restarts: u64,
}

/// How far the board is in the current window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    /// None has begun since the network was loaded; the board may hold states of an earlier session.
    New,
    /// The next tick has this number.
    At(u32),
    /// It failed: host and board may disagree on which frame comes next, and on the network.
    Failed,
}

impl<P: Read + Write> Session<P> {
    /// Says hello, loads the network unless the board already holds it, and verifies it by the board's own checksums.
    ///
    /// `in_flight` frames may be unanswered at a time, within the number of answers that the board keeps; 1 gives the lowest
    /// latency.
    ///
    /// # Errors
    /// An image that cannot be decoded or does not fit the core, a memory that does not hold what was sent, or a failure of
    /// the link.
    pub fn open(port: P, patience: Patience, image_bytes: &[u8], in_flight: usize) -> Result<Self, SessionError> {
        Self::over(Link::new(port, patience), image_bytes, in_flight)
    }

    /// As [`Session::open`], over a link that has not been used yet.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn over(mut link: Link<P>, image_bytes: &[u8], in_flight: usize) -> Result<Self, SessionError> {
        let image = NetworkImage::decode(image_bytes)?;
        let board = link.hello()?;
        let image_bytes = image_bytes.to_vec();
        let mut session =
            Self { link, image_bytes, image, in_flight, board, window: Window::New, n_pushed: 0, restarts: 0 };
        session.prepare()?;
        Ok(session)
    }

    /// Restarts the network and runs one window: for each tick its channels.
    ///
    /// # Errors
    /// As [`Session::open`], and a tick number that shows that a tick was lost or run twice.
    pub fn run_window(&mut self, ticks: &[Vec<u16>]) -> Result<Vec<TickResult>, SessionError> {
        self.begin_window(|link| {
            let results = run_ticks(link, ticks)?;
            let next = results.last().map_or(0, |last| last.answer.tick.wrapping_add(1));
            Ok((next, results))
        })
    }

    /// Restarts the network, so that the next tick is tick 0 of a new window.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn restart(&mut self) -> Result<(), SessionError> {
        self.begin_window(|link| Ok((0, link.call(Command::Restart).map(drop)?)))
    }

    /// Runs one tick with its channels, and waits for the answer. The first tick of a session restarts the network itself.
    ///
    /// # Errors
    /// A failure of the link, a board that has restarted, a tick number that shows that a tick was lost or run twice, or a
    /// window that has failed before. All end the window, see [`Session`].
    pub fn tick(&mut self, channels: &[u16]) -> Result<TickResult, SessionError> {
        if self.window == Window::New {
            self.restart()?;
        }
        let Window::At(number) = self.window else { return Err(SessionError::NoWindow) };
        let outcome = run_numbered(&mut self.link, tick_commands(channels), number).and_then(|mut results| {
            results.pop().ok_or(SessionError::TickLost { expected: number, found: number.wrapping_add(1) })
        });
        self.restarts += u64::from(is_restart(&outcome));
        self.window = Window::after(&outcome, number.wrapping_add(1));
        outcome
    }

    /// Sends a tick with its channels as soon as the frames in flight allow, and does not wait for its answer, which
    /// [`Session::poll`] returns. A window must have begun, with [`Session::restart`].
    ///
    /// # Errors
    /// A failure of the port, or a window that has failed before; both end the window, see [`Session`].
    pub fn push(&mut self, channels: &[u16]) -> Result<(), SessionError> {
        if !matches!(self.window, Window::At(_)) {
            return Err(SessionError::NoWindow);
        }
        for command in tick_commands(channels) {
            self.link.push(command).inspect_err(|_| self.fail())?;
        }
        self.n_pushed += 1;
        Ok(())
    }

    /// The result of the next tick that was pushed; none if there is none until this time, or no tick to be answered.
    ///
    /// # Errors
    /// As [`Session::tick`]; ticks that were pushed and are not answered are lost with the window.
    pub fn poll(&mut self, until: Instant) -> Result<Option<TickResult>, SessionError> {
        let Window::At(number) = self.window else { return Err(SessionError::NoWindow) };
        loop {
            let polled = self.link.poll(until).map_err(SessionError::from);
            self.restarts += u64::from(is_restart(&polled));
            let Some(Answered { answer, latency }) = polled.inspect_err(|_| self.fail())? else { return Ok(None) };
            let Answer::Tick(answer) = answer else { continue };
            if answer.tick != number {
                self.fail();
                return Err(SessionError::TickLost { expected: number, found: answer.tick });
            }
            self.window = Window::At(number.wrapping_add(1));
            self.n_pushed = self.n_pushed.saturating_sub(1);
            return Ok(Some(TickResult { answer, latency }));
        }
    }

    /// Ticks that were pushed and are not answered.
    pub fn n_pushed(&self) -> usize {
        self.n_pushed
    }

    /// Frames that may be unanswered at a time.
    pub fn in_flight(&self) -> usize {
        self.in_flight.min(usize::from(self.board.core.replay_frames)).max(1)
    }

    fn fail(&mut self) {
        self.window = Window::Failed;
        self.n_pushed = 0;
    }

    /// Asks the board for the checksum of every memory of the network. Returns those that do not hold what was loaded.
    ///
    /// # Errors
    /// A failure of the link.
    pub fn check_memories(&mut self) -> Result<Vec<(SectionKind, u8)>, SessionError> {
        let mut damaged = Vec::new();
        for (section, lane, expected) in self.checksums() {
            if self.link.call(Command::Verify { section, lane })?.answer != expected {
                damaged.push((section, lane));
            }
        }
        Ok(damaged)
    }

    /// Loads the network again, whatever the board holds, and verifies it. The window is over.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn load_again(&mut self) -> Result<(), SessionError> {
        self.fail();
        load(&mut self.link, &self.image_bytes)?;
        self.verify()
    }

    /// Loads another network in place of this one, and verifies it. The window is over. A board that restarts meanwhile is loaded
    /// when the next window begins.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn replace(&mut self, image_bytes: &[u8]) -> Result<(), SessionError> {
        let image = NetworkImage::decode(image_bytes)?;
        self.board.core.accommodates(&image.requirement())?;
        (self.image, self.image_bytes) = (image, image_bytes.to_vec());
        let settled = self.link.settle().map_err(SessionError::from);
        self.fail();
        let loaded = settled.and_then(|()| Ok(load(&mut self.link, &self.image_bytes)?)).and_then(|()| self.verify());
        if is_restart(&loaded) {
            self.restarts += 1;
            return Ok(());
        }
        loaded?;
        self.window = Window::New;
        Ok(())
    }

    /// Begins a window; `begin` returns the number of the next tick. A board that restarts meanwhile is loaded again, and
    /// `begin` is tried again. After a window that failed, the board is reconnected first.
    fn begin_window<T>(
        &mut self,
        begin: impl Fn(&mut Link<P>) -> Result<(u32, T), SessionError>,
    ) -> Result<T, SessionError> {
        self.n_pushed = 0;
        let settled = match self.window {
            Window::Failed => self.reload(),
            Window::New | Window::At(_) => self.link.settle().map_err(SessionError::from),
        };
        let mut outcome = settled.and_then(|()| begin(&mut self.link));
        for _ in 0..MAX_RESTARTS_PER_WINDOW {
            if !is_restart(&outcome) {
                break;
            }
            self.restarts += 1;
            outcome = self.reload().and_then(|()| begin(&mut self.link));
        }
        self.window = Window::after(&outcome, outcome.as_ref().map_or(0, |(next, _)| *next));
        outcome.map(|(_, result)| result)
    }

    /// The board's answer to the last hello.
    pub fn board(&self) -> &HelloAnswer {
        &self.board
    }

    /// The sizes of the board's core.
    pub fn core(&self) -> CoreConfiguration {
        self.board.core
    }

    /// Counts of the link since it was opened.
    pub fn statistics(&self) -> LinkStatistics {
        LinkStatistics { restarts: self.restarts, ..self.link.statistics() }
    }

    /// The link, for commands other than windows.
    pub fn link_mut(&mut self) -> &mut Link<P> {
        &mut self.link
    }

    /// Reconnects, and loads the network if the board has lost it.
    fn reload(&mut self) -> Result<(), SessionError> {
        self.board = self.link.hello()?;
        self.prepare()
    }

    /// Loads the network if the board holds another or none, and sets the number of frames in flight.
    fn prepare(&mut self) -> Result<(), SessionError> {
        self.board.core.accommodates(&self.image.requirement())?;
        self.link.set_window(self.in_flight.min(usize::from(self.board.core.replay_frames)));
        let trailer = self.image_bytes.last_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        // Networks of the same sizes have the same trailer, since the checksum of each section is part of what it is of.
        if Some(self.board.image_crc32) == trailer && self.check_memories()?.is_empty() {
            return Ok(());
        }
        load(&mut self.link, &self.image_bytes)?;
        self.verify()
    }

    fn verify(&mut self) -> Result<(), SessionError> {
        match self.check_memories()?.first() {
            Some(&(section, lane)) => Err(SessionError::Verify { section, lane }),
            None => Ok(()),
        }
    }

    /// The memories, and the board's answers if they hold the network.
    fn checksums(&self) -> Vec<(SectionKind, u8, Answer)> {
        let lanes = (0..).take(self.image.lanes.len());
        let memories = lanes.flat_map(|lane| SectionKind::ALL.map(|section| (section, lane)));
        memories
            .map(|(section, lane)| (section, lane, verify_answer(&self.image.section_words(section, lane))))
            .collect()
    }
}

impl Window {
    /// The state of the window after an operation; `next` is the number of the next tick if it succeeded.
    fn after<T>(outcome: &Result<T, SessionError>, next: u32) -> Self {
        match outcome {
            Ok(_) => Self::At(next),
            Err(_) => Self::Failed,
        }
    }
}

fn is_restart<T>(outcome: &Result<T, SessionError>) -> bool {
    matches!(outcome, Err(SessionError::Link(LinkError::BoardRestarted)))
}

/// The board's answer to a verify command for a memory that holds these words.
#[expect(clippy::cast_possible_truncation, reason = "a memory has fewer than 65,536 words")]
pub(crate) fn verify_answer(words: &[u16]) -> Answer {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Answer::Verify { n_words: words.len() as u32, crc32: crc32(&bytes) }
}

/// Loads an image, and nothing else.
#[expect(clippy::cast_possible_truncation, reason = "an image is far shorter than 4 GiB")]
pub(crate) fn load<P: Read + Write>(link: &mut Link<P>, image: &[u8]) -> Result<(), LinkError> {
    let chunks = image.chunks(LOAD_MAX_BYTES).enumerate();
    let commands =
        chunks.map(|(index, bytes)| Command::Load { offset: (index * LOAD_MAX_BYTES) as u32, bytes: bytes.to_vec() });
    link.run(commands, |_| {})
}

/// Restarts the network that is loaded, and runs ticks.
pub(crate) fn run_ticks<P: Read + Write>(
    link: &mut Link<P>,
    ticks: &[Vec<u16>],
) -> Result<Vec<TickResult>, SessionError> {
    let commands = std::iter::once(Command::Restart).chain(ticks.iter().flat_map(|channels| tick_commands(channels)));
    run_numbered(link, commands, 0)
}

/// Runs commands, and collects the answers to their ticks, which must be numbered from `first` on.
fn run_numbered<P: Read + Write>(
    link: &mut Link<P>,
    commands: impl IntoIterator<Item = Command>,
    first: u32,
) -> Result<Vec<TickResult>, SessionError> {
    let (mut results, mut expected, mut lost) = (Vec::new(), first, None);
    link.run(commands, |Answered { answer, latency }| {
        if let Answer::Tick(answer) = answer {
            if answer.tick != expected && lost.is_none() {
                lost = Some(SessionError::TickLost { expected, found: answer.tick });
            }
            expected = expected.wrapping_add(1);
            results.push(TickResult { answer, latency });
        }
    })?;
    lost.map_or(Ok(results), Err)
}

/// The frames of one tick: full frames of events first, the rest with the tick itself.
fn tick_commands(channels: &[u16]) -> Vec<Command> {
    let n_ahead = channels.len().saturating_sub(1) / EVENTS_MAX * EVENTS_MAX;
    let (ahead, with_tick) = channels.split_at(n_ahead);
    let mut commands: Vec<Command> = ahead.chunks(EVENTS_MAX).map(|chunk| Command::Events(chunk.to_vec())).collect();
    commands.push(Command::Tick(with_tick.to_vec()));
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_tick_is_sent_in_several_frames_that_lose_no_event() {
        for n_events in [0, 1, EVENTS_MAX, EVENTS_MAX + 1, 3 * EVENTS_MAX] {
            let events: Vec<u16> = (0..).take(n_events).collect();
            let commands = tick_commands(&events);
            assert!(matches!(commands.last(), Some(Command::Tick(_))));
            let sent: Vec<u16> = commands
                .iter()
                .flat_map(|command| match command {
                    Command::Events(chunk) | Command::Tick(chunk) => chunk.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(sent, events);
            assert_eq!(commands.len(), n_events.div_ceil(EVENTS_MAX).max(1));
        }
    }
}
