//! Networks for tests, and a host that talks to a board frame by frame.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::io::{ErrorKind, Read, Write};

use model::ModelBoard;
use model::network::{Network, NetworkSynapse};
use proptest::prelude::*;
use spec::core::CoreConfiguration;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::Neuron;
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, ResetMode};
use spec::wire::{Answer, Command, Frame, FrameReader, LOAD_MAX_BYTES};

/// Room for every network of these tests on two lanes.
pub const CORE: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 16,
    channels: 200,
    synapse_words_per_lane: 256,
    readouts: 4,
    replay_frames: 4,
};

/// A delta synapse, a perfect integrator, threshold 10, reset to zero.
pub const PLAIN: NeuronParameters = NeuronParameters {
    synaptic_decay: 0,
    membrane_decay: DECAY_ONE_RAW,
    adaptation_decay: 0,
    threshold: 10,
    adaptation_increment: 0,
    bias: 0,
    refractory_ticks: 0,
    reset_mode: ResetMode::ToZero,
    never_fires: false,
};

pub fn neuron(parameters: NeuronParameters, readout: Option<u8>) -> Neuron {
    Neuron { parameters, readout }
}

pub fn synapse(row: u16, post_neuron: u16, weight: i8) -> NetworkSynapse {
    NetworkSynapse { row, post_neuron, weight }
}

/// 200 channels that drive neuron 0, which drives neurons 1 and 2, two integrating readouts.
pub fn chain() -> Network {
    let integrator = NeuronParameters { never_fires: true, ..PLAIN };
    let neurons = vec![neuron(PLAIN, None), neuron(integrator, Some(0)), neuron(integrator, Some(1))];
    let mut synapses: Vec<_> = (0..200).map(|channel| synapse(channel, 0, 10)).collect();
    synapses.extend([synapse(200, 1, 3), synapse(200, 2, 5)]);
    Network { n_channels: 200, neurons, synapses }
}

pub fn chain_image() -> Vec<u8> {
    chain().lay_out(CORE.lanes).encode().unwrap()
}

fn decay() -> impl Strategy<Value = u16> {
    prop_oneof![Just(0), Just(DECAY_ONE_RAW), 0..=DECAY_ONE_RAW]
}

pub fn parameters() -> impl Strategy<Value = NeuronParameters> {
    let decays = (decay(), decay(), decay());
    let levels = (
        prop_oneof![4 => 1..400_i16, 1 => 1..=i16::MAX],
        prop_oneof![Just(0), 0..300_i16, 0..=i16::MAX],
        prop_oneof![4 => -20..50_i16, 1 => any::<i16>()],
    );
    let options = (0..=MAX_REFRACTORY_TICKS, any::<bool>(), prop::bool::weighted(0.2));
    (decays, levels, options).prop_map(|(decays, levels, (refractory_ticks, subtract, never_fires))| NeuronParameters {
        synaptic_decay: decays.0,
        membrane_decay: decays.1,
        adaptation_decay: decays.2,
        threshold: levels.0,
        adaptation_increment: levels.1,
        bias: levels.2,
        refractory_ticks,
        reset_mode: if subtract { ResetMode::Subtract } else { ResetMode::ToZero },
        never_fires,
    })
}

/// Networks of 1 to 6 channels and 8 to 24 neurons, with self-loops, double synapses and empty rows.
pub fn networks() -> impl Strategy<Value = Network> {
    (1..=6_u16, prop::collection::vec(parameters(), 8..24), 1..=4_usize).prop_flat_map(
        |(n_channels, parameters, classes)| {
            let n_neurons = parameters.len() as u16;
            let synapse = (0..n_channels + n_neurons, 0..n_neurons, any::<i8>());
            let ids = Just((0..parameters.len()).collect::<Vec<_>>()).prop_shuffle();
            (prop::collection::vec(synapse, 0..200), ids).prop_map(move |(synapses, ids)| {
                let readout = |id| ids[..classes].iter().position(|readout| *readout == id).map(|class| class as u8);
                let neurons = parameters.iter().enumerate().map(|(id, parameters)| neuron(*parameters, readout(id)));
                let synapses = synapses.iter().map(|(row, post, weight)| self::synapse(*row, *post, *weight));
                Network { n_channels, neurons: neurons.collect(), synapses: synapses.collect() }
            })
        },
    )
}

/// Events of some ticks: for each a subset of the channels.
pub fn event_trains(n_channels: u16) -> impl Strategy<Value = Vec<Vec<u16>>> {
    prop::collection::vec(
        prop::sample::subsequence((0..n_channels).collect::<Vec<_>>(), 0..=usize::from(n_channels)),
        1..40,
    )
}

pub fn wire(sequence: u8, command: &Command) -> Vec<u8> {
    Frame { sequence, opcode: command.opcode(), payload: command.payload() }.to_wire()
}

/// A board and the number of the next frame.
pub struct Host {
    pub board: ModelBoard,
    pub sequence: u8,
}

impl Host {
    /// A board that has been greeted with frame 0.
    pub fn greeted(core: CoreConfiguration) -> Self {
        let mut host = Self { board: ModelBoard::new(core), sequence: 0 };
        assert!(matches!(host.call(Command::HELLO), Answer::Hello(_)));
        host
    }

    /// A board with the chain loaded.
    pub fn loaded() -> Self {
        let mut host = Self::greeted(CORE);
        assert!(matches!(host.load(&chain_image()), Answer::Load { .. }));
        host
    }

    /// Sends the next frame; its only answer must carry its number.
    pub fn call(&mut self, command: Command) -> Answer {
        let sent = self.sequence;
        self.sequence = sent.wrapping_add(1);
        let (sequence, answer) = self.only_answer(&wire(sent, &command));
        assert_eq!(sequence, sent);
        answer
    }

    /// Loads an image chunk by chunk; gives the last answer, or the first that is no progress.
    pub fn load(&mut self, image: &[u8]) -> Answer {
        let mut last = None;
        for (index, bytes) in image.chunks(LOAD_MAX_BYTES).enumerate() {
            let offset = (index * LOAD_MAX_BYTES) as u32;
            let next_offset = offset + bytes.len() as u32;
            let answer = self.call(Command::Load { offset, bytes: bytes.to_vec() });
            if answer != (Answer::Load { next_offset }) {
                return answer;
            }
            last = Some(answer);
        }
        last.expect("an image is not empty")
    }

    /// Sends bytes that get exactly one answer.
    pub fn only_answer(&mut self, bytes: &[u8]) -> (u8, Answer) {
        let answers = self.answers(bytes);
        let [answer] = &answers[..] else { panic!("answers: {answers:?}") };
        answer.clone()
    }

    /// Sends bytes and reads until the board is silent.
    pub fn answers(&mut self, bytes: &[u8]) -> Vec<(u8, Answer)> {
        self.board.write_all(bytes).unwrap();
        let mut reader = FrameReader::default();
        let mut answers = Vec::new();
        for byte in read_all(&mut self.board) {
            if let Some(frame) = reader.push(byte) {
                let frame = frame.expect("a board sends only frames");
                answers.push((frame.sequence, Answer::from_frame(&frame).expect("a board sends only answers")));
            }
        }
        answers
    }
}

pub fn read_all(board: &mut ModelBoard) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 100];
    loop {
        match board.read(&mut buffer) {
            Ok(n_bytes) => bytes.extend(&buffer[..n_bytes]),
            Err(error) if error.kind() == ErrorKind::TimedOut => return bytes,
            Err(error) => panic!("{error}"),
        }
    }
}
