//! The service as the service manager keeps it: installed, started, asked after, stopped, removed.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use std::thread;
use std::time::{Duration, Instant};

use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl, ServiceExitCode,
    ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo, ServiceStartType, ServiceState, ServiceType,
    UserEventCode,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use windows_sys::Win32::Foundation::{ERROR_SERVICE_DOES_NOT_EXIST, ERROR_SERVICE_NOT_ACTIVE};
use windows_sys::Win32::System::Services::{ChangeServiceConfigW, SERVICE_AUTO_START, SERVICE_NO_CHANGE};

use super::around;
use super::boot;
use super::call::checked;
use super::health::{self, Checked};
use crate::profile::Health;

/// The name under which the service manager knows the service.
pub const NAME: &str = "ImesimAgent";

/// What the service manager would not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// It said no.
    #[error("the service manager cannot {doing}: {reason}")]
    Refused {
        /// What was asked.
        doing: &'static str,
        /// What it said.
        reason: String,
    },
    /// The service is not installed.
    #[error("the service is not installed")]
    Absent,
    /// The service did not come where it was sent.
    #[error("the service is still {state} after {} s", PATIENCE.as_secs())]
    Stuck {
        /// Where it is.
        state: &'static str,
    },
    /// It ended at its start, with an exit code of its own: 1 for the configuration, 2 for the state folder, 3 for the rest.
    #[error("the service ended at its start with {code}; `imesim-agent run` with the same configuration says why")]
    Ended {
        /// `exit code N` or `error N of Windows`.
        code: String,
    },
    /// Something around the service could not be taken away.
    #[error("the {what} cannot be removed: {reason}")]
    Around {
        /// What.
        what: &'static str,
        /// What Windows said.
        reason: String,
    },
    /// No such control code.
    #[error("{0} is no control code of a service's own; those are 128 to 255")]
    Code(u32),
}

/// What was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Settings that this service manager did not take, each with what it said. The service works without them.
    pub left_out: Vec<String>,
}

/// Installs the service: it starts with the machine and is started again when it dies. The daily health task and the protocol
/// of the portal's links come with it (B-10.8, B-4.15).
///
/// # Errors
/// [`ServiceError::Refused`], also if it is installed already.
pub fn install(config: &Path, has_hooks: bool, health: &Health) -> Result<Installed, ServiceError> {
    let program = program()?;
    let mut arguments: Vec<OsString> = vec!["service".into(), "--config".into(), config.into()];
    if has_hooks {
        arguments.push("--test-hooks".into());
    }
    let info = ServiceInfo {
        name: NAME.into(),
        display_name: "imesim agent".into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program.clone(),
        launch_arguments: arguments,
        dependencies: Vec::new(),
        account_name: None, // the system's
        account_password: None,
    };
    let manager = manager(ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE)?;
    let service = manager.create_service(&info, ServiceAccess::ALL_ACCESS).map_err(|e| refused("install it", &e))?;
    let mut left_out = Vec::new();
    let mut set = |what: &str, done: windows_service::Result<()>| {
        left_out.extend(done.err().map(|error| format!("{what}: {}", words(&error))));
    };
    set("description", service.set_description("Runs the lifecycle of the Intune Management Extension."));
    set("recovery", service.update_failure_actions(recovery()));
    set("recovery after an exit code", service.set_failure_actions_on_non_crash_failures(true));
    set("delayed start", service.set_delayed_auto_start(true));
    set("time for preshutdown", service.set_preshutdown_timeout(PATIENCE));
    let mut make =
        |what: &str, done: io::Result<()>| left_out.extend(done.err().map(|error| format!("{what}: {error}")));
    make(TASK, around::make_task(&program, health));
    make(PROTOCOL, around::make_protocol(&program));
    Ok(Installed { left_out })
}

fn program() -> Result<PathBuf, ServiceError> {
    std::env::current_exe().map_err(|error| refused("find this program", &error))
}

/// Takes away what came with the service. Each is tried, whatever becomes of the other.
fn remove_around() -> Result<(), ServiceError> {
    let task = around::remove_task();
    let protocol = around::remove_protocol(&program()?);
    let boot = boot::forget();
    let failed = |what| move |error: io::Error| ServiceError::Around { what, reason: error.to_string() };
    task.map_err(failed(TASK)).and(protocol.map_err(failed(PROTOCOL))).and(boot.map_err(failed("name of the boot")))
}

/// Started again after a minute, each time; a day without failure and they are forgotten.
fn recovery() -> ServiceFailureActions {
    let again = ServiceAction { action_type: ServiceActionType::Restart, delay: Duration::from_secs(60) };
    ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(Duration::from_secs(86_400)),
        reboot_msg: None,
        command: None,
        actions: Some(vec![again; 3]),
    }
}

/// Starts the service and waits until it runs.
///
/// # Errors
/// [`ServiceError`].
pub fn start() -> Result<(), ServiceError> {
    let service = open(ServiceAccess::START | ServiceAccess::QUERY_STATUS)?;
    service.start::<OsString>(&[]).map_err(|error| refused("start it", &error))?;
    wait(&service, ServiceState::Running)
}

/// Stops the service and waits until it has ended. It is asked once: a second time would disturb the first.
///
/// # Errors
/// [`ServiceError`]; none if it does not run.
pub fn stop() -> Result<(), ServiceError> {
    let service = open(ServiceAccess::STOP | ServiceAccess::QUERY_STATUS)?;
    match service.stop() {
        Ok(_) => wait(&service, ServiceState::Stopped),
        Err(error) if is_code(&error, ERROR_SERVICE_NOT_ACTIVE) => Ok(()),
        Err(error) => Err(refused("stop it", &error)),
    }
}

/// Where the service is: `running`, `stopped` and so on; `None` if it is not installed.
///
/// # Errors
/// [`ServiceError::Refused`].
pub fn state() -> Result<Option<&'static str>, ServiceError> {
    match open(ServiceAccess::QUERY_STATUS) {
        Ok(service) => {
            let status = service.query_status().map_err(|error| refused("say how it is", &error))?;
            Ok(Some(name(status.current_state)))
        }
        Err(ServiceError::Absent) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sends a control code of the service's own, such as 200 for an app sync (B-4.15).
///
/// # Errors
/// [`ServiceError`].
pub fn control(code: u32) -> Result<(), ServiceError> {
    let event = UserEventCode::from_raw(code).map_err(|_| ServiceError::Code(code))?;
    let service = open(ServiceAccess::USER_DEFINED_CONTROL)?;
    service.notify(event).map(drop).map_err(|error| refused("pass the code on", &error))
}

/// Does what the daily health task is for: the service is to start with the machine and to run, and is mended where it does
/// not. `None` if there is no service, which the task does not mend. Use of memory is not looked at.
///
/// # Errors
/// [`ServiceError`] for what could not be mended.
///
/// Source: B-10.9, B-10.10.
pub fn check_health() -> Result<Option<[Checked; 3]>, ServiceError> {
    let access =
        ServiceAccess::QUERY_CONFIG | ServiceAccess::QUERY_STATUS | ServiceAccess::CHANGE_CONFIG | ServiceAccess::START;
    let service = match open(access) {
        Ok(service) => service,
        Err(ServiceError::Absent) => return Ok(None),
        Err(error) => return Err(error),
    };
    let config = service.query_config().map_err(|error| refused("say how it starts", &error))?;
    let status = service.query_status().map_err(|error| refused("say how it is", &error))?;
    let checked = health::check(start_type(config.start_type), name(status.current_state));
    let [_, starts, runs] = &checked;
    if starts.was.is_some() {
        set_automatic(&service)?;
    }
    if runs.was.is_some() {
        service.start::<OsString>(&[]).map_err(|error| refused("start it", &error))?;
        wait(&service, ServiceState::Running)?;
    }
    Ok(Some(checked))
}

fn set_automatic(service: &Service) -> Result<(), ServiceError> {
    // SAFETY: the service is open with the right to change it, and everything but its start type is left as it is.
    let done = checked(unsafe {
        ChangeServiceConfigW(
            service.raw_handle(),
            SERVICE_NO_CHANGE,
            SERVICE_AUTO_START,
            SERVICE_NO_CHANGE,
            null(),
            null(),
            null_mut(),
            null(),
            null(),
            null(),
            null(),
        )
    });
    done.map_err(|error| refused("set its start type", &error))
}

/// Stops the service and takes it away, with what came with it.
///
/// # Errors
/// [`ServiceError`]; none if it is not installed.
pub fn remove() -> Result<(), ServiceError> {
    let around = remove_around();
    let service = match stop() {
        Ok(()) => remove_service(),
        Err(ServiceError::Absent) => Ok(()),
        Err(error) => Err(error),
    };
    service.and(around)
}

/// Takes the service away while it runs, with what came with it: the service manager forgets it once its process is gone.
///
/// # Errors
/// [`ServiceError`]; none if it is not installed.
pub fn remove_self() -> Result<(), ServiceError> {
    let around = remove_around();
    remove_service().and(around)
}

fn remove_service() -> Result<(), ServiceError> {
    match open(ServiceAccess::DELETE) {
        Ok(service) => service.delete().map_err(|error| refused("remove it", &error)),
        Err(ServiceError::Absent) => Ok(()),
        Err(error) => Err(error),
    }
}

fn manager(access: ServiceManagerAccess) -> Result<ServiceManager, ServiceError> {
    ServiceManager::local_computer(None::<&str>, access).map_err(|error| refused("be reached", &error))
}

fn open(access: ServiceAccess) -> Result<Service, ServiceError> {
    match manager(ServiceManagerAccess::CONNECT)?.open_service(NAME, access) {
        Ok(service) => Ok(service),
        Err(error) if is_code(&error, ERROR_SERVICE_DOES_NOT_EXIST) => Err(ServiceError::Absent),
        Err(error) => Err(refused("open it", &error)),
    }
}

#[allow(clippy::disallowed_methods, reason = "a service starts and stops in real time")]
fn wait(service: &Service, wanted: ServiceState) -> Result<(), ServiceError> {
    let end = Instant::now() + PATIENCE;
    loop {
        let status = service.query_status().map_err(|error| refused("say how it is", &error))?;
        if status.current_state == wanted {
            return Ok(());
        }
        if wanted == ServiceState::Running && status.current_state == ServiceState::Stopped {
            let code = match status.exit_code {
                ServiceExitCode::Win32(code) => format!("error {code} of Windows"),
                ServiceExitCode::ServiceSpecific(code) => format!("exit code {code}"),
            };
            return Err(ServiceError::Ended { code });
        }
        if Instant::now() >= end {
            return Err(ServiceError::Stuck { state: name(status.current_state) });
        }
        thread::park_timeout(Duration::from_millis(50));
    }
}

/// A start type in words; only the first is as it should be.
fn start_type(start_type: ServiceStartType) -> &'static str {
    if start_type == ServiceStartType::AutoStart {
        health::AUTOMATIC
    } else if start_type == ServiceStartType::Disabled {
        "disabled"
    } else {
        "by hand"
    }
}

const fn name(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Stopped => health::STOPPED,
        ServiceState::StartPending => "starting",
        ServiceState::StopPending => "stopping",
        ServiceState::Running => "running",
        ServiceState::ContinuePending => "continuing",
        ServiceState::PausePending => "pausing",
        ServiceState::Paused => "paused",
    }
}

fn is_code(error: &windows_service::Error, code: u32) -> bool {
    matches!(error, windows_service::Error::Winapi(error) if error.raw_os_error() == Some(code.cast_signed()))
}

fn refused(doing: &'static str, error: &dyn std::error::Error) -> ServiceError {
    ServiceError::Refused { doing, reason: words(error) }
}

/// An error with the one behind it.
fn words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What comes with the service.
const TASK: &str = "health task";
const PROTOCOL: &str = "protocol of the portal's links";
/// How long the service may take to start or stop.
const PATIENCE: Duration = Duration::from_secs(30);
