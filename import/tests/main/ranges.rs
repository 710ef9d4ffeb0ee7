//! Levels of the core stay within their range.

use import::conventions::{Conventions, Integrator, Producer, ResetKind};
use import::fidelity::Fidelity;
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

#[test]
fn a_current_that_never_decays_gets_no_bias_without_end() {
    let parameters = [("tau_mem", 1e-3), ("tau_syn", 1e3), ("r", 1.0), ("w_in", 1e6)];
    let tree = readout(node("CubaLI", &parameters.map(|(name, value)| (name, numbers(&[1], &[value])))));
    let conventions =
        Conventions { dt_s: Some(1e-4), integrator: Some(Integrator::Exponential), ..Conventions::of(Producer::Nir) };
    let imported = import(&tree, conventions, Some(&events()));
    assert_eq!(imported.quantized.network.neurons[0].parameters.bias, 1);
}
