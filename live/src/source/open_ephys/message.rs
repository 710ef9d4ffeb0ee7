//! What the Open Ephys GUI publishes: Event Broadcaster and ZMQ Interface.

use serde::Deserialize;

/// The longest description of an event that is read.
const JSON_MAX_BYTES: usize = 1 << 16;
/// Type of a spike of the Event Broadcaster.
const SPIKE: u16 = 1;
/// Type of a line's event of the ZMQ Interface.
const TTL: u64 = 3;

/// A message, in the words of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The ZMQ Interface numbers its messages.
    pub number: Option<u64>,
    /// The stream that it is about.
    pub stream: String,
    /// Samples a second, where they are told.
    pub rate_hz: Option<f64>,
    /// What happened.
    pub content: Content,
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A spike.
    Spike {
        /// Name of the electrode.
        electrode: String,
        /// Number of the sample, in its stream.
        sample: i64,
    },
    /// A digital line has changed.
    Line {
        /// Its number, from 0.
        line: u64,
        /// Its new state.
        is_high: bool,
        /// Number of the sample, in its stream.
        sample: i64,
    },
    /// Something else, such as continuous data.
    Other,
}

/// JSON of the Event Broadcaster.
#[derive(Deserialize)]
struct Broadcast {
    #[serde(default)]
    stream: String,
    sample_rate: Option<f64>,
    sample_number: i64,
    electrode: Option<String>,
    line: Option<u64>,
    state: Option<State>,
}

/// A state, which is written as a number or as a truth value.
#[derive(Deserialize)]
#[serde(untagged)]
enum State {
    Truth(bool),
    Number(i64),
}

/// JSON of the ZMQ Interface.
#[derive(Deserialize)]
struct Numbered {
    message_num: u64,
    spike: Option<Spike>,
    content: Option<Event>,
}

#[derive(Deserialize)]
struct Spike {
    #[serde(default)]
    stream: String,
    electrode: String,
    sample_num: i64,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    stream: String,
    #[serde(rename = "type")]
    kind: Option<u64>,
    #[serde(default)]
    sample_num: i64,
    sample_rate: Option<f64>,
}

impl Message {
    /// Reads a message from its parts.
    ///
    /// # Errors
    /// It is none of the GUI's, or the Event Broadcaster sends its raw format.
    pub fn parse(parts: &[Vec<u8>]) -> Result<Self, String> {
        let [kind, json, more @ ..] = parts else {
            return Err("a message has one part only; this is no port of the Open Ephys GUI".to_owned());
        };
        if json.len() > JSON_MAX_BYTES {
            return Err(format!("an event is described in {} bytes; at most {JSON_MAX_BYTES} are read", json.len()));
        }
        match kind[..] {
            [low, high] => broadcast(u16::from_le_bytes([low, high]), json),
            _ => numbered(json, more.first().map_or(&[], |data| &data[..])),
        }
    }
}

fn broadcast(kind: u16, json: &[u8]) -> Result<Message, String> {
    let Broadcast { stream, sample_rate, sample_number, electrode, line, state } = serde_json::from_slice(json)
        .map_err(|error| {
            format!("an event is not the JSON that is read ({error}); set the Event Broadcaster's format to JSON")
        })?;
    let content = match (electrode, line, state) {
        (Some(electrode), ..) if kind == SPIKE => Content::Spike { electrode, sample: sample_number },
        (_, Some(line), Some(state)) if kind != SPIKE => {
            let is_high = matches!(state, State::Truth(true) | State::Number(1..));
            Content::Line { line, is_high, sample: sample_number }
        }
        _ => Content::Other,
    };
    Ok(Message { number: None, stream, rate_hz: sample_rate, content })
}

fn numbered(json: &[u8], data: &[u8]) -> Result<Message, String> {
    let Numbered { message_num, spike, content } = serde_json::from_slice(json).map_err(|error| {
        format!(
            "a message is neither one of the Event Broadcaster, whose first part has two bytes, nor one of the ZMQ Interface \
             ({error}); give the port of one of them"
        )
    })?;
    let number = Some(message_num);
    if let Some(Spike { stream, electrode, sample_num }) = spike {
        return Ok(Message {
            number,
            stream,
            rate_hz: None,
            content: Content::Spike { electrode, sample: sample_num },
        });
    }
    let Some(Event { stream, kind, sample_num, sample_rate }) = content else {
        return Ok(Message { number, stream: String::new(), rate_hz: None, content: Content::Other });
    };
    let content = match data {
        [line, state, ..] if kind == Some(TTL) => {
            Content::Line { line: (*line).into(), is_high: *state != 0, sample: sample_num }
        }
        _ => Content::Other,
    };
    Ok(Message { number, stream, rate_hz: sample_rate, content })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(parts: &[&[u8]]) -> Result<Message, String> {
        Message::parse(&parts.iter().map(|part| part.to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn the_event_broadcaster_is_read() {
        let spike = br#"{"event_type": "spike", "stream": "Probe", "source_node": 101, "electrode": "Electrode 3",
            "num_channels": 1, "sample_rate": 30000.0, "sample_number": 123456789012, "sorted_id": 2, "amp1": -71.5}"#;
        let content = Content::Spike { electrode: "Electrode 3".to_owned(), sample: 123_456_789_012 };
        let stream = "Probe".to_owned();
        let message = Message { number: None, stream: stream.clone(), rate_hz: Some(30_000.0), content };
        assert_eq!(parse(&[&[1, 0], spike]), Ok(message));
        let line = br#"{"event_type": "ttl", "stream": "Probe", "sample_rate": 3e4, "channel_name": "x", "sample_number": 7, "line": 3, "state": 1}"#;
        let content = Content::Line { line: 3, is_high: true, sample: 7 };
        assert_eq!(parse(&[&[0, 0], line]), Ok(Message { number: None, stream, rate_hz: Some(3e4), content }));
    }

    #[test]
    fn the_zmq_interface_is_read() {
        let spike = br#"{"message_num": 7, "type": "spike", "spike": {"stream": "AP", "source_node": 100, "electrode": "Electrode 12",
            "sample_num": 31, "num_channels": 1, "num_samples": 40, "sorted_id": 0, "threshold": [-50.0]}, "timestamp": 1}"#;
        let content = Content::Spike { electrode: "Electrode 12".to_owned(), sample: 31 };
        let message = Message { number: Some(7), stream: "AP".to_owned(), rate_hz: None, content };
        assert_eq!(parse(&[b"EVENT\0", spike, &[0; 160]]), Ok(message));
        let event = br#"{"message_num": 8, "type": "event", "content": {"stream": "AP", "source_node": 1, "type": 3, "sample_num": 40},
            "data_size": 10, "timestamp": 1}"#;
        let content = Content::Line { line: 2, is_high: false, sample: 40 };
        let message = Message { number: Some(8), stream: "AP".to_owned(), rate_hz: None, content };
        assert_eq!(parse(&[b"EVENT\0", event, &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]]), Ok(message));
        let data =
            br#"{"message_num": 9, "type": "data", "content": {"stream": "AP", "channel_num": 0, "channel_name": "CH1",
            "num_samples": 512, "sample_num": 1024, "sample_rate": 30000.0}, "data_size": 2048, "timestamp": 1}"#;
        let message =
            Message { number: Some(9), stream: "AP".to_owned(), rate_hz: Some(30_000.0), content: Content::Other };
        assert_eq!(parse(&[b"DATA\0", data, &[0; 2048]]), Ok(message));
    }

    #[test]
    fn other_messages_are_refused_with_what_helps() {
        assert!(parse(&[&[1, 0], &[7; 80]]).unwrap_err().contains("format to JSON"));
        assert!(parse(&[b"EVENT\0", b"{}"]).unwrap_err().contains("neither one of the Event Broadcaster"));
        assert!(parse(&[b"hello"]).unwrap_err().contains("one part"));
        assert!(parse(&[&[1, 0], &vec![b' '; JSON_MAX_BYTES + 1]]).unwrap_err().contains("at most"));
    }

    proptest! {
        #[test]
        fn arbitrary_parts_do_no_harm(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..4)
        ) {
            let _ = Message::parse(&parts);
        }
    }
}
