//! Bytes to serial line.

use rust_hdl::prelude::*;

use super::{MIN_CLOCKS_PER_BIT, timer_mask};

/// A transmitter of 8 data bits, least significant first, no parity, one stop bit.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `data`, `valid`, `ready` | in, in, out | 8, 1, 1 | bytes, a stream |
/// | `tx` | out | 1 | pin, high when quiet, also after configuration |
///
/// Latency: the start bit begins in the cycle after the transfer. Throughput: a byte every `10 * clocks_per_bit` cycles;
/// bytes that wait follow each other with exactly one stop bit. `ready` is a register: low from the cycle after a transfer
/// until the last cycle of the stop bit.
#[derive(LogicBlock)]
pub struct UartTransmitter {
    pub clock: Signal<In, Clock>,
    pub data: Signal<In, Bits<8>>,
    pub valid: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    pub tx: Signal<Out, Bit>,
    /// The line, inverted, so that it starts quiet.
    is_low: DFF<Bit>,
    is_busy: DFF<Bit>,
    /// Cycles to the next bit.
    timer: DFF<Bits<16>>,
    /// Bits that come next, inverted, and a 1 above the last of them.
    bits_left: DFF<Bits<10>>,
    inverted: Signal<Local, Bits<8>>,
    timer_ends: Signal<Local, Bit>,
    to_next: Constant<Bits<16>>,
    timer_mask: Constant<Bits<16>>,
    one: Constant<Bits<16>>,
    /// The stop bit, inverted, below the mark.
    stop_and_mark: Constant<Bits<10>>,
}

impl UartTransmitter {
    /// A quiet transmitter at `clocks_per_bit`.
    ///
    /// # Panics
    /// If that is less than [`MIN_CLOCKS_PER_BIT`].
    #[must_use]
    pub fn new(clocks_per_bit: u16) -> Self {
        assert!(clocks_per_bit >= MIN_CLOCKS_PER_BIT, "{clocks_per_bit} clocks a bit");
        Self {
            clock: Signal::default(),
            data: Signal::default(),
            valid: Signal::default(),
            ready: Signal::default(),
            tx: Signal::default(),
            is_low: DFF::default(),
            is_busy: DFF::default(),
            timer: DFF::default(),
            bits_left: DFF::default(),
            inverted: Signal::default(),
            timer_ends: Signal::default(),
            to_next: Constant::new(u64::from(clocks_per_bit - 1).into()),
            timer_mask: Constant::new(timer_mask(clocks_per_bit).into()),
            one: Constant::new(1.into()),
            stop_and_mark: Constant::new(0x200.into()),
        }
    }
}

impl Logic for UartTransmitter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, is_low, is_busy, timer, bits_left);
        self.inverted.next = !self.data.val();
        // At 1 or 0.
        self.timer_ends.next = !self.timer.q.val().get_bits::<15>(1).any();

        self.timer.d.next = (self.timer.q.val() - self.one.val()) & self.timer_mask.val();
        if self.timer_ends.val() & !self.timer.q.val().get_bit(0) {
            self.timer.d.next = self.to_next.val();
            self.is_low.d.next = self.bits_left.q.val().get_bit(0);
            self.bits_left.d.next = self.bits_left.q.val() >> 1;
        }
        // The stop bit ends a cycle early: its last cycle is the one in which the next byte can be taken.
        if self.timer_ends.val() & !self.bits_left.q.val().get_bits::<9>(1).any() {
            self.is_busy.d.next = false;
        }
        if !self.is_busy.q.val() {
            self.timer.d.next = self.to_next.val();
            self.bits_left.d.next = bit_cast::<10, 8>(self.inverted.val()) | self.stop_and_mark.val();
            self.is_low.d.next = self.valid.val();
            self.is_busy.d.next = self.valid.val();
        }

        self.ready.next = !self.is_busy.q.val();
        self.tx.next = !self.is_low.q.val();
    }
}
