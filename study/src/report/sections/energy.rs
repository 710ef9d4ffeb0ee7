//! Operations and what they would cost, counted by rule and measured on the core.

use crate::energy::{FLOAT_32, INTEGER_WITH_READS, OperationCount, Rule};
use crate::neurobench::HARNESS;
use crate::report::plot::{Axes, Bar, bars};
use crate::report::{Panel, Section, Table, Value};
use crate::results::{NOT_MEASURED, Results, mean_of};
use crate::run::{Condition, Method};
use crate::store::Entry;

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut panels = vec![operations(results)];
    panels.extend(metrics(results));
    panels.extend(measured(results));
    let not_measured = (!results.is_measured).then(|| format!("What the core itself counts: {NOT_MEASURED}."));
    Section {
        id: "energy",
        title: "Energy".to_owned(),
        words: vec![
            "Estimates at 45 nm from counts of operations, not the energy of any FPGA, which must be measured at its supply. A \
             ratio means nothing without the rules by which both sides were counted, so every row gives counts and rule. A \
             recurrent baseline is counted twice: with every product, as in the papers, and with rows of input weights added \
             for channels that spike, which is fairer to it."
                .to_owned(),
            format!("{}: {}. {}: {}.", FLOAT_32.name, FLOAT_32.source, INTEGER_WITH_READS.name, INTEGER_WITH_READS.source),
        ]
        .into_iter()
        .chain(not_measured)
        .collect(),
        panels,
    }
}

/// Mean counts of a method, by each rule.
pub(super) fn counts(entries: &[&Entry]) -> Vec<OperationCount> {
    let Some(first) = entries.first() else { return Vec::new() };
    let mean = |index: usize, of: fn(&OperationCount) -> f64| {
        mean_of(entries, |outcome| outcome.operations.get(index).map(of)).unwrap_or(0.0)
    };
    let of = |(index, counted): (usize, &OperationCount)| {
        let mut counted = *counted;
        counted.per_decision.ac = mean(index, |counted| counted.per_decision.ac);
        counted.per_decision.mac = mean(index, |counted| counted.per_decision.mac);
        counted.per_decision.update_mac = mean(index, |counted| counted.per_decision.update_mac);
        counted.per_decision.reads = mean(index, |counted| counted.per_decision.reads);
        counted
    };
    first.outcome.operations.iter().enumerate().map(of).collect()
}

fn operations(results: &Results<'_>) -> Panel {
    let mut table = Table::new(&[
        "decoder",
        "AC",
        "MAC",
        "update MAC",
        "32-bit reads",
        "fp32 without memory (nJ)",
        "ratio to the first",
        "integer with reads (nJ)",
        "ratio to the first",
        "counting rule",
    ]);
    let mut heights = Vec::new();
    let of = |method: &Method| counts(&results.decoders(method, Condition::Plain, results.tick_ms()));
    let reference = of(&results.first()).first().copied();
    for method in results.methods() {
        for counted in of(&method) {
            let operations = &counted.per_decision;
            let nanojoules = [FLOAT_32, INTEGER_WITH_READS].map(|table| table.picojoules(operations) / 1e3);
            let ratio = |index: usize| {
                let table = [FLOAT_32, INTEGER_WITH_READS][index];
                reference.map(|reference| nanojoules[index] * 1e3 / table.picojoules(&reference.per_decision))
            };
            let on_spikes = matches!(counted.rule, Rule::GruOnSpikes | Rule::LstmOnSpikes);
            let name = format!("{method}{}", if on_spikes { ", adding on spikes" } else { "" });
            table.push([
                name.as_str().into(),
                Value::Number(operations.ac, 0),
                Value::Number(operations.mac, 0),
                Value::Number(operations.update_mac, 0),
                Value::Number(operations.reads, 0),
                Value::Number(nanojoules[0], 1),
                ratio(0).map_or(Value::Missing, |ratio| Value::Number(ratio, 1)),
                Value::Number(nanojoules[1], 1),
                ratio(1).map_or(Value::Missing, |ratio| Value::Number(ratio, 1)),
                counted.rule.words().into(),
            ]);
            if !on_spikes {
                heights.push(Bar { name, value: nanojoules[0], error: None });
            }
        }
    }
    let axes = Axes { y: "nJ per decision (fp32, no memory)".to_owned(), ..Axes::default() };
    Panel {
        name: "energy".to_owned(),
        caption:
            "Operations of a decision at the end of the window, mean over held-out windows, and their energy (logarithmic \
                  scale)."
                .to_owned(),
        figure: Some(bars(&heights, &axes, true)),
        table,
        shows_table: true,
    }
}

fn metrics(results: &Results<'_>) -> Option<Panel> {
    let mut table = Table::new(&[
        "network",
        "footprint (bytes)",
        "connection sparsity",
        "activation sparsity",
        "dense operations",
        "effective ACs",
        "effective ACs, recurrent twice",
    ]);
    for method in results.methods() {
        let entries = results.decoders(&method, Condition::Plain, results.tick_ms());
        let mean = |of: fn(&crate::neurobench::NetworkMetrics) -> f64| {
            mean_of(&entries, |outcome| outcome.metrics.as_ref().map(of))
        };
        let Some(footprint) = mean(|metrics| metrics.footprint_bytes as f64) else { continue };
        let number = |value: Option<f64>, digits| value.map_or(Value::Missing, |value| Value::Number(value, digits));
        table.push([
            method.to_string().into(),
            Value::Number(footprint, 0),
            number(mean(|metrics| metrics.connection_sparsity), 3),
            number(mean(|metrics| metrics.activation_sparsity), 3),
            number(mean(|metrics| metrics.operations.dense), 0),
            number(mean(|metrics| metrics.operations.effective_acs), 0),
            number(mean(|metrics| metrics.operations_recurrent_twice.effective_acs), 0),
        ]);
    }
    (!table.rows.is_empty()).then(|| Panel {
        name: "neurobench".to_owned(),
        caption: format!(
            "Metrics as {HARNESS} defines them. The harness evaluates the recurrent connections of some layers twice per \
             step and counts them twice; compare the last column with its figures, the one before is what a device does."
        ),
        figure: None,
        table,
        shows_table: true,
    })
}

fn measured(results: &Results<'_>) -> Option<Panel> {
    let mut table = Table::new(&[
        "network",
        "core",
        "ticks",
        "synaptic events per tick",
        "by the rule",
        "neuron updates per tick",
        "cycles per tick",
    ]);
    for method in results.methods() {
        let entries = results.decoders(&method, Condition::Plain, results.tick_ms());
        let Some(example) = entries.iter().find_map(|entry| entry.outcome.measured.clone()) else { continue };
        let mean = |of: fn(&crate::outcome::Measurement) -> f64| {
            mean_of(&entries, |outcome| outcome.measured.as_ref().map(of)).unwrap_or(0.0)
        };
        let by_rule = counts(&entries).first().map_or(0.0, |counted| counted.per_decision.ac / counted.n_ticks as f64);
        table.push([
            method.to_string().into(),
            example.core.as_str().into(),
            example.n_ticks.into(),
            Value::Number(mean(|measured| measured.synaptic_events), 1),
            Value::Number(by_rule, 1),
            Value::Number(mean(|measured| measured.neuron_updates), 0),
            Value::Number(mean(|measured| measured.cycles), 1),
        ]);
    }
    (!table.rows.is_empty()).then(|| Panel {
        name: "measured".to_owned(),
        caption: "Counted by the core's own counters, in simulation of its Verilog, in the first held-out windows of each fold \
                  and seed; beside it the count by the rule over all held-out windows."
            .to_owned(),
        figure: None,
        table,
        shows_table: true,
    })
}
