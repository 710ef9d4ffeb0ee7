//! Accuracy in Poisson noise.

use super::{above_zero, against_itself, points, share};
use crate::analysis::statistics::mean;
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value};
use crate::results::{Estimate, Results, estimate, mean_of_folds};
use crate::run::{Condition, Method, Noise, NoisePlace};
use crate::store::Entry;

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let trained = |place| Condition::TrainedInNoise(Noise { place, rate_hz: results.plan.training_noise_hz });
    let cases = [
        (NoisePlace::Input, Condition::Plain, "noise_input", "N1, spikes added to the input channels, at test only"),
        (NoisePlace::Input, trained(NoisePlace::Input), "noise_input_trained", "N1, in training too"),
        (NoisePlace::Hidden, Condition::Plain, "noise_hidden", "N2, spikes forced on hidden neurons, at test only"),
        (NoisePlace::Hidden, trained(NoisePlace::Hidden), "noise_hidden_trained", "N2, in training too"),
    ];
    let panels =
        cases.into_iter().map(|(place, condition, name, caption)| panel(results, place, condition, name, caption));
    Section {
        id: "noise",
        title: "Noise".to_owned(),
        words: vec![format!(
            "Independent Poisson spikes. Every decoder is tested at all rates; those trained in noise were trained at {} Hz. \
             GRU and LSTM have no spiking neurons, so N2 applies to spiking networks only. Bands: 95 % over folds and seeds.",
            results.plan.training_noise_hz
        )],
        panels: panels.collect(),
    }
}

fn panel(results: &Results<'_>, place: NoisePlace, condition: Condition, name: &str, caption: &str) -> Panel {
    let mut table = Table::new(&["decoder", "noise (Hz)", "accuracy (%)", "95 % low", "95 % high"]);
    let mut curves = Vec::new();
    for method in results.methods() {
        let entries = results.decoders(&method, condition, results.tick_ms());
        let at =
            |rate_hz| -> Vec<f64> { entries.iter().filter_map(|entry| accuracy_at(entry, place, rate_hz)).collect() };
        let mut line = Line { name: method.to_string(), ..Line::default() };
        for &rate_hz in &results.plan.noise_rates_hz {
            let Some(Estimate { mean, interval, .. }) = estimate(&at(rate_hz)) else { continue };
            let rate = Value::Number(rate_hz, 0);
            table.push([method.to_string().into(), rate, share(mean), share(interval.low), share(interval.high)]);
            line.points.push((rate_hz, 100.0 * mean));
            line.band.push((100.0 * interval.low, 100.0 * interval.high));
        }
        if !line.points.is_empty() && !method.matches_hidden_size() {
            curves.push(line);
        }
    }
    let axes = Axes {
        x: "noise (spikes per second, each)".to_owned(),
        y: "accuracy (%)".to_owned(),
        y_range: Some(0.0..100.0),
        level: Some((100.0 * results.chance(), "chance".to_owned())),
    };
    Panel {
        name: name.to_owned(),
        caption: format!("{caption}."),
        figure: Some(lines(&curves, &axes)),
        table,
        shows_table: false,
    }
}

/// Accuracy of an entry at a noise rate.
fn accuracy_at(entry: &Entry, place: NoisePlace, rate_hz: f64) -> Option<f64> {
    let noise = Noise { place, rate_hz };
    entry.outcome.noisy.iter().find(|noisy| noisy.noise == noise).map(|noisy| noisy.accuracy)
}

/// The papers' claims about noise: robustness to that of neighbouring neurons, as the loss of accuracy, mean over all rates
/// above 0.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let lost = |entry: &Entry| {
        let at = |rate_hz| accuracy_at(entry, NoisePlace::Input, rate_hz);
        let noisy: Option<Vec<f64>> =
            results.plan.noise_rates_hz.iter().filter(|&&rate| rate > 0.0).map(|&rate| at(rate)).collect();
        Some(at(0.0)? - mean(&noisy?)?)
    };
    let loss = |method: &Method| mean_of_folds(&results.decoders(method, Condition::Plain, results.tick_ms()), lost);
    let first = loss(&results.first());
    Method::rivals()
        .into_iter()
        .map(|method| {
            let claim = format!("Noise on the input costs the network less than {method}");
            if let Some(claim) = against_itself(results, &claim, Source::Paper, &method) {
                return claim;
            }
            let other = loss(&method);
            let folds: Vec<f64> = first.iter().filter_map(|(fold, own)| Some(other.get(fold)? - own)).collect();
            match estimate(&folds).filter(|_| folds.len() == first.len()) {
                Some(by) => {
                    let evidence = format!("loss of the other minus its own: {}, mean over rates", points(&by));
                    Claim { claim, source: Source::Paper, verdict: above_zero(&by), evidence }
                }
                None => Claim::not_tested(claim, Source::Paper),
            }
        })
        .collect()
}
