//! The neuron update of `spec::lif::update`, pipelined; comments carry its step numbers.

use rust_hdl::prelude::*;

use crate::cast::signed_cast_ext;
use crate::setting::Setting;

/// Cycles from a neuron's words at the input to its state at the output.
pub const LIF_LATENCY_CYCLES: usize = 5;

/// One neuron update a cycle.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `valid`, `index` | in | 1, 8 | a neuron stands at the inputs below, and which |
/// | `clear` | in | 1 | its next state is all zero, without a spike |
/// | `synaptic_decay`, `membrane_decay`, `adaptation_decay` | in | 16 | raw `spec::fixed::Decay`, at most 1 |
/// | `threshold`, `adaptation_increment`, `bias` | in | 16 | raw `spec::fixed::Level` |
/// | `options` | in | 16 | as in a neuron record of `spec::image` |
/// | `potential`, `current`, `adaptation`, `refractory_left` | in | 16, 16, 16, 4 | state before |
/// | `weight_sum` | in | 16 | sum of the weights that arrived in this tick |
/// | `early_index` | out | 8 | index of the neuron that is at the outputs one cycle later |
/// | `next_valid`, `next_index` | out | 1, 8 | a neuron stands at the outputs below, and which |
/// | `next_potential`, `next_current`, `next_adaptation`, `next_refractory_left` | out | 16, 16, 16, 4 | state after |
/// | `spike` | out | 1 | it fired |
/// | `is_readout`, `readout_class` | out | 1, 8 | from its options |
///
/// Latency [`LIF_LATENCY_CYCLES`], one neuron a cycle, no handshake: nothing can stall it. Additions saturate as the steps
/// of the contract say. Three multipliers of 16 x 16 bits.
#[derive(LogicBlock, Default)]
pub struct LifElement {
    pub clock: Signal<In, Clock>,
    pub valid: Signal<In, Bit>,
    pub clear: Signal<In, Bit>,
    pub index: Signal<In, Bits<8>>,
    pub synaptic_decay: Signal<In, Bits<16>>,
    pub membrane_decay: Signal<In, Bits<16>>,
    pub adaptation_decay: Signal<In, Bits<16>>,
    pub threshold: Signal<In, Bits<16>>,
    pub adaptation_increment: Signal<In, Bits<16>>,
    pub bias: Signal<In, Bits<16>>,
    pub options: Signal<In, Bits<16>>,
    pub potential: Signal<In, Bits<16>>,
    pub current: Signal<In, Bits<16>>,
    pub adaptation: Signal<In, Bits<16>>,
    pub refractory_left: Signal<In, Bits<4>>,
    pub weight_sum: Signal<In, Bits<16>>,
    pub early_index: Signal<Out, Bits<8>>,
    pub next_valid: Signal<Out, Bit>,
    pub next_index: Signal<Out, Bits<8>>,
    pub next_potential: Signal<Out, Bits<16>>,
    pub next_current: Signal<Out, Bits<16>>,
    pub next_adaptation: Signal<Out, Bits<16>>,
    pub next_refractory_left: Signal<Out, Bits<4>>,
    pub spike: Signal<Out, Bit>,
    pub is_readout: Signal<Out, Bit>,
    pub readout_class: Signal<Out, Bits<8>>,

    // Stage a: the inputs, registered behind their memories.
    a_valid: DFF<Bit>,
    a_clear: DFF<Bit>,
    a_index: DFF<Bits<8>>,
    a_synaptic_decay: DFF<Signed<16>>,
    a_membrane_decay: DFF<Signed<16>>,
    a_adaptation_decay: DFF<Signed<16>>,
    a_threshold: DFF<Signed<16>>,
    a_increment: DFF<Signed<16>>,
    a_bias: DFF<Signed<16>>,
    a_options: DFF<Bits<16>>,
    a_potential: DFF<Signed<16>>,
    a_current: DFF<Signed<16>>,
    a_adaptation: DFF<Signed<16>>,
    a_refractory_left: DFF<Bits<4>>,
    a_weight_sum: DFF<Signed<16>>,

    // Stage b: the products.
    b_valid: DFF<Bit>,
    b_clear: DFF<Bit>,
    b_index: DFF<Bits<8>>,
    b_synaptic: DFF<Signed<32>>,
    b_membrane: DFF<Signed<32>>,
    b_adapted: DFF<Signed<32>>,
    b_threshold: DFF<Signed<16>>,
    b_increment: DFF<Signed<16>>,
    b_bias: DFF<Signed<16>>,
    b_options: DFF<Bits<16>>,
    b_potential: DFF<Signed<16>>,
    b_refractory_left: DFF<Bits<4>>,
    b_weight_sum: DFF<Signed<16>>,

    // Stage c: current, adaptation, threshold; the potential as far as it does not wait for the current.
    c_valid: DFF<Bit>,
    c_clear: DFF<Bit>,
    c_index: DFF<Bits<8>>,
    c_current: DFF<Signed<16>>,
    c_adaptation: DFF<Signed<16>>,
    c_threshold: DFF<Signed<16>>,
    c_increment: DFF<Signed<16>>,
    c_decayed: DFF<Signed<17>>,
    c_options: DFF<Bits<16>>,
    c_potential: DFF<Signed<16>>,
    c_refractory_left: DFF<Bits<4>>,

    // Stage d: the integrated potential; what adaptation and refractory count become after a spike and without one.
    d_valid: DFF<Bit>,
    d_clear: DFF<Bit>,
    d_index: DFF<Bits<8>>,
    d_current: DFF<Signed<16>>,
    d_integrated: DFF<Signed<16>>,
    d_threshold: DFF<Signed<16>>,
    d_adaptation: DFF<Signed<16>>,
    d_adaptation_fired: DFF<Signed<16>>,
    d_options: DFF<Bits<16>>,
    d_may_fire: DFF<Bit>,
    d_refractory_left: DFF<Bits<4>>,

    // Stage e: the outputs.
    e_valid: DFF<Bit>,
    e_index: DFF<Bits<8>>,
    e_potential: DFF<Bits<16>>,
    e_current: DFF<Bits<16>>,
    e_adaptation: DFF<Bits<16>>,
    e_refractory_left: DFF<Bits<4>>,
    e_spike: DFF<Bit>,
    e_is_readout: DFF<Bit>,
    e_class: DFF<Bits<8>>,

    filtered: Signal<Local, Signed<16>>,
    current_sum: Signal<Local, Signed<17>>,
    adapted: Signal<Local, Signed<16>>,
    threshold_sum: Signal<Local, Signed<17>>,
    decayed: Signal<Local, Signed<16>>,
    integrated_sum: Signal<Local, Signed<18>>,
    increased_sum: Signal<Local, Signed<17>>,
    excess: Signal<Local, Signed<17>>,
    fires: Signal<Local, Bit>,
    smallest: Setting<Signed<16>>,
    largest: Setting<Signed<16>>,
}

impl LifElement {
    /// The element.
    #[must_use]
    pub fn new() -> Self {
        Self {
            smallest: Setting::new(i64::from(i16::MIN)),
            largest: Setting::new(i64::from(i16::MAX)),
            ..Default::default()
        }
    }
}

impl Logic for LifElement {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            a_valid,
            a_clear,
            a_index,
            a_synaptic_decay,
            a_membrane_decay,
            a_adaptation_decay,
            a_threshold,
            a_increment,
            a_bias,
            a_options,
            a_potential,
            a_current,
            a_adaptation,
            a_refractory_left,
            a_weight_sum,
            b_valid,
            b_clear,
            b_index,
            b_synaptic,
            b_membrane,
            b_adapted,
            b_threshold,
            b_increment,
            b_bias,
            b_options,
            b_potential,
            b_refractory_left,
            b_weight_sum,
            c_valid,
            c_clear,
            c_index,
            c_current,
            c_adaptation,
            c_threshold,
            c_increment,
            c_decayed,
            c_options,
            c_potential,
            c_refractory_left,
            d_valid,
            d_clear,
            d_index,
            d_current,
            d_integrated,
            d_threshold,
            d_adaptation,
            d_adaptation_fired,
            d_options,
            d_may_fire,
            d_refractory_left,
            e_valid,
            e_index,
            e_potential,
            e_current,
            e_adaptation,
            e_refractory_left,
            e_spike,
            e_is_readout,
            e_class
        );

        self.a_valid.d.next = self.valid.val();
        self.a_clear.d.next = self.clear.val();
        self.a_index.d.next = self.index.val();
        self.a_synaptic_decay.d.next = signed_cast(self.synaptic_decay.val());
        self.a_membrane_decay.d.next = signed_cast(self.membrane_decay.val());
        self.a_adaptation_decay.d.next = signed_cast(self.adaptation_decay.val());
        self.a_threshold.d.next = signed_cast(self.threshold.val());
        self.a_increment.d.next = signed_cast(self.adaptation_increment.val());
        self.a_bias.d.next = signed_cast(self.bias.val());
        self.a_options.d.next = self.options.val();
        self.a_potential.d.next = signed_cast(self.potential.val());
        self.a_current.d.next = signed_cast(self.current.val());
        self.a_adaptation.d.next = signed_cast(self.adaptation.val());
        self.a_refractory_left.d.next = self.refractory_left.val();
        self.a_weight_sum.d.next = signed_cast(self.weight_sum.val());

        // Steps 1, 2 and 4: 16 x 16 bits make 32.
        self.b_valid.d.next = self.a_valid.q.val();
        self.b_clear.d.next = self.a_clear.q.val();
        self.b_index.d.next = self.a_index.q.val();
        self.b_synaptic.d.next = self.a_current.q.val() * self.a_synaptic_decay.q.val();
        self.b_membrane.d.next = self.a_potential.q.val() * self.a_membrane_decay.q.val();
        self.b_adapted.d.next = self.a_adaptation.q.val() * self.a_adaptation_decay.q.val();
        self.b_threshold.d.next = self.a_threshold.q.val();
        self.b_increment.d.next = self.a_increment.q.val();
        self.b_bias.d.next = self.a_bias.q.val();
        self.b_options.d.next = self.a_options.q.val();
        self.b_potential.d.next = self.a_potential.q.val();
        self.b_refractory_left.d.next = self.a_refractory_left.q.val();
        self.b_weight_sum.d.next = self.a_weight_sum.q.val();

        // Step 1: current, 17 bits, saturated to 16. The slice is the floor shift.
        self.filtered.next = self.b_synaptic.q.val().get_bits::<16>(14);
        self.current_sum.next =
            signed_cast_ext::<17, 16>(self.filtered.val()) + signed_cast_ext::<17, 16>(self.b_weight_sum.q.val());
        self.c_current.d.next = self.current_sum.val().get_bits::<16>(0);
        if self.current_sum.val().get_bit(16) & !self.current_sum.val().get_bit(15) {
            self.c_current.d.next = self.smallest.val();
        }
        if !self.current_sum.val().get_bit(16) & self.current_sum.val().get_bit(15) {
            self.c_current.d.next = self.largest.val();
        }
        // Step 2: adaptation.
        self.adapted.next = self.b_adapted.q.val().get_bits::<16>(14);
        self.c_adaptation.d.next = self.adapted.val();
        // Step 3: threshold, 17 bits, saturated to 16; neither summand is negative.
        self.threshold_sum.next =
            signed_cast_ext::<17, 16>(self.b_threshold.q.val()) + signed_cast_ext::<17, 16>(self.adapted.val());
        self.c_threshold.d.next = self.threshold_sum.val().get_bits::<16>(0);
        if self.threshold_sum.val().get_bit(15) {
            self.c_threshold.d.next = self.largest.val();
        }
        // Step 4: decayed potential and bias, 17 bits.
        self.decayed.next = self.b_membrane.q.val().get_bits::<16>(14);
        self.c_decayed.d.next =
            signed_cast_ext::<17, 16>(self.decayed.val()) + signed_cast_ext::<17, 16>(self.b_bias.q.val());
        self.c_valid.d.next = self.b_valid.q.val();
        self.c_clear.d.next = self.b_clear.q.val();
        self.c_index.d.next = self.b_index.q.val();
        self.c_increment.d.next = self.b_increment.q.val();
        self.c_options.d.next = self.b_options.q.val();
        self.c_potential.d.next = self.b_potential.q.val();
        self.c_refractory_left.d.next = self.b_refractory_left.q.val();

        // Step 4: the sum with the current, 18 bits, saturated to 16; held while refractory.
        self.integrated_sum.next =
            signed_cast_ext::<18, 17>(self.c_decayed.q.val()) + signed_cast_ext::<18, 16>(self.c_current.q.val());
        self.d_integrated.d.next = self.integrated_sum.val().get_bits::<16>(0);
        if self.integrated_sum.val().get_bit(17)
            & !(self.integrated_sum.val().get_bit(16) & self.integrated_sum.val().get_bit(15))
        {
            self.d_integrated.d.next = self.smallest.val();
        }
        if !self.integrated_sum.val().get_bit(17)
            & (self.integrated_sum.val().get_bit(16) | self.integrated_sum.val().get_bit(15))
        {
            self.d_integrated.d.next = self.largest.val();
        }
        if self.c_refractory_left.q.val().any() {
            self.d_integrated.d.next = self.c_potential.q.val();
        }
        // Step 7: adaptation after a spike, 17 bits, saturated to 16; neither summand is negative.
        self.increased_sum.next =
            signed_cast_ext::<17, 16>(self.c_adaptation.q.val()) + signed_cast_ext::<17, 16>(self.c_increment.q.val());
        self.d_adaptation_fired.d.next = self.increased_sum.val().get_bits::<16>(0);
        if self.increased_sum.val().get_bit(15) {
            self.d_adaptation_fired.d.next = self.largest.val();
        }
        self.d_may_fire.d.next = !self.c_options.q.val().get_bit(5) & !self.c_refractory_left.q.val().any();
        self.d_refractory_left.d.next = self.c_refractory_left.q.val();
        if self.c_refractory_left.q.val().any() {
            self.d_refractory_left.d.next = self.c_refractory_left.q.val() - bits::<4>(1);
        }
        self.d_valid.d.next = self.c_valid.q.val();
        self.d_clear.d.next = self.c_clear.q.val();
        self.d_index.d.next = self.c_index.q.val();
        self.d_current.d.next = self.c_current.q.val();
        self.d_threshold.d.next = self.c_threshold.q.val();
        self.d_adaptation.d.next = self.c_adaptation.q.val();
        self.d_options.d.next = self.c_options.q.val();

        // Step 5: at or above is a difference, 17 bits, that is not negative.
        self.excess.next =
            signed_cast_ext::<17, 16>(self.d_integrated.q.val()) - signed_cast_ext::<17, 16>(self.d_threshold.q.val());
        self.fires.next = self.d_may_fire.q.val() & !self.excess.val().get_bit(16);
        // Step 6: reset of the potential; step 7: after-effects of a spike.
        self.e_potential.d.next = unsigned_cast(self.d_integrated.q.val());
        self.e_adaptation.d.next = unsigned_cast(self.d_adaptation.q.val());
        self.e_refractory_left.d.next = self.d_refractory_left.q.val();
        if self.fires.val() {
            self.e_potential.d.next = 0.into();
            if self.d_options.q.val().get_bit(4) {
                self.e_potential.d.next = unsigned_cast(self.excess.val().get_bits::<16>(0));
            }
            self.e_adaptation.d.next = unsigned_cast(self.d_adaptation_fired.q.val());
            self.e_refractory_left.d.next = self.d_options.q.val().get_bits::<4>(0);
        }
        self.e_current.d.next = unsigned_cast(self.d_current.q.val());
        self.e_spike.d.next = self.d_valid.q.val() & self.fires.val() & !self.d_clear.q.val();
        if self.d_clear.q.val() {
            self.e_potential.d.next = 0.into();
            self.e_current.d.next = 0.into();
            self.e_adaptation.d.next = 0.into();
            self.e_refractory_left.d.next = 0.into();
        }
        self.e_valid.d.next = self.d_valid.q.val();
        self.e_index.d.next = self.d_index.q.val();
        self.e_is_readout.d.next = self.d_options.q.val().get_bit(6);
        self.e_class.d.next = self.d_options.q.val().get_bits::<8>(8);

        self.early_index.next = self.d_index.q.val();
        self.next_valid.next = self.e_valid.q.val();
        self.next_index.next = self.e_index.q.val();
        self.next_potential.next = self.e_potential.q.val();
        self.next_current.next = self.e_current.q.val();
        self.next_adaptation.next = self.e_adaptation.q.val();
        self.next_refractory_left.next = self.e_refractory_left.q.val();
        self.spike.next = self.e_spike.q.val();
        self.is_readout.next = self.e_is_readout.q.val();
        self.readout_class.next = self.e_class.q.val();
    }
}
