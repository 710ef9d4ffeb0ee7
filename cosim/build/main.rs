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

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tools::VERILATOR_VARIABLE;

use compile::Libraries;
use instrument::Instrument;

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
    let mut tops = each(&tops::tops(), |emit| emit())?;
    let instrument = Instrument::chosen()?;
    for (name, text) in [
        ("names.rs", generate::names(&tops)),
        ("externs.rs", generate::externs(&tops)),
        ("model.rs", generate::model(&tops)?),
    ] {
        fs::write(out.join(name), text).map_err(|error| error.to_string())?;
    }

    let build_directory = build_directory(&out);
    instrument.add_faults(&mut tops, build_directory)?;
    let libraries = Libraries::open(build_directory, instrument).map_err(|error| error.to_string())?;
    // The largest begins first.
    tops.sort_by_key(|top| Reverse(top.verilog.len()));
    each(&tops, |top| libraries.top(top, &out).map_err(|error| format!("{}: {error}", top.name)))?;
    for top in &tops {
        println!("cargo::rustc-link-lib=static={}", compile::library_name(top.name));
    }
    libraries.runtime(&out).map_err(|error| error.to_string())?;
    println!("cargo::rustc-link-lib=static={}", compile::library_name(compile::RUNTIME));
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib={}", compile::standard_library());
    Ok(())
}

/// The build directory of all profiles, which share what is fetched and compiled there.
fn build_directory(out: &Path) -> &Path {
    out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap_or(out)
}

/// Stack of a thread: unoptimized, rust-hdl needs more than the default for the largest board.
const STACK_BYTES: usize = 1 << 26;

/// Runs a task for every item, as many at a time as cargo allows jobs; the results in the order of the items, or all errors.
fn each<T: Sync, R: Send>(items: &[T], task: impl Fn(&T) -> Result<R, String> + Sync) -> Result<Vec<R>, String> {
    let n_jobs = std::env::var("NUM_JOBS").ok().and_then(|jobs| jobs.parse().ok()).unwrap_or(1);
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            let result = task(item);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    thread::scope(|scope| {
        let threads = (0..items.len().min(n_jobs)).map(|_| {
            let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
            thread.map(drop).map_err(|error| format!("cannot start a thread: {error}"))
        });
        threads.collect::<Result<(), String>>()
    })?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(at, _)| *at);
    let (done, failed): (Vec<_>, Vec<_>) = results.into_iter().map(|(_, result)| result).partition(Result::is_ok);
    if failed.is_empty() {
        return Ok(done.into_iter().flatten().collect());
    }
    Err(failed.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("\n"))
}
