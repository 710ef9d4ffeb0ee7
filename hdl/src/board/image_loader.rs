//! Loads a network image byte by byte: checks it, and writes it to the memories of the lanes.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;
use spec::image::{HEADER_BYTES, IMAGE_MAGIC, IMAGE_VERSION, SECTION_HEADER_BYTES, largest_image_bytes};

use super::image_checksum::ImageChecksum;
use crate::setting::{Setting, mask_up_to};

/// The current part of the image.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Part {
    Header,
    SectionHeader,
    Words,
    SectionChecksum,
    Trailer,
    Complete,
    Refused,
}

/// Cycles until a loaded byte has been checked.
pub const JUDGE_CYCLES: u64 = 6;
/// Bits of an offset in an image.
const OFFSET_BITS: u32 = 20;

/// Mirrors [`spec::arrival::Arrival`].
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `first` | in | 1 | strobe: the next byte is the first of an image |
/// | `data`, `data_valid` | in | 8, 1 | the next byte; never in consecutive cycles |
/// | `offset` | out | 20 | bytes taken |
/// | `refused`, `misfit` | out | 1, 1 | the image is refused, and the cause is that it does not fit; until the next `first` |
/// | `complete` | out | 1 | the image is complete; until the next byte or `first` |
/// | `image_crc` | out | 32 | its trailing checksum, while `complete` |
/// | `n_channels`, `n_neurons`, `n_readouts`, `n_rows` | out | 16, 16, 8, 16 | its sizes; `n_rows` is the sum of the first two |
/// | `lane` | out | 8 | lane of the current section |
/// | `write`, `write_kind`, `write_address`, `write_data` | out | 1, 2, 16, 16 | a word for a memory of that lane |
/// | `asks`, `ask_kind`, `ask_lane` | in | 1, 2, 8 | requests the size of a memory, or the checksum, while no image is loaded |
/// | `n_words` | out | 16 | words of neurons or rows, two cycles later |
/// | `crc_first`, `crc_data`, `crc_valid`, `crc` | in, in, in, out | 1, 8, 1, 32 | use of the [`ImageChecksum`] while no image is loaded |
///
/// `refused` and `complete` are valid five cycles after their byte. Each word is compared with a single number known before it
/// arrives: `reference`.
#[derive(LogicBlock, Default)]
pub struct ImageLoader {
    pub clock: Signal<In, Clock>,
    pub first: Signal<In, Bit>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub offset: Signal<Out, Bits<20>>,
    pub refused: Signal<Out, Bit>,
    pub misfit: Signal<Out, Bit>,
    pub complete: Signal<Out, Bit>,
    pub image_crc: Signal<Out, Bits<32>>,
    pub n_channels: Signal<Out, Bits<16>>,
    pub n_neurons: Signal<Out, Bits<16>>,
    pub n_readouts: Signal<Out, Bits<8>>,
    pub n_rows: Signal<Out, Bits<16>>,
    pub lane: Signal<Out, Bits<8>>,
    pub write: Signal<Out, Bit>,
    pub write_kind: Signal<Out, Bits<2>>,
    pub write_address: Signal<Out, Bits<16>>,
    pub write_data: Signal<Out, Bits<16>>,
    pub asks: Signal<In, Bit>,
    pub ask_kind: Signal<In, Bits<2>>,
    pub ask_lane: Signal<In, Bits<8>>,
    pub n_words: Signal<Out, Bits<16>>,
    pub crc_first: Signal<In, Bit>,
    pub crc_data: Signal<In, Bits<8>>,
    pub crc_valid: Signal<In, Bit>,
    pub crc: Signal<Out, Bits<32>>,

    part: DFF<Part>,
    /// Words of the part so far, and whether the first byte of the next word was taken.
    at: DFF<Bits<16>>,
    is_second: DFF<Bit>,
    completes: DFF<Bit>,
    writes: DFF<Bit>,
    /// The current word is the last of the section.
    is_last: DFF<Bit>,
    bytes_taken: DFF<Bits<20>>,
    is_misfit: DFF<Bit>,
    /// A word of the part was wrong, or does not fit.
    wrong: DFF<Bit>,
    too_large: DFF<Bit>,
    /// The last four bytes, the newest on top.
    last_bytes: DFF<Bits<32>>,
    channels: DFF<Bits<16>>,
    neurons: DFF<Bits<16>>,
    readouts: DFF<Bits<8>>,
    kind: DFF<Bits<2>>,
    lane_under_way: DFF<Bits<8>>,
    row_end: DFF<Bits<16>>,
    on_lane: DFF<Bits<16>>,
    /// Words that the section must have.
    expected: DFF<Bits<16>>,
    reference: DFF<Bits<16>>,
    checksum: ImageChecksum,

    word: Signal<Local, Bits<16>>,
    ends_word: Signal<Local, Bit>,
    at_next: Signal<Local, Bits<16>>,
    kind_here: Signal<Local, Bits<2>>,
    lane_here: Signal<Local, Bits<8>>,
    neurons_here: Signal<Local, Bits<16>>,
    on_lane_sum: Signal<Local, Bits<16>>,
    rows: Signal<Local, Bits<16>>,
    is_equal: Signal<Local, Bit>,
    is_less: Signal<Local, Bit>,
    post_neuron: Signal<Local, Bits<16>>,
    wrong_here: Signal<Local, Bit>,
    too_large_here: Signal<Local, Bit>,
    fits_lanes: Signal<Local, Bits<16>>,
    magic_low: Setting<Bits<16>>,
    magic_high: Setting<Bits<16>>,
    version: Setting<Bits<16>>,
    header_last: Setting<Bits<4>>,
    section_header_last: Setting<Bits<4>>,
    core_lanes: Setting<Bits<16>>,
    last_lane: Setting<Bits<8>>,
    lanes_minus_one: Setting<Bits<16>>,
    log2_lanes: Setting<Bits<16>>,
    max_channels: Setting<Bits<16>>,
    max_neurons: Setting<Bits<16>>,
    max_readouts: Setting<Bits<16>>,
    max_synapses: Setting<Bits<16>>,
    channel_mask: Setting<Bits<16>>,
    neuron_mask: Setting<Bits<16>>,
    lane_mask: Setting<Bits<8>>,
    is_alone: Setting<Bit>,
    offset_mask: Setting<Bits<20>>,
}

impl ImageLoader {
    /// A loader for a core of these sizes.
    ///
    /// # Panics
    /// If the largest image is longer than an offset can address.
    #[must_use]
    pub fn new(core: &CoreConfiguration) -> Self {
        let [magic_0, magic_1, magic_2, magic_3] = IMAGE_MAGIC;
        let word = |value: u16| Setting::new(u64::from(value));
        let max_bytes = largest_image_bytes(core);
        assert!(max_bytes < 1 << OFFSET_BITS, "an image of {max_bytes} bytes");
        Self {
            magic_low: word(u16::from_le_bytes([magic_0, magic_1])),
            magic_high: word(u16::from_le_bytes([magic_2, magic_3])),
            version: word(IMAGE_VERSION),
            header_last: Setting::new(HEADER_BYTES as u64 / 2 - 1),
            section_header_last: Setting::new(SECTION_HEADER_BYTES as u64 / 2 - 1),
            core_lanes: word(core.lanes.into()),
            last_lane: Setting::new(u64::from(core.lanes) - 1),
            lanes_minus_one: word(u16::from(core.lanes) - 1),
            log2_lanes: Setting::new(u64::from(core.lanes.ilog2())),
            max_channels: word(core.channels),
            max_neurons: Setting::new(u64::from(core.neurons())),
            max_readouts: word(core.readouts.into()),
            max_synapses: word(core.synapse_words_per_lane),
            channel_mask: Setting::new(mask_up_to(core.channels.into())),
            neuron_mask: Setting::new(mask_up_to(core.neurons().into())),
            lane_mask: Setting::new(u64::from(core.lanes) - 1),
            is_alone: Setting::new(core.lanes == 1),
            offset_mask: Setting::new(mask_up_to(max_bytes)),
            checksum: ImageChecksum::new(),
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
            is_second,
            completes,
            writes,
            is_last,
            bytes_taken,
            is_misfit,
            wrong,
            too_large,
            last_bytes,
            channels,
            neurons,
            readouts,
            kind,
            lane_under_way,
            row_end,
            on_lane,
            expected,
            reference
        );
        self.checksum.clock.next = self.clock.val();

        // The word that the last byte may complete.
        self.word.next = self.last_bytes.q.val().get_bits::<16>(16);
        self.completes.d.next = self.data_valid.val() & self.is_second.q.val();
        self.writes.d.next = (self.data_valid.val() & self.is_second.q.val()) & (self.part.q.val() == Part::Words);
        self.ends_word.next = self.completes.q.val();
        self.at_next.next = self.at.q.val() + bits::<16>(1);
        if self.data_valid.val() {
            self.bytes_taken.d.next = (self.bytes_taken.q.val() + bits::<20>(1)) & self.offset_mask.val();
            self.last_bytes.d.next = (self.last_bytes.q.val() >> 8) | (bit_cast::<32, 8>(self.data.val()) << 24);
            self.is_second.d.next = !self.is_second.q.val();
        }
        if self.ends_word.val() {
            self.at.d.next = self.at_next.val();
        }

        // Words of a section: of the current one, or of the requested one.
        self.kind_here.next = self.kind.q.val();
        self.lane_here.next = self.lane_under_way.q.val();
        if self.asks.val() {
            self.kind_here.next = self.ask_kind.val();
            self.lane_here.next = self.ask_lane.val() & self.lane_mask.val();
        }
        self.rows.next = self.channels.q.val() + self.neurons.q.val();
        // Neuron n is on lane n mod lanes: the number on a lane, rounded up.
        self.on_lane_sum.next =
            (self.neurons.q.val() + self.lanes_minus_one.val()) - bit_cast::<16, 8>(self.lane_here.val());
        self.on_lane.d.next = self.on_lane_sum.val() >> self.log2_lanes.val();
        self.neurons_here.next = self.on_lane.q.val();
        if self.is_alone.val() {
            self.neurons_here.next = self.neurons.q.val();
        }
        self.expected.d.next = self.row_end.q.val();
        if self.kind_here.val() == bits::<2>(1) {
            self.expected.d.next = self.neurons_here.val() << 3;
        }
        if self.kind_here.val() == bits::<2>(2) {
            self.expected.d.next = self.rows.val() + bits::<16>(1);
        }
        self.is_last.d.next = self.at_next.val() == self.expected.q.val();

        // What the next word is compared with.
        self.reference.d.next = self.row_end.q.val();
        if self.part.q.val() == Part::SectionHeader {
            self.reference.d.next = 0.into();
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(0) {
                self.reference.d.next =
                    (bit_cast::<16, 8>(self.lane_under_way.q.val()) << 8) | bit_cast::<16, 2>(self.kind.q.val());
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(2) {
                self.reference.d.next = self.expected.q.val();
            }
        }
        if self.part.q.val() == Part::Header {
            self.reference.d.next = 0.into();
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(0) {
                self.reference.d.next = self.magic_low.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(1) {
                self.reference.d.next = self.magic_high.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(2) {
                self.reference.d.next = self.version.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(3) {
                self.reference.d.next = self.core_lanes.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(4) {
                self.reference.d.next = self.max_channels.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(5) {
                self.reference.d.next = self.max_neurons.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(6) {
                self.reference.d.next = self.max_readouts.val();
            }
        }
        self.is_equal.next = self.word.val() == self.reference.q.val();
        self.is_less.next = self.word.val() < self.reference.q.val();
        self.fits_lanes.next = self.word.val() >> self.log2_lanes.val();
        self.post_neuron.next = self.word.val() >> 8;

        // Of the header: a wrong number, or one that is too large.
        self.wrong_here.next = self.wrong.q.val() | !self.is_equal.val();
        self.too_large_here.next = self.too_large.q.val();
        if self.part.q.val() == Part::Header {
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(3) {
                self.wrong_here.next = self.wrong.q.val();
                self.too_large_here.next = !self.is_equal.val();
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(4) {
                self.wrong_here.next = self.wrong.q.val() | !self.word.val().any();
                self.too_large_here.next = self.too_large.q.val() | (!self.is_less.val() & !self.is_equal.val());
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(5) {
                self.wrong_here.next = self.wrong.q.val() | !self.word.val().any();
                self.too_large_here.next = (self.too_large.q.val() | !self.fits_lanes.val().any())
                    | (!self.is_less.val() & !self.is_equal.val());
            }
            if self.at.q.val().get_bits::<4>(0) == bits::<4>(6) {
                self.wrong_here.next = self.wrong.q.val() | !self.word.val().any();
                self.too_large_here.next = self.too_large.q.val() | (!self.is_less.val() & !self.is_equal.val());
            }
            // The length is implied by the sizes.
            if self.at.q.val().get_bits::<4>(0) >= bits::<4>(8) {
                self.wrong_here.next = self.wrong.q.val();
            }
        }

        self.write.next = self.writes.q.val();
        self.write_kind.next = self.kind.q.val();
        self.write_address.next = self.at.q.val();
        self.write_data.next = self.word.val();

        // A part ends with its last word.
        self.checksum.ends.next = false;
        if self.ends_word.val() {
            self.wrong.d.next = self.wrong_here.val();
            self.too_large.d.next = self.too_large_here.val();
            match self.part.q.val() {
                Part::Header => {
                    if self.at.q.val().get_bits::<4>(0) == bits::<4>(4) {
                        self.channels.d.next = self.word.val() & self.channel_mask.val();
                    }
                    if self.at.q.val().get_bits::<4>(0) == bits::<4>(5) {
                        self.neurons.d.next = self.word.val() & self.neuron_mask.val();
                    }
                    if self.at.q.val().get_bits::<4>(0) == bits::<4>(6) {
                        self.readouts.d.next = self.word.val().get_bits::<8>(0) & bits::<8>(31);
                    }
                    if self.at.q.val().get_bits::<4>(0) == self.header_last.val() {
                        self.at.d.next = 0.into();
                        self.part.d.next = Part::SectionHeader;
                        self.is_misfit.d.next = !self.wrong_here.val();
                        self.wrong.d.next = false;
                        if self.wrong_here.val() | self.too_large_here.val() {
                            self.part.d.next = Part::Refused;
                        }
                    }
                }
                Part::SectionHeader => {
                    if self.at.q.val().get_bits::<4>(0) == self.section_header_last.val() {
                        self.at.d.next = 0.into();
                        self.part.d.next = Part::Words;
                        if !self.expected.q.val().any() {
                            self.part.d.next = Part::SectionChecksum;
                        }
                        self.is_misfit.d.next = !self.wrong_here.val();
                        if self.wrong_here.val()
                            | ((self.kind.q.val() == bits::<2>(3)) & (self.expected.q.val() > self.max_synapses.val()))
                        {
                            self.part.d.next = Part::Refused;
                        }
                    }
                }
                Part::Words => {
                    self.is_misfit.d.next = false;
                    if self.is_last.q.val() {
                        self.at.d.next = 0.into();
                        self.part.d.next = Part::SectionChecksum;
                    }
                    // Row pointers start at 0 and never decrease; the target of a synapse is a neuron of the lane.
                    if self.kind.q.val() == bits::<2>(2) {
                        self.row_end.d.next = self.word.val();
                        if self.is_less.val() | (!self.at.q.val().any() & !self.is_equal.val()) {
                            self.part.d.next = Part::Refused;
                        }
                    }
                    if (self.kind.q.val() == bits::<2>(3)) & (self.post_neuron.val() >= self.neurons_here.val()) {
                        self.part.d.next = Part::Refused;
                    }
                }
                Part::SectionChecksum => {
                    self.wrong.d.next = false;
                    self.is_misfit.d.next = false;
                    if self.at.q.val().get_bit(0) {
                        self.at.d.next = 0.into();
                        self.part.d.next = Part::SectionHeader;
                        self.kind.d.next = self.kind.q.val() + bits::<2>(1);
                        if self.kind.q.val() == bits::<2>(3) {
                            self.kind.d.next = 1.into();
                            self.row_end.d.next = 0.into();
                            self.lane_under_way.d.next =
                                (self.lane_under_way.q.val() + bits::<8>(1)) & self.lane_mask.val();
                            if self.lane_under_way.q.val() == self.last_lane.val() {
                                self.part.d.next = Part::Trailer;
                            }
                        }
                    }
                }
                Part::Trailer => {
                    if self.at.q.val().get_bit(0) {
                        self.checksum.ends.next = true;
                        self.part.d.next = Part::Complete;
                    }
                }
                _ => {
                    self.at.d.next = 0.into();
                }
            }
        }
        if self.data_valid.val() & (self.part.q.val() == Part::Complete) {
            self.part.d.next = Part::Refused;
        }
        if self.checksum.is_wrong.val() {
            self.part.d.next = Part::Refused;
        }
        if self.first.val() {
            self.part.d.next = Part::Header;
            self.at.d.next = 0.into();
            self.is_second.d.next = false;
            self.bytes_taken.d.next = 0.into();
            self.wrong.d.next = false;
            self.kind.d.next = 1.into();
            self.row_end.d.next = 0.into();
            self.lane_under_way.d.next = 0.into();
        }

        self.checksum.data.next = self.last_bytes.q.val().get_bits::<8>(24);
        self.checksum.data_valid.next = self.data_valid.val() | self.crc_valid.val();
        if self.asks.val() {
            self.checksum.data.next = self.crc_data.val();
        }
        self.checksum.first.next = self.first.val() | self.crc_first.val();

        self.offset.next = self.bytes_taken.q.val();
        self.refused.next = self.part.q.val() == Part::Refused;
        self.misfit.next = self.is_misfit.q.val();
        self.complete.next = self.part.q.val() == Part::Complete;
        self.image_crc.next = self.last_bytes.q.val();
        self.n_channels.next = self.channels.q.val();
        self.n_neurons.next = self.neurons.q.val();
        self.n_readouts.next = self.readouts.q.val();
        self.n_rows.next = self.rows.val();
        self.n_words.next = self.expected.q.val();
        self.lane.next = self.lane_under_way.q.val();
        self.crc.next = self.checksum.crc.val();
    }
}
