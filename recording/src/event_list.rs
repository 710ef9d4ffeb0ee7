//! Event lists: one spike a line as text, the trials in a companion file beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::session::{is_countable_time, session_name};
use crate::{Column, Error, Format, NamedColumn, Recording, TrialTable};

const HEADER: [&str; 2] = ["t_ms", "channel"];

/// Where the trials of an event list stand: `<stem>.trials.csv` in the same folder.
pub fn companion_path(event_list: impl AsRef<Path>) -> PathBuf {
    event_list.as_ref().with_extension("trials.csv")
}

/// Opens an event list and, where it exists, its companion.
pub(crate) fn open(path: &Path) -> Result<Recording, Error> {
    let companion = companion_path(path);
    let trials = match fs::read(&companion) {
        Ok(bytes) => parse_trials(&companion, &bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => TrialTable::default(),
        Err(source) => return Err(Error::Read { path: companion, source }),
    };
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
    Ok(Recording {
        name: session_name(path),
        path: path.into(),
        format: Format::EventList,
        description: String::new(),
        sha256: String::new(),
        units: parse_events(path, &bytes)?,
        unit_columns: Vec::new(),
        trials,
    })
}

fn parse_events(path: &Path, bytes: &[u8]) -> Result<Vec<Vec<f64>>, Error> {
    let unknown = |cause: String| Error::UnknownFormat { path: path.into(), cause };
    let text = std::str::from_utf8(bytes).map_err(|_| unknown("it is not text".into()))?;
    let mut rows = rows(text);
    let (_, header) = rows.next().ok_or_else(|| unknown("it has no line but blanks and comments".into()))?;
    if header != HEADER {
        let start: String = header.join(",").chars().take(40).collect();
        return Err(unknown(format!("its first line is `{start}`")));
    }
    let mut units: Vec<Vec<f64>> = Vec::new();
    for (line, fields) in rows {
        let bad = |cause: String| Error::BadLine { path: path.into(), line, cause };
        let [time, channel] = fields.as_slice() else {
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
    let text = std::str::from_utf8(bytes).map_err(|_| bad_table("it is not text".into()))?;
    let mut rows = rows(text);
    let (_, names) = rows.next().ok_or_else(|| bad_table("it has no header line".into()))?;
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    let mut lines = Vec::new();
    for (line, fields) in rows {
        if fields.len() != names.len() {
            let cause = format!("{} fields where the header has {}", fields.len(), names.len());
            return Err(Error::BadLine { path: path.into(), line, cause });
        }
        lines.push(line);
        for (column, field) in cells.iter_mut().zip(fields) {
            column.push(field);
        }
    }
    let mut columns: Vec<NamedColumn> = Vec::new();
    let (mut start_s, mut stop_s) = (None, None);
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return Err(bad_table(format!("two columns are named `{name}`")));
        }
        if name.is_empty() {
            return Err(bad_table(format!("column {} has no name", index + 1)));
        }
    }
    for (name, cells) in names.into_iter().zip(cells) {
        match name.as_str() {
            "start_ms" => start_s = Some(parse_times(path, &lines, &cells)?),
            "stop_ms" => stop_s = Some(parse_times(path, &lines, &cells)?),
            _ => columns.push(NamedColumn { name, description: String::new(), values: infer_column(cells) }),
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

/// Integers where every cell is one, else reals (an empty cell is a missing value), else text.
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

/// The lines that are neither blank nor comment, counted from 1, each cut into trimmed fields.
fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<String>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(number, line)| (number, fields(line)))
}

/// Fields between commas; a comma inside double quotes separates nothing, and the quotes are dropped.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().into_iter().for_each(|field| field.push(character)),
        }
    }
    fields.into_iter().map(|field| field.trim().to_owned()).collect()
}
