//! The reference core and the board made of it.

mod board_commands;
mod board_fuzz;
mod board_link;
mod core;
mod support;
