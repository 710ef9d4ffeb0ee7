//! What makes a program a node of BRAND: its flags, its parameters, its states.

use std::path::PathBuf;
use std::time::Duration;

use redis::streams::StreamRangeReply;
use redis::{Client, Connection, ConnectionAddr, IntoConnectionInfo, RedisResult};
use serde_json::{Map, Value};

use crate::arrival::Nanoseconds;
use crate::sink::brand::BrandSink;
use crate::source::SourceError;
use crate::source::brand::BrandSource;
use crate::source::brand::entry::Layout;
use crate::source::brand::numbers::NumberType;

/// The longest supergraph that is read.
const SUPERGRAPH_MAX_BYTES: usize = 1 << 24;
/// Arrays whose rows are joined.
const ARRAYS_MAX: usize = 64;
const CONNECT_PATIENCE: Duration = Duration::from_secs(2);
/// How long Redis may take for the last answer.
const LAST_PATIENCE: Duration = Duration::from_millis(100);
/// How long Redis may take for an answer, beyond what it is told to wait.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);

/// The flags that BRAND starts a node with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Name of the node in the graph.
    pub nickname: String,
    /// Computer of Redis.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its socket in the file system, which is preferred.
    pub socket: Option<PathBuf>,
}

impl Arguments {
    /// Reads `-n NICK -i HOST -p PORT [-s SOCKET]`, also in their long forms; other flags and their values are ignored.
    ///
    /// # Errors
    /// A flag without a value, a port that is none, or no nickname.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, SourceError> {
        let (mut nickname, mut socket) = (None, None);
        let mut parsed = Self { nickname: String::new(), host: "127.0.0.1".to_owned(), port: 6379, socket: None };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (flag, joined) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value = || {
                let missing = || SourceError(format!("BRAND node: {flag} has no value"));
                joined.clone().or_else(|| arguments.next()).ok_or_else(missing)
            };
            match flag.as_str() {
                "-n" | "--nickname" => nickname = Some(value()?),
                "-i" | "--redis_host" => parsed.host = value()?,
                "-p" | "--redis_port" => {
                    let text = value()?;
                    let wrong = |_| SourceError(format!("BRAND node: port `{text}` is none"));
                    parsed.port = text.parse().map_err(wrong)?;
                }
                "-s" | "--redis_socket" => socket = Some(PathBuf::from(value()?)),
                _ => {}
            }
        }
        parsed.nickname = nickname.ok_or_else(|| SourceError("BRAND node: -n NICKNAME is missing".to_owned()))?;
        parsed.socket = socket;
        Ok(parsed)
    }

    /// Of a server at `HOST:PORT`, or at the path of its socket.
    pub(crate) fn of_server(nickname: &str, address: &str) -> Result<Self, SourceError> {
        let flags = match address.rsplit_once(':') {
            Some((host, port)) if !address.contains('/') => vec!["-i", host, "-p", port],
            _ => vec!["-s", address],
        };
        Self::parse(["-n", nickname].into_iter().chain(flags).map(str::to_owned))
    }

    /// Whether what is written there is mostly written by programs of this computer, which have its clock.
    pub(super) fn has_same_clock(&self) -> bool {
        self.socket.is_some() || ["127.0.0.1", "localhost"].contains(&&*self.host)
    }

    pub(crate) fn connect(&self) -> Result<Connection, SourceError> {
        let (address, words) = match &self.socket {
            Some(socket) => (ConnectionAddr::Unix(socket.clone()), socket.display().to_string()),
            None => (ConnectionAddr::Tcp(self.host.clone(), self.port), format!("{}:{}", self.host, self.port)),
        };
        let connect = || -> RedisResult<Connection> {
            let client = Client::open(address.into_connection_info()?)?;
            let connection = client.get_connection_with_timeout(CONNECT_PATIENCE)?;
            connection.set_read_timeout(Some(ANSWER_PATIENCE))?;
            Ok(connection)
        };
        connect()
            .map_err(|error| SourceError(format!("Redis of BRAND at {words}: {error}; start the supervisor first")))
    }
}

/// The parameters of a node in the supergraph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Map<String, Value>);

impl Parameters {
    /// Those of a node in the text of a supergraph; none if the node is not in it.
    ///
    /// # Errors
    /// Text that is not a supergraph.
    pub fn find(supergraph: &[u8], nickname: &str) -> Result<Option<Self>, String> {
        if supergraph.len() > SUPERGRAPH_MAX_BYTES {
            return Err(format!(
                "the supergraph has {} bytes; at most {SUPERGRAPH_MAX_BYTES} are read",
                supergraph.len()
            ));
        }
        let supergraph: Value =
            serde_json::from_slice(supergraph).map_err(|error| format!("the supergraph is not JSON: {error}"))?;
        let nodes = supergraph["nodes"].as_object().ok_or("the supergraph has no `nodes`")?;
        let mut nodes = nodes.iter().filter(|(key, node)| node["nickname"].as_str().unwrap_or(key) == nickname);
        Ok(nodes.next().map(|(_, node)| Self(node["parameters"].as_object().cloned().unwrap_or_default())))
    }

    /// These texts.
    pub(crate) fn of<const N: usize>(texts: [(&str, String); N]) -> Self {
        Self(texts.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))).collect())
    }

    /// A text; none if it is not given.
    ///
    /// # Errors
    /// It is no text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, String> {
        self.0.get(name).map(|value| value.as_str().ok_or_else(|| format!("parameter `{name}` is no text"))).transpose()
    }

    /// A whole number; none if it is not given.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, name: &str) -> Result<Option<u64>, String> {
        let wrong = || format!("parameter `{name}` is no whole number");
        self.0.get(name).map(|value| value.as_u64().ok_or_else(wrong)).transpose()
    }

    /// Texts, given as a list or as a single one.
    fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| {
                    value.as_str().map(str::to_owned).ok_or_else(|| format!("parameter `{name}` has no texts"))
                })
                .collect(),
            Some(_) => Ok(self.text(name)?.map(str::to_owned).into_iter().collect()),
        }
    }

    /// The streams of rows: at least one.
    pub(super) fn inputs(&self) -> Result<Vec<String>, String> {
        let inputs = [self.texts("input_stream")?, self.texts("input_streams")?].concat();
        match inputs.len() {
            0 => Err("parameter `input_stream` is missing".to_owned()),
            _ if inputs.iter().any(String::is_empty) => Err("parameter `input_stream` is empty".to_owned()),
            n if n > ARRAYS_MAX => Err(format!("{n} input streams are more than {ARRAYS_MAX}")),
            _ => Ok(inputs),
        }
    }

    /// How entries of the input are laid out, with so many channels in a row.
    ///
    /// # Errors
    /// A parameter that is no text, or a type that is not read.
    pub fn layout(&self, n_channels: usize) -> Result<Layout, String> {
        let number_type = self.text("input_dtype")?;
        let number_type = number_type
            .map(|name| NumberType::named(name).ok_or_else(|| format!("parameter `input_dtype`: `{name}` is not read")))
            .transpose()?;
        Ok(Layout {
            field: self.text("input_field")?.map(str::to_owned),
            number_type,
            n_channels,
            time_key: self.text("time_key")?.unwrap_or("ts").to_owned(),
            sync_key: self.text("sync_key")?.unwrap_or("sync").to_owned(),
        })
    }

    /// The channels of one stream, given those of the network.
    pub(super) fn channels_per_array(&self, n_arrays: usize, n_channels: usize) -> Result<usize, String> {
        let named = ["chan_per_stream", "n_features"].map(|name| self.number(name));
        let [per_stream, n_features] = named;
        let each = per_stream?.map_or(n_channels / n_arrays, |each| usize::try_from(each).unwrap_or(usize::MAX));
        let features = n_features?.map_or(n_channels, |all| usize::try_from(all).unwrap_or(usize::MAX));
        if each.saturating_mul(n_arrays) != n_channels || features != n_channels {
            let text = "`n_features` and `chan_per_stream` times the number of input streams must be those";
            return Err(format!("the network has {n_channels} channels; {text}"));
        }
        Ok(each)
    }
}

/// A node of BRAND, connected to Redis, with its parameters.
pub struct Node {
    connection: Connection,
    arguments: Arguments,
    parameters: Parameters,
}

impl Node {
    /// Connects, says that the node has started, and reads its parameters from the supergraph. Where that fails, it says so in the
    /// stream of its states.
    ///
    /// # Errors
    /// Redis does not answer, or the supergraph does not have the node.
    pub fn start(arguments: Arguments) -> Result<Self, SourceError> {
        let connection = arguments.connect()?;
        let mut node = Self { connection, arguments, parameters: Parameters::default() };
        node.say("NODE_STARTED", "Initialized", 0)?;
        match node.read_parameters() {
            Ok(parameters) => node.parameters = parameters,
            Err(text) => return Err(node.failed(&text)),
        }
        Ok(node)
    }

    /// The parameters of this node.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The way in and the way out, for a network with so many channels. The parameters are those of other decoders of BRAND:
    /// `input_stream` or `input_streams`, `input_field`, `input_dtype`, `n_features`, `chan_per_stream`, `output_stream`,
    /// `output_field`, `sync_key`, `time_key`; and `state_stream` for the states of the task, which are the markers.
    ///
    /// # Errors
    /// A parameter is missing or wrong, which the stream of states is told, or Redis does not answer.
    pub fn open(&mut self, n_channels: usize, tick: Nanoseconds) -> Result<(BrandSource, BrandSink), SourceError> {
        let source = BrandSource::open(&self.arguments, &self.parameters, n_channels, tick);
        let source = source.map_err(|error| self.failed(&error.0))?;
        let output = self.parameters.text("output_stream").and_then(|stream| {
            let field = self.parameters.text("output_field")?.unwrap_or("samples").to_owned();
            Ok((stream.unwrap_or(&self.arguments.nickname).to_owned(), field))
        });
        let (stream, field) = output.map_err(|text| self.failed(&text))?;
        let sink = BrandSink::new(self.arguments.connect()?, stream, field, source.keys(), source.labels.clone());
        Ok((source, sink))
    }

    /// Says that the node is ready for data.
    ///
    /// # Errors
    /// Redis does not answer.
    pub fn ready(&mut self) -> Result<(), SourceError> {
        self.say("NODE_READY", "Ready", 0)
    }

    /// Says that the node has ended as it should.
    ///
    /// # Errors
    /// Redis does not answer.
    pub fn shutdown(&mut self) -> Result<(), SourceError> {
        // Nobody may wait for a server that does not answer any more; if this cannot be set, the patience is as before.
        let _ = self.connection.set_read_timeout(Some(LAST_PATIENCE));
        self.say("NODE_SHUTDOWN", "Shutdown", 0)
    }

    /// Says that the node ends because of this error.
    ///
    /// # Errors
    /// Redis does not answer.
    pub fn fatal_error(&mut self, cause: &str) -> Result<(), SourceError> {
        self.say("NODE_FATAL_ERROR", &format!("Fatal Error: {cause}"), 1)
    }

    fn failed(&mut self, cause: &str) -> SourceError {
        let error = SourceError(format!("BRAND node `{}`: {cause}", self.arguments.nickname));
        // If Redis does not hear it, the caller does.
        let _ = self.fatal_error(cause);
        error
    }

    /// Writes a state in the three spellings that are in use.
    fn say(&mut self, status: &str, state: &str, code: u8) -> Result<(), SourceError> {
        let mut command = redis::cmd("XADD");
        command.arg(format!("{}_state", self.arguments.nickname)).arg("*");
        command.arg("code").arg(code).arg("status").arg(status).arg("state").arg(state);
        let said: RedisResult<String> = command.query(&mut self.connection);
        said.map(drop).map_err(|error| SourceError(format!("Redis of BRAND: cannot write state {status}: {error}")))
    }

    fn read_parameters(&mut self) -> Result<Parameters, String> {
        let mut command = redis::cmd("XREVRANGE");
        command.arg("supergraph_stream").arg("+").arg("-").arg("COUNT").arg(1);
        let newest: StreamRangeReply = command.query(&mut self.connection).map_err(|error| error.to_string())?;
        let entry = newest.ids.into_iter().next().ok_or("no graph is published in `supergraph_stream`")?;
        let data: Vec<u8> = entry.get("data").ok_or("the supergraph has no `data`")?;
        let nickname = &self.arguments.nickname;
        Parameters::find(&data, nickname)?.ok_or_else(|| format!("the supergraph has no node `{nickname}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_ascii_whitespace().map(str::to_owned)).map_err(|error| error.0)
    }

    #[test]
    fn flags_of_brand_are_read_and_others_ignored() {
        let expected = Arguments {
            nickname: "decoder".to_owned(),
            host: "lab".to_owned(),
            port: 6380,
            socket: Some("/tmp/redis.sock".into()),
        };
        for line in [
            "-n decoder -i lab -p 6380 -s /tmp/redis.sock",
            "--verbose -x 3 -s /tmp/redis.sock -p 6380 --nickname decoder --redis_host=lab --future flag",
        ] {
            assert_eq!(arguments(line).as_ref(), Ok(&expected), "{line}");
        }
        assert_eq!(arguments("-n a").unwrap().socket, None);
        assert!(arguments("-i lab").unwrap_err().contains("-n NICKNAME"));
        assert!(arguments("-n a -p x").unwrap_err().contains("`x`"));
        assert!(arguments("-n").unwrap_err().contains("no value"));
    }

    const SUPERGRAPH: &[u8] = br#"{"redis_host": "lab", "graph_name": "g", "nodes": {
        "other": {"name": "other", "nickname": "other", "parameters": {}},
        "key": {"name": "motorsrnn", "nickname": "decoder", "parameters":
            {"input_streams": ["a", "b"], "chan_per_stream": 3, "n_features": 6, "model_path": "x.img", "log": "INFO"}}}}"#;

    #[test]
    fn parameters_are_those_of_the_node_with_the_nickname() {
        let parameters = Parameters::find(SUPERGRAPH, "decoder").unwrap().unwrap();
        assert_eq!(parameters.text("model_path"), Ok(Some("x.img")));
        assert_eq!(parameters.inputs(), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(parameters.channels_per_array(2, 6), Ok(3));
        assert!(parameters.channels_per_array(2, 8).unwrap_err().contains("8 channels"));
        assert_eq!(parameters.layout(3).unwrap().time_key, "ts");
        assert!(parameters.number("model_path").is_err());
        let other = Parameters::find(SUPERGRAPH, "other").unwrap().unwrap();
        assert_eq!(other.inputs(), Err("parameter `input_stream` is missing".to_owned()));
        assert_eq!(Parameters::find(SUPERGRAPH, "nobody"), Ok(None));
        assert!(Parameters::find(b"{}", "nobody").is_err());
        assert!(Parameters::find(b"x", "nobody").unwrap_err().contains("not JSON"));
    }
}
