//! The checksum of an image, or of a memory.

use rust_hdl::prelude::*;

use crate::link::crc32_step::{CHECKSUM_OF_CHECKED, Crc32Step};
use crate::setting::Setting;

/// A running checksum.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `first` | in | 1 | strobe: starts a new checksum |
/// | `data_valid` | in | 1 | strobe: a byte |
/// | `data` | in | 8 | that byte, one cycle after the strobe |
/// | `ends` | in | 1 | with the strobe of a byte: it is the last byte of a trailing checksum |
/// | `is_wrong` | out | 1 | strobe: that checksum is wrong; 2 cycles later |
/// | `crc` | out | 32 | the checksum, 2 cycles after a byte |
#[derive(LogicBlock, Default)]
pub struct ImageChecksum {
    pub clock: Signal<In, Clock>,
    pub first: Signal<In, Bit>,
    pub data: Signal<In, Bits<8>>,
    pub data_valid: Signal<In, Bit>,
    pub ends: Signal<In, Bit>,
    pub is_wrong: Signal<Out, Bit>,
    pub crc: Signal<Out, Bits<32>>,

    taken: DFF<Bits<32>>,
    step: Crc32Step,
    steps: DFF<Bit>,
    ends_soon: DFF<Bit>,
    has_ended: DFF<Bit>,
    checked: Setting<Bits<32>>,
}

impl ImageChecksum {
    /// The checksum of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { step: Crc32Step::new(), checked: Setting::new(CHECKSUM_OF_CHECKED), ..Default::default() }
    }
}

impl Logic for ImageChecksum {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, taken, steps, ends_soon, has_ended);
        self.ends_soon.d.next = self.ends.val();
        self.has_ended.d.next = self.ends_soon.q.val();
        self.steps.d.next = self.data_valid.val();
        self.step.crc.next = self.taken.q.val();
        self.step.data.next = self.data.val();
        if self.steps.q.val() {
            self.taken.d.next = self.step.crc_after.val();
        }
        if self.first.val() {
            self.taken.d.next = 0.into();
        }
        self.is_wrong.next = self.has_ended.q.val() & (self.taken.q.val() != self.checked.val());
        self.crc.next = self.taken.q.val();
    }
}
