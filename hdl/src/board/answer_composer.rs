//! Composes answers byte by byte: the fields of each kind of answer, in order.

use rust_hdl::prelude::*;
use spec::core::{CoreConfiguration, MEMORY_READ_CYCLES};
use spec::wire::{PROTOCOL_VERSION, answer_bytes};

use super::counters::TICK_NUMBER_AT;
use crate::setting::Setting;

/// The kind of an answer; [`spec::wire::Answer`].
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

/// The source of an answer's detail.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Detail {
    /// 0.
    Nothing,
    /// The command decoder.
    Command,
    /// The next offset of the image.
    Offset,
    /// The number of words in a memory.
    Words,
    /// The channel of an event.
    Channel,
    /// The number of pending events.
    Pending,
}

/// The composer's state.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Phase {
    Idle,
    Looking,
    Opening,
    Asking,
    Sending,
    Closing,
}

/// Cycles from the request of a pair of bytes until it is ready.
const ASK_CYCLES: u64 = MEMORY_READ_CYCLES as u64 + 1;
/// Position of the sequence number; the opcode follows, then the payload at 0.
const NUMBER_AT: u64 = 254;

/// Composes one answer at a time in a slot of the link.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `start`, `shape`, `slot`, `number`, `opcode` | in | 1, -, 4, 8, 8 | strobe: composes an answer; hold all inputs but the strobe until `done` |
/// | `done` | out | 1 | strobe: the answer is complete |
/// | `code`, `detail` | in | 4, - | code or reason; which of the inputs below is the detail |
/// | `command_detail`, `offset`, `memory_words`, `channel`, `n_pending` | in | 16, 20, 16, 16, 16 | sources of the detail |
/// | `expected`, `crc`, `image_crc` | in | 8, 32, 32 | expected number, verified checksum, checksum of the image |
/// | `decision`, `overrun`, `n_spikes`, `n_readouts` | in | 8, 1, 16, 8 | of a tick |
/// | `n_words` | in | 8 | words to read |
/// | `index` | out | 5 | the requested half of a counter |
/// | `score_class` | out | 4 | the class of the requested score |
/// | `advance` | out | 1 | strobe: requests the next word |
/// | `counter`, `word` | in | 16, 16 | the requested value, within `ASK_CYCLES` - 1; a score comes as a word |
/// | `open`, `data`, `data_valid`, `close` | out | 1, 8, 1, 1 | to the link |
/// | `composing`, `pending` | in | 1, 16 | from the link |
///
/// All fields are pairs of bytes. Two bytes take `ASK_CYCLES` + 2 cycles, once the slot is free.
#[derive(LogicBlock, Default)]
pub struct AnswerComposer {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub shape: Signal<In, Shape>,
    pub slot: Signal<In, Bits<4>>,
    pub number: Signal<In, Bits<8>>,
    pub opcode: Signal<In, Bits<8>>,
    pub done: Signal<Out, Bit>,
    pub code: Signal<In, Bits<4>>,
    pub detail: Signal<In, Detail>,
    pub command_detail: Signal<In, Bits<16>>,
    pub offset: Signal<In, Bits<20>>,
    pub memory_words: Signal<In, Bits<16>>,
    pub channel: Signal<In, Bits<16>>,
    pub n_pending: Signal<In, Bits<16>>,
    pub expected: Signal<In, Bits<8>>,
    pub crc: Signal<In, Bits<32>>,
    pub image_crc: Signal<In, Bits<32>>,
    pub decision: Signal<In, Bits<8>>,
    pub overrun: Signal<In, Bit>,
    pub n_spikes: Signal<In, Bits<16>>,
    pub n_readouts: Signal<In, Bits<8>>,
    pub n_words: Signal<In, Bits<8>>,
    pub index: Signal<Out, Bits<5>>,
    pub score_class: Signal<Out, Bits<4>>,
    pub advance: Signal<Out, Bit>,
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
    asked: DFF<Bits<4>>,
    /// The source of the pair, at most one of these; then the pair.
    is_head: DFF<Bit>,
    is_counter: DFF<Bit>,
    is_word: DFF<Bit>,
    is_constant: DFF<Bit>,
    is_image_crc: [DFF<Bit>; 2],
    is_crc: [DFF<Bit>; 2],
    is_outcome: DFF<Bit>,
    is_spikes: DFF<Bit>,
    is_code: DFF<Bit>,
    is_command: DFF<Bit>,
    is_offset: [DFF<Bit>; 2],
    is_memory: DFF<Bit>,
    is_channel: DFF<Bit>,
    is_pending: DFF<Bit>,
    pair: DFF<Bits<16>>,
    length: DFF<Bits<8>>,
    pair_at: Signal<Local, Bits<7>>,
    head_here: Signal<Local, Bit>,
    detail_low: Signal<Local, Bit>,
    detail_high: Signal<Local, Bit>,
    flags: Signal<Local, Bits<16>>,
    reason: Signal<Local, Bits<16>>,
    constant: Signal<Local, Bits<16>>,
    source: [Signal<Local, Bits<16>>; 16],
    slot_pending: Signal<Local, Bits<16>>,
    is_slot_taken: DFF<Bit>,
    identity_low: Setting<Bits<16>>,
    identity_high: Setting<Bits<16>>,
    neurons: Setting<Bits<16>>,
    channels: Setting<Bits<16>>,
    synapse_words: Setting<Bits<16>>,
    clock_low: Setting<Bits<16>>,
    clock_high: Setting<Bits<16>>,
    number_at: Setting<Bits<8>>,
    tick_number_at: Setting<Bits<5>>,
    ask_last: Setting<Bits<4>>,
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
        let bytes = |n_bytes: usize| Setting::new(n_bytes as u64);
        Self {
            identity_low: pair(PROTOCOL_VERSION, core.lanes),
            identity_high: pair(core.readouts, core.replay_frames),
            neurons: Setting::new(u64::from(core.neurons_per_lane)),
            channels: Setting::new(u64::from(core.channels)),
            synapse_words: Setting::new(u64::from(core.synapse_words_per_lane)),
            clock_low: Setting::new(u64::from(clock_hz & 0xffff)),
            clock_high: Setting::new(u64::from(clock_hz >> 16)),
            number_at: Setting::new(NUMBER_AT),
            tick_number_at: Setting::new(TICK_NUMBER_AT as u64),
            ask_last: Setting::new(ASK_CYCLES - 1),
            hello_bytes: bytes(answer_bytes::HELLO),
            load_bytes: bytes(answer_bytes::LOAD),
            verify_bytes: bytes(answer_bytes::VERIFY),
            events_bytes: bytes(answer_bytes::EVENTS),
            tick_bytes: bytes(answer_bytes::TICK),
            status_bytes: bytes(answer_bytes::STATUS),
            error_bytes: bytes(answer_bytes::ERROR),
            nack_bytes: bytes(answer_bytes::NACK),
            ..Default::default()
        }
    }
}

impl Logic for AnswerComposer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, at, asked, is_head, is_counter, is_word, is_constant, is_outcome, is_spikes);
        dff_setup!(self, clock, is_code, is_command, is_memory, is_channel, is_pending, pair, is_slot_taken, length);
        for i in 0..2 {
            self.is_image_crc[i].clock.next = self.clock.val();
            self.is_crc[i].clock.next = self.clock.val();
            self.is_offset[i].clock.next = self.clock.val();
            self.is_image_crc[i].d.next = false;
            self.is_crc[i].d.next = false;
            self.is_offset[i].d.next = false;
        }

        // The length, and the source of the pair.
        self.pair_at.next = self.at.q.val().get_bits::<7>(1);
        self.index.next = self.pair_at.val().get_bits::<5>(0);
        self.score_class.next = self.pair_at.val().get_bits::<4>(0) - bits::<4>(4);
        self.length.d.next = 0.into();
        self.detail_low.next = false;
        self.detail_high.next = false;
        self.head_here.next = self.pair_at.val() == bits::<7>(127);
        self.is_head.d.next = self.head_here.val();
        self.is_counter.d.next = false;
        self.is_word.d.next = false;
        self.is_constant.d.next = false;
        self.is_outcome.d.next = false;
        self.is_spikes.d.next = false;
        self.is_code.d.next = false;
        match self.shape.val() {
            Shape::Hello => {
                self.length.d.next = self.hello_bytes.val();
                self.is_constant.d.next = (self.pair_at.val() != bits::<7>(7)) & !self.pair_at.val().get_bit(3);
                self.is_image_crc[0].d.next = self.pair_at.val() == bits::<7>(7);
                self.is_image_crc[1].d.next = self.pair_at.val() == bits::<7>(8);
            }
            Shape::Load => {
                self.length.d.next = self.load_bytes.val();
                self.detail_low.next = self.pair_at.val() == bits::<7>(0);
                self.detail_high.next = self.pair_at.val() == bits::<7>(1);
            }
            Shape::Read => {
                self.length.d.next = self.n_words.val() << 1;
                self.is_word.d.next = !self.head_here.val();
            }
            Shape::Verify => {
                self.length.d.next = self.verify_bytes.val();
                self.detail_low.next = self.pair_at.val() == bits::<7>(0);
                self.is_crc[0].d.next = self.pair_at.val() == bits::<7>(2);
                self.is_crc[1].d.next = self.pair_at.val() == bits::<7>(3);
            }
            Shape::Events => {
                self.length.d.next = self.events_bytes.val();
                self.detail_low.next = self.pair_at.val() == bits::<7>(0);
            }
            Shape::Tick => {
                self.length.d.next = (self.n_readouts.val() << 1) + self.tick_bytes.val();
                self.index.next = self.pair_at.val().get_bits::<5>(0) | self.tick_number_at.val();
                self.is_counter.d.next = self.pair_at.val() < bits::<7>(2);
                self.is_outcome.d.next = self.pair_at.val() == bits::<7>(2);
                self.is_spikes.d.next = self.pair_at.val() == bits::<7>(3);
                self.is_word.d.next = (self.pair_at.val() > bits::<7>(3)) & !self.head_here.val();
            }
            Shape::Status => {
                self.length.d.next = self.status_bytes.val();
                self.is_counter.d.next = !self.head_here.val();
            }
            Shape::Error => {
                self.length.d.next = self.error_bytes.val();
                self.is_code.d.next = self.pair_at.val() == bits::<7>(0);
                self.detail_low.next = self.pair_at.val() == bits::<7>(1);
                self.detail_high.next = self.pair_at.val() == bits::<7>(2);
            }
            Shape::Nack => {
                self.length.d.next = self.nack_bytes.val();
                self.is_code.d.next = self.pair_at.val() == bits::<7>(0);
            }
            _ => {
                self.length.d.next = 0.into();
            }
        }
        self.is_command.d.next = self.detail_low.val() & (self.detail.val() == Detail::Command);
        self.is_memory.d.next = self.detail_low.val() & (self.detail.val() == Detail::Words);
        self.is_channel.d.next = self.detail_low.val() & (self.detail.val() == Detail::Channel);
        self.is_pending.d.next = self.detail_low.val() & (self.detail.val() == Detail::Pending);
        self.is_offset[0].d.next = self.detail_low.val() & (self.detail.val() == Detail::Offset);
        self.is_offset[1].d.next = self.detail_high.val() & (self.detail.val() == Detail::Offset);

        self.constant.next = self.identity_low.val();
        if self.pair_at.val().get_bits::<3>(0) == bits::<3>(1) {
            self.constant.next = self.identity_high.val();
        }
        if self.pair_at.val().get_bits::<3>(0) == bits::<3>(2) {
            self.constant.next = self.neurons.val();
        }
        if self.pair_at.val().get_bits::<3>(0) == bits::<3>(3) {
            self.constant.next = self.channels.val();
        }
        if self.pair_at.val().get_bits::<3>(0) == bits::<3>(4) {
            self.constant.next = self.synapse_words.val();
        }
        if self.pair_at.val().get_bits::<3>(0) == bits::<3>(5) {
            self.constant.next = self.clock_low.val();
        }
        if self.pair_at.val().get_bits::<3>(0) == bits::<3>(6) {
            self.constant.next = self.clock_high.val();
        }
        self.flags.next = 0.into();
        if self.overrun.val() {
            self.flags.next = 256.into();
        }
        self.reason.next = bit_cast::<16, 4>(self.code.val());
        if self.shape.val() == Shape::Nack {
            self.reason.next = bit_cast::<16, 4>(self.code.val()) | (bit_cast::<16, 8>(self.expected.val()) << 8);
        }

        for i in 0..16 {
            self.source[i].next = 0.into();
        }
        if self.is_head.q.val() {
            self.source[0].next = bit_cast::<16, 8>(self.number.val()) | (bit_cast::<16, 8>(self.opcode.val()) << 8);
        }
        if self.is_counter.q.val() {
            self.source[1].next = self.counter.val();
        }
        if self.is_word.q.val() {
            self.source[2].next = self.word.val();
        }
        if self.is_constant.q.val() {
            self.source[3].next = self.constant.val();
        }
        if self.is_image_crc[0].q.val() {
            self.source[4].next = self.image_crc.val().get_bits::<16>(0);
        }
        if self.is_image_crc[1].q.val() {
            self.source[5].next = self.image_crc.val().get_bits::<16>(16);
        }
        if self.is_crc[0].q.val() {
            self.source[6].next = self.crc.val().get_bits::<16>(0);
        }
        if self.is_crc[1].q.val() {
            self.source[7].next = self.crc.val().get_bits::<16>(16);
        }
        if self.is_outcome.q.val() {
            self.source[8].next = bit_cast::<16, 8>(self.decision.val()) | self.flags.val();
        }
        if self.is_spikes.q.val() {
            self.source[9].next = self.n_spikes.val();
        }
        if self.is_code.q.val() {
            self.source[10].next = self.reason.val();
        }
        if self.is_command.q.val() {
            self.source[11].next = self.command_detail.val();
        }
        if self.is_offset[0].q.val() {
            self.source[12].next = self.offset.val().get_bits::<16>(0);
        }
        if self.is_offset[1].q.val() {
            self.source[12].next = bit_cast::<16, 4>(self.offset.val().get_bits::<4>(16));
        }
        if self.is_memory.q.val() {
            self.source[13].next = self.memory_words.val();
        }
        if self.is_channel.q.val() {
            self.source[14].next = self.channel.val();
        }
        if self.is_pending.q.val() {
            self.source[15].next = self.n_pending.val();
        }
        self.pair.d.next = (((self.source[0].val() | self.source[1].val())
            | (self.source[2].val() | self.source[3].val()))
            | ((self.source[4].val() | self.source[5].val()) | (self.source[6].val() | self.source[7].val())))
            | (((self.source[8].val() | self.source[9].val()) | (self.source[10].val() | self.source[11].val()))
                | ((self.source[12].val() | self.source[13].val()) | (self.source[14].val() | self.source[15].val())));
        self.data.next = self.pair.q.val().get_bits::<8>(0);
        if self.at.q.val().get_bit(0) {
            self.data.next = self.pair.q.val().get_bits::<8>(8);
        }

        self.open.next = false;
        self.close.next = false;
        self.done.next = false;
        self.data_valid.next = false;
        self.advance.next = false;
        self.slot_pending.next = self.pending.val() >> self.slot.val();
        self.is_slot_taken.d.next = self.composing.val() | self.slot_pending.val().get_bit(0);
        self.asked.d.next = 0.into();
        match self.phase.q.val() {
            Phase::Idle => {
                self.at.d.next = self.number_at.val();
                if self.start.val() {
                    self.phase.d.next = Phase::Looking;
                }
            }
            Phase::Looking => {
                self.phase.d.next = Phase::Opening;
            }
            Phase::Opening => {
                // A slot that is being sent must not change.
                if !self.is_slot_taken.q.val() {
                    self.open.next = true;
                    self.phase.d.next = Phase::Asking;
                }
            }
            Phase::Asking => {
                self.asked.d.next = self.asked.q.val() + bits::<4>(1);
                if self.asked.q.val() == self.ask_last.val() {
                    self.phase.d.next = Phase::Sending;
                }
            }
            Phase::Sending => {
                if self.at.q.val() == self.length.q.val() {
                    self.phase.d.next = Phase::Closing;
                } else {
                    self.data_valid.next = true;
                    self.at.d.next = self.at.q.val() + bits::<8>(1);
                    if self.at.q.val().get_bit(0) {
                        self.advance.next = !self.is_head.q.val();
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
