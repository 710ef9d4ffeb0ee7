//! What stands beside a bitstream: what it was made of, by what, and how well it came out. Whoever makes bitstreams writes it,
//! and whoever lists boards reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::core::CoreConfiguration;

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

/// Cells of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// In the design.
    pub used: u32,
    /// On the chip.
    pub available: u32,
}

/// Look-up tables, as place and route calls the cells of each family.
const LOOK_UP_TABLES: [&str; 3] = ["ICESTORM_LC", "TRELLIS_COMB", "LUT4"];
/// Block RAMs; those of an iCE40 that have one port alone are none.
const BLOCK_RAMS: [&str; 3] = ["ICESTORM_RAM", "DP16KD", "BSRAM"];
/// Multipliers of 16 bits or more.
const MULTIPLIERS: [&str; 3] = ["ICESTORM_DSP", "MULT18X18D", "MULT18X18"];

impl Manifest {
    /// Name of the manifest of a board.
    #[must_use]
    pub fn file_name(board: &Board) -> String {
        format!("{}.json", board.name)
    }

    /// Look-up tables; none where none is used.
    #[must_use]
    pub fn look_up_tables(&self) -> Option<Used> {
        self.cells(&LOOK_UP_TABLES)
    }

    /// Block RAMs; none where none is used. An iCE40's four RAMs with one port are not among them.
    #[must_use]
    pub fn block_rams(&self) -> Option<Used> {
        self.cells(&BLOCK_RAMS)
    }

    /// Multipliers; none where none is used.
    #[must_use]
    pub fn multipliers(&self) -> Option<Used> {
        self.cells(&MULTIPLIERS)
    }

    fn cells(&self, kinds: &[&str]) -> Option<Used> {
        kinds.iter().find_map(|kind| self.resources.get(*kind)).copied()
    }
}
