//! Spike trains in: recordings (NWB, event lists, synthetic sessions), windows and streams of binary ticks, splits.
//!
//! A [`Recording`] is opened from a file or generated; [`Dataset::cut`] cuts its trials into windows of binary ticks,
//! [`Dataset::from_samples`] takes windows from arrays; a [`Split`] divides the trials, never the windows, into training
//! and test.
//!
//! For movement that is decoded at every tick, [`Series::open`] reads a time series of the file, [`Stream::of`] puts both on one
//! grid of ticks ([`Stream::of_all`] those of several recordings), and a [`StreamSplit`] divides the ticks.
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
#![warn(clippy::cast_lossless, clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

mod angles;
mod classes;
mod clock;
mod dataset;
mod doubts;
mod error;
mod event_list;
mod hdf5;
mod identity;
mod label_doubts;
mod left_out;
mod nwb;
mod open;
mod other_formats;
mod reach;
mod reach_mat;
mod sanity;
mod selection;
mod series;
mod session;
mod sha256;
mod spans;
mod split;
mod stream;
mod synthetic;
mod table;
mod tree;
mod trial_classes;
mod units;
mod unlabelled;
mod visible;
mod whole_file;
mod windows;

pub use angles::{AngleSource, ClassAngles};
pub use classes::{USUAL_LABEL_COLUMNS, default_label_column};
pub use clock::TimeRange;
pub use dataset::{Dataset, Sample};
pub use doubts::doubts_of_trials;
pub use error::Error;
pub use event_list::{companion_path, kinematics_path, live_header};
pub use identity::{Agreement, Content, RecordingIdentity, Shared, TrialTimes, UnitMarks, can_be_one_session};
pub use label_doubts::{doubt_of_spellings, doubts_of_classes};
pub use left_out::LeftOut;
pub use nwb::{write_nwb, write_nwb_series};
pub use open::Tables;
pub use reach::{ReachOptions, generate_reach};
pub use sanity::{ColumnSummary, Event, FAST_HZ, Holds, Rates, Sanity, UnitRow, ValueRange};
pub use selection::{Chosen, Selection, as_value, values_of_list};
pub use series::{ListedSeries, Series, SeriesSummary, Times};
pub use session::{Format, READ_MAX_BYTES, Recording};
pub use sha256::sha256_of_file;
pub use split::{Fold, IgnoredTrials, Split};
pub use stream::{BlockOptions, Movement, ScoreIn, Stream, StreamFold, StreamOptions, StreamPart, StreamSplit};
pub use synthetic::{RateSpread, SyntheticOptions, generate};
pub use table::{Column, NamedColumn, TrialTable, Unreadable};
pub use tree::{Array, ReadError, Tree, Values};
pub use trial_classes::TrialClasses;
pub use units::{UnitIds, UnitMatch};
pub use unlabelled::TrialTicks;
pub use visible::{on_one_line, visible};
pub use whole_file::{check_place, write_whole, write_whole_together};
pub use windows::{DEFAULT_ALIGN_COLUMN, WindowOptions, check_distinct};
