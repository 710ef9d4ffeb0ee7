//! `motorsrnn info`: the contents of a recording or a network image.

mod facts;
mod network;
mod session;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use recording::{check_place, companion_path, write_whole};
use serde::Serialize;
use spec::image::IMAGE_MAGIC;
use study::recording_page;

use super::args::{self, SelectionArgs};
use super::{is_same_file, print_json, print_text, wrote};
use crate::failure::Failure;
use network::NetworkInfo;
use session::SessionInfo;

/// Endings of the names of recordings.
const RECORDINGS: [&str; 3] = ["nwb", "mat", "csv"];

/// Options of `info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Recording or network image
    pub file: PathBuf,
    /// Also write a page about the recording: the facts, rates, and spikes around each event
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
    /// Units and trials
    #[command(flatten, next_help_heading = "Selection")]
    pub selection: SelectionArgs,
    /// Trials column by which the page compares rates [default: the first usual name that the recording has]
    #[arg(long, value_name = "COLUMN", help_heading = "Selection")]
    pub label_column: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Info {
    Recording(Box<SessionInfo>),
    Network(Box<NetworkInfo>),
}

/// Prints the contents of the file.
///
/// # Errors
/// The file is neither, or cannot be read; the page cannot be written.
pub fn run(args: &InfoArgs) -> Result<(), Failure> {
    let is_image = is_image(&args.file).map_err(|error| Failure::unreadable("file", &args.file, &error))?;
    let info = match is_image {
        true => Info::Network(Box::new(network_info(args)?)),
        false => Info::Recording(Box::new(session_info(args)?)),
    };
    match (args.json, info) {
        (true, info) => print_json(&info),
        (false, Info::Recording(info)) => print_text(&facts::text(&info.facts())),
        (false, Info::Network(info)) => print_text(&info.text()),
    }
}

fn is_image(path: &Path) -> std::io::Result<bool> {
    // What is no file is named when it is opened as a recording.
    if !path.is_file() {
        return Ok(false);
    }
    let mut start = Vec::new();
    File::open(path)?.take(IMAGE_MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start == IMAGE_MAGIC)
}

fn network_info(args: &InfoArgs) -> Result<NetworkInfo, Failure> {
    if args.html.is_some() || args.label_column.is_some() || !args.selection.is_empty() {
        let cause =
            format_args!("{}: a network image has no page, and no units or trials to choose", args.file.display());
        return Err(Failure::input(cause).advise("give no option but `--json`, or give a recording"));
    }
    NetworkInfo::read(&args.file)
}

/// The contents of a recording, which are also written as a page if one is asked for.
fn session_info(args: &InfoArgs) -> Result<SessionInfo, Failure> {
    if let Some(page) = &args.html {
        check_page(page, &args.file)?;
    }
    let recording = args::open_unwarned(&args.file, &args.selection.tables())?;
    let refuse = |error| Failure::recording(&args.file, &error);
    let chosen = args.selection.selection().choose(&recording).map_err(refuse)?;
    let (info, classes) = SessionInfo::of(&recording, &chosen, args).map_err(refuse)?;
    if let Some(page) = &args.html {
        let html = recording_page::page(&recording, &chosen, &info.sanity, &info.facts(), &classes);
        write_whole(page, html.as_bytes()).map_err(|error| Failure::unwritable(page, &error))?;
        wrote(page);
    }
    Ok(info)
}

/// Refuses a page that cannot be written or would overwrite a recording.
fn check_page(page: &Path, recording: &Path) -> Result<(), Failure> {
    check_place(page).map_err(|error| Failure::unwritable(page, &error))?;
    let inputs = [recording.to_owned(), companion_path(recording)];
    if let Some(input) = inputs.iter().find(|input| is_same_file(input, page)) {
        return Err(Failure::overwrites(page, input, "--html"));
    }
    let ending = page.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if page.exists() && RECORDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)) {
        let cause = format_args!("cannot write {}: a file with the name of a recording is there", page.display());
        return Err(Failure::input(cause).advise("give another name to --html"));
    }
    Ok(())
}
