//! The link: serial line to frames, answers to serial line.

pub mod answer_store;
pub mod crc32_step;
pub mod frame_decoder;
pub mod frame_encoder;
pub mod slot_queue;
pub mod uart_receiver;
pub mod uart_transmitter;

use rust_hdl::prelude::*;

use crate::ram::RamStyle;

use self::answer_store::AnswerStore;
use self::frame_decoder::FrameDecoder;
use self::uart_receiver::UartReceiver;

/// The fastest line: a bit of so many clock cycles still has a middle.
pub const MIN_CLOCKS_PER_BIT: u16 = 4;
/// The most answer slots.
pub const MAX_SLOTS: usize = 16;

/// The bits that a timer of this many cycles needs; the others stay 0, and synthesis removes them.
fn timer_mask(clocks_per_bit: u16) -> u64 {
    (u64::from(clocks_per_bit).next_power_of_two()) - 1
}

/// The serial link with its two pins: frames that came whole wait in two buffers, answers are kept in slots and sent from there.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `rx`, `tx` | in, out | 1 | pins, high when quiet; `rx` is asynchronous |
/// | `bad_frame` | out | 1 | strobe: bytes that were no frame have ended |
/// | `dropped_frame` | out | 1 | strobe: a good frame has ended that had found both buffers taken |
/// | `n_waiting` | out | 2 | good frames in buffers |
/// | `frame_valid` | out | 1 | there is at least one; the ports below are about the oldest |
/// | `frame_length` | out | 8 | bytes of sequence, opcode and payload, 2 to 250 |
/// | `read_address` | in | 8 | byte to read; byte 0 is the sequence |
/// | `read_data` | out | 8 | that byte, one cycle later |
/// | `take` | in | 1 | strobe: frees the oldest; must stay low while not `frame_valid` |
/// | `open`, `slot` | in | 1, 4 | strobe: begins an answer in this slot; must stay low while `composing`, and for a pending slot |
/// | `data_valid`, `data` | in | 1, 8 | the next byte of sequence, opcode and payload; only while an answer is open; always taken |
/// | `close` | in | 1 | strobe: the answer is complete; may come with its last byte |
/// | `composing` | out | 1 | from the cycle after `open` until the answer is queued |
/// | `resend`, `resend_slot` | in | 1, 4 | strobe: sends a composed answer again, unless it is pending; must stay low while `composing` |
/// | `pending` | out | 16 | slots that wait to be sent or are being sent, by bit |
/// | `idle` | out | 1 | nothing is pending and the last byte has left |
///
/// Neither direction waits for the other, nor for whoever stands behind this block: a frame that finds both buffers taken is
/// dropped and said to be. Slots are below `n_slots`. Latencies, and what an input may do when, are told by the parts:
/// [`UartReceiver`], [`FrameDecoder`], [`AnswerStore`]. Mirrors [`spec::wire::FrameReader`] and [`spec::wire::Frame::to_wire`].
#[derive(LogicBlock)]
pub struct Link {
    pub clock: Signal<In, Clock>,
    pub rx: Signal<In, Bit>,
    pub tx: Signal<Out, Bit>,
    pub bad_frame: Signal<Out, Bit>,
    pub dropped_frame: Signal<Out, Bit>,
    pub n_waiting: Signal<Out, Bits<2>>,
    pub frame_valid: Signal<Out, Bit>,
    pub frame_length: Signal<Out, Bits<8>>,
    pub read_address: Signal<In, Bits<8>>,
    pub read_data: Signal<Out, Bits<8>>,
    pub take: Signal<In, Bit>,
    pub open: Signal<In, Bit>,
    pub slot: Signal<In, Bits<4>>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub close: Signal<In, Bit>,
    pub composing: Signal<Out, Bit>,
    pub resend: Signal<In, Bit>,
    pub resend_slot: Signal<In, Bits<4>>,
    pub pending: Signal<Out, Bits<16>>,
    pub idle: Signal<Out, Bit>,
    receiver: UartReceiver,
    decoder: FrameDecoder,
    store: AnswerStore,
}

impl Link {
    /// A quiet link with `n_slots` answer slots at `clocks_per_bit`, its frames in block RAM.
    ///
    /// # Panics
    /// As [`Link::with_memory`].
    #[must_use]
    pub fn new(n_slots: usize, clocks_per_bit: u16) -> Self {
        Self::with_memory(n_slots, clocks_per_bit, RamStyle::Block)
    }

    /// A quiet link with `n_slots` answer slots at `clocks_per_bit`, its frames in memories of this style.
    ///
    /// # Panics
    /// If there is no slot or more than [`MAX_SLOTS`], or less than [`MIN_CLOCKS_PER_BIT`].
    #[must_use]
    pub fn with_memory(n_slots: usize, clocks_per_bit: u16, frames: RamStyle) -> Self {
        Self {
            clock: Signal::default(),
            rx: Signal::default(),
            tx: Signal::default(),
            bad_frame: Signal::default(),
            dropped_frame: Signal::default(),
            n_waiting: Signal::default(),
            frame_valid: Signal::default(),
            frame_length: Signal::default(),
            read_address: Signal::default(),
            read_data: Signal::default(),
            take: Signal::default(),
            open: Signal::default(),
            slot: Signal::default(),
            data: Signal::default(),
            data_valid: Signal::default(),
            close: Signal::default(),
            composing: Signal::default(),
            resend: Signal::default(),
            resend_slot: Signal::default(),
            pending: Signal::default(),
            idle: Signal::default(),
            receiver: UartReceiver::new(clocks_per_bit),
            decoder: FrameDecoder::with_memory(frames),
            store: AnswerStore::with_memory(n_slots, clocks_per_bit, frames),
        }
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new(1, MIN_CLOCKS_PER_BIT)
    }
}

impl Logic for Link {
    #[hdl_gen]
    fn update(&mut self) {
        self.receiver.clock.next = self.clock.val();
        self.decoder.clock.next = self.clock.val();
        self.store.clock.next = self.clock.val();

        self.receiver.rx.next = self.rx.val();
        self.decoder.data.next = self.receiver.data.val();
        self.decoder.data_valid.next = self.receiver.valid.val();
        self.decoder.data_error.next = self.receiver.framing_error.val();
        self.bad_frame.next = self.decoder.bad_frame.val();
        self.dropped_frame.next = self.decoder.dropped_frame.val();
        self.n_waiting.next = self.decoder.n_waiting.val();
        self.frame_valid.next = self.decoder.frame_valid.val();
        self.frame_length.next = self.decoder.frame_length.val();
        self.decoder.read_address.next = self.read_address.val();
        self.read_data.next = self.decoder.read_data.val();
        self.decoder.take.next = self.take.val();

        self.store.open.next = self.open.val();
        self.store.slot.next = self.slot.val();
        self.store.data.next = self.data.val();
        self.store.data_valid.next = self.data_valid.val();
        self.store.close.next = self.close.val();
        self.composing.next = self.store.composing.val();
        self.store.resend.next = self.resend.val();
        self.store.resend_slot.next = self.resend_slot.val();
        self.pending.next = self.store.pending.val();
        self.idle.next = self.store.idle.val();
        self.tx.next = self.store.tx.val();
    }
}
