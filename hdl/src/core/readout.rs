//! The decision: the class with the highest score, the lowest class of equals.

use rust_hdl::prelude::*;
use spec::core::MAX_READOUTS;

use crate::cast::signed_cast_ext;
use crate::setting::Setting;

/// The bits of a class.
const CLASS_MASK: u64 = MAX_READOUTS as u64 - 1;

/// Compares the scores one by one; otherwise passes requests for scores on.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `n_readouts` | in | 8 | classes, 1 to 16 |
/// | `start` | in | 1 | strobe: the scores are valid |
/// | `done`, `decision` | out | 1, 8 | strobe: the decision is valid, until the next start |
/// | `score_class`, `score` | out, in | 4, 16 | a class, and its score one cycle later |
/// | `ask_class` | in | 4 | a request for a score while idle |
///
/// `n_readouts` + 1 cycles from `start` to `done`.
#[derive(LogicBlock, Default)]
pub struct Readout {
    pub clock: Signal<In, Clock>,
    pub n_readouts: Signal<In, Bits<8>>,
    pub start: Signal<In, Bit>,
    pub done: Signal<Out, Bit>,
    pub decision: Signal<Out, Bits<8>>,
    pub score_class: Signal<Out, Bits<4>>,
    pub score: Signal<In, Bits<16>>,
    pub ask_class: Signal<In, Bits<4>>,

    asking: DFF<Bit>,
    at: DFF<Bits<8>>,
    // The score is read, then compared.
    compares: DFF<Bit>,
    of_class: DFF<Bits<8>>,
    best: DFF<Signed<16>>,
    best_class: DFF<Bits<8>>,
    ended: DFF<Bit>,
    last: Signal<Local, Bits<8>>,
    score_here: Signal<Local, Signed<16>>,
    lead: Signal<Local, Signed<17>>,
    class_mask: Setting<Bits<8>>,
}

impl Readout {
    /// A readout of up to 16 classes.
    #[must_use]
    pub fn new() -> Self {
        Self { class_mask: Setting::new(CLASS_MASK), ..Default::default() }
    }
}

impl Logic for Readout {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, asking, at, compares, of_class, best, best_class, ended);
        self.last.next = self.n_readouts.val() - bits::<8>(1);
        self.score_class.next = self.ask_class.val();
        if self.asking.q.val() {
            self.score_class.next = self.at.q.val().get_bits::<4>(0);
            self.at.d.next = (self.at.q.val() + bits::<8>(1)) & self.class_mask.val();
            if self.at.q.val() == self.last.val() {
                self.asking.d.next = false;
            }
        }
        if self.start.val() {
            self.asking.d.next = true;
            self.at.d.next = 0.into();
        }
        self.compares.d.next = self.asking.q.val();
        self.of_class.d.next = self.at.q.val();
        self.score_here.next = signed_cast(self.score.val());
        self.lead.next =
            signed_cast_ext::<17, 16>(self.best.q.val()) - signed_cast_ext::<17, 16>(self.score_here.val());
        if self.compares.q.val() & (self.lead.val().get_bit(16) | (self.of_class.q.val() == bits::<8>(0))) {
            self.best.d.next = self.score_here.val();
            self.best_class.d.next = self.of_class.q.val();
        }
        self.ended.d.next = self.compares.q.val() & !self.asking.q.val();
        self.done.next = self.ended.q.val();
        self.decision.next = self.best_class.q.val();
    }
}
