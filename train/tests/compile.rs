//! The image compiler: random networks keep every synapse and share the lanes evenly; what does not fit is refused in numbers.

use proptest::prelude::*;
use spec::core::{CORES, CoreConfiguration, ECP5_25F, ECP5_85F, UP5K};
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{ImageError, MAX_FAN_IN_WEIGHT, NetworkImage, Neuron};
use spec::lif::{NeuronParameters, ResetMode};
use train::compile::{CompileError, Placement, SparseNetwork, SparseSynapse, compile};

/// A neuron that is told apart from others by its threshold.
fn neuron(threshold: i16, readout: Option<u8>) -> Neuron {
    let parameters = NeuronParameters {
        synaptic_decay: 0,
        membrane_decay: DECAY_ONE_RAW / 2,
        adaptation_decay: 0,
        threshold,
        adaptation_increment: 0,
        bias: 0,
        refractory_ticks: 0,
        reset_mode: ResetMode::Subtract,
        never_fires: readout.is_some(),
    };
    Neuron { parameters, readout }
}

/// `n_neurons` of which the first are `n_readouts` readouts, without synapses.
fn network(n_channels: usize, n_neurons: usize, n_readouts: usize) -> SparseNetwork {
    let neurons =
        (0..n_neurons).map(|index| neuron(index as i16 + 1, (index < n_readouts).then_some(index as u8))).collect();
    SparseNetwork { n_channels, neurons, synapses: Vec::new() }
}

fn synapse(pre: usize, post: usize, weight: i8) -> SparseSynapse {
    SparseSynapse { pre, post, weight }
}

/// Networks with fan-ins of very different size, weights of 0 and parallel synapses among them.
fn networks() -> impl Strategy<Value = SparseNetwork> {
    (1_usize..20, 8_usize..70, 1_usize..8).prop_flat_map(|(n_channels, n_neurons, n_readouts)| {
        let post = prop_oneof![0..n_neurons, 0..n_neurons.div_ceil(8)];
        let synapses = prop::collection::vec((0..n_channels + n_neurons, post, any::<i8>()), 0..600);
        synapses.prop_filter_map("a fan-in beyond the bound", move |synapses| {
            let synapses: Vec<_> = synapses.into_iter().map(|(pre, post, weight)| synapse(pre, post, weight)).collect();
            let candidate = SparseNetwork { synapses, ..network(n_channels, n_neurons, n_readouts) };
            let bounded = |weights: u32| weights <= MAX_FAN_IN_WEIGHT;
            (0..n_neurons)
                .all(|post| bounded(fan_in(&candidate, post, |of| of.weight.unsigned_abs().into())))
                .then_some(candidate)
        })
    })
}

fn fan_in<T: std::iter::Sum>(network: &SparseNetwork, post: usize, of: impl Fn(&SparseSynapse) -> T) -> T {
    network.synapses.iter().filter(|synapse| synapse.post == post && synapse.weight != 0).map(of).sum()
}

/// A core of so many lanes that holds any of the networks above.
fn core(lanes: u8) -> CoreConfiguration {
    CoreConfiguration { lanes, ..ECP5_85F.configuration }
}

/// Every synapse that an image holds, in the network's numbering.
fn synapses_of(image: &NetworkImage, placement: &Placement) -> Vec<SparseSynapse> {
    let lanes = image.lanes.len();
    let index_of = |id: usize| placement.id_of.iter().position(|of| *of == id).expect("every id is placed");
    let mut found = Vec::new();
    for (lane, table) in image.lanes.iter().enumerate() {
        for (row, bounds) in table.row_ptr.windows(2).enumerate() {
            let n_channels = usize::from(image.n_channels);
            let pre = if row < n_channels { row } else { n_channels + index_of(row - n_channels) };
            for word in &table.synapses[usize::from(bounds[0])..usize::from(bounds[1])] {
                found.push(synapse(pre, index_of(usize::from(word.post_neuron) * lanes + lane), word.weight));
            }
        }
    }
    found
}

fn sorted(mut synapses: Vec<SparseSynapse>) -> Vec<SparseSynapse> {
    synapses.sort_by_key(|synapse| (synapse.pre, synapse.post, synapse.weight));
    synapses
}

proptest! {
    #[test]
    fn image_holds_the_network_under_the_permutation(network in networks(), log_lanes in 0_u32..4) {
        let (image, placement) = compile(&network, &core(1 << log_lanes), None).expect("the core is large enough");
        prop_assert_eq!(&NetworkImage::decode(&image.encode().expect("valid")).expect("valid"), &image);

        let mut ids = placement.id_of.clone();
        ids.sort_unstable();
        prop_assert_eq!(ids, (0..network.neurons.len()).collect::<Vec<_>>());
        for (neuron, id) in network.neurons.iter().zip(&placement.id_of) {
            prop_assert_eq!(neuron, &image.neurons[*id]);
        }
        let kept = network.synapses.iter().copied().filter(|synapse| synapse.weight != 0).collect();
        prop_assert_eq!(sorted(synapses_of(&image, &placement)), sorted(kept));
        let on_lanes: Vec<usize> = image.lanes.iter().map(|lane| lane.synapses.len()).collect();
        prop_assert_eq!(placement.synapses_per_lane, on_lanes);
        for table in &image.lanes {
            for bounds in table.row_ptr.windows(2) {
                let row = &table.synapses[usize::from(bounds[0])..usize::from(bounds[1])];
                prop_assert!(row.is_sorted_by_key(|synapse| synapse.post_neuron));
            }
        }
    }

    #[test]
    fn no_lane_is_above_the_mean_by_more_than_one_neuron(
        network in networks(),
        log_lanes in 0_u32..4,
        rates in prop::collection::vec(0_u8..50, 90),
        by_activity: bool,
    ) {
        let lanes = 1 << log_lanes;
        let activity: Vec<f64> = rates[..network.n_rows()].iter().map(|rate| f64::from(*rate) / 64.0).collect();
        let activity = by_activity.then_some(activity.as_slice());
        let (_, placement) = compile(&network, &core(lanes), activity).expect("the core is large enough");
        let load_of = |synapse: &SparseSynapse| activity.map_or(1.0, |activity| activity[synapse.pre]);
        let loads: Vec<f64> = (0..network.neurons.len()).map(|post| fan_in(&network, post, load_of)).collect();
        let mut load_per_lane = vec![0.0; usize::from(lanes)];
        for (load, id) in loads.iter().zip(&placement.id_of) {
            load_per_lane[id % usize::from(lanes)] += load;
        }
        // Rates are in 64ths, so no sum is rounded.
        prop_assert_eq!(&placement.load_per_lane, &load_per_lane);
        let mean = loads.iter().sum::<f64>() / f64::from(lanes);
        let fullest = load_per_lane.iter().copied().fold(0.0, f64::max);
        let heaviest = loads.iter().copied().fold(0.0, f64::max);
        prop_assert!(fullest <= mean + heaviest, "{load_per_lane:?}");
        prop_assert!(placement.balance() * mean <= fullest + 1e-9 && placement.balance() >= 1.0);
    }
}

#[test]
fn swaps_even_out_what_dealing_leaves() {
    // Dealing gives 9 + 5 + 1 against 7 + 6 + 4.
    let mut network = network(1, 6, 1);
    for (post, fan_in) in [9, 7, 6, 5, 4, 1].into_iter().enumerate() {
        network.synapses.extend((0..fan_in).map(|_| synapse(0, post, 1)));
    }
    let (_, placement) = compile(&network, &core(2), None).expect("a small network");
    assert_eq!(placement.synapses_per_lane, [16, 16]);
    assert_eq!(placement.balance(), 1.0);
}

#[test]
fn activity_moves_busy_neurons_apart() {
    // By fan-in all four are alike; the two that listen to the busy channel belong on different lanes.
    let mut network = network(2, 4, 1);
    network.synapses = vec![synapse(0, 0, 1), synapse(1, 1, 1), synapse(0, 2, 1), synapse(1, 3, 1)];
    let busy_first = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let (_, placement) = compile(&network, &core(2), Some(&busy_first)).expect("a small network");
    assert_eq!(placement.load_per_lane, [1.0, 1.0]);
    let (_, even) = compile(&network, &core(2), None).expect("a small network");
    assert_eq!(even.id_of[0] % 2, even.id_of[2] % 2, "without activity this network does not tell the two apart");
}

#[test]
fn memory_goes_before_activity() {
    // Activity pairs the first two neurons, of fan-in 1, and the last two, of fan-in 2.
    let mut network = network(3, 4, 1);
    network.synapses = vec![synapse(0, 0, 1), synapse(1, 1, 1)];
    network.synapses.extend([2, 2, 3, 3].map(|post| synapse(2, post, 1)));
    let activity = [0.875, 0.125, 0.25, 0.0, 0.0, 0.0, 0.0];
    let synapses_per_lane = |synapse_words_per_lane| {
        let core = CoreConfiguration { synapse_words_per_lane, ..core(2) };
        compile(&network, &core, Some(&activity)).expect("three synapses a lane are enough").1.synapses_per_lane
    };
    assert_eq!(synapses_per_lane(4), [2, 4]);
    assert_eq!(synapses_per_lane(3), [3, 3]);
}

#[test]
fn fan_in_at_the_bound_is_taken_and_above_it_refused() {
    let full = MAX_FAN_IN_WEIGHT / 127;
    let mut network = network(1, 2, 1);
    network.synapses = (0..full).map(|index| synapse(0, 1, if index % 2 == 0 { 127 } else { -127 })).collect();
    network.synapses.push(synapse(0, 1, (MAX_FAN_IN_WEIGHT - 127 * full) as i8));
    assert!(compile(&network, &UP5K.configuration, None).is_ok());
    network.synapses.push(synapse(1, 1, -1));
    let refused = compile(&network, &UP5K.configuration, None).unwrap_err();
    assert_eq!(refused, CompileError::FanIn { neuron: 1, sum: u64::from(MAX_FAN_IN_WEIGHT) + 1 });
}

#[test]
fn what_does_not_fit_is_refused_with_numbers_and_a_core_that_holds_it() {
    let mut wide = network(4, 600, 3);
    wide.synapses = (0..600).map(|post| synapse(post % 604, post, 1)).collect();
    let message = compile(&wide, &ECP5_25F.configuration, None).unwrap_err().to_string();
    assert_eq!(
        message,
        "the network does not fit the core: neurons a lane: the network needs 150, the core has 128; \
         the core ecp5-85f would hold it"
    );

    let many = network(2_000, 20, 3);
    let message = compile(&many, &UP5K.configuration, None).unwrap_err().to_string();
    assert!(message.contains("input channels: the network needs 2000, the core has 1024"), "{message}");
    assert!(message.ends_with("no named core would hold it, so change its neurons, synapses or channels"), "{message}");

    let mut heavy = network(1, 16, 1);
    heavy.synapses = (0..16 * 2_000).map(|index| synapse(0, index % 16, 1)).collect();
    let small = CoreConfiguration { synapse_words_per_lane: 7_000, ..core(4) };
    let message = compile(&heavy, &small, None).unwrap_err().to_string();
    assert!(message.contains("synapses a lane: the network needs 8000, the core has 7000"), "{message}");
    assert!(message.ends_with("the core up5k would hold it"), "{message}");
}

#[test]
fn fewer_neurons_than_lanes_are_refused() {
    let message = compile(&network(1, 3, 1), &ECP5_85F.configuration, None).unwrap_err().to_string();
    assert_eq!(message, "3 neurons cannot give each of 8 lanes one; the core up5k would hold it");
}

#[test]
fn what_makes_no_network_is_refused() {
    let refused = |network: &SparseNetwork| compile(network, &UP5K.configuration, None).unwrap_err();
    let mut beyond = network(2, 3, 1);
    beyond.synapses = vec![synapse(4, 2, 1), synapse(5, 0, 1)];
    let expected = CompileError::Synapse { index: 1, pre: 5, post: 0, n_rows: 5, n_neurons: 3 };
    assert_eq!(refused(&beyond), expected);
    beyond.synapses = vec![synapse(4, 3, 1)];
    assert_eq!(refused(&beyond), CompileError::Synapse { index: 0, pre: 4, post: 3, n_rows: 5, n_neurons: 3 });

    let rows = usize::from(u16::MAX) + 1;
    assert_eq!(refused(&network(rows - 1, 1, 1)), ImageError::Rows { rows }.into());
    assert_eq!(refused(&network(0, 1, 1)), ImageError::NoChannels.into());
    assert!(matches!(refused(&network(1, 2, 0)), CompileError::Image(ImageError::Readouts { .. })));
    assert!(matches!(refused(&network(1, 80, 80)), CompileError::Image(ImageError::Classes { n_classes: 80 })));

    let mut bad = network(1, 1, 1);
    bad.neurons[0].parameters.threshold = 0;
    assert!(matches!(refused(&bad), CompileError::Image(ImageError::Parameters { neuron: 0, .. })));

    for lanes in [0, 3, 128] {
        let result = compile(&network(1, 200, 1), &core(lanes), None);
        assert_eq!(result.unwrap_err(), ImageError::Lanes { lanes: usize::from(lanes) }.into());
    }
}

#[test]
fn activity_that_makes_no_sense_is_refused() {
    let network = network(1, 1, 1);
    let refused = |activity: &[f64]| compile(&network, &UP5K.configuration, Some(activity)).unwrap_err();
    assert_eq!(refused(&[1.0]), CompileError::ActivityLength { found: 1, expected: 2 });
    assert_eq!(refused(&[1.0, -0.5]), CompileError::Activity { row: 1, found: -0.5 });
    assert!(matches!(refused(&[f64::NAN, 0.0]), CompileError::Activity { row: 0, .. }));
}

#[test]
fn a_network_as_large_as_each_named_core_fits_it() {
    for named in CORES {
        let core = named.configuration;
        let n_neurons = core.neurons() as usize;
        let mut full = network(usize::from(core.channels), n_neurons, usize::from(core.readouts));
        let n_synapses = usize::from(core.lanes) * usize::from(core.synapse_words_per_lane);
        full.synapses = (0..n_synapses)
            .map(|index| synapse(index.wrapping_mul(7_919) % full.n_rows(), index % n_neurons, 1))
            .collect();
        let (image, placement) = compile(&full, &core, None).expect(named.name);
        assert_eq!(image.n_synapses(), n_synapses, "{}", named.name);
        assert_eq!(placement.balance(), 1.0, "{}", named.name);
    }
}
