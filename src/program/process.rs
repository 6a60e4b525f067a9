//! The agent as a plain process: it listens to signals.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use super::{ProgramError, configured, print};
use crate::driver::machine::{End, Life, Notice, UnixMachine};

/// This machine.
pub(super) const fn machine() -> UnixMachine {
    UnixMachine
}

/// Here a process is all that there is.
#[allow(clippy::unnecessary_wraps, reason = "where there are services it may fail")]
pub(super) const fn service_state() -> Result<Option<&'static str>, ProgramError> {
    Ok(None)
}

/// Here no service works with the agent's files.
#[allow(clippy::unnecessary_wraps, reason = "where there are services it may fail")]
pub(super) const fn remove_service() -> Result<(), ProgramError> {
    Ok(())
}

/// Runs the agent until a signal or its removal ends it.
pub(super) fn run(config: &Path, decisions: bool) -> Result<ExitCode, ProgramError> {
    let machine = machine();
    let (config, folder) = configured(&machine, config)?;
    let (tell, notices) = channel();
    let this = thread::current();
    ctrlc::set_handler(move || {
        // Once the loop has ended nobody listens, and nobody needs to.
        let _late = tell.send(Notice::Stop);
        this.unpark();
    })?;
    let connection = config.service.connect()?;
    let life = Life::begin(Arc::new(machine), config, &folder, connection, &[], decisions)?;
    // Whether anybody reads it or not, it runs.
    let _told =
        print(format_args!("the agent runs, with its state in {}; `status` says what it waits for", folder.display()));
    match life.run(&notices)? {
        End::Stopped => print("the agent has stopped")?,
        End::Removed => print("the agent has left this device")?,
    }
    Ok(ExitCode::SUCCESS)
}
