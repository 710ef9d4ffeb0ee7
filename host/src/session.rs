//! A decoding session: a network loaded into a board and checked there, windows streamed tick by tick.

use std::io::{Read, Write};
use std::time::Duration;

use spec::checksum::crc32;
use spec::core::{CoreConfiguration, Misfit};
use spec::image::{ImageError, NetworkImage, SectionKind};
use spec::wire::{Answer, Command, EVENTS_MAX, HelloAnswer, LOAD_MAX_BYTES, TickAnswer};

use crate::link::{Answered, Link, LinkError, LinkStatistics, Patience};

/// Times that a board may start anew within one window before the session gives up.
const MAX_RESTARTS_A_WINDOW: u32 = 3;

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum SessionError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the network does not fit the board's core: {0}; train with `--core` of that board")]
    Misfit(#[from] Misfit),
    #[error("not a usable network image: {0}")]
    Image(#[from] ImageError),
    #[error("after loading, memory {section:?} of lane {lane} is not what was sent")]
    Verify { section: SectionKind, lane: u8 },
    #[error("the board ran tick {found} where tick {expected} was due; the decode is void")]
    TickLost { expected: u32, found: u32 },
}

/// One tick's answer and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickResult {
    /// What the board said.
    pub answer: TickAnswer,
    /// From the first byte sent to the last byte received.
    pub latency: Duration,
}

/// A board with a network in it.
#[derive(Debug)]
pub struct Session<P> {
    link: Link<P>,
    image_bytes: Vec<u8>,
    image: NetworkImage,
    window: usize,
    board: HelloAnswer,
    /// The link failed: host and board may disagree on which frame comes next.
    lost_count: bool,
    restarts: u64,
}

impl<P: Read + Write> Session<P> {
    /// Says hello, loads the network unless the board already holds it, and checks it by the board's own checksums.
    ///
    /// `window` frames may be unanswered at a time, within what the board keeps; 1 gives the lowest latency.
    ///
    /// # Errors
    /// An image that is none or does not fit, a memory that does not hold what was sent, or the link's failure.
    pub fn open(port: P, patience: Patience, image_bytes: &[u8], window: usize) -> Result<Self, SessionError> {
        Self::over(Link::new(port, patience), image_bytes, window)
    }

    /// As [`Session::open`], over a link on which nothing has been said yet.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn over(mut link: Link<P>, image_bytes: &[u8], window: usize) -> Result<Self, SessionError> {
        let image = NetworkImage::decode(image_bytes)?;
        let board = link.hello()?;
        let mut session =
            Self { link, image_bytes: image_bytes.to_vec(), image, window, board, lost_count: false, restarts: 0 };
        session.prepare()?;
        Ok(session)
    }

    /// What the board said of itself.
    pub fn board(&self) -> &HelloAnswer {
        &self.board
    }

    /// The sizes of the board's core.
    pub fn core(&self) -> CoreConfiguration {
        self.board.core
    }

    /// What the link has counted.
    pub fn statistics(&self) -> LinkStatistics {
        LinkStatistics { restarts: self.restarts, ..self.link.statistics() }
    }

    /// The link, to ask a board for more than windows.
    pub fn link_mut(&mut self) -> &mut Link<P> {
        &mut self.link
    }

    /// Restarts the network and runs one window: for each tick the channels that had a spike, ascending.
    ///
    /// A board that starts anew in the middle is loaded again, and the window runs from its beginning. After a failure of the
    /// link, the next window starts the conversation anew.
    ///
    /// # Errors
    /// As [`Session::open`], and a tick number that shows a tick lost or run twice.
    pub fn run_window(&mut self, ticks: &[Vec<u16>]) -> Result<Vec<TickResult>, SessionError> {
        let mut outcome = self.start_anew_if_lost().and_then(|()| self.try_window(ticks));
        for _ in 0..MAX_RESTARTS_A_WINDOW {
            let Err(SessionError::Link(LinkError::BoardRestarted)) = outcome else { break };
            self.restarts += 1;
            outcome = self.load_again().and_then(|()| self.try_window(ticks));
        }
        self.lost_count = matches!(outcome, Err(SessionError::Link(_)));
        outcome
    }

    fn start_anew_if_lost(&mut self) -> Result<(), SessionError> {
        if self.lost_count { self.load_again() } else { Ok(()) }
    }

    fn load_again(&mut self) -> Result<(), SessionError> {
        self.board = self.link.hello()?;
        self.prepare()
    }

    fn try_window(&mut self, ticks: &[Vec<u16>]) -> Result<Vec<TickResult>, SessionError> {
        run_ticks(&mut self.link, ticks)
    }

    /// Loads the network if the board holds another or none, and sets the window.
    fn prepare(&mut self) -> Result<(), SessionError> {
        self.board.core.accommodates(&self.image.requirement())?;
        self.link.set_window(self.window.min(usize::from(self.board.core.replay_frames)));
        let trailer = self.image_bytes.last_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        if Some(self.board.image_crc32) != trailer {
            load(&mut self.link, &self.image_bytes)?;
        }
        self.verify()
    }

    fn verify(&mut self) -> Result<(), SessionError> {
        for lane in 0..self.image.lanes.len() as u8 {
            for section in SectionKind::ALL {
                let words = self.image.section_words(section, lane);
                let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                let expected = Answer::Verify { n_words: words.len() as u32, crc32: crc32(&bytes) };
                if self.link.call(Command::Verify { section, lane })?.answer != expected {
                    return Err(SessionError::Verify { section, lane });
                }
            }
        }
        Ok(())
    }
}

/// Loads an image, and nothing else.
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
    let commands = std::iter::once(Command::Restart).chain(ticks.iter().flat_map(|events| tick_commands(events)));
    let mut results = Vec::with_capacity(ticks.len());
    let mut lost = None;
    link.run(commands, |Answered { answer, latency }| {
        if let Answer::Tick(answer) = answer {
            let expected = results.len() as u32;
            if answer.tick != expected && lost.is_none() {
                lost = Some(SessionError::TickLost { expected, found: answer.tick });
            }
            results.push(TickResult { answer, latency });
        }
    })?;
    lost.map_or(Ok(results), Err)
}

/// The frames of one tick: full frames of events first, the rest with the tick itself.
fn tick_commands(events: &[u16]) -> Vec<Command> {
    let n_ahead = events.len().saturating_sub(1) / EVENTS_MAX * EVENTS_MAX;
    let (ahead, with_tick) = events.split_at(n_ahead);
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
            let events: Vec<u16> = (0..n_events as u16).collect();
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
