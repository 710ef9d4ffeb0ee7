//! Why a file does not become a network.

use std::fmt;

use recording::ReadError;
use train::compile::CompileError;

use crate::conventions::{Producer, Setting};

/// Why a file does not become a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{}", unreadable(.0))]
    Read(ReadError),
    /// It is HDF5, but no NIR.
    #[error("it is not a NIR file: {0}; write it with `nir.write`")]
    NotNir(String),
    /// A node that no core can hold, or that makes no sense.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Nodes that make no sense together.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A network that does not fit the core.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The file leaves open how its network is to be read.
    #[error(transparent)]
    Unsaid(#[from] Unsaid),
}

impl From<ReadError> for ImportError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

fn unreadable(error: &ReadError) -> String {
    match error {
        ReadError::TooLarge(what) => {
            format!("{what} is larger than any core holds; prune the network, or train a smaller one")
        }
        ReadError::NotClosed => format!("it is {error}; close it there, or wait"),
        error => format!("cannot read it: {error}"),
    }
}

/// A node that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {node} ({kind}): {cause}; {remedy}")]
pub struct NodeError {
    /// Its name; that of a node within a nested graph starts with the name of the graph and a slash.
    pub node: String,
    /// Its type in the file.
    pub kind: String,
    /// What is wrong with it.
    pub cause: String,
    /// What helps.
    pub remedy: String,
}

/// Nodes that cannot be imported together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}; {remedy}")]
pub struct GraphError {
    /// What is wrong, with the names of the nodes.
    pub cause: String,
    /// What helps.
    pub remedy: String,
}

impl GraphError {
    pub(crate) fn new(cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self { cause: cause.to_string(), remedy: remedy.to_string() }
    }
}

/// What the file does not say and the producer does not fix; it must be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaid {
    /// Who wrote the file.
    pub producer: Producer,
    /// Each setting with the nodes that need it.
    pub settings: Vec<(Setting, Vec<String>)>,
}

impl std::error::Error for Unsaid {}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a NIR file does not say ")?;
        for (index, (setting, nodes)) in self.settings.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", nor " };
            write!(f, "{separator}{} ({})", setting.question(), nodes.join(", "))?;
        }
        write!(f, ". {}", self.producer.layers())
    }
}
