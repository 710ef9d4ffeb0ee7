//! The serial line of simulated boards; the build script and the library share it.

/// Clock cycles per bit: fewer than on most boards, since simulated cycles take the time.
pub const CLOCKS_PER_BIT: u16 = 8;
