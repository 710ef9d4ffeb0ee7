//! A lane: its share of the neurons, the synapses onto them, and the delivery of events and spikes.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;

use super::current_accumulator::CurrentAccumulator;
use super::lif_element::LifElement;
use super::neuron_memory::NeuronMemory;
use super::row_fetch::RowFetch;
use super::row_occupancy::RowOccupancy;
use super::spike_rows::SpikeRows;
use crate::fifo::Fifo;
use crate::ram::{Ram, SinglePortRam};
use crate::setting::Setting;
use crate::technology::Technology;

/// Delivers one synaptic event per cycle to one bank of sums, and updates one neuron per cycle from the other.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `n_channels` | in | 16 | input channels of the network |
/// | `bank` | in | 1 | the bank that accumulates; changes only while `idle` |
/// | `channel`, `event_valid`, `event_ready` | in, in, out | 16, 1, 1 | stream of input events |
/// | `spike_index`, `spikes`, `spikes_valid` | in | 8, 8, 1 | the spikes of all lanes at an index, in the cycle of `swept` |
/// | `idle` | out | 1 | all events and spikes given so far are in the bank |
/// | `delivers` | out | 1 | a synaptic event is delivered in this cycle |
/// | `sweep`, `sweep_index`, `sweep_exists` | in | 1, 8, 1 | updates this neuron, if the network has it on this lane |
/// | `clear` | in | 1 | with `sweep`: clears the state |
/// | `swept`, `swept_index`, `spike` | out | 1, 8, 1 | an update is done, of which neuron, and whether it fired |
/// | `score_class`, `score` | in, out | 4, 16 | the score of a class, one cycle later; 0 if its neuron is on another lane |
/// | `forget` | in | 1 | discards the network |
/// | `write_neurons`, `write_rows`, `write_synapses`, `write_address`, `write_data` | in | 1, 1, 1, 16, 16 | a word of the image |
/// | `reading`, `read_kind`, `read_address`, `read_data` | in, in, in, out | 1, 2, 16, 16 | reads a word; valid within [`MEMORY_READ_CYCLES`](spec::core::MEMORY_READ_CYCLES), hold the address until then |
/// | `trace` | out | 64 | every update, as in [`spec::trace`] |
///
/// An update is done [`super::LIF_LATENCY_CYCLES`] + 1 cycles after its `sweep`.
/// Memory words are written and read only while the core is idle.
#[derive(LogicBlock, Default)]
pub struct Lane {
    pub clock: Signal<In, Clock>,
    pub n_channels: Signal<In, Bits<16>>,
    pub bank: Signal<In, Bit>,
    pub channel: Signal<In, Bits<16>>,
    pub event_valid: Signal<In, Bit>,
    pub event_ready: Signal<Out, Bit>,
    pub spike_index: Signal<In, Bits<8>>,
    pub spikes: Signal<In, Bits<8>>,
    pub spikes_valid: Signal<In, Bit>,
    pub idle: Signal<Out, Bit>,
    pub delivers: Signal<Out, Bit>,
    pub sweep: Signal<In, Bit>,
    pub sweep_index: Signal<In, Bits<8>>,
    pub sweep_exists: Signal<In, Bit>,
    pub clear: Signal<In, Bit>,
    pub swept: Signal<Out, Bit>,
    pub swept_index: Signal<Out, Bits<8>>,
    pub spike: Signal<Out, Bit>,
    pub score_class: Signal<In, Bits<4>>,
    pub score: Signal<Out, Bits<16>>,
    pub forget: Signal<In, Bit>,
    pub write_neurons: Signal<In, Bit>,
    pub write_rows: Signal<In, Bit>,
    pub write_synapses: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<16>>,
    pub write_data: Signal<In, Bits<16>>,
    pub reading: Signal<In, Bit>,
    pub read_kind: Signal<In, Bits<2>>,
    pub read_address: Signal<In, Bits<16>>,
    pub read_data: Signal<Out, Bits<16>>,
    pub trace: Signal<Out, Bits<64>>,

    events: Fifo<6, 16>,
    event_written: DFF<Bit>,
    spike_rows: SpikeRows,
    row_occupancy: RowOccupancy,
    row_fetch: RowFetch,
    synapses: SinglePortRam<16, 16>,
    synapse_read: DFF<Bit>,
    synapse_valid: DFF<Bit>,
    synapse: DFF<Bits<16>>,
    accumulator: CurrentAccumulator,
    neurons: NeuronMemory,
    lif_element: LifElement,
    sweeping: DFF<Bit>,
    sums: DFF<Bit>,
    clearing: DFF<Bit>,
    index: DFF<Bits<8>>,
    scores: Ram<4, 16>,
    classes: DFF<Bits<16>>,
    class_here: DFF<Bit>,
    word: DFF<Bits<16>>,
    record: Signal<Local, Bits<8>>,
    class_bit: Signal<Local, Bits<16>>,
    score_bit: Signal<Local, Bits<16>>,
    readout_class: Signal<Local, Bits<8>>,
    sought: Signal<Local, Bits<8>>,
    stored: Signal<Local, Bit>,
    trace_low: Signal<Local, Bits<64>>,
    trace_high: Signal<Local, Bits<64>>,
    trace_flags: Signal<Local, Bits<2>>,
    /// This is the only lane: every class has its neuron here, and empty rows delay no other lane.
    is_alone: Setting<Bit>,
    all_neurons: Setting<Bits<8>>,
}

impl Lane {
    /// A lane of a core of these sizes.
    #[must_use]
    pub fn new(core: &CoreConfiguration, technology: Technology) -> Self {
        let n_neurons = usize::from(core.neurons_per_lane);
        let n_synapses = usize::from(core.synapse_words_per_lane);
        let log2_lanes = core.lanes.ilog2();
        let small = technology.small_memory();
        Self {
            events: Fifo::new(small),
            spike_rows: SpikeRows::new(log2_lanes, technology),
            row_occupancy: RowOccupancy::new(log2_lanes, n_neurons, technology),
            row_fetch: RowFetch::new(usize::from(core.channels) + core.neurons() as usize + 1, technology),
            synapses: SinglePortRam::new(n_synapses, technology.synapse_memory(n_synapses)),
            accumulator: CurrentAccumulator::new(n_neurons, technology),
            neurons: NeuronMemory::new(n_neurons),
            lif_element: LifElement::new(technology),
            scores: Ram::new(16, small),
            is_alone: Setting::new(core.lanes == 1),
            all_neurons: Setting::new(if core.lanes == 1 { u64::from(u8::MAX) } else { 0 }),
            ..Default::default()
        }
    }
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            event_written,
            synapse_read,
            synapse_valid,
            synapse,
            sweeping,
            sums,
            clearing,
            index,
            classes,
            class_here,
            word
        );
        clock!(
            self,
            clock,
            events,
            spike_rows,
            row_occupancy,
            row_fetch,
            synapses,
            accumulator,
            neurons,
            lif_element,
            scores
        );
        self.scores.read_enable.next = true;

        // Each lane has its own event queue, so that lanes do not wait for each other.
        self.events.clear.next = false;
        self.events.data_in.next = self.channel.val();
        self.events.write.next = self.event_valid.val() & !self.events.full.val();
        self.event_ready.next = !self.events.full.val();
        self.event_written.d.next = self.event_valid.val() & !self.events.full.val();

        // Spikes of neurons with a synapse on this lane.
        self.row_occupancy.n_channels.next = self.n_channels.val();
        self.row_occupancy.index.next = self.lif_element.early_index.val();
        self.row_occupancy.write.next = self.write_rows.val();
        self.row_occupancy.write_word.next = self.write_address.val();
        self.row_occupancy.write_data.next = self.write_data.val();
        self.spike_rows.n_channels.next = self.n_channels.val();
        self.spike_rows.index.next = self.spike_index.val();
        self.sought.next = self.spikes.val() & (self.row_occupancy.occupied.val() | self.all_neurons.val());
        self.spike_rows.spikes.next = self.sought.val();
        self.stored.next = self.sought.val().any();
        self.spike_rows.spikes_valid.next = self.spikes_valid.val() & self.stored.val();

        // Rows: spikes first.
        self.row_fetch.row.next = self.events.data_out.val();
        self.row_fetch.row_valid.next = self.events.valid.val();
        self.events.read.next = self.events.valid.val() & self.row_fetch.row_ready.val();
        self.spike_rows.row_ready.next = self.row_fetch.row_ready.val();
        if self.spike_rows.row_valid.val() {
            self.row_fetch.row.next = self.spike_rows.row.val();
            self.row_fetch.row_valid.next = true;
            self.events.read.next = false;
        }
        self.row_fetch.write.next = self.write_rows.val();
        self.row_fetch.write_word.next = self.write_address.val();
        self.row_fetch.write_data.next = self.write_data.val();
        self.row_fetch.reading.next = self.reading.val();
        self.row_fetch.read_word.next = self.read_address.val();

        // Synapses: postsynaptic neuron in the high byte, weight in the low byte.
        self.synapses.address.next = self.write_address.val();
        if self.reading.val() {
            self.synapses.address.next = self.read_address.val();
        }
        if self.row_fetch.address_valid.val() {
            self.synapses.address.next = self.row_fetch.address.val();
        }
        self.synapses.write_enable.next = self.write_synapses.val();
        self.synapses.write_data.next = self.write_data.val();
        self.delivers.next = self.row_fetch.address_valid.val();
        self.synapse_read.d.next = self.row_fetch.address_valid.val();
        self.synapse_valid.d.next = self.synapse_read.q.val();
        self.synapse.d.next = self.synapses.read_data.val();
        self.accumulator.bank.next = self.bank.val();
        self.accumulator.add.next = self.synapse_valid.q.val();
        self.accumulator.post_neuron.next = self.synapse.q.val().get_bits::<8>(8);
        self.accumulator.weight.next = self.synapse.q.val().get_bits::<8>(0);
        self.idle.next = ((!self.events.valid.val() & !self.event_written.q.val())
            & (self.spike_rows.idle.val() & self.row_fetch.idle.val()))
            & ((!self.event_valid.val() & !self.synapse_read.q.val()) & self.accumulator.idle.val());

        // The sweep, or the record to read.
        self.record.next = self.sweep_index.val();
        if self.reading.val() {
            self.record.next = self.read_address.val().get_bits::<8>(3);
        }
        self.neurons.index.next = self.record.val();
        self.neurons.level_index.next = self.lif_element.level_index.val();
        self.neurons.option_index.next = self.lif_element.option_index.val();
        self.sweeping.d.next = self.sweep.val() & self.sweep_exists.val();
        self.sums.d.next = self.sweep.val();
        self.clearing.d.next = self.clear.val();
        self.index.d.next = self.record.val();
        self.accumulator.sweep.next = self.sums.q.val();
        self.accumulator.sweep_neuron.next = self.index.q.val();
        self.accumulator.swept_neuron.next = self.lif_element.sum_index.val();
        self.lif_element.valid.next = self.sweeping.q.val();
        self.lif_element.clear.next = self.clearing.q.val();
        self.lif_element.index.next = self.index.q.val();
        self.lif_element.synaptic_decay.next = self.neurons.synaptic_decay.val();
        self.lif_element.membrane_decay.next = self.neurons.membrane_decay.val();
        self.lif_element.adaptation_decay.next = self.neurons.adaptation_decay.val();
        self.lif_element.threshold.next = self.neurons.threshold.val();
        self.lif_element.adaptation_increment.next = self.neurons.adaptation_increment.val();
        self.lif_element.bias.next = self.neurons.bias.val();
        self.lif_element.options.next = self.neurons.options.val();
        self.lif_element.potential.next = self.neurons.potential.val();
        self.lif_element.current.next = self.neurons.current.val();
        self.lif_element.adaptation.next = self.neurons.adaptation.val();
        self.lif_element.refractory_left.next = self.neurons.refractory_left.val();
        self.lif_element.is_refractory.next = self.neurons.is_refractory.val();
        self.lif_element.weight_sum.next = self.accumulator.sum.val();
        self.neurons.update.next = self.lif_element.next_valid.val();
        self.neurons.update_index.next = self.lif_element.next_index.val();
        self.neurons.next_potential.next = self.lif_element.next_potential.val();
        self.neurons.next_current.next = self.lif_element.next_current.val();
        self.neurons.next_adaptation.next = self.lif_element.next_adaptation.val();
        self.neurons.next_refractory_left.next = self.lif_element.next_refractory_left.val();
        self.swept.next = self.lif_element.next_valid.val();
        self.swept_index.next = self.lif_element.next_index.val();
        self.spike.next = self.lif_element.spike.val();

        // Scores, and the classes whose neuron is on this lane.
        self.readout_class.next = self.lif_element.readout_class.val();
        self.scores.write_enable.next = self.lif_element.next_valid.val() & self.lif_element.is_readout.val();
        self.scores.write_address.next = self.readout_class.val().get_bits::<4>(0);
        self.scores.write_data.next = self.lif_element.next_potential.val();
        self.scores.read_address.next = self.score_class.val();
        self.class_bit.next = bits::<16>(1) << self.readout_class.val().get_bits::<4>(0);
        if self.lif_element.next_valid.val() & self.lif_element.is_readout.val() {
            self.classes.d.next = self.classes.q.val() | self.class_bit.val();
        }
        if self.forget.val() {
            self.classes.d.next = 0.into();
        }
        self.score_bit.next = self.classes.q.val() >> self.score_class.val();
        self.class_here.d.next = self.score_bit.val().get_bit(0);
        self.score.next = 0.into();
        if self.class_here.q.val() | self.is_alone.val() {
            self.score.next = self.scores.read_data.val();
        }

        // Words of the image, written and read back.
        self.neurons.write.next = self.write_neurons.val();
        self.neurons.write_word.next = self.write_address.val();
        self.neurons.write_data.next = self.write_data.val();
        self.neurons.read_word.next = self.read_address.val().get_bits::<3>(0);
        self.word.d.next = self.synapse.q.val();
        if self.read_kind.val() == bits::<2>(1) {
            self.word.d.next = self.neurons.read_data.val();
        }
        if self.read_kind.val() == bits::<2>(2) {
            self.word.d.next = self.row_fetch.read_data.val();
        }
        self.read_data.next = self.word.q.val();

        self.trace_low.next = (bit_cast::<64, 16>(self.lif_element.next_potential.val())
            | (bit_cast::<64, 16>(self.lif_element.next_current.val()) << 16))
            | (bit_cast::<64, 16>(self.lif_element.next_adaptation.val()) << 32);
        self.trace_flags.next = 0.into();
        if self.lif_element.next_valid.val() {
            self.trace_flags.next = 2.into();
            if self.lif_element.spike.val() {
                self.trace_flags.next = 3.into();
            }
        }
        self.trace_high.next = ((bit_cast::<64, 4>(self.lif_element.next_refractory_left.val()) << 48)
            | (bit_cast::<64, 8>(self.lif_element.next_index.val()) << 52))
            | (bit_cast::<64, 2>(self.trace_flags.val()) << 60);
        self.trace.next = self.trace_low.val() | self.trace_high.val();
    }
}
