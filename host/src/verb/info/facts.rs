//! The facts about a recording in words, for the terminal and for the page.

use std::fmt::Write;

use recording::{
    ColumnSummary, Event, FAST_HZ, Holds, SeriesSummary, TimeRange, UnitRow, Unreadable, ValueRange, as_value,
    on_one_line,
};
use spec::core::MAX_READOUTS;
use study::recording_page::Fact;

use super::session::{Binned, SessionInfo};
use crate::verb::percent;

/// Columns of the terminal before the value of a fact.
const NAME_WIDTH: usize = 13;
/// The most units that are listed one by one.
const MOST_UNITS: usize = 8;
/// The most letters of a value.
const MOST_LETTERS: usize = 32;

/// The facts, those that a person checks first at the top.
pub(super) fn of(info: &SessionInfo) -> Vec<Fact> {
    let facts = [
        ("recording", vec![plain(&info.name)]),
        ("sha256", vec![plain(&info.sha256)]),
        ("content", info.content_sha256.iter().map(plain).collect()),
        ("spikes", vec![plain(spikes(info))]),
        ("trials", trials(info)),
        ("chosen", chosen(info)),
        ("rates", rates(info)),
        ("units", units(info)),
        ("columns", columns(info)),
        ("events", events(info)),
        ("labels", labels(info)),
        ("movement", movement(info)),
        ("warnings", info.warnings.iter().map(plain).collect()),
    ];
    let shown = |(name, value): (String, String)| (on_one_line(&name), on_one_line(&value));
    let facts = facts.into_iter().filter(|(_, rows)| !rows.is_empty());
    facts.map(|(name, rows)| Fact { name, rows: rows.into_iter().map(shown).collect() }).collect()
}

/// The facts as aligned lines.
pub(super) fn text(facts: &[Fact]) -> String {
    let mut text = String::new();
    for Fact { name, rows } in facts {
        let width = rows.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        for (index, (key, value)) in rows.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let key = if key.is_empty() { String::new() } else { format!("{key:width$}  ") };
            let _ = writeln!(text, "{name:NAME_WIDTH$}{key}{value}");
        }
    }
    text
}

fn plain(value: impl ToString) -> (String, String) {
    (String::new(), value.to_string())
}

fn spikes(info: &SessionInfo) -> String {
    let n_spikes = info.n_spikes;
    let Some(TimeRange { first_s, last_s }) = info.sanity.spike_range else { return "none".to_owned() };
    let within = match info.sanity.share_within_trials {
        Some(share) if info.sanity.trial_range.is_some() => format!(", {} of them within trials", percent(share)),
        _ => String::new(),
    };
    format!("{first_s:.1} to {last_s:.1} s: {n_spikes} spikes of {} units{within}", info.n_units)
}

fn trials(info: &SessionInfo) -> Vec<(String, String)> {
    let (n_trials, sanity) = (info.n_trials, &info.sanity);
    let mut rows = vec![plain(match sanity.trial_range {
        Some(TimeRange { first_s, last_s }) => {
            format!("{first_s:.1} to {last_s:.1} s: {n_trials} {}", if n_trials == 1 { "trial" } else { "trials" })
        }
        None if n_trials == 0 => "none".to_owned(),
        None => format!("{n_trials} trials, none with a start and a stop after it"),
    })];
    if let Some([shortest, median, longest]) = sanity.trial_lengths_s {
        rows[0].1 += &match longest - shortest < 5e-4 {
            true => format!(" of {median:.3} s"),
            false => format!(" of {shortest:.3} to {longest:.3} s, median {median:.3}"),
        };
    }
    if sanity.n_trials_without_times > 0 && sanity.trial_range.is_some() {
        let n_trials = sanity.n_trials_without_times;
        rows.push(plain(format!("{n_trials} without a start and a stop after it: left out by training")));
    }
    rows
}

/// What the conditions choose, if they leave anything out.
fn chosen(info: &SessionInfo) -> Vec<(String, String)> {
    let (units, trials) = (info.sanity.n_units_chosen, info.sanity.n_trials_chosen);
    if units == info.n_units && trials == info.n_trials {
        return Vec::new();
    }
    let row =
        format!("{units} of {} units, {trials} of {} trials; what follows is about them", info.n_units, info.n_trials);
    vec![plain(row)]
}

fn rates(info: &SessionInfo) -> Vec<(String, String)> {
    let rates = &info.sanity.rates;
    let Some([low, median, high]) = rates.low_median_high_hz else { return Vec::new() };
    // More digits for the low rates that a wrong unit of time gives.
    let digits = if median < 1.0 { 3 } else { 1 };
    let mut rows = vec![plain(format!("median {median:.digits$} spikes/s, {low:.digits$} to {high:.digits$}"))];
    for (what, units) in
        [("without a spike".to_owned(), &rates.empty), (format!("above {FAST_HZ} spikes/s"), &rates.fast)]
    {
        if !units.is_empty() {
            rows.push(plain(format!("{what}: {}", list_of_units(units))));
        }
    }
    rows
}

/// `2 units: 3 (id 7), 5 (id 9)`.
fn list_of_units(units: &[UnitRow]) -> String {
    let name = |unit: &UnitRow| match &unit.id {
        Some(id) if *id != unit.row.to_string() => format!("{} (id {id})", unit.row),
        _ => unit.row.to_string(),
    };
    let names: Vec<String> = units.iter().take(MOST_UNITS).map(name).collect();
    let more = if units.len() > MOST_UNITS { ", …" } else { "" };
    let noun = if units.len() == 1 { "unit" } else { "units" };
    format!("{} {noun}: {}{more}", units.len(), names.join(", "))
}

fn units(info: &SessionInfo) -> Vec<(String, String)> {
    let mut rows = tables(&info.units_table, &info.units_tables, "--units-table");
    rows.extend(info.sanity.unit_columns.iter().map(|column| (column.name.clone(), values(column))));
    rows.extend(unreadable(&info.unreadable_units));
    rows
}

fn columns(info: &SessionInfo) -> Vec<(String, String)> {
    let mut rows = tables(&info.trials_table, &info.interval_tables, "--trials-table");
    let of_trials = info.sanity.columns.iter().filter(|column| !info.is_event(&column.name));
    rows.extend(of_trials.map(|column| (column.name.clone(), values(column))));
    rows.extend(unreadable(&info.unreadable_trials));
    rows
}

/// The table that is read, and the others that an option can choose.
fn tables(read: &str, all: &[String], option: &str) -> Vec<(String, String)> {
    let others: Vec<&str> = all.iter().map(String::as_str).filter(|table| *table != read).collect();
    let others = others.join(", ");
    match (read, &*others) {
        (_, "") => Vec::new(),
        ("", others) => vec![plain(format!("none is read; {option} can choose: {others}"))],
        (read, others) => vec![plain(format!("of {read}; {option} can choose: {others}"))],
    }
}

fn unreadable(columns: &[Unreadable]) -> impl Iterator<Item = (String, String)> {
    columns.iter().map(|column| (column.name.clone(), format!("not read: {}", column.reason)))
}

/// The values of a column with their counts, or their range.
fn values(column: &ColumnSummary) -> String {
    let missing = match column.n_missing {
        0 => String::new(),
        n_missing => format!("; {n_missing} missing"),
    };
    if let (Some(labels), Some(counts)) = (&column.labels, &column.counts) {
        let values = if labels.is_empty() { "no value".to_owned() } else { counted(labels, counts) };
        let vectors = if column.holds == Holds::Vectors { "; directions of vectors, in degrees" } else { "" };
        return values + vectors + &missing;
    }
    let (one, several) = match column.holds {
        Holds::Numbers => ("number", "numbers"),
        Holds::Text => ("text", "texts"),
        Holds::Vectors => ("direction of vectors", "directions of vectors"),
        Holds::Pairs => ("pair of numbers", "pairs of numbers"),
    };
    let range = column.range.as_ref().map(|range| match range {
        ValueRange::Numbers([low, high]) => [number(*low), number(*high)],
        ValueRange::Text([low, high]) => [short(low), short(high)],
    });
    match (column.n_labels, range) {
        (1, Some([low, high])) if low != high => format!("one {one}, {low} to {high}{missing}"),
        (1, Some([only, _])) => format!("one {one}, {only}{missing}"),
        (n_labels, Some([low, high])) => format!("{n_labels} different {several}, {low} to {high}{missing}"),
        (n_labels, None) => format!("{n_labels} different {several}{missing}"),
    }
}

fn events(info: &SessionInfo) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    if info.n_trials > 0 {
        rows.push((info.default_align.to_owned(), "default of --align".to_owned()));
    }
    rows.extend(info.sanity.events.iter().map(|event| {
        let values = info.sanity.columns.iter().find(|column| column.name == event.column);
        (event.column.clone(), after_start(event, values.and_then(only_number)))
    }));
    rows
}

/// The value of a column that has the same in all rows.
fn only_number(column: &ColumnSummary) -> Option<f64> {
    match column.range {
        Some(ValueRange::Numbers([low, high])) if low == high => Some(low),
        _ => None,
    }
}

/// When an event occurs in its trial; `only` is its value if it has the same in all trials.
fn after_start(event: &Event, only: Option<f64>) -> String {
    let mut text = match (event.after_start_s, only) {
        (None, _) => "no value".to_owned(),
        (Some(_), only) if event.looks_relative && !event.is_relative => {
            let only = only.map_or_else(String::new, |only| format!("{} in every trial, ", number(only)));
            format!(
                "{only}not within the trials; if these times count from the start of their trial, give --align-relative"
            )
        }
        (Some(_), Some(only)) if event.n_outside > 0 => format!("{} in every trial", number(only)),
        (Some([low, median, high]), _) if high - low < 1e-3 => format!("{:.3} s after the start", to_ms(median)),
        (Some(times_s), _) => {
            let [low, median, high] = times_s.map(to_ms);
            format!("{low:.3} to {high:.3} s after the start, median {median:.3}")
        }
    };
    if event.is_relative {
        text += ", with --align-relative";
    }
    let is_mentioned = event.looks_relative && !event.is_relative;
    let counts = [
        (event.n_missing, "missing", false),
        (event.n_outside, "outside their trial", is_mentioned),
        (event.n_as_if_relative, "of them as if counted from the start of their trial", is_mentioned),
    ];
    for (count, what, is_mentioned) in counts {
        if count > 0 && !is_mentioned {
            let _ = write!(text, "; {count} {what}");
        }
    }
    text
}

/// A time in seconds with the digits that are shown; minus zero is zero.
fn to_ms(time_s: f64) -> f64 {
    (time_s * 1e3).round() / 1e3 + 0.0
}

/// The columns that can be labels, and what to do about too many values.
fn labels(info: &SessionInfo) -> Vec<(String, String)> {
    let is_default = |name: &str| info.default_label_column == Some(name);
    let names = info.label_columns.iter().map(|name| match is_default(name) {
        true => format!("{name} (default of --label-column)"),
        false => name.clone(),
    });
    let names: Vec<String> = names.collect();
    let mut rows = Vec::new();
    if !names.is_empty() {
        rows.push(plain(names.join(", ")));
    } else if info.sanity.columns.iter().all(|column| !is_default(&column.name)) {
        rows.push(plain("none: no column of the trials has values that can be classes"));
    }
    if let Some(Binned { column, labels, counts }) = &info.binned {
        rows.push(plain(format!("{column} in bins: {}", counted(labels, counts))));
        return rows;
    }
    let columns = info.sanity.columns.iter();
    for column in columns.filter(|column| is_default(&column.name) && column.n_labels > usize::from(MAX_READOUTS)) {
        rows.push(plain(format!(
            "{} (default of --label-column) has {} values, and a core holds {MAX_READOUTS} classes:",
            column.name, column.n_labels
        )));
        let or_bin = if column.holds == Holds::Text { "" } else { ", or bin angles with --bin-angles" };
        rows.push(plain(format!("choose some with --classes{or_bin}")));
    }
    rows
}

/// The time series that `--target` can name.
fn movement(info: &SessionInfo) -> Vec<(String, String)> {
    let read = info.series.iter().map(|series| (series.path.clone(), of_series(series)));
    read.chain(unreadable(&info.unreadable_series)).collect()
}

/// Axes, unit, samples, rate, holes and missing values of a time series.
fn of_series(series: &SeriesSummary) -> String {
    let SeriesSummary { axes, unit, n_samples, range_s: [first_s, last_s], rate_hz, .. } = series;
    let unit = if unit.is_empty() { String::new() } else { format!(" in {unit}") };
    let times = if series.has_timestamps { "about " } else { "" };
    let mut text = format!(
        "{}{unit}; {n_samples} samples from {first_s:.3} to {last_s:.3} s at {times}{} Hz",
        axes.join(", "),
        number(*rate_hz)
    );
    if series.n_holes > 0 {
        let _ = write!(text, "; {} holes", series.n_holes);
    }
    if series.missing_share > 0.0 {
        let _ = write!(text, "; {} missing", percent(series.missing_share));
    }
    text
}

/// Labels with the number of rows that have them.
fn counted(labels: &[String], counts: &[usize]) -> String {
    let with_count = |(label, count): (&String, &usize)| format!("{} ({count})", short(label));
    labels.iter().zip(counts).map(with_count).collect::<Vec<_>>().join(", ")
}

/// A value of a column as options take it, shortened.
fn short(label: &str) -> String {
    let start: String = label.chars().take(MOST_LETTERS).collect();
    if start.len() < label.len() { start + "…" } else { as_value(label) }
}

/// A number with four digits at most after the point.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
