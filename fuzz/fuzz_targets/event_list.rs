//! Event lists: opening arbitrary text, up to a 0 byte the events, after it the trials; and cutting what opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recording::{Dataset, Recording, WindowOptions};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (events, trials) = (parts.next().unwrap_or_default(), parts.next());
    if let Ok(recording) = Recording::from_event_list("fuzz.csv", events, trials) {
        assert!(recording.units.iter().all(|unit| unit.iter().all(|time| time.is_finite()) && unit.is_sorted()));
        let _ = Dataset::cut(&recording, &WindowOptions { stride_ms: Some(10), ..WindowOptions::default() });
    }
});
