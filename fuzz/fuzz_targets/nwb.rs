//! NWB files: opening arbitrary bytes, and cutting what opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recording::{Dataset, Recording, WindowOptions};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(recording) = Recording::from_nwb("fuzz.nwb", bytes) {
        assert!(recording.units.iter().all(|unit| unit.iter().all(|time| time.is_finite()) && unit.is_sorted()));
        let _ = Dataset::cut(&recording, &WindowOptions { stride_ms: Some(10), ..WindowOptions::default() });
    }
});
