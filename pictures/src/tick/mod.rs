//! One tick of the simulated core, cycle by cycle: a table from a waveform, and the timing diagram of it.

mod draw;
mod waveform;

use std::path::Path;

pub use draw::svg;
pub use waveform::read_waveform;

use crate::PictureError;
use crate::error::read;

/// A tick, cycle by cycle, as the table `tick.csv` has it. Cycle 0 is that of the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The signals, in the order of a row.
    signals: Vec<String>,
    first_cycle: i32,
    /// A value for each signal, a row for each cycle.
    rows: Vec<Vec<u32>>,
}

impl Tick {
    /// Reads the table that [`Tick::csv`] writes.
    ///
    /// # Errors
    /// The file cannot be read, or is no such table.
    pub fn read_csv(path: &Path) -> Result<Self, PictureError> {
        let text = read(path)?;
        let mut lines = text.lines();
        let bad = || PictureError::content(path, "not the table of a tick; `cargo xtask pictures` writes it");
        let mut names = lines.next().unwrap_or_default().split(',');
        if names.next() != Some("cycle") {
            return Err(bad());
        }
        let signals: Vec<String> = names.map(str::to_owned).collect();
        let mut first_cycle = None;
        let mut rows = Vec::new();
        for line in lines {
            let (cycle, values) = line.split_once(',').ok_or_else(bad)?;
            let values: Vec<u32> = values.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| bad())?;
            if values.len() != signals.len() {
                return Err(bad());
            }
            first_cycle = first_cycle.or(cycle.parse().ok());
            rows.push(values);
        }
        Ok(Self { signals, first_cycle: first_cycle.ok_or_else(bad)?, rows })
    }

    /// The table: a header, and a line for each cycle.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = format!("cycle,{}\n", self.signals.join(","));
        for (cycle, row) in (self.first_cycle..).zip(&self.rows) {
            let values: Vec<String> = row.iter().map(u32::to_string).collect();
            text.push_str(&format!("{cycle},{}\n", values.join(",")));
        }
        text
    }

    /// The cycle after the last.
    fn end(&self) -> i32 {
        self.first_cycle + i32::try_from(self.rows.len()).unwrap_or(0)
    }

    /// Number of lanes of the core.
    fn lanes(&self) -> usize {
        self.signals.iter().filter(|signal| signal.starts_with(LANE)).count()
    }

    /// Spans of cycles in which a signal keeps its value: first cycle, the cycle after the last, value. None if there is no
    /// such signal.
    fn spans(&self, signal: &str) -> Option<Vec<(i32, i32, u32)>> {
        let column = self.signals.iter().position(|it| it == signal)?;
        let mut spans: Vec<(i32, i32, u32)> = Vec::new();
        for (cycle, row) in (self.first_cycle..).zip(&self.rows) {
            match spans.last_mut() {
                Some((_, end, value)) if *value == row[column] => *end = cycle + 1,
                _ => spans.push((cycle, cycle + 1, row[column])),
            }
        }
        Some(spans)
    }
}

/// Signals of the table, with their paths below the core in a waveform. Names are those of `hdl/src/core`.
const SIGNALS: [(&str, &[&str]); 10] = [
    ("event_valid", &["event_valid"]),
    ("channel", &["channel"]),
    ("start", &["start"]),
    ("phase", &["phase$q"]),
    ("bank", &["bank$q"]),
    ("sweep", &["sweep"]),
    ("swept", &["lanes$0", "swept"]),
    ("spikes", &["spikes"]),
    ("done", &["done"]),
    ("decision", &["decision"]),
];
/// A lane's signal that a synaptic event is delivered: its name in the table, before the number of the lane.
const LANE: &str = "delivers_";
/// The same signal in a waveform, below the lane.
const DELIVERS: &str = "delivers";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let signals = vec!["start".to_owned(), "delivers_0".to_owned()];
        let tick = Tick { signals, first_cycle: -1, rows: vec![vec![0, 1], vec![1, 1], vec![0, 0]] };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tick.csv");
        std::fs::write(&path, tick.csv()).unwrap();
        assert_eq!(Tick::read_csv(&path).unwrap(), tick);
        assert_eq!(tick.spans("delivers_0"), Some(vec![(-1, 1, 1), (1, 2, 0)]));
        assert_eq!((tick.lanes(), tick.spans("absent")), (1, None));
    }

    #[test]
    fn what_is_no_table_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tick.csv");
        for text in ["", "cycle,start\n", "cycle,start\n0,x\n", "cycle,start\n0,1,2\n", "start\n0\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(Tick::read_csv(&path).unwrap_err().to_string().contains("tick.csv"), "{text}");
        }
    }
}
