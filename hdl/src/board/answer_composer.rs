//! Answers, word by word: what each kind of answer is made of, and its bytes in order.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;
use spec::wire::PROTOCOL_VERSION;

use crate::setting::Setting;

/// What an answer is made of; [`spec::wire::Answer`].
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Shape {
    /// No payload.
    Empty,
    /// Version, sizes, clock, checksum of the image.
    Hello,
    /// Next offset.
    Load,
    /// Words of a memory.
    Read,
    /// Number of words and their checksum.
    Verify,
    /// Pending events.
    Events,
    /// Tick, decision, flags, spikes, scores.
    Tick,
    /// All counters.
    Status,
    /// Code and detail.
    Error,
    /// Reason and sequence number expected.
    Nack,
}

/// What an answer is doing.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Phase {
    Idle,
    Opening,
    Asking,
    Sending,
    Closing,
}

/// Counters in a status.
const N_COUNTERS: u64 = 9;
/// Cycles that whoever is asked has for a word.
const ASK_CYCLES: u64 = 5;

/// Composes one answer at a time in a slot of the link.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `start`, `shape`, `slot`, `number`, `opcode` | in | 1, -, 4, 8, 8 | strobe: compose; all but the strobe stand still until `done` |
/// | `done` | out | 1 | strobe: the answer is complete |
/// | `detail`, `code` | in | 32, 8 | next offset, words verified, pending events, detail of an error; code or reason |
/// | `expected`, `crc`, `image_crc` | in | 8, 32, 32 | number expected, checksum verified, checksum of the image |
/// | `tick`, `decision`, `overrun`, `n_spikes`, `n_readouts` | in | 32, 8, 1, 16, 8 | of a tick |
/// | `n_words` | in | 8 | words to read |
/// | `index` | out | 8 | which score, counter or word is asked for |
/// | `score`, `counter`, `word` | in | 16, 32, 16 | what was asked for, at most `ASK_CYCLES` later |
/// | `open`, `data`, `data_valid`, `close` | out | 1, 8, 1, 1 | to the link |
/// | `composing`, `pending` | in | 1, 16 | from the link |
///
/// A byte a cycle and `ASK_CYCLES` a word, once the slot is free.
#[derive(LogicBlock, Default)]
pub struct AnswerComposer {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub shape: Signal<In, Shape>,
    pub slot: Signal<In, Bits<4>>,
    pub number: Signal<In, Bits<8>>,
    pub opcode: Signal<In, Bits<8>>,
    pub done: Signal<Out, Bit>,
    pub detail: Signal<In, Bits<32>>,
    pub code: Signal<In, Bits<8>>,
    pub expected: Signal<In, Bits<8>>,
    pub crc: Signal<In, Bits<32>>,
    pub image_crc: Signal<In, Bits<32>>,
    pub tick: Signal<In, Bits<32>>,
    pub decision: Signal<In, Bits<8>>,
    pub overrun: Signal<In, Bit>,
    pub n_spikes: Signal<In, Bits<16>>,
    pub n_readouts: Signal<In, Bits<8>>,
    pub n_words: Signal<In, Bits<8>>,
    pub index: Signal<Out, Bits<8>>,
    pub score: Signal<In, Bits<16>>,
    pub counter: Signal<In, Bits<32>>,
    pub word: Signal<In, Bits<16>>,
    pub open: Signal<Out, Bit>,
    pub data: Signal<Out, Bits<8>>,
    pub data_valid: Signal<Out, Bit>,
    pub close: Signal<Out, Bit>,
    pub composing: Signal<In, Bit>,
    pub pending: Signal<In, Bits<16>>,

    phase: DFF<Phase>,
    /// Item 0 is sequence and opcode; the payload follows.
    item: DFF<Bits<8>>,
    asked: DFF<Bits<3>>,
    bytes: DFF<Bits<32>>,
    left: DFF<Bits<3>>,
    item_bytes: Signal<Local, Bits<32>>,
    item_length: Signal<Local, Bits<3>>,
    after_header: Signal<Local, Bits<8>>,
    after_tick: Signal<Local, Bits<8>>,
    flags: Signal<Local, Bits<8>>,
    slot_pending: Signal<Local, Bits<16>>,
    identity: Setting<Bits<32>>,
    sizes: Setting<Bits<32>>,
    synapse_words: Setting<Bits<32>>,
    clock_hz: Setting<Bits<32>>,
    n_counters: Setting<Bits<8>>,
    ask_cycles: Setting<Bits<3>>,
}

impl AnswerComposer {
    /// For a core of these sizes at this clock.
    #[must_use]
    pub fn new(core: &CoreConfiguration, clock_hz: u32) -> Self {
        let identity = u32::from_le_bytes([PROTOCOL_VERSION, core.lanes, core.readouts, core.replay_frames]);
        let sizes = u32::from(core.neurons_per_lane) | u32::from(core.channels) << 16;
        Self {
            identity: Setting::new(u64::from(identity)),
            sizes: Setting::new(u64::from(sizes)),
            synapse_words: Setting::new(u64::from(core.synapse_words_per_lane)),
            clock_hz: Setting::new(u64::from(clock_hz)),
            n_counters: Setting::new(N_COUNTERS),
            ask_cycles: Setting::new(ASK_CYCLES),
            ..Default::default()
        }
    }
}

impl Logic for AnswerComposer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, item, asked, bytes, left);

        self.flags.next = 0.into();
        if self.overrun.val() {
            self.flags.next = 1.into();
        }
        self.after_header.next = self.item.q.val() - bits::<8>(1);
        self.after_tick.next = self.item.q.val() - bits::<8>(3);
        self.index.next = self.after_header.val();

        // The item's bytes, and how many; none ends the answer.
        self.item_bytes.next = self.detail.val();
        self.item_length.next = 0.into();
        match self.shape.val() {
            Shape::Hello => {
                self.item_bytes.next = self.identity.val();
                self.item_length.next = 4.into();
                if self.item.q.val() == bits::<8>(2) {
                    self.item_bytes.next = self.sizes.val();
                }
                if self.item.q.val() == bits::<8>(3) {
                    self.item_bytes.next = self.synapse_words.val();
                    self.item_length.next = 2.into();
                }
                if self.item.q.val() == bits::<8>(4) {
                    self.item_bytes.next = self.clock_hz.val();
                }
                if self.item.q.val() == bits::<8>(5) {
                    self.item_bytes.next = self.image_crc.val();
                }
                if self.item.q.val() == bits::<8>(6) {
                    self.item_length.next = 0.into();
                }
            }
            Shape::Load => {
                if self.item.q.val() == bits::<8>(1) {
                    self.item_length.next = 4.into();
                }
            }
            Shape::Read => {
                self.item_bytes.next = bit_cast::<32, 16>(self.word.val());
                if self.after_header.val() != self.n_words.val() {
                    self.item_length.next = 2.into();
                }
            }
            Shape::Verify => {
                if self.item.q.val() == bits::<8>(1) {
                    self.item_length.next = 4.into();
                }
                if self.item.q.val() == bits::<8>(2) {
                    self.item_bytes.next = self.crc.val();
                    self.item_length.next = 4.into();
                }
            }
            Shape::Events => {
                if self.item.q.val() == bits::<8>(1) {
                    self.item_length.next = 2.into();
                }
            }
            Shape::Tick => {
                self.index.next = self.after_tick.val();
                self.item_bytes.next = bit_cast::<32, 16>(self.score.val());
                if self.after_tick.val() != self.n_readouts.val() {
                    self.item_length.next = 2.into();
                }
                if self.item.q.val() == bits::<8>(1) {
                    self.item_bytes.next = self.tick.val();
                    self.item_length.next = 4.into();
                }
                if self.item.q.val() == bits::<8>(2) {
                    self.item_bytes.next = ((bit_cast::<32, 16>(self.n_spikes.val()) << 16)
                        | (bit_cast::<32, 8>(self.flags.val()) << 8))
                        | bit_cast::<32, 8>(self.decision.val());
                    self.item_length.next = 4.into();
                }
            }
            Shape::Status => {
                self.item_bytes.next = self.counter.val();
                if self.after_header.val() != self.n_counters.val() {
                    self.item_length.next = 4.into();
                }
            }
            Shape::Error => {
                if self.item.q.val() == bits::<8>(1) {
                    self.item_bytes.next = bit_cast::<32, 8>(self.code.val());
                    self.item_length.next = 1.into();
                }
                if self.item.q.val() == bits::<8>(2) {
                    self.item_length.next = 4.into();
                }
            }
            Shape::Nack => {
                self.item_bytes.next =
                    (bit_cast::<32, 8>(self.expected.val()) << 8) | bit_cast::<32, 8>(self.code.val());
                if self.item.q.val() == bits::<8>(1) {
                    self.item_length.next = 2.into();
                }
            }
            _ => {
                self.item_length.next = 0.into();
            }
        }
        if !self.item.q.val().any() {
            self.item_bytes.next = (bit_cast::<32, 8>(self.opcode.val()) << 8) | bit_cast::<32, 8>(self.number.val());
            self.item_length.next = 2.into();
        }

        self.open.next = false;
        self.close.next = false;
        self.done.next = false;
        self.data.next = self.bytes.q.val().get_bits::<8>(0);
        self.data_valid.next = false;
        self.slot_pending.next = self.pending.val() >> self.slot.val();
        match self.phase.q.val() {
            Phase::Idle => {
                self.item.d.next = 0.into();
                self.asked.d.next = 0.into();
                if self.start.val() {
                    self.phase.d.next = Phase::Opening;
                }
            }
            Phase::Opening => {
                // A slot that is being sent must not change.
                if !self.composing.val() & !self.slot_pending.val().get_bit(0) {
                    self.open.next = true;
                    self.phase.d.next = Phase::Asking;
                }
            }
            Phase::Asking => {
                self.asked.d.next = self.asked.q.val() + bits::<3>(1);
                self.bytes.d.next = self.item_bytes.val();
                self.left.d.next = self.item_length.val();
                if self.asked.q.val() == self.ask_cycles.val() {
                    self.phase.d.next = Phase::Sending;
                    if !self.item_length.val().any() {
                        self.phase.d.next = Phase::Closing;
                    }
                }
            }
            Phase::Sending => {
                self.data_valid.next = true;
                self.bytes.d.next = self.bytes.q.val() >> 8;
                self.left.d.next = self.left.q.val() - bits::<3>(1);
                self.asked.d.next = 0.into();
                if self.left.q.val() == bits::<3>(1) {
                    self.item.d.next = self.item.q.val() + bits::<8>(1);
                    self.phase.d.next = Phase::Asking;
                }
            }
            Phase::Closing => {
                self.close.next = true;
                self.done.next = true;
                self.phase.d.next = Phase::Idle;
            }
            _ => {
                self.phase.d.next = Phase::Idle;
            }
        }
    }
}
