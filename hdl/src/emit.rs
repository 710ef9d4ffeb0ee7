//! Emits the Verilog of a block after checking everything that rust-hdl would translate wrongly.

use std::any::Any;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_hdl::core::check_error::{CheckError, PathedName};
use rust_hdl::prelude::{Block, ModuleDefines, check_all};
use thiserror::Error;

use crate::lint::{Fault, lint};

/// Why the Verilog of a block cannot be emitted.
#[derive(Debug, Error)]
pub enum EmitError {
    /// Undriven signals.
    #[error("{top}: nothing drives {signals}; drive them, and call `connect_all` before emitting")]
    Open {
        /// The block.
        top: String,
        /// Their paths.
        signals: String,
    },
    /// Signals that are read before they are written.
    #[error("{top}: read before they are written, or in a loop: {signals}; write them first")]
    Loop {
        /// The block.
        top: String,
        /// Their paths.
        signals: String,
    },
    /// Inputs written within their own block.
    #[error("{top}: inputs written within the block: {signals}; only the parent block may write an input")]
    WrittenInput {
        /// The block.
        top: String,
        /// Their paths.
        signals: String,
    },
    /// Code that means something else in Verilog.
    #[error("{} fault(s) found by the lint:\n  {}", .0.len(), listed(.0))]
    Lint(Vec<Fault>),
    /// rust-hdl panicked.
    #[error("{top}: rust-hdl cannot translate it: {message}")]
    Panic {
        /// The block.
        top: String,
        /// The panic message.
        message: String,
    },
}

/// Emits the Verilog of a connected block; the top module is called `name`, the others `name$…`.
///
/// # Errors
/// The faults that rust-hdl's checks or the [`lint`] find.
pub fn verilog(block: &impl Block, name: &str) -> Result<String, EmitError> {
    let checked = catch_unwind(AssertUnwindSafe(|| (check_all(block), lint(block, name))));
    let (connections, faults) = checked.map_err(|panic| panicked(name, panic.as_ref()))?;
    // The lint's faults are closer to the cause: a misspelt name also leaves a signal undriven.
    if !faults.is_empty() {
        return Err(EmitError::Lint(faults));
    }
    connections.map_err(|error| misconnected(name, error))?;
    catch_unwind(AssertUnwindSafe(|| {
        let mut modules = ModuleDefines::default();
        block.accept(name, &mut modules);
        modules.defines()
    }))
    .map_err(|panic| panicked(name, panic.as_ref()))
}

fn misconnected(top: &str, error: CheckError) -> EmitError {
    let top = top.to_owned();
    match error {
        CheckError::OpenSignal(open) => EmitError::Open { top, signals: paths(open.into_values().collect()) },
        CheckError::LogicLoops(signals) => EmitError::Loop { top, signals: paths(signals) },
        CheckError::WritesToInputs(signals) => EmitError::WrittenInput { top, signals: paths(signals) },
    }
}

fn paths(signals: Vec<PathedName>) -> String {
    let mut paths: Vec<String> = signals.into_iter().map(|signal| format!("{}${}", signal.path, signal.name)).collect();
    paths.sort();
    paths.dedup();
    paths.join(", ")
}

fn panicked(top: &str, panic: &(dyn Any + Send)) -> EmitError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let message = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned();
    EmitError::Panic { top: top.to_owned(), message }
}

fn listed(faults: &[Fault]) -> String {
    let mut text = String::new();
    for (at, fault) in faults.iter().enumerate() {
        let _ = write!(text, "{}{fault}", if at == 0 { "" } else { "\n  " });
    }
    text
}
