//! Block diagrams from Pikchr text (<https://pikchr.org>).

use pikchr::{Pikchr, PikchrFlags};

use crate::error::read;
use crate::svg::card;
use crate::{PictureError, folder};

/// Names of the diagrams, each with its text in [`folder`].
pub const DIAGRAMS: [&str; 2] = ["system", "core"];

/// The SVG file of a diagram.
///
/// # Errors
/// Its text cannot be read or is not Pikchr.
pub fn svg(name: &str) -> Result<String, PictureError> {
    let text = read(&folder().join(format!("{name}.pikchr")))?;
    let mut flags = PikchrFlags::default();
    flags.generate_plain_errors();
    let drawn = Pikchr::render(&text, None, flags)
        .map_err(|message| PictureError::Diagram { name: name.to_owned(), message: message.to_string() })?;
    // Not every viewer knows this way to centre text on a line.
    let drawing = drawn.rendered().replace("dominant-baseline=\"central\"", "dy=\"0.35em\"");
    let inner = drawing.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>")).map_or("", |(inner, _)| inner);
    Ok(card(f64::from(drawn.width() as i32), f64::from(drawn.height() as i32), inner.trim_start()))
}
