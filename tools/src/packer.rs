//! Packers: from nextpnr's output to the bitstream.

use std::path::Path;

use crate::environment::Environment;
use crate::error::ToolError;
use crate::nextpnr::{Architecture, RUNTIME};
use crate::python::PythonProgram;

/// Packages of Gowin's packer.
const GOWIN: [&str; 2] = ["msgspec", "apycula"];

/// Log file of [`Packer::run`].
const LOG: &str = "pack.log";

/// Python code that runs Gowin's packer, which reports failures as exceptions.
const GOWIN_CODE: &str = "import sys; from apycula import gowin_pack; sys.argv[0] = 'gowin_pack'; gowin_pack.main()";

/// An installed packer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packer {
    program: PythonProgram,
    package: &'static str,
}

impl Packer {
    /// The locked version for an architecture (icepack, ecppack or `gowin_pack`), installed if necessary.
    ///
    /// # Errors
    /// It cannot be installed.
    pub fn find(environment: &Environment, architecture: Architecture) -> Result<Self, ToolError> {
        let (name, code, packages) = match architecture {
            Architecture::Ice40 => ("icepack", architecture.code("run_icepack"), &RUNTIME[..]),
            Architecture::Ecp5 => ("ecppack", architecture.code("run_ecppack"), &RUNTIME[..]),
            Architecture::Gowin => ("gowin_pack", GOWIN_CODE.to_owned(), &GOWIN[..1]),
        };
        let package = if architecture == Architecture::Gowin { GOWIN[1] } else { architecture.package() };
        for package in packages.iter().chain([&package]) {
            environment.install(package)?;
        }
        Ok(Self { program: environment.program(name, code), package })
    }

    /// Names of the packages that only packers need.
    pub fn packages() -> impl Iterator<Item = &'static str> {
        GOWIN.into_iter()
    }

    /// The package and its locked version.
    #[must_use]
    pub fn version(&self) -> String {
        Environment::named_version(self.package)
    }

    /// Runs it in a folder, where its log stays; file names are relative to the folder.
    ///
    /// # Errors
    /// A folder that cannot be written, or a failure, with the end of the log.
    pub fn run(&self, arguments: &[&str], folder: &Path) -> Result<(), ToolError> {
        self.program.run(arguments, folder, LOG)
    }
}
