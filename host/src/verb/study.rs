//! `motorsrnn study`: the papers' experiments on a recording, and their report.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread;

use recording::Recording;
use spec::core::NamedCore;
use spec::digest::ScoresDigest;
use spec::wire::{Answer, Command};
use study::error::StudyError;
use study::outcome::Measured;
use study::plan::Extent;
use study::report::{CSV, PAGE};
use study::sessions::{SessionUnits, write_overview};
use study::study::{CELLS, EVERYTHING, Study, StudyOptions};
use train::Topology;
use train::compile::{CompileError, compile};
use train::network::Network;

use super::print_text;
use super::train::window_options;
use crate::cli::StudyArgs;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::link::Patience;
use crate::port::{self, SIMULATION_PATIENCE};
use crate::progress;
use crate::session::Session;

/// Studies every recording, and writes a report of each.
///
/// # Errors
/// Recordings, topologies or options that cannot be used, a folder that cannot be written, an interruption.
pub fn run(args: &StudyArgs) -> Result<(), Failure> {
    if let Some(angles) = &args.angles {
        check_angles(angles)?;
    }
    let options = StudyOptions {
        extent: extent(args)?,
        windows: window_options(&args.windows, 1),
        angles_rad: args.angles.as_ref().map(|angles| angles.iter().map(|angle| angle.to_radians()).collect()),
        n_threads: args
            .threads
            .map_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from),
    };
    let recordings: Vec<Recording> =
        args.recordings.iter().map(|path| Recording::open(path).map_err(Failure::input)).collect::<Result<_, _>>()?;
    let interruption = Interruption::watch()?;
    let folders = folders(args, &recordings)?;
    check_folder(&args.output, &folders)?;
    let mut sessions = Vec::new();
    for (recording, folder) in recordings.iter().zip(&folders) {
        study_one(recording, folder, &options, &args.core, &interruption)?;
    }
    if recordings.len() == 1 {
        return Ok(());
    }
    for recording in &recordings {
        let refuse = |error: StudyError| Failure::study(&recording.path, &error);
        sessions.push(SessionUnits::of(recording, &options).map_err(refuse)?);
    }
    let relative = |folder: &PathBuf| {
        folder.strip_prefix(&args.output).unwrap_or(folder).join(PAGE).to_string_lossy().into_owned()
    };
    let pages: Vec<String> = folders.iter().map(relative).collect();
    write_overview(&sessions, &pages, &args.output).map_err(|error| Failure::study(&args.output, &error))?;
    print_text(&format!("sessions   {}\n", args.output.join(PAGE).display()))
}

fn extent(args: &StudyArgs) -> Result<Extent, Failure> {
    let standard = if args.quick { Extent::quick } else { Extent::full };
    let topologies = args.topologies.iter().map(|name| Topology::load(name).map_err(Failure::input));
    let mut extent =
        standard(args.seeds.unwrap_or(if args.quick { 1 } else { 5 }), topologies.collect::<Result<_, _>>()?);
    if let Some(only) = &args.only {
        extent.experiments.clone_from(only);
    }
    if let Some(folds) = args.folds {
        extent.folds = folds as usize;
    }
    if let Some(ticks_ms) = &args.ticks_ms {
        let mut once = HashSet::new();
        if let Some(twice) = ticks_ms.iter().find(|tick_ms| !once.insert(**tick_ms)) {
            return Err(Failure::input(format_args!("--ticks-ms: {twice} appears twice; name every length once")));
        }
        extent.ticks_ms.clone_from(ticks_ms);
    }
    Ok(extent)
}

/// Degrees that are directions, all different.
fn check_angles(angles: &[f64]) -> Result<(), Failure> {
    for (index, angle) in angles.iter().enumerate() {
        if !angle.is_finite() {
            return Err(Failure::input(format_args!("--angles: {angle} is no angle; give degrees")));
        }
        if angles[..index].iter().any(|other| (angle - other).rem_euclid(360.0) == 0.0) {
            let cause = format_args!("--angles: {angle} degrees for two classes; give each class its own direction");
            return Err(Failure::input(cause));
        }
    }
    Ok(())
}

/// Whether reports may be written: nothing of the user's must be lost, and only a study's folder has cells.
fn check_folder(output: &Path, folders: &[PathBuf]) -> Result<(), Failure> {
    if output.exists() && !output.is_dir() {
        return Err(Failure::input(format_args!("{} is a file; name a folder", output.display())));
    }
    let is_of_study = |folder: &Path| folder.join(CELLS).is_dir();
    let is_overview = folders.iter().any(|folder| folder != output && is_of_study(folder));
    for folder in folders.iter().map(PathBuf::as_path).chain([output]) {
        let in_the_way = [PAGE, EVERYTHING, CSV].into_iter().map(|name| folder.join(name)).find(|path| path.exists());
        let is_ours = is_of_study(folder) || (folder == output && is_overview);
        if let Some(path) = in_the_way.filter(|_| !is_ours) {
            let path = path.display();
            return Err(Failure::input(format_args!("{path} is there and of no study; name another folder")));
        }
    }
    Ok(())
}

/// The report's folder of each recording: that of the command line, or one in it where there are several.
fn folders(args: &StudyArgs, recordings: &[Recording]) -> Result<Vec<PathBuf>, Failure> {
    if recordings.len() == 1 {
        return Ok(vec![args.output.clone()]);
    }
    let mut names = HashSet::new();
    let folder = |recording: &Recording| {
        let name = recording.path.file_stem().unwrap_or(recording.name.as_ref()).to_owned();
        if !names.insert(name.clone()) {
            let path = recording.path.display();
            return Err(Failure::input(format_args!(
                "{path}: another recording has that file name too; rename one, since each gets a folder of its name"
            )));
        }
        Ok(args.output.join(name))
    };
    recordings.iter().map(folder).collect()
}

fn study_one(
    recording: &Recording,
    folder: &Path,
    options: &StudyOptions,
    core: &NamedCore,
    interruption: &Interruption,
) -> Result<(), Failure> {
    let refuse = |error: StudyError| Failure::study(&recording.path, &error);
    let measure = |network: &Network, windows: &[&[Vec<u16>]]| measure(network, windows, core);
    let study = Study::new(recording, options, folder, &measure, interruption.requested()).map_err(refuse)?;
    let estimated = study.estimate().map_err(refuse)?;
    let bar = progress::bar(estimated.n_cells as u64, "cells");
    bar.set_position(estimated.n_known as u64);
    print_text(&format!(
        "{}: {} cells, {} of them known; the others take about {}\n",
        recording.name,
        estimated.n_cells,
        estimated.n_known,
        told(estimated.seconds)
    ))?;
    let on_cell = |progress: study::run::Progress<'_>| {
        bar.set_position(progress.done as u64);
        bar.set_message(format!("{}, {}", progress.entry.cell.method, progress.entry.cell.condition));
    };
    let report = study.run(folder, interruption.requested(), &on_cell);
    bar.finish_and_clear();
    let report = report.map_err(refuse)?;
    let mut text = String::new();
    for claim in &report.claims {
        let evidence = if claim.evidence.is_empty() { String::new() } else { format!(" ({})", claim.evidence) };
        text += &format!("{:14} {}{evidence}\n", claim.verdict, claim.claim);
    }
    text += &format!("report     {}\n", folder.join(PAGE).display());
    print_text(&text)?;
    Ok(())
}

fn told(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else if seconds < 90.0 * 60.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// Runs windows on the simulated core and reads its counters; nothing of a network that does not fit it.
fn measure(network: &Network, windows: &[&[Vec<u16>]], core: &NamedCore) -> Result<Option<Measured>, String> {
    let told = |error: &dyn std::fmt::Display| format!("the simulated core: {error}");
    let image = match compile(&network.quantize().lower(), &core.configuration, None) {
        Ok((image, _)) => image,
        Err(CompileError::Misfit { .. }) => return Ok(None),
        Err(error) => return Err(told(&error)),
    };
    let bytes = image.encode().map_err(|error| told(&error))?;
    let board = port::simulated(core.configuration).map_err(|error| told(&error))?;
    let patience: Patience = SIMULATION_PATIENCE;
    let mut session = Session::open(board, patience, &bytes, 1).map_err(|error| told(&error))?;
    let mut digest = ScoresDigest::default();
    for window in windows {
        for result in session.run_window(window).map_err(|error| told(&error))? {
            digest.add_tick(&result.answer.scores);
        }
    }
    let answer = session.link_mut().call(Command::Status).map_err(|error| told(&error))?.answer;
    let Answer::Status(counters) = answer else { return Err(told(&"it answered something else than its counters")) };
    let ticks = f64::from(counters.ticks.max(1));
    Ok(Some(Measured {
        core: core.name.to_owned(),
        n_ticks: counters.ticks as usize,
        synaptic_events: f64::from(counters.synaptic_events) / ticks,
        neuron_updates: image.neurons.len() as f64,
        cycles: f64::from(counters.tick_cycles) / ticks,
        scores_hash: digest.hex(),
    }))
}
