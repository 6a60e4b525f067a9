//! Processes in a job object: at the end of each, the whole tree below it is ended. First read: B-5.15, B-5.18, B-5.19.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::mem::{size_of, size_of_val};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::thread;

use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::System::Environment::{CreateEnvironmentBlock, DestroyEnvironmentBlock};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::Pipes::CreatePipe;
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT, CreateProcessAsUserW, CreateProcessW,
    DeleteProcThreadAttributeList, EXTENDED_STARTUPINFO_PRESENT, GetExitCodeProcess, INFINITE,
    InitializeProcThreadAttributeList, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, PROCESS_INFORMATION, ResumeThread,
    STARTF_USESTDHANDLES, STARTUPINFOEXW, TerminateProcess, UpdateProcThreadAttribute, WaitForSingleObject,
};

use super::call::{checked, owned, wide};
use super::session::token_of;
use super::words::command_line;
use crate::driver::machine::{Capture, Finished, Identity, Job, OnEnd, PATIENCE, Process};

/// A process in a job of its own.
#[derive(Clone, Debug)]
pub struct WindowsProcess {
    /// Closing the last handle ends what is in it, so that a killed agent leaves nothing running.
    job: Arc<OwnedHandle>,
}

impl Process for WindowsProcess {
    fn stop(&self) {
        terminate(&self.job);
    }
}

/// Starts a process: suspended, put into the job, and only then let go.
pub(super) fn start(wanted: &Job, on_end: OnEnd) -> io::Result<WindowsProcess> {
    let job = Arc::new(new_job()?);
    let (out, out_end) = pipe()?;
    let (err, err_end) = pipe()?;
    let nothing = File::open("NUL")?;
    inherit(nothing.as_raw_handle(), true)?;
    let streams = [nothing.as_raw_handle(), out_end.as_raw_handle(), err_end.as_raw_handle()];
    let (process, main_thread) = create(wanted, &streams)?;
    // SAFETY: both handles are open.
    let put = checked(unsafe { AssignProcessToJobObject(job.as_raw_handle(), process.as_raw_handle()) });
    // SAFETY: the thread is open and suspended; it must not run outside the job.
    if let Err(error) = put.and_then(|()| match unsafe { ResumeThread(main_thread.as_raw_handle()) } {
        u32::MAX => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }) {
        // SAFETY: the process is open. Where it cannot be ended either, closing the job does it.
        unsafe { TerminateProcess(process.as_raw_handle(), KILLED) };
        return Err(error);
    }
    // The pipes end with the last process that holds them, which must not be this one.
    drop((out_end, err_end, nothing));
    let started = WindowsProcess { job: Arc::clone(&job) };
    let begun = Capture::begin(File::from(out), wanted.keep).and_then(|out| {
        let err = Capture::begin(File::from(err), wanted.keep)?;
        let wait = move || on_end(wait(&process, &job, out, err));
        thread::Builder::new().name("imesim-run".to_owned()).spawn(wait)
    });
    if let Err(error) = begun {
        started.stop();
        return Err(error);
    }
    Ok(started)
}

fn wait(process: &OwnedHandle, job: &OwnedHandle, out: Capture, err: Capture) -> Finished {
    let mut code = 0;
    // SAFETY: the process is open, and `code` is a place for its exit code.
    let is_known = unsafe {
        WaitForSingleObject(process.as_raw_handle(), INFINITE);
        GetExitCodeProcess(process.as_raw_handle(), &raw mut code)
    } != 0;
    // A child that outlives it would keep the pipes open.
    terminate(job);
    let code = if is_known { code.cast_signed() } else { -1 };
    Finished { code, stdout: out.finish(PATIENCE), stderr: err.finish(PATIENCE) }
}

fn terminate(job: &OwnedHandle) {
    // SAFETY: the job is open. There may be nothing left in it, which is what is wanted.
    unsafe { TerminateJobObject(job.as_raw_handle(), KILLED) };
}

fn new_job() -> io::Result<OwnedHandle> {
    // SAFETY: no attributes and no name are given.
    let job = owned(unsafe { CreateJobObjectW(null(), null()) })?;
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    let size = size_of_val(&limits) as u32;
    // SAFETY: the job is open, and the structure is of the class that is named and as long as it is said to be.
    checked(unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            JobObjectExtendedLimitInformation,
            (&raw const limits).cast(),
            size,
        )
    })?;
    Ok(job)
}

/// A pipe: the end that is read here, and the one that a child inherits.
fn pipe() -> io::Result<(OwnedHandle, OwnedHandle)> {
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: null_mut(),
        bInheritHandle: 1,
    };
    let (mut read, mut write) = (null_mut(), null_mut());
    // SAFETY: both are places for handles, and the attributes live during the call.
    checked(unsafe { CreatePipe(&raw mut read, &raw mut write, &raw const attributes, 0) })?;
    let (read, write) = (owned(read)?, owned(write)?);
    inherit(read.as_raw_handle(), false)?;
    Ok((read, write))
}

fn inherit(handle: HANDLE, is_inherited: bool) -> io::Result<()> {
    let flags = if is_inherited { HANDLE_FLAG_INHERIT } else { 0 };
    // SAFETY: the caller's handle is open.
    checked(unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, flags) })
}

/// Creates the process, suspended, with these three handles and no others.
fn create(wanted: &Job, streams: &[HANDLE; 3]) -> io::Result<(OwnedHandle, OwnedHandle)> {
    let attributes = HandleList::new(streams)?;
    let mut startup = STARTUPINFOEXW::default();
    startup.StartupInfo.cb = size_of::<STARTUPINFOEXW>() as u32;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    [startup.StartupInfo.hStdInput, startup.StartupInfo.hStdOutput, startup.StartupInfo.hStdError] = *streams;
    startup.lpAttributeList = attributes.list;
    let mut line = wide(command_line(&wanted.program, &wanted.args));
    let folder = wanted.folder.as_ref().map(wide);
    let folder = folder.as_ref().map_or(null(), |folder| folder.as_ptr());
    let flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    let mut started = PROCESS_INFORMATION::default();
    match &wanted.identity {
        // SAFETY: the command line is writable and ends with a zero, as does the folder; the start-up structure is of the
        // extended kind, as the flags say, and it and the list in it live during the call.
        Identity::Own => checked(unsafe {
            CreateProcessW(
                null(),
                line.as_mut_ptr(),
                null(),
                null(),
                1,
                flags,
                null(),
                folder,
                &raw const startup.StartupInfo,
                &raw mut started,
            )
        })?,
        Identity::User(user) => {
            let token = token_of(user)?;
            let environment = Environment::of(&token)?;
            let mut desktop = wide("winsta0\\default");
            startup.StartupInfo.lpDesktop = desktop.as_mut_ptr();
            // SAFETY: as above; the token and the environment block are those of the user and live during the call.
            checked(unsafe {
                CreateProcessAsUserW(
                    token.as_raw_handle(),
                    null(),
                    line.as_mut_ptr(),
                    null(),
                    null(),
                    1,
                    flags,
                    environment.0,
                    folder,
                    &raw const startup.StartupInfo,
                    &raw mut started,
                )
            })?;
        }
    }
    // SAFETY: both handles were just given to this process alone.
    Ok(unsafe { (OwnedHandle::from_raw_handle(started.hProcess), OwnedHandle::from_raw_handle(started.hThread)) })
}

/// A list of the handles that a child inherits.
struct HandleList<'h> {
    /// Begins the memory.
    list: *mut c_void,
    /// In words, so that it is aligned for what Windows puts into it.
    _memory: Box<[usize]>,
    /// Windows refers to it until the list is deleted.
    _handles: &'h [HANDLE; 3],
}

impl<'h> HandleList<'h> {
    fn new(handles: &'h [HANDLE; 3]) -> io::Result<Self> {
        let mut bytes = 0;
        // SAFETY: without a list the call only says how large one is; it fails, which is its way.
        unsafe { InitializeProcThreadAttributeList(null_mut(), 1, 0, &raw mut bytes) };
        let mut memory = vec![0; bytes.div_ceil(size_of::<usize>())].into_boxed_slice();
        let list = memory.as_mut_ptr().cast();
        // SAFETY: the memory is as large as the call said.
        checked(unsafe { InitializeProcThreadAttributeList(list, 1, 0, &raw mut bytes) })?;
        let list = Self { list, _memory: memory, _handles: handles };
        // SAFETY: the list was initialised for one attribute, and the handles live as long as it does.
        checked(unsafe {
            UpdateProcThreadAttribute(
                list.list,
                0,
                PROC_THREAD_ATTRIBUTE_HANDLE_LIST as usize,
                handles.as_ptr().cast(),
                size_of_val(handles),
                null_mut(),
                null(),
            )
        })?;
        Ok(list)
    }
}

impl Drop for HandleList<'_> {
    fn drop(&mut self) {
        // SAFETY: it was initialised, and no start-up structure refers to it any more.
        unsafe { DeleteProcThreadAttributeList(self.list) };
    }
}

/// The environment of a user.
struct Environment(*mut c_void);

impl Environment {
    fn of(token: &OwnedHandle) -> io::Result<Self> {
        let mut block = null_mut();
        // SAFETY: the token is open, and `block` is a place for the pointer.
        checked(unsafe { CreateEnvironmentBlock(&raw mut block, token.as_raw_handle(), 0) })?;
        Ok(Self(block))
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        // SAFETY: it is the block that Windows made, and nobody uses it any more.
        unsafe { DestroyEnvironmentBlock(self.0) };
    }
}

/// The exit code of what is ended from outside.
const KILLED: u32 = 1;

#[cfg(test)]
mod tests;
