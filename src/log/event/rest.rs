//! What is said of remediations, of the agent's health, of inventory and of certificates.

use super::table::events;
use super::words::Guid;

events! {
    /// Remediations.
    Remediation RemediationEvent<'a> {
        /// Remediations are asked for.
        "remediation-request" Request { request: Guid } HealthScripts "[HS] |Requesting health scripts with session id {}| ...";
        /// How many came for a user; all zeros stand for the device.
        "remediations" Received { count: u64, user: Guid, session: u64 } HealthScripts
            "[HS] |Got {} script(s) for user {} in session {}";
        /// A pass of the scheduler begins.
        "scheduler-begins" SchedulerBegins HealthScripts
            "[HS] Scheduler ----------------------------------------------------- |Scheduler starts|. ----------------------------------------------------- "
            | "[HS] ----------------------------------------------------- |Policy poller starts|. ----------------------------------------------------- ";
        /// A schedule of every so many hours; whether its time is UTC.
        "schedule-hourly" Hourly { policy: Guid, utc: bool, hours: u64, time: &'a str } HealthScripts
            "[HS] |inspect hourly schedule for policy {}: UTC = {}, Interval = {}, Time = {}";
        /// A schedule of every so many days, at a time of day.
        "schedule-daily" Daily { policy: Guid, utc: bool, days: u64, time: &'a str } HealthScripts
            "[HS] |inspect daily schedule for policy {}, UTC = {}, Interval = {}, Time = {}";
        /// A schedule of a single run.
        "schedule-once" Once { what: &'a str } HealthScripts "[HS] |inspect once schedule{}";
        /// When it ran last, in UTC, or that it never did.
        "last-run" LastRun { policy: Guid, at: &'a str } HealthScripts
            "[HS] Daily handler: |last execution time for {} is {}";
        /// The earliest of the next runs, in UTC.
        "earliest-run" Earliest { at: &'a str } HealthScripts "[HS] |Calcuated earliest time is {}" | "[HS] |Calculated earliest time is {}";
        /// The runner is to come then, in UTC.
        "run-queued" Queued { at: &'a str } HealthScripts
            "[HS] Scheduler : |Job is queued and will be scheduled to run at UTC {}.$";
        /// An earlier time is kept; both in UTC.
        "run-kept" Kept { incoming: &'a str, queued: &'a str } HealthScripts
            "[HS] Scheduler : |There is already an earlier time scheduled, incoming is {}, in-queue is {}, skip|.";
        /// A pass of the runner begins.
        "runner-begins" RunnerBegins HealthScripts
            "[HS] Runner----------------------------------------------------- |Runner starts|. ----------------------------------------------------- ";
        /// A pass of either is over.
        "pass-ends" PassEnds HealthScripts
            "[HS] Runner----------------------------------------------------- |policy poller stopped|. ----------------------------------------------------- ";
        /// A remediation runs now.
        "runs-now" Now { policy: Guid } HealthScripts "[HS] Runner: |script {} will be executed now|.";
        /// A remediation runs at another time, in UTC.
        "runs-later" Later { policy: Guid, state: &'a str, at: &'a str } HealthScripts
            "[HS] Runner: |script {}, run State = {}, next Run Time = {}";
        /// A remediation begins; the number of its kind.
        "remediation-begins" Begins { policy: Guid, kind: u64 } HealthScripts
            "[HS] |ProcessScript PolicyId: {} PolicyType: {}";
        /// The exit code of its detection.
        "detection-exit" DetectionExit { code: i64 } HealthScripts "[HS] |exit code of the script is {}";
        /// Whether detection found all well.
        "detection-verdict" DetectionVerdict { policy: Guid, is_well: bool } HealthScripts
            "[HS] |the pre-remdiation detection script compliance result for {} is {}"
            | "[HS] |the pre-remediation detection script compliance result for {} is {}";
        /// The exit code of the second script.
        "remediation-exit" Exit { code: i64 } HealthScripts "[HS] |remediation script exit code is {}";
        /// Whether the second detection found all well.
        "second-verdict" SecondVerdict { policy: Guid, is_well: bool } HealthScripts
            "[HS] |the post detection script result for {} is {}"
            | "[HS] |the post-remdiation detection script compliance result for {} is {}";
        /// Its result is a new one.
        "remediation-result-new" ResultNew { policy: Guid, version: u64 } HealthScripts
            "[HS] |script result (id = {}, version = {}) is different from cached one|, save to cache.";
        /// Its result is the one that was reported before.
        "remediation-result-same" ResultSame { policy: Guid, version: u64 } HealthScripts
            "[HS] |script result (id = {}, version = {}) is the same as cached one|, no need to save.";
        /// Its result as JSON.
        "remediation-result" Result { json: &'a str } HealthScripts "[HS] |new result = {}";
        /// Results are about to be sent.
        "remediation-report-begins" ReportBegins HealthScripts "[HS] |starting to send report";
        /// A page of results.
        "remediation-report-page" ReportPage { page: u64 } HealthScripts "[HS] |Processing page {} report|..";
        /// Results were sent.
        "remediation-reported" Reported HealthScripts "|[HS]Policy results are successfully sent|.";
        /// There was nothing to send.
        "remediation-nothing-to-report" NothingToReport HealthScripts "[HS] |There is no report to send|.";
    }
}

events! {
    /// Housekeeping.
    Housekeeping HousekeepingEvent<'a> {
        /// The agent's health is looked at.
        "health-begins" HealthBegins ClientHealth "|Client Health evaluation starts|.";
        /// That is over.
        "health-ends" HealthEnds ClientHealth "|Client Health evaluation completes|.";
        /// What one rule found.
        "health-rule" HealthRule { rule: &'a str, id: Guid, result: &'a str, details: &'a str } ClientHealth
            "|Summary: rule {} with ID {}, result = {}, details = {}";
        /// The agent's health was reported.
        "health-reported" HealthReported ClientHealth "|The client health report was sent successfully|. Done.";
        /// Apps on the device are counted.
        "inventory-begins" InventoryBegins Win32AppInventory "[Win32AppInventory] |Inventory collector thread starts|.";
        /// That is over.
        "inventory-ends" InventoryEnds Win32AppInventory "[Win32AppInventory] |Inventory collector thread stopped|.";
        /// How many there are.
        "inventory-size" InventorySize { count: u64 } Win32AppInventory
            "[Win32AppInventory] |Collected Win32 app inventory count via WMI (Expanded) = {}";
        /// How many are new, changed and gone.
        "inventory-change" InventoryChange { added: u64, modified: u64, deleted: u64 } Win32AppInventory
            "[Win32AppInventory] Computing delta inventory...Done. |Add count = {}, Modify count = {}, Delete count = {}";
        /// None is.
        "inventory-same" InventorySame Win32AppInventory
            "[Win32AppInventory] |No change detected| in win32 app inventory delta update and hence not uploading data to SideCarGatewayService.";
        /// The device's certificate is looked at.
        "certificate-check-begins" CertificateBegins ClientCertCheck "|Client Cert Check starts|.";
        /// That is over.
        "certificate-check-ends" CertificateEnds ClientCertCheck "|Client Cert Check completes|.";
        /// Managed installer is on.
        "managed-installer-on" ManagedInstallerOn HealthScripts "[ManagedInstallerSync] |Managed installer is enabled|.";
        /// Managed installer is off.
        "managed-installer-off" ManagedInstallerOff HealthScripts "[ManagedInstallerSync] |Managed installer is not enabled|.";
    }
}
