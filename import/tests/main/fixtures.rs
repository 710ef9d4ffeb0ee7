//! The files of frameworks, and the float twin against the frameworks' own traces.

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind, SynapseRule};
use import::network::Network;
use import::nir::{Graph, NodeKind};
use import::twin::Twin;

use crate::support::{active, graph, network, snntorch, tiny, trace, unpacked};

/// Outputs of a spiking network that differ from the trace's.
fn n_different(name: &str, conventions: &Conventions) -> Option<usize> {
    let (graph, trace) = (graph(name)?, trace(name)?);
    let network = network(&graph, conventions);
    let mut twin = Twin::new(&network);
    let expected = trace["y"].values.chunks_exact(network.outputs.len());
    let different = active(&trace["x"]).into_iter().zip(expected).map(|(channels, expected)| {
        twin.tick(&channels);
        twin.outputs().iter().zip(expected).filter(|(found, expected)| found != expected).count()
    });
    Some(different.sum())
}

#[test]
fn the_twin_of_a_recurrent_network_of_snntorch_gives_all_of_its_outputs() {
    let Some(n_different) = n_different("snntorch_rleaky", &snntorch(ResetKind::Zero, false)) else { return };
    assert_eq!(n_different, 0);
}

#[test]
fn the_twin_knows_the_late_reset_of_snntorch_and_its_double_subtraction() {
    let mut conventions = snntorch(ResetKind::Zero, true);
    conventions.reset.of.insert("3".into(), ResetKind::Subtract);
    conventions.reset_delay.of.insert("3".into(), false);
    let Some(found) = n_different("snntorch_seq_rsynaptic", &conventions) else { return };
    assert_eq!(found, 0);
    // Any other reading of the file differs.
    let wrong = n_different("snntorch_seq_rsynaptic", &snntorch(ResetKind::Subtract, true)).unwrap();
    assert!(wrong > 100, "{wrong}");
}

/// Spikes of the first population and outputs that differ from the trace: number of spikes, largest difference.
fn against_velocity(name: &str, conventions: &Conventions, hidden: &str) -> Option<(usize, f64)> {
    let (graph, trace) = (graph(name)?, trace(name)?);
    let network = network(&graph, conventions);
    let population = network.populations.iter().position(|population| population.name == hidden).unwrap();
    let fired = unpacked(&trace["hidden"], network.populations[population].size());
    let mut twin = Twin::new(&network);
    let (mut n_different, mut largest) = (0, 0.0_f64);
    let velocity = trace["velocity"].values.chunks_exact(2);
    for ((channels, expected), velocity) in unpacked(&trace["x"], network.n_channels).iter().zip(&fired).zip(velocity) {
        twin.tick(channels);
        n_different += usize::from(twin.spikes(population) != expected);
        for (found, expected) in twin.outputs().iter().zip(velocity) {
            largest = largest.max((found - expected).abs());
        }
    }
    Some((n_different, largest))
}

#[test]
fn the_twin_of_every_tiny_rsnn_fires_the_spikes_of_its_trace() {
    for name in TINY {
        let Some((n_different, largest)) = against_velocity(name, &tiny(), "hidden") else { return };
        assert_eq!(n_different, 0, "{name}");
        assert!(largest < 1e-6, "{name}: {largest}");
    }
}

/// The six networks of the neural-decoding-RSNN.
pub const TINY: [&str; 6] = [
    "indy01_tinyRSNN_1",
    "indy02_tinyRSNN_2",
    "indy03_tinyRSNN_3",
    "loco01_tinyRSNN_4",
    "loco02_tinyRSNN_5",
    "loco03_tinyRSNN_1",
];

#[test]
fn the_twin_of_a_feed_forward_decoder_fires_the_spikes_of_its_trace() {
    for name in ["snn2_indy_20160622_01", "snn2_loco_20170215_02"] {
        let Some((n_different, largest)) = against_velocity(name, &snntorch(ResetKind::Zero, true), "lif1") else {
            return;
        };
        assert_eq!(n_different, 0, "{name}");
        assert!(largest < 1e-6, "{name}: {largest}");
    }
}

#[test]
fn every_compression_of_h5py_gives_the_same_graph() {
    let Some(plain) = graph("lif_ff_nocompress") else { return };
    for name in ["lif_ff_gzip", "lif_ff_lzf"] {
        assert_eq!(graph(name).unwrap(), plain, "{name}");
    }
    let NodeKind::Neuron(neuron) = &plain.nodes[2].kind else { panic!("{:?}", plain.nodes[2]) };
    assert_eq!(neuron.r, [10.0, 20.0]);
}

#[test]
fn a_nested_graph_is_dissolved_into_the_graph_around_it() {
    let Some(graph) = graph("rlif_nested_two_pop") else { return };
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert!(names.contains(&"m1/lif") && names.contains(&"pm/w_rec"), "{names:?}");
    let network = network(&graph, &snntorch(ResetKind::Zero, false));
    let sizes: Vec<(&str, usize)> = network.populations.iter().map(|it| (it.name.as_str(), it.size())).collect();
    assert_eq!(sizes, [("m1/lif", 10), ("pm/lif", 7), ("output", 4)]);
    let delays: Vec<u32> = network.populations[0].connections.iter().map(|connection| connection.delay_ticks).collect();
    assert_eq!(delays, [0, 1]);
}

#[test]
fn a_delay_in_a_loop_adds_to_the_tick_of_the_loop() {
    let Some(graph) = graph("cubalif_rec_flat_f64") else { return };
    let conventions = Conventions { dt_s: Some(1e-3), integrator: Some(Integrator::Euler), ..tiny() };
    let network = network(&graph, &conventions);
    let hidden = network.populations.iter().find(|population| population.name == "hid").unwrap();
    let mut delays: Vec<u32> = hidden.connections.iter().map(|connection| connection.delay_ticks).collect();
    delays.sort_unstable();
    assert_eq!(delays, [0, 2]);
    assert!((hidden.membrane_decay[0] - 0.95).abs() < 1e-12 && (hidden.synaptic_decay[0] - 0.8).abs() < 1e-12);
}

#[test]
fn time_constants_that_norse_wrote_times_dt_are_scaled() {
    let Some(graph) = graph("norse_cubalif") else { return };
    let error = Network::of(&graph, &Conventions::of(Producer::Norse)).unwrap_err().to_string();
    assert!(error.contains("node 1 (CubaLIF)") && error.contains("below the time step"), "{error}");
    let conventions = Conventions { tau_scale: 1000.0, ..Conventions::of(Producer::Norse) };
    let population = &network(&graph, &conventions).populations[0];
    assert!((population.membrane_decay[0] - 0.9).abs() < 1e-6 && (population.synaptic_decay[0] - 0.8).abs() < 1e-6);
    assert!((population.gain[0] - 0.1).abs() < 1e-6);
    let of_equation = Conventions { synapse: Some(SynapseRule::Equation), ..conventions };
    assert!((network(&graph, &of_equation).populations[0].gain[0] - 0.02).abs() < 1e-6);
}

#[test]
fn files_of_the_first_versions_are_read() {
    for (name, dt_s) in [("lif_norse", 1e-4), ("two_lif_neurons", 1e-4), ("norse_lifbox", 1e-6)] {
        let Some(graph) = graph(name) else { return };
        let conventions = Conventions { dt_s: Some(dt_s), ..Conventions::of(Producer::Norse) };
        network(&graph, &conventions);
    }
    for name in ["braille_noDelay_bias_zero", "braille_noDelay_noBias_subtract"] {
        network(&graph(name).unwrap(), &snntorch(ResetKind::Subtract, true));
    }
}

#[test]
fn a_file_that_cannot_say_its_reset_is_not_guessed_at() {
    let Some(graph) = graph("braille_noDelay_bias_zero") else { return };
    let error = Network::of(&graph, &Conventions::of(Producer::SnnTorch)).unwrap_err().to_string();
    for part in ["lif1.lif, lif2", "resets the potential to zero or subtracts", "reset_mechanism"] {
        assert!(error.contains(part), "{error}");
    }
    let reset = PerNode::all(ResetKind::Subtract);
    let error = Network::of(&graph, &Conventions { reset, ..Conventions::of(Producer::SnnTorch) }).unwrap_err();
    assert!(error.to_string().contains("one tick late"), "{error}");
}

#[test]
fn negative_time_constants_and_transposed_weights_are_refused_with_advice() {
    let Some(path) = crate::shared_data::shared_data("nir/spyx_shd.nir") else { return };
    let error = Graph::read(&path).unwrap_err().to_string();
    assert!(error.contains("node LIF (LIF): its tau is -") && error.contains("clamp decays"), "{error}");
}
