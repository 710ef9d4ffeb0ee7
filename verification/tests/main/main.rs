//! Integration tests of `verification`. All need synthesis tools and minutes, so only `cargo xtask verify` runs them.

mod verify;
