//! The spike port of Intan RHX, by a fake.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;

use rustix::process::Signal;

use super::feed::{Live, decode};
use crate::support::{Folder, interruptible, short};

/// Samples of a tick.
const SAMPLES: u32 = 30;
const N_TICKS: u32 = 600;

fn record(channel: u16, sample: u32) -> Vec<u8> {
    let name = format!("A-{channel:03}");
    [&0x3ae2_710fu32.to_le_bytes()[..], name.as_bytes(), &sample.to_le_bytes(), &[1]].concat()
}

#[test]
fn spikes_of_intan_rhx_are_decided_on_and_recorded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("intan:{},rate=30000", listener.local_addr().unwrap());
    let folder = Folder::new();
    let name = folder.path("day");
    let options = ["--source", &source, "--window", "every:50", "--record", &name];
    let mut live = Live::begin_command(interruptible(), &short().image, &options);
    let (mut socket, _) = listener.accept().unwrap();
    let fires = |tick: u32| [(tick * 7 % 24) as u16, (tick * 5 % 24) as u16];
    // All at once: of two channels in each tick, in the order of the second one within a block.
    for block in (0..N_TICKS).step_by(4) {
        let mut spikes: Vec<(u16, u32)> =
            (block..block + 4).flat_map(|tick| fires(tick).map(|channel| (channel, tick * SAMPLES))).collect();
        spikes.sort_unstable();
        let bytes: Vec<u8> = spikes.into_iter().flat_map(|(channel, sample)| record(channel, sample)).collect();
        socket.write_all(&bytes).unwrap();
    }
    let n_windows = N_TICKS as usize / 50;
    // The last window shows that all ticks before it are closed.
    live.windows(n_windows + 1);
    let printed = live.signal(Signal::INT);
    let counters = &printed.summary["counters"];
    assert_eq!(
        (&counters["spikes"], &counters["late"], &counters["too_late"]),
        (&(2 * N_TICKS).into(), &0.into(), &0.into())
    );
    assert!(printed.summary["n_valid"].as_u64().unwrap() > n_windows as u64);
    let recorded = fs::read_to_string(format!("{name}.csv")).unwrap();
    let recorded: BTreeSet<&str> = recorded.lines().skip(2).collect();
    let expected: BTreeSet<String> =
        (0..N_TICKS).flat_map(|tick| fires(tick).map(|channel| format!("{tick},{channel}"))).collect();
    assert!(recorded.iter().eq(expected.iter()), "{recorded:?}");
    assert_eq!(decode(&format!("{name}.csv"), &short().image, &[])["scores_hash"], printed.summary["scores_hash"]);
}
