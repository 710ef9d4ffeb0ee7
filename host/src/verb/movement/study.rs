//! `motorsrnn study --target`: movement decoded at every tick, and a report on it.

use recording::{Movement, Recording, StreamOptions, check_distinct};
use study::cells::Divisible;
use study::movement::{MovementStudy, MovementStudyOptions, write_movement_overview};
use study::report::PAGE;
use train::Topology;

use super::super::cells::{StudyOf, check_complete, print_report};
use super::super::study::{StudyArgs, check_folder, folders, pages, seeds};
use super::super::{args, print_text, warn};
use super::warning_of_trials;
use crate::failure::Failure;
use crate::interruption::Interruption;

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
    let mut movements = Vec::new();
    for recording in &recordings {
        args::warn_of_selection(recording, &options.stream.selection)?;
        let movement = Movement::open(&recording.path, target, &options.stream.score_in);
        movements.push(movement.map_err(|error| Failure::recording(&recording.path, &error))?);
    }
    let mut studies = Vec::new();
    for ((recording, movement), folder) in recordings.iter().zip(&movements).zip(&folders) {
        let study = MovementStudy::new(recording, movement, &options, folder);
        let study = study.map_err(|error| Failure::study(&recording.path, &error))?;
        let of_times = movement.series.doubt_beside(recording);
        of_times.into_iter().chain(warning_of_trials(study.stream(), options.stream.fill_gaps)).for_each(warn);
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
    let (mut sessions, mut n_missing) = (Vec::new(), 0);
    for ((recording, study), folder) in recordings.iter().zip(&studies).zip(&folders) {
        let ((report, session), missing) =
            args.share.report((recording, study), folder, options.n_threads, interruption)?;
        print_report(&report, &missing, folder)?;
        sessions.push(session);
        n_missing += missing.len();
    }
    if sessions.len() > 1 {
        let written = write_movement_overview(&sessions, &pages(args, &folders), &args.output);
        written.map_err(|error| Failure::study(&args.output, &error))?;
        print_text(&format!("sessions   {}\n", args.output.join(PAGE).display()))?;
    }
    check_complete(n_missing)
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
    let (first_seed, seeds) = seeds(args, if args.quick { 1 } else { 3 });
    let topology = Topology::load(topology).map_err(Failure::input)?;
    let mut options = MovementStudyOptions { first_seed, ..standard(stream, topology, seeds) };
    options.folds = args.folds.map_or(options.folds, |folds| folds as usize);
    options.epochs = args.epochs.map(|epochs| epochs as usize);
    options.n_threads = args::n_threads(args.threads);
    Ok(options)
}
