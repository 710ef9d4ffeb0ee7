//! The link: serial line to frames, answers to serial line.

use rust_hdl::prelude::*;

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
    no_slot: Constant<Bits<16>>,
    no_frame: Constant<Bits<2>>,
    no_byte: Constant<Bits<8>>,
}

impl Link {
    /// A quiet link with `n_slots` answer slots, 1 to 16, at `clocks_per_bit`, 4 or more.
    #[must_use]
    pub fn new(_n_slots: usize, _clocks_per_bit: u16) -> Self {
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
            no_slot: Constant::new(0.into()),
            no_frame: Constant::new(0.into()),
            no_byte: Constant::new(0.into()),
        }
    }
}

impl Logic for Link {
    #[hdl_gen]
    fn update(&mut self) {
        self.tx.next = true;
        self.bad_frame.next = false;
        self.dropped_frame.next = false;
        self.n_waiting.next = self.no_frame.val();
        self.frame_valid.next = false;
        self.frame_length.next = self.no_byte.val();
        self.read_data.next = self.no_byte.val();
        self.composing.next = false;
        self.pending.next = self.no_slot.val();
        self.idle.next = true;
    }
}
