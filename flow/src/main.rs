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

/// From the core to bitstreams
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes bitstreams and their manifests; timing that fails leaves no file
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
    /// Writes the constraint files of all boards anew
    Constraints,
    /// Writes the page about boards and the description for FuseSoC anew
    Boards,
}

#[derive(clap::Args)]
struct BitstreamArgs {
    /// A board that `motorsrnn boards` lists, or `all`
    #[arg(value_parser = chosen)]
    board: Chosen,
    /// Seed of place and route [default: that of the manifest, or 1]
    #[arg(long)]
    seed: Option<u32>,
    /// Seeds to try, counting up, until timing is met
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,
    /// Another clock of the core, for a bitstream of your own
    #[arg(long, requires = "output", value_parser = clap::value_parser!(u32).range(1_000_000..=400_000_000))]
    clock_hz: Option<u32>,
    /// Another folder than `bitstreams`
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Builds nothing; says which bitstreams are not of the present sources
    #[arg(long, conflicts_with_all = ["tries", "clock_hz", "seed"])]
    check: bool,
}

/// Boards as the command line names them.
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
        Verb::Constraints => write_constraints(&root().join("constraints")).map_err(told),
        Verb::Boards => boards_page(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
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
        let none_of = if args.check { "no bitstream of the present sources" } else { "no bitstream" };
        return Err(format!("{none_of}: {}", failures.join(", ")));
    }
    if args.check {
        let names: Vec<&str> = boards.iter().map(|board| board.name).collect();
        eprintln!("{}: of the present sources", names.join(", "));
    }
    Ok(())
}

fn one(board: &Board, args: &BitstreamArgs, output: &Path) -> Result<(), String> {
    let name = board.name;
    if Recipe::of(board).is_none() && args.output.is_none() {
        let told = format!(
            "{name}: only the vendor's tools make bitstreams; `cargo xtask verilog {name} --output FOLDER` writes the sources"
        );
        if matches!(args.board, Chosen::One(_)) {
            return Err(told);
        }
        eprintln!("{told}");
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
        build_directory: target_directory(),
        work: target_directory().join("bitstreams").join(name),
        output: output.to_owned(),
        seed: args.seed.or(shipped_seed).unwrap_or(FIRST_SEED),
        tries: args.tries,
        command,
    };
    let manifest = build(&board, &options, |step| eprintln!("{name}: {step}")).map_err(told)?;
    if let Some(manifest) = manifest {
        eprintln!("{name}: {} {}", output.join(&manifest.file).display(), manifest.sha256);
    }
    Ok(())
}

/// Whether a clock that somebody asked for can be had.
fn check_clock(board: &Board) -> Result<(), String> {
    let Board { name, oscillator_hz, clock_hz, baud, .. } = *board;
    if !ClockSource::can_make(board) {
        return Err(format!(
            "{name}: nothing makes {clock_hz} Hz of its oscillator of {oscillator_hz} Hz; try a multiple of 1 MHz"
        ));
    }
    let off = (f64::from(clock_hz) / f64::from(board.clocks_per_bit().max(1)) / f64::from(baud) - 1.0).abs();
    if off > spec::board::MAX_BAUD_ERROR || board.clocks_per_bit() < hdl::link::MIN_CLOCKS_PER_BIT {
        return Err(format!(
            "{name}: a line of {baud} baud cannot be made of {clock_hz} Hz; try a multiple of {baud} Hz from {} Hz on",
            u32::from(hdl::link::MIN_CLOCKS_PER_BIT) * baud
        ));
    }
    Ok(())
}

fn check(board: &Board, folder: &Path) -> Result<(), String> {
    let Some(found) = manifest::read(board, folder).map_err(told)? else { return Ok(()) };
    if found.clock.timing == Timing::Met || folder.join(&found.file).exists() {
        manifest::check_bitstream(&found, folder).map_err(told)?;
    }
    let steps = Recipe::of(board).map(|recipe| recipe.told(found.seed));
    if manifest::is_of(&found, &Sources::of(board).map_err(told)?) && steps.as_ref() == Some(&found.steps) {
        return Ok(());
    }
    Err(format!("{}: the bitstream was made of other sources or in other steps; run `{}`", board.name, found.command))
}

fn verilog(board: &Board, folder: &Path) -> Result<(), String> {
    let paths = Sources::of(board).and_then(|sources| sources.write(board, folder)).map_err(told)?;
    eprintln!("{}", paths.map(|path| path.display().to_string()).join("\n"));
    Ok(())
}

fn boards_page() -> Result<(), String> {
    let text = table::page(&root().join("bitstreams")).map_err(told)?;
    files::write(&root().join("docs/boards.md"), text.as_bytes()).map_err(told)?;
    files::write(&root().join("motorsrnn.core"), fusesoc::core().as_bytes()).map_err(told)
}

fn told(error: FlowError) -> String {
    error.to_string()
}

/// The workspace's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Where cargo builds.
fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
