//! Answers in slots: what is sent, in which order, and what is pending meanwhile.

use crate::link_support::{frame_vectors, frames, seeded};
use hdl::link::answer_store::AnswerStore;
use hdl::link::uart_receiver::UartReceiver;
use hdl::link::{MAX_SLOTS, MIN_CLOCKS_PER_BIT};
use hdl::ram::RamStyle;
use hdl::testbench::{connected, cycle, settle};
use proptest::prelude::*;
use rust_hdl::prelude::*;
use spec::wire::{DELIMITER, Frame, PAYLOAD_MAX_BYTES, WIRE_MAX_BYTES};

/// The most clocks per bit in these tests.
const LONGEST_BIT: usize = 9;

/// A store, with a receiver at the other end of the line.
struct Testbench {
    store: AnswerStore,
    receiver: UartReceiver,
    /// The answer in each slot.
    answers: Vec<Option<Frame>>,
    /// Slots in the order in which they must be sent, and their bytes on the line.
    queued: Vec<usize>,
    expected: Vec<u8>,
    received: Vec<u8>,
    /// Delimiters received.
    n_sent: usize,
    line: Vec<bool>,
}

impl Testbench {
    fn new(n_slots: usize, clocks_per_bit: u16) -> Self {
        Self {
            store: connected(AnswerStore::new(n_slots, clocks_per_bit, RamStyle::Block)),
            receiver: connected(UartReceiver::new(clocks_per_bit)),
            answers: vec![None; n_slots],
            queued: Vec::new(),
            expected: Vec::new(),
            received: Vec::new(),
            n_sent: 0,
            line: Vec::new(),
        }
    }

    /// Runs a cycle, and checks what is pending after it.
    fn cycle(&mut self) {
        settle(&mut self.store);
        self.line.push(self.store.tx.val());
        self.receiver.rx.next = self.store.tx.val();
        cycle(&mut self.store, |store| &mut store.clock);
        cycle(&mut self.receiver, |receiver| &mut receiver.clock);
        (self.store.open.next, self.store.data_valid.next) = (false, false);
        (self.store.close.next, self.store.resend.next) = (false, false);
        assert!(!self.receiver.framing_error.val());
        if self.receiver.valid.val() {
            let byte = self.receiver.data.val().to_u8();
            self.received.push(byte);
            self.n_sent += usize::from(byte == DELIMITER);
        }
        // The oldest may have been sent already: its delimiter is on the line.
        let outstanding = &self.queued[self.n_sent..];
        for slot in 0..MAX_SLOTS {
            let may_be = outstanding.contains(&slot);
            let must_be = outstanding.iter().skip(1).any(|waiting| *waiting == slot);
            assert!(self.is_pending(slot) || !must_be, "slot {slot} must be pending");
            assert!(!self.is_pending(slot) || may_be, "slot {slot} must not be pending");
        }
        assert!(!self.store.idle.val() || self.store.pending.val().index() == 0);
    }

    fn is_pending(&self, slot: usize) -> bool {
        self.store.pending.val().get_bit(slot)
    }

    fn expect(&mut self, slot: usize) {
        self.queued.push(slot);
        self.expected.extend(self.answers[slot].as_ref().unwrap().to_wire());
    }

    fn compose(&mut self, slot: usize, frame: &Frame, n_idle: usize) {
        assert!(!self.is_pending(slot) && !self.store.composing.val());
        self.answers[slot] = Some(frame.clone());
        self.store.open.next = true;
        self.store.slot.next = (slot as u64).into();
        self.cycle();
        // The slot is read only when opened.
        self.store.slot.next = (slot as u64 ^ 0xf).into();
        let answer = [&[frame.sequence, frame.opcode][..], &frame.payload].concat();
        for (index, byte) in answer.iter().enumerate() {
            (0..n_idle).for_each(|_| self.cycle());
            self.store.data.next = u64::from(*byte).into();
            self.store.data_valid.next = true;
            self.store.close.next = index + 1 == answer.len();
            self.cycle();
        }
        for left in (0..7).rev() {
            assert!(self.store.composing.val());
            if left == 0 {
                self.expect(slot);
            }
            self.cycle();
        }
        assert!(!self.store.composing.val() && self.is_pending(slot));
    }

    fn resend(&mut self, slot: usize) {
        self.store.resend.next = true;
        self.store.resend_slot.next = (slot as u64).into();
        if !self.is_pending(slot) {
            self.expect(slot);
        }
        self.cycle();
    }

    /// Runs while a condition holds, at most as long as sending every slot takes.
    fn run_while(&mut self, holds: impl Fn(&Self) -> bool) {
        let deadline = self.line.len() + MAX_SLOTS * WIRE_MAX_BYTES * 10 * LONGEST_BIT;
        while holds(self) {
            assert!(self.line.len() < deadline, "sending every slot takes less");
            self.cycle();
        }
    }

    fn run_until_idle(&mut self) {
        self.run_while(|bench| !bench.store.idle.val());
        // The last stop bit reaches the receiver.
        (0..8).for_each(|_| self.cycle());
        assert_eq!(self.received, self.expected);
    }
}

fn frame(sequence: u8) -> Frame {
    Frame { sequence, opcode: 0x87, payload: vec![0, sequence, 5] }
}

#[test]
fn every_frame_of_the_vector_file_is_sent() {
    let mut bench = Testbench::new(5, MIN_CLOCKS_PER_BIT);
    for (index, vector) in frame_vectors().into_iter().enumerate() {
        let slot = index % 5;
        bench.run_while(|bench| bench.is_pending(slot));
        bench.compose(slot, &vector.frame, 0);
    }
    bench.run_until_idle();
    let wire: Vec<u8> = frame_vectors().into_iter().flat_map(|vector| vector.wire).collect();
    assert_eq!(bench.received, wire);
}

#[test]
fn the_shortest_and_the_longest_frame_are_sent_from_every_slot() {
    for n_slots in [1, 2, 9, MAX_SLOTS] {
        let mut bench = Testbench::new(n_slots, MIN_CLOCKS_PER_BIT);
        for slot in (0..n_slots).rev() {
            let length = if slot % 3 == 0 { PAYLOAD_MAX_BYTES } else { 0 };
            let frame = Frame { sequence: slot as u8, opcode: 0xff, payload: vec![slot as u8; length] };
            bench.compose(slot, &frame, 0);
        }
        bench.run_until_idle();
        for slot in 0..n_slots {
            bench.resend(slot);
        }
        bench.run_until_idle();
    }
}

#[test]
fn the_start_bit_has_the_documented_latency_and_pending_answers_follow_without_a_gap() {
    for clocks_per_bit in [4, 5, 9] {
        let mut bench = Testbench::new(3, clocks_per_bit);
        bench.compose(0, &frame(1), 0);
        let pending_at = bench.line.len();
        bench.compose(1, &frame(2), 0);
        bench.compose(2, &frame(3), 0);
        bench.run_until_idle();
        let begin = bench.line.iter().position(|level| !level).unwrap();
        assert_eq!(begin - pending_at, 4);
        // Every start bit follows the previous stop bit directly.
        let byte_clocks = 10 * usize::from(clocks_per_bit);
        for byte in 0..bench.received.len() {
            let start = begin + byte * byte_clocks;
            assert!(bench.line[start - 1] && !bench.line[start], "byte {byte}");
        }
        let end = begin + bench.received.len() * byte_clocks;
        assert!(bench.line[end..].iter().all(|level| *level));
    }
}

#[test]
fn an_answer_is_sent_again_unless_it_is_pending() {
    let mut bench = Testbench::new(5, MIN_CLOCKS_PER_BIT);
    bench.compose(4, &frame(1), 0);
    bench.compose(2, &frame(2), 3);
    for slot in [4, 2, 2, 4] {
        bench.resend(slot);
    }
    assert_eq!(bench.queued, [4, 2]);
    bench.run_while(|bench| bench.is_pending(4));
    bench.resend(4);
    assert_eq!(bench.queued, [4, 2, 4]);
    bench.run_until_idle();
    bench.resend(2);
    bench.run_until_idle();
}

#[test]
fn is_idle_after_configuration() {
    let mut bench = Testbench::new(2, MIN_CLOCKS_PER_BIT);
    for _ in 0..100 {
        bench.cycle();
        assert!(bench.store.idle.val() && !bench.store.composing.val());
    }
    assert!(bench.line.iter().all(|level| *level));
}

#[derive(Clone, Debug)]
enum Action {
    Compose { slot: usize, frame: Frame, n_idle: usize },
    Resend { slot: usize },
    Wait { n_cycles: usize },
}

fn actions(n_slots: usize) -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (0..n_slots, frames(6), 0..3_usize).prop_map(|(slot, frame, n_idle)| Action::Compose { slot, frame, n_idle }),
        3 => (0..n_slots).prop_map(|slot| Action::Resend { slot }),
        1 => (0..600_usize).prop_map(|n_cycles| Action::Wait { n_cycles }),
    ]
}

proptest! {
    #![proptest_config(seeded(24))]

    #[test]
    fn answers_are_sent_in_the_order_they_were_queued(
        (n_slots, actions) in (1..=MAX_SLOTS)
            .prop_flat_map(|n_slots| (Just(n_slots), prop::collection::vec(actions(n_slots), 1..40))),
    ) {
        let mut bench = Testbench::new(n_slots, MIN_CLOCKS_PER_BIT);
        for action in actions {
            match action {
                Action::Compose { slot, frame, n_idle } if !bench.is_pending(slot) => bench.compose(slot, &frame, n_idle),
                Action::Resend { slot } if bench.answers[slot].is_some() => bench.resend(slot),
                Action::Wait { n_cycles } => (0..n_cycles).for_each(|_| bench.cycle()),
                _ => {}
            }
        }
        bench.run_until_idle();
    }
}

#[test]
#[should_panic(expected = "17 answer slots")]
fn too_many_slots_are_refused() {
    let _ = AnswerStore::new(MAX_SLOTS + 1, MIN_CLOCKS_PER_BIT, RamStyle::Block);
}

#[test]
fn emits_verilog() {
    assert!(generate_verilog(&connected(AnswerStore::new(9, 100, RamStyle::Block))).contains("module top"));
}
