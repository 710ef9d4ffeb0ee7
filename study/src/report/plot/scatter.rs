//! Accuracy over a cost on a logarithmic axis: families of points, and the front of those that none beats.

use plotters::prelude::*;

use super::{Axes, FONT, SIZE, colour, drawn, legend, range, tick_label};
use crate::report::Figure;

/// A point with its error line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Cost, above 0.
    pub x: f64,
    /// Height.
    pub y: f64,
    /// Ends of the error line.
    pub error: (f64, f64),
}

/// Points of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Name in the legend.
    pub name: String,
    /// The points.
    pub points: Vec<Point>,
    /// Whether a line joins them, in order.
    pub is_joined: bool,
}

/// Name of the front in the legend.
const FRONT: &str = "front";

/// Families of points over a logarithmic axis; `front` is drawn as steps, from the cheapest.
#[must_use]
pub fn scatter(families: &[Family], front: &[(f64, f64)], axes: &Axes) -> Figure {
    drawn(SIZE, |area| {
        let points = || families.iter().flat_map(|family| family.points.iter());
        let costs = || points().map(|point| point.x).filter(|&x| x > 0.0);
        let (low, high) = (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
        let x = if low.is_finite() { low / 1.5..high * 1.5 } else { 1.0..10.0 };
        let ends = points().flat_map(|point| [point.y, point.error.0, point.error.1]);
        let y = axes.y_range.clone().unwrap_or_else(|| range(ends, 0.05));
        let y = y.start.max(0.0)..y.end.min(100.0 + 1.0);
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(190)
            .x_label_area_size(42)
            .y_label_area_size(58)
            .build_cartesian_2d(x.clone().log_scale(), y)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.08))
            .x_desc(&axes.x)
            .y_desc(&axes.y)
            .x_label_formatter(&tick_label)
            .y_label_formatter(&tick_label)
            .label_style(FONT)
            .draw()?;
        let steps = front.iter().enumerate().flat_map(|(index, &(cost, height))| {
            let next = front.get(index + 1).map_or(x.end, |next| next.0);
            [(cost, height), (next, height)]
        });
        chart.draw_series(DashedLineSeries::new(steps, 5, 4, BLACK.mix(0.5).into()))?;
        for (index, family) in families.iter().enumerate() {
            let colour = colour(index);
            if family.is_joined {
                let line = family.points.iter().map(|point| (point.x, point.y));
                chart.draw_series(LineSeries::new(line, colour.mix(0.6).stroke_width(1)))?;
            }
            for point in &family.points {
                let error = [(point.x, point.error.0), (point.x, point.error.1)];
                chart.draw_series([PathElement::new(error, colour.mix(0.6).stroke_width(1))])?;
                chart.draw_series([Circle::new((point.x, point.y), 4, colour.filled())])?;
            }
        }
        legend(area, families.iter().map(|family| family.name.as_str()), Some(FRONT))
    })
}
