//! Event lists: one spike per line as text, the trials in a companion CSV file.

pub(crate) mod kinematics;
mod live;
mod rows;
mod trials;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use kinematics::kinematics_path;
pub use live::live_header;

use csv::StringRecord;

use crate::classes::is_missing;
use crate::session::{READ_MAX_BYTES, is_countable_time, session_name, tidy_units, why_uncountable};
use crate::sha256::sha256_hex;
use crate::{Error, Format, Recording};
use rows::{Rows, text};

const TIME: &str = "t_ms";
const CHANNEL: &str = "channel";

/// The file with the trials of an event list: `<stem>.trials.csv` in the same folder.
pub fn companion_path(event_list: impl AsRef<Path>) -> PathBuf {
    event_list.as_ref().with_extension("trials.csv")
}

/// Opens an event list and, if it exists, its companion.
pub(crate) fn open(path: &Path) -> Result<Recording, Error> {
    let events = read_file(path)?.ok_or_else(|| Error::NotFound { path: path.into() })?;
    let trials = read_file(&companion_path(path))?;
    from_bytes(path, &events, trials.as_deref())
}

/// The bytes of a file, none if it does not exist.
fn read_file(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let read = || -> io::Result<(u64, Vec<u8>)> {
        // To open a pipe waits for its writer, and a device may never end.
        if !path.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let file = File::open(path)?;
        let (mut n_bytes, mut bytes) = (file.metadata()?.len(), Vec::new());
        if n_bytes <= READ_MAX_BYTES {
            // It may grow meanwhile.
            n_bytes = file.take(READ_MAX_BYTES + 1).read_to_end(&mut bytes)? as u64;
        }
        Ok((n_bytes, bytes))
    };
    match read() {
        Ok((n_bytes, _)) if n_bytes > READ_MAX_BYTES => {
            Err(Error::TooLarge { path: path.into(), what: "its text".into(), most_bytes: READ_MAX_BYTES })
        }
        Ok((_, bytes)) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.into(), source }),
    }
}

/// Reads an event list called `path` and, if there is one, its companion.
pub(crate) fn from_bytes(path: &Path, events: &[u8], trials: Option<&[u8]>) -> Result<Recording, Error> {
    let (mut units, mut warnings) = parse_events(path, events)?;
    warnings.extend(empty_channels(&units));
    warnings.extend(tidy_units(&mut units));
    Ok(Recording {
        name: session_name(path),
        path: path.into(),
        format: Format::EventList,
        description: String::new(),
        sha256: sha256_hex(&[events, trials.unwrap_or_default()]),
        units,
        unit_columns: Vec::new(),
        unreadable_units: Vec::new(),
        trials: trials.map(|bytes| trials::parse(&companion_path(path), bytes)).transpose()?.unwrap_or_default(),
        warnings,
        units_table: String::new(),
        trials_table: String::new(),
        units_tables: Vec::new(),
        interval_tables: Vec::new(),
    })
}

/// The spikes of each unit, and warnings.
fn parse_events(path: &Path, bytes: &[u8]) -> Result<(Vec<Vec<f64>>, Vec<String>), Error> {
    let unknown = |cause: String| Error::UnknownFormat { path: path.into(), cause };
    let text = text(bytes).map_err(|cause| unknown(cause.into()))?;
    let n_channels = live::n_channels(text).transpose();
    let n_channels = n_channels.map_err(|cause| Error::BadLine { path: path.into(), line: 1, cause })?;
    let (text, is_whole) = live::whole_lines(text);
    let mut rows = Rows::new(path, text);
    let Some((_, header)) = rows.next()? else {
        return Err(unknown("it has no line but blanks and comments".into()));
    };
    let Some((time_at, channel_at)) = places(header) else {
        let start: String = header.iter().collect::<Vec<_>>().join(",").chars().take(40).collect();
        return Err(unknown(format!("its first line is `{start}`")));
    };
    let n_fields = header.len();
    let mut units: Vec<Vec<f64>> = vec![Vec::new(); n_channels.unwrap_or(0).into()];
    while let Some((line, fields)) = rows.next()? {
        let bad = |cause: String| Error::BadLine { path: path.into(), line, cause };
        let (true, Some(time), Some(channel)) = (fields.len() == n_fields, fields.get(time_at), fields.get(channel_at))
        else {
            return Err(bad(format!("{} fields where the header has {n_fields}", fields.len())));
        };
        let time_ms = if is_missing(time) { Ok(f64::NAN) } else { time.parse::<f64>() };
        let time_s = time_ms.map_err(|_| bad(not_a_time(time)))? / 1e3;
        if time_s.is_finite() && !is_countable_time(time_s) {
            return Err(bad(format!("the time `{time}` is {}", why_uncountable(time_s, "milliseconds"))));
        }
        let channel =
            channel_of(channel).ok_or_else(|| bad(format!("`{channel}` is not a channel from 0 to {}", u16::MAX)))?;
        let channel = usize::from(channel);
        if let Some(n_channels) = n_channels.filter(|&n_channels| channel >= usize::from(n_channels)) {
            return Err(bad(format!("channel {channel}, and the first line says {n_channels} channels, from 0")));
        }
        if channel >= units.len() {
            units.resize(channel + 1, Vec::new());
        }
        units[channel].push(time_s);
    }
    if units.is_empty() {
        return Err(Error::NoUnits {
            path: path.into(),
            cause: "no event follows the header".into(),
            tables: Vec::new(),
        });
    }
    let cut_off = "its last line is cut off, as of a recording that did not end, and was left out".to_owned();
    Ok((units, (!is_whole).then_some(cut_off).into_iter().collect()))
}

/// The places of time and channel in a row; none if the header has another column. Those without a name, such as the row numbers of
/// pandas, do not count.
fn places(header: &StringRecord) -> Option<(usize, usize)> {
    let named: Vec<&str> = header.iter().filter(|name| !name.is_empty()).collect();
    let place = |name: &str| header.iter().position(|other| other == name);
    (named.len() == 2).then(|| Some((place(TIME)?, place(CHANNEL)?)))?
}

/// A channel, which may be written as a real number.
fn channel_of(cell: &str) -> Option<u16> {
    let whole = || cell.parse::<f64>().ok().filter(|number| number.fract() == 0.0);
    cell.parse().ok().or_else(|| whole()?.to_string().parse().ok())
}

/// What is wrong with a cell that should be a time.
fn not_a_time(cell: &str) -> String {
    let is_comma = cell.replace(',', ".").parse::<f64>().is_ok();
    format!("`{cell}` is not a time in ms{}", if is_comma { ": decimals have a point" } else { "" })
}

/// A warning about channels without events.
fn empty_channels(units: &[Vec<f64>]) -> Option<String> {
    const MOST_SHOWN: usize = 10;
    let empty: Vec<String> =
        (0..units.len()).filter(|&unit| units[unit].is_empty()).map(|unit| unit.to_string()).collect();
    let shown = empty[..empty.len().min(MOST_SHOWN)].join(", ");
    let more = if empty.len() > MOST_SHOWN { ", ..." } else { "" };
    let advice = if empty == ["0"] { "; are the channels counted from 1? Count them from 0" } else { "" };
    let n_units = units.len();
    let have = if empty.len() == 1 { "has" } else { "have" };
    (!empty.is_empty()).then(|| format!("{} of {n_units} channels {have} no event: {shown}{more}{advice}", empty.len()))
}
