//! Areas and the projections between them.

use std::f64::consts::TAU;

use plotters::prelude::*;

use super::{FONT, centred, colour, drawn};
use crate::report::Figure;

/// A projection in the drawing of a circuit, between areas by index.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Where it starts.
    pub from: usize,
    /// Where it ends; a loop if it ends where it starts.
    pub to: usize,
    /// Width, 0 to 1.
    pub weight: f64,
    /// Index of its colour.
    pub kind: usize,
}

/// Areas in a row and the projections between them: forward ones above, backward ones below, those within an area as loops.
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
