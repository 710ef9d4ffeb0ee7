//! `cargo xtask pictures`: makes the pictures of the documents again.

use std::path::Path;
use std::process::{Command, ExitCode};

use clap::{Parser, ValueEnum};
use pictures::{PictureError, diagram, folder, root, tick};

/// Makes the pictures in docs/pictures
#[derive(Parser)]
#[command(name = "cargo xtask pictures")]
struct Cli {
    /// Pictures to make; all if none is named
    pictures: Vec<Picture>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Picture {
    /// Block diagrams, from their text
    Diagrams,
    /// A tick, from a waveform of the simulated hardware
    Tick,
}

fn main() -> ExitCode {
    let Cli { pictures } = Cli::parse();
    let all = if pictures.is_empty() { Picture::value_variants() } else { &pictures };
    match all.iter().try_for_each(|picture| make(*picture)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pictures: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make(picture: Picture) -> Result<(), PictureError> {
    match picture {
        Picture::Diagrams => diagram::DIAGRAMS
            .iter()
            .try_for_each(|name| write(&folder().join(format!("{name}.svg")), &diagram::svg(name)?)),
        Picture::Tick => {
            let waveform = scratch()?.join("tick.vcd");
            let trace = waveform.to_string_lossy();
            run(&["decode", SESSION, "--network", DECODER, "--board", "sim", "--limit", "1", "--trace", &trace])?;
            let tick = tick::read_waveform(&waveform)?;
            write(&folder().join("tick.csv"), &tick.csv())?;
            write(&folder().join("tick.svg"), &tick::svg(&tick)?)
        }
    }
}

const SESSION: &str = "examples/centre_out.nwb";
const DECODER: &str = "examples/decoder.img";

/// A folder for what pictures are made from.
fn scratch() -> Result<std::path::PathBuf, PictureError> {
    let path = root().join("target/pictures");
    std::fs::create_dir_all(&path).map_err(|cause| PictureError::File { verb: "make", path: path.clone(), cause })?;
    Ok(path)
}

/// Runs `motorsrnn` at the root.
fn run(arguments: &[&str]) -> Result<(), PictureError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "motorsrnn", "--"]).args(arguments).current_dir(root());
    let failed = |what: String| PictureError::Program { command: format!("motorsrnn {}", arguments.join(" ")), what };
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("failed ({status})"))),
        Err(error) => Err(failed(format!("cannot be started: {error}"))),
    }
}

fn write(path: &Path, text: &str) -> Result<(), PictureError> {
    std::fs::write(path, text).map_err(|cause| PictureError::File { verb: "write", path: path.to_owned(), cause })
}
