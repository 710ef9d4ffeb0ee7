//! What commands do on a board: loading, reading back, restart, events, ticks, counters, and when each is refused.

use crate::support::{CORE, Host, chain, chain_image};
use proptest::prelude::*;
use spec::checksum::crc32;
use spec::core::CoreConfiguration;
use spec::image::{HEADER_BYTES, NetworkImage, SectionKind};
use spec::wire::{Answer, Command, Counters, EVENTS_MAX, ErrorCode, Frame, LOAD_MAX_BYTES, READ_MAX_WORDS, opcode};

fn error(code: ErrorCode, detail: u32) -> Answer {
    Answer::Error { code, detail }
}

fn first_chunk(image: &[u8]) -> Command {
    Command::Load { offset: 0, bytes: image[..LOAD_MAX_BYTES].to_vec() }
}

#[track_caller]
fn assert_no_network(host: &mut Host) {
    assert_eq!(host.call(Command::Tick(vec![])), error(ErrorCode::NoImage, 0));
    assert!(host.board.core().is_none());
}

#[test]
fn an_image_is_loaded_when_its_last_byte_is_there() {
    let image = chain_image();
    let mut host = Host::greeted(CORE);
    let (last, head) = image.split_last().unwrap();
    assert_eq!(host.load(head), Answer::Load { next_offset: head.len() as u32 });
    assert_no_network(&mut host);
    let last = Command::Load { offset: head.len() as u32, bytes: vec![*last] };
    assert_eq!(host.call(last), Answer::Load { next_offset: image.len() as u32 });
    assert!(host.board.core().is_some());
}

#[test]
fn an_image_may_come_in_chunks_of_one_byte() {
    let mut host = Host::greeted(CORE);
    for (offset, byte) in (0..).zip(chain_image()) {
        assert_eq!(host.call(Command::Load { offset, bytes: vec![byte] }), Answer::Load { next_offset: offset + 1 });
    }
    assert!(host.board.core().is_some());
}

#[test]
fn a_load_that_starts_anew_unloads_the_network() {
    let mut host = Host::loaded();
    assert!(matches!(host.call(first_chunk(&chain_image())), Answer::Load { .. }));
    assert_no_network(&mut host);
}

#[test]
fn a_load_may_start_anew_in_the_middle_of_another() {
    let mut host = Host::greeted(CORE);
    host.call(first_chunk(&chain_image()));
    assert!(matches!(host.load(&chain_image()), Answer::Load { .. }));
    assert!(host.board.core().is_some());
}

#[test]
fn a_chunk_out_of_order_is_refused_and_the_load_is_lost() {
    let image = chain_image();
    let taken = LOAD_MAX_BYTES as u32;
    for offset in [1, taken - 1, taken + 1, u32::MAX] {
        let mut host = Host::greeted(CORE);
        host.call(first_chunk(&image));
        let gap = Command::Load { offset, bytes: vec![0] };
        assert_eq!(host.call(gap), error(ErrorCode::LoadGap, taken));
        let next = Command::Load { offset: taken, bytes: vec![0] };
        assert_eq!(host.call(next), error(ErrorCode::LoadGap, 0));
    }
}

#[test]
fn a_chunk_without_a_beginning_is_refused_and_the_network_stays() {
    let mut host = Host::loaded();
    let offset = chain_image().len() as u32;
    assert_eq!(host.call(Command::Load { offset, bytes: vec![0] }), error(ErrorCode::LoadGap, 0));
    assert!(matches!(host.call(Command::Tick(vec![])), Answer::Tick(_)));
}

#[test]
fn a_load_of_the_wrong_length_loses_the_load_under_way() {
    let mut host = Host::greeted(CORE);
    host.call(first_chunk(&chain_image()));
    let empty = Frame { sequence: host.sequence, opcode: opcode::LOAD, payload: vec![0; 4] };
    assert_eq!(host.only_answer(&empty.to_wire()).1, error(ErrorCode::BadLength, 4));
    host.sequence += 1;
    let next = Command::Load { offset: LOAD_MAX_BYTES as u32, bytes: vec![0] };
    assert_eq!(host.call(next), error(ErrorCode::LoadGap, 0));
}

#[test]
fn another_refused_command_leaves_the_load_under_way_alone() {
    let image = chain_image();
    let mut host = Host::greeted(CORE);
    host.call(first_chunk(&image));
    assert_eq!(host.call(Command::Restart), error(ErrorCode::NoImage, 0));
    for (index, bytes) in image.chunks(LOAD_MAX_BYTES).enumerate().skip(1) {
        let load = Command::Load { offset: (index * LOAD_MAX_BYTES) as u32, bytes: bytes.to_vec() };
        assert!(matches!(host.call(load), Answer::Load { .. }));
    }
    assert!(host.board.core().is_some());
}

#[test]
fn bytes_that_are_no_header_are_refused_as_soon_as_it_is_there() {
    let mut host = Host::loaded();
    let zeros = |n_bytes| Command::Load { offset: 0, bytes: vec![0; n_bytes] };
    assert_eq!(host.call(zeros(HEADER_BYTES - 1)), Answer::Load { next_offset: HEADER_BYTES as u32 - 1 });
    assert_eq!(host.call(zeros(HEADER_BYTES)), error(ErrorCode::BadImage, 0));
    assert_no_network(&mut host);
}

#[test]
fn another_layout_version_is_refused_as_soon_as_the_header_is_there() {
    let mut image = chain_image();
    image[4] += 1;
    assert_eq!(Host::greeted(CORE).call(first_chunk(&image)), error(ErrorCode::BadImage, 0));
}

#[test]
fn bytes_behind_the_image_are_refused() {
    let image = [&chain_image()[..], &[0]].concat();
    let mut host = Host::greeted(CORE);
    let n_chunks = image.len().div_ceil(LOAD_MAX_BYTES);
    assert_ne!(image.len() % LOAD_MAX_BYTES, 1, "the surplus byte must fit into the last of {n_chunks} chunks");
    assert_eq!(host.load(&image), error(ErrorCode::BadImage, 0));
    assert_no_network(&mut host);
}

#[test]
fn an_image_with_a_changed_byte_is_refused_and_nothing_is_loaded() {
    let image = chain_image();
    for at in (HEADER_BYTES..image.len()).step_by(97) {
        let mut host = Host::loaded();
        let mut changed = image.clone();
        changed[at] ^= 0x10;
        assert_eq!(host.load(&changed), error(ErrorCode::BadImage, 0));
        assert_no_network(&mut host);
    }
}

#[test]
fn an_image_for_another_core_is_refused_and_nothing_is_loaded() {
    let image = chain_image();
    let cores = [
        CoreConfiguration { lanes: 4, ..CORE },
        CoreConfiguration { neurons_per_lane: 1, ..CORE },
        CoreConfiguration { channels: 199, ..CORE },
        CoreConfiguration { synapse_words_per_lane: 200, ..CORE },
        CoreConfiguration { readouts: 1, ..CORE },
    ];
    for core in cores {
        let mut host = Host::greeted(core);
        assert_eq!(host.load(&image), error(ErrorCode::Misfit, 0), "{core:?}");
        assert_no_network(&mut host);
    }
}

#[test]
fn an_image_with_more_channels_than_the_core_is_refused_by_its_header() {
    let mut image = chain_image();
    image[8..10].copy_from_slice(&(CORE.channels + 1).to_le_bytes());
    let mut host = Host::greeted(CORE);
    assert_eq!(host.call(first_chunk(&image)), error(ErrorCode::Misfit, 0));
}

#[test]
fn a_loaded_network_starts_at_tick_0_without_pending_events() {
    let mut host = Host::loaded();
    host.call(Command::Tick(vec![0]));
    host.call(Command::Events(vec![0]));
    host.load(&chain_image());
    let Answer::Tick(tick) = host.call(Command::Tick(vec![])) else { panic!() };
    assert_eq!((tick.tick, tick.n_spikes, tick.scores), (0, 0, vec![0, 0]));
}

#[test]
fn every_word_of_every_memory_is_read_back_as_loaded() {
    let mut host = Host::loaded();
    let image = NetworkImage::decode(&chain_image()).unwrap();
    for lane in 0..CORE.lanes {
        for section in SectionKind::ALL {
            let words = image.section_words(section, lane);
            let mut read = Vec::new();
            while read.len() < words.len() {
                let n_words = READ_MAX_WORDS.min(words.len() - read.len()) as u8;
                let address = read.len() as u16;
                let Answer::Read(some) = host.call(Command::Read { section, lane, address, n_words }) else { panic!() };
                read.extend(some);
            }
            assert_eq!(read, words);
        }
    }
}

#[test]
fn verify_gives_length_and_checksum_of_every_memory() {
    let mut host = Host::loaded();
    let image = NetworkImage::decode(&chain_image()).unwrap();
    for lane in 0..CORE.lanes {
        for section in SectionKind::ALL {
            let words = image.section_words(section, lane);
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let verified = Answer::Verify { n_words: words.len() as u32, crc32: crc32(&bytes) };
            assert_eq!(host.call(Command::Verify { section, lane }), verified);
        }
    }
}

#[test]
fn words_lanes_and_memories_that_do_not_exist_are_refused() {
    let mut host = Host::loaded();
    let section = SectionKind::Rows;
    let n_words = NetworkImage::decode(&chain_image()).unwrap().section_words(section, 0).len() as u16;
    let read = |lane, address, n_words| Command::Read { section, lane, address, n_words };
    assert!(matches!(host.call(read(0, n_words - 1, 1)), Answer::Read(_)));
    for (lane, address, count) in [(0, n_words - 1, 2), (0, n_words, 1), (0, u16::MAX, 124), (2, 7, 1)] {
        assert_eq!(host.call(read(lane, address, count)), error(ErrorCode::BadAddress, u32::from(address)));
    }
    assert_eq!(host.call(Command::Verify { section, lane: 2 }), error(ErrorCode::BadAddress, 0));
    let unknown = Frame { sequence: host.sequence, opcode: opcode::VERIFY, payload: vec![9, 0] };
    assert_eq!(host.only_answer(&unknown.to_wire()).1, error(ErrorCode::BadAddress, 0));
}

#[test]
fn commands_that_need_a_network_are_refused_without_one() {
    let mut host = Host::greeted(CORE);
    let section = SectionKind::Neurons;
    let commands = [
        Command::Read { section, lane: 0, address: 0, n_words: 1 },
        Command::Verify { section, lane: 0 },
        Command::Restart,
        Command::Events(vec![0]),
        Command::Tick(vec![0]),
    ];
    for command in commands {
        assert_eq!(host.call(command), error(ErrorCode::NoImage, 0));
    }
    assert!(matches!(host.call(Command::Status), Answer::Status(_)));
}

#[test]
fn restart_zeroes_the_window_and_drops_pending_events() {
    let mut host = Host::loaded();
    host.call(Command::Tick(vec![0]));
    host.call(Command::Events(vec![0]));
    assert_eq!(host.call(Command::Restart), Answer::Restart);
    let Answer::Tick(tick) = host.call(Command::Tick(vec![])) else { panic!() };
    assert_eq!((tick.tick, tick.n_spikes, tick.scores), (0, 0, vec![0, 0]));
}

#[test]
fn a_tick_answers_scores_class_and_spikes() {
    let mut host = Host::loaded();
    host.call(Command::Tick(vec![0]));
    let Answer::Tick(tick) = host.call(Command::Tick(vec![1])) else { panic!() };
    assert_eq!((tick.tick, tick.class, tick.tick_overrun, tick.n_spikes, tick.scores), (1, 1, false, 1, vec![3, 5]));
}

#[test]
fn events_of_many_frames_run_in_one_tick() {
    let mut host = Host::loaded();
    let channels: Vec<u16> = (0..200).collect();
    let (first, rest) = channels.split_at(EVENTS_MAX);
    assert_eq!(host.call(Command::Events(first.to_vec())), Answer::Events { n_pending: first.len() as u16 });
    assert_eq!(host.call(Command::Events(vec![])), Answer::Events { n_pending: first.len() as u16 });
    assert!(matches!(host.call(Command::Tick(rest.to_vec())), Answer::Tick(_)));
    let Answer::Status(counters) = host.call(Command::Status) else { panic!() };
    assert_eq!((counters.events, counters.synaptic_events), (200, 200));
}

#[test]
fn a_channel_that_does_not_exist_is_refused_with_the_channel() {
    let mut host = Host::loaded();
    assert_eq!(host.call(Command::Events(vec![1, 200, 0])), error(ErrorCode::BadChannel, 200));
    assert_eq!(host.call(Command::Tick(vec![u16::MAX])), error(ErrorCode::BadChannel, 65_535));
}

#[test]
fn events_that_do_not_ascend_are_refused_with_the_channel() {
    let mut host = Host::loaded();
    assert_eq!(host.call(Command::Tick(vec![5, 5])), error(ErrorCode::EventOrder, 5));
    host.call(Command::Events(vec![7]));
    assert_eq!(host.call(Command::Events(vec![7])), error(ErrorCode::EventOrder, 7));
    assert_eq!(host.call(Command::Tick(vec![6, 9])), error(ErrorCode::EventOrder, 6));
}

#[test]
fn all_events_of_a_refused_frame_are_dropped_and_earlier_ones_stay() {
    let mut host = Host::loaded();
    assert_eq!(host.call(Command::Events(vec![3])), Answer::Events { n_pending: 1 });
    assert_eq!(host.call(Command::Events(vec![4, 5, 5])), error(ErrorCode::EventOrder, 5));
    assert_eq!(host.call(Command::Tick(vec![4, 200])), error(ErrorCode::BadChannel, 200));
    assert_eq!(host.call(Command::Events(vec![4])), Answer::Events { n_pending: 2 });
    let Answer::Tick(tick) = host.call(Command::Tick(vec![])) else { panic!() };
    assert_eq!((tick.tick, tick.n_spikes), (0, 1));
}

#[test]
fn the_order_of_events_starts_anew_with_every_tick() {
    let mut host = Host::loaded();
    assert!(matches!(host.call(Command::Tick(vec![9])), Answer::Tick(_)));
    assert!(matches!(host.call(Command::Tick(vec![0])), Answer::Tick(_)));
}

#[test]
fn counters_count_over_restarts_and_networks() {
    let mut host = Host::loaded();
    host.call(Command::Tick(vec![0, 1]));
    host.call(Command::Restart);
    host.call(Command::Tick(vec![2]));
    host.call(Command::Tick(vec![]));
    host.load(&chain_image());
    host.call(Command::HELLO);
    let counters = Counters { ticks: 3, events: 3, spikes: 2, synaptic_events: 2 + 1 + 2, ..Counters::default() };
    assert_eq!(host.call(Command::Status), Answer::Status(counters));
}

proptest! {
    #[test]
    fn a_board_says_what_its_core_says(trains in prop::collection::vec(prop::collection::btree_set(0..200_u16, 0..8), 1..40)) {
        let mut host = Host::loaded();
        let mut core = model::Core::from_image(&chain().lay_out(1).encode().unwrap()).unwrap();
        for channels in trains {
            let channels: Vec<u16> = channels.into_iter().collect();
            let outcome = core.tick(&channels).unwrap();
            let Answer::Tick(tick) = host.call(Command::Tick(channels)) else { panic!() };
            prop_assert_eq!((tick.tick, tick.class, usize::from(tick.n_spikes)), (outcome.tick, outcome.class, outcome.spikes.len()));
            prop_assert_eq!(&tick.scores, outcome.scores);
            prop_assert_eq!(host.board.core().unwrap().states(), core.states());
        }
    }
}
