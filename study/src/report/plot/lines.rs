//! Lines with bands, and trajectories in a plane.

use plotters::prelude::*;

use super::{Axes, SIZE, colour, drawn, labelled, legend, range};
use crate::report::Figure;

/// A line with its uncertainty band.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Name in the legend.
    pub name: String,
    /// Points.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper end of the band at each point; no band is drawn if it is empty or unknown at some point.
    pub band: Vec<(f64, f64)>,
}

/// Lines over an axis of numbers.
#[must_use]
pub fn lines(lines: &[Line], axes: &Axes) -> Figure {
    drawn(SIZE, |area| {
        let all = || lines.iter().flat_map(|line| line.points.iter().copied());
        let ends = || lines.iter().flat_map(|line| line.band.iter().flat_map(|&(low, high)| [low, high]));
        let x = range(all().map(|point| point.0), 0.0);
        let y = axes.y_range.clone().unwrap_or_else(|| range(all().map(|point| point.1).chain(ends()), 0.08));
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(190)
            .x_label_area_size(42)
            .y_label_area_size(58)
            .build_cartesian_2d(x.clone(), y.clone())?;
        let mut mesh = chart.configure_mesh();
        mesh.light_line_style(TRANSPARENT).bold_line_style(BLACK.mix(0.08));
        labelled(&mut mesh, &axes.x, &axes.y).draw()?;
        if let Some((level, name)) = &axes.level {
            chart
                .draw_series(DashedLineSeries::new([(x.start, *level), (x.end, *level)], 5, 4, BLACK.mix(0.5).into()))?
                .label(name)
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.mix(0.5)));
        }
        for (index, line) in lines.iter().enumerate() {
            let colour = colour(index);
            if line.band.len() == line.points.len() && line.band.iter().all(|band| !band.0.is_nan()) {
                let within = |end: f64| end.clamp(y.start, y.end);
                let upper = line.points.iter().zip(&line.band).map(|(point, band)| (point.0, within(band.1)));
                let lower = line.points.iter().zip(&line.band).rev().map(|(point, band)| (point.0, within(band.0)));
                chart.draw_series([Polygon::new(upper.chain(lower).collect::<Vec<_>>(), colour.mix(0.15))])?;
            }
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(2)))?
                .label(&line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
            if line.points.len() <= 12 {
                chart.draw_series(line.points.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
            }
        }
        legend(area, lines.iter().map(|line| line.name.as_str()), axes.level.as_ref().map(|(_, name)| name.as_str()))
    })
}

/// Paths in a plane, a colour for each; a dot where each starts.
#[must_use]
pub fn trajectories(paths: &[Line], axes: &Axes) -> Figure {
    drawn((620, 440), |area| {
        let all = || paths.iter().flat_map(|path| path.points.iter().copied());
        let x = range(all().map(|point| point.0), 0.08);
        let y = range(all().map(|point| point.1), 0.08);
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(190)
            .x_label_area_size(42)
            .y_label_area_size(58)
            .build_cartesian_2d(x, y)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_mesh();
        labelled(&mut mesh, &axes.x, &axes.y).draw()?;
        for (index, path) in paths.iter().enumerate() {
            let colour = colour(index);
            chart.draw_series(LineSeries::new(path.points.iter().copied(), colour.stroke_width(2)))?;
            chart.draw_series(path.points.first().map(|&start| Circle::new(start, 4, colour.filled())))?;
        }
        legend(area, paths.iter().map(|path| path.name.as_str()), None)
    })
}
