//! Images with faults: the simulated board refuses what the model refuses, at the same byte.

use crate::board_support::{Conversation, full_image, small_image, unconnected_image};
use spec::checksum::{CHECKSUM_BYTES, crc32};
use spec::image::{HEADER_BYTES, SECTION_HEADER_BYTES, SectionKind, largest_image_bytes};
use spec::wire::{Answer, Command, ErrorCode, LOAD_MAX_BYTES};

/// The offsets of an image's sections, and their numbers of words.
fn sections(image: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = HEADER_BYTES;
    while at + CHECKSUM_BYTES < image.len() {
        let n_words = u32::from_le_bytes(*image[at + 4..].first_chunk().unwrap()) as usize;
        found.push((at, n_words));
        at += SECTION_HEADER_BYTES + 2 * n_words + CHECKSUM_BYTES;
    }
    found
}

/// The image with right checksums.
fn sealed(mut image: Vec<u8>, sections: &[(usize, usize)]) -> Vec<u8> {
    for (at, n_words) in sections {
        let words = at + SECTION_HEADER_BYTES..at + SECTION_HEADER_BYTES + 2 * n_words;
        let checksum = crc32(&image[words.clone()]).to_le_bytes();
        image[words.end..words.end + CHECKSUM_BYTES].copy_from_slice(&checksum);
    }
    let end = image.len() - CHECKSUM_BYTES;
    let checksum = crc32(&image[..end]).to_le_bytes();
    image[end..].copy_from_slice(&checksum);
    image
}

fn refusal(code: ErrorCode) -> Answer {
    Answer::Error { code, detail: 0 }
}

#[test]
fn a_fault_in_any_byte_is_refused() {
    let mut conversation = Conversation::begun();
    let good = small_image(&conversation.core);
    for at in 0..good.len() {
        let mut image = good.clone();
        image[at] ^= 1 << (at % 8);
        let answer = conversation.load(&image, 90 + at % 100);
        assert!(matches!(answer, Answer::Error { .. }), "byte {at}: {answer:?}");
        conversation.command(&Command::Load { offset: at as u32, bytes: vec![0] });
    }
    conversation.command(&Command::Status);
    conversation.load(&good, LOAD_MAX_BYTES);
    conversation.command(&Command::Tick(vec![1]));
}

#[test]
fn every_number_of_the_header_is_checked_at_its_limits() {
    let mut conversation = Conversation::begun();
    let core = conversation.core;
    let good = small_image(&core);
    let word = |at: usize, value: u32| (at, value.to_le_bytes()[..2].to_vec());
    let mut changes = vec![];
    for value in [0, 1, 2, 3, 256, 257, 0x8001] {
        changes.extend([word(4, value), word(6, value), word(14, value)]);
    }
    for (at, limit) in [(8, u32::from(core.channels)), (10, core.neurons()), (12, u32::from(core.readouts))] {
        for value in [0, 1, 2, limit - 1, limit, limit + 1, limit | 256, 0x8000 | limit, 0xffff] {
            changes.push(word(at, value));
        }
    }
    let changed = |changes: &[&(usize, Vec<u8>)]| {
        let mut image = good.clone();
        for (at, bytes) in changes {
            image[*at..*at + bytes.len()].copy_from_slice(bytes);
        }
        image
    };
    for (index, change) in changes.iter().enumerate() {
        conversation.load(&changed(&[change]), LOAD_MAX_BYTES);
        let other = &changes[(index * 7 + 3) % changes.len()];
        conversation.load(&changed(&[change, other]), HEADER_BYTES - index % 3);
    }
}

#[test]
fn an_image_with_an_extra_byte_is_refused() {
    let mut conversation = Conversation::begun();
    let good = small_image(&conversation.core);
    conversation.load(&good, LOAD_MAX_BYTES);
    conversation.command(&Command::Load { offset: good.len() as u32, bytes: vec![0] });
    conversation.command(&Command::Tick(vec![]));
    let surplus = [&good[..], &[0]].concat();
    assert_eq!(conversation.load(&surplus, 101), refusal(ErrorCode::BadImage));
    conversation.command(&Command::Tick(vec![]));
}

#[test]
fn every_number_of_a_section_header_is_checked() {
    let mut conversation = Conversation::begun();
    let good = small_image(&conversation.core);
    for (start, n_words) in sections(&good) {
        for at in 0..SECTION_HEADER_BYTES {
            for fault in [1, 2, 3, 0x80] {
                let mut image = good.clone();
                image[start + at] ^= fault;
                assert_eq!(conversation.load(&image, LOAD_MAX_BYTES), refusal(ErrorCode::BadImage), "{start} {at}");
            }
        }
        for other in [n_words - 1, n_words + 1] {
            let mut image = good.clone();
            image[start + 4..start + 6].copy_from_slice(&(other as u16).to_le_bytes());
            conversation.load(&image, LOAD_MAX_BYTES);
        }
    }
}

#[test]
fn row_pointers_must_start_at_zero_never_decrease_and_fit_the_memory() {
    let mut conversation = Conversation::begun();
    let core = conversation.core;
    let good = small_image(&core);
    let places = sections(&good);
    let get = |(start, _): (usize, usize), word: usize| {
        u16::from_le_bytes(*good[start + SECTION_HEADER_BYTES + 2 * word..].first_chunk().unwrap())
    };
    let set = |image: &mut Vec<u8>, (start, _): (usize, usize), word: usize, value: u16| {
        let at = start + SECTION_HEADER_BYTES + 2 * word;
        image[at..at + 2].copy_from_slice(&value.to_le_bytes());
    };
    for lane in 0..usize::from(core.lanes) {
        let (rows, synapses) = (places[3 * lane + 1], places[3 * lane + 2]);
        for word in 0..rows.1 {
            for value in [0, 1, 5, 0x100, 0xffff] {
                let is_in_order = word > 0 && get(rows, word - 1) <= value;
                if is_in_order && (word + 1 == rows.1 || value <= get(rows, word + 1)) {
                    continue;
                }
                let mut image = good.clone();
                set(&mut image, rows, word, value);
                let answer = conversation.load(&sealed(image, &places), LOAD_MAX_BYTES);
                assert!(value == 0 && word == 0 || answer == refusal(ErrorCode::BadImage), "{word} {value} {answer:?}");
            }
        }
        // As many synapses as fit, one fewer, and more.
        let limit = core.synapse_words_per_lane;
        for n_words in [limit - 1, limit, limit + 1, 0x8000, 0xffff] {
            let mut image = good.clone();
            set(&mut image, rows, rows.1 - 1, n_words);
            let mut image = sealed(image, &places);
            image[synapses.0 + 4..synapses.0 + 6].copy_from_slice(&n_words.to_le_bytes());
            let answer = conversation.load(&image[..synapses.0 + SECTION_HEADER_BYTES + 20], LOAD_MAX_BYTES);
            assert_eq!(answer == refusal(ErrorCode::Misfit), n_words > limit, "{n_words} {answer:?}");
        }
        // The target of a synapse must be a neuron of the lane.
        let n_neurons = places[3 * lane].1 / 8;
        for word in [0, 1, synapses.1 - 1] {
            for post_neuron in [n_neurons, n_neurons + 1, 255] {
                let mut image = good.clone();
                set(&mut image, synapses, word, (post_neuron << 8) as u16);
                assert_eq!(
                    conversation.load(&sealed(image, &places), LOAD_MAX_BYTES),
                    refusal(ErrorCode::BadImage),
                    "{word} {post_neuron}"
                );
            }
        }
    }
}

#[test]
fn an_image_without_a_synapse_is_loaded() {
    let mut conversation = Conversation::begun();
    let image = unconnected_image(&conversation.core);
    assert_eq!(conversation.load(&image, LOAD_MAX_BYTES), Answer::Load { next_offset: image.len() as u32 });
    for lane in 0..conversation.core.lanes {
        let answer = conversation.command(&Command::Verify { section: SectionKind::Synapses, lane });
        assert!(matches!(answer, Answer::Verify { n_words: 0, .. }), "{answer:?}");
    }
    assert!(matches!(conversation.command(&Command::Tick(vec![0, 4])), Answer::Tick(_)));
}

#[test]
fn loads_continue_only_where_the_last_one_ended() {
    let mut conversation = Conversation::begun();
    let good = small_image(&conversation.core);
    let part = |offset: usize, to: usize| Command::Load { offset: offset as u32, bytes: good[offset..to].to_vec() };
    for bit in 0..32 {
        conversation.command(&part(0, 70));
        conversation.command(&part(70, 71));
        let offset = 71 ^ 1 << bit;
        assert_eq!(
            conversation.command(&Command::Load { offset, bytes: vec![1, 2] }),
            Answer::Error { code: ErrorCode::LoadGap, detail: 71 }
        );
        assert_eq!(conversation.command(&part(71, 90)), Answer::Error { code: ErrorCode::LoadGap, detail: 0 });
    }
    // A new start, a hello and other commands in the middle.
    conversation.command(&part(0, 33));
    conversation.command(&part(0, 80));
    conversation.command(&Command::HELLO);
    conversation.command(&Command::Hello { version: 7 });
    conversation.command(&Command::Status);
    conversation.command(&Command::Tick(vec![]));
    conversation.raw(7, &[1]);
    conversation.command(&part(80, 200));
    assert_eq!(conversation.command(&part(200, good.len())), Answer::Load { next_offset: good.len() as u32 });
    conversation.command(&Command::Events(vec![1, 2]));
    // A failed load keeps the network; a new one discards it and the events.
    conversation.command(&Command::Load { offset: good.len() as u32, bytes: vec![1] });
    conversation.raw(2, &[0, 0, 0, 0]);
    conversation.command(&Command::Events(vec![3]));
    conversation.command(&part(0, 1));
    conversation.command(&Command::HELLO);
    conversation.command(&Command::Events(vec![4]));
    conversation.raw(2, &[1, 0, 0, 0]);
    conversation.command(&part(1, 20));
    conversation.load(&good, 128);
    conversation.command(&Command::Tick(vec![0]));
}

#[test]
fn chunks_of_any_length_make_the_same_network() {
    let mut conversation = Conversation::begun();
    let small = small_image(&conversation.core);
    for chunk_bytes in [1, 2, 3, 7, 19, 20, 21, 28, 64, 127, LOAD_MAX_BYTES - 1, LOAD_MAX_BYTES] {
        assert_eq!(conversation.load(&small, chunk_bytes), Answer::Load { next_offset: small.len() as u32 });
        conversation.command(&Command::Tick(vec![0, 3]));
        conversation.command(&Command::Tick(vec![]));
    }
    let full = full_image(&conversation.core);
    assert_eq!(full.len() as u64, largest_image_bytes(&conversation.core));
    assert_eq!(conversation.load(&full, 200), Answer::Load { next_offset: full.len() as u32 });
    conversation.command(&Command::HELLO);
}
