//! NIR files: nodes and edges as they are stored, then one flat graph without nested graphs.
//!
//! Source: Pedersen et al., "Neuromorphic intermediate representation", Nature Communications 15, 8122 (2024), and the package
//! `nir`, versions 0.1 to 1.0.8.

mod broadcast;
mod flatten;
mod node;
mod read;

pub use flatten::Graph;
pub use node::{Neuron, NeuronKind, Node, NodeKind};
pub(crate) use read::NEXT_TICK;

use std::path::Path;

use recording::Tree;

use crate::ImportError;

/// The most memory that the arrays of a file may take, as [`Tree::read`] counts it: the largest core has 2,048 neurons, and a
/// dense matrix of that size both ways fits several times.
pub const MOST_BYTES: u64 = 256 << 20;

impl Graph {
    /// Reads a NIR file.
    ///
    /// # Errors
    /// A file that is damaged or not NIR; a node of a type that no core holds, or with parameters that make no sense; an edge
    /// from or to a node that does not exist.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        Self::from_tree(&Tree::read(path, MOST_BYTES)?)
    }

    /// As [`Graph::read`], of the bytes of a file.
    ///
    /// # Errors
    /// As [`Graph::read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImportError> {
        Self::from_tree(&Tree::from_bytes(bytes, MOST_BYTES)?)
    }

    /// As [`Graph::read`], of the groups and arrays of a file.
    ///
    /// # Errors
    /// As [`Graph::read`], but for those of reading.
    pub fn from_tree(file: &Tree) -> Result<Self, ImportError> {
        flatten::flatten(read::file(file)?, read::next_tick(file))
    }
}
