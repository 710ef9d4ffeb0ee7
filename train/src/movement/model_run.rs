//! The reference model run free: what it scores, and what that costs.

use model::{Core, TickError};
use recording::Stream;
use spec::digest::ScoresDigest;

use super::{AffineReadout, MovementScore, MovementTally, OperationsPerTick, Run};

/// The reference model on runs of a stream, each from a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRun {
    /// How well its values follow the labels.
    pub score: MovementScore,
    /// Synaptic events of a tick.
    pub operations: OperationsPerTick,
    /// Mean spikes of all neurons in a tick.
    pub spikes_per_tick: f64,
    /// Neurons, readouts included, whose potential is at a limit of its range in more than a hundredth of the ticks.
    pub saturated_neurons: usize,
    /// Neurons that can fire and never do.
    pub dead_neurons: usize,
    /// Ticks run.
    pub n_ticks: usize,
    /// SHA-256 over the scores of every tick, in order.
    pub scores_hash: String,
}

impl ModelRun {
    /// Runs `core`, which holds the network.
    ///
    /// # Errors
    /// A stream with more channels than the network.
    pub fn of(mut core: Core, readout: &AffineReadout, stream: &Stream, runs: &[Run]) -> Result<Self, TickError> {
        /// A neuron that is at a limit in a larger share of the ticks counts as saturated.
        const SATURATED_SHARE: f64 = 0.01;
        let (mut tally, mut digest) = (MovementTally::new(stream.axes.len()), ScoresDigest::default());
        let (mut operations, mut values) = (Vec::new(), vec![0.0; stream.axes.len()]);
        let (mut at_limit, mut n_spikes) = (vec![0_usize; core.n_neurons()], vec![0_usize; core.n_neurons()]);
        for run in runs {
            core.restart();
            for tick in run.ticks.clone() {
                let outcome = core.tick(stream.tick(tick))?;
                digest.add_tick(outcome.scores);
                operations.push(outcome.synaptic_events);
                outcome.spikes.iter().for_each(|&neuron| n_spikes[usize::from(neuron)] += 1);
                if tick >= run.first_scored && stream.is_scored(tick) {
                    readout.apply(outcome.scores, &mut values);
                    tally.add(stream.label(tick), &values);
                }
                for (count, state) in at_limit.iter_mut().zip(core.states()) {
                    *count += usize::from(state.potential == i16::MIN || state.potential == i16::MAX);
                }
            }
        }
        let n_ticks = operations.len();
        let of_ticks = n_ticks.max(1) as f64;
        let is_dead = |neuron: &usize| n_spikes[*neuron] == 0 && !core.parameters()[*neuron].never_fires;
        operations.sort_unstable();
        Ok(Self {
            score: tally.score(),
            operations: OperationsPerTick {
                mean: operations.iter().map(|&count| f64::from(count)).sum::<f64>() / of_ticks,
                p99: operations.get(n_ticks * 99 / 100).copied().unwrap_or(0),
                max: operations.last().copied().unwrap_or(0),
            },
            spikes_per_tick: n_spikes.iter().sum::<usize>() as f64 / of_ticks,
            saturated_neurons: at_limit.iter().filter(|&&count| count as f64 > SATURATED_SHARE * of_ticks).count(),
            dead_neurons: (0..core.n_neurons()).filter(is_dead).count(),
            n_ticks,
            scores_hash: digest.hex(),
        })
    }
}
