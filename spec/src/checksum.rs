//! The one checksum of frames and images: CRC-32/ISO-HDLC (the CRC of zlib and Ethernet, reflected, check 0xCBF43926).

use ::crc::{CRC_32_ISO_HDLC, Crc, Table};

const CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Bytes of a checksum on the wire and in an image, little-endian.
pub const CHECKSUM_BYTES: usize = 4;

/// The checksum of `bytes`.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// The content before a trailing checksum; `None` if `bytes` are too short or the checksum is wrong.
#[must_use]
pub fn split_checked(bytes: &[u8]) -> Option<&[u8]> {
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    (crc32(content) == u32::from_le_bytes(*checksum)).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_catalogue_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
