//! Whether a signal is read between two of its assignments.
//!
//! rust-hdl repeats an update until nothing changes, so a read returns the last value that a signal is assigned. Verilog runs
//! the statements in order, so a read returns the value so far.

use std::collections::HashSet;

/// The reads and assignments on a path to one place of a module.
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

    /// Notes an assignment; false if the signal was read since an earlier one.
    pub fn assign(&mut self, name: String) -> bool {
        let is_late = self.read.contains(&name);
        self.assigned.insert(name);
        !is_late
    }

    /// Adds those of another path to the same place.
    pub fn join(&mut self, other: &Self) {
        self.assigned.extend(other.assigned.iter().cloned());
        self.read.extend(other.read.iter().cloned());
    }
}
