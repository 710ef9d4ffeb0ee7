//! Sums of weights in two banks: one accumulates those of the next tick, the other is swept.

use rust_hdl::prelude::*;

use crate::cast::signed_cast_ext;
use crate::ram::Ram;
use crate::technology::Technology;

/// Adds a weight per cycle to any sum of one bank, and reads and clears a sum per cycle of the other.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `bank` | in | 1 | the bank that accumulates; changes only while `idle` |
/// | `add`, `post_neuron`, `weight` | in | 1, 8, 8 | a synapse with an event |
/// | `idle` | out | 1 | all additions are in the memory |
/// | `sweep`, `sweep_neuron` | in | 1, 8 | a sum to read and clear |
/// | `swept_neuron` | in | 8 | `sweep_neuron` of the previous cycle |
/// | `sum` | out | 16 | that sum, one cycle later |
///
/// One addition and one sweep per cycle, for any neurons: a sum that is not yet in the memory is forwarded from the pipeline. A
/// neuron is swept once between swaps. Sums are 16 bits wide; an image is refused if one could overflow.
#[derive(LogicBlock, Default)]
pub struct CurrentAccumulator {
    pub clock: Signal<In, Clock>,
    pub bank: Signal<In, Bit>,
    pub add: Signal<In, Bit>,
    pub post_neuron: Signal<In, Bits<8>>,
    pub weight: Signal<In, Bits<8>>,
    pub idle: Signal<Out, Bit>,
    pub sweep: Signal<In, Bit>,
    pub sweep_neuron: Signal<In, Bits<8>>,
    pub swept_neuron: Signal<In, Bits<8>>,
    pub sum: Signal<Out, Bits<16>>,

    bank_0: Ram<8, 16>,
    bank_1: Ram<8, 16>,
    // Stage a: the sum is read. Stage b: the weight is added. Stage c: the sum is in the memory.
    a_valid: DFF<Bit>,
    a_neuron: DFF<Bits<8>>,
    a_weight: DFF<Signed<8>>,
    b_valid: DFF<Bit>,
    b_neuron: DFF<Bits<8>>,
    b_weight: DFF<Signed<8>>,
    b_sum: DFF<Bits<16>>,
    c_valid: DFF<Bit>,
    c_neuron: DFF<Bits<8>>,
    c_sum: DFF<Bits<16>>,
    swept: DFF<Bit>,
    b_total: Signal<Local, Bits<16>>,
    b_term: Signal<Local, Signed<16>>,
}

impl CurrentAccumulator {
    /// Sums of `n_neurons`.
    #[must_use]
    pub fn new(n_neurons: usize, technology: Technology) -> Self {
        let memory = || Ram::new(n_neurons, technology.small_memory());
        Self { bank_0: memory(), bank_1: memory(), ..Default::default() }
    }
}

impl Logic for CurrentAccumulator {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, a_valid, a_neuron, a_weight, b_valid, b_neuron, b_weight, b_sum, c_valid, c_neuron, c_sum,
            swept
        );
        self.bank_0.clock.next = self.clock.val();
        self.bank_0.read_enable.next = true;
        self.bank_1.clock.next = self.clock.val();
        self.bank_1.read_enable.next = true;

        self.a_valid.d.next = self.add.val();
        self.a_neuron.d.next = self.post_neuron.val();
        self.a_weight.d.next = signed_cast(self.weight.val());
        self.b_valid.d.next = self.a_valid.q.val();
        self.b_neuron.d.next = self.a_neuron.q.val();
        self.b_weight.d.next = self.a_weight.q.val();

        // 16 bits, which the fan-in check of the image guarantees.
        self.b_term.next = signed_cast_ext::<16, 8>(self.b_weight.q.val());
        self.b_total.next = self.b_sum.q.val() + unsigned_cast(self.b_term.val());
        self.c_valid.d.next = self.b_valid.q.val();
        self.c_neuron.d.next = self.b_neuron.q.val();
        self.c_sum.d.next = self.b_total.val();

        // The latest sum of the neuron: in stage b, in stage c, or in the memory.
        self.b_sum.d.next = self.bank_0.read_data.val();
        if self.bank.val() {
            self.b_sum.d.next = self.bank_1.read_data.val();
        }
        if self.c_valid.q.val() & (self.c_neuron.q.val() == self.a_neuron.q.val()) {
            self.b_sum.d.next = self.c_sum.q.val();
        }
        if self.b_valid.q.val() & (self.b_neuron.q.val() == self.a_neuron.q.val()) {
            self.b_sum.d.next = self.b_total.val();
        }

        self.swept.d.next = self.sweep.val();

        // One bank reads and writes the sums of additions; the other reads swept sums and writes zeros.
        self.bank_0.read_address.next = self.post_neuron.val();
        self.bank_0.write_enable.next = self.b_valid.q.val();
        self.bank_0.write_address.next = self.b_neuron.q.val();
        self.bank_0.write_data.next = self.b_total.val();
        self.bank_1.read_address.next = self.sweep_neuron.val();
        self.bank_1.write_enable.next = self.swept.q.val();
        self.bank_1.write_address.next = self.swept_neuron.val();
        self.bank_1.write_data.next = 0.into();
        self.sum.next = self.bank_1.read_data.val();
        if self.bank.val() {
            self.bank_0.read_address.next = self.sweep_neuron.val();
            self.bank_0.write_enable.next = self.swept.q.val();
            self.bank_0.write_address.next = self.swept_neuron.val();
            self.bank_0.write_data.next = 0.into();
            self.bank_1.read_address.next = self.post_neuron.val();
            self.bank_1.write_enable.next = self.b_valid.q.val();
            self.bank_1.write_address.next = self.b_neuron.q.val();
            self.bank_1.write_data.next = self.b_total.val();
            self.sum.next = self.bank_0.read_data.val();
        }
        self.idle.next = !(self.add.val() | (self.a_valid.q.val() | self.b_valid.q.val()));
    }
}
