//! The netlist in a bitstream: nets from enabled connections, cells from the configuration of their sites.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use flow::files;
use flow::sources::Sources;
use spec::board::{Board, Device};
use tools::{Architecture, Environment, Nextpnr, Packer};

use crate::gates::error::GateError;
use crate::gates::ice40::bits::Bits;
use crate::gates::ice40::cells::Cells;
use crate::gates::ice40::database::{Bel, BitPlace, Database, Place};
use crate::gates::netlist::Netlist;

/// Files in the working folder.
const PACKED: &str = "packed.bin";
const UNPACKED: &str = "unpacked.asc";

/// Reads the netlist of a board's bitstream, in the folder `work`, which is emptied first.
///
/// Column clock buffers, pull-ups and I/O voltages are ignored.
///
/// # Errors
/// A board with another chip, a file that is not a bitstream for it, or an unsupported use of the chip.
pub fn read_back(board: &Board, bitstream: &Path, work: &Path) -> Result<Netlist, GateError> {
    let Device::Ice40Up5k { package } = board.device else {
        return Err(GateError::NoCells(board.name.to_owned()));
    };
    let environment = Environment::of(&tools::workspace::build_directory());
    let nextpnr = Nextpnr::find(&environment, Architecture::Ice40)?;
    let database = Database::read(&nextpnr.share().join("ice40").join("chipdb-5k.bin"))?;
    files::empty(work)?;
    files::write(&work.join(PACKED), &files::read(bitstream)?)?;
    Packer::find(&environment, Architecture::Ice40)?.run(&["-u", PACKED, UNPACKED], work)?;
    let text = String::from_utf8_lossy(&files::read(&work.join(UNPACKED))?).into_owned();

    let wrong = |reason: String| GateError::Bitstream { path: bitstream.to_owned(), reason };
    let bits = Bits::parse(&text).map_err(wrong)?;
    let chip = Chip { nets: Nets::of(&database, &bits), database: &database, bits: &bits };
    let sources = Sources::of(board)?;
    // Words of a line: `set_io`, options, port, pin.
    let lines = sources.constraints.text.lines().filter(|line| line.starts_with("set_io "));
    let pins = lines.map(|line| {
        let mut words = line.split(' ').rev();
        let (pin, port) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let bel = database.pin(package, pin).ok_or_else(|| format!("package {package} has no pin {pin}"))?;
        Ok((bel, port.to_owned()))
    });
    let pins = pins.collect::<Result<HashMap<usize, String>, String>>().map_err(wrong)?;
    let verilog = Cells::of(&chip, board, &pins).map_err(wrong)?.verilog();
    Ok(Netlist::new(board, &format!("{}-bitstream", board.name), verilog))
}

/// A configured chip.
pub struct Chip<'a> {
    /// The meaning of the bits.
    pub database: &'a Database,
    /// The bits.
    pub bits: &'a Bits,
    /// The nets that wires belong to.
    pub nets: Nets,
}

impl Chip<'_> {
    /// The bits of a tile's entry, in order; empty if the tile has no such entry.
    #[must_use]
    pub fn entry(&self, tile: Place, name: &str) -> Vec<bool> {
        let places: &[BitPlace] = self.database.entry(tile, name).unwrap_or_default();
        places.iter().map(|bit| self.bits.get(tile, *bit)).collect()
    }

    /// Whether an entry of one bit is set.
    #[must_use]
    pub fn is_set(&self, tile: Place, name: &str) -> bool {
        self.entry(tile, name).contains(&true)
    }

    /// The parameters of a cell, whose entries have this prefix, and their values.
    #[must_use]
    pub fn parameters(&self, bel: usize, prefix: &str) -> HashMap<String, u32> {
        let mut values = HashMap::new();
        for bit in self.database.parameters.get(&bel).into_iter().flatten() {
            let value = u32::from(self.is_set(bit.place, &format!("{prefix}{}", bit.entry)));
            // `DIVF_3` is a bit of `DIVF`, but `MODE_8x8` and `PIPELINE_16x16_MULT_REG1` are names.
            let numbered =
                bit.parameter.rsplit_once('_').and_then(|(name, bit)| Some((name, bit.parse::<u32>().ok()?)));
            let (name, shift) = numbered.unwrap_or((&bit.parameter, 0));
            *values.entry(name.to_owned()).or_default() |= value << shift;
        }
        values
    }

    /// The net at a bel's port.
    #[must_use]
    pub fn net(&self, bel: &Bel, port: &str) -> Option<usize> {
        bel.pins.get(port).map(|wire| self.nets.of_wire(*wire))
    }
}

/// Wires joined into nets.
#[derive(Debug)]
pub struct Nets {
    net_of_wire: Vec<usize>,
    n_wires: HashMap<usize, usize>,
}

impl Nets {
    /// Joins the ends of every enabled connection.
    fn of(database: &Database, bits: &Bits) -> Self {
        let mut parents: Vec<usize> = (0..database.n_wires).collect();
        let settings: Vec<u16> = (database.switches.iter())
            .map(|switch| {
                let bits = switch.bits.iter().map(|bit| u16::from(bits.get(switch.place, *bit)));
                bits.fold(0, |setting, bit| setting << 1 | bit)
            })
            .collect();
        for pip in &database.pips {
            let Some(switch) = database.switches.get(pip.switch) else { continue };
            if !switch.is_logic && settings[pip.switch] == pip.mask {
                let (from, to) = (root(&mut parents, pip.source), root(&mut parents, pip.destination));
                parents[from] = to;
            }
        }
        let net_of_wire: Vec<usize> = (0..parents.len()).map(|wire| root(&mut parents, wire)).collect();
        let mut n_wires = HashMap::new();
        for net in &net_of_wire {
            *n_wires.entry(*net).or_default() += 1;
        }
        Self { net_of_wire, n_wires }
    }

    /// The net that a wire belongs to.
    #[must_use]
    pub fn of_wire(&self, wire: usize) -> usize {
        self.net_of_wire.get(wire).copied().unwrap_or(wire)
    }

    /// Whether more than one wire belongs to it.
    #[must_use]
    pub fn is_routed(&self, net: usize) -> bool {
        self.n_wires.get(&net).is_some_and(|n_wires| *n_wires > 1)
    }
}

fn root(parents: &mut [usize], mut wire: usize) -> usize {
    while parents[wire] != wire {
        parents[wire] = parents[parents[wire]];
        wire = parents[wire];
    }
    wire
}

/// Nets with a driver; a net must not have two.
#[derive(Debug, Default)]
pub struct Drivers(HashSet<usize>);

impl Drivers {
    /// Adds a driver.
    ///
    /// # Errors
    /// The net has another one.
    pub fn add(&mut self, net: usize, what: &str) -> Result<(), String> {
        if self.0.insert(net) { Ok(()) } else { Err(format!("{what} drives a net that has another driver")) }
    }

    /// All nets with a driver.
    pub fn nets(&self) -> impl Iterator<Item = usize> {
        self.0.iter().copied()
    }

    /// Whether a net has a driver.
    #[must_use]
    pub fn drive(&self, net: usize) -> bool {
        self.0.contains(&net)
    }
}
