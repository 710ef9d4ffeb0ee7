//! Imported networks in lockstep: the hardware of the UP5K and the reference model, every neuron in every tick.

use cosim::lockstep::Lockstep;
use cosim::model::CoreUp5k;
use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::nir::Graph;
use import::{ImportOptions, Imported};
use spec::core::UP5K;

use crate::support::shared_data;

const N_TICKS: u32 = 20_000;
/// A tick of 4 ms at the 24 MHz of the UP5K.
const TICK_CYCLES: u32 = 96_000;

/// How the files say that they are read.
fn conventions(name: &str) -> Conventions {
    let snntorch = |reset| Conventions {
        reset: PerNode::all(reset),
        reset_delay: PerNode::all(false),
        ..Conventions::of(Producer::SnnTorch)
    };
    match name {
        name if name.contains("tinyRSNN") => Conventions {
            dt_s: Some(4e-3),
            integrator: Some(Integrator::Exponential),
            reset: PerNode::all(ResetKind::Zero),
            reset_delay: PerNode::all(true),
            ..Conventions::of(Producer::Nir)
        },
        name if name.contains("subtract") => snntorch(ResetKind::Subtract),
        _ => snntorch(ResetKind::Zero),
    }
}

#[test]
fn imported_networks_run_in_hardware_as_in_the_model() {
    for name in [
        "indy01_tinyRSNN_1",
        "loco01_tinyRSNN_4",
        "loco03_tinyRSNN_1",
        "braille_noDelay_bias_zero",
        "braille_noDelay_noBias_subtract",
        "snn2_loco_20170215_02",
    ] {
        let Some(path) = shared_data(&format!("nir/{name}.nir")) else { return };
        let options = ImportOptions {
            conventions: conventions(name),
            core: UP5K,
            weight_bits: 8,
            most_synapses: None,
            max_count: 1,
            output: None,
            tick_ms: None,
            source: name.into(),
            source_sha256: String::new(),
        };
        let imported = Imported::of(&Graph::read(&path).unwrap(), None, &options).unwrap();
        let mut cores = Lockstep::<CoreUp5k>::new(&imported.bytes).unwrap();
        let (mut seed, mut worst, mut total) = (1_u64, 0, 0);
        for tick in 0..N_TICKS {
            // Up to 40 events a second on every channel: Knuth's linear congruential generator, its high bits.
            let mut is_active = |_: &u16| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % 1000 < 40 + u64::from(tick % 120)
            };
            let channels: Vec<u16> = (0..imported.image.n_channels).filter(|channel| is_active(channel)).collect();
            let report = cores.tick(&channels).unwrap_or_else(|divergence| panic!("{name}: {divergence:?}"));
            worst = worst.max(report.cycles);
            total += u64::from(report.cycles);
        }
        let n_neurons = imported.image.neurons.len();
        println!("{name}: {n_neurons} neurons, mean {} cycles, worst {worst}", total / u64::from(N_TICKS));
        assert!(worst < TICK_CYCLES);
    }
}
