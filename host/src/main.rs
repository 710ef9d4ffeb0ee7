//! The program `motorsrnn`.

use std::process::ExitCode;

fn main() -> ExitCode {
    host::cli::run()
}
