//! A short queue of slot numbers, in registers.

use rust_hdl::prelude::*;

use super::MAX_SLOTS;

/// Slot numbers in the order in which they came, as many as there are slots.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `write`, `slot_in` | in | 1, 4 | strobe: appends a number below `n_slots`; must stay low for one that is queued |
/// | `valid`, `slot_out` | out | 1, 4 | the oldest number |
/// | `read` | in | 1 | strobe: takes it; must stay low while not `valid` |
///
/// As no number stands in it twice, it is never too full. Latency: 1 cycle. Throughput: one in and one out a cycle.
/// Registers beyond those that `n_slots` needs stay 0, and synthesis removes them.
#[derive(LogicBlock)]
pub struct SlotQueue {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub slot_in: Signal<In, Bits<4>>,
    pub valid: Signal<Out, Bit>,
    pub slot_out: Signal<Out, Bits<4>>,
    pub read: Signal<In, Bit>,
    /// The oldest first; one more than can be taken, so that each has a next one.
    entries: [DFF<Bits<4>>; 17],
    /// Entries in use, one bit each from bit 0.
    in_use: DFF<Bits<16>>,
    in_use_after_read: Signal<Local, Bits<16>>,
    in_use_after_write: Signal<Local, Bits<16>>,
    /// The entry written, one bit.
    written: Signal<Local, Bits<16>>,
    slot: Signal<Local, Bits<4>>,
    places: Constant<Bits<16>>,
    first_place: Constant<Bits<16>>,
    no_place: Constant<Bits<16>>,
    slot_mask: Constant<Bits<4>>,
    no_slot: Constant<Bits<4>>,
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
            clock: Signal::default(),
            write: Signal::default(),
            slot_in: Signal::default(),
            valid: Signal::default(),
            slot_out: Signal::default(),
            read: Signal::default(),
            entries: Default::default(),
            in_use: DFF::default(),
            in_use_after_read: Signal::default(),
            in_use_after_write: Signal::default(),
            written: Signal::default(),
            slot: Signal::default(),
            places: Constant::new(((1 << n_slots) - 1).into()),
            first_place: Constant::new(1.into()),
            no_place: Constant::new(0.into()),
            slot_mask: Constant::new((n_slots.next_power_of_two() as u64 - 1).into()),
            no_slot: Constant::new(0.into()),
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
