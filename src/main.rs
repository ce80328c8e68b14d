//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    implicit_bias_lab::cli::main()
}
