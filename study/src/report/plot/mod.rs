//! The plots of the report, each an SVG.

mod bars;
mod circuit;
mod confusion;
mod lines;
mod panels;
mod points;
mod polar;
mod raster;
mod scatter;

use std::ops::Range;

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

pub use bars::{Bar, bars};
pub use circuit::{Arrow, circuit};
pub use confusion::{Confusion, confusions};
pub use lines::{Line, lines, trajectories};
pub use panels::{LinePanel, SpikePanel, difference_panels, line_panels, spike_panels};
pub use points::{points, ranked};
pub use polar::{PolarCurve, polar};
pub use raster::raster;
pub use scatter::{Family, Point, scatter};

use super::Figure;

/// Labels and range of the axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axes {
    /// Label of the horizontal axis.
    pub x: String,
    /// Label of the vertical axis.
    pub y: String,
    /// Range of the vertical axis; taken from the data if `None`.
    pub y_range: Option<Range<f64>>,
    /// A level to draw as a dashed line, with its name.
    pub level: Option<(f64, String)>,
}

/// The colour of the item with this index.
#[must_use]
pub fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// Colours that remain distinct with any colour vision (Okabe and Ito 2008), and four more (after Tol 2021).
const COLOURS: [RGBColor; 12] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 30),
    RGBColor(0, 0, 0),
    RGBColor(153, 153, 51),
    RGBColor(136, 34, 85),
    RGBColor(68, 170, 153),
    RGBColor(153, 136, 204),
];

const FONT: (&str, i32) = ("sans-serif", 13);
const SIZE: (u32, u32) = (720, 400);

type Failed = Box<dyn std::error::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn drawn(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>) -> Figure {
    let mut svg = String::new();
    let failed = {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).and_then(|()| area.present().map_err(Into::into)).err()
    };
    match failed {
        None => Figure { svg },
        Some(error) => Figure { svg: format!("<p>cannot be drawn: {error}</p>") },
    }
}

/// Labels the axes.
fn labelled<'m, 'a, 'b, DB: DrawingBackend>(
    mesh: &'m mut MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, DB>,
    x: &str,
    y: &str,
) -> &'m mut MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, DB> {
    mesh.x_desc(x).y_desc(y).x_label_formatter(&tick_label).y_label_formatter(&tick_label).label_style(FONT)
}

/// A number beside an axis, without trailing zeros.
fn tick_label(value: &f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Names beside the plot in the colours of the lines, the dashed level last.
fn legend<'n>(area: &Area<'_>, names: impl Iterator<Item = &'n str>, level: Option<&str>) -> Result<(), Failed> {
    let (width, _) = area.dim_in_pixel();
    let left = width as i32 - 182;
    let entries = names.enumerate().map(|(index, name)| (colour(index), name));
    for (row, (colour, name)) in entries.chain(level.map(|name| (RGBColor(128, 128, 128), name))).enumerate() {
        let y = 22 + 20 * row as i32;
        area.draw(&Rectangle::new([(left, y - 5), (left + 12, y + 5)], colour.filled()))?;
        area.draw(&Text::new(name.to_owned(), (left + 18, y - 7), FONT))?;
    }
    Ok(())
}

fn centred() -> plotters::style::text_anchor::Pos {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    Pos::new(HPos::Center, VPos::Top)
}

/// The range of the values, widened by a margin, and never empty.
fn range(values: impl Iterator<Item = f64>, margin: f64) -> Range<f64> {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return 0.0..1.0;
    }
    let width = if high > low { high - low } else { 1.0 };
    low - margin * width..high.max(low + width * 1e-6) + margin * width
}
