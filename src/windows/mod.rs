//! Windows: the service around the agent. Everything unsafe of the crate is in this folder, one call to a block.
//!
//! | file | owns |
//! |---|---|
//! | `control` | what a control of the service manager means; pure, tested everywhere |
//! | `health` | the daily health task: how Windows is told of it, what it mends; pure, tested everywhere |
//! | `portal` | links of the portal's protocol; pure, tested everywhere |
//! | `words` | quoting, widths of hosts, whose account it is, limits of logs; pure, tested everywhere |
//! | `policy` | which execution policy the registry gives PowerShell; pure, tested everywhere |
//! | `verdict` | what an answer to a question after a signature means; pure, tested everywhere |
//! | `service` | dispatcher, handler and status of the service |
//! | `install` | installing, starting, stopping, asking after and removing the service |
//! | `boot` | a name for the present boot |
//! | `around` | the health task and the protocol of links, made and taken away |
//! | `join` | how the device is joined |
//! | `machine` | the [`Machine`](crate::driver::machine::Machine): clocks, folders, files |
//! | `hives` | the registry's values of that policy |
//! | `owner` | whose a folder is, and whose a token |
//! | `process` | processes in a job object, as the agent or as a user |
//! | `session` | who is signed in |
//! | `trust` | who signed a file |
//! | `call` | handles and texts as Windows wants them |
//!
//! # What needs a real Windows to be seen
//!
//! CI runs all of this under Wine, from installation to removal. Wine cannot show the following, and each is kept to a
//! call or two:
//!
//! - sleep: power events come from test hooks there, and the two clocks that are compared never part;
//! - other users: `WTSQueryUserToken` and `CreateProcessAsUserW` are run, with the one user that Wine has; that a
//!   process really has a user's rights, and that the call fails with 1008 while nobody is signed in, is not seen;
//! - sessions: sign-ins, locks and their ids come from test hooks, `WTSEnumerateSessionsW` lists none;
//! - access lists beyond what file modes can say, and a folder that somebody else made beforehand, which is refused;
//! - recovery settings, delayed start and the time for preshutdown: they are set where the service manager takes them,
//!   `install` prints which it did not take, and nothing shows that Windows acts on them;
//! - PRESHUTDOWN as Windows sends it: a hook stands for it;
//! - 32-bit hosts: which folder is theirs is a pure function, nothing is run there;
//! - real PowerShell, its output encoding, and that it finds the execution policy that the agent has found before: the registry is
//!   read as it is said to read it, at the keys of both widths and of both accounts;
//! - signatures of scripts: Wine knows those of programs alone, with which the check is run, and takes any root for a good one. That a
//!   certificate with an unknown root is refused, that a signed `.ps1` is accepted, and what PowerShell's `AllSigned` then says of
//!   it, is not seen. Nor is what a revoked certificate comes to: only what Windows has in its cache is looked into, see `trust`. A
//!   user's own store of publishers is not;
//! - the health task at its time: Task Scheduler of Wine takes the definition, forgets most of it and starts nothing; what the task
//!   starts is run by hand. That Windows takes the definition as it stands is not seen;
//! - a link that is followed: the command that stands in the registry is run by hand, as the same user as the service; that users
//!   who are no administrators may send control codes to a service is Windows' default, and not seen;
//! - `NetGetAadJoinInformation`, which Wine has not: it is looked up at run time, and where it is not there the registry tells
//!   the join (B-11.4). A join of the device and one of the domain are told; that a user's account is registered is a user's own
//!   affair, of which a service is told nothing;
//! - the name of the boot over a shutdown with fast startup, which is to stay as the clocks do; a cut of Wine's power ends it;
//! - a rename over a file that somebody reads, which Windows allows and Wine does not.
//!
//! # What it does not do
//!
//! The health check looks at no memory (B-10.9) and writes no `ClientHealth.log`: the agent writes there what its own timer finds.
//! It mends the service as the documented task does, so that one that an admin has stopped runs again a day later (B-10.10). A
//! protocol that belongs to another program, such as the real agent, stays with it, which `install` says. Facts that the configuration does not state come from Windows' calls and from the registry when the process starts; those that neither
//! tells, such as whether the push service can be reached, stay as usual, and `status` says so of each.

pub mod control;
pub mod health;
pub mod policy;
pub mod portal;
pub mod verdict;
pub mod words;

#[cfg(windows)]
mod around;
#[cfg(windows)]
mod boot;
#[cfg(windows)]
mod call;
#[cfg(windows)]
mod hives;
#[cfg(windows)]
mod install;
#[cfg(windows)]
mod join;
#[cfg(windows)]
mod machine;
#[cfg(windows)]
mod owner;
#[cfg(windows)]
mod process;
#[cfg(windows)]
mod service;
#[cfg(windows)]
mod session;
#[cfg(windows)]
mod trust;

#[cfg(windows)]
pub use install::{
    Installed, NAME, ServiceError, check_health, control, install, remove, remove_self, start, state, stop,
};
#[cfg(windows)]
pub use join::join_calls;
#[cfg(windows)]
pub use machine::{WindowsMachine, report};
#[cfg(windows)]
pub use process::WindowsProcess;
#[cfg(windows)]
pub use service::{Told, dispatch};
#[cfg(windows)]
pub use session::{present, watch_sessions};
