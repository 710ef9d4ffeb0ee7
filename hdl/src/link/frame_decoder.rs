//! Bytes to frames: removes the stuffing, checks the checksum, keeps good frames.

use rust_hdl::prelude::*;
use spec::checksum::CHECKSUM_BYTES;
use spec::wire::{BODY_MAX_BYTES, PAYLOAD_MAX_BYTES};

use super::crc32_step::{CHECKSUM_OF_CHECKED, Crc32Step};
use crate::ram::{Ram, RamStyle};
use crate::setting::Setting;

/// Sequence, opcode and checksum.
const BODY_MIN_BYTES: usize = BODY_MAX_BYTES - PAYLOAD_MAX_BYTES;

/// Finds frames in a stream of bytes and keeps two of them.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `data_valid`, `data` | in | 1, 8 | strobe: the next byte; always taken |
/// | `data_error` | in | 1 | strobe: a byte was lost here; the bytes up to the next delimiter are a bad frame |
/// | `bad_frame` | out | 1 | strobe: a bad frame has ended |
/// | `dropped_frame` | out | 1 | strobe: a good frame has ended for which no buffer was free |
/// | `n_waiting` | out | 2 | good frames in buffers |
/// | `frame_valid` | out | 1 | there is at least one; the ports below refer to the oldest |
/// | `frame_length` | out | 8 | bytes of sequence, opcode and payload, 2 to 250 |
/// | `read_address` | in | 8 | byte to read; byte 0 is the sequence |
/// | `read_data` | out | 8 | that byte, one cycle later |
/// | `take` | in | 1 | strobe: frees the oldest; must stay low while not `frame_valid` |
///
/// At most one of `data_valid` and `data_error` is high. Each delimiter after other bytes results in exactly one of: one more
/// frame in the buffers, `bad_frame`, `dropped_frame`. A good frame is dropped if `n_waiting` is 2 in the cycle of its first
/// byte, even if a buffer is freed in that cycle or later.
///
/// Latency: strobes and `n_waiting` follow the delimiter by 1 cycle. Throughput: a byte per cycle.
/// Mirrors [`spec::wire::FrameReader`].
#[derive(LogicBlock, Default)]
pub struct FrameDecoder {
    pub clock: Signal<In, Clock>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub data_error: Signal<In, Bit>,
    pub bad_frame: Signal<Out, Bit>,
    pub dropped_frame: Signal<Out, Bit>,
    pub n_waiting: Signal<Out, Bits<2>>,
    pub frame_valid: Signal<Out, Bit>,
    pub frame_length: Signal<Out, Bits<8>>,
    pub read_address: Signal<In, Bits<8>>,
    pub read_data: Signal<Out, Bits<8>>,
    pub take: Signal<In, Bit>,
    buffers: Ram<9, 8>,
    step: Crc32Step,
    /// There were bytes since the last delimiter.
    in_frame: DFF<Bit>,
    /// And they are a bad frame.
    is_bad: DFF<Bit>,
    /// And a buffer was free for them.
    is_stored: DFF<Bit>,
    /// Bytes to the next code.
    block_left: DFF<Bits<8>>,
    /// Bytes after unstuffing; it may wrap, as frames beyond the longest are bad.
    n_body: DFF<Bits<8>>,
    crc: DFF<Bits<32>>,
    writes_upper: DFF<Bit>,
    reads_upper: DFF<Bit>,
    n_kept: DFF<Bits<2>>,
    lower_length: DFF<Bits<8>>,
    upper_length: DFF<Bits<8>>,
    says_bad: DFF<Bit>,
    says_dropped: DFF<Bit>,
    is_delimiter: Signal<Local, Bit>,
    is_stuffed: Signal<Local, Bit>,
    is_body: Signal<Local, Bit>,
    is_code: Signal<Local, Bit>,
    /// A delimiter after other bytes.
    ends: Signal<Local, Bit>,
    is_good: Signal<Local, Bit>,
    is_kept: Signal<Local, Bit>,
    body: Signal<Local, Bits<8>>,
    block_from_here: Signal<Local, Bits<8>>,
    upper_buffer: Setting<Bits<9>>,
    checked: Setting<Bits<32>>,
    no_crc: Setting<Bits<32>>,
    min_body: Setting<Bits<8>>,
    max_body: Setting<Bits<8>>,
    checksum_length: Setting<Bits<8>>,
    zero: Setting<Bits<8>>,
    one: Setting<Bits<8>>,
    one_frame: Setting<Bits<2>>,
}

impl FrameDecoder {
    /// A decoder whose frames are in a memory of this style.
    #[must_use]
    pub fn new(style: RamStyle) -> Self {
        Self {
            buffers: Ram::new(1 << 9, style),
            step: Crc32Step::new(),
            upper_buffer: Setting::new(0x100),
            checked: Setting::new(CHECKSUM_OF_CHECKED),
            min_body: Setting::new(BODY_MIN_BYTES as u64),
            max_body: Setting::new(BODY_MAX_BYTES as u64),
            checksum_length: Setting::new(CHECKSUM_BYTES as u64),
            one: Setting::new(1),
            one_frame: Setting::new(1),
            ..Default::default()
        }
    }
}

impl Logic for FrameDecoder {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, in_frame, is_bad, is_stored, block_left, n_body, crc);
        dff_setup!(self, clock, writes_upper, reads_upper, n_kept, lower_length, upper_length, says_bad, says_dropped);
        self.buffers.clock.next = self.clock.val();
        self.buffers.read_enable.next = true;

        // All bytes but the first of a frame stand for a byte of its body, a code for the 0 that it replaced.
        self.is_delimiter.next = self.data_valid.val() & !self.data.val().any();
        self.is_stuffed.next = (self.data_valid.val() & self.data.val().any()) | self.data_error.val();
        self.is_body.next = self.is_stuffed.val() & self.in_frame.q.val();
        self.is_code.next = !self.block_left.q.val().any();
        self.body.next = self.data.val();
        self.block_from_here.next = self.block_left.q.val();
        if self.is_code.val() {
            self.body.next = self.zero.val();
            self.block_from_here.next = self.data.val();
        }

        if self.is_stuffed.val() {
            self.block_left.d.next = self.block_from_here.val() - self.one.val();
            if !self.in_frame.q.val() {
                self.is_stored.d.next = !self.n_kept.q.val().get_bit(1);
            }
            if self.data_error.val() | (self.n_body.q.val() == self.max_body.val()) {
                self.is_bad.d.next = true;
            }
            self.in_frame.d.next = true;
        }

        self.step.crc.next = self.crc.q.val();
        self.step.data.next = self.body.val();
        if self.is_stuffed.val() | self.is_delimiter.val() {
            self.n_body.d.next = self.zero.val();
            self.crc.d.next = self.no_crc.val();
            if self.is_body.val() {
                self.n_body.d.next = self.n_body.q.val() + self.one.val();
                self.crc.d.next = self.step.crc_after.val();
            }
        }

        // The result for the bytes before a delimiter.
        self.ends.next = self.is_delimiter.val() & self.in_frame.q.val();
        self.is_good.next = (!self.is_bad.q.val() & self.is_code.val())
            & ((self.n_body.q.val() >= self.min_body.val()) & (self.crc.q.val() == self.checked.val()));
        self.is_kept.next = self.ends.val() & (self.is_good.val() & self.is_stored.q.val());
        self.says_bad.d.next = self.ends.val() & !self.is_good.val();
        self.says_dropped.d.next = self.ends.val() & (self.is_good.val() & !self.is_stored.q.val());
        if self.is_delimiter.val() {
            self.in_frame.d.next = false;
            self.is_bad.d.next = false;
            self.block_left.d.next = self.zero.val();
        }

        // Two buffers in turn.
        if self.is_kept.val() {
            self.writes_upper.d.next = !self.writes_upper.q.val();
            if self.writes_upper.q.val() {
                self.upper_length.d.next = self.n_body.q.val() - self.checksum_length.val();
            } else {
                self.lower_length.d.next = self.n_body.q.val() - self.checksum_length.val();
            }
        }
        if self.take.val() {
            self.reads_upper.d.next = !self.reads_upper.q.val();
        }
        if self.is_kept.val() & !self.take.val() {
            self.n_kept.d.next = self.n_kept.q.val() + self.one_frame.val();
        }
        if self.take.val() & !self.is_kept.val() {
            self.n_kept.d.next = self.n_kept.q.val() - self.one_frame.val();
        }
        self.buffers.write_enable.next = self.is_body.val() & self.is_stored.q.val();
        self.buffers.write_data.next = self.body.val();
        self.buffers.write_address.next = bit_cast::<9, 8>(self.n_body.q.val());
        if self.writes_upper.q.val() {
            self.buffers.write_address.next = bit_cast::<9, 8>(self.n_body.q.val()) | self.upper_buffer.val();
        }
        self.buffers.read_address.next = bit_cast::<9, 8>(self.read_address.val());
        self.frame_length.next = self.lower_length.q.val();
        if self.reads_upper.q.val() {
            self.buffers.read_address.next = bit_cast::<9, 8>(self.read_address.val()) | self.upper_buffer.val();
            self.frame_length.next = self.upper_length.q.val();
        }

        self.bad_frame.next = self.says_bad.q.val();
        self.dropped_frame.next = self.says_dropped.q.val();
        self.n_waiting.next = self.n_kept.q.val();
        self.frame_valid.next = self.n_kept.q.val().any();
        self.read_data.next = self.buffers.read_data.val();
    }
}
