//! What is said of downloads, installers, restarts, the Enrollment Status Page and Store apps.

use super::table::events;
use super::words::{EspPhase, Guid, SessionKind};

events! {
    /// Downloads.
    Download DownloadEvent<'a> {
        /// Where the content lies is asked for.
        "content-request" ContentRequest AppWorkload "|Get content info from Intune";
        /// A job of Delivery Optimization was made.
        "job-made" JobMade { job: Guid } AppWorkload "|DO Job Id = {}| ";
        /// A file was added to it: content, app, version.
        "job-file" JobFile { content: &'a str, app: Guid, version: u64 } AppWorkload
            "|Add File to the Job, File Id: {}intunewin-bin_{}_{}";
        /// The job starts.
        "job-starts" JobStarts { job: Guid } AppWorkload "|Starting job {}...";
        /// It has started.
        "job-started" JobStarted { job: Guid } AppWorkload "^|...job {} started";
        /// How long jobs are waited for, in milliseconds, and how many.
        "job-limit" JobLimit { millis: u64, jobs: u64 } AppWorkload "|Waiting {} ms for {} jobs to complete";
        /// The content has come.
        "job-transferred" JobTransferred { job: Guid } AppWorkload "|JobTransferred callback for job = {}";
        /// The job is being closed.
        "job-completing" JobCompleting { job: Guid } AppWorkload "^|Completing job {}";
        /// The job failed, with this context and number.
        "job-error" JobError { context: &'a str, code: &'a str, job: Guid } AppWorkload
            "|JobError callback (Context: {}; ErrorCode: {}) for job {}";
        /// The job failed.
        "job-failed" JobFailed { code: &'a str } AppWorkload "|Job has failed. Error: {}";
        /// The content came from the content server instead.
        "download-fallback" Fallback AppWorkload "[Win32App] |CDN mode, download completes|.";
        /// How far a download is: app, name, by what, bytes of bytes, for whom.
        "download-progress" Progress { app: Guid, name: &'a str, via: &'a str, bytes: u64, of: u64, user: &'a str } AppWorkload
            "[StatusService] |Downloading app (id = {}, name {}) via {}, bytes {}/{} for user {}";
        /// Figures of Delivery Optimization as JSON.
        "download-figures" Figures { json: &'a str } AppWorkload "|[DO TEL] = {}";
        /// What came was not changed on its way.
        "content-untouched" Untouched AppWorkload "[Win32App] |hmac validation is pass|.";
        /// Its hash is right.
        "content-hash-right" HashRight AppWorkload "[Win32App] |file hash validation pass, starts decrypting";
        /// It is decrypted.
        "content-decrypted" Decrypted AppWorkload "[Win32App] |Decryption is done successfully|.";
        /// It is being unpacked.
        "content-unpacked" Unpacked AppWorkload "[Win32App] |Start unzipping|.";
    }
}

events! {
    /// Installers and restarts.
    Install InstallEvent<'a> {
        /// An installer is launched.
        "installer-launched" Launched { session: SessionKind<'a> } AppWorkload
            "[Win32App] |Launch Win32AppInstaller in {} session";
        /// Its process was made.
        "installer-created" Created AppWorkload "[Win32App] |Create installer process successfully|.";
        /// The number of the process.
        "installer-process" Process { process: u64 } AppWorkload "|[Win32App] process id = {}";
        /// Its process could not be made; the number of Windows' error.
        "installer-not-created" NotCreated { code: i64 } AppWorkload
            "[Win32App] |Failed to create installer process. Error code = {}";
        /// How long it may take, in milliseconds.
        "installer-limit" Limit { millis: u64 } AppWorkload "[Win32App] |Installer process timeout milliseconds: {}|.";
        /// It took longer.
        "installer-timed-out" TimedOut { what: &'a str } AppWorkload "[Win32App] |Installation is timeout{}";
        /// It has ended.
        "installer-ended" Ended AppWorkload "[Win32App] |Installation is done, collecting result";
        /// Its exit code.
        "installer-exit" Exit { code: i64 } AppWorkload "[Win32App] |lpExitCode {}";
        /// What that code means by the app's list.
        "exit-class" ExitClass { class: &'a str } AppWorkload "[Win32App] |lpExitCode is defined as {}";
        /// A code that the app's list does not have.
        "exit-unlisted" ExitUnlisted { code: i64, app: Guid } AppWorkload
            "[Win32App] |Admin did NOT set mapping for lpExitCode: {} of app: {}";
        /// The code as an HRESULT.
        "installer-hresult" HResult { code: i64 } AppWorkload "[Win32App] |hResultFromWin32 {}";
        /// How the install stands, with its exit code.
        "enforcement" Enforcement { state: &'a str, code: i64 } AppWorkload
            "[Win32App] |Setting enforcementState as: {} with lpExitCode: {}| without mapping";
        /// How the install stands, with an error's number.
        "enforcement-error" EnforcementError { state: &'a str, code: i64 } AppWorkload
            "[Win32App] |Set EnforcementStateMessage EnforcementState: {}, ErrorCode: {}";
        /// The rule for restarts, by number.
        "restart-behavior" RestartBehavior { number: u64 } AppWorkload "[Win32App] |DeviceRestartBehavior: {}";
        /// The pause before detection, in seconds.
        "settle" Settle { seconds: u64 } AppWorkload "[Win32App] |Wait {} seconds for WMI and files refreshing|...";
        /// Whether a restart was due when something began, and its deadline in the form of the system's language.
        "restart-checked" RestartChecked { cause: &'a str, is_due: bool, deadline: &'a str } IntuneManagementExtension
            "[RebootHelper] CheckRebootFlagAndPop |Checking reboot flag for {}, got reboot flag: {} with deadline: {}";
        /// Whether a restart is due, and its deadline in UTC.
        "restart-due" RestartDue { is_due: bool, deadline: &'a str } IntuneManagementExtension
            "[RebootCoordinator] |GetRebootFlagAndDeadlineUTC result {}, {}";
        /// Apps wait for a restart.
        "restart-needed" RestartNeeded AppWorkload
            "[Win32App][V3Processor] |A restart is required to continue processing apps|. Stop processing.";
    }
}

events! {
    /// The Enrollment Status Page, and Store apps.
    Esp EspEvent<'a> {
        /// The phase.
        "esp-phase" Phase { phase: EspPhase<'a> } AppWorkload "[Win32App] |The EspPhase: {}|." | "[Win32App] |In EspPhase: {}";
        /// The phase before scripts begin.
        "esp-before-scripts" BeforeScripts { phase: EspPhase<'a> } IntuneManagementExtension
            "Finished ESP phase check |before kicking off PowerShell script. ESP phase {}";
        /// The page's apps begin.
        "esp-run" Run IntuneManagementExtension
            "[Win32App] #################### |Start processing SelectedApps| ####################";
        /// The page is not at work; who asked.
        "not-esp" Not { phase: EspPhase<'a>, sender: &'a str } AppWorkload
            "[Win32App] |Not in ESP processing. EspPhase: {}, sender: {}";
        /// How far the page's tracking is.
        "esp-state" State { state: &'a str } IntuneManagementExtension "[Win32App] |Got installationState: {}";
        /// An app is tracked by the page.
        "esp-registered" Registered { phase: EspPhase<'a>, app: Guid, what: &'a str } AppWorkload
            "[Win32App]|[EspManager] In EspPhase: {}. App {} has been registered{}";
        /// How a tracked app stands.
        "esp-tracked" Tracked { from: &'a str, to: &'a str, app: Guid } AppWorkload
            "[Win32App][EspManager] |Updating ESP tracked install status from {} to {} for application {}";
        /// A line of the table of a Store app's states.
        "store-table" StoreTable { from: &'a str, to: &'a str, on: &'a str } IntuneManagementExtension
            "|Adding new state transition - From:{} To: {} With Event: {}.";
        /// A Store app is about to leave a state.
        "store-leaves" StoreLeaves { from: &'a str, on: &'a str } IntuneManagementExtension
            "|Processing state transition - Current State:{} With Event: {}.";
        /// A Store app is in a new state.
        "store-enters" StoreEnters { from: &'a str, on: &'a str, to: &'a str } IntuneManagementExtension
            "|State transition processed - Previous State:{} received event: {} which took state machine into {} state.";
        /// How far a Store app is: bytes that it needs and has, and progress of download and install.
        "store-progress" StoreProgress { needs: u64, has: u64, download: &'a str, install: &'a str } IntuneManagementExtension
            "[Package Manager] |BytesRequired - {}BytesDownloaded - {}DownloadProgress - {}InstallationProgress - {}";
        /// In which phase a Store app is.
        "store-phase" StorePhase { app: &'a str, phase: &'a str } AppWorkload
            "[WinGetMessageProcessor] |Processing Progress for app = {} Operation Phase = {}";
    }
}
