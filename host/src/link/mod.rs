//! The host's end of the wire protocol: numbered frames, kept in flight and sent again until each is answered.
//!
//! The board answers in order and keeps its last answers, so going back to the oldest unanswered frame is always safe: the
//! board answers an executed frame again without executing it again (`docs/wire.md`).

mod error;
mod noise;
mod patience;
mod request;
mod statistics;
#[cfg(test)]
mod tests;

pub use error::LinkError;
pub use patience::Patience;
pub use statistics::LinkStatistics;

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use noise::Noise;
use patience::{Latencies, Losses};
use request::Request;
use spec::wire::{
    Answer, Command, DELIMITER, Frame, FrameReader, HelloAnswer, NackReason, PROTOCOL_VERSION, ROOM_FRAMES,
    WIRE_MAX_BYTES, answer_opcode,
};

/// A conversation with a board over anything that reads and writes bytes.
///
/// A port's `read` may return 0 bytes, `WouldBlock` or `TimedOut` while there is nothing to read.
#[derive(Debug)]
pub struct Link<P> {
    port: P,
    /// Bytes read from the port but not parsed yet.
    unread: VecDeque<u8>,
    reader: FrameReader,
    patience: Patience,
    latencies: Latencies,
    losses: Losses,
    /// What came since the last hello that is no frame.
    noise: Noise,
    next_sequence: u8,
    window: usize,
    /// Frames of [`Link::push`] that have not been sent.
    waiting: VecDeque<Request>,
    in_flight: VecDeque<InFlight>,
    /// The wait for the oldest frame in flight.
    attempt: Attempt,
    /// How many of them, from the oldest on, are sent: all, or fewer during a retransmission.
    n_under_way: usize,
    /// Most frames sent at a time during a retransmission.
    most_again: usize,
    /// The oldest unanswered frame at the last retransmission, so that one loss causes one retransmission, however many signs
    /// of it arrive.
    went_back_to: Option<u8>,
    /// Whether the next frame must begin with a delimiter, which ends whatever the board has half received.
    delimits: bool,
    statistics: LinkStatistics,
}

#[derive(Debug)]
struct InFlight {
    sequence: u8,
    request: Request,
    sent: Instant,
    /// Whether it was sent again, so that its answer may belong to any of the copies.
    is_repeated: bool,
}

/// The wait for the answer to the oldest frame in flight.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    begin: Instant,
    wait: Duration,
    deadline: Instant,
    /// Times that the frame was sent.
    number: u32,
    /// Times that the board dropped a frame since.
    drops: u32,
}

impl Default for Attempt {
    fn default() -> Self {
        let begin = Instant::now();
        Self { begin, wait: Duration::ZERO, deadline: begin, number: 1, drops: 0 }
    }
}

/// The answer to a frame, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answer: never a NACK, and an error only to a ping.
    pub answer: Answer,
    /// From the first byte sent for the first time to the last byte received.
    pub latency: Duration,
}

impl<P: Read + Write> Link<P> {
    /// A link over a port; [`Link::hello`] comes first.
    pub fn new(port: P, patience: Patience) -> Self {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        // A random start, so that late answers to an earlier program do not match our frames.
        Self::numbered_from(since_epoch.subsec_micros().to_le_bytes()[0], port, patience)
    }

    /// As [`Link::new`], with the sequence number before that of the first frame. Over a deterministic port, the whole
    /// conversation is then deterministic.
    pub fn numbered_from(number: u8, port: P, patience: Patience) -> Self {
        Self {
            port,
            unread: VecDeque::new(),
            reader: FrameReader::default(),
            patience,
            latencies: Latencies::default(),
            losses: Losses::default(),
            noise: Noise::default(),
            next_sequence: number,
            window: 1,
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            attempt: Attempt::default(),
            n_under_way: 0,
            most_again: 0,
            went_back_to: None,
            delimits: false,
            statistics: LinkStatistics::default(),
        }
    }

    /// Starts or restarts the conversation; frames in flight are forgotten.
    ///
    /// # Errors
    /// No answer, what answers is no board, another protocol version, or the port's own failure.
    pub fn hello(&mut self) -> Result<HelloAnswer, LinkError> {
        self.forget_in_flight();
        self.went_back_to = None;
        self.window = 1;
        self.reader = FrameReader::default();
        self.noise = Noise::default();
        self.delimits = true;
        // A new number, so that late answers to older frames are not taken for this one's.
        self.next_sequence = self.next_sequence.wrapping_add(1);
        match self.call(Command::HELLO)?.answer {
            Answer::Hello(hello) if hello.version == PROTOCOL_VERSION => Ok(hello),
            Answer::Hello(hello) => Err(LinkError::Version { board: u32::from(hello.version) }),
            answer => Err(LinkError::UnexpectedAnswer { answer: format!("{answer:?}") }),
        }
    }

    /// Allows up to `window` unanswered frames at a time, at least one.
    ///
    /// At most the board's `replay_frames`: the board repeats no older answers.
    pub fn set_window(&mut self, window: usize) {
        self.window = window.max(1);
    }

    /// Sends one command and waits for its answer.
    ///
    /// # Errors
    /// A refused command, no answer, a board that has restarted, or a failure of the port.
    pub fn call(&mut self, command: Command) -> Result<Answered, LinkError> {
        let mut answered = None;
        self.run([command], |answer| answered = Some(answer))?;
        answered.ok_or_else(|| LinkError::UnexpectedAnswer { answer: "none".to_owned() })
    }

    /// Sends commands in order, as many at a time as the window allows, and passes on the answers in the same order.
    ///
    /// # Errors
    /// As [`Link::call`]; commands after the failed one were not executed, or their answers are lost.
    pub fn run(
        &mut self,
        commands: impl IntoIterator<Item = Command>,
        on_answer: impl FnMut(Answered),
    ) -> Result<(), LinkError> {
        self.exchange(commands.into_iter().map(Request::Command), on_answer)
    }

    /// Sends frames with any payload, 1 to [`spec::wire::PAYLOAD_MAX_BYTES`] bytes, as many at a time as the window allows. A
    /// board answers each frame that arrives intact with its length, and does nothing else.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub fn ping(
        &mut self,
        payloads: impl IntoIterator<Item = Vec<u8>>,
        on_answer: impl FnMut(Answered),
    ) -> Result<(), LinkError> {
        self.exchange(payloads.into_iter().map(Request::Ping), on_answer)
    }

    /// Sends a command as soon as the window allows, and does not wait for its answer, which [`Link::poll`] returns.
    ///
    /// # Errors
    /// A failure of the port.
    pub fn push(&mut self, command: Command) -> Result<(), LinkError> {
        if self.n_pushed() == 0 {
            self.begin_attempt();
        }
        self.waiting.push_back(Request::Command(command));
        self.send_waiting()
    }

    /// The next answer to what was pushed, in order; none if there is none until this time, or nothing to be answered.
    ///
    /// # Errors
    /// As [`Link::call`]; commands that were pushed after the failed one were not executed, or their answers are lost.
    pub fn poll(&mut self, until: Instant) -> Result<Option<Answered>, LinkError> {
        loop {
            self.send_waiting()?;
            if self.in_flight.is_empty() {
                return Ok(None);
            }
            let answered = self.progress(Some(until))?;
            if answered.is_some() || Instant::now() >= until {
                return Ok(answered);
            }
        }
    }

    /// Commands that were pushed and are not answered.
    pub fn n_pushed(&self) -> usize {
        self.waiting.len() + self.in_flight.len()
    }

    /// Forgets what was pushed and is not sent, and waits for the answers to what is, which are forgotten, too.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub fn settle(&mut self) -> Result<(), LinkError> {
        self.waiting.clear();
        self.exchange(std::iter::empty(), drop)
    }

    fn send_waiting(&mut self) -> Result<(), LinkError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let sent = self.send_what_may_be(&mut std::iter::from_fn(|| waiting.pop_front()));
        self.waiting = waiting;
        sent
    }

    fn exchange(
        &mut self,
        mut requests: impl Iterator<Item = Request>,
        mut on_answer: impl FnMut(Answered),
    ) -> Result<(), LinkError> {
        self.begin_attempt();
        loop {
            self.send_what_may_be(&mut requests)?;
            if self.in_flight.is_empty() {
                return Ok(());
            }
            if let Some(answered) = self.progress(None)? {
                on_answer(answered);
            }
        }
    }

    fn begin_attempt(&mut self) {
        let begin = Instant::now();
        let wait = self.patience.wait(1, &self.latencies);
        self.attempt = Attempt { begin, wait, deadline: begin + wait, number: 1, drops: 0 };
    }

    /// Waits for the answer to the oldest frame in flight, until the given time at most, and sends again what is lost. None
    /// without an answer.
    fn progress(&mut self, until: Option<Instant>) -> Result<Option<Answered>, LinkError> {
        let received = self.receive(self.attempt.deadline, until)?;
        match received {
            Received::Answer { answered, is_repeated } => {
                if is_repeated {
                    self.latencies.keep(self.attempt.wait);
                } else {
                    self.latencies.add(answered.latency);
                    self.losses.forgive(&self.patience);
                }
                self.begin_attempt();
                return Ok(Some(answered));
            }
            Received::NotYet => return Ok(None),
            // The dropped frames may be outdated copies of an earlier attempt, so this is not counted as one.
            Received::DroppedAgain if self.attempt.drops < self.patience.attempts => {
                self.attempt.drops += 1;
                self.go_back(ROOM_FRAMES);
                return Ok(None);
            }
            Received::Silence => self.losses.add(self.attempt.wait),
            Received::Lost | Received::Dropped | Received::DroppedAgain => {}
        }
        let waited = self.attempt.begin.elapsed();
        if self.patience.is_over(self.attempt.number, waited) || self.losses.too_many(&self.patience).is_some() {
            return Err(self.give_up(self.attempt.number, waited));
        }
        let number = self.attempt.number + 1;
        let wait = self.patience.wait(number, &self.latencies).min(self.patience.left(waited));
        self.attempt = Attempt { wait, deadline: Instant::now() + wait, number, drops: 0, ..self.attempt };
        self.go_back(match received {
            Received::Lost | Received::Silence => usize::MAX,
            _ => ROOM_FRAMES,
        });
        Ok(None)
    }

    /// Forgets the frames in flight. Returns why they are not answered, as far as what came instead shows.
    fn give_up(&mut self, attempts: u32, waited: Duration) -> LinkError {
        let command = self.in_flight.front().map_or(0, |oldest| oldest.request.opcode());
        self.forget_in_flight();
        if let Some(text) = self.noise.text() {
            return LinkError::Text { text };
        }
        match self.losses.too_many(&self.patience) {
            Some(n_lost) => LinkError::TooManyLost { n_lost },
            None => LinkError::NoAnswer { command, attempts, waited, n_bytes: self.noise.n_bytes() },
        }
    }

    /// Writes bytes that are not a frame, for tests of a line.
    ///
    /// # Errors
    /// As [`Link::call`].
    pub fn write_raw(&mut self, mut bytes: &[u8]) -> Result<(), LinkError> {
        let begin = Instant::now();
        while !bytes.is_empty() {
            match self.port.write(bytes) {
                Ok(0) => return Err(std::io::Error::from(ErrorKind::WriteZero).into()),
                Ok(n_bytes) => bytes = &bytes[n_bytes..],
                Err(error) if !is_nothing_yet(error.kind()) => return Err(error.into()),
                Err(_) if begin.elapsed() < self.patience.longest_silence() => {}
                Err(_) => return Err(LinkError::Blocked { waited: begin.elapsed() }),
            }
        }
        Ok(())
    }

    /// Counts since the link was made.
    pub fn statistics(&self) -> LinkStatistics {
        self.statistics
    }

    /// The port.
    pub fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// Continues a retransmission, if there is one; then sends new frames, as many as the window allows.
    fn send_what_may_be(&mut self, requests: &mut impl Iterator<Item = Request>) -> Result<(), LinkError> {
        while self.n_under_way < self.in_flight.len().min(self.most_again) {
            let frame = &mut self.in_flight[self.n_under_way];
            frame.is_repeated = true;
            self.delimits = true;
            let (sequence, request) = (frame.sequence, frame.request.clone());
            self.send(sequence, &request)?;
            self.n_under_way += 1;
            self.statistics.resends += 1;
        }
        while self.n_under_way == self.in_flight.len() && self.n_under_way < self.window {
            let Some(request) = requests.next() else { break };
            let sequence = self.next_sequence;
            self.next_sequence = sequence.wrapping_add(1);
            let frame = InFlight { sequence, request, sent: Instant::now(), is_repeated: false };
            self.send(sequence, &frame.request)?;
            self.in_flight.push_back(frame);
            self.n_under_way += 1;
        }
        Ok(())
    }

    fn send(&mut self, sequence: u8, request: &Request) -> Result<(), LinkError> {
        let frame = Frame { sequence, opcode: request.opcode(), payload: request.payload() }.to_wire();
        // In one piece, so that no byte of another program comes between delimiter and frame.
        let mut wire = Vec::with_capacity(frame.len() + 1);
        wire.extend(std::mem::take(&mut self.delimits).then_some(DELIMITER));
        wire.extend(frame);
        self.write_raw(&wire)?;
        self.port.flush()?;
        self.statistics.frames += 1;
        self.statistics.bytes_sent += wire.len() as u64;
        Ok(())
    }

    /// Begins to send all frames in flight again, at most so many at a time.
    fn go_back(&mut self, at_most: usize) {
        (self.n_under_way, self.most_again) = (0, at_most);
    }

    fn forget_in_flight(&mut self) {
        self.waiting.clear();
        self.in_flight.clear();
        self.n_under_way = 0;
    }

    /// Waits until the oldest frame in flight is answered, or there is a reason to send again, or it is `until`.
    fn receive(&mut self, deadline: Instant, until: Option<Instant>) -> Result<Received, LinkError> {
        let mut buffer = [0; WIRE_MAX_BYTES];
        let mut is_late = false;
        loop {
            let mut has_come = !self.unread.is_empty();
            if self.unread.is_empty() {
                match self.port.read(&mut buffer) {
                    Ok(n_bytes) => {
                        has_come = n_bytes > 0;
                        self.statistics.bytes_received += n_bytes as u64;
                        self.unread.extend(&buffer[..n_bytes]);
                    }
                    Err(error) if is_nothing_yet(error.kind()) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            while let Some(byte) = self.unread.pop_front() {
                if let Some(received) = self.take_byte(byte)? {
                    return Ok(received);
                }
            }
            // Bytes that are not an answer do not extend the wait, however many arrive; but if the process did not run for a
            // while, a read may have ended in the middle of an answer that came in time.
            let was_late = std::mem::replace(&mut is_late, Instant::now() >= deadline);
            if is_late && (was_late || !has_come) {
                self.statistics.timeouts += 1;
                return Ok(Received::Silence);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Received::NotYet);
            }
        }
    }

    fn take_byte(&mut self, byte: u8) -> Result<Option<Received>, LinkError> {
        self.noise.add(byte);
        let frame = match self.reader.push(byte) {
            None => return Ok(None),
            Some(Ok(frame)) => frame,
            Some(Err(_)) => {
                // Probably an answer: the board repeats it at once.
                self.statistics.crc_errors += 1;
                self.noise.close();
                return Ok(self.is_new_loss().then_some(Received::Lost));
            }
        };
        self.noise.retract();
        match Answer::from_frame(&frame) {
            None if frame.opcode & answer_opcode::ANSWER_BIT == 0 => Err(LinkError::Echo),
            Some(Answer::Nack { reason, .. }) => self.take_refusal(reason),
            Some(answer) => self.take_answer(frame.sequence, answer),
            None => Err(LinkError::UnexpectedAnswer { answer: format!("opcode {:#04x}", frame.opcode) }),
        }
    }

    fn take_refusal(&mut self, reason: NackReason) -> Result<Option<Received>, LinkError> {
        self.statistics.refusals += 1;
        let awaits_hello =
            matches!(self.in_flight.front(), Some(InFlight { request: Request::Command(Command::Hello { .. }), .. }));
        if reason == NackReason::NotSynchronized && !awaits_hello {
            self.forget_in_flight();
            return Err(LinkError::BoardRestarted);
        }
        let is_new = self.is_new_loss();
        Ok(match reason {
            NackReason::Dropped if is_new => Some(Received::Dropped),
            // Sent once the board's buffer is empty: frames of the retransmission may be lost too.
            NackReason::Dropped if !self.in_flight.is_empty() => Some(Received::DroppedAgain),
            _ => is_new.then_some(Received::Lost),
        })
    }

    /// Whether the frames in flight have not been sent again since the oldest of them became the oldest.
    fn is_new_loss(&mut self) -> bool {
        let oldest = self.in_flight.front().map(|frame| frame.sequence);
        oldest.is_some() && std::mem::replace(&mut self.went_back_to, oldest) != oldest
    }

    fn take_answer(&mut self, sequence: u8, answer: Answer) -> Result<Option<Received>, LinkError> {
        let Some(position) = self.in_flight.iter().position(|frame| frame.sequence == sequence) else {
            self.statistics.repeated_answers += 1;
            self.losses.came_late();
            // A board answers each frame once. If its answers come back to it, it repeats them without end.
            let n_answers = self.statistics.answers + self.statistics.repeated_answers;
            let is_echo = n_answers > self.statistics.frames + STALE_ANSWERS;
            return if is_echo { Err(LinkError::Echo) } else { Ok(None) };
        };
        if position > 0 {
            // The answer before this one was lost; the board still keeps it.
            return Ok(self.is_new_loss().then_some(Received::Lost));
        }
        let Some(InFlight { request, sent, is_repeated, .. }) = self.in_flight.pop_front() else { return Ok(None) };
        self.n_under_way = self.n_under_way.saturating_sub(1);
        self.went_back_to = None;
        match answer {
            answer if request.is_answered_by(&answer) => {
                self.statistics.answers += 1;
                let answered = Answered { answer, latency: sent.elapsed() };
                Ok(Some(Received::Answer { answered, is_repeated }))
            }
            Answer::Error { code: spec::wire::ErrorCode::UnsupportedVersion, detail } => {
                Err(LinkError::Version { board: detail })
            }
            // It names a command that no host sends: an answer of its own came back to it.
            Answer::Error { code: spec::wire::ErrorCode::UnknownOpcode, detail }
                if detail & u32::from(answer_opcode::ANSWER_BIT) != 0 =>
            {
                Err(LinkError::Echo)
            }
            Answer::Error { code, detail } => {
                self.forget_in_flight();
                Err(LinkError::Refused { command: request.opcode(), code, detail })
            }
            answer => Err(LinkError::UnexpectedAnswer { answer: format!("{answer:?}") }),
        }
    }
}

/// More answers to an earlier program than these cannot be on their way.
const STALE_ANSWERS: u64 = u8::MAX as u64;

enum Received {
    /// The oldest frame in flight is answered.
    Answer { answered: Answered, is_repeated: bool },
    /// A frame was lost on the line.
    Lost,
    /// Nothing arrived in time.
    Silence,
    /// Nothing arrived yet.
    NotYet,
    /// The board dropped a frame since its buffer was full: send no more at a time than certainly fit.
    Dropped,
    /// It dropped one after the last retransmission.
    DroppedAgain,
}

fn is_nothing_yet(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
