//! The report of an adaptation.

use std::fmt::Write;

use serde::Serialize;
use spec::wire::{Command, FRAME_OVERHEAD_BYTES, LINE_BITS_PER_BYTE, LOAD_MAX_BYTES};
use train::adapt::Trusted;

use super::adaptation::{Adaptation, Counts};
use super::log::Source;
use super::{Adapt, AdaptArgs};
use crate::evaluation::{Percentiles, percentiles};
use crate::verb::percent;

/// The line speed that times are calculated for: that of the fastest boards.
const BAUD: u32 = 3_000_000;

/// What both decoders decided on a window, and what it taught.
#[derive(Clone, Debug, Serialize)]
pub(in crate::verb) struct Verdict {
    pub(super) trained: String,
    pub(super) adapted: String,
    /// Which of both counted.
    pub(super) trusted: Trusted,
    /// The class that was taught, if any.
    pub(super) taught: Option<String>,
    /// Where it comes from.
    pub(super) source: Option<Source>,
}

/// The figures of an adaptation.
#[derive(Clone, Debug, Serialize)]
pub(in crate::verb) struct AdaptationSummary {
    adapt: Adapt,
    /// Accuracy at the end of windows with a label; none without labels.
    accuracy_trained: Option<f64>,
    accuracy_adapted: Option<f64>,
    accuracy_trusted: Option<f64>,
    n_labels: u64,
    n_teaches: u64,
    n_unsure: u64,
    /// Which decoder counts from here on.
    trusted: Trusted,
    n_reloads: usize,
    /// To the board for a reload, and how long a line at 3 Mbaud takes for them.
    reload_bytes: usize,
    reload_ms_at_3_mbaud: f64,
    /// Here.
    reload_us: Percentiles,
    saved: Option<String>,
    saved_hash: Option<String>,
    log: Option<String>,
}

impl AdaptationSummary {
    pub(super) fn of(adaptation: &Adaptation, adapt: Adapt, args: &AdaptArgs, saved_hash: Option<String>) -> Self {
        let Counts { n_labels, n_teaches, n_unsure, trained_right, adapted_right, trusted_right, .. } =
            adaptation.counts;
        let share = |n_right: u64| (n_labels > 0).then(|| n_right as f64 / n_labels as f64);
        let reload_bytes = reload_bytes(adaptation.board_bytes());
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
        Self {
            adapt,
            accuracy_trained: share(trained_right),
            accuracy_adapted: share(adapted_right),
            accuracy_trusted: share(trusted_right),
            n_labels,
            n_teaches,
            n_unsure,
            trusted: adaptation.trusted(),
            n_reloads: adaptation.reloads.len(),
            reload_bytes,
            reload_ms_at_3_mbaud: line_ms(reload_bytes),
            reload_us: percentiles(adaptation.reloads.clone()),
            saved: path(&args.save),
            saved_hash,
            log: path(&args.log),
        }
    }

    /// Lines of a report.
    pub(in crate::verb) fn text(&self) -> String {
        let mut text = String::new();
        let unsure = match self.n_unsure {
            0 => String::new(),
            n => format!(", {n} not, for they were not sure"),
        };
        let by = match self.adapt {
            Adapt::Off => "off; an image that was adapted before".to_owned(),
            Adapt::Labels => format!("{} windows taught by their labels", self.n_teaches),
            Adapt::Own => format!("{} windows taught by their own decisions{unsure}", self.n_teaches),
        };
        let _ = writeln!(text, "adaptation   {by}; from here on the decision of {} counts", decoder_name(self.trusted));
        if let (Some(trained), Some(adapted), Some(trusted)) =
            (self.accuracy_trained, self.accuracy_adapted, self.accuracy_trusted)
        {
            let _ = writeln!(
                text,
                "             trained network {}, adapted readouts {}, whichever counted {} of {} windows with a label",
                percent(trained),
                percent(adapted),
                percent(trusted),
                self.n_labels
            );
        }
        if self.adapt != Adapt::Off {
            let _ = writeln!(
                text,
                "reload       {} of {} bytes each, {:.0} ms at 3 Mbaud by their number; here p50 {:.1} ms, max {:.1} ms",
                self.n_reloads,
                self.reload_bytes,
                self.reload_ms_at_3_mbaud,
                self.reload_us.p50 / 1e3,
                self.reload_us.max / 1e3
            );
        }
        if let (Some(saved), Some(hash)) = (&self.saved, &self.saved_hash) {
            let _ = writeln!(text, "saved        {saved}: {hash}");
        }
        if let Some(log) = &self.log {
            let _ = writeln!(text, "log          {log}");
        }
        text
    }
}

/// What a decoder is called.
pub(in crate::verb) fn decoder_name(trusted: Trusted) -> &'static str {
    match trusted {
        Trusted::Trained => "the trained network",
        Trusted::Adapted => "the adapted readouts",
    }
}

/// Bytes on the line to the board for a whole image.
fn reload_bytes(image: &[u8]) -> usize {
    let frame =
        |bytes: &[u8]| FRAME_OVERHEAD_BYTES + Command::Load { offset: 0, bytes: bytes.to_vec() }.payload().len();
    image.chunks(LOAD_MAX_BYTES).map(frame).sum()
}

/// How long a line at 3 Mbaud takes for so many bytes.
fn line_ms(n_bytes: usize) -> f64 {
    n_bytes as f64 * f64::from(LINE_BITS_PER_BYTE) / f64::from(BAUD) * 1e3
}
