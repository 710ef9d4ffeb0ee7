//! Decoded and true values as a picture: each axis over time, and the path of the first two.

use std::fmt::Write;

use recording::Stream;

use super::csv::Decoded;

/// Time that is shown, at most.
const SHOWN_S: f64 = 20.0;
const WIDTH: f64 = 900.0;
const PANEL: f64 = 150.0;
const MARGIN: f64 = 50.0;
const TRUE_COLOUR: &str = "#888888";
const DECODED_COLOUR: &str = "#c03028";

/// A picture of the first scored stretch, as SVG.
pub(super) fn svg(stream: &Stream, ticks: &[Decoded]) -> String {
    let first = ticks.iter().position(|tick| tick.is_scored).unwrap_or(0);
    let n_shown = ticks[first..].iter().take_while(|tick| within(stream, ticks, first, tick.tick)).count();
    let shown = &ticks[first..first + n_shown];
    let n_axes = stream.axes.len();
    let height = MARGIN + n_axes as f64 * (PANEL + MARGIN) + if n_axes > 1 { 2.0 * PANEL + MARGIN } else { 0.0 };
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"{MARGIN}\" y=\"24\"><tspan fill=\"{TRUE_COLOUR}\">true</tspan> and <tspan fill=\"{DECODED_COLOUR}\">decoded</tspan> {}</text>\n",
        escaped(&stream.target)
    );
    let time_s = |tick: &Decoded| stream.end_s(tick.tick);
    let start_s = shown.first().map_or(0.0, time_s);
    let shown_s = shown.last().map_or(SHOWN_S, |last| time_s(last) - start_s).max(f64::from(stream.tick_ms) / 1e3);
    let label = |tick: &Decoded, axis: usize| f64::from(stream.label(tick.tick)[axis]);
    for axis in 0..n_axes {
        let top = MARGIN + axis as f64 * (PANEL + MARGIN);
        let frame = Frame { left: MARGIN, top, width: WIDTH - 2.0 * MARGIN, height: PANEL };
        let all = || shown.iter().flat_map(|tick| [label(tick, axis), tick.values[axis]]);
        let (low, high) = range(all());
        let x = |tick: &Decoded| (time_s(tick) - start_s) / shown_s;
        let y = |value: f64| (value - low) / (high - low);
        frame.draw(&mut text, &format!("{} {}", stream.axes[axis], stream.unit), low, high);
        frame.line(&mut text, TRUE_COLOUR, shown.iter().map(|tick| (x(tick), y(label(tick, axis)))));
        frame.line(&mut text, DECODED_COLOUR, shown.iter().map(|tick| (x(tick), y(tick.values[axis]))));
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{start_s:.1} to {:.1} s</text>",
            WIDTH - MARGIN,
            top - 6.0,
            start_s + shown_s
        );
    }
    if n_axes > 1 {
        let top = MARGIN + n_axes as f64 * (PANEL + MARGIN);
        let frame = Frame { left: MARGIN, top, width: 2.0 * PANEL, height: 2.0 * PANEL };
        let dt_s = f64::from(stream.tick_ms) / 1e3;
        let path = |value: &dyn Fn(&Decoded, usize) -> f64| {
            let mut place = [0.0; 2];
            let mut places = Vec::with_capacity(shown.len());
            for tick in shown {
                // Where there is no value, nothing is added.
                place.iter_mut().enumerate().for_each(|(axis, sum)| {
                    let step = value(tick, axis);
                    *sum += if step.is_finite() { step * dt_s } else { 0.0 };
                });
                places.push(place);
            }
            places
        };
        let paths = [path(&label), path(&|tick, axis| tick.values[axis])];
        let (low_x, high_x) = range(paths.iter().flatten().map(|place| place[0]));
        let (low_y, high_y) = range(paths.iter().flatten().map(|place| place[1]));
        let span = (high_x - low_x).max(high_y - low_y);
        frame.draw(&mut text, "sum over time", low_y, low_y + span);
        for (places, colour) in paths.iter().zip([TRUE_COLOUR, DECODED_COLOUR]) {
            let points = places.iter().map(|place| ((place[0] - low_x) / span, (place[1] - low_y) / span));
            frame.line(&mut text, colour, points);
        }
    }
    text + "</svg>\n"
}

/// Whether a tick is within the time that is shown from the tick at `first` on.
fn within(stream: &Stream, ticks: &[Decoded], first: usize, tick: usize) -> bool {
    let start_s = stream.time_s(ticks[first].tick);
    let time_s = stream.time_s(tick);
    time_s >= start_s && time_s - start_s < SHOWN_S
}

/// The least and the greatest of the finite values, never equal.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low < high { (low, high) } else { (low.min(0.0), low.min(0.0).max(high).max(0.0) + 1.0) }
}

/// A panel; its points are from 0 to 1 to the right and upwards.
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Frame {
    fn draw(&self, text: &mut String, name: &str, low: f64, high: f64) {
        let Self { left, top, width, height } = self;
        let _ = writeln!(
            text,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#cccccc\"/>\n\
             <text x=\"{left}\" y=\"{}\">{}</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{high:.1}</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{low:.1}</text>",
            top - 6.0,
            escaped(name),
            left - 4.0,
            top + 12.0,
            left - 4.0,
            top + height
        );
    }

    /// A line that is broken where a point is not finite, and leaves out points that would be drawn on the one before.
    fn line(&self, text: &mut String, colour: &str, points: impl Iterator<Item = (f64, f64)>) {
        const APART: f64 = 1.5;
        let mut path = String::new();
        let mut last: Option<(f64, f64)> = None;
        for (x, y) in points {
            if !(x.is_finite() && y.is_finite()) {
                last = None;
                continue;
            }
            let (x, y) = (self.left + x * self.width, self.top + (1.0 - y) * self.height);
            if last.is_some_and(|last| (x - last.0).hypot(y - last.1) < APART) {
                continue;
            }
            let _ = write!(path, "{}{x:.1} {y:.1}", if last.is_some() { "L" } else { "M" });
            last = Some((x, y));
        }
        let _ = writeln!(text, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.2\"/>");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
