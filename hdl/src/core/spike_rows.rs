//! Queues the spikes of a sweep and turns them into the rows of the neurons that fired.

use rust_hdl::prelude::*;

use crate::fifo::Fifo;
use crate::setting::Setting;
use crate::technology::Technology;

/// The most lanes in a word of spikes.
pub const SPIKE_WORD_LANES: usize = 8;

/// Takes the spikes of all lanes at one neuron index, a word per cycle, and returns a row per cycle.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `n_channels` | in | 16 | rows before the first neuron's |
/// | `index`, `spikes`, `spikes_valid` | in | 8, 8, 1 | spikes of the neurons at this index, a bit per lane; not all 0 |
/// | `row`, `row_valid`, `row_ready` | out, out, in | 16, 1, 1 | stream of rows |
/// | `idle` | out | 1 | no spike is in progress |
///
/// One row per cycle, sustained; the first comes four cycles after its spike. The queue holds a whole sweep, so it cannot
/// overflow if it is empty when a sweep starts.
#[derive(LogicBlock, Default)]
pub struct SpikeRows {
    pub clock: Signal<In, Clock>,
    pub n_channels: Signal<In, Bits<16>>,
    pub index: Signal<In, Bits<8>>,
    pub spikes: Signal<In, Bits<8>>,
    pub spikes_valid: Signal<In, Bit>,
    pub row: Signal<Out, Bits<16>>,
    pub row_valid: Signal<Out, Bit>,
    pub row_ready: Signal<In, Bit>,
    pub idle: Signal<Out, Bit>,

    queue: Fifo<8, 16>,
    written: DFF<Bit>,
    // Spikes of an index whose rows are not yet returned, then the row of one of them.
    left: DFF<Bits<8>>,
    left_index: DFF<Bits<8>>,
    has_row: DFF<Bit>,
    next_row: DFF<Bits<16>>,
    left_here: Signal<Local, Bits<8>>,
    without_lowest: Signal<Local, Bits<8>>,
    lowest: Signal<Local, Bits<8>>,
    odd: Signal<Local, Bits<8>>,
    second: Signal<Local, Bits<8>>,
    upper: Signal<Local, Bits<8>>,
    lane: [Signal<Local, Bits<16>>; 3],
    neuron: Signal<Local, Bits<16>>,
    word: Signal<Local, Bits<16>>,
    moves: Signal<Local, Bit>,
    finished: Signal<Local, Bit>,
    log2_lanes: Setting<Bits<16>>,
    lanes: Setting<Bits<8>>,
}

impl SpikeRows {
    /// For a core with 2^`log2_lanes` lanes.
    ///
    /// # Panics
    /// If there are more lanes than [`SPIKE_WORD_LANES`].
    #[must_use]
    pub fn new(log2_lanes: u32, technology: Technology) -> Self {
        assert!(1 << log2_lanes <= SPIKE_WORD_LANES);
        Self {
            queue: Fifo::new(technology.small_memory()),
            log2_lanes: Setting::new(u64::from(log2_lanes)),
            lanes: Setting::new((1_u64 << (1 << log2_lanes)) - 1),
            ..Default::default()
        }
    }
}

impl Logic for SpikeRows {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, left, left_index, has_row, next_row, written);
        self.queue.clock.next = self.clock.val();
        self.queue.clear.next = false;
        self.queue.write.next = self.spikes_valid.val();
        self.queue.data_in.next = (bit_cast::<16, 8>(self.index.val()) << 8) | bit_cast::<16, 8>(self.spikes.val());
        self.written.d.next = self.spikes_valid.val();

        self.left_here.next = self.left.q.val() & self.lanes.val();
        // The lane of the lowest remaining spike; neuron n is on lane n mod lanes.
        self.without_lowest.next = self.left_here.val() & (self.left_here.val() - bits::<8>(1));
        self.lowest.next = self.left_here.val() & !self.without_lowest.val();
        self.odd.next = self.lowest.val() & bits::<8>(0xaa);
        self.second.next = self.lowest.val() & bits::<8>(0xcc);
        self.upper.next = self.lowest.val() & bits::<8>(0xf0);
        for i in 0..3 {
            self.lane[i].next = 0.into();
        }
        if self.odd.val().any() {
            self.lane[0].next = 1.into();
        }
        if self.second.val().any() {
            self.lane[1].next = 2.into();
        }
        if self.upper.val().any() {
            self.lane[2].next = 4.into();
        }
        self.neuron.next = ((bit_cast::<16, 8>(self.left_index.q.val()) << self.log2_lanes.val())
            | (self.lane[0].val() | self.lane[1].val()))
            | self.lane[2].val();

        self.moves.next = !self.has_row.q.val() | self.row_ready.val();
        if self.moves.val() {
            self.has_row.d.next = self.left_here.val().any();
            self.next_row.d.next = self.n_channels.val() + self.neuron.val();
            self.left.d.next = self.without_lowest.val();
        }
        self.row.next = self.next_row.q.val();
        self.row_valid.next = self.has_row.q.val();

        // The next word is taken in the cycle of the last row of this one.
        self.finished.next = !self.left_here.val().any() | (self.moves.val() & !self.without_lowest.val().any());
        self.word.next = self.queue.data_out.val();
        self.queue.read.next = self.queue.valid.val() & self.finished.val();
        if self.queue.valid.val() & self.finished.val() {
            self.left.d.next = self.word.val().get_bits::<8>(0);
            self.left_index.d.next = self.word.val().get_bits::<8>(8);
        }
        self.idle.next = !((self.spikes_valid.val() | self.written.q.val())
            | (self.queue.valid.val() | (self.left_here.val().any() | self.has_row.q.val())));
    }
}
