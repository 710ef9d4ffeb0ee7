//! A short queue of slot numbers, in registers.

use rust_hdl::prelude::*;

use super::MAX_SLOTS;
use crate::setting::Setting;

/// Slot numbers in order of arrival, at most as many as there are slots.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `write`, `slot_in` | in | 1, 4 | strobe: appends a number below `n_slots`; must stay low for a queued one |
/// | `valid`, `slot_out` | out | 1, 4 | the oldest number |
/// | `read` | in | 1 | strobe: takes it; must stay low while not `valid` |
///
/// No number is in it twice, so it cannot overflow. Latency: 1 cycle. Throughput: one in and one out per cycle. Synthesis
/// removes the registers that `n_slots` does not need.
#[derive(LogicBlock, Default)]
pub struct SlotQueue {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub slot_in: Signal<In, Bits<4>>,
    pub valid: Signal<Out, Bit>,
    pub slot_out: Signal<Out, Bits<4>>,
    pub read: Signal<In, Bit>,
    /// The oldest first; one more than the most slots, so that each has a successor.
    entries: [DFF<Bits<4>>; 17],
    /// Entries in use, a bit each from bit 0.
    in_use: DFF<Bits<16>>,
    in_use_after_read: Signal<Local, Bits<16>>,
    in_use_after_write: Signal<Local, Bits<16>>,
    /// The entry written, one-hot.
    written: Signal<Local, Bits<16>>,
    slot: Signal<Local, Bits<4>>,
    places: Setting<Bits<16>>,
    first_place: Setting<Bits<16>>,
    no_place: Setting<Bits<16>>,
    slot_mask: Setting<Bits<4>>,
    no_slot: Setting<Bits<4>>,
}

impl SlotQueue {
    /// An empty queue.
    ///
    /// # Panics
    /// If there is no slot or more than [`MAX_SLOTS`].
    #[must_use]
    pub fn new(n_slots: usize) -> Self {
        assert!((1..=MAX_SLOTS).contains(&n_slots), "{n_slots} slots");
        Self {
            places: Setting::new((1_u64 << n_slots) - 1),
            first_place: Setting::new(1),
            slot_mask: Setting::new(n_slots.next_power_of_two() as u64 - 1),
            ..Default::default()
        }
    }
}

impl Logic for SlotQueue {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, in_use);
        self.slot.next = self.slot_in.val() & self.slot_mask.val();

        self.in_use_after_read.next = self.in_use.q.val();
        if self.read.val() {
            self.in_use_after_read.next = self.in_use.q.val() >> 1;
        }
        self.in_use_after_write.next = self.in_use_after_read.val();
        self.written.next = self.no_place.val();
        if self.write.val() {
            self.in_use_after_write.next = (self.in_use_after_read.val() << 1) | self.first_place.val();
            self.written.next = ((self.in_use_after_read.val() << 1) | self.first_place.val())
                & (self.places.val() ^ self.in_use_after_read.val());
        }
        self.in_use.d.next = self.in_use_after_write.val() & self.places.val();

        for i in 0..16 {
            self.entries[i].clock.next = self.clock.val();
            self.entries[i].d.next = self.entries[i].q.val();
            if self.read.val() {
                self.entries[i].d.next = self.entries[i + 1].q.val();
            }
            if self.written.val().get_bit(i) {
                self.entries[i].d.next = self.slot.val();
            }
        }
        for i in 16..17 {
            self.entries[i].clock.next = self.clock.val();
            self.entries[i].d.next = self.no_slot.val();
        }

        self.valid.next = self.in_use.q.val().get_bit(0);
        self.slot_out.next = self.entries[0].q.val();
    }
}
