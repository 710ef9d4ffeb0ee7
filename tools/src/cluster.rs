//! What studies on clusters are tested with: Slurm of the system, and Snakemake in an environment of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::environment::Environment;
use crate::error::ToolError;
use crate::last_lines;

/// Snakemake and all that it needs, by name, version and hash.
const LOCK: &str = include_str!("../workflow.lock");
/// Name of the environment's folder in the build directory.
const FOLDER: &str = "workflow";

/// Programs of Slurm.
const PROGRAMS: [&str; 4] = ["munged", "slurmctld", "slurmd", "sbatch"];

/// Installs the packages of Debian and Ubuntu that the programs are in.
const INSTALL: &str = "export DEBIAN_FRONTEND=noninteractive; apt-get update --quiet && apt-get install --quiet --yes \
                       --no-install-recommends munge slurmctld slurmd slurm-client";

/// The Slurm of the system.
#[derive(Clone, Copy, Debug)]
pub struct Slurm;

impl Slurm {
    /// Finds its programs in the path or in `/usr/sbin`.
    ///
    /// # Errors
    /// One is missing.
    pub fn find() -> Result<Self, ToolError> {
        let is_missing = |program: &&str| {
            let mut look = Command::new("sh");
            look.args(["-c", "PATH=$PATH:/usr/sbin; command -v \"$0\"", program]).stdout(Stdio::null());
            !look.status().is_ok_and(|status| status.success())
        };
        PROGRAMS.into_iter().find(is_missing).map_or(Ok(Self), |program| Err(ToolError::NoSlurm { program }))
    }

    /// Installs it with apt-get, which takes root, unless it is there.
    ///
    /// # Errors
    /// What apt-get reports.
    pub fn install() -> Result<Self, ToolError> {
        Self::find().or_else(|_| {
            let output = Command::new("sh").args(["-c", INSTALL]).output().map_err(ToolError::file("sh"))?;
            if output.status.success() {
                return Self::find();
            }
            let printed = last_lines(&String::from_utf8_lossy(&output.stderr));
            Err(ToolError::Command { command: INSTALL.to_owned(), status: output.status, output: printed })
        })
    }
}

/// Snakemake, installed.
#[derive(Clone, Debug)]
pub struct Snakemake {
    environment: Environment,
}

impl Snakemake {
    /// Installs it in a build directory unless it is there.
    ///
    /// # Errors
    /// No usable Python, what pip reports, or a Snakemake that cannot be imported.
    pub fn find(build_directory: &Path) -> Result<Self, ToolError> {
        let environment = Environment::named(build_directory, FOLDER);
        environment.install_all(FOLDER, LOCK, &["snakemake"])?;
        Ok(Self { environment })
    }

    /// The program.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.environment.python());
        command.args(["-m", "snakemake"]);
        command
    }
}
