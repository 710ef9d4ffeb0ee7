//! The program end to end, and the host against boards and lines that fail.

mod adapt;
mod bad_boards;
mod bad_input;
mod choosing;
mod contested_port;
mod documents;
mod doubts;
mod drift;
mod end_to_end;
mod first_contact;
mod import;
mod info;
mod link;
mod link_faults;
mod link_push;
mod live;
mod movement;
mod odd_ports;
#[path = "../live/tests/main/pattern.rs"]
mod pattern;
mod recalibration;
mod selftest;
mod study;
mod support;
mod usage;
mod waveforms;

/// Longer checks, which `cargo xtask test` skips and `cargo xtask verify` runs.
mod verify {
    mod accuracy;
    mod cluster;
    mod imports;
    mod link_faults;
    mod live;
    mod live_sources;
    #[path = "../../live/tests/main/verify/peer.rs"]
    mod peer;
    mod recordings;
    #[path = "../../live/tests/main/verify/rig.rs"]
    mod rig;
    mod selftest;
}
