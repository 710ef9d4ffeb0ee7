//! The blocks of the hardware in rust-hdl's own simulator, and the lint. `verify` holds what only `cargo xtask verify` runs.

mod cast;
mod link_answer_store;
mod link_crc32_step;
mod link_frame_decoder;
mod link_frame_encoder;
mod link_pins;
mod link_support;
mod link_uart;
mod lint;
mod lint_names;
mod lint_support;
mod top;
mod top_constraints;
mod top_ecp5_pll;
mod top_ice40_pll;
mod verify;
