//! `motorsrnn completions`: a completion script for a shell.

use clap::{Args, Command};

use super::print_text;
use crate::failure::Failure;

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell that the script is for
    pub shell: clap_complete::Shell,
}

/// Prints the script that completes `command`.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: &CompletionsArgs, mut command: Command) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print_text(&String::from_utf8_lossy(&script))
}
