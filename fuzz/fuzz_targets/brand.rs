//! A node of BRAND: its supergraph, and an entry, whose fields are the parts between newlines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use live::source::brand::{Entry, Layout, Parameters};

const FIELDS: [&str; 5] = ["crossings", "ts", "timestamps", "sync", "state"];

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(parameters)) = Parameters::find(bytes, "decoder") {
        let _ = (parameters.text("input_stream"), parameters.number("n_features"), parameters.layout(4));
    }
    let values = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    let entry = Entry::of(FIELDS.map(str::to_owned).into_iter().zip(values));
    let layout = Layout {
        field: None,
        number_type: None,
        n_channels: 4,
        time_key: "ts".to_owned(),
        sync_key: "sync".to_owned(),
    };
    let _ = (entry.row(&layout), entry.state(&layout));
});
