//! Bitshuffle (filter 32008): the bits of a block's elements are transposed, then compressed by LZ4 or Zstandard.
//!
//! The format is that of <https://github.com/kiyo-masui/bitshuffle>, `src/bitshuffle.c` and `src/bshuf_h5filter.c`.

use hdf5_reader::error::{Error, Result};

use super::{CHUNK_MAX_BYTES, checked, u32_be, zstandard};

/// Elements are transposed in multiples of this.
const GROUP: usize = 8;
/// The size that blocks aim for, if none is given.
const TARGET_BLOCK_BYTES: usize = 8192;
const MIN_BLOCK_ELEMENTS: usize = 128;

const LZ4: u32 = 2;
const ZSTANDARD: u32 = 3;

/// Decodes a chunk. The parameters: version (two), size of an element, elements of a block, compression.
pub(super) fn decode(parameters: &[u32], bytes: &[u8]) -> Result<Vec<u8>> {
    let parameter = |index: usize| parameters.get(index).copied().unwrap_or(0);
    let element_bytes = usize::try_from(parameter(2)).unwrap_or(0).max(1);
    match parameter(4) {
        0 => checked("bitshuffle", plain(bytes, element_bytes, parameter(3) as usize)),
        codec @ (LZ4 | ZSTANDARD) => checked("bitshuffle", compressed(bytes, element_bytes, codec)),
        codec => Err(Error::UnsupportedFilter(format!("filter id 32008 with codec {codec}"))),
    }
}

fn plain(bytes: &[u8], element_bytes: usize, block_elements: usize) -> Option<Vec<u8>> {
    let block_elements = match block_elements {
        0 => (TARGET_BLOCK_BYTES / element_bytes / GROUP * GROUP).max(MIN_BLOCK_ELEMENTS),
        given => given,
    };
    let block_bytes = block_elements.checked_mul(element_bytes)?;
    let mut output = Vec::with_capacity(bytes.len());
    for block in bytes.chunks(block_bytes) {
        let (whole, rest) = block.split_at(block.len() - block.len() % (GROUP * element_bytes));
        output.extend(transposed(whole, element_bytes));
        output.extend(rest);
    }
    Some(output)
}

/// Total bytes (64 bits), bytes of a block (32 bits), then each block with its compressed size, all big-endian; elements
/// that do not fill a group end the chunk as they are.
fn compressed(bytes: &[u8], element_bytes: usize, codec: u32) -> Option<Vec<u8>> {
    let total_bytes = usize::try_from(u64::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let block_bytes = usize::try_from(u32_be(bytes, 8)?).ok()?;
    let group_bytes = GROUP.checked_mul(element_bytes)?;
    if total_bytes > CHUNK_MAX_BYTES || block_bytes == 0 || !block_bytes.is_multiple_of(group_bytes) {
        return None;
    }
    let mut output = Vec::new();
    let mut position = 12;
    while total_bytes - output.len() >= group_bytes {
        let left_bytes = total_bytes - output.len();
        let length = block_bytes.min(left_bytes - left_bytes % group_bytes);
        let size = usize::try_from(u32_be(bytes, position)?).ok()?;
        let block = bytes.get(position + 4..)?.get(..size)?;
        let block = match codec {
            LZ4 => lz4_flex::block::decompress(block, length).ok()?,
            _ => zstandard(block, length)?,
        };
        if block.len() != length {
            return None;
        }
        output.extend(transposed(&block, element_bytes));
        position += 4 + size;
    }
    let rest = total_bytes - output.len();
    output.extend(bytes.get(position..)?.get(..rest)?);
    Some(output)
}

/// Elements from their bits: first the lowest bit of the first byte of all elements, then its next bit, and so on. A number
/// of elements that is no multiple of 8 has no place for its bits.
pub(super) fn transposed(bits: &[u8], element_bytes: usize) -> Vec<u8> {
    let row_bytes = bits.len() / element_bytes / GROUP;
    let mut output = vec![0; bits.len()];
    if row_bytes == 0 {
        return output;
    }
    for (row, bytes) in bits.chunks_exact(row_bytes).enumerate() {
        let (byte, bit) = (row / 8, row % 8);
        for (group, &packed) in bytes.iter().enumerate() {
            for element in 0..GROUP {
                if let Some(output) = output.get_mut((group * GROUP + element) * element_bytes + byte) {
                    *output |= (packed >> element & 1) << bit;
                }
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::transposed;

    #[test]
    fn the_lowest_bits_come_first() {
        let mut bits = [0; 16];
        bits[0] = 0b0000_0101;
        bits[15] = 0b1000_0000;
        let elements = transposed(&bits, 2);
        assert_eq!(
            elements.chunks(2).map(|e| u16::from_le_bytes([e[0], e[1]])).collect::<Vec<_>>(),
            [1, 0, 1, 0, 0, 0, 0, 1 << 15]
        );
    }
}
