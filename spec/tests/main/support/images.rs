//! Images: the smallest there is, and small networks on two and four lanes.

use std::fmt::Write;

use super::hex;
use super::updates::{LEAST, parameters_text};
use spec::fixed::DECAY_ONE_RAW;
use spec::image::{HEADER_BYTES, LaneSynapses, NetworkImage, Neuron, SECTION_HEADER_BYTES, SectionKind, Synapse};
use spec::lif::{MAX_REFRACTORY_TICKS, NeuronParameters, ResetMode};

pub fn write(text: &mut String) {
    text.push_str(
        "
# Images
# image n_channels n_neurons n_lanes
# neuron synaptic_decay membrane_decay adaptation_decay threshold adaptation_increment bias refractory_ticks reset fires readout
# synapse lane row post_neuron weight
",
    );
    for (name, image) in [("the smallest image", smallest()), ("two lanes", network(2)), ("four lanes", network(4))] {
        let _ = writeln!(text, "\n# {name}");
        block(text, &image);
    }
}

fn block(text: &mut String, image: &NetworkImage) {
    let _ = writeln!(text, "image {} {} {}", image.n_channels, image.neurons.len(), image.lanes.len());
    for neuron in &image.neurons {
        let readout = neuron.readout.map_or("-".to_owned(), |class| class.to_string());
        let _ = writeln!(text, "neuron {} {readout}", parameters_text(&neuron.parameters));
    }
    for (lane, table) in image.lanes.iter().enumerate() {
        for (row, bounds) in table.row_ptr.windows(2).enumerate() {
            for synapse in &table.synapses[usize::from(bounds[0])..usize::from(bounds[1])] {
                let _ = writeln!(text, "synapse {lane} {row} {} {}", synapse.post_neuron, synapse.weight);
            }
        }
    }
    bytes(text, image);
    text.push_str("end\n");
}

/// The bytes, a line for each part of the layout.
fn bytes(text: &mut String, image: &NetworkImage) {
    let bytes = image.encode().expect("the image is valid");
    let mut rest = &bytes[..];
    let mut part = |n_bytes: usize, name: &str| {
        let (part, behind) = rest.split_at(n_bytes.min(rest.len()));
        rest = behind;
        if !part.is_empty() {
            let _ = writeln!(text, "bytes {} # {name}", hex(part));
        }
    };
    part(HEADER_BYTES, "header");
    for lane in 0..image.lanes.len() as u8 {
        for kind in SectionKind::ALL {
            part(SECTION_HEADER_BYTES, &format!("{kind:?} of lane {lane}"));
            part(2 * image.section_words(kind, lane).len(), "words");
            part(4, "checksum");
        }
    }
    part(4, "checksum of all before");
}

fn smallest() -> NetworkImage {
    let lane = LaneSynapses { row_ptr: vec![0; 3], synapses: vec![] };
    NetworkImage { n_channels: 1, neurons: vec![Neuron { parameters: LEAST, readout: Some(0) }], lanes: vec![lane] }
}

/// Three channels, five neurons, every field at a value of its own.
fn network(n_lanes: usize) -> NetworkImage {
    let hidden = NeuronParameters {
        synaptic_decay: 0x0102,
        membrane_decay: DECAY_ONE_RAW,
        adaptation_decay: 0x3ffe,
        threshold: 0x0304,
        adaptation_increment: i16::MAX,
        bias: -2,
        refractory_ticks: MAX_REFRACTORY_TICKS,
        reset_mode: ResetMode::Subtract,
        never_fires: false,
    };
    let readout = NeuronParameters { never_fires: true, threshold: 1, refractory_ticks: 0, bias: i16::MIN, ..hidden };
    let to_zero = NeuronParameters { reset_mode: ResetMode::ToZero, refractory_ticks: 3, ..hidden };
    let neurons = vec![
        Neuron { parameters: hidden, readout: None },
        Neuron { parameters: readout, readout: Some(1) },
        Neuron { parameters: to_zero, readout: None },
        Neuron { parameters: readout, readout: Some(0) },
        Neuron { parameters: hidden, readout: None },
    ];
    let n_rows = 3 + neurons.len();
    // Row and postsynaptic neuron of every third pair, the weights from one end of their range to the other.
    let pairs = (0..n_rows).flat_map(|row| (0..neurons.len()).map(move |neuron| (row, neuron)));
    let chosen: Vec<(usize, usize, i8)> = pairs
        .step_by(3)
        .enumerate()
        .map(|(index, (row, neuron))| (row, neuron, (19 * index as i32 - 128) as i8))
        .collect();
    let lanes = (0..n_lanes).map(|lane| {
        let on_lane: Vec<_> = chosen.iter().filter(|(_, neuron, _)| neuron % n_lanes == lane).collect();
        let row_ptr = (0..=n_rows).map(|end| on_lane.iter().filter(|(row, ..)| *row < end).count() as u16).collect();
        let synapses = on_lane
            .iter()
            .map(|(_, neuron, weight)| Synapse { post_neuron: (neuron / n_lanes) as u8, weight: *weight });
        LaneSynapses { row_ptr, synapses: synapses.collect() }
    });
    NetworkImage { n_channels: 3, lanes: lanes.collect(), neurons }
}
