//! Accuracy at every elapsed tick.

use super::{against_itself, share};
use crate::report::plot::{Axes, Line, LinePanel, difference_panels, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::Results;
use crate::run::{Condition, Method};
use crate::trials::Trials;

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let ticks_ms = &results.plan.ticks_ms;
    let panels = ticks_ms.iter().flat_map(|&tick_ms| [differences(results, tick_ms), accuracies(results, tick_ms)]);
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
        panels: panels.collect(),
    }
}

/// Milliseconds elapsed after a tick.
fn elapsed(tick: usize, tick_ms: u32) -> f64 {
    (tick + 1) as f64 * f64::from(tick_ms)
}

/// The first network minus each other decoder, a small plot each.
fn differences(results: &Results<'_>, tick_ms: u32) -> Panel {
    let of = |method: &Method| Trials::over_time(&results.decoders(method, Condition::Plain, tick_ms));
    let (first, first_trials) = (results.first(), of(&results.first()));
    let mut table = Table::new(&["against", "elapsed (ms)", "difference (points)", "95 % low", "95 % high"]);
    let mut panels = Vec::new();
    for method in results.methods().into_iter().filter(|method| *method != first && is_shown(method)) {
        let Some((means, bands)) = first_trials.minus(&of(&method)).band() else { continue };
        let mut line = Line { name: method.to_string(), ..Line::default() };
        for (tick, (mean, band)) in means.iter().zip(&bands).enumerate() {
            let time = elapsed(tick, tick_ms);
            let numbers = [share(*mean), share(band.low), share(band.high)];
            table.push([method.to_string().into(), Value::Number(time, 0)].into_iter().chain(numbers));
            line.points.push((time, 100.0 * mean));
            line.band.push((100.0 * band.low, 100.0 * band.high));
        }
        panels.push(LinePanel { title: format!("minus {method}"), lines: vec![line] });
    }
    Panel {
        name: format!("early_differences_{tick_ms}ms"),
        caption: format!(
            "Accuracy of {first} minus that of each other decoder over elapsed time, ticks of {tick_ms} ms: above 0, {first} \
             decides better. Bands: 95 % at each tick, by resampling trials."
        ),
        figure: Some(difference_panels(&panels, "elapsed time (ms)", "points")),
        table,
        shows_table: false,
    }
}

fn accuracies(results: &Results<'_>, tick_ms: u32) -> Panel {
    let mut table = Table::new(&["decoder", "elapsed (ms)", "accuracy (%)", "95 % low", "95 % high"]);
    let mut curves = Vec::new();
    for method in results.methods() {
        let trials = Trials::over_time(&results.decoders(&method, Condition::Plain, tick_ms));
        let Some((means, bands)) = trials.band() else { continue };
        let mut line = Line { name: method.to_string(), ..Line::default() };
        for (tick, (mean, band)) in means.iter().zip(&bands).enumerate() {
            let time = elapsed(tick, tick_ms);
            let numbers = [share(*mean), share(band.low), share(band.high)];
            table.push([method.to_string().into(), Value::Number(time, 0)].into_iter().chain(numbers));
            line.points.push((time, 100.0 * mean));
        }
        if method == results.first() || is_shown(&method) {
            curves.push(line);
        }
    }
    let axes = Axes {
        x: "elapsed time (ms)".to_owned(),
        y: "accuracy (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: Some((100.0 * results.chance(), "chance".to_owned())),
    };
    Panel {
        name: format!("early_{tick_ms}ms"),
        caption: format!("Held-out trials decided correctly from the first ticks, ticks of {tick_ms} ms."),
        figure: Some(lines(&curves, &axes)),
        table,
        shows_table: false,
    }
}

/// What the network is compared with over elapsed time.
fn is_shown(method: &Method) -> bool {
    *method == Method::direct()
        || Method::rivals().contains(method)
        || matches!(method, Method::Lda | Method::NaiveBayes)
}

/// The papers' claims about early decisions.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let of_rival = |rival: Method| {
        let claim = format!("From 2 ms to the end of the window the network is at or above {rival}");
        let applies = against_itself(results, &claim, Source::Paper, &rival);
        applies.unwrap_or_else(|| at_or_above(results, claim, &rival))
    };
    Method::rivals().into_iter().map(of_rival).collect()
}

fn at_or_above(results: &Results<'_>, claim: String, rival: &Method) -> Claim {
    let (tick_ms, source) = (results.tick_ms(), Source::Paper);
    let of = |method: &Method| Trials::over_time(&results.decoders(method, Condition::Plain, tick_ms));
    let Some((means, bands)) = of(&results.first()).minus(&of(rival)).joint_band() else {
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
