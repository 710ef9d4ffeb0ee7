//! How similar a trained network and the recording are in the same held-out trials: single neurons, populations, and the
//! circuit, which only the network shows.

use serde::{Deserialize, Serialize};
use train::network::Network;

use crate::analysis::circuit::{
    Balance, Coherence, DirectCells, EffectiveConnectivity, Wiring, area_rates, balance, coherence, direct_cells,
    effective_connectivity,
};
use crate::analysis::population::{
    Dimensionality, PopulationVector, PreferredDirections, SharedSubspace, Trajectories, dimensionality,
    population_vector, preferred_directions, shared_subspace, trajectories,
};
use crate::analysis::single_unit::{SingleUnitDistance, SingleUnitSummary, single_units};
use crate::analysis::tuning::{UnitTuning, tune};
use crate::analysis::{AnalysisError, SpikeTrains};

/// Permutations of the trials in the test of every unit's tuning.
pub const N_PERMUTATIONS: usize = 1999;
/// Shuffles of every control.
const SHUFFLES: usize = 199;
/// Standard deviation of the smoothing of trajectories, milliseconds.
const SMOOTHING_MS: f64 = 8.0;
/// Share of the neurons of cortex that count as direct cells, those with the strongest drive.
const DIRECT_SHARE: f64 = 0.25;

/// The figures of a population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// `recording`, or the name of the area.
    pub name: String,
    /// Units.
    pub n_units: usize,
    /// Rates, variability and sparseness: quartiles over units.
    pub single_units: SingleUnitSummary,
    /// Distance of these distributions from those of the recording; `None` for the recording.
    pub distance: Option<SingleUnitDistance>,
    /// Preferred directions of the tuned units.
    pub preferred: PreferredDirections,
    /// Error of the population vector.
    pub vector: PopulationVector,
    /// Dimensions of single trials and of class means.
    pub dimensionality: Dimensionality,
    /// Trajectory of each direction in the first two principal components.
    pub paths: Trajectories,
    /// Subspace shared with the recording; `None` for the recording.
    pub shared: Option<SharedSubspace>,
    /// The units to draw.
    pub examples: Vec<ExampleUnit>,
}

/// A unit to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExampleUnit {
    /// Its number.
    pub unit: usize,
    /// Mean rate in each direction, Hz.
    pub means_hz: Vec<f64>,
    /// Its tuning.
    pub tuning: UnitTuning,
}

/// Network and recording compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similarity {
    /// The recording, then the areas.
    pub populations: Vec<Population>,
    /// Excitation and inhibition that every neuron receives.
    pub balance: Balance,
    /// What each projection delivers.
    pub connectivity: EffectiveConnectivity,
    /// Coherence of each pair of areas.
    pub coherence: Vec<(String, String, Coherence)>,
    /// Neurons of the first area that drive the last one directly; `None` if the network has one area or no such synapses.
    pub direct_cells: Option<DirectCells>,
    /// Spikes of one trial, `[tick]`: input channels, then neurons.
    pub raster: Vec<Vec<u16>>,
    /// Bands of the raster: name and number of units.
    pub bands: Vec<(String, usize)>,
    /// Tick length, milliseconds.
    pub tick_ms: f64,
}

/// Compares a network with the recording: `inputs` and `neurons` are the spikes of the recorded units and of the network's
/// neurons in the same trials.
///
/// # Errors
/// Too few or too short trials for an analysis.
pub fn compare(
    network: &Network,
    inputs: &SpikeTrains,
    neurons: &SpikeTrains,
    seed: u64,
) -> Result<Similarity, AnalysisError> {
    let wiring = Wiring::from(network);
    let joined = inputs.join(neurons)?;
    let mut populations = vec![population("recording", inputs, None, seed)?];
    let mut rates = vec![("recording".to_owned(), area_rates(inputs))];
    let mut bands = vec![("recording".to_owned(), inputs.n_units())];
    for area in &network.areas {
        let trains = neurons.select(area.neurons.clone())?;
        populations.push(population(&area.name, &trains, Some(inputs), seed)?);
        rates.push((area.name.clone(), area_rates(&trains)));
        bands.push((area.name.clone(), area.neurons.len()));
    }
    let mut pairs = Vec::new();
    for (index, (name, of_one)) in rates.iter().enumerate() {
        for (other, of_other) in &rates[index + 1..] {
            let both = coherence(of_one, of_other, neurons.tick_ms(), SHUFFLES, seed)?;
            pairs.push((name.clone(), other.clone(), both));
        }
    }
    let direct = match (network.areas.first(), network.areas.last()) {
        (Some(cortex), Some(last)) if cortex.name != last.name => {
            let tuning = tuned(&neurons.select(cortex.neurons.clone())?, seed)?;
            Some(direct_cells(&wiring, &cortex.name, &last.name, DIRECT_SHARE, &tuning)?)
        }
        _ => None,
    };
    Ok(Similarity {
        populations,
        balance: balance(&wiring, &joined)?,
        connectivity: effective_connectivity(&wiring, &joined)?,
        coherence: pairs,
        direct_cells: direct.filter(|cells| cells.direct.n_units > 0),
        raster: joined.trials().first().cloned().unwrap_or_default(),
        bands,
        tick_ms: joined.tick_ms(),
    })
}

fn tuned(trains: &SpikeTrains, seed: u64) -> Result<Vec<UnitTuning>, AnalysisError> {
    tune(&trains.responses(), N_PERMUTATIONS, seed)
}

fn population(
    name: &str,
    trains: &SpikeTrains,
    recording: Option<&SpikeTrains>,
    seed: u64,
) -> Result<Population, AnalysisError> {
    let responses = trains.responses();
    let units = single_units(trains);
    let tuning = tuned(trains, seed)?;
    let distance = recording.map(|recording| units.distance(&single_units(recording), SHUFFLES, seed));
    let shared =
        recording.map(|recording| shared_subspace(&responses, &recording.responses(), SHUFFLES, seed)).transpose()?;
    Ok(Population {
        name: name.to_owned(),
        n_units: trains.n_units(),
        single_units: units.summary(),
        distance,
        preferred: preferred_directions(&tuning),
        vector: population_vector(&responses, SHUFFLES, seed)?,
        dimensionality: dimensionality(&responses),
        paths: trajectories(trains, SMOOTHING_MS, 2)?,
        shared,
        examples: examples(trains, &tuning),
    })
}

/// The four units of the deepest modulation, cosine-tuned ones first.
fn examples(trains: &SpikeTrains, tuning: &[UnitTuning]) -> Vec<ExampleUnit> {
    let mut order: Vec<usize> = (0..tuning.len()).filter(|&unit| tuning[unit].fit.is_some()).collect();
    let depth = |unit: usize| tuning[unit].fit.map_or(0.0, |fit| fit.depth_hz);
    order.sort_by(|&a, &b| {
        (tuning[b].is_tuned(), depth(b))
            .partial_cmp(&(tuning[a].is_tuned(), depth(a)))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let responses = trains.responses();
    let directions = responses.directions();
    let of = |&unit: &usize| {
        let counts = responses.of_unit(unit);
        let mut sums = vec![(0.0, 0usize); directions.n_classes()];
        for (&class, count) in directions.class().iter().zip(counts) {
            sums[class].0 += count;
            sums[class].1 += 1;
        }
        let means_hz = sums.iter().map(|&(sum, n)| sum / n.max(1) as f64 * responses.hz_per_spike()).collect();
        ExampleUnit { unit, means_hz, tuning: tuning[unit] }
    };
    order.iter().take(4).map(of).collect()
}
