//! A conversation with the board over its pins, in rust-hdl's own simulation, against the model of the board.

use std::io::{ErrorKind, Read, Write};

use hdl::board::{Board, BoardSettings};
use hdl::technology::Technology;
use hdl::testbench::{connected, cycle, settle};
use model::ModelBoard;
use model::network::{Network, NetworkSynapse};
use spec::core::CoreConfiguration;
use spec::image::{Neuron, SectionKind};
use spec::lif::{NeuronParameters, ResetMode};
use spec::wire::{Answer, Command, Frame, FrameReader, LOAD_MAX_BYTES};

const CORE: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 8,
    channels: 8,
    synapse_words_per_lane: 64,
    readouts: 4,
    replay_frames: 4,
};
const CLOCKS_PER_BIT: u16 = 4;
const SETTINGS: BoardSettings =
    BoardSettings { core: CORE, technology: Technology::Ecp5, clock_hz: 0, clocks_per_bit: CLOCKS_PER_BIT };

/// The board and a serial adapter.
struct Simulated {
    board: Board,
    receiving: Vec<bool>,
    quiet: u32,
}

impl Simulated {
    fn new() -> Self {
        let mut board = connected(Board::new(&SETTINGS));
        board.rx.next = true;
        settle(&mut board);
        Self { board, receiving: Vec::new(), quiet: 0 }
    }

    fn clock(&mut self, received: &mut Vec<u8>) {
        cycle(&mut self.board, |board| &mut board.clock);
        let level = self.board.tx.val();
        if level && self.receiving.is_empty() {
            self.quiet += 1;
            return;
        }
        self.quiet = 0;
        self.receiving.push(level);
        if self.receiving.len() == 10 * usize::from(CLOCKS_PER_BIT) {
            let bit = |index: usize| u8::from(self.receiving[usize::from(CLOCKS_PER_BIT) * index + 2]);
            received.push((1..9).map(|index| bit(index) << (index - 1)).sum());
            self.receiving.clear();
        }
    }

    /// Sends bytes, and waits until the board has been silent for a while.
    fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut received = Vec::new();
        for byte in bytes {
            let levels = std::iter::once(false).chain((0..8).map(|bit| byte >> bit & 1 == 1)).chain([true]);
            for level in levels {
                self.board.rx.next = level;
                for _ in 0..CLOCKS_PER_BIT {
                    self.clock(&mut received);
                }
            }
        }
        self.quiet = 0;
        while self.quiet < 700 {
            self.clock(&mut received);
        }
        received
    }
}

fn model_exchange(model: &mut ModelBoard, bytes: &[u8]) -> Vec<u8> {
    model.write_all(bytes).unwrap();
    let mut received = Vec::new();
    let mut buffer = [0; 300];
    loop {
        match model.read(&mut buffer) {
            Ok(n_bytes) => received.extend(&buffer[..n_bytes]),
            Err(error) if error.kind() == ErrorKind::TimedOut => return received,
            Err(error) => panic!("{error}"),
        }
    }
}

fn network() -> Network {
    let parameters = NeuronParameters {
        synaptic_decay: 8000,
        membrane_decay: 15000,
        adaptation_decay: 16000,
        threshold: 30,
        adaptation_increment: 4,
        bias: 1,
        refractory_ticks: 1,
        reset_mode: ResetMode::Subtract,
        never_fires: false,
    };
    let silent = NeuronParameters { never_fires: true, ..parameters };
    let neurons = (0..7)
        .map(|id| Neuron {
            parameters: if id < 3 { silent } else { parameters },
            readout: (id < 3).then_some(id as u8),
        })
        .collect();
    let synapses = (0..13)
        .flat_map(|row| (0..7).map(move |post| (row, post)))
        .filter(|(row, post)| (row * 3 + post * 5) % 4 != 0)
        .map(|(row, post)| NetworkSynapse { row, post_neuron: post, weight: ((row * 31 + post * 17) % 90) as i8 - 30 })
        .collect();
    Network { n_channels: 6, neurons, synapses }
}

fn frame(number: u8, command: &Command) -> Vec<u8> {
    Frame { sequence: number, opcode: command.opcode(), payload: command.payload() }.to_wire()
}

fn said(bytes: &[u8]) -> Vec<String> {
    let mut reader = FrameReader::default();
    let frames = bytes.iter().filter_map(|byte| reader.push(*byte));
    frames
        .map(|frame| match frame {
            Ok(frame) => format!("{} {:?}", frame.sequence, Answer::from_frame(&frame)),
            Err(error) => format!("{error}"),
        })
        .collect()
}

#[test]
fn every_command_is_answered_as_the_model_answers_it() {
    let image = network().lay_out(CORE.lanes).encode().unwrap();
    let mut commands = vec![
        Command::Status,
        Command::HELLO,
        Command::Tick(vec![]),
        Command::Restart,
        Command::Read { section: SectionKind::Rows, lane: 0, address: 0, n_words: 3 },
        Command::Load { offset: 3, bytes: vec![1, 2] },
    ];
    commands.extend(
        image
            .chunks(LOAD_MAX_BYTES)
            .enumerate()
            .map(|(index, bytes)| Command::Load { offset: (index * LOAD_MAX_BYTES) as u32, bytes: bytes.to_vec() }),
    );
    for section in SectionKind::ALL {
        for lane in 0..3 {
            commands.push(Command::Verify { section, lane });
            commands.push(Command::Read { section, lane, address: 1, n_words: 5 });
            commands.push(Command::Read { section, lane, address: 60, n_words: 9 });
        }
    }
    for tick in 0..8_u16 {
        let channels: Vec<u16> = (0..6).filter(|channel| (channel + tick) % 3 != 0).collect();
        commands.push(Command::Events(channels[..1].to_vec()));
        commands.push(Command::Tick(channels[1..].to_vec()));
    }
    commands.extend([
        Command::Events(vec![2, 1]),
        Command::Events(vec![6]),
        Command::Events(vec![1]),
        Command::Tick(vec![1]),
        Command::Restart,
        Command::Tick(vec![0, 5]),
        Command::Hello { version: 9 },
        Command::Load { offset: 0, bytes: image[..100].to_vec() },
        Command::Tick(vec![]),
        Command::Load { offset: 100, bytes: vec![0; 60] },
    ]);

    let mut simulated = Simulated::new();
    let mut model = ModelBoard::new(CORE);
    let mut number = 250_u8;
    for command in commands {
        let bytes = frame(number, &command);
        let (found, expected) = (simulated.exchange(&bytes), model_exchange(&mut model, &bytes));
        assert_eq!(said(&found), said(&expected), "{command:?}");
        let refused_hello = matches!(command, Command::Hello { version: 9 });
        if !refused_hello && number != 250 || command == Command::HELLO {
            number = number.wrapping_add(1);
        }
    }
    for (offset, damage) in [(1_u8, false), (3, false), (9, false), (0, true)] {
        let mut bytes = frame(number.wrapping_sub(offset), &Command::Restart);
        if damage {
            bytes[3] ^= 4;
        }
        let (found, expected) = (simulated.exchange(&bytes), model_exchange(&mut model, &bytes));
        assert_eq!(said(&found), said(&expected), "{offset} {damage}");
    }
    let bytes = frame(number, &Command::Status);
    let ignoring_cycles = |bytes: &[u8]| -> Vec<String> {
        said(bytes).iter().map(|line| line.split(", tick_cycles").next().unwrap().to_owned()).collect()
    };
    let (found, expected) = (simulated.exchange(&bytes), model_exchange(&mut model, &bytes));
    assert_eq!(ignoring_cycles(&found), ignoring_cycles(&expected));
    println!("{:?}", said(&found));
}
