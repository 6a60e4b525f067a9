//! Whose folder it is. Whoever owns a folder may give rights to it whenever he likes, so that one which somebody else made
//! beforehand is not trusted. And whose a token is.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{ConvertSidToStringSidW, GetNamedSecurityInfoW, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    EqualSid, GetTokenInformation, IsWellKnownSid, OWNER_SECURITY_INFORMATION, PSID, TOKEN_QUERY, TOKEN_USER,
    TokenUser, WinBuiltinAdministratorsSid, WinLocalSystemSid,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::call::{checked, owned, text, wide};

/// Refuses a folder that belongs neither to the system nor to administrators nor to this process's own account.
pub(super) fn check(folder: &Path) -> io::Result<()> {
    let path = wide(folder);
    let (mut owner, mut descriptor) = (null_mut(), null_mut());
    // SAFETY: the path ends with a zero, `owner` and `descriptor` are places for pointers, the others are not asked for.
    let code = unsafe {
        GetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            null_mut(),
            null_mut(),
            null_mut(),
            &raw mut descriptor,
        )
    };
    if code != 0 {
        return Err(io::Error::from_raw_os_error(code.cast_signed()));
    }
    // SAFETY: the owner lies in the descriptor, which is freed only afterwards.
    let is_trusted = unsafe { is_trusted(owner) };
    // SAFETY: the memory is the call's, and nobody refers to it any more.
    unsafe { LocalFree(descriptor) };
    match is_trusted {
        Ok(true) => Ok(()),
        Ok(false) => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user")),
        Err(error) => Err(error),
    }
}

/// # Safety
/// `owner` is null or points to a whole identifier that stays there during the call.
unsafe fn is_trusted(owner: PSID) -> io::Result<bool> {
    if owner.is_null() {
        return Ok(false);
    }
    let known = [WinLocalSystemSid, WinBuiltinAdministratorsSid];
    // SAFETY: the caller promises a whole identifier.
    if known.into_iter().any(|kind| unsafe { IsWellKnownSid(owner, kind) } != 0) {
        return Ok(true);
    }
    let mut token = null_mut();
    // SAFETY: the pseudo handle of this process is always open, and `token` is a place for the handle.
    checked(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    let account = Account::of(&owned(token)?)?;
    // SAFETY: both are whole identifiers; the account's lies in its buffer.
    Ok(unsafe { EqualSid(owner, account.identifier()) } != 0)
}

/// The account of a token.
struct Account {
    /// Begins with the structure that points to the identifier behind it; aligned for both.
    buffer: Box<[u64; 64]>,
}

impl Account {
    fn of(token: &OwnedHandle) -> io::Result<Self> {
        let mut buffer = Box::new([0u64; 64]);
        let mut needed = 0;
        let size = size_of_val(&*buffer) as u32;
        // SAFETY: the token is open, and the buffer has room for as many bytes as the call is told.
        checked(unsafe {
            GetTokenInformation(token.as_raw_handle(), TokenUser, buffer.as_mut_ptr().cast(), size, &raw mut needed)
        })?;
        Ok(Self { buffer })
    }

    /// Lies in the buffer, which does not move.
    fn identifier(&self) -> PSID {
        // SAFETY: the call has put that structure at the buffer's beginning, which is aligned for it.
        unsafe { &*self.buffer.as_ptr().cast::<TOKEN_USER>() }.User.Sid
    }
}

/// The security identifier of a token's account, as it is written.
pub(super) fn identifier_of(token: &OwnedHandle) -> io::Result<String> {
    let account = Account::of(token)?;
    let mut words = null_mut();
    // SAFETY: a whole identifier, and `words` is a place for the pointer.
    checked(unsafe { ConvertSidToStringSidW(account.identifier(), &raw mut words) })?;
    // SAFETY: after success it is a text that ends with a zero.
    let identifier = unsafe { text(words) };
    // SAFETY: the memory is the call's, and the text is a copy.
    unsafe { LocalFree(words.cast()) };
    Ok(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_ones_own_is_trusted_and_one_of_nobody_is_not() {
        let folder = std::env::temp_dir().join(format!("imesim-owner-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert!(check(&folder).is_ok());
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(check(&folder).unwrap_err().kind(), io::ErrorKind::NotFound);
        // An identifier as it lies in memory: revision 1, one part, world; nobody owns anything as such.
        let everyone: [u8; 12] = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let mut aligned = [0u32; 3];
        for (to, from) in aligned.iter_mut().zip(everyone.chunks_exact(4)) {
            *to = u32::from_le_bytes([from[0], from[1], from[2], from[3]]);
        }
        // SAFETY: a whole identifier, and none.
        let trusted = unsafe { (is_trusted(aligned.as_mut_ptr().cast()).unwrap(), is_trusted(null_mut()).unwrap()) };
        assert_eq!(trusted, (false, false));
    }
}
