//! What cannot be imported is refused by node, type and remedy.

use import::conventions::{Conventions, Producer, ResetKind};
use import::mapping::Mapping;
use import::network::Network;
use import::nir::Graph;
use import::{ImportOptions, Imported};
use recording::Tree;
use spec::core::UP5K;

use crate::support::{file, input, lif, linear, nested, node, numbers, output, snntorch, text};

/// A chain of an input, these nodes and an output.
fn chain(nodes: &[(&str, Tree)], size_in: f64, size_out: f64) -> Tree {
    let mut all = vec![("in", input(size_in)), ("out", output(size_out))];
    all.extend(nodes.iter().cloned());
    let names: Vec<&str> = ["in"].into_iter().chain(nodes.iter().map(|node| node.0)).chain(["out"]).collect();
    let edges: Vec<(&str, &str)> = names.windows(2).map(|pair| (pair[0], pair[1])).collect();
    file(&all, &edges)
}

fn refusal_with(tree: &Tree, conventions: &Conventions) -> String {
    let network = match Graph::from_tree(tree) {
        Ok(graph) => Network::of(&graph, conventions),
        Err(error) => return error.to_string(),
    };
    match network {
        Ok(network) => Mapping::of(&network).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

fn refuses(tree: &Tree, parts: &[&str]) {
    let message = refusal_with(tree, &snntorch(ResetKind::Zero, false));
    for part in parts {
        assert!(message.contains(part), "no `{part}` in: {message}");
    }
}

#[test]
fn a_node_that_no_core_holds_is_named_with_its_type() {
    let conv = node("Conv2d", &[("weight", numbers(&[1, 1, 1, 1], &[1.0]))]);
    refuses(&chain(&[("conv", conv), ("lif", lif(&[1e-3]))], 1.0, 1.0), &["node conv (Conv2d)", "Linear"]);
    let threshold = node("Threshold", &[("threshold", numbers(&[1], &[1.0]))]);
    refuses(&chain(&[("t", threshold)], 1.0, 1.0), &["node t (Threshold)", "LIF"]);
    refuses(&chain(&[("x", node("Mystery", &[]))], 1.0, 1.0), &["node x (Mystery)", "what is imported"]);
}

#[test]
fn what_cannot_be_read_of_a_node_is_said() {
    let dangling = Tree::Unreadable("a link to /elsewhere, which does not exist".into());
    refuses(&chain(&[("lif", dangling)], 1.0, 1.0), &["node lif cannot be read: a link to /elsewhere"]);
    refuses(&chain(&[("lif", lif(&[1e-3]))], 0.0, 1.0), &["node in (Input): its shape is [0]; write"]);
}

#[test]
fn a_type_that_is_filled_up_with_spaces_is_read() {
    let one = |value: f64| numbers(&[1], &[value]);
    let neurons =
        node("LIF     ", &[("tau", one(1e-3)), ("r", one(10.0)), ("v_threshold", one(1.0)), ("v_leak", one(0.0))]);
    let tree = chain(&[("lif", neurons)], 1.0, 1.0);
    assert_eq!(Graph::from_tree(&tree).unwrap().nodes.len(), 3);
}

#[test]
fn an_edge_to_a_node_that_does_not_exist_is_refused() {
    let tree = file(&[("in", input(1.0)), ("out", output(1.0))], &[("in", "lif"), ("in", "out")]);
    refuses(&tree, &["from in to lif", "there is no node lif"]);
}

#[test]
fn a_node_without_input_is_refused() {
    let tree = file(&[("in", input(1.0)), ("lif", lif(&[1e-3])), ("out", output(1.0))], &[("lif", "out")]);
    refuses(&tree, &["node lif (LIF): no edge leads to it"]);
}

#[test]
fn numbers_that_are_none_are_refused() {
    let weights = linear(1, 2, &[1.0, f64::NAN]);
    refuses(
        &chain(&[("fc", weights), ("lif", lif(&[1e-3]))], 2.0, 1.0),
        &["node fc (Linear): its weight has the value NaN"],
    );
}

#[test]
fn a_time_constant_without_end_is_refused_with_what_holds_for_ever() {
    refuses(&chain(&[("lif", lif(&[f64::INFINITY]))], 1.0, 1.0), &["its tau has the value inf", "write an IF"]);
}

#[test]
fn weights_beyond_all_numbers_are_refused() {
    let nodes = [("fc", linear(1, 2, &[1e308; 2])), ("lif", lif(&[1e-3]))];
    refuses(&chain(&nodes, 2.0, 1.0), &["the weights to lif[0] add up to no number"]);
    let nodes = [("a", linear(1, 1, &[1e200])), ("b", linear(1, 1, &[1e200])), ("lif", lif(&[1e-3]))];
    refuses(&chain(&nodes, 1.0, 1.0), &["the weights to lif[0] add up to no number"]);
}

#[test]
fn a_time_step_that_cannot_be_that_of_a_file_of_snntorch_is_refused() {
    let tree = chain(&[("lif", lif(&[5e-3]))], 1.0, 1.0);
    let conventions = Conventions { dt_s: Some(1e-3), ..snntorch(ResetKind::Zero, false) };
    let message = refusal_with(&tree, &conventions);
    assert!(message.contains("node lif (LIF): its input would be multiplied by 10.000"), "{message}");
    let conventions = Conventions { tau_scale: 2.0, ..snntorch(ResetKind::Zero, false) };
    assert!(refusal_with(&tree, &conventions).contains("multiplied by 0.500"));
}

#[test]
fn everything_that_is_not_said_is_asked_for_at_once() {
    let tree = chain(&[("lif", lif(&[1e-3]))], 1.0, 1.0);
    let message = refusal_with(&tree, &Conventions::of(Producer::SnnTorch));
    assert!(
        message.contains("resets the potential to zero or") && message.contains("one tick late (lif)"),
        "{message}"
    );
}

#[test]
fn a_start_that_differs_from_that_of_the_framework_is_warned_of() {
    let levels = |v_leak: f64, v_reset: f64| {
        let parameters = [("tau", 1e-2), ("r", 1.0), ("v_threshold", 1.0), ("v_leak", v_leak), ("v_reset", v_reset)];
        node("LIF", &parameters.map(|(name, value)| (name, numbers(&[1], &[value]))))
    };
    let warnings = |tree: Tree| {
        let graph = Graph::from_tree(&chain(&[("lif", tree)], 1.0, 1.0)).unwrap();
        Network::of(&graph, &Conventions::of(Producer::Norse)).unwrap().warnings
    };
    assert!(warnings(levels(0.5, 0.0))[0].contains("start at v_reset, not at v_leak as in Norse"));
    assert!(warnings(levels(0.5, 0.5)).is_empty() && warnings(levels(0.0, 0.0)).is_empty());
}

#[test]
fn a_loop_of_several_populations_says_where_it_takes_a_tick() {
    let of_names = |names: [&str; 2], has_delay: bool| {
        let [first, second] = names;
        let delay = node("Delay", &[("delay", numbers(&[1], &[if has_delay { 1e-4 } else { 0.0 }]))]);
        let neurons = || lif(&[1e-3; 2]);
        let tree = file(
            &[("in", input(2.0)), (first, neurons()), (second, neurons()), ("d", delay), ("out", output(2.0))],
            &[("in", first), ("in", second), (first, second), (second, "d"), ("d", first), (second, "out")],
        );
        Network::of(&Graph::from_tree(&tree).unwrap(), &snntorch(ResetKind::Zero, false)).unwrap().warnings
    };
    let delay = "because they close a loop: it has the longest Delay of its loop";
    assert_eq!(of_names(["a", "b"], true), [format!("a: spikes of b come in the next tick, {delay}")]);
    assert_eq!(of_names(["z", "b"], true), [format!("z: spikes of b come in the next tick, {delay}")]);
    let warning = of_names(["z", "b"], false).concat();
    assert!(warning.starts_with("b: spikes of z") && warning.contains("only the order of names tells"), "{warning}");
}

#[test]
fn neurons_with_one_value_for_all_are_as_many_as_values_come_in() {
    let one = |value: f64| numbers(&[1], &[value]);
    let neurons = || {
        let parameters = [("tau", one(1e-3)), ("r", one(10.0)), ("v_threshold", one(1.0)), ("v_leak", one(0.0))];
        node("LIF", &parameters)
    };
    // After weights, behind a node without a size of its own, and in a loop.
    let tree = file(
        &[
            ("in", input(2.0)),
            ("fc", linear(5, 2, &[0.5; 10])),
            ("flat", node("Flatten", &[])),
            ("a", neurons()),
            ("w_rec", linear(5, 5, &[0.1; 25])),
            ("scale", node("Scale", &[("scale", one(2.0))])),
            ("b", neurons()),
            ("out", output(5.0)),
        ],
        &[
            ("in", "fc"),
            ("fc", "flat"),
            ("flat", "a"),
            ("a", "w_rec"),
            ("w_rec", "a"),
            ("a", "scale"),
            ("scale", "b"),
            ("b", "out"),
        ],
    );
    let network = Network::of(&Graph::from_tree(&tree).unwrap(), &snntorch(ResetKind::Zero, false)).unwrap();
    assert_eq!(network.populations.iter().map(|population| population.size()).collect::<Vec<_>>(), [5, 5]);
    assert_eq!(network.populations[0].membrane_decay, [0.9; 5]);
    // One neuron is one where one value comes in, or where the next node takes one.
    refuses(&chain(&[("a", neurons()), ("fc", linear(2, 1, &[0.5; 2]))], 3.0, 2.0), &["takes 1 values and is given 3"]);
    refuses(&chain(&[("a", neurons())], 3_000.0, 3_000.0), &["node a (LIF): it is given 3000 values"]);
}

#[test]
fn shapes_that_do_not_agree_are_refused() {
    let tree = chain(&[("fc", linear(2, 3, &[1.0; 6])), ("lif", lif(&[1e-3; 2]))], 4.0, 2.0);
    refuses(&tree, &["node fc (Linear): it takes 3 values and is given 4"]);
    let tree = chain(&[("fc", linear(4, 2, &[1.0; 8])), ("lif", lif(&[1e-3; 2]))], 4.0, 2.0);
    refuses(&tree, &["node fc (Linear)", "transposed"]);
    let tree = chain(&[("fc", linear(3, 4, &[1.0; 12])), ("lif", lif(&[1e-3; 2]))], 4.0, 2.0);
    refuses(&tree, &["node lif (LIF): it takes 2 values and is given 3"]);
    let uneven = node(
        "LIF",
        &[("tau", numbers(&[2], &[1e-3; 2])), ("r", numbers(&[3], &[1.0; 3])), ("v_threshold", numbers(&[1], &[1.0]))],
    );
    refuses(&chain(&[("lif", uneven)], 3.0, 3.0), &["node lif (LIF): its tau has 2 values for 3 neurons"]);
}

#[test]
fn time_constants_that_make_no_sense_are_refused() {
    refuses(&chain(&[("lif", lif(&[-1.0]))], 1.0, 1.0), &["node lif (LIF): its tau is -1", "clamp"]);
    refuses(&chain(&[("lif", lif(&[0.0]))], 1.0, 1.0), &["its tau is 0"]);
    refuses(&chain(&[("lif", lif(&[5e-5]))], 1.0, 1.0), &["node lif (LIF)", "below the time step", "Euler"]);
}

#[test]
fn a_threshold_that_is_not_above_the_reset_is_refused() {
    let neuron = node(
        "IF",
        &[("r", numbers(&[1], &[1.0])), ("v_threshold", numbers(&[1], &[0.5])), ("v_reset", numbers(&[1], &[0.5]))],
    );
    refuses(&chain(&[("if", neuron)], 1.0, 1.0), &["node if (IF): its threshold 0.5 is not above its reset 0.5"]);
}

#[test]
fn a_loop_that_is_faster_than_a_core_is_refused() {
    let tree = file(
        &[("in", input(2.0)), ("a", lif(&[1e-3; 2])), ("b", lif(&[1e-3; 2])), ("out", output(2.0))],
        &[("in", "a"), ("a", "b"), ("b", "a"), ("b", "out")],
    );
    refuses(&tree, &["the loop of a, b takes fewer ticks than it has populations", "Delay"]);
    let delay = node("Delay", &[("delay", numbers(&[2], &[1e-4; 2]))]);
    let tree = file(
        &[("in", input(2.0)), ("a", lif(&[1e-3; 2])), ("b", lif(&[1e-3; 2])), ("d", delay), ("out", output(2.0))],
        &[("in", "a"), ("a", "b"), ("b", "d"), ("d", "a"), ("b", "out")],
    );
    let network = Network::of(&Graph::from_tree(&tree).unwrap(), &snntorch(ResetKind::Zero, true)).unwrap();
    assert!(Mapping::of(&network).is_ok());
}

#[test]
fn a_loop_without_a_neuron_is_refused() {
    let tree = file(
        &[("in", input(1.0)), ("a", linear(1, 1, &[1.0])), ("b", linear(1, 1, &[1.0])), ("out", output(1.0))],
        &[("in", "a"), ("a", "b"), ("b", "a"), ("b", "out")],
    );
    refuses(&tree, &["are a loop without a neuron"]);
}

#[test]
fn a_delay_of_part_of_a_step_is_refused() {
    let delay = node("Delay", &[("delay", numbers(&[1], &[1.5e-4]))]);
    refuses(&chain(&[("d", delay), ("lif", lif(&[1e-3]))], 1.0, 1.0), &["node lif (LIF)", "1.5"]);
    let delay = node("Delay", &[("delay", numbers(&[1], &[-1e-4]))]);
    refuses(&chain(&[("d", delay), ("lif", lif(&[1e-3]))], 1.0, 1.0), &["node d (Delay): its delay is -0.0001"]);
}

#[test]
fn an_integrator_that_leads_to_neurons_is_refused() {
    let li = node("LI", &[("tau", numbers(&[1], &[1e-3])), ("r", numbers(&[1], &[10.0]))]);
    refuses(&chain(&[("li", li), ("lif", lif(&[1e-3]))], 1.0, 1.0), &["li only integrates, and leads to lif"]);
}

#[test]
fn more_outputs_than_a_core_has_are_refused() {
    refuses(&chain(&[("lif", lif(&[1e-3; 20]))], 20.0, 20.0), &["node out (Output)", "20 outputs", "16"]);
    let halves = file(
        &[
            ("in", input(9.0)),
            ("lif", lif(&[1e-3; 9])),
            ("fc", linear(9, 9, &[0.5; 81])),
            ("a", output(9.0)),
            ("b", output(9.0)),
        ],
        &[("in", "lif"), ("lif", "a"), ("lif", "fc"), ("fc", "b")],
    );
    refuses(&halves, &["the network has 18 outputs", "16"]);
}

#[test]
fn sizes_that_no_memory_holds_are_refused_before_anything_is_made_of_them() {
    let wide = input(60_000.0);
    let tree = file(&[("in", wide.clone()), ("out", output(60_000.0))], &[("in", "out")]);
    refuses(&tree, &["node out (Output): the network has 60000 outputs there", "16"]);

    // Relays for a thousand channels and ticks.
    let delay = node("Delay", &[("delay", numbers(&[1], &[0.1]))]);
    let weights = linear(2, 1_000, &[0.5; 2_000]);
    let direct = linear(2, 1_000, &[0.5; 2_000]);
    let tree = file(
        &[
            ("in", input(1_000.0)),
            ("d", delay),
            ("fc1", weights),
            ("fc2", direct),
            ("lif", lif(&[1e-3; 2])),
            ("out", output(2.0)),
        ],
        &[("in", "d"), ("d", "fc1"), ("fc1", "lif"), ("in", "fc2"), ("fc2", "lif"), ("lif", "out")],
    );
    refuses(&tree, &["take 1000000 relay neurons", "2048", "shorter delays"]);

    // A matrix for each of a thousand delays.
    let delays: Vec<f64> = (0..1_000).map(|ticks| f64::from(ticks) * 1e-4).collect();
    let delay = node("Delay", &[("delay", numbers(&[1_000], &delays))]);
    let nodes = [("fc", linear(1_000, 100, &[0.5; 100_000])), ("d", delay), ("lif", lif(&[1e-3; 1_000]))];
    refuses(&chain(&nodes, 100.0, 2.0), &["node d (Delay): the ways to it have 100", "zeros included"]);

    let nodes = [("fc", linear(1_100, 1_000, &vec![0.5; 1_100_000])), ("lif", lif(&[1e-3; 1_100]))];
    let tree = file(
        &[
            ("in", input(1_000.0)),
            nodes[0].clone(),
            nodes[1].clone(),
            ("fc2", linear(1, 1_100, &[0.5; 1_100])),
            ("out", output(1.0)),
        ],
        &[("in", "fc"), ("fc", "lif"), ("lif", "fc2"), ("fc2", "out")],
    );
    refuses(&tree, &["the network has 1101100 weights other than 0", "131072 synapses", "prune"]);
}

#[test]
fn sizes_beyond_every_core_are_refused() {
    refuses(&chain(&[("lif", lif(&[1e-3; 3000]))], 3000.0, 3000.0), &["no core has more than 2048"]);
    refuses(&chain(&[("lif", lif(&[1e-3]))], 1e9, 1.0), &["node in (Input): it has 1000000000 values"]);
}

#[test]
fn more_neurons_synapses_or_channels_than_the_core_has_are_refused() {
    let import = |tree: &Tree, most_synapses, max_count| {
        let options = ImportOptions {
            conventions: snntorch(ResetKind::Zero, false),
            core: UP5K,
            weight_bits: 8,
            most_synapses,
            max_count,
            output: None,
            tick_ms: None,
            source: String::new(),
            source_sha256: String::new(),
        };
        Imported::of(&Graph::from_tree(tree).unwrap(), None, &options).map(|_| ()).unwrap_err().to_string()
    };
    let wide = [
        ("fc1", linear(300, 1, &[0.5; 300])),
        ("lif1", lif(&[1e-3; 300])),
        ("fc2", linear(1, 300, &[0.5; 300])),
        ("lif2", lif(&[1e-3])),
    ];
    let message = import(&chain(&wide, 1.0, 1.0), None, 1);
    assert!(message.contains("neurons a lane: the network needs 302, the core has 256"), "{message}");
    assert!(message.contains("would hold it"), "{message}");
    let small = [("fc", linear(2, 2, &[0.5; 4])), ("lif", lif(&[1e-3; 2]))];
    let message = import(&chain(&small, 2.0, 2.0), Some(3), 1);
    assert!(message.contains("synapses where at most 3 are allowed"), "{message}");
    let many = [("fc", linear(2, 600, &[0.5; 1_200])), ("lif", lif(&[1e-3; 2]))];
    let message = import(&chain(&many, 600.0, 2.0), None, 64);
    assert!(message.contains("38400 channels, 64 for each of 600, and no core has more than 1024"), "{message}");
}

#[test]
fn several_spikes_a_tick_are_refused_unless_one_is_lenient() {
    let tree = chain(&[("lif", lif(&[1e-3]))], 1.0, 1.0);
    let several = import::conventions::SpikesPerTick::Several;
    let mut conventions =
        Conventions { dt_s: Some(1e-4), spikes_per_tick: Some(several), ..Conventions::of(Producer::Rockpool) };
    assert!(refusal_with(&tree, &conventions).contains("fires several times in a tick"));
    conventions.is_lenient = true;
    let network = Network::of(&Graph::from_tree(&tree).unwrap(), &conventions).unwrap();
    assert!(network.warnings[0].contains("several times"), "{:?}", network.warnings);
}

#[test]
fn a_reset_of_a_node_that_does_not_exist_is_refused() {
    let tree = chain(&[("lif", lif(&[1e-3]))], 1.0, 1.0);
    let mut conventions = snntorch(ResetKind::Zero, false);
    conventions.reset.of.insert("lif7".into(), ResetKind::Zero);
    assert!(refusal_with(&tree, &conventions).contains("lif7"));
}

#[test]
fn what_is_no_nir_is_refused() {
    let message = |tree: Tree| Graph::from_tree(&tree).unwrap_err().to_string();
    assert!(message(Tree::Group([].into())).contains("no group /node"));
    assert!(message(Tree::Group([("node".into(), node("LIF", &[]))].into())).contains("is a LIF"));
    assert!(message(file(&[("x", Tree::Group([].into()))], &[])).contains("node x has no type"));
    assert!(message(file(&[("in", input(1.0))], &[])).contains("the graph has no Output"));
    let two_inputs = nested(&[("a", input(1.0)), ("b", input(1.0)), ("o", output(1.0))], &[("a", "o"), ("b", "o")]);
    let tree = file(&[("in", input(1.0)), ("g", two_inputs), ("out", output(1.0))], &[("in", "g"), ("g", "out")]);
    assert!(message(tree).contains("nested graph g has 2 nodes of input"));
    let no_text = Tree::Group([("node".into(), Tree::Group([("type".into(), text("NIRGraph"))].into()))].into());
    assert!(message(no_text).contains("no group of nodes"));
    assert!(Graph::from_bytes(b"no HDF5").is_err());
}

#[test]
fn a_file_of_more_than_any_core_holds_is_refused_before_it_is_read() {
    // 100 MB of weights, which compress to almost nothing.
    let weight = linear(2_000, 6_250, &vec![0.0; 12_500_000]);
    let bytes = chain(&[("fc", weight), ("lif", lif(&[1e-3]))], 6_250.0, 1.0).to_bytes().unwrap();
    let message = Graph::from_bytes(&bytes).unwrap_err().to_string();
    assert!(message.contains("fc/weight is larger than any core holds; prune the network"), "{message}");
}
