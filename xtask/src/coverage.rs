//! Lines of the hardware that the default tests run, and signals that they change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::command::{Chore, cargo_with, target_directory};
use crate::mutate::INSTRUMENT_VARIABLE;

/// The folder that every simulation leaves its counters in, see `cosim/cpp/simulation.h`.
const FOLDER_VARIABLE: &str = "MOTORSRNN_COVERAGE";

/// How often the folder is looked at.
const BETWEEN_READS: Duration = Duration::from_millis(200);

/// Where the list of gaps goes.
const RESULT: &str = "coverage.txt";

/// Kinds of points, as Verilator calls them, and what they are called here.
const KINDS: [(&str, &str); 3] = [("v_line", "lines"), ("v_branch", "branches"), (TOGGLE, "toggles")];

const TOGGLE: &str = "v_toggle";

/// Signals that are named for each block whose toggles are missing.
const N_SHOWN: usize = 8;

/// A point that is counted: kind, module, line, and the signal or block.
type Point = (String, String, u32, String);

/// How the two models that count call one block: the core alone, and within its board; each lane.
const SAME: [(&str, &str); 5] = [
    ("board_small$core", "core"),
    ("core_small", "core"),
    ("board_small", "board"),
    ("lanes$0", "lanes"),
    ("lanes$1", "lanes"),
];

/// Runs the tests of the simulated hardware with counters, and prints the shares by module.
pub fn run() -> Chore {
    let folder = target_directory().join("coverage");
    let _ = fs::remove_dir_all(&folder);
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(told)?;
    let absolute = std::path::absolute(&folder).map_err(told)?;
    let tests = ["test", "--package", "motorsrnn-cosim", "--tests"];
    let variables = [(INSTRUMENT_VARIABLE, "coverage"), (FOLDER_VARIABLE, &*absolute.to_string_lossy())];
    let mut points = BTreeMap::new();
    thread::scope(|scope| {
        let tests = scope.spawn(|| cargo_with(&tests, &variables));
        // Every instance leaves megabytes, so that they are read as they come.
        while !tests.is_finished() {
            drain(&mut points, &folder)?;
            thread::sleep(BETWEEN_READS);
        }
        tests.join().unwrap_or_else(|_| Err("a thread ended".to_owned()))
    })?;
    drain(&mut points, &folder)?;
    let points = merged(&points);

    let (table, gaps) = (table(&points), gaps(&points));
    let signals = still_signals(&points);
    println!("{table}\n{}", still_blocks(&signals));
    let path = target_directory().join(RESULT);
    fs::write(&path, format!("{table}\n{}\n{gaps}", still_bits(&signals)))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} gaps are in {}", gaps.lines().count(), path.display());
    Ok(())
}

/// Adds the counts of all files in a folder.
fn drain(points: &mut BTreeMap<Point, u64>, folder: &Path) -> Chore {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.extension().is_some_and(|extension| extension == "dat") {
            add(points, &path)?;
        }
    }
    Ok(())
}

/// Adds the counts of a file, which is then removed.
fn add(points: &mut BTreeMap<Point, u64>, path: &Path) -> Chore {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(told)?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        if let Some((point, count)) = parsed(line) {
            *points.entry(point).or_default() += count;
        }
    }
    fs::remove_file(path).map_err(told)
}

/// `C 'fields' count`, where a field is 1, its name, 2, its value.
fn parsed(line: &str) -> Option<(Point, u64)> {
    let (fields, count) = line.strip_prefix("C '")?.rsplit_once("' ")?;
    let fields: BTreeMap<&str, &str> = fields.split('\u{1}').filter_map(|field| field.split_once('\u{2}')).collect();
    let (kind, module) = fields.get("page")?.split_once('/')?;
    let line = fields.get("l")?.parse().ok()?;
    // Instances of a module are added up.
    let point = (kind.to_owned(), module.to_owned(), line, (*fields.get("o").unwrap_or(&"")).to_owned());
    Some((point, count.trim().parse().ok()?))
}

/// The same points of the same blocks added up; lines are counted from a block's first point.
fn merged(points: &BTreeMap<Point, u64>) -> BTreeMap<Point, u64> {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, module, line, _) in points.keys() {
        let first = first.entry(module).or_insert(*line);
        *first = (*first).min(*line);
    }
    let mut merged = BTreeMap::new();
    for ((kind, module, line, what), count) in points {
        let block = SAME.iter().fold(module.clone(), |name, (found, said)| name.replace(found, said));
        *merged.entry((kind.clone(), block, line - first[module.as_str()], what.clone())).or_default() += count;
    }
    merged
}

/// Shares of each kind, by module and of all.
fn table(points: &BTreeMap<Point, u64>) -> String {
    let mut modules: BTreeMap<&str, [(u64, u64); KINDS.len()]> = BTreeMap::new();
    for ((kind, module, ..), count) in points {
        let Some(number) = KINDS.iter().position(|(name, _)| name == kind) else { continue };
        for name in [module.as_str(), "all"] {
            let (covered, all) = &mut modules.entry(name).or_default()[number];
            *covered += u64::from(*count > 0);
            *all += 1;
        }
    }
    let mut text = format!("| module | {} |\n| --- | --- | --- | --- |\n", KINDS.map(|(_, name)| name).join(" | "));
    for (module, shares) in modules {
        let shares = shares.map(|(covered, all)| match all {
            0 => String::new(),
            _ => format!("{covered} of {all} ({:.1} %)", 100.0 * covered as f64 / all as f64),
        });
        let _ = writeln!(text, "| {module} | {} |", shares.join(" | "));
    }
    text
}

/// Toggles of a signal that are missing, and the bits that they are of.
type Still = (usize, BTreeSet<u32>);

/// Signals with toggles that were never counted, by block and name.
fn still_signals(points: &BTreeMap<Point, u64>) -> BTreeMap<(&str, &str), Still> {
    let mut signals: BTreeMap<(&str, &str), Still> = BTreeMap::new();
    for ((_, module, _, what), _) in points.iter().filter(|(point, count)| point.0 == TOGGLE && **count == 0) {
        // `name[bit]` or `name`, and the direction where it is told.
        let bit = what.split(':').next().unwrap_or(what);
        let (name, bit) = bit.split_once('[').unwrap_or((bit, "0]"));
        let (missing, bits) = signals.entry((module, name)).or_default();
        *missing += 1;
        bits.extend(bit.trim_end_matches(']').parse::<u32>());
    }
    signals
}

/// By block, the most first: how many toggles are missing, and the signals that most of them are of.
fn still_blocks(signals: &BTreeMap<(&str, &str), Still>) -> String {
    let mut blocks: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for ((module, name), (missing, _)) in signals {
        blocks.entry(module).or_default().push((*missing, name));
    }
    let sum = |signals: &[(usize, &str)]| signals.iter().map(|(missing, _)| missing).sum::<usize>();
    let mut rows: Vec<_> = blocks.into_iter().map(|(module, signals)| (sum(&signals), module, signals)).collect();
    rows.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let mut text = "| module | toggles missing | of |\n| --- | --- | --- |\n".to_owned();
    for (missing, module, mut signals) in rows {
        signals.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let shown: Vec<String> = signals.iter().take(N_SHOWN).map(|(n, name)| format!("{name} {n}")).collect();
        let rest = sum(signals.get(N_SHOWN..).unwrap_or_default());
        let rest = if rest > 0 { format!(", others {rest}") } else { String::new() };
        let _ = writeln!(text, "| {module} | {missing} | {}{rest} |", shown.join(", "));
    }
    text
}

/// Signal by signal, the bits of which toggles are missing.
fn still_bits(signals: &BTreeMap<(&str, &str), Still>) -> String {
    let line = |((module, name), (missing, bits)): (&(&str, &str), &Still)| {
        let ends = bits.iter().filter(|bit| !bits.contains(&(**bit + 1))).rev();
        let starts = bits.iter().filter(|bit| **bit == 0 || !bits.contains(&(**bit - 1))).rev();
        let runs: Vec<String> = ends.zip(starts).map(|(end, start)| format!("{end}:{start}")).collect();
        format!("{module} {name}: {missing}, bits {}\n", runs.join(" "))
    };
    signals.iter().map(line).collect()
}

/// Points that were never counted.
fn gaps(points: &BTreeMap<Point, u64>) -> String {
    let never = points.iter().filter(|(_, count)| **count == 0);
    never.map(|((kind, module, line, what), _)| format!("{kind} {module}:{line} {what}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_read_and_added_up_over_instances() {
        let line = |instance: &str, count: u64| {
            format!(
                "C '\u{1}f\u{2}top.v\u{1}l\u{2}12\u{1}page\u{2}v_toggle/fifo\u{1}o\u{2}full\u{1}h\u{2}{instance}' {count}"
            )
        };
        let mut points = BTreeMap::new();
        for text in [line("TOP.a", 0), line("TOP.b", 0), line("TOP.b", 3)] {
            let (point, count) = parsed(&text).unwrap();
            *points.entry(point).or_default() += count;
        }
        assert_eq!(points.len(), 1);
        assert!(gaps(&points).is_empty() && table(&points).contains("| fifo |  |  | 1 of 1 (100.0 %) |"));
        let point = |module: &str, line| ("v_line".to_owned(), module.to_owned(), line, String::new());
        let both = [
            (point("core_small$lanes$0", 7), 0),
            (point("core_small$lanes$0", 9), 0),
            (point("board_small$core$lanes$1", 30), 2),
        ];
        let merged = merged(&both.into());
        assert_eq!(merged.into_iter().collect::<Vec<_>>(), [(point("core$lanes", 0), 2), (point("core$lanes", 2), 0)]);
        assert_eq!(parsed("# SystemC::Coverage-3"), None);
    }

    #[test]
    fn bits_that_stand_still_are_told_by_signal_and_block() {
        let point = |module: &str, what: &str| (TOGGLE.to_owned(), module.to_owned(), 1, what.to_owned());
        let points = BTreeMap::from([
            (point("core", "row[2]:0->1"), 0),
            (point("core", "row[2]:1->0"), 0),
            (point("core", "row[3]:0->1"), 0),
            (point("core", "row[7]:0->1"), 0),
            (point("core", "row[0]:0->1"), 5),
            (point("board", "busy"), 0),
        ]);
        let signals = still_signals(&points);
        assert_eq!(still_bits(&signals), "board busy: 1, bits 0:0\ncore row: 4, bits 7:7 3:2\n");
        assert!(still_blocks(&signals).ends_with("| core | 4 | row 4 |\n| board | 1 | busy 1 |\n"));
    }
}
