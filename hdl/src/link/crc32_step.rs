//! The checksum of frames, one byte further.

use rust_hdl::prelude::*;

/// CRC-32/ISO-HDLC in reflected order.
const POLYNOMIAL: u64 = 0xedb8_8320;

/// The checksum of one byte more, combinational.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `crc` | in | 32 | checksum of the bytes so far; 0 of none |
/// | `data` | in | 8 | the byte that follows them |
/// | `crc_after` | out | 32 | checksum with that byte |
///
/// Both checksums are finished ones, as they stand in a frame: a register of them starts at 0 and is never inverted.
/// With `data` the inverted low byte of `crc`, the low 24 bits of `crc_after` are the high 24 of `crc`.
///
/// Latency 0, a byte a cycle. Mirrors [`spec::checksum::crc32`].
#[derive(LogicBlock)]
pub struct Crc32Step {
    pub crc: Signal<In, Bits<32>>,
    pub data: Signal<In, Bits<8>>,
    pub crc_after: Signal<Out, Bits<32>>,
    /// The register of a bitwise CRC before each bit of the byte, and after all.
    bit_states: [Signal<Local, Bits<32>>; 9],
    polynomial: Constant<Bits<32>>,
}

impl Default for Crc32Step {
    fn default() -> Self {
        Self {
            crc: Signal::default(),
            data: Signal::default(),
            crc_after: Signal::default(),
            bit_states: Default::default(),
            polynomial: Constant::new(POLYNOMIAL.into()),
        }
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
