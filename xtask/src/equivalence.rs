//! Faults that change nothing: a model with such a fault and without it, as one circuit that says whether they differ.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use spec::core::CoreConfiguration;
use tools::Yosys;

use small::SMALL;

#[path = "../../cosim/src/small.rs"]
mod small;

/// The model as Yosys's netlist, that `cosim/build/instrument.rs` leaves beside the faults.
const NETLIST: &str = "netlist.il";
/// The Verilog that it was made of.
const SOURCE: &str = "source.v";
/// How memories in it ask whether the word that they read is written.
const COLLISION: &str = "write_address == read_address";

/// The model that is the core alone.
const CORE: &str = "core_small";

/// The circuit: its output is high where an output differs.
const DIFFERENCE: &str = "difference.aig";

/// Whether the outputs of the small core, or of the board with it, are the same with a fault and without it, always, whatever
/// comes in.
///
/// Memories are taken out of both: what goes to them is an output, what comes from them an input. Inputs are as wide as
/// numbers in a valid network for this core, and no word is read while it is written. ABC finds registers and gates of which
/// both sides always have the same; if that leaves a difference, nothing is shown.
///
/// # Errors
/// What Yosys or ABC says.
pub fn changes_nothing(
    yosys: &Yosys,
    model: &str,
    fault: &str,
    netlist_folder: &Path,
    folder: &Path,
) -> Result<bool, String> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(told)?;
    fs::copy(netlist_folder.join(NETLIST), folder.join(NETLIST)).map_err(told)?;
    let source = netlist_folder.join(SOURCE);
    let verilog = fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    yosys.run(&script(model, fault, &verilog), folder).map_err(|error| error.to_string())?;
    // Ends with an error if registers are left.
    let said = yosys.abc(&format!("read_aiger {DIFFERENCE}; scorr; iprove"), folder);
    let said = said.map_err(|error| error.to_string())?;
    fs::remove_dir_all(folder).map_err(told)?;
    Ok(said.contains("UNSATISFIABLE"))
}

fn script(model: &str, fault: &str, verilog: &str) -> String {
    let mut script = String::new();
    let collisions = (1..).zip(verilog.lines()).filter(|(_, line)| line.contains(COLLISION));
    let never: String = collisions.map(|(line, _)| format!("delete c:*$eq$source.v:{line}$*\n")).collect();
    // An input chooses the fault, always, which only the last circuit knows: registers that a fault makes constant would go
    // while their first values are looked at.
    let fault = fault.replacen("mutate", "mutate -ctrl fault 1 1", 1);
    for (name, change) in [("gold", "add -input fault 1"), ("gate", &fault)] {
        let _ = write!(
            script,
            "read_rtlil {NETLIST}\n{change}\n{never}rename {model} {name}\nexpose -evert t:$mem_v2\nsetundef -zero\n\
             opt_clean\ndesign -stash {name}\n"
        );
    }
    script += "design -copy-from gold -as gold gold\ndesign -copy-from gate -as gate gate\n\
               miter -equiv -flatten gold gate miter\nhierarchy -top miter\nsplitnets -ports\n";
    let bounds = if model == CORE {
        [port_bounds(&SMALL), memory_bounds(&SMALL, "")].concat()
    } else {
        memory_bounds(&SMALL, "core.")
    };
    for (input, width, used) in bounds {
        for bit in used..width {
            let _ = writeln!(script, "delete -input w:in_{input}?{bit}?");
        }
    }
    // Registers begin at 0 in both, those too that have no value after configuration.
    let _ = write!(
        script,
        "setundef -zero -undriven -init\nopt_clean\nasync2sync\ntechmap\nopt -fast\ndffunmap\nsimplemap\n\
         setundef -zero\naigmap\nopt_clean\ndelete -input w:in_fault\nsetundef -one -undriven\n\
         write_aiger -zinit {DIFFERENCE}\n"
    );
    script
}

/// Pattern of an input's name, its width, and how many of its low bits are not always 0.
type Bound = (String, u32, u32);

/// Ports of the core.
fn port_bounds(core: &CoreConfiguration) -> Vec<Bound> {
    let lane = bits_below(core.lanes.into());
    let address = bits_below(core.synapse_words_per_lane.into());
    let ports = [
        ("n_channels", 16, bits_below(u32::from(core.channels) + 1)),
        ("n_neurons", 16, bits_below(core.neurons() + 1)),
        ("n_readouts", 8, bits_below(u32::from(core.readouts) + 1)),
        ("channel", 16, bits_below(core.channels.into())),
        ("score_class", 4, bits_below(core.readouts.into())),
        ("write_lane", 8, lane),
        ("read_lane", 8, lane),
        ("write_address", 16, address),
        ("read_address", 16, address),
    ];
    ports.map(|(port, width, used)| (port.to_owned(), width, used)).into()
}

/// What comes from memories of lanes, of a core that is at a place.
fn memory_bounds(core: &CoreConfiguration, place: &str) -> Vec<Bound> {
    let pointer = bits_below(u32::from(core.synapse_words_per_lane) + 1);
    let neuron = bits_below(core.neurons_per_lane.into());
    let memories = [
        ("row_fetch.even", pointer),
        ("row_fetch.odd", pointer),
        // The neuron stands above 8 bits of weight, the index above a bit for each of 8 lanes.
        ("synapses", 8 + neuron),
        ("spike_rows.queue.words", 8 + neuron),
        ("events.words", bits_below(core.channels.into())),
    ];
    let of = |lane| memories.map(|(memory, used)| (format!("{place}lanes?{lane}.{memory}.mem.RD_DATA"), 16, used));
    (0..core.lanes).flat_map(of).collect()
}

/// Bits of numbers below this.
fn bits_below(n: u32) -> u32 {
    n.next_power_of_two().trailing_zeros()
}
