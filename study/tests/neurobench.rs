//! The metrics against what NeuroBench itself printed for small networks, and against counts by hand.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use study::neurobench::{
    ActivationCount, Connection, OperationCount, Recurrence, SynapticOperations, connection_sparsity, footprint,
    of_network,
};
use support::{Array, read_npz};
use train::data::TrainingSample;
use train::network::{Ablation, Network, Topology};
use train::pass::Observer;

/// The harness's results; none, with a word on stderr, where the folder is absent.
fn golden() -> Option<(PathBuf, serde_json::Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/neurobench");
    let Ok(text) = std::fs::read_to_string(folder.join("golden.json")) else {
        eprintln!("skipped: {} is absent", folder.display());
        return None;
    };
    Some((folder, serde_json::from_str(&text).expect("JSON")))
}

const N_SAMPLES: usize = 24;
const N_TICKS: usize = 20;
const N_INPUTS: usize = 12;
const N_HIDDEN: usize = 16;
const N_CLASSES: usize = 4;

/// One of the harness's networks: a linear layer, leaky neurons (recurrent if it has such weights), a linear layer, leaky
/// output neurons; both kinds of neurons reset to zero a step after they fired, as snnTorch does.
struct SnnTorch {
    arrays: BTreeMap<String, Array>,
}

struct Measured {
    activations: ActivationCount,
    operations: OperationCount,
}

impl SnnTorch {
    fn array(&self, name: &str) -> &[f32] {
        &self.arrays[name].values
    }

    fn recurrent(&self) -> Option<&[f32]> {
        self.arrays.get("1.recurrent.weight").map(|array| array.values.as_slice())
    }

    fn layers(&self) -> Vec<&[f32]> {
        [self.array("0.weight"), self.array("2.weight")].into_iter().chain(self.recurrent()).collect()
    }

    fn run(&self) -> Measured {
        let [first, second] = [("0.weight", N_INPUTS), ("2.weight", N_HIDDEN)]
            .map(|(name, n_inputs)| Connection::new(self.array(name), n_inputs, false));
        let recurrent = self.recurrent().map(|weights| (weights, Connection::new(weights, N_HIDDEN, true)));
        let of = |name: &str| self.array(name)[0];
        let (decay, output_decay) = (of("1.beta"), of("3.beta"));
        let (threshold, output_threshold) = (of("1.threshold"), of("3.threshold"));
        let mut measured = Measured { activations: ActivationCount::default(), operations: OperationCount::default() };
        for sample in 0..N_SAMPLES {
            let mut potential = [0f32; N_HIDDEN];
            let mut spikes = [0f32; N_HIDDEN];
            let mut output = [0f32; N_CLASSES];
            for tick in 0..N_TICKS {
                let inputs = &self.array("x")[(sample * N_TICKS + tick) * N_INPUTS..][..N_INPUTS];
                measured.operations.add_call(&first, inputs);
                let mut current = product(self.array("0.weight"), inputs);
                current.iter_mut().zip(self.array("0.bias")).for_each(|(sum, bias)| *sum += bias);
                if let Some((weights, connection)) = &recurrent {
                    measured.operations.add_call(connection, &spikes);
                    let back = product(weights, &spikes);
                    let biases = self.array("1.recurrent.bias");
                    current.iter_mut().zip(back.iter().zip(biases)).for_each(|(sum, (back, bias))| *sum += back + bias);
                }
                for ((potential, spike), current) in potential.iter_mut().zip(&mut spikes).zip(current) {
                    // The recurrent layer zeroes what it has integrated, the other what it integrates from.
                    let resets = *potential > threshold;
                    let kept = if resets && recurrent.is_none() { 0.0 } else { decay * *potential };
                    *potential = if resets && recurrent.is_some() { 0.0 } else { kept + current };
                    *spike = f32::from(*potential > threshold);
                }
                measured.operations.add_call(&second, &spikes);
                let n_output_spikes = output
                    .iter_mut()
                    .zip(product(self.array("2.weight"), &spikes))
                    .filter_map(|(potential, current)| {
                        let kept = if *potential > output_threshold { 0.0 } else { output_decay * *potential };
                        *potential = kept + current;
                        (*potential > output_threshold).then_some(())
                    })
                    .count();
                let n_spikes = spikes.iter().filter(|spike| **spike != 0.0).count();
                measured.activations.add(n_spikes + n_output_spikes, N_HIDDEN + N_CLASSES);
            }
        }
        measured
    }
}

fn product(weights: &[f32], inputs: &[f32]) -> Vec<f32> {
    weights.chunks_exact(inputs.len()).map(|row| row.iter().zip(inputs).map(|(w, x)| w * x).sum()).collect()
}

fn operations_of(golden: &serde_json::Value) -> SynapticOperations {
    let number = |name: &str| golden["SynapticOperations"][name].as_f64().expect("a number");
    SynapticOperations {
        dense: number("Dense"),
        effective_macs: number("Effective_MACs"),
        effective_acs: number("Effective_ACs"),
    }
}

#[test]
fn every_metric_is_the_harnesss_and_counts_recurrent_layers_twice_only_when_asked_to() {
    let Some((folder, golden)) = golden() else { return };
    for (name, is_recurrent) in [("ff", false), ("rec", true)] {
        let network = SnnTorch { arrays: read_npz(&folder.join(format!("golden_{name}.npz"))) };
        let golden = &golden[name];
        assert_eq!(network.recurrent().is_some(), is_recurrent);
        let state = network.arrays.iter().filter(|(name, _)| !["x", "y"].contains(&name.as_str()));
        let tensors = state.map(|(_, array)| (array.values.len(), array.entry_bytes));
        assert_eq!(footprint(tensors), golden["Footprint"].as_u64().expect("a number") as usize);
        assert_eq!(connection_sparsity(network.layers()), golden["ConnectionSparsity"].as_f64().expect("a number"));
        let measured = network.run();
        let sparsity = golden["ActivationSparsity"].as_f64().expect("a number");
        assert!((measured.activations.sparsity() - sparsity).abs() < 1e-12, "{name}");
        let [once, twice] =
            [Recurrence::Once, Recurrence::Twice].map(|how| measured.operations.per_sample(N_SAMPLES, how));
        let expected = operations_of(golden);
        assert!((twice.effective_acs - expected.effective_acs).abs() < 1e-9, "{name}: {twice:?}");
        assert_eq!((twice.dense, twice.effective_macs), (expected.dense, expected.effective_macs), "{name}");
        if is_recurrent {
            assert!((once.effective_acs - 1135.5).abs() < 1e-9 && once.dense == 10_240.0, "{once:?}");
        } else {
            assert_eq!(once, twice);
        }
    }
}

#[test]
fn operations_are_accumulates_only_where_every_input_of_the_call_is_a_spike() {
    // Two outputs, three inputs: fan-outs 1, 2, 0.
    let connection = Connection::new(&[0.5, -1.0, 0.0, 0.0, 2.0, 0.0], 3, false);
    let mut count = OperationCount::default();
    count.add_call(&connection, &[1.0, 0.0, 1.0, -1.0, 1.0, 0.0]);
    count.add_call(&connection, &[0.5, 0.0, 1.0, 1.0, 1.0, 0.0]);
    count.add_spikes(&connection, [1, 2]);
    let expected = SynapticOperations { dense: 15.0, effective_macs: 2.0, effective_acs: 3.0 };
    assert_eq!(count.per_sample(2, Recurrence::Once), expected);
    assert_eq!(connection_sparsity([[1_i16, 0, 0].as_slice(), &[2, 3, 4]]), 0.3333);
}

#[test]
fn a_networks_operations_are_its_synaptic_events_and_its_sparsity_that_of_its_projections() {
    let windows: Vec<Vec<Vec<u16>>> = (0..4_u16)
        .map(|index| {
            (0..30_u16).map(|tick| (0..20).filter(|channel| (channel + tick * 3 + index) % 7 == 0).collect()).collect()
        })
        .collect();
    let samples: Vec<_> = windows.iter().map(|ticks| TrainingSample { ticks, class: 0 }).collect();
    for name in ["T1", "T2", "T4"] {
        let topology = Topology::load(name).expect("shipped");
        let mut network = Network::new(&topology, 20, 4, 1.0, 8, 3).expect("sizes are fine");
        network.calibrate(&samples, 0.05);
        let quantized = network.quantize();
        let metrics = of_network(&network, &quantized, windows.iter().map(Vec::as_slice));
        let mut observer = Observer::new(&quantized);
        let (mut n_events, mut n_spikes) = (0, 0);
        for ticks in &windows {
            let activity = observer.run(ticks);
            n_events += activity.events_until(ticks.len());
            n_spikes += activity.spikes.iter().map(Vec::len).sum::<usize>();
        }
        assert!(n_spikes > 200, "{name}: {n_spikes}");
        assert_eq!(metrics.operations.effective_acs, n_events as f64 / 4.0, "{name}: no synapse lies outside a layer");
        let sparsity = 1.0 - n_spikes as f64 / (4 * 30 * network.layout.n_neurons) as f64;
        assert!((metrics.activation_sparsity - sparsity).abs() < 1e-12);
        let n_synapses: u64 = observer.fan_out().iter().sum();
        let n_weights = metrics.operations.dense / 30.0;
        assert!(
            (metrics.connection_sparsity - (1.0 - n_synapses as f64 / n_weights)).abs() < 1e-4,
            "{name}: {metrics:?}"
        );
        let constants = 14 * network.layout.n_post();
        assert_eq!(metrics.footprint_bytes, n_weights as usize + constants);
        let twice = metrics.operations_recurrent_twice;
        assert_eq!(twice.dense > metrics.operations.dense, name != "T4", "{name}: a chain has nothing to count twice");
    }
}

#[test]
fn a_projection_without_a_synapse_is_no_layer() {
    let network = Network::new(&Topology::load("T1").expect("shipped"), 20, 4, 1.0, 8, 3).expect("sizes are fine");
    let windows = [vec![vec![1_u16, 4], vec![0]]];
    let metrics = |network: &Network| of_network(network, &network.quantize(), windows.iter().map(Vec::as_slice));
    let intact = metrics(&network);
    let ablated = metrics(&Ablation::RecurrenceRemoved.apply(network, 1).expect("T1 has recurrence"));
    let within_areas = (128 * 128 + 40 * 40 + 32 * 32 + 40 * 40) as f64;
    assert_eq!(intact.operations.dense - ablated.operations.dense, 2.0 * within_areas);
    assert_eq!(ablated.operations, ablated.operations_recurrent_twice);
    assert_eq!(intact.footprint_bytes - ablated.footprint_bytes, within_areas as usize);
}
