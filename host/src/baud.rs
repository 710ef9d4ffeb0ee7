//! The baud rate of a serial line: as given, or detected.

use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;
use std::time::Duration;

use spec::board::line_speeds;

use crate::link::{Link, LinkError, Patience};

/// The baud rate of a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baud {
    /// The rate at which the board answers, of those that boards have.
    Auto,
    /// This rate.
    Fixed(u32),
}

/// The name of automatic detection on the command line.
const AUTO: &str = "auto";

impl FromStr for Baud {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(baud) if baud > 0 => Ok(Self::Fixed(baud)),
            _ if text == AUTO => Ok(Self::Auto),
            _ => Err(format!("give a baud rate, such as {}, or `{AUTO}`", line_speeds()[0])),
        }
    }
}

impl fmt::Display for Baud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str(AUTO),
            Self::Fixed(baud) => baud.fmt(f),
        }
    }
}

/// A port whose baud rate can be set.
pub trait SetBaudRate: Read + Write {
    /// Sets the baud rate and discards unread input. Returns whether the port supports the rate.
    fn set_baud_rate(&mut self, baud: u32) -> bool;
}

/// Timeouts of a hello, one per round of all rates. A board answers within milliseconds, but a simulated one on a busy machine
/// may take longer.
const ROUNDS: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(250), Duration::from_millis(500)];

/// Hellos in a round. A frame at a wrong rate leaves garbage in the board, which the second clears.
const ATTEMPTS: u32 = 2;

/// The longest time that [`find`] waits for answers.
#[must_use]
pub fn longest_search() -> Duration {
    let waits = ROUNDS.map(|answer| patience(answer).longest_silence());
    line_speeds().iter().flat_map(|_| waits).sum()
}

fn patience(answer: Duration) -> Patience {
    Patience { answer, attempts: ATTEMPTS, follows_latency: false }
}

/// No board answers on the port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// Rates that were tried.
    pub tried: Vec<u32>,
    /// Rates that the port does not support.
    pub unsupported: Vec<u32>,
    /// Bytes that came and are not part of an answer, at any rate.
    pub n_bytes: u64,
    /// An excerpt of what came, if it reads as text.
    pub text: Option<String>,
}

/// Finds the first rate at which a board answers a hello, and leaves the port at that rate, with no unread input.
///
/// # Errors
/// A failure of the port.
pub fn find(port: &mut impl SetBaudRate) -> Result<Result<u32, Silence>, LinkError> {
    let mut silence = Silence::default();
    for (round, answer) in ROUNDS.into_iter().enumerate() {
        for baud in line_speeds() {
            if !port.set_baud_rate(baud) {
                if round == 0 {
                    silence.unsupported.push(baud);
                }
                continue;
            }
            if round == 0 {
                silence.tried.push(baud);
            }
            match Link::new(&mut *port, patience(answer)).hello() {
                Err(error @ LinkError::Io(_)) => return Err(error),
                Err(LinkError::NoAnswer { n_bytes, .. }) => silence.n_bytes += n_bytes,
                Err(LinkError::Text { text }) => silence.text = silence.text.or(Some(text)),
                // A port that is busy, or noise that looks like a frame by chance.
                Err(LinkError::Blocked { .. } | LinkError::UnexpectedAnswer { .. }) => {}
                // Another version, an error or an echo is an answer too; the next hello reports it.
                Ok(_) | Err(_) => {
                    port.set_baud_rate(baud);
                    return Ok(Ok(baud));
                }
            }
        }
    }
    Ok(Err(silence))
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |speeds: &[u32]| speeds.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        match &self.tried[..] {
            [] => write!(f, "the port supports no baud rate of a board")?,
            tried => write!(f, "no board answered at {} baud", list(tried))?,
        }
        if !self.unsupported.is_empty() {
            write!(f, "; the port does not support {} baud", list(&self.unsupported))?;
        }
        match (&self.text, self.n_bytes) {
            (Some(text), _) => write!(f, "; text comes instead (`{text}`): this is a console or another firmware"),
            (None, 0) => Ok(()),
            (None, n_bytes) => write!(f, "; what came back, {n_bytes} bytes, is no answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::ModelBoard;
    use spec::core::UP5K;

    use super::*;

    /// A board that receives garbage at every rate but one.
    struct Line {
        board: ModelBoard,
        right: u32,
        baud: u32,
        fastest: u32,
    }

    impl SetBaudRate for Line {
        fn set_baud_rate(&mut self, baud: u32) -> bool {
            let is_possible = baud <= self.fastest;
            if is_possible {
                self.baud = baud;
                while self.board.read(&mut [0; 64]).is_ok() {}
            }
            is_possible
        }
    }

    impl Read for Line {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n_bytes = self.board.read(buffer)?;
            if self.baud != self.right {
                buffer[..n_bytes].fill(0x55);
            }
            Ok(n_bytes)
        }
    }

    impl Write for Line {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let received = if self.baud == self.right { bytes.to_vec() } else { vec![0xa5; bytes.len()] };
            self.board.write(&received)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn line(right: u32, fastest: u32) -> Line {
        Line { board: ModelBoard::new(UP5K.configuration), right, baud: 0, fastest }
    }

    #[test]
    fn the_rate_of_every_board_is_found() {
        for baud in line_speeds() {
            let mut line = line(baud, u32::MAX);
            assert_eq!(find(&mut line).unwrap(), Ok(baud));
            assert_eq!(line.baud, baud);
            assert!(Link::new(line, Patience::default()).hello().is_ok());
        }
    }

    #[test]
    fn unsupported_rates_are_listed_apart_from_unanswered_ones() {
        let silence = find(&mut line(115_200, 2_000_000)).unwrap().unwrap_err();
        let text = silence.to_string();
        assert_eq!(silence.unsupported, [3_000_000]);
        assert!(text.contains("no board answered at 1000000, 2000000 baud"), "{text}");
        assert!(text.contains("does not support 3000000 baud"), "{text}");
    }

    #[test]
    fn a_baud_rate_is_a_positive_number_or_auto() {
        assert_eq!("auto".parse(), Ok(Baud::Auto));
        assert_eq!("3000000".parse(), Ok(Baud::Fixed(3_000_000)));
        for wrong in ["0", "fast", "-1", ""] {
            assert!(wrong.parse::<Baud>().is_err(), "{wrong}");
        }
        assert_eq!(Baud::Auto.to_string().parse(), Ok(Baud::Auto));
    }
}
