//! Event lists: opening arbitrary text, up to a 0 byte the events, after it the trials; and cutting what opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recording::{Dataset, Recording, Selection, WindowOptions};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (events, trials) = (parts.next().unwrap_or_default(), parts.next());
    if let Ok(recording) = Recording::from_event_list("fuzz.csv", events, trials) {
        assert!(recording.units.iter().all(|unit| unit.iter().all(|time| time.is_finite()) && unit.is_sorted()));
        let _ = Dataset::cut(&recording, &WindowOptions { stride_ms: Some(10), ..WindowOptions::default() });
        let selection = Selection { units: Some("id!=3".into()), trials: Some("stop_time>0,start_time!=".into()) };
        let (align_column, bin_angles) = (Some("go_ms".into()), Some(8));
        let chosen =
            WindowOptions { selection, align_column, align_relative: true, bin_angles, ..WindowOptions::default() };
        let _ = Dataset::cut(&recording, &chosen);
        assert_eq!(recording.identity().content, recording.identity().content);
    }
});
