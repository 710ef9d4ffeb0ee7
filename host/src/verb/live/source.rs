//! Sources by their names on the command line.

use std::fmt;
use std::str::FromStr;

use live::arrival::Nanoseconds;
use live::source::json_lines::JsonLines;
use live::source::{Source, SourceError};

/// Where spikes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceName {
    /// JSON Lines on standard input.
    Stdin,
    /// JSON Lines of a TCP server.
    Tcp(String),
}

impl SourceName {
    /// Connects, for a network with ticks of this length.
    pub(super) fn open(&self, tick: Nanoseconds) -> Result<Box<dyn Source>, SourceError> {
        Ok(match self {
            Self::Stdin => Box::new(JsonLines::stdin(tick)),
            Self::Tcp(address) => Box::new(JsonLines::connect(address, tick)?),
        })
    }
}

impl FromStr for SourceName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.split_once(':') {
            None if name == "stdin" => Ok(Self::Stdin),
            Some(("tcp", address)) if address.contains(':') => Ok(Self::Tcp(address.to_owned())),
            _ => Err("give `stdin` or `tcp:HOST:PORT`".to_owned()),
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("stdin"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}
