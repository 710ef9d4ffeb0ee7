//! Proofs about the Verilog of boards, block by block: `cargo xtask prove [BLOCK…]`, or among the tests.
//!
//! A block is taken out of the Verilog of a whole board as it is, and bound to a file of properties. What is asserted there
//! is proven for every input and every length of time; what is covered there is shown to happen; and a copy of the block
//! that was broken on purpose must be refuted. What the blocks are mapped to is shown to do the same as the Verilog.

mod blocks;
mod netlists;
mod sources;
mod table;
mod tasks;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tools::{Environment, Sby, ToolError, Yosys};

use blocks::BLOCKS;
use netlists::NETLISTS;
use sources::Boards;

/// The programs, and a folder for what they leave.
pub struct Tools {
    sby: Sby,
    yosys: Yosys,
    folder: PathBuf,
}

/// Runs what the arguments name. Like those of a test, they are parts of names, and none stands for all, but for what comes
/// after a `--skip`; after `--exact` they are whole names of blocks.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        names().iter().for_each(|name| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    match chosen(&arguments).and_then(|names| prove(&names)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("proofs: {message}");
            ExitCode::FAILURE
        }
    }
}

/// All blocks, in the order of the table.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = BLOCKS.iter().map(|block| block.name).collect();
    names.extend(
        NETLISTS.iter().map(|netlist| netlist.name).filter(|name| BLOCKS.iter().all(|block| block.name != *name)),
    );
    names
}

fn chosen(arguments: &[String]) -> Result<Vec<&'static str>, String> {
    let exact = arguments.iter().any(|argument| argument == "--exact");
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    let mut left = arguments.iter();
    while let Some(argument) = left.next() {
        match argument.as_str() {
            "--skip" => unwanted.extend(left.next()),
            option if option.starts_with('-') => {}
            _ => wanted.push(argument),
        }
    }
    let names = names();
    if exact && let Some(unknown) = wanted.iter().find(|wanted| !names.contains(&wanted.as_str())) {
        return Err(format!("no block is called {unknown}; there are {}", names.join(", ")));
    }
    let is_wanted = |name: &str, wanted: &str| if exact { name == wanted } else { name.contains(wanted) };
    Ok(names
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| is_wanted(name, wanted)))
        .filter(|name| !unwanted.iter().any(|unwanted| name.contains(unwanted.as_str())))
        .collect())
}

/// Whether everything came out as it should.
fn prove(names: &[&'static str]) -> Result<bool, String> {
    if names.is_empty() {
        return Ok(true);
    }
    let Some(tools) = tools().map_err(|error| error.to_string())? else { return Ok(true) };
    let boards = BLOCKS.iter().flat_map(|block| block.boards).copied().chain(netlists::BOARDS);
    let boards = Boards::named(boards)?;
    let mut tasks = Vec::new();
    for name in names {
        for block in BLOCKS.iter().filter(|block| block.name == *name) {
            tasks.extend(tasks::of(block, &boards)?);
        }
        for netlist in NETLISTS.iter().filter(|netlist| netlist.name == *name) {
            tasks.extend(netlists::of(netlist, &boards)?);
        }
    }
    Ok(table::run(&tasks, &tools))
}

/// The programs; nothing, which is then said, where they cannot be had and nobody relies on them.
fn tools() -> Result<Option<Tools>, ToolError> {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let environment = Environment::of(temporary.parent().unwrap_or(temporary));
    let found = Sby::find(&environment).and_then(|sby| Ok((sby, Yosys::find(&environment)?)));
    match found {
        Ok((sby, yosys)) => Ok(Some(Tools { sby, yosys, folder: temporary.join("proofs") })),
        Err(error) if std::env::var_os("CI").is_some() => Err(error),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "skipped: no proofs: {error}");
            Ok(None)
        }
    }
}
