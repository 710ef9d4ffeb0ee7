//! Looks for streams on this computer and in the network.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use crate::arrival::Nanoseconds;
use crate::lsl::{Config, ProtocolError, StreamInfo};
use crate::net;

/// Time between two questions.
const INTERVAL: Nanoseconds = 500_000_000;
/// The longest datagram.
const DATAGRAM_MAX_BYTES: usize = 1 << 16;
/// Streams that are remembered.
const FOUND_MAX: usize = 256;

/// A stream, and the computer that answered for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) info: StreamInfo,
    pub(crate) address: Ipv4Addr,
}

/// Asks a question again and again, and collects the answers.
#[derive(Debug)]
pub(crate) struct Search {
    socket: UdpSocket,
    question: Vec<u8>,
    id: String,
    targets: Vec<SocketAddr>,
    next: Nanoseconds,
    pub(crate) found: Vec<Found>,
    /// What was wrong with an answer that could not be used.
    pub(crate) refused: Option<ProtocolError>,
}

impl Search {
    /// Looks for streams of the session that this query matches.
    pub(crate) fn new(config: &Config, query: &str, now: Nanoseconds) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.set_nonblocking(true)?;
        socket.set_broadcast(true)?;
        socket.set_multicast_ttl_v4(config.time_to_live)?;
        let port = socket.local_addr()?.port();
        // Another program of this computer must not take our answers for its own.
        let id = format!("{port}{}", now.unsigned_abs());
        let question = format!("LSL:shortinfo\r\n{query}\r\n{port} {id}\r\n").into_bytes();
        let together = config.addresses.iter().map(|address| SocketAddr::from((*address, config.shared_port)));
        let peers = config.peers.iter().filter_map(|peer| net::resolve(peer, 0).ok()).map(|peer| peer.ip());
        let mut computers: Vec<IpAddr> = peers.chain([Ipv4Addr::LOCALHOST.into()]).collect();
        computers.dedup();
        let one_by_one = computers.iter().flat_map(|computer| config.ports().map(|port| (*computer, port).into()));
        Ok(Self {
            socket,
            question,
            id,
            targets: together.chain(one_by_one).collect(),
            next: now,
            found: Vec::new(),
            refused: None,
        })
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// When the next question is due.
    pub(crate) fn next(&self) -> Nanoseconds {
        self.next
    }

    /// Asks for the first time then.
    pub(crate) fn delay(&mut self, start: Nanoseconds) {
        self.next = start;
    }

    /// Asks if it is time, and takes the answers that have come.
    pub(crate) fn step(&mut self, now: Nanoseconds) {
        if now >= self.next {
            self.next = now + INTERVAL;
            for target in &self.targets {
                // A computer or a group that cannot be reached does not answer; that is all.
                let _ = self.socket.send_to(&self.question, target);
            }
        }
        let mut datagram = vec![0; DATAGRAM_MAX_BYTES];
        loop {
            match self.socket.recv_from(&mut datagram) {
                Ok((length, from)) => self.take(&datagram[..length], from),
                // A port without an outlet is reported as an error.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, datagram: &[u8], from: SocketAddr) {
        let IpAddr::V4(address) = from.ip() else { return };
        match answer(datagram, &self.id) {
            Some(Ok(info)) => {
                let is_new = self.found.iter().all(|found| found.info.uid != info.uid);
                if is_new && self.found.len() < FOUND_MAX {
                    self.found.push(Found { info, address });
                }
            }
            Some(Err(error)) => self.refused = Some(error),
            None => {}
        }
    }
}

/// The description in an answer to the question of this number.
fn answer(datagram: &[u8], id: &str) -> Option<Result<StreamInfo, ProtocolError>> {
    let end = datagram.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = datagram.split_at(end);
    (first.trim_ascii() == id.as_bytes()).then(|| StreamInfo::parse(rest))
}
