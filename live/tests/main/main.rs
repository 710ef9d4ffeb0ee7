//! Tests of sources and sinks against programs that stand for acquisition systems.
#![cfg(unix)]

mod intan;
mod lsl_loopback;
mod lsl_wire;
mod open_ephys;
mod support;
mod verify;
