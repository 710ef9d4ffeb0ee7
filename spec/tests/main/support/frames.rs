//! Frames: every command, every answer, every error and refusal, and the edges of length and stuffing.

use std::fmt::{Debug, Write};

use super::hex;
use spec::core::ECP5_25F;
use spec::image::SectionKind;
use spec::wire::{
    Answer, Command, Counters, EVENTS_MAX, ErrorCode, Frame, HelloAnswer, LOAD_MAX_BYTES, NackReason, READ_MAX_WORDS,
    TickAnswer,
};

pub fn write(text: &mut String) {
    text.push_str("\n# Frames\n# frame sequence opcode payload -> wire\n");
    let numbers = (0..=u8::MAX).cycle();
    for (sequence, command) in numbers.zip(commands()) {
        let frame = Frame { sequence, opcode: command.opcode(), payload: command.payload() };
        line(text, &command, &frame);
    }
    for (sequence, answer) in (200..=u8::MAX).chain(0..100).zip(answers()) {
        line(text, &answer, &answer.to_frame(sequence));
    }
}

fn line(text: &mut String, meaning: &dyn Debug, frame: &Frame) {
    let Frame { sequence, opcode, payload } = frame;
    let _ = writeln!(text, "\n# {}", meaning_text(meaning));
    let _ = writeln!(text, "frame {sequence} {opcode:02x} {} -> {}", hex(payload), hex(&frame.to_wire()));
}

/// The frame in words; long lists are cut, the payload has them.
fn meaning_text(meaning: &dyn Debug) -> String {
    let whole = format!("{meaning:?}");
    let shown: String = whole.chars().take(200).collect();
    if shown == whole { whole } else { format!("{shown} …") }
}

fn commands() -> Vec<Command> {
    let section = SectionKind::Synapses;
    vec![
        Command::HELLO,
        Command::Hello { version: 0 },
        Command::Load { offset: 0, bytes: b"MSRN\x01\x00".to_vec() },
        Command::Load { offset: 0x0102_0304, bytes: vec![0; LOAD_MAX_BYTES] },
        Command::Load { offset: u32::MAX, bytes: (0..LOAD_MAX_BYTES).map(|byte| byte as u8 | 1).collect() },
        Command::Read { section: SectionKind::Neurons, lane: 0, address: 0, n_words: 1 },
        Command::Read { section, lane: 7, address: 0xfedc, n_words: READ_MAX_WORDS as u8 },
        Command::Verify { section: SectionKind::Rows, lane: 3 },
        Command::Restart,
        Command::Events(vec![0]),
        Command::Events((0..EVENTS_MAX as u16).map(|channel| 8 * channel).collect()),
        Command::Tick(vec![]),
        Command::Tick(vec![0, 1, 255, 256, 1023]),
        Command::Tick((0x0101..).take(EVENTS_MAX).collect()),
        Command::Status,
    ]
}

fn answers() -> Vec<Answer> {
    let hello =
        HelloAnswer { version: 1, core: ECP5_25F.configuration, clock_hz: 25_000_000, image_crc32: 0xdead_beef };
    let tick = TickAnswer {
        tick: 0x0001_0000,
        class: 2,
        tick_overrun: false,
        n_spikes: 300,
        scores: vec![-1, 0, i16::MAX, i16::MIN],
    };
    let counters = Counters {
        ticks: 1,
        events: 0x100,
        spikes: 0x1_0000,
        synaptic_events: u32::MAX,
        tick_cycles: 5,
        tick_overruns: 6,
        bad_frames: 7,
        out_of_sequence: 8,
        dropped_frames: 9,
    };
    let mut answers = vec![
        Answer::Hello(hello),
        Answer::Hello(HelloAnswer { clock_hz: 0, image_crc32: 0, ..hello }),
        Answer::Load { next_offset: LOAD_MAX_BYTES as u32 },
        Answer::Read(vec![0x0102, 0xffff, 0]),
        Answer::Read((0..READ_MAX_WORDS as u16).collect()),
        Answer::Verify { n_words: 65_535, crc32: 0xcbf4_3926 },
        Answer::Restart,
        Answer::Events { n_pending: 0x0201 },
        Answer::Tick(tick.clone()),
        Answer::Tick(TickAnswer { tick_overrun: true, scores: vec![7; 64], ..tick }),
        Answer::Status(counters),
    ];
    let codes = (0..=u8::MAX).filter_map(ErrorCode::from_number);
    answers.extend(codes.map(|code| Answer::Error { code, detail: 0x0100 + code as u32 }));
    let reasons = (0..=u8::MAX).filter_map(NackReason::from_number);
    answers.extend(reasons.map(|reason| Answer::Nack { reason, expected_sequence: 0x10 + reason as u8 }));
    answers
}
