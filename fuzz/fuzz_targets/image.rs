//! Network images: `decode` and the checks of a board on arbitrary bytes, as they are and with right checksums.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spec::arrival::Arrival;
use spec::checksum::{CHECKSUM_BYTES, crc32};
use spec::core::CORES;
use spec::image::{HEADER_BYTES, NetworkImage, PlasticImage, SECTION_HEADER_BYTES};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&sealed(bytes));
});

/// What is accepted is written as the same bytes; a core that has room for it accepts it, too.
fn check(bytes: &[u8]) {
    let decoded = NetworkImage::decode(bytes);
    if let Ok(image) = &decoded {
        assert_eq!(image.encode().as_deref(), Ok(bytes));
    }
    if let Ok(image) = PlasticImage::decode(bytes) {
        assert_eq!(image.encode(), bytes);
        assert_eq!(NetworkImage::decode(&image.board_bytes()).as_ref(), Ok(image.network()));
        let _ = image.trained();
    }
    for core in CORES {
        let mut arrival = Arrival::new(core.configuration);
        let arrived = arrival.push(bytes).map(|()| arrival.is_complete());
        if let Ok(image) = &decoded {
            let fits = core.configuration.accommodates(&image.requirement()).is_ok();
            assert_eq!(arrived == Ok(true), fits, "{}", core.name);
        }
    }
}

/// The bytes with the length and all checksums that their sections should have.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let total_bytes = bytes.len() as u32;
    let Some(length) = bytes.get_mut(HEADER_BYTES - 4..HEADER_BYTES) else { return bytes };
    length.copy_from_slice(&total_bytes.to_le_bytes());
    let mut at = HEADER_BYTES;
    while let Some(header) = bytes.get(at..).and_then(|rest| rest.first_chunk::<SECTION_HEADER_BYTES>()) {
        let [_, _, _, _, n_words @ ..] = *header;
        let words_at = at + SECTION_HEADER_BYTES;
        let end = words_at + 2 * u32::from_le_bytes(n_words) as usize;
        let Some(words) = bytes.get(words_at..end) else { break };
        let checksum = crc32(words).to_le_bytes();
        let Some(place) = bytes.get_mut(end..end + CHECKSUM_BYTES) else { break };
        place.copy_from_slice(&checksum);
        at = end + CHECKSUM_BYTES;
    }
    let content = bytes.len() - CHECKSUM_BYTES;
    let checksum = crc32(&bytes[..content]).to_le_bytes();
    bytes[content..].copy_from_slice(&checksum);
    bytes
}
