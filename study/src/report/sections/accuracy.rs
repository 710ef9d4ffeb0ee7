//! Accuracy at the end of the window.

use super::{above, above_zero, against_itself, not_below_zero, percent, points, share};
use crate::report::plot::{Axes, Bar, Confusion, bars, confusions};
use crate::report::{Claim, Panel, Section, Source, Table, Verdict};
use crate::results::{Estimate, Results, accuracy, difference};
use crate::run::{Condition, Matching, Method};

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let split = match &results.plan.split_column {
        Some(column) => format!("training and test trials by column `{column}`"),
        None => format!("{} folds over trials", results.plan.folds),
    };
    let mut panels = Vec::new();
    for &tick_ms in &results.plan.ticks_ms {
        let mut table =
            Table::new(&["decoder", "accuracy (%)", "sd (points)", "95 % low", "95 % high", "neurons", "parameters"]);
        let mut heights = Vec::new();
        for method in results.methods() {
            let entries = results.decoders(&method, Condition::Plain, tick_ms);
            let Some(estimate) = accuracy(&entries) else { continue };
            let Estimate { mean, sd, interval, .. } = estimate;
            let outcome = &entries[0].outcome;
            table.push([
                method.to_string().into(),
                share(mean),
                share(sd),
                share(interval.low),
                share(interval.high),
                outcome.n_neurons.into(),
                outcome.n_parameters.into(),
            ]);
            let error = Some((100.0 * interval.low, 100.0 * interval.high));
            heights.push(Bar { name: method.to_string(), value: 100.0 * mean, error });
        }
        let level = Some((100.0 * results.chance(), "chance".to_owned()));
        let axes = Axes { y: "accuracy (%)".to_owned(), y_range: Some(0.0..100.0), level, ..Axes::default() };
        panels.push(Panel {
            name: format!("accuracy_{tick_ms}ms"),
            caption: format!(
                "Held-out trials decided correctly at the end of the window, ticks of {tick_ms} ms. Lines: 95 % intervals by \
                 resampling trials, all seeds of a trial together; sd: over folds and seeds."
            ),
            figure: Some(bars(&heights, &axes, false)),
            table,
            shows_table: true,
        });
    }
    panels.push(confusion_panel(results));
    Section {
        id: "accuracy",
        title: "Accuracy".to_owned(),
        words: vec![
            format!(
                "{} trials of {} classes, windows of {} ticks, {}, {} seeds. Networks and recurrent baselines learn from the \
                 same windows with the same loss at every tick, teacher and optimizer. A direct path from channels to readouts starts as a copy of the teacher, a linear \
                 discriminant; GRU and LSTM learn from it without such a start. Every network decides with the integers \
                 that run on the device.",
                results.dataset.n_trials,
                results.dataset.classes.len(),
                results.dataset.n_ticks,
                split,
                results.plan.seeds
            ),
            format!("They are trained {}.", results.training),
        ],
        panels,
    }
}

/// Confusion matrices of the network and of what it is compared with first, side by side.
fn confusion_panel(results: &Results<'_>) -> Panel {
    let classes = &results.dataset.classes;
    let columns: Vec<&str> = ["decoder", "reach"].into_iter().chain(classes.iter().map(String::as_str)).collect();
    let mut table = Table::new(&columns);
    let mut matrices = Vec::new();
    for method in [results.first(), Method::Gru(Matching::Parameters), Method::Lda] {
        let entries = results.decoders(&method, Condition::Plain, results.tick_ms());
        if entries.is_empty() {
            continue;
        }
        let mut counts = vec![vec![0usize; classes.len()]; classes.len()];
        for window in entries.iter().flat_map(|entry| &entry.outcome.windows) {
            if let Some(&decided) = window.decisions.last() {
                counts[window.class][usize::from(decided)] += 1;
            }
        }
        for (class, counts) in classes.iter().zip(&counts) {
            let names = [method.to_string().into(), class.as_str().into()];
            table.push(names.into_iter().chain(counts.iter().map(|&count| count.into())));
        }
        matrices.push(Confusion { name: method.to_string(), counts });
    }
    Panel {
        name: "confusion".to_owned(),
        caption: "Decisions at the end of the window, percent of the reaches to each target.".to_owned(),
        figure: Some(confusions(classes, &matrices)),
        table,
        shows_table: false,
    }
}

/// The papers' claims about accuracy, and two of ours.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let first = results.decoders(&results.first(), Condition::Plain, results.tick_ms());
    let compare = |claim: &str, source, method: Method, verdict: &dyn Fn(&Estimate) -> Verdict| {
        if let Some(claim) = against_itself(results, claim, source, &method) {
            return claim;
        }
        let entries = results.decoders(&method, Condition::Plain, results.tick_ms());
        match (difference(&first, &entries), accuracy(&first), accuracy(&entries)) {
            (Some(by), Some(a), Some(b)) => {
                let evidence = format!("{} against {}: {}", percent(a.mean), percent(b.mean), points(&by));
                Claim { claim: claim.to_owned(), source, verdict: verdict(&by), evidence }
            }
            _ => Claim::not_tested(claim, source),
        }
    };
    let [fsnn, gru, lstm] = Method::rivals();
    vec![
        compare(
            "The network decides better than a feedforward spiking network (fSNN)",
            Source::Paper,
            fsnn.clone(),
            &above_zero,
        ),
        compare("… by more than 25 points", Source::Paper, fsnn, &|by: &Estimate| above(by, 0.25)),
        compare(
            "At the end of the window it is not below a GRU of as many parameters",
            Source::Paper,
            gru,
            &not_below_zero,
        ),
        compare("… nor below an LSTM of as many parameters", Source::Paper, lstm, &not_below_zero),
        compare("… nor below shrinkage LDA on spike counts", Source::Choice, Method::Lda, &not_below_zero),
        compare(
            "Its areas add accuracy to the direct path from the recorded units to the readout",
            Source::Choice,
            Method::direct(),
            &above_zero,
        ),
    ]
}
