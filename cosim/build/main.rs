//! Builds models of the hardware: rust-hdl to Verilog to C++ to a library, and the Rust that calls it.

mod blocks;
mod compile;
mod generate;
mod instrument;
#[path = "../src/line.rs"]
mod line;
mod ports;
#[path = "../src/small.rs"]
mod small;
mod tops;
mod verilate;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use tools::workspace::build_directory;
use tools::{Environment, VERILATOR_VARIABLE, Verilator};

use compile::{Cache, Compiler};
use instrument::Instrument;
use tops::Top;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=cpp");
    println!("cargo::rerun-if-env-changed={VERILATOR_VARIABLE}");
    println!("cargo::rerun-if-env-changed={}", instrument::VARIABLE);
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets no OUT_DIR")?);
    let mut tops = tops::tops()?;
    let instrument = Instrument::chosen()?;
    for (name, text) in [
        ("names.rs", generate::names(&tops)),
        ("externs.rs", generate::externs(&tops)),
        ("model.rs", generate::model(&tops)?),
    ] {
        fs::write(out.join(name), text).map_err(|error| error.to_string())?;
    }

    let build_directory = build_directory();
    instrument.add_faults(&mut tops, &build_directory)?;
    let verilator = Verilator::find(&Environment::of(&build_directory))?;
    let compiler = Compiler::new(
        verilator,
        fs::read_to_string("cpp/simulation.h").map_err(|error| error.to_string())?,
        instrument,
    )?;
    let cache = Cache::open(&build_directory)?;
    each(&tops, |top| cache.library(&compiler, top, &out))?;
    for top in &tops {
        println!("cargo::rustc-link-lib=static={}", compile::library_name(top.name));
    }
    cache.runtime(&compiler, &out)?;
    println!("cargo::rustc-link-lib=static={}", compile::library_name(compile::RUNTIME));
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib={}", compiler.standard_library());
    Ok(())
}

/// Runs a task for every top, as many at a time as cargo allows jobs; collects all errors.
fn each(tops: &[Top], task: impl Fn(&Top) -> Result<(), String> + Sync) -> Result<(), String> {
    let n_jobs = std::env::var("NUM_JOBS").ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(1);
    // The largest begins first.
    let mut order: Vec<&Top> = tops.iter().collect();
    order.sort_by_key(|top| top.verilog.len());
    let (waiting, errors) = (Mutex::new(order), Mutex::new(Vec::new()));
    let locked = |error: &dyn std::fmt::Display| error.to_string();
    std::thread::scope(|scope| {
        for _ in 0..tops.len().min(n_jobs) {
            scope.spawn(|| {
                while let Some(top) = waiting.lock().ok().and_then(|mut waiting| waiting.pop()) {
                    if let Err(error) = task(top)
                        && let Ok(mut errors) = errors.lock()
                    {
                        errors.push(error);
                    }
                }
            });
        }
    });
    let errors = errors.into_inner().map_err(|error| locked(&error))?;
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}
