//! The experiments: for each its runs, its sections of the report and the claims that it tests.

use train::network::{Ablation, Network};

pub use crate::plan::Experiment;

use crate::plan::{Plan, TUNING_FOLDS};
use crate::report::sections::{ablation, accuracy, early, energy, front, noise, similarity, sparsity, tuning};
use crate::report::{Claim, Section};
use crate::results::Results;
use crate::run::{Condition, Matching, Method, Noise, NoisePlace, Observation, Run};

/// What an experiment consists of.
pub struct Definition {
    /// Whether it needs three directions or more.
    pub needs_directions: bool,
    /// What it trains, given the first topology's network before training.
    pub setups: fn(&Plan, &Network) -> Vec<Setup>,
    /// Its sections of the report.
    pub sections: &'static [fn(&Results<'_>) -> Section],
    /// The claims that it tests.
    pub claims: &'static [fn(&Results<'_>) -> Vec<Claim>],
}

/// A run of every fold and seed.
pub struct Setup {
    /// The decoder.
    pub method: Method,
    /// What differs from a plain training.
    pub condition: Condition,
    /// Tick length, milliseconds.
    pub tick_ms: u32,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// What is recorded besides the decisions.
    pub observation: Observation,
}

impl Experiment {
    /// What the experiment consists of.
    #[must_use]
    pub fn definition(self) -> Definition {
        match self {
            Self::Front => Definition {
                needs_directions: false,
                setups: decoders_of_all_sizes,
                sections: &[front::section],
                claims: &[front::claims],
            },
            Self::Accuracy => Definition {
                needs_directions: false,
                setups: decoders_at_each_tick_length,
                sections: &[accuracy::section, early::section, energy::section],
                claims: &[accuracy::claims, early::claims],
            },
            Self::Noise => Definition {
                needs_directions: false,
                setups: decoders_in_noise,
                sections: &[noise::section],
                claims: &[noise::claims],
            },
            Self::Tuning => Definition {
                needs_directions: true,
                setups: observed_networks,
                sections: &[tuning::section],
                claims: &[tuning::claims],
            },
            Self::Similarity => Definition {
                needs_directions: true,
                setups: observed_networks,
                sections: &[similarity::section],
                claims: &[],
            },
            Self::Ablation => Definition {
                needs_directions: true,
                setups: ablated_networks,
                sections: &[ablation::section],
                claims: &[ablation::claims],
            },
            Self::Sparsity => Definition {
                needs_directions: false,
                setups: pruned_networks,
                sections: &[sparsity::section],
                claims: &[sparsity::claims],
            },
        }
    }
}

impl Setup {
    /// The run of a fold and seed.
    #[must_use]
    pub fn run(&self, fold: usize, seed: u64) -> Run {
        let Self { method, condition, tick_ms, folds, observation } = self;
        Run {
            method: method.clone(),
            condition: *condition,
            tick_ms: *tick_ms,
            folds: *folds,
            fold,
            seed,
            observation: *observation,
        }
    }
}

/// The plan's experiments that a recording of so many known directions allows: a tuning curve needs three.
#[must_use]
pub fn possible(plan: &Plan, n_directions: usize) -> Vec<Experiment> {
    let is_possible = |experiment: &Experiment| n_directions > 2 || !experiment.definition().needs_directions;
    plan.experiments.iter().copied().filter(is_possible).collect()
}

/// The runs of these experiments, each once. `network` is that of the first topology before training; what does not apply
/// to it is left out.
#[must_use]
pub fn runs(plan: &Plan, experiments: &[Experiment], network: &Network) -> Vec<Run> {
    let mut runs = Vec::new();
    for experiment in experiments {
        let setups = (experiment.definition().setups)(plan, network);
        for seed in plan.first_seed..plan.first_seed + plan.seeds {
            for setup in &setups {
                for run in (0..setup.folds).map(|fold| setup.run(fold, seed)) {
                    if !runs.contains(&run) {
                        runs.push(run);
                    }
                }
            }
        }
    }
    runs
}

fn decoders_at_each_tick_length(plan: &Plan, _: &Network) -> Vec<Setup> {
    let at = |tick_ms: u32| {
        let observation = if tick_ms == plan.ticks_ms[0] { Observation::Noise } else { Observation::Decisions };
        let folds = plan.folds;
        let setup = move |method| Setup { method, condition: Condition::Plain, tick_ms, folds, observation };
        decoders(plan).into_iter().map(setup)
    };
    plan.ticks_ms.iter().flat_map(|&tick_ms| at(tick_ms)).collect()
}

fn decoders_in_noise(plan: &Plan, _: &Network) -> Vec<Setup> {
    let trained = |place| Condition::TrainedInNoise(Noise { place, rate_hz: plan.training_noise_hz });
    let plain = decoders(plan).into_iter().map(|method| (method, Condition::Plain));
    // GRU and LSTM of as many units as the network would take most of the study's time and add little.
    let at_input = decoders(plan).into_iter().filter(|method| method.matching() != Some(Matching::HiddenSize));
    let at_input = at_input.map(|method| (method, trained(NoisePlace::Input)));
    let inside = heard_networks(plan).into_iter().map(|method| (method, trained(NoisePlace::Hidden)));
    plain.chain(at_input).chain(inside).map(|(method, condition)| cross_validated(plan, method, condition)).collect()
}

fn observed_networks(plan: &Plan, _: &Network) -> Vec<Setup> {
    let plain = heard_networks(plan).into_iter().map(|method| observed(plan, method, Condition::Plain));
    plain.chain([observed(plan, first_network(plan), Condition::ShuffledLabels)]).collect()
}

fn ablated_networks(plan: &Plan, network: &Network) -> Vec<Setup> {
    // The intact network is the plain training.
    let ablated = Ablation::ALL
        .into_iter()
        .filter(|&ablation| ablation != Ablation::Intact && ablation.why_not(network).is_none())
        .map(Condition::Ablated);
    let conditions = [Condition::Plain].into_iter().chain(ablated);
    conditions.map(|condition| observed(plan, first_network(plan), condition)).collect()
}

fn pruned_networks(plan: &Plan, network: &Network) -> Vec<Setup> {
    let pruned = plan.pruned_synapses(network.n_synapses()).map(|n_synapses| Setup {
        observation: Observation::Decisions,
        ..cross_validated(plan, first_network(plan), Condition::Pruned { n_synapses })
    });
    [cross_validated(plan, first_network(plan), Condition::Plain)].into_iter().chain(pruned).collect()
}

/// The decoders of the accuracy experiment, and smaller ones.
fn decoders_of_all_sizes(plan: &Plan, network: &Network) -> Vec<Setup> {
    let plain = decoders(plan).into_iter().map(|method| cross_validated(plan, method, Condition::Plain));
    let sized =
        |method, condition| Setup { observation: Observation::Decisions, ..cross_validated(plan, method, condition) };
    let mut setups: Vec<Setup> = plain.chain(pruned_networks(plan, network)).collect();
    for &bits in &plan.weight_bits {
        setups.push(sized(first_network(plan), Condition::WeightBits { bits }));
    }
    for method in divided_networks(plan) {
        let divided = plan.divisors.iter().map(|&divisor| Condition::Divided { divisor });
        setups.extend(divided.map(|condition| sized(method.clone(), condition)));
    }
    for &n_units in &plan.hidden_units {
        let matching = Matching::Units(n_units);
        setups.extend([Method::Gru(matching), Method::Lstm(matching)].map(|method| sized(method, Condition::Plain)));
    }
    setups
}

/// With the folds of the plan, tested in noise.
fn cross_validated(plan: &Plan, method: Method, condition: Condition) -> Setup {
    Setup { method, condition, tick_ms: plan.ticks_ms[0], folds: plan.folds, observation: Observation::Noise }
}

/// With the folds of the experiments on tuning, its tuning observed.
fn observed(plan: &Plan, method: Method, condition: Condition) -> Setup {
    Setup { method, condition, tick_ms: plan.ticks_ms[0], folds: TUNING_FOLDS, observation: Observation::Tuning }
}

fn first_network(plan: &Plan) -> Method {
    Method::Network(plan.topologies[0].name.clone())
}

fn networks(plan: &Plan) -> Vec<Method> {
    plan.topologies.iter().map(|topology| Method::Network(topology.name.clone())).collect()
}

/// Those in which an area reaches the readout.
fn heard_networks(plan: &Plan) -> Vec<Method> {
    let heard = plan.topologies.iter().filter(|topology| topology.is_heard());
    heard.map(|topology| Method::Network(topology.name.clone())).collect()
}

/// The first network, and the feedforward one if it is studied.
fn divided_networks(plan: &Plan) -> Vec<Method> {
    let (first, feedforward) = (first_network(plan), Method::feedforward());
    networks(plan).into_iter().filter(|method| *method == first || *method == feedforward).collect()
}

/// Every network and every decoder that it is compared with.
fn decoders(plan: &Plan) -> Vec<Method> {
    let baselines = [
        Method::Gru(Matching::Parameters),
        Method::Gru(Matching::HiddenSize),
        Method::Lstm(Matching::Parameters),
        Method::Lstm(Matching::HiddenSize),
        Method::Lda,
        Method::NaiveBayes,
    ];
    let is_trained = |method: &Method| plan.matches_hidden_size || method.matching() != Some(Matching::HiddenSize);
    networks(plan).into_iter().chain(baselines.into_iter().filter(is_trained)).collect()
}
