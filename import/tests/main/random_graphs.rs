//! Graphs of chance: several inputs and outputs, populations in nested graphs, skips, loops, delays of every value. In real
//! numbers, with the decays of the core, the mapping gives the spikes and outputs of the float twin.

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::fidelity::float_outputs;
use import::mapping::Mapping;
use import::nir::Graph;
use import::twin::Twin;
use recording::Tree;

use crate::support::{Ideal, file, input, nested, network, node, numbers, output};

const DT_S: f64 = 1e-4;
const N_TICKS: usize = 150;
const N_GRAPHS: u64 = 150;

/// Knuth's linear congruential generator, of which the high bits are random enough.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn several(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|_| low + (high - low) * self.below(1 << 20) as f64 / f64::from(1 << 20)).collect()
    }

    /// Ticks in the unit of the file, one for each value or one for all.
    fn delay(&mut self, n: usize, least: usize) -> Tree {
        let n_values = if self.one_in(2) { n } else { 1 };
        let delays: Vec<f64> = (0..n_values).map(|_| (least + self.below(4)) as f64 * DT_S).collect();
        node("Delay", &[("delay", numbers(&[n_values as u64], &delays))])
    }

    fn neurons(&mut self, n: usize, kind: &str, has_levels: bool) -> Tree {
        let shape = [n as u64];
        let levels = |chance: &mut Self, low, high| {
            numbers(&shape, &if has_levels { chance.several(n, low, high) } else { vec![0.0; n] })
        };
        let tau = if kind.starts_with("Cuba") { "tau_mem" } else { "tau" };
        let mut parameters = vec![("r", numbers(&shape, &self.several(n, 1.0, 6.0)))];
        if kind != "IF" {
            parameters.push((tau, numbers(&shape, &self.several(n, 1.5 * DT_S, 20.0 * DT_S))));
            parameters.push(("v_leak", levels(self, -0.2, 0.3)));
        }
        if kind.starts_with("Cuba") {
            parameters.push(("tau_syn", numbers(&shape, &self.several(n, 1.5 * DT_S, 8.0 * DT_S))));
        }
        if kind.ends_with("IF") {
            // The integral of IF is in units of time.
            let scale = if kind == "IF" { DT_S } else { 1.0 };
            let v_threshold = self.several(n, 0.8 * scale, 1.4 * scale);
            parameters.push(("v_threshold", numbers(&shape, &v_threshold)));
            parameters.push(("v_reset", levels(self, -0.2 * scale, 0.2 * scale)));
        }
        node(kind, &parameters)
    }
}

/// A graph in the making.
struct Draft {
    nodes: Vec<(String, Tree)>,
    edges: Vec<(String, String)>,
}

impl Draft {
    fn add(&mut self, name: &str, tree: Tree) {
        self.nodes.push((name.to_owned(), tree));
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.push((from.to_owned(), to.to_owned()));
    }

    /// Weights and delays from one node to another.
    fn way(
        &mut self,
        chance: &mut Chance,
        (from, n_from): (&str, usize),
        (to, n_to): (&str, usize),
        least_ticks: usize,
    ) {
        let name = format!("{from}_{to}_{}", self.nodes.len());
        let mut end = from.to_owned();
        let mut next = |draft: &mut Self, kind: &str, tree: Tree| {
            let node = format!("{name}_{kind}");
            draft.add(&node, tree);
            draft.edge(&end, &node);
            end = node;
        };
        let delays_values = chance.one_in(4);
        if delays_values && least_ticks == 0 {
            next(self, "delay_before", chance.delay(n_from, 0));
        }
        if n_from == n_to && chance.one_in(4) {
            next(self, "scale", node("Scale", &[("scale", numbers(&[n_to as u64], &chance.several(n_to, -0.5, 1.0)))]));
        } else {
            let weight = numbers(&[n_to as u64, n_from as u64], &chance.several(n_to * n_from, -0.6, 1.0));
            let tree = match chance.one_in(2) {
                true => node("Linear", &[("weight", weight)]),
                false => {
                    let bias = numbers(&[n_to as u64], &chance.several(n_to, -0.05, 0.1));
                    node("Affine", &[("weight", weight), ("bias", bias)])
                }
            };
            next(self, "weights", tree);
        }
        if chance.one_in(4) {
            next(self, "flatten", node("Flatten", &[]));
        }
        if least_ticks > 0 || chance.one_in(4) {
            next(self, "delay_after", chance.delay(n_to, least_ticks));
        }
        self.edge(&end.clone(), to);
    }
}

fn draw(chance: &mut Chance, kinds: &[&str], has_levels: bool) -> (Tree, usize) {
    let mut draft = Draft { nodes: Vec::new(), edges: Vec::new() };
    let sources: Vec<(String, usize)> =
        (0..=chance.below(2)).map(|index| (format!("in{index}"), 1 + chance.below(4))).collect();
    for (name, size) in &sources {
        draft.add(name, input(*size as f64));
    }
    let n_channels = sources.iter().map(|source| source.1).sum();
    let populations: Vec<(String, usize)> =
        (0..1 + chance.below(4)).map(|index| (format!("p{}", (index * 7 + 3) % 10), 1 + chance.below(5))).collect();
    for (index, (name, size)) in populations.iter().enumerate() {
        let kind = kinds[chance.below(kinds.len())];
        let tree = chance.neurons(*size, kind, has_levels);
        if chance.one_in(3) {
            // In a graph of its own, with a way back to itself.
            let n = *size as u64;
            let weights = node("Linear", &[("weight", numbers(&[n, n], &chance.several(size * size, -0.6, 0.6)))]);
            let nodes = [("i", input(*size as f64)), ("n", tree), ("w", weights), ("o", output(*size as f64))];
            draft.add(name, nested(&nodes, &[("i", "n"), ("n", "w"), ("w", "n"), ("n", "o")]));
        } else {
            draft.add(name, tree);
        }
        let to = (name.as_str(), *size);
        for (source, n) in &sources {
            if index == 0 || chance.one_in(2) {
                draft.way(chance, (source, *n), to, 0);
            }
        }
        for (earlier, (from, n)) in populations[..index].iter().enumerate() {
            if earlier + 1 == index || chance.one_in(3) {
                draft.way(chance, (from, *n), to, 0);
            }
        }
    }
    for (late, (from, n_from)) in populations.iter().enumerate() {
        for (early, (to, n_to)) in populations[..=late].iter().enumerate() {
            if chance.one_in(4) {
                draft.way(chance, (from, *n_from), (to, *n_to), late - early);
            }
        }
    }
    for index in 0..=chance.below(3) {
        let (from, n_from) = populations[chance.below(populations.len())].clone();
        let name = format!("out{index}");
        let size = match chance.below(4) {
            // Spikes, some time later or at once.
            0 => {
                draft.edge(&from, &name);
                n_from
            }
            1 => {
                draft.add(&format!("{name}_delay"), node("Delay", &[("delay", numbers(&[1], &[2.0 * DT_S]))]));
                draft.edge(&from, &format!("{name}_delay"));
                draft.edge(&format!("{name}_delay"), &name);
                n_from
            }
            // Sums of spikes.
            2 => {
                draft.way(chance, (&from, n_from), (&name, 2), 0);
                2
            }
            // Potentials.
            _ => {
                let read = format!("{name}_read");
                let kind = chance.below(2);
                draft.add(&read, chance.neurons(2, ["LI", "CubaLI"][kind], has_levels));
                draft.way(chance, (&from, n_from), (&read, 2), 0);
                let scale = format!("{name}_scale");
                draft.add(&scale, node("Scale", &[("scale", numbers(&[2], &[-2.0, 0.5]))]));
                draft.edge(&read, &scale);
                draft.edge(&scale, &name);
                2
            }
        };
        draft.add(&name, output(size as f64));
    }
    let nodes: Vec<(&str, Tree)> = draft.nodes.iter().map(|(name, tree)| (name.as_str(), tree.clone())).collect();
    let edges: Vec<(&str, &str)> = draft.edges.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    (file(&nodes, &edges), n_channels)
}

/// Compares the mapping with the twin; the spikes of the network.
fn check(tree: &Tree, conventions: &Conventions, events: &[Vec<u16>], what: &str) -> usize {
    let network = network(&Graph::from_tree(tree).unwrap(), conventions).with_rounded_decays();
    let mapping = Mapping::of(&network).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut twin = Twin::new(&network);
    let of_tick = |channels: &Vec<u16>| {
        twin.tick(channels);
        (0..network.populations.len()).map(|index| twin.spikes(index).to_vec()).collect::<Vec<_>>()
    };
    let fired: Vec<_> = events.iter().map(of_tick).collect();
    let outputs = float_outputs(&network, events);

    let mut ideal = Ideal::new(&mapping);
    let mut counts = vec![0.0; mapping.outputs.len()];
    let most_lag = mapping.lag_ticks.iter().max().map_or(0, |lag| *lag + 1);
    for tick in 0..events.len() as i64 + most_lag {
        let network_tick = usize::try_from(tick - i64::from(mapping.lead_in_ticks)).ok();
        ideal.tick(network_tick.and_then(|tick| events.get(tick)).map_or(&[], Vec::as_slice));
        let at = |lag: i64| usize::try_from(tick - lag).ok().filter(|tick| *tick < events.len());
        for (index, population) in network.populations.iter().enumerate() {
            let Some(network_tick) = at(mapping.lag_ticks[index]) else { continue };
            let first = mapping.first_of[index];
            let found: Vec<u16> =
                (0..population.size()).filter(|&i| ideal.fired[first + i]).map(|i| i as u16).collect();
            assert_eq!(found, fired[network_tick][index], "{what}: {} in tick {network_tick}", population.name);
        }
        let scores = ideal.scores();
        for (index, output) in mapping.outputs.iter().enumerate() {
            let Some(network_tick) = at(output.lag_ticks) else { continue };
            let mut expected = outputs[network_tick][index];
            if output.is_count {
                counts[index] += expected;
                expected = counts[index];
            } else if network_tick < network.outputs[index].delay_ticks as usize {
                continue;
            }
            let found = output.factor * scores[output.readout];
            assert!((found - expected).abs() < 1e-9, "{what}: {} is {found}, not {expected}", output.name);
        }
    }
    fired.iter().flatten().map(Vec::len).sum()
}

/// Conventions, types of neurons, and whether their levels at rest and after a reset are not 0.
fn readings() -> Vec<(Conventions, Vec<&'static str>, bool)> {
    let plain = |reset, is_late, integrator| Conventions {
        dt_s: Some(DT_S),
        integrator: Some(integrator),
        reset: PerNode::all(reset),
        reset_delay: PerNode::all(is_late),
        ..Conventions::of(Producer::Nir)
    };
    let all = || vec!["LIF", "CubaLIF", "IF"];
    let of = |producer| Conventions { dt_s: Some(DT_S), ..Conventions::of(producer) };
    vec![
        (plain(ResetKind::Zero, false, Integrator::Euler), all(), true),
        (plain(ResetKind::Zero, true, Integrator::Exponential), all(), true),
        (plain(ResetKind::Subtract, false, Integrator::Exponential), all(), false),
        (plain(ResetKind::Subtract, true, Integrator::Euler), all(), false),
        (of(Producer::Norse), vec!["LIF", "CubaLIF"], true),
        (of(Producer::Spyx), vec!["LIF", "CubaLIF"], false),
        (of(Producer::Stork), vec!["CubaLIF"], false),
    ]
}

#[test]
fn the_mapping_of_any_graph_gives_the_spikes_and_outputs_of_the_twin() {
    for (index, (conventions, kinds, has_levels)) in readings().into_iter().enumerate() {
        let mut n_spikes = 0;
        for seed in 0..N_GRAPHS {
            let mut chance = Chance(seed * 8 + index as u64 + 1);
            let (tree, n_channels) = draw(&mut chance, &kinds, has_levels);
            let mut active = || (0..n_channels as u16).filter(|_| chance.one_in(3)).collect();
            let events: Vec<Vec<u16>> = (0..N_TICKS).map(|_| active()).collect();
            n_spikes += check(&tree, &conventions, &events, &format!("reading {index}, graph {seed}"));
        }
        assert!(n_spikes > 3_000, "reading {index}: {n_spikes}");
    }
}
