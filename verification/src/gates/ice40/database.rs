//! nextpnr's chip database of the iCE40: a memory image of tables that reference each other by relative offsets.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::gates::error::GateError;
use crate::gates::ice40::ports::{self, FIRST_KIND, Kind};

/// Sizes of table entries, in bytes.
const BEL_BYTES: usize = 20;
const BEL_PIN_BYTES: usize = 12;
const WIRE_BYTES: usize = 52;
const PIP_BYTES: usize = 32;
const SWITCH_BYTES: usize = 20;
const TILE_KIND_BYTES: usize = 12;
const ENTRY_BYTES: usize = 12;
const BEL_CONFIG_BYTES: usize = 12;
const BEL_CONFIG_ENTRY_BYTES: usize = 12;
const PACKAGE_BYTES: usize = 12;
const PACKAGE_PIN_BYTES: usize = 8;
const ENABLE_BYTES: usize = 6;

/// Column and row of a tile.
pub type Place = (i8, i8);
/// Row and column of a bit in its tile.
pub type BitPlace = (i8, i8);

/// A tile, and the number of an item in it.
pub type Numbered = (Place, i8);

/// A basic element: a site for a cell.
#[derive(Clone, Debug)]
pub struct Bel {
    /// Name within its tile.
    pub name: String,
    /// The kind of its cell.
    pub kind: Kind,
    /// Its tile.
    pub place: Place,
    /// Its number among those of its kind in the tile.
    pub z: i8,
    /// Its ports by name, and the wire of each.
    pub pins: HashMap<String, usize>,
}

/// A programmable interconnect point: a connection between two wires that some bits enable.
#[derive(Clone, Copy, Debug)]
pub struct Pip {
    /// The wire at its start.
    pub source: usize,
    /// The wire at its end.
    pub destination: usize,
    /// Values of the switch's bits that enable it, the first bit most significant.
    pub mask: u16,
    /// The switch.
    pub switch: usize,
}

/// Bits that several connections share.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Whether it is a look-up table that passes a signal through, not a switch.
    pub is_logic: bool,
    /// The tile.
    pub place: Place,
    /// The bits.
    pub bits: Vec<BitPlace>,
}

/// Where the value of a parameter is stored.
#[derive(Clone, Debug)]
pub struct ConfigBit {
    /// The parameter, and `_` with the number of the bit if it has several.
    pub parameter: String,
    /// Name of the entry in the tile, without its prefix.
    pub entry: String,
    /// The tile.
    pub place: Place,
}

/// The database of a chip.
#[derive(Debug)]
pub struct Database {
    /// All bels.
    pub bels: Vec<Bel>,
    /// All connections.
    pub pips: Vec<Pip>,
    /// All switches.
    pub switches: Vec<Switch>,
    /// Parameters of cells that have many, by bel.
    pub parameters: HashMap<usize, Vec<ConfigBit>>,
    /// Bits by tile kind and entry name.
    entries: HashMap<(u32, String), Vec<BitPlace>>,
    /// Where pin inputs are enabled: from the tile and number of a pin to the tile and number of its enable.
    pub input_enables: HashMap<Numbered, Numbered>,
    tile_kinds: Vec<u32>,
    width: usize,
    packages: HashMap<String, HashMap<String, usize>>,
    /// Wires of the four physical inputs of every look-up table, by bel: before nextpnr permutes them.
    pub lut_inputs: HashMap<usize, [usize; 4]>,
    /// Number of wires.
    pub n_wires: usize,
}

impl Database {
    /// Reads a database of the locked nextpnr.
    ///
    /// # Errors
    /// The file cannot be read, or has another format.
    pub fn read(path: &Path) -> Result<Self, GateError> {
        let bytes = fs::read(path).map_err(GateError::file(path))?;
        let file = Bytes { bytes: &bytes, path };
        let root = file.pointer(0)?;
        let width = file.size(root)?;
        let bits = file.pointer(root + 44)?;
        let wires = file.slice(root + 20)?;
        let mut database = Self {
            bels: file.each(root + 12, BEL_BYTES, |at| bel(&file, at))?,
            pips: file.each(root + 28, PIP_BYTES, |at| pip(&file, at))?,
            switches: file.each(bits + 8, SWITCH_BYTES, |at| switch(&file, at))?,
            parameters: file.each(root + 48, BEL_CONFIG_BYTES, |at| parameters(&file, at))?.into_iter().collect(),
            entries: entries(&file, bits)?,
            input_enables: file.each(bits + 16, ENABLE_BYTES, |at| enable(&file, at))?.into_iter().collect(),
            tile_kinds: file.each(root + 36, 4, |at| Ok(file.number(at)?.cast_unsigned()))?,
            width,
            packages: file.each(root + 56, PACKAGE_BYTES, |at| package(&file, at))?.into_iter().collect(),
            lut_inputs: HashMap::new(),
            n_wires: wires.1,
        };
        let is_numbered_so = |bel: &Bel| bel.name.starts_with("lc") == (bel.kind == Kind::Logic);
        if !database.bels.iter().all(is_numbered_so) || database.bels.is_empty() {
            return Err(file.wrong(&format!("logic cells are not of the kind {FIRST_KIND}")));
        }
        database.lut_inputs = database.find_lut_inputs(&file, wires.0)?;
        Ok(database)
    }

    /// The bits of a tile's entry.
    #[must_use]
    pub fn entry(&self, place: Place, name: &str) -> Option<&[BitPlace]> {
        let index = usize::try_from(place.1).ok()? * self.width + usize::try_from(place.0).ok()?;
        self.entries.get(&(*self.tile_kinds.get(index)?, name.to_owned())).map(Vec::as_slice)
    }

    /// The bel at a package pin.
    #[must_use]
    pub fn pin(&self, package: &str, pin: &str) -> Option<usize> {
        self.packages.get(package)?.get(pin).copied()
    }

    /// nextpnr permutes the inputs of look-up tables by connections without bits; the wires before these are the physical inputs.
    fn find_lut_inputs(&self, file: &Bytes<'_>, wires: usize) -> Result<HashMap<usize, [usize; 4]>, GateError> {
        let mut inputs = HashMap::new();
        for (index, bel) in self.bels.iter().enumerate().filter(|(_, bel)| bel.kind == Kind::Logic) {
            let Some(&swapped) = bel.pins.get("I0") else { return Err(file.wrong("a look-up table has no I0")) };
            let uphill = file.each(wires + swapped * WIRE_BYTES + 8, 4, |at| file.size(at))?;
            let mut found = [None; 4];
            for pip in uphill {
                let source = self.pips.get(pip).ok_or_else(|| file.wrong("a wire has no such connection"))?.source;
                let name = file.text(wires + source * WIRE_BYTES)?;
                let number = name.rsplit_once("in_").and_then(|(_, number)| number.parse::<usize>().ok());
                if let Some(place) = number.and_then(|number| found.get_mut(number)) {
                    *place = Some(source);
                }
            }
            match found {
                [Some(a), Some(b), Some(c), Some(d)] => inputs.insert(index, [a, b, c, d]),
                _ => return Err(file.wrong("a look-up table does not have four inputs")),
            };
        }
        Ok(inputs)
    }
}

fn bel(file: &Bytes<'_>, at: usize) -> Result<Bel, GateError> {
    let pin = |at: usize| Ok((ports::name(file.number(at)?), file.size(at + 8)?));
    let pins = file.each(at + 8, BEL_PIN_BYTES, pin)?;
    Ok(Bel {
        name: file.text(at)?,
        kind: Kind::of(file.number(at + 4)?),
        place: file.pair(at + 16)?,
        z: file.byte(at + 18)?,
        pins: pins.into_iter().filter_map(|(name, wire)| Some((name?, wire))).collect(),
    })
}

fn pip(file: &Bytes<'_>, at: usize) -> Result<Pip, GateError> {
    Ok(Pip {
        source: file.size(at)?,
        destination: file.size(at + 4)?,
        mask: u16::from_le_bytes(file.array(at + 22)?),
        switch: file.size(at + 24)?,
    })
}

fn switch(file: &Bytes<'_>, at: usize) -> Result<Switch, GateError> {
    let n_bits = file.size(at)?;
    if n_bits > 5 {
        return Err(file.wrong("a switch has more than 5 bits"));
    }
    Ok(Switch {
        is_logic: file.number(at + 4)? >= 0,
        place: file.pair(at + 8)?,
        bits: (0..n_bits).map(|bit| file.pair(at + 10 + 2 * bit)).collect::<Result<_, _>>()?,
    })
}

fn parameters(file: &Bytes<'_>, at: usize) -> Result<(usize, Vec<ConfigBit>), GateError> {
    let entry =
        |at: usize| Ok(ConfigBit { parameter: file.text(at)?, entry: file.text(at + 4)?, place: file.pair(at + 8)? });
    Ok((file.size(at)?, file.each(at + 4, BEL_CONFIG_ENTRY_BYTES, entry)?))
}

fn entries(file: &Bytes<'_>, bits: usize) -> Result<HashMap<(u32, String), Vec<BitPlace>>, GateError> {
    let entry = |at: usize| Ok((file.text(at)?, file.each(at + 4, 2, |at| file.pair(at))?));
    let kinds = file.each(bits, TILE_KIND_BYTES, |at| file.each(at + 4, ENTRY_BYTES, entry))?;
    let numbered = (0..).zip(kinds).flat_map(|(kind, entries)| entries.into_iter().map(move |entry| (kind, entry)));
    Ok(numbered.map(|(kind, (name, bits))| ((kind, name), bits)).collect())
}

fn enable(file: &Bytes<'_>, at: usize) -> Result<(Numbered, Numbered), GateError> {
    Ok(((file.pair(at)?, file.byte(at + 2)?), (file.pair(at + 3)?, file.byte(at + 5)?)))
}

fn package(file: &Bytes<'_>, at: usize) -> Result<(String, HashMap<String, usize>), GateError> {
    let pin = |at: usize| Ok((file.text(at)?, file.size(at + 4)?));
    Ok((file.text(at)?, file.each(at + 4, PACKAGE_PIN_BYTES, pin)?.into_iter().collect()))
}

/// The bytes of a file, with checked access.
struct Bytes<'a> {
    bytes: &'a [u8],
    path: &'a Path,
}

impl Bytes<'_> {
    fn wrong(&self, reason: &str) -> GateError {
        GateError::Database { path: PathBuf::from(self.path), reason: reason.to_owned() }
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], GateError> {
        let bytes = at.checked_add(N).and_then(|end| self.bytes.get(at..end)?.try_into().ok());
        bytes.ok_or_else(|| self.wrong("it ends within a table"))
    }

    fn number(&self, at: usize) -> Result<i32, GateError> {
        self.array(at).map(i32::from_le_bytes)
    }

    fn size(&self, at: usize) -> Result<usize, GateError> {
        usize::try_from(self.number(at)?).map_err(|_| self.wrong("a number is negative"))
    }

    fn byte(&self, at: usize) -> Result<i8, GateError> {
        self.array(at).map(i8::from_le_bytes)
    }

    fn pair(&self, at: usize) -> Result<(i8, i8), GateError> {
        Ok((self.byte(at)?, self.byte(at + 1)?))
    }

    fn pointer(&self, at: usize) -> Result<usize, GateError> {
        let offset = self.number(at)?;
        at.checked_add_signed(offset as isize).ok_or_else(|| self.wrong("a pointer leads out of it"))
    }

    fn slice(&self, at: usize) -> Result<(usize, usize), GateError> {
        Ok((self.pointer(at)?, self.size(at + 4)?))
    }

    /// The entries of the table that a slice refers to.
    fn each<T>(
        &self,
        at: usize,
        entry_bytes: usize,
        entry: impl Fn(usize) -> Result<T, GateError>,
    ) -> Result<Vec<T>, GateError> {
        let (start, n_entries) = match self.size(at + 4)? {
            // An empty table has no valid address.
            0 => return Ok(Vec::new()),
            _ => self.slice(at)?,
        };
        if n_entries > self.bytes.len() {
            return Err(self.wrong("a table is longer than it"));
        }
        (0..n_entries).map(|index| entry(start + index * entry_bytes)).collect()
    }

    fn text(&self, at: usize) -> Result<String, GateError> {
        let rest = self.bytes.get(self.pointer(at)?..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == 0).ok_or_else(|| self.wrong("a name has no end"))?;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }
}
