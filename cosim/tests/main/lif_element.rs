//! The neuron update of the hardware compared with `spec::lif::update`, one case per cycle.

use std::collections::VecDeque;

use cosim::{Simulator, model};
use hdl::core::{LIF_LATENCY_CYCLES as LATENCY_CYCLES, SUM_DELAY_CYCLES, levels_delay_cycles, options_delay_cycles};
use hdl::technology::Technology;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::fixed::DECAY_ONE_RAW;
use spec::image::Neuron;
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, NeuronState, ResetMode, update};
use spec::vectors::Vectors;

const EDGES: [i16; 5] = [i16::MIN, -1, 0, 1, i16::MAX];

#[derive(Clone, Copy, Debug)]
struct Case {
    parameters: NeuronParameters,
    before: NeuronState,
    weight_sum: i16,
}

/// An element of a family, with the cases in its pipeline.
trait Element: Default {
    /// Feeds a case, and checks the one that comes out.
    fn check(&mut self, case: Case);

    fn n_cases(&self) -> u64;
}

macro_rules! element {
    ($name:ident, $model:ty, $technology:expr) => {
        #[derive(Default)]
        struct $name {
            rtl: Simulator<$model>,
            in_pipeline: VecDeque<Case>,
            n_cases: u64,
        }

        impl Element for $name {
            fn check(&mut self, case: Case) {
                self.in_pipeline.push_back(case);
                let fed = |cycles_ago: usize| {
                    let at = self.in_pipeline.len().checked_sub(1 + cycles_ago)?;
                    self.in_pipeline.get(at)
                };
                let rtl = &mut self.rtl;
                let Case { parameters: p, before, .. } = case;
                rtl.set_valid(true);
                rtl.set_index(self.n_cases as u8);
                rtl.set_synaptic_decay(p.synaptic_decay);
                rtl.set_membrane_decay(p.membrane_decay);
                rtl.set_adaptation_decay(p.adaptation_decay);
                rtl.set_potential(before.potential.cast_unsigned());
                rtl.set_current(before.current.cast_unsigned());
                rtl.set_adaptation(before.adaptation.cast_unsigned());
                rtl.set_refractory_left(before.refractory_left);
                rtl.set_is_refractory(before.refractory_left > 0);
                if let Some(Case { weight_sum, .. }) = fed(SUM_DELAY_CYCLES) {
                    rtl.set_weight_sum(weight_sum.cast_unsigned());
                }
                if let Some(Case { parameters: p, .. }) = fed(levels_delay_cycles($technology)) {
                    rtl.set_threshold(p.threshold.cast_unsigned());
                    rtl.set_bias(p.bias.cast_unsigned());
                }
                if let Some(Case { parameters: p, .. }) = fed(options_delay_cycles($technology)) {
                    rtl.set_adaptation_increment(p.adaptation_increment.cast_unsigned());
                    rtl.set_options(Neuron { parameters: *p, readout: None }.options());
                }
                rtl.step(1);
                self.n_cases += 1;
                if self.in_pipeline.len() == LATENCY_CYCLES {
                    let case = self.in_pipeline.pop_front().unwrap();
                    let first = self.n_cases - LATENCY_CYCLES as u64;
                    assert!(self.rtl.next_valid());
                    assert_eq!(self.rtl.next_index(), first as u8);
                    let found = NeuronState {
                        potential: self.rtl.next_potential().cast_signed(),
                        current: self.rtl.next_current().cast_signed(),
                        adaptation: self.rtl.next_adaptation().cast_signed(),
                        refractory_left: self.rtl.next_refractory_left(),
                    };
                    let expected = update(&case.parameters, case.before, case.weight_sum);
                    assert_eq!((found, self.rtl.spike()), (expected.state, expected.spike), "{case:?}");
                }
            }

            fn n_cases(&self) -> u64 {
                self.n_cases
            }
        }
    };
}

element!(Ecp5Element, model::LifElementEcp5, Technology::Ecp5);
element!(Up5kElement, model::LifElementUp5k, Technology::Ice40Up5k);

#[test]
fn every_potential_at_edge_currents_in_both_resets_with_and_without_adaptation_and_filter() {
    every_potential::<Ecp5Element>();
    every_potential::<Up5kElement>();
}

#[test]
fn random_neurons_at_the_ends_of_every_range() {
    random_neurons::<Ecp5Element>();
    random_neurons::<Up5kElement>();
}

#[test]
fn the_vector_file() {
    vectors::<Ecp5Element>();
    vectors::<Up5kElement>();
}

fn every_potential<E: Element>() {
    let mut element = E::default();
    for reset_mode in [ResetMode::ToZero, ResetMode::Subtract] {
        for (adaptation_decay, adaptation_increment, adaptation) in [(0, 0, 0), (16_000, 300, 20_000)] {
            for synaptic_decay in [0, 12_345] {
                for edge in EDGES {
                    let parameters = NeuronParameters {
                        synaptic_decay,
                        membrane_decay: 15_777,
                        adaptation_decay,
                        threshold: 900,
                        adaptation_increment,
                        bias: 3,
                        refractory_ticks: 2,
                        reset_mode,
                        never_fires: false,
                    };
                    // The edge is the input of this tick, and with a filter also the current.
                    let current = if synaptic_decay == 0 { 0 } else { edge };
                    for potential in i16::MIN..=i16::MAX {
                        let before = NeuronState { potential, current, adaptation, refractory_left: 0 };
                        element.check(Case { parameters, before, weight_sum: edge });
                    }
                }
            }
        }
    }
    assert_eq!(element.n_cases(), 2 * 2 * 2 * 5 * 65_536);
}

fn random_neurons<E: Element>() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut element = E::default();
    for _ in 0..500_000 {
        let mut level = |least: i16| {
            let value: i16 = if random.random_bool(0.4) { EDGES[random.random_range(0..5)] } else { random.random() };
            value.max(least)
        };
        let levels = [level(1), level(0), level(i16::MIN), level(i16::MIN), level(i16::MIN), level(0), level(i16::MIN)];
        let mut decay = || match random.random_range(0..8) {
            0 => 0,
            1 => DECAY_ONE_RAW,
            2 => DECAY_ONE_RAW - 1,
            _ => random.random_range(0..=DECAY_ONE_RAW),
        };
        let decays = [decay(), decay(), decay()];
        let parameters = NeuronParameters {
            synaptic_decay: decays[0],
            membrane_decay: decays[1],
            adaptation_decay: decays[2],
            threshold: levels[0],
            adaptation_increment: levels[1],
            bias: levels[2],
            refractory_ticks: random.random_range(0..=MAX_REFRACTORY_TICKS),
            reset_mode: if random.random() { ResetMode::ToZero } else { ResetMode::Subtract },
            never_fires: random.random_bool(0.1),
        };
        let refractory_left = if random.random_bool(0.7) { 0 } else { random.random_range(0..=MAX_REFRACTORY_TICKS) };
        let before = NeuronState { potential: levels[3], current: levels[4], adaptation: levels[5], refractory_left };
        element.check(Case { parameters, before, weight_sum: levels[6] });
    }
}

fn vectors<E: Element>() {
    let vectors = Vectors::parse(include_str!("../../../spec/vectors/contract.txt")).unwrap();
    let mut element = E::default();
    for vector in &vectors.updates {
        element.check(Case { parameters: vector.parameters, before: vector.before, weight_sum: vector.weight_sum });
    }
    assert!(element.n_cases() > 300, "{} vectors", element.n_cases());
}
