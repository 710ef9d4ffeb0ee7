//! Every command and every error: the simulated board answers like the model.

use crate::board_support::{Conversation, answers, frame, full_image, small_image};
use spec::checksum::{CHECKSUM_BYTES, crc32};
use spec::image::{NetworkImage, SectionKind};
use spec::wire::{
    Answer, BODY_MAX_BYTES, Command, DELIMITER, EVENTS_MAX, ErrorCode, Frame, LOAD_MAX_BYTES, NackReason,
};
use spec::wire::{PAYLOAD_MAX_BYTES, READ_MAX_WORDS, opcode};

fn loaded() -> Conversation {
    let mut conversation = Conversation::begun();
    let image = small_image(&conversation.core);
    assert_eq!(conversation.load(&image, LOAD_MAX_BYTES), Answer::Load { next_offset: image.len() as u32 });
    conversation
}

#[test]
fn frames_before_the_first_hello_are_refused() {
    let mut conversation = Conversation::new();
    for number in [0, 1, 255] {
        conversation.next = number;
        assert_eq!(
            conversation.command(&Command::Status),
            Answer::Nack { reason: NackReason::NotSynchronized, expected_sequence: 0 }
        );
        conversation.command(&Command::Hello { version: 2 });
        conversation.raw(99, &[1, 2]);
    }
    conversation.next = 200;
    conversation.command(&Command::HELLO);
    conversation.command(&Command::Status);
}

#[test]
fn every_opcode_refuses_wrong_payload_lengths() {
    let mut conversation = loaded();
    for opcode in (0..=opcode::STATUS + 2).chain([0x7f, 0x80, 0x81, 0xfe, 0xff]) {
        for length in (0..12).chain([PAYLOAD_MAX_BYTES - 1, PAYLOAD_MAX_BYTES]) {
            let payload: Vec<u8> = (0..length).map(|at| [1, 0, 1, 0, 2][at % 5]).collect();
            conversation.raw(opcode, &payload);
        }
    }
}

#[test]
fn commands_that_need_a_network_are_refused_without_one_after_errors_of_form() {
    let mut conversation = Conversation::begun();
    for section in 0..5 {
        for lane in [0, 1, 2, 255] {
            conversation.raw(opcode::VERIFY, &[section, lane]);
            conversation.raw(opcode::READ, &[section, lane, 9, 2, 1]);
            conversation.raw(opcode::READ, &[section, lane, 9, 2, 0]);
        }
    }
    for command in [Command::Restart, Command::Events(vec![3]), Command::Tick(vec![70]), Command::Tick(vec![])] {
        assert_eq!(conversation.command(&command), Answer::Error { code: ErrorCode::NoImage, detail: 0 });
    }
    conversation.raw(opcode::TICK, &[1]);
    conversation.command(&Command::Load { offset: 7, bytes: vec![1] });
    conversation.command(&Command::Status);
}

#[test]
fn every_word_can_be_read_and_none_beyond() {
    let mut conversation = Conversation::begun();
    for image in [small_image(&conversation.core), full_image(&conversation.core)] {
        conversation.load(&image, LOAD_MAX_BYTES);
        let network = NetworkImage::decode(&image).unwrap();
        for section in 0..5 {
            for lane in 0..=conversation.core.lanes {
                conversation.raw(opcode::VERIFY, &[section, lane]);
                let kind = SectionKind::from_number(section).filter(|_| lane < conversation.core.lanes);
                let length = kind.map_or(3, |kind| network.section_words(kind, lane).len()) as u16;
                let mut asked = vec![(0xffff, 1), (0xffff, 124), (0xff00, 255), (0, 0), (length, 1), (length, 124)];
                for n_words in [1, 2, 3, READ_MAX_WORDS as u16] {
                    let last = length.saturating_sub(n_words);
                    asked.extend([
                        (0, n_words),
                        (last, n_words),
                        (last + 1, n_words),
                        (last.saturating_sub(1), n_words),
                    ]);
                }
                asked.extend([(0, READ_MAX_WORDS as u16 + 1), (0, 255), (length / 2, 7)]);
                for (address, n_words) in asked {
                    let [low, high] = address.to_le_bytes();
                    conversation.raw(opcode::READ, &[section, lane, low, high, n_words as u8]);
                }
            }
        }
    }
}

#[test]
fn events_are_taken_all_or_none_and_ascend_over_frames() {
    let mut conversation = loaded();
    let tick = |channels: &[u16]| Command::Tick(channels.to_vec());
    let events = |channels: &[u16]| Command::Events(channels.to_vec());
    for command in [
        events(&[]),
        events(&[0]),
        events(&[0]),
        events(&[1, 3]),
        events(&[3]),
        events(&[4, 2]),
        events(&[4, 4]),
        events(&[4, 5]),
        events(&[4, 256]),
        events(&[4, 260]),
        events(&[0xffff]),
        tick(&[2]),
        tick(&[4, 5]),
        tick(&[4]),
        tick(&[]),
        tick(&[0, 1, 2, 3, 4]),
        events(&[2]),
        Command::Restart,
        events(&[1]),
        tick(&[2]),
        tick(&[2, 1]),
        events(&[0, 1]),
        Command::HELLO,
        tick(&[4]),
        Command::Status,
    ] {
        conversation.command(&command);
    }
    conversation.raw(opcode::TICK, &[1, 0, 2]);
    conversation.command(&Command::Events((0..EVENTS_MAX as u16).collect()));
}

#[test]
fn ticks_of_a_full_core_agree_with_the_model() {
    let mut conversation = Conversation::begun();
    let image = full_image(&conversation.core);
    conversation.load(&image, LOAD_MAX_BYTES);
    let mut n_spikes = 0;
    for round in 0..40_u16 {
        let channels: Vec<u16> =
            (0..conversation.core.channels).filter(|channel| (channel * 7 + round * 5) % 11 < 3).collect();
        let (early, late) = channels.split_at(channels.len() / 2);
        conversation.command(&Command::Events(early.to_vec()));
        if let Answer::Tick(tick) = conversation.command(&Command::Tick(late.to_vec())) {
            n_spikes += tick.n_spikes;
        }
        if round == 20 {
            conversation.command(&Command::Restart);
        }
    }
    assert!(n_spikes > 100, "{n_spikes} spikes");
    conversation.command(&Command::Status);
}

#[test]
fn executed_frames_are_answered_again_and_others_refused() {
    let mut conversation = loaded();
    let image = small_image(&conversation.core);
    let replay_frames = conversation.core.replay_frames;
    let commands = [
        Command::Status,
        Command::Tick(vec![0, 2]),
        Command::Read { section: SectionKind::Rows, lane: 1, address: 0, n_words: 13 },
        Command::Tick(vec![9]),
        Command::Load { offset: 0, bytes: image[..9].to_vec() },
        Command::Load { offset: 1, bytes: image[9..80].to_vec() },
        Command::Status,
    ];
    for (index, command) in commands.iter().enumerate() {
        conversation.command(command);
        for age in (1..=replay_frames + 2).rev().chain([200]) {
            let number = conversation.next.wrapping_sub(age);
            conversation.bytes(&frame(number, &Command::Restart));
        }
        conversation.bytes(&frame(conversation.next.wrapping_add(index as u8 + 1), command));
    }
    conversation.command(&Command::HELLO);
    conversation.bytes(&frame(conversation.next.wrapping_sub(1), &Command::Status));
    conversation.command(&Command::Status);
}

#[test]
fn sequence_numbers_wrap() {
    let mut conversation = Conversation::new();
    conversation.next = 250;
    conversation.command(&Command::HELLO);
    for _ in 0..12 {
        conversation.command(&Command::Status);
        conversation.bytes(&frame(conversation.next.wrapping_sub(3), &Command::Status));
    }
}

#[test]
fn a_hello_of_another_version_changes_nothing() {
    let mut conversation = loaded();
    conversation.command(&Command::Events(vec![1]));
    for version in [0, 2, 255] {
        conversation.command(&Command::Hello { version });
    }
    conversation.raw(opcode::HELLO, &[1, 1]);
    conversation.raw(opcode::HELLO, &[]);
    conversation.bytes(&frame(77, &Command::Hello { version: 3 }));
    conversation.command(&Command::Tick(vec![2]));
    conversation.command(&Command::HELLO);
    conversation.command(&Command::Tick(vec![2]));
}

#[test]
fn bad_frames_are_refused_and_counted() {
    let mut conversation = loaded();
    let good = frame(conversation.next, &Command::Status);
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= if bad[at] == 4 { 8 } else { 4 };
        conversation.bytes(&bad);
    }
    conversation.bytes(&[1, 0]);
    conversation.bytes(&[0, 0, 0]);
    conversation.bytes(&[[7; 600].as_slice(), &[0]].concat());
    let unopened = Frame { sequence: conversation.next, opcode: opcode::STATUS, payload: vec![0; 5] };
    conversation.bytes(&unopened.to_wire());
    conversation.next = conversation.next.wrapping_add(1);
    conversation.command(&Command::Status);
}

#[test]
fn a_frame_that_is_too_long_is_refused_even_with_a_right_checksum() {
    let mut conversation = loaded();
    // One byte too many, and so many that an 8-bit count wraps.
    for n_bytes in [BODY_MAX_BYTES + 1, 256 + 2 + CHECKSUM_BYTES] {
        let mut body: Vec<u8> = (0..n_bytes - CHECKSUM_BYTES).map(|at| (at % 100) as u8).collect();
        body[..2].copy_from_slice(&[conversation.next, opcode::STATUS]);
        body.extend(crc32(&body).to_le_bytes());
        let blocks = body.split(|byte| *byte == 0);
        let mut bytes: Vec<u8> = blocks.flat_map(|block| [&[block.len() as u8 + 1], block].concat()).collect();
        bytes.push(DELIMITER);
        assert_eq!(
            conversation.bytes(&bytes),
            [Answer::Nack { reason: NackReason::BadFrame, expected_sequence: conversation.next }]
        );
    }
    conversation.command(&Command::Status);
}

#[test]
fn a_frame_with_a_low_stop_bit_is_refused_even_with_right_bits() {
    let mut conversation = loaded();
    let status = frame(conversation.next, &Command::Status);
    for at in 0..status.len() - 1 {
        conversation.simulated.send_with_low_stop_bit(&status, at);
        let received = answers(&conversation.simulated.exchange(&[], 11));
        let refusal = Answer::Nack { reason: NackReason::BadFrame, expected_sequence: conversation.next };
        assert_eq!(received, [refusal], "byte {at}");
    }
}

#[test]
fn a_third_frame_is_dropped_and_reported() {
    let mut conversation = Conversation::begun();
    let image = full_image(&conversation.core);
    conversation.load(&image, LOAD_MAX_BYTES);
    let slow = Command::Verify { section: SectionKind::Synapses, lane: 1 };
    let number = conversation.next;
    let bytes: Vec<u8> =
        [&slow, &Command::Status, &Command::Status].into_iter().zip(number..).flat_map(|(c, n)| frame(n, c)).collect();
    let received = answers(&conversation.simulated.exchange(&bytes, 13 + 45 + 11));
    let [Answer::Verify { n_words, .. }, Answer::Status(_), nack] = &received[..] else { panic!("{received:?}") };
    assert_eq!(*n_words, u32::from(conversation.core.synapse_words_per_lane));
    assert_eq!(*nack, Answer::Nack { reason: NackReason::Dropped, expected_sequence: number.wrapping_add(2) });
}

#[test]
fn a_tick_that_waited_for_the_previous_one_reports_an_overrun() {
    let mut conversation = Conversation::begun();
    let image = full_image(&conversation.core);
    conversation.load(&image, LOAD_MAX_BYTES);
    let number = conversation.next;
    let all = Command::Tick((0..conversation.core.channels).collect());
    let bytes = [frame(number, &all), frame(number.wrapping_add(1), &Command::Tick(vec![]))].concat();
    conversation.may_overrun = true;
    conversation.next = number.wrapping_add(2);
    let received = conversation.bytes(&bytes);
    let overrun: Vec<bool> =
        received.iter().map(|answer| matches!(answer, Answer::Tick(tick) if tick.tick_overrun)).collect();
    assert_eq!(overrun, [false, true]);
    let Answer::Status(counters) = conversation.command(&Command::Status) else { panic!("no status") };
    assert_eq!((counters.ticks, counters.tick_overruns, counters.dropped_frames), (2, 1, 0));
}
