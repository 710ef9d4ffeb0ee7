//! Spike trains in: recordings (NWB, event lists, synthetic sessions), windows of binary ticks, splits by trial.
//!
//! A [`Recording`] is opened from a file or generated; [`Dataset::cut`] cuts its trials into windows of binary ticks;
//! a [`Split`] divides the trials, never the windows, into training and test.
//!
//! ```no_run
//! use recording::{Dataset, Recording, Split, WindowOptions};
//! # fn main() -> Result<(), recording::Error> {
//! let recording = Recording::open("session.nwb")?;
//! let dataset = Dataset::cut(&recording, &WindowOptions { window_ms: 50, ..WindowOptions::default() })?;
//! let split = Split::k_fold(&dataset, 5, 1)?;
//! let (train, test) = (split.train_samples(0, &dataset), split.test_samples(0, &dataset));
//! # Ok(()) }
//! ```
#![deny(missing_docs)]

mod classes;
mod error;
mod event_list;
mod hdf5;
mod nwb;
mod nwb_write;
mod session;
mod split;
mod synthetic;
mod table;
mod whole_file;
mod windows;

pub use classes::{USUAL_LABEL_COLUMNS, default_label_column};
pub use error::Error;
pub use event_list::companion_path;
pub use nwb_write::write_nwb;
pub use session::{Format, Recording, RecordingIdentity};
pub use split::{Fold, IgnoredTrials, Split};
pub use synthetic::{SyntheticOptions, generate};
pub use table::{Column, NamedColumn, TrialTable};
pub use whole_file::{check_place, write_whole};
pub use windows::{DEFAULT_ALIGN_COLUMN, Dataset, Sample, WindowOptions};
