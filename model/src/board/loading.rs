//! Receives an image in chunks.

use spec::arrival::Arrival;
use spec::core::CoreConfiguration;
use spec::image::NetworkImage;
use spec::wire::ErrorCode;

use super::device::Refusal;

/// A partial image.
#[derive(Clone, Debug)]
pub(super) struct Loading(Arrival);

/// The state after a chunk.
pub(super) enum Progress {
    /// More chunks follow.
    Unfinished(Loading),
    /// The whole image, valid and fit for the core.
    Complete { image: NetworkImage, n_bytes: u32, crc32: u32 },
}

impl Loading {
    /// No chunk has been accepted yet.
    pub(super) fn new(core: CoreConfiguration) -> Self {
        Self(Arrival::new(core))
    }

    /// Offset of the next chunk.
    pub(super) fn next_offset(&self) -> u32 {
        self.0.bytes().len() as u32
    }

    /// Adds the next chunk: what every board checks is checked at once, the rest after the last byte.
    pub(super) fn push(mut self, chunk: &[u8]) -> Result<Progress, Refusal> {
        const BAD_IMAGE: Refusal = (ErrorCode::BadImage, 0);
        self.0.push(chunk).map_err(|code| (code, 0))?;
        if !self.0.is_complete() {
            return Ok(Progress::Unfinished(self));
        }
        let image = NetworkImage::decode(self.0.bytes()).map_err(|_| BAD_IMAGE)?;
        let crc32 = self.0.bytes().last_chunk().copied().map(u32::from_le_bytes).ok_or(BAD_IMAGE)?;
        Ok(Progress::Complete { image, n_bytes: self.next_offset(), crc32 })
    }
}
