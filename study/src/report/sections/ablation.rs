//! Feedback and recurrence ablated, then trained.

use train::network::Ablation;

use super::tuning::{cortex, fractions};
use super::{above_zero, points, share};
use crate::report::plot::{Axes, Bar, bars};
use crate::report::{Claim, Panel, Section, Source, Table};
use crate::results::{Estimate, Results, accuracy, estimate, estimate_of_shares};
use crate::run::Condition;
use crate::store::Entry;

fn entries<'a>(results: &Results<'a>, ablation: Ablation) -> Vec<&'a Entry> {
    let condition = if ablation == Ablation::Intact { Condition::Plain } else { Condition::Ablated(ablation) };
    results.tuned(&results.first(), condition)
}

/// What an ablation does, in words.
fn words(ablation: Ablation) -> &'static str {
    match ablation {
        Ablation::Intact => "intact",
        Ablation::FeedbackRemoved => "feedback removed",
        Ablation::FeedbackFrozen => "feedback frozen",
        Ablation::FeedbackRedrawn => "feedback redrawn each epoch",
        Ablation::RecurrenceRemoved => "recurrence in areas removed",
        Ablation::ForwardRemoved => "as many forward removed",
    }
}

/// Growth of the tuned share of cortex, one value per fold and seed.
fn cultivation(entries: &[&Entry]) -> Vec<f64> {
    let Some(area) = cortex(entries) else { return Vec::new() };
    let (after, before) = (fractions(entries, &area, None), fractions(entries, &area, Some(0)));
    after.iter().zip(before).map(|(after, before)| after - before).collect()
}

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut table = Table::new(&[
        "ablation",
        "what",
        "synapses",
        "accuracy (%)",
        "95 % low",
        "95 % high",
        "tuned in cortex (%)",
        "growth (points)",
        "95 % low",
        "95 % high",
    ]);
    let (mut accuracies, mut growths) = (Vec::new(), Vec::new());
    for ablation in Ablation::ALL {
        let entries = entries(results, ablation);
        let (Some(accuracy), Some(growth), Some(area)) =
            (accuracy(&entries), estimate(&cultivation(&entries)), cortex(&entries))
        else {
            continue;
        };
        let tuned = estimate_of_shares(&fractions(&entries, &area, None)).map_or(0.0, |it| it.mean);
        let name = format!("{} {}", ablation.name(), words(ablation));
        let bar = |estimate: &Estimate| Bar {
            name: name.clone(),
            value: 100.0 * estimate.mean,
            error: Some((100.0 * estimate.interval.low, 100.0 * estimate.interval.high)),
        };
        accuracies.push(bar(&accuracy));
        growths.push(bar(&growth));
        table.push([
            ablation.name().into(),
            words(ablation).into(),
            entries[0].outcome.n_parameters.into(),
            share(accuracy.mean),
            share(accuracy.interval.low),
            share(accuracy.interval.high),
            share(tuned),
            share(growth.mean),
            share(growth.interval.low),
            share(growth.interval.high),
        ]);
    }
    let axes = |y: &str, level| Axes { y: y.to_owned(), level, ..Axes::default() };
    let chance = Some((100.0 * results.chance(), "chance".to_owned()));
    let panel = |name: &str, caption: &str, figure, shows_table| Panel {
        name: name.to_owned(),
        caption: caption.to_owned(),
        figure: Some(figure),
        table: table.clone(),
        shows_table,
    };
    Section {
        id: "ablation",
        title: "Ablation".to_owned(),
        words: vec![
            "The network of the first topology, ablated and then trained, on half of the trials; all start from the same initial \
             weights. If the papers are right, tuning of cortex grows where feedback exists and lasts (F0, F2), not where it is \
             removed or redrawn (F1, F3), and the loss is not due to fewer synapses (F5 near F0)."
                .to_owned(),
        ]
        .into_iter()
        .chain(left_out(results))
        .collect(),
        panels: vec![
            panel(
                "ablation_accuracy",
                "Held-out accuracy at the end of the window. Lines: 95 % intervals by resampling trials.",
                bars(&accuracies, &axes("accuracy (%)", chance), false),
                false,
            ),
            panel(
                "ablation_cultivation",
                "Growth of the tuned share of cortex over the training. Lines: 95 % over folds and seeds.",
                bars(&growths, &axes("growth (points)", None), false),
                true,
            ),
        ],
    }
}

/// The ablations that do not apply to the network, in words.
fn left_out(results: &Results<'_>) -> Option<String> {
    let mut causes: Vec<(String, Vec<String>)> = Vec::new();
    for ablation in Ablation::ALL {
        let Some(cause) = ablation.why_not(results.network) else { continue };
        let name = format!("{} ({})", ablation.name(), words(ablation));
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, names)) => names.push(name),
            None => causes.push((cause, vec![name])),
        }
    }
    let sentence = |(cause, names): &(String, Vec<String>)| {
        let verb = if names.len() == 1 { "does" } else { "do" };
        format!("{} {verb} not apply: {cause}.", names.join(", "))
    };
    (!causes.is_empty()).then(|| causes.iter().map(sentence).collect::<Vec<_>>().join(" "))
}

/// The papers' claims about feedback.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let less = |claim: &str, high: Ablation, low: Ablation| {
        if let Some(why) = [high, low].into_iter().find_map(|ablation| ablation.why_not(results.network)) {
            return Claim::not_applicable(claim, Source::Paper, why);
        }
        let [high, low] = [high, low].map(|ablation| cultivation(&entries(results, ablation)));
        let pairs: Vec<f64> = high.iter().zip(&low).map(|(high, low)| high - low).collect();
        match estimate(&pairs).filter(|_| high.len() == low.len()) {
            Some(by) => Claim {
                claim: claim.to_owned(),
                source: Source::Paper,
                verdict: above_zero(&by),
                evidence: points(&by),
            },
            None => Claim::not_tested(claim, Source::Paper),
        }
    };
    vec![
        less(
            "Feedback contributes to the cultivation of tuning in cortex: more with it than without (F0 over F1)",
            Ablation::Intact,
            Ablation::FeedbackRemoved,
        ),
        less(
            "… and it is lasting feedback that does (F0 over F3, redrawn each epoch)",
            Ablation::Intact,
            Ablation::FeedbackRedrawn,
        ),
        less(
            "… even where it does not learn (F2, frozen, over F1, removed)",
            Ablation::FeedbackFrozen,
            Ablation::FeedbackRemoved,
        ),
        less(
            "… and not the number of synapses (F5, as many forward ones removed, over F1)",
            Ablation::ForwardRemoved,
            Ablation::FeedbackRemoved,
        ),
    ]
}
