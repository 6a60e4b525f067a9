//! The agent on Windows: as a service, or as a process of the console.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use super::{ConfigArg, ProgramError, configured, print};
use crate::driver::machine::{Config, End, Life, Notice};
use crate::out;
use crate::windows::portal::Verb;
use crate::windows::{self, ServiceError, Told, WindowsMachine};

/// This machine.
pub(super) const fn machine() -> WindowsMachine {
    WindowsMachine
}

/// Runs the agent as this process until Ctrl-C or its removal ends it.
pub(super) fn run(config: &Path, decisions: bool) -> Result<ExitCode, ProgramError> {
    let (mut config, folder) = configured(&machine(), config)?;
    config.learn(windows::report());
    let (tell, notices) = channel();
    let this = thread::current();
    ctrlc::set_handler(move || {
        // Once the loop has ended nobody listens, and nobody needs to.
        let _late = tell.send(Notice::Stop);
        this.unpark();
    })?;
    let life = begin(config, &folder, decisions)?;
    // Whether anybody reads it or not, it runs.
    let _told =
        print(format_args!("the agent runs, with its state in {}; `status` says what it waits for", folder.display()));
    match life.run(&notices)? {
        End::Stopped => print("the agent has stopped")?,
        End::Removed => print("the agent has left this device")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes the files of the agent away, and the service that works with them.
pub(super) fn remove_service() -> Result<(), ServiceError> {
    windows::remove()
}

/// Installs the service.
pub(super) fn install(args: &ConfigArg, has_hooks: bool) -> Result<ExitCode, ProgramError> {
    let file = std::path::absolute(&args.config).unwrap_or_else(|_| args.config.clone());
    let (config, _) = configured(&machine(), &file)?;
    let installed = windows::install(&file, has_hooks, &config.setup.profile.health)?;
    print(format_args!("the service {} is installed", windows::NAME))?;
    for left_out in installed.left_out {
        print(format_args!("left out: {left_out}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts the service.
pub(super) fn start() -> Result<ExitCode, ProgramError> {
    windows::start()?;
    print("the service runs")?;
    Ok(ExitCode::SUCCESS)
}

/// Stops the service.
pub(super) fn stop() -> Result<ExitCode, ProgramError> {
    windows::stop()?;
    print("the service has stopped")?;
    Ok(ExitCode::SUCCESS)
}

/// Sends a control code to the service.
pub(super) fn control(code: u32) -> Result<ExitCode, ProgramError> {
    windows::control(code)?;
    Ok(ExitCode::SUCCESS)
}

/// What the daily health task does; without a service there is nothing to mend, which is 1.
pub(super) fn health() -> Result<ExitCode, ProgramError> {
    let Some(checked) = windows::check_health()? else {
        print("the service exists: failed, and that is not mended here")?;
        return Ok(ExitCode::from(1));
    };
    for rule in checked {
        print(rule)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the service what a link says.
pub(super) fn portal(link: &str) -> Result<ExitCode, ProgramError> {
    let verb = Verb::of_link(link).ok_or_else(|| ProgramError::Link(link.to_owned()))?;
    control(verb.code())
}

/// What the service manager says of the service.
pub(super) fn service_state() -> Result<Option<&'static str>, ServiceError> {
    windows::state()
}

/// The process that the service manager starts.
pub(super) fn service(config: &Path, has_hooks: bool) -> Result<ExitCode, ProgramError> {
    let config = config.to_owned();
    let body = move |told: Told| match serve(&config, told) {
        Ok(()) => Ok(()),
        Err(error) => {
            // A service has no error stream, but the test that runs it on a console does.
            out::say(format_args!("imesim-agent: {error}"));
            Err(exit_code(&error))
        }
    };
    windows::dispatch(has_hooks, Box::new(body)).map_err(ProgramError::Dispatcher)
}

fn serve(config: &Path, told: Told) -> Result<(), ProgramError> {
    let (mut config, folder) = configured(&machine(), config)?;
    config.learn(windows::report());
    let (join, everybody) = (config.setup.facts.join, config.all_users);
    let life = begin(config, &folder, false)?;
    told.running();
    let (tell, notices) = channel();
    windows::watch_sessions(told.controls, tell, thread::current(), join, everybody).map_err(ProgramError::Threads)?;
    match life.run(&notices)? {
        End::Stopped => {}
        // The program goes with the agent; a service that removes itself is gone once this process is.
        End::Removed => windows::remove_self()?,
    }
    Ok(())
}

fn begin(config: Config, folder: &Path, decisions: bool) -> Result<Life<WindowsMachine>, ProgramError> {
    let present = windows::present(config.setup.facts.join, config.all_users);
    let connection = config.service.connect()?;
    Ok(Life::begin(Arc::new(machine()), config, folder, connection, &present, decisions)?)
}

/// The service's own exit codes: what is to be mended before it can run.
const fn exit_code(error: &ProgramError) -> u32 {
    match error {
        ProgramError::Config(_)
        | ProgramError::Connection(_)
        | ProgramError::NoStateFolder
        | ProgramError::LogsInState => 1,
        ProgramError::Store(_) | ProgramError::Life(_) => 2,
        ProgramError::Signals(_)
        | ProgramError::Json(_)
        | ProgramError::Output(_)
        | ProgramError::Ask(_)
        | ProgramError::Service(_)
        | ProgramError::Dispatcher(_)
        | ProgramError::Link(_)
        | ProgramError::Threads(_) => 3,
    }
}
