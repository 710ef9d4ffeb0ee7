//! Answers, byte by byte: what each kind of answer is made of, in order.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;
use spec::wire::PROTOCOL_VERSION;

use super::counters::TICK_NUMBER_AT;
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

/// What an answer's detail is.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Detail {
    /// 0.
    Nothing,
    /// What the decoder says of the command.
    Command,
    /// Where the image goes on.
    Offset,
    /// Words of a memory.
    Words,
    /// The channel of an event.
    Channel,
    /// Events that are pending.
    Pending,
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

/// Cycles that whoever is asked has for a word.
const ASK_CYCLES: u64 = 5;
/// Position of the sequence number; the opcode follows, then the payload at 0.
const NUMBER_AT: u64 = 254;
/// Bytes of payloads that always have the same length, and of the ones that do not before their words.
const HELLO_BYTES: u64 = 18;
const LOAD_BYTES: u64 = 4;
const VERIFY_BYTES: u64 = 8;
const EVENTS_BYTES: u64 = 2;
const TICK_BYTES: u64 = 8;
const STATUS_BYTES: u64 = 36;
const ERROR_BYTES: u64 = 5;
const NACK_BYTES: u64 = 2;

/// Composes one answer at a time in a slot of the link.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `start`, `shape`, `slot`, `number`, `opcode` | in | 1, -, 4, 8, 8 | strobe: compose; all but the strobe stand still until `done` |
/// | `done` | out | 1 | strobe: the answer is complete |
/// | `detail`, `code` | in | 20, 4 | next offset, words verified, pending events, detail of an error; code or reason |
/// | `expected`, `crc`, `image_crc` | in | 8, 32, 32 | number expected, checksum verified, checksum of the image |
/// | `decision`, `overrun`, `n_spikes`, `n_readouts` | in | 8, 1, 16, 8 | of a tick |
/// | `n_words` | in | 8 | words to read |
/// | `index` | out | 8 | which score, half of a counter or word is asked for |
/// | `score`, `counter`, `word` | in | 16, 16, 16 | what was asked for, at most `ASK_CYCLES` later |
/// | `open`, `data`, `data_valid`, `close` | out | 1, 8, 1, 1 | to the link |
/// | `composing`, `pending` | in | 1, 16 | from the link |
///
/// Two bytes in `ASK_CYCLES` + 2 cycles, once the slot is free.
#[derive(LogicBlock, Default)]
pub struct AnswerComposer {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub shape: Signal<In, Shape>,
    pub slot: Signal<In, Bits<4>>,
    pub number: Signal<In, Bits<8>>,
    pub opcode: Signal<In, Bits<8>>,
    pub done: Signal<Out, Bit>,
    pub detail: Signal<In, Bits<20>>,
    pub code: Signal<In, Bits<4>>,
    pub expected: Signal<In, Bits<8>>,
    pub crc: Signal<In, Bits<32>>,
    pub image_crc: Signal<In, Bits<32>>,
    pub decision: Signal<In, Bits<8>>,
    pub overrun: Signal<In, Bit>,
    pub n_spikes: Signal<In, Bits<16>>,
    pub n_readouts: Signal<In, Bits<8>>,
    pub n_words: Signal<In, Bits<8>>,
    pub index: Signal<Out, Bits<8>>,
    pub score: Signal<In, Bits<16>>,
    pub counter: Signal<In, Bits<16>>,
    pub word: Signal<In, Bits<16>>,
    pub open: Signal<Out, Bit>,
    pub data: Signal<Out, Bits<8>>,
    pub data_valid: Signal<Out, Bit>,
    pub close: Signal<Out, Bit>,
    pub composing: Signal<In, Bit>,
    pub pending: Signal<In, Bits<16>>,

    phase: DFF<Phase>,
    /// Position in the payload, from [`NUMBER_AT`] on.
    at: DFF<Bits<8>>,
    asked: DFF<Bits<3>>,
    length: Signal<Local, Bits<8>>,
    pair_at: Signal<Local, Bits<8>>,
    byte_at: Signal<Local, Bits<2>>,
    is_in_tick: Signal<Local, Bit>,
    four: Signal<Local, Bits<32>>,
    pair: Signal<Local, Bits<16>>,
    is_pair: Signal<Local, Bit>,
    chosen: Signal<Local, Bits<16>>,
    flags: Signal<Local, Bits<8>>,
    slot_pending: Signal<Local, Bits<16>>,
    identity_low: Setting<Bits<16>>,
    identity_high: Setting<Bits<16>>,
    neurons: Setting<Bits<16>>,
    channels: Setting<Bits<16>>,
    synapse_words: Setting<Bits<16>>,
    clock_low: Setting<Bits<16>>,
    clock_high: Setting<Bits<16>>,
    number_at: Setting<Bits<8>>,
    opcode_at: Setting<Bits<8>>,
    tick_number_at: Setting<Bits<8>>,
    ask_last: Setting<Bits<3>>,
    hello_bytes: Setting<Bits<8>>,
    load_bytes: Setting<Bits<8>>,
    verify_bytes: Setting<Bits<8>>,
    events_bytes: Setting<Bits<8>>,
    tick_bytes: Setting<Bits<8>>,
    status_bytes: Setting<Bits<8>>,
    error_bytes: Setting<Bits<8>>,
    nack_bytes: Setting<Bits<8>>,
}

impl AnswerComposer {
    /// For a core of these sizes at this clock.
    #[must_use]
    pub fn new(core: &CoreConfiguration, clock_hz: u32) -> Self {
        let pair = |low: u8, high: u8| Setting::new(u64::from(u16::from_le_bytes([low, high])));
        Self {
            identity_low: pair(PROTOCOL_VERSION, core.lanes),
            identity_high: pair(core.readouts, core.replay_frames),
            neurons: Setting::new(u64::from(core.neurons_per_lane)),
            channels: Setting::new(u64::from(core.channels)),
            synapse_words: Setting::new(u64::from(core.synapse_words_per_lane)),
            clock_low: Setting::new(u64::from(clock_hz & 0xffff)),
            clock_high: Setting::new(u64::from(clock_hz >> 16)),
            number_at: Setting::new(NUMBER_AT),
            opcode_at: Setting::new(NUMBER_AT + 1),
            tick_number_at: Setting::new(TICK_NUMBER_AT as u64),
            ask_last: Setting::new(ASK_CYCLES - 1),
            hello_bytes: Setting::new(HELLO_BYTES),
            load_bytes: Setting::new(LOAD_BYTES),
            verify_bytes: Setting::new(VERIFY_BYTES),
            events_bytes: Setting::new(EVENTS_BYTES),
            tick_bytes: Setting::new(TICK_BYTES),
            status_bytes: Setting::new(STATUS_BYTES),
            error_bytes: Setting::new(ERROR_BYTES),
            nack_bytes: Setting::new(NACK_BYTES),
            ..Default::default()
        }
    }
}

impl Logic for AnswerComposer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, at, asked);

        self.flags.next = 0.into();
        if self.overrun.val() {
            self.flags.next = 1.into();
        }
        self.pair_at.next = self.at.q.val() >> 1;
        self.is_in_tick.next = !self.at.q.val().get_bits::<6>(2).any();
        self.index.next = self.pair_at.val();

        // How many bytes; which four they are of, or which two; and where in the four.
        self.length.next = 0.into();
        self.four.next = bit_cast::<32, 20>(self.detail.val());
        self.pair.next = self.counter.val();
        self.is_pair.next = false;
        self.byte_at.next = self.at.q.val().get_bits::<2>(0);
        match self.shape.val() {
            Shape::Hello => {
                self.length.next = self.hello_bytes.val();
                self.four.next = self.image_crc.val();
                self.byte_at.next = self.at.q.val().get_bits::<2>(0) ^ bits::<2>(2);
                self.is_pair.next = !self.at.q.val().get_bit(4) & (self.pair_at.val() != bits::<8>(7));
                self.pair.next = self.identity_low.val();
                if self.pair_at.val().get_bits::<3>(0) == bits::<3>(1) {
                    self.pair.next = self.identity_high.val();
                }
                if self.pair_at.val().get_bits::<3>(0) == bits::<3>(2) {
                    self.pair.next = self.neurons.val();
                }
                if self.pair_at.val().get_bits::<3>(0) == bits::<3>(3) {
                    self.pair.next = self.channels.val();
                }
                if self.pair_at.val().get_bits::<3>(0) == bits::<3>(4) {
                    self.pair.next = self.synapse_words.val();
                }
                if self.pair_at.val().get_bits::<3>(0) == bits::<3>(5) {
                    self.pair.next = self.clock_low.val();
                }
                if self.pair_at.val().get_bits::<3>(0) == bits::<3>(6) {
                    self.pair.next = self.clock_high.val();
                }
            }
            Shape::Load => {
                self.length.next = self.load_bytes.val();
            }
            Shape::Read => {
                self.length.next = self.n_words.val() << 1;
                self.is_pair.next = true;
                self.pair.next = self.word.val();
            }
            Shape::Verify => {
                self.length.next = self.verify_bytes.val();
                if self.at.q.val().get_bit(2) {
                    self.four.next = self.crc.val();
                }
            }
            Shape::Events => {
                self.length.next = self.events_bytes.val();
            }
            Shape::Tick => {
                self.length.next = (self.n_readouts.val() << 1) + self.tick_bytes.val();
                self.is_pair.next = true;
                self.pair.next = self.score.val();
                self.index.next = self.pair_at.val() - bits::<8>(4);
                self.four.next = ((bit_cast::<32, 16>(self.n_spikes.val()) << 16)
                    | (bit_cast::<32, 8>(self.flags.val()) << 8))
                    | bit_cast::<32, 8>(self.decision.val());
                if self.at.q.val().get_bit(2) & !self.at.q.val().get_bits::<5>(3).any() {
                    self.is_pair.next = false;
                }
                if self.is_in_tick.val() {
                    self.index.next = self.pair_at.val() | self.tick_number_at.val();
                    self.pair.next = self.counter.val();
                }
            }
            Shape::Status => {
                self.length.next = self.status_bytes.val();
                self.is_pair.next = true;
            }
            Shape::Error => {
                self.length.next = self.error_bytes.val();
                self.byte_at.next = self.at.q.val().get_bits::<2>(0) - bits::<2>(1);
            }
            Shape::Nack => {
                self.length.next = self.nack_bytes.val();
            }
            _ => {
                self.length.next = 0.into();
            }
        }
        self.chosen.next = self.four.val().get_bits::<16>(0);
        if self.byte_at.val().get_bit(1) {
            self.chosen.next = self.four.val().get_bits::<16>(16);
        }
        if self.is_pair.val() {
            self.chosen.next = self.pair.val();
        }
        self.data.next = self.chosen.val().get_bits::<8>(0);
        if self.byte_at.val().get_bit(0) {
            self.data.next = self.chosen.val().get_bits::<8>(8);
        }
        if (self.shape.val() == Shape::Error) & !self.at.q.val().any() {
            self.data.next = bit_cast::<8, 4>(self.code.val());
        }
        if self.shape.val() == Shape::Nack {
            self.data.next = bit_cast::<8, 4>(self.code.val());
            if self.at.q.val().get_bit(0) {
                self.data.next = self.expected.val();
            }
        }
        if self.at.q.val() == self.number_at.val() {
            self.data.next = self.number.val();
        }
        if self.at.q.val() == self.opcode_at.val() {
            self.data.next = self.opcode.val();
        }

        self.open.next = false;
        self.close.next = false;
        self.done.next = false;
        self.data_valid.next = false;
        self.slot_pending.next = self.pending.val() >> self.slot.val();
        self.asked.d.next = 0.into();
        match self.phase.q.val() {
            Phase::Idle => {
                self.at.d.next = self.number_at.val();
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
                if self.asked.q.val() == self.ask_last.val() {
                    self.phase.d.next = Phase::Sending;
                }
            }
            Phase::Sending => {
                if self.at.q.val() == self.length.val() {
                    self.phase.d.next = Phase::Closing;
                } else {
                    self.data_valid.next = true;
                    self.at.d.next = self.at.q.val() + bits::<8>(1);
                    if self.at.q.val().get_bit(0) {
                        self.phase.d.next = Phase::Asking;
                    }
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
