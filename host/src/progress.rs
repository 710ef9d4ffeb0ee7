//! Progress on standard error: a bar if that is a terminal, else a line every ten seconds.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

/// Time between two lines, and before the first.
const INTERVAL: Duration = Duration::from_secs(10);

/// How far something is, which threads can share.
pub struct Bar {
    bar: ProgressBar,
    /// When the last line was printed; none on a terminal.
    last_line: Option<Mutex<Instant>>,
}

/// A bar of `length` steps.
pub fn bar(length: u64, what: &'static str) -> Bar {
    let is_terminal = std::io::stderr().is_terminal();
    let bar = if is_terminal { ProgressBar::new(length) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg} (about {eta} left)") {
        bar.set_style(style);
    }
    let bar = Bar { bar, last_line: (!is_terminal).then(|| Mutex::new(Instant::now())) };
    bar.begin(length, what);
    bar
}

impl Bar {
    /// Begins something of `length` steps.
    pub fn begin(&self, length: u64, what: &'static str) {
        self.bar.reset();
        self.bar.set_prefix(what);
        self.bar.set_length(length);
        self.bar.set_message("");
    }

    /// One step further.
    pub fn step(&self) {
        self.set(self.bar.position() + 1);
    }

    /// So many steps are done.
    pub fn set(&self, position: u64) {
        self.bar.set_position(position);
        self.print_if_due();
    }

    /// What is being done.
    pub fn set_message(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Removes it while something else is printed.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Ends it.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn print_if_due(&self) {
        let Some(last_line) = &self.last_line else { return };
        let mut last_line = last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last_line.elapsed() >= INTERVAL {
            *last_line = Instant::now();
            eprintln!("motorsrnn: {}", self.line());
        }
    }

    fn line(&self) -> String {
        let (position, length) = (self.bar.position(), self.bar.length().unwrap_or(0));
        let message = Some(self.bar.message()).filter(|message| !message.is_empty());
        let message = message.map_or_else(String::new, |message| format!(", {message}"));
        let to_go = length.saturating_sub(position) as f64 / position.max(1) as f64;
        let left = HumanDuration(self.bar.elapsed().mul_f64(to_go));
        format!("{} {position}/{length}{message} (about {left} left)", self.bar.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_what_is_done_how_far_it_is_and_how_long_it_takes() {
        let bar = bar(10, "training");
        bar.step();
        assert!(bar.line().starts_with("training 1/10 (about "), "{}", bar.line());
        bar.set_message("fold 1/5".to_owned());
        bar.set(4);
        assert!(bar.line().starts_with("training 4/10, fold 1/5 (about "), "{}", bar.line());
        bar.begin(3, "checking");
        assert!(bar.line().starts_with("checking 0/3 (about "), "{}", bar.line());
    }
}
