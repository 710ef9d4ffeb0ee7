//! Sources by their names on the command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use live::loopback::{self, Pair};
use live::source::json_lines::JsonLines;
use live::source::{Source, SourceError};

use super::network::LiveNetwork;

/// Where spikes come from. What follows the colon may be left out where a source has a usual place, and in a loopback.
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
    /// Streams of a Redis server, in a loopback.
    #[cfg(all(unix, feature = "brand"))]
    Brand(String),
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
            Self::Tcp(address) if address.is_empty() => {
                return Err(SourceError("`tcp` has no address; give one as `--source tcp:HOST:PORT`".to_owned()));
            }
            Self::Tcp(address) => Box::new(JsonLines::connect(address, network.tick)?),
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(what) => Box::new(live::source::lsl::LslSource::open(what, n_channels, network.tick)?),
            #[cfg(all(unix, feature = "open-ephys"))]
            Self::OpenEphys(what) => {
                Box::new(live::source::open_ephys::OpenEphysSource::open(what, n_channels, network.tick)?)
            }
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(what) => Box::new(live::source::intan::IntanSource::open(what, n_channels, network.tick)?),
            #[cfg(all(unix, feature = "brand"))]
            Self::Brand(_) => {
                let cause = "BRAND starts its nodes itself: use `--brand` with its flags, or `--loopback`";
                return Err(SourceError(cause.to_owned()));
            }
        })
    }

    /// What sends in the protocol of the source, and the source that listens to it.
    pub(super) fn loopback(&self, network: &LiveNetwork) -> Result<Pair, SourceError> {
        #[cfg(all(unix, any(feature = "brand", feature = "lsl", feature = "open-ephys", feature = "intan")))]
        let n_channels = usize::from(network.n_channels);
        match self {
            Self::Tcp(what) if what.is_empty() => loopback::json_lines(network.tick),
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(what) if what.is_empty() => loopback::lsl(n_channels, network.tick),
            #[cfg(all(unix, feature = "open-ephys"))]
            Self::OpenEphys(what) if what.is_empty() => loopback::open_ephys(n_channels, network.tick),
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(what) if what.is_empty() => loopback::intan(n_channels, network.tick),
            #[cfg(all(unix, feature = "brand"))]
            Self::Brand(address) if !address.is_empty() => loopback::brand(address, n_channels, network.tick),
            _ => Err(SourceError(format!(
                "a loopback cannot go through `{self}`; give `--source tcp`, `lsl`, `open-ephys`, `intan`, or the address of a \
                 Redis server as `brand:HOST:PORT`"
            ))),
        }
    }

    /// The files that it reads.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let what: &str = match self {
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(what) => what,
            #[cfg(all(unix, feature = "open-ephys"))]
            Self::OpenEphys(what) => what,
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(what) => what,
            _ => "",
        };
        what.split(',').filter_map(|part| part.trim().strip_prefix("channels=")).map(PathBuf::from).collect()
    }

    /// Whether markers can be sent through it.
    pub(super) fn has_markers(&self) -> bool {
        match self {
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(_) => false,
            _ => true,
        }
    }
}

/// Sources that a program may be built without.
const FEATURES: [&str; 4] = ["lsl", "open-ephys", "intan", "brand"];

impl FromStr for SourceName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let (kind, what) = name.split_once(':').unwrap_or((name, ""));
        let what = what.to_owned();
        match kind {
            "stdin" if what.is_empty() => Ok(Self::Stdin),
            "tcp" if what.is_empty() || what.contains(':') => Ok(Self::Tcp(what)),
            #[cfg(all(unix, feature = "lsl"))]
            "lsl" => Ok(Self::Lsl(what)),
            #[cfg(all(unix, feature = "open-ephys"))]
            "open-ephys" => Ok(Self::OpenEphys(what)),
            #[cfg(all(unix, feature = "intan"))]
            "intan" => Ok(Self::Intan(what)),
            #[cfg(all(unix, feature = "brand"))]
            "brand" => Ok(Self::Brand(what)),
            _ if FEATURES.contains(&kind) => Err(format!("this motorsrnn was built without the feature `{kind}`")),
            _ => Err(format!("give {NAMES}")),
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, what) = match self {
            Self::Stdin => ("stdin", ""),
            Self::Tcp(what) => ("tcp", &what[..]),
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(what) => ("lsl", &what[..]),
            #[cfg(all(unix, feature = "open-ephys"))]
            Self::OpenEphys(what) => ("open-ephys", &what[..]),
            #[cfg(all(unix, feature = "intan"))]
            Self::Intan(what) => ("intan", &what[..]),
            #[cfg(all(unix, feature = "brand"))]
            Self::Brand(what) => ("brand", &what[..]),
        };
        let colon = if what.is_empty() { "" } else { ":" };
        write!(f, "{kind}{colon}{what}")
    }
}
