//! Random conversations: the simulated board answers like the model.

use crate::board_support::{Conversation, frame, full_image, small_image};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use spec::wire::{Command, Frame, opcode};

#[derive(Clone, Debug)]
enum Step {
    /// An image with a few faults, possibly truncated.
    Load {
        full: bool,
        chunk_bytes: usize,
        faults: Vec<(usize, u8)>,
        keep: usize,
    },
    /// A frame with the next number.
    Raw(u8, Vec<u8>),
    Command(Command),
    /// Two frames back to back.
    Together(Command, Command),
    /// A frame with another number.
    Numbered(u8, Command),
    Damaged(Command, usize, u8),
}

fn channels() -> impl Strategy<Value = Vec<u16>> {
    prop_oneof![
        4 => vec(0..5_u16, 0..4).prop_map(|mut channels| { channels.sort_unstable(); channels.dedup(); channels }),
        2 => vec(0..64_u16, 0..64).prop_map(|mut channels| { channels.sort_unstable(); channels.dedup(); channels }),
        1 => vec(prop_oneof![0..70_u16, any::<u16>()], 0..5),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => Just(Command::Status),
        1 => Just(Command::Restart),
        1 => Just(Command::HELLO),
        3 => channels().prop_map(Command::Events),
        6 => channels().prop_map(Command::Tick),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let fault = (0..2500_usize, any::<u8>());
    prop_oneof![
        3 => (any::<bool>(), 1..250_usize, vec(fault, 0..2), prop_oneof![Just(9999), 0..2000_usize])
            .prop_map(|(full, chunk_bytes, faults, keep)| Step::Load { full, chunk_bytes, faults, keep }),
        8 => command().prop_map(Step::Command),
        3 => (0..5_u8, 0..3_u8, prop_oneof![0..20_u16, 0..600_u16, any::<u16>()], 0..130_u8).prop_map(
            |(section, lane, address, n_words)| {
                let [low, high] = address.to_le_bytes();
                Step::Raw(opcode::READ, vec![section, lane, low, high, n_words])
            }),
        2 => (0..5_u8, 0..3_u8).prop_map(|(section, lane)| Step::Raw(opcode::VERIFY, vec![section, lane])),
        2 => (prop_oneof![0..10_u8, any::<u8>()], vec(any::<u8>(), 0..9)).prop_map(|(op, bytes)| Step::Raw(op, bytes)),
        1 => (any::<u32>(), vec(any::<u8>(), 0..9)).prop_map(|(offset, bytes)|
            Step::Command(Command::Load { offset: offset >> (offset % 32), bytes })),
        3 => (command(), command()).prop_map(|(one, two)| Step::Together(one, two)),
        3 => (prop_oneof![250..=255_u8, 1..4_u8, any::<u8>()], command()).prop_map(|(by, c)| Step::Numbered(by, c)),
        1 => (command(), any::<usize>(), 1..=255_u8).prop_map(|(c, at, fault)| Step::Damaged(c, at, fault)),
    ]
}

fn take(conversation: &mut Conversation, step: Step) {
    match step {
        Step::Load { full, chunk_bytes, faults, keep } => {
            let core = conversation.core;
            let mut image = if full { full_image(&core) } else { small_image(&core) };
            for (at, fault) in faults {
                let length = image.len();
                image[at % length] ^= fault;
            }
            image.truncate(keep.max(1));
            if conversation.synchronized {
                conversation.load(&image, if full { chunk_bytes.max(100) } else { chunk_bytes });
            }
        }
        Step::Raw(opcode, payload) => drop(conversation.raw(opcode, &payload)),
        Step::Command(command) => drop(conversation.raw(command.opcode(), &command.payload())),
        Step::Together(one, two) => {
            let mut bytes = Vec::new();
            for command in [one, two] {
                bytes.extend(frame(conversation.next, &command));
                conversation.count(command.opcode(), &command.payload());
            }
            conversation.bytes(&bytes);
        }
        Step::Numbered(by, command) if command != Command::HELLO => {
            let sequence = conversation.next.wrapping_add(by);
            let is_next = by == 0;
            let bytes = Frame { sequence, opcode: command.opcode(), payload: command.payload() }.to_wire();
            if is_next {
                conversation.count(command.opcode(), &command.payload());
            }
            conversation.bytes(&bytes);
        }
        Step::Numbered(..) => {}
        Step::Damaged(command, at, fault) => {
            let mut bytes = frame(conversation.next, &command);
            let at = at % (bytes.len() - 1);
            bytes[at] = if bytes[at] == fault { fault ^ 0xff | 1 } else { bytes[at] ^ fault };
            conversation.bytes(&bytes);
        }
    }
}

#[test]
fn random_conversations_agree_with_the_model() {
    agree(80);
}

mod verify {
    #[test]
    fn many_random_conversations_agree_with_the_model() {
        super::agree(300);
    }
}

/// So many conversations, the first ones the same.
fn agree(n_cases: u32) {
    let config = Config { cases: n_cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let steps = (any::<bool>(), any::<u8>(), vec(step(), 1..30));
    let result = runner.run(&steps, |(begins, number, steps)| {
        let mut conversation = Conversation::new();
        conversation.may_overrun = true;
        conversation.next = number;
        if begins {
            conversation.command(&Command::HELLO);
        }
        steps.into_iter().for_each(|step| take(&mut conversation, step));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
