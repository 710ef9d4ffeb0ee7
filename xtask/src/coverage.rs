//! Lines of the hardware that the default tests run, and signals that they change.

use std::collections::BTreeMap;
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
const KINDS: [(&str, &str); 3] = [("v_line", "lines"), ("v_branch", "branches"), ("v_toggle", "toggles")];

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
    println!("{table}");
    let path = target_directory().join(RESULT);
    fs::write(&path, format!("{table}\n{gaps}")).map_err(|error| format!("{}: {error}", path.display()))?;
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
}
