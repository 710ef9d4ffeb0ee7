//! The lab streaming layer: descriptions, questions, requests, answers, times, settings, samples; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use live::lsl::{ClockProbe, Config, Feed, Format, Query, Request, Sample, StreamInfo, time_answer};

/// Channels of the samples.
const N_CHANNELS: usize = 3;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind {
        0 => {
            if let Ok(info) = StreamInfo::parse(bytes) {
                let _ = StreamInfo::parse(info.to_xml(true).as_bytes());
            }
        }
        1 => {
            let _ = std::str::from_utf8(bytes).ok().and_then(Query::parse);
        }
        2 => {
            if let Ok(Some((_, length))) = Request::parse(bytes) {
                assert!(length <= bytes.len());
            }
        }
        3 => {
            if let Ok(Some((_, length))) = Feed::parse(bytes, "u") {
                assert!(length <= bytes.len());
            }
        }
        4 => {
            let _ = time_answer(bytes, 1, 2);
            ClockProbe::new(0, 7).answer(1_000_000, bytes);
        }
        5 => {
            let _ = Config::parse(bytes).ports().count();
        }
        format => {
            let format = Format::ALL[usize::from(*format) % Format::ALL.len()];
            samples(bytes, format);
        }
    }
});

/// A sample that is read is written as the same bytes, except for lengths in more bytes than they need.
fn samples(mut bytes: &[u8], format: Format) {
    while let Ok(Some((sample, length))) = Sample::decode(bytes, format, N_CHANNELS) {
        let mut written = Vec::new();
        sample.encode(&mut written);
        assert!(format == Format::Text && written.len() <= length || written == bytes[..length]);
        bytes = &bytes[length..];
    }
}
