//! The encoder compared with `Frame::to_wire`.

use crate::link_support::{frame_vectors, frames, seeded};
use hdl::link::frame_encoder::FrameEncoder;
use hdl::testbench::{connected, cycle, settle};
use proptest::prelude::*;
use rust_hdl::prelude::*;
use spec::wire::{Frame, PAYLOAD_MAX_BYTES};

struct Testbench {
    encoder: FrameEncoder,
    memory: [u8; 256],
}

impl Testbench {
    fn new() -> Self {
        Self { encoder: connected(FrameEncoder::new()), memory: [0xee; 256] }
    }

    /// Runs a cycle; whether it was the last of an answer.
    fn cycle(&mut self) -> bool {
        let encoder = &mut self.encoder;
        settle(encoder);
        let done = encoder.done.val();
        if encoder.write_enable.val() {
            self.memory[encoder.write_address.val().index()] = encoder.write_data.val().to_u8();
        }
        cycle(encoder, |encoder| &mut encoder.clock);
        (encoder.open.next, encoder.data_valid.next, encoder.close.next) = (false, false, false);
        done
    }

    /// The memory after a frame, with idle cycles before each of its bytes; `close` comes with the last byte or in a separate
    /// cycle.
    fn encode(&mut self, frame: &Frame, n_idle: &[usize], close_later: bool) -> Vec<u8> {
        let answer = [&[frame.sequence, frame.opcode][..], &frame.payload].concat();
        self.encoder.open.next = true;
        assert!(!self.cycle());
        for (index, (byte, n_idle)) in answer.iter().zip(n_idle.iter().cycle()).enumerate() {
            for _ in 0..*n_idle {
                self.encoder.data.next = u64::from(!byte).into();
                assert!(!self.cycle());
            }
            self.encoder.data.next = u64::from(*byte).into();
            self.encoder.data_valid.next = true;
            self.encoder.close.next = !close_later && index + 1 == answer.len();
            assert!(!self.cycle() && self.encoder.composing.val());
        }
        if close_later {
            self.encoder.close.next = true;
            assert!(!self.cycle());
        }
        for left in (0..7).rev() {
            assert!(self.encoder.composing.val());
            assert_eq!(self.cycle(), left == 0, "done comes 7 cycles after close");
        }
        assert!(!self.encoder.composing.val());
        self.memory[..frame.to_wire().len()].to_vec()
    }
}

#[test]
fn every_frame_of_the_vector_file_is_encoded() {
    let mut bench = Testbench::new();
    for vector in frame_vectors() {
        assert_eq!(bench.encode(&vector.frame, &[0], false), vector.wire, "line {}", vector.line);
    }
}

#[test]
fn payloads_of_every_length_are_encoded() {
    let mut bench = Testbench::new();
    for length in 0..=PAYLOAD_MAX_BYTES {
        let patterns: [fn(usize) -> u8; 5] =
            [|_| 0, |_| 0xff, |at| at as u8, |at| (at * 37 % 3) as u8, |at| (at as u8).wrapping_mul(91) | 1];
        for (index, pattern) in patterns.into_iter().enumerate() {
            let (sequence, opcode) = ((length * index) as u8, pattern(length));
            let frame = Frame { sequence, opcode, payload: (0..length).map(pattern).collect() };
            assert_eq!(bench.encode(&frame, &[0], index % 2 == 0), frame.to_wire(), "{length} bytes, pattern {index}");
        }
    }
}

proptest! {
    #![proptest_config(seeded(48))]

    #[test]
    fn random_frames_are_encoded_at_any_pace(
        frames in prop::collection::vec(frames(PAYLOAD_MAX_BYTES), 1..4),
        n_idle in prop_oneof![Just(vec![0]), prop::collection::vec(0..4_usize, 1..9)],
        close_later in any::<bool>(),
    ) {
        let mut bench = Testbench::new();
        for frame in frames {
            prop_assert_eq!(bench.encode(&frame, &n_idle, close_later), frame.to_wire());
        }
    }
}

#[test]
fn emits_verilog() {
    assert!(generate_verilog(&connected(FrameEncoder::new())).contains("module top"));
}
