//! What happens, on the terminal: spikes of two seconds, scores, the last decisions, latencies, counters. A thread of its own
//! draws ten times a second what it has been told since; what it is too slow for is dropped.

use std::collections::VecDeque;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use live::arrival::Nanoseconds;
use live::histogram::{Histogram, Spread};
use live::ticks::Tick;
use ratatui::crossterm::ExecutableCommand;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::{Constraint, Layout};
use ratatui::prelude::{CrosstermBackend, Frame, Line, Style, Stylize, Terminal};
use ratatui::widgets::{Block, Paragraph};

use super::lines::Spans;
use super::number::{count, of_ms};
use super::reader::Shared;

/// Ticks that may wait to be drawn.
const WAITING: usize = 4096;
const REDRAW: Duration = Duration::from_millis(100);
/// Time that the raster shows.
const RASTER: Nanoseconds = 2_000_000_000;
/// Decisions that are shown.
const DECISIONS: usize = 8;
/// Rows of the screen with decisions, and the frame around them.
const SHOWN_ROWS: u16 = 10;
/// Delay that a hand does not feel.
const UNFELT_US: f64 = 15_000.0;

/// Something to be shown.
pub(super) enum Shown {
    /// A tick that was delivered.
    Tick(Arc<Tick>),
    /// The answer to a tick: scores or values, and how long it took.
    Answer {
        /// One for each output.
        outputs: Vec<f64>,
        /// The parts of the way.
        spans: Spans,
        /// All of it.
        age: Nanoseconds,
    },
    /// A decision in words.
    Decision(String),
    /// Rows have stopped coming, or come again.
    Stalled(bool),
}

/// The thread that draws.
pub(super) struct Tui {
    pub(super) sender: SyncSender<Shown>,
    thread: JoinHandle<io::Result<()>>,
}

impl Tui {
    /// Begins to draw on standard error, which must be a terminal. `names` are those of the outputs.
    pub(super) fn begin(names: Vec<String>, n_channels: u16, shared: &Arc<Shared>) -> Result<Self, String> {
        if !io::stderr().is_terminal() {
            return Err("standard error is no terminal, where `--tui` draws".to_owned());
        }
        let (sender, received) = sync_channel(WAITING);
        let view = View { names, n_channels, ..View::default() };
        let shared = Arc::clone(shared);
        Ok(Self { sender, thread: thread::spawn(move || draw(view, &received, &shared)) })
    }

    /// Leaves the terminal as it was.
    pub(super) fn end(self) {
        drop(self.sender);
        let _ = self.thread.join();
    }
}

fn draw(mut view: View, received: &Receiver<Shown>, shared: &Shared) -> io::Result<()> {
    io::stderr().execute(EnterAlternateScreen)?;
    let drawn = Terminal::new(CrosstermBackend::new(io::stderr())).and_then(|mut terminal| {
        terminal.hide_cursor()?;
        while !shared.stops() {
            received.try_iter().for_each(|shown| view.take(shown));
            let counters = counters(shared);
            terminal.draw(|frame| view.draw(frame, &counters))?;
            thread::sleep(REDRAW);
        }
        terminal.show_cursor()
    });
    io::stderr().execute(LeaveAlternateScreen)?;
    drawn
}

/// The counters that are not 0.
fn counters(shared: &Shared) -> String {
    let counters = serde_json::to_value(shared.counters()).unwrap_or_default();
    let all = counters.as_object().into_iter().flatten();
    let counted = all.filter(|(_, count)| count.as_f64().is_some_and(|count| count != 0.0));
    counted.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join("  ")
}

/// What is shown.
#[derive(Default)]
struct View {
    names: Vec<String>,
    n_channels: u16,
    ticks: VecDeque<Arc<Tick>>,
    outputs: Vec<f64>,
    decisions: VecDeque<String>,
    source_to_host: Histogram,
    host_to_tick: Histogram,
    tick_to_answer: Histogram,
    age: Histogram,
    is_stalled: bool,
}

impl View {
    fn take(&mut self, shown: Shown) {
        match shown {
            Shown::Tick(tick) => {
                let oldest = tick.end - RASTER;
                self.ticks.push_back(tick);
                while self.ticks.front().is_some_and(|tick| tick.begin < oldest) {
                    self.ticks.pop_front();
                }
            }
            Shown::Answer { outputs, spans, age } => {
                self.outputs = outputs;
                let ns = |us: f64| of_ms(us / 1e3);
                if let Some(us) = spans.source_to_host {
                    self.source_to_host.add(ns(us));
                }
                self.host_to_tick.add(ns(spans.host_to_tick));
                self.tick_to_answer.add(ns(spans.tick_to_answer));
                self.age.add(age);
            }
            Shown::Decision(text) => {
                self.decisions.push_front(text);
                self.decisions.truncate(DECISIONS);
            }
            Shown::Stalled(is_stalled) => self.is_stalled = is_stalled,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, counters: &str) {
        let areas = Layout::vertical([Constraint::Min(6), Constraint::Length(SHOWN_ROWS), Constraint::Length(7)]);
        let [raster, middle, below] = areas.areas(frame.area());
        let title = if self.is_stalled { " spikes: STALLED ".red().bold() } else { " spikes, 2 s ".into() };
        let block = Block::bordered().title(title);
        let inner = block.inner(raster);
        frame.render_widget(Paragraph::new(self.raster(inner.width, inner.height)).block(block), raster);
        let [outputs, decisions] = Layout::horizontal([Constraint::Percentage(50); 2]).areas(middle);
        frame.render_widget(Paragraph::new(self.output_lines()).block(Block::bordered().title(" outputs ")), outputs);
        let lines: Vec<Line<'_>> = self.decisions.iter().map(|text| Line::from(text.as_str())).collect();
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" decisions ")), decisions);
        let mut lines: Vec<Line<'_>> = self.latencies().to_vec();
        lines.push(Line::from(counters.to_owned()));
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" latencies, us ")), below);
    }

    /// Time to the right, channels down: a dot where any of the channels of a row has spiked.
    fn raster(&self, width: u16, height: u16) -> Vec<Line<'static>> {
        let (width, height) = (usize::from(width).max(1), usize::from(height).max(1));
        let mut rows = vec![vec![' '; width]; height];
        let end = self.ticks.back().map_or(0, |tick| tick.end);
        for tick in &self.ticks {
            let place = (end - tick.begin) as f64 / RASTER as f64 * width as f64;
            let column = width.saturating_sub(count(place));
            for channel in &tick.channels {
                let row = usize::from(*channel) * height / usize::from(self.n_channels).max(1);
                if let Some(cell) = rows.get_mut(row).and_then(|row| row.get_mut(column)) {
                    *cell = '•';
                }
            }
        }
        rows.into_iter().map(|row| Line::from(row.into_iter().collect::<String>())).collect()
    }

    fn output_lines(&self) -> Vec<Line<'_>> {
        let best = self.outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let line = |(name, value): (&String, &f64)| {
            let style = if *value == best { Style::new().bold() } else { Style::new() };
            Line::styled(format!("{name:<14} {value:>10.2}"), style)
        };
        self.names.iter().zip(&self.outputs).map(line).collect()
    }

    fn latencies(&self) -> [Line<'static>; 4] {
        let line = |name: &str, histogram: &Histogram| {
            let Spread { p50, p99, max, .. } = histogram.spread();
            let text = format!("{name:<16} p50 {p50:>9.0}  p99 {p99:>9.0}  max {max:>9.0}");
            if p99 > UNFELT_US { Line::from(format!("{text}  above 15 ms").red()) } else { Line::from(text) }
        };
        [
            line("source to host", &self.source_to_host),
            line("host to tick", &self.host_to_tick),
            line("tick to answer", &self.tick_to_answer),
            line("age", &self.age),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;

    use super::*;

    #[test]
    fn the_screen_shows_spikes_outputs_decisions_and_what_is_slow() {
        let mut view = View { names: vec!["left".into(), "right".into()], n_channels: 4, ..View::default() };
        let tick = Tick { channels: vec![0, 3], end: 1_000_000, ..Tick::default() };
        view.take(Shown::Tick(Arc::new(tick)));
        let spans = Spans { source_to_host: None, host_to_tick: 20.0, tick_to_answer: 20_000.0 };
        view.take(Shown::Answer { outputs: vec![3.0, -4.0], spans, age: 20_000_000 });
        view.take(Shown::Decision("window 7: left".into()));
        view.take(Shown::Stalled(true));
        let mut terminal = Terminal::new(TestBackend::new(90, 30)).unwrap();
        terminal.draw(|frame| view.draw(frame, "late 3")).unwrap();
        let screen = terminal.backend().to_string();
        for part in ["STALLED", "•", "left", "-4.00", "window 7: left", "above 15 ms", "late 3"] {
            assert!(screen.contains(part), "{part} in {screen}");
        }
    }
}
