//! `motorsrnn export`: every integer of a network image, and a golden trace, for other programs.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use import::ImportCard;
use import::card::PopulationCard;
use import::events::Channels;
use import::export;
use import::npz::{self, NewArray, NewValues};
use model::Core;
use model::network::Network;
use recording::{check_place, write_whole};
use serde::Serialize;
use spec::digest::sha256_hex;
use spec::fixed::{DECAY_FRACTION_BITS, DECAY_ONE_RAW};
use spec::image::{NetworkImage, Neuron};
use spec::lif::ResetMode;
use train::DecoderCard;

use super::import::read_events;
use super::{is_same_file, print_text, read_image};
use crate::failure::Failure;

/// Options of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Network image, trained or imported
    pub image: PathBuf,
    /// Format of the file
    #[arg(long, value_enum)]
    pub to: Format,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Events to run the reference model on, whose spikes, potentials and scores are exported: an .npz with `x`, one row a tick,
    /// NIRData, or a recording; for `--to npz` and `--to nirdata`
    #[arg(long, value_name = "EVENTS")]
    pub events: Option<PathBuf>,
}

/// Format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Neurons and synapses with their names, as JSON
    Json,
    /// Arrays of NumPy
    Npz,
    /// A NIR graph with the same equations; what NIR cannot say is printed and in its metadata
    Nir,
    /// A golden trace of the nodes of the NIR graph
    Nirdata,
}

/// A network as JSON.
#[derive(Serialize)]
struct Exported {
    network_hash: String,
    n_channels: u16,
    lanes: usize,
    /// A decay is its integer times 2 to the power of minus this.
    decay_fraction_bits: u32,
    neurons: Vec<ExportedNeuron>,
    /// Row, neuron and weight of each synapse; rows are the channels, then the neurons.
    synapses: Vec<(u16, u16, i8)>,
}

/// A neuron as JSON; all levels are in steps of its weights.
#[derive(Serialize)]
struct ExportedNeuron {
    id: usize,
    name: Option<String>,
    /// A level times this is that of the imported network; none of other neurons.
    step: Option<f64>,
    synaptic_decay: u16,
    membrane_decay: u16,
    adaptation_decay: u16,
    threshold: i16,
    adaptation_increment: i16,
    bias: i16,
    refractory_ticks: u8,
    reset: &'static str,
    never_fires: bool,
    readout: Option<u8>,
}

/// Writes the export.
///
/// # Errors
/// An image or events that cannot be used, a file that cannot be written.
pub fn run(args: &ExportArgs) -> Result<(), Failure> {
    check_output(args)?;
    let (bytes, image) = read_image(&args.image)?;
    let hash = sha256_hex(&bytes);
    let card = ImportCard::read(&args.image, &hash).map_err(Failure::input)?;
    let mut notes = String::new();
    let content = match args.to {
        Format::Json | Format::Nir if args.events.is_some() => {
            let cause = "a network in this format has no trace";
            return Err(Failure::input(cause).advise("leave out `--events`, or use `--to npz` or `--to nirdata`"));
        }
        Format::Nir => {
            let bytes = image.encode().map_err(Failure::input)?;
            let exported = export::graph(&image, &bytes, card.as_ref());
            for part in &exported.left_out {
                let _ = writeln!(notes, "not in NIR   {part}");
            }
            let never_leaks =
                |neuron: &Neuron| neuron.readout.is_some() && neuron.parameters.membrane_decay == DECAY_ONE_RAW;
            if card.is_none() && image.neurons.iter().any(never_leaks) {
                let _ = writeln!(
                    notes,
                    "approximate  the network was trained here, and NIR has neither windows, after which the state is reset, nor readouts \
                     without a leak: an import is another network; decode with the image itself"
                );
            }
            let _ = writeln!(notes, "read it with {}", exported.options);
            exported.tree.to_bytes().map_err(Failure::input)?
        }
        Format::Nirdata => {
            let Some(path) = &args.events else {
                let cause = "NIRData is a trace, and there are no events to run on";
                return Err(Failure::input(cause).advise("give them with `--events`"));
            };
            let dt_s = tick_ms(card.as_ref()) * 1e-3;
            let run = export::run(&image, card.as_ref(), dt_s, &ticks(path, &image, card.as_ref())?);
            let run = run.map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))?;
            run.to_bytes().map_err(Failure::input)?
        }
        Format::Json => {
            let mut text = serde_json::to_vec(&exported(&image, hash, card.as_ref()))?;
            text.push(b'\n');
            text
        }
        Format::Npz => {
            let mut arrays = arrays(&image);
            if let Some(path) = &args.events {
                arrays.extend(trace(path, &image, card.as_ref())?);
            }
            npz::write(&arrays).map_err(Failure::input)?
        }
    };
    write_whole(&args.output, &content).map_err(|error| Failure::unwritable(&args.output, &error))?;
    let n_synapses = image.n_synapses();
    print_text(&format!(
        "exported     {} neurons, {n_synapses} synapses\n{notes}file         {} ({} bytes)\n",
        image.neurons.len(),
        args.output.display(),
        content.len()
    ))
}

fn check_output(args: &ExportArgs) -> Result<(), Failure> {
    check_place(&args.output).map_err(|error| Failure::unwritable(&args.output, &error))?;
    let companion = DecoderCard::path_beside(&args.image);
    let inputs = [Some(&args.image), Some(&companion), args.events.as_ref()];
    match inputs.into_iter().flatten().find(|input| is_same_file(input, &args.output)) {
        Some(input) => Err(Failure::overwrites(&args.output, input, "--output")),
        None => Ok(()),
    }
}

fn exported(image: &NetworkImage, network_hash: String, card: Option<&ImportCard>) -> Exported {
    let names = names(image, card);
    let populations = || card.iter().flat_map(|card| &card.populations);
    let step = |id: usize| {
        let steps = |population: &PopulationCard| {
            let place = population.neurons.iter().position(|neuron| *neuron == id)?;
            population.steps.get(place).copied()
        };
        populations().find_map(steps)
    };
    let neurons = image.neurons.iter().zip(names).enumerate().map(|(id, (neuron, name))| {
        let parameters = &neuron.parameters;
        ExportedNeuron {
            id,
            name,
            step: step(id),
            synaptic_decay: parameters.synaptic_decay,
            membrane_decay: parameters.membrane_decay,
            adaptation_decay: parameters.adaptation_decay,
            threshold: parameters.threshold,
            adaptation_increment: parameters.adaptation_increment,
            bias: parameters.bias,
            refractory_ticks: parameters.refractory_ticks,
            reset: match parameters.reset_mode {
                ResetMode::ToZero => "zero",
                ResetMode::Subtract => "subtract",
            },
            never_fires: parameters.never_fires,
            readout: neuron.readout,
        }
    });
    let synapses = Network::of(image).synapses;
    Exported {
        network_hash,
        n_channels: image.n_channels,
        lanes: image.lanes.len(),
        decay_fraction_bits: DECAY_FRACTION_BITS,
        neurons: neurons.collect(),
        synapses: synapses.iter().map(|synapse| (synapse.row, synapse.post_neuron, synapse.weight)).collect(),
    }
}

/// What the companion of an import calls each neuron.
fn names(image: &NetworkImage, card: Option<&ImportCard>) -> Vec<Option<String>> {
    let mut names = vec![None; image.neurons.len()];
    let Some(card) = card else { return names };
    let of_populations = card.populations.iter().flat_map(|population| {
        let neurons = population.neurons.iter().enumerate();
        neurons.map(|(index, &neuron)| (neuron, format!("{}[{index}]", population.name)))
    });
    let of_auxiliary = card.auxiliary_neurons.iter().map(|auxiliary| {
        let name = [auxiliary.role.as_str(), auxiliary.of.as_str()].join(" ");
        (auxiliary.neuron, name.trim_end().to_owned())
    });
    for (neuron, name) in of_populations.chain(of_auxiliary) {
        if let Some(place) = names.get_mut(neuron) {
            *place = Some(name);
        }
    }
    names
}

/// The network as arrays: one value for each neuron, then for each synapse.
fn arrays(image: &NetworkImage) -> Vec<NewArray> {
    let parameters = || image.neurons.iter().map(|neuron| &neuron.parameters);
    let synapses = Network::of(image).synapses;
    let neurons = |name, values| NewArray { name, shape: vec![image.neurons.len()], values };
    let of_synapses = |name, values| NewArray { name, shape: vec![synapses.len()], values };
    let flag = |is_set: bool| u8::from(is_set);
    vec![
        neurons("synaptic_decay", NewValues::U16(parameters().map(|it| it.synaptic_decay).collect())),
        neurons("membrane_decay", NewValues::U16(parameters().map(|it| it.membrane_decay).collect())),
        neurons("adaptation_decay", NewValues::U16(parameters().map(|it| it.adaptation_decay).collect())),
        neurons("threshold", NewValues::I16(parameters().map(|it| it.threshold).collect())),
        neurons("adaptation_increment", NewValues::I16(parameters().map(|it| it.adaptation_increment).collect())),
        neurons("bias", NewValues::I16(parameters().map(|it| it.bias).collect())),
        neurons("refractory_ticks", NewValues::U8(parameters().map(|it| it.refractory_ticks).collect())),
        neurons(
            "resets_by_subtraction",
            NewValues::U8(parameters().map(|it| flag(it.reset_mode == ResetMode::Subtract)).collect()),
        ),
        neurons("never_fires", NewValues::U8(parameters().map(|it| flag(it.never_fires)).collect())),
        of_synapses("synapse_row", NewValues::U16(synapses.iter().map(|it| it.row).collect())),
        of_synapses("synapse_neuron", NewValues::U16(synapses.iter().map(|it| it.post_neuron).collect())),
        of_synapses("synapse_weight", NewValues::I8(synapses.iter().map(|it| it.weight).collect())),
    ]
}

fn tick_ms(card: Option<&ImportCard>) -> f64 {
    card.map_or(1.0, |card| card.tick_ms)
}

/// The ticks of a core for these events, with the lead-in and what comes after the last event.
fn ticks(path: &Path, image: &NetworkImage, card: Option<&ImportCard>) -> Result<Vec<Vec<u16>>, Failure> {
    let max_count = card.map_or(1, |card| card.max_count.max(1));
    let n_channels = usize::from(image.n_channels) / max_count as usize;
    let is_tick_nominal = card.is_some_and(|card| card.is_tick_nominal);
    let channels = Channels { n_channels, max_count, tick_ms: tick_ms(card), is_tick_nominal };
    let trace = read_events(path, channels, 0)?;
    let mut ticks = vec![Vec::new(); card.map_or(0, |card| card.lead_in_ticks as usize)];
    ticks.extend(trace.events);
    Ok(ticks)
}

/// A run of the reference model: input, and spikes, potentials and scores after each tick.
fn trace(path: &Path, image: &NetworkImage, card: Option<&ImportCard>) -> Result<Vec<NewArray>, Failure> {
    let n_channels = usize::from(image.n_channels);
    let ticks = ticks(path, image, card)?;
    let n_neurons = image.neurons.len();
    let mut core = Core::of(image);
    let mut input = vec![0; ticks.len() * n_channels];
    let mut spikes = vec![0; ticks.len() * n_neurons];
    let (mut potentials, mut scores) = (Vec::new(), Vec::new());
    for (tick, channels) in ticks.iter().enumerate() {
        channels.iter().for_each(|channel| input[tick * n_channels + usize::from(*channel)] = 1);
        let outcome =
            core.tick(channels).map_err(|error| Failure::input(format_args!("{}: {error}", path.display())))?;
        outcome.spikes.iter().for_each(|neuron| spikes[tick * n_neurons + usize::from(*neuron)] = 1);
        scores.extend_from_slice(outcome.scores);
        potentials.extend(core.states().iter().map(|state| state.potential));
    }
    let array = |name, width: usize, values| NewArray { name, shape: vec![ticks.len(), width], values };
    Ok(vec![
        array("trace_input", n_channels, NewValues::U8(input)),
        array("trace_spikes", n_neurons, NewValues::U8(spikes)),
        array("trace_potentials", n_neurons, NewValues::I16(potentials)),
        array("trace_scores", image.n_readouts(), NewValues::I16(scores)),
    ])
}
