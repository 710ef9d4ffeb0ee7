//! How alike the activity of a trained network and of the recording are, in the same held-out trials: single neurons,
//! populations, and the circuit, which only the network shows.

use serde::{Deserialize, Serialize};
use train::network::Network;

use crate::analysis::circuit::{
    Balance, Coherence, DirectCells, EffectiveConnectivity, Wiring, area_rates, balance, coherence, direct_cells,
    effective_connectivity,
};
use crate::analysis::population::{
    CcaOptions, Dimensionality, PopulationVector, PreferredDirections, SharedSubspace, Trajectories, dimensionality,
    population_vector, preferred_directions, shared_subspace, trajectories,
};
use crate::analysis::single_unit::{SingleUnitDistance, SingleUnitSummary, single_units};
use crate::analysis::tuning::{TuningOptions, UnitTuning, tune};
use crate::analysis::{AnalysisError, SpikeTrains};

/// Shuffles and permutations of every control.
const SHUFFLES: usize = 199;
/// Standard deviation of the smoothing of trajectories, milliseconds.
const SMOOTHING_MS: f64 = 8.0;
/// Share of cortex that counts as driving motoneurons directly, strongest first.
const DIRECT_SHARE: f64 = 0.25;

/// A population described.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// `recording`, or the area's name.
    pub name: String,
    /// Units.
    pub n_units: usize,
    /// Rates, variability, sparseness: quartiles over units.
    pub single_units: SingleUnitSummary,
    /// Distance of these distributions from the recording's; none of the recording itself.
    pub distance: Option<SingleUnitDistance>,
    /// Preferred directions of tuned units.
    pub preferred: PreferredDirections,
    /// Error of the population vector.
    pub vector: PopulationVector,
    /// Dimensions that single trials and class means use.
    pub dimensionality: Dimensionality,
    /// Paths of the directions in the first two principal components.
    pub paths: Trajectories,
    /// What it shares with the recording over trials; none of the recording itself.
    pub shared: Option<SharedSubspace>,
    /// Angle, radians, and mean rate, Hz, of the best tuned units, for drawing.
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

/// Network and recording side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similarity {
    /// The recording first, then the areas.
    pub populations: Vec<Population>,
    /// Excitation and inhibition of every neuron.
    pub balance: Balance,
    /// What each projection passes on.
    pub connectivity: EffectiveConnectivity,
    /// Coherence of each pair of areas.
    pub coherence: Vec<(String, String, Coherence)>,
    /// Neurons of the first area that drive the last one directly; none in a network of one area, or without such synapses.
    pub direct_cells: Option<DirectCells>,
    /// Spikes of a trial's ticks: channels, and behind them neurons, by the name and size of each band.
    pub raster: Vec<Vec<u16>>,
    /// Bands of the raster: name and units.
    pub bands: Vec<(String, usize)>,
    /// Length of a tick, milliseconds.
    pub tick_ms: f64,
}

/// Compares a network with the recording that it was tested on: `inputs` and `neurons` in the same trials.
///
/// # Errors
/// Trials too few or too short for an analysis.
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
    tune(&trains.responses(), &TuningOptions { seed, n_permutations: 1999, ..TuningOptions::default() })
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
    let options = CcaOptions { n_shuffles: SHUFFLES, seed, ..CcaOptions::default() };
    let shared =
        recording.map(|recording| shared_subspace(&responses, &recording.responses(), &options)).transpose()?;
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

/// The four units whose rate depends most surely on direction, cosine-tuned ones first.
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
