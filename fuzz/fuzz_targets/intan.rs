//! Intan RHX: records of spikes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use live::source::intan::{RECORD_BYTES, Record};

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some(record)) = Record::decode(rest) {
        assert!(record.name.len() <= 5);
        rest = &rest[RECORD_BYTES..];
    }
});
