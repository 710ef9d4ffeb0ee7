//! Which columns of rows, or numbers of spikes, are the channels of the network.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::arrival::Event;
use crate::clock;
use crate::lsl::{FULL_INFO_REQUEST, INFO_MAX_BYTES, StreamInfo};
use crate::net;
use crate::source::lsl::search::Found;
use crate::source::names::{NO_CHANNEL, Names};

/// How long an outlet may take to send its full description.
const PATIENCE: Duration = Duration::from_secs(3);

/// The channels of the network by their columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns(HashMap<u16, u16>);

impl Columns {
    /// The columns of these names: their labels, or their numbers, from 0, where they have no labels. What an irregular stream calls
    /// channels has numbers only.
    pub(crate) fn find(names: &Names, info: &StreamInfo) -> Result<Self, String> {
        let has_labels = info.is_regular() && !info.labels.is_empty();
        if has_labels && info.labels.len() != info.n_channels {
            return Err(format!("it has {} labels and {} columns", info.labels.len(), info.n_channels));
        }
        let mut columns = HashMap::new();
        for name in names.iter() {
            let Some(channel) = names.channel(name) else { continue };
            let places: Vec<usize> = if has_labels {
                (0..info.labels.len()).filter(|column| info.labels[*column] == name).collect()
            } else {
                let number = name.parse().ok().filter(|number| !info.is_regular() || *number < info.n_channels);
                number.into_iter().collect()
            };
            let place = match places[..] {
                [place] => u16::try_from(place).map_err(|_| format!("column {place} is beyond {}", u16::MAX))?,
                [] => return Err(format!("no column is `{name}`; {}", listed(info, has_labels))),
                [..] => return Err(format!("{} columns are `{name}`", places.len())),
            };
            if columns.insert(place, channel).is_some() {
                return Err(format!("the file names column {place} twice"));
            }
        }
        Ok(Self(columns))
    }

    /// Channels of these columns, ascending.
    fn channels(&self, columns: &[u16]) -> Vec<u16> {
        let mut channels: Vec<u16> = columns.iter().filter_map(|&column| self.channel(column)).collect();
        channels.sort_unstable();
        channels
    }

    /// An event of the stream as one of the network.
    pub(crate) fn of(&self, event: Event) -> Event {
        match event {
            Event::Row { number, stamp, channels } => Event::Row { number, stamp, channels: self.channels(&channels) },
            Event::Spike { stamp, channel } => {
                Event::Spike { stamp, channel: self.channel(channel).unwrap_or(NO_CHANNEL) }
            }
            other => other,
        }
    }

    fn channel(&self, column: u16) -> Option<u16> {
        self.0.get(&column).copied()
    }
}

/// What columns there are, in a few words.
fn listed(info: &StreamInfo, has_labels: bool) -> String {
    const MOST: usize = 8;
    if !has_labels {
        let numbers = if info.is_regular() { format!("0 to {}", info.n_channels - 1) } else { "from 0".to_owned() };
        return format!("they have no labels, so the file has numbers, {numbers}");
    }
    let first = info.labels.iter().take(MOST).map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
    let more = if info.labels.len() > MOST { format!(" and {} more", info.labels.len() - MOST) } else { String::new() };
    format!("there are {first}{more}")
}

/// Asks an outlet for its full description, which alone has labels.
pub(crate) fn full_info(found: &Found) -> io::Result<StreamInfo> {
    let end = clock::now() + i64::try_from(PATIENCE.as_nanos()).unwrap_or(i64::MAX);
    let mut socket = TcpStream::connect_timeout(&(found.address, found.info.data_port).into(), PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(FULL_INFO_REQUEST)?;
    let mut bytes = Vec::new();
    let mut part = vec![0; 1 << 16];
    loop {
        let n_bytes = net::read(&mut socket, &mut part)?;
        bytes.extend_from_slice(&part[..n_bytes]);
        if n_bytes == 0 {
            return StreamInfo::parse(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.0));
        }
        if bytes.len() > INFO_MAX_BYTES || clock::now() > end {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "its full description does not end"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsl::Format;

    fn info(labels: &[&str], n_channels: usize, rate_hz: f64) -> StreamInfo {
        StreamInfo {
            name: "rows".to_owned(),
            kind: String::new(),
            n_channels,
            format: Format::Int16,
            rate_hz,
            source_id: String::new(),
            uid: "1".to_owned(),
            session_id: String::new(),
            hostname: String::new(),
            version: 110,
            created_at_s: 0.0,
            data_port: 1,
            service_port: 1,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        }
    }

    fn columns(text: &str, info: &StreamInfo) -> Result<Columns, String> {
        Columns::find(&Names::parse(text, text.lines().count()).unwrap(), info)
    }

    #[test]
    fn columns_are_found_by_label_or_number() {
        let labelled = columns("M1-7\nM1-2\n", &info(&["M1-2", "PMd-1", "M1-7"], 3, 1000.0)).unwrap();
        assert_eq!(labelled.channels(&[0, 1, 2]), [0, 1]);
        assert_eq!([0, 1, 2, 3].map(|column| labelled.channel(column)), [Some(1), None, Some(0), None]);
        let numbered = columns("2\n0\n", &info(&[], 3, 1000.0)).unwrap();
        assert_eq!(numbered, labelled);
        let irregular = columns("95\n300\n", &info(&["channel", "unit"], 2, 0.0)).unwrap();
        assert_eq!(irregular.channels(&[300, 95, 1]), [0, 1]);
    }

    #[test]
    fn what_is_no_column_is_named() {
        let rows = info(&["a", "b", "b"], 3, 1000.0);
        for (text, info, part) in [
            ("c\n", &rows, "no column is `c`; there are `a`, `b`, `b`"),
            ("b\n", &rows, "2 columns are `b`"),
            ("3\n", &info(&[], 3, 1000.0), "no column is `3`; they have no labels, so the file has numbers, 0 to 2"),
            ("1\n01\n", &info(&[], 3, 1000.0), "the file names column 1 twice"),
            ("a\n", &info(&["a"], 3, 1000.0), "1 labels and 3 columns"),
            ("70000\n", &info(&[], 2, 0.0), "column 70000 is beyond 65535"),
        ] {
            let error = columns(text, info).unwrap_err();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}
