//! Instrumented models, to measure the tests: with coverage counters, or with faults of which one is enabled at run time.

use std::fs;
use std::path::Path;

use tools::{Environment, Yosys};

use crate::tops::Top;
use crate::variables;

/// The instrumented tops, and the modules that get no fault: the board's core is the other top.
const TOPS: [(&str, Option<&str>); 2] = [("core_small", None), ("board_small", Some("board_small$core"))];

/// Bits of a fault's number, and the port that enables it; 0 enables none.
const FAULT_BITS: u32 = 12;
const FAULT_PORT: &str = "mutsel";

/// Faults drawn for each that is kept; the others are in excluded modules.
const DRAWN: usize = 12;

/// Flags for Yosys's Verilog, which follows no style rules.
const FAULT_FLAGS: [&str; 3] = ["-Wno-lint", "-Wno-style", "-Wno-fatal"];
/// Counters tie the lines of a block together, so that Verilator sees loops between independent blocks.
const COVERAGE_FLAGS: [&str; 3] = ["--coverage-line", "--coverage-toggle", "-Wno-UNOPTFLAT"];

/// The instrumentation of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instrument {
    /// None.
    None,
    /// Line and toggle counters.
    Coverage,
    /// Faults.
    Faults {
        /// How many, for each of [`TOPS`].
        counts: [usize; TOPS.len()],
        /// Seed of their choice.
        seed: u32,
    },
}

impl Instrument {
    /// Reads [`variables::INSTRUMENT`]: `coverage`, or `mutants:COUNT:COUNT:SEED` with a count for each top.
    ///
    /// # Errors
    /// It has another value.
    pub fn chosen() -> Result<Self, String> {
        let Ok(text) = std::env::var(variables::INSTRUMENT) else { return Ok(Self::None) };
        let faults = |words: &[&str]| {
            let ["mutants", core, board, seed] = words else { return None };
            let counts = [core.parse().ok()?, board.parse().ok()?];
            let fits = counts.iter().all(|count| *count < 1 << FAULT_BITS);
            Some(Self::Faults { counts, seed: seed.parse().ok()? }).filter(|_| fits)
        };
        match text.split(':').collect::<Vec<_>>()[..] {
            ["coverage"] => Ok(Self::Coverage),
            ref words => faults(words).ok_or_else(|| {
                format!("{}={text}: expected `coverage` or `mutants:COUNT:COUNT:SEED`", variables::INSTRUMENT)
            }),
        }
    }

    /// Additional flags of Verilator for a top.
    pub fn flags(self, top: &Top) -> &'static [&'static str] {
        match self {
            _ if !is_instrumented(top) => &[],
            Self::None => &[],
            Self::Coverage => &COVERAGE_FLAGS,
            Self::Faults { .. } => &FAULT_FLAGS,
        }
    }

    /// Whether a top has counters.
    pub fn counts(self, top: &Top) -> bool {
        self == Self::Coverage && is_instrumented(top)
    }

    /// Inserts the faults into the tops; writes their lists and the Verilog to `mutants` in the build directory.
    ///
    /// # Errors
    /// Errors of Yosys.
    pub fn add_faults(self, tops: &mut [Top], build_directory: &Path) -> Result<(), String> {
        let Self::Faults { counts, seed } = self else { return Ok(()) };
        let yosys = Yosys::find(&Environment::of(build_directory))?;
        for ((name, left_out), count) in TOPS.into_iter().zip(counts) {
            let Some(top) = tops.iter_mut().find(|top| top.name == name) else { continue };
            let folder = build_directory.join("mutants").join(name);
            let file = |error: std::io::Error| format!("{}: {error}", folder.display());
            fs::create_dir_all(&folder).map_err(file)?;
            fs::write(folder.join("source.v"), &top.verilog).map_err(file)?;
            // Unused and constant logic is removed, so that no fault is drawn there.
            let optimize = "opt -full\nwreduce\nopt -full\nopt_clean -purge";
            let read = format!("read_verilog -DVERILATOR source.v\nprep -flatten -top {name}\n{optimize}\n");
            let memories = "tee -q -o memories.txt select -list t:$mem*";
            // The netlist is kept for comparison with one that has a fault.
            let draw = format!(
                "{read}{memories}\nwrite_rtlil netlist.il\nmutate -list {} -seed {seed} -o drawn.txt\n",
                DRAWN * count
            );
            yosys.run(&draw, &folder)?;
            let drawn = fs::read_to_string(folder.join("drawn.txt")).map_err(file)?;
            let memories = fs::read_to_string(folder.join("memories.txt")).map_err(file)?;
            // Yosys accepts no memory with a fault.
            let memories: Vec<String> = memories
                .lines()
                .filter_map(|line| line.split_once('/').map(|(_, cell)| format!("-cell {cell} ")))
                .collect();
            let is_kept = |line: &&str| {
                let number = source_line(line).filter(|number| !is_for_simulators(&top.verilog, *number));
                let module = number.and_then(|number| module_at(&top.verilog, number));
                let is_left_out = |module: &str| left_out.is_some_and(|name| module.starts_with(name));
                let line = line.replace('\\', "");
                module.is_some_and(|module| !is_left_out(module)) && !memories.iter().any(|cell| line.contains(cell))
            };
            let kept: Vec<&str> = drawn.lines().filter(is_kept).take(count).collect();
            fs::write(folder.join("faults.txt"), kept.join("\n")).map_err(file)?;
            let faults = kept.iter().zip(1..).filter_map(|(line, number)| {
                Some(format!("mutate -ctrl {FAULT_PORT} {FAULT_BITS} {number} {}\n", line.strip_prefix("mutate ")?))
            });
            let script = format!("{read}{}write_verilog -noattr faulty.v\n", faults.collect::<String>());
            yosys.run(&script, &folder)?;
            top.verilog = fs::read_to_string(folder.join("faulty.v")).map_err(file)?;
        }
        Ok(())
    }
}

/// The first source line of a fault.
fn source_line(fault: &str) -> Option<usize> {
    fault.split_once("-src source.v:")?.1.split('.').next()?.parse().ok()
}

/// Whether only simulators see a line of Verilog: models of cells, and the undefined words of memories.
fn is_for_simulators(verilog: &str, number: usize) -> bool {
    let before: Vec<&str> = verilog.lines().take(number).collect();
    let directive = before.iter().rev().map(|line| line.trim()).find(|line| line.starts_with('`'));
    directive.is_some_and(|directive| directive == "`ifdef VERILATOR")
}

/// The module of a line of Verilog.
fn module_at(verilog: &str, number: usize) -> Option<&str> {
    let before: Vec<&str> = verilog.lines().take(number).collect();
    before.iter().rev().find_map(|line| line.strip_prefix("module ")?.split('(').next())
}

fn is_instrumented(top: &Top) -> bool {
    TOPS.iter().any(|(name, _)| *name == top.name)
}
