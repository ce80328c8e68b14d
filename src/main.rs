//! The program: everything is in the library.

#[cfg(not(target_arch = "wasm32"))]
use std::process::ExitCode;

/// Keeps the memory of a frame's vertices for the next frame.
#[cfg(all(feature = "gui", not(target_arch = "wasm32")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> ExitCode {
    implicit_bias_lab::cli::main()
}

#[cfg(all(feature = "gui", target_arch = "wasm32"))]
fn main() {
    implicit_bias_lab::web::main();
}
