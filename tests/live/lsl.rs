//! The lab streaming layer: rows and markers of outlets in, decisions of an outlet out.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::process;
use std::thread;
use std::time::Duration;

use live::lsl::{Config, Format, Values, seconds};
use live::sink::lsl::{Outlet, OutletOptions};
use recording::Recording;
use rustix::process::Signal;
use train::Decoder;

use super::feed::{Live, decode};
use crate::support::{Folder, interruptible, short};

/// Settings of their own, so that this test finds no other stream.
pub fn settings() -> String {
    // Eight ports of which at least the first is free now.
    let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port().min(65_000);
    format!(
        "[ports]\nIPv6 = disable\nBasePort = {free}\nPortRange = 8\nMulticastPort = {}\n[multicast]\nResolveScope = machine\n\
         AddressesOverride = {{127.0.0.1}}\nInterfaces = {{127.0.0.1}}\n[lab]\nKnownPeers = {{127.0.0.1}}\n\
         SessionID = live-{}\n",
        free + 8,
        process::id()
    )
}

fn outlet(config: &Config, name: &str, format: Format, n_channels: usize, rate_hz: f64) -> Outlet {
    let (kind, source_id, labels) = ("Spikes".to_owned(), format!("{name}-live"), Vec::new());
    let options = OutletOptions { name: name.to_owned(), kind, format, n_channels, rate_hz, source_id, labels };
    Outlet::open(config, options).unwrap()
}

#[test]
fn rows_and_markers_of_outlets_are_decided_on_like_those_of_a_recording() {
    let (recording, image) = (&short().recording, &short().image);
    let (folder, settings) = (Folder::new(), settings());
    let config = Config::parse(settings.as_bytes());
    let file = folder.path("lsl_api.cfg");
    fs::write(&file, settings).unwrap();
    let spikes = outlet(&config, "spikes", Format::Int16, 24, 1000.0);
    let markers = outlet(&config, "cues", Format::Text, 1, 0.0);
    let mut command = interruptible();
    command.env("LSLAPICFG", &file);
    let options = ["--source", "lsl:name=spikes,markers=cues", "--out", "lsl:Decisions"];
    let mut live = Live::begin_command(command, image, &options);
    while spikes.n_inlets() == 0 || markers.n_inlets() == 0 {
        thread::sleep(Duration::from_millis(5));
    }

    let decoder = Decoder::load(image.as_ref()).unwrap();
    let dataset = decoder.cut(&Recording::open(recording).unwrap()).unwrap();
    let mut time_s = seconds(live::clock::now());
    let mut push = |channels: &[u16]| {
        let row = (0..24).map(|channel| i16::from(channels.contains(&channel)));
        spikes.push(Some(time_s), Values::Int16(row.collect())).unwrap();
        time_s += 1e-3;
        time_s
    };
    let mut starts = Vec::new();
    for index in dataset.primary_samples() {
        starts.push((0..6).map(|_| push(&[2])).last().unwrap());
        dataset.samples[index].ticks.iter().for_each(|channels| {
            push(channels);
        });
    }
    for start_s in starts {
        markers.push(Some(start_s), Values::Text(vec![b"go".to_vec()])).unwrap();
    }
    (0..100).for_each(|_| {
        push(&[]);
    });
    live.windows(24);
    let summary = live.signal(Signal::INT).summary;
    assert_eq!(summary["n_valid"], 24, "{summary}");
    assert_eq!(summary["scores_hash"], decode(recording, image, &["--trials", "all"])["scores_hash"]);
}
