//! An imported network as one page: what it became, its spikes and outputs beside those of the float twin, and their difference.

use import::calibration::Events;
use import::fidelity::{IntegerRun, Outputs, float_outputs, spikes_of_both};
use import::{Imported, card::OutputKind};
use maud::{Markup, PreEscaped, html};

use crate::report::Figure;
use crate::report::html::document;
use crate::report::plot::{Axes, Line, SpikePanel, lines, spike_panels};

/// Ticks whose spikes are drawn.
const SPIKE_TICKS: usize = 400;
/// The most points of a line.
const MOST_POINTS: usize = 1_000;
/// The most outputs that are drawn.
const MOST_OUTPUTS: usize = 4;

/// The page about an imported network that was run on events; `rows` are names and values of what it became, `trace` the outputs
/// of the framework. It loads nothing else, and its size is bounded.
#[must_use]
pub fn page(imported: &Imported, rows: &[(String, String)], events: &Events, trace: Option<&Outputs>) -> String {
    let (float, integer) = spikes_of_both(imported, &events[..events.len().min(SPIKE_TICKS)]);
    let (expected, expected_name) = match trace {
        Some(trace) => (trace.clone(), "framework"),
        None => (float_outputs(&imported.network, events), "float twin"),
    };
    let found = IntegerRun::of(imported, events).outputs;
    let n_outputs = imported.card.outputs.len();
    let contents = html! {
        nav {
            a href="#facts" { "Facts" }
            a href="#spikes" { "Spikes" }
            a href="#outputs" { "Outputs" }
        }
        section {
            h2 id="facts" { "Facts" }
            table { @for (name, value) in rows { tr { td { (name) } td { (value) } } } }
        }
        section {
            h2 id="spikes" { "Spikes" }
            @for (index, population) in imported.network.populations.iter().enumerate() {
                @if population.firing.is_some() {
                    h3 { (population.name) }
                    (drawing(
                        &rasters(&float[index], &integer[index], population.size(), imported.card.tick_ms),
                        "The first ticks of a free run, each neuron a row. A recurrent network multiplies every difference, so \
                         the two drift apart; F1 above is measured without that.",
                    ))
                }
            }
        }
        section {
            h2 id="outputs" { "Outputs" }
            @for index in 0..n_outputs.min(MOST_OUTPUTS) {
                (drawing(
                    &overlay(imported, index, &found, &expected, expected_name),
                    &format!("{} of the core and of the {expected_name}.", imported.card.outputs[index].name),
                ))
            }
            @if n_outputs > MOST_OUTPUTS { p { "Not drawn: " (n_outputs - MOST_OUTPUTS) " more outputs." } }
            (drawing(&difference(imported, &found, &expected), "Magnitude of the difference, the mean over all outputs."))
        }
    };
    document(&format!("Import of {}", imported.card.source), &contents)
}

fn drawing(figure: &Figure, caption: &str) -> Markup {
    html! { figure { (PreEscaped(&figure.svg)) figcaption { (caption) } } }
}

fn rasters(float: &[Vec<u16>], integer: &[Vec<u16>], n_neurons: usize, tick_ms: f64) -> Figure {
    let panel = |title: &str, ticks: &[Vec<u16>], colour: usize| {
        let spikes = ticks.iter().enumerate().flat_map(|(tick, neurons)| {
            neurons.iter().map(move |neuron| (tick as f64 * tick_ms, usize::from(*neuron)))
        });
        SpikePanel { title: title.to_owned(), spikes: spikes.collect(), colour }
    };
    let end = float.len().max(1) as f64 * tick_ms;
    let panels = [panel("float twin", float, 0), panel("core", integer, 1)];
    spike_panels(&panels, n_neurons, &(0.0..end), "time (ms)")
}

/// An output in each tick; spikes are added up.
fn course(outputs: &Outputs, index: usize, is_count: bool) -> Vec<f64> {
    let mut sum = 0.0;
    let value = |tick: &Vec<f64>| {
        sum += tick[index];
        if is_count { sum } else { tick[index] }
    };
    outputs.iter().map(value).collect()
}

fn points(values: &[f64], tick_ms: f64) -> Vec<(f64, f64)> {
    let step = values.len().div_ceil(MOST_POINTS).max(1);
    values.iter().enumerate().step_by(step).map(|(tick, value)| (tick as f64 * tick_ms, *value)).collect()
}

fn line(name: &str, values: &[f64], tick_ms: f64) -> Line {
    Line { name: name.to_owned(), points: points(values, tick_ms), band: Vec::new() }
}

fn is_count(imported: &Imported) -> bool {
    imported.card.output == OutputKind::Counts || imported.mapping.outputs.iter().all(|output| output.is_count)
}

fn overlay(imported: &Imported, index: usize, found: &Outputs, expected: &Outputs, expected_name: &str) -> Figure {
    let (is_count, tick_ms) = (is_count(imported), imported.card.tick_ms);
    let both = [
        line(expected_name, &course(expected, index, is_count), tick_ms),
        line("core", &course(found, index, is_count), tick_ms),
    ];
    lines(&both, &axes(if is_count { "spikes so far" } else { "value" }))
}

fn difference(imported: &Imported, found: &Outputs, expected: &Outputs) -> Figure {
    let (is_count, tick_ms, n_outputs) = (is_count(imported), imported.card.tick_ms, imported.card.outputs.len());
    let mut sums = vec![0.0; expected.len()];
    for index in 0..n_outputs {
        let both = course(found, index, is_count).into_iter().zip(course(expected, index, is_count));
        sums.iter_mut().zip(both).for_each(|(sum, (found, expected))| *sum += (found - expected).abs());
    }
    let mean: Vec<f64> = sums.into_iter().map(|sum| sum / n_outputs.max(1) as f64).collect();
    lines(&[line("difference", &mean, tick_ms)], &axes("difference"))
}

fn axes(y: &str) -> Axes {
    Axes { x: "time (ms)".to_owned(), y: y.to_owned(), ..Axes::default() }
}
