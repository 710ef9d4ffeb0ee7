//! Corticomotoneuronal-like cells: neurons of cortex that drive motoneurons directly (Fetz & Cheney 1980, J Neurophysiol
//! 44:751), and whether they are tuned more than others.

use serde::{Deserialize, Serialize};

use super::Wiring;
use crate::analysis::AnalysisError;
use crate::analysis::statistics::{Correlation, Interval, fisher_exact, spearman, wilson_interval};
use crate::analysis::tuning::UnitTuning;

/// Cells of cortex by their direct drive of motoneurons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirectCells {
    /// Direct drive of each neuron of cortex: sum of its excitatory weights onto motoneurons, at least 0.
    pub drive: Vec<f64>,
    /// Whether each is a direct cell.
    pub is_direct: Vec<bool>,
    /// Tuning of the direct cells.
    pub direct: GroupTuning,
    /// Tuning of the others.
    pub others: GroupTuning,
    /// Fisher's exact p of the same tuned fraction in both, two-sided.
    pub p: f64,
    /// Rank correlation of drive and depth of modulation over the neurons that fire; `None` of fewer than three or where
    /// one of the two is constant.
    pub drive_and_depth: Option<Correlation>,
}

/// Tuned units of a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupTuning {
    /// Units.
    pub n_units: usize,
    /// Cosine-tuned ones.
    pub n_tuned: usize,
    /// Their fraction, 0 to 1; `None` if there are no units.
    pub fraction: Option<f64>,
    /// Wilson's 95 % interval.
    pub interval: Interval,
}

/// Direct cells are the neurons of `cortex` whose direct drive of `motoneurons` is above 0 and among the largest `share`
/// (above 0, at most 1) of the cortex's. Where cortex projects densely nearly every neuron has some drive, and 1 would
/// leave no others. `tuning` is that of the cortex's neurons, in their order.
///
/// # Errors
/// Unknown areas, tuning of a different number of units, a share out of range, synapses between unknown neurons.
pub fn direct_cells(
    wiring: &Wiring,
    cortex: &str,
    motoneurons: &str,
    share: f64,
    tuning: &[UnitTuning],
) -> Result<DirectCells, AnalysisError> {
    wiring.check_synapses()?;
    let (cortex, motoneurons) = (wiring.area(cortex)?, wiring.area(motoneurons)?);
    AnalysisError::check_same_length("neurons of cortex and their tuning", cortex.len(), tuning.len())?;
    if !(share > 0.0 && share <= 1.0) {
        return Err(AnalysisError::new("share", format!("{share}"), "give a part above 0 and at most 1"));
    }
    let mut drive = vec![0.0; cortex.len()];
    for synapse in wiring.synapses.iter().filter(|synapse| motoneurons.contains(&synapse.post_neuron)) {
        let pre_neuron = synapse.pre_neuron.checked_sub(wiring.n_channels).filter(|neuron| cortex.contains(neuron));
        if let Some(neuron) = pre_neuron {
            drive[neuron - cortex.start] += synapse.weight.max(0.0);
        }
    }
    let mut order: Vec<usize> = (0..drive.len()).collect();
    order.sort_by(|&a, &b| drive[b].total_cmp(&drive[a]));
    let mut is_direct = vec![false; drive.len()];
    for &neuron in &order[..(share * drive.len() as f64).round() as usize] {
        is_direct[neuron] = drive[neuron] > 0.0;
    }
    let group = |wanted: bool| {
        let units = tuning.iter().zip(&is_direct).filter(|&(_, &is_direct)| is_direct == wanted);
        GroupTuning::of(&units.map(|(unit, _)| unit).collect::<Vec<&UnitTuning>>())
    };
    let (direct, others) = (group(true), group(false));
    let (drives, depths): (Vec<f64>, Vec<f64>) =
        drive.iter().zip(tuning).filter_map(|(&drive, unit)| Some((drive, unit.fit?.depth_hz))).unzip();
    Ok(DirectCells {
        p: fisher_exact((direct.n_tuned, direct.n_units), (others.n_tuned, others.n_units)),
        drive_and_depth: spearman(&drives, &depths),
        drive,
        is_direct,
        direct,
        others,
    })
}

impl GroupTuning {
    fn of(units: &[&UnitTuning]) -> Self {
        let (n_units, n_tuned) = (units.len(), units.iter().filter(|unit| unit.is_tuned()).count());
        Self {
            n_units,
            n_tuned,
            fraction: (n_units > 0).then(|| n_tuned as f64 / n_units as f64),
            interval: wilson_interval(n_tuned, n_units, 0.95),
        }
    }
}
