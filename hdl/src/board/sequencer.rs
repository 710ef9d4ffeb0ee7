//! The sequence numbers of a conversation: which frame is next, and which was answered already.

use rust_hdl::prelude::*;

use crate::setting::{Setting, mask_up_to};

/// Mirrors the sequence rules of [`spec::wire`].
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `number` | in | 8 | number of the current frame |
/// | `synchronized` | out | 1 | there was a hello |
/// | `is_next`, `is_kept` | out | 1, 1 | one cycle later: the number is the expected one; its frame was executed and the answer is kept |
/// | `expected` | out | 8 | number of the next frame; 0 before the first hello |
/// | `synchronize` | in | 1 | strobe: continues after this number; no answer is kept |
/// | `keep` | in | 1 | strobe: the expected frame was executed, and its answer is kept |
#[derive(LogicBlock, Default)]
pub struct Sequencer {
    pub clock: Signal<In, Clock>,
    pub number: Signal<In, Bits<8>>,
    pub synchronized: Signal<Out, Bit>,
    pub is_next: Signal<Out, Bit>,
    pub is_kept: Signal<Out, Bit>,
    pub expected: Signal<Out, Bits<8>>,
    pub synchronize: Signal<In, Bit>,
    pub keep: Signal<In, Bit>,
    is_synchronized: DFF<Bit>,
    next_number: DFF<Bits<8>>,
    comes_next: DFF<Bit>,
    was_kept: DFF<Bit>,
    n_kept: DFF<Bits<8>>,
    age: Signal<Local, Bits<8>>,
    replay_frames: Setting<Bits<8>>,
    kept_mask: Setting<Bits<8>>,
}

impl Sequencer {
    /// For a board that keeps this many answers.
    #[must_use]
    pub fn new(replay_frames: u8) -> Self {
        Self {
            replay_frames: Setting::new(u64::from(replay_frames)),
            kept_mask: Setting::new(mask_up_to(replay_frames.into())),
            ..Default::default()
        }
    }
}

impl Logic for Sequencer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, is_synchronized, next_number, n_kept, comes_next, was_kept);
        self.age.next = self.next_number.q.val() - self.number.val();
        self.synchronized.next = self.is_synchronized.q.val();
        self.comes_next.d.next = !self.age.val().any();
        self.was_kept.d.next = self.age.val().any() & (self.age.val() <= self.n_kept.q.val());
        self.is_next.next = self.comes_next.q.val();
        self.is_kept.next = self.was_kept.q.val();
        self.expected.next = self.next_number.q.val();
        if self.keep.val() {
            self.next_number.d.next = self.next_number.q.val() + bits::<8>(1);
            if self.n_kept.q.val() != self.replay_frames.val() {
                self.n_kept.d.next = (self.n_kept.q.val() + bits::<8>(1)) & self.kept_mask.val();
            }
        }
        if self.synchronize.val() {
            self.is_synchronized.d.next = true;
            self.next_number.d.next = self.number.val() + bits::<8>(1);
            self.n_kept.d.next = 0.into();
        }
    }
}
