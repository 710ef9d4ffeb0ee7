//! The rows of a CSV text, read in place: no more than a line is held beside the text. Its separator is the comma, or that of its
//! header: a semicolon or a tab.

use std::io::{self, Read};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::Error;

/// The bytes as text, without a byte order mark, or what they are.
pub(super) fn text(bytes: &[u8]) -> Result<&str, &'static str> {
    const MARKS_OF_UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(_) if MARKS_OF_UTF_16.iter().any(|mark| bytes.starts_with(mark)) => {
            Err("it is text in UTF-16; save the file as UTF-8")
        }
        Err(_) => Err("it is not text in UTF-8, but perhaps in Latin-1; save the file as UTF-8"),
    }
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
        let separator = separator(text);
        options.has_headers(false).flexible(true).trim(Trim::All).delimiter(separator);
        let reader = options.from_reader(Lines::new(text, separator));
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

/// What stands between the fields of the first line that is no comment.
fn separator(text: &str) -> u8 {
    let header =
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let others = [(';', b';'), ('\t', b'\t')].into_iter().filter(|_| !header.contains(','));
    others.into_iter().find(|(separator, _)| header.contains(*separator)).map_or(b',', |(_, byte)| byte)
}

/// The lines of a text without the blanks at their ends; comments are empty lines, which `csv` skips but counts.
struct Lines<'a> {
    separator: char,
    lines: std::str::Lines<'a>,
    /// What is left of the line that is read.
    line: &'a [u8],
    /// Whether the end of that line is still to come.
    is_open: bool,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, separator: u8) -> Lines<'a> {
        Lines { separator: separator.into(), lines: text.lines(), line: &[], is_open: false }
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
                // A tab at the end of a line may stand after an empty field.
                let line = line.trim_matches(|letter: char| letter.is_whitespace() && letter != self.separator);
                self.line = if line.starts_with('#') { &[] } else { line.as_bytes() };
                self.is_open = true;
            } else {
                break;
            }
        }
        Ok(n_read)
    }
}
