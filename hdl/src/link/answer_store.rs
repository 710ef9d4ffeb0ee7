//! Keeps answers for repeated frames, and sends them.

use rust_hdl::prelude::*;

use super::MAX_SLOTS;
use super::frame_encoder::FrameEncoder;
use super::slot_queue::SlotQueue;
use super::uart_transmitter::UartTransmitter;
use crate::ram::{Ram, RamStyle};
use crate::setting::Setting;

/// Slots of 256 bytes, one answer each, sent in the order in which they were closed or requested again.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `open`, `slot` | in | 1, 4 | strobe: opens an answer in this slot; must stay low while `composing`, and for a pending slot |
/// | `data_valid`, `data` | in | 1, 8 | strobe: the next byte of sequence, opcode and payload; always taken |
/// | `close` | in | 1 | strobe: the answer is complete; may come with its last byte |
/// | `composing` | out | 1 | from the cycle after `open` until the answer is pending |
/// | `resend`, `resend_slot` | in | 1, 4 | strobe: sends a composed answer again, unless it is pending; must stay low while `composing` |
/// | `pending` | out | 16 | slots that wait to be sent or are being sent, a bit each |
/// | `idle` | out | 1 | nothing is pending, and the last stop bit is ending |
/// | `tx` | out | 1 | pin |
///
/// See [`FrameEncoder`] for composing; slots are below `n_slots`. Opening a slot discards its answer. No slot is queued twice, so
/// the queue cannot overflow.
///
/// Latency: `composing` falls and the slot is pending 8 cycles after `close`; on an idle line the start bit begins 4 cycles
/// later. Throughput: the line is never idle while a slot is pending. A slot stays pending until the transmitter has its last
/// byte. Mirrors [`spec::wire::Frame::to_wire`].
#[derive(LogicBlock, Default)]
pub struct AnswerStore {
    pub clock: Signal<In, Clock>,
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
    pub tx: Signal<Out, Bit>,
    memory: Ram<12, 8>,
    encoder: FrameEncoder,
    queue: SlotQueue,
    transmitter: UartTransmitter,
    open_slot: DFF<Bits<4>>,
    pending_slots: DFF<Bits<16>>,
    is_sending: DFF<Bit>,
    sent_slot: DFF<Bits<4>>,
    send_at: DFF<Bits<8>>,
    /// The byte at `send_at` has been read.
    is_fetched: DFF<Bit>,
    /// And `is_delimiter` is valid for it.
    is_offered: DFF<Bit>,
    is_delimiter: DFF<Bit>,
    queues: Signal<Local, Bit>,
    queued_slot: Signal<Local, Bits<4>>,
    begun: Signal<Local, Bits<16>>,
    ended: Signal<Local, Bits<16>>,
    pending_from_resent: Signal<Local, Bits<16>>,
    moves: Signal<Local, Bit>,
    slots: Setting<Bits<16>>,
    first_slot: Setting<Bits<16>>,
    no_slot: Setting<Bits<16>>,
    start: Setting<Bits<8>>,
    one: Setting<Bits<8>>,
}

impl AnswerStore {
    /// Empty slots in a memory of this style, and an idle line at `clocks_per_bit`.
    ///
    /// # Panics
    /// If there is no slot or more than [`MAX_SLOTS`], or too few clocks per bit.
    #[must_use]
    pub fn new(n_slots: usize, clocks_per_bit: u16, style: RamStyle) -> Self {
        assert!((1..=MAX_SLOTS).contains(&n_slots), "{n_slots} answer slots");
        Self {
            memory: Ram::new(n_slots << 8, style),
            encoder: FrameEncoder::new(),
            queue: SlotQueue::new(n_slots),
            transmitter: UartTransmitter::new(clocks_per_bit),
            slots: Setting::new((1_u64 << n_slots) - 1),
            first_slot: Setting::new(1),
            one: Setting::new(1),
            ..Default::default()
        }
    }
}

impl Logic for AnswerStore {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, open_slot, pending_slots, is_sending, sent_slot, send_at);
        dff_setup!(self, clock, is_fetched, is_offered, is_delimiter);
        self.memory.clock.next = self.clock.val();
        self.memory.read_enable.next = true;
        clock!(self, clock, encoder, queue, transmitter);

        // Composing.
        self.encoder.open.next = self.open.val();
        self.encoder.data.next = self.data.val();
        self.encoder.data_valid.next = self.data_valid.val();
        self.encoder.close.next = self.close.val();
        self.composing.next = self.encoder.composing.val();
        if self.open.val() {
            self.open_slot.d.next = self.slot.val();
        }
        self.memory.write_enable.next = self.encoder.write_enable.val();
        self.memory.write_data.next = self.encoder.write_data.val();
        self.memory.write_address.next =
            (bit_cast::<12, 4>(self.open_slot.q.val()) << 8) | bit_cast::<12, 8>(self.encoder.write_address.val());

        // Queueing.
        self.pending_from_resent.next = self.pending_slots.q.val() >> self.resend_slot.val();
        self.queues.next = self.encoder.done.val() | (self.resend.val() & !self.pending_from_resent.val().get_bit(0));
        self.queued_slot.next = self.resend_slot.val();
        if self.encoder.composing.val() {
            self.queued_slot.next = self.open_slot.q.val();
        }
        self.queue.write.next = self.queues.val();
        self.queue.slot_in.next = self.queued_slot.val();

        // Sending.
        self.memory.read_address.next =
            (bit_cast::<12, 4>(self.sent_slot.q.val()) << 8) | bit_cast::<12, 8>(self.send_at.q.val());
        self.transmitter.data.next = self.memory.read_data.val();
        self.transmitter.valid.next = self.is_offered.q.val();
        self.moves.next = self.is_offered.q.val() & self.transmitter.ready.val();
        self.is_fetched.d.next = self.is_sending.q.val() & !self.moves.val();
        self.is_offered.d.next = self.is_fetched.q.val() & !self.moves.val();
        self.is_delimiter.d.next = !self.memory.read_data.val().any();
        if self.moves.val() {
            self.send_at.d.next = self.send_at.q.val() + self.one.val();
            if self.is_delimiter.q.val() {
                self.is_sending.d.next = false;
            }
        }
        self.queue.read.next = self.queue.valid.val() & !self.is_sending.q.val();
        if !self.is_sending.q.val() {
            self.send_at.d.next = self.start.val();
            self.sent_slot.d.next = self.queue.slot_out.val();
            self.is_sending.d.next = self.queue.valid.val();
        }

        self.begun.next = self.no_slot.val();
        if self.queues.val() {
            self.begun.next = self.first_slot.val() << self.queued_slot.val();
        }
        self.ended.next = self.no_slot.val();
        if self.moves.val() & self.is_delimiter.q.val() {
            self.ended.next = self.first_slot.val() << self.sent_slot.q.val();
        }
        self.pending_slots.d.next =
            ((self.pending_slots.q.val() & !self.ended.val()) | self.begun.val()) & self.slots.val();
        self.pending.next = self.pending_slots.q.val();
        self.idle.next = self.transmitter.ready.val() & !self.pending_slots.q.val().any();
        self.tx.next = self.transmitter.tx.val();
    }
}
