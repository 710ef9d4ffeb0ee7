//! What a network's circuit transmits: balance of inputs, coherence of areas, direct cells, effective connectivity.

mod balance;
mod coherence;
mod connectivity;
mod direct_cells;
mod wiring;

pub use balance::{Balance, NeuronBalance, balance};
pub use coherence::{Coherence, area_rates, coherence};
pub use connectivity::{EffectiveConnectivity, KindFlow, ProjectionFlow, effective_connectivity};
pub use direct_cells::{DirectCells, GroupTuning, direct_cells};
pub use wiring::{WiredSynapse, Wiring};
