//! `cargo xtask pictures`: makes the pictures of the documents.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, ValueEnum};
use pictures::tick::{self, Tick};
use pictures::{PictureError, diagram, folder, read, report, write};
use tools::workspace::{build_directory, cargo, output, run};

/// Makes the pictures in docs/pictures
#[derive(Parser)]
#[command(name = "cargo xtask pictures")]
struct Cli {
    /// Pictures to make; all if none is named
    pictures: Vec<Picture>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Picture {
    /// Block diagrams, and the timing diagram, from their texts
    Diagrams,
    /// The text of the timing diagram, from a waveform of the simulated hardware
    Tick,
    /// Decoded and true velocity of the shipped session of reaches
    Movement,
    /// Plots of a study, and its page as Chromium shows it
    Study,
    /// Accuracy day by day, of the shipped session with drift that is made by rule
    Drift,
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
        Picture::Diagrams => {
            for name in diagram::DIAGRAMS {
                write(&folder().join(format!("{name}.svg")), &diagram::svg(name)?)?;
            }
            draw(&Tick::read_csv(&folder().join("tick.csv"))?)
        }
        Picture::Tick => {
            let waveform = scratch()?.join("tick.vcd");
            let trace = waveform.to_string_lossy();
            motorsrnn(&["decode", SESSION, "--network", DECODER, "--board", "sim", "--limit", "1", "--trace", &trace])?;
            let tick = tick::read_waveform(&waveform)?;
            write(&folder().join("tick.csv"), &tick.csv())?;
            draw(&tick)
        }
        Picture::Movement => {
            let plot = folder().join("movement.svg");
            motorsrnn(&["decode", REACH_SESSION, "--network", REACH_NETWORK, "--plot", &plot.to_string_lossy()])
        }
        Picture::Study => {
            let report = scratch()?.join("report");
            let options = ["--quick", "--seeds", "3", "--align", "go_cue_time"];
            motorsrnn(&[&["study", SESSION, "-o", &report.to_string_lossy()], &options[..]].concat())?;
            let page = read(&report.join("report.html"))?;
            for (section, svg) in report::plots(&page) {
                write(&folder().join(format!("study-{section}.svg")), &svg)?;
            }
            let top = scratch()?.join("top.html");
            write(&top, &report::top(&page, HEIGHT))?;
            screenshot(&top, &folder().join("study.png"))
        }
        Picture::Drift => {
            let report = scratch()?.join("drift");
            let options = ["--only", "drift", "--quick", "--seeds", "3", "--align", "go_cue_time"];
            motorsrnn(&[&["study", SESSION, "-o", &report.to_string_lossy()], &options[..]].concat())?;
            let plots = report::plots(&read(&report.join("report.html"))?);
            plots.iter().try_for_each(|(section, svg)| write(&folder().join(format!("study-{section}.svg")), svg))
        }
    }
}

fn draw(tick: &Tick) -> Result<(), PictureError> {
    write(&folder().join("tick.svg"), &tick::svg(tick)?)
}

/// Pixels of the page that its picture shows.
const HEIGHT: u32 = 900;
const SESSION: &str = "examples/centre_out.nwb";
const DECODER: &str = "examples/decoder.img";
const REACH_SESSION: &str = "examples/reach.nwb";
const REACH_NETWORK: &str = "examples/reach.img";

/// A folder for what pictures are made from.
fn scratch() -> Result<PathBuf, PictureError> {
    let path = build_directory().join("pictures");
    std::fs::create_dir_all(&path).map_err(|cause| PictureError::File { verb: "make", path: path.clone(), cause })?;
    Ok(path)
}

/// Runs `motorsrnn` at the root.
fn motorsrnn(arguments: &[&str]) -> Result<(), PictureError> {
    Ok(run(cargo(["run", "--quiet", "--package", "motorsrnn", "--"]).args(arguments))?)
}

/// A page as Chromium shows it.
fn screenshot(page: &Path, picture: &Path) -> Result<(), PictureError> {
    let size = format!("--window-size=1060,{HEIGHT}");
    let (page, picture) = (format!("file://{}", page.display()), format!("--screenshot={}", picture.display()));
    let arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", &size, &picture, &page];
    output(Command::new("chromium").args(arguments))?;
    Ok(())
}
