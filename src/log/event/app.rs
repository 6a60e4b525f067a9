//! What is said of runs of apps, and of what is decided about each app.

use super::table::events;
use super::words::{Action, AppMode, EspPhase, Guid};

events! {
    /// Check-ins of apps as a whole.
    AppRun AppRunEvent<'a> {
        /// A check-in of required apps begins.
        "required-begins" RequiredBegins IntuneManagementExtension "|[Win32AppAsync] Starting app check in";
        /// It is over.
        "required-ends" RequiredEnds IntuneManagementExtension "|[Win32AppAsync] End app check in";
        /// A check-in of available apps begins.
        "available-begins" AvailableBegins IntuneManagementExtension "|[Win32AvailableAppAsync] Starting app check in";
        /// It is over.
        "available-ends" AvailableEnds IntuneManagementExtension "|[Win32AvailableAppAsync] End app check in";
        /// A check-in of apps after a log-on begins.
        "session-apps-begin" SessionBegins IntuneManagementExtension "|[ProcessAppsOnSessionChange] Starting app check in";
        /// It is over.
        "session-apps-end" SessionEnds IntuneManagementExtension "|[ProcessAppsOnSessionChange] End app check in";
        /// A check-in of any apps begins, in the log of apps.
        "app-poller-begins" PollerBegins AppWorkload
            "[Win32App] ----------------------------------------------------- |application poller starts|. ----------------------------------------------------- ";
        /// It is over.
        "app-poller-ends" PollerEnds AppWorkload
            "[Win32App] ----------------------------------------------------- |application poller stopped|. ----------------------------------------------------- ";
        /// Which apps are asked for.
        "apps-requested" Requested { mode: AppMode<'a> } AppWorkload "|[Win32App] Requesting {}";
        /// Whether nobody in particular asked, which means the timer.
        "app-sender" Sender { is_null: bool, supports_push: bool, phase: EspPhase<'a> } AppWorkload
            "[Win32App] |sender is null : {}, ClientPlatformSupportsWNS: {}, EspPhase: {}";
        /// How many apps the service has for a user; all zeros stand for the device.
        "apps" Received { count: u64, user: Guid, session: u64 } AppWorkload
            "|[Win32App] Got {} Win32App(s) for user {} in session {}";
        /// The apps as they came.
        "app-answer" Answer { json: &'a str } AppWorkload "|Get policies = {}";
        /// A user's part begins; so too for remediations.
        "user-begins" UserBegins { session: u64, user: Guid, sid: &'a str } AppWorkload
            "[Win32App] ..................... |Processing user session {}, userId: {}, userSID: {} ...|.................. ";
        /// A user's part is over.
        "user-ends" UserEnds { session: u64, user: Guid, sid: &'a str } AppWorkload
            "[Win32App] ..................... |Completed user session {}, userId: {}, userSID: {} ...|.................. "
            | "[HS] Scheduler ..................... |Scheduler completed user session {}, userId: {}, userSID: {} ...|.................. ";
        /// Whether Configuration Manager does apps.
        "co-management" CoManagement { by_other: bool } AppWorkload "|Comgt app workload status {}";
    }
}

events! {
    /// What is decided and done about an app.
    App AppEvent<'a> {
        /// An app begins; agents of 2020, which take one after another.
        "app-begins" Begins { app: Guid } AppWorkload "[Win32App] |===Step=== Start to Present app {}";
        /// Its detection begins.
        "detection-begins" DetectionBegins AppWorkload "[Win32App] |===Step=== Detection rules$";
        /// What one rule of detection found.
        "detection-rule" DetectionRule { manager: &'a str, found: bool } AppWorkload
            "[Win32App] |detectionManager {} got applicationDetectedByCurrentRule: {}| as system";
        /// It is there already.
        "already-there" AlreadyThere { app: Guid } AppWorkload
            "[Win32App] |Detected app {} and intent is to install|, skip applicability check";
        /// Whether it applies is looked at.
        "applicability-begins" ApplicabilityBegins AppWorkload "[Win32App] |===Step=== Check applicability";
        /// Further requirements are looked at.
        "requirements-begin" RequirementsBegin AppWorkload "[Win32App] |===Step=== Check Extended requirement rules";
        /// It may be installed as soon as possible.
        "deadline-asap" Asap { what: &'a str } AppWorkload "[Win32App] |StartDeadlineEx{} considered as ASAP|, continue";
        /// Its time has come.
        "deadline-met" DeadlineMet { what: &'a str } AppWorkload "[Win32App] |StartDeadlineEx scheduled as {} met, continue";
        /// Its retry window is over.
        "grs-over" GrsOver AppWorkload "[Win32App] |GRS is expired|. kick off download & install";
        /// It waits in its retry window since then.
        "in-grs" InGrs { since: &'a str } AppWorkload "[Win32App] App |is still in GRS. GRS start time is {}";
        /// Its tries begin.
        "tries-begin" TriesBegin AppWorkload "[Win32App] |===Step=== ExecuteWithRetry";
        /// A try begins, counted from 0.
        "try-begins" TryBegins { number: u64 } AppWorkload "[Win32App] |===Step=== Execute retry {}";
        /// Its detection after the installer begins.
        "detection-after" DetectionAfter AppWorkload "[Win32App] |===Step=== Detection rules after Execution";
        /// Results are about to be sent.
        "app-report-begins" ReportBegins AppWorkload "[Win32App] |Start reporting app results| ...";
        /// Its result is a new one.
        "app-result-new" ResultNew { app: Guid, version: u64 } AppWorkload
            "[Win32App] |app result (id = {}, version = {}) is different from cached one|, save to cache.";
        /// Its result is the one that was reported before.
        "app-result-same" ResultSame { app: Guid, version: u64 } AppWorkload
            "[Win32App] |app result (id = {}, version = {}) is the same as cached one|, no need to save.";
        /// How many groups of related apps there are.
        "subgraphs-begin" SubgraphsBegin { count: u64 } AppWorkload "[Win32App]|[V3Processor] Processing {} subgraphs|.";
        /// All of them are done.
        "subgraphs-end" SubgraphsEnd { count: u64 } AppWorkload "[Win32App]|[V3Processor] Done processing {} subgraphs|.";
        /// A group begins, with these apps.
        "subgraph" Subgraph { apps: &'a str } AppWorkload "[Win32App][V3Processor] |Processing subgraph with app ids: {}";
        /// Filters leave out all apps of a group.
        "filtered-out" FilteredOut AppWorkload
            "[Win32App][V3Processor] |All apps in the subgraph are not applicable due to assignment filters|.";
        /// When a group is looked at again, in the form of the system's language.
        "reevaluation" Reevaluation { at: &'a str, hash: &'a str } AppWorkload
            "[Win32App][ReevaluationScheduleManager] |Setting subgraph reevaluation time with value: {} for subgraph with hash {}";
        /// A group is not looked at, because it was a short time ago.
        "reevaluation-waits" ReevaluationWaits AppWorkload
            "[Win32App]|[ReevaluationScheduleManager] Subgraph reevaluation interval is not expired|.";
        /// An app has no retry window.
        "grs-unknown" GrsUnknown { app: Guid } AppWorkload
            "[Win32App]|[GRSManager] App with id: {} has no recorded GRS value| which will be treated as expired.";
        /// An app's retry window began then.
        "grs-known" GrsKnown { at: &'a str } AppWorkload "[Win32App][GRSManager] |Found GRS value: {}";
        /// An app is left alone because of its retry window.
        "grs-skip" GrsSkip { app: Guid, action: Action<'a> } AppWorkload
            "[Win32App]|[ActionProcessor] App with id: {} to {} is in GRS|. The app will not be enforced.";
        /// A retry window is cleared.
        "grs-cleared" GrsCleared { what: &'a str } AppWorkload
            "[Win32App][ExecutionActionHandler] |Encountered early subgraph termination. Clearing GRS{}";
        /// What detection found.
        "detected" Detected { app: Guid, status: &'a str, state: &'a str } AppWorkload
            "[Win32App][DetectionActionHandler] |Detection for policy with id: {} resulted in action status: {} and detection state: {}.";
        /// Whether it applies.
        "applicable" Applicable { app: Guid, status: &'a str, state: &'a str } AppWorkload
            "[Win32App][ApplicabilityActionHandler] |Applicability check for policy with id: {} resulted in action status: {} and applicability state: {}.";
        /// What is to become of an app, and the lines with its state.
        "decision" Decision { app: Guid, intent: &'a str, enforceability: &'a str, class: &'a str, desired: &'a str, state: &'a str }
            AppActionProcessor
            "[Win32App]|[ActionProcessor] App with id: {}, targeted intent: {}, and enforceability: {} has projected enforcement classification: {} with desired state: {}. Current state is:{}";
        /// Which apps are to be installed or removed.
        "action-list" ActionList { count: u64, action: Action<'a>, apps: &'a str } AppActionProcessor
            "[Win32App]|[ActionProcessor] Found: {} apps with intent to {}: [{}]|.";
        /// Nothing is to be done about an app.
        "no-action" NoAction { app: Guid } AppActionProcessor "[Win32App][ActionProcessor] |No action required for app with id: {}";
        /// An app is carried out.
        "execute" Execute { action: &'a str, app: Guid } AppWorkload
            "[Win32App][ExecutionActionHandler] |Handler invoked with execution type: {} for policy with id: {}";
        /// A part of an app's state has changed, with old and new value as JSON.
        "state-change" StateChange { what: &'a str, app: Guid, json: &'a str } AppWorkload
            "[Win32App]|[ReportingManager] {} state for app with id: {} has been updated. Report delta: {}";
        /// What Company Portal is told, as JSON.
        "portal-status" PortalStatus { json: &'a str } AppWorkload
            "[Win32App][ReportingManager] |Sending status to company portal based on report: {}";
    }
}
