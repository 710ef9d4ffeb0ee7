//! Topology files: parsing arbitrary text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use train::Topology;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(topology) = std::str::from_utf8(bytes).map_err(drop).and_then(|text| Topology::parse(text, "fuzz.toml").map_err(drop)) {
        assert!(topology.n_neurons() > 0);
    }
});
