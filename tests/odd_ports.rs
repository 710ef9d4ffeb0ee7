//! A link whose answers are lost, or whose port is an echo, a console, full, or written to by another program.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use host::link::{Link, LinkError, Patience};
use host::session::Session;
use model::ModelBoard;
use spec::wire::Command;

use crate::link::{CORE, PATIENT, clean, image_bytes, run, windows};

/// A board some of whose answers disappear or are damaged.
struct Losing {
    board: ModelBoard,
    n_answers: u32,
    is_lost: fn(u32) -> bool,
    /// Whether a lost answer comes damaged.
    is_damaged: bool,
}

impl Losing {
    fn new(is_lost: fn(u32) -> bool, is_damaged: bool) -> Self {
        Self { board: ModelBoard::new(CORE), n_answers: 0, is_lost, is_damaged }
    }
}

impl Write for Losing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.board.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Losing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.board.read(buffer)?;
        self.n_answers += 1;
        if !(self.is_lost)(self.n_answers) {
            return Ok(n_bytes);
        }
        buffer[0] ^= 1;
        if self.is_damaged { Ok(n_bytes) } else { Err(ErrorKind::TimedOut.into()) }
    }
}

/// Status commands until one fails.
fn statuses<P: Read + Write>(link: &mut Link<P>) -> LinkError {
    (0..10_000).find_map(|_| link.call(Command::Status).err()).expect("a failure")
}

#[test]
fn a_line_that_loses_every_other_answer_is_given_up_although_each_command_is_answered() {
    let patience = Patience { attempts: 8, ..PATIENT };
    let mut link = Link::new(Losing::new(|number| number.is_multiple_of(2), false), patience);
    link.hello().unwrap();
    let error = statuses(&mut link);
    let LinkError::TooManyLost { n_lost } = error else { panic!("{error}") };
    assert!(n_lost > patience.attempts, "{n_lost}");
    assert!(error.to_string().contains("another program may be reading this port"), "{error}");
}

#[test]
fn a_line_that_loses_an_answer_now_and_then_is_not_given_up() {
    let patience = Patience { attempts: 8, ..PATIENT };
    let mut link = Link::new(Losing::new(|number| number.is_multiple_of(20), false), patience);
    link.hello().unwrap();
    for _ in 0..2_000 {
        link.call(Command::Status).unwrap();
    }
    assert!(link.statistics().timeouts >= 100, "{:?}", link.statistics());
}

#[test]
fn a_damaged_answer_is_asked_for_again_at_once() {
    // So long that waiting for it would fail the test.
    let patience = Patience { answer: Duration::from_secs(3600), attempts: 3, follows_latency: false };
    let mut link = Link::new(Losing::new(|number| number.is_multiple_of(3), true), patience);
    link.hello().unwrap();
    for _ in 0..100 {
        link.call(Command::Status).unwrap();
    }
    assert!(link.statistics().crc_errors > 20 && link.statistics().timeouts == 0, "{:?}", link.statistics());
}

/// Sends back what it receives.
#[derive(Default)]
struct Echo(VecDeque<u8>);

impl Write for Echo {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Echo {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[test]
fn a_port_that_sends_back_what_it_is_sent_is_an_echo() {
    let error = Link::new(Echo::default(), PATIENT).hello().unwrap_err();
    assert!(matches!(error, LinkError::Echo), "{error}");
}

/// A board to which its own answers come back, as from a terminal that echoes.
struct Echoed(ModelBoard);

impl Write for Echoed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Echoed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.0.read(buffer)?;
        self.0.write_all(&buffer[..n_bytes])?;
        Ok(n_bytes)
    }
}

#[test]
fn a_board_that_hears_its_own_answers_is_right_or_an_echo() {
    let mut link = Link::new(Echoed(ModelBoard::new(CORE)), PATIENT);
    let outcome = link.hello().and_then(|_| (0..10_000).try_for_each(|_| link.call(Command::Status).map(drop)));
    assert!(matches!(outcome, Ok(()) | Err(LinkError::Echo)), "{outcome:?}");
}

/// A console that prints the same line again and again.
struct Console;

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Console {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = b"login: \r\n";
        buffer[..line.len()].copy_from_slice(line);
        Ok(line.len())
    }
}

#[test]
fn text_instead_of_answers_is_a_console() {
    let error = Link::new(Console, PATIENT).hello().unwrap_err();
    let LinkError::Text { text } = &error else { panic!("{error}") };
    assert_eq!(text, "login:");
}

/// Takes no bytes.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Full {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

#[test]
fn a_port_that_takes_no_bytes_is_given_up() {
    let error = Link::new(Full, Patience { attempts: 8, ..PATIENT }).hello().unwrap_err();
    assert!(matches!(error, LinkError::Blocked { .. }), "{error}");
}

/// A board between whose frames another program writes.
struct Probed(ModelBoard);

impl Write for Probed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(b"AT\r")?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Probed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[test]
fn bytes_of_another_program_before_every_frame_change_no_result() {
    let windows = windows(14, 2);
    let patience = Patience { answer: Duration::from_secs(3600), attempts: 3, follows_latency: false };
    for in_flight in [1, 4] {
        let mut session = Session::open(Probed(ModelBoard::new(CORE)), patience, &image_bytes(), in_flight).unwrap();
        for (window, expected) in windows.iter().zip(clean(&windows)) {
            assert_eq!(run(&mut session, window), expected, "{in_flight} in flight");
        }
    }
}
