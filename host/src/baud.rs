//! The speed of a serial line: as the user says, or found out.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;
use std::time::Duration;

use spec::board::line_speeds;

use crate::link::{Link, LinkError, Patience};

/// The speed of a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baud {
    /// That at which a board answers, of those that boards have.
    Auto,
    /// This one.
    Fixed(u32),
}

/// What stands for a speed that is found out on the command line.
const AUTO: &str = "auto";

impl FromStr for Baud {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(baud) if baud > 0 => Ok(Self::Fixed(baud)),
            _ if text == AUTO => Ok(Self::Auto),
            _ => Err(format!("give a number of bits a second, as {} of a board, or `{AUTO}`", line_speeds()[0])),
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

/// A port whose speed can be set.
pub trait Tunable: Read + Write {
    /// Sets the speed, and forgets what has come and was not read; says whether the port can run so fast.
    fn tune(&mut self, baud: u32) -> bool;
}

/// Waits for the answer to a hello, one for each round of all speeds: a board answers within milliseconds, unless it is a
/// simulated one on a busy machine.
const ROUNDS: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(250), Duration::from_millis(500)];

/// A port on which no board answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    /// Speeds at which a board was greeted.
    pub tried: Vec<u32>,
    /// Speeds that the port does not have.
    pub unsupported: Vec<u32>,
}

/// Finds the first speed at which a board answers a hello, and leaves the port at it, with nothing left to read.
///
/// # Errors
/// The port's own failure.
pub fn find(port: &mut impl Tunable) -> io::Result<Result<u32, Silence>> {
    let mut silence = Silence::default();
    for (round, answer) in ROUNDS.into_iter().enumerate() {
        for baud in line_speeds() {
            if !port.tune(baud) {
                if round == 0 {
                    silence.unsupported.push(baud);
                }
                continue;
            }
            if round == 0 {
                silence.tried.push(baud);
            }
            // A frame at another speed leaves garbage in the board, which the second attempt ends.
            let patience = Patience { answer, attempts: 2, follows_latency: false };
            match Link::new(&mut *port, patience).hello() {
                Err(LinkError::Io(error)) => return Err(error),
                // Nothing, or bytes that by chance look like a frame.
                Err(LinkError::NoAnswer { .. } | LinkError::UnexpectedAnswer { .. }) => {}
                // Another version or a refusal is an answer, too; whoever speaks next will be told.
                Ok(_) | Err(_) => {
                    port.tune(baud);
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
            [] => write!(f, "no board could be greeted")?,
            tried => write!(f, "no board answered at {} baud", list(tried))?,
        }
        if !self.unsupported.is_empty() {
            write!(f, "; the port does not have {} baud", list(&self.unsupported))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use model::ModelBoard;
    use spec::core::UP5K;

    use super::*;

    /// A board that hears garbage at every speed but one.
    struct Line {
        board: ModelBoard,
        right: u32,
        baud: u32,
        fastest: u32,
    }

    impl Tunable for Line {
        fn tune(&mut self, baud: u32) -> bool {
            let is_possible = baud <= self.fastest;
            if is_possible {
                self.baud = baud;
                while self.board.read(&mut [0; 64]).is_ok() {}
            }
            is_possible
        }
    }

    impl Read for Line {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n_bytes = self.board.read(buffer)?;
            if self.baud != self.right {
                buffer[..n_bytes].fill(0x55);
            }
            Ok(n_bytes)
        }
    }

    impl Write for Line {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let heard = if self.baud == self.right { bytes.to_vec() } else { vec![0xa5; bytes.len()] };
            self.board.write(&heard)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn line(right: u32, fastest: u32) -> Line {
        Line { board: ModelBoard::new(UP5K.configuration), right, baud: 0, fastest }
    }

    #[test]
    fn the_speed_of_every_board_is_found() {
        for baud in line_speeds() {
            let mut line = line(baud, u32::MAX);
            assert_eq!(find(&mut line).unwrap(), Ok(baud));
            assert_eq!(line.baud, baud);
            assert!(Link::new(line, Patience::default()).hello().is_ok());
        }
    }

    #[test]
    fn speeds_that_the_port_does_not_have_are_told_apart_from_those_that_stay_unanswered() {
        let silence = find(&mut line(115_200, 2_000_000)).unwrap().unwrap_err();
        let told = silence.to_string();
        assert_eq!(silence.unsupported, [3_000_000]);
        assert!(told.contains("no board answered at 1000000, 2000000 baud"), "{told}");
        assert!(told.contains("does not have 3000000 baud"), "{told}");
    }

    #[test]
    fn a_speed_is_a_number_above_nothing_or_auto() {
        assert_eq!("auto".parse(), Ok(Baud::Auto));
        assert_eq!("3000000".parse(), Ok(Baud::Fixed(3_000_000)));
        for wrong in ["0", "fast", "-1", ""] {
            assert!(wrong.parse::<Baud>().is_err(), "{wrong}");
        }
        assert_eq!(Baud::Auto.to_string().parse(), Ok(Baud::Auto));
    }
}
