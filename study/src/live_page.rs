//! A live session as one page: how long each part of the way took, what was counted over time, and what was decided.

use maud::{PreEscaped, html};

use crate::report::Table;
use crate::report::html::{document, table_of};
use crate::report::plot::{Axes, Bar, Line, bars, lines};

/// What a live session was.
#[derive(Clone, Debug, Default)]
pub struct LiveSession {
    /// Its heading.
    pub title: String,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// How long each part of the way took.
    pub spans: Vec<Span>,
    /// Counts over time, in seconds since the start.
    pub counts: Vec<Count>,
    /// The windows, one a row.
    pub windows: Table,
    /// Windows that are not in the table.
    pub n_more_windows: usize,
}

/// How long a part of the way took.
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// From where to where.
    pub name: String,
    /// Ends of the buckets in microseconds, ascending, and the number of durations in each.
    pub buckets: Vec<(f64, u64)>,
    /// What it means, and its percentiles.
    pub caption: String,
}

/// A count over time.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// What is counted.
    pub name: String,
    /// Seconds since the start, and the count then.
    pub points: Vec<(f64, f64)>,
}

/// The page about a live session, as HTML that loads nothing else.
#[must_use]
pub fn page(session: &LiveSession) -> String {
    let contents = html! {
        nav {
            a href="#facts" { "Facts" }
            a href="#latencies" { "Latencies" }
            a href="#counts" { "Counts" }
            a href="#windows" { "Windows" }
        }
        section {
            h2 id="facts" { "Facts" }
            table { @for (name, value) in &session.facts { tr { td { (name) } td { (value) } } } }
        }
        section {
            h2 id="latencies" { "Latencies" }
            @for span in &session.spans {
                figure { (PreEscaped(histogram(span))) figcaption { (span.caption) } }
            }
        }
        section {
            h2 id="counts" { "Counts over time" }
            @if session.counts.is_empty() { p { "Nothing out of the ordinary was counted." } }
            @else { figure { (PreEscaped(over_time(&session.counts))) } }
        }
        section {
            h2 id="windows" { "Windows" }
            @if session.n_more_windows > 0 { p { "The last ones; " (session.n_more_windows) " before them are left out." } }
            (table_of(&session.windows))
        }
    };
    document(&session.title, &contents)
}

/// Bars, one for each doubling of the duration.
fn histogram(span: &Span) -> String {
    let doubling_of = |end_us: f64| end_us.max(0.1).log2().ceil() as i32;
    let ends = || span.buckets.iter().map(|&(end_us, _)| doubling_of(end_us));
    let range = ends().min().unwrap_or(0)..=ends().max().unwrap_or(0);
    let count_of = |doubling: i32| {
        let within = span.buckets.iter().filter(|&&(end_us, _)| doubling_of(end_us) == doubling);
        (doubling, within.map(|&(_, count)| count as f64).sum())
    };
    let doublings: Vec<(i32, f64)> = range.map(count_of).collect();
    let bar = |&(doubling, value): &(i32, f64)| Bar { name: upper_end(doubling), value, error: None };
    let axes = Axes { y: format!("{}: ticks", span.name), ..Axes::default() };
    bars(&doublings.iter().map(bar).collect::<Vec<_>>(), &axes, false).svg
}

/// The end of a doubling in words.
fn upper_end(doubling: i32) -> String {
    let us = f64::from(doubling).exp2();
    match us {
        us if us < 1.0 => format!("{us:.2} us"),
        us if us < 1e3 => format!("{us:.0} us"),
        us if us < 1e6 => format!("{:.1} ms", us / 1e3),
        us => format!("{:.1} s", us / 1e6),
    }
}

fn over_time(counts: &[Count]) -> String {
    let line = |count: &Count| Line { name: count.name.clone(), points: count.points.clone(), band: Vec::new() };
    let axes = Axes { x: "time (s)".to_owned(), y: "count".to_owned(), ..Axes::default() };
    lines(&counts.iter().map(line).collect::<Vec<_>>(), &axes).svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_every_span_count_and_window() {
        let mut windows = Table::new(&["window", "decision"]);
        windows.push([0_usize.into(), "90 <up>".into()]);
        let span = Span { name: "age".into(), buckets: vec![(900.0, 3), (70_000.0, 1)], caption: "p50 0.9 ms".into() };
        let count = Count { name: "late".into(), points: vec![(0.0, 0.0), (1.0, 4.0)] };
        let session = LiveSession {
            title: "Live".into(),
            facts: vec![("board".into(), "model".into())],
            spans: vec![span],
            counts: vec![count],
            windows,
            n_more_windows: 7,
        };
        let page = page(&session);
        for part in ["board", "p50 0.9 ms", "1.0 ms", "131.1 ms", "late", "90 &lt;up&gt;", "7 before them", "</html>"] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("<svg").count(), 2);
    }
}
