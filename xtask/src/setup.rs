//! `cargo xtask setup`: the programs that Rust does not bring.

use tools::workspace::build_directory;
use tools::{Environment, Nextpnr, Packer, Slurm, Verilator};

use crate::Outcome;

/// Installs them unless they are installed; the large ones for bitstreams only on request.
pub fn install(bitstreams: bool) -> Outcome {
    let environment = Environment::of(&build_directory());
    let verilator = Verilator::find(&environment)?;
    println!("Verilator {}", verilator.version());
    let needed = Environment::packages().filter(|package| *package != "verilator");
    let for_bitstreams = Nextpnr::packages().chain(Packer::packages()).filter(|_| bitstreams);
    for package in needed.chain(for_bitstreams) {
        environment.install(package)?;
        println!("{package}");
    }
    Ok(())
}

/// Installs Slurm, if the system lets us; without it, its test says that it is skipped.
pub fn install_slurm() {
    match Slurm::install() {
        Ok(_) => println!("Slurm"),
        Err(error) => println!("no Slurm: {error}"),
    }
}
