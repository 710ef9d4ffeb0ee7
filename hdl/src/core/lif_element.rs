//! The neuron update of `spec::lif::update`, pipelined; comments give its step numbers.

use rust_hdl::prelude::*;
use spec::fixed::DECAY_ONE_RAW;

use crate::cast::signed_cast_ext;
use crate::multiplier::Multiplier;
use crate::setting::Setting;
use crate::technology::Technology;

/// Cycles from a neuron's state at the inputs to its next state at the outputs.
pub const LIF_LATENCY_CYCLES: usize = 5;
/// Cycles from the state to the weight sum at the inputs.
pub const SUM_DELAY_CYCLES: usize = 1;

/// Cycles from the state to threshold and bias at the inputs.
#[must_use]
pub fn levels_delay_cycles(technology: Technology) -> usize {
    1 + usize::from(!technology.registers_memories())
}

/// Cycles from the state to adaptation increment and options at the inputs.
#[must_use]
pub fn options_delay_cycles(technology: Technology) -> usize {
    3 + usize::from(!technology.registers_memories())
}

/// One neuron update per cycle.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `valid`, `index` | in | 1, 8 | a neuron is at the inputs below, and which |
/// | `clear` | in | 1 | clears its state, without a spike |
/// | `synaptic_decay`, `membrane_decay`, `adaptation_decay` | in | 16 | raw `spec::fixed::Decay`, at most 1 |
/// | `potential`, `current`, `adaptation`, `refractory_left` | in | 16, 16, 16, 4 | the state before |
/// | `is_refractory` | in | 1 | `refractory_left` is not 0; separate, since it is needed early |
/// | `weight_sum` | in | 16 | [`SUM_DELAY_CYCLES`] later: the sum of this tick's weights |
/// | `threshold`, `bias` | in | 16 | [`levels_delay_cycles`] later: raw `spec::fixed::Level` |
/// | `adaptation_increment`, `options` | in | 16, 16 | [`options_delay_cycles`] later: raw `Level`; [`spec::image::options`] |
/// | `sum_index` | out | 8 | index of the neuron whose weight sum is at the input |
/// | `level_index` | out | 8 | index of the neuron whose levels must be at the inputs one cycle later |
/// | `option_index` | out | 8 | index of the neuron whose options must be at the inputs one cycle later |
/// | `early_index` | out | 8 | index of the neuron at the outputs one cycle later |
/// | `next_valid`, `next_index` | out | 1, 8 | a neuron is at the outputs below, and which |
/// | `next_potential`, `next_current`, `next_adaptation`, `next_refractory_left` | out | 16, 16, 16, 4 | the state after |
/// | `spike` | out | 1 | it fired |
/// | `is_readout`, `readout_class` | out | 1, 8 | from its options |
///
/// Latency [`LIF_LATENCY_CYCLES`], one neuron per cycle, no handshake: it never stalls. Inputs needed late are taken late, to
/// save pipeline registers. Additions saturate as the steps of `spec::lif::update` say. Three [`Multiplier`]s.
#[derive(LogicBlock, Default)]
pub struct LifElement {
    pub clock: Signal<In, Clock>,
    pub valid: Signal<In, Bit>,
    pub clear: Signal<In, Bit>,
    pub index: Signal<In, Bits<8>>,
    pub synaptic_decay: Signal<In, Bits<16>>,
    pub membrane_decay: Signal<In, Bits<16>>,
    pub adaptation_decay: Signal<In, Bits<16>>,
    pub potential: Signal<In, Bits<16>>,
    pub current: Signal<In, Bits<16>>,
    pub adaptation: Signal<In, Bits<16>>,
    pub refractory_left: Signal<In, Bits<4>>,
    pub is_refractory: Signal<In, Bit>,
    pub threshold: Signal<In, Bits<16>>,
    pub bias: Signal<In, Bits<16>>,
    pub weight_sum: Signal<In, Bits<16>>,
    pub adaptation_increment: Signal<In, Bits<16>>,
    pub options: Signal<In, Bits<16>>,
    pub sum_index: Signal<Out, Bits<8>>,
    pub level_index: Signal<Out, Bits<8>>,
    pub option_index: Signal<Out, Bits<8>>,
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

    // Stages a and b: the multipliers hold factors and products. A refractory neuron is held.
    synaptic: Multiplier,
    membrane: Multiplier,
    adapting: Multiplier,
    a_valid: DFF<Bit>,
    a_clear: DFF<Bit>,
    a_index: DFF<Bits<8>>,
    a_held: DFF<Bit>,
    a_refractory_left: DFF<Bits<4>>,
    b_valid: DFF<Bit>,
    b_clear: DFF<Bit>,
    b_index: DFF<Bits<8>>,
    b_held: DFF<Bit>,
    b_refractory_left: DFF<Bits<4>>,
    b_threshold: DFF<Signed<16>>,
    b_bias: DFF<Signed<16>>,
    b_weight_sum: DFF<Signed<16>>,

    // Stage c: current, adaptation, threshold; the potential without the current.
    c_valid: DFF<Bit>,
    c_clear: DFF<Bit>,
    c_index: DFF<Bits<8>>,
    c_held: DFF<Bit>,
    c_refractory_left: DFF<Bits<4>>,
    c_current: DFF<Signed<16>>,
    c_adaptation: DFF<Signed<16>>,
    c_threshold: DFF<Signed<16>>,
    c_decayed: DFF<Signed<17>>,

    // Stage d: the integrated potential.
    d_valid: DFF<Bit>,
    d_clear: DFF<Bit>,
    d_index: DFF<Bits<8>>,
    d_held: DFF<Bit>,
    d_refractory_left: DFF<Bits<4>>,
    d_current: DFF<Signed<16>>,
    d_integrated: DFF<Signed<16>>,
    d_threshold: DFF<Signed<16>>,
    d_adaptation: DFF<Signed<16>>,
    d_increment: DFF<Signed<16>>,
    d_options: DFF<Bits<16>>,

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

    threshold_here: Signal<Local, Signed<16>>,
    bias_here: Signal<Local, Signed<16>>,
    increment_here: Signal<Local, Signed<16>>,
    options_here: Signal<Local, Bits<16>>,
    products: [Signal<Local, Signed<32>>; 3],
    filtered: Signal<Local, Signed<16>>,
    current_sum: Signal<Local, Signed<17>>,
    adapted: Signal<Local, Signed<16>>,
    threshold_sum: Signal<Local, Signed<17>>,
    decayed: Signal<Local, Signed<16>>,
    integrated_sum: Signal<Local, Signed<18>>,
    too_small: Signal<Local, Bit>,
    too_large: Signal<Local, Bit>,
    increased_sum: Signal<Local, Signed<17>>,
    excess: Signal<Local, Signed<17>>,
    fires: Signal<Local, Bit>,
    takes_at_once: Setting<Bit>,
    one: Setting<Bits<16>>,
    smallest: Setting<Signed<16>>,
    largest: Setting<Signed<16>>,
}

impl LifElement {
    /// The element.
    #[must_use]
    pub fn new(technology: Technology) -> Self {
        Self {
            synaptic: Multiplier::new(technology),
            membrane: Multiplier::new(technology),
            adapting: Multiplier::new(technology),
            takes_at_once: Setting::new(!technology.registers_memories()),
            one: Setting::new(u64::from(DECAY_ONE_RAW)),
            smallest: Setting::new(i64::from(i16::MIN)),
            largest: Setting::new(i64::from(i16::MAX)),
            ..Default::default()
        }
    }
}

impl Logic for LifElement {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, a_valid, a_clear, a_index, a_held, a_refractory_left);
        dff_setup!(
            self,
            clock,
            b_valid,
            b_clear,
            b_index,
            b_held,
            b_refractory_left,
            b_threshold,
            b_bias,
            b_weight_sum
        );
        dff_setup!(self, clock, c_valid, c_clear, c_index, c_held, c_refractory_left);
        dff_setup!(self, clock, c_current, c_adaptation, c_threshold, c_decayed);
        dff_setup!(self, clock, d_valid, d_clear, d_index, d_held, d_refractory_left);
        dff_setup!(self, clock, d_current, d_integrated, d_threshold, d_adaptation, d_increment, d_options);
        dff_setup!(self, clock, e_valid, e_index, e_potential, e_current, e_adaptation, e_refractory_left);
        dff_setup!(self, clock, e_spike, e_is_readout, e_class);
        clock!(self, clock, synaptic, membrane, adapting);

        // Steps 1, 2 and 4: 16 x 16 bits make 32. A held potential has a decay of 1.
        self.synaptic.a.next = self.current.val();
        self.synaptic.b.next = self.synaptic_decay.val();
        self.membrane.a.next = self.potential.val();
        self.membrane.b.next = self.membrane_decay.val();
        self.adapting.a.next = self.adaptation.val();
        self.adapting.b.next = self.adaptation_decay.val();
        self.a_refractory_left.d.next = self.refractory_left.val();
        if self.is_refractory.val() {
            self.membrane.b.next = self.one.val();
            self.a_refractory_left.d.next = self.refractory_left.val() - bits::<4>(1);
        }
        self.a_held.d.next = self.is_refractory.val();
        self.a_valid.d.next = self.valid.val();
        self.a_clear.d.next = self.clear.val();
        self.a_index.d.next = self.index.val();

        // Step 4: and no bias.
        self.b_bias.d.next = signed_cast(self.bias.val());
        if self.a_held.q.val() {
            self.b_bias.d.next = 0.into();
        }
        self.b_threshold.d.next = signed_cast(self.threshold.val());
        self.b_weight_sum.d.next = signed_cast(self.weight_sum.val());
        self.b_valid.d.next = self.a_valid.q.val();
        self.b_clear.d.next = self.a_clear.q.val();
        self.b_index.d.next = self.a_index.q.val();
        self.b_held.d.next = self.a_held.q.val();
        self.b_refractory_left.d.next = self.a_refractory_left.q.val();

        self.threshold_here.next = self.b_threshold.q.val();
        self.bias_here.next = self.b_bias.q.val();
        if self.takes_at_once.val() {
            self.threshold_here.next = signed_cast(self.threshold.val());
            self.bias_here.next = signed_cast(self.bias.val());
            if self.b_held.q.val() {
                self.bias_here.next = 0.into();
            }
        }

        // Step 1: current, 17 bits, saturated to 16. The slice is the floor shift.
        self.products[0].next = signed_cast(self.synaptic.product.val());
        self.products[1].next = signed_cast(self.membrane.product.val());
        self.products[2].next = signed_cast(self.adapting.product.val());
        self.filtered.next = self.products[0].val().get_bits::<16>(14);
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
        self.adapted.next = self.products[2].val().get_bits::<16>(14);
        self.c_adaptation.d.next = self.adapted.val();
        // Step 3: threshold, 17 bits, saturated to 16; neither summand is negative.
        self.threshold_sum.next =
            signed_cast_ext::<17, 16>(self.threshold_here.val()) + signed_cast_ext::<17, 16>(self.adapted.val());
        self.c_threshold.d.next = self.threshold_sum.val().get_bits::<16>(0);
        if self.threshold_sum.val().get_bit(15) {
            self.c_threshold.d.next = self.largest.val();
        }
        // Step 4: decayed potential and bias, 17 bits.
        self.decayed.next = self.products[1].val().get_bits::<16>(14);
        self.c_decayed.d.next =
            signed_cast_ext::<17, 16>(self.decayed.val()) + signed_cast_ext::<17, 16>(self.bias_here.val());
        self.c_valid.d.next = self.b_valid.q.val();
        self.c_clear.d.next = self.b_clear.q.val();
        self.c_index.d.next = self.b_index.q.val();
        self.c_held.d.next = self.b_held.q.val();
        self.c_refractory_left.d.next = self.b_refractory_left.q.val();

        // Step 4: the sum with the current, 18 bits, saturated to 16; or the held potential.
        self.integrated_sum.next =
            signed_cast_ext::<18, 17>(self.c_decayed.q.val()) + signed_cast_ext::<18, 16>(self.c_current.q.val());
        self.too_small.next = self.integrated_sum.val().get_bit(17)
            & !(self.integrated_sum.val().get_bit(16) & self.integrated_sum.val().get_bit(15));
        self.too_large.next = !self.integrated_sum.val().get_bit(17)
            & (self.integrated_sum.val().get_bit(16) | self.integrated_sum.val().get_bit(15));
        self.d_integrated.d.next = self.integrated_sum.val().get_bits::<16>(0);
        if self.too_small.val() {
            self.d_integrated.d.next = self.smallest.val();
        }
        if self.too_large.val() {
            self.d_integrated.d.next = self.largest.val();
        }
        if self.c_held.q.val() {
            self.d_integrated.d.next = self.c_decayed.q.val().get_bits::<16>(0);
        }
        self.d_valid.d.next = self.c_valid.q.val();
        self.d_clear.d.next = self.c_clear.q.val();
        self.d_index.d.next = self.c_index.q.val();
        self.d_held.d.next = self.c_held.q.val();
        self.d_refractory_left.d.next = self.c_refractory_left.q.val();
        self.d_current.d.next = self.c_current.q.val();
        self.d_threshold.d.next = self.c_threshold.q.val();
        self.d_adaptation.d.next = self.c_adaptation.q.val();
        self.d_increment.d.next = signed_cast(self.adaptation_increment.val());
        self.d_options.d.next = self.options.val();

        self.increment_here.next = self.d_increment.q.val();
        self.options_here.next = self.d_options.q.val();
        if self.takes_at_once.val() {
            self.increment_here.next = signed_cast(self.adaptation_increment.val());
            self.options_here.next = self.options.val();
        }

        // Step 5: at or above is a difference, 17 bits, that is not negative.
        self.excess.next =
            signed_cast_ext::<17, 16>(self.d_integrated.q.val()) - signed_cast_ext::<17, 16>(self.d_threshold.q.val());
        self.fires.next = (!self.options_here.val().get_bit(5) & !self.d_held.q.val()) & !self.excess.val().get_bit(16);
        // Step 6: reset of the potential; step 7: effects of a spike, 17 bits saturated to 16, neither summand negative.
        self.increased_sum.next =
            signed_cast_ext::<17, 16>(self.d_adaptation.q.val()) + signed_cast_ext::<17, 16>(self.increment_here.val());
        self.e_potential.d.next = unsigned_cast(self.d_integrated.q.val());
        self.e_adaptation.d.next = unsigned_cast(self.d_adaptation.q.val());
        self.e_refractory_left.d.next = self.d_refractory_left.q.val();
        if self.fires.val() {
            self.e_potential.d.next = 0.into();
            if self.options_here.val().get_bit(4) {
                self.e_potential.d.next = unsigned_cast(self.excess.val().get_bits::<16>(0));
            }
            self.e_adaptation.d.next = unsigned_cast(self.increased_sum.val().get_bits::<16>(0));
            if self.increased_sum.val().get_bit(15) {
                self.e_adaptation.d.next = unsigned_cast(self.largest.val());
            }
            self.e_refractory_left.d.next = self.options_here.val().get_bits::<4>(0);
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
        self.e_is_readout.d.next = self.options_here.val().get_bit(6);
        self.e_class.d.next = self.options_here.val().get_bits::<8>(8);

        self.sum_index.next = self.a_index.q.val();
        self.level_index.next = self.index.val();
        self.option_index.next = self.b_index.q.val();
        if self.takes_at_once.val() {
            self.level_index.next = self.a_index.q.val();
            self.option_index.next = self.c_index.q.val();
        }
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
