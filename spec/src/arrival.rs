//! The checks of a board while an image arrives, byte by byte; the hardware mirrors them.
//!
//! A board checks form, fit, the checksum of the whole, the order of row pointers and that synapses end on neurons of their
//! lane: all that keeps its memory accesses within bounds. The sender checks the rest of
//! [`decode`](crate::image::NetworkImage::decode) before it sends: what is redundant (total length, checksums of sections),
//! ranges of parameters, fan-in, readouts, order within rows.

use crate::checksum::CHECKSUM_BYTES;
use crate::core::CoreConfiguration;
use crate::image::{HEADER_BYTES, IMAGE_VERSION, ImageHeader, NEURON_WORDS, SECTION_HEADER_BYTES, SectionKind};
use crate::wire::ErrorCode;

/// An image on its way to a board.
#[derive(Clone, Debug)]
pub struct Arrival {
    core: CoreConfiguration,
    bytes: Vec<u8>,
    /// Offset of the end of the current part.
    part_end: usize,
    part: Part,
    header: Option<ImageHeader>,
    lane: u8,
    kind: SectionKind,
    /// Offset of the words of the current section.
    words_at: usize,
    /// The latest row pointer of the lane.
    row_end: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    SectionHeader,
    Words,
    SectionChecksum,
    Trailer,
    Complete,
}

impl Arrival {
    /// An image of which nothing has arrived.
    #[must_use]
    pub fn new(core: CoreConfiguration) -> Self {
        Self {
            core,
            bytes: Vec::new(),
            part_end: HEADER_BYTES,
            part: Part::Header,
            header: None,
            lane: 0,
            kind: SectionKind::Neurons,
            words_at: 0,
            row_end: 0,
        }
    }

    /// The bytes that have arrived.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the whole image has arrived.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.part == Part::Complete
    }

    /// Takes the next bytes. After an error, the image is lost: take a new `Arrival`.
    ///
    /// # Errors
    /// [`ErrorCode::BadImage`] or [`ErrorCode::Misfit`], at the first byte that shows it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ErrorCode> {
        bytes.iter().try_for_each(|byte| self.push_byte(*byte))
    }

    fn push_byte(&mut self, byte: u8) -> Result<(), ErrorCode> {
        if self.part == Part::Complete {
            return Err(ErrorCode::BadImage);
        }
        self.bytes.push(byte);
        if self.part == Part::Words && (self.bytes.len() - self.words_at).is_multiple_of(2) {
            self.check_word()?;
        }
        while self.bytes.len() == self.part_end && self.part != Part::Complete {
            self.end_part()?;
        }
        Ok(())
    }

    fn end_part(&mut self) -> Result<(), ErrorCode> {
        match self.part {
            Part::Header => {
                self.header = Some(self.check_header()?);
                self.begin(Part::SectionHeader, SECTION_HEADER_BYTES);
            }
            Part::SectionHeader => {
                let n_words = self.check_section_header()?;
                self.words_at = self.bytes.len();
                self.begin(Part::Words, 2 * n_words as usize);
            }
            Part::Words => self.begin(Part::SectionChecksum, CHECKSUM_BYTES),
            Part::SectionChecksum => {
                self.next_section();
            }
            Part::Trailer => {
                let content = crate::checksum::split_checked(&self.bytes);
                require(content.is_some(), ErrorCode::BadImage)?;
                self.part = Part::Complete;
            }
            Part::Complete => {}
        }
        Ok(())
    }

    fn begin(&mut self, part: Part, n_bytes: usize) {
        self.part = part;
        self.part_end = self.bytes.len() + n_bytes;
    }

    fn next_section(&mut self) {
        let last_lane = self.lane + 1 == self.core.lanes;
        let (part, n_bytes) = match (self.kind, last_lane) {
            (SectionKind::Synapses, true) => (Part::Trailer, CHECKSUM_BYTES),
            _ => (Part::SectionHeader, SECTION_HEADER_BYTES),
        };
        self.kind = match self.kind {
            SectionKind::Neurons => SectionKind::Rows,
            SectionKind::Rows => SectionKind::Synapses,
            SectionKind::Synapses => {
                self.lane += 1;
                SectionKind::Neurons
            }
        };
        self.begin(part, n_bytes);
    }

    /// An image that is both malformed and a misfit is malformed.
    fn check_header(&self) -> Result<ImageHeader, ErrorCode> {
        let bytes = self.bytes.first_chunk::<HEADER_BYTES>().ok_or(ErrorCode::BadImage)?;
        let header = ImageHeader::from_bytes(bytes).ok_or(ErrorCode::BadImage)?;
        let ImageHeader { version, lanes, n_channels, n_neurons, n_readouts, total_bytes: _ } = header;
        require(version == IMAGE_VERSION, ErrorCode::BadImage)?;
        require(n_channels > 0 && n_neurons > 0 && n_readouts > 0, ErrorCode::BadImage)?;
        let core = &self.core;
        let fits = lanes == u16::from(core.lanes)
            && n_channels <= core.channels
            && u32::from(n_neurons) <= core.neurons()
            && n_neurons >= lanes
            && n_readouts <= u16::from(core.readouts);
        require(fits, ErrorCode::Misfit)?;
        Ok(header)
    }

    fn check_section_header(&self) -> Result<u32, ErrorCode> {
        let (_, bytes) = self.bytes.split_last_chunk::<SECTION_HEADER_BYTES>().ok_or(ErrorCode::BadImage)?;
        let [kind, lane, zero_1, zero_2, words @ ..] = *bytes;
        let form = kind == self.kind as u8 && lane == self.lane && zero_1 == 0 && zero_2 == 0;
        require(form, ErrorCode::BadImage)?;
        let n_words = u32::from_le_bytes(words);
        match self.kind {
            SectionKind::Neurons => {
                let expected = NEURON_WORDS as u64 * u64::from(self.neurons_on_lane());
                require(u64::from(n_words) == expected, ErrorCode::BadImage)?;
            }
            SectionKind::Rows => {
                let rows = self.header.map_or(0, |header| u32::from(header.n_channels) + u32::from(header.n_neurons));
                require(n_words == rows + 1, ErrorCode::BadImage)?;
            }
            SectionKind::Synapses => {
                require(n_words == u32::from(self.row_end), ErrorCode::BadImage)?;
                require(n_words <= u32::from(self.core.synapse_words_per_lane), ErrorCode::Misfit)?;
            }
        }
        Ok(n_words)
    }

    fn check_word(&mut self) -> Result<(), ErrorCode> {
        let Some((before, word)) = self.bytes.split_last_chunk() else { return Ok(()) };
        let word = u16::from_le_bytes(*word);
        match self.kind {
            SectionKind::Neurons => {}
            SectionKind::Rows => {
                let in_order = if before.len() == self.words_at { word == 0 } else { word >= self.row_end };
                require(in_order, ErrorCode::BadImage)?;
                self.row_end = word;
            }
            SectionKind::Synapses => {
                require(u32::from(word >> 8) < self.neurons_on_lane(), ErrorCode::BadImage)?;
            }
        }
        Ok(())
    }

    fn neurons_on_lane(&self) -> u32 {
        let n_neurons = self.header.map_or(0, |header| u32::from(header.n_neurons));
        (n_neurons.saturating_sub(u32::from(self.lane))).div_ceil(u32::from(self.core.lanes))
    }
}

fn require(condition: bool, otherwise: ErrorCode) -> Result<(), ErrorCode> {
    if condition { Ok(()) } else { Err(otherwise) }
}
