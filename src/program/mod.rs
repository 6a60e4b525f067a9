//! The program `imesim-agent`: the agent as a process of its own. Each command is a few lines around
//! [`driver::machine`](crate::driver::machine).
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done; of `run`: ended in good order, or the agent has left the device |
//! | 1 | of `status`: the agent does not run |
//! | 2 | it could not be done; the error stream says why |

#[cfg(unix)]
mod process;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::driver::machine::{Config, ConfigError, LifeError, Machine, Store, StoreError, show};

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
    /// Takes away everything that the agent keeps on this machine. It must not be running.
    Remove(ConfigArg),
}

#[derive(Debug, Args)]
struct ConfigArg {
    /// The configuration file; see the documentation of `driver::machine` for its keys.
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

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
enum ProgramError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Life(#[from] LifeError),
    #[error("the configuration names no `state` folder, and this system has no usual place for it")]
    NoStateFolder,
    #[error("signals cannot be listened to: {0}")]
    Signals(#[from] ctrlc::Error),
    #[error("the status cannot be printed: {0}")]
    Json(#[from] serde_json::Error),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => process::run(&args.config.config, args.decisions),
        Command::Status(args) => status(&process::machine(), &args),
        Command::Remove(args) => remove(process::machine(), &args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("imesim-agent: {error}");
        ExitCode::from(2)
    })
}

/// The configuration and the state folder that it names.
fn configured<M: Machine>(machine: &M, file: &std::path::Path) -> Result<(Config, PathBuf), ProgramError> {
    let config = Config::load(file)?;
    let state = config.state.clone().or_else(|| machine.state_folder()).ok_or(ProgramError::NoStateFolder)?;
    Ok((config, state))
}

fn status<M: Machine>(machine: &M, args: &StatusArgs) -> Result<ExitCode, ProgramError> {
    let (_, folder) = configured(machine, &args.config.config)?;
    let is_held = machine.is_locked(&Store::<M>::lock_in(&folder));
    let view = show(&folder, is_held)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&view)?);
    } else {
        println!("{}", view.text());
    }
    Ok(ExitCode::from(u8::from(!is_held)))
}

fn remove<M: Machine>(machine: M, args: &ConfigArg) -> Result<ExitCode, ProgramError> {
    let (_, folder) = configured(&machine, &args.config)?;
    if !folder.exists() {
        println!("nothing of the agent is here");
        return Ok(ExitCode::SUCCESS);
    }
    machine.end_leftovers(&format!("{}:", folder.display()));
    let left = Store::open(std::sync::Arc::new(machine), &folder)?.remove()?;
    for path in &left {
        println!("{} is not the agent's and stays", path.display());
    }
    println!("nothing of the agent is left in {}", folder.display());
    Ok(ExitCode::SUCCESS)
}
