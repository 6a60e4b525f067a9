//! Windows as a machine: its clocks, its folders with their rights, files that are replaced.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::thread;
use std::time::{Duration, SystemTime};

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, ERROR_SHARING_VIOLATION, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES,
    SetFileSecurityW,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateDirectoryW, MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW,
};
use windows_sys::Win32::System::Com::CoTaskMemFree;
use windows_sys::Win32::System::SystemInformation::{GetSystemWindowsDirectoryW, GetTickCount64};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, IsWow64Process};
use windows_sys::Win32::System::Time::{GetTimeZoneInformation, TIME_ZONE_ID_INVALID, TIME_ZONE_INFORMATION};
use windows_sys::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;
use windows_sys::Win32::UI::Shell::{FOLDERID_ProgramData, SHGetKnownFolderPath};

use super::call::{checked, text, wide};
use super::join::join_calls;
use super::process::{self, WindowsProcess};
use super::words::{LOGGING, limits_of, system_folder};
use super::{boot, hives, owner, trust};
use crate::diagnostics::registry::{self, Keys, read_this_device};
use crate::diagnostics::{Report, tell_join};
use crate::driver::machine::{
    DevicePolicy, Identity, Job, Machine, MdmState, OnEnd, Reading, SignatureFault, read_mdm,
};
use crate::log::write::RegistryValues;
use crate::time::{Span, Wall};

/// A Windows machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct WindowsMachine;

impl Machine for WindowsMachine {
    type Process = WindowsProcess;

    /// The interrupt time without its bias is the one that stands still while the machine sleeps; the tick count goes on.
    #[allow(clippy::disallowed_methods, reason = "a machine is a door through which real time comes in")]
    fn read(&self) -> Reading {
        let mut awake = 0;
        // SAFETY: `awake` is a place for the time; the call fails only without one.
        unsafe { QueryUnbiasedInterruptTime(&raw mut awake) };
        // SAFETY: the call takes nothing and always succeeds.
        let since_boot = unsafe { GetTickCount64() };
        let wall = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(passed) => i64::try_from(passed.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Reading {
            awake: Span::millis(awake / TICKS_PER_MILLI),
            since_boot: Span::millis(since_boot),
            wall: Wall::from_unix_millis(wall),
        }
    }

    /// Kept in the registry for as long as the boot lasts; none for a process that may not write there.
    fn boot(&self) -> String {
        boot::name(&self.read()).unwrap_or_default()
    }

    fn utc_offset(&self) -> Option<i32> {
        let mut zone = TIME_ZONE_INFORMATION::default();
        // SAFETY: `zone` is a place for what is returned.
        let season = unsafe { GetTimeZoneInformation(&raw mut zone) };
        let more = match season {
            TIME_ZONE_ID_INVALID => return None,
            2 => zone.DaylightBias,
            _ => zone.StandardBias,
        };
        zone.Bias.checked_add(more)?.checked_mul(-60)
    }

    fn private_folder(&self, folder: &Path) -> io::Result<()> {
        make_folder(folder, PRIVATE)
    }

    fn readable_folder(&self, folder: &Path) -> io::Result<()> {
        make_folder(folder, READABLE)
    }

    /// The folder's rights are inherited.
    fn private_file(&self, file: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(file)
    }

    fn lock(&self, file: &Path) -> io::Result<Option<File>> {
        // Somebody who looks whether it is locked holds it for a moment.
        for _ in 0..TRIES {
            match OpenOptions::new().write(true).create(true).truncate(false).share_mode(0).open(file) {
                Ok(file) => return Ok(Some(file)),
                Err(error) if is_code(&error, ERROR_SHARING_VIOLATION) => thread::park_timeout(PAUSE),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn is_locked(&self, file: &Path) -> bool {
        File::open(file).is_err_and(|error| is_code(&error, ERROR_SHARING_VIOLATION))
    }

    /// The variables that name it differ in a service, so they are not asked.
    fn state_folder(&self) -> Option<PathBuf> {
        let mut found = null_mut();
        // SAFETY: the folder's name is a constant, no token is given, and `found` is a place for the pointer.
        let answer = unsafe { SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, null_mut(), &raw mut found) };
        // SAFETY: after success it is a text that ends with a zero, else null.
        let folder = unsafe { text(found) };
        // SAFETY: the memory is the call's whatever it answered, and the text is a copy.
        unsafe { CoTaskMemFree(found.cast_const().cast()) };
        (answer >= 0 && !folder.is_empty()).then(|| Path::new(&folder).join("imesim-agent"))
    }

    fn replace(&self, new: &Path, old: &Path) -> io::Result<()> {
        let (new, old) = (wide(new), wide(old));
        let flags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
        for _ in 1..TRIES {
            // SAFETY: both paths end with a zero.
            match checked(unsafe { MoveFileExW(new.as_ptr(), old.as_ptr(), flags) }) {
                // Somebody reads the old one, for a moment as one hopes.
                Err(error) if is_code(&error, ERROR_ACCESS_DENIED) || is_code(&error, ERROR_SHARING_VIOLATION) => {
                    thread::park_timeout(PAUSE);
                }
                other => return other,
            }
        }
        // SAFETY: as above.
        checked(unsafe { MoveFileExW(new.as_ptr(), old.as_ptr(), flags) })
    }

    /// A rename that is written through needs no flushing after it.
    fn flush_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn report(&self) -> Option<Report> {
        Some(report())
    }

    fn mdm(&self, seen: Option<&str>) -> MdmState {
        read_mdm(&registry::Machine::new(), seen)
    }

    fn system_folder(&self, bits: u8) -> PathBuf {
        let mut folder = [0u16; 260];
        // SAFETY: the buffer has room for as many units as the call is told.
        let length = unsafe { GetSystemWindowsDirectoryW(folder.as_mut_ptr(), 260) };
        let windows = OsString::from_wide(folder.get(..length as usize).unwrap_or_default());
        PathBuf::from(windows).join(system_folder(OWN_BITS, native_bits(), bits))
    }

    fn log_values(&self) -> RegistryValues {
        // One that may not be read sets nothing.
        let values = registry::Machine::new().values(LOGGING).ok().flatten().unwrap_or_default();
        limits_of(&values)
    }

    fn signature(&self, file: &Path) -> Result<(), SignatureFault> {
        trust::check(file)
    }

    fn device_policy(&self, identity: &Identity, bits: u8) -> Result<DevicePolicy, SignatureFault> {
        let unreadable = |error: io::Error| SignatureFault::Policy(error.raw_os_error().unwrap_or(0).cast_unsigned());
        Ok(hives::scopes(identity, bits).map_err(unreadable)?.policy())
    }

    fn start(&self, job: &Job, on_end: OnEnd) -> io::Result<WindowsProcess> {
        process::start(job, on_end)
    }

    /// Nothing is left: the job of a run ends with the process that holds it.
    fn end_leftovers(&self, _mark: &str) {}
}

/// What Windows says of this device: in its registry, and of the join in its calls.
pub fn report() -> Report {
    let mut report = read_this_device();
    tell_join(&mut report, &join_calls());
    report
}

fn native_bits() -> u8 {
    let mut is_emulated = 0;
    // SAFETY: the pseudo handle of this process is always open, and `is_emulated` is a place for the answer.
    let known = unsafe { IsWow64Process(GetCurrentProcess(), &raw mut is_emulated) };
    if known != 0 && is_emulated != 0 { 64 } else { OWN_BITS }
}

/// Makes a folder with these rights from its first moment on, or gives them to one that is there.
fn make_folder(folder: &Path, rights: &str) -> io::Result<()> {
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    let rights = Descriptor::new(rights)?;
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: rights.0,
        bInheritHandle: 0,
    };
    let path = wide(folder);
    // SAFETY: the path ends with a zero, and the attributes and their descriptor live during the call.
    match checked(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) }) {
        Err(error) if is_code(&error, ERROR_ALREADY_EXISTS) => {
            if !folder.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            owner::check(folder)?;
            let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
            // SAFETY: as above.
            checked(unsafe { SetFileSecurityW(path.as_ptr(), what, rights.0) })
        }
        other => other,
    }
}

/// A security descriptor.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    fn new(words: &str) -> io::Result<Self> {
        let words = wide(words);
        let mut made = null_mut();
        // SAFETY: the words end with a zero, `made` is a place for the pointer, and the size is not asked for.
        checked(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                words.as_ptr(),
                SDDL_REVISION_1,
                &raw mut made,
                null_mut(),
            )
        })?;
        Ok(Self(made))
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the memory is the conversion's, and nobody refers to it any more.
        unsafe { LocalFree(self.0) };
    }
}

fn is_code(error: &io::Error, code: u32) -> bool {
    error.raw_os_error() == Some(code.cast_signed())
}

/// For the system, administrators and whoever owns it; nothing is inherited from above.
const PRIVATE: &str = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";
/// The same, and every user of the machine may read and run what is in it.
const READABLE: &str = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)(A;OICI;FRFX;;;AU)";
const OWN_BITS: u8 = if cfg!(target_pointer_width = "64") { 64 } else { 32 };
/// Interrupt time counts in units of 100 nanoseconds.
const TICKS_PER_MILLI: u64 = 10_000;
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests;
