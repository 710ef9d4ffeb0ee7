//! Accuracy at the end of the window.

use super::{above_zero, against_itself, file_name, percent, points, share};
use crate::report::plot::{Axes, Bar, bars, confusion};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::{Estimate, Results, accuracy, difference};
use crate::run::{Condition, Matching, Method};

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut panels = Vec::new();
    for &tick_ms in &results.plan.ticks_ms {
        let mut table =
            Table::new(&["decoder", "accuracy (%)", "sd (points)", "95 % low", "95 % high", "neurons", "parameters"]);
        let mut heights = Vec::new();
        for method in results.methods() {
            let entries = results.decoders(&method, Condition::Plain, tick_ms);
            let Some(estimate) = accuracy(&entries) else { continue };
            let Estimate { mean, sd, interval } = estimate;
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
    panels.extend(results.methods().iter().filter_map(|method| confusion_of(results, method)));
    Section {
        id: "accuracy",
        title: "Accuracy".to_owned(),
        words: vec![format!(
            "{} trials of {} classes, windows of {} ticks, {} folds over trials, {} seeds. Networks and recurrent baselines \
             learn from the same windows with the same loss at every tick, teacher and optimizer; every network decides with \
             the integers that run on the device.",
            results.dataset.n_trials,
            results.dataset.classes.len(),
            results.dataset.n_ticks,
            results.plan.folds,
            results.plan.seeds
        )],
        panels,
    }
}

fn confusion_of(results: &Results<'_>, method: &Method) -> Option<Panel> {
    let shown = [results.first(), Method::Gru(Matching::Parameters), Method::Lda];
    let entries = results.decoders(method, Condition::Plain, results.tick_ms());
    if !shown.contains(method) || entries.is_empty() {
        return None;
    }
    let classes = &results.dataset.classes;
    let mut counts = vec![vec![0usize; classes.len()]; classes.len()];
    for window in entries.iter().flat_map(|entry| &entry.outcome.windows) {
        if let Some(&decided) = window.decisions.last() {
            counts[window.class][usize::from(decided)] += 1;
        }
    }
    let columns: Vec<&str> = ["reach"].into_iter().chain(classes.iter().map(String::as_str)).collect();
    let mut table = Table::new(&columns);
    for (class, counts) in classes.iter().zip(&counts) {
        table.push([Value::from(class.as_str())].into_iter().chain(counts.iter().map(|&count| count.into())));
    }
    let name = method.to_string();
    Some(Panel {
        name: file_name("confusion", &name),
        caption: format!("{name}: decisions at the end of the window, percent of the reaches to each target."),
        figure: Some(confusion(classes, &counts)),
        table,
        shows_table: false,
    })
}

/// The papers' claims about accuracy, and one of ours.
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
        compare("… by more than 25 points", Source::Paper, fsnn, &|by: &Estimate| {
            if by.interval.low > 0.25 {
                Verdict::Holds
            } else if by.interval.high < 0.25 {
                Verdict::Fails
            } else {
                Verdict::Undecided
            }
        }),
        compare(
            "At the end of the window it is not below a GRU of as many parameters",
            Source::Paper,
            gru,
            &above_zero,
        ),
        compare("… nor below an LSTM of as many parameters", Source::Paper, lstm, &above_zero),
        compare("… nor below shrinkage LDA on spike counts", Source::Choice, Method::Lda, &above_zero),
    ]
}
