//! The program `motorsrnn`.

use std::process::ExitCode;

fn main() -> ExitCode {
    host::cli::run_from(std::env::args_os()).into()
}
