//! The Intune side: resolves what each device gets, answers it, pushes to it and takes its reports.
//!
//! What many devices share is resolved once into a [`Cohort`]; what is a device's own is its [`Ledger`], a small value
//! that is moved by [`Ledger::handle`] alone. Time is an argument: the service's clock is right, so `now` is true UTC.
//!
//! | to read | file |
//! |---|---|
//! | who a device is, as far as assignments matter | `member.rs` |
//! | memberships over time (B-12.3, B-12.4) | `membership.rs` |
//! | which content applies (B-12.1 to B-12.13, B-12.19, B-12.20) | `applies.rs` |
//! | the apps of a poll, and how they are to be installed (B-7.1, B-7.31) | `apps.rs`, `settings.rs` |
//! | what became of each assignment, for explanations | `verdict.rs` |
//! | epochs, lists and pushes of a cohort (B-3.7, B-4.19) | `cohort.rs`, `resolve.rs` |
//! | inputs, effects and notes | `event.rs` |
//! | the ledger: polls, actions, limits | `ledger.rs` |
//! | answers from old or incomplete data, pushes that go astray | `wrong.rs` |
//! | reports | `reports.rs` |
//! | two devices with one identity | `serials.rs` |
//! | answers on their way | `given.rs` |
//! | MDM sessions: the cap and the orders (B-3.4, B-10.3) | `session.rs` |
//!
//! Two things are facts for readers and no states: the delay with which the admin center shows what the ledger has taken
//! (B-13.8, [`shown_within`](crate::facts::product::shown_within)), and the service's addresses, which an agent keeps for
//! `svc.location_cache_ttl` (B-13.5).

mod applies;
mod apps;
#[cfg(feature = "check")]
mod canon;
mod cohort;
mod event;
mod given;
mod ledger;
mod member;
mod membership;
mod reports;
mod resolve;
mod serials;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod verdict;
mod wrong;

pub use cohort::{Cohort, Epoch, PlannedPush};
pub use event::{AdminAction, Effect, Event, Input, Sink};
pub(crate) use given::Given;
pub use ledger::{Context, Ledger};
pub use member::{Member, MemberUser, Membership};
pub use reports::Reports;
pub use serials::{Arrivals, Serials};
pub use verdict::{Verdict, VerdictOutcome, verdicts};
