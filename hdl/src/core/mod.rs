//! The core: lanes, the sequence of a tick, and the readout.

#[allow(clippy::module_inception, reason = "the core is the main block of the folder")]
mod core;
mod current_accumulator;
mod lane;
mod lif_element;
mod neuron_memory;
mod readout;
mod row_fetch;
mod row_occupancy;
mod spike_rows;

pub use self::core::Core;
pub use current_accumulator::CurrentAccumulator;
pub use lane::Lane;
pub use lif_element::{LIF_LATENCY_CYCLES, LifElement, SUM_DELAY_CYCLES, levels_delay_cycles, options_delay_cycles};
pub use row_fetch::{ROW_FETCH_LATENCY_CYCLES, RowFetch};
pub use spike_rows::SpikeRows;
