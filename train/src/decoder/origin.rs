//! Where the data set of a training comes from.

use recording::{Dataset, Recording, RecordingIdentity, Tables};

use super::{FurtherRecording, TrainedUnit};

/// Where a data set comes from, for the companion file.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    pub(super) recording: RecordingIdentity,
    pub(super) further: Vec<FurtherRecording>,
    pub(super) tables: Tables,
    pub(super) units: Vec<TrainedUnit>,
    /// Trials of the recordings, with windows or not; of arrays those that have some are counted.
    pub(super) n_trials: usize,
}

impl Origin {
    /// Of a data set that was cut from these recordings, opened with these tables; `None` without a recording.
    #[must_use]
    pub fn of(recordings: &[&Recording], tables: &Tables, dataset: &Dataset) -> Option<Self> {
        let (first, others) = recordings.split_first()?;
        let rows = dataset.units.first().map_or(&[][..], Vec::as_slice);
        let first_trials = dataset.first_trials.iter().skip(1);
        let further = others
            .iter()
            .zip(first_trials)
            .map(|(recording, &first_trial)| FurtherRecording { recording: recording.identity(), first_trial });
        Some(Self {
            recording: first.identity(),
            further: further.collect(),
            tables: tables.clone(),
            units: TrainedUnit::all_of(first, rows),
            n_trials: recordings.iter().map(|recording| recording.trials.len()).sum(),
        })
    }
}

/// Of arrays: a name and a hash that the caller chooses.
impl From<RecordingIdentity> for Origin {
    fn from(recording: RecordingIdentity) -> Self {
        Self { recording, further: Vec::new(), tables: Tables::default(), units: Vec::new(), n_trials: 0 }
    }
}
