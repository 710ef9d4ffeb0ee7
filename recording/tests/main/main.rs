//! Recordings, windows and splits, from outside the crate.

mod damage;
mod dataset;
mod open;
mod split;
mod support;
mod synthetic;
mod windows;
