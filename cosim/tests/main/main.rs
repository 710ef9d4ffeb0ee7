//! The simulated hardware against the reference model, `spec` and rust-hdl's own simulator.

#[path = "../../build/blocks.rs"]
mod blocks;
mod board;
mod board_commands;
mod board_loading;
mod board_random;
mod board_support;
mod board_waits;
mod core_cycles;
mod core_lockstep;
mod free_running;
mod lif_element;
mod lockstep;
mod networks;
mod peer;
#[cfg(unix)]
mod pty;
mod simulator;
