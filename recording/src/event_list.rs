//! Event lists: one spike per line as text, the trials in a companion CSV file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::session::{READ_MAX_BYTES, is_countable_time, session_name, sort_units};
use crate::sha256::sha256_hex;
use crate::{Column, Error, Format, NamedColumn, Recording, TrialTable};

const HEADER: [&str; 2] = ["t_ms", "channel"];

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
        let file = File::open(path)?;
        let (mut n_bytes, mut bytes) = (file.metadata()?.len(), Vec::new());
        if n_bytes <= READ_MAX_BYTES {
            // A device has no length and may never end.
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
    let mut units = parse_events(path, events)?;
    sort_units(&mut units);
    Ok(Recording {
        name: session_name(path),
        path: path.into(),
        format: Format::EventList,
        description: String::new(),
        sha256: sha256_hex(&[events, trials.unwrap_or_default()]),
        units,
        unit_columns: Vec::new(),
        unreadable_units: Vec::new(),
        trials: trials.map(|bytes| parse_trials(&companion_path(path), bytes)).transpose()?.unwrap_or_default(),
        units_table: String::new(),
        trials_table: String::new(),
        units_tables: Vec::new(),
        interval_tables: Vec::new(),
    })
}

fn parse_events(path: &Path, bytes: &[u8]) -> Result<Vec<Vec<f64>>, Error> {
    let unknown = |cause: String| Error::UnknownFormat { path: path.into(), cause };
    let mut rows = Rows::new(path, bytes, &unknown)?;
    let Some((_, header)) = rows.next()? else {
        return Err(unknown("it has no line but blanks and comments".into()));
    };
    if header != HEADER.as_slice() {
        let start: String = header.iter().collect::<Vec<_>>().join(",").chars().take(40).collect();
        return Err(unknown(format!("its first line is `{start}`")));
    }
    let mut units: Vec<Vec<f64>> = Vec::new();
    while let Some((line, fields)) = rows.next()? {
        let bad = |cause: String| Error::BadLine { path: path.into(), line, cause };
        let (2, Some(time), Some(channel)) = (fields.len(), fields.get(0), fields.get(1)) else {
            return Err(bad(format!("{} fields where `t_ms,channel` has {}", fields.len(), HEADER.len())));
        };
        let time_s = time.parse::<f64>().map_err(|_| bad(format!("`{time}` is not a time in ms")))? / 1e3;
        if !is_countable_time(time_s) {
            return Err(bad(format!("the time `{time}` is not finite or too large")));
        }
        let channel: u16 =
            channel.parse().map_err(|_| bad(format!("`{channel}` is not a channel from 0 to {}", u16::MAX)))?;
        let channel = usize::from(channel);
        if channel >= units.len() {
            units.resize(channel + 1, Vec::new());
        }
        units[channel].push(time_s);
    }
    if units.is_empty() {
        return Err(Error::NoUnits { path: path.into(), cause: "no event follows the header".into() });
    }
    Ok(units)
}

fn parse_trials(path: &Path, bytes: &[u8]) -> Result<TrialTable, Error> {
    let bad_table = |cause: String| Error::BadTrials { path: path.into(), cause };
    let mut rows = Rows::new(path, bytes, &bad_table)?;
    let names = rows.next()?.map(|(_, names)| names.clone());
    let names = names.ok_or_else(|| bad_table("it has no header line".into()))?;
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    let mut lines = Vec::new();
    while let Some((line, fields)) = rows.next()? {
        if fields.len() != names.len() {
            let cause = format!("{} fields where the header has {}", fields.len(), names.len());
            return Err(Error::BadLine { path: path.into(), line, cause });
        }
        lines.push(line);
        for (column, field) in cells.iter_mut().zip(fields) {
            column.push(field.to_owned());
        }
    }
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(bad_table(format!("two columns are named `{name}`")));
        }
        if name.is_empty() {
            return Err(bad_table(format!("column {} has no name", index + 1)));
        }
    }
    let mut columns: Vec<NamedColumn> = Vec::new();
    let (mut start_s, mut stop_s) = (None, None);
    for (name, cells) in names.iter().zip(cells) {
        match name {
            "start_ms" => start_s = Some(parse_times(path, &lines, &cells)?),
            "stop_ms" => stop_s = Some(parse_times(path, &lines, &cells)?),
            _ => columns.push(NamedColumn {
                name: name.to_owned(),
                description: String::new(),
                values: infer_column(cells),
            }),
        }
    }
    let missing = |name: &str| bad_table(format!("it has no column `{name}`"));
    let start_s = start_s.ok_or_else(|| missing("start_ms"))?;
    let stop_s = stop_s.ok_or_else(|| missing("stop_ms"))?;
    if let Some(row) = (0..start_s.len()).find(|&row| stop_s[row] < start_s[row]) {
        let cause = "the trial stops before it starts".into();
        return Err(Error::BadLine { path: path.into(), line: lines[row], cause });
    }
    Ok(TrialTable { start_s, stop_s, columns, unreadable: Vec::new() })
}

fn parse_times(path: &Path, lines: &[usize], cells: &[String]) -> Result<Vec<f64>, Error> {
    let parse = |(cell, &line): (&String, &usize)| {
        let time_s = cell.parse::<f64>().map(|time_ms| time_ms / 1e3);
        time_s.ok().filter(|&time_s| is_countable_time(time_s)).ok_or_else(|| Error::BadLine {
            path: path.into(),
            line,
            cause: format!("`{cell}` is not a finite time in ms"),
        })
    };
    cells.iter().zip(lines).map(parse).collect()
}

/// Integers if every cell is one, else reals (an empty cell is a missing value), else text.
fn infer_column(cells: Vec<String>) -> Column {
    if let Ok(values) = cells.iter().map(|cell| cell.parse()).collect::<Result<Vec<i64>, _>>() {
        return Column::Integer(values);
    }
    let real = |cell: &String| if cell.is_empty() { Ok(f64::NAN) } else { cell.parse() };
    match cells.iter().map(real).collect::<Result<Vec<f64>, _>>() {
        Ok(values) if values.iter().any(|value| !value.is_nan()) => Column::Real(values),
        _ => Column::Text(cells),
    }
}

/// The rows of a CSV text, one per line, without blank lines and comments; fields are trimmed.
struct Rows<'a> {
    path: &'a Path,
    reader: csv::Reader<io::Cursor<String>>,
    /// The line of each row, counted from 1.
    lines: std::vec::IntoIter<usize>,
    fields: StringRecord,
}

impl<'a> Rows<'a> {
    /// # Errors
    /// `bad` for bytes that are not text.
    fn new(path: &'a Path, bytes: &[u8], bad: &dyn Fn(String) -> Error) -> Result<Rows<'a>, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| bad("it is not text".into()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut rows, mut lines) = (String::with_capacity(text.len()), Vec::new());
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                rows.push_str(line);
                rows.push('\n');
                lines.push(index + 1);
            }
        }
        let mut options = ReaderBuilder::new();
        let reader = options.has_headers(false).flexible(true).trim(Trim::All).from_reader(io::Cursor::new(rows));
        Ok(Rows { path, reader, lines: lines.into_iter(), fields: StringRecord::new() })
    }

    /// The next row and its line.
    fn next(&mut self) -> Result<Option<(usize, &StringRecord)>, Error> {
        let Some(line) = self.lines.next() else { return Ok(None) };
        let bad = |cause: String| Error::BadLine { path: self.path.into(), line, cause };
        self.reader.read_record(&mut self.fields).map_err(|error| bad(error.to_string()))?;
        // A quote that opens after a blank is text to `csv`; one that never closes takes the lines that follow.
        if self.fields.iter().any(|field| field.starts_with('"') || field.contains('\n')) {
            return Err(bad("a quote must follow a comma at once and close on its line".into()));
        }
        Ok(Some((line, &self.fields)))
    }
}
