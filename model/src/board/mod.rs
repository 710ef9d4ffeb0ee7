//! A board without hardware: bytes of the wire protocol in, bytes out, a [`Core`] inside.
//!
//! Where the protocol leaves a choice, this board:
//! * A refused command ([`Answer::Error`]) uses its sequence number up, its answer is kept like any other, and it changes
//!   nothing; only a refused load discards the partial image. An [`Answer::Nack`] uses no sequence number.
//! * Every frame with the opcode of hello is checked, whatever its sequence number. A refused one leaves the board as it
//!   was, sequence number included. A good one discards the kept answers and leaves network, window, pending events and
//!   load alone.
//! * Causes of refusal are checked in the order of [`spec::wire::Command::decode`], then no image, then the rest.
//! * A repeated frame is recognized by its sequence number alone.
//! * A run of bytes between delimiters that is no frame is refused once, with the number expected; before the first hello
//!   that number is 0.
//! * Commands are executed as they come, so a tick never overruns and no frame is ever dropped:
//!   [`spec::wire::NackReason::Dropped`] is never sent.

mod device;
mod loading;
mod sequencer;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use spec::core::CoreConfiguration;
use spec::wire::{Answer, Frame, FrameReader, NackReason, opcode};

use self::device::Device;
use self::sequencer::{Sequencer, Verdict};
use crate::Core;

/// The reference core behind the wire protocol.
///
/// Everything written is taken at once. Reading returns the answers; while there are none, a read fails with
/// [`ErrorKind::TimedOut`] as that of a serial port does, though without waiting.
#[derive(Clone, Debug)]
pub struct ModelBoard {
    configuration: CoreConfiguration,
    reader: FrameReader,
    sequencer: Sequencer,
    device: Device,
    output: VecDeque<u8>,
}

impl ModelBoard {
    /// A board after power-on whose bitstream has these sizes.
    #[must_use]
    pub fn new(configuration: CoreConfiguration) -> Self {
        Self {
            configuration,
            reader: FrameReader::default(),
            sequencer: Sequencer::new(configuration.replay_frames),
            device: Device::new(configuration),
            output: VecDeque::new(),
        }
    }

    /// Power-on reset: sequence numbers, network, counters and every pending byte are lost.
    pub fn reset(&mut self) {
        *self = Self::new(self.configuration);
    }

    /// The core with the network that is loaded, to compare states with.
    #[must_use]
    pub fn core(&self) -> Option<&Core> {
        self.device.core()
    }

    fn take_frame(&mut self, frame: &Frame) {
        let is_hello = frame.opcode == opcode::HELLO;
        let verdict = if is_hello { Verdict::Execute } else { self.sequencer.verdict(frame.sequence) };
        match verdict {
            Verdict::Execute => {
                let result = self.device.execute_frame(frame);
                let executed = result.is_ok();
                let answer = result.unwrap_or_else(|(code, detail)| Answer::Error { code, detail });
                let wire = answer.to_frame(frame.sequence).to_wire();
                self.output.extend(&wire);
                match (is_hello, executed) {
                    (true, true) => self.sequencer.start_after(frame.sequence),
                    (true, false) => {}
                    (false, _) => self.sequencer.keep(wire),
                }
            }
            Verdict::Repeat(wire) => {
                self.output.extend(wire);
                self.device.count_out_of_sequence();
            }
            Verdict::OutOfSequence => {
                self.device.count_out_of_sequence();
                self.nack(NackReason::OutOfSequence);
            }
            Verdict::NotSynchronized => self.nack(NackReason::NotSynchronized),
        }
    }

    fn nack(&mut self, reason: NackReason) {
        let expected_sequence = self.sequencer.expected();
        self.output.extend(Answer::Nack { reason, expected_sequence }.to_frame(expected_sequence).to_wire());
    }
}

impl Write for ModelBoard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match self.reader.push(*byte) {
                None => {}
                Some(Ok(frame)) => self.take_frame(&frame),
                Some(Err(_)) => {
                    self.device.count_bad_frame();
                    self.nack(NackReason::BadFrame);
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for ModelBoard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.output.is_empty() && !buffer.is_empty() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.output.read(buffer)
    }
}
