//! Time series of behaviour beside the spikes: positions, velocities, masks, whatever container a file keeps them in.

mod summary;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use summary::HOLE_INTERVALS;
pub use summary::SeriesSummary;

use crate::event_list::kinematics;
use crate::reach_mat::{self, ReachMat};
use crate::sha256::sha256_hex;
use crate::{Error, Recording, hdf5, nwb};

/// A time series of real numbers, a row for each sample and a column for each axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its path in the file, without the leading slash.
    pub path: String,
    /// Its unit, as the file spells it, after conversion; may be empty.
    pub unit: String,
    /// What the file says about it; may be empty.
    pub description: String,
    /// Names of the axes.
    pub axes: Vec<String>,
    /// When the samples were taken.
    pub times: Times,
    /// `[n_samples][n_axes]`, after conversion and offset; NaN where a value is missing.
    pub values: Vec<f64>,
}

impl Series {
    /// SHA-256 of its axes, times and values.
    pub fn sha256(&self) -> String {
        let bytes = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let times = match &self.times {
            Times::Regular { start_s, rate_hz } => bytes(&[*start_s, *rate_hz]),
            Times::Stamps(times_s) => bytes(times_s),
        };
        sha256_hex(&[self.axes.join(",").as_bytes(), &times, &bytes(&self.values)])
    }
}

/// The times of samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Times {
    /// Evenly spaced.
    Regular {
        /// Of the first sample, seconds.
        start_s: f64,
        /// Samples per second, above 0.
        rate_hz: f64,
    },
    /// A time for each sample, seconds: finite and not falling.
    Stamps(Vec<f64>),
}

/// A series in a file, not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSeries {
    /// Its name.
    pub name: String,
    /// Its path in the file, without the leading slash.
    pub path: String,
}

impl Series {
    /// The series of a file, in the order of their paths: of NWB every `TimeSeries` with numbers that may be behaviour, and every
    /// container of one-dimensional ones; of an event list the one in the file that
    /// [`kinematics_path`](crate::kinematics_path) names.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn list(file: impl AsRef<Path>) -> Result<Vec<ListedSeries>, Error> {
        let file = file.as_ref();
        match Source::of(file)? {
            Source::Nwb => nwb::list_series(file),
            Source::ReachMat => Ok(ReachMat::open(file)?.list()),
            Source::EventList => kinematics::list(file),
        }
    }

    /// Reads the series of a file that has this name, or this path.
    ///
    /// # Errors
    /// [`Error::UnknownSeries`]; [`Error::BadSeries`] for one that makes no sense; a file that cannot be read.
    pub fn open(file: impl AsRef<Path>, name: &str) -> Result<Series, Error> {
        let file = file.as_ref();
        let listed = Series::list(file)?;
        let path = choose(file, &listed, name)?;
        let series = match Source::of(file)? {
            Source::Nwb => nwb::read_series(file, path),
            Source::ReachMat => ReachMat::open(file)?.series(path),
            Source::EventList => kinematics::open(file),
        }?;
        series.check(file)?;
        Ok(series)
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.values.len() / self.axes.len().max(1)
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The time of a sample, seconds.
    ///
    /// # Panics
    /// With time stamps, if `sample` is not below [`Series::len`].
    pub fn time_s(&self, sample: usize) -> f64 {
        match &self.times {
            Times::Regular { start_s, rate_hz } => start_s + sample as f64 / rate_hz,
            Times::Stamps(stamps_s) => stamps_s[sample],
        }
    }

    /// The median time from sample to sample, seconds; none for a single sample.
    pub fn median_interval_s(&self) -> Option<f64> {
        match &self.times {
            Times::Regular { rate_hz, .. } => Some(1.0 / rate_hz),
            Times::Stamps(stamps_s) => {
                let mut intervals_s: Vec<f64> = stamps_s.windows(2).map(|pair| pair[1] - pair[0]).collect();
                let middle = intervals_s.len().checked_sub(1)? / 2;
                Some(*intervals_s.select_nth_unstable_by(middle, f64::total_cmp).1)
            }
        }
    }

    /// The places of the axes of these names or numbers, from 0; all without names.
    ///
    /// # Errors
    /// [`Error::BadOption`] for an axis that is not there or named twice.
    pub fn axes_of(&self, names: Option<&[String]>) -> Result<Vec<usize>, Error> {
        let Some(names) = names else { return Ok((0..self.axes.len()).collect()) };
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            let by_number = || name.parse().ok().filter(|&place: &usize| place < self.axes.len());
            let place = self.axes.iter().position(|axis| axis == name).or_else(by_number);
            let available = self.axes.join(", ");
            let bad = |cause: String| Error::BadOption { option: "axes", cause };
            let place =
                place.ok_or_else(|| bad(format!("`{}` has no axis `{name}`; it has {available}", self.path)))?;
            if places.contains(&place) {
                return Err(bad(format!("axis `{name}` is named twice")));
            }
            places.push(place);
        }
        Ok(places)
    }

    /// What a person should look at beside these spikes: times of which only a part has both.
    pub fn doubt_beside(&self, recording: &Recording) -> Option<String> {
        /// Less of the longer one is doubtful.
        const LEAST_SHARE: f64 = 0.5;
        let spikes = recording.spike_range()?;
        let (first_s, last_s) = (self.time_s(0), self.time_s(self.len().checked_sub(1)?));
        let both_s = last_s.min(spikes.last_s) - first_s.max(spikes.first_s);
        let longer_s = (last_s - first_s).max(spikes.span_s());
        (both_s < LEAST_SHARE * longer_s).then(|| {
            format!(
                "{} is from {first_s:.1} to {last_s:.1} s and the spikes are from {:.1} to {:.1} s, so only {:.1} s have both: look \
                 whether its rate and its start are right",
                self.path,
                spikes.first_s,
                spikes.last_s,
                both_s.max(0.0)
            )
        })
    }

    /// Whether times and values fit together.
    fn check(&self, file: &Path) -> Result<(), Error> {
        self.fault()
            .map_or(Ok(()), |cause| Err(Error::BadSeries { path: file.into(), series: self.path.clone(), cause }))
    }

    fn fault(&self) -> Option<String> {
        /// A larger part of timestamps that repeat the one before is a mistake.
        const MOST_REPEATED: f64 = 0.4;
        /// Samples from which on a rate below 1 Hz is taken for a mistake.
        const MANY: usize = 1000;
        let n_samples = self.len();
        if n_samples < 2 {
            return Some(format!("it has {n_samples} sample(s), and a movement takes two or more; export all samples"));
        }
        match &self.times {
            Times::Regular { start_s, rate_hz } => {
                if !(start_s.is_finite() && rate_hz.is_finite() && *rate_hz > 0.0) {
                    return Some(format!("it starts at {start_s} s with a rate of {rate_hz} Hz; correct both"));
                }
                (*rate_hz < 1.0 && n_samples > MANY).then(|| {
                    format!(
                        "a rate of {rate_hz} Hz would make its {n_samples} samples last {:.0} s: it is probably the period; write \
                         {} as the rate",
                        n_samples as f64 / rate_hz,
                        1.0 / rate_hz
                    )
                })
            }
            Times::Stamps(stamps_s) if stamps_s.len() != n_samples => {
                Some(format!("it has {} timestamps for {n_samples} samples; export both together", stamps_s.len()))
            }
            Times::Stamps(stamps_s) => {
                if let Some(sample) = stamps_s.iter().position(|stamp_s| !stamp_s.is_finite()) {
                    return Some(format!(
                        "timestamp {sample} is {}; leave out samples without a time",
                        stamps_s[sample]
                    ));
                }
                if let Some(sample) = stamps_s.windows(2).position(|pair| pair[1] < pair[0]) {
                    let [before_s, after_s] = [stamps_s[sample], stamps_s[sample + 1]];
                    return Some(format!(
                        "its timestamps fall from {before_s} to {after_s} s at sample {}; sort the samples",
                        sample + 1
                    ));
                }
                let repeated = || stamps_s.windows(2).enumerate().filter(|(_, pair)| pair[1] == pair[0]);
                let n_repeated = repeated().count();
                if n_repeated as f64 > MOST_REPEATED * (n_samples - 1) as f64 {
                    let (before, pair) = repeated().next()?;
                    return Some(format!(
                        "{n_repeated} of its {n_samples} timestamps repeat the one before, first {} s at sample {}: samples are there \
                         several times, or times were rounded; leave out the repeated samples, or export unrounded times",
                        pair[1],
                        before + 1
                    ));
                }
                let interval_s = self.median_interval_s().filter(|&interval_s| interval_s > 1.0 && n_samples > MANY)?;
                Some(format!(
                    "its {n_samples} samples are {interval_s} s apart: its timestamps are probably in another unit; convert them to \
                     seconds"
                ))
            }
        }
    }
}

/// Names for so many axes of a series called `name`.
pub(crate) fn axis_names(name: &str, n_axes: usize) -> Vec<String> {
    match n_axes {
        1 => vec![name.to_owned()],
        2 | 3 => ["x", "y", "z"][..n_axes].iter().map(|&axis| axis.to_owned()).collect(),
        _ => (0..n_axes).map(|axis| axis.to_string()).collect(),
    }
}

/// The path of the only series of this name, or of the series at this path.
fn choose<'a>(file: &Path, listed: &'a [ListedSeries], name: &str) -> Result<&'a str, Error> {
    let name = name.trim_matches('/');
    let mut named = listed.iter().filter(|series| series.name == name || series.path.ends_with(&format!("/{name}")));
    let only = named.next().filter(|_| named.next().is_none());
    let found = listed.iter().find(|series| series.path == name).or(only);
    found.map(|series| series.path.as_str()).ok_or_else(|| Error::UnknownSeries {
        path: file.into(),
        series: name.into(),
        available: listed.iter().map(|series| series.path.clone()).collect(),
    })
}

/// Where a recording keeps its series.
enum Source {
    Nwb,
    ReachMat,
    EventList,
}

impl Source {
    fn of(file: &Path) -> Result<Source, Error> {
        let read_error = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::NotFound { path: PathBuf::from(file) },
            _ => Error::Read { path: file.into(), source },
        };
        if !hdf5::is_hdf5(file).map_err(read_error)? {
            return Ok(Source::EventList);
        }
        Ok(if reach_mat::is_one(file) { Source::ReachMat } else { Source::Nwb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(times: Times, n_samples: usize) -> Series {
        Series {
            name: "hand_vel".into(),
            path: "processing/behavior/hand_vel".into(),
            unit: "cm/s".into(),
            description: String::new(),
            axes: axis_names("hand_vel", 2),
            times,
            values: vec![0.0; 2 * n_samples],
        }
    }

    #[test]
    fn a_rate_that_is_a_period_is_refused_with_the_cure() {
        let period = series(Times::Regular { start_s: 0.0, rate_hz: 0.02 }, 2000);
        assert!(period.fault().unwrap().contains("write 50 as the rate"));
        assert_eq!(series(Times::Regular { start_s: 0.0, rate_hz: 0.5 }, 100).fault(), None);
        assert!(series(Times::Regular { start_s: 0.0, rate_hz: -1.0 }, 100).fault().is_some());
    }

    #[test]
    fn times_that_fall_or_do_not_count_to_the_samples_are_refused() {
        assert_eq!(series(Times::Stamps(vec![0.0, 0.1, 0.2, 0.2]), 4).fault(), None);
        for (stamps, part) in [
            (vec![0.0, 0.2, 0.1], "fall from 0.2 to 0.1 s at sample 2"),
            (vec![0.0, f64::NAN, 0.1], "timestamp 1 is NaN"),
            (vec![0.0, 0.1], "2 timestamps for 3 samples"),
            (vec![0.0, 0.1, 0.1], "1 of its 3 timestamps repeat the one before, first 0.1 s at sample 2"),
        ] {
            let fault = series(Times::Stamps(stamps), 3).fault().unwrap();
            assert!(fault.contains(part), "{fault}");
        }
        let in_milliseconds = Times::Stamps((0..1500).map(|sample| 4.0 * f64::from(sample)).collect());
        assert!(series(in_milliseconds, 1500).fault().unwrap().contains("convert them to seconds"));
        let slow = Times::Stamps((0..100).map(|sample| 4.0 * f64::from(sample)).collect());
        assert_eq!(series(slow, 100).fault(), None);
        assert!(series(Times::Stamps(vec![0.0]), 1).fault().unwrap().contains("1 sample"));
    }

    #[test]
    fn axes_are_chosen_by_name_or_number() {
        let series = series(Times::Regular { start_s: 0.0, rate_hz: 100.0 }, 3);
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(series.axes_of(None).unwrap(), [0, 1]);
        assert_eq!(series.axes_of(Some(&names(&["y", "0"]))).unwrap(), [1, 0]);
        assert!(series.axes_of(Some(&names(&["z"]))).unwrap_err().to_string().contains("it has x, y"));
        assert!(series.axes_of(Some(&names(&["x", "0"]))).is_err());
    }

    #[test]
    fn a_series_is_found_by_its_path_or_by_a_name_that_only_one_has() {
        let listed = ["a/hand_vel", "b/hand_vel", "b/finger"]
            .map(|path| ListedSeries { name: path.rsplit('/').next().unwrap().into(), path: path.into() });
        let chosen = |name: &str| choose(Path::new("f"), &listed, name).map(str::to_owned);
        assert_eq!(chosen("finger").unwrap(), "b/finger");
        assert_eq!(chosen("/a/hand_vel").unwrap(), "a/hand_vel");
        assert!(chosen("hand_vel").unwrap_err().to_string().contains("a/hand_vel, b/hand_vel, b/finger"));
    }
}
