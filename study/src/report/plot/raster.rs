//! Spike rasters.

use std::ops::Range;

use plotters::prelude::*;

use super::{FONT, colour, drawn, labelled};
use crate::report::Figure;

/// Spikes of units over the ticks of a window; `bands` names ranges of units.
#[must_use]
pub fn raster(ticks: &[Vec<u16>], tick_ms: f64, bands: &[(String, Range<usize>)]) -> Figure {
    let n_units = bands.iter().map(|band| band.1.end).max().unwrap_or(1);
    drawn((720, 440), |area| {
        let time = ticks.len().max(1) as f64 * tick_ms;
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(150)
            .x_label_area_size(42)
            .y_label_area_size(50)
            .build_cartesian_2d(0.0..time, n_units as f64..0.0)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_mesh();
        labelled(&mut mesh, "time (ms)", "unit").draw()?;
        for (index, (name, units)) in bands.iter().enumerate() {
            let colour = colour(index);
            let corners = [(0.0, units.start as f64), (time, units.end as f64)];
            chart.draw_series([Rectangle::new(corners, colour.mix(0.06).filled())])?;
            let spikes = ticks.iter().enumerate().flat_map(|(tick, fired)| {
                let inside = fired.iter().map(|&unit| usize::from(unit)).filter(|unit| units.contains(unit));
                inside.map(move |unit| ((tick as f64 + 0.5) * tick_ms, unit as f64 + 0.5))
            });
            let height = (340 / n_units.max(1) as i32).clamp(1, 4);
            chart.draw_series(spikes.map(|at| {
                EmptyElement::at(at) + Rectangle::new([(-1, -height / 2), (1, (height + 1) / 2)], colour.filled())
            }))?;
            let place = chart.backend_coord(&(time, (units.start + units.end) as f64 / 2.0));
            area.draw(&Text::new(name.clone(), (place.0 + 8, place.1 - 7), FONT.into_font().color(&colour)))?;
        }
        Ok(())
    })
}
