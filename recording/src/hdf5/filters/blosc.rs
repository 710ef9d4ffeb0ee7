//! Blosc (filter 32001) and Blosc2 (filter 32026): blocks of a chunk are shuffled, cut into streams and compressed.
//!
//! The formats are those of `README_CHUNK_FORMAT.rst` and `README_CFRAME_FORMAT.rst` of <https://github.com/Blosc/c-blosc2>,
//! and of its `blosclz.c`.

use hdf5_reader::error::{Error, Result};

use super::bitshuffle::transposed;
use super::{CHUNK_MAX_BYTES, checked, copy_match, u32_be, u32_le, zlib, zstandard};

const HEADER_BYTES: usize = 16;
const HEADER_2_BYTES: usize = 32;
/// From this version of the format on, bitshuffle takes as many elements as fill its groups.
const VERSION_PARTIAL_BITSHUFFLE: u8 = 3;

/// Flags of a chunk.
const SHUFFLE: u8 = 0x01;
const STORED: u8 = 0x02;
const BITSHUFFLE: u8 = 0x04;
const ONE_STREAM: u8 = 0x10;
/// Both shuffles at once, which no chunk has, mark a header of version 2.
const VERSION_2: u8 = SHUFFLE | BITSHUFFLE;

/// Blocks of fewer elements are not cut into streams, nor are elements of more bytes.
const MIN_SPLIT_ELEMENTS: usize = 128;
const MAX_SPLIT_BYTES: usize = 16;

/// Decodes a chunk of Blosc.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<u8>> {
    let chunk = Chunk::new(bytes).ok_or_else(senseless)?;
    chunk.decode()
}

/// Decodes a contiguous frame of Blosc2 with one chunk of one axis.
pub(super) fn decode_frame(bytes: &[u8]) -> Result<Vec<u8>> {
    const MAGIC: &[u8] = b"b2frame\0";
    if bytes.get(2..10) != Some(MAGIC) {
        return Err(senseless());
    }
    let header_bytes = u32_be(bytes, 11).and_then(|n_bytes| usize::try_from(n_bytes).ok());
    let header = header_bytes.and_then(|n_bytes| bytes.get(..n_bytes)).ok_or_else(senseless)?;
    let [total_bytes, chunk_bytes] = [30, 58].map(|at| header.get(at..));
    let total_bytes = total_bytes.and_then(<[u8]>::first_chunk).map(|bytes| u64::from_be_bytes(*bytes));
    let chunk_bytes = chunk_bytes.and_then(<[u8]>::first_chunk).map(|bytes| u64::from(u32::from_be_bytes(*bytes)));
    if total_bytes > chunk_bytes {
        return Err(Error::UnsupportedFilter("filter id 32026 with several chunks".into()));
    }
    decode(&bytes[header.len()..])
}

fn senseless() -> Error {
    Error::DecompressionError("Blosc: the compressed bytes make no sense".into())
}

struct Chunk<'a> {
    bytes: &'a [u8],
    version: u8,
    flags: u8,
    element_bytes: usize,
    total_bytes: usize,
    block_bytes: usize,
    header_bytes: usize,
    /// Of version 2: shuffles in the order in which they were applied.
    filters: Vec<u8>,
    /// Of version 2: what all elements are, if they are not stored.
    special: u8,
}

impl Chunk<'_> {
    fn new(bytes: &[u8]) -> Option<Chunk<'_>> {
        let header = bytes.get(..HEADER_BYTES)?;
        let (version, flags) = (header[0], header[2]);
        let size = |position| usize::try_from(u32_le(header, position)?).ok();
        let extended = if flags & VERSION_2 == VERSION_2 { Some(bytes.get(..HEADER_2_BYTES)?) } else { None };
        let filters = match extended {
            Some(header) => header[16..22].to_vec(),
            None if flags & SHUFFLE != 0 => vec![filter::SHUFFLE],
            None if flags & BITSHUFFLE != 0 => vec![filter::BITSHUFFLE],
            None => Vec::new(),
        };
        let chunk = Chunk {
            bytes,
            version,
            flags,
            element_bytes: usize::from(header[3]).max(1),
            total_bytes: size(4)?,
            block_bytes: size(8)?,
            header_bytes: extended.map_or(HEADER_BYTES, <[u8]>::len),
            filters,
            special: extended.map_or(0, |header| header[31] >> 4 & 0x07),
        };
        (chunk.total_bytes <= CHUNK_MAX_BYTES && (chunk.block_bytes > 0 || chunk.total_bytes == 0)).then_some(chunk)
    }

    fn decode(&self) -> Result<Vec<u8>> {
        let data = self.bytes.get(self.header_bytes..).ok_or_else(senseless)?;
        match self.special {
            special::NONE => {}
            special::ZEROS | special::UNINITIALIZED => return Ok(vec![0; self.total_bytes]),
            special::NAN if self.element_bytes == 4 => return Ok(self.repeated(&f32::NAN.to_le_bytes())),
            special::NAN => return Ok(self.repeated(&f64::NAN.to_le_bytes())),
            _ => return Ok(self.repeated(data.get(..self.element_bytes).ok_or_else(senseless)?)),
        }
        if self.flags & STORED != 0 {
            return Ok(data.get(..self.total_bytes).ok_or_else(senseless)?.to_vec());
        }
        let mut output = Vec::new();
        for block in 0..self.total_bytes.div_ceil(self.block_bytes.max(1)) {
            let start = u32_le(data, 4 * block).and_then(|start| usize::try_from(start).ok());
            let streams = start.and_then(|start| self.bytes.get(start..)).ok_or_else(senseless)?;
            let length = self.block_bytes.min(self.total_bytes - output.len());
            let block = self.block(streams, length)?;
            output.extend(self.unfiltered(block)?);
        }
        Ok(output)
    }

    fn repeated(&self, element: &[u8]) -> Vec<u8> {
        element.iter().copied().cycle().take(self.total_bytes).collect()
    }

    /// Joins the streams of a block.
    fn block(&self, streams: &[u8], length: usize) -> Result<Vec<u8>> {
        let is_split = self.flags & ONE_STREAM == 0
            && self.element_bytes <= MAX_SPLIT_BYTES
            && self.block_bytes / self.element_bytes >= MIN_SPLIT_ELEMENTS
            && length == self.block_bytes;
        let n_streams = if is_split { self.element_bytes } else { 1 };
        let stream_bytes = length / n_streams;
        let mut block = Vec::new();
        let mut rest = streams;
        for _ in 0..n_streams {
            let (size, tail) = rest.split_first_chunk().ok_or_else(senseless)?;
            let Ok(size) = usize::try_from(i32::from_le_bytes(*size)) else {
                // Minus the byte that is repeated.
                let (_, tail) = tail.split_first().ok_or_else(senseless)?;
                let [byte, ..] = i32::from_le_bytes(*size).wrapping_neg().to_le_bytes();
                block.extend(vec![byte; stream_bytes]);
                rest = tail;
                continue;
            };
            let (stream, tail) = tail.split_at_checked(size).ok_or_else(senseless)?;
            rest = tail;
            match size {
                0 => block.extend(vec![0; stream_bytes]),
                size if size == stream_bytes => block.extend(stream),
                _ => block.extend(self.stream(stream, stream_bytes)?),
            }
        }
        if block.len() == length { Ok(block) } else { Err(senseless()) }
    }

    fn stream(&self, stream: &[u8], length: usize) -> Result<Vec<u8>> {
        let output = match self.flags >> 5 {
            0 => blosclz(stream, length),
            1 => lz4_flex::block::decompress(stream, length).ok(),
            3 => zlib(stream, length),
            4 => zstandard(stream, length),
            2 => return Err(Error::UnsupportedFilter("filter id 32001 with Snappy".into())),
            codec => return Err(Error::UnsupportedFilter(format!("filter id 32026 with codec {codec}"))),
        };
        checked("Blosc", output.filter(|output| output.len() == length))
    }

    /// Reverses the shuffles of a block.
    fn unfiltered(&self, mut block: Vec<u8>) -> Result<Vec<u8>> {
        for &filter in self.filters.iter().rev() {
            match filter {
                filter::NONE | filter::TRUNCATE => {}
                filter::SHUFFLE => block = unshuffled(&block, self.element_bytes),
                filter::BITSHUFFLE => block = self.bit_unshuffled(block),
                other => return Err(Error::UnsupportedFilter(format!("filter id 32026 with its filter {other}"))),
            }
        }
        Ok(block)
    }

    fn bit_unshuffled(&self, block: Vec<u8>) -> Vec<u8> {
        let group_bytes = 8 * self.element_bytes;
        let n_elements = block.len() / self.element_bytes;
        if self.version < VERSION_PARTIAL_BITSHUFFLE && !n_elements.is_multiple_of(8) {
            return block;
        }
        let (whole, rest) = block.split_at(block.len() - block.len() % group_bytes);
        [&transposed(whole, self.element_bytes), rest].concat()
    }
}

/// Filters of version 2.
mod filter {
    pub(super) const NONE: u8 = 0;
    pub(super) const SHUFFLE: u8 = 1;
    pub(super) const BITSHUFFLE: u8 = 2;
    /// Bits of the mantissa that were set to 0 before.
    pub(super) const TRUNCATE: u8 = 4;
}

/// Kinds of chunks of version 2 without stored elements.
mod special {
    pub(super) const NONE: u8 = 0;
    pub(super) const ZEROS: u8 = 1;
    pub(super) const NAN: u8 = 2;
    pub(super) const UNINITIALIZED: u8 = 4;
}

/// Elements from their first bytes, then their second bytes, and so on.
fn unshuffled(bytes: &[u8], element_bytes: usize) -> Vec<u8> {
    let n_elements = bytes.len() / element_bytes;
    let (whole, rest) = bytes.split_at(n_elements * element_bytes);
    let mut output = Vec::with_capacity(bytes.len());
    for element in 0..n_elements {
        output.extend((0..element_bytes).map(|byte| whole[byte * n_elements + element]));
    }
    output.extend(rest);
    output
}

/// Decodes BloscLZ, a kin of FastLZ.
fn blosclz(stream: &[u8], most_bytes: usize) -> Option<Vec<u8>> {
    /// The distance beyond which two further bytes hold the rest.
    const FAR: usize = 8191;
    let mut output = Vec::new();
    let mut bytes = stream.iter().copied();
    // The first control byte always announces literals.
    let mut control = bytes.next()? & 0x1f;
    loop {
        if control < 32 {
            for _ in 0..=control {
                output.push(bytes.next()?);
            }
        } else {
            let mut length = usize::from(control >> 5) + 2;
            if length == 9 {
                loop {
                    let more = bytes.next()?;
                    length += usize::from(more);
                    if more != 255 {
                        break;
                    }
                }
            }
            let high = usize::from(control & 0x1f) << 8;
            let low = usize::from(bytes.next()?);
            let distance = if low == 255 && high == 31 << 8 {
                (usize::from(bytes.next()?) << 8) + usize::from(bytes.next()?) + FAR + 1
            } else {
                high + low + 1
            };
            if output.len() + length > most_bytes {
                return None;
            }
            copy_match(&mut output, distance, length)?;
        }
        let Some(next) = bytes.next() else { break };
        control = next;
        if output.len() > most_bytes {
            return None;
        }
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_come_first() {
        assert_eq!(unshuffled(&[1, 2, 3, 4, 5, 6, 9], 2), [1, 4, 2, 5, 3, 6, 9]);
    }

    #[test]
    fn a_stored_chunk_is_copied() {
        let chunk = [&[2, 1, STORED, 1, 3, 0, 0, 0, 3, 0, 0, 0, 19, 0, 0, 0][..], b"abc"].concat();
        assert_eq!(decode(&chunk).unwrap(), b"abc");
        assert!(decode(&chunk[..18]).is_err());
    }

    #[test]
    fn literals_and_matches_are_joined() {
        assert_eq!(blosclz(&[1, b'a', b'b', 0x20, 1, 0, b'c'], 10).unwrap(), b"ababac");
        assert_eq!(blosclz(&[1, b'a', b'b', 0x20, 0, 0, b'c'], 10).unwrap(), b"abbbbc");
        assert_eq!(blosclz(&[0, b'a', 0x20, 9], 10), None);
    }
}
