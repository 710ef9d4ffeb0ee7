//! `motorsrnn import`: a network that was trained elsewhere becomes a network image.

mod options;
mod report;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use import::events::{self, Channels, EventError};
use import::export::{Embedded, import_options};
use import::nir::{self, Graph};
use import::{Fidelity, ImportCard, ImportError, ImportOptions, Imported, calibration_hash, nirdata, npz};
use recording::{Tables, Tree, check_place, sha256_of_file, visible, write_whole};
use spec::core::NamedCore;
use study::import_page;
use train::DecoderCard;

use super::args;
use super::{is_same_file, print_json, print_text, warn};
use crate::failure::Failure;
use options::{ConventionArgs, Output};
use report::Report;

/// What a zip archive begins with.
const ARCHIVE: &[u8; 4] = b"PK\x03\x04";
/// Below this R2 the float twin does not do what the framework did.
const FAR_R2: f64 = 0.5;
/// The most outputs that may differ, for each spike of the trace.
const FAR_SHARE: f64 = 0.2;

pub(crate) use report::{auxiliary_text, output_text, tick_length_text};

/// Options of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Network as a NIR file
    #[arg(value_name = "NETWORK")]
    pub file: PathBuf,
    /// Network image to write; <IMAGE>.json beside it says how its scores are read
    #[arg(short, long, value_name = "IMAGE", required_unless_present = "dry_run")]
    pub output: Option<PathBuf>,
    /// Core that the network must fit, see `boards`
    #[arg(long, default_value = spec::core::UP5K.name, value_parser = args::core())]
    pub core: NamedCore,
    /// How the file is read
    #[command(flatten, next_help_heading = "What the file does not say")]
    pub conventions: ConventionArgs,
    /// The most events of a channel in a tick; the image has so many channels for each
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub max_count: u32,
    /// Length of a tick on recordings, in ms [default: the time step in seconds, if it is not the nominal one of snnTorch, sinabs or
    /// spyx]
    #[arg(long, value_name = "MS", value_parser = options::positive)]
    pub tick_ms: Option<f64>,
    /// What the outputs are [default: spikes are counted, anything else has values]
    #[arg(long, value_enum)]
    pub outputs: Option<Output>,
    /// Bits per weight, 4 to 8
    #[arg(long, value_name = "BITS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(4..=8))]
    pub weight_bits: u32,
    /// The most synapses; large weights take several each, the more the more exact [default: a tenth of the weights
    /// does, more in a small network]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub synapses: Option<u32>,
    /// Events like those of later use, on which rates and ranges are measured: a recording, NIRData, or an .npz with `x`
    #[arg(long, value_name = "EVENTS", help_heading = "Fidelity")]
    pub calibrate: Option<PathBuf>,
    /// Events, and outputs of the framework if there are any, to compare with: an .npz with `x` and `y`, NIRData, or a recording
    #[arg(long, value_name = "TRACE", help_heading = "Fidelity")]
    pub check: Option<PathBuf>,
    /// Also write a page about it with spikes and outputs beside those of the float twin; needs --calibrate or --check
    #[arg(long, value_name = "FILE", help_heading = "Fidelity")]
    pub html: Option<PathBuf>,
    /// Write no image
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// A file of events, and the outputs in it.
pub(super) struct Trace {
    pub(super) events: Vec<Vec<u16>>,
    outputs: Option<Vec<Vec<f64>>>,
}

/// Imports a network.
///
/// # Errors
/// A file that is no network that a core can hold, events that do not suit it, an image that cannot be written.
pub fn run(args: &ImportArgs) -> Result<(), Failure> {
    if let Some(image) = &args.output {
        refuse_output(&[image.to_owned(), DecoderCard::path_beside(image)], "--output", args)?;
    }
    if let Some(page) = &args.html {
        if args.calibrate.is_none() && args.check.is_none() {
            let cause = "a page shows a run, and there are no events to run on";
            return Err(Failure::input(cause).advise("give them with `--check` or `--calibrate`"));
        }
        refuse_output(std::slice::from_ref(page), "--html", args)?;
    }
    let refuse = |error: &ImportError| refusal(&args.file, error);
    let unreadable = |error| Failure::unreadable("network", &args.file, &error);
    if !fs::metadata(&args.file).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is not a regular file")));
    }
    refuse_archive(&args.file)?;
    let tree = Tree::read(&args.file, nir::MOST_BYTES).map_err(|error| refuse(&error.into()))?;
    let graph = Graph::from_tree(&tree).map_err(|error| refuse(&error))?;
    let conventions = args.conventions.conventions();
    let channels = Channels {
        n_channels: graph.n_channels(),
        max_count: args.max_count,
        tick_ms: args.tick_ms.unwrap_or(1e3 * conventions.time_step().unwrap_or(1.0)),
        is_tick_nominal: args.tick_ms.is_none() && conventions.has_nominal_time_step(),
    };
    let options = ImportOptions {
        conventions,
        core: args.core,
        weight_bits: args.weight_bits,
        most_synapses: args.synapses.map(|most| most as usize),
        max_count: args.max_count,
        output: args.outputs.map(Into::into),
        tick_ms: args.tick_ms,
        source: args.file.file_name().map(|name| visible(&name.to_string_lossy())).unwrap_or_default(),
        source_sha256: sha256_of_file(&args.file).map_err(unreadable)?,
    };
    if let Some(embedded) = Embedded::of(&tree, &graph) {
        return again(&embedded, args);
    }
    if let Some(options) = import_options(&tree) {
        warn(format_args!(
            "{}: it was exported by this program and changed since, so it is to be read with {}",
            args.file.display(),
            visible(options)
        ));
    }
    // A large file is in memory once from here on.
    drop(tree);
    let read = |path: &PathBuf| read_events(path, channels, graph.n_outputs());
    let calibration = args.calibrate.as_ref().map(read).transpose()?;
    let check = args.check.as_ref().map(read).transpose()?;
    let events = calibration.as_ref().map(|trace| trace.events.as_slice());
    let imported = Imported::of(&graph, events, &options).map_err(|error| refuse(&error))?;
    let on_events = check.as_ref().or(calibration.as_ref());
    let fidelity = on_events.map(|trace| Fidelity::of(&imported, &trace.events, trace.outputs.as_ref()));
    if let Some(fidelity) = fidelity.as_ref().filter(|fidelity| fidelity.scores_range_used >= 1.0) {
        let has_values = imported.mapping.outputs.iter().any(|output| !output.is_count);
        let remedy = if has_values && calibration.is_none() {
            "give such events to `--calibrate`"
        } else {
            "run fewer ticks at a time"
        };
        warn(format_args!(
            "{}: in {} ticks outputs reach the end of their range, and no longer say what the network does; {remedy}",
            args.file.display(),
            fidelity.n_ticks
        ));
    }
    if let (Some(fidelity), Some(trace)) = (&fidelity, on_events) {
        warn_of_conventions(args, fidelity, trace, imported.card.outputs.len());
    }
    for warning in &imported.card.warnings {
        warn(format_args!("{}: {warning}", args.file.display()));
    }
    write_image(&imported.bytes, &imported.card, args)?;
    let report = Report::of(&imported, fidelity.as_ref(), args);
    if let (Some(page), Some(trace)) = (&args.html, on_events) {
        let html = import_page::page(&imported, &report.rows(), &trace.events, trace.outputs.as_ref());
        write_whole(page, html.as_bytes()).map_err(|error| Failure::unwritable(page, &error))?;
    }
    if args.json { print_json(&report) } else { print_text(&report.text()) }
}

/// Warns if the float twin is far from the trace: then the options do not say what the framework did.
fn warn_of_conventions(args: &ImportArgs, fidelity: &Fidelity, trace: &Trace, n_outputs: usize) {
    let (Some(twin), Some(outputs)) = (&fidelity.twin_against_trace, &trace.outputs) else { return };
    let n_spikes = outputs.iter().flatten().filter(|value| **value != 0.0).count();
    let is_far = match (twin.r2, twin.n_different) {
        (Some(r2), _) => r2 < FAR_R2,
        (None, Some(n_different)) => n_different as f64 > FAR_SHARE * n_spikes.max(1) as f64,
        (None, None) => false,
    };
    if is_far {
        warn(format_args!(
            "{}: the float twin is far from the outputs in {} ({}), so the options do not say what the framework did; try other \
             `--reset`, `--reset-delay`, `--dt`, `--integrator`, `--synapse` and `--gain`, or another `--from`",
            args.file.display(),
            args.check.as_ref().or(args.calibrate.as_ref()).map(|path| path.display().to_string()).unwrap_or_default(),
            report::outputs_text(twin, fidelity.n_ticks * n_outputs)
        ));
    }
}

fn write_image(bytes: &[u8], card: &ImportCard, args: &ImportArgs) -> Result<(), Failure> {
    let Some(image) = args.output.as_ref().filter(|_| !args.dry_run) else { return Ok(()) };
    let write =
        |path: &Path, content: &[u8]| write_whole(path, content).map_err(|error| Failure::unwritable(path, &error));
    write(&DecoderCard::path_beside(image), card.text().as_bytes())?;
    write(image, bytes)
}

/// The image that a graph was exported from, with the options that it was imported with.
fn again(embedded: &Embedded, args: &ImportArgs) -> Result<(), Failure> {
    let card = &embedded.card;
    let refuse = |what: &str, found: String, asked: String| {
        let cause =
            format!("{} carries the integers of an import with {what} {found}, not {asked}", args.file.display());
        Failure::input(cause).advise("leave the option as it was, or import the network that they were made from")
    };
    if args.core.name != card.core {
        return Err(refuse("core", card.core.clone(), args.core.name.to_owned()));
    }
    for (what, found, asked) in
        [("weight bits", card.weight_bits, args.weight_bits), ("a largest count of", card.max_count, args.max_count)]
    {
        if found != asked {
            return Err(refuse(what, found.to_string(), asked.to_string()));
        }
    }
    if let Some(asked) = args.tick_ms.filter(|asked| *asked != card.tick_ms || card.is_tick_nominal) {
        return Err(refuse("ticks in ms of", card.tick_ms.to_string(), asked.to_string()));
    }
    let n_synapses = embedded.image.n_synapses();
    if let Some(asked) = args.synapses.filter(|asked| (*asked as usize) < n_synapses) {
        return Err(refuse("synapses", n_synapses.to_string(), format!("at most {asked}")));
    }
    if let Some(asked) = args.outputs.map(import::card::OutputKind::from).filter(|asked| *asked != card.output) {
        return Err(refuse("the outputs", format!("{:?}", card.output), format!("{asked:?}")));
    }
    if let Some(path) = &args.calibrate {
        let channels = Channels {
            n_channels: usize::from(embedded.image.n_channels) / card.max_count.max(1) as usize,
            max_count: card.max_count,
            tick_ms: card.tick_ms,
            is_tick_nominal: card.is_tick_nominal,
        };
        let events = read_events(path, channels, 0)?.events;
        if card.calibration_sha256.as_ref() != Some(&calibration_hash(&events)) {
            return Err(refuse("a calibration on", "other events".to_owned(), path.display().to_string()));
        }
    }
    if args.check.is_some() || args.html.is_some() {
        warn("nothing is compared: the integers are those of an earlier import; compare the network that it imported");
    }
    write_image(&embedded.bytes, card, args)?;
    let report = Report::again(&embedded.image, card, args);
    if args.json { print_json(&report) } else { print_text(&report.text()) }
}

/// Refuses outputs that cannot be written or would overwrite an input; `option` names them.
fn refuse_output(outputs: &[PathBuf], option: &str, args: &ImportArgs) -> Result<(), Failure> {
    let inputs = [Some(&args.file), args.calibrate.as_ref(), args.check.as_ref()];
    for output in outputs {
        check_place(output).map_err(|error| Failure::unwritable(output, &error))?;
        if let Some(input) = inputs.into_iter().flatten().find(|input| is_same_file(input, output)) {
            return Err(Failure::overwrites(output, input, option));
        }
    }
    Ok(())
}

/// Refuses an archive of NumPy, which holds events and no network.
fn refuse_archive(path: &Path) -> Result<(), Failure> {
    let mut start = [0; ARCHIVE.len()];
    let has_start = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok();
    if has_start && start == *ARCHIVE {
        let cause =
            format_args!("{}: it is an archive of NumPy or another zip archive, not a NIR file", path.display());
        return Err(Failure::input(cause)
            .advise("name the file that `nir.write` wrote; events are given with `--check` or `--calibrate`"));
    }
    Ok(())
}

/// What cannot be imported, with the options that help.
fn refusal(path: &Path, error: &ImportError) -> Failure {
    let cause = format_args!("{}: {error}", path.display());
    match error {
        ImportError::Unsaid(unsaid) => Failure::input(cause).advise(options::advice(unsaid)),
        _ => Failure::input(cause),
    }
}

/// Events, and outputs if there are any and they are wanted, from an archive of NumPy, NIRData or a recording.
pub(super) fn read_events(path: &Path, channels: Channels, n_outputs: usize) -> Result<Trace, Failure> {
    let refuse = |error: EventError| Failure::input(format_args!("{}: {error}", path.display()));
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz")) {
        let bytes = fs::read(path).map_err(|error| Failure::unreadable("events", path, &error))?;
        let arrays = npz::read(&bytes);
        let arrays = arrays.map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))?;
        let events = events::events(&arrays, channels).map_err(refuse)?;
        let outputs = n_outputs > 0 && arrays.contains_key(events::OUTPUT);
        let outputs = outputs.then(|| events::outputs(&arrays, n_outputs, events.len())).transpose();
        return Ok(Trace { outputs: outputs.map_err(refuse)?, events });
    }
    if nirdata::is_nirdata(path) {
        let found = nirdata::read(path, channels.n_channels, channels.tick_ms);
        let found = found.map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))?;
        if found.n_samples > 1 {
            let n_samples = found.n_samples;
            warn(format_args!("{}: its {n_samples} samples follow one another, without a restart", path.display()));
        }
        let events = events::of_nirdata(&found, channels).map_err(refuse)?;
        return Ok(Trace { events, outputs: None });
    }
    let recording = args::open(path, &Tables::default())?;
    let events = events::of_recording(&recording, channels).map_err(refuse)?;
    Ok(Trace { events, outputs: None })
}
