//! Accuracy in Poisson noise.

use super::{above_zero, against_itself, points, share};
use crate::analysis::statistics::mean;
use crate::report::plot::{Axes, Line, lines};
use crate::report::{Claim, Panel, Section, Source, Table, Value};
use crate::results::Results;
use crate::run::{Condition, Matching, Method, Noise, NoisePlace};
use crate::trials::Trials;

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
             GRU and LSTM have no spiking neurons, so N2 applies to spiking networks only. Bands: 95 % by resampling trials.",
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
        let rates_hz = &results.plan.noise_rates_hz;
        let Some((means, bands)) = Trials::in_noise(&entries, place, rates_hz).band() else { continue };
        let mut line = Line { name: method.to_string(), ..Line::default() };
        for ((&rate_hz, mean), band) in rates_hz.iter().zip(means).zip(bands) {
            let rate = Value::Number(rate_hz, 0);
            table.push([method.to_string().into(), rate, share(mean), share(band.low), share(band.high)]);
            line.points.push((rate_hz, 100.0 * mean));
            line.band.push((100.0 * band.low, 100.0 * band.high));
        }
        if method.matching() != Some(Matching::HiddenSize) {
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

/// The papers' claims about noise: robustness to that of neighbouring neurons, as the loss of accuracy, mean over all rates
/// above 0.
#[must_use]
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let first = loss(results, &results.first());
    Method::rivals()
        .into_iter()
        .map(|method| {
            let claim = format!("Noise on the input costs the network less than {method}");
            if let Some(claim) = against_itself(results, &claim, Source::Paper, &method) {
                return claim;
            }
            match loss(results, &method).minus(&first).estimate() {
                Some(by) => {
                    let evidence = format!("loss of the other minus its own: {}, mean over rates", points(&by));
                    Claim { claim, source: Source::Paper, verdict: above_zero(&by), evidence }
                }
                None => Claim::not_tested(claim, Source::Paper),
            }
        })
        .collect()
}

/// What noise on the input costs in each trial: without noise minus the mean over all rates above 0.
fn loss(results: &Results<'_>, method: &Method) -> Trials {
    let entries = results.decoders(method, Condition::Plain, results.tick_ms());
    let noisy = results.plan.noise_rates_hz.iter().copied().filter(|&rate_hz| rate_hz > 0.0);
    let rates_hz: Vec<f64> = [0.0].into_iter().chain(noisy).collect();
    let trials = Trials::in_noise(&entries, NoisePlace::Input, &rates_hz);
    trials.map(|shares| shares[0] - mean(&shares[1..]).unwrap_or(shares[0]))
}
