//! The neurons with a synapse on the lane; spikes of the others cost it no cycle.

use rust_hdl::prelude::*;

use crate::ram::Ram;
use crate::setting::Setting;
use crate::technology::Technology;

/// Watches row pointers being written, and stores for every neuron index the lanes whose neuron has a nonempty row.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `n_channels` | in | 16 | rows before the first neuron's |
/// | `write`, `write_word`, `write_data` | in | 1, 16, 16 | a row pointer being written; in order, at least two cycles apart |
/// | `index`, `occupied` | in, out | 8, 8 | one cycle later, a bit per lane: its neuron at this index has a nonempty row |
#[derive(LogicBlock, Default)]
pub struct RowOccupancy {
    pub clock: Signal<In, Clock>,
    pub n_channels: Signal<In, Bits<16>>,
    pub write: Signal<In, Bit>,
    pub write_word: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<16>>,
    pub index: Signal<In, Bits<8>>,
    pub occupied: Signal<Out, Bits<8>>,

    words: Ram<8, 8>,
    former: DFF<Bits<16>>,
    mask: DFF<Bits<8>>,
    is_neuron: DFF<Bit>,
    neuron: DFF<Bits<16>>,
    differs: DFF<Bit>,
    lane_bit: Signal<Local, Bits<8>>,
    mask_before: Signal<Local, Bits<8>>,
    lane: Signal<Local, Bits<16>>,
    shifted: Signal<Local, Bits<16>>,
    log2_lanes: Setting<Bits<16>>,
    lane_mask: Setting<Bits<16>>,
}

impl RowOccupancy {
    /// For `n_neurons` per lane on 2^`log2_lanes` lanes.
    #[must_use]
    pub fn new(log2_lanes: u32, n_neurons: usize, technology: Technology) -> Self {
        Self {
            words: Ram::new(n_neurons, technology.small_memory()),
            log2_lanes: Setting::new(u64::from(log2_lanes)),
            lane_mask: Setting::new((1_u64 << log2_lanes) - 1),
            ..Default::default()
        }
    }
}

impl Logic for RowOccupancy {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, former, mask, is_neuron, neuron, differs);
        self.words.clock.next = self.clock.val();
        self.words.read_enable.next = true;

        // Row r is empty if word r + 1 equals word r; row n_channels + n is that of neuron n.
        self.is_neuron.d.next = self.write.val() & (self.write_word.val() > self.n_channels.val());
        self.neuron.d.next = self.write_word.val() - (self.n_channels.val() + bits::<16>(1));
        if self.write.val() {
            self.former.d.next = self.write_data.val();
            self.differs.d.next = self.write_data.val() != self.former.q.val();
        }

        self.lane.next = self.neuron.q.val() & self.lane_mask.val();
        self.shifted.next = self.neuron.q.val() >> self.log2_lanes.val();
        self.lane_bit.next = 0.into();
        if self.differs.q.val() {
            self.lane_bit.next = bits::<8>(1) << self.lane.val();
        }
        self.mask_before.next = self.mask.q.val();
        if !self.lane.val().any() {
            self.mask_before.next = 0.into();
        }
        if self.is_neuron.q.val() {
            self.mask.d.next = self.mask_before.val() | self.lane_bit.val();
        }
        self.words.write_enable.next = self.is_neuron.q.val();
        self.words.write_address.next = self.shifted.val().get_bits::<8>(0);
        self.words.write_data.next = self.mask_before.val() | self.lane_bit.val();
        self.words.read_address.next = self.index.val();
        self.occupied.next = self.words.read_data.val();
    }
}
