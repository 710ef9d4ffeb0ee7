//! NWB files: opening arbitrary bytes, and cutting what opens.
#![no_main]

mod opened;

use libfuzzer_sys::fuzz_target;
use recording::Recording;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(recording) = Recording::from_nwb("fuzz.nwb", bytes) {
        opened::check(&recording);
    }
});
