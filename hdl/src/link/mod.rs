//! The link: frames from the serial line, answers to the serial line.

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

/// The fewest clock cycles per bit, so that a bit can be sampled in its middle.
pub const MIN_CLOCKS_PER_BIT: u16 = 4;
/// The most answer slots.
pub const MAX_SLOTS: usize = 16;

/// The mask of the bits that a bit timer needs; synthesis removes the others.
fn timer_mask(clocks_per_bit: u16) -> u64 {
    (u64::from(clocks_per_bit).next_power_of_two()) - 1
}

/// The serial link with its two pins: good frames wait in two buffers, answers are kept in slots and sent from there.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `rx`, `tx` | in, out | 1 | pins, high when idle; `rx` is asynchronous |
/// | `bad_frame` | out | 1 | strobe: a bad frame has ended |
/// | `dropped_frame` | out | 1 | strobe: a good frame has ended for which no buffer was free |
/// | `n_waiting` | out | 2 | good frames in buffers |
/// | `frame_valid` | out | 1 | there is at least one; the ports below refer to the oldest |
/// | `frame_length` | out | 8 | bytes of sequence, opcode and payload, 2 to 250 |
/// | `read_address` | in | 8 | byte to read; byte 0 is the sequence |
/// | `read_data` | out | 8 | that byte, one cycle later |
/// | `take` | in | 1 | strobe: frees the oldest; must stay low while not `frame_valid` |
/// | `open`, `slot` | in | 1, 4 | strobe: opens an answer in this slot; must stay low while `composing`, and for a pending slot |
/// | `data_valid`, `data` | in | 1, 8 | the next byte of sequence, opcode and payload; only while an answer is open; always taken |
/// | `close` | in | 1 | strobe: the answer is complete; may come with its last byte |
/// | `composing` | out | 1 | from the cycle after `open` until the answer is queued |
/// | `resend`, `resend_slot` | in | 1, 4 | strobe: sends a composed answer again, unless it is pending; must stay low while `composing` |
/// | `pending` | out | 16 | slots that wait to be sent or are being sent, a bit each |
/// | `idle` | out | 1 | nothing is pending and the last byte was sent |
///
/// Neither direction waits for the other or for the executor: a frame without a free buffer is dropped and reported. Slots are
/// below `n_slots`. Latencies and the rules of inputs are those of the parts: [`UartReceiver`], [`FrameDecoder`],
/// [`AnswerStore`]. Mirrors [`spec::wire::FrameReader`] and [`spec::wire::Frame::to_wire`].
#[derive(LogicBlock, Default)]
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
    /// An idle link with `n_slots` answer slots at `clocks_per_bit`, its frames in memories of this style.
    ///
    /// # Panics
    /// If there is no slot or more than [`MAX_SLOTS`], or fewer clocks per bit than [`MIN_CLOCKS_PER_BIT`].
    #[must_use]
    pub fn new(n_slots: usize, clocks_per_bit: u16, frames: RamStyle) -> Self {
        Self {
            receiver: UartReceiver::new(clocks_per_bit),
            decoder: FrameDecoder::new(frames),
            store: AnswerStore::new(n_slots, clocks_per_bit, frames),
            ..Default::default()
        }
    }
}

impl Logic for Link {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, receiver, decoder, store);

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
