//! The checksum of frames, a byte at a time.

use rust_hdl::prelude::*;

use crate::setting::Setting;

/// The checksum of any bytes followed by their checksum.
pub const CHECKSUM_OF_CHECKED: u64 = 0x2144_df1c;

/// CRC-32/ISO-HDLC, reflected.
const POLYNOMIAL: u64 = 0xedb8_8320;

/// Extends a checksum by a byte, combinationally.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `crc` | in | 32 | checksum of the bytes so far; 0 for none |
/// | `data` | in | 8 | the next byte |
/// | `crc_after` | out | 32 | checksum including that byte |
///
/// Both checksums are final ones, as in a frame: a register of them starts at 0 and is never inverted.
/// With `data` the inverted low byte of `crc`, the low 24 bits of `crc_after` are the high 24 of `crc`.
///
/// Latency 0, a byte per cycle. Mirrors [`spec::checksum::crc32`].
#[derive(LogicBlock, Default)]
pub struct Crc32Step {
    pub crc: Signal<In, Bits<32>>,
    pub data: Signal<In, Bits<8>>,
    pub crc_after: Signal<Out, Bits<32>>,
    /// The register of a bitwise CRC before each bit of the byte, and after the last.
    bit_states: [Signal<Local, Bits<32>>; 9],
    polynomial: Setting<Bits<32>>,
}

impl Crc32Step {
    /// A step of the checksum.
    #[must_use]
    pub fn new() -> Self {
        Self { polynomial: Setting::new(POLYNOMIAL), ..Default::default() }
    }
}

impl Logic for Crc32Step {
    #[hdl_gen]
    fn update(&mut self) {
        self.bit_states[0].next = !self.crc.val() ^ bit_cast::<32, 8>(self.data.val());
        for i in 0..8 {
            self.bit_states[i + 1].next = self.bit_states[i].val() >> 1;
            if self.bit_states[i].val().get_bit(0) {
                self.bit_states[i + 1].next = (self.bit_states[i].val() >> 1) ^ self.polynomial.val();
            }
        }
        self.crc_after.next = !self.bit_states[8].val();
    }
}
