//! A board behind its serial pins: receives frames, executes commands, sends answers.

use rust_hdl::prelude::*;
use spec::wire::{ErrorCode, NackReason, answer_opcode};

use super::answer_composer::{AnswerComposer, Detail, Shape};
use super::board_settings::BoardSettings;
use super::command_decoder::{CommandDecoder, DECODE_CYCLES, HEAD_BYTES};
use super::counters::Counters;
use super::event_reader::EventReader;
use super::image_loader::{ImageLoader, JUDGE_CYCLES};
use super::memory_reader::MemoryReader;
use super::sequencer::Sequencer;
use crate::core::Core;
use crate::link::Link;
use crate::setting::Setting;

/// The board's state.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Phase {
    Waiting,
    Fetching,
    Decoding,
    Judging,
    Resending,
    LoadStarting,
    LoadFetching,
    LoadPushing,
    LoadEnding,
    Restarting,
    Reading,
    Events,
    EventsTaken,
    Ticking,
    Holding,
    Answering,
    Counting,
}

/// The wire protocol of `spec::wire` over two pins; mirrors `model::ModelBoard` command by command.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `rx`, `tx` | in, out | 1 | serial line |
/// | `loaded` | out | 1 | a network is loaded |
/// | `ticked` | out | 1 | strobe: a tick has ended |
/// | `link_error` | out | 1 | strobe: a bad or a dropped frame |
/// | `trace` | out | 64 a lane | every neuron update (see [`crate::core::Lane`]) |
///
/// One command at a time, in the order of frames. While one is executed, the next is received; a third one is dropped, which is
/// reported and counted. A tick whose frame arrived before the last tick had ended reports `tick_overrun`. Of the frames
/// refused ([`NackReason`]) while the board is busy, one is answered, a dropped one first. Answers to hellos and refusals are not
/// kept.
#[derive(LogicBlock, Default)]
pub struct Board {
    pub clock: Signal<In, Clock>,
    pub rx: Signal<In, Bit>,
    pub tx: Signal<Out, Bit>,
    pub loaded: Signal<Out, Bit>,
    pub ticked: Signal<Out, Bit>,
    pub link_error: Signal<Out, Bit>,
    pub trace: Vec<Signal<Out, Bits<64>>>,

    link: Link,
    decoder: CommandDecoder,
    sequencer: Sequencer,
    composer: AnswerComposer,
    loader: ImageLoader,
    event_reader: EventReader,
    memory_reader: MemoryReader,
    counters: Counters,
    core: Core,

    phase: DFF<Phase>,
    // The frame: its first bytes, the first lowest; the address of the byte to fetch.
    head: DFF<Bits<56>>,
    at: DFF<Bits<8>>,
    waited: DFF<Bits<3>>,
    // Refusals that are pending.
    nack_bad: DFF<Bit>,
    nack_dropped: DFF<Bit>,
    // The answer in progress.
    shape: DFF<Shape>,
    /// The answer is kept, and its frame is done.
    keeps: DFF<Bit>,
    answers_frame: DFF<Bit>,
    code: DFF<Bits<4>>,
    detail: DFF<Detail>,
    // The network.
    is_loading: DFF<Bit>,
    is_loaded: DFF<Bit>,
    overrun: DFF<Bit>,
    overrun_next: DFF<Bit>,

    payload_length: Signal<Local, Bits<8>>,
    refuse: Signal<Local, Bit>,
    nack: Signal<Local, Bit>,
    kept_slot: Signal<Local, Bits<8>>,
    slot: Signal<Local, Bits<8>>,
    offset_low: Signal<Local, Bits<20>>,
    offset_high: Signal<Local, Bits<12>>,
    /// Of a load: its offset is 0, or differs from the loader's.
    offset_is_zero: DFF<Bit>,
    offset_differs: DFF<Bit>,

    head_end: Setting<Bits<8>>,
    decode_cycles: Setting<Bits<3>>,
    wait_cycles: Setting<Bits<3>>,
    replay_frames: Setting<Bits<8>>,
    replay_mask: Setting<Bits<8>>,
    op_answer: Setting<Bits<8>>,
    op_error: Setting<Bits<8>>,
    op_nack: Setting<Bits<8>>,
    load_gap: Setting<Bits<4>>,
    bad_image: Setting<Bits<4>>,
    misfit: Setting<Bits<4>>,
    bad_address: Setting<Bits<4>>,
    bad_channel: Setting<Bits<4>>,
    event_order: Setting<Bits<4>>,
    nack_bad_frame: Setting<Bits<4>>,
    nack_sequence: Setting<Bits<4>>,
    nack_unsynchronized: Setting<Bits<4>>,
    nack_no_room: Setting<Bits<4>>,
    _n_lanes: usize,
}

impl Board {
    /// A board.
    ///
    /// # Panics
    /// If the sizes of the core cannot be built.
    #[must_use]
    pub fn new(settings: &BoardSettings) -> Self {
        let core = &settings.core;
        settings.check();
        let byte = |value: u8| Setting::new(u64::from(value));
        let code = |code: ErrorCode| Setting::new(u64::from(code as u8));
        let reason = |reason: NackReason| Setting::new(u64::from(reason as u8));
        Self {
            trace: (0..core.lanes).map(|_| Signal::default()).collect(),
            link: Link::new(
                usize::from(core.replay_frames) + 1,
                settings.clocks_per_bit,
                settings.technology.frame_memory(usize::from(core.synapse_words_per_lane)),
            ),
            composer: AnswerComposer::new(core, settings.clock_hz),
            loader: ImageLoader::new(core),
            counters: Counters::new(settings.technology),
            decoder: CommandDecoder::new(core),
            sequencer: Sequencer::new(core.replay_frames),
            memory_reader: MemoryReader::new(),
            event_reader: EventReader::new(core),
            core: Core::new(core, settings.technology),
            head_end: Setting::new(HEAD_BYTES as u64 + 1),
            decode_cycles: Setting::new(DECODE_CYCLES - 1),
            wait_cycles: Setting::new(JUDGE_CYCLES),
            replay_frames: byte(core.replay_frames),
            replay_mask: byte(core.replay_frames - 1),
            op_answer: byte(answer_opcode::ANSWER_BIT),
            op_error: byte(answer_opcode::ERROR),
            op_nack: byte(answer_opcode::NACK),
            load_gap: code(ErrorCode::LoadGap),
            bad_image: code(ErrorCode::BadImage),
            misfit: code(ErrorCode::Misfit),
            bad_address: code(ErrorCode::BadAddress),
            bad_channel: code(ErrorCode::BadChannel),
            event_order: code(ErrorCode::EventOrder),
            nack_bad_frame: reason(NackReason::BadFrame),
            nack_sequence: reason(NackReason::OutOfSequence),
            nack_unsynchronized: reason(NackReason::NotSynchronized),
            nack_no_room: reason(NackReason::Dropped),
            _n_lanes: usize::from(core.lanes),
            ..Default::default()
        }
    }
}

impl Logic for Board {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, head, at, waited, nack_bad, nack_dropped, shape, keeps, answers_frame);
        dff_setup!(
            self,
            clock,
            code,
            detail,
            is_loading,
            is_loaded,
            overrun,
            overrun_next,
            offset_is_zero,
            offset_differs
        );
        clock!(self, clock, link, composer, loader, decoder, sequencer, memory_reader, event_reader, counters, core);

        self.payload_length.next = self.link.frame_length.val() - bits::<8>(2);
        self.decoder.head.next = self.head.q.val();
        self.decoder.payload_length.next = self.payload_length.val();
        self.decoder.loaded.next = self.is_loaded.q.val();
        self.offset_low.next = self.decoder.offset.val().get_bits::<20>(0);
        self.offset_high.next = self.decoder.offset.val().get_bits::<12>(20);
        self.offset_is_zero.d.next = !self.decoder.offset.val().any();
        self.offset_differs.d.next = self.offset_high.val().any() | (self.offset_low.val() != self.loader.offset.val());
        self.sequencer.number.next = self.decoder.number.val();
        self.sequencer.synchronize.next = false;
        self.sequencer.keep.next = false;
        // Default connections; some are overridden below.
        self.link.rx.next = self.rx.val();
        self.tx.next = self.link.tx.val();
        self.link.read_address.next = self.at.q.val();
        self.link.take.next = false;
        self.link.open.next = self.composer.open.val();
        self.link.data.next = self.composer.data.val();
        self.link.data_valid.next = self.composer.data_valid.val();
        self.link.close.next = self.composer.close.val();
        self.link.resend.next = false;
        self.kept_slot.next = self.decoder.number.val() & self.replay_mask.val();
        self.link.resend_slot.next = self.kept_slot.val().get_bits::<4>(0);
        self.slot.next = self.kept_slot.val();
        if !self.keeps.q.val() {
            self.slot.next = self.replay_frames.val();
        }
        self.link.slot.next = self.slot.val().get_bits::<4>(0);
        self.composer.slot.next = self.slot.val().get_bits::<4>(0);
        self.composer.start.next = false;
        self.composer.shape.next = self.shape.q.val();
        self.composer.number.next = self.decoder.number.val();
        self.composer.opcode.next =
            bit_cast::<8, 4>(self.decoder.command.val().get_bits::<4>(0)) | self.op_answer.val();
        if self.shape.q.val() == Shape::Error {
            self.composer.opcode.next = self.op_error.val();
        }
        if self.shape.q.val() == Shape::Nack {
            self.composer.opcode.next = self.op_nack.val();
            self.composer.number.next = self.sequencer.expected.val();
        }
        self.composer.detail.next = self.detail.q.val();
        self.composer.command_detail.next = self.decoder.detail.val();
        self.composer.offset.next = self.loader.offset.val();
        self.composer.memory_words.next = self.memory_reader.memory_words.val();
        self.composer.channel.next = self.event_reader.channel.val();
        self.composer.n_pending.next = self.event_reader.n_pending.val();
        self.composer.code.next = self.code.q.val();
        self.composer.expected.next = self.sequencer.expected.val();
        self.composer.crc.next = self.loader.crc.val();
        self.composer.image_crc.next = 0.into();
        if self.is_loaded.q.val() {
            self.composer.image_crc.next = self.loader.image_crc.val();
        }
        self.composer.decision.next = self.core.decision.val();
        self.composer.overrun.next = self.overrun.q.val();
        self.composer.n_spikes.next = self.core.n_spikes.val();
        self.composer.n_readouts.next = self.loader.n_readouts.val();
        self.composer.n_words.next = self.decoder.n_words.val();
        self.composer.counter.next = self.counters.value.val();
        self.composer.word.next = self.core.read_data.val();
        self.composer.composing.next = self.link.composing.val();
        self.composer.pending.next = self.link.pending.val();

        self.loader.first.next = false;
        self.loader.data.next = self.link.read_data.val();
        self.loader.data_valid.next = false;
        self.loader.crc_first.next = self.memory_reader.crc_first.val();
        self.loader.crc_valid.next = self.memory_reader.crc_valid.val();
        self.loader.crc_data.next = self.memory_reader.crc_data.val();

        self.memory_reader.start.next = false;
        self.memory_reader.verify.next = self.decoder.is_verify.val();
        self.memory_reader.section.next = self.decoder.section.val();
        self.memory_reader.lane.next = self.decoder.lane.val();
        self.memory_reader.address.next = self.decoder.address.val();
        self.memory_reader.n_words.next = self.decoder.n_words.val();
        self.memory_reader.size_words.next = self.loader.n_words.val();
        self.memory_reader.n_rows.next = self.loader.n_rows.val();
        self.loader.asks.next = self.memory_reader.measuring.val();
        self.loader.ask_kind.next = self.memory_reader.size_kind.val();
        self.loader.ask_lane.next = self.decoder.lane.val();
        self.memory_reader.core_works.next = self.core.busy.val() | self.core.delivering.val();
        self.memory_reader.answering.next = false;
        self.memory_reader.advance.next = self.composer.advance.val();
        self.memory_reader.word.next = self.core.read_data.val();

        self.event_reader.start.next = false;
        self.event_reader.frame_length.next = self.link.frame_length.val();
        self.event_reader.read_data.next = self.link.read_data.val();
        self.event_reader.n_channels.next = self.loader.n_channels.val();
        self.event_reader.event_ready.next = self.core.event_ready.val();
        self.event_reader.forget.next = false;

        self.counters.tick.next = false;
        self.counters.hold.next = false;
        self.counters.n_events.next = self.event_reader.n_pending.val();
        self.counters.n_spikes.next = self.core.n_spikes.val();
        self.counters.synaptic_events.next = self.core.synaptic_events.val();
        self.counters.tick_cycles.next = self.core.tick_cycles.val();
        self.counters.overrun.next = self.overrun.q.val();
        self.counters.bad_frame.next = self.link.bad_frame.val();
        self.counters.dropped_frame.next = self.link.dropped_frame.val();
        self.counters.out_of_sequence.next = false;
        self.counters.restart.next = false;
        self.counters.index.next = self.composer.index.val();

        self.core.n_channels.next = self.loader.n_channels.val();
        self.core.n_neurons.next = self.loader.n_neurons.val();
        self.core.n_readouts.next = self.loader.n_readouts.val();
        self.core.channel.next = self.event_reader.channel.val();
        self.core.event_valid.next = self.event_reader.event_valid.val();
        self.core.start.next = false;
        self.core.restart.next = false;
        self.core.forget.next = false;
        self.core.score_class.next = self.composer.score_class.val();
        self.core.write.next = self.loader.write.val();
        self.core.write_kind.next = self.loader.write_kind.val();
        self.core.write_lane.next = self.loader.lane.val();
        self.core.write_address.next = self.loader.write_address.val();
        self.core.write_data.next = self.loader.write_data.val();
        self.core.reading.next = self.memory_reader.reading.val();
        self.core.read_kind.next = self.memory_reader.read_kind.val();
        self.core.read_lane.next = self.decoder.lane.val();
        self.core.read_address.next = self.memory_reader.read_address.val();
        for i in 0..self._n_lanes {
            self.trace[i].next = self.core.trace[i].val();
        }

        if self.link.bad_frame.val() {
            self.nack_bad.d.next = true;
        }
        if self.link.dropped_frame.val() {
            self.nack_dropped.d.next = true;
        }
        self.waited.d.next = 0.into();
        self.refuse.next = false;
        self.nack.next = false;

        match self.phase.q.val() {
            Phase::Waiting => {
                self.at.d.next = 0.into();
                if self.link.frame_valid.val() & !self.counters.busy.val() {
                    self.phase.d.next = Phase::Fetching;
                    self.overrun.d.next = self.overrun_next.q.val();
                    self.overrun_next.d.next = false;
                }
                if !self.link.frame_valid.val() & (self.nack_bad.q.val() | self.nack_dropped.q.val()) {
                    self.nack.next = true;
                    self.nack_bad.d.next = self.link.bad_frame.val();
                    self.nack_dropped.d.next = self.link.dropped_frame.val();
                    self.code.d.next = self.nack_bad_frame.val();
                    if self.nack_dropped.q.val() {
                        self.code.d.next = self.nack_no_room.val();
                    }
                }
            }
            Phase::Fetching => {
                // A byte is valid one cycle after its address.
                self.at.d.next = self.at.q.val() + bits::<8>(1);
                if self.at.q.val() == self.head_end.val() {
                    self.phase.d.next = Phase::Decoding;
                } else {
                    self.head.d.next = (self.head.q.val() >> 8) | (bit_cast::<56, 8>(self.link.read_data.val()) << 48);
                }
            }
            Phase::Decoding => {
                self.waited.d.next = self.waited.q.val() + bits::<3>(1);
                if self.waited.q.val() == self.decode_cycles.val() {
                    self.phase.d.next = Phase::Judging;
                }
            }
            Phase::Judging => {
                self.keeps.d.next = !self.decoder.is_hello.val();
                self.code.d.next = self.decoder.code.val();
                self.detail.d.next = Detail::Command;
                if !self.decoder.is_hello.val() & !self.sequencer.synchronized.val() {
                    self.nack.next = true;
                    self.code.d.next = self.nack_unsynchronized.val();
                } else if !self.decoder.is_hello.val() & !self.sequencer.is_next.val() {
                    self.counters.out_of_sequence.next = true;
                    self.phase.d.next = Phase::Resending;
                    if !self.sequencer.is_kept.val() {
                        self.nack.next = true;
                        self.code.d.next = self.nack_sequence.val();
                    }
                } else if self.decoder.refused.val() {
                    self.refuse.next = true;
                } else if self.decoder.is_hello.val() {
                    self.sequencer.synchronize.next = true;
                    self.shape.d.next = Shape::Hello;
                    self.composer.start.next = true;
                    self.phase.d.next = Phase::Answering;
                } else if self.decoder.is_load.val() {
                    self.phase.d.next = Phase::LoadStarting;
                } else if self.decoder.is_read.val() | self.decoder.is_verify.val() {
                    self.memory_reader.start.next = true;
                    self.phase.d.next = Phase::Reading;
                } else if self.decoder.is_restart.val() {
                    self.shape.d.next = Shape::Empty;
                    self.core.restart.next = true;
                    self.counters.restart.next = true;
                    self.phase.d.next = Phase::Restarting;
                } else if self.decoder.is_events.val() | self.decoder.is_tick.val() {
                    self.event_reader.start.next = true;
                    self.phase.d.next = Phase::Events;
                } else {
                    self.shape.d.next = Shape::Status;
                    self.phase.d.next = Phase::Holding;
                }
            }
            Phase::Resending => {
                if !self.link.composing.val() {
                    self.link.resend.next = true;
                    self.link.take.next = true;
                    self.phase.d.next = Phase::Waiting;
                }
            }
            Phase::LoadStarting => {
                // The first byte of the image follows its offset.
                self.at.d.next = 6.into();
                self.detail.d.next = Detail::Nothing;
                if !self.core.busy.val() & !self.core.delivering.val() {
                    self.phase.d.next = Phase::LoadFetching;
                    if self.offset_is_zero.q.val() {
                        self.loader.first.next = true;
                        self.core.forget.next = true;
                        self.event_reader.forget.next = true;
                        self.is_loading.d.next = true;
                        self.is_loaded.d.next = false;
                    } else if !self.is_loading.q.val() {
                        self.refuse.next = true;
                        self.code.d.next = self.load_gap.val();
                    } else if self.offset_differs.q.val() {
                        self.refuse.next = true;
                        self.code.d.next = self.load_gap.val();
                        self.detail.d.next = Detail::Offset;
                    }
                }
            }
            Phase::LoadFetching => {
                self.at.d.next = self.at.q.val() + bits::<8>(1);
                self.phase.d.next = Phase::LoadPushing;
            }
            Phase::LoadPushing => {
                self.loader.data_valid.next = true;
                self.phase.d.next = Phase::LoadFetching;
                if self.at.q.val() == self.link.frame_length.val() {
                    self.phase.d.next = Phase::LoadEnding;
                }
            }
            Phase::LoadEnding => {
                self.waited.d.next = self.waited.q.val() + bits::<3>(1);
                self.shape.d.next = Shape::Load;
                self.detail.d.next = Detail::Offset;
                if self.waited.q.val() == self.wait_cycles.val() {
                    self.phase.d.next = Phase::Answering;
                    if self.loader.refused.val() {
                        self.refuse.next = true;
                        self.detail.d.next = Detail::Nothing;
                        self.code.d.next = self.bad_image.val();
                        if self.loader.misfit.val() {
                            self.code.d.next = self.misfit.val();
                        }
                    } else if self.loader.complete.val() {
                        self.is_loading.d.next = false;
                        self.is_loaded.d.next = true;
                        self.core.restart.next = true;
                        self.counters.restart.next = true;
                        self.phase.d.next = Phase::Restarting;
                    } else {
                        self.composer.start.next = true;
                    }
                }
            }
            Phase::Restarting => {
                // The core is busy from the cycle after the strobe.
                self.event_reader.forget.next = true;
                if !self.core.busy.val() {
                    self.composer.start.next = true;
                    self.phase.d.next = Phase::Answering;
                }
            }
            Phase::Reading => {
                self.shape.d.next = Shape::Read;
                if self.decoder.is_verify.val() {
                    self.shape.d.next = Shape::Verify;
                    self.detail.d.next = Detail::Words;
                }
                if self.memory_reader.done.val() {
                    self.composer.start.next = true;
                    self.phase.d.next = Phase::Answering;
                    if self.memory_reader.outside.val() {
                        self.refuse.next = true;
                        self.code.d.next = self.bad_address.val();
                        self.detail.d.next = Detail::Command;
                    }
                }
            }
            Phase::Events => {
                self.link.read_address.next = self.event_reader.read_address.val();
                self.shape.d.next = Shape::Events;
                if self.event_reader.done.val() {
                    self.phase.d.next = Phase::EventsTaken;
                }
                if self.event_reader.bad_channel.val() | self.event_reader.bad_order.val() {
                    self.refuse.next = true;
                    self.code.d.next = self.event_order.val();
                    if self.event_reader.bad_channel.val() {
                        self.code.d.next = self.bad_channel.val();
                    }
                    self.detail.d.next = Detail::Channel;
                }
            }
            Phase::EventsTaken => {
                self.detail.d.next = Detail::Pending;
                if self.decoder.is_tick.val() {
                    self.core.start.next = true;
                    self.phase.d.next = Phase::Ticking;
                } else {
                    self.composer.start.next = true;
                    self.phase.d.next = Phase::Answering;
                }
            }
            Phase::Ticking => {
                self.shape.d.next = Shape::Tick;
                if self.core.done.val() {
                    // The next frame has arrived already, before this tick has ended.
                    self.overrun_next.d.next = self.link.n_waiting.val() == bits::<2>(2);
                    self.phase.d.next = Phase::Holding;
                }
            }
            Phase::Holding => {
                // The counters are held while they are read.
                self.counters.hold.next = true;
                if !self.counters.busy.val() {
                    self.composer.start.next = true;
                    self.phase.d.next = Phase::Answering;
                }
            }
            Phase::Answering => {
                self.counters.hold.next = (self.shape.q.val() == Shape::Status) | (self.shape.q.val() == Shape::Tick);
                self.memory_reader.answering.next = self.shape.q.val() == Shape::Read;
                if self.composer.done.val() {
                    self.phase.d.next = Phase::Waiting;
                    self.sequencer.keep.next = self.keeps.q.val();
                    self.link.take.next = self.answers_frame.q.val();
                    if self.shape.q.val() == Shape::Tick {
                        self.counters.tick.next = true;
                        self.phase.d.next = Phase::Counting;
                    }
                }
            }
            Phase::Counting => {
                // The strobe is seen a cycle later.
                self.waited.d.next = self.waited.q.val();
                if !self.waited.q.val().any() {
                    self.waited.d.next = 1.into();
                }
                if self.waited.q.val().any() & !self.counters.busy.val() {
                    self.event_reader.forget.next = true;
                    self.phase.d.next = Phase::Waiting;
                }
            }
            _ => {
                self.phase.d.next = Phase::Waiting;
            }
        }

        // A command with an error: its answer is kept. A failed load discards the partial image.
        if self.refuse.val() {
            self.shape.d.next = Shape::Error;
            self.composer.start.next = true;
            self.phase.d.next = Phase::Answering;
            if self.decoder.is_load.val() {
                self.is_loading.d.next = false;
            }
        }
        // A frame that is refused.
        self.answers_frame.d.next = self.answers_frame.q.val();
        if self.phase.q.val() == Phase::Fetching {
            self.answers_frame.d.next = true;
        }
        if self.nack.val() {
            self.answers_frame.d.next = self.phase.q.val() == Phase::Judging;
            self.keeps.d.next = false;
            self.shape.d.next = Shape::Nack;
            self.composer.start.next = true;
            self.phase.d.next = Phase::Answering;
        }

        self.loaded.next = self.is_loaded.q.val();
        self.ticked.next = self.counters.tick.val();
        self.link_error.next = self.link.bad_frame.val() | self.link.dropped_frame.val();
    }
}
