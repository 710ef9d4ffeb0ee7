//! Tests of the assembler and the windows.

mod ticks;
mod windows;
