//! Whether a signal is read between two of its assignments.
//!
//! rust-hdl runs an update until nothing changes, so every reader sees the last value that a signal is assigned. Verilog
//! runs the statements one after the other, so a reader sees the value so far.

use std::collections::HashSet;

/// What was done on the way to one place of a module.
#[derive(Clone, Default)]
pub struct Order {
    assigned: HashSet<String>,
    /// Read after an assignment.
    read: HashSet<String>,
}

impl Order {
    /// Notes a read.
    pub fn read(&mut self, name: String) {
        if self.assigned.contains(&name) {
            self.read.insert(name);
        }
    }

    /// Notes an assignment; false if there was a read between an earlier one and this.
    pub fn assign(&mut self, name: String) -> bool {
        let is_late = self.read.contains(&name);
        self.assigned.insert(name);
        !is_late
    }

    /// Takes in what was done on another way to the same place.
    pub fn join(&mut self, other: &Self) {
        self.assigned.extend(other.assigned.iter().cloned());
        self.read.extend(other.read.iter().cloned());
    }
}
