//! What a life is told, and how it ends.

use super::super::StoreError;
use crate::agent::{SessionChange, SyncRequest};
use crate::driver::HostError;

/// What happens to the process, told from other threads. Whoever sends one unparks the thread of the [`Life`](super::Life).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is to end in good order: somebody stops it.
    Stop,
    /// The machine goes down, and with it every session (B-4.13, B-5.10).
    Shutdown,
    /// A user signed in: by name, and whether with an Entra account.
    SignedIn(String, bool),
    /// A user signed out.
    SignedOut(String),
    /// A session changed in a way that starts nothing (B-4.17).
    Session(SessionChange),
    /// The machine is about to sleep.
    Suspend,
    /// The machine woke.
    Resume,
    /// Somebody set the clock.
    ClockSet,
    /// Somebody asks for a check-in: by a control code for the service, or by a link (B-4.15, B-4.16).
    Sync(SyncRequest),
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In good order; the state is on disk.
    Stopped,
    /// The agent has left the device, and nothing of it is left in the state folder.
    Removed,
}

/// Why a process could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LifeError {
    /// The state folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate by which the service is to know the device is not there, and never was.
    #[error("the certificate of the device is not there, and none was seen before: is the name in [connection] right?")]
    NoCertificate,
    /// The last state could not be written; the one before it is whole.
    #[error("at the end: {0}")]
    Last(HostError),
}
