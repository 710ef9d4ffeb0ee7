//! Executes commands: the loaded network, the pending events, the counters.

use spec::checksum::crc32;
use spec::core::CoreConfiguration;
use spec::image::{NetworkImage, SectionKind};
use spec::wire::{Answer, Command, Counters, ErrorCode, Frame, HelloAnswer, PROTOCOL_VERSION, TickAnswer, opcode};

use super::loading::{Loading, Progress};
use crate::{Core, TickError};

/// Why a command is refused, with the detail of the code.
pub(super) type Refusal = (ErrorCode, u32);

const NO_IMAGE: Refusal = (ErrorCode::NoImage, 0);

/// The board behind its link.
#[derive(Clone, Debug)]
pub(super) struct Device {
    configuration: CoreConfiguration,
    loading: Option<Loading>,
    network: Option<LoadedNetwork>,
    /// Events of the next tick.
    pending: Vec<u16>,
    counters: Counters,
}

#[derive(Clone, Debug)]
struct LoadedNetwork {
    core: Core,
    /// Contents of the memories: of each lane, one for each of [`SectionKind::ALL`].
    memories: Vec<[Vec<u16>; SectionKind::ALL.len()]>,
    image_crc32: u32,
}

impl Device {
    pub(super) fn new(configuration: CoreConfiguration) -> Self {
        Self { configuration, loading: None, network: None, pending: Vec::new(), counters: Counters::default() }
    }

    /// Executes the command of a frame that the link has accepted.
    pub(super) fn execute_frame(&mut self, frame: &Frame) -> Result<Answer, Refusal> {
        let result = Command::decode(frame.opcode, &frame.payload).and_then(|command| self.execute(command));
        if frame.opcode == opcode::LOAD && result.is_err() {
            self.loading = None;
        }
        result
    }

    fn execute(&mut self, command: Command) -> Result<Answer, Refusal> {
        match command {
            Command::HELLO => Ok(Answer::Hello(HelloAnswer {
                version: PROTOCOL_VERSION,
                core: self.configuration,
                clock_hz: 0,
                image_crc32: self.network.as_ref().map_or(0, |network| network.image_crc32),
            })),
            Command::Hello { .. } => Err((ErrorCode::UnsupportedVersion, u32::from(PROTOCOL_VERSION))),
            Command::Load { offset, bytes } => self.load(offset, &bytes),
            Command::Read { section, lane, address, n_words } => {
                let bad_address = (ErrorCode::BadAddress, u32::from(address));
                let memory = self.network()?.memory(section, lane).ok_or(bad_address)?;
                let start = usize::from(address);
                let words = memory.get(start..start + usize::from(n_words)).ok_or(bad_address)?;
                Ok(Answer::Read(words.to_vec()))
            }
            Command::Verify { section, lane } => {
                let memory = self.network()?.memory(section, lane).ok_or((ErrorCode::BadAddress, 0))?;
                let bytes: Vec<u8> = memory.iter().flat_map(|word| word.to_le_bytes()).collect();
                Ok(Answer::Verify { n_words: memory.len() as u32, crc32: crc32(&bytes) })
            }
            Command::Restart => {
                self.network.as_mut().ok_or(NO_IMAGE)?.core.restart();
                self.pending.clear();
                Ok(Answer::Restart)
            }
            Command::Events(channels) => {
                self.add_events(&channels)?;
                Ok(Answer::Events { n_pending: self.pending.len() as u16 })
            }
            Command::Tick(channels) => {
                self.add_events(&channels)?;
                self.tick()
            }
            Command::Status => Ok(Answer::Status(self.counters)),
        }
    }

    pub(super) fn core(&self) -> Option<&Core> {
        self.network.as_ref().map(|network| &network.core)
    }

    pub(super) fn count_bad_frame(&mut self) {
        count(&mut self.counters.bad_frames, 1);
    }

    pub(super) fn count_out_of_sequence(&mut self) {
        count(&mut self.counters.out_of_sequence, 1);
    }

    fn network(&self) -> Result<&LoadedNetwork, Refusal> {
        self.network.as_ref().ok_or(NO_IMAGE)
    }

    fn load(&mut self, offset: u32, chunk: &[u8]) -> Result<Answer, Refusal> {
        if offset == 0 {
            self.network = None;
            self.pending.clear();
            self.loading = Some(Loading::new(self.configuration));
        }
        let loading = self.loading.take().ok_or((ErrorCode::LoadGap, 0))?;
        if loading.next_offset() != offset {
            return Err((ErrorCode::LoadGap, loading.next_offset()));
        }
        let next_offset = match loading.push(chunk)? {
            Progress::Unfinished(loading) => self.loading.insert(loading).next_offset(),
            Progress::Complete { image, n_bytes, crc32 } => {
                self.network = Some(LoadedNetwork::new(&image, crc32));
                n_bytes
            }
        };
        Ok(Answer::Load { next_offset })
    }

    /// Adds the events of a frame to the pending ones, all or none.
    fn add_events(&mut self, channels: &[u16]) -> Result<(), Refusal> {
        let core = &self.network.as_ref().ok_or(NO_IMAGE)?.core;
        core.check_events(self.pending.last().copied(), channels).map_err(refusal_of)?;
        self.pending.extend(channels);
        Ok(())
    }

    fn tick(&mut self) -> Result<Answer, Refusal> {
        let core = &mut self.network.as_mut().ok_or(NO_IMAGE)?.core;
        let outcome = core.tick(&self.pending).map_err(refusal_of)?;
        count(&mut self.counters.ticks, 1);
        count(&mut self.counters.events, self.pending.len() as u32);
        count(&mut self.counters.spikes, outcome.spikes.len() as u32);
        count(&mut self.counters.synaptic_events, outcome.synaptic_events);
        self.pending.clear();
        Ok(Answer::Tick(TickAnswer {
            tick: outcome.tick,
            class: outcome.class,
            tick_overrun: false,
            n_spikes: outcome.spikes.len() as u16,
            scores: outcome.scores.to_vec(),
        }))
    }
}

impl LoadedNetwork {
    fn new(image: &NetworkImage, image_crc32: u32) -> Self {
        let lanes = 0..image.lanes.len() as u8;
        Self {
            core: Core::of(image),
            memories: lanes.map(|lane| SectionKind::ALL.map(|section| image.section_words(section, lane))).collect(),
            image_crc32,
        }
    }

    fn memory(&self, section: SectionKind, lane: u8) -> Option<&[u16]> {
        let memories = self.memories.get(usize::from(lane))?;
        SectionKind::ALL.iter().zip(memories).find_map(|(kind, memory)| (*kind == section).then_some(&memory[..]))
    }
}

fn refusal_of(error: TickError) -> Refusal {
    match error {
        TickError::NoSuchChannel { channel, .. } => (ErrorCode::BadChannel, u32::from(channel)),
        TickError::Order { channel, .. } => (ErrorCode::EventOrder, u32::from(channel)),
    }
}

fn count(counter: &mut u32, more: u32) {
    *counter = counter.wrapping_add(more);
}
