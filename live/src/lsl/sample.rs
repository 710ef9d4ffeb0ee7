//! Samples as they are on the wire: a tag, a time stamp unless it is deduced, and a value for each channel.

use crate::lsl::{Format, ProtocolError};

/// The longest text value that is accepted.
pub const TEXT_MAX_BYTES: usize = 1 << 20;
/// The longest sample that is accepted; its channels may have no more than this together.
pub const SAMPLE_MAX_BYTES: usize = 1 << 23;

const TAG_DEDUCED: u8 = 1;
const TAG_TRANSMITTED: u8 = 2;
/// Time stamp of the samples that each connection begins with.
const TEST_STAMP_S: f64 = 123_456.789;

/// A value for each channel of a stream.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the formats")]
pub enum Values {
    Float32(Vec<f32>),
    Double64(Vec<f64>),
    Text(Vec<Vec<u8>>),
    Int32(Vec<i32>),
    Int16(Vec<i16>),
    Int8(Vec<i8>),
    Int64(Vec<i64>),
}

/// A sample of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Seconds in the sender's clock; none: a sample period after the sample before.
    pub stamp_s: Option<f64>,
    /// A value for each channel.
    pub values: Values,
}

impl Sample {
    /// Reads the sample that bytes begin with; none if they end before it does. With it, its length in bytes.
    ///
    /// # Errors
    /// No sample can begin with these bytes, or it is longer than a limit.
    pub fn decode(bytes: &[u8], format: Format, n_channels: usize) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some(tag) = bytes.first() else { return Ok(None) };
        let start = match *tag {
            TAG_DEDUCED => 1,
            TAG_TRANSMITTED => 9,
            tag => return Err(ProtocolError(format!("a sample begins with tag {tag}; the stream is corrupted"))),
        };
        if bytes.len() < start {
            return Ok(None);
        }
        let stamp_s = (start == 9).then(|| f64::from_le_bytes(array(&bytes[1..])));
        let Some((values, length)) = Values::decode(&bytes[start..], format, n_channels)? else { return Ok(None) };
        Ok(Some((Self { stamp_s, values }, start + length)))
    }

    /// Appends the sample as it is on the wire.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        match self.stamp_s {
            Some(stamp_s) => {
                bytes.push(TAG_TRANSMITTED);
                bytes.extend(stamp_s.to_le_bytes());
            }
            None => bytes.push(TAG_DEDUCED),
        }
        self.values.encode(bytes);
    }

    /// One of the two samples that each connection begins with, so that both sides see that they agree on the format.
    #[must_use]
    pub fn test_pattern(format: Format, n_channels: usize, offset: i64) -> Self {
        let signed = |k: usize, value: i64| if k.is_multiple_of(2) { value } else { -value };
        let pattern = |bias: i64, limit: i64| {
            (0..n_channels).map(move |k| signed(k, (k as i64 + offset + bias) % limit)).collect::<Vec<i64>>()
        };
        let values = match format {
            Format::Float32 => Values::Float32(pattern(0, i64::MAX).into_iter().map(|value| value as f32).collect()),
            Format::Double64 => {
                Values::Double64(pattern(16_777_217, i64::MAX).into_iter().map(|value| value as f64).collect())
            }
            Format::Text => {
                Values::Text((0..n_channels).map(|k| signed(k, k as i64 + 10).to_string().into_bytes()).collect())
            }
            Format::Int32 => {
                Values::Int32(pattern(65_537, i32::MAX.into()).into_iter().map(|value| value as i32).collect())
            }
            Format::Int16 => {
                Values::Int16(pattern(257, i16::MAX.into()).into_iter().map(|value| value as i16).collect())
            }
            Format::Int8 => Values::Int8(pattern(1, i8::MAX.into()).into_iter().map(|value| value as i8).collect()),
            Format::Int64 => Values::Int64(pattern(2_147_483_649, i64::MAX)),
        };
        Self { stamp_s: Some(TEST_STAMP_S), values }
    }
}

impl Values {
    /// The format of the values.
    #[must_use]
    pub fn format(&self) -> Format {
        match self {
            Self::Float32(_) => Format::Float32,
            Self::Double64(_) => Format::Double64,
            Self::Text(_) => Format::Text,
            Self::Int32(_) => Format::Int32,
            Self::Int16(_) => Format::Int16,
            Self::Int8(_) => Format::Int8,
            Self::Int64(_) => Format::Int64,
        }
    }

    /// Number of channels.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Float32(values) => values.len(),
            Self::Double64(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Int16(values) => values.len(),
            Self::Int8(values) => values.len(),
            Self::Int64(values) => values.len(),
        }
    }

    /// Whether there is no channel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a channel as an integer; none if it is none.
    #[must_use]
    pub fn integer(&self, channel: usize) -> Option<i64> {
        let whole = |value: f64| (value.fract() == 0.0 && value.abs() < 2f64.powi(53)).then_some(value as i64);
        match self {
            Self::Float32(values) => whole((*values.get(channel)?).into()),
            Self::Double64(values) => whole(*values.get(channel)?),
            Self::Text(_) => None,
            Self::Int32(values) => values.get(channel).map(|value| (*value).into()),
            Self::Int16(values) => values.get(channel).map(|value| (*value).into()),
            Self::Int8(values) => values.get(channel).map(|value| (*value).into()),
            Self::Int64(values) => values.get(channel).copied(),
        }
    }

    /// Channels with a value above 0, ascending: those with a spike, if the values are counts. None in text.
    #[must_use]
    pub fn positive(&self) -> Vec<u16> {
        fn positive<T: Default + PartialOrd>(values: &[T]) -> Vec<u16> {
            let channels = (0..=u16::MAX).zip(values);
            channels.filter(|(_, value)| **value > T::default()).map(|(channel, _)| channel).collect()
        }
        match self {
            Self::Float32(values) => positive(values),
            Self::Double64(values) => positive(values),
            Self::Text(_) => Vec::new(),
            Self::Int32(values) => positive(values),
            Self::Int16(values) => positive(values),
            Self::Int8(values) => positive(values),
            Self::Int64(values) => positive(values),
        }
    }

    fn decode(bytes: &[u8], format: Format, n_channels: usize) -> Result<Option<(Self, usize)>, ProtocolError> {
        fn numbers<T, const N: usize>(bytes: &[u8], value: fn([u8; N]) -> T) -> Vec<T> {
            bytes.chunks_exact(N).map(|bytes| value(array(bytes))).collect()
        }
        if format == Format::Text {
            return texts(bytes, n_channels).map(|found| found.map(|(texts, length)| (Self::Text(texts), length)));
        }
        let length = n_channels.saturating_mul(format.value_bytes());
        if length > SAMPLE_MAX_BYTES {
            return Err(ProtocolError(format!("a sample of {length} bytes is longer than {SAMPLE_MAX_BYTES}")));
        }
        let Some(bytes) = bytes.get(..length) else { return Ok(None) };
        let values = match format {
            Format::Float32 => Self::Float32(numbers(bytes, f32::from_le_bytes)),
            Format::Double64 => Self::Double64(numbers(bytes, f64::from_le_bytes)),
            Format::Int32 => Self::Int32(numbers(bytes, i32::from_le_bytes)),
            Format::Int16 => Self::Int16(numbers(bytes, i16::from_le_bytes)),
            Format::Int8 => Self::Int8(numbers(bytes, i8::from_le_bytes)),
            Format::Int64 | Format::Text => Self::Int64(numbers(bytes, i64::from_le_bytes)),
        };
        Ok(Some((values, length)))
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Float32(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::Double64(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::Text(values) => values.iter().for_each(|text| encode_text(text, bytes)),
            Self::Int32(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::Int16(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::Int8(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Self::Int64(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
        }
    }
}

type Texts = Vec<Vec<u8>>;

/// Text values and their length on the wire; nothing is copied before all of them are there.
fn texts(bytes: &[u8], n_channels: usize) -> Result<Option<(Texts, usize)>, ProtocolError> {
    let (mut ranges, mut at) = (Vec::new(), 0);
    for _ in 0..n_channels {
        let Some(width) = bytes.get(at).map(|width| usize::from(*width)) else { return Ok(None) };
        if ![1, 2, 4, 8].contains(&width) {
            return Err(ProtocolError(format!("the length of a text has {width} bytes; the stream is corrupted")));
        }
        let Some(length) = bytes.get(at + 1..at + 1 + width) else { return Ok(None) };
        let length = length.iter().rev().fold(0, |length: u64, byte| length << 8 | u64::from(*byte));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > TEXT_MAX_BYTES {
            return Err(ProtocolError(format!("a text of {length} bytes is longer than {TEXT_MAX_BYTES}")));
        }
        at += 1 + width;
        ranges.push(at..at + length);
        at += length;
        if at > SAMPLE_MAX_BYTES {
            return Err(ProtocolError(format!("a sample is longer than {SAMPLE_MAX_BYTES} bytes")));
        }
    }
    let texts = ranges.into_iter().map(|range| bytes.get(range).map(<[u8]>::to_vec)).collect::<Option<_>>();
    Ok(texts.map(|texts| (texts, at)))
}

fn encode_text(text: &[u8], bytes: &mut Vec<u8>) {
    match u8::try_from(text.len()) {
        Ok(length) => bytes.extend([1, length]),
        Err(_) => {
            // A longer text than this is not accepted by anyone.
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            bytes.push(4);
            bytes.extend(length.to_le_bytes());
        }
    }
    bytes.extend(text);
}

/// The first bytes, which must be there.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}
