//! Row pointers, and the walk along the synapses of rows: an address per cycle.

use rust_hdl::prelude::*;

use crate::ram::Ram;
use crate::technology::Technology;

/// Cycles from a row to the address of its first synapse.
pub const ROW_FETCH_LATENCY_CYCLES: u32 = 3;

/// Turns rows into the addresses of their synapses, row after row without a gap.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `row`, `row_valid`, `row_ready` | in, in, out | 16, 1, 1 | stream of rows |
/// | `address`, `address_valid` | out | 16, 1 | a synapse; no handshake |
/// | `idle` | out | 1 | no row is in progress |
/// | `write`, `write_word`, `write_data` | in | 1, 16, 16 | a row pointer to write; only while idle |
/// | `read_word`, `reading` | in | 16, 1 | a row pointer to read; only while idle |
/// | `read_data` | out | 16 | that pointer, three cycles later |
///
/// One address per cycle, and one row per cycle where rows are short or empty: an empty row takes one cycle of the fetch and
/// none of the walk, a row of n synapses n cycles of the walk. Word r of the memory is the start of row r and the end of row
/// r - 1; even and odd words are in separate memories, so that both are read together. The first address comes
/// [`ROW_FETCH_LATENCY_CYCLES`] after its row, if no other row precedes it.
#[derive(LogicBlock, Default)]
pub struct RowFetch {
    pub clock: Signal<In, Clock>,
    pub row: Signal<In, Bits<16>>,
    pub row_valid: Signal<In, Bit>,
    pub row_ready: Signal<Out, Bit>,
    pub address: Signal<Out, Bits<16>>,
    pub address_valid: Signal<Out, Bit>,
    pub idle: Signal<Out, Bit>,
    pub write: Signal<In, Bit>,
    pub write_word: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<16>>,
    pub reading: Signal<In, Bit>,
    pub read_word: Signal<In, Bits<16>>,
    pub read_data: Signal<Out, Bits<16>>,

    even: Ram<15, 16>,
    odd: Ram<15, 16>,
    // A row that could not be fetched yet, so that `row_ready` is a register; also the word to read.
    kept: DFF<Bit>,
    kept_row: DFF<Bits<16>>,
    // Stage a: the pointers are read. Stage b: they are in registers. Then the walk.
    a_valid: DFF<Bit>,
    a_is_odd: DFF<Bit>,
    b_valid: DFF<Bit>,
    b_start: DFF<Bits<16>>,
    b_end: DFF<Bits<16>>,
    walking: DFF<Bit>,
    at: DFF<Bits<16>>,
    last: DFF<Bits<16>>,
    fetch_row: Signal<Local, Bits<16>>,
    row_above: Signal<Local, Bits<16>>,
    b_empty: Signal<Local, Bit>,
    walk_ends: Signal<Local, Bit>,
    b_taken: Signal<Local, Bit>,
    a_moves: Signal<Local, Bit>,
    a_takes: Signal<Local, Bit>,
    fetch: Signal<Local, Bit>,
}

impl RowFetch {
    /// Room for `n_words` row pointers, one more than rows.
    #[must_use]
    pub fn new(n_words: usize, technology: Technology) -> Self {
        let memory = |n_words| Ram::new(n_words, technology.row_memory());
        Self { even: memory(n_words.div_ceil(2)), odd: memory((n_words / 2).max(1)), ..Default::default() }
    }
}

impl Logic for RowFetch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, kept, kept_row, a_valid, a_is_odd, b_valid, b_start, b_end, walking, at, last);
        clock!(self, clock, even, odd);

        // The walk takes the next row in the cycle of its last address; an empty row is dropped immediately.
        self.walk_ends.next = !self.walking.q.val() | (self.at.q.val() == self.last.q.val());
        self.b_empty.next = self.b_start.q.val() == self.b_end.q.val();
        self.b_taken.next = self.b_valid.q.val() & (self.b_empty.val() | self.walk_ends.val());
        self.at.d.next = self.at.q.val() + bits::<16>(1);
        if self.walk_ends.val() {
            self.walking.d.next = self.b_valid.q.val() & !self.b_empty.val();
            self.at.d.next = self.b_start.q.val();
            self.last.d.next = self.b_end.q.val() - bits::<16>(1);
        }

        // While a row waits, the memories hold its pointers.
        self.a_moves.next = !self.b_valid.q.val() | self.b_taken.val();
        self.a_takes.next = !self.a_valid.q.val() | self.a_moves.val();
        self.fetch.next = self.a_takes.val() | self.reading.val();
        self.fetch_row.next = self.row.val();
        if self.kept.q.val() | self.reading.val() {
            self.fetch_row.next = self.kept_row.q.val();
        }
        if self.fetch.val() {
            self.a_is_odd.d.next = self.fetch_row.val().get_bit(0);
        }
        if self.a_takes.val() {
            self.a_valid.d.next = self.row_valid.val() | self.kept.q.val();
        }
        self.kept.d.next = (self.row_valid.val() | self.kept.q.val()) & !self.a_takes.val();
        if !self.kept.q.val() {
            self.kept_row.d.next = self.row.val();
        }
        if self.reading.val() {
            self.kept_row.d.next = self.read_word.val();
        }
        self.row_ready.next = !self.kept.q.val();
        if self.a_moves.val() {
            self.b_valid.d.next = self.a_valid.q.val();
            self.b_start.d.next = self.even.read_data.val();
            self.b_end.d.next = self.odd.read_data.val();
            if self.a_is_odd.q.val() {
                self.b_start.d.next = self.odd.read_data.val();
                self.b_end.d.next = self.even.read_data.val();
            }
        }

        // Row r starts at word r and ends at word r + 1.
        self.row_above.next = self.fetch_row.val() + bits::<16>(1);
        self.even.read_enable.next = self.fetch.val();
        self.odd.read_enable.next = self.fetch.val();
        self.even.read_address.next = self.row_above.val().get_bits::<15>(1);
        self.odd.read_address.next = self.fetch_row.val().get_bits::<15>(1);
        self.even.write_enable.next = self.write.val() & !self.write_word.val().get_bit(0);
        self.even.write_address.next = self.write_word.val().get_bits::<15>(1);
        self.even.write_data.next = self.write_data.val();
        self.odd.write_enable.next = self.write.val() & self.write_word.val().get_bit(0);
        self.odd.write_address.next = self.write_word.val().get_bits::<15>(1);
        self.odd.write_data.next = self.write_data.val();
        self.read_data.next = self.b_start.q.val();

        self.address.next = self.at.q.val();
        self.address_valid.next = self.walking.q.val();
        self.idle.next = !((self.kept.q.val() | self.a_valid.q.val()) | (self.b_valid.q.val() | self.walking.q.val()));
    }
}
