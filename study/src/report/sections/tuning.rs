//! Cosine tuning: capture, cultivation, persistency.

use super::{file_name, percent, points, share};
use crate::analysis::persistency::persist;
use crate::analysis::statistics::mean;
use crate::analysis::tuning::{SIGNIFICANCE, UnitTuning};
use crate::outcome::Tuning;
use crate::report::plot::{Axes, Line, PolarCurve, lines, polar};
use crate::report::{Claim, Panel, Section, Source, Table, Value, Verdict};
use crate::results::{Estimate, Results, estimate, estimate_of_shares};
use crate::run::{Condition, Method};
use crate::store::Entry;

/// Shuffles of every control.
const SHUFFLES: usize = 199;

/// Share of cosine-tuned units.
fn fraction(units: &[UnitTuning]) -> f64 {
    units.iter().filter(|unit| unit.is_tuned()).count() as f64 / units.len().max(1) as f64
}

/// Tuned share of an area at an observation, by default the last: one value per fold and seed.
#[must_use]
pub fn fractions(entries: &[&Entry], area: &str, observation: Option<usize>) -> Vec<f64> {
    let of = |tuning: &Tuning| {
        let area = tuning.areas.iter().position(|name| name == area)?;
        let units = observation.map_or(tuning.units.last(), |index| tuning.units.get(index))?;
        Some(fraction(&units[area]))
    };
    entries.iter().filter_map(|entry| of(entry.outcome.tuning.as_ref()?)).collect()
}

/// Tuned share of the recorded units in the same trials.
fn input_fractions(entries: &[&Entry]) -> Vec<f64> {
    entries.iter().filter_map(|entry| Some(fraction(&entry.outcome.tuning.as_ref()?.inputs))).collect()
}

/// The first area of a network, taken for motor cortex.
#[must_use]
pub fn cortex(entries: &[&Entry]) -> Option<String> {
    entries.first()?.outcome.tuning.as_ref()?.areas.first().cloned()
}

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let trained = results.tuned(&results.first(), Condition::Plain);
    let mut panels = vec![capture_panel(results)];
    panels.extend(cultivation_panel("cultivation", "Trained on the recording's labels", &trained));
    let shuffled = results.tuned(&results.first(), Condition::ShuffledLabels);
    panels.extend(cultivation_panel(
        "cultivation_shuffled",
        "Control: labels of the training trials shuffled",
        &shuffled,
    ));
    panels.extend(persistency_panel(&trained));
    panels.extend(polar_panels(results, &trained));
    Section {
        id: "cosine-tuning",
        title: "Cosine tuning".to_owned(),
        words: vec![
            format!(
                "rate = b0 + b1 sin(angle) + b2 cos(angle) (Georgopoulos et al. 1982), in held-out trials: half of the trials \
                 train, the other half is analysed [C], and the response of a trial is the sum over its windows. The analysis \
                 asks first whether the single trials of a unit depend on direction (permutation test, false discovery rate \
                 5 % over units), then how much of this dependence is cosine (70 % or more, without noise). Angles of the \
                 classes: {} degrees.",
                results.angles_rad.iter().map(|angle| format!("{:.0}", angle.to_degrees())).collect::<Vec<_>>().join(", ")
            ),
            "Capture: the tuned share of an area, compared with that of the recorded units. Cultivation: the growth of the tuned \
             share over the epochs, from the calibrated, untrained network on. Persistency: whether a tuned unit is still tuned \
             at a later observation."
                .to_owned(),
        ],
        panels,
    }
}

fn capture_panel(results: &Results<'_>) -> Panel {
    let mut table = Table::new(&[
        "network",
        "condition",
        "population",
        "tuned before training (%)",
        "tuned after (%)",
        "95 % low",
        "95 % high",
    ]);
    let mut push = |method: &Method, condition: Condition| {
        let entries = results.tuned(method, condition);
        let Some(tuning) = entries.first().and_then(|entry| entry.outcome.tuning.as_ref()) else { return };
        let mut row = |population: &str, before: Option<Estimate>, after: Option<Estimate>| {
            let number = |value: Option<f64>| value.map_or(Value::Missing, share);
            table.push([
                method.to_string().into(),
                condition.to_string().into(),
                population.into(),
                number(before.map(|it| it.mean)),
                number(after.map(|it| it.mean)),
                number(after.map(|it| it.interval.low)),
                number(after.map(|it| it.interval.high)),
            ]);
        };
        row("recorded units", None, estimate_of_shares(&input_fractions(&entries)));
        for area in &tuning.areas {
            let before = estimate_of_shares(&fractions(&entries, area, Some(0)));
            row(area, before, estimate_of_shares(&fractions(&entries, area, None)));
        }
    };
    for topology in &results.plan.topologies {
        push(&Method::Network(topology.name.clone()), Condition::Plain);
    }
    push(&results.first(), Condition::ShuffledLabels);
    Panel {
        name: "capture".to_owned(),
        caption: "Share of cosine-tuned units in every population; intervals over folds and seeds.".to_owned(),
        figure: None,
        table,
        shows_table: true,
    }
}

fn cultivation_panel(name: &str, what: &str, entries: &[&Entry]) -> Option<Panel> {
    let tuning = entries.first()?.outcome.tuning.as_ref()?;
    let mut table = Table::new(&["area", "epoch", "tuned (%)", "95 % low", "95 % high"]);
    let mut curves = Vec::new();
    for area in &tuning.areas {
        let mut line = Line { name: area.clone(), ..Line::default() };
        for (index, &epoch) in tuning.epochs.iter().enumerate() {
            let Some(Estimate { mean, interval, .. }) = estimate_of_shares(&fractions(entries, area, Some(index)))
            else {
                continue;
            };
            let cells = [share(mean), share(interval.low), share(interval.high)];
            table.push([Value::from(area.as_str()), epoch.into()].into_iter().chain(cells));
            line.points.push((epoch as f64, 100.0 * mean));
            line.band.push((100.0 * interval.low, 100.0 * interval.high));
        }
        curves.push(line);
    }
    let inputs = estimate_of_shares(&input_fractions(entries))?;
    let axes = Axes {
        x: "epoch".to_owned(),
        y: "cosine-tuned units (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: Some((100.0 * inputs.mean, "recorded units".to_owned())),
    };
    Some(Panel {
        name: name.to_owned(),
        caption: format!("{what}: tuned share of every area over the epochs. Bands: 95 % over folds and seeds."),
        figure: Some(lines(&curves, &axes)),
        table,
        shows_table: false,
    })
}

/// Probability, chance and change of direction of the first area, pooled over folds and seeds by lag.
struct Persisted {
    lag: usize,
    probability: Vec<f64>,
    chance: Vec<f64>,
    change_deg: Vec<f64>,
}

fn persisted(entries: &[&Entry]) -> Vec<Persisted> {
    let n_observations =
        entries.first().and_then(|entry| entry.outcome.tuning.as_ref()).map_or(0, |tuning| tuning.units.len());
    // Without the untrained network, where only cultivation starts.
    let of = |lag: usize| {
        let (mut probability, mut chance, mut change_deg) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let Some(tuning) = &entry.outcome.tuning else { continue };
            let epochs: Vec<Vec<UnitTuning>> = tuning.units.iter().skip(1).map(|areas| areas[0].clone()).collect();
            let Ok(result) = persist(&epochs, lag, SHUFFLES, entry.run.seed) else { continue };
            if let (Some(p), Some(by_chance)) = (result.probability, result.chance) {
                probability.push(p);
                chance.push(by_chance);
            }
            change_deg.extend(result.change.map(|change| change.mean_absolute_rad.to_degrees()));
        }
        Persisted { lag, probability, chance, change_deg }
    };
    (1..n_observations.saturating_sub(1)).map(of).collect()
}

fn persistency_panel(entries: &[&Entry]) -> Option<Panel> {
    let area = cortex(entries)?;
    let mut table = Table::new(&[
        "observations later",
        "still tuned (%)",
        "95 % low",
        "95 % high",
        "by chance (%)",
        "change of preferred direction (degrees; 90 by chance)",
    ]);
    let (mut still, mut chance) = (
        Line { name: "still tuned".to_owned(), ..Line::default() },
        Line { name: "if independent".to_owned(), ..Line::default() },
    );
    for Persisted { lag, probability, chance: by_chance, change_deg } in persisted(entries) {
        let (Some(kept), Some(expected)) = (estimate_of_shares(&probability), estimate_of_shares(&by_chance)) else {
            continue;
        };
        let change = estimate(&change_deg).map_or(Value::Missing, |change| Value::Number(change.mean, 1));
        let interval = kept.interval;
        let cells = [share(kept.mean), share(interval.low), share(interval.high), share(expected.mean), change];
        table.push([lag.into()].into_iter().chain(cells));
        still.points.push((lag as f64, 100.0 * kept.mean));
        still.band.push((100.0 * interval.low, 100.0 * interval.high));
        chance.points.push((lag as f64, 100.0 * expected.mean));
    }
    let axes = Axes {
        x: "observations later".to_owned(),
        y: "tuned units (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: None,
    };
    Some(Panel {
        name: "persistency".to_owned(),
        caption: format!("Tuned units of {area} that stay tuned, among those that fire at every observation."),
        figure: Some(lines(&[still, chance], &axes)),
        table,
        shows_table: true,
    })
}

fn polar_panels(results: &Results<'_>, entries: &[&Entry]) -> Vec<Panel> {
    let Some(similarity) = entries.iter().find_map(|entry| entry.outcome.similarity.as_ref()) else {
        return Vec::new();
    };
    let mut panels = Vec::new();
    for population in similarity.populations.iter().take(2) {
        let mut table =
            Table::new(&["unit", "angle (degrees)", "rate (Hz)", "baseline (Hz)", "depth (Hz)", "preferred (degrees)"]);
        let mut curves = Vec::new();
        for example in &population.examples {
            let Some(fit) = example.tuning.fit else { continue };
            let means: Vec<(f64, f64)> =
                results.angles_rad.iter().copied().zip(example.means_hz.iter().copied()).collect();
            for &(angle, rate) in &means {
                table.push([
                    example.unit.into(),
                    Value::Number(angle.to_degrees(), 0),
                    Value::Number(rate, 2),
                    Value::Number(fit.baseline_hz, 2),
                    Value::Number(fit.depth_hz, 2),
                    Value::Number(fit.preferred_rad.to_degrees(), 1),
                ]);
            }
            curves.push(PolarCurve {
                name: format!("unit {}", example.unit),
                means,
                baseline: fit.baseline_hz,
                depth: fit.depth_hz,
                preferred: fit.preferred_rad,
            });
        }
        panels.push(Panel {
            name: file_name("polar", &population.name),
            caption: format!(
                "{}: the units of the deepest modulation. Dots: mean rates; blue: fitted cosine; orange: preferred direction.",
                population.name
            ),
            figure: Some(polar(&curves)),
            table,
            shows_table: false,
        });
    }
    panels
}

/// The papers' claims about tuning.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let trained = results.tuned(&results.first(), Condition::Plain);
    let shuffled = results.tuned(&results.first(), Condition::ShuffledLabels);
    let claim = |claim: &str, verdict: Verdict, evidence: String| Claim {
        claim: claim.to_owned(),
        source: Source::Paper,
        verdict,
        evidence,
    };
    let not_tested = |what: &str| Claim::not_tested(what, Source::Paper);
    let captured = "The network captures cosine tuning of its input: units of its cortex are tuned";
    let cultivated = "Training cultivates cosine tuning in cortex";
    let by_task = "… more than training on shuffled labels does";
    let persists = "Tuning persists during training, beyond chance";
    let Some(area) = cortex(&trained) else {
        return [captured, cultivated, by_task, persists].map(not_tested).to_vec();
    };
    let after = fractions(&trained, &area, None);
    let inputs = input_fractions(&trained);
    let pairs = |a: &[f64], b: &[f64]| estimate(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>());
    let grown = pairs(&after, &fractions(&trained, &area, Some(0)));
    let beyond = pairs(&after, &fractions(&shuffled, &area, None)).filter(|_| !shuffled.is_empty());
    let verdict = |by: &Option<Estimate>| by.as_ref().map_or(Verdict::NotTested, super::above_zero);
    let evidence = |by: &Option<Estimate>| by.as_ref().map_or_else(String::new, points);
    let mean_of = |values: &[f64]| estimate(values).map_or(0.0, |it| it.mean);
    // One value per run, since its lags share their epochs.
    let kept_beyond_chance = |entry: &&Entry| {
        let lags = persisted(&[entry]);
        let pairs = lags.iter().flat_map(|of| of.probability.iter().zip(&of.chance));
        mean(&pairs.map(|(kept, by_chance)| kept - by_chance).collect::<Vec<_>>())
    };
    let kept = estimate(&trained.iter().filter_map(kept_beyond_chance).collect::<Vec<_>>());
    // If no unit is tuned, no larger share passes.
    let is_tuned = estimate(&after).map_or(Verdict::NotTested, |tuned| super::above(&tuned, SIGNIFICANCE));
    vec![
        claim(
            captured,
            is_tuned,
            format!(
                "{} of {area}, {} of the recorded units{}",
                percent(mean_of(&after)),
                percent(mean_of(&inputs)),
                super::too_few(after.len()).map_or(String::new(), |cause| format!("; {cause}"))
            ),
        ),
        claim(cultivated, verdict(&grown), evidence(&grown)),
        claim(by_task, verdict(&beyond), evidence(&beyond)),
        claim(persists, verdict(&kept), evidence(&kept)),
    ]
}
