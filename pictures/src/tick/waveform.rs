//! From the waveform of a simulated board to the tick with the most input events.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use vcd::{Command, IdCode, Parser, Scope, ScopeItem, Value};

use super::{DELIVERS, LANE, SIGNALS, Tick};
use crate::PictureError;

/// Cycles shown before the start of the tick and after its decision.
const AROUND: usize = 12;

/// The tick with the most input events in a waveform that `motorsrnn decode --trace` wrote, the first of several.
///
/// # Errors
/// The file cannot be read, is no VCD, or lacks a signal or a whole tick.
pub fn read_waveform(path: &Path) -> Result<Tick, PictureError> {
    let file = File::open(path).map_err(|cause| PictureError::File { verb: "read", path: path.to_owned(), cause })?;
    let mut parser = Parser::new(BufReader::new(file));
    let broken = |error: std::io::Error| PictureError::content(path, format!("no VCD: {error}"));
    let header = parser.parse_header().map_err(broken)?;
    let core = find_scope(&header.items, "core").ok_or_else(|| PictureError::content(path, "has no core"))?;
    let (signals, ids) = signals_of(core).map_err(|what| PictureError::content(path, what))?;
    let clock = find_var(core, &["clock"]).ok_or_else(|| PictureError::content(path, "has no clock"))?;

    let mut samples = Samples::new(clock, ids);
    for command in parser {
        match command.map_err(broken)? {
            Command::Timestamp(_) => samples.advance(),
            Command::ChangeScalar(id, value) => samples.change(id, u32::from(value == Value::V1)),
            Command::ChangeVector(id, bits) => {
                let number = bits.iter().fold(0, |number: u32, bit| (number << 1) | u32::from(bit == Value::V1));
                samples.change(id, number);
            }
            _ => {}
        }
    }
    busiest(signals, &samples.rows).ok_or_else(|| PictureError::content(path, "has no whole tick"))
}

/// Names of the signals of a table, and where a waveform has them.
fn signals_of(core: &Scope) -> Result<(Vec<String>, Vec<IdCode>), String> {
    let mut signals = Vec::new();
    let mut ids = Vec::new();
    let mut add = |name: String, path: &[&str]| {
        ids.push(find_var(core, path).ok_or_else(|| format!("has no signal {} in the core", path.join(".")))?);
        signals.push(name);
        Ok::<_, String>(())
    };
    for (name, path) in SIGNALS {
        add(name.to_owned(), path)?;
    }
    let lanes = (0..).map(|lane| format!("lanes${lane}")).take_while(|lane| find_scope(&core.items, lane).is_some());
    for (lane, scope) in lanes.enumerate() {
        add(format!("{LANE}{lane}"), &[&scope, DELIVERS])?;
    }
    Ok((signals, ids))
}

/// A scope of this name, at any depth.
fn find_scope<'a>(items: &'a [ScopeItem], name: &str) -> Option<&'a Scope> {
    let scopes = || items.iter().filter_map(|item| if let ScopeItem::Scope(scope) = item { Some(scope) } else { None });
    scopes()
        .find(|scope| scope.identifier == name)
        .or_else(|| scopes().find_map(|scope| find_scope(&scope.items, name)))
}

fn find_var(scope: &Scope, path: &[&str]) -> Option<IdCode> {
    match path {
        [name] => scope.find_var(name).map(|var| var.code),
        [inner, rest @ ..] => find_var(find_scope(&scope.items, inner)?, rest),
        [] => None,
    }
}

/// Values of the signals at every rising edge of the clock, as they stand before it.
struct Samples {
    clock: IdCode,
    ids: Vec<IdCode>,
    values: Vec<u32>,
    changes: Vec<(usize, u32)>,
    clock_rises: bool,
    rows: Vec<Vec<u32>>,
}

impl Samples {
    fn new(clock: IdCode, ids: Vec<IdCode>) -> Self {
        let values = vec![0; ids.len()];
        Self { clock, ids, values, changes: Vec::new(), clock_rises: false, rows: Vec::new() }
    }

    fn change(&mut self, id: IdCode, value: u32) {
        self.clock_rises |= id == self.clock && value == 1;
        let columns = self.ids.iter().enumerate().filter(|(_, other)| **other == id);
        self.changes.extend(columns.map(|(column, _)| (column, value)));
    }

    /// The changes so far belong to one moment, which is over.
    fn advance(&mut self) {
        if self.clock_rises {
            self.rows.push(self.values.clone());
        }
        self.clock_rises = false;
        for (column, value) in self.changes.drain(..) {
            self.values[column] = value;
        }
    }
}

/// The tick with the most input events, and some cycles around it.
fn busiest(signals: Vec<String>, rows: &[Vec<u32>]) -> Option<Tick> {
    let column = |name: &str| signals.iter().position(|signal| signal == name);
    let (event, start, done) = (column("event_valid")?, column("start")?, column("done")?);
    let mut best: Option<(u32, usize, usize)> = None;
    let (mut n_events, mut started) = (0, None);
    for (at, row) in rows.iter().enumerate() {
        n_events += row[event];
        if row[start] == 1 {
            started = Some((n_events, at));
            n_events = 0;
        }
        if row[done] == 1
            && let Some((n_events, start)) = started.take()
            && best.is_none_or(|(most, ..)| n_events > most)
        {
            best = Some((n_events, start, at));
        }
    }
    let (_, start, done) = best?;
    let first = start.saturating_sub(AROUND);
    let rows = rows[first..(done + AROUND).min(rows.len())].to_vec();
    Some(Tick { signals, first_cycle: -i32::try_from(start - first).ok()?, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A waveform of a core whose lane delivers nothing: a tick with one event, then a tick with two.
    fn waveform() -> String {
        let mut text = "$timescale 1ps $end\n$scope module board $end\n$scope module core $end\n".to_owned();
        text.push_str("$var wire 1 c clock $end\n");
        for (index, (_, path)) in SIGNALS.iter().enumerate() {
            let (name, scopes) = path.split_last().unwrap();
            scopes.iter().for_each(|scope| text.push_str(&format!("$scope module {scope} $end\n")));
            text.push_str(&format!("$var wire 8 s{index} {name} $end\n"));
            scopes.iter().for_each(|_| text.push_str("$upscope $end\n"));
        }
        text.push_str("$upscope $end\n$upscope $end\n$enddefinitions $end\n");
        let id = |name: &str| SIGNALS.iter().position(|(signal, _)| *signal == name).unwrap();
        let (event, start, done) = (id("event_valid"), id("start"), id("done"));
        // Events, starts and ends, cycle by cycle.
        let cycles = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0), (1, 1, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0)];
        for (cycle, (events, starts, ends)) in cycles.into_iter().enumerate() {
            let at = 10 * cycle;
            text.push_str(&format!("#{at}\n0c\nb{events} s{event}\nb{starts} s{start}\nb{ends} s{done}\n"));
            text.push_str(&format!("#{}\n1c\n", at + 5));
        }
        text.push_str("#100\n");
        text
    }

    #[test]
    fn the_tick_with_the_most_events_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vcd");
        std::fs::write(&path, waveform()).unwrap();
        let error = read_waveform(&path).unwrap_err().to_string();
        assert!(error.contains("lanes$0.delivers"), "{error}");
        let text = waveform().replace("swept $end\n", "swept $end\n$var wire 1 d delivers $end\n");
        std::fs::write(&path, text).unwrap();
        let tick = read_waveform(&path).unwrap();
        assert_eq!(tick.lanes(), 1);
        assert_eq!(tick.spans("event_valid").unwrap(), [(-4, -3, 1), (-3, -1, 0), (-1, 1, 1), (1, 4, 0)]);
        assert_eq!(tick.spans("done").unwrap(), [(-4, -2, 0), (-2, -1, 1), (-1, 2, 0), (2, 3, 1), (3, 4, 0)]);
    }

    #[test]
    fn what_has_no_tick_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vcd");
        let cases = [
            ("", "no VCD"),
            ("$enddefinitions $end\n", "has no core"),
            ("$scope module core $end\n$upscope $end\n$enddefinitions $end\n", "has no signal event_valid"),
        ];
        for (text, what) in cases {
            std::fs::write(&path, text).unwrap();
            let error = read_waveform(&path).unwrap_err().to_string();
            assert!(error.contains("a.vcd") && error.contains(what), "{error}");
        }
    }
}
