//! A memory that changes while a session runs is found, repaired and said.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use host::link::Patience;
use host::port::SIMULATION_PATIENCE;
use host::session::Session;
use model::ModelBoard;
use serde_json::json;
use spec::core::{ECP5_25F, GOWIN};
use spec::image::{NetworkImage, SectionKind};
use spec::wire::{Answer, Command, Frame, FrameReader, LOAD_MAX_BYTES, opcode};

use super::feed::{live, rows_of_trials};
use crate::link::{CORE, image_bytes, run, windows};
use crate::support::{Device, short, trained};

/// The image with one word of a memory changed, and a valid checksum; none if every such change is no image.
fn flipped(image: &[u8], section: SectionKind) -> Option<Vec<u8>> {
    let image = NetworkImage::decode(image).unwrap();
    let n_rows = image.lanes[0].row_ptr.len();
    let changed = |place: usize| {
        let mut image = image.clone();
        match section {
            SectionKind::Neurons => image.neurons[0].parameters.bias ^= 1,
            // A synapse moves to the row before or after.
            SectionKind::Rows => image.lanes[0].row_ptr[place] ^= 1,
            SectionKind::Synapses => image.lanes[0].synapses[place].weight ^= 1,
        }
        image.encode().ok()
    };
    (1..n_rows - 1).find_map(changed)
}

fn loads(image: &[u8]) -> Vec<Command> {
    let chunks = image.chunks(LOAD_MAX_BYTES).enumerate();
    chunks
        .map(|(index, bytes)| Command::Load { offset: (index * LOAD_MAX_BYTES) as u32, bytes: bytes.to_vec() })
        .collect()
}

#[test]
fn a_changed_word_of_any_memory_is_found_and_repaired_on_model_and_simulated_board() {
    let simulated = host::simulation::board(GOWIN.configuration).unwrap();
    let small = std::fs::read(&short().image).unwrap();
    let ticks: Vec<Vec<u16>> = (0..10).map(|tick| vec![tick, tick + 10]).collect();
    let mut changed =
        found_and_repaired(Session::open(simulated, SIMULATION_PATIENCE, &small, 1).unwrap(), &small, &ticks);
    let image = image_bytes();
    let model = Session::open(ModelBoard::new(CORE), Patience::default(), &image, 4).unwrap();
    changed.extend(found_and_repaired(model, &image, &windows(3, 1)[0]));
    assert!(SectionKind::ALL.iter().all(|section| changed.contains(section)), "{changed:?}");
}

/// The memories that were changed.
fn found_and_repaired<P: Read + Write>(mut session: Session<P>, image: &[u8], ticks: &[Vec<u16>]) -> Vec<SectionKind> {
    let mut changed = Vec::new();
    let expected = run(&mut session, ticks);
    for section in SectionKind::ALL {
        assert_eq!(session.check_memories().unwrap(), []);
        let Some(other) = flipped(image, section) else { continue };
        session.link_mut().run(loads(&other), |_| {}).unwrap();
        let begin = std::time::Instant::now();
        assert_eq!(session.check_memories().unwrap(), [(section, 0)]);
        println!("a check took {:?}", begin.elapsed());
        session.load_again().unwrap();
        assert_eq!(run(&mut session, ticks), expected);
        changed.push(section);
    }
    changed
}

/// A board into which another image finds its way between two windows.
struct Changing {
    board: ModelBoard,
    reader: FrameReader,
    n_restarts: u32,
    /// The restart before which it happens, and the image.
    changes: VecDeque<(u32, Vec<u8>)>,
}

impl Changing {
    /// Loads an image by frames of its own, numbered so that the board then expects this number.
    fn load(&mut self, image: &[u8], next: u8) {
        let commands = [vec![Command::HELLO], loads(image)].concat();
        let n_frames = commands.len() as u8;
        for (number, command) in commands.iter().enumerate() {
            let sequence = next.wrapping_sub(n_frames).wrapping_add(number as u8);
            let frame = Frame { sequence, opcode: command.opcode(), payload: command.payload() };
            self.board.write_all(&frame.to_wire()).unwrap();
            let (mut buffer, mut reader) = ([0; 512], FrameReader::default());
            let n_bytes = self.board.read(&mut buffer).unwrap();
            let answers = buffer[..n_bytes].iter().filter_map(|byte| reader.push(*byte)?.ok());
            assert!(answers.filter_map(|answer| Answer::from_frame(&answer)).all(|answer| answer.answers(command)));
        }
    }
}

impl Write for Changing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let frames: Vec<Frame> = bytes.iter().filter_map(|byte| self.reader.push(*byte)?.ok()).collect();
        for frame in frames.iter().filter(|frame| frame.opcode == opcode::RESTART) {
            self.n_restarts += 1;
            if self.changes.front().is_some_and(|(at, _)| *at == self.n_restarts)
                && let Some((_, image)) = self.changes.pop_front()
            {
                self.load(&image, frame.sequence);
            }
        }
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Changing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.board.read(buffer).map_err(|_| ErrorKind::TimedOut.into())
    }
}

#[test]
fn a_session_says_which_windows_are_in_doubt_and_goes_on_with_a_repaired_network() {
    let (recording, image) = (&trained().recording, &trained().image);
    let bytes = std::fs::read(image).unwrap();
    let change = |section| flipped(&bytes, section).unwrap();
    let changes = [(3, change(SectionKind::Synapses)), (6, change(SectionKind::Rows))].into();
    let board = ModelBoard::new(ECP5_25F.configuration);
    let device = Device::with_port(Changing { board, reader: FrameReader::default(), n_restarts: 0, changes });
    let text = rows_of_trials(recording, image, 8);
    let printed = live(image, &["--board", device.name(), "--check-s", "0"], &text);
    let checks = printed.of_kind("live_check");
    assert_eq!(checks.len(), 2, "{}", printed.message);
    for (check, memory) in checks.into_iter().zip(["synapses", "rows"]) {
        assert_eq!(check["damaged"], json!([{ "memory": memory, "lane": 0 }]));
        assert!(!check["doubtful_windows"].as_array().unwrap().is_empty());
    }
    let doubtful = &printed.summary["checks"]["doubtful_windows"];
    let doubtful: Vec<u64> = doubtful.as_array().unwrap().iter().map(|window| window.as_u64().unwrap()).collect();
    // The third and the sixth window ran on a changed network.
    assert!(doubtful.contains(&2) && doubtful.contains(&5), "{doubtful:?}");
    // The others are right.
    let scores = |printed: &super::feed::Printed, window: u64| {
        let decision = printed.of_kind("live_decision").into_iter().find(|line| line["window"] == window);
        decision.unwrap()["scores"].clone()
    };
    let clean = live(image, &[], &text);
    for window in (0..8).filter(|window| !doubtful.contains(window)) {
        assert_eq!(scores(&printed, window), scores(&clean, window), "{window}");
    }
}
