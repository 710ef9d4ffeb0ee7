//! A UART receiver.

use rust_hdl::prelude::*;

use super::{MIN_CLOCKS_PER_BIT, timer_mask};
use crate::setting::Setting;

/// A receiver of 8 data bits, least significant first, no parity, one stop bit.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `rx` | in | 1 | pin, high when idle; asynchronous: two registers synchronize it |
/// | `data` | out | 8 | the byte; only while `valid` |
/// | `valid` | out | 1 | strobe: a byte was received |
/// | `framing_error` | out | 1 | strobe: a byte with a low stop bit, which is lost |
///
/// Each bit is sampled once, in its middle. A start bit that is high there is ignored. After a framing error the line must be
/// high before the next byte, so that a long break is one error.
///
/// Latency: `valid` comes `9 * clocks_per_bit + clocks_per_bit / 2 + 3` cycles after the falling edge of the start bit. Throughput: a
/// byte every `10 * clocks_per_bit` cycles; the sender's baud rate may be off by 2 % at 4 clocks per bit, by more at more. `valid` is
/// not repeated. After configuration the line counts as idle.
#[derive(LogicBlock, Default)]
pub struct UartReceiver {
    pub clock: Signal<In, Clock>,
    pub rx: Signal<In, Bit>,
    pub data: Signal<Out, Bits<8>>,
    pub valid: Signal<Out, Bit>,
    pub framing_error: Signal<Out, Bit>,
    /// The line, inverted, so that it starts idle.
    synchronizer: DFF<Bit>,
    is_low: DFF<Bit>,
    is_receiving: DFF<Bit>,
    /// The line has not been high since a framing error.
    is_broken: DFF<Bit>,
    /// Cycles to the next sample.
    timer: DFF<Bits<16>>,
    /// Samples so far, inverted, the latest on top; the start bit, the first 1, reaches bit 0 before the stop bit comes.
    samples: DFF<Bits<9>>,
    is_valid: DFF<Bit>,
    is_error: DFF<Bit>,
    sample_now: Signal<Local, Bit>,
    to_middle: Setting<Bits<16>>,
    to_next: Setting<Bits<16>>,
    timer_mask: Setting<Bits<16>>,
    one: Setting<Bits<16>>,
    latest: Setting<Bits<9>>,
    no_sample: Setting<Bits<9>>,
}

impl UartReceiver {
    /// A receiver at `clocks_per_bit`.
    ///
    /// # Panics
    /// If that is less than [`MIN_CLOCKS_PER_BIT`].
    #[must_use]
    pub fn new(clocks_per_bit: u16) -> Self {
        assert!(clocks_per_bit >= MIN_CLOCKS_PER_BIT, "{clocks_per_bit} clocks a bit");
        Self {
            to_middle: Setting::new(u64::from(clocks_per_bit / 2 - 1)),
            to_next: Setting::new(u64::from(clocks_per_bit - 1)),
            timer_mask: Setting::new(timer_mask(clocks_per_bit)),
            one: Setting::new(1),
            latest: Setting::new(0x100),
            ..Default::default()
        }
    }
}

impl Logic for UartReceiver {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, synchronizer, is_low, is_receiving, is_broken, timer, samples, is_valid, is_error);
        self.synchronizer.d.next = !self.rx.val();
        self.is_low.d.next = self.synchronizer.q.val();
        self.is_broken.d.next = self.is_broken.q.val() & self.is_low.q.val();
        self.is_valid.d.next = false;
        self.is_error.d.next = false;

        self.sample_now.next = self.is_receiving.q.val() & !self.timer.q.val().any();
        self.timer.d.next = (self.timer.q.val() - self.one.val()) & self.timer_mask.val();
        if self.sample_now.val() {
            self.timer.d.next = self.to_next.val();
            self.samples.d.next = self.samples.q.val() >> 1;
            if self.is_low.q.val() {
                self.samples.d.next = (self.samples.q.val() >> 1) | self.latest.val();
            }
            if !self.samples.q.val().any() {
                self.is_receiving.d.next = self.is_low.q.val();
            }
            if self.samples.q.val().get_bit(0) {
                self.is_receiving.d.next = false;
                self.is_valid.d.next = !self.is_low.q.val();
                self.is_error.d.next = self.is_low.q.val();
                self.is_broken.d.next = self.is_low.q.val();
            }
        }
        if !self.is_receiving.q.val() {
            self.timer.d.next = self.to_middle.val();
            self.samples.d.next = self.no_sample.val();
            self.is_receiving.d.next = self.is_low.q.val() & !self.is_broken.q.val();
        }

        self.data.next = !self.samples.q.val().get_bits::<8>(0);
        self.valid.next = self.is_valid.q.val();
        self.framing_error.next = self.is_error.q.val();
    }
}
