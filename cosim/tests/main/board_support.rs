//! A conversation with the simulated small board and the reference model of it.

use std::io::{ErrorKind, Read, Write};

use cosim::{Faults, FaultyWire, SerialPins, Simulator, model::BoardSmall};
use model::ModelBoard;
use model::network::{Network, NetworkSynapse};
use spec::core::CoreConfiguration;
use spec::image::Neuron;
use spec::lif::{NeuronParameters, ResetMode};
use spec::wire::{Answer, Command, Frame, FrameReader, HelloAnswer, LOAD_MAX_BYTES, opcode};

/// The value that the model is built with.
const CYCLES_PER_BIT: f64 = 4.0;
/// Idle cycles until a read times out, which also wait for unexpected bytes.
const READ_CYCLES: u64 = 200;
/// Reads without a byte, together longer than the execution and answer of any command.
const SILENT_READS: u32 = 150;

/// The most unexpected bytes that are read.
const SURPLUS_BYTES: usize = 300;

/// The simulated board.
pub struct SimulatedBoard(cosim::SimulatedBoard<Box<dyn SerialPins>>);

impl SimulatedBoard {
    /// The small board.
    pub fn new() -> Self {
        Self(cosim::SimulatedBoard::new(Box::new(Simulator::<BoardSmall>::new()), CYCLES_PER_BIT, READ_CYCLES))
    }

    /// Sends bytes over a wire.
    fn send_over(&mut self, bytes: &[u8], faults: Faults) {
        self.0.set_wire_to_board(Some(FaultyWire::new(0, faults)));
        // Replacing the wire discards bytes that are not sent yet.
        self.0.write_all(bytes).and_then(|()| self.0.flush()).expect("a simulated line takes everything");
        self.0.set_wire_to_board(None);
    }

    /// Sends bytes at a baud rate relative to the line's.
    pub fn send(&mut self, bytes: &[u8], speed: f64) {
        self.send_over(bytes, Faults { speed, ..Faults::default() });
    }

    /// Sends bytes, one of them with a low stop bit.
    pub fn send_with_low_stop_bit(&mut self, bytes: &[u8], at: usize) {
        for (index, byte) in bytes.iter().enumerate() {
            let framing = if index == at { 1.0 } else { 0.0 };
            self.send_over(&[*byte], Faults { framing, ..Faults::default() });
        }
    }

    /// Sends bytes back to back, and reads the expected number of bytes and any more that come.
    pub fn exchange(&mut self, bytes: &[u8], n_expected: usize) -> Vec<u8> {
        self.0.write_all(bytes).expect("a simulated line takes everything");
        let (mut received, mut buffer) = (Vec::new(), [0; 300]);
        let mut n_silent = 0;
        while received.len() <= n_expected.max(SURPLUS_BYTES)
            && (n_silent == 0 || received.len() < n_expected && n_silent < SILENT_READS)
        {
            match self.0.read(&mut buffer) {
                Ok(n_bytes) => {
                    received.extend(&buffer[..n_bytes]);
                    n_silent = 0;
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => n_silent += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(self.0.n_framing_errors(), 0);
        received
    }

    /// Its answer to a hello.
    pub fn hello(&mut self) -> HelloAnswer {
        let received = self.exchange(&frame(0, &Command::HELLO), 26);
        match frames(&received).first().and_then(|frame| Answer::from_frame(frame.as_ref().ok()?)) {
            Some(Answer::Hello(hello)) => hello,
            other => panic!("{other:?}"),
        }
    }
}

/// Both boards, and the sequence number of the next frame.
pub struct Conversation {
    pub simulated: SimulatedBoard,
    pub model: ModelBoard,
    pub core: CoreConfiguration,
    pub next: u8,
    pub synchronized: bool,
    /// Frames are sent while others are executed: ticks may overrun, which the model does not know.
    pub may_overrun: bool,
}

impl Conversation {
    /// With the small board, before the first hello.
    pub fn new() -> Self {
        Self::with(SimulatedBoard::new().hello().core, SimulatedBoard::new())
    }

    /// With the first board with this core, after a hello.
    pub fn with_core(core: CoreConfiguration) -> Self {
        let simulated = cosim::SimulatedBoard::of(core).expect("there is a model of a board with the core");
        let mut conversation = Self::with(core, SimulatedBoard(simulated));
        conversation.command(&Command::HELLO);
        conversation
    }

    fn with(core: CoreConfiguration, simulated: SimulatedBoard) -> Self {
        Self { simulated, model: ModelBoard::new(core), core, next: 0, synchronized: false, may_overrun: false }
    }

    /// After a hello.
    pub fn begun() -> Self {
        let mut conversation = Self::new();
        conversation.command(&Command::HELLO);
        conversation
    }

    /// Sends bytes to both and compares their answers.
    pub fn bytes(&mut self, bytes: &[u8]) -> Vec<Answer> {
        self.model.write_all(bytes).expect("the model takes everything");
        let expected = read_all(&mut self.model);
        let found = self.simulated.exchange(bytes, expected.len());
        let (found, expected) = (frames(&found), frames(&expected));
        let comparable = |frames: &[_]| -> Vec<Frame> { frames.iter().map(|frame| self.comparable(frame)).collect() };
        let (actual, wanted) = (comparable(&found), comparable(&expected));
        assert!(actual == wanted, "found {}\nexpected {}", listed(&actual), listed(&wanted));
        found.iter().filter_map(|frame| Answer::from_frame(frame.as_ref().ok()?)).collect()
    }

    /// Sends a frame with the next sequence number.
    pub fn raw(&mut self, opcode: u8, payload: &[u8]) -> Vec<Answer> {
        let bytes = Frame { sequence: self.next, opcode, payload: payload.to_vec() }.to_wire();
        self.count(opcode, payload);
        self.bytes(&bytes)
    }

    /// Advances the sequence number if the frame with it is executed.
    pub fn count(&mut self, opcode: u8, payload: &[u8]) {
        let is_good_hello = opcode == opcode::HELLO && payload == Command::HELLO.payload();
        self.synchronized |= is_good_hello;
        if is_good_hello || (self.synchronized && opcode != opcode::HELLO) {
            self.next = self.next.wrapping_add(1);
        }
    }

    /// Sends a command with the next sequence number; returns its answer.
    pub fn command(&mut self, command: &Command) -> Answer {
        self.raw(command.opcode(), &command.payload()).pop().expect("an answer that can be read")
    }

    /// Sends an image until it is complete or refused; returns the last answer.
    pub fn load(&mut self, image: &[u8], chunk_bytes: usize) -> Answer {
        let mut last = None;
        for (index, bytes) in image.chunks(chunk_bytes.min(LOAD_MAX_BYTES)).enumerate() {
            let offset = (index * chunk_bytes.min(LOAD_MAX_BYTES)) as u32;
            let answer = self.command(&Command::Load { offset, bytes: bytes.to_vec() });
            let is_refused = matches!(answer, Answer::Error { .. });
            last = Some(answer);
            if is_refused {
                break;
            }
        }
        last.expect("an image has bytes")
    }

    /// The frame without what the model cannot know.
    fn comparable(&self, frame: &Result<Frame, String>) -> Frame {
        let frame = frame.as_ref().unwrap_or_else(|error| panic!("{error}"));
        let sequence = frame.sequence;
        match Answer::from_frame(frame) {
            Some(Answer::Hello(hello)) => Answer::Hello(HelloAnswer { clock_hz: 0, ..hello }).to_frame(sequence),
            Some(Answer::Status(mut counters)) => {
                counters.tick_cycles = 0;
                if self.may_overrun {
                    counters.tick_overruns = 0;
                }
                Answer::Status(counters).to_frame(sequence)
            }
            Some(Answer::Tick(mut tick)) => {
                tick.tick_overrun &= !self.may_overrun;
                Answer::Tick(tick).to_frame(sequence)
            }
            _ => frame.clone(),
        }
    }
}

fn listed(frames: &[Frame]) -> String {
    frames.iter().map(|frame| format!("\n  {} {:?}: {frame:?}", frame.sequence, Answer::from_frame(frame))).collect()
}

fn read_all(model: &mut ModelBoard) -> Vec<u8> {
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

/// The frames of received bytes; every byte must belong to one.
pub fn frames(bytes: &[u8]) -> Vec<Result<Frame, String>> {
    let mut reader = FrameReader::default();
    let frames: Vec<_> = bytes.iter().filter_map(|byte| reader.push(*byte)).collect();
    let again: Vec<u8> = frames.iter().flatten().flat_map(Frame::to_wire).collect();
    assert!(frames.iter().any(Result::is_err) || again == bytes, "{bytes:?} instead of {again:?}");
    frames.into_iter().map(|frame| frame.map_err(|error| error.to_string())).collect()
}

/// The answers in received bytes, which must all be good frames.
pub fn answers(bytes: &[u8]) -> Vec<Answer> {
    frames(bytes).into_iter().map(|frame| Answer::from_frame(&frame.unwrap()).unwrap()).collect()
}

/// A command on the wire.
pub fn frame(sequence: u8, command: &Command) -> Vec<u8> {
    Frame { sequence, opcode: command.opcode(), payload: command.payload() }.to_wire()
}

/// An image with as many neurons as a core has, all but one of which fire in every tick, fully connected.
pub fn restless_image(core: &CoreConfiguration) -> Vec<u8> {
    let mut network = network(16, core.neurons() as u16, 1, (1, 1));
    network.synapses.retain(|synapse| synapse.row >= network.n_channels);
    for neuron in &mut network.neurons {
        neuron.parameters.bias = 20_000;
        neuron.parameters.refractory_ticks = 0;
    }
    network.lay_out(core.lanes).encode().expect("valid")
}

/// An image whose channels have so many synapses that events arrive faster than they are delivered.
pub fn crowded_image(core: &CoreConfiguration, n_channels: u16) -> Vec<u8> {
    network(n_channels, 24, 2, (1, 1)).lay_out(core.lanes).encode().expect("valid")
}

/// A network that spikes, with `keep.0` of every `keep.1` possible synapses.
fn network(n_channels: u16, n_neurons: u16, n_readouts: u8, keep: (u16, u16)) -> Network {
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
    let is_readout = |id: u16| id < u16::from(n_readouts);
    let neurons = (0..n_neurons)
        .map(|id| Neuron {
            parameters: if is_readout(id) { silent } else { parameters },
            readout: is_readout(id).then_some(id as u8),
        })
        .collect();
    let synapses = (0..n_channels + n_neurons)
        .flat_map(|row| (0..n_neurons).map(move |post| (row, post)))
        .filter(|(row, post)| (row * 5 + post / 2) % keep.1 < keep.0)
        .map(|(row, post)| NetworkSynapse { row, post_neuron: post, weight: ((row * 31 + post * 17) % 90) as i8 - 30 })
        .collect();
    Network { n_channels, neurons, synapses }
}

/// A small image for a core.
pub fn small_image(core: &CoreConfiguration) -> Vec<u8> {
    network(5, 7, 2, (3, 4)).lay_out(core.lanes).encode().expect("valid")
}

/// A small image without synapses: sections without words.
pub fn unconnected_image(core: &CoreConfiguration) -> Vec<u8> {
    network(5, 7, 2, (0, 1)).lay_out(core.lanes).encode().expect("valid")
}

/// An image that fills every memory of a core.
pub fn full_image(core: &CoreConfiguration) -> Vec<u8> {
    let mut network = network(core.channels, core.neurons() as u16, core.readouts, (7, 16));
    let lanes = u16::from(core.lanes);
    let mut left = vec![core.synapse_words_per_lane; core.lanes.into()];
    network.synapses.retain(|synapse| {
        let left = &mut left[usize::from(synapse.post_neuron % lanes)];
        let keeps = *left > 0;
        *left -= u16::from(keeps);
        keeps
    });
    assert!(left.iter().all(|left| *left == 0), "{left:?} synapses too few");
    network.lay_out(core.lanes).encode().expect("valid")
}
