//! Compression of chunks: what the HDF5 library has built in, and the filters of its registry that recordings use.
//!
//! Numbers and layouts are those of the registered filter plugins,
//! <https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md>.

mod bitshuffle;
mod blosc;
mod lzf;

use std::io::Read;

use hdf5_reader::FilterRegistry;
use hdf5_reader::error::{Error, Result};

/// The largest chunk, decoded.
pub(super) const CHUNK_MAX_BYTES: usize = 256 << 20;

const LZF: u16 = 32000;
const BLOSC: u16 = 32001;
const BITSHUFFLE: u16 = 32008;
const ZSTANDARD: u16 = 32015;
const BLOSC_2: u16 = 32026;

/// All filters that are read.
pub(super) fn registry() -> FilterRegistry {
    let mut registry = FilterRegistry::new();
    registry.register(LZF, Box::new(|_, bytes, _| checked("LZF", lzf::decode(bytes, CHUNK_MAX_BYTES))));
    registry.register(BLOSC, Box::new(|_, bytes, _| blosc::decode(bytes)));
    registry.register(BITSHUFFLE, Box::new(|filter, bytes, _| bitshuffle::decode(&filter.client_data, bytes)));
    registry.register(ZSTANDARD, Box::new(|_, bytes, _| checked("Zstandard", zstandard(bytes, CHUNK_MAX_BYTES))));
    registry.register(BLOSC_2, Box::new(|_, bytes, _| blosc::decode_frame(bytes)));
    registry
}

/// What a message of the library about an unsupported filter means, and what to do: `filter id 32013` and a detail.
pub(super) fn refusal(message: &str) -> String {
    let filter = message.trim_start_matches(|c: char| !c.is_ascii_digit());
    let (number, detail) = filter.split_at(filter.find(|c: char| !c.is_ascii_digit()).unwrap_or(filter.len()));
    let name = match number {
        "307" => "bzip2",
        "32001" => "Blosc",
        "32013" => "ZFP",
        "32017" => "SZ",
        "32020" => "VBZ",
        "32024" => "SZ3",
        "32026" => "Blosc2",
        _ => "unknown",
    };
    format!(
        "compressed with filter {number} ({name}{detail}), which is not read; h5repack -f GZIP=4 in.nwb out.nwb writes a \
         copy that is"
    )
}

/// A filter's output; none means that its input makes no sense.
fn checked(name: &str, output: Option<Vec<u8>>) -> Result<Vec<u8>> {
    output.ok_or_else(|| Error::DecompressionError(format!("{name}: the compressed bytes make no sense")))
}

/// Decodes frames of Zstandard (RFC 8878).
fn zstandard(bytes: &[u8], most_bytes: usize) -> Option<Vec<u8>> {
    read(ruzstd::decoding::StreamingDecoder::new(bytes).ok()?, most_bytes)
}

/// Decodes a stream of zlib (RFC 1950).
fn zlib(bytes: &[u8], most_bytes: usize) -> Option<Vec<u8>> {
    read(flate2::read::ZlibDecoder::new(bytes), most_bytes)
}

fn read(decoder: impl Read, most_bytes: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    decoder.take(most_bytes as u64 + 1).read_to_end(&mut output).ok()?;
    (output.len() <= most_bytes).then_some(output)
}

/// Copies `length` bytes from `distance` bytes before the end to the end, where they may overlap; none if there are too few.
fn copy_match(output: &mut Vec<u8>, distance: usize, length: usize) -> Option<()> {
    let start = output.len().checked_sub(distance)?;
    for position in start..start + length {
        output.push(*output.get(position)?);
    }
    Some(())
}

fn u32_le(bytes: &[u8], position: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(position..)?.first_chunk()?))
}

fn u32_be(bytes: &[u8], position: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(position..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_filter_and_what_helps() {
        let text = refusal("filter id 32013");
        assert!(text.contains("32013 (ZFP)") && text.contains("h5repack -f GZIP=4 in.nwb out.nwb"), "{text}");
        assert!(refusal("filter id 32001 with Snappy").contains("32001 (Blosc with Snappy)"));
    }

    #[test]
    fn bytes_that_make_no_sense_are_an_error() {
        let registry = registry();
        let mut bytes: Vec<u8> = (0..200_u8).map(|i| i.wrapping_mul(151)).collect();
        for (round, codec) in (0..2000_usize).zip((0..4_u32).cycle()) {
            let position = round % bytes.len();
            bytes[position] = bytes[position].wrapping_add(bytes[199 - position] | 1);
            for id in [LZF, BLOSC, BITSHUFFLE, ZSTANDARD, BLOSC_2] {
                let filter = hdf5_reader::messages::filter_pipeline::FilterDescription {
                    id,
                    name: None,
                    client_data: vec![0, 4, 8, 0, codec],
                };
                let _ = registry.apply(&filter, &bytes[..1 + round % 199], 8);
            }
        }
    }
}
