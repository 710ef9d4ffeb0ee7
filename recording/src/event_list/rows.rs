//! The rows of a CSV text, read in place: no more than a line is held beside the text.

use std::io::{self, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::Error;

/// The bytes as text, without a byte order mark; none if they are not text.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The rows, one per line, without blank lines and comments; fields are trimmed.
pub(super) struct Rows<'a> {
    path: &'a Path,
    reader: csv::Reader<Lines<'a>>,
    fields: StringRecord,
}

impl<'a> Rows<'a> {
    /// The rows of a text; `path` is its name in errors.
    pub(super) fn new(path: &'a Path, text: &'a str) -> Rows<'a> {
        let mut options = ReaderBuilder::new();
        let reader = options.has_headers(false).flexible(true).trim(Trim::All).from_reader(Lines::new(text));
        Rows { path, reader, fields: StringRecord::new() }
    }

    /// The next row and its line, counted from 1.
    pub(super) fn next(&mut self) -> Result<Option<(usize, &StringRecord)>, Error> {
        let is_row = self.reader.read_record(&mut self.fields);
        // The reader stands at the line after the row.
        let line = usize::try_from(self.reader.position().line()).unwrap_or(usize::MAX).saturating_sub(1);
        let bad = |line: usize, cause: String| Error::BadLine { path: self.path.into(), line, cause };
        if !is_row.map_err(|error| bad(line, error.to_string()))? {
            return Ok(None);
        }
        // A quote that opens after a blank is text to `csv`; one that never closes takes the lines that follow.
        let n_breaks: usize = self.fields.iter().map(|field| field.matches('\n').count()).sum();
        if n_breaks > 0 || self.fields.iter().any(|field| field.starts_with('"')) {
            let first = line.saturating_sub(n_breaks);
            return Err(bad(first, "a quote must follow a comma at once and close on its line".into()));
        }
        Ok(Some((line, &self.fields)))
    }
}

/// The lines of a text without the blanks at their ends; comments are empty lines, which `csv` skips but counts.
struct Lines<'a> {
    lines: std::str::Lines<'a>,
    /// What is left of the line that is read.
    line: &'a [u8],
    /// Whether the end of that line is still to come.
    is_open: bool,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        Lines { lines: text.lines(), line: &[], is_open: false }
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut n_read = 0;
        while n_read < buffer.len() {
            if !self.line.is_empty() {
                n_read += self.line.read(&mut buffer[n_read..])?;
            } else if self.is_open {
                buffer[n_read] = b'\n';
                (n_read, self.is_open) = (n_read + 1, false);
            } else if let Some(line) = self.lines.next() {
                let line = line.trim();
                self.line = if line.starts_with('#') { &[] } else { line.as_bytes() };
                self.is_open = true;
            } else {
                break;
            }
        }
        Ok(n_read)
    }
}
