//! Accuracy at every elapsed tick.

use super::{against_itself, share};
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::{Results, accuracy_over_time, difference_at_all_times};
use crate::run::{Condition, Method};

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let mut panels = Vec::new();
    for &tick_ms in &results.plan.ticks_ms {
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
                "Held-out trials decided correctly from the first ticks, ticks of {tick_ms} ms. Bands: 95 % by resampling \
                 trials."
            ),
            figure: Some(lines(&curves, &axes)),
            table,
            shows_table: false,
        });
    }
    Section {
        id: "early-decisions",
        title: "Early decisions".to_owned(),
        words: vec![
            "One decoder serves all elapsed times, trained with the same loss at every tick; at each time it decides from the \
             ticks so far. The classical decoders are fitted to the counts of whole windows and assume a steady rate."
                .to_owned(),
            "A spike takes one tick per projection. In T1 it passes motoneurons on its way from the input to the readout, so the \
             evidence of a tick counts a tick later; in T6 the recorded units also project to the readout directly."
                .to_owned(),
        ],
        panels,
    }
}

fn is_shown(results: &Results<'_>, method: &Method) -> bool {
    *method == results.first()
        || *method == Method::direct()
        || Method::rivals().contains(method)
        || matches!(method, Method::Lda | Method::NaiveBayes)
}

/// The papers' claims about early decisions, and the same for a network whose input projects to the readout.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let of_network = Method::rivals().into_iter().map(|rival| {
        let claim = format!("From 2 ms to the end of the window the network is at or above {rival}");
        let applies = against_itself(results, &claim, Source::Paper, &rival);
        applies.unwrap_or_else(|| at_or_above(results, claim, Source::Paper, &results.first(), &rival))
    });
    let direct = Method::direct();
    let is_another = direct != results.first() && results.methods().contains(&direct);
    let of_direct = Method::rivals().into_iter().filter(|_| is_another).map(|rival| {
        let claim = format!(
            "With recorded units projecting to the readout ({direct}), the network is at or above {rival} from 2 ms on"
        );
        at_or_above(results, claim, Source::Choice, &direct, &rival)
    });
    of_network.chain(of_direct).collect()
}

fn at_or_above(results: &Results<'_>, claim: String, source: Source, method: &Method, rival: &Method) -> Claim {
    let tick_ms = results.tick_ms();
    let of = |method| results.decoders(method, Condition::Plain, tick_ms);
    let Some((means, bands)) = difference_at_all_times(&of(method), &of(rival)) else {
        return Claim::not_tested(claim, source);
    };
    let from = 2usize.div_ceil(tick_ms as usize).saturating_sub(1).min(means.len().saturating_sub(1));
    let n_at_or_above = means[from..].iter().filter(|mean| **mean >= 0.0).count();
    let surely_below = bands[from..].iter().filter(|band| band.high < 0.0).count();
    let lowest = means[from..].iter().copied().fold(f64::INFINITY, f64::min);
    let n_ticks = means.len() - from;
    let verdict = if surely_below > 0 {
        Verdict::Fails
    } else if n_at_or_above == n_ticks {
        Verdict::Holds
    } else {
        Verdict::Undecided
    };
    let evidence = format!(
        "at or above in {n_at_or_above} of {n_ticks} ticks, below, beyond a 95 % band for all ticks together, in {surely_below}; \
         smallest difference {:+.1} points",
        100.0 * lowest
    );
    Claim { claim, source, verdict, evidence }
}
