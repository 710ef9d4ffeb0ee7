//! What is said about windows and ticks: lines out, entries of the recording, counts for the summary.

use std::collections::BTreeMap;
use std::sync::Arc;
#[cfg(feature = "tui")]
use std::sync::mpsc::SyncSender;

use live::arrival::Nanoseconds;
use live::sink::Message;
use live::ticks::Tick;
use serde::Serialize;
use spec::digest::ScoresDigest;

use super::decoding::{Answered, Current, SpanHistograms};
use super::lines::{Cause, CheckLine, DecisionLine, Notice, NoticeKind, ScoresLine, Spans, ValuesLine, WindowLine};
use super::output::Outputs;
use super::recorder::{Entry, Recorder, Trial};
#[cfg(feature = "tui")]
use super::tui::Shown;

/// Windows that are kept for the page.
const MOST_ENDED: usize = 100_000;

/// A window that has ended.
pub(super) struct Ended {
    pub(super) window: u64,
    pub(super) start_ms: f64,
    pub(super) marker: Option<String>,
    pub(super) decision: Option<String>,
    pub(super) age_ms: Option<f64>,
    pub(super) cause: Option<Cause>,
}

/// Says and records what happens.
pub(super) struct Report {
    pub(super) outputs: Outputs,
    pub(super) recorder: Option<Recorder>,
    #[cfg(feature = "tui")]
    pub(super) screen: Option<SyncSender<Shown>>,
    pub(super) shows_scores: bool,
    tick: Nanoseconds,
    pub(super) latencies: SpanHistograms,
    pub(super) digest: ScoresDigest,
    pub(super) n_ticks_run: u64,
    pub(super) n_windows: u64,
    pub(super) n_valid: u64,
    pub(super) causes: BTreeMap<&'static str, u64>,
    pub(super) ended: Vec<Ended>,
    has_lost_recording: bool,
}

impl Report {
    pub(super) fn new(outputs: Outputs, recorder: Option<Recorder>, shows_scores: bool, tick: Nanoseconds) -> Self {
        Self {
            outputs,
            recorder,
            #[cfg(feature = "tui")]
            screen: None,
            shows_scores,
            tick,
            latencies: SpanHistograms::default(),
            digest: ScoresDigest::default(),
            n_ticks_run: 0,
            n_windows: 0,
            n_valid: 0,
            causes: BTreeMap::new(),
            ended: Vec::new(),
            has_lost_recording: false,
        }
    }

    /// With this screen beside the lines.
    #[cfg(feature = "tui")]
    pub(super) fn shown_on(self, screen: Option<SyncSender<Shown>>) -> Self {
        Self { screen, ..self }
    }

    /// Prints a line, and records it.
    pub(super) fn say(&self, line: &impl Serialize, answered: Option<Nanoseconds>) {
        let text = text(line);
        self.outputs.put(&text, answered);
        self.record(Entry::Line(text));
    }

    /// Says once that the disk has failed. The session goes on without recording, and ends with an error.
    pub(super) fn watch_recorder(&mut self, tick: u64) {
        if !self.has_lost_recording && self.recorder.as_ref().is_some_and(Recorder::has_failed) {
            self.has_lost_recording = true;
            self.notice(NoticeKind::RecordingFailed, tick);
        }
    }

    fn record(&self, entry: Entry) {
        if let Some(recorder) = &self.recorder {
            recorder.put(entry);
        }
    }

    /// Shows something on the screen, if there is one.
    #[cfg(feature = "tui")]
    fn show(&self, shown: impl FnOnce() -> Shown) {
        if let Some(screen) = &self.screen {
            self.outputs.count_dropped(screen.try_send(shown()));
        }
    }

    /// Shows the answer to a tick on the screen, if there is one.
    #[cfg_attr(not(feature = "tui"), expect(unused_variables, reason = "there is no screen"))]
    pub(super) fn show_answer(&self, tick: &Tick, at: Nanoseconds, spans: Spans, outputs: impl FnOnce() -> Vec<f64>) {
        #[cfg(feature = "tui")]
        self.show(|| Shown::Answer { outputs: outputs(), spans, age: at - tick.due });
    }

    pub(super) fn record_tick(&self, tick: &Arc<Tick>) {
        #[cfg(feature = "tui")]
        self.show(|| Shown::Tick(Arc::clone(tick)));
        self.record(Entry::Tick(Arc::clone(tick)));
    }

    pub(super) fn notice(&self, notice: NoticeKind, tick: u64) {
        #[cfg(feature = "tui")]
        self.show(|| Shown::Stalled(matches!(notice, NoticeKind::Stalled)));
        self.say(&Notice { notice, tick }, None);
    }

    pub(super) fn check(&self, line: &CheckLine<'_>) {
        self.say(line, None);
    }

    /// The scores of a tick of a window.
    pub(super) fn scores(&self, current: &Current, answered: &Answered<'_>) {
        if self.shows_scores {
            let Answered { tick, answer, at, .. } = answered;
            let (window, scores, n_spikes) = (current.begin.window, &answer.scores[..], answer.n_spikes);
            self.outputs.put_if_room(&text(&ScoresLine { window, tick: tick.number, scores, n_spikes }), Some(*at));
        }
    }

    /// The decision of a window; without an answer it has none.
    pub(super) fn decision(&self, current: &Current, answered: Option<&Answered<'_>>) {
        let tick = answered.map(|answered| answered.tick).or(current.first.as_ref());
        let (number, end) = tick.map_or((current.begin.first_tick, 0), |tick| (tick.number, tick.end));
        let scores = answered.map_or(&[][..], |answered| &answered.answer.scores[..]);
        let class = answered.map(|answered| answered.answer.class);
        let age_ms = answered.map_or(0.0, |answered| (answered.at - answered.tick.due) as f64 / 1e6);
        let valid = answered.is_some() && current.missing <= live::window::MISSING_MOST;
        let line = DecisionLine {
            window: current.begin.window,
            marker: current.begin.marker.as_deref(),
            decision: current.decision.as_deref(),
            class,
            scores,
            tick: number,
            ticks_run: number + 1 - current.begin.first_tick.min(number),
            t_ms: self.ms(number + 1),
            source_ms: end as f64 / 1e6,
            valid,
            age_ms,
            latency_us: answered.map(|answered| answered.spans),
        };
        self.say(&line, answered.map(|answered| answered.at));
        #[cfg(feature = "tui")]
        self.show(|| {
            let decision = current.decision.as_deref().unwrap_or("none");
            let marker = current.begin.marker.as_deref().unwrap_or_default();
            Shown::Decision(format!("window {} {marker}: {decision}, {age_ms:.1} ms old", current.begin.window))
        });
        self.outputs.send(&Message::Decision {
            window: current.begin.window,
            tick: number,
            stamp: end,
            class: class.zip(current.decision.clone()),
            scores: scores.to_vec(),
            valid,
            age_ms,
        });
    }

    /// The values of a tick.
    pub(super) fn values(&self, current: &Current, answered: &Answered<'_>, values: Vec<f64>, class: Option<String>) {
        let Answered { tick, at, .. } = answered;
        let age_ms = (at - tick.due) as f64 / 1e6;
        let line = ValuesLine {
            run: current.begin.window,
            tick: tick.number,
            t_ms: self.ms(tick.number + 1),
            source_ms: tick.end as f64 / 1e6,
            values: &values,
            class: class.as_deref(),
            age_ms,
        };
        self.outputs.put_if_room(&text(&line), Some(*at));
        self.outputs.send(&Message::Values { tick: tick.number, stamp: tick.end, values, age_ms });
    }

    /// The end of a window, or of a run, whose network needs so many ticks of lead-in.
    pub(super) fn window(&mut self, current: Current, cause: Option<Cause>, lead_in: Option<u32>) {
        let n_ticks = current.ticks_answered(lead_in.unwrap_or(0));
        // A run is good as far as it goes.
        let valid = if lead_in.is_some() { n_ticks > 0 && cause != Some(Cause::Damaged) } else { cause.is_none() };
        if lead_in.is_none() {
            if current.decided_at.is_none() {
                self.decision(&current, None);
            }
            if valid {
                current.scores.iter().for_each(|scores| self.digest.add_tick(scores));
            }
        }
        self.count(valid, cause);
        let first_tick = current.begin.first_tick;
        self.say(
            &WindowLine {
                window: current.begin.window,
                marker: current.begin.marker.as_deref(),
                start_ms: self.ms(first_tick),
                stop_ms: self.ms(first_tick + n_ticks),
                source_start_ms: current.first.as_ref().map_or(0.0, |first| first.begin as f64 / 1e6),
                n_ticks,
                decision: current.decision.as_deref(),
                valid,
                cause,
                missing: current.missing,
                late: current.late,
                restarts: current.restarts,
            },
            None,
        );
        if self.ended.len() < MOST_ENDED {
            self.ended.push(Ended {
                window: current.begin.window,
                start_ms: self.ms(first_tick),
                marker: current.begin.marker.clone(),
                decision: current.decision.clone(),
                age_ms: current.age_ms,
                cause,
            });
        }
        if valid {
            let (marker, decision, decided_at) = (current.begin.marker, current.decision, current.decided_at);
            self.record(Entry::Trial(Trial { first_tick, n_ticks, marker, decision, decided_at }));
        }
    }

    /// A window that could not begin.
    pub(super) fn missed(&mut self, window: u64, marker: Option<String>, tick: u64) {
        self.count(false, Some(Cause::Missed));
        let line = WindowLine {
            window,
            marker: marker.as_deref(),
            start_ms: self.ms(tick),
            stop_ms: self.ms(tick),
            source_start_ms: 0.0,
            n_ticks: 0,
            decision: None,
            valid: false,
            cause: Some(Cause::Missed),
            missing: 0,
            late: 0,
            restarts: 0,
        };
        self.say(&line, None);
    }

    fn count(&mut self, valid: bool, cause: Option<Cause>) {
        self.n_windows += 1;
        self.n_valid += u64::from(valid);
        if let Some(cause) = cause {
            *self.causes.entry(cause.name()).or_default() += 1;
        }
    }

    /// Start of a tick since the start of the session.
    fn ms(&self, tick: u64) -> f64 {
        tick as f64 * self.tick as f64 / 1e6
    }
}

/// A line as text. All of them become JSON.
fn text(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}
