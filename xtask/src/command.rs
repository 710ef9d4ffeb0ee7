//! Running other programs from the workspace's root.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// What a chore ends with; an error is a message for the terminal.
pub type Chore = Result<(), String>;

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where cargo builds.
pub fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Runs cargo at the root, with its output shown.
pub fn cargo(arguments: &[&str]) -> Chore {
    cargo_with(arguments, &[])
}

/// Runs cargo at the root with these environment variables, with its output shown.
pub fn cargo_with(arguments: &[&str], variables: &[(&str, &str)]) -> Chore {
    let (mut command, shown) = cargo_command(arguments, variables);
    let status = command.status().map_err(|error| format!("cannot start {shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} failed ({status})")) }
}

/// Runs cargo at the root and ends as it ends; it, or the program that it runs, has said why.
pub fn forward(arguments: &[&str]) -> ExitCode {
    let (mut command, shown) = cargo_command(arguments, &[]);
    match command.status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("xtask: cannot start {shown}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What cargo says at the root with these environment variables.
pub fn cargo_output(arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, String> {
    let (mut command, shown) = cargo_command(arguments, variables);
    let output = command.output().map_err(|error| format!("cannot start {shown}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{shown} failed ({}):\n{said}", output.status)) }
}

/// Runs cargo at the root; what the program that it runs prints, which stands in the error, too, where it fails.
pub fn cargo_unseen(arguments: &[&str]) -> Result<String, String> {
    let (mut command, shown) = cargo_command(arguments, &[]);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cannot start {shown}: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(printed) } else { Err(format!("{printed}{shown} failed ({})", output.status)) }
}

/// Cargo at the root with these environment variables, and how the command is shown.
fn cargo_command(arguments: &[&str], variables: &[(&str, &str)]) -> (Command, String) {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(arguments).envs(variables.iter().copied()).current_dir(root());
    (command, format!("cargo {}", arguments.join(" ")))
}

/// What a program prints, run at the root.
pub fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let shown = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|error| format!("cannot start {shown}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{shown} failed ({})", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{shown} did not print UTF-8"))
}
