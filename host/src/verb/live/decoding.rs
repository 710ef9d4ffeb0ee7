//! The thread that owns the board: ticks in, answers out. It waits for the board and for ticks, and for nothing else.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use live::arrival::Nanoseconds;
use live::clock;
use live::histogram::Histogram;
use live::ticks::{Assembled, Break, Tick};
use live::window::{Begin, Decide, MISSING_MOST, Step, Windows};
use spec::wire::TickAnswer;

use super::super::adapt::{Adaptation, Ran, class_of_marker};
use super::lines::{AdaptationLine, Cause, NoticeKind, Spans};
use super::network::{LiveNetwork, Task};
use super::reader::Shared;
use super::report::Report;
use super::scrub::Scrub;
use crate::failure::Failure;
use crate::port::Port;
use crate::session::{Session, SessionError, TickResult};

/// How long the thread waits before it looks around.
const LOOK_AROUND: Duration = Duration::from_millis(10);
/// How long it waits for an answer before it looks for a tick to send.
const GLANCE: Duration = Duration::from_millis(1);
/// Ticks of a run that are kept, so that it can be run again; windows are shorter.
const KEPT_TICKS: usize = 4096;
/// How often a window is run again.
const MAX_RERUNS: u32 = 3;

/// The board, and what is done with it.
pub(super) struct Decoding<'a> {
    pub(super) session: Session<Box<dyn Port>>,
    pub(super) network: &'a mut LiveNetwork,
    pub(super) windows: Windows,
    pub(super) decide: Decide,
    /// A tick that is older when it should run ends its window.
    pub(super) max_age: Option<Nanoseconds>,
    pub(super) shared: Arc<Shared>,
    pub(super) report: Report,
    pub(super) scrub: Scrub,
    /// What learns from the windows, if anything does.
    pub(super) adaptation: Option<Adaptation>,
    has_lost_log: bool,
    current: Option<Current>,
    newest_tick: u64,
    /// Time that was spent with the board.
    busy: Duration,
}

/// The window or run that is under way.
pub(super) struct Current {
    pub(super) begin: Begin,
    begun: Nanoseconds,
    /// Its ticks that may have to be run again, none for one of the lead-in; the first ones may be left out.
    ticks: VecDeque<Option<Arc<Tick>>>,
    n_left_out: u64,
    n_answered: u64,
    /// Answers since the network was restarted last.
    n_since_restart: u64,
    pub(super) restarts: u32,
    pub(super) first: Option<Arc<Tick>>,
    pub(super) missing: u64,
    pub(super) late: u64,
    /// How late its ticks may be.
    max_age: Option<Nanoseconds>,
    decider: live::window::Decider,
    pub(super) decision: Option<String>,
    pub(super) decided_at: Option<u64>,
    /// Age of the decision, or of the newest values.
    pub(super) age_ms: Option<f64>,
    /// Of each answer, kept until it is known whether the window is valid.
    pub(super) scores: Vec<Vec<i16>>,
}

impl Current {
    /// Ticks that were answered, without those of the lead-in.
    pub(super) fn ticks_answered(&self, lead_in: u32) -> u64 {
        self.n_answered.saturating_sub(u64::from(lead_in))
    }
}

/// The answer to a tick, and what is known of the tick.
pub(super) struct Answered<'a> {
    pub(super) tick: &'a Arc<Tick>,
    pub(super) answer: &'a TickAnswer,
    /// When the answer came.
    pub(super) at: Nanoseconds,
    pub(super) spans: Spans,
}

impl<'a> Decoding<'a> {
    pub(super) fn new(
        session: Session<Box<dyn Port>>,
        network: &'a mut LiveNetwork,
        windows: Windows,
        shared: Arc<Shared>,
        report: Report,
        scrub: Scrub,
    ) -> Self {
        let (decide, max_age) = (Decide::default(), None);
        Self {
            session,
            network,
            windows,
            decide,
            max_age,
            shared,
            report,
            scrub,
            adaptation: None,
            has_lost_log: false,
            current: None,
            newest_tick: 0,
            busy: Duration::ZERO,
        }
    }

    /// Runs until the source has ended and all is answered, or all is to end.
    pub(super) fn run(&mut self, items: &Receiver<Assembled>) -> Result<(), SessionFailure> {
        while !self.shared.stops() && !self.report.outputs.is_closed() {
            if self.session.n_pushed() < self.session.in_flight() {
                if let Some(step) = self.windows.step() {
                    self.take_step(step)?;
                    continue;
                }
                match items.try_recv() {
                    Ok(item) => {
                        self.take(item);
                        continue;
                    }
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Disconnected) if self.session.n_pushed() == 0 => break,
                    Err(TryRecvError::Disconnected) => {}
                }
            }
            if self.session.n_pushed() > 0 {
                self.poll(GLANCE)?;
                continue;
            }
            self.load_adapted()?;
            self.check_memories()?;
            self.report.watch_recorder(self.newest_tick + 1);
            self.watch_log();
            match items.recv_timeout(LOOK_AROUND) {
                Ok(item) => self.take(item),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // What the board has answered of a run counts.
        if self.current.is_some() {
            self.finish(Some(Cause::Interrupted));
        }
        Ok(())
    }

    fn take(&mut self, item: Assembled) {
        match &item {
            Assembled::Tick(tick) => self.newest_tick = tick.number,
            Assembled::Break(cause) => self.report.notice((*cause).into(), self.newest_tick + 1),
            Assembled::Stalled => self.report.notice(NoticeKind::Stalled, self.newest_tick + 1),
            Assembled::Marker { .. } | Assembled::Ended => {}
        }
        if let Assembled::Tick(tick) = item {
            let tick = Arc::new(tick);
            self.report.record_tick(&tick);
            self.windows.take_tick(tick);
        } else {
            self.windows.take(item);
        }
    }

    fn take_step(&mut self, step: Step) -> Result<(), SessionFailure> {
        match step {
            Step::Begin(begin) => self.begin(begin),
            Step::Tick(tick) => self.push(tick),
            Step::End => self.end(None),
            Step::Broken(cause) => self.end(Some(cause)),
            Step::Missed { window, marker } => {
                self.report.missed(window, marker, self.newest_tick);
                Ok(())
            }
        }
    }

    fn begin(&mut self, begin: Begin) -> Result<(), SessionFailure> {
        // Usually there was time for both before.
        self.load_adapted()?;
        self.check_memories()?;
        self.session.restart()?;
        let (n_ticks, lead_in) = match &mut self.network.task {
            Task::Classes(classes) => (classes.n_ticks, 0),
            Task::Values(values) => {
                values.begin();
                (u64::MAX, values.lead_in)
            }
        };
        self.current = Some(Current {
            begin,
            begun: clock::now(),
            ticks: VecDeque::new(),
            n_left_out: 0,
            n_answered: 0,
            n_since_restart: 0,
            restarts: 0,
            first: None,
            missing: 0,
            late: 0,
            max_age: None,
            decider: live::window::Decider::new(self.decide, n_ticks),
            decision: None,
            decided_at: None,
            age_ms: None,
            scores: Vec::new(),
        });
        (0..lead_in).try_for_each(|_| self.push_channels(None))
    }

    /// Sends a tick of the window, unless it is too old.
    fn push(&mut self, tick: Arc<Tick>) -> Result<(), SessionFailure> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let age = clock::now() - tick.closed;
        if current.first.is_none() {
            current.first = Some(Arc::clone(&tick));
            // A window that begins in the past may be as old as its beginning, and what is allowed.
            current.max_age = self.max_age.map(|max_age| max_age + age);
        }
        if current.max_age.is_some_and(|max_age| age > max_age) {
            self.windows.abandon();
            self.drain()?;
            self.finish(Some(Cause::Abandoned));
            return Ok(());
        }
        current.missing += tick.missing;
        current.late += tick.late;
        self.push_channels(Some(tick))
    }

    fn push_channels(&mut self, tick: Option<Arc<Tick>>) -> Result<(), SessionFailure> {
        while self.session.n_pushed() >= self.session.in_flight() {
            self.poll(LOOK_AROUND)?;
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        let channels = tick.as_ref().map(|tick| tick.channels.clone()).unwrap_or_default();
        current.ticks.push_back(tick);
        let begin = Instant::now();
        let pushed = self.session.push(&channels);
        self.busy += begin.elapsed();
        pushed.or_else(|error| self.recover(error))
    }

    /// Waits for an answer, and takes it.
    fn poll(&mut self, patience: Duration) -> Result<(), SessionFailure> {
        let begin = Instant::now();
        let polled = self.session.poll(begin + patience);
        self.busy += begin.elapsed();
        match polled {
            Ok(Some(result)) => self.take_answer(&result),
            Ok(None) => {}
            Err(error) => self.recover(error)?,
        }
        Ok(())
    }

    /// Waits until all ticks that were sent are answered.
    fn drain(&mut self) -> Result<(), SessionFailure> {
        while self.session.n_pushed() > 0 && !self.shared.stops() {
            self.poll(LOOK_AROUND)?;
        }
        Ok(())
    }

    /// Runs the window again from its first tick, on a board that has lost it.
    fn recover(&mut self, mut error: SessionError) -> Result<(), SessionFailure> {
        loop {
            let Some(current) = &mut self.current else { return Ok(()) };
            current.restarts += 1;
            if !is_of_link(&error) || current.restarts > MAX_RERUNS {
                return Err(error.into());
            }
            self.report.notice(NoticeKind::BoardRestarted, self.newest_tick + 1);
            if current.n_left_out > 0 {
                self.windows.abandon();
                self.finish(Some(Cause::Restart));
                return Ok(());
            }
            current.n_since_restart = 0;
            match self.rerun() {
                Ok(()) => return Ok(()),
                Err(again) => error = again,
            }
        }
    }

    fn rerun(&mut self) -> Result<(), SessionError> {
        self.session.restart()?;
        let n_ticks = self.current.as_ref().map_or(0, |current| current.ticks.len());
        for place in 0..n_ticks {
            while self.session.n_pushed() >= self.session.in_flight() {
                if let Some(result) = self.session.poll(Instant::now() + LOOK_AROUND)? {
                    self.take_answer(&result);
                }
            }
            let tick = self.current.as_ref().and_then(|current| current.ticks.get(place).cloned());
            let channels = tick.flatten().map(|tick| tick.channels.clone()).unwrap_or_default();
            self.session.push(&channels)?;
        }
        Ok(())
    }

    fn take_answer(&mut self, result: &TickResult) {
        let at = clock::now();
        let Some(current) = &mut self.current else { return };
        current.n_since_restart += 1;
        // An answer that came before the window was run again is here a second time.
        if current.n_since_restart <= current.n_answered {
            return;
        }
        let place = usize::try_from(current.n_answered - current.n_left_out).unwrap_or(usize::MAX);
        let tick = current.ticks.get(place).cloned().flatten();
        current.n_answered += 1;
        if current.ticks.len() > KEPT_TICKS {
            current.ticks.pop_front();
            current.n_left_out += 1;
        }
        self.report.n_ticks_run += 1;
        let answer = &result.answer;
        if let Task::Values(values) = &mut self.network.task {
            self.report.digest.add_tick(&answer.scores);
            let done = values.take(tick.clone(), &answer.scores);
            let spans =
                tick.as_ref().map(|tick| self.report.latencies.add(tick, current.begun, at)).unwrap_or_default();
            if let Some((tick, found)) = done {
                let class = values.class(&found).map(str::to_owned);
                self.report.show_answer(&tick, at, spans, || found.clone());
                self.report.values(current, &Answered { tick: &tick, answer, at, spans }, found, class);
            }
            return;
        }
        let Some(tick) = tick else { return };
        let spans = self.report.latencies.add(&tick, current.begun, at);
        current.scores.push(answer.scores.clone());
        let shown = self.adaptation.as_ref().map(|adaptation| adaptation.shown(answer));
        let answer = shown.as_ref().unwrap_or(answer);
        self.report.show_answer(&tick, at, spans, || answer.scores.iter().map(|&score| f64::from(score)).collect());
        let answered = Answered { tick: &tick, answer, at, spans };
        self.report.scores(current, &answered);
        if current.decider.decides(&answer.scores)
            && let Task::Classes(classes) = &self.network.task
        {
            current.decision = classes.names.get(usize::from(answer.class)).cloned();
            current.decided_at = Some(tick.number);
            current.age_ms = Some((at - tick.due) as f64 / 1e6);
            self.report.decision(current, Some(&answered));
        }
    }

    /// Ends the window, with all its ticks or before.
    fn end(&mut self, broken: Option<Break>) -> Result<(), SessionFailure> {
        self.drain()?;
        let missing = self.current.as_ref().is_some_and(|current| current.missing > MISSING_MOST);
        let is_run = matches!(self.network.task, Task::Values(_));
        let cause = broken.map(Cause::from).or((missing && !is_run).then_some(Cause::Missing));
        // What the board has not answered, as the session ends, cannot be recorded as a window.
        self.finish(cause.or((self.session.n_pushed() > 0).then_some(Cause::Interrupted)));
        Ok(())
    }

    fn finish(&mut self, cause: Option<Cause>) {
        let Some(current) = self.current.take() else { return };
        let window = current.begin.window;
        let lead_in = if let Task::Values(values) = &self.network.task { Some(values.lead_in) } else { None };
        let learned = if cause.is_none() { self.learn(&current) } else { None };
        self.report.window(current, cause, lead_in);
        if let Some(line) = learned {
            self.report.say(&line, None);
        }
        self.scrub.ran(window);
    }

    /// Learns from a window that is valid, as a decode of its recording will.
    fn learn(&mut self, current: &Current) -> Option<AdaptationLine> {
        let Task::Classes(classes) = &self.network.task else { return None };
        let adaptation = self.adaptation.as_mut()?;
        let label = current.begin.marker.as_deref().and_then(|marker| class_of_marker(marker, &classes.names));
        let ticks: Vec<Vec<u16>> = current.ticks.iter().flatten().map(|tick| tick.channels.clone()).collect();
        let window = current.begin.window;
        let trial = usize::try_from(window).unwrap_or(usize::MAX);
        let verdict = adaptation.take(Ran { trial, label, ticks: &ticks }, current.scores.last()?);
        Some(AdaptationLine { window, label: label.and_then(|label| classes.names.get(label).cloned()), verdict })
    }

    /// Loads what was learned, between windows.
    fn load_adapted(&mut self) -> Result<(), SessionFailure> {
        match &mut self.adaptation {
            Some(adaptation) if self.current.is_none() => Ok(adaptation.load(&mut self.session)?),
            _ => Ok(()),
        }
    }

    /// Says once that log and checkpoints cannot be written. The session goes on, and ends with an error.
    fn watch_log(&mut self) {
        if !self.has_lost_log && self.adaptation.as_ref().is_some_and(Adaptation::has_lost_files) {
            self.has_lost_log = true;
            self.report.notice(NoticeKind::RecordingFailed, self.newest_tick + 1);
        }
    }

    /// How much faster than real time the board ran the ticks, while there were any.
    pub(super) fn real_time_factor(&self) -> Option<f64> {
        let run_s = self.report.n_ticks_run as f64 * self.network.tick as f64 / 1e9;
        let busy_s = self.busy.as_secs_f64();
        (run_s > 0.0 && busy_s > 0.0).then(|| run_s / busy_s)
    }

    /// Checks the memories of the board if it is time: between windows, or in a run while no answer is awaited.
    fn check_memories(&mut self) -> Result<(), SessionFailure> {
        let is_run = matches!(self.network.task, Task::Values(_));
        if (self.current.is_some() && !is_run) || !self.scrub.is_due(is_run) {
            return Ok(());
        }
        let running = self.current.as_ref().map(|current| current.begin.window);
        let is_damaged = self.scrub.check(&mut self.session, &mut self.report, running)?;
        if is_damaged && self.current.is_some() {
            // What a damaged network has computed is no beginning.
            self.windows.abandon();
            self.finish(Some(Cause::Damaged));
        }
        Ok(())
    }

    /// Checks the memories once more, so that the last windows are not in doubt.
    pub(super) fn last_check(&mut self) -> Result<(), SessionFailure> {
        if self.scrub.has_unchecked() {
            self.scrub.check(&mut self.session, &mut self.report, None)?;
        }
        Ok(())
    }
}

/// A session that cannot go on.
pub(super) struct SessionFailure(pub(super) SessionError);

impl From<SessionError> for SessionFailure {
    fn from(error: SessionError) -> Self {
        Self(error)
    }
}

impl SessionFailure {
    pub(super) fn failure(&self, board: &crate::board::Board, network: &LiveNetwork) -> Failure {
        Failure::session(board, &network.core, &self.0)
    }
}

/// Whether a window that failed so can be run again.
fn is_of_link(error: &SessionError) -> bool {
    matches!(error, SessionError::Link(_) | SessionError::TickLost { .. } | SessionError::NoWindow)
}

/// How long each part of the way takes.
#[derive(Clone, Default)]
pub(super) struct SpanHistograms {
    pub(super) source_to_host: Histogram,
    pub(super) host_to_tick: Histogram,
    pub(super) tick_to_answer: Histogram,
    pub(super) age: Histogram,
}

impl SpanHistograms {
    /// Adds a tick that was answered.
    fn add(&mut self, tick: &Tick, begun: Nanoseconds, answered: Nanoseconds) -> Spans {
        let host_to_tick = tick.closed - tick.received.map_or(tick.due, |received| received.max(tick.due));
        // A window that begins in the past lets its ticks wait.
        let tick_to_answer = answered - tick.closed.max(begun);
        self.source_to_host_add(tick);
        self.host_to_tick.add(host_to_tick);
        self.tick_to_answer.add(tick_to_answer);
        self.age.add(answered - tick.due);
        let us = |time: Nanoseconds| time.max(0) as f64 / 1e3;
        Spans {
            source_to_host: tick.under_way.map(us),
            host_to_tick: us(host_to_tick),
            tick_to_answer: us(tick_to_answer),
        }
    }

    fn source_to_host_add(&mut self, tick: &Tick) {
        if let Some(under_way) = tick.under_way {
            self.source_to_host.add(under_way);
        }
    }
}
