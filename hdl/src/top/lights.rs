//! The LEDs of a board.

use rust_hdl::prelude::*;

use crate::setting::Setting;

/// A heartbeat, and LEDs that stretch strobes to a visible length.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `ticked`, `link_error` | in | 1 | strobes |
/// | `life` | out | 1 | heartbeat; toggles every [`Lights::life_cycles`] |
/// | `ticks`, `link_errors` | out | 1 | high from a strobe for a quarter to half of [`Lights::life_cycles`] |
#[derive(LogicBlock, Default)]
pub struct Lights {
    pub clock: Signal<In, Clock>,
    pub ticked: Signal<In, Bit>,
    pub link_error: Signal<In, Bit>,
    pub life: Signal<Out, Bit>,
    pub ticks: Signal<Out, Bit>,
    pub link_errors: Signal<Out, Bit>,
    count: DFF<Bits<32>>,
    was_step: DFF<Bit>,
    ticks_left: DFF<Bits<2>>,
    errors_left: DFF<Bits<2>>,
    is_step: Signal<Local, Bit>,
    life_bit: Setting<Bits<5>>,
    step_bit: Setting<Bits<5>>,
    one: Setting<Bits<32>>,
    both: Setting<Bits<2>>,
}

/// Steps in a phase of the heartbeat, as a power of two.
const LOG2_STEPS: u32 = 2;

impl Lights {
    /// LEDs at this clock frequency.
    ///
    /// # Panics
    /// Below 16 Hz.
    #[must_use]
    pub fn new(clock_hz: u32) -> Self {
        let life_bit = Self::life_cycles(clock_hz).ilog2();
        assert!(life_bit > LOG2_STEPS, "{clock_hz} Hz");
        Self {
            life_bit: Setting::new(u64::from(life_bit)),
            // A bit toggles twice as often as it rises.
            step_bit: Setting::new(u64::from(life_bit - LOG2_STEPS - 1)),
            one: Setting::new(1),
            both: Setting::new(3),
            ..Default::default()
        }
    }

    /// Cycles between changes of the heartbeat: a power of two, a quarter to half a second.
    #[must_use]
    pub fn life_cycles(clock_hz: u32) -> u32 {
        1 << (clock_hz.ilog2() - 1)
    }
}

impl Logic for Lights {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, count, was_step, ticks_left, errors_left);
        self.count.d.next = self.count.q.val() + self.one.val();
        self.life.next = self.count.q.val().get_bit(self.life_bit.val().index());
        self.was_step.d.next = self.count.q.val().get_bit(self.step_bit.val().index());
        self.is_step.next = self.count.q.val().get_bit(self.step_bit.val().index()) & !self.was_step.q.val();
        if self.is_step.val() {
            self.ticks_left.d.next = self.ticks_left.q.val() >> 1;
            self.errors_left.d.next = self.errors_left.q.val() >> 1;
        }
        if self.ticked.val() {
            self.ticks_left.d.next = self.both.val();
        }
        if self.link_error.val() {
            self.errors_left.d.next = self.both.val();
        }
        self.ticks.next = self.ticks_left.q.val().any();
        self.link_errors.next = self.errors_left.q.val().any();
    }
}
