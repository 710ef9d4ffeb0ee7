//! Lines on standard output and in datagrams, and sinks, each by a thread of its own: a slow one loses lines and holds up nobody.

use std::io::{self, Write};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use live::arrival::Nanoseconds;
use live::clock;
use live::histogram::Histogram;
use live::sink::Message;
#[cfg(all(unix, any(feature = "lsl", feature = "brand")))]
use live::sink::Sink;

/// Lines that may wait for the reader of standard output before others than decisions are dropped.
const LINES_WAITING: usize = 4096;
/// Messages that may wait for a sink.
const MESSAGES_WAITING: usize = 1024;
/// How long the end waits for a reader that has stalled.
const LAST_WAIT: Duration = Duration::from_millis(200);

/// A line of JSON.
pub(super) struct Line {
    text: Arc<str>,
    /// When the board answered, if the line is about its answer.
    answered: Option<Nanoseconds>,
}

/// All ways out.
pub(super) struct Outputs {
    lines: Sender<Line>,
    waiting: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
    stdout: JoinHandle<io::Result<()>>,
    /// Time from an answer to the line about it.
    latency: Arc<Mutex<Histogram>>,
    datagrams: Vec<SyncSender<Arc<str>>>,
    sinks: Vec<SyncSender<Message>>,
    /// Those of datagrams and sinks.
    senders: Vec<JoinHandle<()>>,
}

impl Outputs {
    /// Prints lines; a screen that is drawn on the terminal of standard output hides them.
    pub(super) fn begin(are_hidden: bool) -> Self {
        let (lines, received) = channel();
        let (waiting, dropped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
        let latency = Arc::new(Mutex::new(Histogram::default()));
        let printer =
            Printer { waiting: Arc::clone(&waiting), dropped: Arc::clone(&dropped), latency: Arc::clone(&latency) };
        let stdout = thread::spawn(move || match are_hidden {
            true => printer.print(&mut io::sink(), &received),
            false => printer.print(&mut io::stdout(), &received),
        });
        let (datagrams, sinks, senders) = (Vec::new(), Vec::new(), Vec::new());
        Self { lines, waiting, dropped, stdout, latency, datagrams, sinks, senders }
    }

    /// Also sends every line to this address, one in a datagram.
    pub(super) fn add_datagrams(&mut self, address: &str) -> io::Result<()> {
        let local = if address.contains('[') { "[::]:0" } else { "0.0.0.0:0" };
        let socket = UdpSocket::bind(local)?;
        socket.connect(address)?;
        let (sender, lines) = sync_channel::<Arc<str>>(MESSAGES_WAITING);
        let dropped = Arc::clone(&self.dropped);
        self.senders.push(thread::spawn(move || {
            for line in lines {
                // Nobody need listen.
                if socket.send(line.as_bytes()).is_err() {
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
        self.datagrams.push(sender);
        Ok(())
    }

    /// Also sends every decision and all values to a sink.
    #[cfg(all(unix, any(feature = "lsl", feature = "brand")))]
    pub(super) fn add_sink(&mut self, mut sink: Box<dyn Sink>) {
        let (sender, messages) = sync_channel::<Message>(MESSAGES_WAITING);
        self.senders.push(thread::spawn(move || {
            for message in messages {
                if let Err(error) = sink.send(&message) {
                    eprintln!("motorsrnn: warning: {}: {error}; nothing more is sent there", sink.describe());
                    break;
                }
            }
        }));
        self.sinks.push(sender);
    }

    /// Prints a line, however many wait.
    pub(super) fn put(&self, text: &str, answered: Option<Nanoseconds>) {
        let text: Arc<str> = text.into();
        for datagrams in &self.datagrams {
            self.count_dropped(datagrams.try_send(Arc::clone(&text)));
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _ = self.lines.send(Line { text, answered });
    }

    /// Prints a line that may be dropped if too many wait.
    pub(super) fn put_if_room(&self, text: &str, answered: Option<Nanoseconds>) {
        if self.waiting.load(Ordering::Relaxed) < LINES_WAITING {
            self.put(text, answered);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends a message to all sinks.
    pub(super) fn send(&self, message: &Message) {
        for sink in &self.sinks {
            self.count_dropped(sink.try_send(message.clone()));
        }
    }

    pub(super) fn count_dropped<T>(&self, sent: Result<(), TrySendError<T>>) {
        self.dropped.fetch_add(u64::from(sent.is_err()), Ordering::Relaxed);
    }

    /// Lines and messages that were dropped because their reader was too slow or gone.
    pub(super) fn n_dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether nobody reads standard output any more.
    pub(super) fn is_closed(&self) -> bool {
        self.stdout.is_finished()
    }

    /// Time from an answer to the line about it.
    pub(super) fn latency(&self) -> Histogram {
        self.latency.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until all is printed and sent, unless a reader has stalled.
    pub(super) fn end(self) -> io::Result<()> {
        drop((self.lines, self.datagrams, self.sinks));
        let begin = Instant::now();
        let is_finished = || self.stdout.is_finished() && self.senders.iter().all(JoinHandle::is_finished);
        while !is_finished() && begin.elapsed() < LAST_WAIT {
            thread::sleep(Duration::from_millis(1));
        }
        if !self.stdout.is_finished() {
            return Ok(());
        }
        self.stdout.join().unwrap_or_else(|_| Err(io::Error::other("its thread has ended")))
    }
}

/// What the thread of standard output shares with the others.
struct Printer {
    waiting: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
    latency: Arc<Mutex<Histogram>>,
}

impl Printer {
    /// Prints until there are no more lines, or their reader has gone. If they cannot be written for another reason, such as a full
    /// disk, they are dropped, and the end says why.
    fn print(&self, out: &mut dyn Write, lines: &Receiver<Line>) -> io::Result<()> {
        let mut printed = Ok(());
        for Line { text, answered } in lines {
            if printed.is_ok() {
                printed = out.write_all(format!("{text}\n").as_bytes()).and_then(|()| out.flush());
                match &printed {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return printed,
                    Err(error) => eprintln!(
                        "motorsrnn: warning: cannot write to standard output: {error}; the session goes on without"
                    ),
                    Ok(()) => {}
                }
            }
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.dropped.fetch_add(u64::from(printed.is_err()), Ordering::Relaxed);
            if let (Ok(()), Some(answered)) = (&printed, answered) {
                self.latency.lock().unwrap_or_else(PoisonError::into_inner).add(clock::now() - answered);
            }
        }
        printed
    }
}
