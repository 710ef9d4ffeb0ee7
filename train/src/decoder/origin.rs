//! Where the data set of a training comes from.

use recording::{Dataset, Recording, RecordingIdentity, Tables, UnitIds};

use super::{FurtherRecording, TrainedUnit};

/// Where a data set comes from, for the companion file.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    pub(super) recording: RecordingIdentity,
    pub(super) further: Vec<FurtherRecording>,
    pub(super) tables: Tables,
    pub(super) units: Vec<TrainedUnit>,
}

impl Origin {
    /// Of a data set that was cut from these recordings, opened with these tables; `None` without a recording.
    #[must_use]
    pub fn of(recordings: &[&Recording], tables: &Tables, dataset: &Dataset) -> Option<Self> {
        let (first, others) = recordings.split_first()?;
        let rows = dataset.units.first().map_or(&[][..], Vec::as_slice);
        let (ids, rates_hz) = (UnitIds::of(first, rows), first.mean_rates_hz());
        let unit = |(place, &row): (usize, &usize)| {
            let id = |number_rows: bool| {
                let ids = ids.as_ref().filter(|ids| ids.number_rows == number_rows)?;
                Some(ids.ids[place].clone())
            };
            TrainedUnit { id: id(false), row_id: id(true), rate_hz: (1e3 * rates_hz[row]).round() / 1e3 }
        };
        let first_trials = dataset.first_trials.iter().skip(1);
        let further = others
            .iter()
            .zip(first_trials)
            .map(|(recording, &first_trial)| FurtherRecording { recording: recording.identity(), first_trial });
        Some(Self {
            recording: first.identity(),
            further: further.collect(),
            tables: tables.clone(),
            units: rows.iter().enumerate().map(unit).collect(),
        })
    }
}

/// Of arrays: a name and a hash that the caller chooses.
impl From<RecordingIdentity> for Origin {
    fn from(recording: RecordingIdentity) -> Self {
        Self { recording, further: Vec::new(), tables: Tables::default(), units: Vec::new() }
    }
}
