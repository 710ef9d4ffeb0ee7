//! The wire protocol: frames in arbitrary bytes, and arbitrary bytes as a frame, read in both directions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spec::wire::{Answer, Command, Frame, FrameReader, PAYLOAD_MAX_BYTES};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = FrameReader::default();
    bytes.iter().filter_map(|byte| reader.push(*byte)).flatten().for_each(|frame| check(&frame));
    if let [sequence, opcode, payload @ ..] = bytes
        && payload.len() <= PAYLOAD_MAX_BYTES
    {
        check(&Frame { sequence: *sequence, opcode: *opcode, payload: payload.to_vec() });
    }
});

/// A frame survives the wire; a command or an answer that is read is written as the same payload.
fn check(frame: &Frame) {
    let mut reader = FrameReader::default();
    let read: Vec<_> = frame.to_wire().into_iter().filter_map(|byte| reader.push(byte)).collect();
    assert_eq!(read, [Ok(frame.clone())]);
    if let Ok(command) = Command::decode(frame.opcode, &frame.payload) {
        assert_eq!((command.opcode(), &command.payload()), (frame.opcode, &frame.payload));
    }
    if let Some(answer) = Answer::from_frame(frame) {
        assert_eq!(Answer::from_frame(&answer.to_frame(frame.sequence)), Some(answer));
    }
}
