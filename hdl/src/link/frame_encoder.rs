//! Answers to frames: adds checksum, stuffing and delimiter while it writes the bytes to a memory.

use rust_hdl::prelude::*;

use super::crc32_step::Crc32Step;
use crate::setting::Setting;

/// Writes an answer to 256 bytes of memory in the form that it has on the line.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `open` | in | 1 | strobe: opens an answer; must stay low while `composing` |
/// | `data_valid`, `data` | in | 1, 8 | strobe: the next byte of sequence, opcode and payload; always taken |
/// | `close` | in | 1 | strobe: the answer is complete; may come with its last byte |
/// | `composing` | out | 1 | from the cycle after `open` to the last write |
/// | `done` | out | 1 | strobe: the last write, and the last cycle of `composing` |
/// | `write_enable`, `write_address`, `write_data` | out | 1, 8, 8 | writes to the memory |
///
/// `data_valid` and `close` may be high only while `composing`, up to the cycle of `close`. An answer of more than 250 bytes
/// overwrites its own beginning.
///
/// The code of a stuffing block replaces a 0, so a 0 needs no write of its own: its cycle writes the code of the block that it
/// ends, at the address of the previous 0. From byte 0 the memory then holds the bytes to send, including the delimiter.
///
/// Latency: a byte is written in the next cycle, and `done` comes 7 cycles after `close`. Throughput: a byte per cycle.
/// Mirrors [`spec::wire::Frame::to_wire`].
#[derive(LogicBlock, Default)]
pub struct FrameEncoder {
    pub clock: Signal<In, Clock>,
    pub open: Signal<In, Bit>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub close: Signal<In, Bit>,
    pub composing: Signal<Out, Bit>,
    pub done: Signal<Out, Bit>,
    pub write_enable: Signal<Out, Bit>,
    pub write_address: Signal<Out, Bits<8>>,
    pub write_data: Signal<Out, Bits<8>>,
    step: Crc32Step,
    /// `data`, `data_valid` and `close` of the previous cycle: the path from here to the memory is long.
    last_data: DFF<Bits<8>>,
    has_byte: DFF<Bit>,
    closes: DFF<Bit>,
    is_composing: DFF<Bit>,
    /// Writes left after `close`, plus 1: 7 to 4 for the checksum, 3 for the last code, 2 for the delimiter; else 0.
    tail: DFF<Bits<3>>,
    /// Address of the next byte.
    position: DFF<Bits<8>>,
    /// Address of the code that is written when the block ends.
    code_at: DFF<Bits<8>>,
    crc: DFF<Bits<32>>,
    is_checksum: Signal<Local, Bit>,
    /// The write is that of a code, or of the delimiter, which is the code of no block.
    is_code: Signal<Local, Bit>,
    is_body: Signal<Local, Bit>,
    body: Signal<Local, Bits<8>>,
    start: Setting<Bits<8>>,
    zero: Setting<Bits<8>>,
    one: Setting<Bits<8>>,
    no_crc: Setting<Bits<32>>,
    whole_tail: Setting<Bits<3>>,
    no_tail: Setting<Bits<3>>,
    one_write: Setting<Bits<3>>,
}

impl FrameEncoder {
    /// An idle encoder.
    #[must_use]
    pub fn new() -> Self {
        Self {
            step: Crc32Step::new(),
            start: Setting::new(1),
            one: Setting::new(1),
            whole_tail: Setting::new(7),
            one_write: Setting::new(1),
            ..Default::default()
        }
    }
}

impl Logic for FrameEncoder {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, last_data, has_byte, closes, is_composing, tail, position, code_at, crc);
        self.last_data.d.next = self.data.val();
        self.has_byte.d.next = self.data_valid.val();
        self.closes.d.next = self.close.val();

        // The checksum is written like any other byte; feeding its inverted low byte to the step shifts it.
        self.is_checksum.next = self.tail.q.val().get_bit(2);
        self.is_body.next = self.has_byte.q.val() | self.is_checksum.val();
        self.body.next = self.last_data.q.val();
        self.step.crc.next = self.crc.q.val();
        self.step.data.next = self.last_data.q.val();
        if self.is_checksum.val() {
            self.body.next = self.crc.q.val().get_bits::<8>(0);
            self.step.data.next = !self.crc.q.val().get_bits::<8>(0);
        }
        self.is_code.next = (self.tail.q.val().get_bit(1) & !self.is_checksum.val()) | !self.body.val().any();

        self.write_enable.next = self.is_body.val() | self.tail.q.val().get_bit(1);
        self.write_address.next = self.position.q.val();
        self.write_data.next = self.body.val();
        if self.is_code.val() {
            self.write_address.next = self.code_at.q.val();
            self.write_data.next = self.position.q.val() - self.code_at.q.val();
        }

        if self.is_body.val() {
            self.position.d.next = self.position.q.val() + self.one.val();
            self.crc.d.next = self.step.crc_after.val();
        }
        if self.is_code.val() & (self.is_body.val() | self.tail.q.val().get_bit(1)) {
            self.code_at.d.next = self.position.q.val();
        }
        if self.tail.q.val().any() {
            self.tail.d.next = self.tail.q.val() - self.one_write.val();
        }
        self.done.next = false;
        if !self.is_checksum.val() & (self.tail.q.val().get_bit(1) & !self.tail.q.val().get_bit(0)) {
            self.done.next = true;
            self.tail.d.next = self.no_tail.val();
            self.is_composing.d.next = false;
        }
        if self.closes.q.val() {
            self.tail.d.next = self.whole_tail.val();
        }
        if self.open.val() {
            self.is_composing.d.next = true;
            self.position.d.next = self.start.val();
            self.code_at.d.next = self.zero.val();
            self.crc.d.next = self.no_crc.val();
        }
        self.composing.next = self.is_composing.q.val();
    }
}
