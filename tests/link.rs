//! Link and session over a line that damages bytes, and with boards that restart, are silent or have another core.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use host::link::{Link, LinkError, Patience};
use host::session::{Session, SessionError};
use model::ModelBoard;
use model::network::{Network, NetworkSynapse};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::core::CoreConfiguration;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::Neuron;
use spec::lif::{NeuronParameters, ResetMode};
use spec::wire::{
    Answer, Command, EVENTS_MAX, ErrorCode, Frame, FrameReader, HelloAnswer, NackReason, PROTOCOL_VERSION, ROOM_FRAMES,
};

pub const CORE: CoreConfiguration = CoreConfiguration {
    lanes: 2,
    neurons_per_lane: 16,
    channels: MANY_CHANNELS,
    synapse_words_per_lane: 1024,
    readouts: 4,
    replay_frames: 4,
};
const N_CHANNELS: u16 = 40;
/// So many that all of them do not fit into two frames.
pub const MANY_CHANNELS: u16 = 300;
const N_TICKS: usize = 20;
pub const PATIENT: Patience = Patience { answer: Duration::from_millis(2), attempts: 100, follows_latency: false };

/// A board behind a line that flips, drops, doubles and inserts bytes; it resets after given numbers of written bytes.
pub struct FaultyPort {
    pub board: ModelBoard,
    random: ChaCha8Rng,
    faults_per_1000: u64,
    n_faults: u64,
    n_written: usize,
    resets_at: Vec<usize>,
}

impl FaultyPort {
    pub fn new(seed: u64, faults_per_1000: u64) -> Self {
        let board = ModelBoard::new(CORE);
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { board, random, faults_per_1000, n_faults: 0, n_written: 0, resets_at: Vec::new() }
    }

    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = Vec::with_capacity(bytes.len() + 4);
        for byte in bytes {
            if self.random.random_range(0..1000) >= self.faults_per_1000 {
                damaged.push(*byte);
                continue;
            }
            self.n_faults += 1;
            match self.random.random_range(0..4) {
                0 => damaged.push(byte ^ (1 << self.random.random_range(0..8))),
                1 => {}
                2 => damaged.extend([*byte, *byte]),
                _ => damaged.extend([self.random.random(), *byte]),
            }
        }
        damaged
    }
}

impl Write for FaultyPort {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.n_written += bytes.len();
        while self.resets_at.first().is_some_and(|at| *at <= self.n_written) {
            self.resets_at.remove(0);
            self.board.reset();
        }
        let damaged = self.damage(bytes);
        self.board.write_all(&damaged)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for FaultyPort {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // At most half the buffer, so that doubled and inserted bytes fit.
        let mut clean = vec![0; buffer.len() / 2];
        let n_bytes = self.board.read(&mut clean)?;
        let damaged = self.damage(&clean[..n_bytes]);
        buffer[..damaged.len()].copy_from_slice(&damaged);
        Ok(damaged.len())
    }
}

pub fn image_bytes() -> Vec<u8> {
    image_with(N_CHANNELS)
}

/// 24 neurons with random synapses, two of them readouts.
pub fn image_with(n_channels: u16) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let parameters = NeuronParameters {
        synaptic_decay: DECAY_ONE_RAW / 2,
        membrane_decay: DECAY_ONE_RAW / 4 * 3,
        adaptation_decay: DECAY_ONE_RAW / 8 * 7,
        threshold: 60,
        adaptation_increment: 9,
        bias: 1,
        refractory_ticks: 1,
        reset_mode: ResetMode::Subtract,
        never_fires: false,
    };
    let neurons: Vec<Neuron> = (0..24_u8)
        .map(|id| Neuron {
            parameters: NeuronParameters { never_fires: id < 2, ..parameters },
            readout: (id < 2).then_some(id),
        })
        .collect();
    let n_neurons = neurons.len() as u16;
    let synapses = (0..600)
        .map(|_| NetworkSynapse {
            row: random.random_range(0..n_channels + n_neurons),
            post_neuron: random.random_range(0..n_neurons),
            weight: random.random_range(-30..=50),
        })
        .collect();
    Network { n_channels, neurons, synapses }.lay_out(CORE.lanes).encode().unwrap()
}

pub fn windows(seed: u64, n_windows: usize) -> Vec<Vec<Vec<u16>>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tick = || (0..N_CHANNELS).filter(|_| random.random_bool(0.2)).collect();
    (0..n_windows).map(|_| (0..N_TICKS).map(|_| tick()).collect()).collect()
}

/// Tick numbers and scores of a window.
pub fn run<P: Read + Write>(session: &mut Session<P>, window: &[Vec<u16>]) -> Vec<(u32, Vec<i16>)> {
    let ticks = session.run_window(window).unwrap();
    ticks.into_iter().map(|tick| (tick.answer.tick, tick.answer.scores)).collect()
}

/// The same over a line without faults, with one frame in flight.
pub fn clean(windows: &[Vec<Vec<u16>>]) -> Vec<Vec<(u32, Vec<i16>)>> {
    clean_with(&image_bytes(), windows)
}

pub fn clean_with(image: &[u8], windows: &[Vec<Vec<u16>>]) -> Vec<Vec<(u32, Vec<i16>)>> {
    let mut session = Session::open(ModelBoard::new(CORE), PATIENT, image, 1).unwrap();
    let results: Vec<_> = windows.iter().map(|window| run(&mut session, window)).collect();
    assert!(results.iter().flatten().any(|(_, scores)| scores[0] != scores[1]), "the network is silent");
    results
}

#[test]
fn a_damaged_line_changes_no_score_and_loses_no_tick() {
    for (in_flight, seeds) in [(1, 0..8), (4, 100..108)] {
        let (mut n_faults, mut n_resends) = (0, 0);
        for seed in seeds {
            let windows = windows(seed, 25);
            let port = FaultyPort::new(seed, 3);
            let mut session = Session::open(port, PATIENT, &image_bytes(), in_flight).unwrap();
            for (index, (window, expected)) in windows.iter().zip(clean(&windows)).enumerate() {
                let found = run(&mut session, window);
                assert!(found.iter().map(|(tick, _)| *tick).eq(0..N_TICKS as u32), "seed {seed}, window {index}");
                assert_eq!(found, expected, "seed {seed}, window {index}, {in_flight} in flight");
            }
            assert_eq!(session.statistics().restarts, 0, "seed {seed}");
            n_resends += session.statistics().resends;
            n_faults += session.link_mut().port_mut().n_faults;
        }
        assert!(n_faults > 500 && n_resends > 100, "{in_flight}: {n_faults} faults, {n_resends} resends");
    }
}

#[test]
fn a_board_that_resets_within_a_window_is_loaded_again() {
    let windows = windows(3, 3);
    let expected = clean(&windows);
    for in_flight in [1, 4] {
        for reset_after_bytes in [1, 100, 300] {
            let mut session = Session::open(FaultyPort::new(1, 0), PATIENT, &image_bytes(), in_flight).unwrap();
            assert_eq!(run(&mut session, &windows[0]), expected[0]);
            let port = session.link_mut().port_mut();
            port.resets_at.push(port.n_written + reset_after_bytes);
            assert_eq!(run(&mut session, &windows[1]), expected[1], "{in_flight}, {reset_after_bytes}");
            assert_eq!(run(&mut session, &windows[2]), expected[2]);
            assert_eq!(session.statistics().restarts, 1);
        }
    }
}

#[test]
fn a_board_that_resets_while_it_is_loaded_again_is_loaded_once_more() {
    let windows = windows(4, 1);
    let mut session = Session::open(FaultyPort::new(1, 0), PATIENT, &image_bytes(), 4).unwrap();
    let port = session.link_mut().port_mut();
    // The first falls in the window, the second in the loading that follows.
    port.resets_at = vec![port.n_written + 300, port.n_written + 1200];
    assert_eq!(run(&mut session, &windows[0]), clean(&windows)[0]);
    assert_eq!(session.statistics().restarts, 2);
}

#[test]
fn a_board_that_resets_again_and_again_ends_the_session() {
    let mut session = Session::open(FaultyPort::new(1, 0), PATIENT, &image_bytes(), 1).unwrap();
    let port = session.link_mut().port_mut();
    port.resets_at = (1..1000).map(|index| port.n_written + 150 * index).collect();
    let error = session.run_window(&windows(5, 1)[0]).unwrap_err();
    assert!(matches!(error, SessionError::Link(LinkError::BoardRestarted)), "{error}");
}

/// A window in which some ticks take several frames.
pub fn crowded_window() -> Vec<Vec<u16>> {
    let all: Vec<u16> = (0..MANY_CHANNELS).collect();
    let mut window = windows(9, 1).remove(0);
    assert!(all.len() > 2 * EVENTS_MAX);
    for (tick, n_events) in [(2, EVENTS_MAX), (3, EVENTS_MAX + 1), (7, all.len())] {
        window[tick] = all[..n_events].to_vec();
    }
    window
}

/// Runs the ticks of a window one by one.
fn tick_by_tick<P: Read + Write>(session: &mut Session<P>, window: &[Vec<u16>]) -> Vec<(u32, Vec<i16>)> {
    let tick = |channels: &Vec<u16>| session.tick(channels).unwrap().answer;
    window.iter().map(tick).map(|answer| (answer.tick, answer.scores)).collect()
}

#[test]
fn ticks_one_by_one_give_what_the_window_gives() {
    let windows = [crowded_window(), windows(10, 1).remove(0)];
    let image = image_with(MANY_CHANNELS);
    let expected = clean_with(&image, &windows);
    for in_flight in [1, 4] {
        for (seed, faults_per_1000) in [(0, 0), (1, 3)] {
            let port = FaultyPort::new(seed, faults_per_1000);
            let mut session = Session::open(port, PATIENT, &image, in_flight).unwrap();
            // The first tick of a session needs no restart, even if the board holds the state of an earlier one.
            assert_eq!(tick_by_tick(&mut session, &windows[0]), expected[0]);
            session.restart().unwrap();
            assert_eq!(tick_by_tick(&mut session, &windows[1]), expected[1]);
            assert_eq!(run(&mut session, &windows[0]), expected[0]);
            let mut reopened = Session::open(session.link_mut().port_mut(), PATIENT, &image, in_flight).unwrap();
            assert_eq!(tick_by_tick(&mut reopened, &windows[1]), expected[1]);
        }
    }
}

#[test]
fn ticks_continue_a_window() {
    let window = windows(11, 1).remove(0);
    let expected = clean(std::slice::from_ref(&window)).remove(0);
    let mut session = Session::open(ModelBoard::new(CORE), PATIENT, &image_bytes(), 4).unwrap();
    let (begin, end) = window.split_at(N_TICKS / 2);
    assert_eq!(run(&mut session, begin), expected[..begin.len()]);
    assert_eq!(tick_by_tick(&mut session, end), expected[begin.len()..]);
}

#[test]
fn a_board_that_resets_between_ticks_ends_the_window_until_a_restart() {
    let windows = windows(12, 2);
    let expected = clean(&windows);
    let mut session = Session::open(FaultyPort::new(1, 0), PATIENT, &image_bytes(), 1).unwrap();
    assert_eq!(tick_by_tick(&mut session, &windows[0][..5]), expected[0][..5]);
    session.link_mut().port_mut().board.reset();
    let error = session.tick(&windows[0][5]).unwrap_err();
    assert!(matches!(error, SessionError::Link(LinkError::BoardRestarted)), "{error}");
    let error = session.tick(&windows[0][6]).unwrap_err();
    assert!(matches!(error, SessionError::NoWindow), "{error}");
    session.restart().unwrap();
    assert_eq!(tick_by_tick(&mut session, &windows[1]), expected[1]);
    assert_eq!(session.statistics().restarts, 1);
    // A reset just before a restart costs nothing: no tick of the new window has run.
    session.link_mut().port_mut().board.reset();
    session.restart().unwrap();
    assert_eq!(tick_by_tick(&mut session, &windows[0]), expected[0]);
    assert_eq!(session.statistics().restarts, 2);
}

#[test]
fn a_tick_that_the_board_rejects_ends_the_window_until_a_restart() {
    let window = windows(13, 1).remove(0);
    let expected = clean(std::slice::from_ref(&window)).remove(0);
    let mut session = Session::open(ModelBoard::new(CORE), PATIENT, &image_bytes(), 1).unwrap();
    for wrong in [&[N_CHANNELS][..], &[3, 2]] {
        session.tick(&window[0]).unwrap();
        let error = session.tick(wrong).unwrap_err();
        assert!(matches!(error, SessionError::Link(LinkError::Refused { .. })), "{error}");
        assert!(matches!(session.tick(&window[1]), Err(SessionError::NoWindow)));
        session.restart().unwrap();
        assert_eq!(tick_by_tick(&mut session, &window), expected);
        session.restart().unwrap();
    }
}

/// Gives every command the same answer, or none.
struct Scripted {
    answer: Option<Answer>,
    reader: FrameReader,
    output: Vec<u8>,
    n_frames: u32,
    n_loads: u32,
}

impl Scripted {
    fn new(answer: Option<Answer>) -> Self {
        Self { answer, reader: FrameReader::default(), output: Vec::new(), n_frames: 0, n_loads: 0 }
    }
}

impl Write for &mut Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            if let Some(Ok(Frame { sequence, opcode, .. })) = self.reader.push(*byte) {
                self.n_frames += 1;
                self.n_loads += u32::from(opcode == spec::wire::opcode::LOAD);
                self.output.extend(self.answer.iter().flat_map(|answer| answer.to_frame(sequence).to_wire()));
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for &mut Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.output.is_empty() {
            return Err(ErrorKind::TimedOut.into());
        }
        let n_bytes = buffer.len().min(self.output.len());
        buffer[..n_bytes].copy_from_slice(&self.output[..n_bytes]);
        self.output.drain(..n_bytes);
        Ok(n_bytes)
    }
}

fn hello(version: u8, core: CoreConfiguration) -> Answer {
    Answer::Hello(HelloAnswer { version, core, clock_hz: 0, image_crc32: 0 })
}

#[test]
fn a_silent_board_is_tried_as_often_as_patience_allows() {
    let mut silent = Scripted::new(None);
    let patience = Patience { attempts: 5, ..PATIENT };
    let error = Link::new(&mut silent, patience).hello().unwrap_err();
    let LinkError::NoAnswer { command, attempts, waited, n_bytes } = error else { panic!("{error}") };
    assert_eq!((command, attempts, n_bytes), (Command::HELLO.opcode(), 5, 0));
    assert!(waited >= 5 * patience.answer, "{waited:?}");
    assert_eq!(silent.n_frames, 5);
}

/// A board that needs some time for every frame, repeated or not.
struct Slow {
    board: ModelBoard,
    reader: FrameReader,
    /// Frames, and when the answer to each is ready.
    frames: VecDeque<(Frame, Instant)>,
    delay: Duration,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for frame in bytes.iter().filter_map(|byte| self.reader.push(*byte)?.ok()) {
            let begin = self.frames.back().map_or_else(Instant::now, |(_, end)| *end);
            self.frames.push_back((frame, begin + self.delay));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.frames.front().is_some_and(|(_, end)| *end <= Instant::now()) {
            let (frame, _) = self.frames.pop_front().unwrap();
            self.board.write_all(&frame.to_wire())?;
        }
        self.board.read(buffer)
    }
}

#[test]
fn the_host_waits_as_long_as_a_slow_board_needs() {
    let (board, reader) = (ModelBoard::new(CORE), FrameReader::default());
    let slow = Slow { board, reader, frames: VecDeque::new(), delay: 3 * PATIENT.answer };
    // Without longer waits the host would send faster than the board answers, and never finish.
    let patience = Patience { follows_latency: true, ..PATIENT };
    let mut session = Session::open(slow, patience, &image_bytes(), 1).unwrap();
    let windows = windows(6, 1);
    assert_eq!(run(&mut session, &windows[0]), clean(&windows)[0]);
}

/// A board that executes some frames between two reads and buffers [`ROOM_FRAMES`] meanwhile. It drops further frames, and
/// reports that once its buffer is empty. Now and then it drops the expected frame several times in a row.
struct SmallBuffer {
    board: ModelBoard,
    reader: FrameReader,
    waiting: VecDeque<Frame>,
    expected: u8,
    has_dropped: bool,
    n_dropped: usize,
    drops_in_a_row: u8,
    drops_left: u8,
    random: ChaCha8Rng,
}

impl SmallBuffer {
    fn new(core: CoreConfiguration, drops_in_a_row: u8) -> Self {
        Self {
            board: ModelBoard::new(core),
            reader: FrameReader::default(),
            waiting: VecDeque::new(),
            expected: 0,
            has_dropped: false,
            n_dropped: 0,
            drops_in_a_row,
            drops_left: drops_in_a_row,
            random: ChaCha8Rng::seed_from_u64(1),
        }
    }
}

impl Write for SmallBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for frame in bytes.iter().filter_map(|byte| self.reader.push(*byte)?.ok()) {
            let is_unlucky = self.drops_left > 0 && frame.sequence == self.expected && self.expected.is_multiple_of(7);
            self.drops_left -= u8::from(is_unlucky);
            if is_unlucky || self.waiting.len() == ROOM_FRAMES {
                self.has_dropped = true;
                self.n_dropped += 1;
            } else {
                self.waiting.push_back(frame);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for SmallBuffer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for _ in 0..self.random.random_range(0..=ROOM_FRAMES) {
            let Some(frame) = self.waiting.pop_front() else { break };
            if frame.opcode == spec::wire::opcode::HELLO || frame.sequence == self.expected {
                self.expected = frame.sequence.wrapping_add(1);
                self.drops_left = self.drops_in_a_row;
            }
            self.board.write_all(&frame.to_wire())?;
        }
        let n_bytes = self.board.read(buffer).or_else(|error| match error.kind() {
            ErrorKind::TimedOut => Ok(0),
            _ => Err(error),
        })?;
        if n_bytes > 0 || !self.waiting.is_empty() || !self.has_dropped {
            return Ok(n_bytes);
        }
        self.has_dropped = false;
        let nack = Answer::Nack { reason: NackReason::Dropped, expected_sequence: self.expected };
        let wire = nack.to_frame(self.expected).to_wire();
        buffer[..wire.len()].copy_from_slice(&wire);
        Ok(wire.len())
    }
}

#[test]
fn dropped_frames_are_sent_again_at_once_however_often() {
    // So long that only a loss without a retransmission times out.
    let patience = Patience { answer: Duration::from_secs(20), attempts: 8, follows_latency: false };
    let core = CoreConfiguration { replay_frames: 8, ..CORE };
    let windows = windows(8, 20);
    let expected = clean(&windows);
    for (in_flight, drops_in_a_row) in [(2, 2), (4, 0), (4, 1), (4, 3), (8, 0), (8, 2)] {
        let mut session =
            Session::open(SmallBuffer::new(core, drops_in_a_row), patience, &image_bytes(), in_flight).unwrap();
        for (window, expected) in windows.iter().zip(&expected) {
            assert_eq!(&run(&mut session, window), expected, "{in_flight} in flight, {drops_in_a_row} drops");
            let statistics = session.statistics();
            let never = (statistics.timeouts, statistics.restarts);
            assert_eq!(never, (0, 0), "{in_flight} in flight, {drops_in_a_row} drops: {statistics:?}");
        }
        let statistics = session.statistics();
        let n_dropped = session.link_mut().port_mut().n_dropped;
        assert!(n_dropped > 20, "{in_flight}, {drops_in_a_row}: {n_dropped}");
        // Retransmissions must not fill the board's buffer again.
        assert!(statistics.resends < 6 * n_dropped as u64, "{n_dropped}, {statistics:?}");
    }
}

/// A device that sends noise without end.
struct Chatter;

impl Write for Chatter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Chatter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(0xc3);
        Ok(buffer.len())
    }
}

#[test]
fn a_device_that_sends_noise_without_end_is_no_board() {
    let patience = Patience { attempts: 5, ..PATIENT };
    let error = Link::new(Chatter, patience).hello().unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer { attempts: 5, .. }), "{error}");
}

#[test]
fn a_board_of_another_protocol_version_is_refused_whichever_way_it_answers() {
    let other = PROTOCOL_VERSION + 1;
    let refusal = Answer::Error { code: ErrorCode::UnsupportedVersion, detail: u32::from(other) };
    for answer in [hello(other, CORE), refusal] {
        let error = Link::new(&mut Scripted::new(Some(answer)), PATIENT).hello().unwrap_err();
        let LinkError::Version { board } = error else { panic!("{error}") };
        assert_eq!(board, u32::from(other));
    }
}

#[test]
fn a_network_that_does_not_fit_is_refused_with_the_numbers_before_it_is_loaded() {
    let core = CoreConfiguration { lanes: 4, channels: 10, ..CORE };
    let mut small = Scripted::new(Some(hello(PROTOCOL_VERSION, core)));
    let error = Session::open(&mut small, PATIENT, &image_bytes(), 1).err().expect("a misfit");
    assert!(matches!(error, SessionError::Misfit(_)), "{error}");
    let message = error.to_string();
    for part in ["needs 2, the core has 4", "needs 40, the core has 10"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!((small.n_frames, small.n_loads), (1, 0));
}
