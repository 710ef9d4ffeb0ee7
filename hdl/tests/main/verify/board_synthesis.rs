//! Synthesis of whole boards: no latches, no loops, no undriven wires, and every memory and multiplier in the intended cells.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hdl::board::{Board, BoardSettings};
use hdl::ram::RamStyle;
use hdl::technology::Technology;
use rust_hdl::prelude::Block as _;
use spec::board::board_named;
use spec::core::CoreConfiguration;
use tools::workspace::build_directory;
use tools::{Environment, ToolError, Yosys};

/// Name of the top module.
const TOP: &str = "top";
/// The multipliers of the neuron update.
const MULTIPLIERS: [&str; 3] = ["synaptic", "membrane", "adapting"];
/// Bits of a row pointer, a sum, a score, a queued event or spike word, and a synapse.
const WORD_BITS: usize = 16;

/// Kind and number of cells, by the path of their memory or block.
type Cells = BTreeMap<String, (&'static str, usize)>;

/// A memory cell.
struct MemoryCell {
    name: &'static str,
    /// Words and bits per word, for each configuration of the cell.
    shapes: &'static [(usize, usize)],
}

const SB_RAM40_4K: MemoryCell =
    MemoryCell { name: "SB_RAM40_4K", shapes: &[(256, 16), (512, 8), (1024, 4), (2048, 2)] };
const SB_SPRAM256KA: MemoryCell = MemoryCell { name: "SB_SPRAM256KA", shapes: &[(16 * 1024, 16)] };
const DP16KD: MemoryCell = MemoryCell {
    name: "DP16KD",
    shapes: &[(512, 36), (1024, 18), (2 * 1024, 9), (4 * 1024, 4), (8 * 1024, 2), (16 * 1024, 1)],
};
const TRELLIS_DPR16X4: MemoryCell = MemoryCell { name: "TRELLIS_DPR16X4", shapes: &[(16, 4)] };

impl MemoryCell {
    /// The cell of a family for a style.
    fn of(technology: Technology, style: RamStyle) -> &'static Self {
        match (technology, style) {
            (Technology::Ice40Up5k, RamStyle::Block | RamStyle::Narrow(_)) => &SB_RAM40_4K,
            (Technology::Ice40Up5k, RamStyle::Huge) => &SB_SPRAM256KA,
            (Technology::Ecp5, RamStyle::Block | RamStyle::Narrow(_)) => &DP16KD,
            (Technology::Ecp5, RamStyle::Distributed) => &TRELLIS_DPR16X4,
            (technology, style) => panic!("{technology:?} has no {style:?} memory"),
        }
    }

    /// The fewest cells that make up a memory.
    fn count(&self, words: usize, bits: usize) -> usize {
        let counts = self.shapes.iter().map(|(depth, width)| words.div_ceil(*depth) * bits.div_ceil(*width));
        counts.min().unwrap_or_default()
    }
}

/// The synthesis of a family, and its cells.
struct Flow {
    technology: Technology,
    multiplier: &'static str,
    cells: &'static [&'static str],
}

impl Flow {
    fn of(technology: Technology) -> Self {
        match technology {
            Technology::Ice40Up5k => {
                Self { technology, multiplier: "SB_MAC16", cells: &["SB_RAM40_4K", "SB_SPRAM256KA", "SB_MAC16"] }
            }
            Technology::Ecp5 => {
                Self { technology, multiplier: "MULT18X18D", cells: &["DP16KD", "TRELLIS_DPR16X4", "MULT18X18D"] }
            }
            Technology::Gowin | Technology::Xilinx7 => panic!("the cells of {technology:?} are not listed here"),
        }
    }

    /// Maps memories and multipliers to cells; the rest is logic, which is not mapped further.
    fn script(&self) -> String {
        let mut script = checks();
        // A memory that remains here would become flip-flops.
        let command = self.technology.synthesis_command().expect("the families here are synthesized by Yosys");
        script += &format!("{command} -top {TOP} -run begin:map_ffram\n");
        script += "select -assert-none m:* t:$mem*\n";
        // With `-dsp`, Yosys would take the registers out of existing cells.
        for register in ["A_REG", "B_REG", "PIPELINE_16x16_MULT_REG2"] {
            script += &format!("select -assert-none t:SB_MAC16 r:{register}=1'b0 %i\n");
        }
        for cell in self.cells {
            script += &format!("tee -o {cell}.txt select -list t:{cell}\n");
        }
        script
    }

    /// The cells of a board with this core.
    fn expected(&self, core: &CoreConfiguration) -> Cells {
        let mut cells = Cells::new();
        let mut memory = |path: String, style: RamStyle, words: usize, bits: usize| {
            let cell = MemoryCell::of(self.technology, style);
            let part = style.part_bits(words, bits);
            cells.insert(path, (cell.name, bits.div_ceil(part) * cell.count(words, part)));
        };
        let n_synapses = usize::from(core.synapse_words_per_lane);
        let (small, synapses) = (self.technology.small_memory(), self.technology.synapse_memory(n_synapses));
        let rows = self.technology.row_memory();
        let neurons = usize::from(core.neurons_per_lane);
        // One pointer more than rows; even and odd ones are separate.
        let row_pointers = usize::from(core.channels) + core.neurons() as usize + 1;
        for lane in 0..core.lanes {
            let mut memory = |path: &str, style, words, bits| {
                memory(format!("core.lanes${lane}.{path}"), style, words, bits);
            };
            memory("synapses", synapses, n_synapses, WORD_BITS);
            memory("row_fetch.even", rows, row_pointers.div_ceil(2), WORD_BITS);
            memory("row_fetch.odd", rows, row_pointers / 2, WORD_BITS);
            for pair in ["decays", "record_levels", "record_options"] {
                memory(&format!("neurons.{pair}"), RamStyle::Block, neurons, 2 * WORD_BITS);
            }
            memory("neurons.adaptation_decays", RamStyle::Block, neurons, WORD_BITS);
            memory("neurons.levels", RamStyle::Block, neurons, 2 * WORD_BITS);
            // The adaptation, the refractory ticks left, and whether there are any.
            memory("neurons.after_effects", RamStyle::Block, neurons, WORD_BITS + 4 + 1);
            memory("accumulator.bank_0", small, neurons, WORD_BITS);
            memory("accumulator.bank_1", small, neurons, WORD_BITS);
            // A single lane needs no row occupancy.
            if core.lanes > 1 {
                memory("row_occupancy.words", small, neurons, 8);
            }
            memory("spike_rows.queue.words", small, 256, WORD_BITS);
            memory("events.words", small, 64, WORD_BITS);
            memory("scores", small, 16, WORD_BITS);
        }
        memory("counters.halves".to_owned(), small, 20, WORD_BITS);
        // Two frames, the answers kept, and one that is not.
        let frames = self.technology.frame_memory(n_synapses);
        memory("link.decoder.buffers".to_owned(), frames, 2 * 256, 8);
        memory("link.store.memory".to_owned(), frames, (usize::from(core.replay_frames) + 1) * 256, 8);
        for lane in 0..core.lanes {
            for product in MULTIPLIERS {
                cells.insert(format!("core.lanes${lane}.lif_element.{product}"), (self.multiplier, 1));
            }
        }
        cells
    }

    /// The cells that the script listed.
    fn found(&self, folder: &Path) -> Cells {
        let mut found = Cells::new();
        for cell in self.cells {
            let listed = fs::read_to_string(folder.join(format!("{cell}.txt"))).unwrap();
            for name in listed.lines().filter_map(|line| line.strip_prefix(TOP)?.strip_prefix('/')) {
                let entry = found.entry(origin(name)).or_insert((*cell, 0));
                assert_eq!(entry.0, *cell, "{name} has two kinds of cells");
                entry.1 += 1;
            }
        }
        found
    }
}

/// The path of the memory or block of a cell.
fn origin(cell: &str) -> String {
    // `path.mem.0.1` for memories; `$flatten\a.\b.$mul$` and a source location for other cells.
    let path = cell.strip_prefix("$flatten").map(|path| path.split(".$mul").next().unwrap_or(path));
    let path = path.or_else(|| cell.rsplit_once(".mem.").map(|(path, _)| path)).unwrap_or(cell);
    let path = path.split(".part[").next().unwrap_or(path);
    let path = path.strip_suffix(".product_of").unwrap_or(path);
    path.replace('\\', "")
}

/// Reads `top.v`; fails on a latch, a loop, or a wire with no driver or several.
fn checks() -> String {
    // Traces are for simulation only.
    format!(
        "read_verilog -lib +/ice40/cells_sim.v\n\
         read_verilog -lib +/ecp5/cells_bb.v\n\
         read_verilog {TOP}.v\n\
         hierarchy -check -top {TOP}\n\
         proc\n\
         flatten\n\
         delete -port {TOP}/w:trace*\n\
         check -nolatches -assert\n"
    )
}

/// Finds Yosys. Where it is missing, the test is skipped with a message, except on CI.
fn yosys() -> Option<Yosys> {
    tools::found_or_skipped("synthesis", Yosys::find(&Environment::of(&build_directory())))
}

/// Creates a folder with this Verilog only.
fn folder(name: &str, verilog: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("synthesis").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{TOP}.v")), verilog).unwrap();
    folder
}

/// Synthesizes a board and compares its cells.
fn synthesizes(name: &str) {
    let Some(yosys) = yosys() else { return };
    let settings = BoardSettings::of(board_named(name).unwrap());
    let mut board = Board::new(&settings);
    board.connect_all();
    let verilog = hdl::emit::verilog(&board, TOP).unwrap_or_else(|error| panic!("{error}"));
    let folder = folder(name, &verilog);
    let flow = Flow::of(settings.technology);
    yosys.run(&flow.script(), &folder).unwrap_or_else(|error| panic!("{error}"));

    let (found, expected) = (flow.found(&folder), flow.expected(&settings.core));
    for cell in flow.cells {
        let n_cells: usize = found.values().filter(|(name, _)| name == cell).map(|(_, count)| count).sum();
        println!("{name}: {n_cells} {cell}");
    }
    let paths = found.keys().chain(expected.keys().filter(|path| !found.contains_key(*path)));
    let differences: Vec<String> = paths
        .filter(|path| found.get(*path) != expected.get(*path))
        .map(|path| format!("{path}: {:?}, expected {:?}", found.get(path), expected.get(path)))
        .collect();
    assert!(differences.is_empty(), "{name}: cells differ:\n{}", differences.join("\n"));
}

#[test]
fn icebreaker_has_the_expected_cells() {
    synthesizes("icebreaker");
}

#[test]
fn ulx3s_25f_has_the_expected_cells() {
    synthesizes("ulx3s-25f");
}

#[test]
fn ulx3s_85f_has_the_expected_cells() {
    synthesizes("ulx3s-85f");
}

#[test]
fn latches_loops_and_wires_without_a_single_driver_are_faults() {
    let cases = [
        ("latch", "module top(input a, input b, output reg y); always @(*) if (a) y = b; endmodule", "latch"),
        (
            "loop",
            "module top(input a, output y); wire p, q; assign p = ~(q & a); assign q = p | a; assign y = q; endmodule",
            "found logic loop",
        ),
        ("undriven", "module top(input a, output y); wire p; assign y = a & p; endmodule", "no driver"),
        (
            "drivers",
            "module top(input a, input b, output y); assign y = ~a; assign y = ~b; endmodule",
            "multiple conflicting drivers",
        ),
    ];
    let Some(yosys) = yosys() else { return };
    for (name, verilog, said) in cases {
        match yosys.run(&checks(), &folder(name, verilog)) {
            Err(ToolError::Failed { end, .. }) => assert!(end.contains(said), "{name}: {end}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_memory_without_a_cell_is_a_fault() {
    // An asynchronous read, which block RAM does not have.
    let verilog = "\
module top(input clock, input write, input [7:0] address, input [15:0] data, output [15:0] y);
    reg [15:0] words [0:255];
    always @(posedge clock) if (write) words[address] <= data;
    assign y = words[address];
endmodule";
    let Some(yosys) = yosys() else { return };
    let flow = Flow::of(Technology::Ice40Up5k);
    match yosys.run(&flow.script(), &folder("flip_flops", verilog)) {
        Err(ToolError::Failed { end, .. }) => assert!(end.contains("top/words"), "{end}"),
        other => panic!("{other:?}"),
    }
}
