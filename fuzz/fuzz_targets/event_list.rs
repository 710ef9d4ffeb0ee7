//! Event lists: opening arbitrary text, up to a 0 byte the events, after it the trials; and cutting what opens.
#![no_main]

mod opened;

use libfuzzer_sys::fuzz_target;
use recording::Recording;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (events, trials) = (parts.next().unwrap_or_default(), parts.next());
    if let Ok(recording) = Recording::from_event_list("fuzz.csv", events, trials) {
        opened::check(&recording);
    }
});
