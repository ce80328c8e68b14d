//! The program: everything is in the library.

use std::process::ExitCode;

/// Keeps the memory of a frame's vertices for the next frame.
#[cfg(feature = "gui")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    implicit_bias_lab::cli::main()
}
