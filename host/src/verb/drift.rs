//! `motorsrnn study --only drift`: several days, and a report on what follows the drift.

use recording::{Recording, check_distinct};
use study::drift::{DriftOptions, DriftStudy};
use train::Topology;

use super::cells::{StudyOf, check_complete, print_report};
use super::study::{StudyArgs, angles, check_folder, seeds};
use super::{args, print_text};
use crate::failure::Failure;
use crate::interruption::Interruption;

/// Studies the recordings, each a day, and writes one report.
///
/// # Errors
/// A recording or an option cannot be used, the folder cannot be written, or `interruption` is requested.
pub(super) fn study(args: &StudyArgs, interruption: &Interruption) -> Result<(), Failure> {
    let options = options(args)?;
    let recordings: Vec<Recording> =
        args.recordings.iter().map(|path| args.selection.open(path)).collect::<Result<_, _>>()?;
    let days: Vec<&Recording> = recordings.iter().collect();
    check_distinct(&days).map_err(|error| Failure::recordings(&args.recordings, &error))?;
    for recording in &recordings {
        args::warn_of_selection(recording, &options.windows.selection)?;
    }
    // Finished runs are kept when the study is interrupted.
    interruption.hold();
    check_folder(&args.output, std::slice::from_ref(&args.output))?;
    let refuse = |error| Failure::study(&recordings[0].path, &error);
    let mut study = DriftStudy::new(&days, &options, &args.output).map_err(refuse)?;
    if let Some(store) = &args.share.store {
        study = study.keep_in(store);
    }
    let of_days: [StudyOf<'_>; 1] = [(&recordings[0], &study)];
    if args.share.share(&of_days, options.n_threads, interruption)? {
        return Ok(());
    }
    print_text(&study.notes().iter().map(|note| format!("{note}\n")).collect::<String>())?;
    let (report, missing) =
        args.share.report((&recordings[0], &study), &args.output, options.n_threads, interruption)?;
    print_report(&report, &missing, &args.output)?;
    check_complete(missing.len())
}

fn options(args: &StudyArgs) -> Result<DriftOptions, Failure> {
    let refuse = |option: &str| {
        Err(Failure::input(format_args!("{option}: a study of drift has days, not folds")).advise("leave it out"))
    };
    if args.folds.is_some() {
        return refuse("--folds");
    }
    if args.split_column.is_some() {
        return refuse("--split-column");
    }
    let tick_ms = match args.ticks_ms.as_deref() {
        None => 1,
        Some(&[tick_ms]) => tick_ms,
        Some(_) => return Err(Failure::input("--ticks-ms: drift is studied in ticks of one length; give one")),
    };
    let topology = match args.topologies.as_deref() {
        None => Topology::DEFAULT,
        Some([name]) => name,
        Some(_) => return Err(Failure::input("--topologies: drift is studied with one topology; give one")),
    };
    let topology = Topology::load(topology).map_err(Failure::input)?;
    let standard = if args.quick { DriftOptions::quick } else { DriftOptions::full };
    let (first_seed, seeds) = seeds(args, if args.quick { 1 } else { 3 });
    let windows = args.windows.options(&args.selection, tick_ms);
    let mut options = DriftOptions { first_seed, ..standard(windows, topology, seeds) };
    options.angles = args.angles.as_deref().map(angles).transpose()?;
    options.epochs = args.epochs.map(|epochs| epochs as usize);
    options.n_threads = args::n_threads(args.threads);
    Ok(options)
}
