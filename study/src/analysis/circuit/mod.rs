//! What a network's circuit passes on: balance of its inputs, coherence of its areas, direct cells, effective connections.

mod balance;
mod coherence;
mod connectivity;
mod direct_cells;
mod wiring;

pub use balance::{Balance, NeuronBalance, balance};
pub use coherence::{Coherence, area_rates, coherence};
pub use connectivity::{EffectiveConnectivity, KindFlow, ProjectionFlow, effective_connectivity};
pub use direct_cells::{DirectCells, GroupTuning, direct_cells};
pub use wiring::{Route, Synapse, Wiring};
