//! A FIFO in a memory, with first-word fall-through.

use rust_hdl::prelude::*;

use crate::ram::{Ram, RamStyle};

/// Cycles from a word's write until it is valid at the output.
pub const FIFO_LATENCY_CYCLES: u32 = 2;

/// A queue of up to 2^A words of `D` bits, and one more at the output.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `clear` | in | 1 | empties the queue; overrides `write` and `read` |
/// | `write`, `data_in` | in | 1, D | appends a word; must stay low while `full` |
/// | `full` | out | 1 | no room for another word |
/// | `valid`, `data_out` | out | 1, D | the oldest word |
/// | `read` | in | 1 | takes it; must stay low while not `valid` |
///
/// One word in and one out per cycle, sustained. Latency [`FIFO_LATENCY_CYCLES`] from `write` to `valid`. `read` drives no
/// address: the memory holds its output until the next word is fetched.
#[derive(LogicBlock, Default)]
pub struct Fifo<const A: usize, const D: usize> {
    pub clock: Signal<In, Clock>,
    pub clear: Signal<In, Bit>,
    pub write: Signal<In, Bit>,
    pub data_in: Signal<In, Bits<D>>,
    pub full: Signal<Out, Bit>,
    pub valid: Signal<Out, Bit>,
    pub data_out: Signal<Out, Bits<D>>,
    pub read: Signal<In, Bit>,
    words: Ram<A, D>,
    write_at: DFF<Bits<A>>,
    fetch_at: DFF<Bits<A>>,
    is_full: DFF<Bit>,
    is_valid: DFF<Bit>,
    write_next: Signal<Local, Bits<A>>,
    fetch: Signal<Local, Bit>,
}

impl<const A: usize, const D: usize> Fifo<A, D> {
    /// An empty queue.
    #[must_use]
    pub fn new(style: RamStyle) -> Self {
        Self { words: Ram::new(1 << A, style), ..Default::default() }
    }
}

impl<const A: usize, const D: usize> Logic for Fifo<A, D> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, write_at, fetch_at, is_full, is_valid);
        self.words.clock.next = self.clock.val();

        // The next word is fetched as soon as the previous one is taken.
        self.fetch.next = ((self.fetch_at.q.val() != self.write_at.q.val()) | self.is_full.q.val())
            & (!self.is_valid.q.val() | self.read.val());
        self.words.read_enable.next = self.fetch.val();
        self.words.read_address.next = self.fetch_at.q.val();
        self.words.write_enable.next = self.write.val();
        self.words.write_address.next = self.write_at.q.val();
        self.words.write_data.next = self.data_in.val();
        self.is_valid.d.next = self.fetch.val() | (self.is_valid.q.val() & !self.read.val());

        self.write_next.next = self.write_at.q.val() + bits::<A>(1);
        if self.write.val() {
            self.write_at.d.next = self.write_next.val();
        }
        if self.fetch.val() {
            self.fetch_at.d.next = self.fetch_at.q.val() + bits::<A>(1);
            self.is_full.d.next = false;
        }
        if self.write.val() & !self.fetch.val() {
            self.is_full.d.next = self.is_full.q.val() | (self.write_next.val() == self.fetch_at.q.val());
        }
        if self.clear.val() {
            self.write_at.d.next = self.fetch_at.q.val();
            self.fetch_at.d.next = self.fetch_at.q.val();
            self.is_full.d.next = false;
            self.is_valid.d.next = false;
        }

        self.full.next = self.is_full.q.val();
        self.valid.next = self.is_valid.q.val();
        self.data_out.next = self.words.read_data.val();
    }
}
