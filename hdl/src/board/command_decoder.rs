//! Decodes the head of a frame: the command, its arguments, and errors of its form.

use rust_hdl::prelude::*;
use spec::core::CoreConfiguration;
use spec::image::SectionKind;
use spec::wire::{ErrorCode, PROTOCOL_VERSION, READ_MAX_WORDS, command_bytes, opcode};

use crate::setting::Setting;

/// Bytes of sequence number, opcode, and the longest payload of fixed length.
pub const HEAD_BYTES: usize = 7;
/// Cycles until a frame's head has been decoded.
pub const DECODE_CYCLES: u64 = 3;
/// Bytes of the offset in a load.
const OFFSET_BYTES: u64 = command_bytes::LOAD as u64;

/// Mirrors [`spec::wire::Command::decode`], and refuses commands that need a network while there is none. The command is valid
/// one cycle after its head, `refused`, `code` and `detail` three cycles after it, all else immediately.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `head`, `payload_length` | in | 56, 8 | first [`HEAD_BYTES`] bytes, the first lowest; length of the payload |
/// | `loaded` | in | 1 | a network is loaded |
/// | `number`, `command` | out | 8, 8 | sequence number, opcode |
/// | `is_hello` to `is_status` | out | 1 each | which command |
/// | `section`, `lane`, `address`, `n_words`, `offset` | out | 8, 8, 16, 8, 32 | its arguments |
/// | `refused`, `code` | out | 1, 4 | the command is refused, and why |
/// | `detail` | out | 16 | the detail of the reason, or of a read beyond its memory |
#[derive(LogicBlock, Default)]
pub struct CommandDecoder {
    pub clock: Signal<In, Clock>,
    pub head: Signal<In, Bits<56>>,
    pub payload_length: Signal<In, Bits<8>>,
    pub loaded: Signal<In, Bit>,
    pub number: Signal<Out, Bits<8>>,
    pub command: Signal<Out, Bits<8>>,
    pub is_hello: Signal<Out, Bit>,
    pub is_load: Signal<Out, Bit>,
    pub is_read: Signal<Out, Bit>,
    pub is_verify: Signal<Out, Bit>,
    pub is_restart: Signal<Out, Bit>,
    pub is_events: Signal<Out, Bit>,
    pub is_tick: Signal<Out, Bit>,
    pub is_status: Signal<Out, Bit>,
    pub section: Signal<Out, Bits<8>>,
    pub lane: Signal<Out, Bits<8>>,
    pub address: Signal<Out, Bits<16>>,
    pub n_words: Signal<Out, Bits<8>>,
    pub offset: Signal<Out, Bits<32>>,
    pub refused: Signal<Out, Bit>,
    pub code: Signal<Out, Bits<4>>,
    pub detail: Signal<Out, Bits<16>>,

    is_unknown: DFF<Bit>,
    wrong_version: DFF<Bit>,
    wrong_lane: DFF<Bit>,
    lacks_network: DFF<Bit>,
    wrong_section: DFF<Bit>,
    wrong_length: DFF<Bit>,
    is_refused: DFF<Bit>,
    reason: DFF<Bits<4>>,
    said: DFF<Bits<16>>,
    opcode_here: Signal<Local, Bits<8>>,
    first: Signal<Local, Bits<8>>,
    second: Signal<Local, Bits<8>>,
    last: Signal<Local, Bits<8>>,
    word: Signal<Local, Bits<16>>,
    hello: DFF<Bit>,
    load: DFF<Bit>,
    read: DFF<Bit>,
    verify: DFF<Bit>,
    restart: DFF<Bit>,
    events: DFF<Bit>,
    tick: DFF<Bit>,
    status: DFF<Bit>,
    needs_network: Signal<Local, Bit>,
    version: Setting<Bits<8>>,
    offset_bytes: Setting<Bits<8>>,
    read_max: Setting<Bits<8>>,
    last_section: Setting<Bits<8>>,
    core_lanes: Setting<Bits<8>>,
    op_hello: Setting<Bits<8>>,
    op_load: Setting<Bits<8>>,
    op_read: Setting<Bits<8>>,
    op_verify: Setting<Bits<8>>,
    op_restart: Setting<Bits<8>>,
    op_events: Setting<Bits<8>>,
    op_tick: Setting<Bits<8>>,
    op_status: Setting<Bits<8>>,
    unsupported_version: Setting<Bits<4>>,
    unknown_opcode: Setting<Bits<4>>,
    bad_length: Setting<Bits<4>>,
    no_image: Setting<Bits<4>>,
    bad_address: Setting<Bits<4>>,
}

impl CommandDecoder {
    /// For a core of these sizes.
    #[must_use]
    pub fn new(core: &CoreConfiguration) -> Self {
        // An answer repeats the low four bits of the opcode.
        const { assert!(opcode::STATUS < 16) }
        let byte = |value: u8| Setting::new(u64::from(value));
        let code = |code: ErrorCode| Setting::new(u64::from(code as u8));
        Self {
            version: byte(PROTOCOL_VERSION),
            offset_bytes: Setting::new(OFFSET_BYTES),
            read_max: Setting::new(READ_MAX_WORDS as u64),
            last_section: byte(SectionKind::ALL.len() as u8),
            core_lanes: byte(core.lanes),
            op_hello: byte(opcode::HELLO),
            op_load: byte(opcode::LOAD),
            op_read: byte(opcode::READ),
            op_verify: byte(opcode::VERIFY),
            op_restart: byte(opcode::RESTART),
            op_events: byte(opcode::EVENTS),
            op_tick: byte(opcode::TICK),
            op_status: byte(opcode::STATUS),
            unsupported_version: code(ErrorCode::UnsupportedVersion),
            unknown_opcode: code(ErrorCode::UnknownOpcode),
            bad_length: code(ErrorCode::BadLength),
            no_image: code(ErrorCode::NoImage),
            bad_address: code(ErrorCode::BadAddress),
            ..Default::default()
        }
    }
}

impl Logic for CommandDecoder {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, is_refused, reason, said);
        dff_setup!(self, clock, is_unknown, wrong_version, wrong_lane, lacks_network, wrong_section, wrong_length);
        dff_setup!(self, clock, hello, load, read, verify, restart, events, tick, status);
        self.opcode_here.next = self.head.val().get_bits::<8>(8);
        self.first.next = self.head.val().get_bits::<8>(16);
        self.second.next = self.head.val().get_bits::<8>(24);
        self.word.next = self.head.val().get_bits::<16>(32);
        self.last.next = self.head.val().get_bits::<8>(48);
        self.number.next = self.head.val().get_bits::<8>(0);
        self.offset.next = self.head.val().get_bits::<32>(16);
        self.hello.d.next = self.opcode_here.val() == self.op_hello.val();
        self.load.d.next = self.opcode_here.val() == self.op_load.val();
        self.read.d.next = self.opcode_here.val() == self.op_read.val();
        self.verify.d.next = self.opcode_here.val() == self.op_verify.val();
        self.restart.d.next = self.opcode_here.val() == self.op_restart.val();
        self.events.d.next = self.opcode_here.val() == self.op_events.val();
        self.tick.d.next = self.opcode_here.val() == self.op_tick.val();
        self.status.d.next = self.opcode_here.val() == self.op_status.val();

        self.needs_network.next = (self.read.q.val() | self.verify.q.val())
            | ((self.restart.q.val() | self.events.q.val()) | self.tick.q.val());
        self.is_unknown.d.next =
            !((self.needs_network.val() | self.hello.q.val()) | (self.load.q.val() | self.status.q.val()));
        self.wrong_version.d.next = self.hello.q.val() & (self.first.val() != self.version.val());
        self.wrong_lane.d.next =
            (self.read.q.val() | self.verify.q.val()) & (self.second.val() >= self.core_lanes.val());
        self.lacks_network.d.next = self.needs_network.val() & !self.loaded.val();
        self.wrong_section.d.next = (self.read.q.val() | self.verify.q.val())
            & (!self.first.val().any() | (self.first.val() > self.last_section.val()));
        self.wrong_length.d.next = (self.restart.q.val() | self.status.q.val()) & self.payload_length.val().any();
        if self.hello.q.val() {
            self.wrong_length.d.next = self.payload_length.val() != bits::<8>(1);
        }
        if self.load.q.val() {
            self.wrong_length.d.next = self.payload_length.val() <= self.offset_bytes.val();
        }
        if self.read.q.val() {
            self.wrong_length.d.next = (self.payload_length.val() != bits::<8>(5))
                | (!self.last.val().any() | (self.last.val() > self.read_max.val()));
        }
        if self.verify.q.val() {
            self.wrong_length.d.next = self.payload_length.val() != bits::<8>(2);
        }
        if self.events.q.val() | self.tick.q.val() {
            self.wrong_length.d.next = self.payload_length.val().get_bit(0);
        }

        // The last reason below that applies is reported: errors of the form override others.
        self.is_refused.d.next = self.is_unknown.q.val();
        self.reason.d.next = self.unknown_opcode.val();
        self.said.d.next = bit_cast::<16, 8>(self.opcode_here.val());
        if self.read.q.val() {
            self.said.d.next = self.word.val();
        }
        if self.wrong_version.q.val() {
            self.is_refused.d.next = true;
            self.reason.d.next = self.unsupported_version.val();
            self.said.d.next = bit_cast::<16, 8>(self.version.val());
        }
        if self.wrong_lane.q.val() {
            self.is_refused.d.next = true;
            self.reason.d.next = self.bad_address.val();
            if !self.read.q.val() {
                self.said.d.next = 0.into();
            }
        }
        if self.lacks_network.q.val() {
            self.is_refused.d.next = true;
            self.reason.d.next = self.no_image.val();
            self.said.d.next = 0.into();
        }
        if self.wrong_section.q.val() {
            self.is_refused.d.next = true;
            self.reason.d.next = self.bad_address.val();
            self.said.d.next = 0.into();
        }
        if self.wrong_length.q.val() {
            self.is_refused.d.next = true;
            self.reason.d.next = self.bad_length.val();
            self.said.d.next = bit_cast::<16, 8>(self.payload_length.val());
        }

        self.detail.next = self.said.q.val();
        self.refused.next = self.is_refused.q.val();
        self.code.next = self.reason.q.val();
        self.command.next = self.opcode_here.val();
        self.section.next = self.first.val();
        self.lane.next = self.second.val();
        self.address.next = self.word.val();
        self.n_words.next = self.last.val();
        self.is_hello.next = self.hello.q.val();
        self.is_load.next = self.load.q.val();
        self.is_read.next = self.read.q.val();
        self.is_verify.next = self.verify.q.val();
        self.is_restart.next = self.restart.q.val();
        self.is_events.next = self.events.q.val();
        self.is_tick.next = self.tick.q.val();
        self.is_status.next = self.status.q.val();
    }
}
