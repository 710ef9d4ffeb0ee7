//! A configured chip: its bits, and the nets that enabled connections make of its wires.

use std::collections::{HashMap, HashSet};

use crate::gates::ice40::bits::Bits;
use crate::gates::ice40::database::{Bel, BitPlace, Database, Place};

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
    #[must_use]
    pub fn of(database: &Database, bits: &Bits) -> Self {
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
