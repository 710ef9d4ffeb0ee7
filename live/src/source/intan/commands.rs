//! The command port of Intan RHX.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::net::{read, resolve};
use crate::source::SourceError;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest answer that is read.
const ANSWER_MAX_BYTES: usize = 1024;

/// What RHX says about its output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) rate_hz: f64,
    /// Data blocks that it collects before it writes.
    pub(super) n_blocks: u32,
}

/// Asks for the settings, and has the spikes of these channels sent.
pub(super) fn prepare(host: &str, port: u16, names: &[String]) -> Result<Settings, SourceError> {
    let talk = || {
        let mut socket = TcpStream::connect_timeout(&resolve(host, port)?, PATIENCE)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let rate_hz = setting(&mut socket, "SampleRateHertz")?;
        let n_blocks = setting(&mut socket, "TCPNumberDataBlocksPerWrite")?;
        for name in names {
            socket.write_all(format!("set {name}.TCPDataOutputEnabledSpike true;").as_bytes())?;
        }
        socket.write_all(b"execute ConnectTCPSpikeDataOutput;")?;
        // All this has been done once a later question is answered.
        setting::<u32>(&mut socket, "TCPNumberDataBlocksPerWrite")?;
        Ok(Settings { rate_hz, n_blocks })
    };
    talk().map_err(|error: io::Error| {
        let advice = "in its network settings, connect the command port";
        SourceError(format!("Intan RHX's commands at {host}:{port}: {error}; {advice}"))
    })
}

/// The number that a setting has.
fn setting<T: std::str::FromStr>(socket: &mut TcpStream, name: &str) -> io::Result<T> {
    socket.write_all(format!("get {name};").as_bytes())?;
    let mut answer = Vec::new();
    loop {
        let mut bytes = [0; ANSWER_MAX_BYTES];
        let n_bytes = read(socket, &mut bytes)?;
        answer.extend(&bytes[..n_bytes]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some(value) = value(&text, name) {
            return Ok(value);
        }
        if n_bytes == 0 || answer.len() > ANSWER_MAX_BYTES {
            let text = format!("`get {name}` is answered by `{}`", text.trim());
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
    }
}

/// The number in an answer like `Return: SampleRateHertz 30000`.
fn value<T: std::str::FromStr>(answer: &str, name: &str) -> Option<T> {
    let mut words = answer.split_ascii_whitespace().skip_while(|word| !word.eq_ignore_ascii_case(name));
    words.nth(1)?.trim_end_matches(';').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_in_an_answer_is_found() {
        assert_eq!(value("Return: SampleRateHertz 30000", "SampleRateHertz"), Some(30_000.0));
        assert_eq!(value::<u32>("Return: samplerateHertz 7;", "SampleRateHertz"), Some(7));
        assert_eq!(value::<u32>("Return: SampleRateHertz", "SampleRateHertz"), None);
        assert_eq!(value::<u32>("Error", "SampleRateHertz"), None);
    }
}
