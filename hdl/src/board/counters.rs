//! What a board counts, in one memory with one adder.

use rust_hdl::prelude::*;

use crate::ram::Ram;
use crate::technology::Technology;

/// Words of the memory; [`spec::wire::Counters`] in their order, then unused.
const N_WORDS: usize = 16;

/// Mirrors [`spec::wire::Counters`]; each wraps at 32 bits.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `tick` | in | 1 | strobe: a tick has ended, with the numbers below, which stand still while `busy` |
/// | `n_events`, `n_spikes`, `synaptic_events`, `tick_cycles`, `overrun` | in | 16, 16, 32, 32, 1 | what is added |
/// | `bad_frame`, `out_of_sequence`, `dropped_frame` | in | 1 each | strobes, at any time |
/// | `hold` | in | 1 | nothing more is added for now, so that all can be looked at |
/// | `busy` | out | 1 | something is being added, or is still to be |
/// | `index`, `value` | in, out | 4, 32 | a counter, one cycle later; while not `busy` |
///
/// Two cycles a counter, after any strobe a walk over all. Up to 255 strobes of a kind may come during a walk.
#[derive(LogicBlock, Default)]
pub struct Counters {
    pub clock: Signal<In, Clock>,
    pub tick: Signal<In, Bit>,
    pub n_events: Signal<In, Bits<16>>,
    pub n_spikes: Signal<In, Bits<16>>,
    pub synaptic_events: Signal<In, Bits<32>>,
    pub tick_cycles: Signal<In, Bits<32>>,
    pub overrun: Signal<In, Bit>,
    pub bad_frame: Signal<In, Bit>,
    pub out_of_sequence: Signal<In, Bit>,
    pub dropped_frame: Signal<In, Bit>,
    pub hold: Signal<In, Bit>,
    pub busy: Signal<Out, Bit>,
    pub index: Signal<In, Bits<4>>,
    pub value: Signal<Out, Bits<32>>,

    words: Ram<4, 32>,
    cleared: DFF<Bit>,
    walking: DFF<Bit>,
    adding: DFF<Bit>,
    at: DFF<Bits<4>>,
    tick_waits: DFF<Bit>,
    tick_walks: DFF<Bit>,
    bad: DFF<Bits<8>>,
    unexpected: DFF<Bits<8>>,
    dropped: DFF<Bits<8>>,
    more: Signal<Local, Bits<32>>,
    takes: Signal<Local, Bit>,
    work: Signal<Local, Bit>,
}

impl Counters {
    /// Counters at 0.
    #[must_use]
    pub fn new(technology: Technology) -> Self {
        Self { words: Ram::new(N_WORDS, technology.small_memory()), ..Default::default() }
    }
}

impl Logic for Counters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, cleared, walking, adding, at, tick_waits, tick_walks, bad, unexpected, dropped);
        self.words.clock.next = self.clock.val();
        self.takes.next = self.walking.q.val() & self.adding.q.val();

        // What is added to the counter under way, and then forgotten.
        self.more.next = 0.into();
        if self.tick_walks.q.val() {
            if self.at.q.val() == bits::<4>(0) {
                self.more.next = 1.into();
            }
            if self.at.q.val() == bits::<4>(1) {
                self.more.next = bit_cast::<32, 16>(self.n_events.val());
            }
            if self.at.q.val() == bits::<4>(2) {
                self.more.next = bit_cast::<32, 16>(self.n_spikes.val());
            }
            if self.at.q.val() == bits::<4>(3) {
                self.more.next = self.synaptic_events.val();
            }
            if self.at.q.val() == bits::<4>(4) {
                self.more.next = self.tick_cycles.val();
            }
            if (self.at.q.val() == bits::<4>(5)) & self.overrun.val() {
                self.more.next = 1.into();
            }
        }
        if self.at.q.val() == bits::<4>(6) {
            self.more.next = bit_cast::<32, 8>(self.bad.q.val());
            if self.takes.val() {
                self.bad.d.next = 0.into();
            }
        }
        if self.at.q.val() == bits::<4>(7) {
            self.more.next = bit_cast::<32, 8>(self.unexpected.q.val());
            if self.takes.val() {
                self.unexpected.d.next = 0.into();
            }
        }
        if self.at.q.val() == bits::<4>(8) {
            self.more.next = bit_cast::<32, 8>(self.dropped.q.val());
            if self.takes.val() {
                self.dropped.d.next = 0.into();
            }
        }
        if self.bad_frame.val() {
            self.bad.d.next = self.bad.q.val() + bits::<8>(1);
            if self.takes.val() & (self.at.q.val() == bits::<4>(6)) {
                self.bad.d.next = 1.into();
            }
        }
        if self.out_of_sequence.val() {
            self.unexpected.d.next = self.unexpected.q.val() + bits::<8>(1);
            if self.takes.val() & (self.at.q.val() == bits::<4>(7)) {
                self.unexpected.d.next = 1.into();
            }
        }
        if self.dropped_frame.val() {
            self.dropped.d.next = self.dropped.q.val() + bits::<8>(1);
            if self.takes.val() & (self.at.q.val() == bits::<4>(8)) {
                self.dropped.d.next = 1.into();
            }
        }
        if self.tick.val() {
            self.tick_waits.d.next = true;
        }

        // The walk: a counter is read, then written; the first walk writes zeros.
        self.words.read_address.next = self.at.q.val();
        if !self.walking.q.val() {
            self.words.read_address.next = self.index.val();
        }
        self.words.write_address.next = self.at.q.val();
        self.words.write_enable.next = self.takes.val();
        self.words.write_data.next = self.words.read_data.val() + self.more.val();
        if !self.cleared.q.val() {
            self.words.write_data.next = 0.into();
        }
        self.work.next = !self.cleared.q.val()
            | (self.tick_waits.q.val()
                | (self.bad.q.val().any() | (self.unexpected.q.val().any() | self.dropped.q.val().any())));
        if self.walking.q.val() {
            self.adding.d.next = !self.adding.q.val();
            if self.adding.q.val() {
                self.at.d.next = self.at.q.val() + bits::<4>(1);
                if self.at.q.val().all() {
                    self.walking.d.next = false;
                    self.cleared.d.next = true;
                    self.tick_walks.d.next = false;
                }
            }
        }
        if !self.walking.q.val() & (self.work.val() & !self.hold.val()) {
            self.walking.d.next = true;
            self.adding.d.next = false;
            self.tick_walks.d.next = self.tick_waits.q.val();
            self.tick_waits.d.next = self.tick.val();
        }

        self.busy.next = self.walking.q.val() | (self.work.val() & !self.hold.val());
        self.value.next = self.words.read_data.val();
    }
}
