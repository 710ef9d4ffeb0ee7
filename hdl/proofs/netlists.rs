//! Equivalence of a block's netlist and its Verilog.
//!
//! Both start from their configured registers and get the same inputs; ABC proves that no output ever differs, without a map of
//! the registers. Memories, multipliers and blocks that are compared on their own are cut out of both: their inputs become
//! outputs, and their outputs inputs.

use std::fmt::Write as _;

use hdl::technology::Technology;

use crate::Tools;
use crate::sources::{Boards, module_name};
use crate::table::{Task, folder};

/// A block whose netlist is compared.
pub struct Netlist {
    /// Its name, which is that of its proof if it has one.
    pub name: &'static str,
    /// Its path in a board.
    pub path: &'static str,
    /// Blocks within it that are cut out.
    pub cuts: &'static [&'static str],
}

/// All control blocks. The rest of a board is memories and arithmetic.
pub const NETLISTS: &[Netlist] = &[
    Netlist { name: "uart_transmitter", path: "link$store$transmitter", cuts: &[] },
    Netlist { name: "uart_receiver", path: "link$receiver", cuts: &[] },
    Netlist { name: "event_queue", path: "core$lanes$0$events", cuts: &[] },
    Netlist { name: "slot_queue", path: "link$store$queue", cuts: &[] },
    Netlist { name: "frame_decoder", path: "link$decoder", cuts: &[] },
    Netlist { name: "frame_encoder", path: "link$store$encoder", cuts: &[] },
    Netlist { name: "answer_store", path: "link$store", cuts: &["transmitter", "encoder", "queue"] },
    Netlist { name: "sequencer", path: "sequencer", cuts: &[] },
    Netlist { name: "answer_composer", path: "composer", cuts: &[] },
    Netlist { name: "command_decoder", path: "decoder", cuts: &[] },
    Netlist { name: "event_reader", path: "event_reader", cuts: &[] },
    Netlist { name: "memory_reader", path: "memory_reader", cuts: &[] },
    Netlist { name: "counters", path: "counters", cuts: &[] },
    Netlist { name: "image_loader", path: "loader", cuts: &["checksums"] },
    Netlist { name: "row_fetch", path: "core$lanes$0$row_fetch", cuts: &[] },
    Netlist { name: "spike_rows", path: "core$lanes$0$spike_rows", cuts: &["queue"] },
    Netlist { name: "core", path: "core", cuts: &["lanes$0", "lanes$1", "lanes$2", "lanes$3", "readout"] },
    Netlist {
        name: "board",
        path: "",
        cuts: &[
            "link",
            "decoder",
            "sequencer",
            "composer",
            "loader",
            "event_reader",
            "memory_reader",
            "counters",
            "core",
        ],
    },
];

/// The boards that are compared, one per family.
pub const BOARDS: [&str; 2] = ["icebreaker", "ulx3s-25f"];

/// The block that is also compared with a netlist in which one cell was changed.
const CONTROL: &str = "sequencer";

/// File names.
const MODULES: &str = "block.v";
const DIFFERENCE: &str = "difference.aig";
const CHANGE: &str = "change.ys";

/// The comparisons of a block.
///
/// # Errors
/// A board lacks the block.
pub fn of(netlist: &'static Netlist, boards: &Boards) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    for name in BOARDS {
        let board = boards.board(name);
        let family =
            Family::of(board.settings.technology).ok_or_else(|| format!("{name}: no models of its cells are known"))?;
        let modules = board.modules(netlist.path)?;
        let controls = if netlist.name == CONTROL { &[false, true][..] } else { &[false] };
        for &is_changed in controls {
            let what = format!("{} netlist{}", family.name, if is_changed { ", a cell changed" } else { "" });
            let (modules, script) = (modules.clone(), script(netlist, &family, is_changed));
            let task_name = format!("{} {what}", netlist.name);
            let run = move |tools: &Tools| {
                let folder = folder(tools, &task_name, &[(MODULES, &modules)])?;
                tools.yosys.run(&script, &folder).map_err(|error| error.to_string())?;
                let compare = format!("read_aiger {DIFFERENCE}; dprove");
                let output = tools.yosys.abc(&compare, &folder).map_err(|error| error.to_string())?;
                match (
                    is_changed,
                    output.contains("Networks are equivalent"),
                    output.contains("Networks are not equivalent"),
                ) {
                    (false, true, false) => Ok("equal".to_owned()),
                    (true, false, true) => Ok("differs".to_owned()),
                    _ => Err(format!("unexpected result; {}\n{output}", folder.display())),
                }
            };
            let cells = [netlist.name.into(), name.into(), what, "abc dprove".into(), "any".into()];
            tasks.push(Task { cells, run: Box::new(run) });
        }
    }
    Ok(tasks)
}

/// How a family is mapped, and the models of its cells.
struct Family {
    name: &'static str,
    technology: Technology,
    cells: &'static str,
}

impl Family {
    /// The family of a technology, if there are models of its cells.
    fn of(technology: Technology) -> Option<Self> {
        match technology {
            Technology::Ice40Up5k => Some(Self { name: "iCE40", technology, cells: "+/ice40/cells_sim.v" }),
            Technology::Ecp5 => Some(Self { name: "ECP5", technology, cells: "+/ecp5/cells_sim.v" }),
            Technology::Gowin | Technology::Xilinx7 => None,
        }
    }
}

/// Builds a miter: a circuit with one output, which is 1 if an output of the block differs.
fn script(netlist: &Netlist, family: &Family, is_changed: bool) -> String {
    let top = module_name(netlist.path);
    let mut script = format!("read_verilog {MODULES}\nhierarchy -top {top}\nblackbox */m:* %m\n");
    for cut in netlist.cuts {
        let _ = writeln!(script, "blackbox ={top}${cut}");
    }
    // The instances left after `flatten` are the blocks cut out.
    let _ = write!(
        script,
        "proc\nflatten\nexpose -evert t:{top}$*\nopt_clean\nrename {top} gold\n\
         design -save gold\nrename gold gate\n{} -top gate\n",
        family.technology.synthesis_command().unwrap_or_default(),
    );
    if is_changed {
        let _ = write!(script, "mutate -list 1 -seed 1 -mode inv -o {CHANGE}\nscript {CHANGE}\n");
    }
    let _ = write!(
        script,
        "techmap -wb -D EQUIV -autoproc -map {}\nopt_clean\ndesign -stash gate\n\
         design -load gold\ndesign -copy-from gate -as gate gate\nmiter -equiv -flatten gold gate miter\n\
         hierarchy -top miter -purge_lib\nsetundef -zero -undriven\nopt_clean\n\
         async2sync\ntechmap\nopt -fast\ndffunmap\nsimplemap\nsetundef -zero -undriven\naigmap\nopt_clean\n\
         write_aiger -zinit {DIFFERENCE}\n",
        family.cells,
    );
    script
}
