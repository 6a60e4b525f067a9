//! Who is signed in: names of sessions, and their changes as the agent is told them.

use std::collections::BTreeMap;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr::{null, null_mut};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, Thread};

use windows_sys::Win32::Security::{DuplicateTokenEx, SecurityImpersonation, TOKEN_ALL_ACCESS, TokenPrimary};
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_INFO_CLASS, WTS_SESSION_INFOW, WTSActive, WTSDisconnected, WTSDomainName,
    WTSEnumerateSessionsW, WTSFreeMemory, WTSGetActiveConsoleSessionId, WTSQuerySessionInformationW, WTSQueryUserToken,
    WTSUserName,
};
use windows_sys::Win32::System::WindowsProgramming::GetComputerNameW;

use super::call::{checked, owned, text};
use super::control::{Change, Control};
use super::words::is_entra;
use crate::agent::{SessionChange, SyncRequest};
use crate::driver::machine::Notice;
use crate::facts::Join;

/// The users that are signed in now with an account of Entra's, by name.
pub fn present(join: Join, everybody: bool) -> Vec<String> {
    let computer = computer_name();
    let counts = |user: &String| everybody || is_entra(user, &computer, join);
    let mut users: Vec<String> = sessions().into_iter().filter_map(user_of).filter(counts).collect();
    users.sort();
    users.dedup();
    users
}

/// Passes on what the handler tells as what the agent is told, on a thread of its own: asking for a name takes longer than
/// a handler may.
///
/// # Errors
/// Those of starting a thread.
pub fn watch_sessions(
    controls: Receiver<Control>,
    tell: Sender<Notice>,
    waker: Thread,
    join: Join,
    everybody: bool,
) -> io::Result<()> {
    let watch = move || {
        // A session that has ended cannot be asked for its user any more.
        let mut users: BTreeMap<u32, String> =
            sessions().into_iter().filter_map(|id| Some((id, user_of(id)?))).collect();
        let computer = computer_name();
        for control in controls {
            let notice = match control {
                Control::Stop => Notice::Stop,
                Control::Shutdown => Notice::Shutdown,
                Control::Suspend => Notice::Suspend,
                Control::Resume => Notice::Resume,
                Control::ClockSet => Notice::ClockSet,
                Control::Code(code) => Notice::Sync(SyncRequest::ServiceControl(code)),
                Control::Portal(verb) => Notice::Sync(verb.request()),
                Control::Session { change: Change::SignIn, id } => match user_of(id) {
                    Some(user) => {
                        users.insert(id, user.clone());
                        let is_entra = everybody || is_entra(&user, &computer, join);
                        Notice::SignedIn(user, is_entra)
                    }
                    None => Notice::Session(SessionChange::SignInLocal),
                },
                Control::Session { change: Change::SignOut, id } => match users.remove(&id) {
                    Some(user) => Notice::SignedOut(user),
                    None => continue,
                },
                Control::Session { change: Change::Lock, .. } => Notice::Session(SessionChange::Lock),
                Control::Session { change: Change::Unlock, .. } => Notice::Session(SessionChange::Unlock),
                Control::Session { change: Change::Connect, .. } => Notice::Session(SessionChange::ConsoleConnect),
                Control::Session { change: Change::Disconnect, .. } => {
                    Notice::Session(SessionChange::ConsoleDisconnect)
                }
            };
            if tell.send(notice).is_err() {
                return;
            }
            waker.unpark();
        }
    };
    thread::Builder::new().name("imesim-sessions".to_owned()).spawn(watch).map(drop)
}

/// The token under which a process of a user runs, who must be signed in.
pub(super) fn token_of(user: &str) -> io::Result<OwnedHandle> {
    let found = sessions().into_iter().find(|id| user_of(*id).is_some_and(|name| name.eq_ignore_ascii_case(user)));
    let id = found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "that user is not signed in"))?;
    let mut token = null_mut();
    // SAFETY: `token` is a place for the handle.
    checked(unsafe { WTSQueryUserToken(id, &raw mut token) })?;
    let token = owned(token)?;
    let mut primary = null_mut();
    // SAFETY: the token is open, no attributes are given, and `primary` is a place for the new handle.
    checked(unsafe {
        DuplicateTokenEx(
            token.as_raw_handle(),
            TOKEN_ALL_ACCESS,
            null(),
            SecurityImpersonation,
            TokenPrimary,
            &raw mut primary,
        )
    })?;
    owned(primary)
}

/// The session at the console.
pub(super) fn console() -> u32 {
    // SAFETY: the call takes and gives nothing but a number.
    unsafe { WTSGetActiveConsoleSessionId() }
}

/// The sessions that somebody may be in; that of the console also where Windows lists none.
fn sessions() -> Vec<u32> {
    let mut list: *mut WTS_SESSION_INFOW = null_mut();
    let mut count = 0;
    // SAFETY: `list` and `count` are places for what is returned; version 1 is the only one.
    let asked = unsafe { WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &raw mut list, &raw mut count) };
    let mut ids = Vec::new();
    if asked != 0 && !list.is_null() {
        // SAFETY: the call has put `count` entries there.
        let entries = unsafe { std::slice::from_raw_parts(list, count as usize) };
        ids.extend(entries.iter().filter(|e| e.State == WTSActive || e.State == WTSDisconnected).map(|e| e.SessionId));
        // SAFETY: the list is the call's, and nothing refers to it any more.
        unsafe { WTSFreeMemory(list.cast()) };
    }
    if ids.is_empty() {
        ids.push(console());
    }
    ids
}

/// Who is signed in to a session, as `domain\name`; nobody is in the services' own.
fn user_of(session: u32) -> Option<String> {
    let user = asked(session, WTSUserName)?;
    let domain = asked(session, WTSDomainName).unwrap_or_default();
    Some(format!("{domain}\\{user}"))
}

fn asked(session: u32, what: WTS_INFO_CLASS) -> Option<String> {
    let (mut buffer, mut bytes) = (null_mut(), 0);
    // SAFETY: `buffer` and `bytes` are places for what is returned.
    let asked = unsafe {
        WTSQuerySessionInformationW(WTS_CURRENT_SERVER_HANDLE, session, what, &raw mut buffer, &raw mut bytes)
    };
    if asked == 0 || buffer.is_null() {
        return None;
    }
    // SAFETY: for these classes the buffer is a text that ends with a zero.
    let found = unsafe { text(buffer) };
    // SAFETY: the buffer is the call's, and the text is a copy.
    unsafe { WTSFreeMemory(buffer.cast()) };
    (!found.is_empty()).then_some(found)
}

fn computer_name() -> String {
    let mut name = [0u16; 64];
    let mut length = 64;
    // SAFETY: the buffer has room for as many units as `length` says.
    let known = unsafe { GetComputerNameW(name.as_mut_ptr(), &raw mut length) } != 0;
    if known { String::from_utf16_lossy(name.get(..length as usize).unwrap_or_default()) } else { String::new() }
}
