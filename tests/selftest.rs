//! The self-test of boards that work and of boards with a defect each: the step that looks for a defect finds and names it.

use std::io::{self, Read, Write};
use std::time::Duration;

use cosim::model::BoardSmall;
use cosim::{Faults, FaultyWire, SimulatedBoard, Simulator, small};
use host::link::Patience;
use host::selftest::{Expectation, Report, Step, Verdict, run};
use model::ModelBoard;
use spec::checksum::crc32;
use spec::core::{CORES, CoreConfiguration, ECP5_25F, GOWIN, NamedCore, UP5K};
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{NetworkImage, SectionKind};
use spec::wire::{Answer, Command, Frame, FrameReader, TickAnswer, answer_opcode};

/// For a board that answers at once or never.
const PATIENCE: Patience = Patience { answer: Duration::from_millis(50), attempts: 3, follows_latency: false };
/// For a board that is far slower than hardware.
const SIMULATION: Patience = Patience { answer: Duration::from_secs(30), ..PATIENCE };

fn test(port: &mut (impl Read + Write), patience: Patience, core: Option<NamedCore>) -> Report {
    let expected = Expectation { seed: 1, core, network: None };
    run(port, patience, &expected, &mut |_| {}, |_| Ok::<(), String>(())).unwrap()
}

fn verdicts(report: &Report) -> Vec<(&str, Verdict)> {
    report.steps.iter().map(|step| (step.step, step.verdict)).collect()
}

fn step<'a>(report: &'a Report, name: &str) -> &'a Step {
    report.steps.iter().find(|step| step.step == name).unwrap()
}

/// The step must have failed, for a reason with these parts.
fn fails(report: &Report, name: &str, parts: &[&str]) {
    let step = step(report, name);
    assert_eq!(step.verdict, Verdict::Fail, "{step:?}");
    let reason = step.reason.as_deref().unwrap();
    for part in parts {
        assert!(reason.contains(part), "no `{part}` in: {reason}");
    }
    assert_eq!(report.verdict(), Verdict::Fail);
}

fn passes(report: &Report, names: &[&str]) {
    for name in names {
        assert_eq!(step(report, name).verdict, Verdict::Pass, "{:?}", step(report, name));
    }
}

#[test]
fn a_board_that_works_passes_on_every_core() {
    for core in CORES {
        let report = test(&mut ModelBoard::new(core.configuration), PATIENCE, Some(core));
        assert_eq!(report.verdict(), Verdict::Pass, "{}: {report:?}", core.name);
        passes(&report, &["identity", "line", "memory", "golden", "decode"]);
        let decode = step(&report, "decode");
        assert_eq!(decode.figures["synapses_left_out"] == 0, core != GOWIN, "{}", core.name);
        assert_eq!(decode.figures["windows_decided_rightly"], decode.figures["n_windows"], "{}", core.name);
        assert_eq!((report.link.restarts, report.link.timeouts), (0, 0));
    }
}

#[test]
fn simulated_hardware_passes_except_for_a_decoder_that_does_not_fit() {
    let mut board = SimulatedBoard::new(Simulator::<BoardSmall>::new(), 4.0, 20_000);
    let report = test(&mut board, SIMULATION, None);
    // A core for tests alone, which is not in the list of cores.
    fails(&report, "identity", &["no core has these sizes"]);
    passes(&report, &["line", "memory", "golden"]);
    assert_eq!(step(&report, "decode").verdict, Verdict::Skipped);
    assert_eq!(report.hello.core, small::SMALL);
}

#[test]
fn the_same_seed_gives_every_board_of_a_core_the_same_test() {
    let hash = |seed| {
        let expected = Expectation { seed, core: None, network: None };
        let mut board = ModelBoard::new(GOWIN.configuration);
        let report = run(&mut board, PATIENCE, &expected, &mut |_| {}, |_| Ok::<(), String>(())).unwrap();
        step(&report, "golden").figures["scores_hash"].clone()
    };
    assert_eq!(hash(5), hash(5));
    assert_ne!(hash(5), hash(6));
}

#[test]
fn a_core_other_than_expected_is_named() {
    let report = test(&mut ModelBoard::new(UP5K.configuration), PATIENCE, Some(ECP5_25F));
    fails(&report, "identity", &["core is up5k, not ecp5-25f"]);
    passes(&report, &["line", "memory", "golden", "decode"]);
}

#[test]
fn a_core_of_impossible_sizes_is_not_tested_further() {
    for core in [
        CoreConfiguration { lanes: 3, ..GOWIN.configuration },
        CoreConfiguration { neurons_per_lane: 0, ..GOWIN.configuration },
        CoreConfiguration { channels: 0, ..GOWIN.configuration },
        CoreConfiguration { channels: u16::MAX, ..GOWIN.configuration },
        CoreConfiguration { synapse_words_per_lane: 0, ..GOWIN.configuration },
        CoreConfiguration { readouts: 0, ..GOWIN.configuration },
        CoreConfiguration { replay_frames: 0, ..GOWIN.configuration },
    ] {
        let report = test(&mut Broken::new(core, Defect::Sizes(core)), PATIENCE, None);
        fails(&report, "identity", &["no core has these sizes"]);
        assert!(verdicts(&report)[1..].iter().all(|(_, verdict)| *verdict == Verdict::Skipped), "{core:?}");
    }
}

/// What is wrong with a board.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Defect {
    /// It claims to have these sizes.
    Sizes(CoreConfiguration),
    /// A bit of this word reads as 0.
    StuckBit { section: SectionKind, lane: u8, address: usize, bit: u16 },
    /// A bit is flipped in words that are read back, in a frame with a valid checksum.
    FlippedAnswer,
    /// Its memory checksums are wrong.
    WrongVerify,
    /// Potentials decay a little faster than they should.
    FastDecay,
    /// A spike adds nothing to the adaptation.
    NoAdaptation,
    /// A restart does not clear the states.
    NoRestart,
    /// A tie goes to the highest class.
    WrongTie,
    /// Damaged frames are dropped without a NACK.
    NoRefusal,
    /// Damaged frames are refused but not counted.
    NoCount,
    /// Spikes are not counted.
    NoSpikes,
    /// It falls silent after so many frames.
    Silent { after: u32 },
}

/// A board with a defect: a working board, whose answers are changed.
struct Broken {
    defect: Defect,
    board: ModelBoard,
    from_host: FrameReader,
    from_board: FrameReader,
    /// Runs instead of the working board's core.
    shadow: Option<model::Core>,
    image_bytes: Vec<u8>,
    image: Option<NetworkImage>,
    pending: Vec<u16>,
    /// Commands without an answer yet, oldest first.
    commands: Vec<Command>,
    output: Vec<u8>,
    n_frames: u32,
}

impl Broken {
    fn new(core: CoreConfiguration, defect: Defect) -> Self {
        Self {
            defect,
            board: ModelBoard::new(core),
            from_host: FrameReader::default(),
            from_board: FrameReader::default(),
            shadow: None,
            image_bytes: Vec::new(),
            image: None,
            pending: Vec::new(),
            commands: Vec::new(),
            output: Vec::new(),
            n_frames: 0,
        }
    }

    /// Follows the commands to the working board.
    fn follow(&mut self, command: &Command) {
        match command {
            Command::Load { offset, bytes } => {
                self.image_bytes.truncate(*offset as usize);
                self.image_bytes.extend(bytes);
                let Ok(mut image) = NetworkImage::decode(&self.image_bytes) else { return };
                self.image = Some(image.clone());
                for neuron in &mut image.neurons {
                    let parameters = &mut neuron.parameters;
                    match self.defect {
                        Defect::FastDecay => parameters.membrane_decay = parameters.membrane_decay.saturating_sub(40),
                        Defect::NoAdaptation => parameters.adaptation_increment = 0,
                        _ => {}
                    }
                }
                assert!(image.neurons.iter().all(|neuron| neuron.parameters.membrane_decay <= DECAY_ONE_RAW));
                self.shadow = Some(model::Core::of(&image));
            }
            Command::Restart if self.defect != Defect::NoRestart => {
                self.pending.clear();
                self.shadow.as_mut().unwrap().restart();
            }
            Command::Restart => self.pending.clear(),
            Command::Events(channels) => self.pending.extend(channels),
            _ => {}
        }
    }

    /// The words of a memory as they are read.
    fn words(&self, section: SectionKind, lane: u8) -> Vec<u16> {
        let mut words = self.image.as_ref().unwrap().section_words(section, lane);
        if let Defect::StuckBit { section: stuck, lane: on, address, bit } = self.defect
            && (stuck, on) == (section, lane)
            && let Some(word) = words.get_mut(address)
        {
            *word &= !(1 << bit);
        }
        words
    }

    /// Changes an answer to a command.
    fn spoil(&mut self, command: &Command, answer: Answer) -> Answer {
        match (self.defect, command, answer) {
            (Defect::Sizes(core), _, Answer::Hello(hello)) => Answer::Hello(spec::wire::HelloAnswer { core, ..hello }),
            (Defect::StuckBit { .. }, Command::Read { section, lane, address, n_words }, Answer::Read(_)) => {
                let words = self.words(*section, *lane);
                Answer::Read(words[usize::from(*address)..][..usize::from(*n_words)].to_vec())
            }
            (Defect::StuckBit { .. }, Command::Verify { section, lane }, Answer::Verify { n_words, .. }) => {
                let bytes: Vec<u8> = self.words(*section, *lane).iter().flat_map(|word| word.to_le_bytes()).collect();
                Answer::Verify { n_words, crc32: crc32(&bytes) }
            }
            (
                Defect::FlippedAnswer,
                Command::Read { address: 0, section: SectionKind::Rows, .. },
                Answer::Read(mut words),
            ) => {
                words[3] ^= 0x0100;
                Answer::Read(words)
            }
            (Defect::WrongVerify, _, Answer::Verify { n_words, crc32 }) => Answer::Verify { n_words, crc32: crc32 ^ 1 },
            (Defect::NoSpikes, _, Answer::Status(counters)) => {
                Answer::Status(spec::wire::Counters { spikes: 0, ..counters })
            }
            (Defect::NoCount, _, Answer::Status(counters)) => {
                Answer::Status(spec::wire::Counters { bad_frames: 0, ..counters })
            }
            (Defect::WrongTie, _, Answer::Tick(tick)) => {
                let best = tick.scores.iter().max().unwrap();
                let last = tick.scores.iter().rposition(|score| score == best).unwrap();
                Answer::Tick(TickAnswer { class: last as u8, ..tick })
            }
            (
                Defect::FastDecay | Defect::NoAdaptation | Defect::NoRestart,
                Command::Tick(channels),
                Answer::Tick(tick),
            ) => {
                let mut events = std::mem::take(&mut self.pending);
                events.extend(channels);
                let outcome = self.shadow.as_mut().unwrap().tick(&events).unwrap();
                Answer::Tick(TickAnswer {
                    class: outcome.class,
                    n_spikes: outcome.spikes.len() as u16,
                    scores: outcome.scores.to_vec(),
                    ..tick
                })
            }
            (_, _, answer) => answer,
        }
    }
}

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &byte in bytes {
            match self.from_host.push(byte) {
                Some(Ok(frame)) => {
                    self.n_frames += 1;
                    if matches!(self.defect, Defect::Silent { after } if self.n_frames > after) {
                        continue;
                    }
                    if let Ok(command) = Command::decode(frame.opcode, &frame.payload) {
                        self.follow(&command);
                        self.commands.push(command);
                    }
                    self.board.write_all(&frame.to_wire())?;
                }
                Some(Err(_)) if self.defect != Defect::NoRefusal => self.board.write_all(&[3, 1, 0])?,
                _ => {}
            }
            let mut buffer = [0; 64];
            while let Ok(n_bytes) = self.board.read(&mut buffer) {
                for &byte in &buffer[..n_bytes] {
                    let Some(Ok(frame)) = self.from_board.push(byte) else { continue };
                    let answer = Answer::from_frame(&frame).unwrap();
                    let is_of_a_command = !matches!(answer, Answer::Error { .. } | Answer::Nack { .. });
                    let spoilt = if is_of_a_command && frame.opcode & answer_opcode::ANSWER_BIT != 0 {
                        let command = self.commands.remove(0);
                        self.spoil(&command, answer)
                    } else {
                        answer
                    };
                    let Frame { sequence, .. } = frame;
                    self.output.extend(spoilt.to_frame(sequence).to_wire());
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.output.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let n_bytes = buffer.len().min(self.output.len());
        buffer[..n_bytes].copy_from_slice(&self.output[..n_bytes]);
        self.output.drain(..n_bytes);
        Ok(n_bytes)
    }
}

fn broken(defect: Defect) -> Report {
    test(&mut Broken::new(GOWIN.configuration, defect), PATIENCE, Some(GOWIN))
}

#[test]
fn a_stuck_bit_of_any_memory_is_found_with_its_place() {
    for (section, name, address, bit) in [
        (SectionKind::Synapses, "synapses", 12_287, 15 - 8),
        (SectionKind::Synapses, "synapses", 0x0abc, 9),
        (SectionKind::Rows, "rows", 700, 3),
        (SectionKind::Neurons, "neurons", 8 * 255 + 3, 14),
        (SectionKind::Neurons, "neurons", 5, 15),
    ] {
        let report = broken(Defect::StuckBit { section, lane: 0, address, bit });
        fails(&report, "memory", &["pattern", &format!("{name} of lane 0, word {address} ")]);
        passes(&report, &["identity", "line"]);
    }
}

#[test]
fn a_bit_flipped_in_an_answer_is_found() {
    fails(&broken(Defect::FlippedAnswer), "memory", &["rows of lane 0, word 3 (0x0003)", "was read; 1 of"]);
}

#[test]
fn wrong_memory_checksums_are_found() {
    let report = broken(Defect::WrongVerify);
    fails(&report, "memory", &["every word reads as it was written, but the board's checksum is"]);
    fails(&report, "golden", &["does not hold what was sent"]);
}

#[test]
fn arithmetic_that_is_slightly_off_is_found_at_the_first_tick_that_shows_it() {
    for defect in [Defect::FastDecay, Defect::NoAdaptation] {
        let report = broken(defect);
        fails(&report, "golden", &["network 0, window", "tick "]);
        passes(&report, &["identity", "line"]);
    }
    fails(&broken(Defect::FastDecay), "decode", &["trial ", "tick ", "should"]);
}

#[test]
fn state_that_a_restart_does_not_clear_is_found() {
    let report = broken(Defect::NoRestart);
    fails(&report, "memory", &["run after a restart, tick 0", "although every memory reads as it was written"]);
    fails(&report, "golden", &["window 1, tick 0"]);
}

#[test]
fn a_tie_that_goes_to_the_wrong_class_is_found() {
    fails(&broken(Defect::WrongTie), "golden", &["the class should be"]);
}

#[test]
fn damaged_frames_that_are_not_refused_or_not_counted_are_found() {
    let report = broken(Defect::NoRefusal);
    fails(&report, "line", &["a frame with a wrong bit was not refused"]);
    assert!(!step(&report, "line").is_of_link);
    let report = broken(Defect::NoCount);
    fails(&report, "line", &["the board counted 0 of 5 damaged frames"]);
    passes(&report, &["memory", "golden", "decode"]);
}

#[test]
fn counters_that_do_not_count_are_found() {
    let report = broken(Defect::NoSpikes);
    fails(&report, "decode", &["counted 0 spikes, but"]);
    passes(&report, &["identity", "line", "memory", "golden"]);
}

#[test]
fn a_board_that_falls_silent_fails_the_step_and_the_others_are_skipped() {
    let report = broken(Defect::Silent { after: 500 });
    fails(&report, "memory", &["did not answer"]);
    assert!(step(&report, "memory").is_of_link);
    for name in ["golden", "decode"] {
        let step = step(&report, name);
        assert_eq!((step.verdict, step.reason.as_deref()), (Verdict::Skipped, Some("the link failed in step memory")));
    }
}

#[test]
fn a_line_that_damages_frames_is_distinguished_from_a_board_that_does() {
    for (to_board, part) in [(true, "frames to the board"), (false, "answers of the board")] {
        let mut board = SimulatedBoard::new(Simulator::<BoardSmall>::new(), 4.0, 20_000);
        let wire = FaultyWire::new(3, Faults { flip: 2e-5, ..Faults::default() });
        if to_board {
            board.set_wire_to_board(Some(wire));
        } else {
            board.set_wire_from_board(Some(FaultyWire::new(5, Faults { flip: 5e-4, ..Faults::default() })));
        }
        // A board that is simulated on a busy machine answers late, which counts as lost.
        let report = test(&mut board, Patience { attempts: 64, ..PATIENCE }, None);
        fails(&report, "line", &["the line damaged", part, "cable"]);
        assert!(step(&report, "line").is_of_link);
        passes(&report, &["memory", "golden"]);
    }
}
