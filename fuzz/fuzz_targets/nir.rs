//! Any bytes as a NIR file: a graph, a network, a mapping, or an error.
#![no_main]

use import::conventions::{Conventions, Integrator, PerNode, Producer, ResetKind};
use import::mapping::Mapping;
use import::network::Network;
use import::nir::Graph;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(graph) = Graph::from_bytes(bytes) else { return };
    let conventions = Conventions {
        dt_s: Some(1e-3),
        integrator: Some(Integrator::Exponential),
        reset: PerNode::all(ResetKind::Subtract),
        reset_delay: PerNode::all(true),
        ..Conventions::of(Producer::Nir)
    };
    if let Ok(network) = Network::of(&graph, &conventions) {
        let _ = Mapping::of(&network);
    }
});
