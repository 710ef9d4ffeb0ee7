//! The bits of a bitstream, tile by tile, as `icepack` unpacks them.

use std::collections::HashMap;

use crate::gates::ice40::database::{BitPlace, Place};

/// Words of a block RAM.
const RAM_LINES: usize = 16;

/// The only device that is supported; others have other databases.
const DEVICE: &str = "5k";

/// An unpacked bitstream.
#[derive(Clone, Debug, Default)]
pub struct Bits {
    tiles: HashMap<Place, Vec<Vec<bool>>>,
    /// Contents of block RAMs, by the lower of their tiles: 16 lines of 64 hexadecimal digits.
    pub rams: HashMap<Place, Vec<String>>,
}

/// The contents of a section.
enum Section {
    Tile(Place),
    Ram(Place),
    Other,
}

impl Bits {
    /// Reads the text of an unpacked bitstream.
    ///
    /// # Errors
    /// An unsupported device or line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut bits = Self::default();
        let (mut section, mut device) = (Section::Other, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(heading) = line.strip_prefix('.') {
                let mut words = heading.split_whitespace();
                let name = words.next().unwrap_or_default();
                section = match name {
                    "device" => {
                        device = words.next();
                        Section::Other
                    }
                    "comment" | "warmboot" => Section::Other,
                    "ram_data" => Section::Ram(place(words, line)?),
                    _ if name.ends_with("_tile") => Section::Tile(place(words, line)?),
                    _ => return Err(format!("`{line}` is not supported")),
                };
                continue;
            }
            match &section {
                Section::Tile(place) => {
                    let row = line.chars().map(|bit| bit == '1').collect();
                    bits.tiles.entry(*place).or_default().push(row);
                }
                Section::Ram(place) => bits.rams.entry(*place).or_default().push(line.to_owned()),
                Section::Other => {}
            }
        }
        if device != Some(DEVICE) {
            return Err(format!(
                "it is for the device {}; only {DEVICE} is supported",
                device.unwrap_or("(none named)")
            ));
        }
        if let Some((place, _)) = bits.rams.iter().find(|(_, lines)| lines.len() != RAM_LINES) {
            return Err(format!("the block RAM at {place:?} does not have {RAM_LINES} lines"));
        }
        Ok(bits)
    }

    /// A bit of a tile; bits that the file lacks are 0.
    #[must_use]
    pub fn get(&self, tile: Place, (row, column): BitPlace) -> bool {
        let bit = || {
            let row = self.tiles.get(&tile)?.get(usize::try_from(row).ok()?)?;
            row.get(usize::try_from(column).ok()?).copied()
        };
        bit().unwrap_or(false)
    }
}

fn place<'a>(mut words: impl Iterator<Item = &'a str>, line: &str) -> Result<Place, String> {
    let mut number = || words.next().and_then(|word| word.parse().ok());
    match (number(), number()) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err(format!("`{line}` names no tile")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_found_in_their_tiles() {
        let bits =
            Bits::parse(".comment made by\nhand\n.device 5k\n.io_tile 3 0\n010\n001\n.logic_tile 3 1\n1\n").unwrap();
        assert!(bits.get((3, 0), (0, 1)) && bits.get((3, 0), (1, 2)) && bits.get((3, 1), (0, 0)));
        assert!(!bits.get((3, 0), (0, 0)) && !bits.get((3, 0), (7, 7)) && !bits.get((9, 9), (0, 0)));
    }

    #[test]
    fn unsupported_text_is_named_in_the_error() {
        for (text, named) in [
            (".device 8k\n", "8k"),
            ("", "(none named)"),
            (".device 5k\n.extra_bit 0 1 2\n", "extra_bit"),
            (".device 5k\n.io_tile 3\n", "no tile"),
            (".device 5k\n.ram_data 6 1\n00\n", "16 lines"),
        ] {
            let error = Bits::parse(text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
