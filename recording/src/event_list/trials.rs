//! The companion of an event list: its trials. The text is read twice: first what each column holds, then the values, so that no
//! cell is kept as text that is not text.

use std::collections::HashSet;
use std::path::Path;

use super::live::whole_lines;
use super::not_a_time;
use super::rows::{Rows, text};
use crate::classes::is_missing;
use crate::session::READ_MAX_BYTES;
use crate::{Column, Error, NamedColumn, TrialTable, Unreadable};

const START: &str = "start_ms";
const STOP: &str = "stop_ms";

/// What the cells of a column are; each kind holds the cells of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Integer,
    Real,
    Text,
}

/// What a column was found to hold.
struct Found {
    kind: Kind,
    has_value: bool,
}

/// Reads the trials in a text called `path`.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<TrialTable, Error> {
    let text = text(bytes).map_err(|cause| Error::BadLine {
        path: path.into(),
        line: first_bad_line(bytes),
        cause: cause.into(),
    })?;
    let (text, _) = whole_lines(text);
    let (names, found, n_rows) = find(path, text)?;
    let mut columns: Vec<Column> = found.iter().map(|found| found.column(n_rows)).collect();
    let mut rows = Rows::new(path, text);
    rows.next()?;
    while let Some((line, fields)) = rows.next()? {
        for ((column, name), cell) in columns.iter_mut().zip(&names).zip(fields) {
            push(column, cell);
            let is_time = name == START || name == STOP;
            if is_time && !is_missing(cell) && cell.parse::<f64>().is_err() {
                return Err(Error::BadLine { path: path.into(), line, cause: not_a_time(cell) });
            }
        }
    }
    let mut table = TrialTable::default();
    for (index, (name, values)) in names.into_iter().zip(columns).enumerate() {
        match name.as_str() {
            START => table.start_s = seconds(values),
            STOP => table.stop_s = seconds(values),
            // What a comma at the end of every line adds.
            "" if !found[index].has_value => {}
            "" => table
                .unreadable
                .push(Unreadable { name: format!("column {}", index + 1), reason: "it has no name".into() }),
            _ => table.columns.push(NamedColumn { name, description: String::new(), values }),
        }
    }
    Ok(table)
}

/// The first line that is not UTF-8, counted from 1.
fn first_bad_line(bytes: &[u8]) -> usize {
    1 + bytes.split(|&byte| byte == b'\n').take_while(|line| str::from_utf8(line).is_ok()).count()
}

/// Names of the columns, what they hold, and the number of rows.
fn find(path: &Path, text: &str) -> Result<(Vec<String>, Vec<Found>, usize), Error> {
    let bad_table = |cause: String| Error::BadTrials { path: path.into(), cause };
    let too_large = |what: &str| Error::TooLarge { path: path.into(), what: what.into(), most_bytes: READ_MAX_BYTES };
    let mut rows = Rows::new(path, text);
    let Some((_, header)) = rows.next()? else { return Err(bad_table("it has no header line".into())) };
    if (header.len() * size_of::<NamedColumn>()) as u64 > READ_MAX_BYTES {
        return Err(too_large("its header"));
    }
    let mut once = HashSet::new();
    if let Some(twice) = header.iter().find(|name| !name.is_empty() && !once.insert(*name)) {
        return Err(bad_table(format!("two columns are named `{twice}`")));
    }
    if let Some(missing) = [START, STOP].into_iter().find(|name| !once.contains(name)) {
        let names: Vec<&str> = header.iter().collect();
        return Err(bad_table(format!("it has no column `{missing}`, but {}", names.join(", "))));
    }
    let names: Vec<String> = header.iter().map(str::to_owned).collect();
    let is_time = |name: &String| name == START || name == STOP;
    let mut found: Vec<Found> = names
        .iter()
        .map(|name| Found { kind: if is_time(name) { Kind::Real } else { Kind::Integer }, has_value: is_time(name) })
        .collect();
    let mut n_rows = 0_usize;
    while let Some((line, fields)) = rows.next()? {
        if fields.len() != names.len() {
            let cause = format!("{} fields where the header has {}", fields.len(), names.len());
            return Err(Error::BadLine { path: path.into(), line, cause });
        }
        n_rows += 1;
        for ((found, name), cell) in found.iter_mut().zip(&names).zip(fields) {
            // A time that is none is an error of its line, not a column of text.
            if !is_time(name) {
                found.see(cell);
            }
        }
    }
    found.iter_mut().filter(|found| !found.has_value).for_each(|found| found.kind = Kind::Text);
    let n_bytes =
        found.iter().map(|found| found.cell_bytes() * n_rows as u64).fold(text.len() as u64, u64::saturating_add);
    if n_bytes > READ_MAX_BYTES {
        return Err(too_large("its table"));
    }
    Ok((names, found, n_rows))
}

impl Found {
    /// Takes a further cell into account.
    fn see(&mut self, cell: &str) {
        let kind = if is_missing(cell) {
            Kind::Real
        } else if cell.parse::<i64>().is_ok() {
            Kind::Integer
        } else if cell.parse::<f64>().is_ok() && !is_long_number(cell) {
            Kind::Real
        } else {
            Kind::Text
        };
        self.kind = self.kind.max(kind);
        self.has_value |= !is_missing(cell);
    }

    /// Memory of a cell beside that of its text.
    fn cell_bytes(&self) -> u64 {
        if self.kind == Kind::Text { size_of::<String>() as u64 } else { size_of::<f64>() as u64 }
    }

    fn column(&self, n_rows: usize) -> Column {
        match self.kind {
            Kind::Integer => Column::Integer(Vec::with_capacity(n_rows)),
            Kind::Real => Column::Real(Vec::with_capacity(n_rows)),
            Kind::Text => Column::Text(Vec::with_capacity(n_rows)),
        }
    }
}

/// Whether a cell has digits only, and more than a number keeps apart from its neighbours: a name of digits.
fn is_long_number(cell: &str) -> bool {
    let digits = cell.trim_start_matches(['+', '-']);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && cell.parse::<i64>().is_err()
}

/// Adds a cell; missing ones are NaN or empty.
fn push(column: &mut Column, cell: &str) {
    match column {
        Column::Integer(values) => values.push(cell.parse().unwrap_or_default()),
        Column::Real(values) => values.push(cell.parse().unwrap_or(f64::NAN)),
        Column::Text(values) => values.push(if is_missing(cell) { String::new() } else { cell.to_owned() }),
        Column::Vector(values) => values.push([f64::NAN; 2]),
    }
}

/// Times in milliseconds as seconds.
fn seconds(column: Column) -> Vec<f64> {
    match column {
        Column::Real(values) => values.into_iter().map(|time_ms| time_ms / 1e3).collect(),
        _ => Vec::new(),
    }
}
