//! What stands beside a bitstream: what it was made of, by what, and how well it came out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use spec::board::Board;
use spec::core::CoreConfiguration;

use crate::error::FlowError;
use crate::files::{self, sha256};
use crate::report::Used;
use crate::sources::Sources;

/// A manifest. It names its sources by hash, not by commit: a commit cannot name itself, and whoever changes what does not
/// end up in the hardware need not build anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The board of `spec::board`.
    pub board: String,
    /// Name of the bitstream, beside the manifest.
    pub file: String,
    /// SHA-256 of the bitstream.
    pub sha256: String,
    /// What makes it again.
    pub command: String,
    /// SHA-256 of the Verilog, as `cargo xtask verilog` writes it.
    pub verilog_sha256: String,
    /// SHA-256 of the constraints.
    pub constraints_sha256: String,
    /// Programs with their versions, in the order in which they run.
    pub tools: Vec<String>,
    /// What they were told: Yosys commands, then arguments.
    pub steps: Vec<String>,
    /// Seed of place and route.
    pub seed: u32,
    /// The board's clocks and what the core could run at.
    pub clock: ClockFacts,
    /// Cells of the chip, by kind.
    pub resources: BTreeMap<String, Used>,
    /// The core.
    pub core: CoreFacts,
}

/// Clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockFacts {
    /// Oscillator of the board.
    pub oscillator_hz: u32,
    /// Clock of the core.
    pub clock_hz: u32,
    /// Clock that the slowest path would allow; none where the tools do not know all delays.
    pub fmax_hz: Option<u64>,
    /// What is known of it.
    pub timing: Timing,
}

/// What is known of the timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timing {
    /// The slowest path is fast enough.
    #[serde(rename = "met")]
    Met,
    /// The tools do not know all delays.
    #[serde(rename = "not certified")]
    NotCertified,
}

/// Sizes of the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreFacts {
    /// Its name.
    pub name: String,
    /// Lanes.
    pub lanes: u8,
    /// Neurons a lane.
    pub neurons_per_lane: u16,
    /// Input channels.
    pub channels: u16,
    /// Synapses a lane.
    pub synapses_per_lane: u16,
    /// Readouts.
    pub readouts: u8,
    /// Answers that are kept.
    pub replay_frames: u8,
}

impl CoreFacts {
    /// Those of the core of a board.
    #[must_use]
    pub fn of(board: &Board) -> Self {
        let CoreConfiguration { lanes, neurons_per_lane, channels, synapse_words_per_lane, readouts, replay_frames } =
            board.core.configuration;
        Self {
            name: board.core.name.to_owned(),
            lanes,
            neurons_per_lane,
            channels,
            synapses_per_lane: synapse_words_per_lane,
            readouts,
            replay_frames,
        }
    }
}

impl Manifest {
    /// Name of the manifest of a board.
    #[must_use]
    pub fn file_name(board: &Board) -> String {
        format!("{}.json", board.name)
    }

    /// The manifest of a board in a folder, if there is one.
    ///
    /// # Errors
    /// It is there and cannot be read, or is none.
    pub fn read(board: &Board, folder: &Path) -> Result<Option<Self>, FlowError> {
        let path = folder.join(Self::file_name(board));
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read(&path)?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| FlowError::Manifest { path, reason: format!("it is no manifest: {error}") })
    }

    /// Writes it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, board: &Board, folder: &Path) -> Result<(), FlowError> {
        let path = folder.join(Self::file_name(board));
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| FlowError::Manifest { path: path.clone(), reason: error.to_string() })?;
        files::write(&path, format!("{text}\n").as_bytes())
    }

    /// Compares it with the bitstream beside it.
    ///
    /// # Errors
    /// A bitstream that is not there or has another hash.
    pub fn check_bitstream(&self, folder: &Path) -> Result<(), FlowError> {
        let path = folder.join(&self.file);
        let found = sha256(&files::read(&path)?);
        if found == self.sha256 {
            return Ok(());
        }
        Err(FlowError::Manifest { path, reason: format!("its hash is {found}, its manifest says {}", self.sha256) })
    }

    /// Whether it was made of these sources.
    #[must_use]
    pub fn is_of(&self, sources: &Sources) -> bool {
        self.verilog_sha256 == sha256(sources.verilog.as_bytes())
            && self.constraints_sha256 == sha256(sources.constraints.text.as_bytes())
    }
}
