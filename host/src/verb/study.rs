//! `motorsrnn study`: the papers' experiments on a recording, and their report.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use recording::{Dataset, Recording, check_distinct};
use spec::core::NamedCore;
use study::angles::GivenAngles;
use study::cells::Divisible;
use study::error::StudyError;
use study::experiments::Experiment;
#[cfg(feature = "sim")]
use study::outcome::Measurement;
use study::plan::Plan;
use study::report::{CSV, PAGE};
#[cfg(feature = "sim")]
use study::runner::Simulator;
use study::sessions::{SessionUnits, write_overview};
use study::study::{CELLS, EVERYTHING, Study, StudyOptions};
use train::Topology;
#[cfg(feature = "sim")]
use train::network::Network;

use super::args::{self, SelectionArgs, WindowArgs};
use super::cells::{CellArgs, StudyOf, check_complete, print_report};
use super::movement::TargetArgs;
use super::print_text;
use crate::failure::Failure;
use crate::interruption::Interruption;

/// Options of `study`.
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// Recordings, one file per session
    #[arg(required = true, value_name = "RECORDING")]
    pub recordings: Vec<PathBuf>,
    /// Folder for the report; an interrupted study resumes there
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Run only these experiments; `drift` runs only if it is named, and by itself
    #[arg(long, value_enum, value_delimiter = ',', value_name = "EXPERIMENT,...")]
    pub only: Option<Vec<Only>>,
    /// A first look in minutes: 2 folds, one seed and tick length, fewer sizes; each training is as long as without it
    #[arg(long)]
    pub quick: bool,
    /// Repetitions, each with its own random seed [default: 5, or 1 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub seeds: Option<u64>,
    /// Only the repetition with this random seed
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "seeds")]
    pub seed: Option<u32>,
    /// Folds of the cross-validation [default: 5, or 2 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=1000), conflicts_with = "split_column")]
    pub folds: Option<u32>,
    /// Trials column with `train` or `test`, used instead of folds; tuning, similarity and ablation take halves of these trials
    #[arg(long, value_name = "COLUMN")]
    pub split_column: Option<String>,
    /// Passes over the training windows [default: by their number, as `train` does]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Study this time series, decoded at every tick, in place of classes of trials: its name or path in the file, see `info`
    #[arg(
        long,
        value_name = "SERIES",
        conflicts_with_all = [
            "only", "split_column", "angles", "label_column", "classes", "align", "offset_ms", "window_ms", "stride_ms",
            "align_relative", "bin_angles"
        ]
    )]
    pub target: Option<String>,
    /// How it is decoded
    #[command(flatten)]
    pub how: TargetArgs,
    /// Topologies to compare, T1 to T6, direct, or TOML files; the first is studied in full [default: all, with --target T7]
    #[arg(long, value_delimiter = ',', value_name = "TOPOLOGY,...")]
    pub topologies: Option<Vec<String>>,
    /// Core on which networks are simulated to count operations and cycles, see `boards`
    #[arg(long, default_value = spec::core::ECP5_25F.name, value_parser = args::core())]
    pub core: NamedCore,
    /// Threads; the result does not depend on their number [default: one per processor]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Several machines
    #[command(flatten, next_help_heading = "Several machines")]
    pub share: CellArgs,
    /// Units and trials
    #[command(flatten, next_help_heading = "Selection")]
    pub selection: SelectionArgs,
    /// Windows of the trials
    #[command(flatten, next_help_heading = "Windows")]
    pub windows: WindowArgs,
    /// Tick lengths to compare, in ms; all experiments but accuracy use the first [default: 1,2, or 1 with --quick; with --target one,
    /// 4]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "MS,...",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Windows"
    )]
    pub ticks_ms: Option<Vec<u32>>,
    /// Direction of each class in degrees: left=180,right=0 or, in the order of the classes, 0,90 [default: what the labels tell:
    /// numbers are degrees, or radians if all are within a turn and not all integers; vectors have their own]
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "CLASS=DEGREES,...",
        allow_negative_numbers = true,
        help_heading = "Windows"
    )]
    pub angles: Option<Vec<String>>,
}

/// What `--only` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// An experiment of the papers.
    Experiment(Experiment),
    /// The study of drift.
    Drift,
}

impl ValueEnum for Only {
    fn value_variants<'a>() -> &'a [Self] {
        const EXPERIMENTS: [Experiment; 7] = Experiment::ALL;
        const ALL: [Only; EXPERIMENTS.len() + 1] = {
            let mut all = [Only::Drift; EXPERIMENTS.len() + 1];
            let mut place = 0;
            while place < EXPERIMENTS.len() {
                all[place] = Only::Experiment(EXPERIMENTS[place]);
                place += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Experiment(experiment) => experiment.to_possible_value(),
            Self::Drift => Some(PossibleValue::new("drift").help(
                "Several days: frozen, adapted, recalibrated, trained again; each recording a day, or one recording and drift made by rule. \
                 Takes long, since it trains for every day",
            )),
        }
    }
}

/// Studies every recording, and writes a report on each.
///
/// # Errors
/// A recording, a topology or an option cannot be used, the folder cannot be written, or `interruption` is requested.
pub fn run(args: &StudyArgs, interruption: &Interruption) -> Result<(), Failure> {
    if let Some(target) = &args.target {
        return super::movement::study(args, target, interruption);
    }
    match args.only.as_deref() {
        Some([Only::Drift]) => return super::drift::study(args, interruption),
        Some(only) if only.contains(&Only::Drift) => {
            let cause = "--only: drift is studied by itself";
            return Err(Failure::input(cause).advise("run the other experiments without it"));
        }
        _ => {}
    }
    let options = StudyOptions {
        plan: plan(args)?,
        windows: args.windows.options(&args.selection, 1),
        angles: args.angles.as_deref().map(angles).transpose()?,
        n_threads: args::n_threads(args.threads),
    };
    let recordings: Vec<Recording> =
        args.recordings.iter().map(|path| args.selection.open(path)).collect::<Result<_, _>>()?;
    let all: Vec<&Recording> = recordings.iter().collect();
    check_distinct(&all).map_err(|error| Failure::recordings(&args.recordings, &error))?;
    for recording in &recordings {
        args::warn_of_selection(recording, &options.windows.selection)?;
    }
    // Finished runs are kept when the study is interrupted.
    interruption.hold();
    let folders = folders(args, &recordings)?;
    check_folder(&args.output, &folders)?;
    #[cfg(feature = "sim")]
    let measure = |network: &Network, windows: &[&[Vec<u16>]]| measure(network, windows, &args.core);
    #[cfg(feature = "sim")]
    let simulator = Some(Simulator { core: args.core.name, hardware: cosim::HARDWARE, measure: &measure });
    #[cfg(not(feature = "sim"))]
    let simulator = None;
    let mut studies = Vec::new();
    for (recording, folder) in recordings.iter().zip(&folders) {
        // What the windows lack is an error of the study.
        if let Ok(dataset) = Dataset::cut(recording, &options.windows) {
            args::warn_of_windows(&[recording], &options.windows, &dataset);
        }
        let study = Study::new(recording, &options, folder, simulator, interruption.requested())
            .map_err(|error| Failure::study(&recording.path, &error))?;
        studies.push(match &args.share.store {
            Some(store) => study.keep_in(store),
            None => study,
        });
    }
    let of_recordings: Vec<StudyOf<'_>> =
        recordings.iter().zip(studies.iter().map(|study| study as &dyn Divisible)).collect();
    if args.share.share(&of_recordings, options.n_threads, interruption)? {
        return Ok(());
    }
    let mut n_missing = 0;
    for ((recording, study), folder) in recordings.iter().zip(&studies).zip(&folders) {
        n_missing += study_one(recording, study, folder, args, interruption)?;
    }
    if recordings.len() > 1 {
        compare(&recordings, &options, &pages(args, &folders), &args.output)?;
    }
    check_complete(n_missing)
}

/// Runs or gathers the study of a recording. Returns how many cells are missing.
fn study_one(
    recording: &Recording,
    study: &Study<'_>,
    folder: &Path,
    args: &StudyArgs,
    interruption: &Interruption,
) -> Result<usize, Failure> {
    print_text(&study.notes().iter().map(|note| format!("{note}\n")).collect::<String>())?;
    let (report, missing) =
        args.share.report((recording, study), folder, args::n_threads(args.threads), interruption)?;
    print_report(&report, &missing, folder)?;
    Ok(missing.len())
}

/// Writes the page about all sessions.
fn compare(recordings: &[Recording], options: &StudyOptions, pages: &[String], output: &Path) -> Result<(), Failure> {
    let mut sessions = Vec::new();
    for recording in recordings {
        match SessionUnits::of(recording, options) {
            Ok(units) => sessions.push(units),
            Err(error @ StudyError::NoDirections { .. }) => {
                return print_text(&format!("sessions   not compared, since {error}\n"));
            }
            Err(error) => return Err(Failure::study(&recording.path, &error)),
        }
    }
    write_overview(&sessions, pages, output).map_err(|error| Failure::study(output, &error))?;
    print_text(&format!("sessions   {}\n", output.join(PAGE).display()))
}

/// The pages of reports, relative to the folder of all.
pub(super) fn pages(args: &StudyArgs, folders: &[PathBuf]) -> Vec<String> {
    let relative = |folder: &PathBuf| {
        folder.strip_prefix(&args.output).unwrap_or(folder).join(PAGE).to_string_lossy().into_owned()
    };
    folders.iter().map(relative).collect()
}

/// The first seed, and how many there are; by default `standard`.
pub(super) fn seeds(args: &StudyArgs, standard: u64) -> (u64, u64) {
    match args.seed {
        Some(seed) => (seed.into(), 1),
        None => (1, args.seeds.unwrap_or(standard)),
    }
}

/// The topologies that are compared by default.
const TOPOLOGIES: [&str; 7] = ["T6", "T1", "T2", "T3", "T4", "T5", "direct"];

fn plan(args: &StudyArgs) -> Result<Plan, Failure> {
    let standard = if args.quick { Plan::quick } else { Plan::full };
    let topologies = match &args.topologies {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => TOPOLOGIES.to_vec(),
    };
    let topologies = topologies.into_iter().map(|name| Topology::load(name).map_err(Failure::input));
    let (first_seed, seeds) = seeds(args, if args.quick { 1 } else { 5 });
    let mut plan = Plan { first_seed, ..standard(seeds, topologies.collect::<Result<_, _>>()?) };
    if let Some(only) = &args.only {
        let experiment = |only: &Only| match only {
            Only::Experiment(experiment) => Some(*experiment),
            Only::Drift => None,
        };
        plan.experiments = only.iter().filter_map(experiment).collect();
    }
    if let Some(folds) = args.folds {
        plan.folds = folds as usize;
    }
    if let Some(column) = &args.split_column {
        (plan.folds, plan.split_column) = (1, Some(column.clone()));
    }
    plan.epochs = args.epochs.map(|epochs| epochs as usize);
    if let Some(ticks_ms) = &args.ticks_ms {
        let mut once = HashSet::new();
        if let Some(twice) = ticks_ms.iter().find(|tick_ms| !once.insert(**tick_ms)) {
            return Err(Failure::input(format_args!("--ticks-ms: {twice} appears twice; give each length once")));
        }
        plan.ticks_ms.clone_from(ticks_ms);
    }
    Ok(plan)
}

/// The angles of the classes: all with a name or none. Refuses angles that are not directions, or not all different.
pub(super) fn angles(given: &[String]) -> Result<GivenAngles, Failure> {
    let refuse = |cause: fmt::Arguments<'_>| Failure::input(format_args!("--angles: {cause}"));
    let mut angles: Vec<(Option<String>, f64)> = Vec::new();
    for text in given {
        let (name, angle) = match text.rsplit_once('=') {
            Some((name, angle)) => (Some(name.trim().to_owned()), angle),
            None => (None, text.as_str()),
        };
        let degrees = angle.trim().parse::<f64>().ok().filter(|angle| angle.is_finite());
        let degrees = degrees.ok_or_else(|| refuse(format_args!("{} is not an angle; give degrees", angle.trim())))?;
        if angles.iter().any(|(_, other)| (degrees - other).rem_euclid(360.0) == 0.0) {
            return Err(refuse(format_args!("{degrees} degrees for two classes; give each class its own direction")));
        }
        if angles.first().is_some_and(|(first, _)| first.is_some() != name.is_some()) {
            return Err(refuse(format_args!(
                "{text}: some angles have a class and some have none; name all classes or none"
            )));
        }
        angles.push((name, degrees));
    }
    let by_name: Option<Vec<(String, f64)>> =
        angles.iter().map(|(name, angle)| Some((name.clone()?, *angle))).collect();
    let in_order = || GivenAngles::InOrder(angles.iter().map(|(_, angle)| *angle).collect());
    Ok(by_name.map_or_else(in_order, GivenAngles::ByName))
}

/// Refuses to overwrite files that are not of a study: a study's folder contains cells or, if they are in a store elsewhere, a
/// report of this program.
pub(super) fn check_folder(output: &Path, folders: &[PathBuf]) -> Result<(), Failure> {
    if output.exists() && !output.is_dir() {
        return Err(Failure::input(format_args!("{} is a file; name a folder", output.display())));
    }
    let is_of_study = |folder: &Path| folder.join(CELLS).is_dir() || is_report(&folder.join(EVERYTHING));
    let is_overview = folders.iter().any(|folder| folder != output && is_of_study(folder));
    for folder in folders.iter().map(PathBuf::as_path).chain([output]) {
        let in_the_way = [PAGE, EVERYTHING, CSV].into_iter().map(|name| folder.join(name)).find(|path| path.exists());
        let is_ours = is_of_study(folder) || (folder == output && is_overview);
        if let Some(path) = in_the_way.filter(|_| !is_ours) {
            let path = path.display();
            return Err(Failure::input(format_args!("{path} exists and is not from a study; name another folder")));
        }
    }
    Ok(())
}

/// Whether a file begins like the results of a study.
fn is_report(path: &Path) -> bool {
    const BEGINNING: &[u8] = br#"{"program":"motorsrnn "#;
    let mut beginning = [0; BEGINNING.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok() && beginning == *BEGINNING
}

/// The folder for the report on each recording: the one given, or a subfolder each if there are several.
pub(super) fn folders(args: &StudyArgs, recordings: &[Recording]) -> Result<Vec<PathBuf>, Failure> {
    if recordings.len() == 1 {
        return Ok(vec![args.output.clone()]);
    }
    let mut names = HashSet::new();
    let folder = |recording: &Recording| {
        let name = recording.path.file_stem().unwrap_or(recording.name.as_ref()).to_owned();
        if !names.insert(name.clone()) {
            let path = recording.path.display();
            return Err(Failure::input(format_args!(
                "{path}: another recording has the same file name; rename one, since each gets a folder of its name"
            )));
        }
        Ok(args.output.join(name))
    };
    recordings.iter().map(folder).collect()
}

/// Runs windows on the simulated core and reads its counters; none for a network that does not fit the core.
#[cfg(feature = "sim")]
fn measure(network: &Network, windows: &[&[Vec<u16>]], core: &NamedCore) -> Result<Option<Measurement>, String> {
    use crate::port::SIMULATION_PATIENCE;
    use crate::session::Session;
    use spec::digest::ScoresDigest;
    use spec::wire::{Answer, Command};
    use train::compile::{CompileError, compile};

    let message = |error: &dyn std::fmt::Display| format!("the simulated core: {error}");
    let image = match compile(&network.quantize().lower(), &core.configuration, None) {
        Ok((image, _)) => image,
        Err(CompileError::Misfit { .. }) => return Ok(None),
        Err(error) => return Err(message(&error)),
    };
    let bytes = image.encode().map_err(|error| message(&error))?;
    let board = crate::simulation::board(core.configuration).map_err(|error| message(&error))?;
    let mut session = Session::open(board, SIMULATION_PATIENCE, &bytes, 1).map_err(|error| message(&error))?;
    let mut digest = ScoresDigest::default();
    for window in windows {
        for result in session.run_window(window).map_err(|error| message(&error))? {
            digest.add_tick(&result.answer.scores);
        }
    }
    let answer = session.link_mut().call(Command::Status).map_err(|error| message(&error))?.answer;
    let Answer::Status(counters) = answer else {
        return Err(message(&"the answer to a status command has no counters"));
    };
    let ticks = f64::from(counters.ticks.max(1));
    Ok(Some(Measurement {
        core: core.name.to_owned(),
        n_ticks: counters.ticks as usize,
        synaptic_events: f64::from(counters.synaptic_events) / ticks,
        neuron_updates: image.neurons.len() as f64,
        cycles: f64::from(counters.tick_cycles) / ticks,
        scores_hash: digest.hex(),
    }))
}
