//! Accuracy in Poisson noise.

use std::collections::BTreeMap;

use super::{above_zero, against_itself, points, share};
use crate::analysis::statistics::mean;
use crate::cell::{Condition, Matching, Method, Noise, NoisePlace};
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value};
use crate::results::{Estimate, Results, estimate};
use crate::store::Entry;

/// The section.
#[must_use]
pub fn section(results: &Results<'_>) -> Section {
    let trained = |place| Condition::TrainedInNoise(Noise { place, rate_hz: results.extent.training_noise_hz });
    let cases = [
        (NoisePlace::Input, Condition::Plain, "noise_input", "N1, spikes added to the input channels, at test only"),
        (NoisePlace::Input, trained(NoisePlace::Input), "noise_input_trained", "N1, in training too"),
        (NoisePlace::Hidden, Condition::Plain, "noise_hidden", "N2, spikes forced on hidden neurons, at test only"),
        (NoisePlace::Hidden, trained(NoisePlace::Hidden), "noise_hidden_trained", "N2, in training too"),
    ];
    let panels =
        cases.into_iter().map(|(place, condition, name, caption)| panel(results, place, condition, name, caption));
    Section {
        title: "Noise".to_owned(),
        words: vec![format!(
            "Independent Poisson spikes. Trained networks are tested at all rates; networks trained in noise were trained at \
             {} Hz. GRU and LSTM have no spikes inside, so N2 is for spiking networks alone. Bands: 95 % over folds and seeds.",
            results.extent.training_noise_hz
        )],
        panels: panels.collect(),
    }
}

fn panel(results: &Results<'_>, place: NoisePlace, condition: Condition, name: &str, caption: &str) -> Panel {
    let mut table = Table::new(&["decoder", "noise (Hz)", "accuracy (%)", "95 % low", "95 % high"]);
    let mut curves = Vec::new();
    for method in results.methods() {
        let entries = results.decoders(&method, condition, results.tick_ms());
        let mut line = Line { name: method.to_string(), ..Line::default() };
        for &rate_hz in &results.extent.noise_rates_hz {
            let Some(Estimate { mean, interval, .. }) = estimate(&at(&entries, place, rate_hz)) else { continue };
            let rate = Value::Number(rate_hz, 0);
            table.push([method.to_string().into(), rate, share(mean), share(interval.low), share(interval.high)]);
            line.points.push((rate_hz, 100.0 * mean));
            line.band.push((100.0 * interval.low, 100.0 * interval.high));
        }
        if !line.points.is_empty()
            && !matches!(method, Method::Gru(Matching::HiddenSize) | Method::Lstm(Matching::HiddenSize))
        {
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

/// Accuracy of every entry at a rate.
fn at(entries: &[&Entry], place: NoisePlace, rate_hz: f64) -> Vec<f64> {
    let of = |entry: &&Entry| {
        let noise = Noise { place, rate_hz };
        entry.outcome.noisy.iter().find(|noisy| noisy.noise == noise).map(|noisy| noisy.accuracy)
    };
    entries.iter().filter_map(of).collect()
}

/// What the papers say of noise: resilience to that of neighbouring neurons. Measured as the accuracy that is kept, of that
/// without noise, over all rates above 0.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    // Seeds share the trials of a fold, so a fold is one value.
    let loss = |method: &Method| -> BTreeMap<usize, Vec<f64>> {
        let entries = results.decoders(method, Condition::Plain, results.tick_ms());
        let of = |rate| at(&entries, NoisePlace::Input, rate);
        let clean = of(0.0);
        let noisy: Vec<Vec<f64>> =
            results.extent.noise_rates_hz.iter().filter(|&&rate| rate > 0.0).map(|&rate| of(rate)).collect();
        let kept = |index: usize| {
            let values: Vec<f64> = noisy.iter().filter_map(|values| values.get(index).copied()).collect();
            clean[index] - values.iter().sum::<f64>() / values.len().max(1) as f64
        };
        let mut folds: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate().take(clean.len()) {
            folds.entry(entry.cell.fold).or_default().push(kept(index));
        }
        folds
    };
    let first = loss(&results.first());
    Method::rivals()
        .into_iter()
        .map(|method| {
            let claim = format!("Noise on the input costs the network less than {method}");
            if let Some(claim) = against_itself(results, &claim, Source::Paper, &method) {
                return claim;
            }
            let other = loss(&method);
            let folds: Vec<f64> =
                first.iter().filter_map(|(fold, own)| Some(mean(other.get(fold)?)? - mean(own)?)).collect();
            match estimate(&folds).filter(|_| folds.len() == first.len()) {
                Some(by) => {
                    let evidence = format!("the other's loss less its own: {}, mean over rates", points(&by));
                    Claim { claim, source: Source::Paper, verdict: above_zero(&by), evidence }
                }
                None => Claim::not_tested(claim, Source::Paper),
            }
        })
        .collect()
}
