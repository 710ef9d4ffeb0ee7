//! Recordings, windows and splits, from outside the crate.

mod damage;
mod dataset;
mod open;
#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
mod split;
mod support;
mod synthetic;
mod users;
mod verify;
mod windows;
