//! The program `imesim-agent`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    imesim::program::main()
}
