//! The board's link: sequence numbers, repeated and lost frames, garbage, hello, power-on reset.

use std::io::{ErrorKind, Read, Write};

use crate::support::{CORE, Host, chain_image, read_all, wire};
use model::ModelBoard;
use proptest::prelude::*;
use spec::core::CoreConfiguration;
use spec::wire::{
    Answer, Command, Counters, DELIMITER, ErrorCode, Frame, NackReason, PROTOCOL_VERSION, TickAnswer, WIRE_MAX_BYTES,
    opcode,
};

const BAD_FRAME: NackReason = NackReason::BadFrame;

fn nack(reason: NackReason, expected_sequence: u8) -> (u8, Answer) {
    (expected_sequence, Answer::Nack { reason, expected_sequence })
}

fn counters(host: &mut Host) -> Counters {
    match host.call(Command::Status) {
        Answer::Status(counters) => counters,
        answer => panic!("{answer:?}"),
    }
}

fn tick_of(answer: &Answer) -> u32 {
    match answer {
        Answer::Tick(TickAnswer { tick, .. }) => *tick,
        answer => panic!("{answer:?}"),
    }
}

#[test]
fn hello_says_protocol_core_and_that_nothing_is_loaded() {
    let mut host = Host { board: ModelBoard::new(CORE), sequence: 9 };
    let Answer::Hello(hello) = host.call(Command::HELLO) else { panic!() };
    assert_eq!((hello.version, hello.core, hello.clock_hz, hello.image_crc32), (PROTOCOL_VERSION, CORE, 0, 0));
}

#[test]
fn hello_says_the_checksum_of_the_image_that_is_loaded() {
    let mut host = Host::loaded();
    let Answer::Hello(hello) = host.call(Command::HELLO) else { panic!() };
    assert_eq!(hello.image_crc32.to_le_bytes()[..], chain_image()[chain_image().len() - 4..]);
}

#[test]
fn hello_is_executed_whatever_its_number_and_starts_a_new_count() {
    let mut host = Host::loaded();
    for sequence in [77, 77, 255, 3] {
        host.sequence = sequence;
        assert!(matches!(host.call(Command::HELLO), Answer::Hello(_)));
        assert!(matches!(host.call(Command::Status), Answer::Status(_)));
    }
}

#[test]
fn hello_leaves_network_window_and_pending_events_alone() {
    let mut host = Host::loaded();
    host.call(Command::Tick(vec![0]));
    host.call(Command::Events(vec![4]));
    host.call(Command::HELLO);
    let Answer::Tick(answer) = host.call(Command::Tick(vec![5])) else { panic!() };
    assert_eq!((answer.tick, answer.n_spikes, answer.scores), (1, 1, vec![3, 5]));
    assert_eq!(counters(&mut host).events, 3);
}

#[test]
fn hello_forgets_the_kept_answers() {
    let mut host = Host::loaded();
    let sequence = host.sequence;
    host.call(Command::Tick(vec![]));
    host.call(Command::HELLO);
    let answer = host.only_answer(&wire(sequence, &Command::Tick(vec![])));
    assert_eq!(answer, nack(NackReason::OutOfSequence, sequence.wrapping_add(2)));
}

#[test]
fn hello_of_another_version_is_refused_and_leaves_the_board_as_it_was() {
    let mut host = Host::loaded();
    let expected = host.sequence;
    let other = Command::Hello { version: PROTOCOL_VERSION + 1 };
    let refused = Answer::Error { code: ErrorCode::UnsupportedVersion, detail: u32::from(PROTOCOL_VERSION) };
    assert_eq!(host.only_answer(&wire(200, &other)), (200, refused));
    let answer = host.only_answer(&wire(expected.wrapping_sub(1), &Command::Status));
    assert!(matches!(answer.1, Answer::Load { .. }), "the kept answer is still there: {answer:?}");
    assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), 0);
}

#[test]
fn hello_of_another_version_does_not_start_a_conversation() {
    let mut host = Host { board: ModelBoard::new(CORE), sequence: 0 };
    host.only_answer(&wire(0, &Command::Hello { version: 0 }));
    assert_eq!(host.only_answer(&wire(1, &Command::Status)), nack(NackReason::NotSynchronized, 0));
}

#[test]
fn hello_of_the_wrong_length_is_refused_and_leaves_the_board_as_it_was() {
    let mut host = Host::loaded();
    let frame = Frame { sequence: 99, opcode: opcode::HELLO, payload: vec![PROTOCOL_VERSION, 0] };
    let refused = Answer::Error { code: ErrorCode::BadLength, detail: 2 };
    assert_eq!(host.only_answer(&frame.to_wire()), (99, refused));
    assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), 0);
}

#[test]
fn a_frame_before_the_first_hello_is_refused_and_not_executed() {
    let mut host = Host { board: ModelBoard::new(CORE), sequence: 0 };
    for command in [Command::Status, Command::Restart, Command::Load { offset: 0, bytes: vec![1] }] {
        assert_eq!(host.only_answer(&wire(0, &command)), nack(NackReason::NotSynchronized, 0));
    }
    assert!(matches!(host.call(Command::HELLO), Answer::Hello(_)));
    assert_eq!(counters(&mut host), Counters::default());
}

#[test]
fn a_duplicated_frame_is_answered_again_and_not_executed_twice() {
    let mut host = Host::loaded();
    let frame = wire(host.sequence, &Command::Tick(vec![0]));
    let first = host.only_answer(&frame);
    assert_eq!(tick_of(&first.1), 0);
    assert_eq!(host.only_answer(&frame), first);
    host.sequence += 1;
    assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), 1);
    let counters = counters(&mut host);
    assert_eq!((counters.ticks, counters.events, counters.out_of_sequence), (2, 1, 1));
}

#[test]
fn as_many_answers_are_kept_as_the_core_says_and_no_more() {
    let mut host = Host::loaded();
    let first = host.sequence;
    let kept = u32::from(CORE.replay_frames);
    for tick in 0..=kept {
        assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), tick);
    }
    for back in 1..=kept {
        let sequence = host.sequence.wrapping_sub(back as u8);
        let (answered, answer) = host.only_answer(&wire(sequence, &Command::Tick(vec![])));
        assert_eq!((answered, tick_of(&answer)), (sequence, kept + 1 - back));
    }
    let expected = host.sequence;
    let answer = host.only_answer(&wire(first, &Command::Tick(vec![])));
    assert_eq!(answer, nack(NackReason::OutOfSequence, expected));
}

#[test]
fn a_core_that_keeps_no_answer_refuses_every_repeated_frame() {
    let mut host = Host::greeted(CoreConfiguration { replay_frames: 0, ..CORE });
    let frame = wire(host.sequence, &Command::Status);
    assert!(matches!(host.call(Command::Status), Answer::Status(_)));
    assert_eq!(host.only_answer(&frame), nack(NackReason::OutOfSequence, 2));
}

#[test]
fn a_lost_frame_is_answered_with_the_number_expected() {
    let mut host = Host::loaded();
    let expected = host.sequence;
    let refused = nack(NackReason::OutOfSequence, expected);
    assert_eq!(host.only_answer(&wire(expected.wrapping_add(1), &Command::Tick(vec![]))), refused);
    assert_eq!(host.only_answer(&wire(expected.wrapping_add(2), &Command::Tick(vec![]))), refused);
    assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), 0);
    assert_eq!(counters(&mut host).out_of_sequence, 2);
}

#[test]
fn sequence_numbers_wrap() {
    let mut host = Host::loaded();
    for tick in 0..600 {
        assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), tick);
    }
    assert_eq!(counters(&mut host).out_of_sequence, 0);
}

#[test]
fn a_refused_command_uses_its_number_up_and_its_answer_is_kept() {
    let mut host = Host::loaded();
    let frame = wire(host.sequence, &Command::Tick(vec![999]));
    let refused = Answer::Error { code: ErrorCode::BadChannel, detail: 999 };
    assert_eq!(host.call(Command::Tick(vec![999])), refused);
    assert_eq!(host.only_answer(&frame).1, refused);
    assert_eq!(tick_of(&host.call(Command::Tick(vec![]))), 0);
}

#[test]
fn an_unknown_opcode_is_refused_with_the_opcode() {
    let mut host = Host::loaded();
    for opcode in [0x00, 0x09, 0x81, 0xfe, 0xff] {
        let frame = Frame { sequence: host.sequence, opcode, payload: vec![] };
        let refused = Answer::Error { code: ErrorCode::UnknownOpcode, detail: u32::from(opcode) };
        assert_eq!(host.only_answer(&frame.to_wire()), (host.sequence, refused));
        host.sequence += 1;
    }
}

#[test]
fn a_payload_of_the_wrong_length_is_refused_with_its_length() {
    let mut host = Host::loaded();
    let cases = [(opcode::LOAD, 4), (opcode::READ, 4), (opcode::VERIFY, 3), (opcode::RESTART, 1), (opcode::TICK, 3)];
    for (opcode, n_bytes) in cases {
        let frame = Frame { sequence: host.sequence, opcode, payload: vec![1; n_bytes] };
        let refused = Answer::Error { code: ErrorCode::BadLength, detail: n_bytes as u32 };
        assert_eq!(host.only_answer(&frame.to_wire()), (host.sequence, refused));
        host.sequence += 1;
    }
}

#[test]
fn a_frame_with_a_changed_byte_is_refused_and_uses_no_number_up() {
    let mut host = Host::loaded();
    let expected = host.sequence;
    let good = wire(expected, &Command::Tick(vec![0, 1, 2]));
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= if bad[at] == 0x55 { 1 } else { 0x55 };
        assert_eq!(host.only_answer(&bad), nack(BAD_FRAME, expected), "byte {at}");
    }
    assert_eq!(host.only_answer(&good).0, expected);
    host.sequence += 1;
    assert_eq!(counters(&mut host).bad_frames, good.len() as u32 - 1);
}

#[test]
fn a_run_of_garbage_is_refused_once_however_long() {
    let mut host = Host::loaded();
    let expected = host.sequence;
    for n_bytes in [1, 5, WIRE_MAX_BYTES - 1, WIRE_MAX_BYTES, 10 * WIRE_MAX_BYTES] {
        let mut garbage = vec![0xa5; n_bytes];
        garbage.push(DELIMITER);
        assert_eq!(host.only_answer(&garbage), nack(BAD_FRAME, expected));
    }
}

#[test]
fn delimiters_alone_are_no_garbage() {
    let mut host = Host::loaded();
    assert_eq!(host.answers(&[DELIMITER; 20]), []);
    assert_eq!(counters(&mut host).bad_frames, 0);
}

#[test]
fn garbage_before_the_first_hello_is_refused_too() {
    let mut host = Host { board: ModelBoard::new(CORE), sequence: 5 };
    assert_eq!(host.only_answer(&[1, 2, 3, DELIMITER]), nack(BAD_FRAME, 0));
    assert!(matches!(host.call(Command::HELLO), Answer::Hello(_)));
}

#[test]
fn a_frame_may_come_byte_by_byte() {
    let mut host = Host::loaded();
    let bytes = wire(host.sequence, &Command::Tick(vec![0]));
    let (last, head) = bytes.split_last().unwrap();
    for byte in head {
        assert_eq!(host.answers(&[*byte]), []);
    }
    assert_eq!(tick_of(&host.only_answer(&[*last]).1), 0);
}

#[test]
fn a_read_while_the_board_is_silent_times_out_as_on_a_serial_port() {
    let mut host = Host::loaded();
    assert_eq!(host.board.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(host.board.read(&mut []).unwrap(), 0);
}

#[test]
fn reset_forgets_conversation_network_counters_and_unread_bytes() {
    let mut host = Host::loaded();
    host.board.write_all(&wire(host.sequence, &Command::Tick(vec![0]))).unwrap();
    host.board.write_all(&[7]).unwrap();
    host.board.reset();
    assert!(read_all(&mut host.board).is_empty());
    assert!(host.board.core().is_none());
    assert_eq!(host.only_answer(&wire(host.sequence, &Command::Status)), nack(NackReason::NotSynchronized, 0));
    assert!(matches!(host.call(Command::HELLO), Answer::Hello(hello) if hello.image_crc32 == 0));
    assert_eq!(counters(&mut host), Counters::default());
}

proptest! {
    #[test]
    fn the_first_whole_frame_after_garbage_is_executed(
        garbage in prop::collection::vec(any::<u8>(), 0..600),
        cut in 0..20_usize,
    ) {
        let mut host = Host::loaded();
        let good = wire(host.sequence, &Command::Tick(vec![0]));
        let mut stream = good[..cut.min(good.len() / 2)].to_vec();
        stream.extend(garbage);
        stream.push(DELIMITER);
        stream.extend(&good);
        let answers = host.answers(&stream);
        let (last, refusals) = answers.split_last().unwrap();
        prop_assert_eq!(last.0, host.sequence);
        prop_assert_eq!(tick_of(&last.1), 0);
        for refusal in refusals {
            prop_assert_eq!(refusal, &nack(BAD_FRAME, host.sequence));
        }
    }

    #[test]
    fn no_tick_is_lost_or_run_twice_by_a_host_that_goes_back(
        faults in prop::collection::vec(0..4_u8, 1..120),
    ) {
        let mut host = Host::loaded();
        for (tick, fault) in faults.into_iter().enumerate() {
            let command = Command::Tick(vec![tick as u16 % 200]);
            let frame = wire(host.sequence, &command);
            let mut answers = Vec::new();
            match fault {
                0 => {}
                1 => answers.extend(host.answers(&frame)),
                2 => drop(host.answers(&wire(host.sequence.wrapping_add(1), &command))),
                _ => drop(host.answers(&[&frame[1..], &frame[..3], &[DELIMITER]].concat())),
            }
            answers.extend(host.answers(&frame));
            for (sequence, answer) in answers {
                prop_assert_eq!((sequence, tick_of(&answer)), (host.sequence, tick as u32));
            }
            host.sequence = host.sequence.wrapping_add(1);
        }
    }
}
