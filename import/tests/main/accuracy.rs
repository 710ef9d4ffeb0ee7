//! How faithful integer networks are, on the traces of the shared data.

use import::conventions::{Conventions, ResetKind};
use import::fidelity::Fidelity;
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
        let imported = Imported::of(&self.graph, is_calibrated.then_some(&self.events), &options).unwrap();
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

#[test]
fn tiny_rsnns_agree_with_their_float_twins() {
    for (weight_bits, is_calibrated, least, least_median) in
        [(8, false, 0.93, 0.97), (8, true, 0.96, 0.98), (6, true, 0.92, 0.96), (4, true, 0.0, 0.0)]
    {
        let mut all = Vec::new();
        for name in TINY {
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
                assert!(r2 >= float_r2 - 0.05, "{name}: {r2}, and the float network {float_r2}");
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
    let options = ImportOptions { conventions, most_synapses: Some(1_000), ..options(8) };
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
    assert_eq!(import::ImportCard::read(&image, &once.card.network_hash).unwrap(), Some(once.card));
    assert!(import::ImportCard::read(&image, "another").unwrap_err().to_string().contains("belongs to another image"));
}
