//! Confusion matrices.

use plotters::prelude::*;

use super::{COLOURS, FONT, centred, drawn};
use crate::report::Figure;

/// A confusion matrix: rows are the true classes, columns the decided ones.
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
