//! The topologies drawn.

use train::Topology;
use train::network::{INPUT, Projection, ProjectionKind, READOUT, SynapsePlacement};

use super::file_name;
use crate::report::plot::{Arrow, circuit};
use crate::report::{Panel, Section, Table, Value};

/// The section.
#[must_use]
pub fn section(topologies: &[Topology], n_channels: usize, n_classes: usize) -> Section {
    let panel = |topology: &Topology| {
        let (areas, projections) = match topology.placement {
            SynapsePlacement::Projections => as_written(topology, n_channels, n_classes),
            SynapsePlacement::Random => at_random(topology, n_channels, n_classes),
        };
        let index = |name: &str| areas.iter().position(|(area, _)| area == name).unwrap_or(0);
        let mut table = Table::new(&["from", "to", "kind", "density", "gain"]);
        let mut arrows = Vec::new();
        for projection in &projections {
            let (kind, name) = match projection.kind {
                ProjectionKind::Forward => (0, "forward"),
                ProjectionKind::Recurrent => (1, "recurrent"),
                ProjectionKind::Feedback => (2, "feedback"),
            };
            let gain = Some(projection.gain).filter(|gain| gain.is_finite());
            let numbers =
                [Value::Number(projection.density, 2), gain.map_or(Value::Missing, |gain| Value::Number(gain, 2))];
            let words = [projection.from.as_str().into(), projection.to.as_str().into(), name.into()];
            table.push(words.into_iter().chain(numbers));
            let (from, to) = (index(&projection.from), index(&projection.to));
            arrows.push(Arrow { from, to, weight: projection.density, kind });
        }
        Panel {
            name: file_name("topology", &topology.name),
            caption: format!("{}: {}. Width: density of the projection.", topology.name, topology.description),
            figure: Some(circuit(&areas, &arrows, &["forward", "recurrent", "feedback"])),
            table,
            shows_table: false,
        }
    };
    Section {
        id: "networks",
        title: "Networks".to_owned(),
        words: vec![
            "The authors' graph is not published. Areas and projections are inferred from anatomy [I], sizes and densities are our \
             choice [C]; so the topology is a factor in every experiment, and a file that you can edit."
                .to_owned(),
        ],
        panels: topologies.iter().map(panel).collect(),
    }
}

/// Areas with their sizes, and the projections between them.
type Graph = (Vec<(String, usize)>, Vec<Projection>);

fn as_written(topology: &Topology, n_channels: usize, n_classes: usize) -> Graph {
    let mut areas = vec![(INPUT.to_owned(), n_channels)];
    areas.extend(topology.areas.iter().map(|area| (area.name.clone(), area.neurons)));
    areas.push((READOUT.to_owned(), n_classes));
    (areas, topology.projections.clone())
}

/// What is left of the areas if synapses lie at random: one, that all channels and all neurons project to with one density;
/// gains are mixed.
fn at_random(topology: &Topology, n_channels: usize, n_classes: usize) -> Graph {
    let (areas, projections) = as_written(topology, n_channels, n_classes);
    let size = |name: &str| areas.iter().find(|(area, _)| area == name).map_or(0, |(_, size)| *size) as f64;
    let n_synapses = |is_readout: bool| -> f64 {
        let chosen = projections.iter().filter(|projection| (projection.to == READOUT) == is_readout);
        chosen.map(|projection| projection.density * size(&projection.from) * size(&projection.to)).sum()
    };
    let n_neurons = topology.n_neurons();
    let within = n_synapses(false) / ((n_channels + n_neurons) * n_neurons).max(1) as f64;
    let to_readout = n_synapses(true) / (n_neurons * n_classes).max(1) as f64;
    let neurons = "neurons".to_owned();
    let projection = |from: &str, to: &str, kind, density: f64| Projection {
        from: from.to_owned(),
        to: to.to_owned(),
        kind,
        density: density.min(1.0),
        gain: f64::NAN,
    };
    let projections = vec![
        projection(INPUT, &neurons, ProjectionKind::Forward, within),
        projection(&neurons, &neurons, ProjectionKind::Recurrent, within),
        projection(&neurons, READOUT, ProjectionKind::Forward, to_readout),
    ];
    (vec![(INPUT.to_owned(), n_channels), (neurons, n_neurons), (READOUT.to_owned(), n_classes)], projections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synapses_at_random_leave_one_area_with_as_many_of_them() {
        let t2 = Topology::load("T2").unwrap();
        let (areas, projections) = at_random(&t2, 61, 7);
        assert_eq!(areas.iter().map(|area| area.1).collect::<Vec<_>>(), [61, 240, 7]);
        let size = |name: &str| areas.iter().find(|area| area.0 == name).unwrap().1 as f64;
        let n_synapses: f64 = projections.iter().map(|it| it.density * size(&it.from) * size(&it.to)).sum();
        let network = train::network::Network::new(&t2, 61, 7, 1.0, 8, 1).unwrap();
        let expected = network.n_synapses() as f64;
        assert!((n_synapses - expected).abs() < 10.0, "{n_synapses}, {expected}");
    }
}
