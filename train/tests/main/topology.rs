//! Topology files: the shipped ones match their descriptions, and faults are named.

use train::network::{Network, ProjectionKind, Topology};

const SHIPPED: [&str; 7] = ["T1", "T2", "T3", "T4", "T5", "T6", "direct"];

fn built(name: &str, n_channels: usize, n_classes: usize) -> Network {
    let topology = Topology::load(name).expect("shipped");
    Network::new(&topology, n_channels, n_classes, 1.0, 8, 1).expect("sizes are fine")
}

fn refusal(change: impl Fn(&str) -> String) -> String {
    let text = include_str!("../../src/topologies/T1.toml");
    let changed = change(text);
    assert_ne!(changed, text, "the change found nothing to change");
    Topology::parse(&changed, "mine.toml").expect_err("must be refused").to_string()
}

#[test]
fn shipped_topologies_load_and_have_at_most_240_neurons() {
    for name in SHIPPED {
        let topology = Topology::load(name).expect("shipped");
        assert_eq!(topology.name, name);
        assert!(topology.n_neurons() <= 240, "{name} has {}", topology.n_neurons());
    }
}

#[test]
fn controls_have_as_many_synapses_as_t1() {
    for (n_channels, n_classes) in [(96, 4), (61, 7)] {
        let t1 = built("T1", n_channels, n_classes).n_synapses();
        assert_eq!(built("T2", n_channels, n_classes).n_synapses(), t1);
        for name in ["T3", "T4", "T5", "T6"] {
            let ratio = built(name, n_channels, n_classes).n_synapses() as f64 / t1 as f64;
            assert!((0.9..=1.1).contains(&ratio), "{name}: {ratio}");
        }
    }
}

#[test]
fn only_the_chain_and_the_direct_path_have_neither_recurrent_nor_feedback_projections() {
    for name in SHIPPED {
        let topology = Topology::load(name).expect("shipped");
        let forward = topology.projections.iter().all(|projection| projection.kind == ProjectionKind::Forward);
        assert_eq!(forward, ["T4", "direct"].contains(&name), "{name}");
    }
}

#[test]
fn of_the_shipped_ones_only_the_direct_path_has_no_area_that_is_heard() {
    for name in SHIPPED {
        assert_eq!(Topology::load(name).expect("shipped").is_heard(), name != "direct", "{name}");
    }
}

#[test]
fn a_divided_topology_has_a_part_of_every_areas_neurons() {
    let t6 = Topology::load("T6").expect("shipped");
    let sizes = |divisor| t6.divided(divisor).areas.iter().map(|area| area.neurons).collect::<Vec<_>>();
    assert_eq!(sizes(1), [128, 40, 32, 40]);
    assert_eq!(sizes(16), [8, 3, 2, 3]);
    assert_eq!(t6.divided(1_000).n_neurons(), 4);
    assert_eq!(t6.divided(16).projections, t6.projections);
}

#[test]
fn synapses_lie_within_their_projections() {
    let network = built("T1", 61, 7);
    let n_post = network.layout.n_post();
    for (position, &label) in network.synapse_projection.iter().enumerate().filter(|(_, label)| **label > 0) {
        let projection = &network.projections[usize::from(label) - 1];
        assert!(network.pre_range(&projection.from).contains(&(position / n_post)));
        assert!(network.post_range(&projection.to).contains(&(position % n_post)));
    }
    let without_synapse = network.weights.iter().zip(&network.synapse_projection).filter(|(_, label)| **label == 0);
    assert!(without_synapse.into_iter().all(|(&weight, _)| weight == 0.0));
}

#[test]
fn every_neuron_of_t1_has_a_synapse_on_either_side() {
    let network = built("T1", 61, 7);
    let n_post = network.layout.n_post();
    for post in 0..n_post {
        assert!(network.synapse_projection.iter().skip(post).step_by(n_post).any(|&label| label > 0));
    }
    assert!(network.synapse_projection.chunks(n_post).all(|row| row.iter().any(|&label| label > 0)));
}

#[test]
fn unknown_field_is_refused_with_its_line() {
    let error = refusal(|text| text.replacen("neurons = 128", "neurons = 128\nsize = 3", 1));
    assert!(error.contains("mine.toml") && error.contains("size"), "{error}");
}

#[test]
fn faults_name_the_place_and_the_next_step() {
    for (from, to, place, next_step) in [
        ("neurons = 128", "neurons = 0", "area `cortex`", "at least 1"),
        ("neurons = 128", "neurons = 9223372036854775807", "area `cortex`", "the largest core holds"),
        ("neurons = 128", "neurons = 2048", "areas", "the largest core holds"),
        ("name = \"spinal\"", "name = \"cortex\"", "area `cortex`", "rename"),
        ("density = 0.4", "density = 1.5", "projection `input` -> `cortex`", "at most 1"),
        ("from = \"subcortical\"", "from = \"thalamus\"", "projection `thalamus` -> `cortex`", "area of this file"),
        ("kind = \"recurrent\"", "kind = \"forward\"", "projection `cortex` -> `cortex`", "recurrent within one area"),
        ("to = \"readout\"", "to = \"cortex\"", "area `readout`", "add a [[projection]]"),
        ("from = \"input\"", "from = \"spinal\"", "projection", "merge"),
        ("membrane_tau_ms = 20", "membrane_tau_ms = -1", "area `cortex`", "above 0"),
    ] {
        let error = refusal(|text| text.replacen(from, to, 1));
        assert!(error.contains("mine.toml") && error.contains(place) && error.contains(next_step), "{error}");
    }
}

#[test]
fn missing_file_is_named() {
    let error = Topology::load("no/such/file.toml").expect_err("no such file").to_string();
    assert!(error.contains("no/such/file.toml") && error.contains("T1"), "{error}");
}

#[test]
fn more_areas_projections_or_text_than_any_network_needs_are_refused() {
    let area = |index: usize| format!("[[area]]\nname = \"a{index}\"\nneurons = 1\nmembrane_tau_ms = 1\n");
    let areas: String = (0..300).map(area).collect();
    let projection = "[[projection]]\nfrom = \"input\"\nto = \"a0\"\nkind = \"forward\"\ndensity = 1\n";
    for (text, part) in [
        (format!("name = \"x\"\n{areas}{projection}"), "at most 256"),
        (format!("name = \"x\"\n{}{}", area(0), projection.repeat(5000)), "at most 4096"),
        (format!("name = \"x\"\n#{}", " ".repeat(2 << 20)), "larger than"),
    ] {
        let message = Topology::parse(&text, "x.toml").expect_err("too much").to_string();
        assert!(message.contains(part), "{message}");
    }
}

proptest::proptest! {
    #[test]
    fn a_changed_topology_is_read_or_refused(
        place in 0usize..4000,
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..8),
    ) {
        let mut text = include_bytes!("../../src/topologies/T1.toml").to_vec();
        let place = place % text.len();
        let end = (place + bytes.len()).min(text.len());
        text.splice(place..end, bytes);
        let _ = Topology::parse(&String::from_utf8_lossy(&text), "changed");
    }
}
