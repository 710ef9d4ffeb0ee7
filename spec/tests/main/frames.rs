//! Frames, commands and answers: round trips, garbage, and byte stuffing against another implementation.

use proptest::collection::vec;
use proptest::prelude::*;
use spec::core::CoreConfiguration;
use spec::image::SectionKind;
use spec::wire::{
    Answer, BODY_MAX_BYTES, Command, Counters, DELIMITER, EVENTS_MAX, ErrorCode, FRAME_OVERHEAD_BYTES, Frame,
    FrameError, FrameReader, HelloAnswer, LOAD_MAX_BYTES, NackReason, PAYLOAD_MAX_BYTES, READ_MAX_WORDS, TickAnswer,
    WIRE_MAX_BYTES, answer_bytes, answer_opcode, cobs, command_bytes, opcode, tick_wire_bytes,
};

fn read(bytes: &[u8]) -> Vec<Result<Frame, FrameError>> {
    let mut reader = FrameReader::default();
    bytes.iter().filter_map(|byte| reader.push(*byte)).collect()
}

fn frames() -> impl Strategy<Value = Frame> {
    let payload = prop_oneof![vec(any::<u8>(), 0..=PAYLOAD_MAX_BYTES), vec(0..2_u8, 0..=PAYLOAD_MAX_BYTES)];
    (any::<u8>(), any::<u8>(), payload).prop_map(|(sequence, opcode, payload)| Frame { sequence, opcode, payload })
}

fn sections() -> impl Strategy<Value = SectionKind> {
    prop::sample::select(SectionKind::ALL.to_vec())
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<u8>().prop_map(|version| Command::Hello { version }),
        (any::<u32>(), vec(any::<u8>(), 1..=LOAD_MAX_BYTES))
            .prop_map(|(offset, bytes)| Command::Load { offset, bytes }),
        (sections(), any::<u8>(), any::<u16>(), 1..=READ_MAX_WORDS as u8)
            .prop_map(|(section, lane, address, n_words)| Command::Read { section, lane, address, n_words }),
        (sections(), any::<u8>()).prop_map(|(section, lane)| Command::Verify { section, lane }),
        Just(Command::Restart),
        vec(any::<u16>(), 0..=EVENTS_MAX).prop_map(Command::Events),
        vec(any::<u16>(), 0..=EVENTS_MAX).prop_map(Command::Tick),
        Just(Command::Status),
    ]
}

fn hellos() -> impl Strategy<Value = Answer> {
    (any::<[u8; 4]>(), any::<[u16; 3]>(), any::<[u32; 2]>()).prop_map(|(bytes, words, [clock_hz, image_crc32])| {
        let core = CoreConfiguration {
            lanes: bytes[1],
            neurons_per_lane: words[0],
            channels: words[1],
            synapse_words_per_lane: words[2],
            readouts: bytes[2],
            replay_frames: bytes[3],
        };
        Answer::Hello(HelloAnswer { version: bytes[0], core, clock_hz, image_crc32 })
    })
}

fn statuses() -> impl Strategy<Value = Answer> {
    any::<[u32; 9]>().prop_map(|fields| {
        Answer::Status(Counters {
            ticks: fields[0],
            events: fields[1],
            spikes: fields[2],
            synaptic_events: fields[3],
            tick_cycles: fields[4],
            tick_overruns: fields[5],
            bad_frames: fields[6],
            out_of_sequence: fields[7],
            dropped_frames: fields[8],
        })
    })
}

fn answers() -> impl Strategy<Value = Answer> {
    let code = (1..=10_u8).prop_map(|number| ErrorCode::from_number(number).unwrap());
    let reason = (1..=4_u8).prop_map(|number| NackReason::from_number(number).unwrap());
    prop_oneof![
        hellos(),
        any::<u32>().prop_map(|next_offset| Answer::Load { next_offset }),
        vec(any::<u16>(), 0..=READ_MAX_WORDS).prop_map(Answer::Read),
        any::<[u32; 2]>().prop_map(|[n_words, crc32]| Answer::Verify { n_words, crc32 }),
        Just(Answer::Restart),
        any::<u16>().prop_map(|n_pending| Answer::Events { n_pending }),
        (any::<u32>(), any::<u8>(), any::<bool>(), any::<u16>(), vec(any::<i16>(), 0..=64)).prop_map(
            |(tick, class, tick_overrun, n_spikes, scores)| Answer::Tick(TickAnswer {
                tick,
                class,
                tick_overrun,
                n_spikes,
                scores
            })
        ),
        statuses(),
        (code, any::<u32>()).prop_map(|(code, detail)| Answer::Error { code, detail }),
        (reason, any::<u8>()).prop_map(|(reason, expected_sequence)| Answer::Nack { reason, expected_sequence }),
    ]
}

#[test]
fn the_longest_frame_is_one_stuffing_block_of_the_stated_length() {
    for byte in [0, 1, 255] {
        let frame = Frame { sequence: byte, opcode: byte, payload: vec![byte; PAYLOAD_MAX_BYTES] };
        assert_eq!(frame.to_wire().len(), WIRE_MAX_BYTES);
        assert_eq!(read(&frame.to_wire()), [Ok(frame)]);
    }
    assert_eq!(Frame { sequence: 0, opcode: 0, payload: vec![] }.to_wire().len(), FRAME_OVERHEAD_BYTES);
}

#[test]
#[should_panic(expected = "payload of 249 bytes")]
fn a_payload_too_long_for_a_frame_panics() {
    let _ = Frame { sequence: 0, opcode: 0, payload: vec![0; PAYLOAD_MAX_BYTES + 1] }.to_wire();
}

#[test]
fn the_longest_commands_and_answers_fit_a_frame() {
    let load = Command::Load { offset: 0, bytes: vec![0; LOAD_MAX_BYTES] };
    let tick = Command::Tick(vec![0; EVENTS_MAX]);
    assert!(load.payload().len() <= PAYLOAD_MAX_BYTES && tick.payload().len() <= PAYLOAD_MAX_BYTES);
    assert!(Answer::Read(vec![0; READ_MAX_WORDS]).to_frame(0).payload.len() <= PAYLOAD_MAX_BYTES);
}

#[test]
fn payloads_have_the_stated_sizes() {
    let section = SectionKind::Rows;
    let commands = [
        (Command::HELLO, command_bytes::HELLO),
        (Command::Load { offset: 0, bytes: vec![0; 3] }, command_bytes::LOAD + 3),
        (Command::Read { section, lane: 0, address: 0, n_words: 1 }, command_bytes::READ),
        (Command::Verify { section, lane: 0 }, command_bytes::VERIFY),
        (Command::Restart, 0),
        (Command::Events(vec![0; 3]), 3 * command_bytes::EVENT),
        (Command::Tick(vec![0; 3]), 3 * command_bytes::EVENT),
        (Command::Status, 0),
    ];
    for (command, n_bytes) in commands {
        assert_eq!(command.payload().len(), n_bytes, "{command:?}");
    }
    let core = spec::core::UP5K.configuration;
    let scores = vec![0; 5];
    let answers = [
        (Answer::Hello(HelloAnswer { version: 1, core, clock_hz: 0, image_crc32: 0 }), answer_bytes::HELLO),
        (Answer::Load { next_offset: 0 }, answer_bytes::LOAD),
        (Answer::Read(vec![0; 5]), 5 * answer_bytes::WORD),
        (Answer::Verify { n_words: 0, crc32: 0 }, answer_bytes::VERIFY),
        (Answer::Restart, 0),
        (Answer::Events { n_pending: 0 }, answer_bytes::EVENTS),
        (
            Answer::Tick(TickAnswer { tick: 0, class: 0, tick_overrun: false, n_spikes: 0, scores }),
            answer_bytes::TICK + 5 * answer_bytes::SCORE,
        ),
        (Answer::Status(Counters::default()), answer_bytes::STATUS),
        (Answer::Error { code: ErrorCode::NoImage, detail: 0 }, answer_bytes::ERROR),
        (Answer::Nack { reason: NackReason::BadFrame, expected_sequence: 0 }, answer_bytes::NACK),
    ];
    for (answer, n_bytes) in answers {
        assert_eq!(answer.to_frame(0).payload.len(), n_bytes, "{answer:?}");
    }
    // As in docs/wire.md, section Bytes.
    assert_eq!(tick_wire_bytes(3, 5), (8 + 2 * 3, 16 + 2 * 5));
}

#[test]
fn delimiters_alone_are_not_a_frame() {
    assert_eq!(read(&[DELIMITER; 5]), []);
}

#[test]
fn bytes_without_a_delimiter_are_refused_once() {
    for n_bytes in [WIRE_MAX_BYTES, WIRE_MAX_BYTES + 1, 10 * WIRE_MAX_BYTES] {
        let mut bytes = vec![1; n_bytes];
        bytes.push(DELIMITER);
        assert_eq!(read(&bytes), [Err(FrameError::TooLong)]);
    }
}

#[test]
fn stuffing_beyond_the_end_is_refused() {
    assert_eq!(read(&[9, 1, 1, DELIMITER]), [Err(FrameError::Stuffing)]);
}

#[test]
fn bytes_too_few_for_a_frame_are_refused() {
    for content in [&[][..], &[7]] {
        let body = [content, &spec::checksum::crc32(content).to_le_bytes()].concat();
        let mut bytes = cobs::encode(&body);
        bytes.push(DELIMITER);
        assert_eq!(read(&bytes), [Err(FrameError::Checksum)]);
    }
}

#[test]
fn commands_of_a_wrong_length_are_refused_with_code_and_detail() {
    let bad_length = |n_bytes: usize| Err((ErrorCode::BadLength, n_bytes as u32));
    let cases = [
        (opcode::HELLO, vec![], bad_length(0)),
        (opcode::HELLO, vec![1, 0], bad_length(2)),
        (opcode::LOAD, vec![0; 4], bad_length(4)),
        (opcode::LOAD, vec![0; 4 + LOAD_MAX_BYTES + 1], bad_length(4 + LOAD_MAX_BYTES + 1)),
        (opcode::READ, vec![1, 0, 0, 0, 0], bad_length(5)),
        (opcode::READ, vec![1, 0, 0, 0, READ_MAX_WORDS as u8 + 1], bad_length(5)),
        (opcode::READ, vec![1, 0, 0, 0], bad_length(4)),
        (opcode::VERIFY, vec![1], bad_length(1)),
        (opcode::RESTART, vec![0], bad_length(1)),
        (opcode::STATUS, vec![0], bad_length(1)),
        (opcode::TICK, vec![0; 3], bad_length(3)),
        (opcode::EVENTS, vec![0; 2 * EVENTS_MAX + 2], bad_length(2 * EVENTS_MAX + 2)),
        (opcode::READ, vec![0, 0, 0, 0, 1], Err((ErrorCode::BadAddress, 0))),
        (opcode::VERIFY, vec![4, 0], Err((ErrorCode::BadAddress, 0))),
        (0, vec![], Err((ErrorCode::UnknownOpcode, 0))),
        (opcode::STATUS + 1, vec![1], Err((ErrorCode::UnknownOpcode, u32::from(opcode::STATUS) + 1))),
    ];
    for (opcode, payload, refusal) in cases {
        assert_eq!(Command::decode(opcode, &payload), refusal, "{opcode} {payload:?}");
    }
}

#[test]
fn answers_of_a_wrong_length_are_refused() {
    for opcode in [answer_opcode::ERROR, answer_opcode::NACK, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88] {
        let frame = Frame { sequence: 0, opcode, payload: vec![1; 7] };
        assert_eq!(Answer::from_frame(&frame), None, "{opcode:#x}");
    }
    let unknown = [(answer_opcode::ERROR, vec![0, 0, 0, 0, 0]), (answer_opcode::NACK, vec![9, 0]), (0x89, vec![])];
    for (opcode, payload) in unknown {
        assert_eq!(Answer::from_frame(&Frame { sequence: 0, opcode, payload }), None);
    }
}

#[test]
fn a_command_is_not_an_answer() {
    for command in [Command::HELLO, Command::Restart, Command::Tick(vec![1, 2])] {
        let frame = Frame { sequence: 0, opcode: command.opcode(), payload: command.payload() };
        assert_eq!(Answer::from_frame(&frame), None);
    }
}

#[test]
fn an_answer_is_of_its_command_alone_and_an_error_of_any() {
    let refused = Answer::Error { code: ErrorCode::NoImage, detail: 0 };
    assert!(Answer::Restart.answers(&Command::Restart));
    assert!(!Answer::Restart.answers(&Command::Status));
    assert!(refused.answers(&Command::Restart) && refused.answers(&Command::Status));
    let nack = Answer::Nack { reason: NackReason::BadFrame, expected_sequence: 0 };
    assert!(!nack.answers(&Command::Restart));
}

/// One changed byte is an error or nothing, never another frame.
#[test]
fn a_frame_with_one_changed_byte_is_never_accepted() {
    let good = Frame { sequence: 3, opcode: opcode::TICK, payload: vec![1, 0, 0, 0, 9, 0] }.to_wire();
    for at in 0..good.len() {
        for change in 1..=u8::MAX {
            let mut bad = good.clone();
            bad[at] ^= change;
            assert!(read(&bad).iter().all(Result::is_err), "byte {at} changed by {change:#x}");
        }
    }
}

proptest! {
    #[test]
    fn frames_round_trip(frame in frames()) {
        let wire = frame.to_wire();
        let (last, stuffed) = wire.split_last().unwrap();
        prop_assert!(*last == DELIMITER && !stuffed.contains(&DELIMITER));
        prop_assert_eq!(wire.len(), frame.payload.len() + FRAME_OVERHEAD_BYTES);
        prop_assert_eq!(read(&wire), vec![Ok(frame)]);
    }

    #[test]
    fn frames_in_a_row_are_all_found(frames in vec(frames(), 0..6)) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::to_wire).collect();
        prop_assert_eq!(read(&bytes), frames.into_iter().map(Ok).collect::<Vec<_>>());
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..2000)) {
        for frame in read(&bytes).into_iter().flatten() {
            let _ = (Command::decode(frame.opcode, &frame.payload), Answer::from_frame(&frame));
        }
        let _ = cobs::decode(&bytes);
    }

    #[test]
    fn random_payloads_never_panic_and_what_is_read_is_written_back(
        opcode in prop_oneof![0..=9_u8, 0x80..=0x89_u8, 0xfe..=0xff_u8],
        payload in vec(any::<u8>(), 0..=PAYLOAD_MAX_BYTES),
    ) {
        if let Ok(command) = Command::decode(opcode, &payload) {
            prop_assert_eq!((command.opcode(), command.payload()), (opcode, payload.clone()));
        }
        let frame = Frame { sequence: 1, opcode, payload };
        if let Some(answer) = Answer::from_frame(&frame) {
            prop_assert_eq!(Answer::from_frame(&answer.to_frame(1)), Some(answer));
        }
    }

    #[test]
    fn the_first_whole_frame_after_garbage_is_found(
        before in vec(any::<u8>(), 0..400),
        inside in vec(any::<u8>(), 1..20),
        after in vec(any::<u8>(), 0..400),
        at in any::<prop::sample::Index>(),
        frames in vec(frames(), 3),
    ) {
        let mut torn = frames[0].to_wire();
        let at = at.index(torn.len());
        torn.splice(at..at, inside);
        let stream = [
            &before[..], &[DELIMITER], &frames[1].to_wire(),
            &torn, &[DELIMITER], &frames[1].to_wire(),
            &after, &[DELIMITER], &frames[2].to_wire(),
        ].concat();
        let found: Vec<Frame> = read(&stream).into_iter().flatten().collect();
        let position = |from: usize, frame: &Frame| found[from..].iter().position(|one| one == frame).map(|at| from + at);
        let first = position(0, &frames[1]);
        prop_assert!(first.is_some());
        prop_assert!(position(first.unwrap() + 1, &frames[1]).is_some());
        prop_assert_eq!(found.last(), Some(&frames[2]));
    }

    #[test]
    fn every_command_round_trips(command in commands(), sequence: u8) {
        let frame = Frame { sequence, opcode: command.opcode(), payload: command.payload() };
        let [Ok(frame)] = &read(&frame.to_wire())[..] else { panic!() };
        prop_assert_eq!(Command::decode(frame.opcode, &frame.payload), Ok(command));
    }

    #[test]
    fn every_answer_round_trips(answer in answers(), sequence: u8) {
        let [Ok(frame)] = &read(&answer.to_frame(sequence).to_wire())[..] else { panic!() };
        prop_assert_eq!(frame.sequence, sequence);
        prop_assert_eq!(Answer::from_frame(frame), Some(answer));
    }

    #[test]
    fn stuffing_equals_the_cobs_crate(
        data in prop_oneof![vec(any::<u8>(), 0..1200), vec(1..=255_u8, 250..260), vec(0..2_u8, 0..600)],
    ) {
        let ours = cobs::encode(&data);
        let mut theirs = vec![0; ::cobs::max_encoding_length(data.len())];
        let n_bytes = ::cobs::encode(&data, &mut theirs);
        theirs.truncate(n_bytes);
        prop_assert!(!ours.contains(&0));
        prop_assert_eq!(&ours, &theirs);
        prop_assert_eq!(cobs::decode(&theirs), Some(data.clone()));
        let mut decoded = vec![0; data.len() + 1];
        let report = ::cobs::decode(&ours, &mut decoded).unwrap();
        prop_assert_eq!(&decoded[..report.frame_size()], &data[..]);
    }

    #[test]
    fn random_stuffing_is_read_as_by_the_cobs_crate(
        stuffed in prop_oneof![vec(1..=255_u8, 1..300), vec(1..6_u8, 1..60)],
    ) {
        let mut decoded = vec![0; stuffed.len()];
        let theirs = ::cobs::decode(&stuffed, &mut decoded).ok().map(|report| decoded[..report.frame_size()].to_vec());
        prop_assert_eq!(cobs::decode(&stuffed), theirs);
    }
}

/// The number of data bytes up to which a frame's body is one block.
#[test]
fn a_body_of_the_longest_frame_gets_one_stuffing_byte() {
    assert_eq!(cobs::encode(&[7; BODY_MAX_BYTES]).len(), BODY_MAX_BYTES + 1);
}
