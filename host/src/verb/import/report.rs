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
            "size         {} channels, {} neurons ({} auxiliary), {} synapses{}, core {}",
            self.n_channels,
            self.n_neurons,
            card.auxiliary_neurons.len(),
            self.n_synapses,
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
            text += &fidelity_text(fidelity, file);
        }
        let _ = writeln!(text, "network      {}", card.network_hash);
        text
    }
}

fn population_text(population: &PopulationCard) -> String {
    let PopulationCard { name, lag_ticks, decay_error, threshold_steps, n_split, n_relays, neurons, .. } = population;
    let mut text = format!("{name}: {} neurons, lag {lag_ticks}", neurons.len());
    let _ = write!(text, ", time constants within {:.2} %", 100.0 * decay_error);
    if let Some([least, most]) = threshold_steps {
        let _ = write!(text, ", thresholds of {least} to {most} steps");
    }
    if *n_split > 0 {
        let _ = write!(text, ", {n_split} split weights");
    }
    if *n_relays > 0 {
        let _ = write!(text, ", {n_relays} relays");
    }
    text
}

/// The auxiliary neurons by role; empty if there are none.
pub(crate) fn auxiliary_text(card: &ImportCard) -> String {
    let count = |role: &str| card.auxiliary_neurons.iter().filter(|auxiliary| auxiliary.role == role).count();
    let roles =
        [("relay", "relays"), ("counter", "counters"), ("oscillator", "oscillator"), ("always_on", "always on")];
    let counted = roles.iter().map(|(role, name)| (count(role), name)).filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted.map(|(count, name)| format!("{count} {name}")).collect();
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
    let lag = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    let lead_in = match card.lead_in_ticks {
        0 => String::new(),
        ticks => format!(", after a lead-in of {ticks}"),
    };
    format!("{}: {kind}, shifted by {lag} ticks{lead_in}", names.join(", "))
}

fn fidelity_text(fidelity: &Fidelity, file: &str) -> String {
    let mut text = format!("checked on   {file}, {} ticks\n", fidelity.n_ticks);
    if let Some(twin) = &fidelity.twin_against_trace {
        let _ = writeln!(text, "float twin   {} with those of the trace", outputs_text(twin));
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
        outputs_text(&fidelity.outputs),
        percent(fidelity.scores_range_used)
    );
    let _ = writeln!(
        text,
        "             {} for the float twin without one tick of input",
        outputs_text(&fidelity.one_tick_dropped)
    );
    text
}

fn outputs_text(outputs: &OutputFidelity) -> String {
    let decision = format!("same largest in {} of the ticks", percent(outputs.same_decision));
    match (outputs.r2, outputs.n_different) {
        (Some(r2), _) => format!("R2 {r2:.4}, {decision}"),
        (None, Some(n_different)) => format!("{n_different} differ, {decision}"),
        (None, None) => decision,
    }
}
