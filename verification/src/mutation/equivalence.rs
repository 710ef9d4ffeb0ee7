//! Equivalent faults: a model with the fault and one without it, in one circuit whose output shows a difference.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use spec::core::CoreConfiguration;
use tools::Yosys;

use small::SMALL;

#[path = "../../../cosim/src/small.rs"]
mod small;

/// The model as a netlist of Yosys; `cosim/build/instrument.rs` writes it beside the faults.
const NETLIST: &str = "netlist.il";
/// The Verilog of the model.
const SOURCE: &str = "source.v";
/// The comparison by which memories detect that the word they read is being written.
const COLLISION: &str = "write_address == read_address";

/// The model of the core alone.
const CORE: &str = "core_small";

/// The circuit, whose output is high when the two models' outputs differ.
const DIFFERENCE: &str = "difference.aig";

/// Whether the outputs of a model never depend on a fault, for all inputs and all times; false if that cannot be shown.
///
/// Memories are taken out of both models: their inputs become outputs of the circuit, their outputs become inputs. Inputs are
/// as wide as the numbers in a valid network for the small core, and no word is read while it is written. ABC looks for
/// registers and gates that always have equal values in both models (`scorr`), then for a proof that no output differs.
///
/// # Errors
/// Yosys or ABC fails.
pub fn is_equivalent(
    yosys: &Yosys,
    model: &str,
    fault: &str,
    netlist_folder: &Path,
    folder: &Path,
) -> Result<bool, String> {
    let file = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(file)?;
    fs::copy(netlist_folder.join(NETLIST), folder.join(NETLIST)).map_err(file)?;
    let source = netlist_folder.join(SOURCE);
    let verilog = fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    yosys.run(&script(model, fault, &verilog), folder)?;
    // ABC fails if registers are left.
    let log = yosys.abc(&format!("read_aiger {DIFFERENCE}; scorr; iprove"), folder)?;
    fs::remove_dir_all(folder).map_err(file)?;
    Ok(log.contains("UNSATISFIABLE"))
}

fn script(model: &str, fault: &str, verilog: &str) -> String {
    let mut script = String::new();
    let collisions = (1..).zip(verilog.lines()).filter(|(_, line)| line.contains(COLLISION));
    let never: String = collisions.map(|(line, _)| format!("delete c:*$eq$source.v:{line}$*\n")).collect();
    // The fault is enabled by an input that becomes constant only in the finished circuit: otherwise registers that the fault
    // makes constant would be removed before their initial values are compared.
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
    // All registers start at 0 in both, including those without a value after configuration.
    let _ = write!(
        script,
        "setundef -zero -undriven -init\nopt_clean\nasync2sync\ntechmap\nopt -fast\ndffunmap\nsimplemap\n\
         setundef -zero\naigmap\nopt_clean\ndelete -input w:in_fault\nsetundef -one -undriven\n\
         write_aiger -zinit {DIFFERENCE}\n"
    );
    script
}

/// Pattern of an input's name, its width, and how many low bits can be 1.
type Bound = (String, u32, u32);

/// Bounds of the core's ports.
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

/// Bounds of the outputs of lane memories, for a core at a path.
fn memory_bounds(core: &CoreConfiguration, path: &str) -> Vec<Bound> {
    let pointer = bits_below(u32::from(core.synapse_words_per_lane) + 1);
    let neuron = bits_below(core.neurons_per_lane.into());
    let memories = [
        ("row_fetch.even", pointer),
        ("row_fetch.odd", pointer),
        // The neuron is above 8 bits of weight; the index is above a bit for each of 8 lanes.
        ("synapses", 8 + neuron),
        ("spike_rows.queue.words", 8 + neuron),
        ("events.words", bits_below(core.channels.into())),
    ];
    let of = |lane| memories.map(|(memory, used)| (format!("{path}lanes?{lane}.{memory}.mem.RD_DATA"), 16, used));
    (0..core.lanes).flat_map(of).collect()
}

/// Bits of the numbers below `n`.
fn bits_below(n: u32) -> u32 {
    n.next_power_of_two().trailing_zeros()
}
