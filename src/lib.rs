//! The lifecycle of a managed Windows agent, the Intune Management Extension (IME), as a deterministic library.
//!
//! What makes the agent arrive on a device, when it checks in, what each kind of sync does and does not start, which
//! scripts run and how often, which apps are installed, and when it is removed: all of it is one set of state machines
//! without clock, thread, socket or randomness inside. The same code runs in a unit test, in a simulation of a million
//! laptops, and in an agent of your own.
//!
//! ```text
//!        inputs: time, power, users, answers                 effects: send, run, persist, remove
//!                         |                                                  ^
//!                         v                                                  |
//!              agent.handle(&cx, now, input, &mut sink)  ->  Wake: when to call again, and why
//! ```
//!
//! # What it is not
//!
//! It does not talk to Intune, it manages no device, and it knows no secret of the product: every rule is taken from
//! public documents, public logs or stated assumptions, and says which. See [`rules`].
//!
//! # An agent in twenty lines
//!
//! The machine takes inputs and gives effects; this is the whole contract. [`driver`] has the loop, transports and clocks
//! around it.
//!
//! ```
//! use imesim::agent::{Agent, Context, Effect, Input, ServiceChange};
//! use imesim::chance::Chance;
//! use imesim::facts::Facts;
//! use imesim::profile::{Profile, Version};
//! use imesim::protocol::{Answer, Request, Workload};
//! use imesim::time::{Awake, Now, Span, Wall};
//!
//! let (profile, facts) = (Profile::default().without_jitter(), Facts::default());
//! let cx = Context::new(&profile, &facts, Chance::seeded(1, 0));
//! let mut now = Now { wall: Wall::from_unix_millis(1_767_600_000_000), awake: Awake::MIN };
//!
//! let mut agent = Agent::absent();
//! let mut effects: Vec<Effect> = Vec::new();
//! let _ = agent.handle(&cx, now, Input::Installed(Version([1, 94, 0, 0])), &mut effects);
//! let _ = agent.handle(&cx, now, Input::Service(ServiceChange::Started), &mut effects);
//!
//! effects.clear();
//! let wake = agent.handle(&cx, now, Input::Tick, &mut effects); // without jitter, the start-up poll comes at once
//! let Some(Effect::Send { token, request: Request::Poll { workload, .. } }) = effects.first().copied() else { panic!() };
//! assert_eq!(workload, Workload::Script);
//!
//! let _ = agent.handle(&cx, now, Input::Answered { token, at: now.wall, answer: &Answer::Scripts((&[]).into()) }, &mut effects);
//! now.awake = now.awake.after(Span::hours(1)); // an hour later it asks for apps, and nothing else
//! # assert!(wake.awake.is_some());
//! ```
//!
//! # The modules, from the ground up
//!
//! | module | what it is |
//! |---|---|
//! | [`time`], [`chance`] | wall time and awake time as types that cannot be mixed; random draws as a pure function |
//! | [`rules`], [`profile`] | every rule with its source and standing; every figure with its unit and range |
//! | [`retry`] | when something that failed is tried again: one backoff for everything, of use by itself |
//! | [`protocol`] | the messages between a device and the service |
//! | [`content`] | apps, remediations and discovery scripts, as the agent is given them |
//! | [`relations`] | dependencies and supersedence between apps: what is refused, in which order, what is to be done |
//! | [`facts`], [`catalog`] | what is true of a device; what an admin can assign |
//! | [`agent`], [`mdm`], [`service`] | the three machines; none knows another |
//! | [`device`] | agent, MDM client and facts together |
//! | [`lifecycle`] | phases and transitions as a graph |
//! | [`sim`] | one device in its world, in virtual time |
//! | `scenario` | scenario files, transcripts, expectations, explanations |
//! | `fleet` | many devices on many threads |
//! | `check` | invariants, hunts in random worlds full of faults, every future of a small world |
//! | `strategies` | strategies for property tests of agents, ours or anybody's |
//! | `report` | a study of a fleet as a web page of one file |
//! | `diagnostics` | what a real device says of itself, as facts, and why the agent is not on it |
//! | `log` | log files of the agent: records, what they mean, what a whole log tells |
//! | [`driver`] | clock, transport and host around an embedded agent; the scripted test driver |
//! | `windows` | the agent as a Windows service |
//! | `program` | the program `imesim-agent`: the agent as a process |
//! | `serve` | the service over HTTP for real agents, with a page for admins |
//! | `cli` | the program `imesim` |
//!
//! # Features
//!
//! `default` = `scenario`, `fleet`, `check` and `net`; none of them changes what the core does.
//!
//! | feature | adds |
//! |---|---|
//! | `scenario` | `scenario` and `sim::trace` |
//! | `fleet` | `fleet` |
//! | `parquet` | Parquet beside CSV in `fleet::export` |
//! | `check` | `check` |
//! | `proptest` | `strategies` |
//! | `log` | `log` |
//! | `net` | `driver::tcp` |
//! | `http` | `driver::http` |
//! | `agent` | `driver::machine`, `windows` and the program `imesim-agent`; `windows` is another name for it |
//! | `serve` | `serve` |
//! | `report` | `report` |
//! | `diagnostics` | `diagnostics` |
//! | `cli` | the program |
//!
//! Without default features the crate is the core alone; it builds for targets without an operating system's clock,
//! such as `wasm32-unknown-unknown`.
//!
//! # Determinism
//!
//! Same scenario, same seed, same version: the same trace to the byte, on any number of threads, in debug and release.
//! Everything that decides is integer arithmetic; equal times are ordered by time, device and sequence. Each run prints
//! a 128-bit digest of what every device did. Digests, transcripts and hunts that the tests pin were found equal on x86-64 and
//! on s390x, whose bytes are in the other order.

// Of the library alone; tests may unwrap. The bans of `clippy.toml` come on top.
#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic
)]

#[forbid(unsafe_code)]
pub mod agent;
#[cfg(feature = "check")]
#[forbid(unsafe_code)]
pub(crate) mod canon;
#[forbid(unsafe_code)]
pub mod catalog;
#[forbid(unsafe_code)]
pub mod chance;
#[cfg(feature = "check")]
#[forbid(unsafe_code)]
pub mod check;
#[cfg(feature = "cli")]
#[forbid(unsafe_code)]
pub mod cli;
#[forbid(unsafe_code)]
pub mod content;
#[forbid(unsafe_code)]
pub mod device;
#[cfg(feature = "diagnostics")]
#[forbid(unsafe_code)]
pub mod diagnostics;
#[forbid(unsafe_code)]
pub mod driver;
#[forbid(unsafe_code)]
pub mod facts;
#[cfg(feature = "fleet")]
#[forbid(unsafe_code)]
pub mod fleet;
#[forbid(unsafe_code)]
pub mod lifecycle;
#[cfg(feature = "log")]
#[forbid(unsafe_code)]
pub mod log;
#[forbid(unsafe_code)]
pub mod mdm;
#[cfg(any(feature = "agent", feature = "cli"))]
#[forbid(unsafe_code)]
mod out;
#[forbid(unsafe_code)]
pub mod profile;
#[cfg(feature = "agent")]
#[forbid(unsafe_code)]
pub mod program;
#[forbid(unsafe_code)]
pub mod protocol;
#[forbid(unsafe_code)]
pub mod relations;
#[cfg(feature = "report")]
#[forbid(unsafe_code)]
pub mod report;
#[forbid(unsafe_code)]
pub mod retry;
#[forbid(unsafe_code)]
pub mod rules;
#[forbid(unsafe_code)]
mod sabotage;
#[cfg(feature = "scenario")]
#[forbid(unsafe_code)]
pub mod scenario;
#[cfg(feature = "serve")]
#[forbid(unsafe_code)]
pub mod serve;
#[forbid(unsafe_code)]
pub mod service;
#[forbid(unsafe_code)]
pub mod sim;
#[cfg(feature = "proptest")]
#[forbid(unsafe_code)]
pub mod strategies;
#[cfg(any(feature = "fleet", feature = "check"))]
#[forbid(unsafe_code)]
mod threads;
#[forbid(unsafe_code)]
pub mod time;
#[cfg(feature = "agent")]
#[allow(
    unsafe_code,
    clippy::disallowed_methods,
    reason = "calls of Windows, each in a block with its reason; files and clocks"
)]
pub mod windows;
