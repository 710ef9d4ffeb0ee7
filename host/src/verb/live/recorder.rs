//! The recording: ticks as they were delivered, appended while they run, by a thread of its own.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use live::arrival::Nanoseconds;
use live::ticks::Tick;
use recording::{TrialTable, companion_path, live_header};

use super::network::{Classes, LiveNetwork, Task};
use super::number::to_ms;
use crate::failure::Failure;

/// What is written is on its way to the disk after so long.
const FLUSH_AFTER: Duration = Duration::from_millis(100);

/// Something to be recorded.
pub(super) enum Entry {
    /// A tick, in order.
    Tick(Arc<Tick>),
    /// A window or run that had all its ticks.
    Trial(Trial),
    /// A line of JSON.
    Line(String),
}

/// A window or run.
pub(super) struct Trial {
    pub(super) first_tick: u64,
    pub(super) n_ticks: u64,
    pub(super) marker: Option<String>,
    pub(super) decision: Option<String>,
    pub(super) decided_at: Option<u64>,
}

/// Takes entries, and never waits for the disk.
pub(super) struct Recorder {
    entries: Sender<Entry>,
    thread: JoinHandle<Result<(), Unwritten>>,
}

/// The files of a recording with this name: ticks, trials, and the lines of standard output.
pub(super) fn files_of(name: &Path) -> [PathBuf; 3] {
    let ticks = with_ending(name, "csv");
    let trials = companion_path(&ticks);
    [ticks, trials, with_ending(name, "jsonl")]
}

impl Recorder {
    /// Makes `NAME.csv`, `NAME.trials.csv` and `NAME.jsonl`, which must not exist.
    pub(super) fn begin(name: &Path, network: &LiveNetwork) -> Result<Self, Failure> {
        if name.is_dir() || name.file_name().is_none() || name.to_string_lossy().ends_with('/') {
            return Err(Failure::input(format_args!("cannot record into {}: it is a folder", name.display()))
                .advise("give `--record` the name of a recording in it"));
        }
        let [ticks, trials, lines] = files_of(name);
        if let Some(path) = [&ticks, &trials, &lines].into_iter().find(|path| path.exists()) {
            return Err(Failure::input(format_args!("cannot record into {}: it exists", path.display()))
                .advise("give another name to `--record`"));
        }
        let files =
            Files { ticks: Growing::create(ticks)?, trials: Growing::create(trials)?, lines: Growing::create(lines)? };
        let (entries, received) = channel();
        let (header, form) = (live_header(network.n_channels), Form::of(network));
        let thread = thread::spawn(move || files.write(&header, &form, &received));
        Ok(Self { entries, thread })
    }

    /// Records. After the disk has failed nothing is recorded, which [`Recorder::end`] reports.
    pub(super) fn put(&self, entry: Entry) {
        let _ = self.entries.send(entry);
    }

    /// Whether the disk has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until all is written.
    pub(super) fn end(self) -> Result<(), Failure> {
        drop(self.entries);
        let Ok(written) = self.thread.join() else { return Err(Failure::input("the recording has ended early")) };
        written.map_err(|Unwritten { path, error }| {
            let cause = format_args!("the recording ends early: cannot write {}: {error}", path.display());
            Failure::input(cause).advise("free space on the disk; the windows in the recording are whole")
        })
    }
}

fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    path.into()
}

/// How trials are written.
struct Form {
    tick: Nanoseconds,
    /// Column and offset of the event that windows count from, if they do not count from the start of a trial.
    event: Option<(String, Nanoseconds)>,
    /// How long the trial begins before its window.
    before: Nanoseconds,
    is_run: bool,
}

impl Form {
    fn of(network: &LiveNetwork) -> Self {
        let tick = network.tick;
        match &network.task {
            Task::Classes(Classes { offset, align_column, .. }) => {
                let is_start = TrialTable::is_start_or_stop(align_column);
                let event = (!is_start).then(|| (align_column.clone(), *offset));
                Self { tick, event, before: if is_start { *offset } else { 0 }, is_run: false }
            }
            Task::Values(_) => Self { tick, event: None, before: 0, is_run: true },
        }
    }

    fn header(&self) -> String {
        if self.is_run {
            return "start_ms,stop_ms,run\n".to_owned();
        }
        let event = self.event.as_ref().map_or(String::new(), |(column, _)| format!("{},", quoted(column)));
        format!("start_ms,stop_ms,{event}marker,decision,decided_ms\n")
    }

    fn row(&self, number: u64, trial: &Trial) -> String {
        let at = |tick: u64| i64::try_from(tick).unwrap_or(i64::MAX).saturating_mul(self.tick);
        let (start, stop) = (at(trial.first_tick), at(trial.first_tick + trial.n_ticks));
        let mut row = format!("{},{}", to_ms(start - self.before), to_ms(stop));
        if self.is_run {
            return row + &format!(",{number}\n");
        }
        if let Some((column, offset)) = &self.event {
            let time = to_ms(start - offset);
            row += &format!(",{}", if column.ends_with("_ms") { time } else { time / 1e3 });
        }
        let text = |text: &Option<String>| quoted(text.as_deref().unwrap_or_default());
        let decided = trial.decided_at.map_or(String::new(), |tick| to_ms(at(tick + 1)).to_string());
        row + &format!(",{},{},{decided}\n", text(&trial.marker), text(&trial.decision))
    }
}

/// A field of a CSV file, on one line.
fn quoted(text: &str) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let is_plain = !text.contains([',', '"', '#']) && text.trim() == text;
    if is_plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// A file that grows while the session runs.
struct Growing {
    file: BufWriter<File>,
    path: PathBuf,
}

/// What could not be written.
struct Unwritten {
    path: PathBuf,
    error: io::Error,
}

impl Growing {
    fn create(path: PathBuf) -> Result<Self, Failure> {
        match File::create_new(&path) {
            Ok(file) => Ok(Self { file: BufWriter::new(file), path }),
            Err(error) => Err(Failure::unwritable(&path, &error)),
        }
    }

    fn write(&mut self, text: &str) -> Result<(), Unwritten> {
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| Unwritten { path: self.path.clone(), error })
    }

    fn flush(&mut self) -> Result<(), Unwritten> {
        self.file.flush().map_err(|error| Unwritten { path: self.path.clone(), error })
    }
}

struct Files {
    ticks: Growing,
    trials: Growing,
    lines: Growing,
}

impl Files {
    fn write(mut self, header: &str, form: &Form, entries: &Receiver<Entry>) -> Result<(), Unwritten> {
        self.ticks.write(&format!("{header}t_ms,channel\n"))?;
        self.trials.write(&format!("{header}{}", form.header()))?;
        self.flush()?;
        let (mut n_trials, mut flushed) = (0, Instant::now());
        loop {
            // Nothing that has happened waits in memory while there is nothing to do.
            let entry = match entries.try_recv() {
                Ok(entry) => Ok(entry),
                Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) => {
                    self.flush()?;
                    entries.recv_timeout(FLUSH_AFTER)
                }
            };
            match entry {
                Ok(Entry::Tick(tick)) => {
                    let time = i64::try_from(tick.number).unwrap_or(i64::MAX).saturating_mul(form.tick);
                    for channel in &tick.channels {
                        self.ticks.write(&format!("{},{channel}\n", to_ms(time)))?;
                    }
                }
                Ok(Entry::Trial(trial)) => {
                    // The ticks of a trial are on the disk before it is.
                    self.ticks.flush()?;
                    self.trials.write(&form.row(n_trials, &trial))?;
                    n_trials += 1;
                }
                Ok(Entry::Line(line)) => self.lines.write(&(line + "\n"))?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.flush(),
            }
            if flushed.elapsed() > FLUSH_AFTER {
                self.flush()?;
                flushed = Instant::now();
            }
        }
    }

    fn flush(&mut self) -> Result<(), Unwritten> {
        self.ticks.flush()?;
        self.trials.flush()?;
        self.lines.flush()
    }
}
