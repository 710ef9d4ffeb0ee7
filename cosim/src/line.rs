//! The serial line of simulated boards; the build and the library share it.

/// Clock cycles of a bit: fewer than most boards have, since simulated cycles are what takes time.
pub const CLOCKS_PER_BIT: u16 = 8;
