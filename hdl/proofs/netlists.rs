//! Whether the cells that a block is mapped to do what its Verilog says.
//!
//! Both are started from their configured registers and fed with the same inputs; ABC shows that no output ever differs,
//! without being told which register became which. Memories and products are taken out of both, and the blocks that are
//! looked at for themselves: what goes to them is an output, what comes from them an input.

use std::fmt::Write as _;

use hdl::technology::Technology;

use crate::Tools;
use crate::sources::{Boards, module_name};
use crate::table::{Task, folder};

/// A block whose netlists are compared.
pub struct Netlist {
    /// Its name; that of its proof, if it has one.
    pub name: &'static str,
    /// Where it is in a board.
    pub path: &'static str,
    /// Blocks in it that are taken out.
    pub cuts: &'static [&'static str],
}

/// What arbitrates, counts, frames and decides. The rest of a board is memories and arithmetic.
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

/// The boards that are compared, one a family.
pub const BOARDS: [&str; 2] = ["icebreaker", "ulx3s-25f"];

/// The block that is compared with a netlist in which a cell was changed.
const CONTROL: &str = "sequencer";

/// Names of files.
const MODULES: &str = "block.v";
const DIFFERENCE: &str = "difference.aig";
const CHANGE: &str = "change.ys";

/// The comparisons of a block.
///
/// # Errors
/// A block that is not on a board.
pub fn of(netlist: &'static Netlist, boards: &Boards) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    for name in BOARDS {
        let board = boards.board(name);
        let family = Family::of(board.settings.technology)
            .ok_or_else(|| format!("{name}: there is nothing to compare its cells with"))?;
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
                let said = tools.yosys.abc(&compare, &folder).map_err(|error| error.to_string())?;
                match (
                    is_changed,
                    said.contains("Networks are equivalent"),
                    said.contains("Networks are not equivalent"),
                ) {
                    (false, true, false) => Ok("equal".to_owned()),
                    (true, false, true) => Ok("differs".to_owned()),
                    _ => Err(format!("not what should come out; {}\n{said}", folder.display())),
                }
            };
            let cells = [netlist.name.into(), name.into(), what, "abc dprove".into(), "any".into()];
            tasks.push(Task { cells, run: Box::new(run) });
        }
    }
    Ok(tasks)
}

/// How a family is mapped, and what its cells do.
struct Family {
    name: &'static str,
    synthesis: &'static str,
    cells: &'static str,
}

impl Family {
    /// That of a technology, if its cells are described.
    fn of(technology: Technology) -> Option<Self> {
        match technology {
            Technology::Ice40Up5k => {
                Some(Self { name: "iCE40", synthesis: "synth_ice40 -device u -spram", cells: "+/ice40/cells_sim.v" })
            }
            Technology::Ecp5 => Some(Self { name: "ECP5", synthesis: "synth_ecp5", cells: "+/ecp5/cells_sim.v" }),
            Technology::Gowin | Technology::Xilinx7 => None,
        }
    }
}

/// From the Verilog to a circuit with one output, which says that an output of the block differs.
fn script(netlist: &Netlist, family: &Family, is_changed: bool) -> String {
    let top = module_name(netlist.path);
    let mut script = format!("read_verilog {MODULES}\nhierarchy -top {top}\nblackbox */m:* %m\n");
    for cut in netlist.cuts {
        let _ = writeln!(script, "blackbox ={top}${cut}");
    }
    // What is left of instances after `flatten` is what was taken out.
    let _ = write!(
        script,
        "proc\nflatten\nexpose -evert t:{top}$*\nopt_clean\nrename {top} gold\n\
         design -save gold\nrename gold gate\n{} -top gate\n",
        family.synthesis,
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
