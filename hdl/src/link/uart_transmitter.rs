//! A UART transmitter.

use rust_hdl::prelude::*;

use super::{MIN_CLOCKS_PER_BIT, timer_mask};
use crate::setting::Setting;

/// A transmitter of 8 data bits, least significant first, no parity, one stop bit.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `data`, `valid`, `ready` | in, in, out | 8, 1, 1 | bytes, a stream |
/// | `tx` | out | 1 | pin, high when idle and after configuration |
///
/// Latency: the start bit begins in the cycle after the transfer. Throughput: a byte every `10 * clocks_per_bit` cycles;
/// waiting bytes follow with exactly one stop bit. `ready` is a register: low from the cycle after a transfer
/// until the last cycle of the stop bit.
#[derive(LogicBlock, Default)]
pub struct UartTransmitter {
    pub clock: Signal<In, Clock>,
    pub data: Signal<In, Bits<8>>,
    pub valid: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    pub tx: Signal<Out, Bit>,
    /// The line, inverted, so that it starts idle.
    is_low: DFF<Bit>,
    is_busy: DFF<Bit>,
    /// Cycles to the next bit.
    timer: DFF<Bits<16>>,
    /// The next bits, inverted, with a 1 above the last as an end mark.
    bits_left: DFF<Bits<10>>,
    inverted: Signal<Local, Bits<8>>,
    timer_ends: Signal<Local, Bit>,
    to_next: Setting<Bits<16>>,
    timer_mask: Setting<Bits<16>>,
    one: Setting<Bits<16>>,
    /// The stop bit, inverted, below the end mark.
    stop_and_mark: Setting<Bits<10>>,
}

impl UartTransmitter {
    /// An idle transmitter at `clocks_per_bit`.
    ///
    /// # Panics
    /// If that is less than [`MIN_CLOCKS_PER_BIT`].
    #[must_use]
    pub fn new(clocks_per_bit: u16) -> Self {
        assert!(clocks_per_bit >= MIN_CLOCKS_PER_BIT, "{clocks_per_bit} clocks a bit");
        Self {
            to_next: Setting::new(u64::from(clocks_per_bit - 1)),
            timer_mask: Setting::new(timer_mask(clocks_per_bit)),
            one: Setting::new(1),
            stop_and_mark: Setting::new(0x200),
            ..Default::default()
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
        // The stop bit ends a cycle early: the next byte can be taken in its last cycle.
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
