//! Assigns neurons to lanes so that their loads are balanced.

use super::{SparseNetwork, SparseSynapse};

/// Where every neuron went, and how even that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Id in the image of every neuron of the network, by its index there: a permutation. Lane is id % lanes.
    pub id_of: Vec<usize>,
    /// Synapses that end on each lane, those of weight 0 left out.
    pub synapses_per_lane: Vec<usize>,
    /// Expected synaptic events of each lane, in the unit of the activity; without one it is the synapses.
    pub load_per_lane: Vec<f64>,
}

impl Placement {
    /// Load of the fullest lane over the mean load: 1 is even, the number of lanes is the worst. 1 if nothing is loaded.
    #[must_use]
    pub fn balance(&self) -> f64 {
        let total: f64 = self.load_per_lane.iter().sum();
        if total > 0.0 { heaviest(&self.load_per_lane) * self.load_per_lane.len() as f64 / total } else { 1.0 }
    }

    /// Places the neurons of a network whose synapses all exist on lanes of which each gets at least one.
    ///
    /// The heaviest lane is above the mean by no more than the load of the heaviest neuron: see [`deal`].
    pub(super) fn new(network: &SparseNetwork, lanes: usize, activity: Option<&[f64]>) -> Self {
        let mut fan_in = vec![0; network.neurons.len()];
        let mut load = vec![0.0; network.neurons.len()];
        for &SparseSynapse { pre, post, .. } in network.synapses.iter().filter(|synapse| synapse.weight != 0) {
            fan_in[post] += 1;
            load[post] += activity.map_or(1.0, |activity| activity[pre]);
        }

        let mut members = deal(&load, lanes);
        swap_to_balance(&mut members, &load);
        // Ids count through the lanes, so those with a neuron more come first.
        members.sort_by_key(|neurons| std::cmp::Reverse(neurons.len()));

        let mut id_of = vec![0; load.len()];
        for (lane, neurons) in members.iter_mut().enumerate() {
            neurons.sort_unstable();
            for (index, neuron) in neurons.iter().enumerate() {
                id_of[*neuron] = index * lanes + lane;
            }
        }
        Self {
            id_of,
            synapses_per_lane: members
                .iter()
                .map(|neurons| neurons.iter().map(|neuron| fan_in[*neuron]).sum())
                .collect(),
            load_per_lane: members.iter().map(|neurons| lane_load(neurons, &load)).collect(),
        }
    }

    /// Synapses of the fullest lane.
    pub(super) fn fullest(&self) -> usize {
        self.synapses_per_lane.iter().copied().max().unwrap_or(0)
    }
}

/// Longest processing time first, in rounds: each round gives every lane one neuron, the heaviest to the lightest lane.
///
/// In a round, what two lanes differ by either shrinks or is at most what the round's neurons differ by. So no two lanes
/// ever differ by more than the heaviest neuron.
fn deal(load: &[f64], lanes: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..load.len()).collect();
    order.sort_by(|left, right| load[*right].total_cmp(&load[*left]));

    let mut members = vec![Vec::new(); lanes];
    let mut load_of_lane = vec![0.0_f64; lanes];
    for round in order.chunks(lanes) {
        let mut lightest_first: Vec<usize> = (0..lanes).collect();
        lightest_first.sort_by(|left, right| load_of_lane[*left].total_cmp(&load_of_lane[*right]));
        for (neuron, lane) in round.iter().zip(lightest_first) {
            members[lane].push(*neuron);
            load_of_lane[lane] += load[*neuron];
        }
    }
    members
}

/// Swaps a neuron of the heaviest lane with a lighter one elsewhere, as long as that brings the two lanes together.
fn swap_to_balance(members: &mut [Vec<usize>], load: &[f64]) {
    for neurons in members.iter_mut() {
        neurons.sort_by(|left, right| load[*left].total_cmp(&load[*right]));
    }
    // Every swap lowers the sum of squared loads, so they end by themselves; rounding of fractional loads might not.
    for _ in 0..load.len() {
        let loads: Vec<f64> = members.iter().map(|neurons| lane_load(neurons, load)).collect();
        let by_load = |left: &usize, right: &usize| loads[*left].total_cmp(&loads[*right]);
        let Some(heavy) = (0..members.len()).max_by(by_load) else { return };
        let swaps = (0..members.len()).filter(|lane| *lane != heavy).filter_map(|light| {
            let (peak, swap) = best_swap(&members[heavy], &members[light], load, loads[heavy], loads[light])?;
            Some((peak, light, swap))
        });
        let Some((_, light, (from_heavy, from_light))) = swaps.min_by(|left, right| left.0.total_cmp(&right.0)) else {
            return;
        };
        let neuron = members[heavy][from_heavy];
        members[heavy][from_heavy] = members[light][from_light];
        members[light][from_light] = neuron;
        for lane in [heavy, light] {
            members[lane].sort_by(|left, right| load[*left].total_cmp(&load[*right]));
        }
    }
}

/// The swap after which the heavier of the two lanes is lightest, with its load then; `None` if no swap lowers it. Both
/// lanes ascend by load.
fn best_swap(
    heavy: &[usize],
    light: &[usize],
    load: &[f64],
    heavy_load: f64,
    light_load: f64,
) -> Option<(f64, (usize, usize))> {
    let mut best = None;
    let mut peak = heavy_load;
    let half_gap = (heavy_load - light_load) / 2.0;
    let mut from_light = 0;
    for (from_heavy, neuron) in heavy.iter().enumerate() {
        // The best partner is the last that is lighter by half the gap or more, or the first that is not.
        while from_light + 1 < light.len() && load[*neuron] - load[light[from_light + 1]] >= half_gap {
            from_light += 1;
        }
        for partner in [from_light, from_light + 1] {
            let Some(other) = light.get(partner) else { continue };
            let moved = load[*neuron] - load[*other];
            let peak_after = (heavy_load - moved).max(light_load + moved);
            if peak_after < peak {
                (peak, best) = (peak_after, Some((from_heavy, partner)));
            }
        }
    }
    best.map(|swap| (peak, swap))
}

fn lane_load(neurons: &[usize], load: &[f64]) -> f64 {
    neurons.iter().map(|neuron| load[*neuron]).sum()
}

fn heaviest(loads: &[f64]) -> f64 {
    loads.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_heaviest_of_a_round_goes_to_the_lightest_lane() {
        assert_eq!(deal(&[4.0, 3.0, 2.0, 1.0], 2), [[0, 3], [1, 2]]);
    }

    proptest! {
        #[test]
        fn dealt_lanes_differ_by_no_more_than_the_heaviest_neuron(
            fan_ins in prop::collection::vec(prop_oneof![0_u16..10, 0_u16..1_000], 1..80),
            lanes in 1_usize..10,
        ) {
            let load: Vec<f64> = fan_ins.iter().copied().map(f64::from).collect();
            let members = deal(&load, lanes);
            let loads: Vec<f64> = members.iter().map(|neurons| lane_load(neurons, &load)).collect();
            let lightest = loads.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(heaviest(&loads) - lightest <= heaviest(&load), "{loads:?}");
            let counts: Vec<usize> = members.iter().map(Vec::len).collect();
            let (least, most) = (counts.iter().min(), counts.iter().max());
            prop_assert_eq!((least, most), (Some(&(load.len() / lanes)), Some(&load.len().div_ceil(lanes))));
        }
    }
}
