//! Records and states of a lane's neurons, read when the update pipeline needs them.

use rust_hdl::prelude::*;

use crate::ram::{PairRam, Ram, RamStyle};

/// Reads a neuron's record and state per cycle, and writes a state per cycle.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `index` | in | 8 | neuron whose decays and state are at the outputs one cycle later |
/// | `synaptic_decay`, `membrane_decay`, `adaptation_decay` | out | 16 each | of its record, [`spec::image::record`] |
/// | `potential`, `current`, `adaptation`, `refractory_left`, `is_refractory` | out | 16, 16, 16, 4, 1 | its state; `is_refractory` if `refractory_left` is not 0 |
/// | `level_index` | in | 8 | neuron whose levels are at the outputs one cycle later |
/// | `threshold`, `bias` | out | 16, 16 | of its record |
/// | `option_index` | in | 8 | neuron whose options are at the outputs one cycle later |
/// | `adaptation_increment`, `options` | out | 16, 16 | of its record |
/// | `update`, `update_index`, `next_potential` to `next_refractory_left` | in | 1, 8, 16, 16, 16, 4 | a state to write |
/// | `write`, `write_word`, `write_data` | in | 1, 16, 16 | a word of a record to write |
/// | `read_word`, `read_data` | in, out | 3, 16 | a word of the record, two cycles after all three indices select it |
///
/// The last word of a record is always 0, and not stored.
#[derive(LogicBlock, Default)]
pub struct NeuronMemory {
    pub clock: Signal<In, Clock>,
    pub index: Signal<In, Bits<8>>,
    pub synaptic_decay: Signal<Out, Bits<16>>,
    pub membrane_decay: Signal<Out, Bits<16>>,
    pub adaptation_decay: Signal<Out, Bits<16>>,
    pub potential: Signal<Out, Bits<16>>,
    pub current: Signal<Out, Bits<16>>,
    pub adaptation: Signal<Out, Bits<16>>,
    pub refractory_left: Signal<Out, Bits<4>>,
    pub is_refractory: Signal<Out, Bit>,
    pub level_index: Signal<In, Bits<8>>,
    pub threshold: Signal<Out, Bits<16>>,
    pub bias: Signal<Out, Bits<16>>,
    pub option_index: Signal<In, Bits<8>>,
    pub adaptation_increment: Signal<Out, Bits<16>>,
    pub options: Signal<Out, Bits<16>>,
    pub update: Signal<In, Bit>,
    pub update_index: Signal<In, Bits<8>>,
    pub next_potential: Signal<In, Bits<16>>,
    pub next_current: Signal<In, Bits<16>>,
    pub next_adaptation: Signal<In, Bits<16>>,
    pub next_refractory_left: Signal<In, Bits<4>>,
    pub write: Signal<In, Bit>,
    pub write_word: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<16>>,
    pub read_word: Signal<In, Bits<3>>,
    pub read_data: Signal<Out, Bits<16>>,

    // The words of a record by memory: 0 and 1, 2, 3 and 5, 4 and 6.
    decays: PairRam<8>,
    adaptation_decays: Ram<8, 16>,
    record_levels: PairRam<8>,
    record_options: PairRam<8>,
    levels: Ram<8, 32>,
    after_effects: Ram<8, 21>,
    words: [DFF<Bits<16>>; 4],
    kept: [Signal<Local, Bits<16>>; 4],
    neuron: Signal<Local, Bits<8>>,
    which: Signal<Local, Bits<3>>,
    level_pair: Signal<Local, Bits<32>>,
    after_effect: Signal<Local, Bits<21>>,
    still_refractory: Signal<Local, Bits<21>>,
}

impl NeuronMemory {
    /// Room for `n_neurons`.
    #[must_use]
    pub fn new(n_neurons: usize) -> Self {
        let pair = || PairRam::new(n_neurons, RamStyle::Block);
        Self {
            decays: pair(),
            adaptation_decays: Ram::new(n_neurons, RamStyle::Block),
            record_levels: pair(),
            record_options: pair(),
            levels: Ram::new(n_neurons, RamStyle::Block),
            after_effects: Ram::new(n_neurons, RamStyle::Block),
            ..Default::default()
        }
    }
}

impl Logic for NeuronMemory {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, decays, adaptation_decays, record_levels, record_options, levels, after_effects);

        // The record.
        self.neuron.next = self.write_word.val().get_bits::<8>(3);
        self.which.next = self.write_word.val().get_bits::<3>(0);
        self.decays.read_address.next = self.index.val();
        self.decays.write_address.next = self.neuron.val();
        self.decays.write_data.next = self.write_data.val();
        self.decays.write_low.next = self.write.val() & (self.which.val() == bits::<3>(0));
        self.decays.write_high.next = self.write.val() & (self.which.val() == bits::<3>(1));
        self.adaptation_decays.read_enable.next = true;
        self.adaptation_decays.read_address.next = self.index.val();
        self.adaptation_decays.write_address.next = self.neuron.val();
        self.adaptation_decays.write_data.next = self.write_data.val();
        self.adaptation_decays.write_enable.next = self.write.val() & (self.which.val() == bits::<3>(2));
        self.record_levels.read_address.next = self.level_index.val();
        self.record_levels.write_address.next = self.neuron.val();
        self.record_levels.write_data.next = self.write_data.val();
        self.record_levels.write_low.next = self.write.val() & (self.which.val() == bits::<3>(3));
        self.record_levels.write_high.next = self.write.val() & (self.which.val() == bits::<3>(5));
        self.record_options.read_address.next = self.option_index.val();
        self.record_options.write_address.next = self.neuron.val();
        self.record_options.write_data.next = self.write_data.val();
        self.record_options.write_low.next = self.write.val() & (self.which.val() == bits::<3>(4));
        self.record_options.write_high.next = self.write.val() & (self.which.val() == bits::<3>(6));
        self.synaptic_decay.next = self.decays.low.val();
        self.membrane_decay.next = self.decays.high.val();
        self.adaptation_decay.next = self.adaptation_decays.read_data.val();
        self.threshold.next = self.record_levels.low.val();
        self.bias.next = self.record_levels.high.val();
        self.adaptation_increment.next = self.record_options.low.val();
        self.options.next = self.record_options.high.val();

        for i in 0..4 {
            self.words[i].clock.next = self.clock.val();
        }
        self.words[0].d.next = self.decays.low.val();
        if self.read_word.val().get_bit(0) {
            self.words[0].d.next = self.decays.high.val();
        }
        self.words[1].d.next = self.adaptation_decays.read_data.val();
        self.words[2].d.next = self.record_levels.low.val();
        if self.read_word.val().get_bit(2) {
            self.words[2].d.next = self.record_levels.high.val();
        }
        self.words[3].d.next = self.record_options.low.val();
        if self.read_word.val().get_bit(1) {
            self.words[3].d.next = self.record_options.high.val();
        }
        for i in 0..4 {
            self.kept[i].next = self.words[i].q.val();
        }
        self.read_data.next = self.kept[0].val();
        if self.read_word.val() == bits::<3>(2) {
            self.read_data.next = self.kept[1].val();
        }
        if (self.read_word.val() == bits::<3>(3)) | (self.read_word.val() == bits::<3>(5)) {
            self.read_data.next = self.kept[2].val();
        }
        if (self.read_word.val() == bits::<3>(4)) | (self.read_word.val() == bits::<3>(6)) {
            self.read_data.next = self.kept[3].val();
        }
        if self.read_word.val() == bits::<3>(7) {
            self.read_data.next = 0.into();
        }

        // The state.
        self.levels.read_enable.next = true;
        self.levels.read_address.next = self.index.val();
        self.levels.write_enable.next = self.update.val();
        self.levels.write_address.next = self.update_index.val();
        self.levels.write_data.next =
            (bit_cast::<32, 16>(self.next_current.val()) << 16) | bit_cast::<32, 16>(self.next_potential.val());
        self.level_pair.next = self.levels.read_data.val();
        self.potential.next = self.level_pair.val().get_bits::<16>(0);
        self.current.next = self.level_pair.val().get_bits::<16>(16);
        self.after_effects.read_enable.next = true;
        self.after_effects.read_address.next = self.index.val();
        self.after_effects.write_enable.next = self.update.val();
        self.after_effects.write_address.next = self.update_index.val();
        self.still_refractory.next = 0.into();
        if self.next_refractory_left.val().any() {
            self.still_refractory.next = bits::<21>(1) << 20;
        }
        self.after_effects.write_data.next = (self.still_refractory.val()
            | (bit_cast::<21, 4>(self.next_refractory_left.val()) << 16))
            | bit_cast::<21, 16>(self.next_adaptation.val());
        self.after_effect.next = self.after_effects.read_data.val();
        self.adaptation.next = self.after_effect.val().get_bits::<16>(0);
        self.refractory_left.next = self.after_effect.val().get_bits::<4>(16);
        self.is_refractory.next = self.after_effect.val().get_bit(20);
    }
}
