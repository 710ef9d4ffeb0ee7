//! The timing diagram of a tick.

use super::{LANE, Tick};
use crate::svg::{Anchor, Drawing, INK, SOFT, card};
use crate::{PictureError, folder};

/// A phase of the core: its name, what happens in it, and the colour behind it.
#[derive(Clone, Copy)]
struct Phase {
    name: &'static str,
    what: &'static str,
    colour: &'static str,
}

/// The phases in the order of the core's encoding. Nothing is drawn behind the idle core.
const PHASES: [Option<Phase>; 5] = [
    None,
    Some(Phase { name: "draining", what: "the last events reach the bank", colour: "#e7f0fc" }),
    Some(Phase { name: "sweeping", what: "one neuron a lane and cycle", colour: "#e5f6ea" }),
    Some(Phase { name: "settling", what: "", colour: "#fff6dc" }),
    Some(Phase { name: "deciding", what: "", colour: "#f1e7fb" }),
];
/// Colours of what the banks of sums collect.
const BANKS: [&str; 2] = ["#4a7ebb", "#c9772c"];
/// Width of a cycle.
const CYCLE: f64 = 4.7;
/// Width of the labels at the left.
const LABELS: f64 = 146.0;
/// Height of the names of the phases.
const HEADER: f64 = 40.0;
const ROW: f64 = 36.0;
const LANE_ROW: f64 = 18.0;
/// Height of a wave.
const WAVE: f64 = 17.0;
const TEXT: f64 = 13.0;
const SMALL: f64 = 11.0;

/// The SVG file of a tick.
///
/// # Errors
/// Its table lacks a signal or the decision.
pub fn svg(tick: &Tick) -> Result<String, PictureError> {
    draw(tick).ok_or_else(|| PictureError::content(&folder().join("tick.csv"), "lacks a signal, or the decision"))
}

fn draw(tick: &Tick) -> Option<String> {
    let bottom = HEADER + 7.0 * ROW + LANE_ROW * tick.lanes() as f64 + ROW / 2.0;
    let mut diagram = Diagram { tick, drawing: Drawing::default(), y: HEADER - ROW / 2.0 };
    diagram.phases(bottom)?;
    diagram.axis(bottom);
    diagram.row("input events", "event_valid, channel");
    diagram.wave("event_valid")?;
    diagram.channels()?;
    diagram.row("start of the tick", "start");
    diagram.wave("start")?;
    diagram.lanes()?;
    diagram.row("bank that collects", "bank");
    diagram.banks()?;
    diagram.row("neurons read", "sweep");
    diagram.wave("sweep")?;
    diagram.row("neurons updated", "swept");
    diagram.wave("swept")?;
    diagram.row("spikes of all lanes", "spikes");
    diagram.wave("spikes")?;
    diagram.row("decision", "done, decision");
    diagram.wave("done")?;
    diagram.decision()?;
    Some(card(diagram.x(tick.end()), bottom + 34.0, &diagram.drawing.svg))
}

struct Diagram<'a> {
    tick: &'a Tick,
    drawing: Drawing,
    /// The middle of the row under way.
    y: f64,
}

impl Diagram<'_> {
    /// The left edge of a cycle.
    fn x(&self, cycle: i32) -> f64 {
        LABELS + CYCLE * f64::from(cycle - self.tick.first_cycle)
    }

    /// The colours behind everything, with their names and lengths.
    fn phases(&mut self, bottom: f64) -> Option<()> {
        for (from, to, phase) in self.tick.spans("phase")? {
            let Some(Phase { name, what, colour }) = PHASES.get(phase as usize).copied().flatten() else { continue };
            let (left, right) = (self.x(from), self.x(to));
            self.drawing.rectangle((left, HEADER - 4.0), (right - left, bottom - HEADER + 4.0), colour);
            let cycles = to - from;
            // The short phases follow one another: the first is named to the left, the second to the right.
            let (anchor, x, length) = match name {
                "settling" => (Anchor::End, right - 4.0, cycles.to_string()),
                "deciding" => (Anchor::Start, left + 4.0, cycles.to_string()),
                _ => (Anchor::Middle, (left + right) / 2.0, format!("{cycles} cycles: {what}")),
            };
            self.drawing.text((x, 8.0), anchor, (TEXT, INK), name);
            self.drawing.text((x, 24.0), anchor, (SMALL, SOFT), &length);
        }
        Some(())
    }

    /// Cycles from the start of the tick.
    fn axis(&mut self, bottom: f64) {
        let (first, end) = (self.tick.first_cycle, self.tick.end());
        self.drawing.line(&[(self.x(first), bottom), (self.x(end), bottom)], SOFT);
        for cycle in (first..end).filter(|cycle| cycle % 10 == 0) {
            let x = self.x(cycle);
            self.drawing.line(&[(x, bottom), (x, bottom + 4.0)], SOFT);
            if cycle % 20 == 0 {
                self.drawing.text((x, bottom + 12.0), Anchor::Middle, (SMALL, SOFT), &cycle.to_string());
            }
        }
        self.drawing.text((LABELS - 12.0, bottom + 12.0), Anchor::End, (SMALL, SOFT), "clock cycles from the start");
    }

    /// Begins a row with its label, and the names of its signals below.
    fn row(&mut self, label: &str, signals: &str) {
        self.y += ROW;
        self.drawing.text((LABELS - 12.0, self.y - 7.0), Anchor::End, (TEXT, INK), label);
        self.drawing.text((LABELS - 12.0, self.y + 8.0), Anchor::End, (SMALL, SOFT), signals);
    }

    /// A signal that is high where it is not 0.
    fn wave(&mut self, signal: &str) -> Option<()> {
        let level = |value: u32| if value == 0 { self.y + WAVE / 2.0 } else { self.y - WAVE / 2.0 };
        let mut points = Vec::new();
        for (from, to, value) in self.tick.spans(signal)? {
            points.push((self.x(from), level(value)));
            points.push((self.x(to), level(value)));
        }
        self.drawing.line(&points, INK);
        Some(())
    }

    /// The channels of the input events, above their pulses.
    fn channels(&mut self) -> Option<()> {
        let channels = self.tick.spans("channel")?;
        for (from, _, _) in self.tick.spans("event_valid")?.into_iter().filter(|(.., value)| *value != 0) {
            let channel = channels.iter().find(|(first, end, _)| (*first..*end).contains(&from))?.2;
            let place = (self.x(from) + CYCLE / 2.0, self.y - WAVE / 2.0 - 7.0);
            self.drawing.text(place, Anchor::Middle, (SMALL, INK), &channel.to_string());
        }
        Some(())
    }

    /// The cycles in which the lanes deliver a synaptic event, in the colour of the bank that collects.
    fn lanes(&mut self) -> Option<()> {
        let banks = self.tick.spans("bank")?;
        let lanes = self.tick.lanes();
        let top = self.y + ROW / 2.0;
        let middle = top + LANE_ROW * lanes as f64 / 2.0;
        self.drawing.text((LABELS - 48.0, middle - 7.0), Anchor::End, (TEXT, INK), "synaptic events");
        self.drawing.text((LABELS - 48.0, middle + 8.0), Anchor::End, (SMALL, SOFT), "delivers");
        for lane in 0..lanes {
            let y = top + LANE_ROW * (lane as f64 + 0.5);
            self.drawing.text((LABELS - 12.0, y), Anchor::End, (SMALL, SOFT), &format!("lane {lane}"));
            for (from, to, _) in self.tick.spans(&format!("{LANE}{lane}"))?.into_iter().filter(|(.., it)| *it != 0) {
                let bank = banks.iter().find(|(first, end, _)| (*first..*end).contains(&from))?.2;
                let (left, right) = (self.x(from), self.x(to));
                let colour = BANKS[bank as usize % 2];
                self.drawing.rectangle((left, y - LANE_ROW / 2.0 + 2.0), (right - left, LANE_ROW - 4.0), colour);
                let whose =
                    if from < 0 { "synapses of the input events" } else { "synapses of the neurons that fired" };
                if lane == 0 {
                    self.drawing.text(((left + right) / 2.0, y), Anchor::Middle, (SMALL, "#fff"), whose);
                }
            }
        }
        self.y += LANE_ROW * lanes as f64;
        Some(())
    }

    /// Which of the two banks of sums collects, and for which tick.
    fn banks(&mut self) -> Option<()> {
        let spans = self.tick.spans("bank")?;
        let last = spans.len() - 1;
        for (index, (from, to, bank)) in spans.into_iter().enumerate() {
            let (left, right) = (self.x(from), self.x(to));
            let (top, bottom) = (self.y - WAVE / 2.0, self.y + WAVE / 2.0);
            let colour = BANKS[bank as usize % 2];
            self.drawing.line(&[(left, self.y), (left + 3.0, top), (right - 3.0, top), (right, self.y)], colour);
            self.drawing.line(&[(left, self.y), (left + 3.0, bottom), (right - 3.0, bottom), (right, self.y)], colour);
            let text = format!("{bank}, for {} tick", if index == last { "the next" } else { "this" });
            self.drawing.text(((left + right) / 2.0, self.y), Anchor::Middle, (SMALL, INK), &text);
        }
        Some(())
    }

    /// The class, beside the strobe of the decision.
    fn decision(&mut self) -> Option<()> {
        let done = self.tick.spans("done")?.into_iter().find(|(.., value)| *value != 0)?;
        let decided = self.tick.spans("decision")?;
        let class = decided.iter().find(|(first, end, _)| (*first..*end).contains(&done.0))?.2;
        let place = (self.x(done.0) - 6.0, self.y - WAVE / 2.0 + 4.0);
        self.drawing.text(place, Anchor::End, (SMALL, INK), &format!("class {class} after {} cycles", done.0));
        Some(())
    }
}
