//! Confusion matrices.

use plotters::prelude::*;

use super::{COLOURS, FONT, centred, drawn};
use crate::report::Figure;

/// A confusion matrix: rows are the true classes, columns the decided ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// Name above it.
    pub name: String,
    /// Decisions, `[true class][decided class]`.
    pub counts: Vec<Vec<usize>>,
}

/// Pixels to the left of the cells, for the names of the true classes.
const LEFT: i32 = 90;
/// Pixels above the cells.
const TOP: i32 = 62;

/// Confusion matrices side by side.
#[must_use]
pub fn confusions(classes: &[String], matrices: &[Confusion]) -> Figure {
    let n = classes.len() as i32;
    let cell = (230 / n.max(1)).clamp(22, 44);
    let width = (LEFT + n * cell + 20).max(190);
    let size = ((width * matrices.len().max(1) as i32) as u32, (TOP + n * cell + 20) as u32);
    drawn(size, |area| {
        let style = FONT.into_text_style(area).pos(centred());
        for (index, matrix) in matrices.iter().enumerate() {
            let start = width * index as i32;
            let left = start + LEFT;
            let middle = left + n * cell / 2;
            area.draw(&Text::new(matrix.name.clone(), (middle, 4), style.clone()))?;
            area.draw(&Text::new("decided", (middle, 22), style.clone().color(&BLACK.mix(0.6))))?;
            area.draw(&Text::new("reach", (start + 8, TOP - 18), FONT.into_font().color(&BLACK.mix(0.6))))?;
            for (row, (class, counts)) in classes.iter().zip(&matrix.counts).enumerate() {
                let y = TOP + row as i32 * cell;
                let all = counts.iter().sum::<usize>().max(1) as f64;
                area.draw(&Text::new(class.clone(), (start + 8, y + cell / 2 - 7), FONT))?;
                area.draw(&Text::new(class.clone(), (left + row as i32 * cell + cell / 2, TOP - 18), style.clone()))?;
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
        }
        Ok(())
    })
}
