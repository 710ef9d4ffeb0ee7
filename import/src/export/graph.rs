//! The NIR graph whose equations an image computes, tick by tick, but for rounding.

use std::collections::{BTreeMap, BTreeSet};

use model::network::Network;
use recording::Tree;
use spec::fixed::decay_to_real;
use spec::image::NetworkImage;
use spec::lif::{NeuronParameters, ResetMode};

use super::groups::{Group, INPUT, free_name, groups};
use super::{group, integers, real, reals, text};
use crate::card::{ImportCard, OutputCard};
use crate::network::{Edge, Source, closing};
use crate::nir::NEXT_TICK;
use crate::quantize::lost_by_floor;

/// The version of the package `nir` whose files these are like.
const NIR_VERSION: &str = "1.0.8";
/// The time step of an image without a companion, in seconds.
const USUAL_DT_S: f64 = 1e-3;
/// The time constant of a potential that does not decay, in ticks: 14 bits make it 1.
const NO_DECAY_TICKS: f64 = 1e9;
/// The time constant of a potential that forgets everything, in ticks.
const FORGETS_TICKS: f64 = 0.02;

/// A graph, and what it does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedGraph {
    /// The file.
    pub tree: Tree,
    /// The options of an import that read it as it is meant.
    pub options: String,
    /// What NIR has no place for, a clause each.
    pub left_out: Vec<String>,
}

/// The graph of an image: weights and levels in the units of the network that was imported, or in steps without a companion. Time
/// constants are for an exact integration with the time step in the metadata. The integers themselves are in the metadata, too.
#[must_use]
pub fn graph(image: &NetworkImage, bytes: &[u8], card: Option<&ImportCard>) -> ExportedGraph {
    let dt_s = card.map_or(USUAL_DT_S, |card| card.read_as.dt);
    let groups = groups(image, card);
    let steps = steps(image, card);
    let mut builder = Builder { dt_s, groups: &groups, steps: &steps, nodes: BTreeMap::new(), edges: Vec::new() };
    builder.insert(INPUT, "Input", [("shape", integers(&[1], vec![i64::from(image.n_channels)]))]);
    for group in &groups {
        builder.neurons(image, group);
    }
    let next_tick = builder.connect(image);
    for group in groups.iter().filter(|group| group.is_readout) {
        builder.output(group, &factors(image, card, &steps, group));
    }
    let options = options(dt_s, &groups);
    let Builder { nodes, edges, .. } = builder;
    let n_edges = edges.len();
    let names = edges.into_iter().flat_map(|(from, to)| [from, to]).collect();
    let edges = recording::Array { shape: vec![n_edges as u64, 2], values: recording::Values::Text(names) };
    let mut metadata = vec![
        ("program", text(concat!("motorsrnn ", env!("CARGO_PKG_VERSION")))),
        ("dt", real(dt_s)),
        ("import_options", text(&options)),
        ("image", integers(&[bytes.len()], bytes.iter().map(|byte| i64::from(*byte)).collect())),
    ];
    if !next_tick.is_empty() {
        metadata.push((NEXT_TICK, text(&serde_json::to_string(&next_tick).unwrap_or_default())));
    }
    if let Some(card) = card {
        metadata.push(("companion", text(&card.text())));
    }
    let node = group([
        ("type", text("NIRGraph")),
        ("nodes", Tree::Group(nodes)),
        ("edges", Tree::Array(edges)),
        ("metadata", group(metadata)),
    ]);
    let tree = group([("node", node), ("version", text(NIR_VERSION))]);
    ExportedGraph { tree, options, left_out: left_out(image, card, &groups) }
}

/// The unit of the levels of each neuron.
fn steps(image: &NetworkImage, card: Option<&ImportCard>) -> Vec<f64> {
    let mut steps = vec![1.0; image.neurons.len()];
    for population in card.iter().flat_map(|card| &card.populations) {
        for (neuron, step) in population.neurons.iter().zip(&population.steps) {
            if let Some(of_neuron) = steps.get_mut(*neuron) {
                *of_neuron = *step;
            }
        }
    }
    steps
}

/// What the potential of each neuron of a readout is multiplied by where it is an output.
fn factors(image: &NetworkImage, card: Option<&ImportCard>, steps: &[f64], group: &Group) -> Vec<f64> {
    let factor = |&id: &usize| {
        let is_of_it = |output: &&OutputCard| Some(output.readout) == image.neurons[id].readout;
        let output = card.and_then(|card| card.outputs.iter().find(is_of_it));
        output.map_or(1.0, |output| output.scale / steps[id])
    };
    group.neurons.iter().map(factor).collect()
}

struct Builder<'a> {
    dt_s: f64,
    groups: &'a [Group],
    steps: &'a [f64],
    nodes: BTreeMap<String, Tree>,
    edges: Vec<(String, String)>,
}

impl Builder<'_> {
    fn insert<'n>(&mut self, name: &str, kind: &str, parameters: impl IntoIterator<Item = (&'n str, Tree)>) {
        let node = group(parameters.into_iter().chain([("type", text(kind))]));
        self.nodes.insert(name.to_owned(), node);
    }

    /// A node of that name, or of another if there is one already; its name.
    fn node<'n>(&mut self, name: &str, kind: &str, parameters: impl IntoIterator<Item = (&'n str, Tree)>) -> String {
        let name = free_name(name, |name| self.nodes.contains_key(name));
        self.insert(&name, kind, parameters);
        name
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.push((from.to_owned(), to.to_owned()));
    }

    /// Adds the weights; the connections that close a loop, as the names of both ends.
    fn connect(&mut self, image: &NetworkImage) -> Vec<(String, String)> {
        let n_channels = usize::from(image.n_channels);
        // Channels are group 0.
        let mut place_of = vec![(0, 0); n_channels + image.neurons.len()];
        (0..n_channels).for_each(|channel| place_of[channel] = (0, channel));
        for (index, group) in self.groups.iter().enumerate() {
            let neurons = group.neurons.iter().enumerate();
            neurons.for_each(|(place, neuron)| place_of[n_channels + neuron] = (index + 1, place));
        }
        let mut weights: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
        let size = |group: usize| if group == 0 { n_channels } else { self.groups[group - 1].neurons.len() };
        for synapse in Network::of(image).synapses {
            let post = usize::from(synapse.post_neuron);
            let (from, column) = place_of[usize::from(synapse.row)];
            let (to, row) = place_of[n_channels + post];
            let matrix = weights.entry((from, to)).or_insert_with(|| vec![0.0; size(from) * size(to)]);
            matrix[row * size(from) + column] += f64::from(synapse.weight) * self.steps[post];
        }
        // A node without edges is none: a neuron that nothing reaches is given weights of 0.
        for to in 1..=self.groups.len() {
            if !weights.keys().any(|key| key.1 == to) {
                weights.insert((0, to), vec![0.0; n_channels * size(to)]);
            }
        }
        let names: Vec<String> = self.groups.iter().map(|group| group.name.clone()).collect();
        let sizes: Vec<usize> = (0..=self.groups.len()).map(size).collect();
        let closes = self.closes_loop(&weights);
        for ((from, to), matrix) in weights {
            let (of_from, of_to) = (if from == 0 { INPUT } else { &names[from - 1] }, &names[to - 1]);
            let weight = reals(&[sizes[to], sizes[from]], matrix);
            let linear = self.node(&format!("{of_from}_to_{of_to}"), "Linear", [("weight", weight)]);
            self.edge(of_from, &linear);
            // A spike takes a tick from each neuron to the next; where it closes a loop, it does so anyway.
            if from > 0 && !closes.contains(&(from, to)) {
                let delay = reals(&[sizes[to]], vec![self.dt_s; sizes[to]]);
                let delay = self.node(&format!("{linear}_delay"), "Delay", [("delay", delay)]);
                self.edge(&linear, &delay);
                self.edge(&delay, of_to);
            } else {
                self.edge(&linear, of_to);
            }
        }
        closes.into_iter().map(|(from, to)| (names[from - 1].clone(), names[to - 1].clone())).collect()
    }

    /// The connections that close a loop, as the import of a graph without delays finds them.
    fn closes_loop(&self, weights: &BTreeMap<(usize, usize), Vec<f64>>) -> Vec<(usize, usize)> {
        let mut order: Vec<usize> = (1..=self.groups.len()).collect();
        order.sort_by_key(|&group| &self.groups[group - 1].name);
        let place = |group: usize| order.iter().position(|other| *other == group).unwrap_or(0);
        let names: Vec<&str> = order.iter().map(|&group| self.groups[group - 1].name.as_str()).collect();
        let from: Vec<Vec<usize>> =
            order.iter().map(|&to| weights.keys().filter(|key| key.1 == to).map(|key| key.0).collect()).collect();
        let source = |&from: &usize| match from {
            0 => Source::Channels { first: 0, count: 1 },
            group => Source::Population(place(group)),
        };
        let edge = |from: &usize| Edge { source: source(from), delay_ticks: 0, is_declared: false };
        let edges: Vec<Vec<Edge>> = from.iter().map(|from| from.iter().map(edge).collect()).collect();
        let closes = closing(&names, &edges);
        let pairs = order.iter().zip(from.iter().zip(&closes));
        pairs
            .flat_map(|(&to, (from, closes))| {
                from.iter().zip(closes).filter(|(_, closes)| closes.is_some()).map(move |(&from, _)| (from, to))
            })
            .collect()
    }

    fn neurons(&mut self, image: &NetworkImage, group: &Group) {
        let size = group.neurons.len();
        let each = |value: &dyn Fn(&NeuronParameters, f64) -> f64| {
            let values = group.neurons.iter().map(|&id| value(&image.neurons[id].parameters, self.steps[id]));
            reals(&[size], values.collect())
        };
        let decay = |raw: u16| decay_to_real(raw);
        let has_filter = group.neurons.iter().any(|&id| image.neurons[id].parameters.synaptic_decay != 0);
        let tau = |raw: u16| match decay(raw) {
            0.0 => FORGETS_TICKS * self.dt_s,
            1.0 => NO_DECAY_TICKS * self.dt_s,
            decay => -self.dt_s / decay.ln(),
        };
        // 1 - decay as it is read back, so that gains are 1.
        let rest = |raw: u16| 1.0 - (-self.dt_s / tau(raw)).exp();
        let bias = |it: &NeuronParameters| {
            f64::from(it.bias) - lost_by_floor(decay(it.synaptic_decay), decay(it.membrane_decay))
        };
        let mut parameters = vec![
            (if has_filter { "tau_mem" } else { "tau" }, each(&|it, _| tau(it.membrane_decay))),
            ("r", each(&|it, _| 1.0 / rest(it.membrane_decay))),
            ("v_leak", each(&|it, step| bias(it) * step / rest(it.membrane_decay))),
        ];
        if has_filter {
            parameters.push(("tau_syn", each(&|it, _| tau(it.synaptic_decay))));
            parameters.push(("w_in", each(&|it, _| 1.0 / rest(it.synaptic_decay))));
        }
        if !group.never_fires {
            // Between the last level that does not fire and the first that does.
            parameters.push(("v_threshold", each(&|it, step| (f64::from(it.threshold) - 0.5) * step)));
            parameters.push(("v_reset", each(&|_, _| 0.0)));
        }
        let kind = match (has_filter, group.never_fires) {
            (false, false) => "LIF",
            (false, true) => "LI",
            (true, false) => "CubaLIF",
            (true, true) => "CubaLI",
        };
        self.insert(&group.name, kind, parameters);
    }

    /// The outputs that show the neurons of a group, each times its factor.
    fn output(&mut self, group: &Group, factors: &[f64]) {
        let size = group.neurons.len();
        let shape = integers(&[1], vec![i64::try_from(size).unwrap_or(i64::MAX)]);
        let output = self.node(&group.output_name(), "Output", [("shape", shape)]);
        let mut from = group.name.clone();
        if factors.iter().any(|factor| *factor != 1.0) {
            from = self.node(&format!("{from}_to_{output}"), "Scale", [("scale", reals(&[size], factors.to_vec()))]);
            self.edge(&group.name, &from);
        }
        self.edge(&from, &output);
    }
}

/// How the graph is to be read.
fn options(dt_s: f64, groups: &[Group]) -> String {
    let firing = || groups.iter().filter(|group| !group.never_fires);
    let list = |value: &dyn Fn(&Group) -> &'static str| {
        firing().map(|group| format!("{}={}", group.name, value(group))).collect::<Vec<_>>().join(",")
    };
    let mut options = format!("--from nir --dt {dt_s} --integrator exp");
    if firing().next().is_some() {
        let reset = |group: &Group| if group.reset_mode == ResetMode::Subtract { "subtract" } else { "zero" };
        let is_late = |group: &Group| if group.refractory_ticks > 0 { "yes" } else { "no" };
        options += &format!(" --reset {} --reset-delay {}", list(&reset), list(&is_late));
    }
    options
}

/// What NIR has no place for.
fn left_out(image: &NetworkImage, card: Option<&ImportCard>, groups: &[Group]) -> Vec<String> {
    let mut left_out = vec![
        "the reset of each node and its delay, the time step and the integrator".to_owned(),
        "rounding down and saturation; half a step a product is taken off the leak".to_owned(),
    ];
    let parameters = || image.neurons.iter().map(|neuron| &neuron.parameters);
    if parameters().any(|it| it.adaptation_increment != 0) {
        left_out.push("adaptation of thresholds".to_owned());
    }
    if groups
        .iter()
        .any(|it| it.refractory_ticks > 1 || (it.refractory_ticks > 0 && it.reset_mode == ResetMode::Subtract))
    {
        left_out.push("refractory ticks, but for one after a reset to zero".to_owned());
    }
    if groups.iter().any(|group| group.is_readout && !group.never_fires) {
        left_out.push("potentials of neurons that fire: their node gives spikes".to_owned());
    }
    let readouts: BTreeSet<u8> = card.iter().flat_map(|card| &card.outputs).map(|output| output.readout).collect();
    if card.is_some_and(|card| card.outputs.len() > readouts.len()) {
        left_out.push("all but the first of several outputs that show the same neuron".to_owned());
    }
    if let Some(card) = card.filter(|card| card.lead_in_ticks > 0) {
        left_out.push(match card.lead_in_ticks {
            1 => "the lead-in of one empty tick".to_owned(),
            ticks => format!("the lead-in of {ticks} empty ticks"),
        });
    }
    left_out
}
