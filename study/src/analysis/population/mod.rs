//! What a population encodes together: preferred directions, population vector, trajectories, dimensions, shared subspaces.

mod preferred;
mod principal;
mod shared;
mod vector;

pub use preferred::{PreferredDirections, preferred_directions};
pub use principal::{Dimensionality, Trajectories, dimensionality, participation_ratio, trajectories};
pub use shared::{SharedSubspace, shared_subspace};
pub use vector::{PopulationVector, population_vector};
