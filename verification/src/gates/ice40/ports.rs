//! Names of the ports of nextpnr's cells, by their numbers in its database.

/// Number of the first kind of cell, the logic cell; kinds are numbered after ports.
pub const FIRST_KIND: i32 = 404;

/// Kinds of cells, numbered from [`FIRST_KIND`]; those that are not listed are not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Look-up table, carry and register.
    Logic,
    /// Block RAM.
    Ram,
    /// Input and output of a pin.
    Io,
    /// Driver of a global network.
    GlobalBuffer,
    /// PLL.
    Pll,
    /// Multiplier.
    Dsp,
    /// Large single-port RAM.
    SinglePortRam,
    /// Anything else.
    Other,
}

impl Kind {
    /// The kind with a number.
    #[must_use]
    pub fn of(number: i32) -> Self {
        match number - FIRST_KIND {
            0 => Self::Logic,
            1 => Self::Ram,
            2 => Self::Io,
            3 => Self::GlobalBuffer,
            4 => Self::Pll,
            6 => Self::Dsp,
            15 => Self::SinglePortRam,
            _ => Self::Other,
        }
    }
}

/// The name of the port with a number; none for ports of unsupported cells.
#[must_use]
pub fn name(number: i32) -> Option<String> {
    let number = usize::try_from(number).ok()?;
    let named = named();
    let single_port_ram = single_port_ram();
    let start = FIRST_KIND as usize - single_port_ram.len();
    named.get(number.checked_sub(1)?).or_else(|| single_port_ram.get(number.checked_sub(start)?)).cloned()
}

/// The ports of logic, block RAMs, pins, global buffers, PLLs and multipliers, from number 1 on.
fn named() -> Vec<String> {
    let mut names = listed("I0 I1 I2 I3 O LO CIN COUT CEN CLK SR");
    for (bus, width) in [("MASK", 16), ("RDATA", 16), ("WDATA", 16), ("WADDR", 11), ("RADDR", 11)] {
        names.extend((0..width).map(|bit| format!("{bus}_{bit}")));
    }
    names.extend(listed("WCLK WCLKE WE RCLK RCLKE RE"));
    names.extend(listed("PACKAGE_PIN LATCH_INPUT_VALUE CLOCK_ENABLE INPUT_CLK OUTPUT_CLK OUTPUT_ENABLE"));
    names.extend(listed("D_OUT_0 D_OUT_1 D_IN_0 D_IN_1 USER_SIGNAL_TO_GLOBAL_BUFFER GLOBAL_BUFFER_OUTPUT"));
    names.extend(listed("REFERENCECLK EXTFEEDBACK"));
    names.extend((0..8).map(|bit| format!("DYNAMICDELAY_{bit}")));
    names.extend(listed("LOCK PLLOUT_A PLLOUT_B PLLOUT_A_GLOBAL PLLOUT_B_GLOBAL BYPASS RESETB LATCHINPUTVALUE"));
    names.extend(listed("SDO SDI SCLK BOOT S0 S1"));
    names.extend(listed("ADDSUBBOT ADDSUBTOP AHOLD"));
    names.extend(sorted_bus("A", 16));
    names.extend(listed("BHOLD"));
    names.extend(sorted_bus("B", 16));
    names.extend(listed("CE CHOLD CI CO"));
    names.extend(sorted_bus("C", 16));
    names.extend(listed("DHOLD"));
    names.extend(sorted_bus("D", 16));
    names.extend(listed("IRSTBOT IRSTTOP OHOLDBOT OHOLDTOP OLOADBOT OLOADTOP ORSTBOT ORSTTOP"));
    names.extend(sorted_bus("O", 32));
    names.extend(listed("SIGNEXTIN SIGNEXTOUT ACCUMCI ACCUMCO"));
    names
}

/// The ports of single-port RAMs, the last ones before the kinds of cells.
fn single_port_ram() -> Vec<String> {
    let mut names = sorted_bus("ADDRESS", 14);
    names.extend(listed("CHIPSELECT CLOCK"));
    names.extend(sorted_bus("DATAIN", 16));
    names.extend(sorted_bus("DATAOUT", 16));
    names.extend(sorted_bus("MASKWREN", 4));
    names.extend(listed("POWEROFF SLEEP STANDBY WREN"));
    names
}

fn listed(names: &str) -> Vec<String> {
    names.split(' ').map(str::to_owned).collect()
}

/// The bits of a bus in alphabetical order: 0, 1, 10, …
fn sorted_bus(bus: &str, width: usize) -> Vec<String> {
    let mut names: Vec<String> = (0..width).map(|bit| format!("{bus}_{bit}")).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_their_numbers() {
        for (number, expected) in
            [(1, "I0"), (27, "MASK_15"), (89, "LATCH_INPUT_VALUE"), (240, "ACCUMCO"), (403, "WREN")]
        {
            assert_eq!(name(number).as_deref(), Some(expected));
        }
        assert_eq!([0, 241, FIRST_KIND, -1].map(name), [const { None }; 4]);
    }
}
