//! The counters of a board, in one memory with one adder.

use rust_hdl::prelude::*;

use crate::ram::Ram;
use crate::technology::Technology;

/// Halves of counters in the memory: [`spec::wire::Counters`] in order, then the number of the next tick.
const N_HALVES: usize = 20;
/// Address of the number of the next tick, the low half first.
pub const TICK_NUMBER_AT: usize = 18;

/// Mirrors [`spec::wire::Counters`], and counts ticks since the last restart; each wraps at 32 bits.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `tick` | in | 1 | strobe: a tick has ended, with the numbers below; hold them while `busy` |
/// | `restart` | in | 1 | strobe: the number of the next tick becomes 0 |
/// | `n_events`, `n_spikes`, `synaptic_events`, `tick_cycles`, `overrun` | in | 16, 16, 20, 20, 1 | the amounts to add |
/// | `bad_frame`, `out_of_sequence`, `dropped_frame` | in | 1 each | strobes, at any time |
/// | `hold` | in | 1 | stops additions, so that the counters can be read |
/// | `busy` | out | 1 | additions are in progress or pending |
/// | `index`, `value` | in, out | 5, 16 | half of a counter, low halves at even numbers; one cycle later; while not `busy` |
///
/// After any strobe, a walk over all halves, two cycles each. Up to 255 strobes of a kind may come during a walk, 3 of
/// `out_of_sequence`.
#[derive(LogicBlock, Default)]
pub struct Counters {
    pub clock: Signal<In, Clock>,
    pub tick: Signal<In, Bit>,
    pub restart: Signal<In, Bit>,
    pub n_events: Signal<In, Bits<16>>,
    pub n_spikes: Signal<In, Bits<16>>,
    pub synaptic_events: Signal<In, Bits<20>>,
    pub tick_cycles: Signal<In, Bits<20>>,
    pub overrun: Signal<In, Bit>,
    pub bad_frame: Signal<In, Bit>,
    pub out_of_sequence: Signal<In, Bit>,
    pub dropped_frame: Signal<In, Bit>,
    pub hold: Signal<In, Bit>,
    pub busy: Signal<Out, Bit>,
    pub index: Signal<In, Bits<5>>,
    pub value: Signal<Out, Bits<16>>,

    halves: Ram<5, 16>,
    cleared: DFF<Bit>,
    walking: DFF<Bit>,
    adding: DFF<Bit>,
    at: DFF<Bits<5>>,
    carry: DFF<Bit>,
    tick_waits: DFF<Bit>,
    tick_walks: DFF<Bit>,
    restart_waits: DFF<Bit>,
    restart_walks: DFF<Bit>,
    /// Strobes not added yet, and those that came in the cycle in which these were taken.
    bad: DFF<Bits<8>>,
    unexpected: DFF<Bits<2>>,
    dropped: DFF<Bits<8>>,
    bad_late: DFF<Bit>,
    unexpected_late: DFF<Bit>,
    dropped_late: DFF<Bit>,
    more: DFF<Bits<16>>,
    gathers: Signal<Local, Bit>,
    upper: Signal<Local, Bits<5>>,
    carried: Signal<Local, Bits<5>>,
    upper_sum: Signal<Local, Bits<5>>,
    sum: Signal<Local, Bits<17>>,
    zeroes: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    takes_bad: Signal<Local, Bit>,
    takes_unexpected: Signal<Local, Bit>,
    takes_dropped: Signal<Local, Bit>,
    work: Signal<Local, Bit>,
}

impl Counters {
    /// Counters at 0.
    #[must_use]
    pub fn new(technology: Technology) -> Self {
        Self { halves: Ram::new(N_HALVES, technology.small_memory()), ..Default::default() }
    }
}

impl Logic for Counters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, cleared, walking, adding, at, carry, tick_waits, tick_walks);
        dff_setup!(self, clock, restart_waits, restart_walks, bad, unexpected, dropped);
        dff_setup!(self, clock, more, bad_late, unexpected_late, dropped_late);
        self.halves.clock.next = self.clock.val();
        self.halves.read_enable.next = true;
        self.gathers.next = self.walking.q.val() & !self.adding.q.val();
        self.takes.next = self.walking.q.val() & self.adding.q.val();

        // The amount is gathered while the half is read, and added in the next cycle; a high half gets the carry of its low half.
        self.carried.next = 0.into();
        if self.carry.q.val() {
            self.carried.next = 1.into();
        }
        self.upper.next = 0.into();
        if self.tick_walks.q.val() {
            if self.at.q.val() == bits::<5>(7) {
                self.upper.next = bit_cast::<5, 4>(self.synaptic_events.val().get_bits::<4>(16));
            }
            if self.at.q.val() == bits::<5>(9) {
                self.upper.next = bit_cast::<5, 4>(self.tick_cycles.val().get_bits::<4>(16));
            }
        }
        self.upper_sum.next = self.upper.val() + self.carried.val();
        self.more.d.next = 0.into();
        if self.tick_walks.q.val() {
            if (self.at.q.val() == bits::<5>(0)) | (self.at.q.val() == bits::<5>(18)) {
                self.more.d.next = 1.into();
            }
            if self.at.q.val() == bits::<5>(2) {
                self.more.d.next = self.n_events.val();
            }
            if self.at.q.val() == bits::<5>(4) {
                self.more.d.next = self.n_spikes.val();
            }
            if self.at.q.val() == bits::<5>(6) {
                self.more.d.next = self.synaptic_events.val().get_bits::<16>(0);
            }
            if self.at.q.val() == bits::<5>(8) {
                self.more.d.next = self.tick_cycles.val().get_bits::<16>(0);
            }
            if (self.at.q.val() == bits::<5>(10)) & self.overrun.val() {
                self.more.d.next = 1.into();
            }
        }
        if self.at.q.val() == bits::<5>(12) {
            self.more.d.next = bit_cast::<16, 8>(self.bad.q.val());
        }
        if self.at.q.val() == bits::<5>(14) {
            self.more.d.next = bit_cast::<16, 2>(self.unexpected.q.val());
        }
        if self.at.q.val() == bits::<5>(16) {
            self.more.d.next = bit_cast::<16, 8>(self.dropped.q.val());
        }
        if self.at.q.val().get_bit(0) {
            self.more.d.next = bit_cast::<16, 5>(self.upper_sum.val());
        }

        // Strobes are counted, and taken by the walk.
        self.takes_bad.next = self.gathers.val() & (self.at.q.val() == bits::<5>(12));
        self.takes_unexpected.next = self.gathers.val() & (self.at.q.val() == bits::<5>(14));
        self.takes_dropped.next = self.gathers.val() & (self.at.q.val() == bits::<5>(16));
        self.bad_late.d.next = self.takes_bad.val() & self.bad_frame.val();
        self.unexpected_late.d.next = self.takes_unexpected.val() & self.out_of_sequence.val();
        self.dropped_late.d.next = self.takes_dropped.val() & self.dropped_frame.val();
        if self.bad_frame.val() | self.bad_late.q.val() {
            self.bad.d.next = self.bad.q.val() + bits::<8>(1);
        }
        if self.out_of_sequence.val() | self.unexpected_late.q.val() {
            self.unexpected.d.next = self.unexpected.q.val() + bits::<2>(1);
        }
        if self.dropped_frame.val() | self.dropped_late.q.val() {
            self.dropped.d.next = self.dropped.q.val() + bits::<8>(1);
        }
        if self.takes_bad.val() {
            self.bad.d.next = 0.into();
        }
        if self.takes_unexpected.val() {
            self.unexpected.d.next = 0.into();
        }
        if self.takes_dropped.val() {
            self.dropped.d.next = 0.into();
        }
        if self.tick.val() {
            self.tick_waits.d.next = true;
        }
        if self.restart.val() {
            self.restart_waits.d.next = true;
        }

        // The walk: a half is read, then written; the first walk writes zeros.
        self.halves.read_address.next = self.at.q.val();
        if !self.walking.q.val() {
            self.halves.read_address.next = self.index.val();
        }
        self.zeroes.next = !self.cleared.q.val()
            | (self.restart_walks.q.val() & (self.at.q.val().get_bit(4) & self.at.q.val().get_bit(1)));
        self.sum.next = bit_cast::<17, 16>(self.halves.read_data.val()) + bit_cast::<17, 16>(self.more.q.val());
        self.halves.write_address.next = self.at.q.val();
        self.halves.write_enable.next = self.takes.val();
        self.halves.write_data.next = self.sum.val().get_bits::<16>(0);
        if self.zeroes.val() {
            self.halves.write_data.next = 0.into();
        }
        self.work.next = (!self.cleared.q.val() | (self.tick_waits.q.val() | self.restart_waits.q.val()))
            | (self.bad.q.val().any() | (self.unexpected.q.val().any() | self.dropped.q.val().any()));
        if self.walking.q.val() {
            self.adding.d.next = !self.adding.q.val();
            if self.adding.q.val() {
                self.carry.d.next = self.sum.val().get_bit(16) & !self.zeroes.val();
                self.at.d.next = self.at.q.val() + bits::<5>(1);
                if self.at.q.val() == bits::<5>(19) {
                    self.at.d.next = 0.into();
                    self.walking.d.next = false;
                    self.cleared.d.next = true;
                    self.tick_walks.d.next = false;
                    self.restart_walks.d.next = false;
                }
            }
        }
        if !self.walking.q.val() & (self.work.val() & !self.hold.val()) {
            self.walking.d.next = true;
            self.adding.d.next = false;
            self.tick_walks.d.next = self.tick_waits.q.val();
            self.tick_waits.d.next = self.tick.val();
            self.restart_walks.d.next = self.restart_waits.q.val();
            self.restart_waits.d.next = self.restart.val();
        }

        self.busy.next = self.walking.q.val() | (self.work.val() & !self.hold.val());
        self.value.next = self.halves.read_data.val();
    }
}
