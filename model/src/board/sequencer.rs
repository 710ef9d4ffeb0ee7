//! Which frame is executed, which answered again and which refused.

use std::collections::VecDeque;

/// The sequence number expected next, and the answers kept.
#[derive(Clone, Debug)]
pub(super) struct Sequencer {
    /// Number of the next frame; `None` before the first hello.
    expected: Option<u8>,
    /// Answers on the wire, the latest first.
    kept: VecDeque<Vec<u8>>,
    replay_frames: usize,
}

/// How a frame is treated.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    /// It is the next one.
    Execute,
    /// It was executed; this was the answer.
    Repeat(&'a [u8]),
    /// It is neither.
    OutOfSequence,
    /// There was no hello yet.
    NotSynchronized,
}

impl Sequencer {
    pub(super) fn new(replay_frames: u8) -> Self {
        Self { expected: None, kept: VecDeque::new(), replay_frames: usize::from(replay_frames) }
    }

    /// Restarts the sequence with the number after a hello's.
    pub(super) fn start_after(&mut self, sequence: u8) {
        self.expected = Some(sequence.wrapping_add(1));
        self.kept.clear();
    }

    pub(super) fn verdict(&self, sequence: u8) -> Verdict<'_> {
        match self.expected.map(|expected| expected.wrapping_sub(sequence)) {
            None => Verdict::NotSynchronized,
            Some(0) => Verdict::Execute,
            Some(age) => match self.kept.get(usize::from(age) - 1) {
                Some(wire) => Verdict::Repeat(wire),
                None => Verdict::OutOfSequence,
            },
        }
    }

    /// Keeps the answer to the expected frame and expects the next one.
    pub(super) fn keep(&mut self, wire: Vec<u8>) {
        self.expected = self.expected.map(|expected| expected.wrapping_add(1));
        self.kept.push_front(wire);
        self.kept.truncate(self.replay_frames);
    }

    /// The number expected, 0 before the first hello.
    pub(super) fn expected(&self) -> u8 {
        self.expected.unwrap_or(0)
    }
}
