//! Pieces of SVG, and the card that every picture lies on: a background of its own makes it readable on a dark page.

use std::fmt::Write as _;

/// Around the drawing, in pixels.
const MARGIN: f64 = 16.0;
const FONTS: &str = "Helvetica, Arial, sans-serif";
const FONT_SIZE: u32 = 15;

/// Colour of lines and text.
pub const INK: &str = "#24292f";
/// Colour of what is less important.
pub const SOFT: &str = "#57606a";

/// A whole SVG file: the drawing, which has its origin at the upper left, on a white card.
#[must_use]
pub fn card(width: f64, height: f64, drawing: &str) -> String {
    let (width, height) = ((width + 2.0 * MARGIN).round(), (height + 2.0 * MARGIN).round());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"{0} {0} {width} {height}\" font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">\n\
         <rect x=\"{0}\" y=\"{0}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#fff\"/>\n",
        -MARGIN
    );
    for line in drawing.lines() {
        let _ = writeln!(svg, "{}", line.trim_end());
    }
    svg.push_str("</svg>\n");
    svg
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A drawing under way. Places and sizes are pixels, to a tenth.
#[derive(Default)]
pub struct Drawing {
    /// Its elements so far, one a line.
    pub svg: String,
}

impl Drawing {
    /// Text on a line whose middle is at `y`.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, (size, colour): (f64, &str), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" dy=\"0.35em\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{colour}\">{text}</text>",
        );
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        );
    }

    /// A line through points.
    pub fn line(&mut self, points: &[(f64, f64)], colour: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            self.svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"/>",
            points.join(" ")
        );
    }
}
