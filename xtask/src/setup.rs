//! Programs that Rust does not bring.

use tools::{Environment, Verilator};

use crate::command::{Chore, target_directory};

/// Fetches them, where they are not there yet.
pub fn run() -> Chore {
    let environment = Environment::of(&target_directory());
    let verilator = Verilator::find(&environment).map_err(|error| error.to_string())?;
    println!("Verilator {}", verilator.version());
    for package in Environment::packages().filter(|package| *package != "verilator") {
        environment.install(package).map_err(|error| error.to_string())?;
        println!("{package}");
    }
    Ok(())
}
