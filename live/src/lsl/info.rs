//! Descriptions of streams, in XML.

use std::fmt::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

use crate::lsl::{Format, ProtocolError};

/// The longest description that is accepted.
pub const INFO_MAX_BYTES: usize = 1 << 22;
/// Elements and texts of a description.
const NODES_MAX: u32 = 1 << 20;
/// Channels of a stream.
const CHANNELS_MAX: usize = 1 << 16;

/// What a stream says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamInfo {
    /// Name of the stream.
    pub name: String,
    /// Type of its content, for example `Spikes`; may be empty.
    pub kind: String,
    /// Number of channels, 1 to 65,536.
    pub n_channels: usize,
    /// Type of its values.
    pub format: Format,
    /// Samples a second; 0 if they come at any time.
    pub rate_hz: f64,
    /// Names the same source after a restart; may be empty.
    pub source_id: String,
    /// Names this outlet, until it ends.
    pub uid: String,
    /// Streams of other sessions are not seen.
    pub session_id: String,
    /// Name of the computer.
    pub hostname: String,
    /// The outlet's version of the protocol, as 110 for 1.10.
    pub version: u32,
    /// Seconds in the outlet's clock.
    pub created_at_s: f64,
    /// TCP port of the samples.
    pub data_port: u16,
    /// UDP port of the clock and of questions.
    pub service_port: u16,
    /// Labels of the channels, which only the full description has; empty if it has none.
    pub labels: Vec<String>,
}

impl StreamInfo {
    /// Reads a description.
    ///
    /// # Errors
    /// Text that is not XML, lacks a field, or is beyond a limit.
    pub fn parse(xml: &[u8]) -> Result<Self, ProtocolError> {
        let wrong = |what: String| ProtocolError(format!("a stream's description {what}"));
        if xml.len() > INFO_MAX_BYTES {
            return Err(wrong(format!("has {} bytes; at most {INFO_MAX_BYTES} are read", xml.len())));
        }
        let text = std::str::from_utf8(xml).map_err(|_| wrong("is not UTF-8".to_owned()))?;
        let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text.trim_start(), options);
        let document = document.map_err(|error| wrong(format!("is not XML: {error}")))?;
        let info = document.root_element();
        if !info.has_tag_name("info") {
            return Err(wrong(format!("is a <{}>, not an <info>", info.tag_name().name())));
        }
        let field = |name: &str| text_of(info, name);
        let number = |name: &str| {
            let text = field(name);
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
            number.ok_or_else(|| wrong(format!("has <{name}> `{text}`, which is no number")))
        };
        let port = |name: &str| {
            let text = field(name);
            text.parse().map_err(|_| wrong(format!("has <{name}> `{text}`, which is no port")))
        };
        let required = |name: &str| {
            let text = field(name);
            if text.is_empty() { Err(wrong(format!("has no <{name}>"))) } else { Ok(text) }
        };
        let format = field("channel_format");
        let n_channels = field("channel_count");
        let n_channels = n_channels.parse().ok().filter(|n| (1..=CHANNELS_MAX).contains(n)).ok_or_else(|| {
            wrong(format!("has <channel_count> `{n_channels}`; a stream has 1 to {CHANNELS_MAX} channels"))
        })?;
        Ok(Self {
            name: required("name")?,
            kind: field("type"),
            n_channels,
            format: Format::named(&format)
                .ok_or_else(|| wrong(format!("has <channel_format> `{format}`, which is none")))?,
            rate_hz: number("nominal_srate")?,
            source_id: field("source_id"),
            uid: required("uid")?,
            session_id: field("session_id"),
            hostname: field("hostname"),
            version: (number("version")? * 100.0).round() as u32,
            created_at_s: number("created_at")?,
            data_port: port("v4data_port")?,
            service_port: port("v4service_port")?,
            labels: labels(info),
        })
    }

    /// Writes a description: the full one, with the labels of the channels, or the short one.
    #[must_use]
    pub fn to_xml(&self, is_full: bool) -> String {
        let mut xml = String::from("<?xml version=\"1.0\"?>\n<info>\n");
        for (name, value) in self.fields() {
            // Writing to a text does not fail.
            let _ = writeln!(xml, "\t<{name}>{}</{name}>", escaped(&value));
        }
        if is_full && !self.labels.is_empty() {
            xml.push_str("\t<desc><channels>");
            for label in &self.labels {
                let _ = write!(xml, "<channel><label>{}</label></channel>", escaped(label));
            }
            xml.push_str("</channels></desc>\n</info>\n");
        } else {
            xml.push_str("\t<desc />\n</info>\n");
        }
        xml
    }

    /// The fields of the short description, by the names that queries use.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, String); 17] {
        [
            ("name", self.name.clone()),
            ("type", self.kind.clone()),
            ("channel_count", self.n_channels.to_string()),
            ("channel_format", self.format.name().to_owned()),
            ("source_id", self.source_id.clone()),
            ("nominal_srate", self.rate_hz.to_string()),
            ("version", (f64::from(self.version) / 100.0).to_string()),
            ("created_at", self.created_at_s.to_string()),
            ("uid", self.uid.clone()),
            ("session_id", self.session_id.clone()),
            ("hostname", self.hostname.clone()),
            // The receiver knows the address that a description came from.
            ("v4address", String::new()),
            ("v4data_port", self.data_port.to_string()),
            ("v4service_port", self.service_port.to_string()),
            ("v6address", String::new()),
            ("v6data_port", "0".to_owned()),
            ("v6service_port", "0".to_owned()),
        ]
    }

    /// Whether samples come at a fixed rate.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.rate_hz > 0.0
    }
}

fn text_of(node: Node<'_, '_>, name: &str) -> String {
    let child = node.children().find(|child| child.has_tag_name(name));
    child.and_then(|child| child.text()).unwrap_or_default().trim().to_owned()
}

/// Labels of the channels that are described, in their order; none if none of them has one.
fn labels(info: Node<'_, '_>) -> Vec<String> {
    let of = |name: &'static str| move |node: &Node<'_, '_>| node.has_tag_name(name);
    let channels = info.children().filter(of("desc")).flat_map(|desc| desc.children()).filter(of("channels"));
    let channels = channels.flat_map(|channels| channels.children()).filter(of("channel"));
    let labels: Vec<String> = channels.map(|channel| text_of(channel, "label")).collect();
    if labels.iter().all(String::is_empty) { Vec::new() } else { labels }
}

fn escaped(text: &str) -> String {
    // Other control characters cannot be in XML at all.
    let text: String = text.chars().filter(|it| !it.is_control() || matches!(it, '\t' | '\n')).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
