//! Asks Windows how this device is joined. First read: B-11.4.

use std::io;
use std::mem::transmute;
use std::ptr::{null, null_mut};

use windows_sys::Win32::NetworkManagement::NetManagement::{
    DSREG_JOIN_INFO, NetApiBufferFree, NetGetJoinInformation, NetSetupDomainName, NetSetupUnknownStatus,
};
use windows_sys::core::{HRESULT, PCWSTR};

use super::call::{Procedure, procedure};
use crate::diagnostics::{EntraJoin, JoinCalls};

/// What the two calls say. The first came with Windows 10, and Wine has it not, so that it is looked up when it is wanted.
pub fn join_calls() -> JoinCalls {
    JoinCalls { entra: entra(), domain: domain() }
}

type Ask = unsafe extern "system" fn(PCWSTR, *mut *mut DSREG_JOIN_INFO) -> HRESULT;
type Free = unsafe extern "system" fn(*const DSREG_JOIN_INFO);

fn entra() -> Option<Result<EntraJoin, String>> {
    let ask = procedure("netapi32.dll", c"NetGetAadJoinInformation")?;
    let free = procedure("netapi32.dll", c"NetFreeAadJoinInformation")?;
    // SAFETY: the functions of these names have these forms.
    let (ask, free) = unsafe { (transmute::<Procedure, Ask>(ask), transmute::<Procedure, Free>(free)) };
    let mut found = null_mut();
    // SAFETY: no tenant is named, and `found` is a place for the pointer.
    let answer = unsafe { ask(null(), &raw mut found) };
    if answer < 0 {
        return Some(Err(io::Error::from_raw_os_error(answer).to_string()));
    }
    // SAFETY: after success it is null for no join, or points to such a structure, of which a number is copied.
    let kind = unsafe { found.as_ref() }.map_or(EntraJoin::None, |join| EntraJoin::of(join.joinType));
    // SAFETY: it is the call's own, or null, and nothing of it is used any more.
    unsafe { free(found) };
    Some(Ok(kind))
}

fn domain() -> Option<bool> {
    let (mut name, mut status) = (null_mut(), NetSetupUnknownStatus);
    // SAFETY: this computer is asked, and both are places for what is returned.
    let answer = unsafe { NetGetJoinInformation(null(), &raw mut name, &raw mut status) };
    if answer != 0 {
        return None;
    }
    // SAFETY: the name is the call's own; nobody wants it.
    unsafe { NetApiBufferFree(name.cast()) };
    (status != NetSetupUnknownStatus).then_some(status == NetSetupDomainName)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever this device is, it answers, and a domain takes no number for an error. Wine has one of the two calls.
    #[test]
    fn the_calls_are_made_where_they_are() {
        let calls = join_calls();
        let is_wine = procedure("ntdll.dll", c"wine_get_version").is_some();
        assert_eq!(calls.entra.is_none(), is_wine, "{calls:?}");
        assert!(!is_wine || calls.domain == Some(false), "{calls:?}");
    }
}
