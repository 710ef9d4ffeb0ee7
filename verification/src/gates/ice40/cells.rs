//! The configured cells of a chip, as Verilog that instantiates Yosys' cell library.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use spec::board::Board;

use crate::gates::ice40::chip::{Chip, Drivers};
use crate::gates::ice40::database::{Bel, Place};
use crate::gates::ice40::ports::Kind;

/// Positions of a look-up table's bits among the 20 bits of a logic cell.
const LUT_BITS: [usize; 16] = [4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0];
/// Positions of the other bits of a logic cell.
const CARRY_ENABLE: usize = 8;
const DFF_ENABLE: usize = 9;
const SET_NORESET: usize = 18;
const ASYNC_SR: usize = 19;

/// PLL types: reference from a pad, and from inside the chip.
const PLL_PAD: u32 = 2;
const PLL_CORE: u32 = 3;
/// The feedback path `SIMPLE`.
const PLL_SIMPLE: u32 = 1;

/// Uses of a pin; registered ones are not supported.
const SIMPLE_INPUT: u32 = 0b01;
const NO_OUTPUT: u32 = 0;
const SIMPLE_OUTPUT: u32 = 0b0110;

/// A wire of the netlist.
fn net(number: usize) -> String {
    format!("n{number}")
}

/// The cells and nets found so far.
#[derive(Debug, Default)]
pub struct Cells {
    body: String,
    inputs: BTreeSet<String>,
    outputs: BTreeSet<String>,
    drivers: Drivers,
    /// Nets that cells read, and the value of each if nothing drives it: the default of the cell's input.
    reads: BTreeMap<usize, bool>,
    /// Nets whose readers have different defaults.
    ambiguous: BTreeSet<usize>,
    /// Nets of clock inputs, which must have a driver, and the input of each.
    clocks: BTreeMap<usize, String>,
}

impl Cells {
    /// Everything that is used of a chip; `pins` has the board's ports by bel.
    ///
    /// # Errors
    /// An unsupported use.
    pub fn of(chip: &Chip<'_>, board: &Board, pins: &HashMap<usize, String>) -> Result<Self, String> {
        let mut cells = Self::default();
        for (index, bel) in chip.database.bels.iter().enumerate() {
            match bel.kind {
                Kind::Logic => cells.logic(chip, index, bel)?,
                Kind::Ram => cells.ram(chip, bel)?,
                Kind::Io => cells.io(chip, bel, pins.get(&index))?,
                Kind::GlobalBuffer => cells.global_buffer(chip, bel)?,
                Kind::Pll => cells.pll(chip, index, bel, board, pins)?,
                Kind::Dsp => cells.dsp(chip, index, bel)?,
                Kind::SinglePortRam => cells.single_port_ram(chip, bel)?,
                Kind::Other => {
                    if chip.parameters(index, "IpConfig.").values().any(|value| *value != 0) {
                        return Err(format!("{} at {:?} is used, which is not supported", bel.name, bel.place));
                    }
                }
            }
        }
        let missing = pins.values().find(|port| !cells.inputs.contains(*port) && !cells.outputs.contains(*port));
        if let Some(port) = missing {
            return Err(format!("the pin of {port} is not used"));
        }
        if let Some((_, what)) = cells.clocks.iter().find(|(net, _)| !cells.drivers.drive(**net)) {
            return Err(format!("{what} has no clock"));
        }
        if cells.ambiguous.iter().any(|net| !cells.drivers.drive(*net)) {
            return Err("inputs with different defaults are connected, and nothing drives them".to_owned());
        }
        Ok(cells)
    }

    /// The module `top`.
    #[must_use]
    pub fn verilog(&self) -> String {
        let port = |direction: &'static str| move |name: &String| format!("{direction} \\{name} ");
        let ports: Vec<String> =
            self.inputs.iter().map(port("input")).chain(self.outputs.iter().map(port("output"))).collect();
        let mut text = format!("module top({});\n", ports.join(", "));
        let mut names: BTreeSet<usize> = self.reads.keys().copied().collect();
        names.extend(self.drivers.nets());
        for name in &names {
            let _ = writeln!(text, "wire {};", net(*name));
        }
        for (name, value) in self.reads.iter().filter(|(name, _)| !self.drivers.drive(**name)) {
            let _ = writeln!(text, "assign {} = 1'b{};", net(*name), u8::from(*value));
        }
        text + &self.body + "endmodule\n"
    }

    /// The net that an input port reads.
    fn read(&mut self, chip: &Chip<'_>, bel: &Bel, port: &str, resting: bool) -> Result<String, String> {
        let number = chip.net(bel, port).ok_or_else(|| format!("{} has no port {port}", bel.name))?;
        Ok(self.read_net(number, resting))
    }

    fn read_net(&mut self, number: usize, resting: bool) -> String {
        if self.reads.insert(number, resting).is_some_and(|other| other != resting) {
            self.ambiguous.insert(number);
        }
        net(number)
    }

    /// The net that an output port drives.
    fn driven(&mut self, chip: &Chip<'_>, bel: &Bel, port: &str) -> Result<String, String> {
        let number = chip.net(bel, port).ok_or_else(|| format!("{} has no port {port}", bel.name))?;
        self.drivers.add(number, &format!("{port} of {} at {:?}", bel.name, bel.place))?;
        Ok(net(number))
    }

    fn clock(&mut self, chip: &Chip<'_>, bel: &Bel, port: &str) -> Result<String, String> {
        let text = self.read(chip, bel, port, false)?;
        if let Some(number) = chip.net(bel, port) {
            self.clocks.insert(number, format!("{port} of {} at {:?}", bel.name, bel.place));
        }
        Ok(text)
    }

    fn logic(&mut self, chip: &Chip<'_>, index: usize, bel: &Bel) -> Result<(), String> {
        let Bel { place, z, .. } = *bel;
        let bits = chip.entry(place, &format!("LC_{z}"));
        if bits.len() != 20 {
            return Err(format!("{} at {place:?} has no bits", bel.name));
        }
        if z == 0 && chip.is_set(place, "CarryInSet") {
            let carry = self.driven(chip, bel, "CIN")?;
            let _ = writeln!(self.body, "assign {carry} = 1'b1;");
        }
        if !bits.contains(&true) {
            // An unused look-up table gives 0 to its readers.
            if chip.net(bel, "O").is_some_and(|net| chip.nets.is_routed(net)) {
                let output = self.driven(chip, bel, "O")?;
                let _ = writeln!(self.body, "assign {output} = 1'b0;");
            }
            return Ok(());
        }
        let table: u32 = (0..16).map(|bit| u32::from(bits[LUT_BITS[bit]]) << bit).sum();
        let wires = chip.database.lut_inputs.get(&index).ok_or("a look-up table has no inputs")?;
        let mut inputs = Vec::new();
        for wire in wires {
            inputs.push(self.read_net(chip.nets.of_wire(*wire), false));
        }
        let connected = |ports: &[(&str, &String)]| -> Vec<(String, String)> {
            ports.iter().map(|(port, net)| ((*port).to_owned(), (*net).clone())).collect()
        };
        if bits[CARRY_ENABLE] {
            let (carry, next) = (self.read(chip, bel, "CIN", false)?, self.driven(chip, bel, "COUT")?);
            let ports = [("I0", &inputs[1]), ("I1", &inputs[2]), ("CI", &carry), ("CO", &next)];
            self.cell("SB_CARRY", bel, &[], &connected(&ports));
        }
        let (x, y) = place;
        let found = format!("lut_{x}_{y}_{z}");
        let _ = writeln!(self.body, "wire {found};");
        let ports = [("I0", &inputs[0]), ("I1", &inputs[1]), ("I2", &inputs[2]), ("I3", &inputs[3]), ("O", &found)];
        self.cell("SB_LUT4", bel, &[("LUT_INIT".to_owned(), format!("16'h{table:04x}"))], &connected(&ports));
        if chip.net(bel, "LO").is_some_and(|net| chip.nets.is_routed(net)) {
            let output = self.driven(chip, bel, "LO")?;
            let _ = writeln!(self.body, "assign {output} = {found};");
        }
        let output = self.driven(chip, bel, "O")?;
        if !bits[DFF_ENABLE] {
            let _ = writeln!(self.body, "assign {output} = {found};");
            return Ok(());
        }
        let edge = if chip.is_set(place, "NegClk") { "N" } else { "" };
        let (clock, enable) = (self.clock(chip, bel, "CLK")?, self.read(chip, bel, "CEN", true)?);
        let mut ports = connected(&[("C", &clock), ("E", &enable), ("D", &found), ("Q", &output)]);
        let reset = if chip.net(bel, "SR").is_some_and(|net| chip.nets.is_routed(net)) {
            let port = if bits[SET_NORESET] { "S" } else { "R" };
            ports.push((port.to_owned(), self.read(chip, bel, "SR", false)?));
            format!("{}{port}", if bits[ASYNC_SR] { "" } else { "S" })
        } else {
            String::new()
        };
        self.cell(&format!("SB_DFF{edge}E{reset}"), bel, &[], &ports);
        Ok(())
    }

    fn ram(&mut self, chip: &Chip<'_>, bel: &Bel) -> Result<(), String> {
        let (x, y) = bel.place;
        let above = (x, y + 1);
        if !chip.is_set(bel.place, "RamConfig.PowerUp") {
            return Ok(());
        }
        if chip.is_set(bel.place, "NegClk") || chip.is_set(above, "NegClk") {
            return Err(format!("the block RAM at {:?} has inverted clocks, which are not supported", bel.place));
        }
        let bit = |number: u32| u32::from(chip.is_set(above, &format!("RamConfig.CBIT_{number}")));
        let modes = [("WRITE_MODE", bit(0) | bit(1) << 1), ("READ_MODE", bit(2) | bit(3) << 1)];
        let mut parameters: Vec<(String, String)> =
            modes.map(|(name, mode)| (name.to_owned(), mode.to_string())).into();
        let lines = chip.bits.rams.get(&bel.place).map(Vec::as_slice).unwrap_or_default();
        parameters.extend(lines.iter().enumerate().map(|(at, line)| (format!("INIT_{at:X}"), format!("256'h{line}"))));
        let mut connections = Vec::new();
        for (bus, width) in [("RADDR", 11), ("WADDR", 11), ("MASK", 16), ("WDATA", 16)] {
            connections.push((bus.to_owned(), self.bus(chip, bel, bus, width)?));
        }
        connections.push(("RDATA".to_owned(), self.driven_bus(chip, bel, "RDATA", 16)?));
        for (port, resting) in [("RCLKE", true), ("WCLKE", true), ("RE", false), ("WE", false)] {
            connections.push((port.to_owned(), self.read(chip, bel, port, resting)?));
        }
        for port in ["RCLK", "WCLK"] {
            connections.push((port.to_owned(), self.read(chip, bel, port, false)?));
        }
        self.cell("SB_RAM40_4K", bel, &parameters, &connections);
        Ok(())
    }

    fn single_port_ram(&mut self, chip: &Chip<'_>, bel: &Bel) -> Result<(), String> {
        let (x, y) = bel.place;
        let config: Place = (x, y + 1);
        // The first two are on the left, the others on the right.
        if !chip.is_set(config, &format!("IpConfig.CBIT_{}", (bel.z - 1) % 2)) {
            return Ok(());
        }
        let mut connections = Vec::new();
        for (bus, width) in [("ADDRESS", 14), ("DATAIN", 16), ("MASKWREN", 4)] {
            connections.push((bus.to_owned(), self.bus(chip, bel, bus, width)?));
        }
        for port in ["WREN", "CHIPSELECT", "STANDBY", "SLEEP", "POWEROFF"] {
            connections.push((port.to_owned(), self.read(chip, bel, port, false)?));
        }
        connections.push(("CLOCK".to_owned(), self.clock(chip, bel, "CLOCK")?));
        connections.push(("DATAOUT".to_owned(), self.driven_bus(chip, bel, "DATAOUT", 16)?));
        self.cell("SB_SPRAM256KA", bel, &[], &connections);
        Ok(())
    }

    fn dsp(&mut self, chip: &Chip<'_>, index: usize, bel: &Bel) -> Result<(), String> {
        let values = chip.parameters(index, "IpConfig.");
        if values.values().all(|value| *value == 0) {
            return Ok(());
        }
        let mut parameters: Vec<(String, String)> =
            values.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        parameters.sort();
        let mut connections = Vec::new();
        for bus in ["A", "B", "C", "D"] {
            connections.push((bus.to_owned(), self.bus(chip, bel, bus, 16)?));
        }
        for port in [
            "AHOLD",
            "BHOLD",
            "CHOLD",
            "DHOLD",
            "IRSTTOP",
            "IRSTBOT",
            "ORSTTOP",
            "ORSTBOT",
            "OLOADTOP",
            "OLOADBOT",
            "ADDSUBTOP",
            "ADDSUBBOT",
            "OHOLDTOP",
            "OHOLDBOT",
            "CI",
            "ACCUMCI",
            "SIGNEXTIN",
        ] {
            connections.push((port.to_owned(), self.read(chip, bel, port, false)?));
        }
        connections.push(("CE".to_owned(), self.read(chip, bel, "CE", true)?));
        connections.push(("CLK".to_owned(), self.clock(chip, bel, "CLK")?));
        connections.push(("O".to_owned(), self.driven_bus(chip, bel, "O", 32)?));
        self.cell("SB_MAC16", bel, &parameters, &connections);
        Ok(())
    }

    fn global_buffer(&mut self, chip: &Chip<'_>, bel: &Bel) -> Result<(), String> {
        if chip.net(bel, "USER_SIGNAL_TO_GLOBAL_BUFFER").is_some_and(|net| chip.nets.is_routed(net)) {
            let source = self.read(chip, bel, "USER_SIGNAL_TO_GLOBAL_BUFFER", false)?;
            let output = self.driven(chip, bel, "GLOBAL_BUFFER_OUTPUT")?;
            let _ = writeln!(self.body, "assign {output} = {source};");
        }
        Ok(())
    }

    fn io(&mut self, chip: &Chip<'_>, bel: &Bel, port: Option<&String>) -> Result<(), String> {
        let how = io_type(chip, bel);
        let (input, output) = (how & 3, how >> 2);
        let is_pll = chip.database.bels.iter().any(|other| {
            other.kind == Kind::Pll
                && ["PLLOUT_A", "PLLOUT_B"].iter().any(|pin| other.pins.get(*pin) == bel.pins.get("D_IN_0"))
        });
        let is_input = input == SIMPLE_INPUT && is_enabled(chip, bel);
        let place = format!("pin {} at {:?}", bel.name, bel.place);
        match (port, output) {
            (None, NO_OUTPUT) if !is_input || is_pll => Ok(()),
            (None, _) => Err(format!("{place} is used, but the board has no port there")),
            (Some(port), NO_OUTPUT) if is_pll => {
                self.inputs.insert(port.clone());
                Ok(())
            }
            (Some(port), NO_OUTPUT) if is_input => {
                self.inputs.insert(port.clone());
                let inner = self.driven(chip, bel, "D_IN_0")?;
                let _ = writeln!(self.body, "assign {inner} = \\{port} ;");
                Ok(())
            }
            (Some(port), SIMPLE_OUTPUT) => {
                self.outputs.insert(port.clone());
                let inner = self.read(chip, bel, "D_OUT_0", false)?;
                let _ = writeln!(self.body, "assign \\{port}  = {inner};");
                Ok(())
            }
            (Some(port), _) => Err(format!("{place}, of {port}, is used in a way that is not supported ({how:06b})")),
        }
    }

    fn pll(
        &mut self,
        chip: &Chip<'_>,
        index: usize,
        bel: &Bel,
        board: &Board,
        pins: &HashMap<usize, String>,
    ) -> Result<(), String> {
        let values = chip.parameters(index, "PLL.");
        let value = |name: &str| values.get(name).copied().unwrap_or(0);
        let kind = value("PLLTYPE");
        if values.values().all(|value| *value == 0) {
            return Ok(());
        }
        let used = ["FEEDBACK_PATH", "DIVR", "DIVF", "DIVQ", "FILTER_RANGE", "PLLTYPE"];
        let other = values.iter().find(|(name, value)| **value != 0 && !used.contains(&name.as_str()));
        if let Some((name, value)) = other {
            return Err(format!("{name} of the PLL is {value}, which is not supported"));
        }
        if value("FEEDBACK_PATH") != PLL_SIMPLE || ![PLL_PAD, PLL_CORE].contains(&kind) {
            return Err(format!("a PLL of the kind {kind} with this feedback is not supported"));
        }
        let scaled = u64::from(board.oscillator_hz) * u64::from(value("DIVF") + 1);
        let divided = 2 * u64::from(board.clock_hz) * u64::from(value("DIVR") + 1);
        if scaled != divided << value("DIVQ") {
            return Err("the PLL does not make twice the board's clock".to_owned());
        }
        let reference =
            if kind == PLL_PAD {
                let pad =
                    chip.database.bels.iter().enumerate().find(|(_, other)| {
                        other.kind == Kind::Io && other.pins.get("D_IN_0") == bel.pins.get("PLLOUT_A")
                    });
                let (pad, pad_bel) = pad.ok_or("the PLL has no pad")?;
                if !is_enabled(chip, pad_bel) {
                    return Err("the input at the PLL's pad is not enabled".to_owned());
                }
                format!("\\{} ", pins.get(&pad).ok_or("the PLL's pad is not a pin of the board")?)
            } else {
                self.read(chip, bel, "REFERENCECLK", false)?
            };
        let parameters = [("FEEDBACK_PATH".to_owned(), "\"SIMPLE\"".to_owned())];
        let mut connections = vec![("REFERENCECLK".to_owned(), reference)];
        for port in ["BYPASS", "RESETB", "EXTFEEDBACK", "LATCHINPUTVALUE", "SDI", "SCLK"] {
            connections.push((port.to_owned(), self.read(chip, bel, port, false)?));
        }
        connections.push(("DYNAMICDELAY".to_owned(), self.bus(chip, bel, "DYNAMICDELAY", 8)?));
        connections.push(("PLLOUTCORE".to_owned(), self.driven(chip, bel, "PLLOUT_A")?));
        connections.push(("LOCK".to_owned(), self.driven(chip, bel, "LOCK")?));
        self.cell("SB_PLL40_CORE", bel, &parameters, &connections);
        Ok(())
    }

    fn bus(&mut self, chip: &Chip<'_>, bel: &Bel, bus: &str, width: usize) -> Result<String, String> {
        let bits = (0..width).rev().map(|bit| self.read(chip, bel, &format!("{bus}_{bit}"), false));
        Ok(format!("{{{}}}", bits.collect::<Result<Vec<_>, _>>()?.join(", ")))
    }

    fn driven_bus(&mut self, chip: &Chip<'_>, bel: &Bel, bus: &str, width: usize) -> Result<String, String> {
        let bits = (0..width).rev().map(|bit| self.driven(chip, bel, &format!("{bus}_{bit}")));
        Ok(format!("{{{}}}", bits.collect::<Result<Vec<_>, _>>()?.join(", ")))
    }

    fn cell(&mut self, name: &str, bel: &Bel, parameters: &[(String, String)], connections: &[(String, String)]) {
        let list = |list: &[(String, String)]| {
            list.iter().map(|(name, value)| format!(".{name}({value})")).collect::<Vec<_>>().join(", ")
        };
        let (x, y) = bel.place;
        let _ = write!(self.body, "{name} ");
        if !parameters.is_empty() {
            let _ = write!(self.body, "#({}) ", list(parameters));
        }
        let _ = writeln!(self.body, "{name}_{x}_{y}_{} ({});", bel.z, list(connections));
    }
}

/// How a pin is used, as the parameter `PIN_TYPE` says it.
fn io_type(chip: &Chip<'_>, bel: &Bel) -> u32 {
    let bit = |number: u32| u32::from(chip.is_set(bel.place, &format!("IOB_{}.PINTYPE_{number}", bel.z)));
    (0..6).map(|number| bit(number) << number).sum()
}

/// Whether the input of a pin is enabled.
fn is_enabled(chip: &Chip<'_>, bel: &Bel) -> bool {
    let enable = chip.database.input_enables.get(&(bel.place, bel.z));
    enable.is_some_and(|(tile, number)| chip.is_set(*tile, &format!("IoCtrl.IE_{number}")))
}
