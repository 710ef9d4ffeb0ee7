//! Ways out by their names on the command line, beside standard output.

use std::str::FromStr;

use live::arrival::Nanoseconds;

use super::network::LiveNetwork;
use super::output::Outputs;
use crate::failure::Failure;

/// Where else decisions go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutName {
    /// Every line, one in a datagram, to this address.
    Udp(String),
    /// Decisions or values as a stream of the lab streaming layer.
    #[cfg(all(unix, feature = "lsl"))]
    Lsl(String),
}

/// Is told how the clock of the host differs from that of the source.
pub(super) type OnClock = Box<dyn Fn(Nanoseconds) + Send>;

impl OutName {
    /// Adds it to the others.
    #[cfg_attr(not(all(unix, feature = "lsl")), expect(unused_variables, reason = "only streams have columns"))]
    pub(super) fn add(&self, network: &LiveNetwork, outputs: &mut Outputs) -> Result<Option<OnClock>, Failure> {
        match self {
            Self::Udp(address) => {
                outputs.add_datagrams(address).map_err(|error| {
                    Failure::input(format_args!("cannot send to udp:{address}: {error}")).advise("check the address")
                })?;
                Ok(None)
            }
            #[cfg(all(unix, feature = "lsl"))]
            Self::Lsl(name) => {
                use super::network::Task;
                use live::sink::lsl::LslSink;
                let config = live::lsl::Config::load();
                let sink = match &network.task {
                    Task::Classes(classes) => LslSink::decisions(&config, name, &classes.names),
                    Task::Values(values) => LslSink::values(&config, name, &values.names),
                };
                let sink = sink.map_err(|error| {
                    Failure::input(format_args!("cannot open the stream lsl:{name}: {error}"))
                        .advise("check the ports of the lab streaming layer")
                })?;
                let clock = sink.clock();
                outputs.add_sink(Box::new(sink));
                Ok(Some(Box::new(move |offset| clock.set_offset(offset))))
            }
        }
    }
}

impl FromStr for OutName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.split_once(':') {
            Some(("udp", address)) if address.contains(':') => Ok(Self::Udp(address.to_owned())),
            #[cfg(all(unix, feature = "lsl"))]
            Some(("lsl", name)) if !name.is_empty() => Ok(Self::Lsl(name.to_owned())),
            _ => Err("give `udp:HOST:PORT` or `lsl:NAME`".to_owned()),
        }
    }
}
