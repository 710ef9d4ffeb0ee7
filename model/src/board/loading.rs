//! Taking an image in chunks.

use spec::core::CoreConfiguration;
use spec::image::{Arrival, NetworkImage};
use spec::wire::ErrorCode;

use super::device::Refusal;

/// An image under way.
#[derive(Clone, Debug)]
pub(super) struct Loading(Arrival);

/// What a chunk made of it.
pub(super) enum Progress {
    /// More is to come.
    Unfinished(Loading),
    /// The whole image, valid and fit for the core.
    Complete { image: NetworkImage, n_bytes: u32, crc32: u32 },
}

impl Loading {
    /// Nothing was taken yet.
    pub(super) fn new(core: CoreConfiguration) -> Self {
        Self(Arrival::new(core))
    }

    /// Offset at which the image goes on.
    pub(super) fn next_offset(&self) -> u32 {
        self.0.bytes().len() as u32
    }

    /// Takes the next chunk: what every board checks is checked at once, the rest when the last byte is there.
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
