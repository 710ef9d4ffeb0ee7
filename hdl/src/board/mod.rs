//! The logic between the serial pins and the core: commands, images, counters.

mod answer_composer;
#[allow(clippy::module_inception, reason = "the board is the main block of the folder")]
mod board;
mod board_settings;
mod command_decoder;
mod counters;
mod event_reader;
mod image_checksum;
mod image_loader;
mod memory_reader;
mod sequencer;

pub use board::Board;
pub use board_settings::BoardSettings;
pub use command_decoder::CommandDecoder;
pub use counters::Counters;
pub use event_reader::EventReader;
pub use image_checksum::ImageChecksum;
pub use image_loader::ImageLoader;
pub use memory_reader::MemoryReader;
pub use sequencer::Sequencer;
