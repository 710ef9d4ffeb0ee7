//! `cargo xtask bitstream`, `verilog`, `constraints` and `boards`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use flow::bitstream::{FIRST_SEED, Options, build};
use flow::error::FlowError;
use flow::recipe::Recipe;
use flow::sources::{Sources, write_constraints};
use flow::{files, fusesoc, manifest, table};
use hdl::top::clock_source::ClockSource;
use spec::board::{BOARDS, Board, UnknownBoard, known_board};
use spec::manifest::Timing;
use tools::workspace::{build_directory, root};

/// From the core to bitstreams
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Builds bitstreams and their manifests; if timing fails, no file is left
    Bitstream(BitstreamArgs),
    /// Writes the Verilog and the constraints of a board
    Verilog {
        /// A board that `motorsrnn boards` lists
        #[arg(value_parser = known_board)]
        board: &'static Board,
        /// Folder to write to
        #[arg(long, short)]
        output: PathBuf,
    },
    /// Writes the constraint files of all boards
    Constraints,
    /// Writes docs/boards.md and motorsrnn.core, the core file for FuseSoC
    Boards,
}

#[derive(clap::Args)]
struct BitstreamArgs {
    /// A board that `motorsrnn boards` lists, or `all`
    #[arg(value_parser = chosen)]
    board: Chosen,
    /// Seed of place and route [default: the manifest's, or 1]
    #[arg(long)]
    seed: Option<u32>,
    /// Number of seeds to try, counting up, until timing is met
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,
    /// Clock of the core, if not the board's; only with `--output`
    #[arg(long, requires = "output", value_parser = clap::value_parser!(u32).range(1_000_000..=400_000_000))]
    clock_hz: Option<u32>,
    /// Folder to write to [default: bitstreams]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Build nothing; report bitstreams that were built from other sources
    #[arg(long, conflicts_with_all = ["tries", "clock_hz", "seed"])]
    check: bool,
}

/// The boards that the command line selects.
#[derive(Clone, Copy)]
enum Chosen {
    All,
    One(&'static Board),
}

fn chosen(name: &str) -> Result<Chosen, UnknownBoard> {
    if name == "all" { Ok(Chosen::All) } else { known_board(name).map(Chosen::One) }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Bitstream(args) => bitstreams(&args),
        Verb::Verilog { board, output } => verilog(board, &output),
        Verb::Constraints => write_constraints(&root().join("constraints")).map_err(message),
        Verb::Boards => boards_page(),
    };
    flow::exit_code(outcome)
}

fn bitstreams(args: &BitstreamArgs) -> Result<(), String> {
    let boards: Vec<&Board> = match args.board {
        Chosen::All => BOARDS.iter().collect(),
        Chosen::One(board) => vec![board],
    };
    let shipped = root().join("bitstreams");
    let output = args.output.clone().unwrap_or_else(|| shipped.clone());
    let mut failures = Vec::new();
    for board in &boards {
        let outcome = if args.check { check(board, &output) } else { one(board, args, &output) };
        if let Err(message) = outcome {
            eprintln!("{message}");
            failures.push(board.name);
        }
    }
    if args.output.is_none() && !args.check {
        boards_page()?;
    }
    if !failures.is_empty() {
        let failed = if args.check { "out of date" } else { "not built" };
        return Err(format!("{failed}: {}", failures.join(", ")));
    }
    if args.check {
        let names: Vec<&str> = boards.iter().map(|board| board.name).collect();
        eprintln!("up to date: {}", names.join(", "));
    }
    Ok(())
}

fn one(board: &Board, args: &BitstreamArgs, output: &Path) -> Result<(), String> {
    let name = board.name;
    if Recipe::of(board).is_none() && args.output.is_none() {
        let refusal = format!(
            "{name}: only the vendor's tools build its bitstream; `cargo xtask verilog {name} --output FOLDER` writes the \
             sources"
        );
        if matches!(args.board, Chosen::One(_)) {
            return Err(refusal);
        }
        eprintln!("{refusal}");
        return Ok(());
    }
    let shipped_seed = manifest::read(board, output).ok().flatten().map(|manifest| manifest.seed);
    let mut command = format!("cargo xtask bitstream {name}");
    let mut board = *board;
    if let Some(clock_hz) = args.clock_hz {
        board.clock_hz = clock_hz;
        check_clock(&board)?;
        command += &format!(" --clock-hz {clock_hz} --output FOLDER");
    }
    let options = Options {
        work: build_directory().join("bitstreams").join(name),
        output: output.to_owned(),
        seed: args.seed.or(shipped_seed).unwrap_or(FIRST_SEED),
        tries: args.tries,
        command,
    };
    let manifest = build(&board, &options, |step| eprintln!("{name}: {step}")).map_err(message)?;
    if let Some(manifest) = manifest {
        eprintln!("{name}: {} {}", output.join(&manifest.file).display(), manifest.sha256);
    }
    Ok(())
}

/// Checks that the board's clock source and serial line can work at a clock.
fn check_clock(board: &Board) -> Result<(), String> {
    let Board { name, oscillator_hz, clock_hz, baud, .. } = *board;
    if !ClockSource::can_make(board) {
        return Err(format!(
            "{name}: {clock_hz} Hz cannot be generated from its oscillator of {oscillator_hz} Hz; try a multiple of 1 MHz"
        ));
    }
    let off = (f64::from(clock_hz) / f64::from(board.clocks_per_bit().max(1)) / f64::from(baud) - 1.0).abs();
    if off > spec::board::MAX_BAUD_ERROR || board.clocks_per_bit() < hdl::link::MIN_CLOCKS_PER_BIT {
        return Err(format!(
            "{name}: {baud} baud cannot be derived from {clock_hz} Hz; try a multiple of {baud} Hz, at least {} Hz",
            u32::from(hdl::link::MIN_CLOCKS_PER_BIT) * baud
        ));
    }
    Ok(())
}

fn check(board: &Board, folder: &Path) -> Result<(), String> {
    let Some(found) = manifest::read(board, folder).map_err(message)? else { return Ok(()) };
    if found.clock.timing == Timing::Met || folder.join(&found.file).exists() {
        manifest::check_bitstream(&found, folder).map_err(message)?;
    }
    let steps = Recipe::of(board).map(|recipe| recipe.steps(found.seed));
    if manifest::is_of(&found, &Sources::of(board).map_err(message)?) && steps.as_ref() == Some(&found.steps) {
        return Ok(());
    }
    Err(format!(
        "{}: the bitstream was built from other sources or in other steps; run `{}`",
        board.name, found.command
    ))
}

fn verilog(board: &Board, folder: &Path) -> Result<(), String> {
    let paths = Sources::of(board).and_then(|sources| sources.write(board, folder)).map_err(message)?;
    eprintln!("{}", paths.map(|path| path.display().to_string()).join("\n"));
    Ok(())
}

fn boards_page() -> Result<(), String> {
    let text = table::page(&root().join("bitstreams")).map_err(message)?;
    files::write(&root().join("docs/boards.md"), text.as_bytes()).map_err(message)?;
    files::write(&root().join("motorsrnn.core"), fusesoc::core().as_bytes()).map_err(message)
}

fn message(error: FlowError) -> String {
    error.to_string()
}
