//! Files with bytes of chance in them: an error or another network, never a panic.

use std::fs;

use import::mapping::Mapping;
use import::network::Network;
use import::nir::Graph;

use crate::shared_data::shared_data;
use crate::support::tiny;

#[test]
fn damaged_files_never_cause_a_panic() {
    let mut seed = 1_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for name in ["lif_ff_gzip", "lif_ff_nocompress", "cubalif_rec_flat_f64", "rlif_nested_two_pop"] {
        let Some(path) = shared_data(&format!("nir/{name}.nir")) else { return };
        let whole = fs::read(path).unwrap();
        // Most bytes of a small file of h5py are unused.
        let used: Vec<usize> = (0..whole.len()).filter(|&place| whole[place] != 0).collect();
        let mut n_graphs = 0;
        for round in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..=round % 3 {
                bytes[used[next(used.len())]] = next(256) as u8;
            }
            if round % 10 == 0 {
                bytes.truncate(next(whole.len()));
            }
            let Ok(graph) = Graph::from_bytes(&bytes) else { continue };
            n_graphs += 1;
            if let Ok(network) = Network::of(&graph, &tiny()) {
                let _ = Mapping::of(&network);
            }
        }
        assert!(n_graphs > 0, "{name}: nothing was read");
    }
}
