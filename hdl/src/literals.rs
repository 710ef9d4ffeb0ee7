//! Literals in kernels that stand for constants defined elsewhere.
//!
//! A kernel can use a constant only as a [`Setting`](crate::setting::Setting), which becomes a parameter of the Verilog. Where a
//! literal is used instead, it is asserted here to be the constant.

use spec::core::{MAX_READOUTS, stage_cycles};
use spec::fixed::DECAY_FRACTION_BITS;
use spec::image::{NEURON_WORDS, SectionKind, header, options, record};
use spec::trace;
use spec::wire::{PAYLOAD_AT, TICK_OVERRUN_FLAG, answer_at, answer_bytes, command_at, command_bytes};

use crate::core::{LIF_LATENCY_CYCLES, ROW_FETCH_LATENCY_CYCLES, SUM_DELAY_CYCLES};
use crate::fifo::FIFO_LATENCY_CYCLES;

// `lif_element`: the slice that the floor shift of a product leaves, and the fields of the options word.
const _: () = assert!(DECAY_FRACTION_BITS == 14);
const _: () = assert!(options::REFRACTORY_BITS == 4 && options::SUBTRACT_BIT == 4 && options::NEVER_FIRES_BIT == 5);
const _: () = assert!(options::READOUT_BIT == 6 && options::CLASS_SHIFT == 8);

// `neuron_memory`, `lane` and `image_loader`: the address of a word is its neuron's, shifted, and 3 bits.
const _: () = assert!(NEURON_WORDS == 1 << 3);

// `neuron_memory`: the words of a record, by memory.
const _: () = assert!(record::SYNAPTIC_DECAY == 0 && record::MEMBRANE_DECAY == 1 && record::ADAPTATION_DECAY == 2);
const _: () = assert!(record::THRESHOLD == 3 && record::BIAS == 5);
const _: () = assert!(record::ADAPTATION_INCREMENT == 4 && record::OPTIONS == 6);

// `image_loader`: the words of the header, whose 4 bits count up to the last.
const _: () = assert!(header::VERSION == 2 && header::LANES == 3 && header::CHANNELS == 4 && header::NEURONS == 5);
const _: () = assert!(header::READOUTS == 6 && header::RESERVED == 7 && header::TOTAL_BYTES == 8);

// `readout`, `lane`, `core` and `answer_composer`: a class has 4 bits, the number of classes 5.
const _: () = assert!(MAX_READOUTS == 1 << 4);

// `command_decoder`: the slices of the head, in bytes.
const _: () = assert!(PAYLOAD_AT == 2);
const _: () = assert!(PAYLOAD_AT + command_at::SECTION == 2 && PAYLOAD_AT + command_at::LANE == 3);
const _: () = assert!(PAYLOAD_AT + command_at::ADDRESS == 4 && PAYLOAD_AT + command_at::N_WORDS == 6);
// `board`: the first byte of an image.
const _: () = assert!(PAYLOAD_AT + command_bytes::LOAD == 6);

// `command_decoder`.
const _: () = assert!(command_bytes::HELLO == 1 && command_bytes::READ == 5 && command_bytes::VERIFY == 2);
const _: () = assert!(command_bytes::EVENT == 2);

// `answer_composer`: the pairs of bytes of each answer. A pair of bytes has its first field in the low byte.
const _: () = assert!(answer_at::LANES == 1 && answer_at::READOUTS == 2 && answer_at::REPLAY_FRAMES == 3);
const _: () = assert!(answer_at::NEURONS_PER_LANE == 2 * 2 && answer_at::CHANNELS == 2 * 3);
const _: () = assert!(answer_at::SYNAPSE_WORDS_PER_LANE == 2 * 4 && answer_at::CLOCK_HZ == 2 * 5);
const _: () = assert!(answer_at::IMAGE_CRC == 2 * 7);
const _: () = assert!(answer_bytes::LOAD == 2 * 2 && answer_at::MEMORY_CRC == 2 * 2);
const _: () = assert!(answer_at::CLASS == 2 * 2 && answer_at::FLAGS == 2 * 2 + 1 && answer_at::SPIKES == 2 * 3);
const _: () = assert!((TICK_OVERRUN_FLAG as u16) << 8 == 256);
const _: () = assert!(answer_bytes::TICK == 2 * 4 && answer_bytes::SCORE == 2 && answer_bytes::WORD == 2);
const _: () = assert!(answer_at::DETAIL == 2 && answer_bytes::NACK == 2);

// `core`, `lane` and `image_loader`.
const _: () =
    assert!(SectionKind::Neurons as u8 == 1 && SectionKind::Rows as u8 == 2 && SectionKind::Synapses as u8 == 3);

// `lane`: the accumulator's sum comes a cycle after its index.
const _: () = assert!(SUM_DELAY_CYCLES == 1);

// `core`: the last cycle of settling, in which the last neuron of the sweep is updated.
const _: () = assert!(LIF_LATENCY_CYCLES == 5);

// `lane`.
const _: () = assert!(trace::CURRENT_SHIFT == 16 && trace::ADAPTATION_SHIFT == 32 && trace::REFRACTORY_SHIFT == 48);
const _: () = assert!(trace::INDEX_SHIFT == 52 && trace::SPIKE_BIT == 60 && trace::UPDATE_BIT == 61);

// The stages that `spec` sums up. The last event of a tick is queued one cycle before the start.
const _: () =
    assert!(stage_cycles::QUEUE == FIFO_LATENCY_CYCLES - 1 && stage_cycles::ROW_FETCH == ROW_FETCH_LATENCY_CYCLES);
const _: () = assert!(stage_cycles::UPDATE as usize == LIF_LATENCY_CYCLES + 1);
// Of the others, the registers on the way.
// `lane`: `synapse_read`, `synapse_valid`.
const _: () = assert!(stage_cycles::SYNAPSE_READ == 2);
// `current_accumulator`: `a_valid`, `b_valid`.
const _: () = assert!(stage_cycles::ADDITION == 2);
// `core`: `drained`, `phase`.
const _: () = assert!(stage_cycles::SWAP == 2);
// `readout`: `compares`, `ended`.
const _: () = assert!(stage_cycles::DECISION == 2);
// `lane`: `index`; `lif_element`: `a_index`, `b_index`. Where memories have no register after them, also `c_index`: words are
// read in ascending order, so the options' index is that of the words before it.
const _: () = assert!(stage_cycles::OPTION_INDEX == 3);
// `neuron_memory`: the memory's, `words`.
const _: () = assert!(stage_cycles::RECORD_READ == 2);
// `lane`: `word`; `core`: `word`.
const _: () = assert!(stage_cycles::WORD == 2);
