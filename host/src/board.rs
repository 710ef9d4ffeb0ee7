//! Boards by their names on the command line.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::Serialize;

/// Where a network runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Board {
    /// The reference model.
    Model,
    /// The simulated hardware.
    Simulation,
    /// The serial device of this path.
    Device(String),
}

/// What is behind the port, and so what latency figures describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Responder {
    /// The reference model.
    Model,
    /// The simulated hardware.
    Simulation,
    /// A program at the other end of a pseudo-terminal.
    Program,
    /// A serial device.
    Device,
}

/// The name of the reference model on the command line.
const MODEL: &str = "model";

/// The name of the simulated hardware on the command line.
const SIMULATION: &str = "sim";

impl Board {
    /// What answers for it.
    pub fn responder(&self) -> Responder {
        match self {
            Self::Model => Responder::Model,
            Self::Simulation => Responder::Simulation,
            Self::Device(_) if self.is_pseudo_terminal() => Responder::Program,
            Self::Device(_) => Responder::Device,
        }
    }

    /// Whether it is a pseudo-terminal, with a program at its other end instead of hardware.
    pub fn is_pseudo_terminal(&self) -> bool {
        let Self::Device(path) = self else { return false };
        let device = Path::new(path).canonicalize().unwrap_or_else(|_| path.into());
        // /dev/pts/3 on Linux, /dev/ttys003 on macOS and the BSDs.
        device.starts_with("/dev/pts") || device.to_string_lossy().starts_with("/dev/ttys")
    }
}

impl Responder {
    /// What latency figures are of.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Model => "of the reference model, not of hardware",
            Self::Simulation => "of the simulation, not of hardware",
            Self::Program => "of a program behind a pseudo-terminal, not of hardware",
            Self::Device => "a tick sent and answered",
        }
    }
}

impl FromStr for Board {
    type Err = String;

    /// Any other name is the path of a device.
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            MODEL => Ok(Self::Model),
            SIMULATION => Ok(Self::Simulation),
            "" => Err(format!("the name is empty; give `{MODEL}`, `{SIMULATION}` or the path of a serial device")),
            _ => match [MODEL, SIMULATION].into_iter().find(|known| known.eq_ignore_ascii_case(name)) {
                Some(known) => Err(format!("did you mean `{known}`? (a device of that name is `./{name}`)")),
                None => Ok(Self::Device(name.to_owned())),
            },
        }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => MODEL,
            Self::Simulation => SIMULATION,
            Self::Device(path) => path,
        })
    }
}
