//! The decoder compared with `FrameReader`, cycle by cycle, with every kind of fault on the line.

use std::collections::VecDeque;

use crate::link_support::{frame_vectors, frames, seeded};
use hdl::link::frame_decoder::FrameDecoder;
use hdl::ram::RamStyle;
use hdl::testbench::{connected, cycle, settle};
use proptest::collection::vec;
use proptest::prelude::*;
use rust_hdl::prelude::*;
use spec::checksum::crc32;
use spec::wire::{DELIMITER, Frame, FrameReader, PAYLOAD_MAX_BYTES, WIRE_MAX_BYTES, cobs};

/// The receiver's output in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Byte(u8),
    Error,
    Nothing,
}

/// What the decoder reports for the bytes before a delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Kept,
    Bad,
    Dropped,
}

/// The expected behavior.
#[derive(Default)]
struct Expected {
    reader: FrameReader,
    begun: bool,
    stored: bool,
    poisoned: bool,
    waiting: VecDeque<Frame>,
}

impl Expected {
    fn push(&mut self, input: Input) -> Option<Outcome> {
        if input == Input::Nothing {
            return None;
        }
        if input != Input::Byte(DELIMITER) && !self.begun {
            self.begun = true;
            self.stored = self.waiting.len() < 2;
        }
        let Input::Byte(byte) = input else {
            self.poisoned = true;
            return None;
        };
        let result = self.reader.push(byte);
        if byte != DELIMITER || !self.begun {
            return None;
        }
        self.begun = false;
        match (std::mem::take(&mut self.poisoned), result) {
            (false, Some(Ok(frame))) if self.stored => {
                self.waiting.push_back(frame);
                Some(Outcome::Kept)
            }
            (false, Some(Ok(_))) => Some(Outcome::Dropped),
            _ => Some(Outcome::Bad),
        }
    }
}

/// Gives the decoder one input per cycle and checks every output in every cycle; each frame waits for one of `delays` before it
/// is read and taken. Returns the outcomes and the frames read.
fn decode(inputs: &[Input], delays: &[usize]) -> (Vec<Outcome>, Vec<Frame>) {
    let mut decoder = connected(FrameDecoder::new(RamStyle::Block));
    let mut expected = Expected::default();
    let (mut outcomes, mut frames) = (Vec::new(), Vec::new());
    let mut delays = delays.iter().copied().cycle();
    let mut delay = delays.next().unwrap();
    let mut bytes: Vec<u8> = Vec::new();
    let mut address = None;
    let mut inputs = inputs.iter();
    loop {
        let input = match inputs.next() {
            Some(input) => *input,
            None if expected.waiting.is_empty() => return (outcomes, frames),
            None => Input::Nothing,
        };
        decoder.data_valid.next = matches!(input, Input::Byte(_));
        decoder.data_error.next = input == Input::Error;
        decoder.data.next = u64::from(if let Input::Byte(byte) = input { byte } else { 0xa5 }).into();

        // The byte addressed in the last cycle is valid; address the next, or take the frame.
        settle(&mut decoder);
        decoder.take.next = false;
        if let Some(frame) = expected.waiting.front() {
            let length = frame.payload.len() + 2;
            if address.take().is_some() {
                bytes.push(decoder.read_data.val().to_u8());
            }
            if delay > 0 {
                delay -= 1;
            } else if bytes.len() < length {
                address = Some(bytes.len());
                decoder.read_address.next = (bytes.len() as u64).into();
            } else {
                decoder.take.next = true;
            }
        }

        let outcome = expected.push(input);
        if decoder.take.next {
            let frame = expected.waiting.pop_front().unwrap();
            let read = std::mem::take(&mut bytes);
            assert_eq!(read, [&[frame.sequence, frame.opcode][..], &frame.payload].concat());
            frames.push(frame);
            delay = delays.next().unwrap();
        }
        outcomes.extend(outcome);
        cycle(&mut decoder, |decoder| &mut decoder.clock);
        assert_eq!(decoder.bad_frame.val(), outcome == Some(Outcome::Bad));
        assert_eq!(decoder.dropped_frame.val(), outcome == Some(Outcome::Dropped));
        assert_eq!(decoder.n_waiting.val().index(), expected.waiting.len());
        assert_eq!(decoder.frame_valid.val(), !expected.waiting.is_empty());
        if let Some(frame) = expected.waiting.front() {
            assert_eq!(decoder.frame_length.val().index(), frame.payload.len() + 2);
        }
    }
}

fn bytes(bytes: &[u8]) -> Vec<Input> {
    bytes.iter().copied().map(Input::Byte).collect()
}

/// The outcomes of inputs that are followed by a good frame, which must be found.
fn outcome_of(inputs: &[Input]) -> Vec<Outcome> {
    let good = Frame { sequence: 9, opcode: 0, payload: vec![0, 7] };
    let inputs = [inputs, &bytes(&good.to_wire())].concat();
    let (mut outcomes, mut frames) = decode(&inputs, &[0]);
    assert_eq!((outcomes.pop(), frames.pop()), (Some(Outcome::Kept), Some(good)));
    outcomes
}

/// A body of any length and its checksum on the wire.
fn wire_of(content: &[u8]) -> Vec<Input> {
    let body = [content, &crc32(content).to_le_bytes()].concat();
    bytes(&[cobs::encode(&body), vec![DELIMITER]].concat())
}

#[test]
fn every_frame_of_the_vector_file_is_found() {
    let vectors = frame_vectors();
    // The pause is long enough to read the longest frame.
    let pause = vec![Input::Nothing; WIRE_MAX_BYTES];
    let inputs: Vec<Input> = vectors.iter().flat_map(|vector| [bytes(&vector.wire), pause.clone()].concat()).collect();
    let (outcomes, frames) = decode(&inputs, &[0]);
    assert_eq!(outcomes, vec![Outcome::Kept; vectors.len()]);
    assert_eq!(frames, vectors.into_iter().map(|vector| vector.frame).collect::<Vec<_>>());
}

#[test]
fn frames_of_every_length_are_found() {
    for length in 0..=PAYLOAD_MAX_BYTES {
        for fill in [0, 1, length as u8] {
            let frame = Frame { sequence: length as u8, opcode: fill, payload: vec![fill; length] };
            assert_eq!(decode(&bytes(&frame.to_wire()), &[0]), (vec![Outcome::Kept], vec![frame]));
        }
    }
}

#[test]
fn empty_frames_are_ignored() {
    assert_eq!(outcome_of(&bytes(&[0; 5])), []);
}

#[test]
fn a_body_without_sequence_or_opcode_is_bad_even_with_a_right_checksum() {
    assert_eq!(outcome_of(&wire_of(&[])), [Outcome::Bad]);
    assert_eq!(outcome_of(&wire_of(&[5])), [Outcome::Bad]);
    assert_eq!(outcome_of(&wire_of(&[5, 6])), [Outcome::Kept]);
    // Fewer bytes than a checksum.
    for n_bytes in 0..4 {
        assert_eq!(outcome_of(&bytes(&[cobs::encode(&vec![0; n_bytes]), vec![DELIMITER]].concat())), [Outcome::Bad]);
    }
}

#[test]
fn a_frame_that_is_too_long_is_bad_even_with_a_right_checksum() {
    for fill in [0, 3] {
        assert_eq!(outcome_of(&wire_of(&[fill; PAYLOAD_MAX_BYTES + 2])), [Outcome::Kept]);
        for more in [1, 2, 3, 256, 257, 512] {
            assert_eq!(outcome_of(&wire_of(&vec![fill; PAYLOAD_MAX_BYTES + 2 + more])), [Outcome::Bad], "{more} more");
        }
    }
    for n_bytes in [WIRE_MAX_BYTES - 1, WIRE_MAX_BYTES, 600, 1200] {
        assert_eq!(outcome_of(&bytes(&[vec![1; n_bytes], vec![DELIMITER]].concat())), [Outcome::Bad]);
    }
}

#[test]
fn a_lost_byte_makes_its_frame_bad() {
    let wire = bytes(&Frame { sequence: 1, opcode: 2, payload: vec![0, 3] }.to_wire());
    for at in 0..wire.len() {
        let mut damaged = wire.clone();
        damaged.insert(at, Input::Error);
        assert_eq!(outcome_of(&damaged), [Outcome::Bad]);
    }
    assert_eq!(outcome_of(&[Input::Error, Input::Byte(DELIMITER)]), [Outcome::Bad]);
}

#[test]
fn a_good_frame_without_a_free_buffer_is_dropped_and_a_bad_one_is_bad() {
    let frame = |sequence| Frame { sequence, opcode: 1, payload: vec![sequence; 3] };
    let mut bad = bytes(&frame(4).to_wire());
    bad[3] = Input::Byte(0x55);
    let good: Vec<Input> = (0..3).flat_map(|sequence| bytes(&frame(sequence).to_wire())).collect();
    let (outcomes, frames) = decode(&[good, bad].concat(), &[1000, 0]);
    assert_eq!(outcomes, [Outcome::Kept, Outcome::Kept, Outcome::Dropped, Outcome::Bad]);
    assert_eq!(frames, [frame(0), frame(1)]);
}

#[test]
fn a_buffer_must_be_free_before_the_first_byte() {
    let frame = |sequence| Frame { sequence, opcode: 1, payload: vec![] };
    let two: Vec<Input> = (0..2).flat_map(|sequence| bytes(&frame(sequence).to_wire())).collect();
    let third_at = |n_idle: usize| [two.clone(), vec![Input::Nothing; n_idle], bytes(&frame(2).to_wire())].concat();
    let last_outcome = |n_idle| *decode(&third_at(n_idle), &[20, 100]).0.last().unwrap();
    let freed_after = (0..40).find(|n_idle| last_outcome(*n_idle) == Outcome::Kept).unwrap();
    assert!(freed_after > 0);
    assert!((freed_after..40).all(|n_idle| last_outcome(n_idle) == Outcome::Kept));
}

/// Faults of a frame on the line.
#[derive(Clone, Debug)]
enum Damage {
    None,
    Flip { bit: u8 },
    Lose,
    Double,
    Insert { byte: u8 },
    Error,
    Cut,
}

fn damages() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => Just(Damage::None),
        1 => (0..8_u8).prop_map(|bit| Damage::Flip { bit }),
        1 => Just(Damage::Lose),
        1 => Just(Damage::Double),
        1 => any::<u8>().prop_map(|byte| Damage::Insert { byte }),
        1 => Just(Damage::Error),
        1 => Just(Damage::Cut),
    ]
}

fn damaged(frame: &Frame, damage: &Damage, at: prop::sample::Index) -> Vec<Input> {
    let mut wire = bytes(&frame.to_wire());
    let at = at.index(wire.len());
    match (damage, wire[at]) {
        (Damage::Flip { bit }, Input::Byte(byte)) => wire[at] = Input::Byte(byte ^ (1 << bit)),
        (Damage::Lose, _) => drop(wire.remove(at)),
        (Damage::Double, input) => wire.insert(at, input),
        (Damage::Insert { byte }, _) => wire.insert(at, Input::Byte(*byte)),
        (Damage::Error, _) => wire[at] = Input::Error,
        (Damage::Cut, _) => wire.truncate(at),
        _ => {}
    }
    wire
}

fn segments() -> impl Strategy<Value = Vec<Input>> {
    let of_bytes = |made: Vec<u8>| bytes(&made);
    prop_oneof![
        4 => (frames(12), damages(), any::<prop::sample::Index>()).prop_map(|(frame, damage, at)| damaged(&frame, &damage, at)),
        2 => (frames(PAYLOAD_MAX_BYTES), damages(), any::<prop::sample::Index>())
            .prop_map(|(frame, damage, at)| damaged(&frame, &damage, at)),
        1 => vec(any::<u8>(), 0..40).prop_map(of_bytes),
        // Plausible stuffing: small codes, the longest one, every kind of end.
        1 => vec(prop_oneof![0..5_u8, Just(0xff)], 0..40).prop_map(of_bytes),
        1 => vec(1..=u8::MAX, 240..300).prop_map(of_bytes),
        1 => vec(any::<u8>(), 0..7).prop_map(|content| wire_of(&content)),
        1 => vec(any::<u8>(), 245..260).prop_map(|content| wire_of(&content)),
        1 => Just(vec![Input::Byte(DELIMITER)]),
    ]
}

proptest! {
    #![proptest_config(seeded(200))]

    #[test]
    fn agrees_with_the_reader_on_any_bytes_at_any_pace(
        segments in vec(segments(), 1..12),
        n_idle in prop_oneof![Just(vec![0]), vec(0..4_usize, 1..9), Just(vec![7, 0, 0])],
        delays in prop_oneof![Just(vec![0]), vec(0..40_usize, 1..5), Just(vec![600, 0, 0])],
    ) {
        let inputs: Vec<Input> = segments.concat();
        let paced: Vec<Input> = inputs
            .iter()
            .zip(n_idle.iter().cycle())
            .flat_map(|(input, n_idle)| std::iter::repeat_n(Input::Nothing, *n_idle).chain([*input]))
            .collect();
        decode(&paced, &delays);
    }

    #[test]
    fn the_first_frame_after_garbage_is_found(garbage in vec(any::<u8>(), 0..300), frame in frames(20)) {
        let inputs = bytes(&[&garbage[..], &[DELIMITER], &frame.to_wire()].concat());
        let (outcomes, frames) = decode(&inputs, &[0]);
        prop_assert_eq!(outcomes.last(), Some(&Outcome::Kept));
        prop_assert_eq!(frames.last(), Some(&frame));
    }
}

#[test]
fn emits_verilog() {
    assert!(generate_verilog(&connected(FrameDecoder::new(RamStyle::Block))).contains("module top"));
}
