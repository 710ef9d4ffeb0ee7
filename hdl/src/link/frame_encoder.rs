//! Answers to frames: checksum, stuffing and delimiter are added while the bytes go into a memory.

use rust_hdl::prelude::*;

use super::crc32_step::Crc32Step;

/// Writes an answer into 256 bytes of memory as it stands on the wire.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `open` | in | 1 | strobe: an answer begins; must stay low while `composing` |
/// | `data_valid`, `data` | in | 1, 8 | strobe: the next byte of sequence, opcode and payload; always taken |
/// | `close` | in | 1 | strobe: the answer is complete; may come with its last byte |
/// | `composing` | out | 1 | from the cycle after `open` to the last write |
/// | `done` | out | 1 | strobe: this is the last write, and the last cycle of `composing` |
/// | `write_enable`, `write_address`, `write_data` | out | 1, 8, 8 | bytes of the memory |
///
/// `data_valid` and `close` may be high only while `composing`, up to the cycle of `close`. An answer of more than 250 bytes
/// overwrites its own beginning.
///
/// The code of a stuffing block stands where the 0 was that it replaces, so a 0 needs no write of its own: its cycle writes
/// the code of the block that it ends, at the place of the 0 before it. From byte 0 the memory then holds the wire's bytes, up to
/// and with the delimiter.
///
/// Latency: a byte is written in the cycle after its own, and `done` comes 7 cycles after `close`. Throughput: a byte a cycle.
/// Mirrors [`spec::wire::Frame::to_wire`].
#[derive(LogicBlock)]
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
    /// `data`, `data_valid` and `close` of the cycle before: the way from here to the memory is a long one.
    last_data: DFF<Bits<8>>,
    has_byte: DFF<Bit>,
    closes: DFF<Bit>,
    is_composing: DFF<Bit>,
    /// Writes left after `close`, plus 1: 7 to 4 for the checksum, 3 for the last code, 2 for the delimiter; else 0.
    tail: DFF<Bits<3>>,
    /// Place of the next byte.
    position: DFF<Bits<8>>,
    /// Place of the code that comes when the block ends.
    code_at: DFF<Bits<8>>,
    crc: DFF<Bits<32>>,
    is_checksum: Signal<Local, Bit>,
    /// The write is that of a code, or of the delimiter, which is the code of no block.
    is_code: Signal<Local, Bit>,
    is_body: Signal<Local, Bit>,
    body: Signal<Local, Bits<8>>,
    start: Constant<Bits<8>>,
    zero: Constant<Bits<8>>,
    one: Constant<Bits<8>>,
    no_crc: Constant<Bits<32>>,
    whole_tail: Constant<Bits<3>>,
    no_tail: Constant<Bits<3>>,
    one_write: Constant<Bits<3>>,
}

impl Default for FrameEncoder {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            open: Signal::default(),
            data: Signal::default(),
            data_valid: Signal::default(),
            close: Signal::default(),
            composing: Signal::default(),
            done: Signal::default(),
            write_enable: Signal::default(),
            write_address: Signal::default(),
            write_data: Signal::default(),
            step: Crc32Step::default(),
            last_data: DFF::default(),
            has_byte: DFF::default(),
            closes: DFF::default(),
            is_composing: DFF::default(),
            tail: DFF::default(),
            position: DFF::default(),
            code_at: DFF::default(),
            crc: DFF::default(),
            is_checksum: Signal::default(),
            is_code: Signal::default(),
            is_body: Signal::default(),
            body: Signal::default(),
            start: Constant::new(1.into()),
            zero: Constant::new(0.into()),
            one: Constant::new(1.into()),
            no_crc: Constant::new(0.into()),
            whole_tail: Constant::new(7.into()),
            no_tail: Constant::new(0.into()),
            one_write: Constant::new(1.into()),
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

        // The checksum goes the way of every other byte; what is fed to its own step shifts it.
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
