//! The plots that the report is made of, each an SVG of its own.

use std::f64::consts::TAU;
use std::ops::Range;

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::Figure;

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), and four more (after Tol 2021).
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

/// A line, with the band that its uncertainty spans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// As the legend names it.
    pub name: String,
    /// Points.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper end of the band, for each point; none draws no band, nor does one that is not known everywhere.
    pub band: Vec<(f64, f64)>,
}

/// What the axes say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axes {
    /// Below the horizontal one.
    pub x: String,
    /// Beside the vertical one.
    pub y: String,
    /// Range of the vertical one; from the data where it is missing.
    pub y_range: Option<Range<f64>>,
    /// A level that is drawn through, with its name.
    pub level: Option<(f64, String)>,
}

/// A bar with its error.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Below it.
    pub name: String,
    /// Its height.
    pub value: f64,
    /// Ends of the line that tells the uncertainty.
    pub error: Option<(f64, f64)>,
}

/// The colour of the index-th of several things.
#[must_use]
pub fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

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

/// Names the axes, and writes their numbers.
fn labelled<'m, 'a, 'b, DB: DrawingBackend>(
    mesh: &'m mut MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, DB>,
    x: &str,
    y: &str,
) -> &'m mut MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, DB> {
    mesh.x_desc(x).y_desc(y).x_label_formatter(&tick_label).y_label_formatter(&tick_label).label_style(FONT)
}

/// A number beside an axis, without digits that say nothing.
fn tick_label(value: &f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Names beside the plot, in the colours of the lines, a dashed level last.
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

/// Bars side by side; `log` draws their heights on a logarithmic scale.
#[must_use]
pub fn bars(bars: &[Bar], axes: &Axes, log: bool) -> Figure {
    let width = 140 + 74 * bars.len() as u32;
    drawn((width.max(380), 400), |area| {
        let ends = || bars.iter().flat_map(|bar| bar.error.into_iter().flat_map(|(low, high)| [low, high]));
        let values = || bars.iter().map(|bar| bar.value).chain(ends()).chain(axes.level.iter().map(|it| it.0));
        let x = -0.6..bars.len() as f64 - 0.4;
        let mut builder = ChartBuilder::on(area);
        builder.margin(10).x_label_area_size(64).y_label_area_size(70);
        macro_rules! draw {
            ($y:expr, $base:expr, $bottom:expr) => {{
                let (base, bottom): (f64, f64) = ($base, $bottom);
                // A logarithm has no place for 0 and less.
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
                    let place = chart.backend_coord(&(x.start, *level));
                    area.draw(&Text::new(name.clone(), (place.0 + 4, place.1 - 15), FONT))?;
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

/// A square of shares: rows are what was, columns what was decided.
#[must_use]
pub fn confusion(classes: &[String], counts: &[Vec<usize>]) -> Figure {
    let n = classes.len() as i32;
    let (cell, left, top) = ((300 / n.max(1)).clamp(22, 60), 90, 40);
    let size = ((left + n * cell + 20) as u32, (top + n * cell + 40) as u32);
    drawn(size, |area| {
        let style = FONT.into_text_style(area).pos(centred());
        area.draw(&Text::new("decided", (left + n * cell / 2, 4), style.clone()))?;
        area.draw(&Text::new("reach", (4, top - 18), FONT))?;
        for (row, (class, counts)) in classes.iter().zip(counts).enumerate() {
            let y = top + row as i32 * cell;
            let all = counts.iter().sum::<usize>().max(1) as f64;
            area.draw(&Text::new(class.clone(), (8, y + cell / 2 - 7), FONT))?;
            area.draw(&Text::new(class.clone(), (left + row as i32 * cell + cell / 2, 22), style.clone()))?;
            for (column, &count) in counts.iter().enumerate() {
                let x = left + column as i32 * cell;
                let share = count as f64 / all;
                area.draw(&Rectangle::new([(x, y), (x + cell - 1, y + cell - 1)], COLOURS[0].mix(share).filled()))?;
                let text = Text::new(
                    format!("{:.0}", 100.0 * share),
                    (x + cell / 2, y + cell / 2 - 7),
                    style.clone().color(if share > 0.55 { &WHITE } else { &BLACK }),
                );
                area.draw(&text)?;
            }
        }
        Ok(())
    })
}

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

/// Rates over directions on a polar grid: dots are means, lines the cosine that was fitted.
#[must_use]
pub fn polar(curves: &[PolarCurve]) -> Figure {
    let columns = curves.len().clamp(1, 4);
    let rows = curves.len().div_ceil(columns).max(1);
    let size = 190;
    drawn(((columns * size) as u32, (rows * (size + 24)) as u32), |area| {
        for (index, curve) in curves.iter().enumerate() {
            let centre =
                ((index % columns * size + size / 2) as i32, (index / columns * (size + 24) + size / 2 + 22) as i32);
            let radius = 74.0;
            let fitted = |angle: f64| curve.baseline + curve.depth * (angle - curve.preferred).cos();
            let largest = curve.means.iter().map(|it| it.1).fold(curve.baseline + curve.depth, f64::max).max(1e-9);
            let at = |angle: f64, rate: f64| {
                let distance = radius * rate.max(0.0) / largest;
                (centre.0 + (distance * angle.cos()) as i32, centre.1 - (distance * angle.sin()) as i32)
            };
            for ring in [0.5, 1.0] {
                area.draw(&Circle::new(centre, (radius * ring) as i32, BLACK.mix(0.15)))?;
            }
            let circle: Vec<_> = (0..=72).map(|step| f64::from(step) * TAU / 72.0).collect();
            let path: Vec<_> = circle.iter().map(|&angle| at(angle, fitted(angle))).collect();
            area.draw(&PathElement::new(path, colour(0).stroke_width(2)))?;
            let arrow = vec![centre, at(curve.preferred, largest)];
            area.draw(&PathElement::new(arrow, colour(1).stroke_width(1)))?;
            for &(angle, rate) in &curve.means {
                area.draw(&Circle::new(at(angle, rate), 3, colour(7).filled()))?;
            }
            let style = FONT.into_text_style(area).pos(centred());
            let title = format!("{}, ring {largest:.0} Hz", curve.name);
            area.draw(&Text::new(title, (centre.0, centre.1 - 94), style))?;
        }
        Ok(())
    })
}

/// A unit's tuning: rate = baseline + depth cos(angle - preferred).
#[derive(Clone, Debug, PartialEq)]
pub struct PolarCurve {
    /// Which unit.
    pub name: String,
    /// Angle (radians) and mean rate (Hz) of each direction.
    pub means: Vec<(f64, f64)>,
    /// Rate over all directions, Hz.
    pub baseline: f64,
    /// Depth of the modulation, Hz.
    pub depth: f64,
    /// Preferred direction, radians.
    pub preferred: f64,
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

/// An arrow of the circuit, from one place to another, by index.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Where it starts.
    pub from: usize,
    /// Where it ends; where it starts itself draws a loop.
    pub to: usize,
    /// Width, 0 to 1.
    pub weight: f64,
    /// Which colour.
    pub kind: usize,
}

/// Areas in a row and the projections between them: those forward above, those back below, those inside as loops.
#[must_use]
pub fn circuit(areas: &[(String, usize)], arrows: &[Arrow], kinds: &[&str]) -> Figure {
    let step = 150;
    let width = 60 + step * areas.len() as i32;
    let height_of = |arrow: &Arrow| 48.0 + 26.0 * arrow.from.abs_diff(arrow.to) as f64;
    let reach = |goes_back: bool| {
        let heights = arrows.iter().filter(|arrow| arrow.from != arrow.to && (arrow.to < arrow.from) == goes_back);
        heights.map(height_of).fold(76.0, f64::max) as i32 + 12
    };
    let middle = reach(false);
    drawn((width as u32, (middle + reach(true)) as u32), |area| {
        let x_of = |index: usize| 90 + step * index as i32;
        for arrow in arrows {
            let style = colour(arrow.kind).mix(0.75).stroke_width(1 + (arrow.weight * 5.0).round() as u32);
            let (start, end) = (x_of(arrow.from), x_of(arrow.to));
            if arrow.from == arrow.to {
                let loop_ = (0..=24).map(|step| {
                    let angle = f64::from(step) / 24.0 * TAU;
                    (start + (18.0 * angle.sin()) as i32, middle + 46 - (18.0 * angle.cos()) as i32)
                });
                area.draw(&PathElement::new(loop_.collect::<Vec<_>>(), style))?;
                continue;
            }
            let side = if end > start { -1.0 } else { 1.0 };
            let height = height_of(arrow) - 22.0;
            let point = |share: f64| {
                let x = f64::from(start) + share * f64::from(end - start);
                (x as i32, middle + (side * (22.0 + height * (share * std::f64::consts::PI).sin())) as i32)
            };
            let path: Vec<_> = (0..=30).map(|step| point(f64::from(step) / 30.0)).collect();
            let (tip, before) = (point(1.0), point(0.93));
            area.draw(&PathElement::new(path, style))?;
            let (dx, dy) = (f64::from(tip.0 - before.0), f64::from(tip.1 - before.1));
            let length = dx.hypot(dy).max(1.0);
            let (dx, dy) = (dx / length * 9.0, dy / length * 9.0);
            let wing = |turn: f64| (tip.0 - (dx - turn * dy) as i32, tip.1 - (dy + turn * dx) as i32);
            area.draw(&Polygon::new(vec![tip, wing(0.5), wing(-0.5)], colour(arrow.kind).filled()))?;
        }
        let style = FONT.into_text_style(area).pos(centred());
        for (index, (name, size)) in areas.iter().enumerate() {
            let x = x_of(index);
            area.draw(&Rectangle::new([(x - 52, middle - 21), (x + 52, middle + 21)], WHITE.filled()))?;
            area.draw(&Rectangle::new([(x - 52, middle - 21), (x + 52, middle + 21)], BLACK.mix(0.6)))?;
            area.draw(&Text::new(name.clone(), (x, middle - 15), style.clone()))?;
            area.draw(&Text::new(size.to_string(), (x, middle + 2), style.clone()))?;
        }
        for (index, kind) in kinds.iter().enumerate() {
            let y = 14 + 18 * index as i32;
            area.draw(&Rectangle::new([(8, y - 5), (20, y + 5)], colour(index).filled()))?;
            area.draw(&Text::new((*kind).to_owned(), (26, y - 7), FONT))?;
        }
        Ok(())
    })
}

fn centred() -> plotters::style::text_anchor::Pos {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    Pos::new(HPos::Center, VPos::Top)
}

/// The values' range, widened by a share of it, and never empty.
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

/// A name in rows of a few letters, broken between words.
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
