//! Rows of accuracy, with the differences to the discriminant by trial, and their means over sets.

use std::fmt;

use train::baseline::TestedWindow;

/// What a method reaches on a set.
#[derive(Clone)]
pub struct Row {
    set: String,
    method: String,
    seconds: f64,
    tick_ms: u32,
    /// Of every window the share of seeds that decided it rightly, after each tick.
    right: Vec<Vec<f64>>,
    /// Of every window, less what the first method has at the end.
    difference: Vec<f64>,
}

impl Row {
    /// Of the windows of every seed; `seconds` are CPU seconds of a fit.
    pub fn new(
        set: &str,
        method: String,
        runs: &[Vec<TestedWindow>],
        seconds: f64,
        tick_ms: u32,
        first: Option<&Self>,
    ) -> Self {
        let right: Vec<Vec<f64>> = (0..runs[0].len())
            .map(|window| {
                let of_tick = |tick: usize| {
                    let is_right = |run: &&Vec<TestedWindow>| run[window].decisions[tick] == run[window].class;
                    runs.iter().filter(is_right).count() as f64 / runs.len() as f64
                };
                (0..runs[0][window].decisions.len()).map(of_tick).collect()
            })
            .collect();
        let last = |ticks: &Vec<f64>| ticks.last().copied().unwrap_or(0.0);
        let rival = |window: usize| first.map_or(0.0, |first| last(&first.right[window]));
        let difference = right.iter().enumerate().map(|(window, ticks)| last(ticks) - rival(window)).collect();
        let difference = if first.is_some() { difference } else { Vec::new() };
        Self { set: set.to_owned(), method, seconds, tick_ms, right, difference }
    }

    /// Percent correct after so many milliseconds, or at the end of the window.
    fn accuracy(&self, elapsed_ms: Option<u32>) -> f64 {
        let tick =
            |ticks: &[f64]| elapsed_ms.map_or(ticks.len(), |ms| (ms / self.tick_ms) as usize).clamp(1, ticks.len()) - 1;
        100.0 * mean(self.right.iter().map(|ticks| ticks[tick(ticks)]))
    }

    /// Percent more correct than the first method, and its standard error over trials.
    fn difference(&self) -> (f64, f64) {
        let n = self.difference.len().max(1) as f64;
        let mean = mean(self.difference.iter().copied());
        let squares: f64 = self.difference.iter().map(|difference| (difference - mean).powi(2)).sum();
        (100.0 * mean, 100.0 * squares.sqrt() / n)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (difference, error) = self.difference();
        write!(f, "{:<13} {:<12} {:6.2} ", self.set, self.method, self.accuracy(None))?;
        write!(f, "{difference:+6.2} ± {error:4.2} {:7.2} s", self.seconds)
    }
}

/// All rows, as a table in Markdown.
pub struct Table {
    early_ms: Vec<u32>,
    rows: Vec<Row>,
}

impl Table {
    /// An empty table, with accuracies after these times.
    pub fn new(early_ms: &[u32]) -> Self {
        let early: String = early_ms.iter().map(|ms| format!(" {ms} ms |")).collect();
        println!("| set | method | accuracy | less LDA | ± | CPU s a fit |{early}");
        println!("| --- | --- | --- | --- | --- | --- |{}", " --- |".repeat(early_ms.len()));
        Self { early_ms: early_ms.to_vec(), rows: Vec::new() }
    }

    /// Adds and prints a row.
    pub fn add(&mut self, row: Row) {
        let (difference, error) = row.difference();
        let early: String = self.early_ms.iter().map(|ms| format!(" {:.1} |", row.accuracy(Some(*ms)))).collect();
        println!(
            "| {} | {} | {:.2} | {difference:+.2} | {error:.2} | {:.2} |{early}",
            row.set,
            row.method,
            row.accuracy(None),
            row.seconds
        );
        self.rows.push(row);
    }

    /// Prints the mean of each method over the sets; sets count alike, and their errors are taken as independent.
    pub fn means(&self) {
        let mut methods: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !methods.contains(&row.method.as_str()) {
                methods.push(&row.method);
            }
        }
        for method in methods {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.method == method).collect();
            let n = rows.len() as f64;
            let error = rows.iter().map(|row| row.difference().1.powi(2)).sum::<f64>().sqrt() / n;
            let early: String = self
                .early_ms
                .iter()
                .map(|ms| format!(" {:.1} |", mean(rows.iter().map(|row| row.accuracy(Some(*ms))))))
                .collect();
            println!(
                "| mean | {method} | {:.2} | {:+.2} | {error:.2} | {:.2} |{early}",
                mean(rows.iter().map(|row| row.accuracy(None))),
                mean(rows.iter().map(|row| row.difference().0)),
                mean(rows.iter().map(|row| row.seconds))
            );
        }
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len().max(1) as f64;
    values.sum::<f64>() / n
}
