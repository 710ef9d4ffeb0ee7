//! Constants and states of a lane's neurons, all of one neuron at once.

use rust_hdl::prelude::*;

use crate::ram::{Ram, RamStyle};

/// Gives a neuron's record and state a cycle, and takes a state a cycle.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `index` | in | 8 | neuron to give, one cycle later |
/// | `synaptic_decay` to `options` | out | 16 each | its record, as in `spec::image` |
/// | `potential`, `current`, `adaptation`, `refractory_left` | out | 16, 16, 16, 4 | its state |
/// | `update`, `update_index`, `next_potential` to `next_refractory_left` | in | 1, 8, 16, 16, 16, 4 | a state to store |
/// | `write`, `write_word`, `write_data` | in | 1, 16, 16 | a word of a record to store; words come in order |
/// | `reading`, `read_word`, `read_data` | in, in, out | 1, 16, 16 | a word of a record given back, one cycle later |
///
/// Words are stored in pairs, when the second one comes; the last of a record is always 0 and not stored.
#[derive(LogicBlock, Default)]
pub struct NeuronMemory {
    pub clock: Signal<In, Clock>,
    pub index: Signal<In, Bits<8>>,
    pub synaptic_decay: Signal<Out, Bits<16>>,
    pub membrane_decay: Signal<Out, Bits<16>>,
    pub adaptation_decay: Signal<Out, Bits<16>>,
    pub threshold: Signal<Out, Bits<16>>,
    pub adaptation_increment: Signal<Out, Bits<16>>,
    pub bias: Signal<Out, Bits<16>>,
    pub options: Signal<Out, Bits<16>>,
    pub potential: Signal<Out, Bits<16>>,
    pub current: Signal<Out, Bits<16>>,
    pub adaptation: Signal<Out, Bits<16>>,
    pub refractory_left: Signal<Out, Bits<4>>,
    pub update: Signal<In, Bit>,
    pub update_index: Signal<In, Bits<8>>,
    pub next_potential: Signal<In, Bits<16>>,
    pub next_current: Signal<In, Bits<16>>,
    pub next_adaptation: Signal<In, Bits<16>>,
    pub next_refractory_left: Signal<In, Bits<4>>,
    pub write: Signal<In, Bit>,
    pub write_word: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<16>>,
    pub reading: Signal<In, Bit>,
    pub read_word: Signal<In, Bits<16>>,
    pub read_data: Signal<Out, Bits<16>>,

    pairs: [Ram<8, 32>; 3],
    options_words: Ram<8, 16>,
    levels: Ram<8, 32>,
    after_effects: Ram<8, 20>,
    first_of_pair: DFF<Bits<16>>,
    read_which: DFF<Bits<3>>,
    address: Signal<Local, Bits<8>>,
    which: Signal<Local, Bits<3>>,
    is_second: Signal<Local, Bit>,
    pair: [Signal<Local, Bits<32>>; 3],
    level_pair: Signal<Local, Bits<32>>,
    after_effect_pair: Signal<Local, Bits<20>>,
}

impl NeuronMemory {
    /// Room for `n_neurons`.
    #[must_use]
    pub fn new(n_neurons: usize) -> Self {
        let pair = || Ram::new(n_neurons, RamStyle::Block);
        Self {
            pairs: [pair(), pair(), pair()],
            options_words: Ram::new(n_neurons, RamStyle::Block),
            levels: Ram::new(n_neurons, RamStyle::Block),
            after_effects: Ram::new(n_neurons, RamStyle::Block),
            ..Default::default()
        }
    }
}

impl Logic for NeuronMemory {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, first_of_pair, read_which);
        self.address.next = self.index.val();
        if self.reading.val() {
            self.address.next = self.read_word.val().get_bits::<8>(3);
        }
        self.which.next = self.write_word.val().get_bits::<3>(0);
        self.is_second.next = self.write.val() & self.write_word.val().get_bit(0);
        if self.write.val() {
            self.first_of_pair.d.next = self.write_data.val();
        }

        for i in 0..3 {
            self.pairs[i].clock.next = self.clock.val();
            self.pairs[i].read_address.next = self.address.val();
            self.pairs[i].write_enable.next = false;
            self.pairs[i].write_address.next = self.write_word.val().get_bits::<8>(3);
            self.pairs[i].write_data.next =
                (bit_cast::<32, 16>(self.write_data.val()) << 16) | bit_cast::<32, 16>(self.first_of_pair.q.val());
            self.pair[i].next = self.pairs[i].read_data.val();
        }
        if self.which.val() == bits::<3>(1) {
            self.pairs[0].write_enable.next = self.is_second.val();
        }
        if self.which.val() == bits::<3>(3) {
            self.pairs[1].write_enable.next = self.is_second.val();
        }
        if self.which.val() == bits::<3>(5) {
            self.pairs[2].write_enable.next = self.is_second.val();
        }
        self.options_words.clock.next = self.clock.val();
        self.options_words.read_address.next = self.address.val();
        self.options_words.write_enable.next = self.write.val() & (self.which.val() == bits::<3>(6));
        self.options_words.write_address.next = self.write_word.val().get_bits::<8>(3);
        self.options_words.write_data.next = self.write_data.val();

        self.synaptic_decay.next = self.pair[0].val().get_bits::<16>(0);
        self.membrane_decay.next = self.pair[0].val().get_bits::<16>(16);
        self.adaptation_decay.next = self.pair[1].val().get_bits::<16>(0);
        self.threshold.next = self.pair[1].val().get_bits::<16>(16);
        self.adaptation_increment.next = self.pair[2].val().get_bits::<16>(0);
        self.bias.next = self.pair[2].val().get_bits::<16>(16);
        self.options.next = self.options_words.read_data.val();

        self.read_which.d.next = self.read_word.val().get_bits::<3>(0);
        self.read_data.next = 0.into();
        if self.read_which.q.val() == bits::<3>(0) {
            self.read_data.next = self.pair[0].val().get_bits::<16>(0);
        }
        if self.read_which.q.val() == bits::<3>(1) {
            self.read_data.next = self.pair[0].val().get_bits::<16>(16);
        }
        if self.read_which.q.val() == bits::<3>(2) {
            self.read_data.next = self.pair[1].val().get_bits::<16>(0);
        }
        if self.read_which.q.val() == bits::<3>(3) {
            self.read_data.next = self.pair[1].val().get_bits::<16>(16);
        }
        if self.read_which.q.val() == bits::<3>(4) {
            self.read_data.next = self.pair[2].val().get_bits::<16>(0);
        }
        if self.read_which.q.val() == bits::<3>(5) {
            self.read_data.next = self.pair[2].val().get_bits::<16>(16);
        }
        if self.read_which.q.val() == bits::<3>(6) {
            self.read_data.next = self.options_words.read_data.val();
        }

        self.levels.clock.next = self.clock.val();
        self.levels.read_address.next = self.address.val();
        self.levels.write_enable.next = self.update.val();
        self.levels.write_address.next = self.update_index.val();
        self.levels.write_data.next =
            (bit_cast::<32, 16>(self.next_current.val()) << 16) | bit_cast::<32, 16>(self.next_potential.val());
        self.level_pair.next = self.levels.read_data.val();
        self.potential.next = self.level_pair.val().get_bits::<16>(0);
        self.current.next = self.level_pair.val().get_bits::<16>(16);
        self.after_effects.clock.next = self.clock.val();
        self.after_effects.read_address.next = self.address.val();
        self.after_effects.write_enable.next = self.update.val();
        self.after_effects.write_address.next = self.update_index.val();
        self.after_effects.write_data.next =
            (bit_cast::<20, 4>(self.next_refractory_left.val()) << 16) | bit_cast::<20, 16>(self.next_adaptation.val());
        self.after_effect_pair.next = self.after_effects.read_data.val();
        self.adaptation.next = self.after_effect_pair.val().get_bits::<16>(0);
        self.refractory_left.next = self.after_effect_pair.val().get_bits::<4>(16);
    }
}
