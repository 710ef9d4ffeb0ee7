//! Damaged conversations with the simulated board: every decision is right, no tick is lost or run twice, and the host recovers
//! by itself.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::time::Duration;

use cosim::{Faults, FaultyWire, SimulatedBoard, Simulator, model::BoardSmall, small};
use host::link::{Link, LinkError, Patience};
use host::session::{Session, SessionError, TickResult};
use model::network::{Network, NetworkSynapse};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::Neuron;
use spec::lif::{NeuronParameters, ResetMode};

const CYCLES_PER_BIT: f64 = 4.0;
/// Longer than the answer to a tick takes, so that silence means loss.
const QUIET_CYCLES: u64 = 1_500;
/// A simulated timeout needs no real time.
const PATIENCE: Patience = Patience { answer: Duration::ZERO, attempts: 16, follows_latency: false };
const N_WINDOWS: usize = 8;
const N_TICKS: u64 = 3;
const N_CHANNELS: u16 = 20;

/// The board, which is reset after so many bytes have been written to it.
struct Port {
    board: SimulatedBoard<Simulator<BoardSmall>>,
    bytes_to_reset: Option<usize>,
}

impl Port {
    fn damage(&mut self, seed: u64, faults: Faults) {
        self.board.set_wire_to_board(Some(FaultyWire::new(seed, faults)));
        self.board.set_wire_from_board(Some(FaultyWire::new(!seed, faults)));
    }

    fn mend(&mut self) {
        self.board.set_wire_to_board(None);
        self.board.set_wire_from_board(None);
        self.bytes_to_reset = None;
    }
}

impl Read for Port {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.board.read(buffer)
    }
}

impl Write for Port {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(left) = self.bytes_to_reset {
            if left < bytes.len() {
                self.board.write_all(&bytes[..left])?;
                self.board.flush()?;
                self.board.reset();
                self.bytes_to_reset = None;
                return self.board.write_all(&bytes[left..]).map(|()| bytes.len());
            }
            self.bytes_to_reset = Some(left - bytes.len());
        }
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.board.flush()
    }
}

fn image() -> Vec<u8> {
    let parameters = NeuronParameters {
        synaptic_decay: 9_000,
        membrane_decay: DECAY_ONE_RAW - 900,
        adaptation_decay: 14_000,
        threshold: 60,
        adaptation_increment: 9,
        bias: 2,
        refractory_ticks: 1,
        reset_mode: ResetMode::Subtract,
        never_fires: false,
    };
    let neurons = (0..12_u8).map(|id| Neuron {
        parameters: NeuronParameters { never_fires: id < 4, ..parameters },
        readout: (id < 4).then_some(id),
    });
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let synapses = (0..N_CHANNELS + 12).flat_map(|row| (0..12).map(move |post_neuron| (row, post_neuron)));
    let synapses: Vec<_> = synapses
        .filter_map(|(row, post_neuron)| {
            let weight = random.random_range(-40..=60);
            random.random_ratio(2, 3).then_some(NetworkSynapse { row, post_neuron, weight })
        })
        .collect();
    let network = Network { n_channels: N_CHANNELS, neurons: neurons.collect(), synapses };
    network.lay_out(small::SMALL.lanes).encode().unwrap()
}

/// Tick number, class, spikes and scores of each tick.
type Decisions = Vec<(u32, u8, u16, Vec<i16>)>;

fn windows(image: &[u8]) -> Vec<(Vec<Vec<u16>>, Decisions)> {
    let mut random = ChaCha8Rng::seed_from_u64(77);
    let mut core = model::Core::from_image(image).unwrap();
    (0..N_WINDOWS)
        .map(|_| {
            core.restart();
            let ticks: Vec<Vec<u16>> =
                (0..N_TICKS).map(|_| (0..N_CHANNELS).filter(|_| random.random_bool(0.25)).collect()).collect();
            let decisions = ticks
                .iter()
                .map(|channels| {
                    let outcome = core.tick(channels).unwrap();
                    (outcome.tick, outcome.class, outcome.spikes.len() as u16, outcome.scores.to_vec())
                })
                .collect();
            (ticks, decisions)
        })
        .collect()
}

fn decisions(results: &[TickResult]) -> Decisions {
    results
        .iter()
        .map(|TickResult { answer, .. }| (answer.tick, answer.class, answer.n_spikes, answer.scores.clone()))
        .collect()
}

/// Damages the line at random. Returns whether the host must get through.
fn damage_line(port: &mut Port, random: &mut ChaCha8Rng) -> bool {
    let clean = Faults::default();
    let often = 0.002 * f64::from(random.random_range(1..=5));
    let seed = random.next_u64();
    // Mostly damaged bytes; now and then a reset, and rarely a wrong baud rate, at which every attempt fails.
    match random.random_range(0..32) {
        0..=3 => port.damage(seed, Faults { flip: often / 8.0, ..clean }),
        4..=7 => port.damage(seed, Faults { drop: often, ..clean }),
        8..=11 => port.damage(seed, Faults { double: often, ..clean }),
        12..=15 => port.damage(seed, Faults { insert: often, ..clean }),
        16..=19 => port.damage(seed, Faults { framing: often, ..clean }),
        20..=23 => port.damage(seed, Faults { pause: often, max_pause_bits: 300, ..clean }),
        24..=27 => {
            let all =
                Faults { flip: often / 32.0, drop: often / 4.0, double: often / 4.0, insert: often / 4.0, ..clean };
            port.damage(seed, Faults { framing: often / 4.0, pause: often / 4.0, max_pause_bits: 300, ..all });
        }
        28..=30 => port.bytes_to_reset = Some(random.random_range(0..60)),
        _ => {
            // A wrong baud rate: nothing gets through.
            let speed = [0.4, 0.7, 1.4, 2.5][random.random_range(0..4)];
            port.damage(seed, Faults { speed, ..clean });
            return false;
        }
    }
    true
}

/// Runs the cases with these seeds.
pub fn run_cases(seeds: Range<u64>) {
    let image = image();
    let windows = windows(&image);
    let board = SimulatedBoard::new(Simulator::<BoardSmall>::new(), CYCLES_PER_BIT, QUIET_CYCLES);
    let link = Link::numbered_from(0, Port { board, bytes_to_reset: None }, PATIENCE);
    let mut session = Session::over(link, &image, 4).unwrap();
    let mut n_failed = 0;
    let n_cases = seeds.end - seeds.start;
    for seed in seeds {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (ticks, expected) = &windows[random.random_range(0..windows.len())];
        let gets_through = damage_line(session.link_mut().port_mut(), &mut random);
        match session.run_window(ticks) {
            Ok(results) => assert_eq!(&decisions(&results), expected, "seed {seed}"),
            Err(SessionError::Link(LinkError::NoAnswer { .. })) if !gets_through => n_failed += 1,
            Err(error) => panic!("seed {seed}: {error}"),
        }
        session.link_mut().port_mut().mend();
        if !gets_through {
            let results = session.run_window(ticks).unwrap_or_else(|error| panic!("seed {seed}, mended: {error}"));
            assert_eq!(&decisions(&results), expected, "seed {seed}, mended");
        }
    }
    let statistics = session.statistics();
    println!("{n_failed} without an answer; {statistics:?}");
    let enough = |count: u64, per_mille: u64| 1000 * count > per_mille * n_cases;
    let is_damaged = enough(statistics.resends, 200) && enough(statistics.restarts, 40) && enough(n_failed, 15);
    assert!(is_damaged, "{n_failed} {statistics:?}");
}

/// Damaged conversations in `cargo xtask test`; `cargo xtask verify` runs all.
const N_QUICK_CASES: u64 = 500;

#[test]
fn damaged_conversations_lose_no_tick_part_1() {
    run_cases(0..N_QUICK_CASES);
}

#[test]
fn damaged_conversations_lose_no_tick_part_2() {
    run_cases(N_QUICK_CASES..2 * N_QUICK_CASES);
}
