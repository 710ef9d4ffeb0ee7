//! Tuning and similarity of a network in held-out trials.

use recording::Sample;
use train::network::{AreaSpan, Network, QuantizedNetwork};
use train::pass::Observer;

use super::job::Job;
use crate::analysis::SpikeTrains;
use crate::analysis::tuning::{UnitTuning, tune};
use crate::error::StudyError;
use crate::outcome::Tuning;
use crate::run::{Condition, Observation};
use crate::similarity::{self, N_PERMUTATIONS, Similarity};

/// Shares of the epochs after which tuning is recorded.
pub(super) const OBSERVED_SHARES: [f64; 8] = [0.0, 0.03, 0.08, 0.15, 0.3, 0.5, 0.75, 1.0];

/// Records the tuning of a network's neurons while it trains.
pub(super) struct TuningRecorder<'a> {
    job: &'a Job<'a>,
    areas: Vec<AreaSpan>,
    /// Epochs after which tuning is recorded.
    epochs: Vec<usize>,
    /// `None` in a run that does not observe tuning.
    recorded: Result<Option<Tuning>, StudyError>,
}

impl<'a> TuningRecorder<'a> {
    pub(super) fn new(job: &'a Job<'a>, network: &Network) -> Result<Self, StudyError> {
        let observes = job.run.observation == Observation::Tuning;
        let recorded = observes.then(|| job.tuning_of_inputs(network)).transpose()?;
        let epoch = |share: &f64| (share * job.options.epochs as f64).round() as usize;
        let epochs = OBSERVED_SHARES.iter().map(epoch).collect();
        Ok(Self { job, areas: network.areas.clone(), epochs, recorded: Ok(recorded) })
    }

    pub(super) fn after_epoch(&mut self, network: &QuantizedNetwork, epoch: usize) {
        let Ok(Some(tuning)) = &mut self.recorded else { return };
        if !self.epochs.contains(&epoch) {
            return;
        }
        let units = self.job.neuron_trains(network).and_then(|trains| self.job.tuning(&trains));
        match units {
            Ok(units) => {
                tuning.epochs.push(epoch);
                tuning.units.push(self.areas.iter().map(|area| units[area.neurons.clone()].to_vec()).collect());
            }
            Err(error) => self.recorded = Err(error),
        }
    }

    pub(super) fn finish(self) -> Result<Option<Tuning>, StudyError> {
        self.recorded
    }
}

impl Job<'_> {
    /// The network and the recorded units side by side, in a plain run that observes tuning.
    pub(super) fn similarity(
        &self,
        network: &Network,
        quantized: &QuantizedNetwork,
    ) -> Result<Option<Similarity>, StudyError> {
        if (self.run.observation, self.run.condition) != (Observation::Tuning, Condition::Plain) {
            return Ok(None);
        }
        let found = similarity::compare(network, &self.input_trains()?, &self.neuron_trains(quantized)?, self.seed)?;
        Ok(Some(found))
    }

    fn tuning_of_inputs(&self, network: &Network) -> Result<Tuning, StudyError> {
        Ok(Tuning {
            areas: network.areas.iter().map(|area| area.name.clone()).collect(),
            inputs: self.tuning(&self.input_trains()?)?,
            epochs: Vec::new(),
            units: Vec::new(),
        })
    }

    fn tuning(&self, trains: &SpikeTrains) -> Result<Vec<UnitTuning>, StudyError> {
        Ok(tune(&trains.responses(), N_PERMUTATIONS, self.seed)?)
    }

    /// Spikes of the recorded units in the held-out trials.
    fn input_trains(&self) -> Result<SpikeTrains, StudyError> {
        self.windows.input_trains(self.test_trials, self.runner.angles_rad()?)
    }

    /// Spikes of the network's neurons in the held-out trials.
    fn neuron_trains(&self, network: &QuantizedNetwork) -> Result<SpikeTrains, StudyError> {
        let mut observer = Observer::new(network);
        let spikes =
            |samples: &Vec<&Sample>| samples.iter().flat_map(|sample| observer.run(&sample.ticks).spikes).collect();
        self.windows.trains(self.test_trials, self.runner.angles_rad()?, network.layout.n_neurons, spikes)
    }
}
