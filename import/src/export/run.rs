//! A run of an image as NIRData: events in, spikes and potentials of every node, and the scores, tick by tick.
//!
//! Source: the package `nir`, 1.0.8, `NIRGraphData`.

use model::{Core, TickError};
use recording::Tree;
use spec::image::NetworkImage;

use super::groups::groups;
use super::{group, integers, real, reals, text};
use crate::calibration::Events;
use crate::card::ImportCard;
use crate::nirdata::LEAD_IN;

/// Runs the reference model on the ticks of a core, a lead-in included. Potentials and scores are integers, in steps.
///
/// # Errors
/// Events on channels that the image has not.
pub fn run(image: &NetworkImage, card: Option<&ImportCard>, dt_s: f64, ticks: &Events) -> Result<Tree, TickError> {
    let groups = groups(image, card);
    let n_ticks = ticks.len();
    let mut spikes_of: Vec<Vec<(usize, usize)>> = vec![Vec::new(); groups.len()];
    let mut potentials_of: Vec<Vec<i64>> = vec![Vec::new(); groups.len()];
    let mut place_of = vec![(0, 0); image.neurons.len()];
    for (index, group) in groups.iter().enumerate() {
        group.neurons.iter().enumerate().for_each(|(place, &neuron)| place_of[neuron] = (index, place));
    }
    let mut core = Core::of(image);
    for (tick, channels) in ticks.iter().enumerate() {
        for neuron in core.tick(channels)?.spikes {
            let (group, place) = place_of[usize::from(*neuron)];
            spikes_of[group].push((tick, place));
        }
        for (potentials, group) in potentials_of.iter_mut().zip(&groups) {
            potentials.extend(group.neurons.iter().map(|&id| i64::from(core.states()[id].potential)));
        }
    }
    let input = ticks.iter().enumerate();
    let input = input.flat_map(|(tick, channels)| channels.iter().map(move |channel| (tick, usize::from(*channel))));
    let spikes = |events: Vec<(usize, usize)>, size: usize| spikes(&events, size, n_ticks, dt_s);
    let gridded = |values: Vec<i64>, size: usize| {
        group([
            ("@__type__", text("TimeGriddedData")),
            ("@dt", real(dt_s)),
            ("data", integers(&[1, n_ticks, size], values)),
        ])
    };
    let mut of_input = spikes(input.collect(), usize::from(image.n_channels));
    if let (Tree::Group(members), Some(card)) = (&mut of_input, card) {
        members.insert(LEAD_IN.to_owned(), integers(&[], vec![i64::from(card.lead_in_ticks)]));
    }
    let mut nodes = vec![("input".to_owned(), node([("spikes", of_input)]))];
    for ((of_group, events), potentials) in groups.iter().zip(spikes_of).zip(potentials_of) {
        let size = of_group.neurons.len();
        if of_group.is_readout {
            nodes.push((of_group.output_name(), node([("scores", gridded(potentials.clone(), size))])));
        }
        let observables = [("spikes", spikes(events, size)), ("potentials", gridded(potentials, size))];
        nodes.push((of_group.name.clone(), node(observables)));
    }
    Ok(group([("@__type__", text("NIRGraphData")), ("nodes", group(nodes))]))
}

fn node(observables: impl IntoIterator<Item = (&'static str, Tree)>) -> Tree {
    group([("@__type__", text("NIRNodeData")), ("observables", group(observables))])
}

/// Spikes as tick and index; a time is the middle of its tick.
fn spikes(events: &[(usize, usize)], size: usize, n_ticks: usize, dt_s: f64) -> Tree {
    let index = |&(_, index): &(usize, usize)| i64::try_from(index).unwrap_or(-1);
    group([
        ("@__type__", text("EventData")),
        ("@n_neurons", integers(&[], vec![i64::try_from(size).unwrap_or(i64::MAX)])),
        ("@t_max", real(n_ticks as f64 * dt_s)),
        ("idx", integers(&[1, events.len()], events.iter().map(index).collect())),
        ("time", reals(&[1, events.len()], events.iter().map(|(tick, _)| (*tick as f64 + 0.5) * dt_s).collect())),
    ])
}
