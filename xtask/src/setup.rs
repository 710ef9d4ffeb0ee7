//! Programs that Rust does not bring.

use tools::{Environment, Nextpnr, Packer, Verilator};

use crate::command::{Chore, target_directory};

/// Fetches them, where they are not there yet; those for bitstreams, which are large, only where they are asked for.
pub fn run(bitstreams: bool) -> Chore {
    let environment = Environment::of(&target_directory());
    let verilator = Verilator::find(&environment).map_err(|error| error.to_string())?;
    println!("Verilator {}", verilator.version());
    let needed = Environment::packages().filter(|package| *package != "verilator");
    let for_bitstreams = Nextpnr::packages().chain(Packer::packages()).filter(|_| bitstreams);
    for package in needed.chain(for_bitstreams) {
        environment.install(package).map_err(|error| error.to_string())?;
        println!("{package}");
    }
    Ok(())
}
