//! Bars with error lines.

use plotters::prelude::*;

use super::{Axes, FONT, centred, colour, drawn, range, tick_label};
use crate::report::Figure;

/// A bar with its error.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Name below it.
    pub name: String,
    /// Its height.
    pub value: f64,
    /// Ends of the error line.
    pub error: Option<(f64, f64)>,
}

/// Pixels around the plot.
const MARGIN: u32 = 10;
/// Pixels to the right of the plot if a level is named there.
const LEVEL_WIDTH: u32 = 60;

/// Bars side by side; `log` draws their heights on a logarithmic scale.
#[must_use]
pub fn bars(bars: &[Bar], axes: &Axes, log: bool) -> Figure {
    let width = (140 + 74 * bars.len() as u32).max(380);
    // The name of the level is beside the bars.
    let margin_right = if axes.level.is_some() { LEVEL_WIDTH } else { MARGIN };
    drawn((width + margin_right - MARGIN, 400), |area| {
        let ends = || bars.iter().flat_map(|bar| bar.error.into_iter().flat_map(|(low, high)| [low, high]));
        let values = || bars.iter().map(|bar| bar.value).chain(ends()).chain(axes.level.iter().map(|it| it.0));
        let x = -0.6..bars.len() as f64 - 0.4;
        let mut builder = ChartBuilder::on(area);
        builder.margin(MARGIN).margin_right(margin_right).x_label_area_size(64).y_label_area_size(70);
        macro_rules! draw {
            ($y:expr, $base:expr, $bottom:expr) => {{
                let (base, bottom): (f64, f64) = ($base, $bottom);
                // A logarithmic scale has no 0.
                let height = |value: f64| if log { value.max(bottom) } else { value };
                let mut chart = builder.build_cartesian_2d(x.clone(), $y)?;
                chart
                    .configure_mesh()
                    .disable_x_mesh()
                    .light_line_style(TRANSPARENT)
                    .bold_line_style(BLACK.mix(0.08))
                    .x_labels(0)
                    .y_desc(&axes.y)
                    .y_label_formatter(&tick_label)
                    .label_style(FONT)
                    .draw()?;
                for (index, bar) in bars.iter().enumerate() {
                    let at = index as f64;
                    let corners = [(at - 0.36, base), (at + 0.36, height(bar.value))];
                    chart.draw_series([Rectangle::new(corners, colour(index).mix(0.85).filled())])?;
                    if let Some((low, high)) = bar.error.filter(|error| !error.0.is_nan()) {
                        let line = [(at, height(low)), (at, height(high))];
                        chart.draw_series([PathElement::new(line, BLACK.stroke_width(2))])?;
                    }
                    let place = chart.backend_coord(&(at, bottom));
                    for (row, part) in wrapped(&bar.name).into_iter().enumerate() {
                        let style = FONT.into_text_style(area).pos(centred());
                        area.draw(&Text::new(part, (place.0, place.1 + 8 + 15 * row as i32), style))?;
                    }
                }
                if let Some((level, name)) = &axes.level {
                    let line = [(x.start, *level), (x.end, *level)];
                    chart.draw_series(DashedLineSeries::new(line, 5, 4, BLACK.mix(0.6).into()))?;
                    let place = chart.backend_coord(&(x.end, *level));
                    area.draw(&Text::new(name.clone(), (place.0 + 4, place.1 - 7), FONT))?;
                }
            }};
        }
        if log {
            let low = values().filter(|&value| value > 0.0).fold(f64::INFINITY, f64::min);
            let high = values().fold(low, f64::max);
            let (low, high) = if low.is_finite() { (low, high) } else { (1.0, 1.0) };
            let base = 10f64.powf((low / 2.0).log10().floor());
            draw!((base..high * 2.0).log_scale(), base, base);
        } else {
            let mut y = axes.y_range.clone().unwrap_or_else(|| range(values().chain([0.0]), 0.08));
            if values().all(|value| value.is_nan() || value >= 0.0) {
                y.start = y.start.max(0.0);
            }
            draw!(y.clone(), 0f64.clamp(y.start, y.end), y.start);
        }
        Ok(())
    })
}

/// A name broken between words into short rows.
fn wrapped(name: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match rows.last_mut() {
            Some(row) if row.chars().count() + word.chars().count() < 11 => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}
