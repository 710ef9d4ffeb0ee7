//! What every decode has in common: a network on a board, a waveform around it, the reference model beside it.

use std::sync::atomic::Ordering;

use model::ModelBoard;
use spec::core::NamedCore;
use spec::digest::ScoresDigest;

use super::decode::DecodeArgs;
use crate::board::{Board, Responder};
use crate::evaluation::Percentiles;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::Patience;
use crate::port::{self, Opened, Port};
use crate::session::{Session, SessionError};

/// Opens the board, loads the network, and begins the waveform.
///
/// # Errors
/// A board that is absent or fails.
pub(super) fn begin(
    args: &DecodeArgs,
    core: &NamedCore,
    image: &[u8],
    interruption: &Interruption,
) -> Result<Session<Box<dyn Port>>, Failure> {
    let Opened { port, patience, .. } = port::open(&args.board, args.baud, core, args.trace.as_deref())?;
    let opened = Session::open(port, patience, image, args.in_flight.into());
    let mut session = opened.map_err(|error| Failure::session(&args.board, core, &error))?;
    let replay_frames = session.core().replay_frames;
    // A board repeats only the answers that it keeps.
    if args.in_flight > replay_frames {
        eprintln!(
            "motorsrnn: warning: board {} keeps {replay_frames} answers, so `--in-flight {}` works as {replay_frames}",
            args.board, args.in_flight
        );
    }
    session.link_mut().port_mut().begin_trace(interruption)?;
    Ok(session)
}

/// Finishes the waveform, however the streaming ended; if it was cut short, that is also why a read failed.
///
/// # Errors
/// That of the streaming, or of the waveform.
pub(super) fn end<T>(
    session: &mut Session<Box<dyn Port>>,
    args: &DecodeArgs,
    interruption: &Interruption,
    streamed: Result<T, Failure>,
) -> Result<T, Failure> {
    if args.trace.is_some() && interruption.requested().load(Ordering::SeqCst) {
        eprintln!("motorsrnn: interrupted; finishing the waveform, which may take a while");
    }
    session.link_mut().port_mut().end_trace().map_err(Failure::from).and(streamed)
}

/// The scores hash of the reference model on these windows, each from a restart; none if the board is the model itself.
///
/// # Errors
/// A network that the core does not hold.
pub(super) fn expected_hash<W: AsRef<[Vec<u16>]>>(
    board: &Board,
    core: &NamedCore,
    image: &[u8],
    windows: impl IntoIterator<Item = W>,
    mut on_window: impl FnMut(),
) -> Result<Option<String>, Failure> {
    if *board == Board::Model {
        return Ok(None);
    }
    let run = || -> Result<String, SessionError> {
        let mut session = Session::open(ModelBoard::new(core.configuration), Patience::default(), image, 1)?;
        let mut digest = ScoresDigest::default();
        for window in windows {
            session.run_window(window.as_ref())?.iter().for_each(|result| digest.add_tick(&result.answer.scores));
            on_window();
        }
        Ok(digest.hex())
    };
    run().map(Some).map_err(|error| Failure::session(&Board::Model, core, &error))
}

/// Refuses scores that are not those of the model.
///
/// # Errors
/// Other scores.
pub(super) fn check(board: &Board, found: &str, expected: Option<&str>) -> Result<(), Failure> {
    match expected {
        Some(expected) if found != expected => Err(Failure::disagreement(board, found, expected)),
        _ => Ok(()),
    }
}

/// The line of a report about latencies.
pub(super) fn latency_line(Percentiles { p50, p99, max }: Percentiles, of: Responder) -> String {
    format!("latency      p50 {p50:.1} us, p99 {p99:.1} us, max {max:.1} us ({})\n", of.meaning())
}

/// The lines of a report about scores, and whether they are those of the model.
pub(super) fn scores_lines(hash: &str, agrees: Option<bool>) -> String {
    let verdict = agrees.map(|agrees| if agrees { "agrees, bit for bit" } else { "DISAGREES" });
    let of_model = verdict.map_or_else(String::new, |verdict| format!("model        {verdict}\n"));
    format!("scores       {hash}\n{of_model}")
}
