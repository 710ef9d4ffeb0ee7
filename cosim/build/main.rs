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
#[path = "../src/variables.rs"]
#[allow(dead_code, reason = "the build needs one of them")]
mod variables;
mod verilate;

use std::cmp::Reverse;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use spec::digest::sha256_hex;
use tools::cpp::RUNTIME;
use tools::workspace::build_directory;
use tools::{Environment, VERILATOR_VARIABLE, Verilator};

use compile::{Cache, Compiler};
use instrument::Instrument;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=cpp");
    println!("cargo::rerun-if-env-changed={VERILATOR_VARIABLE}");
    println!("cargo::rerun-if-env-changed={}", variables::INSTRUMENT);
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

    let build_directory = build_directory();
    instrument.add_faults(&mut tops, &build_directory)?;
    let boards: String = tops.iter().filter(|top| top.board.is_some()).map(|top| top.verilog.as_str()).collect();
    println!("cargo::rustc-env=MOTORSRNN_HARDWARE={}", &sha256_hex(boards.as_bytes())[..16]);
    let verilator = Verilator::find(&Environment::of(&build_directory))?;
    let compiler = Compiler::new(
        verilator,
        fs::read_to_string("cpp/simulation.h").map_err(|error| error.to_string())?,
        instrument,
    )?;
    let cache = Cache::open(&build_directory)?;
    // The largest begins first.
    tops.sort_by_key(|top| Reverse(top.verilog.len()));
    each(&tops, |top| cache.library(&compiler, top, &out))?;
    for top in &tops {
        println!("cargo::rustc-link-lib=static={}", compile::library_name(top.name));
    }
    cache.runtime(&compiler, &out)?;
    println!("cargo::rustc-link-lib=static={}", compile::library_name(RUNTIME));
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib={}", compiler.standard_library());
    Ok(())
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
