//! The backward pass against central finite differences, on a smooth copy of the network in `f64`.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spec::lif::ResetMode;
use train::network::{Layout, Parameters};
use train::pass::{Adjoint, Arrival, BackwardScratch, ResetGradient, Surrogate, TickLoss, Trace};

const LAYOUT: Layout = Layout { n_channels: 5, n_neurons: 7, n_readouts: 3 };
const N_TICKS: usize = 9;
const CLASSES: [usize; 4] = [2, 0, 1, 2];
const STEEPNESS: f64 = 1.7;
const HEIGHT: f64 = 0.6;
const SURROGATE: Surrogate = Surrogate::FastSigmoid { height: HEIGHT, steepness: STEEPNESS };

/// A network whose spike is the antiderivative of [`SURROGATE`], so that its gradient exists.
struct Smooth {
    parameters: Parameters<f64>,
    reset_mode: Vec<ResetMode>,
    /// `[tick][sample][post]`: a fixed schedule in place of the refractory period, which has no derivative.
    held: Vec<bool>,
    /// `[tick][sample][neuron]`: spikes that noise puts in the place of the neuron's own; empty without noise.
    forced: Vec<bool>,
    /// `[tick][sample][channel]`.
    input: Vec<f64>,
    /// The state that an earlier window left, which no gradient goes beyond.
    carried: Option<Carried>,
}

/// States and spikes at the end of a window, `[sample][post]`.
#[derive(Clone)]
struct Carried {
    potential: Vec<f64>,
    current: Vec<f64>,
    adaptation: Vec<f64>,
    spike: Vec<f64>,
}

impl Carried {
    fn at_end_of(trace: &Trace<f64>) -> Self {
        let last = trace.row(N_TICKS - 1, 0).start..trace.row(N_TICKS - 1, CLASSES.len() - 1).end;
        let of = |array: &[f64]| array[last.clone()].to_vec();
        Self {
            potential: of(&trace.potential),
            current: of(&trace.current),
            adaptation: of(&trace.adaptation),
            spike: of(&trace.spike),
        }
    }
}

impl Smooth {
    fn random(rng: &mut impl Rng, holds: bool) -> Self {
        let mut parameters = Parameters::zeros(LAYOUT);
        let draw = |values: &mut Vec<f64>, low: f64, high: f64, rng: &mut dyn Rng| {
            values.iter_mut().for_each(|value| *value = low + (high - low) * rng.random::<f64>());
        };
        draw(&mut parameters.weights, -0.6, 0.9, rng);
        draw(&mut parameters.synaptic_decay, 0.1, 0.8, rng);
        draw(&mut parameters.membrane_decay, 0.5, 0.95, rng);
        draw(&mut parameters.adaptation_decay, 0.6, 0.99, rng);
        draw(&mut parameters.adaptation_increment, 0.0, 0.4, rng);
        draw(&mut parameters.threshold, 0.7, 1.3, rng);
        draw(&mut parameters.bias, -0.1, 0.2, rng);
        let n_rows = N_TICKS * CLASSES.len();
        let reset_mode = (0..LAYOUT.n_post())
            .map(|post| if post % 2 == 0 { ResetMode::Subtract } else { ResetMode::ToZero })
            .collect();
        let held =
            if holds { (0..n_rows * LAYOUT.n_post()).map(|_| rng.random_bool(0.2)).collect() } else { Vec::new() };
        let input = (0..n_rows * LAYOUT.n_channels).map(|_| if rng.random_bool(0.4) { 1.0 } else { 0.0 }).collect();
        Self { parameters, reset_mode, held, forced: Vec::new(), input, carried: None }
    }

    fn run(&self) -> Trace<f64> {
        let (n_post, n_channels, n_samples) = (LAYOUT.n_post(), LAYOUT.n_channels, CLASSES.len());
        let mut trace = Trace::new(LAYOUT, n_samples, N_TICKS, !self.held.is_empty());
        trace.held.copy_from_slice(&self.held);
        let is_forced =
            |row: usize, neuron: usize| self.forced.get(row * LAYOUT.n_neurons + neuron).is_some_and(|forced| *forced);
        if !self.forced.is_empty() {
            let places = || (0..n_samples).flat_map(|sample| (0..LAYOUT.n_neurons).map(move |neuron| (sample, neuron)));
            let of_tick =
                |tick| places().filter(|&(sample, neuron)| is_forced(tick * n_samples + sample, neuron)).collect();
            trace.forced = (0..N_TICKS).map(of_tick).collect();
        }
        let values = &self.parameters;
        if let Some(carried) = &self.carried {
            trace.initial_potential.copy_from_slice(&carried.potential);
            trace.initial_current.copy_from_slice(&carried.current);
            trace.initial_adaptation.copy_from_slice(&carried.adaptation);
        }
        let no_spikes = vec![0.0; n_samples * n_post];
        let carried_spikes = self.carried.as_ref().map_or(&no_spikes, |carried| &carried.spike).clone();
        for tick in 0..N_TICKS {
            for sample in 0..n_samples {
                let row = tick * n_samples + sample;
                let before = |array: &[f64], initial: &[f64], post: usize| {
                    if tick > 0 { array[(row - n_samples) * n_post + post] } else { initial[row * n_post + post] }
                };
                let channels = &self.input[row * n_channels..(row + 1) * n_channels];
                let sent = |neuron: usize| {
                    let forced = tick > 0 && is_forced(row - n_samples, neuron);
                    if forced { 1.0 } else { before(&trace.spike, &carried_spikes, neuron) }
                };
                let neurons: Vec<f64> = (0..LAYOUT.n_neurons).map(sent).collect();
                let arriving: Vec<f64> = channels.iter().copied().chain(neurons).collect();
                for (pre, &value) in arriving.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                    trace.arrivals.push(Arrival { pre: pre as u32, row: row as u32, value });
                }
                for post in 0..n_post {
                    let sum: f64 =
                        (0..LAYOUT.n_pre()).map(|pre| arriving[pre] * values.weights[pre * n_post + post]).sum();
                    let current =
                        values.synaptic_decay[post] * before(&trace.current, &trace.initial_current, post) + sum;
                    let adaptation =
                        values.adaptation_decay[post] * before(&trace.adaptation, &trace.initial_adaptation, post);
                    let threshold = values.threshold[post] + adaptation;
                    let place = row * n_post + post;
                    let held = !self.held.is_empty() && self.held[place];
                    let potential = before(&trace.potential, &trace.initial_potential, post);
                    let integrated = if held {
                        potential
                    } else {
                        values.membrane_decay[post] * potential + current + values.bias[post]
                    };
                    let fires = !held && post < LAYOUT.n_neurons;
                    let excess = integrated - threshold;
                    let spike = if fires { 0.5 + HEIGHT * excess / (1.0 + STEEPNESS * excess.abs()) } else { 0.0 };
                    trace.slope[place] = if fires { SURROGATE.slope(excess) } else { 0.0 };
                    trace.spike[place] = spike;
                    trace.current[place] = current;
                    trace.adaptation[place] = adaptation + spike * values.adaptation_increment[post];
                    trace.potential[place] = match self.reset_mode[post] {
                        ResetMode::Subtract => integrated - spike * threshold,
                        ResetMode::ToZero => integrated * (1.0 - spike),
                    };
                }
            }
        }
        trace
    }

    fn loss(&self) -> f64 {
        let trace = self.run();
        tick_loss().evaluate(&trace, &CLASSES, &targets(), 1.0, &mut Vec::new()).loss
    }

    fn gradient(&self, reset: ResetGradient) -> Parameters<f64> {
        let mut trace = self.run();
        let mut score_gradient = Vec::new();
        tick_loss().evaluate(&trace, &CLASSES, &targets(), 1.0, &mut score_gradient);
        let adjoint = Adjoint::new(LAYOUT, self.parameters.clone(), &self.reset_mode, reset);
        let mut gradient = Parameters::zeros(LAYOUT);
        adjoint.backward(&mut trace, &score_gradient, &mut BackwardScratch::default(), &mut gradient);
        gradient
    }
}

/// Soft targets that lean towards the class and differ from tick to tick.
fn targets() -> Vec<f32> {
    let mut targets = Vec::new();
    for tick in 0..N_TICKS {
        for class in CLASSES {
            let soft =
                (0..LAYOUT.n_readouts).map(|readout| 1.0 + ((tick + readout) % 3) as f32 + f32::from(readout == class));
            let sum: f32 = soft.clone().sum();
            targets.extend(soft.map(|target| target / sum));
        }
    }
    targets
}

fn tick_loss() -> TickLoss {
    TickLoss::ramp(N_TICKS, 1.5, 1.3)
}

/// The largest difference between gradient and central differences, over all parameters, relative to the largest entry of
/// the group; and the largest entry of each group.
fn largest_error(network: &mut Smooth, reset: ResetGradient) -> (f64, Vec<f64>) {
    const STEP: f64 = 1e-6;
    let gradient = network.gradient(reset);
    let mut largest_error = 0f64;
    let mut largest_entries = Vec::new();
    for (group, entries) in gradient.groups().into_iter().enumerate() {
        let largest = entries.iter().fold(0f64, |largest, entry| largest.max(entry.abs()));
        for (index, entry) in entries.iter().enumerate() {
            let value = network.parameters.groups()[group][index];
            network.parameters.groups_mut()[group][index] = value + STEP;
            let above = network.loss();
            network.parameters.groups_mut()[group][index] = value - STEP;
            let below = network.loss();
            network.parameters.groups_mut()[group][index] = value;
            largest_error = largest_error.max(((above - below) / (2.0 * STEP) - entry).abs() / largest);
        }
        largest_entries.push(largest);
    }
    (largest_error, largest_entries)
}

#[test]
fn gradient_of_every_parameter_is_that_of_finite_differences() {
    for seed in 0..3 {
        let mut network = Smooth::random(&mut ChaCha8Rng::seed_from_u64(seed), false);
        let (error, entries) = largest_error(&mut network, ResetGradient::Exact);
        assert!(error < 1e-6, "seed {seed}: relative error {error:e}");
        assert!(entries.iter().all(|&entry| entry > 1e-3), "a group has no gradient to compare: {entries:?}");
    }
}

#[test]
fn gradient_through_held_potentials_is_that_of_finite_differences() {
    let mut network = Smooth::random(&mut ChaCha8Rng::seed_from_u64(11), true);
    let (error, _) = largest_error(&mut network, ResetGradient::Exact);
    assert!(error < 1e-6, "relative error {error:e}");
}

#[test]
fn gradient_with_forced_spikes_is_that_of_finite_differences() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let mut network = Smooth::random(&mut rng, false);
    let quiet = network.gradient(ResetGradient::Exact);
    network.forced = (0..N_TICKS * CLASSES.len() * LAYOUT.n_neurons).map(|_| rng.random_bool(0.2)).collect();
    let (error, _) = largest_error(&mut network, ResetGradient::Exact);
    assert!(error < 1e-6, "relative error {error:e}");
    assert_ne!(network.gradient(ResetGradient::Exact), quiet, "the forced spikes are felt");
}

#[test]
fn detached_reset_leaves_out_a_part_of_the_gradient() {
    let mut network = Smooth::random(&mut ChaCha8Rng::seed_from_u64(1), false);
    let (error, _) = largest_error(&mut network, ResetGradient::Detached);
    assert!(error > 1e-2, "relative error {error:e}");
}

#[test]
fn gradient_across_the_edge_of_a_window_is_that_of_finite_differences() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    for holds in [false, true] {
        let mut network = Smooth::random(&mut rng, holds);
        let alone = network.gradient(ResetGradient::Exact);
        network.carried = Some(Carried::at_end_of(&network.run()));
        let (error, _) = largest_error(&mut network, ResetGradient::Exact);
        assert!(error < 1e-6, "relative error {error:e}");
        assert_ne!(network.gradient(ResetGradient::Exact), alone, "the carried state is felt");
    }
}
