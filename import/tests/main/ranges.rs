//! Levels of the core stay within their range.

use import::conventions::{Conventions, Integrator, Producer, ResetKind};
use import::fidelity::{Fidelity, IntegerRun};
use import::nir::Graph;
use import::{ImportOptions, Imported};
use recording::Tree;
use spec::core::UP5K;

use crate::support::{file, input, linear, node, numbers, output, snntorch};

const N_CHANNELS: u16 = 12;
const N_TICKS: usize = 1_000;

/// Channels, weights that are all different, and these neurons.
fn readout(neurons: Tree) -> Tree {
    let weights: Vec<f64> = (1..=N_CHANNELS).map(|channel| f64::from(channel) / 12.3).collect();
    file(
        &[
            ("in", input(f64::from(N_CHANNELS))),
            ("fc", linear(1, u64::from(N_CHANNELS), &weights)),
            ("read", neurons),
            ("out", output(1.0)),
        ],
        &[("in", "fc"), ("fc", "read"), ("read", "out")],
    )
}

fn events() -> Vec<Vec<u16>> {
    let is_active = |tick: usize, channel: u16| (tick * 31 + usize::from(channel) * 17) * 2_654_435_761 % 97 < 40;
    (0..N_TICKS).map(|tick| (0..N_CHANNELS).filter(|&channel| is_active(tick, channel)).collect()).collect()
}

fn import(tree: &Tree, conventions: Conventions, calibration: Option<&[Vec<u16>]>) -> Imported {
    let options = ImportOptions {
        conventions,
        core: UP5K,
        weight_bits: 8,
        most_synapses: None,
        max_count: 1,
        output: None,
        tick_ms: None,
        source: "net.nir".into(),
        source_sha256: String::new(),
    };
    Imported::of(&Graph::from_tree(tree).unwrap(), calibration, &options).unwrap()
}

#[test]
fn a_readout_that_nothing_resets_keeps_its_range_without_a_calibration() {
    let tree = readout(node("LI", &[("tau", numbers(&[1], &[5e-3])), ("r", numbers(&[1], &[50.0]))]));
    let imported = import(&tree, snntorch(ResetKind::Zero, false), None);
    let fidelity = Fidelity::of(&imported, &events(), None);
    assert!(fidelity.scores_range_used > 0.1 && fidelity.scores_range_used < 1.0, "{}", fidelity.scores_range_used);
    assert!(fidelity.outputs.r2.unwrap() > 0.99, "{fidelity:?}");
}

/// So many neurons with a filter, of this decay a tick for current and potential, and the number of those that fire.
fn filtered(n: u64, decay: f64) -> Tree {
    let tau = 1e-4 / (1.0 - decay);
    let parameters =
        [("tau_mem", tau), ("tau_syn", tau), ("r", tau / 1e-4), ("w_in", tau / 1e-4), ("v_threshold", 1.0)];
    let mut parameters = parameters.map(|(name, value)| (name, numbers(&[n], &vec![value; n as usize]))).to_vec();
    parameters.extend(["v_leak", "v_reset"].map(|name| (name, numbers(&[n], &vec![0.0; n as usize]))));
    let weights: Vec<f64> =
        (0..n * u64::from(N_CHANNELS)).map(|it| (it * 7919 % 2003) as f64 / 4004.0 - 0.25).collect();
    file(
        &[
            ("in", input(f64::from(N_CHANNELS))),
            ("fc", linear(n, u64::from(N_CHANNELS), &weights)),
            ("lif", node("CubaLIF", &parameters)),
            ("sum", linear(1, n, &vec![1.0; n as usize])),
            ("out", output(1.0)),
        ],
        &[("in", "fc"), ("fc", "lif"), ("lif", "sum"), ("sum", "out")],
    )
}

#[test]
fn neurons_that_are_at_rest_do_not_fire_by_what_makes_up_for_rounding() {
    for decay in [0.9, 0.98, 0.995] {
        let tree = filtered(8, decay);
        for calibration in [None, Some(events())] {
            let imported = import(&tree, snntorch(ResetKind::Zero, true), calibration.as_deref());
            let silence = vec![Vec::new(); 3 * N_TICKS];
            assert_eq!(IntegerRun::of(&imported, &silence).n_spikes, [0, 0], "{decay} {}", calibration.is_some());
            // Nor once the last events are forgotten.
            let mut late = events()[..200].to_vec();
            late.resize(4 * N_TICKS, Vec::new());
            let outputs = IntegerRun::of(&imported, &late).outputs;
            assert_eq!(outputs[3 * N_TICKS..].iter().flatten().sum::<f64>(), 0.0, "{decay} after events");
        }
    }
}

#[test]
fn a_network_that_fills_the_core_goes_without_an_oscillator_and_is_silent_too() {
    let full = u64::from(UP5K.configuration.neurons_per_lane) - 1;
    let imported = import(&filtered(full, 0.98), snntorch(ResetKind::Zero, true), Some(&events()));
    assert_eq!(imported.image.neurons.len() as u64, full + 1);
    assert_eq!(IntegerRun::of(&imported, &vec![Vec::new(); 3 * N_TICKS]).n_spikes, [0, 0]);
    let f1 = Fidelity::of(&imported, &events(), None).populations[0].f1;
    assert!(f1 > 0.95, "{f1}");
}

#[test]
fn a_current_that_never_decays_gets_no_bias_without_end() {
    let parameters = [("tau_mem", 1e-3), ("tau_syn", 1e3), ("r", 1.0), ("w_in", 1e6)];
    let tree = readout(node("CubaLI", &parameters.map(|(name, value)| (name, numbers(&[1], &[value])))));
    let conventions =
        Conventions { dt_s: Some(1e-4), integrator: Some(Integrator::Exponential), ..Conventions::of(Producer::Nir) };
    let imported = import(&tree, conventions, Some(&events()));
    assert_eq!(imported.quantized.network.neurons[0].parameters.bias, 1);
}

/// The warnings of an import with the first weight this large.
fn warnings(first: f64) -> Vec<String> {
    let all = |value: f64| numbers(&[2], &[value; 2]);
    let parameters = [("tau", all(1e-3)), ("r", all(10.0)), ("v_threshold", all(1.0)), ("v_leak", all(0.0))];
    let mut weights: Vec<f64> = (0..8).map(|it| f64::from(it * 7919 % 2003) / 1001.5 - 1.0).collect();
    weights[0] = first;
    let nodes =
        [("in", input(4.0)), ("fc", linear(2, 4, &weights)), ("lif", node("LIF", &parameters)), ("out", output(2.0))];
    let tree = file(&nodes, &[("in", "fc"), ("fc", "lif"), ("lif", "out")]);
    import(&tree, snntorch(ResetKind::Zero, false), None).card.warnings
}

#[test]
fn a_weight_that_lets_all_others_of_its_neuron_vanish_is_warned_of() {
    assert_eq!(warnings(1.0), [""; 0]);
    let warnings = warnings(1e6);
    assert!(warnings.len() == 1 && warnings[0].starts_with("lif[0]: 3 of its 4 weights round to 0"), "{warnings:?}");
}
