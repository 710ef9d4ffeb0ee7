//! `cargo xtask coverage`: lines, branches and toggles of the Verilog that the default tests cover.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use cosim::variables::{INSTRUMENT, SEED, SOAK};
use tools::workspace;

/// Names the folder in which every simulation leaves its counters, see `cosim/cpp/simulation.h`.
const FOLDER_VARIABLE: &str = "MOTORSRNN_COVERAGE";

/// How often new counters are read.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The file with the table and all gaps.
const RESULT: &str = "coverage.txt";

/// Kinds of coverage points: Verilator's names, and names for people.
const KINDS: [(&str, &str); 3] = [("v_line", "lines"), ("v_branch", "branches"), (TOGGLE, "toggles")];

const TOGGLE: &str = "v_toggle";

/// Signals that are named per module with missing toggles.
const N_SHOWN: usize = 8;

/// A coverage point: kind, module, line, and signal or block.
type Point = (String, String, u32, String);

/// Module names to merge: of the core alone and in its board, and of the lanes.
const ALIASES: [(&str, &str); 5] = [
    ("board_small$core", "core"),
    ("core_small", "core"),
    ("board_small", "board"),
    ("lanes$0", "lanes"),
    ("lanes$1", "lanes"),
];

/// Runs the tests of the simulated hardware with counters and prints the coverage of each module.
///
/// # Errors
/// The tests fail, or a file cannot be read or written.
pub fn run() -> Result<(), String> {
    let folder = workspace::build_directory().join("coverage");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut tests = workspace::cargo(["test", "--package", "motorsrnn-cosim", "--tests"]);
    tests.env(INSTRUMENT, "coverage").env(FOLDER_VARIABLE, &folder).env_remove(SOAK).env_remove(SEED);
    let mut points = BTreeMap::new();
    thread::scope(|scope| {
        let tests = scope.spawn(|| workspace::run(&mut tests).map_err(|error| error.to_string()));
        // Every simulation leaves megabytes, so they are read while the tests run.
        while !tests.is_finished() {
            drain(&mut points, &folder)?;
            thread::sleep(POLL_INTERVAL);
        }
        tests.join().unwrap_or_else(|_| Err("a thread panicked".to_owned()))
    })?;
    drain(&mut points, &folder)?;
    let points = merged(&points);

    let (table, gaps) = (table(&points), gaps(&points));
    let signals = constant_signals(&points);
    println!("{table}\n{}", constant_modules(&signals));
    let path = workspace::build_directory().join(RESULT);
    fs::write(&path, format!("{table}\n{}\n{gaps}", constant_bits(&signals)))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} gaps are in {}", gaps.lines().count(), path.display());
    Ok(())
}

/// Adds the counts of all files in a folder and removes the files.
fn drain(points: &mut BTreeMap<Point, u64>, folder: &Path) -> Result<(), String> {
    let file = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(file)? {
        let path = entry.map_err(file)?.path();
        if path.extension().is_some_and(|extension| extension == "dat") {
            add(points, &path)?;
        }
    }
    Ok(())
}

/// Adds the counts of a file and removes it.
fn add(points: &mut BTreeMap<Point, u64>, path: &Path) -> Result<(), String> {
    let file = |error: std::io::Error| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(file)?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        if let Some((point, count)) = parsed(line) {
            *points.entry(point).or_default() += count;
        }
    }
    fs::remove_file(path).map_err(file)
}

/// Parses `C 'fields' count`; a field is byte 1, its name, byte 2 and its value.
fn parsed(line: &str) -> Option<(Point, u64)> {
    let (fields, count) = line.strip_prefix("C '")?.rsplit_once("' ")?;
    let fields: BTreeMap<&str, &str> = fields.split('\u{1}').filter_map(|field| field.split_once('\u{2}')).collect();
    let (kind, module) = fields.get("page")?.split_once('/')?;
    let line = fields.get("l")?.parse().ok()?;
    // Without the instance, so that instances of a module are added up.
    let point = (kind.to_owned(), module.to_owned(), line, (*fields.get("o").unwrap_or(&"")).to_owned());
    Some((point, count.trim().parse().ok()?))
}

/// Adds up the same points of the same module; lines are counted from a module's first point.
fn merged(points: &BTreeMap<Point, u64>) -> BTreeMap<Point, u64> {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, module, line, _) in points.keys() {
        let first = first.entry(module).or_insert(*line);
        *first = (*first).min(*line);
    }
    let mut merged = BTreeMap::new();
    for ((kind, module, line, what), count) in points {
        let module_name = ALIASES.iter().fold(module.clone(), |name, (alias, known)| name.replace(alias, known));
        *merged.entry((kind.clone(), module_name, line - first[module.as_str()], what.clone())).or_default() += count;
    }
    merged
}

/// The share of covered points of each kind, for each module and for all.
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

/// Number of missing toggles of a signal, and the bits that lack one.
type Missing = (usize, BTreeSet<u32>);

/// Signals with missing toggles, by module and name.
fn constant_signals(points: &BTreeMap<Point, u64>) -> BTreeMap<(&str, &str), Missing> {
    let mut signals: BTreeMap<(&str, &str), Missing> = BTreeMap::new();
    for ((_, module, _, what), _) in points.iter().filter(|(point, count)| point.0 == TOGGLE && **count == 0) {
        // `name[bit]` or `name`, and perhaps `:` and the direction.
        let bit = what.split(':').next().unwrap_or(what);
        let (name, bit) = bit.split_once('[').unwrap_or((bit, "0]"));
        let (missing, bits) = signals.entry((module, name)).or_default();
        *missing += 1;
        bits.extend(bit.trim_end_matches(']').parse::<u32>());
    }
    signals
}

/// The number of missing toggles of each module, and the signals that lack most; the largest numbers first.
fn constant_modules(signals: &BTreeMap<(&str, &str), Missing>) -> String {
    let mut modules: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for ((module, name), (missing, _)) in signals {
        modules.entry(module).or_default().push((*missing, name));
    }
    let sum = |signals: &[(usize, &str)]| signals.iter().map(|(missing, _)| missing).sum::<usize>();
    let mut rows: Vec<_> = modules.into_iter().map(|(module, signals)| (sum(&signals), module, signals)).collect();
    rows.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let mut text = "| module | missing toggles | signals |\n| --- | --- | --- |\n".to_owned();
    for (missing, module, mut signals) in rows {
        signals.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let shown: Vec<String> = signals.iter().take(N_SHOWN).map(|(n, name)| format!("{name} {n}")).collect();
        let rest = sum(signals.get(N_SHOWN..).unwrap_or_default());
        let rest = if rest > 0 { format!(", others {rest}") } else { String::new() };
        let _ = writeln!(text, "| {module} | {missing} | {}{rest} |", shown.join(", "));
    }
    text
}

/// The bits of each signal that lack a toggle.
fn constant_bits(signals: &BTreeMap<(&str, &str), Missing>) -> String {
    let line = |((module, name), (missing, bits)): (&(&str, &str), &Missing)| {
        let ends = bits.iter().filter(|bit| !bits.contains(&(**bit + 1))).rev();
        let starts = bits.iter().filter(|bit| **bit == 0 || !bits.contains(&(**bit - 1))).rev();
        let runs: Vec<String> = ends.zip(starts).map(|(end, start)| format!("{end}:{start}")).collect();
        format!("{module} {name}: {missing}, bits {}\n", runs.join(" "))
    };
    signals.iter().map(line).collect()
}

/// Points that were never covered.
fn gaps(points: &BTreeMap<Point, u64>) -> String {
    let never = points.iter().filter(|(_, count)| **count == 0);
    never.map(|((kind, module, line, what), _)| format!("{kind} {module}:{line} {what}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_added_up_over_instances() {
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
    fn constant_bits_are_listed_by_signal_and_module() {
        let point = |module: &str, what: &str| (TOGGLE.to_owned(), module.to_owned(), 1, what.to_owned());
        let points = BTreeMap::from([
            (point("core", "row[2]:0->1"), 0),
            (point("core", "row[2]:1->0"), 0),
            (point("core", "row[3]:0->1"), 0),
            (point("core", "row[7]:0->1"), 0),
            (point("core", "row[0]:0->1"), 5),
            (point("board", "busy"), 0),
        ]);
        let signals = constant_signals(&points);
        assert_eq!(constant_bits(&signals), "board busy: 1, bits 0:0\ncore row: 4, bits 7:7 3:2\n");
        assert!(constant_modules(&signals).ends_with("| core | 4 | row 4 |\n| board | 1 | busy 1 |\n"));
    }
}
