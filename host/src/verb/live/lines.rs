//! The lines on standard output. docs/json.md has their fields.

use live::histogram::Spread;
use live::ticks::{Break, Counters};
use serde::Serialize;

use super::super::adapt::{AdaptationSummary, Verdict};
use crate::board::Responder;
use crate::link::LinkStatistics;

/// Everything is ready: from here on arrivals count.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_ready")]
pub(super) struct Ready<'a> {
    pub(super) program: &'a str,
    pub(super) source: &'a str,
    pub(super) board: String,
    pub(super) network_hash: &'a str,
    pub(super) n_channels: u16,
    pub(super) tick_ms: f64,
    /// Ticks of a window; none if values come at every tick.
    pub(super) window_ticks: Option<u64>,
    /// Classes, or names of the values.
    pub(super) outputs: &'a [String],
    pub(super) hold_ms: f64,
    pub(super) stall_ms: f64,
    pub(super) in_flight: usize,
    pub(super) round_trip_us: Spread,
    pub(super) scheduling: &'a str,
    pub(super) started_unix_s: f64,
}

/// What happened on the way of a tick, in microseconds.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Spans {
    pub(super) source_to_host: Option<f64>,
    pub(super) host_to_tick: f64,
    pub(super) tick_to_answer: f64,
}

/// The decision of a window: one for each.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_decision")]
pub(super) struct DecisionLine<'a> {
    pub(super) window: u64,
    pub(super) marker: Option<&'a str>,
    /// None if the window ended before it decided.
    pub(super) decision: Option<&'a str>,
    pub(super) class: Option<u8>,
    pub(super) scores: &'a [i16],
    /// The tick that decided, and its number in the window, from 1.
    pub(super) tick: u64,
    pub(super) ticks_run: u64,
    /// End of that tick since the start of the session, and by the clock of the source.
    pub(super) t_ms: f64,
    pub(super) source_ms: f64,
    /// Whether the window has all its ticks so far.
    pub(super) valid: bool,
    pub(super) age_ms: f64,
    pub(super) latency_us: Option<Spans>,
}

/// The end of a window or run.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_window")]
pub(super) struct WindowLine<'a> {
    pub(super) window: u64,
    pub(super) marker: Option<&'a str>,
    pub(super) start_ms: f64,
    pub(super) stop_ms: f64,
    pub(super) source_start_ms: f64,
    pub(super) n_ticks: u64,
    pub(super) decision: Option<&'a str>,
    pub(super) valid: bool,
    pub(super) cause: Option<Cause>,
    pub(super) missing: u64,
    pub(super) late: u64,
    pub(super) restarts: u32,
}

/// What a window taught, of a network that adapts.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_adaptation")]
pub(super) struct AdaptationLine {
    pub(super) window: u64,
    /// The class that its marker names.
    pub(super) label: Option<String>,
    #[serde(flatten)]
    pub(super) verdict: Verdict,
}

/// Why a window is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    Jump,
    ClockStep,
    Stall,
    Disconnected,
    /// Too many rows or messages are missing.
    Missing,
    /// The board was too far behind.
    Abandoned,
    /// Its first tick is not kept any more.
    Missed,
    /// The board restarted in a run that is too long to be run again.
    Restart,
    /// A memory of the board was found damaged.
    Damaged,
    /// The session ended.
    Interrupted,
}

impl Cause {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jump => "jump",
            Self::ClockStep => "clock_step",
            Self::Stall => "stall",
            Self::Disconnected => "disconnected",
            Self::Missing => "missing",
            Self::Abandoned => "abandoned",
            Self::Missed => "missed",
            Self::Restart => "restart",
            Self::Damaged => "damaged",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Break> for Cause {
    fn from(cause: Break) -> Self {
        match cause {
            Break::Jump => Self::Jump,
            Break::ClockStep => Self::ClockStep,
            Break::Stall => Self::Stall,
            Break::Disconnected => Self::Disconnected,
        }
    }
}

/// The values of a tick.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_values")]
pub(super) struct ValuesLine<'a> {
    pub(super) run: u64,
    pub(super) tick: u64,
    pub(super) t_ms: f64,
    pub(super) source_ms: f64,
    pub(super) values: &'a [f64],
    pub(super) class: Option<&'a str>,
    pub(super) age_ms: f64,
}

/// The scores of a tick of a window.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_scores")]
pub(super) struct ScoresLine<'a> {
    pub(super) window: u64,
    pub(super) tick: u64,
    pub(super) scores: &'a [i16],
    pub(super) n_spikes: u16,
}

/// Something that a person should know at once.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_notice")]
pub(super) struct Notice {
    pub(super) notice: NoticeKind,
    /// The tick that comes next.
    pub(super) tick: u64,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoticeKind {
    /// Rows have stopped coming.
    Stalled,
    /// Ticks do not follow those before.
    Jump,
    ClockStep,
    Resumed,
    Disconnected,
    BoardRestarted,
    /// The disk takes no more.
    RecordingFailed,
}

impl From<Break> for NoticeKind {
    fn from(cause: Break) -> Self {
        match cause {
            Break::Jump => Self::Jump,
            Break::ClockStep => Self::ClockStep,
            Break::Stall => Self::Resumed,
            Break::Disconnected => Self::Disconnected,
        }
    }
}

/// The last line.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live")]
pub(super) struct Summary<'a> {
    pub(super) board: String,
    pub(super) source: &'a str,
    pub(super) network_hash: &'a str,
    pub(super) duration_s: f64,
    /// Windows or runs that were valid, and all.
    pub(super) n_valid: u64,
    pub(super) n_windows: u64,
    pub(super) causes: Vec<CauseCount>,
    pub(super) n_ticks_run: u64,
    pub(super) counters: Counters,
    pub(super) lines_dropped: u64,
    /// Of the valid windows, in order.
    pub(super) scores_hash: &'a str,
    pub(super) latency_us: Latencies,
    /// By how much a loopback itself was late to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sent_late_us: Option<Spread>,
    pub(super) latency_of: Responder,
    pub(super) real_time_factor: Option<f64>,
    pub(super) checks: &'a Checks,
    pub(super) link: LinkStatistics,
    pub(super) scheduling: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) adaptation: Option<&'a AdaptationSummary>,
}

/// How often windows were not whole for this cause.
#[derive(Serialize)]
pub(super) struct CauseCount {
    pub(super) cause: &'static str,
    pub(super) count: u64,
}

/// How long each part of the way took.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Latencies {
    pub(super) source_to_host: Spread,
    pub(super) host_to_tick: Spread,
    pub(super) tick_to_answer: Spread,
    pub(super) answer_to_output: Spread,
    /// From the end of a tick to its answer.
    pub(super) age: Spread,
}

/// Checks of the board's memories.
#[derive(Clone, Default, Serialize)]
pub(super) struct Checks {
    pub(super) n_checks: u64,
    pub(super) n_damaged: u64,
    /// Windows since the last good check before damage was found.
    pub(super) doubtful_windows: Vec<u64>,
    pub(super) duration_us: Spread,
}

/// A check that found damage.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "live_check")]
pub(super) struct CheckLine<'a> {
    /// Memories that did not hold the network: `lane` and `memory`.
    pub(super) damaged: Vec<Memory>,
    pub(super) doubtful_windows: &'a [u64],
    pub(super) duration_us: f64,
}

#[derive(Serialize)]
pub(super) struct Memory {
    pub(super) memory: String,
    pub(super) lane: u8,
}
