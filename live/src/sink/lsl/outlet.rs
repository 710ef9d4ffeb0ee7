//! An outlet of the lab streaming layer: it can be found, asked for the time, and sends its samples to every inlet.

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt};

use crate::arrival::Nanoseconds;
use crate::clock;
use crate::lsl::{
    Config, Format, PROTOCOL_VERSION, Query, Sample, StreamInfo, TEXT_MAX_BYTES, Values, seconds, time_answer,
};
use crate::net::wait;
use crate::sink::lsl::client::Client;

/// Connections at a time.
const CLIENTS_MAX: usize = 32;
/// How long the thread sleeps without anything to do: what waits for a slow receiver goes on after this time at the latest.
const SLEEP: Duration = Duration::from_millis(20);
/// How long an outlet that ends tries to send what waits.
const LAST_PATIENCE: Nanoseconds = 200_000_000;
const REQUEST_MAX_BYTES: usize = 1 << 13;

/// What a stream is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct OutletOptions {
    /// Its name.
    pub name: String,
    /// Type of its content.
    pub kind: String,
    /// Type of its values.
    pub format: Format,
    /// Number of channels.
    pub n_channels: usize,
    /// Samples a second; 0 if they come at any time.
    pub rate_hz: f64,
    /// Names it also after a restart, so that receivers find it again.
    pub source_id: String,
    /// Labels of the channels, or none.
    pub labels: Vec<String>,
}

/// A stream that others can receive.
#[derive(Debug)]
pub struct Outlet {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The clock of an outlet's stamps.
#[derive(Clone, Debug)]
pub struct OutletClock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    info: StreamInfo,
    /// The host's clock less that of the stamps.
    offset: AtomicI64,
    is_ending: AtomicBool,
    lost: AtomicU64,
    clients: Mutex<Vec<Client>>,
}

struct Sockets {
    listener: TcpListener,
    /// The outlet's own, which knows the time.
    service: UdpSocket,
    /// Shared with the other outlets of this computer; none if the port is taken by something else.
    shared: Option<UdpSocket>,
}

impl OutletClock {
    /// Stamps are in a clock to whose times `offset` must be added to get those of the host.
    pub fn set_offset(&self, offset: Nanoseconds) {
        self.0.offset.store(offset, Ordering::Relaxed);
    }
}

impl Outlet {
    /// Opens a stream and serves it in a thread of its own.
    ///
    /// # Errors
    /// No socket can be opened.
    pub fn open(config: &Config, options: OutletOptions) -> io::Result<Self> {
        let sockets = Sockets::open(config)?;
        let OutletOptions { name, kind, format, n_channels, rate_hz, source_id, labels } = options;
        let info = StreamInfo {
            name,
            kind,
            n_channels,
            format,
            rate_hz,
            source_id,
            uid: uid()?,
            session_id: config.session_id.clone(),
            hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            version: PROTOCOL_VERSION,
            created_at_s: seconds(clock::now()),
            data_port: sockets.listener.local_addr()?.port(),
            service_port: sockets.service.local_addr()?.port(),
            labels,
        };
        let shared = Arc::new(Shared {
            info,
            offset: AtomicI64::new(0),
            is_ending: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            clients: Mutex::new(Vec::new()),
        });
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("LSL outlet".to_owned()).spawn(move || shared.serve(&sockets))?
        };
        Ok(Self { shared, thread: Some(thread) })
    }

    /// What the stream says of itself.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.shared.info
    }

    /// The clock of its stamps; at first that of the host.
    #[must_use]
    pub fn clock(&self) -> OutletClock {
        OutletClock(Arc::clone(&self.shared))
    }

    /// Number of inlets that receive the samples.
    #[must_use]
    pub fn n_inlets(&self) -> usize {
        self.shared.clients().iter().filter(|client| client.is_fed()).count()
    }

    /// Samples that were dropped for an inlet that was too slow.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Sends a sample, stamped in seconds; without a stamp, receivers add a period to the one before.
    ///
    /// # Errors
    /// Values of another format or number than the stream's, or too long a text.
    pub fn push(&self, stamp_s: Option<f64>, values: Values) -> io::Result<()> {
        let Shared { info, lost, .. } = &*self.shared;
        let is_too_long = matches!(&values, Values::Text(texts) if texts.iter().any(|it| it.len() > TEXT_MAX_BYTES));
        if values.format() != info.format || values.len() != info.n_channels || is_too_long {
            let (n, format) = (values.len(), values.format().name());
            let text = format!("a sample of {n} x {format} does not fit LSL stream `{}`", info.name);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let mut bytes = Vec::new();
        Sample { stamp_s, values }.encode(&mut bytes);
        for client in self.shared.clients().iter_mut().filter(|client| client.is_fed()) {
            if !client.push(&bytes) {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn clients(&self) -> MutexGuard<'_, Vec<Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time in the clock of the stamps.
    fn now(&self) -> Nanoseconds {
        clock::now() - self.offset.load(Ordering::Relaxed)
    }

    fn serve(&self, sockets: &Sockets) {
        while !self.is_ending.load(Ordering::Relaxed) {
            self.turn(sockets);
        }
        let end = clock::now() + LAST_PATIENCE;
        while clock::now() < end && self.clients().iter().any(Client::has_waiting) {
            self.turn(sockets);
        }
    }

    /// Waits for something to do, and does it.
    fn turn(&self, Sockets { listener, service, shared }: &Sockets) {
        let clients: Vec<_> =
            self.clients().iter().map(|client| (Arc::clone(&client.socket), client.has_waiting())).collect();
        let own = [listener.as_fd(), service.as_fd()].into_iter().chain(shared.as_ref().map(AsFd::as_fd));
        let own = own.map(|socket| PollFd::from_borrowed_fd(socket, PollFlags::IN));
        let theirs = clients.iter().map(|(socket, is_waiting)| {
            let flags = if *is_waiting { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            PollFd::from_borrowed_fd(socket.as_fd(), flags)
        });
        // Whatever ended the wait, there may be something to do.
        let _ = wait(&mut Vec::from_iter(own.chain(theirs)), SLEEP);
        self.answer(service, true);
        shared.iter().for_each(|shared| self.answer(shared, false));
        let now = clock::now();
        let mut clients = self.clients();
        while let Ok((socket, _)) = listener.accept() {
            if clients.len() < CLIENTS_MAX {
                // One that is gone already needs nothing.
                clients.extend(Client::new(socket, now));
            }
        }
        clients.retain_mut(|client| client.step(&self.info, now));
    }

    /// Answers questions; only the outlet's own port tells the time.
    fn answer(&self, socket: &UdpSocket, tells_time: bool) {
        let mut request = [0; REQUEST_MAX_BYTES];
        while let Ok((length, from)) = socket.recv_from(&mut request) {
            let (request, arrived) = (&request[..length], self.now());
            let time = tells_time.then(|| time_answer(request, arrived, self.now())).flatten();
            let answer = time.map(|time| (time, from)).or_else(|| self.description(request, from.ip()));
            if let Some((answer, to)) = answer {
                // An answer that is lost is asked for again.
                let _ = socket.send_to(answer.as_bytes(), to);
            }
        }
    }

    /// The answer to a question for streams, and where it goes; none if this stream is not asked for.
    fn description(&self, request: &[u8], from: IpAddr) -> Option<(String, SocketAddr)> {
        let mut lines = std::str::from_utf8(request).ok()?.lines();
        if lines.next()?.trim() != "LSL:shortinfo" || !Query::parse(lines.next()?)?.matches(&self.info) {
            return None;
        }
        let (port, id) = lines.next()?.trim().split_once(' ')?;
        Some((format!("{id}\r\n{}", self.info.to_xml(false)), (from, port.parse().ok()?).into()))
    }
}

impl Sockets {
    fn open(config: &Config) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        listener.set_nonblocking(true)?;
        let free = config.ports().find_map(|port| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).ok());
        let service = free.map_or_else(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)), Ok)?;
        service.set_nonblocking(true)?;
        // Without it, the outlet is still found at its own port.
        let shared = shared(config).ok();
        Ok(Self { listener, service, shared })
    }
}

/// A socket at the port that all outlets of this computer share, a member of the groups that are asked.
fn shared(config: &Config) -> io::Result<UdpSocket> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, flags, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddr::from((Ipv4Addr::UNSPECIFIED, config.shared_port)))?;
    let socket = UdpSocket::from(socket);
    for group in config.addresses.iter().filter(|address| address.is_multicast()) {
        // A computer without a network has no groups.
        let _ = socket.join_multicast_v4(group, &Ipv4Addr::UNSPECIFIED);
    }
    Ok(socket)
}

/// A random name, in the usual form.
fn uid() -> io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}
