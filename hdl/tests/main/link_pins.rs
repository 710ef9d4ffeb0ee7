//! The whole link, from pin to pin, with an executor that echoes each frame.

use crate::link_support::{frame_vectors, frames, levels, seeded};
use hdl::link::{Link, MAX_SLOTS, MIN_CLOCKS_PER_BIT};
use hdl::ram::RamStyle;
use hdl::testbench::{connected, cycle, settle};
use proptest::prelude::*;
use rust_hdl::prelude::*;
use spec::wire::{DELIMITER, Frame, WIRE_MAX_BYTES};

/// The bytes sent, and the numbers of bad and dropped frames.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    answers: Vec<u8>,
    n_bad: usize,
    n_dropped: usize,
}

/// A link and its executor.
struct Echo {
    link: Link,
    clocks_per_bit: usize,
    outcome: Outcome,
    line: Vec<bool>,
    /// Cycles by which every frame must be answered.
    deadline: usize,
}

impl Echo {
    fn new(clocks_per_bit: u16) -> Self {
        let link = connected(Link::new(MAX_SLOTS, clocks_per_bit, RamStyle::Block));
        Self {
            link,
            clocks_per_bit: clocks_per_bit.into(),
            outcome: Outcome::default(),
            line: Vec::new(),
            deadline: usize::MAX,
        }
    }

    fn cycle(&mut self, rx: &mut impl Iterator<Item = bool>) {
        self.link.rx.next = rx.next().unwrap_or(true);
        settle(&mut self.link);
        assert!(self.line.len() < self.deadline, "every answer is sent by then");
        self.line.push(self.link.tx.val());
        cycle(&mut self.link, |link| &mut link.clock);
        self.outcome.n_bad += usize::from(self.link.bad_frame.val());
        self.outcome.n_dropped += usize::from(self.link.dropped_frame.val());
        (self.link.open.next, self.link.close.next, self.link.take.next) = (false, false, false);
        (self.link.resend.next, self.link.data_valid.next) = (false, false);
    }

    /// Copies the oldest frame into a slot.
    fn answer(&mut self, slot: usize, rx: &mut impl Iterator<Item = bool>) {
        while self.link.pending.val().get_bit(slot) {
            self.cycle(rx);
        }
        self.link.slot.next = (slot as u64).into();
        self.link.open.next = true;
        self.cycle(rx);
        // One byte per cycle: the byte addressed in the last cycle is written in this one.
        let n_bytes = self.link.frame_length.val().index();
        for address in 0..=n_bytes {
            self.link.read_address.next = (address as u64).into();
            self.link.data.next = self.link.read_data.val();
            self.link.data_valid.next = address > 0;
            self.link.close.next = address == n_bytes;
            self.link.take.next = address == n_bytes;
            self.cycle(rx);
        }
        while self.link.composing.val() {
            self.cycle(rx);
        }
    }

    /// Runs until all of `rx` has been received and answered.
    fn run(mut self, rx: &[bool]) -> Outcome {
        let n_levels = rx.len();
        self.deadline = 3 * n_levels + MAX_SLOTS * WIRE_MAX_BYTES * 10 * self.clocks_per_bit;
        let mut rx = rx.iter().copied();
        let mut slots = (0..MAX_SLOTS).cycle();
        while self.line.len() < n_levels + 12 * self.clocks_per_bit
            || !self.link.idle.val()
            || self.link.frame_valid.val()
        {
            if self.link.frame_valid.val() {
                let slot = slots.next().unwrap();
                self.answer(slot, &mut rx);
            } else {
                self.cycle(&mut rx);
            }
        }
        self.outcome.answers = bytes_of(&self.line, self.clocks_per_bit);
        self.outcome
    }
}

/// The bytes on a line, sampled in the middle of their bits.
fn bytes_of(line: &[bool], clocks_per_bit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(n_idle) = line.get(at..).and_then(|rest| rest.iter().position(|level| !level)) {
        let bit = |index: usize| line[at + n_idle + index * clocks_per_bit + clocks_per_bit / 2];
        assert!(!bit(0) && bit(9));
        bytes.push((0..8).map(|index| u8::from(bit(index + 1)) << index).sum());
        at += n_idle + 10 * clocks_per_bit;
    }
    bytes
}

#[test]
fn every_frame_of_the_vector_file_comes_back() {
    for clocks_per_bit in [MIN_CLOCKS_PER_BIT, 7] {
        let wire: Vec<u8> = frame_vectors().into_iter().flat_map(|vector| vector.wire).collect();
        let outcome = Echo::new(clocks_per_bit).run(&levels(&wire, clocks_per_bit.into(), 0.5));
        assert_eq!(outcome, Outcome { answers: wire, ..Outcome::default() });
    }
}

#[test]
fn a_break_within_a_frame_loses_only_that_frame() {
    let frame = |sequence| Frame { sequence, opcode: 1, payload: vec![sequence, 0] };
    let line_of = |bytes: &[u8]| levels(bytes, MIN_CLOCKS_PER_BIT.into(), 0.0);
    let cut = &frame(1).to_wire()[..5];
    let low = vec![false; 15 * usize::from(MIN_CLOCKS_PER_BIT)];
    let rest = [&[DELIMITER][..], &frame(2).to_wire()].concat();
    let line = [line_of(&frame(0).to_wire()), line_of(cut), low, line_of(&rest)].concat();
    let answers = [frame(0).to_wire(), frame(2).to_wire()].concat();
    assert_eq!(Echo::new(MIN_CLOCKS_PER_BIT).run(&line), Outcome { answers, n_bad: 1, n_dropped: 0 });
}

proptest! {
    #![proptest_config(seeded(12))]

    #[test]
    fn frames_come_back_at_any_pace_and_baud_rate_error(
        frames in prop::collection::vec(frames(16), 1..8),
        clocks_per_bit in MIN_CLOCKS_PER_BIT..12,
        drift in prop::sample::select(vec![0.98, 1.0, 1.02]),
        phase in 0.0..1.0,
    ) {
        let wire: Vec<u8> = frames.iter().flat_map(Frame::to_wire).collect();
        let line: Vec<bool> =
            frames.iter().flat_map(|frame| levels(&frame.to_wire(), f64::from(clocks_per_bit) * drift, phase)).collect();
        prop_assert_eq!(Echo::new(clocks_per_bit).run(&line), Outcome { answers: wire, ..Outcome::default() });
    }
}

#[test]
fn emits_verilog() {
    assert!(generate_verilog(&connected(Link::new(9, 100, RamStyle::Block))).contains("module top"));
}
