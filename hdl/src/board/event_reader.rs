//! Reads the events of a frame: checks them all, then passes them on one by one.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;

use crate::setting::{Setting, mask_up_to};

/// The reader's state.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Phase {
    Idle,
    First,
    Low,
    High,
    Compared,
    Known,
}

/// Reads channels from a frame, low byte first. Mirrors how `model::ModelBoard` takes events.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `start`, `frame_length` | in | 1, 8 | strobe: reads the events from byte 2 to the end of the frame |
/// | `read_address`, `read_data` | out, in | 8, 8 | a byte of the frame, one cycle later |
/// | `n_channels` | in | 16 | channels of the network |
/// | `channel`, `event_valid`, `event_ready` | out, out, in | 16, 1, 1 | stream of events |
/// | `done` | out | 1 | strobe: all events were passed on |
/// | `bad_channel`, `bad_order` | out | 1, 1 | strobes: the event on `channel` does not exist, or is out of order; none was passed on |
/// | `forget` | in | 1 | strobe: the next event is the first of a tick |
/// | `n_pending` | out | 16 | events passed on since |
///
/// Eight cycles per event: four to check it, four to pass it on.
#[derive(LogicBlock, Default)]
pub struct EventReader {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub frame_length: Signal<In, Bits<8>>,
    pub read_address: Signal<Out, Bits<8>>,
    pub read_data: Signal<In, Bits<8>>,
    pub n_channels: Signal<In, Bits<16>>,
    pub channel: Signal<Out, Bits<16>>,
    pub event_valid: Signal<Out, Bit>,
    pub event_ready: Signal<In, Bit>,
    pub done: Signal<Out, Bit>,
    pub bad_channel: Signal<Out, Bit>,
    pub bad_order: Signal<Out, Bit>,
    pub forget: Signal<In, Bit>,
    pub n_pending: Signal<Out, Bits<16>>,

    phase: DFF<Phase>,
    /// The events were checked and are being passed on.
    checked: DFF<Bit>,
    at: DFF<Bits<8>>,
    event_channel: DFF<Bits<16>>,
    /// The previous event of this pass; the last one passed on.
    previous: DFF<Bits<16>>,
    has_previous: DFF<Bit>,
    last: DFF<Bits<16>>,
    pending: DFF<Bits<16>>,
    exists: DFF<Bit>,
    ascends: DFF<Bit>,
    moves: Signal<Local, Bit>,
    at_end: Signal<Local, Bit>,
    channel_mask: Setting<Bits<16>>,
}

impl EventReader {
    /// For a core of these sizes.
    #[must_use]
    pub fn new(core: &CoreConfiguration) -> Self {
        Self { channel_mask: Setting::new(mask_up_to(core.channels.into())), ..Default::default() }
    }
}

impl Logic for EventReader {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            exists,
            ascends,
            phase,
            checked,
            at,
            event_channel,
            previous,
            has_previous,
            last,
            pending
        );
        self.exists.d.next = self.event_channel.q.val() < self.n_channels.val();
        self.ascends.d.next = !self.has_previous.q.val() | (self.event_channel.q.val() > self.previous.q.val());
        self.read_address.next = self.at.q.val();
        self.at_end.next = self.at.q.val() == self.frame_length.val();
        self.channel.next = self.event_channel.q.val();
        self.event_valid.next = false;
        self.done.next = false;
        self.bad_channel.next = false;
        self.bad_order.next = false;
        self.moves.next = false;

        match self.phase.q.val() {
            Phase::Idle => {
                self.checked.d.next = false;
                self.at.d.next = 2.into();
                self.previous.d.next = self.last.q.val();
                self.has_previous.d.next = self.pending.q.val().any();
                if self.start.val() {
                    self.phase.d.next = Phase::First;
                }
            }
            Phase::First => {
                // The first byte is being read.
                self.at.d.next = self.at.q.val() + bits::<8>(1);
                self.phase.d.next = Phase::Low;
                if self.at_end.val() {
                    self.phase.d.next = Phase::Idle;
                    self.done.next = true;
                }
            }
            Phase::Low => {
                self.event_channel.d.next = bit_cast::<16, 8>(self.read_data.val());
                self.at.d.next = self.at.q.val() + bits::<8>(1);
                self.phase.d.next = Phase::High;
            }
            Phase::High => {
                self.event_channel.d.next = (bit_cast::<16, 8>(self.read_data.val()) << 8) | self.event_channel.q.val();
                self.phase.d.next = Phase::Compared;
            }
            Phase::Compared => {
                self.phase.d.next = Phase::Known;
            }
            Phase::Known => {
                self.event_valid.next = self.checked.q.val();
                self.moves.next = !self.checked.q.val() | self.event_ready.val();
                if self.moves.val() {
                    self.previous.d.next = self.event_channel.q.val() & self.channel_mask.val();
                    self.has_previous.d.next = true;
                    self.at.d.next = self.at.q.val() + bits::<8>(1);
                    self.phase.d.next = Phase::Low;
                    if self.checked.q.val() {
                        self.pending.d.next = (self.pending.q.val() + bits::<16>(1)) & self.channel_mask.val();
                        self.last.d.next = self.event_channel.q.val() & self.channel_mask.val();
                    }
                    if self.at_end.val() {
                        // Start the second pass, or done.
                        self.checked.d.next = true;
                        self.at.d.next = 2.into();
                        self.phase.d.next = Phase::First;
                        if self.checked.q.val() {
                            self.phase.d.next = Phase::Idle;
                            self.done.next = true;
                        }
                    }
                }
                if !self.checked.q.val() {
                    if !self.exists.q.val() {
                        self.bad_channel.next = true;
                        self.phase.d.next = Phase::Idle;
                    }
                    if self.exists.q.val() & !self.ascends.q.val() {
                        self.bad_order.next = true;
                        self.phase.d.next = Phase::Idle;
                    }
                }
            }
            _ => {
                self.phase.d.next = Phase::Idle;
            }
        }
        if self.forget.val() {
            self.pending.d.next = 0.into();
        }
        self.n_pending.next = self.pending.q.val();
    }
}
