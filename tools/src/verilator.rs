//! Verilator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::Environment;
use crate::error::ToolError;

/// Names a Verilator to use instead of the locked one.
pub const VERILATOR_VARIABLE: &str = "MOTORSRNN_VERILATOR";

/// The oldest minor version of 5 that works.
const FIRST_MINOR: u32 = 6;

/// Name of the package.
const PACKAGE: &str = "verilator";

/// A usable Verilator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verilator {
    program: PathBuf,
    root: PathBuf,
    version: String,
}

impl Verilator {
    /// The one that [`VERILATOR_VARIABLE`] names, else the installed one, else one in the path, else the locked version, which
    /// is then installed.
    ///
    /// # Errors
    /// The named one is not usable, or none can be installed.
    pub fn find(environment: &Environment) -> Result<Self, ToolError> {
        if let Some(program) = std::env::var_os(VERILATOR_VARIABLE) {
            return Self::named(Path::new(&program));
        }
        if environment.has(PACKAGE)
            && let Some(found) = Self::installed(environment)
        {
            return Ok(found);
        }
        if let Ok(found) = Self::named(Path::new("verilator")) {
            return Ok(found);
        }
        // An installed one that does not start is installed again.
        environment.forget(PACKAGE);
        environment.install(PACKAGE)?;
        Self::installed(environment).ok_or_else(|| ToolError::NotInstalled {
            package: PACKAGE.to_owned(),
            output: "the package has no verilator_bin that starts".to_owned(),
        })
    }

    /// Its version, and how it describes itself.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The folder of the C++ sources that models are compiled with.
    #[must_use]
    pub fn include(&self) -> PathBuf {
        self.root.join("include")
    }

    /// A command that runs it, without arguments.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("VERILATOR_ROOT", &self.root);
        command
    }

    fn installed(environment: &Environment) -> Option<Self> {
        let root = environment.package_folder(PACKAGE)?;
        Self::with_root(root.join("bin").join("verilator_bin"), root).ok()
    }

    fn named(program: &Path) -> Result<Self, ToolError> {
        let bad = |reason: String| ToolError::BadVerilator { program: program.to_owned(), reason };
        let output = Command::new(program).args(["--getenv", "VERILATOR_ROOT"]).output();
        let output = output.map_err(|error| bad(format!("it cannot be started ({error})")))?;
        let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        // `verilator_bin` does not know its folder, but is in it.
        let beside = program.parent().and_then(Path::parent).map(Path::to_owned);
        let root = [Some(root), beside].into_iter().flatten().find(|root| config(root).is_file());
        Self::with_root(program.to_owned(), root.ok_or_else(|| bad("its folder `include` is missing".to_owned()))?)
    }

    fn with_root(program: PathBuf, root: PathBuf) -> Result<Self, ToolError> {
        let bad = |reason: String| ToolError::BadVerilator { program: program.clone(), reason };
        let path = config(&root);
        let text = fs::read_to_string(&path).map_err(ToolError::file(path))?;
        let version = version(&text).ok_or_else(|| bad("it does not report its version".to_owned()))?;
        if !is_usable(version) {
            return Err(bad(format!("version {version} is too old")));
        }
        let output = Command::new(&program).arg("--version").env("VERILATOR_ROOT", &root).output();
        let output = output.map_err(|error| bad(format!("it cannot be started ({error})")))?;
        if !output.status.success() {
            return Err(bad(format!("it cannot be started ({})", output.status)));
        }
        let version = format!("{version} ({})", String::from_utf8_lossy(&output.stdout).trim());
        Ok(Self { program, root, version })
    }
}

fn config(root: &Path) -> PathBuf {
    root.join("include").join("verilated_config.h")
}

/// The version in the text of `verilated_config.h`.
fn version(config: &str) -> Option<&str> {
    let line = config.lines().find(|line| line.starts_with("#define VERILATOR_VERSION "))?;
    line.split('"').nth(1)?.split_whitespace().next()
}

fn is_usable(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => major > 5 || (major == 5 && minor >= FIRST_MINOR),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert_eq!(version("#define VERILATOR_VERSION \"5.006 2023-01-22\"\n"), Some("5.006"));
        assert_eq!(version("#define VERILATOR_PRODUCT \"Verilator\"\n"), None);
        assert!(is_usable("5.006") && is_usable("5.49") && is_usable("6.0"));
        assert!(!is_usable("5.004") && !is_usable("4.228") && !is_usable("unknown"));
    }

    #[test]
    fn an_unusable_verilator_is_named_in_the_error() {
        let error = Verilator::named(Path::new("/nonexistent/verilator")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/verilator"), "{error}");
    }
}
