//! The manifest of a bitstream: its sources, tools, timing and resources. `flow` writes it, and whatever lists boards reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::core::CoreConfiguration;

/// A manifest. It names its sources by hash, not by commit: a commit cannot name itself, and a change outside the hardware
/// needs no new bitstream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The board of `spec::board`.
    pub board: String,
    /// File name of the bitstream, in the manifest's folder.
    pub file: String,
    /// SHA-256 of the bitstream.
    pub sha256: String,
    /// The command that builds it.
    pub command: String,
    /// SHA-256 of the Verilog, as `cargo xtask verilog` writes it.
    pub verilog_sha256: String,
    /// SHA-256 of the constraints.
    pub constraints_sha256: String,
    /// Programs with their versions, in the order in which they run.
    pub tools: Vec<String>,
    /// Yosys commands, then the arguments of the other programs.
    pub steps: Vec<String>,
    /// Seed of place and route.
    pub seed: u32,
    /// The board's clocks, and the highest clock.
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
    /// The board's oscillator.
    pub oscillator_hz: u32,
    /// The core's clock.
    pub clock_hz: u32,
    /// The highest clock that the slowest path allows; none if the tools do not know all delays.
    pub fmax_hz: Option<u64>,
    /// Whether that is certain.
    pub timing: Timing,
}

/// Whether the timing is met.
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
    /// Neurons per lane.
    pub neurons_per_lane: u16,
    /// Input channels.
    pub channels: u16,
    /// Synapses per lane.
    pub synapses_per_lane: u16,
    /// Readouts.
    pub readouts: u8,
    /// Answers kept for retries.
    pub replay_frames: u8,
}

impl CoreFacts {
    /// The core of a board.
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

/// Cells of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// In the design.
    pub used: u32,
    /// On the chip.
    pub available: u32,
}

/// Look-up tables, as place and route names the cells of each family.
const LOOK_UP_TABLES: [&str; 3] = ["ICESTORM_LC", "TRELLIS_COMB", "LUT4"];
/// Block RAMs; the single-port RAMs of an iCE40 are not counted.
const BLOCK_RAMS: [&str; 3] = ["ICESTORM_RAM", "DP16KD", "BSRAM"];
/// Multipliers of 16 bits or more.
const MULTIPLIERS: [&str; 3] = ["ICESTORM_DSP", "MULT18X18D", "MULT18X18"];

impl Manifest {
    /// File name of a board's manifest.
    #[must_use]
    pub fn file_name(board: &Board) -> String {
        format!("{}.json", board.name)
    }

    /// Look-up tables; none if none is used.
    #[must_use]
    pub fn look_up_tables(&self) -> Option<Used> {
        self.cells(&LOOK_UP_TABLES)
    }

    /// Block RAMs; none if none is used. The four single-port RAMs of an iCE40 are not among them.
    #[must_use]
    pub fn block_rams(&self) -> Option<Used> {
        self.cells(&BLOCK_RAMS)
    }

    /// Multipliers; none if none is used.
    #[must_use]
    pub fn multipliers(&self) -> Option<Used> {
        self.cells(&MULTIPLIERS)
    }

    fn cells(&self, kinds: &[&str]) -> Option<Used> {
        kinds.iter().find_map(|kind| self.resources.get(*kind)).copied()
    }
}
