//! The workspace: where it is, where it is built, and commands that run at its root.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::ToolError;

/// A file that cargo puts into every build directory.
const BUILD_DIRECTORY_TAG: &str = "CACHEDIR.TAG";

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// The build directory that the running program, test or build script was built in: whatever is fetched or cached there serves
/// every profile.
#[must_use]
pub fn build_directory() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let found = program.ancestors().find(|folder| folder.join(BUILD_DIRECTORY_TAG).is_file());
    found.map_or_else(|| root().join("target"), Path::to_owned)
}

/// Cargo at the root, ready to run.
#[must_use]
pub fn cargo<T: AsRef<OsStr>>(arguments: impl IntoIterator<Item = T>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command to its end and shows its output.
///
/// # Errors
/// It does not start, or fails.
pub fn run(command: &mut Command) -> Result<(), ToolError> {
    let status = command.status().map_err(|error| not_started(command, error))?;
    if status.success() {
        return Ok(());
    }
    Err(ToolError::Command { command: shown(command), status, output: String::new() })
}

/// Runs a command to its end and returns its output, as far as `command` does not send it elsewhere.
///
/// # Errors
/// It does not start, or fails: then its standard error is in the message.
pub fn output(command: &mut Command) -> Result<Output, ToolError> {
    let output = command.output().map_err(|error| not_started(command, error))?;
    if output.status.success() {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(ToolError::Command { command: shown(command), status: output.status, output: text })
}

/// An error that names the command which did not start.
fn not_started(command: &Command, error: std::io::Error) -> ToolError {
    ToolError::NotStarted { command: shown(command), error }
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_named_with_what_it_printed() {
        let error = output(Command::new("sh").args(["-c", "echo the reason >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("`sh -c") && error.contains("3") && error.contains("the reason"), "{error}");
        let error = run(&mut Command::new("/nonexistent/program")).unwrap_err().to_string();
        assert!(error.contains("cannot start `program`"), "{error}");
    }

    #[test]
    fn the_build_directory_is_the_one_of_this_test() {
        assert!(env::current_exe().unwrap().starts_with(build_directory()));
        assert!(root().join("Cargo.lock").is_file());
    }
}
