//! Points over an axis of numbers, and values by rank.

use plotters::prelude::*;

use super::{Axes, SIZE, colour, drawn, labelled, range};
use crate::report::Figure;

/// Points, and a line through them.
#[must_use]
pub fn points(points: &[(f64, f64)], line: &[(f64, f64)], axes: &Axes) -> Figure {
    drawn(SIZE, |area| {
        let x = range(points.iter().map(|point| point.0), 0.02);
        let y = axes.y_range.clone().unwrap_or_else(|| range(points.iter().map(|point| point.1).chain([0.0]), 0.05));
        let y = if points.iter().all(|point| point.1 >= 0.0) { y.start.max(0.0)..y.end } else { y };
        let mut chart =
            ChartBuilder::on(area).margin(10).x_label_area_size(42).y_label_area_size(58).build_cartesian_2d(x, y)?;
        let mut mesh = chart.configure_mesh();
        mesh.light_line_style(TRANSPARENT).bold_line_style(BLACK.mix(0.08));
        labelled(&mut mesh, &axes.x, &axes.y).draw()?;
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 2, colour(0).mix(0.6).filled())))?;
        chart.draw_series(LineSeries::new(line.iter().copied(), colour(1).stroke_width(2)))?;
        Ok(())
    })
}

/// Values from the largest to the smallest, as one stepped area.
#[must_use]
pub fn ranked(values: &[f64], axes: &Axes) -> Figure {
    let mut values = values.to_vec();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    drawn(SIZE, |area| {
        let x = 0.0..values.len().max(1) as f64;
        let y = 0.0..range(values.iter().copied().chain([0.0]), 0.05).end;
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(42)
            .y_label_area_size(58)
            .build_cartesian_2d(x.clone(), y)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().light_line_style(TRANSPARENT).bold_line_style(BLACK.mix(0.08));
        labelled(&mut mesh, &axes.x, &axes.y).draw()?;
        let steps = values.iter().enumerate().flat_map(|(rank, &value)| {
            let rank = rank as f64;
            [(rank, value), (rank + 1.0, value)]
        });
        let outline = [(0.0, 0.0)].into_iter().chain(steps).chain([(x.end, 0.0)]);
        chart.draw_series([Polygon::new(outline.collect::<Vec<_>>(), colour(0).mix(0.6).filled())])?;
        if let Some((level, name)) = &axes.level {
            chart.draw_series(DashedLineSeries::new([(0.0, *level), (x.end, *level)], 5, 4, BLACK.mix(0.6).into()))?;
            let place = chart.backend_coord(&(x.end, *level));
            let style = super::FONT.into_text_style(area).pos(plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Right,
                plotters::style::text_anchor::VPos::Bottom,
            ));
            area.draw(&Text::new(name.clone(), (place.0 - 4, place.1 - 2), style))?;
        }
        Ok(())
    })
}
