//! Tests whether a board works: its identity, its line, its memories, its arithmetic, a decode and a free run whose results are
//! known.
//!
//! One file per step. A step uses only the wire protocol, so it runs on any board.

mod decode;
mod golden;
mod identity;
mod line;
mod memory;
mod movement;
mod network;
mod pattern;
mod progress;
mod report;

pub use progress::Progress;
pub use report::{Finding, Report, Step, Verdict};

use std::io::{Read, Write};
use std::time::Instant;

use model::TickError;
use progress::Meter;
use spec::core::NamedCore;
use spec::image::{ImageError, NetworkImage};
use spec::wire::{Answer, Command, Counters, HelloAnswer, TickAnswer};

use crate::link::{Link, LinkError, LinkStatistics, Patience};
use crate::session::{Session, SessionError};

/// What to test against.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// Random seed; the same seed gives the same test on every board with the same core.
    pub seed: u64,
    /// The core that the board must have; without it, any of `spec::core`.
    pub core: Option<NamedCore>,
    /// A network that is tested beside the random ones.
    pub network: Option<NetworkImage>,
}

/// A board under test.
pub(crate) struct BoardUnderTest<'a, P> {
    port: &'a mut P,
    patience: Patience,
    expected: &'a Expectation,
    board: HelloAnswer,
    /// Counts of all links so far.
    statistics: LinkStatistics,
    meter: &'a Meter<'a>,
}

/// Why a step ends early.
pub(crate) enum StepError {
    /// The board does something wrong.
    Defect(String),
    /// The link failed.
    Link(LinkError),
}

/// The steps, in order.
const STEPS: [&str; 6] = ["identity", "line", "memory", "golden", "decode", "movement"];

/// Runs every step, and passes each to `on_step` as it ends; `on_progress` learns how far it is meanwhile. If a step fails, the
/// others still run, unless the board no longer answers.
///
/// # Errors
/// The board does not answer the first hello, or `on_step` fails.
pub fn run<P: Read + Write, E>(
    port: &mut P,
    patience: Patience,
    expected: &Expectation,
    on_progress: &mut dyn FnMut(Progress),
    mut on_step: impl FnMut(&Step) -> Result<(), E>,
) -> Result<Report, SelfTestError<E>> {
    let mut link = Link::new(&mut *port, patience);
    let board = link.hello()?;
    let statistics = link.statistics();
    let meter = Meter::new(on_progress);
    let mut test = BoardUnderTest { port, patience, expected, board, statistics, meter: &meter };
    let mut steps = Vec::with_capacity(STEPS.len());
    let mut impossible: Option<String> = None;
    for name in STEPS {
        let begin = Instant::now();
        let finding = match &impossible {
            Some(reason) => Finding::skipped(reason),
            None => match test.run(name) {
                Ok(finding) => finding,
                Err(StepError::Defect(reason)) => Finding::failed(reason),
                Err(StepError::Link(error)) => {
                    if !matches!(error, LinkError::BoardRestarted) {
                        impossible = Some(format!("the link failed in step {name}"));
                    }
                    Finding::failed_link(error.to_string())
                }
            },
        };
        if name == STEPS[0] && pattern::is_impossible(&test.board.core) {
            impossible = Some("no core can have these sizes".to_owned());
        }
        let step = Step::new(name, finding, begin.elapsed());
        on_step(&step).map_err(SelfTestError::Output)?;
        steps.push(step);
    }
    Ok(Report { hello: test.board, link: test.statistics, steps })
}

/// Why a self-test ends without a report.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError<E> {
    /// The board does not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// What `on_step` returned.
    #[error("{0}")]
    Output(E),
}

impl<P: Read + Write> BoardUnderTest<'_, P> {
    fn run(&mut self, name: &str) -> Result<Finding, StepError> {
        match name {
            "identity" => Ok(identity::check(self)),
            "line" => line::check(self),
            "memory" => memory::check(self),
            "golden" => golden::check(self),
            "decode" => decode::check(self),
            _ => movement::check(self),
        }
    }

    /// Runs a part of a step over a new link, with as many frames in flight as the board keeps answers, and adds its counts.
    fn talk<T>(&mut self, body: impl FnOnce(&mut Link<&mut P>) -> Result<T, StepError>) -> Result<T, StepError> {
        let mut link = Link::new(&mut *self.port, self.patience);
        let outcome = link.hello().map_err(StepError::from).and_then(|_| {
            link.set_window(self.board.core.replay_frames.into());
            body(&mut link)
        });
        self.statistics += link.statistics();
        outcome
    }

    /// Runs a part of a step in a session: with a network that is loaded and verified.
    fn stream<T>(
        &mut self,
        image: &[u8],
        in_flight: usize,
        body: impl FnOnce(&mut Session<&mut P>) -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        let mut session = Session::open(&mut *self.port, self.patience, image, in_flight)?;
        let outcome = body(&mut session);
        let statistics = session.statistics();
        self.statistics += statistics;
        match statistics.restarts {
            0 => outcome,
            restarts => outcome.and_then(|_| {
                Err(StepError::Defect(format!("the board restarted {restarts} times; check its power and reset line")))
            }),
        }
    }

    /// The counters of the board, which run since it was configured.
    fn counters(link: &mut Link<&mut P>) -> Result<Counters, StepError> {
        match link.call(Command::Status)?.answer {
            Answer::Status(counters) => Ok(counters),
            answer => Err(LinkError::UnexpectedAnswer { answer: format!("{answer:?}") }.into()),
        }
    }
}

/// The answers of the reference model to a window, and the number of synaptic events in it.
#[expect(clippy::cast_possible_truncation, reason = "a core has fewer than 65,536 neurons")]
pub(crate) fn expected(core: &mut model::Core, ticks: &[Vec<u16>]) -> Result<(Vec<TickAnswer>, u32), TickError> {
    core.restart();
    let mut synaptic_events = 0;
    let answer = |channels: &Vec<u16>| {
        let outcome = core.tick(channels)?;
        synaptic_events += outcome.synaptic_events;
        Ok(TickAnswer {
            tick: outcome.tick,
            class: outcome.class,
            tick_overrun: false,
            n_spikes: outcome.spikes.len() as u16,
            scores: outcome.scores.to_vec(),
        })
    };
    let answers = ticks.iter().map(answer).collect::<Result<_, _>>()?;
    Ok((answers, synaptic_events))
}

/// The first difference between a board's answers and the model's.
pub(crate) fn divergence(found: &[TickAnswer], expected: &[TickAnswer]) -> Option<String> {
    let differs = |(found, expected): &(&TickAnswer, &TickAnswer)| {
        let TickAnswer { tick, class, n_spikes, scores, .. } = expected;
        (found.tick, found.class, found.n_spikes, &found.scores) != (*tick, *class, *n_spikes, scores)
    };
    let (found, expected) = found.iter().zip(expected).find(differs)?;
    let tick = expected.tick;
    let score = expected.scores.iter().zip(&found.scores).enumerate().find(|(_, (expected, found))| expected != found);
    let what = if found.tick != tick {
        format!("the board numbers it {}", found.tick)
    } else if let Some((class, (expected, found))) = score {
        format!("the score of class {class} should be {expected} and is {found}")
    } else if found.scores.len() != expected.scores.len() {
        format!("there should be {} scores and there are {}", expected.scores.len(), found.scores.len())
    } else if found.class != expected.class {
        format!("the class should be {} and is {}", expected.class, found.class)
    } else {
        format!("{} neurons should fire and {} do", expected.n_spikes, found.n_spikes)
    };
    Some(format!("tick {tick}: {what}"))
}

/// That the scores of a shipped network that is whole are not those of its training.
fn unlike_training(n_left_out: usize, scores_hash: &str, known: &str) -> Option<String> {
    (n_left_out == 0 && scores_hash != known)
        .then(|| format!("board and model agree, but the hash of the training is {known}"))
}

impl From<LinkError> for StepError {
    /// A wrong answer is a defect of the board; everything else is a failure of the link.
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Refused { .. } | LinkError::UnexpectedAnswer { .. } | LinkError::Version { .. } => {
                Self::Defect(error.to_string())
            }
            error => Self::Link(error),
        }
    }
}

impl From<SessionError> for StepError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Link(error) => error.into(),
            error => Self::Defect(error.to_string()),
        }
    }
}

impl From<ImageError> for StepError {
    fn from(error: ImageError) -> Self {
        Self::Defect(format!("no network can be made for this core: {error}"))
    }
}

impl From<network::CoverageError> for StepError {
    fn from(error: network::CoverageError) -> Self {
        Self::Defect(error.to_string())
    }
}

impl From<TickError> for StepError {
    fn from(error: TickError) -> Self {
        Self::Defect(error.to_string())
    }
}
