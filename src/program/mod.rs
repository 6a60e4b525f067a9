//! The program `imesim-agent`: the agent as a process of its own. Each command is a few lines around
//! [`driver::machine`](crate::driver::machine).
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done; of `run`: ended in good order, or the agent has left the device |
//! | 1 | of `status`: the agent does not run; of `health`: there is no service |
//! | 2 | it could not be done; the error stream says why |

#[cfg(unix)]
#[path = "process.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::agent::SyncRequest;
use crate::driver::machine::{
    Ask, AskError, Config, ConfigError, ConfigProblem, LifeError, Machine, Store, StoreError, ask, remove_all, show,
};
use crate::out;
use crate::protocol::PolicyId;

/// The Intune Management Extension's lifecycle as an agent of this machine.
#[derive(Debug, Parser)]
#[command(name = "imesim-agent", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the agent as this process until it is told to stop (SIGTERM, Ctrl-C) or leaves the device.
    Run(RunArgs),
    /// Shows whether the agent runs, what it waits for, and how its last runs ended.
    Status(StatusArgs),
    /// Takes away everything that the agent keeps on this machine, its logs too, on Windows its service too. As a process it must not be
    /// running.
    Remove(ConfigArg),
    /// Prints a configuration file to begin with, each key with what it is for.
    Example,
    /// Tells the running agent what somebody at the machine wants, and waits until it has taken notice.
    #[command(subcommand)]
    Tell(What),
    /// Installs the agent as a service that starts with the machine.
    #[cfg(windows)]
    Install(ServiceArgs),
    /// Starts the service.
    #[cfg(windows)]
    Start,
    /// Stops the service.
    #[cfg(windows)]
    Stop,
    /// Sends a control code to the service, such as 200, as Company Portal does for an app sync (B-4.15).
    #[cfg(windows)]
    Control {
        /// The code, from 128 to 255.
        code: u32,
    },
    /// Looks whether the service starts with the machine and runs, and mends it: what the daily task starts (B-10.9).
    #[cfg(windows)]
    Health,
    /// Does what a link says, such as `intunemanagementextension://syncapp` (B-4.15, B-4.16).
    #[cfg(windows)]
    Portal {
        /// The link.
        link: String,
    },
    /// What the service manager calls.
    #[cfg(windows)]
    #[command(hide = true)]
    Service(ServiceArgs),
}

#[cfg(windows)]
#[derive(Debug, Args)]
struct ServiceArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Lets some control codes stand for controls that only Windows can send; for tests.
    #[arg(long, hide = true)]
    test_hooks: bool,
}

#[derive(Debug, Args)]
struct ConfigArg {
    /// The configuration file; `imesim-agent example` prints one with its keys.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Prints each decision of the agent with its rule.
    #[arg(long)]
    decisions: bool,
}

#[derive(Debug, Args)]
struct StatusArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What can be told.
#[derive(Debug, Subcommand)]
enum What {
    /// *Sync* in Company Portal: a check-in (B-4.14).
    Sync(ConfigArg),
    /// *Check compliance* in Company Portal: judges what is on hand and fetches nothing (B-9.1).
    CheckCompliance(ConfigArg),
    /// An app check-in, as by the address `intunemanagementextension://syncapp`, which may stand here too (B-4.15).
    #[command(alias = "intunemanagementextension://syncapp", alias = "intunemanagementextension://syncapp/")]
    Syncapp(ConfigArg),
    /// Custom compliance alone, as by the address `intunemanagementextension://synccompliance` (B-4.16).
    #[command(
        alias = "intunemanagementextension://synccompliance",
        alias = "intunemanagementextension://synccompliance/"
    )]
    Synccompliance(ConfigArg),
    /// *Install* of an available app in Company Portal (B-9.1).
    InstallApp(OfId),
    /// *Uninstall* of an available app in Company Portal (B-7.27a).
    RemoveApp(OfId),
    /// Puts the announced restart off (B-7.29).
    Snooze(ConfigArg),
    /// Deletes what is kept of a script (B-5.26) or an app (B-7.36), so that it counts as never run.
    Forget(OfId),
    /// The machine has gone into maintenance wake, in which no work is started, or has left it.
    MaintenanceWake {
        /// Which of the two.
        state: Switch,
        #[command(flatten)]
        config: ConfigArg,
    },
}

#[derive(Debug, Args)]
struct OfId {
    /// The id, as the configuration has it.
    id: u32,
    #[command(flatten)]
    config: ConfigArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

const EXAMPLE: &str = include_str!("example.toml");

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
enum ProgramError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the way to the service cannot be made: {0}")]
    Connection(#[from] ConfigProblem),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Life(#[from] LifeError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(
        "the configuration names no `state` folder, and this system has no usual place for it; add `state = \"...\"`"
    )]
    NoStateFolder,
    #[error("`logs` names the state folder; name a folder for log files alone, or leave it out")]
    LogsInState,
    #[error("signals cannot be listened to: {0}")]
    Signals(#[from] ctrlc::Error),
    #[error("the status cannot be printed: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Output(String),
    #[cfg(windows)]
    #[error(transparent)]
    Service(#[from] crate::windows::ServiceError),
    #[cfg(windows)]
    #[error("the service manager has not started this process: {0}")]
    Dispatcher(std::io::Error),
    #[cfg(windows)]
    #[error("`{0}` is no link that the agent knows; those are {protocol}://syncapp and ://synccompliance", protocol = crate::windows::portal::PROTOCOL)]
    Link(String),
    #[cfg(windows)]
    #[error("a thread cannot be started: {0}")]
    Threads(std::io::Error),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => platform::run(&args.config.config, args.decisions),
        Command::Status(args) => status(&platform::machine(), &args),
        Command::Remove(args) => remove(platform::machine(), &args),
        Command::Tell(what) => tell(&platform::machine(), &what),
        Command::Example => print(EXAMPLE.trim_end()).map(|()| ExitCode::SUCCESS),
        #[cfg(windows)]
        Command::Install(args) => platform::install(&args.config, args.test_hooks),
        #[cfg(windows)]
        Command::Start => platform::start(),
        #[cfg(windows)]
        Command::Stop => platform::stop(),
        #[cfg(windows)]
        Command::Control { code } => platform::control(code),
        #[cfg(windows)]
        Command::Health => platform::health(),
        #[cfg(windows)]
        Command::Portal { link } => platform::portal(&link),
        #[cfg(windows)]
        Command::Service(args) => platform::service(&args.config.config, args.test_hooks),
    };
    done.unwrap_or_else(|error| {
        out::say(format_args!("imesim-agent: {error}"));
        ExitCode::from(2)
    })
}

/// Prints a line; that its reader has gone away is no error.
fn print(line: impl std::fmt::Display) -> Result<(), ProgramError> {
    out::line(&mut std::io::stdout().lock(), line).map_err(ProgramError::Output)
}

/// The configuration and the state folder that it names.
fn configured<M: Machine>(machine: &M, file: &std::path::Path) -> Result<(Config, PathBuf), ProgramError> {
    let config = Config::load(file)?;
    let state = config.state.clone().or_else(|| machine.state_folder()).ok_or(ProgramError::NoStateFolder)?;
    if config.logs_in(&state) == state {
        return Err(ProgramError::LogsInState);
    }
    Ok((config, state))
}

fn status<M: Machine>(machine: &M, args: &StatusArgs) -> Result<ExitCode, ProgramError> {
    let (_, folder) = configured(machine, &args.config.config)?;
    let is_held = machine.is_locked(&Store::<M>::lock_in(&folder));
    let mut view = show(&folder, is_held)?;
    view.service = platform::service_state()?;
    if args.json {
        print(serde_json::to_string_pretty(&view)?)?;
    } else {
        print(view.text())?;
    }
    Ok(ExitCode::from(u8::from(!is_held)))
}

fn tell<M: Machine>(machine: &M, what: &What) -> Result<ExitCode, ProgramError> {
    let id = |of: &OfId| PolicyId(of.id);
    let (config, wanted) = match what {
        What::Sync(config) => (config, Ask::Sync(SyncRequest::CompanyPortal)),
        What::CheckCompliance(config) => (config, Ask::Sync(SyncRequest::CheckCompliance)),
        What::Syncapp(config) => (config, Ask::Sync(SyncRequest::ProtocolSyncApp)),
        What::Synccompliance(config) => (config, Ask::Sync(SyncRequest::ProtocolSyncCompliance)),
        What::InstallApp(of) => (&of.config, Ask::Sync(SyncRequest::App(id(of)))),
        What::RemoveApp(of) => (&of.config, Ask::Sync(SyncRequest::AppRemoval(id(of)))),
        What::Snooze(config) => (config, Ask::Snooze),
        What::Forget(of) => (&of.config, Ask::Forget(id(of))),
        What::MaintenanceWake { state, config } => (config, Ask::MaintenanceWake(*state == Switch::On)),
    };
    let (_, folder) = configured(machine, &config.config)?;
    ask(machine, &folder, wanted)?;
    print("the agent has taken notice")?;
    Ok(ExitCode::SUCCESS)
}

fn remove<M: Machine>(machine: M, args: &ConfigArg) -> Result<ExitCode, ProgramError> {
    let (config, folder) = configured(&machine, &args.config)?;
    let logs = config.logs_in(&folder);
    platform::remove_service()?;
    if !folder.exists() && !logs.exists() {
        print("nothing of the agent is here")?;
        return Ok(ExitCode::SUCCESS);
    }
    machine.end_leftovers(&format!("{}:", folder.display()));
    let left = remove_all(Store::open(std::sync::Arc::new(machine), &folder)?, &logs)?;
    for path in &left {
        print(format_args!("{} is not the agent's and stays", path.display()))?;
    }
    print(format_args!("nothing of the agent is left in {}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Every key can be taken into use as it stands there.
    #[test]
    fn the_example_is_a_configuration_with_all_keys() {
        let read = |text: &str| Config::parse(text, "example.toml", Path::new("/base"));
        assert!(read(EXAMPLE).is_ok(), "{:?}", read(EXAMPLE).err().map(|error| error.to_string()));
        let is_off = |line: &&str| line.starts_with('#') && !line.starts_with("# ");
        // The tables that are off as a whole need files.
        let (top, rest) = EXAMPLE.split_once("#[connection]").unwrap();
        let tables = rest.split_once("[mdm]").unwrap().1.split_once("#[[script]]").unwrap().0;
        let mut tried = 0;
        for line in top.lines().chain(tables.lines()).filter(is_off).filter(|line| !line.contains("signed_in")) {
            let text = EXAMPLE.replacen(line, &line[1..], 1);
            assert!(read(&text).is_ok(), "{line}: {:?}", read(&text).err().map(|error| error.to_string()));
            tried += 1;
        }
        assert!(tried > 10, "{tried}");
    }
}
