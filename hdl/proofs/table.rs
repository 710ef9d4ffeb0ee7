//! Runs tasks in parallel and prints a table of their results.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Tools;

/// A proof, a cover or a comparison.
pub struct Task {
    /// Block, board, property set, engine, depth.
    pub cells: [String; 5],
    /// Runs it: the result in a word, or why it is not the expected one.
    #[allow(clippy::type_complexity)]
    pub run: Box<dyn Fn(&Tools) -> Result<String, String> + Send + Sync>,
}

const HEADER: [&str; 5] = ["block", "board", "what", "engine", "depth"];

/// Runs all tasks and prints a line for each, in order; whether all had the expected result.
pub fn run(tasks: &[Task], tools: &Tools) -> bool {
    let started = Instant::now();
    let widths: Vec<usize> = (0..HEADER.len())
        .map(|at| tasks.iter().map(|task| task.cells[at].len()).chain([HEADER[at].len()]).max().unwrap_or_default())
        .collect();
    let line = |cells: [&str; 5], result: &str, seconds: &str| {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}  {result:10}  {seconds:>7}", cells.join("  "));
    };
    line(HEADER, "result", "seconds");

    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut faults = Vec::new();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((at, task)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, tasks.get(at)?)))
                {
                    let started = Instant::now();
                    let result = (task.run)(tools);
                    // The receiver is gone only if the table has panicked.
                    let _ = sender.send((at, result, started.elapsed()));
                }
            });
        }
        drop(sender);
        let mut results: Vec<Option<(Result<String, String>, Duration)>> = tasks.iter().map(|_| None).collect();
        let mut printed = 0;
        for (at, result, elapsed) in receiver {
            results[at] = Some((result, elapsed));
            while let Some(Some((result, elapsed))) = results.get(printed) {
                let cells = tasks[printed].cells.each_ref().map(String::as_str);
                let word = result.as_ref().map_or("UNEXPECTED", String::as_str);
                line(cells, word, &format!("{:.1}", elapsed.as_secs_f64()));
                if let Err(message) = result {
                    faults.push(format!("{}: {message}", cells[..3].join(", ")));
                }
                printed += 1;
            }
        }
    });
    for fault in &faults {
        println!("\n{fault}");
    }
    println!("\n{:.0} seconds", started.elapsed().as_secs_f64());
    println!("{} passed, {} failed", tasks.len() - faults.len(), faults.len());
    faults.is_empty()
}

/// Creates the folder of a task, with these files only.
///
/// # Errors
/// The folder cannot be written.
pub fn folder(tools: &Tools, name: &str, files: &[(&str, &str)]) -> Result<PathBuf, String> {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let folder = tools.folder.join(name);
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    // It may not exist yet.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(failed)?;
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    Ok(folder)
}
