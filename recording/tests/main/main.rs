//! Recordings, windows and splits, from outside the crate.

mod clock;
mod damage;
mod dataset;
mod identity;
mod kinematics;
mod left_out;
mod live;
mod odd_links;
mod open;
mod selection;
mod several;
#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
mod split;
mod support;
mod synthetic;
mod tables;
mod users;
mod verify;
mod windows;
