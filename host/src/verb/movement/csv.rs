//! The values of every tick as CSV.

use std::fmt::Write;

use recording::Stream;

/// A value of each axis after a tick.
pub(super) struct Decoded {
    pub(super) tick: usize,
    pub(super) values: Vec<f64>,
    pub(super) is_scored: bool,
}

/// A row for each tick: time of its end, decoded values, true values (empty where there is none), and whether it is scored.
pub(super) fn text(stream: &Stream, ticks: &[Decoded]) -> String {
    let mut text = String::from("t_s");
    for kind in ["decoded", "true"] {
        for axis in &stream.axes {
            let _ = write!(text, ",{}", field(&format!("{axis}_{kind}")));
        }
    }
    text += ",scored\n";
    for Decoded { tick, values, is_scored } in ticks {
        let _ = write!(text, "{:.6}", stream.end_s(*tick));
        for value in values {
            let _ = write!(text, ",{value:.6}");
        }
        for label in stream.label(*tick) {
            let _ = if label.is_nan() { write!(text, ",") } else { write!(text, ",{label:.6}") };
        }
        let _ = writeln!(text, ",{}", u8::from(*is_scored));
    }
    text
}

/// A name as a field: quoted if it has a comma or a quote.
pub(in crate::verb) fn field(name: &str) -> String {
    if name.contains([',', '"', '\n']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}
