//! Many small plots over one time axis: lines with bands, and spikes.

use std::fmt::Write;
use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::{Area, FONT, Failed, Line, colour, drawn, range, tick_label};
use crate::report::Figure;

const COLUMNS: usize = 3;
/// Size of one small plot, pixels.
const PANEL: (u32, u32) = (320, 190);
/// The most pixels of height for the units of a raster.
const RASTER_HEIGHT: usize = 240;
const LEGEND_ROW: u32 = 20;
/// Legend entries side by side.
const LEGEND_COLUMNS: usize = 8;
/// The most letters of a name in the legend.
const LEGEND_LETTERS: usize = 13;

/// Lines under a title.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePanel {
    /// Title above the lines.
    pub title: String,
    /// The lines, the same ones in every panel.
    pub lines: Vec<Line>,
}

/// The spikes of many units under a title.
#[derive(Clone, Debug, PartialEq)]
pub struct SpikePanel {
    /// Title above the spikes.
    pub title: String,
    /// Time and unit of each spike.
    pub spikes: Vec<(f64, usize)>,
    /// Index of their colour.
    pub colour: usize,
}

/// Small plots of lines with one legend; a vertical line marks 0.
#[must_use]
pub fn line_panels(panels: &[LinePanel], x: &Range<f64>, x_name: &str, y_name: &str) -> Figure {
    let names: Vec<&str> = panels.first().map_or(Vec::new(), |panel| panel.lines.iter().map(|it| &*it.name).collect());
    let legend = LEGEND_ROW * names.len().div_ceil(LEGEND_COLUMNS) as u32;
    drawn_in_grid(panels.len(), PANEL.1, legend, |area, cells| {
        legend_above(area, &names)?;
        for (panel, cell) in panels.iter().zip(&cells) {
            let points = panel.lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
            let ends = panel.lines.iter().flat_map(|line| line.band.iter().flat_map(|&(low, high)| [low, high]));
            let y = range(points.chain(ends).chain([0.0]), 0.05);
            let y = y.start.max(0.0)..y.end;
            let mut chart = small_chart(cell, &panel.title).build_cartesian_2d(x.clone(), y.clone())?;
            mesh(&mut chart, x_name, y_name)?;
            chart.draw_series([PathElement::new([(0.0, y.start), (0.0, y.end)], BLACK.mix(0.4))])?;
            for (index, line) in panel.lines.iter().enumerate() {
                let known = line.points.iter().zip(&line.band).filter(|(_, band)| band.0.is_finite());
                let upper = known.clone().map(|(point, band)| (point.0, band.1));
                let lower = known.rev().map(|(point, band)| (point.0, band.0.max(y.start)));
                chart.draw_series([Polygon::new(upper.chain(lower).collect::<Vec<_>>(), colour(index).mix(0.15))])?;
                chart.draw_series(LineSeries::new(line.points.iter().copied(), colour(index).stroke_width(2)))?;
            }
        }
        Ok(Vec::new())
    })
}

/// Small plots of differences, one line each, all with the same axes; a horizontal line marks 0.
#[must_use]
pub fn difference_panels(panels: &[LinePanel], x_name: &str, y_name: &str) -> Figure {
    drawn_in_grid(panels.len(), PANEL.1, 0, |_, cells| {
        let lines = || panels.iter().flat_map(|panel| &panel.lines);
        let x = range(lines().flat_map(|line| line.points.iter().map(|point| point.0)), 0.0);
        let ends = lines().flat_map(|line| line.band.iter().flat_map(|&(low, high)| [low, high]));
        let y = range(ends.chain([0.0]), 0.05);
        for (panel, cell) in panels.iter().zip(&cells) {
            let mut chart = small_chart(cell, &panel.title).build_cartesian_2d(x.clone(), y.clone())?;
            mesh(&mut chart, x_name, y_name)?;
            for line in &panel.lines {
                let upper = line.points.iter().zip(&line.band).map(|(point, band)| (point.0, band.1));
                let lower = line.points.iter().zip(&line.band).rev().map(|(point, band)| (point.0, band.0));
                chart.draw_series([Polygon::new(upper.chain(lower).collect::<Vec<_>>(), colour(0).mix(0.2))])?;
                chart.draw_series(LineSeries::new(line.points.iter().copied(), colour(0).stroke_width(2)))?;
            }
            chart.draw_series([PathElement::new([(x.start, 0.0), (x.end, 0.0)], BLACK.mix(0.6))])?;
        }
        Ok(Vec::new())
    })
}

/// Small rasters of `n_units` units, the first at the top; a vertical line marks 0.
#[must_use]
pub fn spike_panels(panels: &[SpikePanel], n_units: usize, x: &Range<f64>, x_name: &str) -> Figure {
    let n_units = n_units.max(1);
    let height = (n_units * 4).clamp(100, RASTER_HEIGHT);
    drawn_in_grid(panels.len(), height as u32 + 70, 0, |_, cells| {
        let mut paths = Vec::new();
        for (panel, cell) in panels.iter().zip(&cells) {
            let y = n_units as f64..0.0;
            let mut chart = small_chart(cell, &panel.title).build_cartesian_2d(x.clone(), y.clone())?;
            mesh(&mut chart, x_name, "unit")?;
            chart.draw_series([PathElement::new([(0.0, y.start), (0.0, y.end)], BLACK.mix(0.4))])?;
            let corner = chart.backend_coord(&(x.start, 0.0));
            let opposite = chart.backend_coord(&(x.end, y.start));
            let place = |time: f64, unit: usize| {
                let share = (time - x.start) / (x.end - x.start);
                let at = |from: i32, to: i32, share: f64| f64::from(from) + share * f64::from(to - from);
                (at(corner.0, opposite.0, share), at(corner.1, opposite.1, unit as f64 / n_units as f64))
            };
            let row = f64::from(opposite.1 - corner.1) / n_units as f64;
            paths.push(spikes_as_path(panel, &place, (0.8 * row).clamp(0.8, 6.0)));
        }
        Ok(paths)
    })
}

/// One path for all spikes: thousands of elements would make the page large and slow.
fn spikes_as_path(panel: &SpikePanel, place: &dyn Fn(f64, usize) -> (f64, f64), height: f64) -> String {
    let RGBColor(red, green, blue) = colour(panel.colour);
    let mut path = format!("<path fill=\"none\" stroke=\"#{red:02X}{green:02X}{blue:02X}\" d=\"");
    for &(time, unit) in &panel.spikes {
        let (x, y) = place(time, unit);
        let _ = write!(path, "M{x:.1} {y:.1}v{height:.1}");
    }
    path + "\"/>\n"
}

/// Cells in a grid below a legend; `draw` returns elements to add to the drawing.
fn drawn_in_grid(
    n_panels: usize,
    height: u32,
    legend: u32,
    draw: impl FnOnce(&Area<'_>, Vec<Area<'_>>) -> Result<Vec<String>, Failed>,
) -> Figure {
    let n_rows = n_panels.div_ceil(COLUMNS).max(1);
    let size = (PANEL.0 * COLUMNS as u32, legend + height * n_rows as u32);
    let mut paths = Vec::new();
    let mut figure = drawn(size, |area| {
        let (above, below) = area.split_vertically(legend);
        paths = draw(&above, below.split_evenly((n_rows, COLUMNS)))?;
        Ok(())
    });
    if let Some(end) = figure.svg.rfind("</svg>") {
        figure.svg.insert_str(end, &paths.concat());
    }
    figure
}

fn small_chart<'a, 'b>(cell: &'a Area<'b>, title: &str) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut builder = ChartBuilder::on(cell);
    builder.caption(title, FONT).margin(6).x_label_area_size(34).y_label_area_size(44);
    builder
}

fn mesh<'a>(
    chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    x_name: &str,
    y_name: &str,
) -> Result<(), Failed> {
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(5)
        .y_labels(4)
        .x_desc(x_name)
        .y_desc(y_name)
        .x_label_formatter(&tick_label)
        .y_label_formatter(&tick_label)
        .label_style(FONT)
        .draw()?;
    Ok(())
}

/// Names in the colours of the lines, in rows.
fn legend_above(area: &Area<'_>, names: &[&str]) -> Result<(), Failed> {
    let width = (PANEL.0 as usize * COLUMNS / LEGEND_COLUMNS) as i32;
    for (index, name) in names.iter().enumerate() {
        let (row, column) = ((index / LEGEND_COLUMNS) as i32, (index % LEGEND_COLUMNS) as i32);
        let (x, y) = (8 + width * column, 10 + LEGEND_ROW as i32 * row);
        area.draw(&Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour(index).filled()))?;
        let short: String = name.chars().take(LEGEND_LETTERS).collect();
        area.draw(&Text::new(short, (x + 18, y - 7), FONT))?;
    }
    Ok(())
}
