//! Sources by their names on the command line.

use std::fmt;
use std::str::FromStr;

use live::source::json_lines::JsonLines;
use live::source::{Source, SourceError};

use super::network::LiveNetwork;

/// Where spikes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceName {
    /// JSON Lines on standard input.
    Stdin,
    /// JSON Lines of a TCP server.
    Tcp(String),
    /// Streams of the lab streaming layer.
    #[cfg(all(unix, feature = "lsl"))]
    Lsl(String),
    /// The Open Ephys GUI.
    #[cfg(all(unix, feature = "open-ephys"))]
    OpenEphys(String),
    /// Intan RHX.
    #[cfg(all(unix, feature = "intan"))]
    Intan(String),
}

/// What this build has, for help.
const NAMES: &str = "`stdin`, `tcp:HOST:PORT`, `lsl:NAME`, `open-ephys:HOST:PORT` or `intan:HOST:PORT`";

impl SourceName {
    /// Connects.
    pub(super) fn connect(&self, network: &LiveNetwork) -> Result<Box<dyn Source>, SourceError> {
        #[cfg(all(unix, any(feature = "lsl", feature = "open-ephys", feature = "intan")))]
        let n_channels = usize::from(network.n_channels);
        Ok(match self {
            Self::Stdin => Box::new(JsonLines::stdin(network.tick)),
            Self::Tcp(address) => Box::new(JsonLines::connect(address, network.tick)?),
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(what) => Box::new(live::source::lsl::LslSource::open(what, n_channels, network.tick)?),
            #[cfg(all(unix, feature = "open-ephys"))]
            Self::OpenEphys(what) => {
                Box::new(live::source::open_ephys::OpenEphysSource::open(what, n_channels, network.tick)?)
            }
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(what) => Box::new(live::source::intan::IntanSource::open(what, n_channels, network.tick)?),
        })
    }
}

impl FromStr for SourceName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let (kind, what) = name.split_once(':').unwrap_or((name, ""));
        let what = what.to_owned();
        match kind {
            "stdin" if what.is_empty() => Ok(Self::Stdin),
            "tcp" if what.contains(':') => Ok(Self::Tcp(what)),
            #[cfg(all(unix, feature = "lsl"))]
            "lsl" if !what.is_empty() => Ok(Self::Lsl(what)),
            #[cfg(all(unix, feature = "open-ephys"))]
            "open-ephys" => Ok(Self::OpenEphys(what)),
            #[cfg(all(unix, feature = "intan"))]
            "intan" => Ok(Self::Intan(what)),
            "lsl" | "open-ephys" | "intan" if !what.is_empty() || kind != "lsl" => {
                Err(format!("this motorsrnn was built without the feature `{kind}`"))
            }
            _ => Err(format!("give {NAMES}")),
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("stdin"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(what) => write!(f, "lsl:{what}"),
            #[cfg(all(unix, feature = "open-ephys"))]
            Self::OpenEphys(what) => write!(f, "open-ephys:{what}"),
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(what) => write!(f, "intan:{what}"),
        }
    }
}
