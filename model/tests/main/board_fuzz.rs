//! Whatever bytes arrive, a board keeps working: it sends only whole answers, and it answers a hello.

use crate::support::{CORE, Host, chain_image, wire};
use model::ModelBoard;
use proptest::prelude::*;
use spec::core::CoreConfiguration;
use spec::image::SectionKind;
use spec::wire::{Answer, Command, DELIMITER, Frame, LOAD_MAX_BYTES, PAYLOAD_MAX_BYTES};

fn assert_still_answers(host: &mut Host) {
    host.answers(&[DELIMITER]);
    assert!(matches!(host.call(Command::HELLO), Answer::Hello(_)));
}

fn channels() -> impl Strategy<Value = Vec<u16>> {
    let ascending = prop::collection::btree_set(0..210_u16, 0..100).prop_map(|set| set.into_iter().collect());
    prop_oneof![3 => ascending, 1 => prop::collection::vec(0..210_u16, 0..124)]
}

fn section() -> impl Strategy<Value = SectionKind> {
    prop::sample::select(SectionKind::ALL.to_vec())
}

/// Commands with which a board can get far: chunks of a good image among them.
fn commands() -> impl Strategy<Value = Vec<Command>> {
    let image = chain_image();
    let chunks: Vec<Command> = (image.chunks(LOAD_MAX_BYTES).enumerate())
        .map(|(index, bytes)| Command::Load { offset: (index * LOAD_MAX_BYTES) as u32, bytes: bytes.to_vec() })
        .collect();
    let one = prop_oneof![
        1 => any::<u8>().prop_map(|version| vec![Command::Hello { version }]),
        1 => Just(vec![Command::HELLO]),
        4 => Just(chunks.clone()),
        1 => prop::sample::select(chunks).prop_map(|chunk| vec![chunk]),
        1 => (any::<u32>(), prop::collection::vec(any::<u8>(), 1..=LOAD_MAX_BYTES))
            .prop_map(|(offset, bytes)| vec![Command::Load { offset, bytes }]),
        1 => (section(), 0..4_u8, 0..700_u16, 1..=124_u8)
            .prop_map(|(section, lane, address, n_words)| vec![Command::Read { section, lane, address, n_words }]),
        1 => (section(), any::<u8>()).prop_map(|(section, lane)| vec![Command::Verify { section, lane }]),
        1 => Just(vec![Command::Restart]),
        3 => channels().prop_map(|channels| vec![Command::Events(channels)]),
        6 => channels().prop_map(|channels| vec![Command::Tick(channels)]),
        1 => Just(vec![Command::Status]),
    ];
    prop::collection::vec(one, 0..20).prop_map(|commands| commands.concat())
}

fn cores() -> impl Strategy<Value = CoreConfiguration> {
    let any_core = (any::<[u8; 3]>(), any::<[u16; 3]>()).prop_map(|(bytes, words)| CoreConfiguration {
        lanes: bytes[0],
        neurons_per_lane: words[0],
        channels: words[1],
        synapse_words_per_lane: words[2],
        readouts: bytes[1],
        replay_frames: bytes[2],
    });
    prop_oneof![Just(CORE), any_core]
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_stop_a_board(core in cores(), bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let mut host = Host { board: ModelBoard::new(core), sequence: 0 };
        host.answers(&bytes);
        assert_still_answers(&mut host);
    }

    #[test]
    fn arbitrary_frames_are_each_answered_once(
        frames in prop::collection::vec(
            (any::<Option<u8>>(), prop_oneof![0..=9_u8, any::<u8>()], prop::collection::vec(any::<u8>(), 0..=PAYLOAD_MAX_BYTES)),
            0..30,
        ),
    ) {
        let mut host = Host::loaded();
        for (sequence, opcode, payload) in frames {
            let sequence = sequence.unwrap_or(host.sequence);
            host.only_answer(&Frame { sequence, opcode, payload }.to_wire());
            host.sequence = host.sequence.wrapping_add(1);
        }
        assert_still_answers(&mut host);
    }

    #[test]
    fn arbitrary_commands_are_each_answered_in_kind(core in cores(), commands in commands()) {
        let mut host = Host::greeted(core);
        for command in commands {
            let (sequence, answer) = host.only_answer(&wire(host.sequence, &command));
            prop_assert_eq!(sequence, host.sequence);
            prop_assert!(answer.answers(&command), "{:?} to {:?}", answer, command);
            let refused_hello = matches!((&command, &answer), (Command::Hello { .. }, Answer::Error { .. }));
            host.sequence = host.sequence.wrapping_add(u8::from(!refused_hello));
        }
        assert_still_answers(&mut host);
    }
}
