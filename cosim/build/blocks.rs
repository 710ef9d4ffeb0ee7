//! Small blocks that test the simulators: the build script builds models of them, the tests also run them in rust-hdl.

use hdl::cast::signed_cast_ext;
use hdl::ram::{Ram, RamStyle};
use hdl::setting::Setting;
use rust_hdl::prelude::*;

/// The arithmetic that the lint accepts, and every kind of port.
#[derive(LogicBlock, Default)]
pub struct Arithmetic {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub b: Signal<In, Bits<8>>,
    pub x: Signal<In, Signed<16>>,
    pub y: Signal<In, Signed<16>>,
    pub flag: Signal<In, Bit>,
    pub wide_in: Signal<In, Bits<96>>,
    pub many_in: [Signal<In, Bits<12>>; 3],
    pub carry: Signal<Out, Bits<9>>,
    pub shifted: Signal<Out, Bits<8>>,
    pub replaced: Signal<Out, Bits<8>>,
    pub conditions: Signal<Out, Bits<8>>,
    pub product: Signal<Out, Signed<32>>,
    pub saturated: Signal<Out, Signed<16>>,
    pub is_less: Signal<Out, Bit>,
    pub wide_out: Signal<Out, Bits<96>>,
    pub many_out: [Signal<Out, Bits<12>>; 3],
    pub doubled: Signal<Out, Bits<40>>,
    total: DFF<Bits<40>>,
    wide: DFF<Bits<96>>,
    sum: Signal<Local, Signed<17>>,
    differs: Signal<Local, Bit>,
    least: Setting<Signed<16>>,
    greatest: Setting<Signed<16>>,
    one: Setting<Bits<8>>,
    position: Setting<Bits<3>>,
}

impl Arithmetic {
    /// The block.
    pub fn new() -> Self {
        Self {
            least: Setting::new(i64::from(i16::MIN)),
            greatest: Setting::new(i64::from(i16::MAX)),
            one: Setting::new(1),
            position: Setting::new(5),
            ..Default::default()
        }
    }
}

impl Logic for Arithmetic {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, total, wide);
        self.carry.next = bit_cast::<9, 8>(self.a.val()) + bit_cast::<9, 8>(self.b.val());
        self.shifted.next = ((self.a.val() + self.b.val()) >> 1) ^ (!self.b.val() << 3);
        self.replaced.next = self.a.val().replace_bit(self.position.val().index(), self.flag.val());

        self.conditions.next = 0.into();
        if ((self.a.val() + self.one.val()) == self.b.val()) | (self.a.val() > 200) {
            self.conditions.next = 1.into();
        }
        self.differs.next = (self.a.val() != self.b.val()) & !self.flag.val();
        if self.differs.val() & !self.a.val().all() {
            self.conditions.next = bit_cast::<8, 4>(self.b.val().get_bits::<4>(2)) + 17;
        } else if self.b.val().any() ^ self.a.val().xor() {
            self.conditions.next = bits::<8>(3) - self.a.val();
        }

        self.product.next = self.x.val() * self.y.val();
        self.sum.next = signed_cast_ext::<17, 16>(self.x.val()) + signed_cast_ext::<17, 16>(self.y.val());
        self.saturated.next = self.sum.val().get_bits::<16>(0);
        if self.sum.val().get_bit(16) ^ self.sum.val().get_bit(15) {
            if self.sum.val().get_bit(16) {
                self.saturated.next = self.least.val();
            } else {
                self.saturated.next = self.greatest.val();
            }
        }
        self.is_less.next = self.x.val() < self.y.val();

        self.wide.d.next = (self.wide.q.val() ^ self.wide_in.val()) + 1;
        self.wide_out.next = self.wide.q.val();
        for i in 0..2 {
            self.many_out[i].next = self.many_in[i + 1].val() - self.many_in[i].val();
        }
        self.many_out[2].next = 7 - self.many_in[0].val();
        self.total.d.next = (self.total.q.val() << 1) - bit_cast::<40, 8>(self.a.val());
        self.doubled.next = self.total.q.val();
    }
}

/// Repeats a pin 1,024 cycles later, so that it echoes bytes at any baud rate.
#[derive(LogicBlock, Default)]
pub struct DelayLine {
    pub clock: Signal<In, Clock>,
    pub rx: Signal<In, Bit>,
    pub tx: Signal<Out, Bit>,
    /// The pin, inverted: the model's memories start at 0, and an idle line is high.
    line: Ram<10, 1>,
    position: DFF<Bits<10>>,
    one: Setting<Bits<10>>,
    is_low: Signal<Local, Bit>,
}

impl DelayLine {
    /// The block.
    #[allow(dead_code, reason = "tests run only its model")]
    pub fn new() -> Self {
        Self { line: Ram::new(1 << 10, RamStyle::Block), one: Setting::new(1), ..Default::default() }
    }
}

impl Logic for DelayLine {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, position);
        self.line.clock.next = self.clock.val();
        self.line.read_enable.next = true;
        self.position.d.next = self.position.q.val() + self.one.val();
        self.line.write_enable.next = true;
        self.line.write_address.next = self.position.q.val();
        self.line.read_address.next = self.position.q.val() + self.one.val();
        self.is_low.next = !self.rx.val();
        self.line.write_data.next = bit_cast::<1, 1>(self.is_low.val().into());
        self.tx.next = self.line.read_data.val() != 1;
    }
}
