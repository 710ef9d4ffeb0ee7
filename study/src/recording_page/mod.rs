//! A recording as one page, for a person to look at before anything is trained: facts, rates, drift, and spikes around events.

mod around;
mod session;

use maud::{Markup, PreEscaped, html};
use recording::{Chosen, Recording, Sanity, TrialClasses};

use crate::report::Figure;
use crate::report::html::document;
use crate::report::plot::{Axes, ranked};
use around::Around;

/// The most events that the page draws.
const MOST_EVENTS: usize = 6;

/// A fact about a recording: its name, and rows of a name and a value each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The name of the fact.
    pub name: &'static str,
    /// What it is. The first part of a row is empty if it needs no name.
    pub rows: Vec<(String, String)>,
}

/// The page about the chosen units and trials of a recording, as HTML that loads nothing else. Its size is bounded: of large
/// recordings it draws a sample, and says so.
#[must_use]
pub fn page(recording: &Recording, chosen: &Chosen, sanity: &Sanity, facts: &[Fact], classes: &TrialClasses) -> String {
    let events: Vec<Around<'_>> = Around::events(recording, &chosen.units, sanity, classes);
    let n_more = events.len().saturating_sub(MOST_EVENTS);
    let contents = html! {
        nav {
            a href="#facts" { "Facts" }
            a href="#units" { "Units" }
            a href="#session" { "Session" }
            @for (index, event) in events.iter().take(MOST_EVENTS).enumerate() {
                a href={ "#event-" (index) } { (event.column) }
            }
        }
        (facts_of(facts))
        section {
            h2 id="units" { "Units" }
            (units(sanity))
        }
        section {
            h2 id="session" { "Over the session" }
            @match session::rate_by_trial(recording, chosen) {
                Some((figure, caption)) => (drawing(&figure, &caption)),
                None => p { "No trial with a start and a stop." }
            }
        }
        @for (index, event) in events.iter().take(MOST_EVENTS).enumerate() {
            section {
                h2 id={ "event-" (index) } { "Around " (event.column) }
                @if event.n_trials() == 0 { p { "No trial of any class has this time." } }
                @else {
                    @let (rates, rates_caption) = event.rates();
                    @let (spikes, spikes_caption) = event.spikes();
                    (drawing(&rates, &rates_caption))
                    (drawing(&spikes, &spikes_caption))
                }
            }
        }
        @if n_more > 0 { p { "Not drawn: " (n_more) " more columns of times." } }
    };
    document(&format!("Recording {}", recording.name), &contents)
}

fn facts_of(facts: &[Fact]) -> Markup {
    html! {
        section {
            h2 id="facts" { "Facts" }
            table {
                @for fact in facts {
                    @for (index, (name, value)) in fact.rows.iter().enumerate() {
                        tr {
                            td { @if index == 0 { (fact.name) } }
                            td { (name) }
                            td { (value) }
                        }
                    }
                }
            }
        }
    }
}

fn units(sanity: &Sanity) -> Markup {
    let rates = &sanity.rates;
    let Some([_, median_hz, _]) = rates.low_median_high_hz else { return html! { p { "No units." } } };
    let axes = Axes {
        x: "units, from the fastest".to_owned(),
        y: "mean rate (spikes/s)".to_owned(),
        y_range: None,
        level: Some((median_hz, format!("median {median_hz:.1}"))),
    };
    drawing(&ranked(&rates.by_unit_hz, &axes), "Mean rate of each unit from the first to the last spike of all units.")
}

fn drawing(figure: &Figure, caption: &str) -> Markup {
    html! { figure { (PreEscaped(&figure.svg)) figcaption { (caption) } } }
}

/// At most `most` of the values, evenly spread.
fn sample<T: Copy>(values: &[T], most: usize) -> Vec<T> {
    let step = values.len().div_ceil(most.max(1)).max(1);
    values.iter().copied().step_by(step).collect()
}
