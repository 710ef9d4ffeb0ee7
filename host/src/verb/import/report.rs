//! What an import gave, and how faithful it is.

use std::fmt::Write;

use import::Imported;
use import::card::{ImportCard, OutputKind, PopulationCard};
use import::fidelity::{Fidelity, OutputFidelity};
use serde::Serialize;
use spec::image::NetworkImage;

use super::ImportArgs;
use crate::verb::percent;

/// Bits of a weight below which an import is not called faithful.
const FAITHFUL_WEIGHT_BITS: u32 = 6;

/// Letters of the names at the start of each line.
const NAME_WIDTH: usize = 13;

/// What an import gave.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "import")]
pub(super) struct Report<'a> {
    network: Option<String>,
    n_channels: usize,
    n_neurons: usize,
    n_synapses: usize,
    /// None of integers that were imported before.
    n_extra_synapses: Option<usize>,
    card: &'a ImportCard,
    /// Whether weights have enough bits.
    is_faithful: bool,
    /// Whether they are those of an earlier import, which the file carries.
    #[serde(skip)]
    is_again: bool,
    /// The file of the events on which it was measured.
    checked_on: Option<String>,
    fidelity: Option<&'a Fidelity>,
}

impl<'a> Report<'a> {
    pub(super) fn of(imported: &'a Imported, fidelity: Option<&'a Fidelity>, args: &ImportArgs) -> Self {
        let written = args.output.as_ref().filter(|_| !args.dry_run);
        let checked_on = args.check.as_ref().or(args.calibrate.as_ref());
        Self {
            network: written.map(|path| path.display().to_string()),
            n_channels: imported.mapping.n_channels,
            n_neurons: imported.image.neurons.len(),
            n_synapses: imported.image.n_synapses(),
            n_extra_synapses: Some(imported.quantized.n_extra_synapses),
            card: &imported.card,
            is_faithful: imported.card.weight_bits >= FAITHFUL_WEIGHT_BITS,
            is_again: false,
            checked_on: checked_on.map(|path| path.display().to_string()),
            fidelity,
        }
    }

    /// Of integers that a graph carries.
    pub(super) fn again(image: &NetworkImage, card: &'a ImportCard, args: &ImportArgs) -> Self {
        let written = args.output.as_ref().filter(|_| !args.dry_run);
        Self {
            network: written.map(|path| path.display().to_string()),
            n_channels: usize::from(image.n_channels),
            n_neurons: image.neurons.len(),
            n_synapses: image.n_synapses(),
            n_extra_synapses: None,
            card,
            is_faithful: card.weight_bits >= FAITHFUL_WEIGHT_BITS,
            is_again: true,
            checked_on: None,
            fidelity: None,
        }
    }

    /// The lines of the text as names and values.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        let row = |line: &str| {
            let (name, value) = line.split_at_checked(NAME_WIDTH).unwrap_or((line, ""));
            (name.trim_end().to_owned(), value.to_owned())
        };
        self.text().lines().map(row).collect()
    }

    pub(super) fn text(&self) -> String {
        let card = self.card;
        let mut text = format!("imported     {}\n", card.source);
        let _ = writeln!(
            text,
            "size         {}, {} ({} auxiliary), {}{}, core {}",
            number_of(self.n_channels, "channel"),
            number_of(self.n_neurons, "neuron"),
            card.auxiliary_neurons.len(),
            number_of(self.n_synapses, "synapse"),
            self.n_extra_synapses.map_or(String::new(), |extra| format!(" ({extra} beyond the weights)")),
            card.core
        );
        for population in &card.populations {
            let _ = writeln!(text, "population   {}", population_text(population));
        }
        text += &auxiliary_text(card);
        let _ = writeln!(text, "output       {}", output_text(card));
        if !self.is_faithful {
            let _ = writeln!(text, "weights      {} bits: not faithful to the network", card.weight_bits);
        }
        if self.is_again {
            text += "integers     of an earlier import, as they were exported; options of reading change nothing\n";
        }
        if let (Some(fidelity), Some(file)) = (self.fidelity, &self.checked_on) {
            text += &fidelity_text(fidelity, file, card.outputs.len());
        }
        let _ = writeln!(text, "network      {}", card.network_hash);
        text
    }
}

fn population_text(population: &PopulationCard) -> String {
    let PopulationCard { name, lag_ticks, decay_error, threshold_steps, n_split, n_relays, neurons, .. } = population;
    let mut text = format!("{name}: {}, lag {lag_ticks}", number_of(neurons.len(), "neuron"));
    let _ = match *decay_error {
        0.0 => Ok(()),
        // A decay so near 1 that it is rounded to 1.
        1.0 => write!(text, ", a time constant so long that nothing decays"),
        error => write!(text, ", time constants within {:.2} %", 100.0 * error),
    };
    if let Some([least, most]) = threshold_steps {
        let range = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let _ = write!(text, ", thresholds of {range} steps");
    }
    if *n_split > 0 {
        let _ = write!(text, ", {}", number_of(*n_split, "split weight"));
    }
    if *n_relays > 0 {
        let _ = write!(text, ", {}", number_of(*n_relays, "relay"));
    }
    text
}

/// The auxiliary neurons by role; empty if there are none.
pub(crate) fn auxiliary_text(card: &ImportCard) -> String {
    let count = |role: &str| card.auxiliary_neurons.iter().filter(|auxiliary| auxiliary.role == role).count();
    let counted = ["relay", "counter", "oscillator", "always_on"].iter().map(|role| (count(role), *role));
    let counted = counted.filter(|(count, _)| *count > 0).map(|(count, role)| match role {
        "always_on" => format!("{count} always on"),
        role => number_of(count, role),
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { String::new() } else { format!("auxiliary    {}\n", counted.join(", ")) }
}

/// The length of a tick.
pub(crate) fn tick_length_text(card: &ImportCard) -> String {
    if card.is_tick_nominal { "unknown length".to_owned() } else { format!("{} ms", card.tick_ms) }
}

/// What the outputs are.
pub(crate) fn output_text(card: &ImportCard) -> String {
    let names: Vec<&str> = card.outputs.iter().map(|output| output.name.as_str()).collect();
    let kind = match card.output {
        OutputKind::Values => "values",
        OutputKind::Counts => "counts of spikes",
        OutputKind::Class => "a class",
    };
    let lags = card.outputs.iter().map(|output| output.lag_ticks);
    let (least, most) = (lags.clone().min().unwrap_or(0), lags.max().unwrap_or(0));
    let lag = match least == most {
        true if least == 1 => "1 tick".to_owned(),
        true => format!("{least} ticks"),
        false => format!("{least} to {most} ticks"),
    };
    let lead_in = match card.lead_in_ticks {
        0 => String::new(),
        ticks => format!(", after a lead-in of {ticks}"),
    };
    format!("{}: {kind}, shifted by {lag}{lead_in}", names.join(", "))
}

fn fidelity_text(fidelity: &Fidelity, file: &str, n_outputs: usize) -> String {
    let n_values = fidelity.n_ticks * n_outputs;
    let mut text = format!("checked on   {file}, {}\n", number_of(fidelity.n_ticks, "tick"));
    if let Some(twin) = &fidelity.twin_against_trace {
        let _ = writeln!(text, "float twin   {} with those of the trace", outputs_text(twin, n_values));
    }
    for population in &fidelity.populations {
        let _ = writeln!(
            text,
            "spikes       {}: F1 {:.4} given the spikes of the float twin, rate ratio {}, {} of the range",
            population.name,
            population.f1,
            population.rate_ratio.map_or("none".to_owned(), |ratio| format!("{ratio:.3}")),
            percent(population.range_used)
        );
    }
    let _ = writeln!(
        text,
        "outputs      {}, {} of the range",
        outputs_text(&fidelity.outputs, n_values),
        percent(fidelity.scores_range_used)
    );
    let _ = writeln!(
        text,
        "             {} for the float twin without one tick of input",
        outputs_text(&fidelity.one_tick_dropped, n_values)
    );
    text
}

/// A number of things, called so if there is one.
fn number_of(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// How far outputs agree; `n_values` are those of all ticks.
pub(super) fn outputs_text(outputs: &OutputFidelity, n_values: usize) -> String {
    let decision = format!("same largest in {} of the ticks", percent(outputs.same_decision));
    match (outputs.r2, outputs.n_different) {
        (Some(r2), _) => format!("R2 {r2:.4}, {decision}"),
        (None, Some(n_different)) => format!("{n_different} of {n_values} values differ, {decision}"),
        (None, None) => decision,
    }
}
