//! `motorsrnn study --target`: movement decoded at every tick, and a report on it.

use recording::{Movement, Recording, StreamOptions, check_distinct};
use study::movement::{
    MovementOutcome, MovementRun, MovementSession, MovementStudy, MovementStudyOptions, write_movement_overview,
};
use study::report::PAGE;
use study::runner::Progress;
use train::Topology;

use super::super::study::{StudyArgs, check_folder, folders, pages, print_claims};
use super::super::{args, print_text, warn};
use super::warning_of_trials;
use crate::failure::Failure;
use crate::interruption::Interruption;
use crate::progress;

/// Studies every recording, and writes a report on each.
///
/// # Errors
/// A recording or an option cannot be used, the folder cannot be written, or `interruption` is requested.
pub(in crate::verb) fn run(args: &StudyArgs, target: &str, interruption: &Interruption) -> Result<(), Failure> {
    let options = options(args)?;
    let recordings: Vec<Recording> =
        args.recordings.iter().map(|path| args.selection.open(path)).collect::<Result<_, _>>()?;
    let all: Vec<&Recording> = recordings.iter().collect();
    check_distinct(&all).map_err(|error| Failure::recordings(&args.recordings, &error))?;
    // Finished runs are kept when the study is interrupted.
    interruption.hold();
    let folders = folders(args, &recordings)?;
    check_folder(&args.output, &folders)?;
    let mut sessions: Vec<MovementSession> = Vec::new();
    for (recording, folder) in recordings.iter().zip(&folders) {
        let refuse = |error| Failure::study(&recording.path, &error);
        args::warn_of_selection(recording, &options.stream.selection)?;
        let movement = Movement::open(&recording.path, target, &options.stream.score_in)
            .map_err(|error| Failure::recording(&recording.path, &error))?;
        let study = MovementStudy::new(recording, &movement, &options, folder).map_err(refuse)?;
        let of_times = movement.series.doubt_beside(recording);
        of_times.into_iter().chain(warning_of_trials(study.stream(), options.stream.fill_gaps)).for_each(warn);
        let (n_runs, n_known) = study.n_runs().map_err(refuse)?;
        print_text(&format!("{}: {n_runs} runs, {n_known} of them done before\n", recording.name))?;
        let bar = progress::bar(n_runs as u64, "runs");
        bar.set(n_known as u64);
        let on_run = |progress: Progress<'_, MovementRun, MovementOutcome>| {
            bar.set_message(format!("{}, {}", progress.entry.run.method, progress.entry.run.condition));
            bar.set(progress.done as u64);
        };
        let outcome = study.run(folder, interruption.requested(), &on_run);
        bar.finish();
        let (report, session) = outcome.map_err(refuse)?;
        print_claims(&report.claims, folder)?;
        sessions.push(session);
    }
    if sessions.len() == 1 {
        return Ok(());
    }
    let written = write_movement_overview(&sessions, &pages(args, &folders), &args.output);
    written.map_err(|error| Failure::study(&args.output, &error))?;
    print_text(&format!("sessions   {}\n", args.output.join(PAGE).display()))
}

fn options(args: &StudyArgs) -> Result<MovementStudyOptions, Failure> {
    let tick_ms = match args.ticks_ms.as_deref() {
        None => StreamOptions::default().tick_ms,
        Some(&[tick_ms]) => tick_ms,
        Some(_) => return Err(Failure::input("--ticks-ms: movement is studied in ticks of one length; give one")),
    };
    let topology = match args.topologies.as_deref() {
        None => Topology::FREE_RUNNING,
        Some([name]) => name,
        Some(_) => return Err(Failure::input("--topologies: movement is studied with one topology; give one")),
    };
    let stream = args.how.of(tick_ms, &args.selection);
    let standard = if args.quick { MovementStudyOptions::quick } else { MovementStudyOptions::full };
    let standard_seeds = if args.quick { 1 } else { 3 };
    let topology = Topology::load(topology).map_err(Failure::input)?;
    let mut options = standard(stream, topology, args.seeds.unwrap_or(standard_seeds));
    options.folds = args.folds.map_or(options.folds, |folds| folds as usize);
    options.epochs = args.epochs.map(|epochs| epochs as usize);
    options.n_threads = args::n_threads(args.threads);
    Ok(options)
}
