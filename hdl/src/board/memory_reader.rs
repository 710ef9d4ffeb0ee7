//! Reads words of the image back, and computes the checksum of a memory.

use rust_hdl::prelude::*;
use spec::core::MEMORY_READ_CYCLES;
use spec::image::SectionKind;
use spec::wire::READ_MAX_WORDS;

use crate::setting::Setting;

/// The reader's state.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
enum Phase {
    Idle,
    Measuring,
    Checking,
    Asking,
    LowValid,
    Low,
    HighValid,
    High,
}

/// Cycles of a request after which the word is valid in the next two cycles.
const ASK_CYCLES: u64 = MEMORY_READ_CYCLES as u64 - 2;
const WAIT_CYCLES: u64 = MEMORY_READ_CYCLES as u64 + 1;
const ROWS: u64 = SectionKind::Rows as u64;
const SYNAPSES: u64 = SectionKind::Synapses as u64;

/// Determines the length of a memory, then checks that words are within it, or computes the checksum of all.
///
/// | port | direction | width | |
/// | --- | --- | --- | --- |
/// | `start`, `verify` | in | 1, 1 | strobe: start; compute the checksum instead of checking bounds. Hold all inputs until `done` |
/// | `section`, `lane` | in | 8, 8 | which memory; it must exist |
/// | `address`, `n_words` | in | 16, 8 | the words to read |
/// | `size_kind`, `size_words` | out, in | 2, 16 | requests the number of words of neurons or rows, valid two cycles later |
/// | `n_rows` | in | 16 | rows of the network |
/// | `measuring` | out | 1 | the request above is active |
/// | `core_works` | in | 1 | the core is busy; its memories cannot be read |
/// | `done`, `outside` | out | 1, 1 | strobe; and a word is beyond the memory |
/// | `memory_words` | out | 16 | words in the memory |
/// | `answering`, `advance` | in | 1, 1 | reads the first word; strobe: reads the next one |
/// | `reading`, `read_kind`, `read_address`, `word` | out, out, out, in | 1, 2, 16, 16 | to the core |
/// | `crc_first`, `crc_valid`, `crc_data` | out | 1, 1, 8 | bytes of the memory for a checksum, one cycle after `crc_valid` |
///
/// Bounds are checked word by word, a cycle each.
#[derive(LogicBlock, Default)]
pub struct MemoryReader {
    pub clock: Signal<In, Clock>,
    pub start: Signal<In, Bit>,
    pub verify: Signal<In, Bit>,
    pub section: Signal<In, Bits<8>>,
    pub lane: Signal<In, Bits<8>>,
    pub address: Signal<In, Bits<16>>,
    pub n_words: Signal<In, Bits<8>>,
    pub size_kind: Signal<Out, Bits<2>>,
    pub size_words: Signal<In, Bits<16>>,
    pub n_rows: Signal<In, Bits<16>>,
    pub measuring: Signal<Out, Bit>,
    pub core_works: Signal<In, Bit>,
    pub done: Signal<Out, Bit>,
    pub outside: Signal<Out, Bit>,
    pub memory_words: Signal<Out, Bits<16>>,
    pub answering: Signal<In, Bit>,
    pub advance: Signal<In, Bit>,
    pub reading: Signal<Out, Bit>,
    pub read_kind: Signal<Out, Bits<2>>,
    pub read_address: Signal<Out, Bits<16>>,
    pub word: Signal<In, Bits<16>>,
    pub crc_first: Signal<Out, Bit>,
    pub crc_data: Signal<Out, Bits<8>>,
    pub crc_valid: Signal<Out, Bit>,

    phase: DFF<Phase>,
    waited: DFF<Bits<4>>,
    length: DFF<Bits<16>>,
    at: DFF<Bits<16>>,
    left: DFF<Bits<7>>,
    reads: DFF<Bit>,
    at_next: Signal<Local, Bits<16>>,
    is_beyond: Signal<Local, Bit>,
    ask_cycles: Setting<Bits<4>>,
    wait_cycles: Setting<Bits<4>>,
    rows: Setting<Bits<8>>,
    synapses: Setting<Bits<8>>,
}

impl MemoryReader {
    /// A reader.
    #[must_use]
    pub fn new() -> Self {
        const { assert!(READ_MAX_WORDS < 1 << 7) }
        Self {
            ask_cycles: Setting::new(ASK_CYCLES),
            wait_cycles: Setting::new(WAIT_CYCLES),
            rows: Setting::new(ROWS),
            synapses: Setting::new(SYNAPSES),
            ..Default::default()
        }
    }
}

impl Logic for MemoryReader {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, waited, length, at, left, reads);
        self.at_next.next = self.at.q.val() + bits::<16>(1);
        self.is_beyond.next = self.at.q.val() >= self.length.q.val();

        self.done.next = false;
        self.outside.next = false;
        self.measuring.next = self.phase.q.val() != Phase::Idle;
        self.size_kind.next = self.section.val().get_bits::<2>(0);
        if self.section.val() == self.synapses.val() {
            self.size_kind.next = self.rows.val().get_bits::<2>(0);
        }
        self.reads.d.next = (self.phase.q.val() != Phase::Idle) | self.answering.val();
        self.reading.next = self.reads.q.val();
        self.read_kind.next = self.section.val().get_bits::<2>(0);
        self.read_address.next = self.at.q.val();
        self.crc_first.next = false;
        self.crc_valid.next = false;
        self.crc_data.next = self.word.val().get_bits::<8>(0);
        self.waited.d.next = 0.into();

        match self.phase.q.val() {
            Phase::Idle => {
                self.left.d.next = self.n_words.val().get_bits::<7>(0);
                if self.advance.val() {
                    self.at.d.next = self.at_next.val();
                }
                if self.start.val() {
                    self.at.d.next = self.n_rows.val();
                    self.phase.d.next = Phase::Measuring;
                }
            }
            Phase::Measuring => {
                // The last row pointer is the number of synapses.
                self.reads.d.next = !self.core_works.val();
                self.read_kind.next = self.rows.val().get_bits::<2>(0);
                self.length.d.next = self.size_words.val();
                if self.section.val() == self.synapses.val() {
                    self.length.d.next = self.word.val();
                }
                if !self.core_works.val() {
                    self.waited.d.next = self.waited.q.val() + bits::<4>(1);
                }
                if self.waited.q.val() == self.wait_cycles.val() {
                    self.phase.d.next = Phase::Checking;
                    self.at.d.next = self.address.val();
                    if self.verify.val() {
                        self.at.d.next = 0.into();
                    }
                    self.crc_first.next = self.verify.val();
                }
            }
            Phase::Checking => {
                if self.verify.val() {
                    self.phase.d.next = Phase::Asking;
                    if self.is_beyond.val() {
                        self.done.next = true;
                        self.phase.d.next = Phase::Idle;
                    }
                } else if !self.left.q.val().any() {
                    self.at.d.next = self.address.val();
                    self.done.next = true;
                    self.phase.d.next = Phase::Idle;
                } else {
                    self.at.d.next = self.at_next.val();
                    self.left.d.next = self.left.q.val() - bits::<7>(1);
                    if self.is_beyond.val() {
                        self.done.next = true;
                        self.outside.next = true;
                        self.phase.d.next = Phase::Idle;
                    }
                }
            }
            Phase::Asking => {
                self.waited.d.next = self.waited.q.val() + bits::<4>(1);
                if self.waited.q.val() == self.ask_cycles.val() {
                    self.phase.d.next = Phase::LowValid;
                }
            }
            Phase::LowValid => {
                self.crc_valid.next = true;
                self.phase.d.next = Phase::Low;
            }
            Phase::Low => {
                self.phase.d.next = Phase::HighValid;
            }
            Phase::HighValid => {
                self.crc_valid.next = true;
                self.phase.d.next = Phase::High;
            }
            Phase::High => {
                self.crc_data.next = self.word.val().get_bits::<8>(8);
                self.at.d.next = self.at_next.val();
                self.phase.d.next = Phase::Checking;
            }
            _ => {
                self.phase.d.next = Phase::Idle;
            }
        }
        self.memory_words.next = self.length.q.val();
    }
}
