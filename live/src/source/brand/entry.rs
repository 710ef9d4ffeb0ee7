//! Entries of BRAND's streams: a row of threshold crossings, a state of a task.

use std::collections::HashMap;

use redis::Value;

use crate::arrival::Nanoseconds;
use crate::source::brand::numbers::NumberType;

/// The longest label that is copied.
const LABEL_MAX_BYTES: usize = 1 << 12;
const STATE_MAX_BYTES: usize = 1 << 12;

/// Names and type of the fields of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The field with the row; none: `crossings`, or `thresholds` of the simulator.
    pub field: Option<String>,
    /// The type of its values; none: int16 in `crossings`, int8 elsewhere.
    pub number_type: Option<NumberType>,
    /// Values of a row.
    pub n_channels: usize,
    /// The field with the time.
    pub time_key: String,
    /// The field with the labels.
    pub sync_key: String,
}

/// The fields of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry(HashMap<String, Vec<u8>>);

/// A row of threshold crossings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Time stamp of the amplifier or number in the labels: it steps by the same each row.
    pub number: u64,
    /// When it was written.
    pub stamp: Nanoseconds,
    /// Channels with a crossing, ascending.
    pub channels: Vec<u16>,
    /// The field `i`, as it was written; empty if there is none.
    pub count: Vec<u8>,
    /// The labels, as they were written.
    pub sync: Vec<u8>,
}

impl Entry {
    pub(super) fn new(fields: HashMap<String, Value>) -> Self {
        let bytes = |value| match value {
            Value::BulkString(bytes) => Some(bytes),
            _ => None,
        };
        Self(fields.into_iter().filter_map(|(name, value)| Some((name, bytes(value)?))).collect())
    }

    /// Of these fields.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self(fields.into_iter().collect())
    }

    fn field(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// The row that the entry has.
    ///
    /// # Errors
    /// A field is missing, or is not what the layout says.
    pub fn row(&self, layout: &Layout) -> Result<Row, String> {
        let usual = || if self.0.contains_key("crossings") { "crossings" } else { "thresholds" };
        let field = layout.field.as_deref().unwrap_or_else(usual);
        let bytes = self.field(field).ok_or_else(|| self.missing(field))?;
        let usual = if field == "crossings" { NumberType::Int16 } else { NumberType::Int8 };
        let number_type = layout.number_type.unwrap_or(usual);
        let expected = layout.n_channels * number_type.width();
        if bytes.len() != expected {
            return Err(format!(
                "`{field}` has {} bytes, and {} channels in {number_type:?} have {expected}; check input_dtype and \
                 chan_per_stream",
                bytes.len(),
                layout.n_channels
            ));
        }
        let sync = self.field(&layout.sync_key).unwrap_or_default();
        let count = self.field("i").unwrap_or_default();
        if sync.len() > LABEL_MAX_BYTES || count.len() > LABEL_MAX_BYTES {
            return Err(format!("a label has more than {LABEL_MAX_BYTES} bytes"));
        }
        let of_sync = || first_number(sync);
        let number = self.field("timestamps").and_then(integer).or_else(of_sync);
        let number = number.ok_or_else(|| self.missing(&format!("timestamps` or a number in `{}", layout.sync_key)))?;
        Ok(Row {
            number,
            stamp: self.time(layout)?,
            channels: number_type.positive(bytes),
            count: count.to_vec(),
            sync: sync.to_vec(),
        })
    }

    /// The state that the entry has, and when it began.
    ///
    /// # Errors
    /// A field is missing or too long.
    pub fn state(&self, layout: &Layout) -> Result<(Nanoseconds, String), String> {
        let state = self.field("state").ok_or_else(|| self.missing("state"))?;
        if state.len() > STATE_MAX_BYTES {
            return Err(format!("a state has more than {STATE_MAX_BYTES} bytes"));
        }
        Ok((self.time(layout)?, String::from_utf8_lossy(state).into_owned()))
    }

    fn time(&self, layout: &Layout) -> Result<Nanoseconds, String> {
        let time = self.field(&layout.time_key).and_then(integer).and_then(|time| Nanoseconds::try_from(time).ok());
        time.ok_or_else(|| format!("`{}` is not a time in ns", layout.time_key))
    }

    fn missing(&self, field: &str) -> String {
        let mut names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        format!("an entry has no `{field}`, but {}", names.join(", "))
    }
}

/// A whole number, as text, or as the first of an array of uint64 or of uint32.
fn integer(bytes: &[u8]) -> Option<u64> {
    // As bytes, digits would be a time in the next century.
    if !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) {
        return std::str::from_utf8(bytes).ok()?.parse().ok();
    }
    match bytes.len() {
        4 => bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes).into()),
        n if n.is_multiple_of(8) => bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)),
        n if n.is_multiple_of(4) => bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes).into()),
        _ => None,
    }
}

/// The first number in labels like `{"nsp": 30}`.
fn first_number(sync: &[u8]) -> Option<u64> {
    let labels: HashMap<String, serde_json::Value> = serde_json::from_slice(sync).ok()?;
    let first = labels.into_iter().min_by(|(a, _), (b, _)| a.cmp(b))?.1;
    first.as_u64().or_else(|| first.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout(n_channels: usize) -> Layout {
        let key = |name: &str| name.to_owned();
        Layout { field: None, number_type: None, n_channels, time_key: key("ts"), sync_key: key("sync") }
    }

    fn entry(fields: &[(&str, &[u8])]) -> Entry {
        Entry::of(fields.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())))
    }

    const SYNC: &[u8] = br#"{"nsp1": 900}"#;

    #[test]
    fn a_row_of_threshold_extraction_is_read() {
        let crossings = [0i16, 1, 0, 1].map(i16::to_le_bytes).concat();
        let timestamps = 930u64.to_le_bytes();
        let ts = 123_456_789_012u64.to_le_bytes();
        let fields: [(&str, &[u8]); 4] =
            [("crossings", &crossings), ("timestamps", &timestamps), ("ts", &ts), ("sync", SYNC)];
        let row =
            Row { number: 930, stamp: 123_456_789_012, channels: vec![1, 3], count: Vec::new(), sync: SYNC.to_vec() };
        assert_eq!(entry(&fields).row(&layout(4)), Ok(row));
        let error = entry(&fields).row(&layout(5)).unwrap_err();
        assert!(error.contains("`crossings` has 8 bytes, and 5 channels in Int16 have 10"), "{error}");
        // A type of time stamps that the node can be set to.
        let fields = [fields[0], ("timestamps", &930u32.to_le_bytes()[..]), fields[2], fields[3]];
        assert_eq!(entry(&fields).row(&layout(4)).unwrap().number, 930);
    }

    #[test]
    fn a_row_of_the_simulator_is_read() {
        let sync = br#"{"count": 17}"#;
        let fields: [(&str, &[u8]); 4] =
            [("thresholds", &[0, 2, 0xff]), ("ts", b"71234567890"), ("i", b"17"), ("sync", sync)];
        let row = entry(&fields).row(&layout(3)).unwrap();
        assert_eq!((row.number, row.stamp, row.channels, row.count), (17, 71_234_567_890, vec![1], b"17".to_vec()));
    }

    #[test]
    fn a_state_is_a_marker() {
        let fields: [(&str, &[u8]); 3] = [("state", b"go"), ("ts", &5u64.to_le_bytes()), ("sync", SYNC)];
        assert_eq!(entry(&fields).state(&layout(3)), Ok((5, "go".to_owned())));
        let error = entry(&fields).row(&layout(3)).unwrap_err();
        assert_eq!(error, "an entry has no `thresholds`, but state, sync, ts");
    }

    proptest! {
        #[test]
        fn arbitrary_entries_do_no_harm(
            values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 5), n_channels in 0..20usize
        ) {
            let names = ["crossings", "ts", "timestamps", "sync", "state"];
            let fields = names.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), value.clone()));
            let entry = Entry::of(fields);
            let _ = (entry.row(&layout(n_channels)), entry.state(&layout(n_channels)));
        }
    }
}
