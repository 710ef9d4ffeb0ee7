//! Accuracy at every elapsed tick.

use super::{against_itself, share};
use crate::cell::{Condition, Method};
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::{Results, accuracy_over_time, difference_over_time};

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut panels = Vec::new();
    for &tick_ms in &results.extent.ticks_ms {
        let mut table = Table::new(&["decoder", "elapsed (ms)", "accuracy (%)", "95 % low", "95 % high"]);
        let mut curves = Vec::new();
        for method in results.methods() {
            let Some((means, bands)) = accuracy_over_time(&results.decoders(&method, Condition::Plain, tick_ms)) else {
                continue;
            };
            let time = |tick: usize| (tick + 1) as f64 * f64::from(tick_ms);
            for (tick, (mean, band)) in means.iter().zip(&bands).enumerate() {
                let elapsed = Value::Number(time(tick), 0);
                table.push([method.to_string().into(), elapsed, share(*mean), share(band.low), share(band.high)]);
            }
            if is_shown(results, &method) {
                curves.push(Line {
                    name: method.to_string(),
                    points: means.iter().enumerate().map(|(tick, mean)| (time(tick), 100.0 * mean)).collect(),
                    band: bands.iter().map(|band| (100.0 * band.low, 100.0 * band.high)).collect(),
                });
            }
        }
        let axes = Axes {
            x: "elapsed time (ms)".to_owned(),
            y: "accuracy (%)".to_owned(),
            y_range: Some(0.0..100.0),
            level: Some((100.0 * results.chance(), "chance".to_owned())),
        };
        panels.push(Panel {
            name: format!("early_{tick_ms}ms"),
            caption: format!(
                "Held-out trials decided rightly by what the first ticks hold, ticks of {tick_ms} ms. Bands: 95 % by resampling \
                 trials."
            ),
            figure: Some(lines(&curves, &axes)),
            table,
            shows_table: false,
        });
    }
    Section {
        title: "Early decisions".to_owned(),
        words: vec![
            "One decoder for all elapsed times, trained with the same loss at every tick; at each time it decides by the ticks \
             so far. The classical decoders have no such training: they are fitted anew to the counts up to each tick, which \
             makes them a stronger reference than one decoder could be."
                .to_owned(),
        ],
        panels,
    }
}

fn is_shown(results: &Results<'_>, method: &Method) -> bool {
    *method == results.first()
        || Method::rivals().contains(method)
        || matches!(method, Method::Lda | Method::NaiveBayes)
}

/// What the papers say of early decisions.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let tick_ms = results.tick_ms();
    let first = results.decoders(&results.first(), Condition::Plain, tick_ms);
    Method::rivals()
        .into_iter()
        .map(|method| {
            let claim = format!("From 2 ms to the end of the window the network is at or above {method}");
            if let Some(claim) = against_itself(results, &claim, Source::Paper, &method) {
                return claim;
            }
            let other = results.decoders(&method, Condition::Plain, tick_ms);
            let Some((means, bands)) = difference_over_time(&first, &other) else {
                return Claim::not_tested(claim, Source::Paper);
            };
            let from = 2usize.div_ceil(tick_ms as usize).saturating_sub(1).min(means.len().saturating_sub(1));
            let at_or_above = means[from..].iter().filter(|mean| **mean >= 0.0).count();
            let surely_below = bands[from..].iter().filter(|band| band.high < 0.0).count();
            let lowest = means[from..].iter().copied().fold(f64::INFINITY, f64::min);
            let n_ticks = means.len() - from;
            let verdict = if surely_below > 0 {
                Verdict::Fails
            } else if at_or_above == n_ticks {
                Verdict::Holds
            } else {
                Verdict::Undecided
            };
            let evidence = format!(
                "at or above in {at_or_above} of {n_ticks} ticks, below beyond the 95 % band in {surely_below}; smallest \
                 difference {:+.1} points",
                100.0 * lowest
            );
            Claim { claim, source: Source::Paper, verdict, evidence }
        })
        .collect()
}
