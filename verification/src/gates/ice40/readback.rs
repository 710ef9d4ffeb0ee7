//! From a bitstream to the netlist in it.

use std::collections::HashMap;
use std::path::Path;

use flow::files;
use flow::sources::Sources;
use spec::board::{Board, Device};
use tools::{Architecture, Environment, Nextpnr, Packer};

use crate::gates::error::GateError;
use crate::gates::ice40::bits::Bits;
use crate::gates::ice40::cells::Cells;
use crate::gates::ice40::chip::{Chip, Nets};
use crate::gates::ice40::database::Database;
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
