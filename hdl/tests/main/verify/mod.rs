//! Tests that take minutes.

mod board_synthesis;
