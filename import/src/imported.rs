//! A graph becomes an image and its companion.

use recording::visible;
use spec::core::{CORES, NamedCore};
use spec::digest::sha256_hex;
use spec::fixed::{decay_from_real, decay_to_real};
use spec::image::NetworkImage;
use train::compile::{Placement, compile};

use crate::calibration::{Calibration, Events};
use crate::card::{AuxiliaryCard, ImportCard, OutputCard, OutputKind, PopulationCard, ReadAs};
use crate::conventions::Conventions;
use crate::mapping::{Mapping, Role, Row};
use crate::network::{Network, Population};
use crate::nir::Graph;
use crate::quantize::{QuantizeOptions, Quantized};
use crate::{GraphError, ImportError, coarse};

/// Shares of weights that are one synapse each, the most exact first.
const UNSPLIT_SHARES: [f64; 19] =
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 1.0];

/// A network is small if a synapse for each weight takes no more than such a part of the core's.
const PARTS_OF_SMALL: usize = 16;
/// The weights of a small network are split while they take no more than such a part.
const PARTS_OF_SMALL_SPLIT: usize = 8;

/// What an import is made of, beside the graph.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// How the file is read.
    pub conventions: Conventions,
    /// The core that the network must fit.
    pub core: NamedCore,
    /// Bits of a weight, 4 to 8.
    pub weight_bits: u32,
    /// The most synapses: weights are split as far as these allow. Without a number, a tenth of the weights is split,
    /// more in a small network.
    pub most_synapses: Option<usize>,
    /// The most events of a channel in a tick: each channel becomes so many.
    pub max_count: u32,
    /// What the outputs are; by default spikes are counted, and anything else has values.
    pub output: Option<OutputKind>,
    /// Length of a tick in ms; by default the time step taken as seconds, which in some frameworks is only nominal.
    pub tick_ms: Option<f64>,
    /// Name of the file.
    pub source: String,
    /// SHA-256 of the file.
    pub source_sha256: String,
}

/// An imported network in all its forms.
#[derive(Clone, Debug)]
pub struct Imported {
    /// In real numbers, as the framework runs it.
    pub network: Network,
    /// As neurons of the core, in real numbers.
    pub mapping: Mapping,
    /// As integers.
    pub quantized: Quantized,
    /// Laid out for the core.
    pub image: NetworkImage,
    /// The bytes of the image.
    pub bytes: Vec<u8>,
    /// The companion.
    pub card: ImportCard,
}

impl Imported {
    /// Imports a graph; events measure rates and ranges.
    ///
    /// # Errors
    /// Everything that [`Network::of`] and [`Mapping::of`] refuse; a network that does not fit the core; outputs that cannot be
    /// what is asked of them.
    pub fn of(graph: &Graph, events: Option<&Events>, options: &ImportOptions) -> Result<Self, ImportError> {
        let network = Network::of(graph, &options.conventions)?;
        check_channels(network.n_channels, options.max_count)?;
        let network = network.with_channel_copies(options.max_count as usize);
        let mapping = Mapping::of(&network)?;
        let output = output_kind(&mapping, options.output)?;
        let calibration = events.map(|events| Calibration::of(&network, events));
        let core = &options.core.configuration;
        let most_neurons = usize::from(core.lanes) * usize::from(core.neurons_per_lane);
        let quantize = |unsplit_share: f64| {
            let quantize = QuantizeOptions {
                weight_bits: options.weight_bits,
                unsplit_share,
                shares_readout_step: output == OutputKind::Class,
                may_oscillate: mapping.neurons.len() < most_neurons,
            };
            Quantized::of(&mapping, calibration.as_ref(), &quantize)
        };
        let activity = |quantized: &Quantized| {
            let of_channels = (0..mapping.n_channels).map(Row::Channel);
            let rows = of_channels.chain((0..mapping.neurons.len()).map(Row::Neuron));
            let mut rates: Vec<f64> = rows.map(|row| mapping.rate(row, calibration.as_ref())).collect();
            rates.resize(quantized.network.n_rows(), 0.5);
            rates
        };
        let n_nonzero =
            |quantized: &Quantized| quantized.network.synapses.iter().filter(|synapse| synapse.weight != 0).count();
        let n_places = usize::from(core.lanes) * usize::from(core.synapse_words_per_lane);
        let is_small = n_nonzero(&quantize(1.0)) <= n_places / PARTS_OF_SMALL;
        let usual_most = if is_small { n_places / PARTS_OF_SMALL_SPLIT } else { 0 };
        let mut refusal = None;
        for share in UNSPLIT_SHARES {
            let quantized = quantize(share);
            let n_synapses = n_nonzero(&quantized);
            match options.most_synapses {
                Some(most) if n_synapses > most => {
                    refusal = Some(too_many_synapses(n_synapses, most));
                    continue;
                }
                None if n_synapses > usual_most && share < usual_share(options.weight_bits) => continue,
                _ => {}
            }
            let rates = calibration.is_some().then(|| activity(&quantized));
            match compile(&quantized.network, core, rates.as_deref()) {
                Ok((image, placement)) => {
                    let bytes = image.encode().map_err(train::compile::CompileError::from)?;
                    let card = Self::card(&network, &mapping, &quantized, &placement, options);
                    let calibration_sha256 = events.map(calibration_hash);
                    let card = ImportCard {
                        network_hash: sha256_hex(&bytes),
                        unsplit_share: share,
                        calibration_sha256,
                        output,
                        ..card
                    };
                    return Ok(Self { network, mapping, quantized, image, bytes, card });
                }
                Err(error) => refusal = Some(error.into()),
            }
        }
        Err(refusal.unwrap_or_else(|| too_many_synapses(0, usual_most)))
    }

    /// The companion, but for what depends on the image and the outputs.
    fn card(
        network: &Network,
        mapping: &Mapping,
        quantized: &Quantized,
        placement: &Placement,
        options: &ImportOptions,
    ) -> ImportCard {
        let conventions = &options.conventions;
        let auxiliary = quantized.roles.iter().enumerate().filter_map(|(index, role)| {
            let (role, of, ticks) = match role {
                Role::Neuron { .. } => return None,
                Role::Relay { of, ticks } => ("relay", row_name(network, mapping, *of), *ticks),
                Role::AlwaysOn => ("always_on", String::new(), 0),
                Role::Oscillator => ("oscillator", String::new(), 0),
                Role::Counter { of } => ("counter", row_name(network, mapping, Row::Neuron(*of)), 0),
            };
            Some(AuxiliaryCard { neuron: placement.id_of[index], role: role.to_owned(), of, ticks })
        });
        let mut auxiliary_neurons: Vec<AuxiliaryCard> = auxiliary.collect();
        auxiliary_neurons.sort_by_key(|auxiliary| auxiliary.neuron);
        let outputs = mapping.outputs.iter().map(|output| {
            let neuron = mapping.readouts[output.readout];
            let scale = if output.is_count { 1.0 } else { output.factor * quantized.steps[neuron] };
            #[expect(clippy::cast_possible_truncation, reason = "no core has more than 16 readouts")]
            let readout = output.readout as u8;
            OutputCard {
                name: visible(&output.name),
                readout,
                scale,
                offset: scale * quantized.offsets[neuron],
                lag_ticks: output.lag_ticks,
            }
        });
        ImportCard {
            kind: ImportCard::KIND.to_owned(),
            card_version: ImportCard::VERSION,
            program: format!("motorsrnn {}", env!("CARGO_PKG_VERSION")),
            network_hash: String::new(),
            core: options.core.name.to_owned(),
            source: options.source.clone(),
            source_sha256: options.source_sha256.clone(),
            read_as: ReadAs {
                producer: conventions.producer,
                dt: network.dt_s,
                tau_scale: conventions.tau_scale,
                integrator: conventions.integrator(),
                synapse: conventions.synapse(),
                gain: conventions.gain(),
            },
            weight_bits: options.weight_bits,
            unsplit_share: 1.0,
            calibration_sha256: None,
            max_count: options.max_count,
            tick_ms: options.tick_ms.unwrap_or(network.dt_s * 1e3),
            is_tick_nominal: options.tick_ms.is_none() && conventions.has_nominal_time_step(),
            lead_in_ticks: mapping.lead_in_ticks,
            output: OutputKind::Values,
            outputs: outputs.collect(),
            populations: (0..network.populations.len())
                .map(|index| population_card(network, mapping, quantized, placement, index))
                .collect(),
            auxiliary_neurons,
            warnings: [network.warnings.clone(), coarse::warnings(network, mapping, quantized)].concat(),
        }
    }
}

fn population_card(
    network: &Network,
    mapping: &Mapping,
    quantized: &Quantized,
    placement: &Placement,
    index: usize,
) -> PopulationCard {
    let population = &network.populations[index];
    let neurons = mapping.first_of[index]..mapping.first_of[index] + population.size();
    let thresholds = quantized.network.neurons[neurons.clone()].iter().map(|neuron| neuron.parameters.threshold);
    let range = |values: &mut dyn Iterator<Item = i16>| {
        values.fold([i16::MAX, i16::MIN], |[least, most], value| [least.min(value), most.max(value)])
    };
    let is_relay_of_it = |role: &Role| match role {
        Role::Relay { of: Row::Neuron(of), .. } => neurons.contains(of),
        _ => false,
    };
    PopulationCard {
        name: visible(&population.name),
        reset: population.firing.as_ref().map(|firing| firing.reset),
        lag_ticks: mapping.lag_ticks[index],
        decay_error: decay_error(population),
        steps: quantized.steps[neurons.clone()].to_vec(),
        threshold_steps: population.firing.as_ref().map(|_| range(&mut thresholds.clone())),
        n_split: quantized.n_split[neurons.clone()].iter().sum(),
        n_relays: quantized.roles.iter().filter(|role| is_relay_of_it(role)).count(),
        neurons: placement.id_of[neurons].to_vec(),
    }
}

/// The largest relative error of 1 - decay, which is about that of the time constant.
fn decay_error(population: &Population) -> f64 {
    let error = |decay: &f64| match (1.0 - decay, 1.0 - decay_to_real(decay_from_real(*decay))) {
        (exact, rounded) if exact > 0.0 => (rounded / exact - 1.0).abs(),
        _ => 0.0,
    };
    population.synaptic_decay.iter().chain(&population.membrane_decay).map(error).fold(0.0, f64::max)
}

/// What a row is called.
fn row_name(network: &Network, mapping: &Mapping, row: Row) -> String {
    match row {
        Row::Channel(channel) => format!("channel {channel}"),
        Row::Neuron(neuron) => match mapping.neurons[neuron].role {
            Role::Neuron { population, neuron } => {
                format!("{}[{neuron}]", visible(&network.populations[population].name))
            }
            Role::AlwaysOn => "always_on".to_owned(),
            Role::Relay { of, .. } => row_name(network, mapping, of),
            Role::Oscillator => "oscillator".to_owned(),
            Role::Counter { of } => row_name(network, mapping, Row::Neuron(of)),
        },
    }
}

/// The share of weights that are one synapse each in a network that is not small, unless the number of synapses is given: coarser
/// weights need more splits.
fn usual_share(weight_bits: u32) -> f64 {
    if weight_bits >= 7 { 0.9 } else { 0.6 }
}

/// Refuses more channels than any core has before there are copies of them.
fn check_channels(n_channels: usize, max_count: u32) -> Result<(), GraphError> {
    let most = CORES.iter().map(|core| usize::from(core.configuration.channels)).max().unwrap_or(0);
    let n_copies = n_channels.saturating_mul(max_count as usize);
    if n_copies > most {
        let each = if max_count > 1 { format!(", {max_count} for each of {n_channels}") } else { String::new() };
        let cause = format!("the network takes {n_copies} channels{each}, and no core has more than {most}");
        return Err(GraphError::new(cause, "train it on fewer channels, or allow fewer events in a tick"));
    }
    Ok(())
}

/// What the outputs are, if they can be that.
fn output_kind(mapping: &Mapping, asked: Option<OutputKind>) -> Result<OutputKind, GraphError> {
    let n_counts = mapping.outputs.iter().filter(|output| output.is_count).count();
    let is_mixed = n_counts > 0 && n_counts < mapping.outputs.len();
    let found = if n_counts == mapping.outputs.len() { OutputKind::Counts } else { OutputKind::Values };
    match asked {
        None => Ok(found),
        Some(OutputKind::Class) if is_mixed => {
            Err(GraphError::new("some outputs are spikes and some values, so no class has the most", "choose values"))
        }
        Some(OutputKind::Counts) if found == OutputKind::Values => {
            Err(GraphError::new("not all outputs are spikes, so they cannot be counted", "choose values"))
        }
        Some(asked) => Ok(asked),
    }
}

fn too_many_synapses(n_synapses: usize, most: usize) -> ImportError {
    let cause = format!("the network has {n_synapses} synapses where at most {most} are allowed");
    GraphError::new(cause, "allow more, or prune it").into()
}

/// What identifies events in a companion.
#[must_use]
pub fn calibration_hash(events: &Events) -> String {
    let tick = |channels: &Vec<u16>| {
        let count = u16::try_from(channels.len()).unwrap_or(u16::MAX);
        [count].into_iter().chain(channels.iter().copied()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    sha256_hex(&events.iter().flat_map(tick).collect::<Vec<u8>>())
}
