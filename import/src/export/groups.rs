//! The neurons of an image, grouped into nodes: those of one population that are reset in the same way.

use std::collections::{BTreeMap, BTreeSet};

use spec::image::NetworkImage;
use spec::lif::ResetMode;

use crate::card::ImportCard;

/// The name of the node of the channels.
pub(super) const INPUT: &str = "input";

/// Neurons that become one node.
pub(super) struct Group {
    /// The name of the node.
    pub name: String,
    /// Their ids in the image, in the order of the node.
    pub neurons: Vec<usize>,
    /// Whether their potentials are scores.
    pub is_readout: bool,
    pub never_fires: bool,
    pub reset_mode: ResetMode,
    pub refractory_ticks: u8,
}

impl Group {
    /// The name of the node of its outputs, were it free.
    pub fn output_name(&self) -> String {
        format!("output.{}", self.name)
    }
}

/// What neurons of one node have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: String,
    is_readout: bool,
    never_fires: bool,
    subtracts: bool,
    refractory_ticks: u8,
}

/// All neurons of an image; a companion names their populations.
pub(super) fn groups(image: &NetworkImage, card: Option<&ImportCard>) -> Vec<Group> {
    let mut names: Vec<(String, usize)> = image.neurons.iter().map(|_| ("neurons".to_owned(), 0)).collect();
    let mut name = |neuron: usize, population: &str, place: usize| {
        if let Some(named) = names.get_mut(neuron) {
            // A slash would be a group of the file.
            *named = (population.replace('/', "."), place);
        }
    };
    for population in card.iter().flat_map(|card| &card.populations) {
        population.neurons.iter().enumerate().for_each(|(place, &neuron)| name(neuron, &population.name, place));
    }
    for (place, auxiliary) in card.iter().flat_map(|card| card.auxiliary_neurons.iter().enumerate()) {
        name(auxiliary.neuron, &auxiliary.role, place);
    }
    let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (id, neuron) in image.neurons.iter().enumerate() {
        let parameters = &neuron.parameters;
        let key = Key {
            name: names[id].0.clone(),
            is_readout: neuron.readout.is_some(),
            never_fires: parameters.never_fires,
            subtracts: !parameters.never_fires && parameters.reset_mode == ResetMode::Subtract,
            refractory_ticks: if parameters.never_fires { 0 } else { parameters.refractory_ticks },
        };
        by_key.entry(key).or_default().push(id);
    }
    let mut taken = BTreeSet::from([INPUT.to_owned()]);
    let group = |(key, mut neurons): (Key, Vec<usize>)| {
        neurons.sort_by_key(|&id| (image.neurons[id].readout, names[id].1, id));
        let name = free_name(&key.name, |name| taken.contains(name));
        taken.insert(name.clone());
        Group {
            name,
            neurons,
            is_readout: key.is_readout,
            never_fires: key.never_fires,
            reset_mode: if key.subtracts { ResetMode::Subtract } else { ResetMode::ToZero },
            refractory_ticks: key.refractory_ticks,
        }
    };
    by_key.into_iter().map(group).collect()
}

/// The name, with a number behind it if it is taken.
pub(super) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    for number in 2_usize.. {
        if !is_taken(&free) {
            break;
        }
        free = format!("{name}.{number}");
    }
    free
}
