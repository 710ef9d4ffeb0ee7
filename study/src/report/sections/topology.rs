//! The topologies drawn.

use train::Topology;
use train::network::{INPUT, ProjectionKind, READOUT};

use super::file_name;
use crate::report::plot::{Arrow, circuit};
use crate::report::{Panel, Section, Table, Value};

/// The section.
#[must_use]
pub fn section(topologies: &[Topology], n_channels: usize, n_classes: usize) -> Section {
    let panel = |topology: &Topology| {
        let mut areas = vec![(INPUT.to_owned(), n_channels)];
        areas.extend(topology.areas.iter().map(|area| (area.name.clone(), area.neurons)));
        areas.push((READOUT.to_owned(), n_classes));
        let index = |name: &str| areas.iter().position(|(area, _)| area == name).unwrap_or(0);
        let mut table = Table::new(&["from", "to", "kind", "density", "gain"]);
        let mut arrows = Vec::new();
        for projection in &topology.projections {
            let (kind, name) = match projection.kind {
                ProjectionKind::Forward => (0, "forward"),
                ProjectionKind::Recurrent => (1, "recurrent"),
                ProjectionKind::Feedback => (2, "feedback"),
            };
            let numbers = [Value::Number(projection.density, 2), Value::Number(projection.gain, 2)];
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
