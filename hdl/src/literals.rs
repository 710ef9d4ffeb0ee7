//! Literals in kernels that stand for constants defined elsewhere.
//!
//! A kernel can use a constant only as a [`Setting`](crate::setting::Setting), which becomes a parameter of the Verilog. Where a
//! literal is used instead, it is asserted here to be the constant.

use spec::core::stage_cycles;
use spec::fixed::DECAY_FRACTION_BITS;
use spec::image::{SectionKind, options, record};
use spec::trace;
use spec::wire::command_bytes;

use crate::core::{LIF_LATENCY_CYCLES, ROW_FETCH_LATENCY_CYCLES};
use crate::fifo::FIFO_LATENCY_CYCLES;

// `lif_element`: the slice that the floor shift of a product leaves, and the fields of the options word.
const _: () = assert!(DECAY_FRACTION_BITS == 14);
const _: () = assert!(options::REFRACTORY_BITS == 4 && options::SUBTRACT_BIT == 4 && options::NEVER_FIRES_BIT == 5);
const _: () = assert!(options::READOUT_BIT == 6 && options::CLASS_SHIFT == 8);

// `neuron_memory`: the words of a record, by memory.
const _: () = assert!(record::SYNAPTIC_DECAY == 0 && record::MEMBRANE_DECAY == 1 && record::ADAPTATION_DECAY == 2);
const _: () = assert!(record::THRESHOLD == 3 && record::BIAS == 5);
const _: () = assert!(record::ADAPTATION_INCREMENT == 4 && record::OPTIONS == 6);

// `command_decoder`.
const _: () = assert!(command_bytes::HELLO == 1 && command_bytes::READ == 5 && command_bytes::VERIFY == 2);
const _: () = assert!(command_bytes::EVENT == 2);

// `core`, `lane` and `image_loader`.
const _: () =
    assert!(SectionKind::Neurons as u8 == 1 && SectionKind::Rows as u8 == 2 && SectionKind::Synapses as u8 == 3);

// `core`: the last cycle of settling, in which the last neuron of the sweep is updated.
const _: () = assert!(LIF_LATENCY_CYCLES == 5);

// `lane`.
const _: () = assert!(trace::CURRENT_SHIFT == 16 && trace::ADAPTATION_SHIFT == 32 && trace::REFRACTORY_SHIFT == 48);
const _: () = assert!(trace::INDEX_SHIFT == 52 && trace::SPIKE_BIT == 60 && trace::UPDATE_BIT == 61);

// The stages that `spec` sums up. The last event of a tick is queued one cycle before the start.
const _: () =
    assert!(stage_cycles::QUEUE == FIFO_LATENCY_CYCLES - 1 && stage_cycles::ROW_FETCH == ROW_FETCH_LATENCY_CYCLES);
const _: () = assert!(stage_cycles::UPDATE as usize == LIF_LATENCY_CYCLES + 1);
