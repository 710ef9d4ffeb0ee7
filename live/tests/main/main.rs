//! Tests of the assembler and the windows, and of sources and sinks against programs that stand for acquisition systems.

#[cfg(unix)]
mod intan;
#[cfg(unix)]
mod lsl_loopback;
#[cfg(unix)]
mod lsl_wire;
#[cfg(unix)]
mod open_ephys;
#[cfg(unix)]
mod pattern;
#[cfg(unix)]
mod support;
mod ticks;
#[cfg(unix)]
mod verify;
mod windows;
