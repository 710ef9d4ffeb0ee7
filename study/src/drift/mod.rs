//! A study of drift: one decoder over several days, frozen, adapted, recalibrated or trained again.
//!
//! The days are sessions, or one session and drift that is made by rule ([`train::drift`]).

mod days;
mod follow;
mod run;

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use recording::{
    AngleSource, ClassAngles, Content, Dataset, Recording, UnitIds, UnitMatch, WindowOptions, write_whole,
};
use serde::Serialize;
use spec::core::MAX_READOUTS;
use train::Topology;
use train::drift::Night;
use train::fit::FitOptions;
use train::network::Network;

pub use run::{DayOutcome, DriftMethod, DriftOutcome, DriftRun, TestedTrial};

use crate::angles::{Angles, GivenAngles};
use crate::cells::{self, CODE, Cell, Cells, Divisible, OnProgress, PlannedCell, Reporting, Unit};
use crate::cost::{self, Extent};
use crate::error::StudyError;
use crate::report::sections::drift as section;
use crate::report::{Source, StudyReport};
use crate::runner::run_all;
use crate::store::{Entry, Store};
use crate::study::{CELLS, EVERYTHING};
use days::Days;
use follow::Follower;

/// A result of a run.
pub type DriftEntry = Entry<DriftRun, DriftOutcome>;

const PROGRAM: &str = concat!("motorsrnn ", env!("CARGO_PKG_VERSION"));
/// Bits of a weight.
const WEIGHT_BITS: u32 = 8;

/// What to study, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftOptions {
    /// How windows are cut.
    pub windows: WindowOptions,
    /// The direction of each class; by default what the labels tell.
    pub angles: Option<GivenAngles>,
    /// Areas and projections.
    pub topology: Topology,
    /// Labels of a day to compare, ascending.
    pub labels: Vec<usize>,
    /// Repetitions, each with the next seed.
    pub seeds: u64,
    /// The first seed.
    pub first_seed: u64,
    /// What a night does, where drift is made by rule.
    pub night: Night,
    /// Days after the first, where drift is made by rule.
    pub n_days: usize,
    /// Passes over the training windows; by default by their number, as `train` does.
    pub epochs: Option<usize>,
    /// Threads, at least 1; no result depends on their number.
    #[serde(skip)]
    pub n_threads: usize,
}

impl DriftOptions {
    /// Everything, with seeds from 1 on.
    #[must_use]
    pub fn full(windows: WindowOptions, topology: Topology, seeds: u64) -> Self {
        Self {
            windows,
            angles: None,
            topology,
            labels: vec![10, 20, 40, 80],
            seeds,
            first_seed: 1,
            night: Night::HARSH,
            n_days: 10,
            epochs: None,
            n_threads: 1,
        }
    }

    /// A first look: fewer days and numbers of labels.
    #[must_use]
    pub fn quick(windows: WindowOptions, topology: Topology, seeds: u64) -> Self {
        Self { labels: vec![20, 80], n_days: 5, ..Self::full(windows, topology, seeds) }
    }

    /// The most labels of a day.
    #[must_use]
    pub fn most_labels(&self) -> usize {
        self.labels.iter().copied().max().unwrap_or(0)
    }
}

/// A study of drift over sessions, ready to run.
pub struct DriftStudy<'a> {
    recordings: &'a [&'a Recording],
    options: &'a DriftOptions,
    /// The windows of each session, of the units of the first.
    sessions: Vec<Dataset>,
    angles: Option<Angles>,
    /// How the units of the later sessions were found again, in words.
    units: Vec<String>,
    cells: Cells<DriftRun>,
}

impl Unit for DriftRun {
    type Outcome = DriftOutcome;
}

/// What the results of a study in a store are of.
#[derive(Serialize)]
struct Manifest<'a> {
    program: &'a str,
    /// Identifies the code that results depend on.
    code: &'a str,
    /// In the order of the days.
    recordings: Vec<&'a str>,
    recordings_sha256: Vec<&'a str>,
    options: &'a DriftOptions,
    /// Id and name of each.
    cells: Vec<(&'a str, String)>,
}

/// All results, as JSON.
#[derive(Serialize)]
struct Everything<'a> {
    program: &'a str,
    recordings: Vec<&'a str>,
    recordings_sha256: Vec<&'a str>,
    options: &'a DriftOptions,
    notes: Vec<String>,
    cells: &'a [DriftEntry],
}

impl<'a> DriftStudy<'a> {
    /// Cuts the sessions, one a day in their order, and plans the runs; results are kept under `folder`, in [`CELLS`]. Drift is made by
    /// rule for a single session.
    ///
    /// # Errors
    /// Windows that cannot be cut, sessions of other classes, options that do not fit them.
    pub fn new(recordings: &'a [&'a Recording], options: &'a DriftOptions, folder: &Path) -> Result<Self, StudyError> {
        let Some((first, later)) = recordings.split_first() else { return Err(StudyError::NoSession) };
        let mut sessions = vec![Dataset::cut(first, &options.windows)?];
        let windows = WindowOptions {
            classes: Some(sessions[0].classes.clone()),
            label_column: Some(sessions[0].label_column.clone()),
            ..options.windows.clone()
        };
        let mut units = Vec::new();
        for recording in later {
            let cut = Dataset::cut(recording, &windows).map_err(|error| match error {
                error if error.names_its_file() => error,
                error => recording::Error::Of { path: recording.path.clone(), error: Box::new(error) },
            })?;
            let (session, how) = with_units_of((first, &sessions[0]), recording, cut);
            sessions.push(session);
            units.push(how);
        }
        let n_classes = sessions[0].classes.len();
        if n_classes > usize::from(MAX_READOUTS) {
            return Err(StudyError::TooManyClasses { column: sessions[0].label_column.clone(), n_classes });
        }
        let angles = Angles::of(options.angles.as_ref(), &sessions[0])?;
        number_through(&mut sessions, recordings);
        for session in &mut sessions {
            let degrees = angles.as_ref().map(|angles| angles.rad.iter().map(|rad| rad.to_degrees()).collect());
            session.angles = degrees.map(|degrees| ClassAngles { degrees, source: AngleSource::Degrees });
        }
        let cells = Cells { cells: Vec::new(), store: Store::new(&folder.join(CELLS)) };
        let mut study = Self { recordings, options, sessions, angles, units, cells };
        study.cells.cells = study.all_cells()?;
        Ok(study)
    }

    /// Keeps the results in this folder, which other studies may share.
    #[must_use]
    pub fn keep_in(mut self, store: &Path) -> Self {
        self.cells.store = Store::new(store);
        self
    }

    fn all_cells(&self) -> Result<Vec<Cell<DriftRun>>, StudyError> {
        let Self { recordings, sessions, options, .. } = self;
        let of_recording = |recording: &&Recording| {
            (
                recording.sha256.clone(),
                Content::of(recording).sha256,
                recording.units_table.clone(),
                recording.trials_table.clone(),
            )
        };
        let of_recordings: Vec<_> = recordings.iter().map(of_recording).collect();
        let rule = self.is_by_rule().then_some((options.night, options.n_days));
        let angles = sessions[0].angles.as_ref().map(|angles| &angles.degrees);
        let of_all = (&of_recordings, &options.windows, angles, rule, options.most_labels());
        let Dataset { n_channels, classes, tick_ms, .. } = &sessions[0];
        let network = Network::new(&options.topology, *n_channels, classes.len(), f64::from(*tick_ms), WEIGHT_BITS, 1)
            .map_err(|cause| StudyError::Train { run: options.topology.name.clone(), cause })?;
        let cell = |run: DriftRun| {
            let of_training = run.method.is_trained().then_some((&options.topology, options.epochs));
            Cell::new(&run, &(&of_all, of_training), self.cost(&run, &network))
        };
        self.all_runs().into_iter().map(cell).collect()
    }

    fn all_runs(&self) -> Vec<DriftRun> {
        let DriftOptions { labels, seeds, first_seed, .. } = self.options;
        let of_method = |method: DriftMethod| {
            let labels = if method == DriftMethod::Frozen { vec![0] } else { labels.clone() };
            let of_labels =
                move |labels| (*first_seed..first_seed + seeds).map(move |seed| DriftRun { method, labels, seed });
            labels.into_iter().flat_map(of_labels)
        };
        DriftMethod::ALL.into_iter().flat_map(of_method).collect()
    }

    /// About how long a run takes on one core, seconds.
    fn cost(&self, run: &DriftRun, network: &Network) -> f64 {
        let session = &self.sessions[0];
        let n_days = self.n_days();
        let trained = |n_windows: usize| {
            let FitOptions { epochs, batch_size, .. } = FitOptions::for_windows(n_windows, session.tick_ms);
            let epochs = self.options.epochs.unwrap_or(epochs);
            let n_steps = (epochs * n_windows.div_ceil(batch_size)) as f64;
            Extent { n_ticks: (epochs * n_windows * session.n_ticks) as f64, n_steps }.spiking(network)
        };
        let first = trained(session.samples.len() / if self.is_by_rule() { 2 } else { 1 });
        let kept = follow::n_kept(run.labels, session.classes.len());
        let n_tested = session.n_trials * (n_days + 1);
        let tested = cost::tested(network.layout.n_post(), n_tested * session.n_ticks);
        tested
            + match run.method {
                DriftMethod::Frozen | DriftMethod::Labels => first,
                DriftMethod::Own | DriftMethod::LabelsThenOwn | DriftMethod::Lda => 0.0,
                DriftMethod::Recalibrated | DriftMethod::Retrained => first + n_days as f64 * trained(kept),
            }
    }

    /// Whether the drift is made by rule, since there is one session.
    fn is_by_rule(&self) -> bool {
        self.recordings.len() == 1
    }

    /// Days after the first.
    fn n_days(&self) -> usize {
        if self.is_by_rule() { self.options.n_days } else { self.sessions.len() - 1 }
    }

    /// Carries out a run.
    ///
    /// # Errors
    /// A decoder that cannot be trained, an interruption.
    pub fn carry_out(&self, run: &DriftRun, interrupted: &AtomicBool) -> Result<DriftOutcome, StudyError> {
        let (options, most) = (self.options, self.options.most_labels());
        let days = match self.sessions.as_slice() {
            [session] => Days::by_rule(session, options.night, options.n_days, most, run.seed)?,
            sessions => Days::of_sessions(sessions, most, run.seed)?,
        };
        Follower { run, options, dataset: &self.sessions[0], days: &days, interrupted }.follow()
    }

    fn write(&self, folder: &Path, entries: &[DriftEntry], n_missing: usize) -> Result<StudyReport, StudyError> {
        let report = self.report(entries, n_missing);
        let everything = Everything {
            program: PROGRAM,
            recordings: self.names(),
            recordings_sha256: self.hashes(),
            options: self.options,
            notes: self.notes(),
            cells: entries,
        };
        let bytes = serde_json::to_vec(&everything).map_err(StudyError::Json)?;
        report.write(folder)?;
        let path = folder.join(EVERYTHING);
        write_whole(&path, &bytes).map_err(|cause| StudyError::unwritable(&path, cause))?;
        Ok(report)
    }

    fn names(&self) -> Vec<&str> {
        self.recordings.iter().map(|recording| recording.name.as_str()).collect()
    }

    fn hashes(&self) -> Vec<&str> {
        self.recordings.iter().map(|recording| recording.sha256.as_str()).collect()
    }

    /// What to know before the study starts: the angles, the units, and the trials that are left out.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match &self.angles {
            Some(angles) => {
                notes.push(format!("Directions of the targets: {}.", angles.describe(&self.sessions[0].classes)));
            }
            None => notes.push(
                "The labels do not tell the directions of the targets (`--angles`): no class learns from those beside it.".to_owned(),
            ),
        }
        notes.extend(self.units.iter().cloned());
        for (recording, session) in self.recordings.iter().zip(&self.sessions) {
            if session.left_out.total() > 0 {
                let (n, causes) = (session.left_out.total(), session.left_out);
                notes.push(format!("Trials of {} left out: {n} ({causes}).", recording.name));
            }
        }
        notes
    }

    fn report(&self, entries: &[DriftEntry], n_missing: usize) -> StudyReport {
        let seconds: f64 = entries.iter().map(|entry| entry.seconds).sum();
        let facts = section::Facts {
            entries,
            options: self.options,
            is_by_rule: self.is_by_rule(),
            n_days: self.n_days(),
            chance: 1.0 / self.sessions[0].classes.len() as f64,
        };
        let choices = "Labels, days, nights and what is kept of them; the training is that of `train`.".to_owned();
        let notes = self.notes().into_iter().map(|note| (Source::Choice, note));
        let mut provenance = vec![("program".to_owned(), PROGRAM.to_owned())];
        for (day, recording) in self.recordings.iter().enumerate() {
            provenance.push((format!("day {day}"), recording.name.clone()));
            provenance.push((format!("SHA-256 of day {day}"), recording.sha256.clone()));
        }
        provenance.extend(
            [
                ("options", serde_json::to_string(self.options).unwrap_or_default()),
                ("runs", entries.len().to_string()),
                ("vector instructions", cells::instructions(entries)),
                ("seconds on one processor core", format!("{seconds:.0}")),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        StudyReport {
            title: format!("Drift, {}", self.names().join(", ")),
            warnings: cells::warnings(entries, n_missing),
            claims: section::claims(&facts),
            grounds: std::iter::once((Source::Choice, choices)).chain(notes).collect(),
            provenance,
            sections: vec![section::section(&facts)],
        }
    }
}

impl DriftStudy<'_> {
    /// What the store says of the study.
    fn manifest(&self) -> Manifest<'_> {
        Manifest {
            program: PROGRAM,
            code: CODE,
            recordings: self.names(),
            recordings_sha256: self.hashes(),
            options: self.options,
            cells: self.cells.names(),
        }
    }
}

impl Divisible for DriftStudy<'_> {
    fn work(
        &self,
        ids: &HashSet<String>,
        interrupted: &AtomicBool,
        progress: OnProgress<'_>,
    ) -> Result<(), StudyError> {
        self.cells.store.begin(&self.manifest())?;
        let carry_out = |run: &DriftRun| self.carry_out(run, interrupted);
        run_all(&self.cells.with_ids(ids), &self.cells.store, self.options.n_threads, interrupted, &carry_out, progress)
            .map(drop)
    }

    fn plan(&self) -> Result<Vec<PlannedCell>, StudyError> {
        self.cells.plan()
    }
}

impl Reporting for DriftStudy<'_> {
    type Report = StudyReport;

    fn gather(&self, folder: &Path) -> Result<(StudyReport, Vec<PlannedCell>), StudyError> {
        let (entries, missing) = self.cells.gather()?;
        Ok((self.write(folder, &entries, missing.len())?, missing))
    }
}

/// Trials numbered through, as those of a training on several recordings.
fn number_through(sessions: &mut [Dataset], recordings: &[&Recording]) {
    let mut first_trial = 0;
    for (session, recording) in sessions.iter_mut().zip(recordings) {
        session.samples.iter_mut().for_each(|sample| sample.trial += first_trial);
        first_trial += recording.trials.len();
    }
}

/// A session with the units of the first as its channels: by their ids where these tell, and else in their order. Channels of units that
/// are gone get those that no id matches, and are silent without; further units are left out. How that went, in words.
fn with_units_of(
    (first, expected): (&Recording, &Dataset),
    recording: &Recording,
    mut session: Dataset,
) -> (Dataset, String) {
    let rows = |dataset: &Dataset| dataset.units.first().cloned().unwrap_or_default();
    let [ids, found] = [(first, expected), (recording, &session)].map(|(of, dataset)| UnitIds::of(of, &rows(dataset)));
    let n_units = session.n_channels;
    let (mut place_of, mut n_by_id): (Vec<Option<usize>>, _) = (vec![None; expected.n_channels], None);
    if let (false, Some(ids), Some(found)) =
        (UnitMatch::of(ids.as_ref(), found.as_ref()) == UnitMatch::ByRow, &ids, &found)
    {
        place_of = ids.ids.iter().map(|id| found.ids.iter().position(|other| other == id)).collect();
        n_by_id = Some(place_of.iter().flatten().count());
    }
    let taken: HashSet<usize> = place_of.iter().flatten().copied().collect();
    let mut others = (0..n_units).filter(|place| !taken.contains(place));
    place_of.iter_mut().filter(|place| place.is_none()).for_each(|place| *place = others.next());
    let mut channel_of: Vec<Option<u16>> = vec![None; n_units];
    for (channel, place) in (0..=u16::MAX).zip(place_of) {
        if let Some(place) = place {
            channel_of[place] = Some(channel);
        }
    }
    for channels in session.samples.iter_mut().flat_map(|sample| &mut sample.ticks) {
        *channels = channels.iter().filter_map(|channel| channel_of[usize::from(*channel)]).collect();
        channels.sort_unstable();
    }
    session.n_channels = expected.n_channels;
    let how = match n_by_id {
        Some(n_by_id) => format!("{n_by_id} of {} found again by id", expected.n_channels),
        None => "in their order, since no ids tell which is which".to_owned(),
    };
    (session, format!("Units of {}: {n_units}, {how}.", recording.name))
}
