//! Accuracy over synapses.

use super::{percent, points, share};
use crate::cell::{Condition, Observation};
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Verdict};
use crate::results::{Results, accuracy, difference};
use crate::store::Entry;

/// The most synapses of the small network of the papers' size class.
const SMALL: usize = 30_000;

/// Networks by their synapses, the most first.
fn by_synapses<'a>(results: &Results<'a>) -> Vec<(usize, Vec<&'a Entry>)> {
    let first = results.first();
    let mut sizes: Vec<(usize, Vec<&Entry>)> = Vec::new();
    let full = results.decoders(&first, Condition::Plain, results.tick_ms());
    if let Some(entry) = full.first() {
        sizes.push((entry.outcome.n_parameters, full));
    }
    let pruned = results.entries_of(|cell| {
        cell.method == first
            && matches!(cell.condition, Condition::Pruned { .. })
            && cell.observation == Observation::Decisions
    });
    for entry in pruned {
        let Condition::Pruned { n_synapses } = entry.cell.condition else { continue };
        match sizes.iter_mut().find(|(size, _)| *size == n_synapses) {
            Some((_, entries)) => entries.push(entry),
            None => sizes.push((n_synapses, vec![entry])),
        }
    }
    sizes.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    sizes
}

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut table = Table::new(&["synapses", "accuracy (%)", "95 % low", "95 % high"]);
    let mut line = Line { name: results.first().to_string(), ..Line::default() };
    for (n_synapses, entries) in by_synapses(results) {
        let Some(estimate) = accuracy(&entries) else { continue };
        let interval = estimate.interval;
        table.push([n_synapses.into(), share(estimate.mean), share(interval.low), share(interval.high)]);
        line.points.push((n_synapses as f64, 100.0 * estimate.mean));
        line.band.push((100.0 * interval.low, 100.0 * interval.high));
    }
    let axes = Axes {
        x: "synapses".to_owned(),
        y: "accuracy (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: Some((100.0 * results.chance(), "chance".to_owned())),
    };
    Section {
        title: "Sparsity".to_owned(),
        words: vec![
            "The weakest synapses go while the network trains (Zhu and Gupta, arXiv 1710.01878), down to exactly as many as \
             the image shall have. `motorsrnn train` makes the image of a network of the size that is chosen."
                .to_owned(),
        ],
        panels: vec![Panel {
            name: "sparsity".to_owned(),
            caption: "Held-out accuracy over the synapses that are left.".to_owned(),
            figure: Some(lines(&[line], &axes)),
            table,
            shows_table: true,
        }],
    }
}

/// The smallest network within a point of the full one.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let claim = "A network of at most 30,000 synapses keeps its accuracy within a point".to_owned();
    let sizes = by_synapses(results);
    let Some((n_full, full)) = sizes.first().filter(|_| sizes.len() > 1) else {
        return vec![Claim::not_tested(claim, Source::Choice)];
    };
    let keeps = |entries: &[&Entry]| difference(entries, full).filter(|by| by.mean >= -0.01);
    let smallest = sizes[1..]
        .iter()
        .rev()
        .filter(|(n_synapses, _)| *n_synapses <= SMALL)
        .find_map(|(n_synapses, entries)| Some((*n_synapses, keeps(entries)?, accuracy(entries)?)));
    let (verdict, evidence) = match smallest {
        Some((n_synapses, by, accuracy)) => {
            (Verdict::Holds, format!("{n_synapses} of {n_full} synapses: {}, {}", percent(accuracy.mean), points(&by)))
        }
        None => (Verdict::Fails, format!("no pruned network is within a point of the {n_full} synapses' accuracy")),
    };
    vec![Claim { claim, source: Source::Choice, verdict, evidence }]
}
