//! Proofs about the Verilog of boards, block by block: `cargo xtask prove [BLOCK…]`.
//!
//! A block is cut out of the Verilog of a whole board unchanged, and bound to a file of properties. Assertions are proven for
//! all inputs and unbounded time, covers are reached, and a copy of the block with a fault must be refuted. The netlists of the
//! blocks are proven equivalent to their Verilog.

mod blocks;
mod netlists;
mod sources;
mod table;
mod tasks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tools::workspace::build_directory;
use tools::{Environment, Sby, Yosys};

use blocks::BLOCKS;
use netlists::NETLISTS;
use sources::Boards;

/// The programs, and a folder for their files.
pub struct Tools {
    sby: Sby,
    yosys: Yosys,
    folder: PathBuf,
}

/// The module that tests stand in which only `cargo xtask verify` runs, as libtest would print it.
const MODULE: &str = "verify::";

/// Runs the chosen proofs. As with libtest, an argument is a part of a name, one after `--skip` excludes names, and no argument
/// chooses all. With `--exact` arguments are whole names of blocks.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        names().iter().for_each(|name| println!("{MODULE}{name}: test"));
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

/// The names of all blocks, in the order of the table.
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
        return Err(format!("unknown block {unknown}; name some of {}", names.join(", ")));
    }
    let contains = |name: &str, part: &str| format!("{MODULE}{name}").contains(part);
    let is_wanted = |name: &str, wanted: &str| if exact { name == wanted } else { contains(name, wanted) };
    Ok(names
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| is_wanted(name, wanted)))
        .filter(|name| !unwanted.iter().any(|unwanted| contains(name, unwanted)))
        .collect())
}

/// Runs the proofs of these blocks; whether all had the expected result.
fn prove(names: &[&'static str]) -> Result<bool, String> {
    if names.is_empty() {
        return Ok(true);
    }
    let Some(tools) = tools() else { return Ok(true) };
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

/// Finds the programs. Where they are missing, the proofs are skipped with a message, except on CI.
fn tools() -> Option<Tools> {
    let environment = Environment::of(&build_directory());
    let found = Sby::find(&environment).and_then(|sby| Ok((sby, Yosys::find(&environment)?)));
    let (sby, yosys) = tools::found_or_skipped("proofs", found)?;
    Some(Tools { sby, yosys, folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("proofs") })
}
