//! How samples are asked for, and the answer.

use std::fmt::Write as _;

use crate::lsl::{PROTOCOL_VERSION, ProtocolError, StreamInfo};

/// The longest request or answer that is accepted, its query or headers included.
const HEAD_MAX_BYTES: usize = 1 << 14;
/// Samples that the other side keeps for us if we are late: more than any stall, since it drops the oldest without a word.
const BUFFER_SAMPLES: u32 = 1_000_000;

/// What a client asks an outlet for, over TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The short description, if this question matches.
    ShortInfo {
        /// The question.
        query: String,
    },
    /// The full description.
    FullInfo,
    /// Samples.
    Feed {
        /// Version of the protocol, as 110.
        version: u32,
        /// The outlet that is meant; empty for any.
        uid: String,
        /// Bytes of a value in the client's memory, if it says so.
        value_bytes: Option<usize>,
        /// Samples that it wants kept; 0 if it only wants to see that it could be served.
        buffer_samples: Option<u64>,
    },
}

impl Request {
    /// Reads the request that bytes begin with; none if they end before it does. With it, its length in bytes.
    ///
    /// # Errors
    /// No request, or one beyond a limit.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some((line, rest)) = line(bytes)? else { return Ok(None) };
        let length = |rest: &[u8]| bytes.len() - rest.len();
        match line.as_str() {
            "LSL:fullinfo" => return Ok(Some((Self::FullInfo, length(rest)))),
            "LSL:shortinfo" => {
                let query = self::line(rest)?;
                return Ok(query.map(|(query, rest)| (Self::ShortInfo { query }, length(rest))));
            }
            _ => {}
        }
        let unknown = || ProtocolError(format!("request `{}` is not known", line.chars().take(40).collect::<String>()));
        let mut words = line.strip_prefix("LSL:streamfeed/").ok_or_else(unknown)?.split_ascii_whitespace();
        let version = words.next().and_then(|word| word.parse().ok()).ok_or_else(unknown)?;
        let uid = words.next().unwrap_or_default().to_owned();
        let Some((headers, rest)) = headers(rest)? else { return Ok(None) };
        let number = |name: &str| find(&headers, name).and_then(|value| value.parse::<i64>().ok());
        let feed = Self::Feed {
            version,
            uid,
            value_bytes: number("value-size").and_then(|bytes| usize::try_from(bytes).ok()),
            buffer_samples: number("max-buffer-length").map(|samples| u64::try_from(samples).unwrap_or_default()),
        };
        Ok(Some((feed, length(rest))))
    }
}

/// The request for the full description of a stream.
pub const FULL_INFO_REQUEST: &[u8] = b"LSL:fullinfo\r\n";

/// The request for the samples of a stream.
#[must_use]
pub fn feed_request(info: &StreamInfo) -> String {
    let mut request = format!("LSL:streamfeed/{PROTOCOL_VERSION} {}\r\n", info.uid);
    let headers: [(&str, &dyn std::fmt::Display); 11] = [
        ("Native-Byte-Order", &1234),
        ("Endian-Performance", &0),
        ("Has-IEEE754-Floats", &1),
        ("Supports-Subnormals", &1),
        ("Value-Size", &info.format.value_bytes()),
        ("Data-Protocol-Version", &PROTOCOL_VERSION),
        ("Max-Buffer-Length", &BUFFER_SAMPLES),
        ("Max-Chunk-Length", &0),
        ("Hostname", &info.hostname),
        ("Source-Id", &info.source_id),
        ("Session-Id", &info.session_id),
    ];
    for (name, value) in headers {
        // Writing to a text does not fail.
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request + "\r\n"
}

/// The answer to a request for samples that is served.
#[must_use]
pub fn feed_answer(uid: &str) -> String {
    format!(
        "LSL/{PROTOCOL_VERSION} 200 OK\r\nUID: {uid}\r\nByte-Order: 1234\r\nSuppress-Subnormals: 0\r\n\
         Data-Protocol-Version: {PROTOCOL_VERSION}\r\n\r\n"
    )
}

/// An outlet's answer to a request for samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Samples follow.
    Served,
    /// This outlet does not exist any more: look for the stream again.
    Stale,
}

impl Feed {
    /// Reads the answer that bytes begin with; none if they end before it does. With it, its length in bytes.
    ///
    /// # Errors
    /// No answer, one that announces samples that are not read here, or one beyond a limit.
    pub fn parse(bytes: &[u8], uid: &str) -> Result<Option<(Self, usize)>, ProtocolError> {
        // An error has no end of line.
        let status = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_MAX_BYTES)]);
        let mut words = status.split_ascii_whitespace();
        if words.next().is_some_and(|word| word.starts_with("LSL/")) && words.next() == Some("404") {
            return Ok(Some((Self::Stale, bytes.len())));
        }
        let Some((line, rest)) = line(bytes)? else { return Ok(None) };
        let mut words = line.split_ascii_whitespace();
        if !words.next().is_some_and(|word| word.starts_with("LSL/")) {
            return Err(ProtocolError("the answer is not one of the lab streaming layer".to_owned()));
        }
        if words.next() != Some("200") {
            return Err(ProtocolError(format!("the outlet answers `{line}`")));
        }
        let Some((headers, rest)) = headers(rest)? else { return Ok(None) };
        let is = |name: &str, allowed: &[&str]| match find(&headers, name) {
            Some(value) if !allowed.contains(&value) => Err(ProtocolError(format!(
                "the outlet offers samples with {name} {value}; read are {}",
                allowed.join(" and ")
            ))),
            _ => Ok(()),
        };
        let version = PROTOCOL_VERSION.to_string();
        if find(&headers, "data-protocol-version").is_none() {
            return Err(ProtocolError(format!("the outlet does not say that its samples have protocol {version}")));
        }
        is("data-protocol-version", &[&version])?;
        // 0 for values of one byte.
        is("byte-order", &["1234", "0"])?;
        is("suppress-subnormals", &["0"])?;
        let answer = if find(&headers, "uid").is_none_or(|it| it == uid) { Self::Served } else { Self::Stale };
        Ok(Some((answer, bytes.len() - rest.len())))
    }
}

/// The first line, without its end, and what follows.
fn line(bytes: &[u8]) -> Result<Option<(String, &[u8])>, ProtocolError> {
    match bytes.iter().take(HEAD_MAX_BYTES).position(|byte| *byte == b'\n') {
        Some(end) => Ok(Some((String::from_utf8_lossy(&bytes[..end]).trim().to_owned(), &bytes[end + 1..]))),
        None if bytes.len() >= HEAD_MAX_BYTES => {
            Err(ProtocolError(format!("a line of a request or an answer is longer than {HEAD_MAX_BYTES} bytes")))
        }
        None => Ok(None),
    }
}

type Headers = Vec<(String, String)>;

/// Names, in lower case, and values until the empty line, and what follows it.
fn headers(bytes: &[u8]) -> Result<Option<(Headers, &[u8])>, ProtocolError> {
    let (mut headers, mut rest) = (Headers::new(), bytes);
    while let Some((line, after)) = line(rest)? {
        if bytes.len() - after.len() > HEAD_MAX_BYTES {
            return Err(ProtocolError(format!("headers are longer than {HEAD_MAX_BYTES} bytes")));
        }
        if line.is_empty() {
            return Ok(Some((headers, after)));
        }
        let line = line.split(';').next().unwrap_or_default();
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        rest = after;
    }
    Ok(None)
}

fn find<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}
