//! The service's end of the service manager: dispatcher, handler, status.
//!
//! The handler only decodes, reports and passes on; the service's own thread does the work. Its context is never freed, since a
//! control may come at any time until the process is gone.

use std::ffi::c_void;
use std::io;
use std::process::ExitCode;
use std::ptr::null;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

use windows_sys::Win32::Foundation::{ERROR_CALL_NOT_IMPLEMENTED, ERROR_SERVICE_SPECIFIC_ERROR, NO_ERROR};
use windows_sys::Win32::System::RemoteDesktop::WTSSESSION_NOTIFICATION;
use windows_sys::Win32::System::Services::{
    RegisterServiceCtrlHandlerExW, SERVICE_ACCEPT_POWEREVENT, SERVICE_ACCEPT_PRESHUTDOWN, SERVICE_ACCEPT_SESSIONCHANGE,
    SERVICE_ACCEPT_STOP, SERVICE_ACCEPT_TIMECHANGE, SERVICE_CONTROL_INTERROGATE, SERVICE_RUNNING,
    SERVICE_START_PENDING, SERVICE_STATUS, SERVICE_STATUS_CURRENT_STATE, SERVICE_STOP_PENDING, SERVICE_STOPPED,
    SERVICE_TABLE_ENTRYW, SERVICE_WIN32_OWN_PROCESS, SetServiceStatus, StartServiceCtrlDispatcherW,
};
use windows_sys::core::PWSTR;

use super::call::{checked, wide};
use super::control::{Control, SESSION, decode, hook};
use super::install::NAME;
use super::session::console;

/// What the body of the service is given.
#[derive(Debug)]
pub struct Told {
    /// What the service manager tells, in its order.
    pub controls: Receiver<Control>,
}

impl Told {
    /// Says that the service runs.
    pub fn running(&self) {
        report(SERVICE_RUNNING, 0, 0);
    }
}

/// The service's work; its error is the service's own exit code.
type Body = Box<dyn FnOnce(Told) -> Result<(), u32> + Send>;

struct Context {
    handle: AtomicUsize,
    checkpoint: AtomicU32,
    controls: Sender<Control>,
    has_hooks: bool,
}

static CONTEXT: OnceLock<Context> = OnceLock::new();
static BODY: Mutex<Option<(Body, Receiver<Control>)>> = Mutex::new(None);

/// Hands this thread to the service manager until the service has ended. With `has_hooks`, some control codes stand for
/// controls that nobody but Windows can send; see [`hook`].
///
/// # Errors
/// Windows' error, such as 1063 in a process that the service manager has not started.
pub fn dispatch(has_hooks: bool, body: Body) -> io::Result<ExitCode> {
    let (controls, told) = channel();
    let context = Context { handle: AtomicUsize::new(0), checkpoint: AtomicU32::new(0), controls, has_hooks };
    // A process is one service, so that nobody was here before.
    if CONTEXT.set(context).is_ok() {
        *BODY.lock().unwrap_or_else(PoisonError::into_inner) = Some((body, told));
    }
    let mut name = wide(NAME);
    let table = [
        SERVICE_TABLE_ENTRYW { lpServiceName: name.as_mut_ptr(), lpServiceProc: Some(service_main) },
        SERVICE_TABLE_ENTRYW::default(),
    ];
    // SAFETY: the table ends with an empty entry and lives, with the name in it, until the call returns.
    checked(unsafe { StartServiceCtrlDispatcherW(table.as_ptr()) })?;
    Ok(ExitCode::SUCCESS)
}

/// The service's own thread.
extern "system" fn service_main(_count: u32, _arguments: *mut PWSTR) {
    let Some(context) = CONTEXT.get() else { return };
    let name = wide(NAME);
    // SAFETY: the name ends with a zero, the handler is a function of the right form that lives as long as the program,
    // and it needs no context of its own.
    let handle = unsafe { RegisterServiceCtrlHandlerExW(name.as_ptr(), Some(handler), null()) };
    if handle.is_null() {
        return;
    }
    context.handle.store(handle as usize, Ordering::SeqCst);
    report(SERVICE_START_PENDING, 0, PATIENCE);
    let taken = BODY.lock().unwrap_or_else(PoisonError::into_inner).take();
    let ended = taken.map_or(Ok(()), |(body, controls)| body(Told { controls }));
    report(SERVICE_STOPPED, ended.err().unwrap_or(0), 0);
}

/// Called on the dispatcher's thread, at any time, until the process is gone.
extern "system" fn handler(control: u32, kind: u32, data: *mut c_void, _context: *mut c_void) -> u32 {
    let Some(context) = CONTEXT.get() else { return ERROR_CALL_NOT_IMPLEMENTED };
    if control == SERVICE_CONTROL_INTERROGATE {
        return NO_ERROR;
    }
    let (control, kind, session) = match hook(control).filter(|_| context.has_hooks) {
        Some((control, kind)) => (control, kind, Some(console())),
        // SAFETY: with this control Windows sends that structure, or nothing.
        None if control == SESSION => (control, kind, unsafe { session_of(data) }),
        None => (control, kind, None),
    };
    let Some(told) = decode(control, kind, session) else { return ERROR_CALL_NOT_IMPLEMENTED };
    if told.ends_service() {
        // From now on nothing is accepted, so that nothing more comes.
        report(SERVICE_STOP_PENDING, 0, PATIENCE);
    }
    // Once the service's thread is through nobody listens any more.
    let _late = context.controls.send(told);
    NO_ERROR
}

/// # Safety
/// `data` is null or points to the structure of a session change.
unsafe fn session_of(data: *const c_void) -> Option<u32> {
    // SAFETY: the caller promises it.
    let notification = unsafe { data.cast::<WTSSESSION_NOTIFICATION>().as_ref() }?;
    Some(notification.dwSessionId)
}

fn report(state: SERVICE_STATUS_CURRENT_STATE, code: u32, wait_hint: u32) {
    let Some(context) = CONTEXT.get() else { return };
    let is_pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    let checkpoint = if is_pending { context.checkpoint.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
    let status = SERVICE_STATUS {
        dwServiceType: SERVICE_WIN32_OWN_PROCESS,
        dwCurrentState: state,
        dwControlsAccepted: if state == SERVICE_RUNNING { ACCEPTED } else { 0 },
        dwWin32ExitCode: if code == 0 { NO_ERROR } else { ERROR_SERVICE_SPECIFIC_ERROR },
        dwServiceSpecificExitCode: code,
        dwCheckPoint: checkpoint,
        dwWaitHint: wait_hint,
    };
    let handle = context.handle.load(Ordering::SeqCst) as *mut c_void;
    // SAFETY: the handle is the one of the registration, which is never closed, and the status lives during the call.
    // Where it cannot be reported there is nobody to be told.
    unsafe { SetServiceStatus(handle, &raw const status) };
}

const ACCEPTED: u32 = SERVICE_ACCEPT_STOP
    | SERVICE_ACCEPT_PRESHUTDOWN
    | SERVICE_ACCEPT_POWEREVENT
    | SERVICE_ACCEPT_SESSIONCHANGE
    | SERVICE_ACCEPT_TIMECHANGE;
/// How long starting and stopping may take, in milliseconds.
const PATIENCE: u32 = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_only_where_there_is_one() {
        let told = WTSSESSION_NOTIFICATION { cbSize: 8, dwSessionId: 3 };
        // SAFETY: a structure of that form, and none.
        let read = unsafe { (session_of((&raw const told).cast()), session_of(null())) };
        assert_eq!(read, (Some(3), None));
    }
}
