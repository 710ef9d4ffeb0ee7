//! Tuning curves on a polar grid.

use std::f64::consts::TAU;

use plotters::prelude::*;

use super::{FONT, centred, colour, drawn};
use crate::report::Figure;

/// A unit's tuning: rate = baseline + depth cos(angle - preferred).
#[derive(Clone, Debug, PartialEq)]
pub struct PolarCurve {
    /// Name of the unit.
    pub name: String,
    /// Angle (radians) and mean rate (Hz) of each direction.
    pub means: Vec<(f64, f64)>,
    /// Mean rate over all directions, Hz.
    pub baseline: f64,
    /// Depth of the modulation, Hz.
    pub depth: f64,
    /// Preferred direction, radians.
    pub preferred: f64,
}

/// Rates over directions on a polar grid: dots are means, lines the fitted cosine.
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
