//! The thread that reads the source and assembles ticks. It waits for nobody but the source.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use live::arrival::{Arrival, Event, Nanoseconds};
use live::clock;
use live::source::{Source, SourceError};
use live::ticks::{Assembled, Assembler, Counters};

use super::out::OnClock;

/// The longest wait, after which the thread looks whether to end.
const LONGEST_WAIT: Duration = Duration::from_millis(20);
/// How long after the last arrival of a loopback its session ends.
const LAST_SILENCE: Nanoseconds = 500_000_000;
/// Reads in a row without telling the assembler the time.
const READS_IN_A_ROW: usize = 64;

/// What the threads share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Everything is to end.
    pub(super) stop: AtomicBool,
    /// A loopback has sent everything: the session ends when nothing more comes.
    pub(super) is_sent: AtomicBool,
    /// The board is not needed any more.
    pub(super) is_decoded: AtomicBool,
    counters: Mutex<Counters>,
}

impl Shared {
    pub(super) fn counters(&self) -> Counters {
        *self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    pub(super) fn is_decoded(&self) -> bool {
        self.is_decoded.load(Ordering::SeqCst)
    }
}

/// Reads until the source ends, nobody listens, or all is to end.
pub(super) fn read(
    source: &mut dyn Source,
    mut assembler: Assembler,
    items: &SyncSender<Assembled>,
    shared: &Arc<Shared>,
    on_clock: &[OnClock],
) -> Result<(), SourceError> {
    let (mut arrivals, mut assembled) = (Vec::new(), Vec::new());
    let mut newest = clock::now();
    while !shared.stops() {
        let wait = assembler.deadline().map_or(LONGEST_WAIT, |deadline| {
            Duration::from_nanos(u64::try_from(deadline - clock::now()).unwrap_or(0)).min(LONGEST_WAIT)
        });
        let mut polled = source.poll(wait, &mut arrivals);
        // What has been received is taken before the time is told.
        let mut now = clock::now();
        for _ in 0..READS_IN_A_ROW {
            let n_before = arrivals.len();
            polled = polled.and_then(|()| source.poll(Duration::ZERO, &mut arrivals));
            if arrivals.len() == n_before {
                break;
            }
            now = clock::now();
        }
        // What came before a failure counts.
        if polled.is_err() {
            arrivals.push(Arrival { received: now, event: Event::Disconnected { reconnecting: false } });
        }
        if !arrivals.is_empty() {
            newest = now;
        } else if shared.is_sent.load(Ordering::SeqCst) && now - newest > LAST_SILENCE {
            arrivals.push(Arrival { received: now, event: Event::Disconnected { reconnecting: false } });
        }
        arrivals.drain(..).for_each(|arrival| assembler.take(arrival, &mut assembled));
        assembler.at_deadline(now, &mut assembled);
        on_clock.iter().for_each(|on_clock| on_clock(assembler.clock_offset()));
        *shared.counters.lock().unwrap_or_else(PoisonError::into_inner) = *assembler.counters();
        for item in assembled.drain(..) {
            let is_last = item == Assembled::Ended;
            if !send(items, item, shared) || is_last {
                return polled;
            }
        }
        polled?;
    }
    Ok(())
}

/// Sends when there is room. Returns false if nobody listens any more.
fn send(items: &SyncSender<Assembled>, mut item: Assembled, shared: &Shared) -> bool {
    loop {
        match items.try_send(item) {
            Ok(()) => return true,
            Err(TrySendError::Full(returned)) if !shared.stops() => item = returned,
            Err(_) => return false,
        }
        thread::sleep(Duration::from_millis(1));
    }
}
