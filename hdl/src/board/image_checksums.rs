//! Checksums of a section and of the whole image, by turns in one step.

use rust_hdl::prelude::*;

use crate::link::crc32_step::Crc32Step;
use crate::setting::Setting;

/// The checksum of any bytes followed by their checksum.
const CHECKSUM_OF_CHECKED: u64 = 0x2144_df1c;

/// Two checksums of the same bytes that began at different bytes; both run over the checksums that end them.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `first` | in | 1 | strobe: nothing was taken yet |
/// | `data_valid` | in | 1 | strobe: a byte; never in two cycles that follow one another |
/// | `data` | in | 8 | that byte, in the two cycles after the strobe |
/// | `first_of_part` | in | 1 | with the strobe of a byte: the part begins after it |
/// | `ends_part`, `ends_all` | in | 1, 1 | with the strobe of a byte: it ends the part's checksum, or that of everything |
/// | `is_wrong` | out | 1 | strobe: a checksum that has ended does not hold; 3 cycles after `ends_part`, 2 after `ends_all` |
/// | `all_ended` | out | 1 | strobe: 2 cycles after `ends_all` |
/// | `crc` | out | 32 | checksum of everything, 3 cycles after a byte |
///
/// The two registers change places with every step, so a byte takes both through the same one. For `crc` alone, `data` need
/// stand only in the first cycle after its strobe.
#[derive(LogicBlock, Default)]
pub struct ImageChecksums {
    pub clock: Signal<In, Clock>,
    pub first: Signal<In, Bit>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub first_of_part: Signal<In, Bit>,
    pub ends_part: Signal<In, Bit>,
    pub ends_all: Signal<In, Bit>,
    pub is_wrong: Signal<Out, Bit>,
    pub all_ended: Signal<Out, Bit>,
    pub crc: Signal<Out, Bits<32>>,

    /// The checksum that steps next, and the one that has stepped.
    next: DFF<Bits<32>>,
    stepped: DFF<Bits<32>>,
    step: Crc32Step,
    all_steps: DFF<Bit>,
    part_steps: DFF<Bit>,
    part_begins: [DFF<Bit>; 2],
    part_ends: [DFF<Bit>; 3],
    all_ends: [DFF<Bit>; 2],
    checked: Setting<Bits<32>>,
}

impl ImageChecksums {
    /// Checksums of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { checked: Setting::new(CHECKSUM_OF_CHECKED), ..Default::default() }
    }
}

impl Logic for ImageChecksums {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, next, stepped, all_steps, part_steps);
        self.part_begins[0].clock.next = self.clock.val();
        self.part_begins[1].clock.next = self.clock.val();
        self.part_ends[0].clock.next = self.clock.val();
        self.part_ends[1].clock.next = self.clock.val();
        self.part_ends[2].clock.next = self.clock.val();
        self.all_ends[0].clock.next = self.clock.val();
        self.all_ends[1].clock.next = self.clock.val();
        self.part_begins[0].d.next = self.first_of_part.val();
        self.part_begins[1].d.next = self.part_begins[0].q.val();
        self.part_ends[0].d.next = self.ends_part.val();
        self.part_ends[1].d.next = self.part_ends[0].q.val();
        self.part_ends[2].d.next = self.part_ends[1].q.val();
        self.all_ends[0].d.next = self.ends_all.val();
        self.all_ends[1].d.next = self.all_ends[0].q.val();

        self.all_steps.d.next = self.data_valid.val();
        self.part_steps.d.next = self.all_steps.q.val();
        self.step.crc.next = self.next.q.val();
        self.step.data.next = self.data.val();
        if self.all_steps.q.val() | self.part_steps.q.val() {
            self.next.d.next = self.stepped.q.val();
            self.stepped.d.next = self.step.crc_after.val();
        }
        if self.first.val() | self.part_begins[1].q.val() {
            self.stepped.d.next = 0.into();
        }
        if self.first.val() {
            self.next.d.next = 0.into();
        }

        self.is_wrong.next =
            (self.part_ends[2].q.val() | self.all_ends[1].q.val()) & (self.stepped.q.val() != self.checked.val());
        self.all_ended.next = self.all_ends[1].q.val();
        self.crc.next = self.next.q.val();
    }
}
