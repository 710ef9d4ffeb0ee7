//! Exported graphs and runs: read again, they give the same image and the same events.

use std::collections::BTreeMap;

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::export::{self, Embedded};
use import::fidelity::{IntegerRun, float_outputs};
use import::network::{Network, Source};
use import::nir::Graph;
use import::twin::Twin;
use import::{ImportOptions, Imported, nirdata};
use model::Core;
use recording::{Array, Tree, Values};
use spec::core::UP5K;
use spec::lif::ResetMode;

use crate::rules::{Numbers, graph, rows};
use crate::support::{file, input, lif, linear, node, numbers, output, snntorch};

const N_TICKS: usize = 1_000;
const N_CHANNELS: u16 = 4;

fn imported(structure: usize, row: usize, seed: usize) -> Imported {
    let values: Vec<f64> =
        (0..499_usize).map(|it| ((it * 7919 + seed * 104_729) % 2003) as f64 / 1001.0 - 1.0).collect();
    let row = &rows()[row];
    let tree = graph(structure, row, &mut Numbers { values: &values, next: 0 });
    let options = ImportOptions { conventions: row.conventions.clone(), ..options() };
    Imported::of(&Graph::from_tree(&tree).unwrap(), None, &options).unwrap()
}

fn options() -> ImportOptions {
    ImportOptions {
        conventions: Conventions::of(Producer::Nir),
        core: UP5K,
        weight_bits: 8,
        most_synapses: None,
        max_count: 1,
        output: None,
        tick_ms: Some(1.0),
        source: "net.nir".into(),
        source_sha256: String::new(),
    }
}

fn events() -> Vec<Vec<u16>> {
    let is_active = |tick: usize, channel: u16| (tick * 31 + usize::from(channel) * 17) * 2_654_435_761 % 97 < 40;
    (0..N_TICKS).map(|tick| (0..N_CHANNELS).filter(|&channel| is_active(tick, channel)).collect()).collect()
}

#[test]
fn an_exported_graph_gives_the_same_image_and_companion_again() {
    for row in 0..rows().len() {
        for structure in 0..5 {
            let Imported { image, bytes, card, .. } = imported(structure, row, row);
            let exported = export::graph(&image, &bytes, Some(&card));
            let tree = Tree::from_bytes(&exported.tree.to_bytes().unwrap(), 1 << 26).unwrap();
            let graph = Graph::from_tree(&tree).unwrap();
            let again = Embedded::of(&tree, &graph).unwrap_or_else(|| panic!("row {row}, structure {structure}"));
            assert_eq!((&again.bytes, &again.card, &again.image), (&bytes, &card, &image));
        }
    }
}

#[test]
fn a_graph_that_was_changed_since_its_export_is_quantized_anew() {
    let Imported { image, bytes, card, .. } = imported(1, 0, 3);
    let mut tree = export::graph(&image, &bytes, Some(&card)).tree;
    let path = ["node", "nodes", "input_to_a", "weight"];
    let weight = path.iter().fold(&mut tree, |tree, name| match tree {
        Tree::Group(members) => members.get_mut(*name).unwrap(),
        _ => panic!("{name} is in no group"),
    });
    let Tree::Array(Array { values: Values::Real(values), .. }) = weight else { panic!("no weights") };
    values[0] += 0.1;
    let graph = Graph::from_tree(&tree).unwrap();
    assert!(Embedded::of(&tree, &graph).is_none());
}

#[test]
fn every_connection_of_an_exported_loop_takes_one_tick() {
    for row in [0, 4, 6] {
        let imported = imported(4, row, row);
        let exported = export::graph(&imported.image, &imported.bytes, Some(&imported.card));
        let graph = Graph::from_tree(&exported.tree).unwrap();
        assert!(!graph.next_tick.is_empty());
        let network = Network::of(&graph, &conventions(&imported, &graph)).unwrap();
        let connections = network.populations.iter().flat_map(|population| &population.connections);
        let of_neurons = connections.filter(|connection| matches!(connection.source, Source::Population(_)));
        assert!(of_neurons.clone().count() > 1 && of_neurons.clone().all(|it| it.delay_ticks == 1), "row {row}");
    }
}

/// How an exported graph is read: the resets of its nodes are those of the image.
fn conventions(imported: &Imported, exported: &Graph) -> Conventions {
    let (mut reset, mut reset_delay) = (BTreeMap::new(), BTreeMap::new());
    for node in exported
        .nodes
        .iter()
        .filter(|node| matches!(&node.kind, import::nir::NodeKind::Neuron(neuron) if neuron.kind.fires()))
    {
        let population = imported.card.populations.iter().find(|population| population.name == node.name);
        let parameters = population.map(|population| imported.image.neurons[population.neurons[0]].parameters);
        let subtracts = parameters.is_some_and(|it| it.reset_mode == ResetMode::Subtract);
        reset.insert(node.name.clone(), if subtracts { ResetKind::Subtract } else { ResetKind::Zero });
        reset_delay.insert(node.name.clone(), parameters.is_some_and(|it| it.refractory_ticks > 0));
    }
    Conventions {
        dt_s: Some(imported.card.read_as.dt),
        integrator: Some(Integrator::Exponential),
        reset: PerNode { default: None, of: reset },
        reset_delay: PerNode { default: None, of: reset_delay },
        ..Conventions::of(Producer::Nir)
    }
}

#[test]
fn an_exported_graph_fires_in_the_ticks_of_the_image() {
    // Chains: in a loop, rounding would spread.
    for row in 0..rows().len() {
        let imported = imported(0, row, row + 1);
        let exported = export::graph(&imported.image, &imported.bytes, Some(&imported.card));
        let graph = Graph::from_tree(&exported.tree).unwrap();
        let network = Network::of(&graph, &conventions(&imported, &graph)).unwrap();
        let mut twin = Twin::new(&network);
        let mut core = Core::of(&imported.image);
        let first = network.populations.iter().position(|population| population.name == "a").unwrap();
        let neurons = &imported.card.populations.iter().find(|population| population.name == "a").unwrap().neurons;
        let (mut n_both, mut n_spikes) = (0, 0);
        for channels in events() {
            twin.tick(&channels);
            let fired = core.tick(&channels).unwrap().spikes;
            let fired = neurons.iter().map(|&neuron| fired.iter().any(|&fired| usize::from(fired) == neuron));
            for (index, has_fired) in fired.enumerate() {
                let of_twin = twin.spikes(first).contains(&(index as u16));
                n_both += u64::from(of_twin && has_fired) * 2;
                n_spikes += u64::from(of_twin) + u64::from(has_fired);
            }
        }
        assert!(n_spikes > 50 && n_both as f64 / n_spikes as f64 > 0.9, "row {row}: {n_both} of {n_spikes}");
    }
}

#[test]
fn an_exported_graph_has_the_outputs_of_the_image_whatever_its_nodes_are_called() {
    // A population called as the node of the channels is, and one as the weights to it; an output that is scaled.
    let scale = node("Scale", &[("scale", numbers(&[2], &[-2.0, 0.5]))]);
    let tree = file(
        &[
            ("a", input(2.0)),
            ("w", linear(2, 2, &[1.0, 0.5, 0.75, 1.5])),
            ("input", lif(&[1e-3; 2])),
            ("w2", linear(2, 2, &[0.5, 1.0, 1.5, 0.75])),
            ("input_to_input.2", lif(&[1e-3; 2])),
            ("w3", linear(2, 2, &[0.5, -1.0, 0.25, 1.0])),
            ("li", node("LI", &[("tau", numbers(&[1], &[2e-3])), ("r", numbers(&[2], &[20.0; 2]))])),
            ("scale", scale),
            ("out", output(2.0)),
        ],
        &[
            ("a", "w"),
            ("w", "input"),
            ("input", "w2"),
            ("w2", "input_to_input.2"),
            ("input_to_input.2", "w3"),
            ("w3", "li"),
            ("li", "scale"),
            ("scale", "out"),
        ],
    );
    let options = ImportOptions { conventions: snntorch(ResetKind::Zero, true), ..options() };
    let imported = Imported::of(&Graph::from_tree(&tree).unwrap(), None, &options).unwrap();
    let exported = export::graph(&imported.image, &imported.bytes, Some(&imported.card));
    let graph = Graph::from_tree(&exported.tree).unwrap();
    let conventions = Conventions {
        dt_s: Some(imported.card.read_as.dt),
        integrator: Some(Integrator::Exponential),
        reset: PerNode::all(ResetKind::Zero),
        reset_delay: PerNode::all(false),
        ..Conventions::of(Producer::Nir)
    };
    let network = Network::of(&graph, &conventions).unwrap();
    let events: Vec<Vec<u16>> =
        events().into_iter().map(|tick| tick.into_iter().filter(|it| *it < 2).collect()).collect();
    let of_graph = float_outputs(&network, &events);
    let of_image = IntegerRun::of(&imported, &events).outputs;
    // The graph is as late as the image.
    let lag = imported.card.outputs[0].lag_ticks as usize;
    for output in 0..2 {
        let pairs = of_graph[lag..].iter().zip(&of_image).map(|(graph, image)| (graph[output], image[output]));
        let (error, total) = pairs
            .fold((0.0, 0.0), |sum, (graph, image)| (sum.0 + (graph - image) * (graph - image), sum.1 + image * image));
        assert!(total > 1.0 && error < 0.01 * total, "output {output}: {error} of {total}");
    }
}

#[test]
fn the_events_of_an_exported_run_are_read_back() {
    let imported = imported(1, 0, 1);
    let events = events();
    let run = export::run(&imported.image, Some(&imported.card), 1e-3, &events).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.h5");
    std::fs::write(&path, run.to_bytes().unwrap()).unwrap();
    assert!(nirdata::is_nirdata(&path));
    let found = nirdata::read(&path, usize::from(N_CHANNELS), 1.0).unwrap();
    let expected: Vec<Vec<(u16, f64)>> =
        events.iter().map(|tick| tick.iter().map(|&channel| (channel, 1.0)).collect()).collect();
    assert_eq!((found.ticks, found.n_samples), (expected, 1));
}

#[test]
fn the_lead_in_of_an_exported_run_is_no_part_of_its_events() {
    let Imported { image, mut card, .. } = imported(1, 0, 1);
    card.lead_in_ticks = 2;
    let mut ticks = vec![Vec::new(); 2];
    ticks.extend(events());
    let run = export::run(&image, Some(&card), 1e-3, &ticks).unwrap();
    let found = nirdata::of_tree(&run, usize::from(N_CHANNELS), 1.0).unwrap();
    assert_eq!(found.ticks.len(), N_TICKS);
    assert_eq!(found.ticks[0].len(), events()[0].len());
}

#[test]
fn nirdata_of_the_package_nir_is_read() {
    let Some(path) = crate::shared_data::shared_data("nir/spikes_events.nirdata.h5") else { return };
    let found = nirdata::read(&path, 3, 1.0).unwrap();
    assert_eq!((found.ticks.len(), found.n_samples), (20, 2));
    // Events at 1, 2 and 7.5 ms of the first sample, at 0 and 9 ms of the second.
    let active: Vec<(usize, u16)> =
        found.ticks.iter().enumerate().flat_map(|(tick, counts)| counts.iter().map(move |it| (tick, it.0))).collect();
    assert_eq!(active, [(1, 0), (2, 2), (7, 1), (10, 1), (19, 1)]);
}
