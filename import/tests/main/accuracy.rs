//! How faithful integer networks are, on the traces of the shared data.

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::fidelity::{Fidelity, IntegerRun, float_outputs};
use import::nir::Graph;
use import::{ImportOptions, Imported};
use spec::core::UP5K;

use crate::fixtures::TINY;
use crate::support::{active, graph, snntorch, tiny, trace, unpacked};

/// A decoder of velocity and its trace.
struct Case {
    graph: Graph,
    conventions: Conventions,
    events: Vec<Vec<u16>>,
    expected: Vec<Vec<f64>>,
}

impl Case {
    fn of(name: &str, conventions: Conventions, expected: &str) -> Option<Self> {
        let (graph, trace) = (graph(name)?, trace(name)?);
        let events = unpacked(&trace["x"], graph.n_channels());
        let expected = trace[expected].values.chunks_exact(2).map(<[f64]>::to_vec).collect();
        Some(Self { graph, conventions, events, expected })
    }

    fn import(&self, options: &ImportOptions, is_calibrated: bool) -> (Imported, Fidelity) {
        let options = ImportOptions { conventions: self.conventions.clone(), ..options.clone() };
        let imported = Imported::of(&self.graph, is_calibrated.then_some(self.events.as_slice()), &options).unwrap();
        let fidelity = Fidelity::of(&imported, &self.events, Some(&self.expected));
        (imported, fidelity)
    }
}

fn options(weight_bits: u32) -> ImportOptions {
    ImportOptions {
        conventions: tiny(),
        core: UP5K,
        weight_bits,
        most_synapses: None,
        max_count: 1,
        output: None,
        tick_ms: None,
        source: "net.nir".into(),
        source_sha256: String::new(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (values[n / 2] + values[(n - 1) / 2]) / 2.0
}

/// The outputs of the same networks against the same mean with weights, decays, states and products in half precision, as published:
/// computed with NumPy.
const HALF_PRECISION_R2: [f64; 6] = [0.8727, 0.8559, 0.9467, 0.9487, 0.9695, 0.9238];

#[test]
fn tiny_rsnns_agree_with_their_float_twins() {
    for (weight_bits, is_calibrated, least, least_median) in
        [(8, false, 0.93, 0.97), (8, true, 0.96, 0.98), (6, true, 0.92, 0.96), (4, true, 0.0, 0.0)]
    {
        let mut all = Vec::new();
        for (name, half_precision) in TINY.into_iter().zip(HALF_PRECISION_R2) {
            let Some(case) = Case::of(name, tiny(), "velocity_mean") else { return };
            let (imported, fidelity) = case.import(&options(weight_bits), is_calibrated);
            let population = &fidelity.populations[0];
            let (r2, float_r2) =
                (fidelity.outputs.r2.unwrap(), fidelity.twin_against_trace.as_ref().unwrap().r2.unwrap());
            println!(
                "{name} {weight_bits} bits, calibrated {is_calibrated}: F1 {:.4}, rate ratio {:.4}, range {:.3}, R2 {r2:.4} \
                 (float {float_r2:.4}), {} neurons, {} synapses, {} extra",
                population.f1,
                population.rate_ratio.unwrap(),
                population.range_used,
                imported.image.neurons.len(),
                imported.image.n_synapses(),
                imported.quantized.n_extra_synapses
            );
            assert!(imported.image.neurons.len() <= 256);
            assert!(population.f1 >= least, "{name}: {}", population.f1);
            if weight_bits == 8 {
                let rate_ratio = population.rate_ratio.unwrap();
                assert!((0.99..=1.01).contains(&rate_ratio), "{name}: {rate_ratio}");
                assert!(r2 >= half_precision - 0.03, "{name}: {r2}, and with half precision {half_precision}");
            }
            all.push(population.f1);
        }
        let median = median(all);
        println!("median {median:.4}");
        assert!(median >= least_median, "{median}");
    }
}

#[test]
fn feed_forward_decoders_keep_their_outputs() {
    for (most_extra, least) in [(0.06, 0.98), (0.25, 0.99)] {
        for name in ["snn2_indy_20160622_01", "snn2_loco_20170215_02"] {
            let Some(case) = Case::of(name, snntorch(ResetKind::Zero, true), "velocity") else { return };
            let n_weights: usize = {
                let (imported, _) = case.import(&options(8), false);
                imported.image.n_synapses() - imported.quantized.n_extra_synapses
            };
            let most_synapses = Some((n_weights as f64 * (1.0 + most_extra)) as usize);
            let (imported, fidelity) = case.import(&ImportOptions { most_synapses, ..options(8) }, false);
            let (f1, r2) = (fidelity.populations[0].f1, fidelity.outputs.r2.unwrap());
            println!("{name}: F1 {f1:.4}, R2 {r2:.4}, {} extra of {n_weights}", imported.quantized.n_extra_synapses);
            assert!(r2 >= least, "{name}: {r2}");
        }
    }
}

#[test]
fn a_recurrent_network_of_snntorch_keeps_all_but_ten_outputs() {
    let (Some(graph), Some(trace)) = (graph("snntorch_rleaky"), trace("snntorch_rleaky")) else { return };
    let events = active(&trace["x"]);
    let expected: Vec<Vec<f64>> = trace["y"].values.chunks_exact(4).map(<[f64]>::to_vec).collect();
    let conventions = snntorch(ResetKind::Zero, false);
    let options = ImportOptions { conventions, ..options(8) };
    let imported = Imported::of(&graph, Some(&events), &options).unwrap();
    let fidelity = Fidelity::of(&imported, &events, Some(&expected));
    println!("{fidelity:?} at {}", imported.card.unsplit_share);
    assert_eq!(fidelity.twin_against_trace.as_ref().unwrap().n_different, Some(0));
    assert!(fidelity.outputs.n_different.unwrap() <= 10, "{fidelity:?}");
}

#[test]
fn the_same_file_gives_the_same_image_and_a_companion_that_is_read_back() {
    let Some(graph) = graph("rlif_nested_two_pop") else { return };
    let options = ImportOptions { conventions: snntorch(ResetKind::Zero, false), ..options(8) };
    let (once, again) = (Imported::of(&graph, None, &options).unwrap(), Imported::of(&graph, None, &options).unwrap());
    assert_eq!((&once.bytes, &once.card), (&again.bytes, &again.card));
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("net.img");
    std::fs::write(folder.path().join("net.img.json"), once.card.text()).unwrap();
    let read = |hash: &str| import::ImportCard::read(&image, hash);
    assert_eq!(read(&once.card.network_hash).unwrap().as_ref(), Some(&once.card));
    assert!(read("another").unwrap_err().to_string().contains("belongs to another image"));
    let endless = import::ImportCard { lead_in_ticks: u32::MAX, ..once.card };
    std::fs::write(folder.path().join("net.img.json"), endless.text()).unwrap();
    assert!(read(&endless.network_hash).unwrap_err().to_string().contains("lead-in is longer"));
}

/// Random events of trials, each with a rate of its own for each channel.
fn random_trials(n_trials: usize, n_ticks: usize, n_channels: u16, mut seed: u64) -> Vec<Vec<Vec<u16>>> {
    // Knuth's linear congruential generator, of which the high bits are random enough.
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut trial = || {
        let rates: Vec<f64> = (0..n_channels).map(|_| 0.3 * next()).collect();
        let mut tick = || (0..n_channels).filter(|&channel| next() < rates[usize::from(channel)]).collect();
        (0..n_ticks).map(|_| tick()).collect()
    };
    (0..n_trials).map(|_| trial()).collect()
}

/// The output with the most spikes, and by how many.
fn decision(outputs: &[Vec<f64>]) -> (usize, f64) {
    let n_outputs = outputs[0].len();
    let counts: Vec<f64> = (0..n_outputs).map(|index| outputs.iter().map(|tick| tick[index]).sum()).collect();
    let best = (1..n_outputs).fold(0, |best, index| if counts[index] > counts[best] { index } else { best });
    let second = (0..n_outputs).filter(|&index| index != best).map(|index| counts[index]).fold(0.0, f64::max);
    (best, counts[best] - second)
}

#[test]
fn readers_of_braille_decide_as_their_float_twins() {
    let plain_subtract = Conventions {
        dt_s: Some(1e-4),
        integrator: Some(Integrator::Euler),
        reset: PerNode::all(ResetKind::Subtract),
        reset_delay: PerNode::all(false),
        ..Conventions::of(Producer::Nir)
    };
    for (name, conventions) in [
        ("braille_noDelay_bias_zero", snntorch(ResetKind::Zero, false)),
        ("braille_noDelay_noBias_subtract", plain_subtract),
    ] {
        let Some(graph) = graph(name) else { return };
        let calibration = random_trials(20, 256, 12, 1).concat();
        let options = ImportOptions { conventions, ..options(8) };
        let imported = Imported::of(&graph, Some(&calibration), &options).unwrap();
        let (mut n_same, mut n_clear, mut n_clear_same, mut n_trials) = (0, 0, 0, 0);
        for trial in random_trials(400, 256, 12, 2) {
            let (float, margin) = decision(&float_outputs(&imported.network, &trial));
            let (integer, _) = decision(&IntegerRun::of(&imported, &trial).outputs);
            n_trials += 1;
            n_same += usize::from(integer == float);
            n_clear += usize::from(margin >= 5.0);
            n_clear_same += usize::from(margin >= 5.0 && integer == float);
        }
        let (same, clear) = (n_same as f64 / n_trials as f64, n_clear_same as f64 / n_clear.max(1) as f64);
        println!(
            "{name}: same decision in {same:.4}, with a margin of 5 in {clear:.4} of {n_clear}; {} synapses at {}",
            imported.image.n_synapses(),
            imported.card.unsplit_share
        );
        assert!(same >= 0.96 && clear >= 0.98, "{name}: {same} {clear}");
    }
}
