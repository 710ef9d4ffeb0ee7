//! A network image taken byte by byte: checked, and written into the memories of the lanes.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;
use spec::image::{HEADER_BYTES, IMAGE_MAGIC, IMAGE_VERSION, SECTION_HEADER_BYTES, largest_image_bytes};

use crate::link::crc32_step::Crc32Step;
use crate::setting::Setting;

/// The part of the image that is under way.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Part {
    Header,
    HeaderEnd,
    SectionHeader,
    SectionHeaderEnd,
    Words,
    SectionChecksum,
    SectionEnd,
    Trailer,
    TrailerEnd,
    Complete,
    Refused,
}

/// Mirrors [`spec::image::Arrival`].
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `first` | in | 1 | strobe: the next byte is an image's first |
/// | `data`, `data_valid` | in | 8, 1 | the next byte; never in two cycles that follow one another |
/// | `offset` | out | 32 | bytes taken |
/// | `refused`, `misfit` | out | 1, 1 | the image is refused, and because it does not fit; until the next `first` |
/// | `complete` | out | 1 | the whole image was taken; until the next byte or `first` |
/// | `image_crc` | out | 32 | its trailing checksum, while `complete` |
/// | `n_channels`, `n_neurons`, `n_readouts` | out | 16, 16, 8 | its sizes |
/// | `lane` | out | 8 | lane of the section under way |
/// | `write`, `write_kind`, `write_address`, `write_data` | out | 1, 2, 16, 16 | a word for a memory of that lane |
/// | `crc_first`, `crc_data`, `crc_valid`, `crc` | in, in, in, out | 1, 8, 1, 32 | checksum of other bytes, lent while no image comes |
///
/// `refused` and `complete` stand two cycles after the byte that brings them.
#[derive(LogicBlock, Default)]
pub struct ImageLoader {
    pub clock: Signal<In, Clock>,
    pub first: Signal<In, Bit>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub offset: Signal<Out, Bits<32>>,
    pub refused: Signal<Out, Bit>,
    pub misfit: Signal<Out, Bit>,
    pub complete: Signal<Out, Bit>,
    pub image_crc: Signal<Out, Bits<32>>,
    pub n_channels: Signal<Out, Bits<16>>,
    pub n_neurons: Signal<Out, Bits<16>>,
    pub n_readouts: Signal<Out, Bits<8>>,
    pub lane: Signal<Out, Bits<8>>,
    pub write: Signal<Out, Bit>,
    pub write_kind: Signal<Out, Bits<2>>,
    pub write_address: Signal<Out, Bits<16>>,
    pub write_data: Signal<Out, Bits<16>>,
    pub crc_first: Signal<In, Bit>,
    pub crc_data: Signal<In, Bits<8>>,
    pub crc_valid: Signal<In, Bit>,
    pub crc: Signal<Out, Bits<32>>,

    part: DFF<Part>,
    /// Bytes of the part that were taken.
    at: DFF<Bits<17>>,
    bytes_taken: DFF<Bits<32>>,
    total_bytes: DFF<Bits<32>>,
    is_misfit: DFF<Bit>,
    /// A byte of the part was wrong.
    wrong: DFF<Bit>,
    /// The last four bytes, the newest on top.
    last_bytes: DFF<Bits<32>>,
    channels: DFF<Bits<16>>,
    neurons: DFF<Bits<16>>,
    readouts: DFF<Bits<16>>,
    lanes: DFF<Bits<16>>,
    kind: DFF<Bits<2>>,
    lane_under_way: DFF<Bits<8>>,
    n_words: DFF<Bits<16>>,
    row_end: DFF<Bits<16>>,
    part_crc: DFF<Bits<32>>,
    total_crc: DFF<Bits<32>>,
    part_step: Crc32Step,
    total_step: Crc32Step,

    word: Signal<Local, Bits<16>>,
    on_lane: Signal<Local, Bits<16>>,
    on_lane_sum: Signal<Local, Bits<16>>,
    words_end: Signal<Local, Bits<17>>,
    expected_words: Signal<Local, Bits<16>>,
    section_words: Signal<Local, Bits<16>>,
    section_high: Signal<Local, Bits<16>>,
    magic_byte: Signal<Local, Bits<8>>,
    part_crc_after: Signal<Local, Bits<32>>,
    post_neuron: Signal<Local, Bits<16>>,
    wrong_word: Signal<Local, Bit>,
    fits: Signal<Local, Bit>,
    version_word: Signal<Local, Bits<16>>,
    magic_0: Setting<Bits<8>>,
    magic_1: Setting<Bits<8>>,
    magic_2: Setting<Bits<8>>,
    magic_3: Setting<Bits<8>>,
    version: Setting<Bits<16>>,
    header_last: Setting<Bits<17>>,
    section_header_last: Setting<Bits<17>>,
    core_lanes: Setting<Bits<16>>,
    last_lane: Setting<Bits<8>>,
    log2_lanes: Setting<Bits<16>>,
    max_channels: Setting<Bits<16>>,
    max_neurons: Setting<Bits<16>>,
    max_readouts: Setting<Bits<16>>,
    max_synapses: Setting<Bits<16>>,
    max_bytes: Setting<Bits<32>>,
}

impl ImageLoader {
    /// A loader for a core of these sizes.
    #[must_use]
    pub fn new(core: &CoreConfiguration) -> Self {
        let [magic_0, magic_1, magic_2, magic_3] = IMAGE_MAGIC.map(|byte| Setting::new(u64::from(byte)));
        Self {
            magic_0,
            magic_1,
            magic_2,
            magic_3,
            version: Setting::new(u64::from(IMAGE_VERSION)),
            header_last: Setting::new(HEADER_BYTES as u64 - 1),
            section_header_last: Setting::new(SECTION_HEADER_BYTES as u64 - 1),
            core_lanes: Setting::new(u64::from(core.lanes)),
            last_lane: Setting::new(u64::from(core.lanes) - 1),
            log2_lanes: Setting::new(u64::from(core.lanes.ilog2())),
            max_channels: Setting::new(u64::from(core.channels)),
            max_neurons: Setting::new(u64::from(core.neurons())),
            max_readouts: Setting::new(u64::from(core.readouts)),
            max_synapses: Setting::new(u64::from(core.synapse_words_per_lane)),
            max_bytes: Setting::new(largest_image_bytes(core)),
            ..Default::default()
        }
    }
}

impl Logic for ImageLoader {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            part,
            at,
            bytes_taken,
            total_bytes,
            is_misfit,
            wrong,
            last_bytes,
            channels,
            neurons,
            readouts,
            lanes,
            kind,
            lane_under_way,
            n_words,
            row_end,
            part_crc,
            total_crc
        );

        self.part_step.crc.next = self.part_crc.q.val();
        self.part_step.data.next = self.data.val();
        if self.crc_valid.val() {
            self.part_step.data.next = self.crc_data.val();
        }
        self.total_step.crc.next = self.total_crc.q.val();
        self.total_step.data.next = self.data.val();
        self.part_crc_after.next = self.part_step.crc_after.val();

        // What the bytes taken last say, this one included.
        self.word.next =
            (bit_cast::<16, 8>(self.data.val()) << 8) | bit_cast::<16, 8>(self.last_bytes.q.val().get_bits::<8>(24));
        self.section_words.next = self.last_bytes.q.val().get_bits::<16>(0);
        self.section_high.next = self.last_bytes.q.val().get_bits::<16>(16);
        // Neuron n is on lane n mod lanes: round up what is left from this lane on.
        self.on_lane_sum.next = (self.neurons.q.val() + (self.core_lanes.val() - bits::<16>(1)))
            - bit_cast::<16, 8>(self.lane_under_way.q.val());
        self.on_lane.next = self.on_lane_sum.val() >> self.log2_lanes.val();
        self.words_end.next = (bit_cast::<17, 16>(self.n_words.q.val()) << 1) - bits::<17>(1);
        self.post_neuron.next = bit_cast::<16, 8>(self.data.val());

        self.write.next = false;
        self.write_kind.next = self.kind.q.val();
        self.write_address.next = self.at.q.val().get_bits::<16>(1);
        self.write_data.next = self.word.val();

        if self.data_valid.val() {
            self.at.d.next = self.at.q.val() + bits::<17>(1);
            self.bytes_taken.d.next = self.bytes_taken.q.val() + bits::<32>(1);
            self.last_bytes.d.next = (self.last_bytes.q.val() >> 8) | (bit_cast::<32, 8>(self.data.val()) << 24);
        }

        self.magic_byte.next = self.magic_0.val();
        if self.at.q.val() == bits::<17>(1) {
            self.magic_byte.next = self.magic_1.val();
        }
        if self.at.q.val() == bits::<17>(2) {
            self.magic_byte.next = self.magic_2.val();
        }
        if self.at.q.val() == bits::<17>(3) {
            self.magic_byte.next = self.magic_3.val();
        }
        self.version_word.next = self.word.val() ^ self.version.val();

        self.expected_words.next = self.on_lane.val() << 3;
        if self.kind.q.val() == bits::<2>(2) {
            self.expected_words.next = (self.channels.q.val() + self.neurons.q.val()) + bits::<16>(1);
        }
        if self.kind.q.val() == bits::<2>(3) {
            self.expected_words.next = self.row_end.q.val();
        }

        self.fits.next = ((self.lanes.q.val() == self.core_lanes.val())
            & (self.channels.q.val() <= self.max_channels.val()))
            & (((self.neurons.q.val() <= self.max_neurons.val()) & (self.neurons.q.val() >= self.core_lanes.val()))
                & ((self.readouts.q.val() <= self.max_readouts.val())
                    & (self.last_bytes.q.val() <= self.max_bytes.val())));

        // Row pointers start at 0 and never fall; a synapse ends on a neuron of the lane.
        self.wrong_word.next = false;
        if self.kind.q.val() == bits::<2>(2) {
            self.wrong_word.next = self.word.val() < self.row_end.q.val();
            if self.at.q.val() == bits::<17>(1) {
                self.wrong_word.next = self.word.val().any();
            }
        }
        if self.kind.q.val() == bits::<2>(3) {
            self.wrong_word.next = self.post_neuron.val() >= self.on_lane.val();
        }

        match self.part.q.val() {
            Part::Header => {
                if self.data_valid.val() {
                    self.total_crc.d.next = self.total_step.crc_after.val();
                    if self.at.q.val() < bits::<17>(4) {
                        self.wrong.d.next = self.wrong.q.val() | (self.data.val() != self.magic_byte.val());
                    }
                    if self.at.q.val() == bits::<17>(5) {
                        self.wrong.d.next = self.wrong.q.val() | self.version_word.val().any();
                    }
                    if self.at.q.val() == bits::<17>(7) {
                        self.lanes.d.next = self.word.val();
                    }
                    if self.at.q.val() == bits::<17>(9) {
                        self.channels.d.next = self.word.val();
                        self.wrong.d.next = self.wrong.q.val() | !self.word.val().any();
                    }
                    if self.at.q.val() == bits::<17>(11) {
                        self.neurons.d.next = self.word.val();
                        self.wrong.d.next = self.wrong.q.val() | !self.word.val().any();
                    }
                    if self.at.q.val() == bits::<17>(13) {
                        self.readouts.d.next = self.word.val();
                        self.wrong.d.next = self.wrong.q.val() | !self.word.val().any();
                    }
                    if self.at.q.val() == bits::<17>(15) {
                        self.wrong.d.next = self.wrong.q.val() | self.word.val().any();
                    }
                    if self.at.q.val() == self.header_last.val() {
                        self.part.d.next = Part::HeaderEnd;
                    }
                }
            }
            Part::HeaderEnd => {
                self.total_bytes.d.next = self.last_bytes.q.val();
                self.at.d.next = 0.into();
                self.kind.d.next = 1.into();
                self.lane_under_way.d.next = 0.into();
                self.part.d.next = Part::SectionHeader;
                if self.wrong.q.val() | !self.fits.val() {
                    self.part.d.next = Part::Refused;
                    self.is_misfit.d.next = !self.wrong.q.val();
                }
            }
            Part::SectionHeader => {
                if self.data_valid.val() {
                    self.total_crc.d.next = self.total_step.crc_after.val();
                    if self.at.q.val() == bits::<17>(0) {
                        self.wrong.d.next = self.data.val() != bit_cast::<8, 2>(self.kind.q.val());
                    }
                    if self.at.q.val() == bits::<17>(1) {
                        self.wrong.d.next = self.wrong.q.val() | (self.data.val() != self.lane_under_way.q.val());
                    }
                    if self.at.q.val() == bits::<17>(3) {
                        self.wrong.d.next = self.wrong.q.val() | self.word.val().any();
                    }
                    if self.at.q.val() == self.section_header_last.val() {
                        self.part.d.next = Part::SectionHeaderEnd;
                    }
                }
            }
            Part::SectionHeaderEnd => {
                self.at.d.next = 0.into();
                self.part_crc.d.next = 0.into();
                self.n_words.d.next = self.section_words.val();
                self.part.d.next = Part::Words;
                if !self.section_words.val().any() {
                    self.part.d.next = Part::SectionChecksum;
                }
                if (self.kind.q.val() == bits::<2>(3)) & (self.section_words.val() > self.max_synapses.val()) {
                    self.part.d.next = Part::Refused;
                    self.is_misfit.d.next = true;
                }
                if self.wrong.q.val()
                    | (self.section_high.val().any() | (self.section_words.val() != self.expected_words.val()))
                {
                    self.part.d.next = Part::Refused;
                    self.is_misfit.d.next = false;
                }
            }
            Part::Words => {
                if self.data_valid.val() {
                    self.total_crc.d.next = self.total_step.crc_after.val();
                    self.part_crc.d.next = self.part_crc_after.val();
                    if self.at.q.val() == self.words_end.val() {
                        self.at.d.next = 0.into();
                        self.part.d.next = Part::SectionChecksum;
                    }
                    if self.at.q.val().get_bit(0) {
                        self.write.next = true;
                        if self.kind.q.val() == bits::<2>(2) {
                            self.row_end.d.next = self.word.val();
                        }
                        if self.wrong_word.val() {
                            self.part.d.next = Part::Refused;
                        }
                    }
                }
            }
            Part::SectionChecksum => {
                if self.data_valid.val() {
                    self.total_crc.d.next = self.total_step.crc_after.val();
                    if self.at.q.val() == bits::<17>(3) {
                        self.part.d.next = Part::SectionEnd;
                    }
                }
            }
            Part::SectionEnd => {
                self.at.d.next = 0.into();
                self.part.d.next = Part::SectionHeader;
                self.kind.d.next = self.kind.q.val() + bits::<2>(1);
                if self.kind.q.val() == bits::<2>(3) {
                    self.kind.d.next = 1.into();
                    self.lane_under_way.d.next = self.lane_under_way.q.val() + bits::<8>(1);
                    if self.lane_under_way.q.val() == self.last_lane.val() {
                        self.part.d.next = Part::Trailer;
                    }
                }
                if self.part_crc.q.val() != self.last_bytes.q.val() {
                    self.part.d.next = Part::Refused;
                }
            }
            Part::Trailer => {
                if self.data_valid.val() & (self.at.q.val() == bits::<17>(3)) {
                    self.part.d.next = Part::TrailerEnd;
                }
            }
            Part::TrailerEnd => {
                self.part.d.next = Part::Complete;
                if (self.total_crc.q.val() != self.last_bytes.q.val())
                    | (self.bytes_taken.q.val() != self.total_bytes.q.val())
                {
                    self.part.d.next = Part::Refused;
                }
            }
            Part::Complete => {
                if self.data_valid.val() {
                    self.part.d.next = Part::Refused;
                }
            }
            _ => {
                self.part.d.next = Part::Refused;
            }
        }
        if self.first.val() {
            self.part.d.next = Part::Header;
            self.at.d.next = 0.into();
            self.bytes_taken.d.next = 0.into();
            self.total_crc.d.next = 0.into();
            self.wrong.d.next = false;
            self.is_misfit.d.next = false;
        }
        if self.crc_valid.val() {
            self.part_crc.d.next = self.part_crc_after.val();
        }
        if self.crc_first.val() {
            self.part_crc.d.next = 0.into();
        }

        self.offset.next = self.bytes_taken.q.val();
        self.refused.next = self.part.q.val() == Part::Refused;
        self.misfit.next = self.is_misfit.q.val();
        self.complete.next = self.part.q.val() == Part::Complete;
        self.image_crc.next = self.last_bytes.q.val();
        self.n_channels.next = self.channels.q.val();
        self.n_neurons.next = self.neurons.q.val();
        self.n_readouts.next = self.readouts.q.val().get_bits::<8>(0);
        self.lane.next = self.lane_under_way.q.val();
        self.crc.next = self.part_crc.q.val();
    }
}
