//! Handles and texts as Windows wants them, so that the other files hold little more than their calls.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::LibraryLoader::{GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW};
use windows_sys::core::PWSTR;

/// A text in UTF-16 with the zero that ends it.
pub(super) fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}

/// Windows' answer as a result.
pub(super) fn checked(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A handle that Windows gave away, closed when it is dropped.
pub(super) fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call that returned it succeeded and leaves the handle to its caller, and nobody else has a copy.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// The text at a pointer that Windows filled in; empty for none.
///
/// # Safety
/// `text` is null, or points to UTF-16 that ends with a zero and stays there during the call.
pub(super) unsafe fn text(text: PWSTR) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller promises a zero at the end, so that every place up to it may be read.
    let length = (0..).take_while(|at| unsafe { *text.add(*at) } != 0).count();
    // SAFETY: these places were just read.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) })
}

/// A function whose form is not known here.
pub(super) type Procedure = unsafe extern "system" fn() -> isize;

/// A function that not every Windows has, out of a library of the system; `None` if it is not there. The library stays loaded.
pub(super) fn procedure(library: &str, name: &CStr) -> Option<Procedure> {
    let library = wide(library);
    // SAFETY: the name ends with a zero, and only the system's own folder is looked into.
    let library = unsafe { LoadLibraryExW(library.as_ptr(), null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if library.is_null() {
        return None;
    }
    // SAFETY: the library is loaded, and the name ends with a zero.
    unsafe { GetProcAddress(library, name.as_ptr().cast()) }
}
